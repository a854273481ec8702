"""The states of a verification session, after Stripe's. Pure.

What went wrong in a session that asks for input again is its last error, not a state. A settled session is
never reopened: when a provider takes back a result, a case says so, and another session may follow; the latest counts.
"""

from __future__ import annotations

from enum import StrEnum

from kyc.errors import ForbiddenMove


class VerificationStatus(StrEnum):
    REQUIRES_INPUT = "requires_input"
    PROCESSING = "processing"
    REVIEW = "review"  # a person must look
    VERIFIED = "verified"
    FAILED = "failed"
    CANCELED = "canceled"  # by us or by the customer, before anything came of it
    EXPIRED = "expired"  # the link was not used in time
    REDACTED = "redacted"  # what was read and compared has been erased; that there was a session stays


V = VerificationStatus
MOVES: dict[VerificationStatus, frozenset[VerificationStatus]] = {
    V.REQUIRES_INPUT: frozenset({V.PROCESSING, V.REVIEW, V.VERIFIED, V.FAILED, V.CANCELED, V.EXPIRED}),
    V.PROCESSING: frozenset({V.REQUIRES_INPUT, V.REVIEW, V.VERIFIED, V.FAILED, V.CANCELED}),
    V.REVIEW: frozenset({V.REQUIRES_INPUT, V.VERIFIED, V.FAILED, V.CANCELED}),
    V.VERIFIED: frozenset({V.REDACTED}),
    V.FAILED: frozenset({V.REDACTED}),
    V.CANCELED: frozenset({V.REDACTED}),
    V.EXPIRED: frozenset({V.REDACTED}),
    V.REDACTED: frozenset(),
}
OPEN = frozenset({V.REQUIRES_INPUT, V.PROCESSING, V.REVIEW})
SETTLED = frozenset(V) - OPEN


def check_move(old: VerificationStatus, new: VerificationStatus) -> None:
    """Raises ForbiddenMove unless the table allows it."""
    if new not in MOVES[old]:
        raise ForbiddenMove(f"A verification that is {old} cannot become {new}.", old=old, new=new)


def is_news(old: VerificationStatus, told: VerificationStatus) -> bool:
    """Whether a provider's word moves the session. What is told twice, late or out of order moves nothing."""
    return told in MOVES[old]
