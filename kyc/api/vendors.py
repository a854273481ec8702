"""Where identity providers send their webhooks. No key of ours: each message is proved by its own signature.

Answered as soon as it is noted: providers wait five seconds and send again. What happened is read back by a worker.
"""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from kyc.api.problems import PROBLEM, problem_body
from kyc.errors import BadInput, ClearanceError, NotFound
from kyc.identity.provider import IncomingWebhook
from kyc.identity.sessions import receive
from kyc.identity.vendors.registry import account
from kyc.policy.identity import VENDORS

log = logging.getLogger(__name__)


class TooLarge(BadInput):
    """This is more than a webhook says."""

    code = "too_large"
    status = 413


class NoJson(BadInput):
    """A webhook is application/json."""

    code = "not_json"
    status = 415


@csrf_exempt
@require_POST
def webhook(request: HttpRequest, world: str, vendor: str) -> HttpResponse:
    """204 for whatever is genuine, also for repeats and for sessions that are not ours; else a problem body."""
    try:
        if account(vendor, world) is None:
            raise NotFound
        event, new = receive(vendor=vendor, world=world, webhook=_incoming(request))
    except ClearanceError as error:
        log.warning("a webhook of %s for the %s world was refused: %s", vendor, world, error.code)
        body = problem_body(status=error.status, code=error.code, detail=error.sentence)
        return JsonResponse(body, status=error.status, content_type=PROBLEM)
    if new and event.verification_id is None:
        log.info("a webhook of %s (%s) is about no session of ours", vendor, event.kind)
    return HttpResponse(status=204)


def _incoming(request: HttpRequest) -> IncomingWebhook:
    """The raw bytes, of which no more is read than may be there. Raises TooLarge, NoJson."""
    if request.content_type != "application/json":
        raise NoJson
    limit = VENDORS.webhook_most_bytes
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
        raise TooLarge
    body = request.read(limit + 1)
    if len(body) > limit:
        raise TooLarge
    headers = {name.lower(): value for name, value in request.headers.items()}
    return IncomingWebhook(headers=headers, body=body, received_at=timezone.now())
