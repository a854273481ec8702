"""One finding: a fact that a rule noticed, with the sentence that explains it. Pure.

Every verdict of the product (screening, location, identity, ownership, risk, access) is a score or an
outcome plus a tuple of findings, stored as `as_json()` gives them and shown to staff as they stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Says(StrEnum):
    """What the compared facts say to each other."""

    AGREE = "agree"
    DISAGREE = "disagree"
    MISSING = "missing"  # one side does not say; never read as agreement
    NOTE = "note"  # a fact worth seeing that compares nothing


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` is stable and dotted ("geo.embargo"); `sentence` is for staff.

    `public` is what the customer may read; "" means that nothing may be said (no tipping off).
    `weight` is the signed share of the score or points it carried, 0.0 where it only informs.
    """

    code: str
    sentence: str
    says: Says = Says.NOTE
    weight: float = 0.0
    public: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain values for a JSON column; the reverse of `from_json`."""
        return {
            "code": self.code,
            "sentence": self.sentence,
            "says": str(self.says),
            "weight": round(self.weight, 4),
            "public": self.public,
            "facts": dict(self.facts),
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Finding:
        return cls(
            code=row["code"],
            sentence=row["sentence"],
            says=Says(row["says"]),
            weight=row["weight"],
            public=row["public"],
            facts=row["facts"],
        )
