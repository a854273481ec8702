"""Which ways lead out of an answer of the gate. Pure: read from the reasons as they were stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kyc.access.states import AccessOutcome, Challenge

# What keeps a customer out and can be left. A denial has no way out but an appeal.
LEFT = frozenset({AccessOutcome.CHALLENGE.value, AccessOutcome.REVIEW.value})


@dataclass(frozen=True, slots=True)
class Ways:
    """`kinds`: each answers every reason in `codes`. `attest`: licence terms wait for an answer as well."""

    codes: tuple[str, ...]
    kinds: tuple[Challenge, ...]
    attest: bool

    def allow(self, kind: Challenge) -> bool:
        return kind in self.kinds


NO_WAY = Ways((), (), attest=False)


def ways_out(outcome: str, findings: Iterable[Mapping[str, Any]]) -> Ways:
    """The ways out of a stored answer; NO_WAY for one that allowed or denied."""
    if outcome not in LEFT:
        return NO_WAY
    standing = [row for row in findings if row["facts"].get("outcome") in LEFT]
    left = [row for row in standing if row["facts"].get("leaves")]
    kinds = tuple(kind for kind in Challenge if left and all(kind.value in row["facts"]["leaves"] for row in left))
    attest = any(row["code"].startswith("attestation.") for row in standing)
    return Ways(tuple(dict.fromkeys(row["code"] for row in left)), kinds, attest)
