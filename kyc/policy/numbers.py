"""How a policy writes a number down: its value as the field's default, and beside it unit, reason and source. Pure.

    @dataclass(frozen=True, slots=True)
    class TravelPolicy:
        most_kmh: float = number(1000.0, "km/h", "Faster than an airliner.", "house rule")

`explain()` gives an auditor the table; `dataclasses.replace()` tries another value.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Explained:
    name: str
    value: Any
    unit: str
    why: str
    source: str


def number(value: T, unit: str, why: str, source: str) -> T:
    """A dataclass field with this default. Typed as the value, as `dataclasses.field` is."""
    made: T = field(default=value, metadata={"unit": unit, "why": why, "source": source})
    return made


def explain(policy: Any) -> tuple[Explained, ...]:
    """Every explained field of a policy in its order; fields without unit (version, dates) are left out."""
    return tuple(
        Explained(
            row.name, getattr(policy, row.name), row.metadata["unit"], row.metadata["why"], row.metadata["source"]
        )
        for row in fields(policy)
        if row.metadata
    )


def about(policy: Any, name: str) -> tuple[str, str]:
    """(unit, why) of one explained field."""
    row = next(row for row in fields(policy) if row.name == name)
    return row.metadata["unit"], row.metadata["why"]
