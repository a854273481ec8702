"""The gate's door: what is asked, and what is said, without a framework in between.

`POST access/decisions`, one question; `POST access/decisions/batch`, up to a thousand; `GET access/feed`, the
accounts that may use nothing; `GET access/keys`, what signed verdicts are verified with. Every microsecond is
paid on each call of a model, so the web server calls `reply` by the short way (kyc/api/door.py); Django's
addresses lead to the same function. kyc/api/access.py describes all this for the API's own pages.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

import msgspec
from django.conf import settings
from django.db import DatabaseError, InterfaceError, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from kyc.access.feed import read_feed
from kyc.access.memory import close_if_broken
from kyc.access.questions import Caller, Question, read_batch, read_question, usual_batch, usual_question
from kyc.access.services import Answer, admit, answer
from kyc.access.signing import published_keys, sign_verdict
from kyc.access.ways import LEFT
from kyc.api.problems import PROBLEM, problem_body
from kyc.errors import BadInput, ClearanceError, GateClosed

log = logging.getLogger(__name__)
MOST_BYTES = 1_000_000
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. `read(n)`: at most n bytes of its body."""

    method: str
    authorization: str
    query: str
    read: Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent back; nothing of it may be kept by a cache."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


ALWAYS = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))


def reply(tail: str, asked: Asked) -> Reply:
    """The answer at `tail`, what follows /api/v1/ in the address. Errors are told as problem+json."""
    method, answered = ANSWERS.get(tail, NOWHERE)
    if asked.method != method:
        if not method:
            return problem(404, "not_found", "The API has no such address.")
        return problem(405, "method_not_allowed", f"Send {method}.", ("Allow", method))
    try:
        return Reply(200, _encode(answered(asked)))
    except ClearanceError as error:
        return _refusal(error)
    except (DatabaseError, InterfaceError) as error:
        close_if_broken()
        log.warning("the gate could not ask its database: %s", error)
        return _refusal(GateClosed("The gate cannot reach its database; the answer is no until it can."))
    except Exception:
        log.exception("the gate failed at %s", tail)
        return problem(500, "failed", "The gate failed; the answer is no.")


# ------------------------------------------------------------------------------------------------ what is answered
def decisions(asked: Asked) -> dict[str, Any]:
    now = timezone.now()
    caller = admit(asked.authorization, now)
    body = _body(asked)
    question = usual_question(body) or read_question(_json(body))
    (answered,) = answer(questions=(question,), caller=caller, now=now)
    return answer_out(question, answered, caller, now)


def batch(asked: Asked) -> dict[str, Any]:
    now = timezone.now()
    caller = admit(asked.authorization, now)
    body = _body(asked)
    questions = usual_batch(body) or read_batch(_json(body))
    answers = answer(questions=questions, caller=caller, now=now)
    return {
        "answers": [
            answer_out(asked, answered, caller, now) for asked, answered in zip(questions, answers, strict=True)
        ]
    }


def feed(asked: Asked) -> dict[str, Any]:
    caller = admit(asked.authorization, timezone.now())
    page = read_feed(world=caller.world, cursor=parse_qs(asked.query).get("cursor", [""])[0])
    accounts = [{"account": entry.account, "denied": entry.denied} for entry in page.entries]
    return {"accounts": accounts, "cursor": page.cursor, "more": page.more}


def keys(asked: Asked) -> dict[str, Any]:
    """For everybody: they are public keys."""
    return published_keys(timezone.now())


def answer_out(question: Question, answered: Answer, caller: Caller, now: datetime) -> dict[str, Any]:
    verdict = answered.verdict
    out: dict[str, Any] = {
        "decision": verdict.outcome,
        "reasons": [{"code": code, "sentence": sentence} for code, sentence in verdict.public],
        "obligations": verdict.obligations,
        "ttl": verdict.ttl_seconds,
        "decision_id": answered.decision_id,
        "policy_version": verdict.policy_version,
        "data": answered.location.builds,
    }
    if verdict.outcome in LEFT:
        out["link"] = f"{settings.BASE_URL}/access/{answered.decision_id}/"  # where the customer can leave it
    if question.signed:
        out["verdict"] = sign_verdict(
            question=question,
            caller=caller,
            verdict=verdict,
            decision_id=answered.decision_id,
            issuer=settings.BASE_URL,
            now=now,
        )
    if caller.internal:
        said = (*verdict.findings, *answered.location.findings)
        out["internal"] = [{"code": finding.code, "sentence": finding.sentence} for finding in said]
    return out


ANSWERS: Mapping[str, tuple[str, Callable[[Asked], dict[str, Any]]]] = {
    "access/decisions": ("POST", decisions),
    "access/decisions/batch": ("POST", batch),
    "access/feed": ("GET", feed),
    "access/keys": ("GET", keys),
}
NOWHERE: tuple[str, Callable[[Asked], dict[str, Any]]] = ("", keys)  # no request has this method


def _body(asked: Asked) -> bytes:
    sent = asked.read(MOST_BYTES + 1)
    if len(sent) > MOST_BYTES:
        raise BadInput(f"Send at most {MOST_BYTES:,} bytes.")
    return sent


def _json(body: bytes) -> Any:
    try:
        return _decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise BadInput("The body is no JSON.") from error


# ------------------------------------------------------------------------------------------------ errors
def problem(status: int, code: str, detail: str, *headers: tuple[str, str], **more: Any) -> Reply:
    body = problem_body(status=status, code=code, detail=detail, **more)
    return Reply(status, _encode(body), PROBLEM, headers)


_WITH_STATUS = {401: ("WWW-Authenticate", 'Bearer realm="clearance"'), 503: ("Retry-After", "1")}


def _refusal(error: ClearanceError) -> Reply:
    fields = {"fields": error.facts["fields"]} if "fields" in error.facts else {}
    headers = (_WITH_STATUS[error.status],) if error.status in _WITH_STATUS else ()
    return problem(error.status, error.code, error.sentence, *headers, **fields)


# ------------------------------------------------------------------------------------------------ Django's addresses
@csrf_exempt
@transaction.non_atomic_requests  # each write is a transaction of its own; a request as such needs none
def view(request: HttpRequest) -> HttpResponse:
    """The same answers for whoever comes through Django's handler."""
    meta = request.META
    asked = Asked(request.method or "", meta.get("HTTP_AUTHORIZATION", ""), meta.get("QUERY_STRING", ""), request.read)
    said = reply(request.path_info.removeprefix("/api/v1/"), asked)
    response = HttpResponse(said.body, content_type=said.content_type, status=said.status)
    for name, value in (*ALWAYS, *said.headers):
        response[name] = value
    return response


urlpatterns = [path(tail, view, name=tail.replace("/", "_")) for tail in ANSWERS]
