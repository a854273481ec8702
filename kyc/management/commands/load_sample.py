"""Load and put in force the bundled SAMPLE list: about 200 parties, for demonstrations and tests only."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from kyc.audit.services import System
from kyc.watchlists.services import load_bundled
from kyc.watchlists.states import EditionStatus


class Command(BaseCommand):
    help = "Load the bundled SAMPLE of publicly listed parties. Not complete, not current, not for real use."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--next",
            action="store_true",
            help="the edition after it, which names one more party (for the demonstration)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name = "sample_next.jsonl" if options["next"] else ""
        edition = load_bundled(source="sample", actor=System("load_sample"), name=name)
        state = "is in force" if edition.status == EditionStatus.ACTIVE else f"is {edition.status}"
        self.stdout.write(
            f"SAMPLE of {edition.published_on}: {edition.entry_count} entries, {state}. Not for real use."
        )
