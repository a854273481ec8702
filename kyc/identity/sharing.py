"""The same document, register number, mailbox or phone on another customer: what it means. Pure; the table is policy.

Nothing of it is for the customer: who shares a document with whom is not told to either.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from kyc.findings import Finding, Says
from kyc.policy.identity import CURRENT, SHARED_MEANS, IdentityPolicy, Shared


@dataclass(frozen=True, slots=True)
class OtherUse:
    """One thing that this customer shares with another, and when each of them first had it."""

    what: str  # kyc.customers.marks.MarkKind
    mark: str  # of its keyed digest, enough to tell this thing from another of its kind
    kind: str  # of this customer: person or organisation
    ours_since: datetime
    other: str  # public id
    other_kind: str
    other_status: str
    theirs_since: datetime
    read: bool  # a document was read to say so, on one side at least; else it was only declared

    @property
    def apart(self) -> timedelta:
        return abs(self.ours_since - self.theirs_since)


WORDS = {"document": "identity document", "register": "register number", "email": "mailbox", "phone": "phone number"}


def shared_findings(uses: Iterable[OtherUse], *, policy: IdentityPolicy = CURRENT) -> tuple[Finding, ...]:
    """One for each thing shared with each customer, those for a case first. DISAGREE asks for a case, NOTE does not."""
    found = [_finding(use, policy) for use in uses]
    return tuple(sorted(filter(None, found), key=lambda row: (row.says is not Says.DISAGREE, row.code)))


def _finding(use: OtherUse, policy: IdentityPolicy) -> Finding | None:
    means, why = SHARED_MEANS.get((use.what, use.kind, use.other_kind), (None, ""))
    if means is None:
        return None
    within = use.apart <= timedelta(days=policy.days_between_organisations)
    is_case = means is Shared.CASE or (means is Shared.CASE_WITHIN_DAYS and within)
    sentence = f"The same {WORDS[use.what]} is on file for another {use.other_kind}: {use.other} ({use.other_status}), "
    sentence += f"{use.apart.days} days apart. {why}"
    return Finding(
        f"shared.{use.what}",
        sentence,
        Says.DISAGREE if is_case else Says.NOTE,
        facts={
            "other": use.other,
            "status": use.other_status,
            "days_apart": use.apart.days,
            "read": use.read,
            "mark": use.mark,
        },
    )
