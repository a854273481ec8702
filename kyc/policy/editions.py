"""The numbers that decide whether a new edition of a list may be put in force without a person. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kyc.policy.numbers import number


@dataclass(frozen=True, slots=True)
class EditionPolicy:
    version: str
    in_force_from: date
    most_shrink: float = number(
        0.10,
        "share of the active edition",
        "More than so much may not vanish at once.",
        "issue: smaller by more than a tenth is held",
    )
    most_bad_rows: int = number(
        0,
        "rows",
        "Unreadable ones beyond those accepted with the active edition: each may be a listed party.",
        "house rule",
    )
    tail_held: int = number(
        1,
        "entries",
        "So many gone from exactly the file's end look like a cut file: CSV has no closing mark.",
        "the CSL of 2022-04 is said to have lost its end so",
    )


CURRENT = EditionPolicy(version="editions-2026-11-23.1", in_force_from=date(2026, 11, 23))
