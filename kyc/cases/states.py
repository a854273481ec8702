"""The states of a case, its types and outcomes. Pure."""

from __future__ import annotations

from enum import StrEnum

from kyc.errors import ForbiddenMove


class CaseType(StrEnum):
    IDENTITY = "identity"
    SCREENING = "screening"
    OWNERSHIP = "ownership"
    LOCATION = "location"
    USE = "use"  # declared use, attestations
    RISK = "risk"
    REVIEW = "review"  # periodic, expiry
    APPEAL = "appeal"
    UNKNOWN_CHECK = "unknown_check"  # a check could not be made


class CaseStatus(StrEnum):
    OPEN = "open"
    INVESTIGATING = "investigating"  # claimed
    AWAITING_CUSTOMER = "awaiting_customer"
    ESCALATED = "escalated"
    PENDING_APPROVAL = "pending_approval"  # a second person must look
    RESOLVED = "resolved"


class CaseOutcome(StrEnum):
    UNSET = ""
    FALSE_POSITIVE = "false_positive"
    CONFIRMED_RISK = "confirmed_risk"
    REQUIREMENTS_MET = "requirements_met"
    REQUIREMENTS_NOT_MET = "requirements_not_met"


S = CaseStatus
MOVES: dict[CaseStatus, frozenset[CaseStatus]] = {
    S.OPEN: frozenset({S.INVESTIGATING, S.AWAITING_CUSTOMER, S.ESCALATED, S.PENDING_APPROVAL, S.RESOLVED}),
    S.INVESTIGATING: frozenset({S.OPEN, S.AWAITING_CUSTOMER, S.ESCALATED, S.PENDING_APPROVAL, S.RESOLVED}),
    S.AWAITING_CUSTOMER: frozenset({S.OPEN, S.INVESTIGATING, S.ESCALATED, S.PENDING_APPROVAL, S.RESOLVED}),
    S.ESCALATED: frozenset({S.INVESTIGATING, S.AWAITING_CUSTOMER, S.PENDING_APPROVAL, S.RESOLVED}),
    S.PENDING_APPROVAL: frozenset({S.OPEN, S.INVESTIGATING, S.ESCALATED, S.RESOLVED}),
    S.RESOLVED: frozenset({S.OPEN}),  # reopened, with a reason
}
UNRESOLVED = frozenset(set(CaseStatus) - {CaseStatus.RESOLVED})


def check_move(old: CaseStatus, new: CaseStatus) -> None:
    """Raises ForbiddenMove unless the table allows it."""
    if new not in MOVES[old]:
        raise ForbiddenMove(f"A case that is {old} cannot become {new}.", old=old, new=new)
