"""The states of an edition. Pure."""

from __future__ import annotations

from enum import StrEnum

from kyc.errors import ForbiddenMove


class EditionStatus(StrEnum):
    LOADING = "loading"
    HELD = "held"  # something is odd: the good one stays, a person looks
    READY = "ready"
    ACTIVE = "active"
    RETIRED = "retired"  # can be rolled back to
    REFUSED = "refused"


MOVES: dict[EditionStatus, frozenset[EditionStatus]] = {
    EditionStatus.LOADING: frozenset({EditionStatus.HELD, EditionStatus.READY, EditionStatus.REFUSED}),
    EditionStatus.HELD: frozenset({EditionStatus.ACTIVE, EditionStatus.REFUSED}),
    EditionStatus.READY: frozenset({EditionStatus.ACTIVE, EditionStatus.REFUSED}),
    EditionStatus.ACTIVE: frozenset({EditionStatus.RETIRED}),
    EditionStatus.RETIRED: frozenset({EditionStatus.ACTIVE}),
    EditionStatus.REFUSED: frozenset(),
}


def check_move(old: EditionStatus, new: EditionStatus) -> None:
    """Raises ForbiddenMove unless the table allows it."""
    if new not in MOVES[old]:
        raise ForbiddenMove(f"An edition that is {old} cannot become {new}.", old=old, new=new)
