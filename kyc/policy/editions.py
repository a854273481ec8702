"""The numbers that decide whether a new edition of a list may be put in force without a person. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class EditionPolicy:
    version: str
    in_force_from: date
    most_shrink: float  # 0.0..1.0: share of the active edition's entries that may be gone at once
    most_bad_rows: int  # unreadable rows beyond those of the active edition
    tail_held: int  # entries: so many deleted exactly from the file's end look like a cut file


CURRENT = EditionPolicy(
    version="editions-2026-11-23.1",
    in_force_from=date(2026, 11, 23),
    most_shrink=0.10,  # issue: smaller by more than a tenth is held
    most_bad_rows=0,  # every row lost may be a listed party; accepted ones stay accepted with their edition
    tail_held=1,  # CSV has no closing mark: a cut at a line's end looks like a clean deletion
)
