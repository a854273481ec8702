"""The options that every `bench_*` command has, in one place."""

from __future__ import annotations

from abc import abstractmethod
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from kyc.benchmarks.report import Report


class BenchCommand(BaseCommand):
    """Subclasses implement `measure`; at most four minutes without `--full`."""

    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--full", action="store_true", help="the whole measurement, however long it takes")
        parser.add_argument("--json", metavar="FILE", help="keep the figures there too")

    def handle(self, *args: Any, **options: Any) -> None:
        self.measure(**options).finish(options["json"], self.stdout.write)

    @abstractmethod
    def measure(self, **options: Any) -> Report:
        """The figures; progress goes to `self.stderr`."""
