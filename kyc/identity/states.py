"""The states of a verification session, after Stripe's. Pure."""

from __future__ import annotations

from enum import StrEnum

from kyc.errors import ForbiddenMove


class VerificationStatus(StrEnum):
    REQUIRES_INPUT = "requires_input"
    PROCESSING = "processing"
    REVIEW = "review"  # a person must look
    VERIFIED = "verified"
    FAILED = "failed"
    CANCELED = "canceled"


V = VerificationStatus
MOVES: dict[VerificationStatus, frozenset[VerificationStatus]] = {
    V.REQUIRES_INPUT: frozenset({V.PROCESSING, V.REVIEW, V.VERIFIED, V.FAILED, V.CANCELED}),
    V.PROCESSING: frozenset({V.REQUIRES_INPUT, V.REVIEW, V.VERIFIED, V.FAILED, V.CANCELED}),
    V.REVIEW: frozenset({V.REQUIRES_INPUT, V.VERIFIED, V.FAILED, V.CANCELED}),
    V.VERIFIED: frozenset(),
    V.FAILED: frozenset(),
    V.CANCELED: frozenset(),
}
OPEN = frozenset({V.REQUIRES_INPUT, V.PROCESSING, V.REVIEW})


def check_move(old: VerificationStatus, new: VerificationStatus) -> None:
    """Raises ForbiddenMove unless the table allows it."""
    if new not in MOVES[old]:
        raise ForbiddenMove(f"A verification that is {old} cannot become {new}.", old=old, new=new)
