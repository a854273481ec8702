"""How long the five ownership tests take: manage.py bench_ownership."""

from __future__ import annotations

from typing import Any

from kyc.benchmarks.command import BenchCommand
from kyc.benchmarks.ownership import measure
from kyc.benchmarks.report import Report


class Command(BenchCommand):
    help = "time the five ownership tests on 40,000 interests"

    def measure(self, **options: Any) -> Report:
        report = Report("ownership")
        measure(report)
        return report
