"""How well and how fast documents are read: manage.py bench_identity."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from kyc.benchmarks import identity, ownership
from kyc.benchmarks.command import BenchCommand
from kyc.benchmarks.report import Report


class Command(BenchCommand):
    help = "read drawn documents (or those of --images), try hostile uploads, follow ownership"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--images", metavar="DIR", type=Path, help="read these pictures instead; NAME.json beside one has its truth"
        )

    def measure(self, **options: Any) -> Report:
        report = Report("identity")
        if options["images"] is not None:
            identity.measure_images(report, options["images"], write=self.stdout.write)
            return report
        identity.measure(report, full=options["full"], progress=self.stderr.write)
        ownership.measure(report)
        return report
