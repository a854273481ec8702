"""Where a customer stands on the road, and the allowed moves. Pure."""

from __future__ import annotations

from enum import StrEnum

from kyc.errors import ForbiddenMove


class CustomerKind(StrEnum):
    PERSON = "person"
    ORGANISATION = "organisation"


class CustomerStatus(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    VERIFYING = "verifying"
    SCREENING = "screening"
    IN_REVIEW = "in_review"
    NEEDS_INFORMATION = "needs_information"
    APPROVED = "approved"
    APPROVED_LIMITED = "approved_limited"
    REJECTED = "rejected"
    RESTRICTED = "restricted"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    CLOSED = "closed"


S = CustomerStatus
MOVES: dict[CustomerStatus, frozenset[CustomerStatus]] = {
    S.DRAFT: frozenset({S.SUBMITTED, S.CLOSED}),
    S.SUBMITTED: frozenset({S.VERIFYING, S.NEEDS_INFORMATION, S.CLOSED}),
    S.VERIFYING: frozenset({S.SCREENING, S.IN_REVIEW, S.NEEDS_INFORMATION, S.CLOSED}),
    S.SCREENING: frozenset({S.IN_REVIEW, S.APPROVED, S.APPROVED_LIMITED, S.NEEDS_INFORMATION, S.CLOSED}),
    S.IN_REVIEW: frozenset({S.APPROVED, S.APPROVED_LIMITED, S.REJECTED, S.NEEDS_INFORMATION, S.CLOSED}),
    S.NEEDS_INFORMATION: frozenset({S.SUBMITTED, S.IN_REVIEW, S.REJECTED, S.CLOSED}),
    S.APPROVED: frozenset(
        {S.APPROVED_LIMITED, S.IN_REVIEW, S.NEEDS_INFORMATION, S.RESTRICTED, S.SUSPENDED, S.EXPIRED, S.CLOSED}
    ),
    S.APPROVED_LIMITED: frozenset(
        {S.APPROVED, S.IN_REVIEW, S.NEEDS_INFORMATION, S.RESTRICTED, S.SUSPENDED, S.EXPIRED, S.CLOSED}
    ),
    S.REJECTED: frozenset({S.IN_REVIEW}),  # an appeal, decided by somebody else
    S.RESTRICTED: frozenset({S.APPROVED, S.APPROVED_LIMITED, S.REJECTED, S.SUSPENDED, S.CLOSED}),
    S.SUSPENDED: frozenset({S.APPROVED, S.APPROVED_LIMITED, S.REJECTED, S.RESTRICTED, S.CLOSED}),
    S.EXPIRED: frozenset({S.SUBMITTED, S.IN_REVIEW, S.APPROVED, S.APPROVED_LIMITED, S.SUSPENDED, S.CLOSED}),
    S.CLOSED: frozenset(),
}

# the customer may still edit the form
EDITABLE = frozenset({S.DRAFT, S.NEEDS_INFORMATION, S.EXPIRED})
# the road is being walked by workers
MOVING = frozenset({S.SUBMITTED, S.VERIFYING, S.SCREENING})
# not screened again: the form is not handed in, or all is over
OFF_FILE = frozenset({S.DRAFT, S.CLOSED})
# a relationship exists: re-screened, reviewed, may be served
SERVED = frozenset({S.APPROVED, S.APPROVED_LIMITED, S.RESTRICTED})


def check_move(old: CustomerStatus, new: CustomerStatus) -> None:
    """Raises ForbiddenMove unless the table allows it."""
    if new not in MOVES[old]:
        raise ForbiddenMove(f"A customer who is {old} cannot become {new}.", old=old, new=new)


class InterestKind(StrEnum):
    """What a party holds in a company or trust. Only shares and votes are in percent."""

    SHARES = "shares"
    VOTES = "votes"
    PARENT = "parent"  # consolidates it in its accounts: more than half, how much is not said
    CONTROL = "control"  # appoints its board, or directs it otherwise
    DIRECTOR = "director"
    CONTROL_PERSON = "control_person"
    SETTLOR = "settlor"
    TRUSTEE = "trustee"
    PROTECTOR = "protector"
    BENEFICIARY = "beneficiary"
