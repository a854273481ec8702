"""Measure a list from its file to being in force: seconds and memory, in a database of its own."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from kyc.benchmarks.command import BenchCommand
from kyc.benchmarks.lists import AIM_ENTRIES, measure_lists, synthetic_csl
from kyc.benchmarks.report import Report
from kyc.benchmarks.scratch import scratch_database
from kyc.watchlists.sources import SOURCES


class Command(BenchCommand):
    help = "Load, group, index and activate a list of 15,000 invented entries, or a file of yours."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--file", type=Path, metavar="PATH", help="a real file instead of an invented one")
        parser.add_argument("--source", choices=sorted(SOURCES), default="us-csl", help="which list the file is of")
        parser.add_argument("--entries", type=int, default=AIM_ENTRIES, metavar="N", help="of the invented file")
        parser.add_argument("--seed", type=int, default=1)

    def measure(self, **options: Any) -> Report:
        source = SOURCES[options["source"]]
        if options["file"]:
            try:
                content, origin = options["file"].read_bytes(), options["file"].name
            except OSError as error:
                raise CommandError(f"{error.filename}: {error.strerror}") from error
            facts = {"file": origin}
        else:
            self.stderr.write(f"inventing {options['entries']} entries …")
            content, origin = synthetic_csl(options["entries"], seed=options["seed"]), "invented"
            facts = {"file": origin, "seed": options["seed"]}
        with scratch_database():
            self.stderr.write("loading …")
            return measure_lists(
                {"main": content}, source=source.code, format=source.format, origin=origin, facts=facts
            )
