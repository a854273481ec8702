"""Measure the gate: CPU of an answer, throughput beside two peers, and whether it is right."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from kyc.benchmarks.command import BenchCommand
from kyc.benchmarks.endurance import measure_endurance
from kyc.benchmarks.gate import (
    CONNECTIONS,
    CUSTOMERS,
    WORKERS,
    build_scene,
    measure_border,
    measure_cpu,
    measure_load,
    measure_places,
)
from kyc.benchmarks.report import Report
from kyc.benchmarks.scratch import scratch_database


class Command(BenchCommand):
    help = "CPU of one answer, load from a second process beside a bare Django view and REST framework, golden places."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--seconds", type=float, default=4.0, help="of each round of load")
        parser.add_argument("--rounds", type=int, default=4)
        parser.add_argument("--minutes", type=float, default=10.0, help="of load while everything changes, with --full")

    def measure(self, **options: Any) -> Report:
        facts = {"customers": CUSTOMERS, "connections": CONNECTIONS, "workers": WORKERS}
        report = Report("bench_gate", peer="bare view", facts=facts)
        with scratch_database() as folder:
            scene = build_scene(folder, self.stderr.write)
            measure_places(report)
            measure_cpu(scene, report)
            measure_border(report)
            measure_load(scene, report, self.stderr.write, seconds=options["seconds"], rounds=options["rounds"])
            if options["full"]:
                measure_endurance(scene, report, self.stderr.write, minutes=options["minutes"])
        return report
