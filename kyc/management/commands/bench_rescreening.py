"""Re-screening of many accounts, through the real broker and workers, in an installation made for it."""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings

from kyc.benchmarks.command import BenchCommand
from kyc.benchmarks.pace import pace_plot
from kyc.benchmarks.report import Report
from kyc.benchmarks.rescreening import Size, measure
from stack.apart import Apart

INSIDE = "CLEARANCE_BENCH_INSIDE"


class Command(BenchCommand):
    help = "Accounts a second of a full pass and a delta, memory, sizes, the seconds from activation to the hold."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--customers", type=int, metavar="N", help="100,000 if not said; 1,000,000 with --full")
        parser.add_argument("--changes", type=int, default=500, metavar="N")
        parser.add_argument("--entries", type=int, default=47_000, metavar="N")
        parser.add_argument("--plot", type=Path, metavar="SVG", help="draw accounts a second over time")

    def handle(self, *args: Any, **options: Any) -> None:
        if INSIDE in os.environ:
            super().handle(*args, **options)
            return
        with Apart(settings.ROOT, os.environ) as apart:
            environment = apart.environment | {INSIDE: "1", "PYTHONPATH": str(settings.ROOT)}
            done = subprocess.run([sys.executable, "-m", "django", *sys.argv[1:]], env=environment, check=False)
        if done.returncode:
            raise SystemExit(done.returncode)

    def measure(self, **options: Any) -> Report:
        size = Size(
            customers=options["customers"] or (1_000_000 if options["full"] else 100_000),
            changes=options["changes"],
            entries=options["entries"],
            full=options["full"],
        )
        report, passes = measure(size, tell=lambda line: self.stderr.write(line))
        if options["plot"]:
            title = f"{size.customers:,} accounts, {size.entries:,} listed parties, {os.cpu_count()} cores"
            curves = {name: watched.points for name, watched in passes.items()}
            options["plot"].write_text(pace_plot(curves, title))
        return report
