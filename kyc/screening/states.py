"""The states of screenings, hits and re-screening runs. Pure."""

from __future__ import annotations

from enum import StrEnum

from kyc.errors import ForbiddenMove


class ScreeningOutcome(StrEnum):
    CLEAR = "clear"
    HITS = "hits"
    UNKNOWN = "unknown"  # could not be done; goes to a person


class HitStatus(StrEnum):
    PENDING = "pending"
    NO_MATCH = "no_match"
    TRUE_MATCH = "true_match"
    INCONCLUSIVE = "inconclusive"
    SUPERSEDED = "superseded"  # another hit of the customer was the true match
    DELISTED = "delisted"  # the entry left the list; a person decides about the hold


HIT_MOVES: dict[HitStatus, frozenset[HitStatus]] = {
    HitStatus.PENDING: frozenset(
        {
            HitStatus.NO_MATCH,
            HitStatus.TRUE_MATCH,
            HitStatus.INCONCLUSIVE,
            HitStatus.SUPERSEDED,
            HitStatus.DELISTED,
        }
    ),
    HitStatus.INCONCLUSIVE: frozenset({HitStatus.NO_MATCH, HitStatus.TRUE_MATCH, HitStatus.DELISTED}),
    HitStatus.NO_MATCH: frozenset({HitStatus.PENDING}),  # either side changed
    HitStatus.SUPERSEDED: frozenset({HitStatus.PENDING}),
    HitStatus.TRUE_MATCH: frozenset({HitStatus.DELISTED, HitStatus.PENDING}),
    HitStatus.DELISTED: frozenset({HitStatus.PENDING}),
}
OPEN_HITS = frozenset({HitStatus.PENDING, HitStatus.INCONCLUSIVE})


def check_hit_move(old: HitStatus, new: HitStatus) -> None:
    """Raises ForbiddenMove unless the table allows it."""
    if new not in HIT_MOVES[old]:
        raise ForbiddenMove(f"A hit that is {old} cannot become {new}.", old=old, new=new)


class RunStatus(StrEnum):
    PLANNED = "planned"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


RUN_MOVES: dict[RunStatus, frozenset[RunStatus]] = {
    RunStatus.PLANNED: frozenset({RunStatus.RUNNING, RunStatus.PAUSED, RunStatus.CANCELLED, RunStatus.DONE}),
    RunStatus.RUNNING: frozenset({RunStatus.PAUSED, RunStatus.CANCELLED, RunStatus.DONE}),
    RunStatus.PAUSED: frozenset({RunStatus.RUNNING, RunStatus.CANCELLED}),
    RunStatus.DONE: frozenset(),
    RunStatus.CANCELLED: frozenset(),
}


def check_run_move(old: RunStatus, new: RunStatus) -> None:
    """Raises ForbiddenMove unless the table allows it."""
    if new not in RUN_MOVES[old]:
        raise ForbiddenMove(f"A run that is {old} cannot become {new}.", old=old, new=new)


class RunReason(StrEnum):
    NEW_EDITION = "new_edition"
    NEW_POLICY = "new_policy"
    FULL_PASS = "full_pass"
    REQUESTED = "requested"  # by a person, who says why
    CHANGED = "changed"  # one customer, whose facts changed


class WorkStatus(StrEnum):
    """Of a trial or a self-test."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
