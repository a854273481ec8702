"""A benchmark's report: what counts as missed, and that a missed aim is never an exit code of 0."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kyc.benchmarks.report import Measure, Report


class AFigure:
    @pytest.mark.parametrize(
        ("measure", "missed", "why"),
        [
            (Measure("recall", 0.90, at_least=0.90), False, "exactly the aim reaches it"),
            (Measure("recall", 0.8999, at_least=0.90), True, "less than the aim misses it"),
            (Measure("p99", 5.0, "ms", at_most=5.0), False, "exactly the limit keeps it"),
            (Measure("p99", 5.01, "ms", at_most=5.0), True, "more than the limit misses it"),
            (Measure("p99", None, "ms", at_most=5.0), True, "what could not be measured was not reached"),
            (Measure("size", 12.0, "MB"), False, "a figure without an aim is only told"),
        ],
    )
    def test_is_missed_when_it_should_be(self, measure: Measure, missed: bool, why: str) -> None:
        assert measure.is_missed is missed, why


class AReport:
    def test_leaves_with_1_and_names_what_was_missed(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        report = Report("bench_x", peer="logic-v2", facts={"entities": 3})
        report.add("recall", 0.5, at_least=0.9, peer=0.7)
        report.add("build", 1.0, "s", at_most=5)
        printed: list[str] = []
        with pytest.raises(SystemExit) as left:
            report.finish(str(tmp_path / "x.json"), printed.append)
        assert left.value.code == "bench_x: missed: recall ≥ 0.9", "text: Python leaves with 1 and prints it"
        kept = json.loads((tmp_path / "x.json").read_text())
        assert [row["missed"] for row in kept["measures"]] == [True, False]
        assert "MISSED" in printed[2] and "reached" in printed[3]

    def test_ends_quietly_when_every_aim_was_reached(self) -> None:
        report = Report("bench_x")
        report.add("recall", 0.95, at_least=0.9)
        report.finish(None, lambda line: None)
