"""What two people decide together, and the states of a proposal. Pure."""

from __future__ import annotations

from enum import StrEnum

from kyc.errors import ForbiddenMove


class Action(StrEnum):
    DECIDE_CUSTOMER = "decide_customer"
    SETTLE_HIT = "settle_hit"
    LIFT_HOLD = "lift_hold"
    ACTIVATE_EDITION = "activate_edition"
    SET_RANGE = "set_range"
    CORRECT_LOCATION = "correct_location"
    OVERRIDE_RISK = "override_risk"
    PUBLISH_POLICY = "publish_policy"
    SETTLE_APPEAL = "settle_appeal"
    ERASE_CUSTOMER = "erase_customer"


class ProposalStatus(StrEnum):
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    VOID = "void"  # the evidence changed before a second person looked


MOVES: dict[ProposalStatus, frozenset[ProposalStatus]] = {
    ProposalStatus.PROPOSED: frozenset(
        {ProposalStatus.CONFIRMED, ProposalStatus.REFUSED, ProposalStatus.WITHDRAWN, ProposalStatus.VOID}
    ),
    ProposalStatus.CONFIRMED: frozenset(),
    ProposalStatus.REFUSED: frozenset(),
    ProposalStatus.WITHDRAWN: frozenset(),
    ProposalStatus.VOID: frozenset(),
}


def check_move(old: ProposalStatus, new: ProposalStatus) -> None:
    """Raises ForbiddenMove unless the table allows it."""
    if new not in MOVES[old]:
        raise ForbiddenMove(f"A proposal that is {old} cannot become {new}.", old=old, new=new)
