"""Fetch newer editions of the official lists, or read one from a file; put in force what nothing is odd about."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kyc.audit.services import System
from kyc.errors import ClearanceError
from kyc.screening.indexes import prepare
from kyc.watchlists.models import Edition
from kyc.watchlists.queries import sources_due
from kyc.watchlists.services import RefreshOutcome, activate_edition, load_edition, refresh_list
from kyc.watchlists.sources import SOURCES
from kyc.watchlists.states import EditionStatus

ACTOR = System("refresh_lists")


class Command(BaseCommand):
    help = "Refresh the lists that are due; --source for certain ones, --file to read an edition from disk."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--source", action="append", choices=sorted(SOURCES), default=[], help="may be repeated")
        parser.add_argument(
            "--file",
            action="append",
            default=[],
            metavar="[ROLE=]PATH",
            help="read this file instead of asking the source; lists of several files name each: main=… alt=… add=…",
        )
        parser.add_argument("--format", default="", help="of the file, where it is not the source's usual one")

    def handle(self, *args: Any, **options: Any) -> None:
        sources = options["source"]
        if options["file"]:
            if len(sources) != 1:
                raise CommandError("Say with one --source which list the file is of.")
            self._read(sources[0], options["file"], options["format"])
            return
        self._ask(sources or sources_due(timezone.now()))

    def _ask(self, sources: list[str]) -> None:
        if not sources:
            self.stdout.write("No list is due.")
        failed = []
        for number, source in enumerate(sources, start=1):
            self.stdout.write(f"[{number}/{len(sources)}] {SOURCES[source].title} …")
            self.stdout.flush()
            found = refresh_list(source=source, actor=ACTOR, prepare=prepare, tell=self._progress)
            self.stdout.write(f"    {found.outcome}: {found.sentence}")
            if found.edition is not None:
                self._tell(found.edition)
            if found.outcome is RefreshOutcome.FAILED:
                failed.append(source)
        if failed:
            raise CommandError(f"Not refreshed: {', '.join(failed)}. The editions in force stay.")

    def _read(self, source: str, named: list[str], format: str) -> None:
        paths = dict(_role_and_path(text) for text in named)
        try:
            files = {role: path.read_bytes() for role, path in paths.items()}
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        self.stdout.write(f"Reading {SOURCES[source].title} …")
        self.stdout.flush()
        origin = ", ".join(path.name for path in paths.values())
        try:
            edition = load_edition(
                source=source, files=files, origin=origin, actor=ACTOR, format=format, tell=self._progress
            )
            if edition.status == EditionStatus.READY:
                prepare(edition)
                edition = activate_edition(edition=edition, actor=ACTOR)
        except ClearanceError as error:
            raise CommandError(str(error)) from error
        self._tell(edition)

    def _progress(self, sentence: str) -> None:
        """One line that overwrites itself, on a terminal alone."""
        if self.stderr.isatty():
            self.stderr.write(f"\r    {sentence:<70}", ending="")
            self.stderr.flush()

    def _tell(self, edition: Edition) -> None:
        self.stdout.write(
            f"    {edition.public_id} of {edition.published_on or 'an unknown day'} is {edition.status}: "
            f"{edition.entry_count} entries ({edition.added} added, {edition.modified} modified, "
            f"{edition.deleted} deleted), {edition.bad_row_count} unreadable rows."
        )
        for concern in edition.concerns:
            self.stdout.write(f"    ! {concern['sentence']}")
        if edition.status == EditionStatus.HELD:
            self.stdout.write("    It waits for two people in the console; the edition in force stays.")


def _role_and_path(text: str) -> tuple[str, Path]:
    role, equals, path = text.partition("=")
    return (role, Path(path)) if equals else ("main", Path(text))
