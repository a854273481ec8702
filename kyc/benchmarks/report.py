"""What a benchmark found, against what it aimed at: printed as a table, kept as JSON, missed aims named."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure. `at_least` or `at_most` is its aim; without either it is only told.

    `peer` is the same figure of the named peer in the same run. `note` says what a reader must know,
    above all why a figure is missing (`value` None): a missing figure with an aim counts as missed.
    """

    name: str
    value: float | None
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None
    peer: float | None = None
    note: str = ""

    @property
    def has_aim(self) -> bool:
        return self.at_least is not None or self.at_most is not None

    @property
    def is_missed(self) -> bool:
        if not self.has_aim:
            return False
        if self.value is None:
            return True
        too_low = self.at_least is not None and self.value < self.at_least
        return too_low or (self.at_most is not None and self.value > self.at_most)

    @property
    def aim(self) -> str:
        if self.at_least is not None:
            return f"≥ {_figure(self.at_least)}"
        return f"≤ {_figure(self.at_most)}" if self.at_most is not None else ""


@dataclass
class Report:
    """The figures of one run, in the order they were taken. `facts` are what they hold for: sizes, seeds, versions."""

    benchmark: str
    peer: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    measures: list[Measure] = field(default_factory=list)

    def add(self, name: str, value: float | None, unit: str = "", **more: Any) -> None:
        self.measures.append(Measure(name, value, unit, **more))

    @property
    def missed(self) -> list[Measure]:
        return [measure for measure in self.measures if measure.is_missed]

    def lines(self) -> list[str]:
        """The table: figure, aim, the peer's figure, and a word on whether the aim was reached."""
        head = ("", "measured", "aim", self.peer and f"{self.peer}", "")
        rows = [head, *(self._row(measure) for measure in self.measures)]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        table = [
            f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]:>{widths[3]}}  {row[4]}"
            for row in rows
        ]
        facts = ", ".join(f"{name} {value}" for name, value in self.facts.items())
        return [f"{self.benchmark}: {facts}", *(line.rstrip() for line in table)]

    def _row(self, measure: Measure) -> tuple[str, str, str, str, str]:
        verdict = "MISSED" if measure.is_missed else "reached" if measure.has_aim else ""
        peer = "" if measure.peer is None else _figure(measure.peer)
        value = "-" if measure.value is None else f"{_figure(measure.value)} {measure.unit}".rstrip()
        return measure.name, value, measure.aim, peer, f"{verdict} {measure.note}".strip()

    def as_json(self) -> dict[str, Any]:
        return {
            "benchmark": self.benchmark,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": {"cores": os.cpu_count(), "machine": platform.machine(), "python": platform.python_version()},
            "peer": self.peer or None,
            "facts": self.facts,
            "measures": [
                {
                    "name": measure.name,
                    "value": measure.value,
                    "unit": measure.unit,
                    "at_least": measure.at_least,
                    "at_most": measure.at_most,
                    "peer": measure.peer,
                    "missed": measure.is_missed,
                    "note": measure.note,
                }
                for measure in self.measures
            ],
        }

    def finish(self, json_path: str | None, write: Callable[[str], Any]) -> None:
        """Print, keep, and leave with 1 naming each missed aim (SystemExit)."""
        for line in self.lines():
            write(line)
        if json_path:
            Path(json_path).write_text(json.dumps(self.as_json(), indent=2, ensure_ascii=False) + "\n")
        if self.missed:
            names = "; ".join(f"{measure.name} {measure.aim} {measure.unit}".rstrip() for measure in self.missed)
            raise SystemExit(f"{self.benchmark}: missed: {names}")


def _figure(value: float) -> str:
    """Enough digits to compare, none to boast."""
    if value == 0 or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}" if abs(value) < 10 else f"{value:,.1f}"
