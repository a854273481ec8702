"""The errors of the compliance domain: a small tree, each with its facts as attributes.

Pure. A shell (API, portal, console, task) turns them into words; nobody else catches them.
`status` is the HTTP status a shell answers with, `code` the stable name a caller may rely on.
"""

from __future__ import annotations

from typing import Any


class ClearanceError(Exception):
    """Base of all. `sentence` is safe to show to whoever made the call."""

    code = "error"
    status = 400

    def __init__(self, sentence: str = "", **facts: Any) -> None:
        self.sentence = sentence or (self.__doc__ or "").splitlines()[0]
        self.facts = facts
        super().__init__(self.sentence)

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.sentence} ({facts})" if facts else self.sentence


class BadInput(ClearanceError):
    """What was sent cannot be read."""

    code = "bad_input"


class NotAllowed(ClearanceError):
    """You may not do this."""

    code = "not_allowed"
    status = 403


class NotFound(ClearanceError):
    """There is no such thing, or not for you."""

    code = "not_found"
    status = 404


class ForbiddenMove(ClearanceError):
    """This cannot be done in the state it is in."""

    code = "forbidden_move"
    status = 409


class LostRace(ClearanceError):
    """Somebody else changed this first; look again."""

    code = "lost_race"
    status = 409


class KeyReused(ClearanceError):
    """This Idempotency-Key was used for another request."""

    code = "key_reused"
    status = 422


class Stale(ClearanceError):
    """What you changed is not what is stored any more; read it again."""

    code = "stale"
    status = 412


class Gone(ClearanceError):
    """This is too old to go on from; start again."""

    code = "gone"
    status = 410


class PreconditionNeeded(ClearanceError):
    """Send If-Match with the revision that you read."""

    code = "precondition_needed"
    status = 428


class Incomplete(ClearanceError):
    """Something needed is still missing."""

    code = "incomplete"
    status = 422


class SamePerson(NotAllowed):
    """Two different people are needed, and you are the first."""

    code = "same_person"


class EvidenceChanged(ClearanceError):
    """What was proposed rests on evidence that has changed since; it must be proposed anew."""

    code = "evidence_changed"
    status = 409


class BadList(BadInput):
    """The list file cannot be trusted."""

    code = "bad_list"


class Unavailable(ClearanceError):
    """A check could not be made now; it is not a pass."""

    code = "unavailable"
    status = 503


class GateClosed(Unavailable):
    """This cannot be answered at the moment; until it can, the answer is no."""

    code = "gate_closed"
