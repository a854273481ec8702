"""The gate's door: plain views, because here every microsecond is paid on each call of a model.

`POST access/decisions`, one question; `POST access/decisions/batch`, up to a thousand; `GET access/feed`, the
accounts that may use nothing; `GET access/keys`, what signed verdicts are verified with.
kyc/api/access.py describes them for the API's own pages.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from accounts.models import ApiKey
from accounts.scopes import Scope
from accounts.services import note_use
from kyc.access.feed import read_feed
from kyc.access.memory import remembered
from kyc.access.questions import Caller, Question, read_batch, read_question
from kyc.access.services import Answer, answer
from kyc.access.signing import published_keys, sign_verdict
from kyc.api.errors import PROBLEM, problem_body
from kyc.errors import BadInput, ClearanceError, NotAllowed
from kyc.worlds import World

MOST_BYTES = 1_000_000
View = Callable[[HttpRequest], HttpResponse]


class NoKey(ClearanceError):
    """Send a key that is valid: Authorization: Bearer clr_…"""

    code = "not_authenticated"
    status = 401


def gate_view(method: str) -> Callable[[View], View]:
    """Answers one method, without sessions or cookies; errors are told as problem+json, and nothing is kept."""

    def around(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        # Each write is a transaction of its own; a request as such needs none.
        @transaction.non_atomic_requests
        def answered(request: HttpRequest) -> HttpResponse:
            try:
                if request.method != method:
                    response = _problem(405, "method_not_allowed", f"Send {method}.")
                    response["Allow"] = method
                    return response
                response = view(request)
            except ClearanceError as error:
                fields = {"fields": error.facts["fields"]} if "fields" in error.facts else {}
                response = _problem(error.status, error.code, error.sentence, **fields)
                if error.status == 401:
                    response["WWW-Authenticate"] = 'Bearer realm="clearance"'
                if error.status == 503:
                    response["Retry-After"] = "1"
            response["Cache-Control"] = "no-store"
            return response

        return answered

    return around


@gate_view("POST")
def decisions(request: HttpRequest) -> HttpResponse:
    caller = _caller(_key(request))
    question = read_question(_body(request))
    (answered,) = answer(questions=(question,), caller=caller)
    return _json(answer_out(question, answered, caller))


@gate_view("POST")
def batch(request: HttpRequest) -> HttpResponse:
    caller = _caller(_key(request))
    questions = read_batch(_body(request))
    answers = answer(questions=questions, caller=caller)
    out = [answer_out(asked, answered, caller) for asked, answered in zip(questions, answers, strict=True)]
    return _json({"answers": out})


@gate_view("GET")
def feed(request: HttpRequest) -> HttpResponse:
    return _json(feed_out(World(_key(request).client.world), request.GET.get("cursor", "")))


@gate_view("GET")
def keys(request: HttpRequest) -> HttpResponse:
    """For everybody: they are public keys."""
    return _json(published_keys(timezone.now()))


def answer_out(question: Question, answered: Answer, caller: Caller) -> dict[str, Any]:
    verdict = answered.verdict
    out: dict[str, Any] = {
        "decision": verdict.outcome.value,
        "reasons": [{"code": code, "sentence": sentence} for code, sentence in verdict.public],
        "obligations": list(verdict.obligations),
        "ttl": verdict.ttl_seconds,
        "decision_id": answered.decision_id,
        "policy_version": verdict.policy_version,
        "data": answered.location.builds,
    }
    if question.signed:
        out["verdict"] = sign_verdict(
            question=question,
            caller=caller,
            verdict=verdict,
            decision_id=answered.decision_id,
            issuer=settings.BASE_URL,
        )
    if caller.internal:
        said = (*verdict.findings, *answered.location.findings)
        out["internal"] = [{"code": finding.code, "sentence": finding.sentence} for finding in said]
    return out


def feed_out(world: World, cursor: str) -> dict[str, Any]:
    page = read_feed(world=world, cursor=cursor)
    accounts = [{"account": entry.account, "denied": entry.denied} for entry in page.entries]
    return {"accounts": accounts, "cursor": page.cursor, "more": page.more}


def _key(request: HttpRequest) -> ApiKey:
    """The caller's key, from memory. Raises NoKey, NotAllowed, GateClosed."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    memory = remembered()
    memory.keep_fresh()
    key = memory.key(text.strip(), timezone.now()) if scheme.lower() == "bearer" else None
    if key is None:
        raise NoKey()
    note_use(key)
    if Scope.ACCESS_DECIDE not in key.scopes:
        raise NotAllowed("This key does not have the scope for that.")
    return key


def _caller(key: ApiKey) -> Caller:
    return Caller(key.client.public_id, World(key.client.world), Scope.ACCESS_INTERNAL in key.scopes)


def _body(request: HttpRequest) -> Any:
    sent = request.read(MOST_BYTES + 1)
    if len(sent) > MOST_BYTES:
        raise BadInput(f"Send at most {MOST_BYTES:,} bytes.")
    try:
        return json.loads(sent)
    except (ValueError, RecursionError) as error:
        raise BadInput("The body is no JSON.") from error


def _json(body: Any, status: int = 200, content_type: str = "application/json") -> HttpResponse:
    return HttpResponse(json.dumps(body, ensure_ascii=False), content_type=content_type, status=status)


def _problem(status: int, code: str, detail: str, **more: Any) -> HttpResponse:
    return _json(problem_body(status=status, code=code, detail=detail, **more), status, PROBLEM)


urlpatterns = [
    path("access/decisions", decisions, name="access_decisions"),
    path("access/decisions/batch", batch, name="access_batch"),
    path("access/feed", feed, name="access_feed"),
    path("access/keys", keys, name="access_keys"),
]
