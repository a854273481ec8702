"""The border: every visit to our own doors is placed, and refused where law or policy says so.

Sign-up, sign-in, portal and console are asked. Static files, the API (whose gate asks for itself), what monitors read,
signing out and the privacy notice are not. What is doubtful goes on and is noted (kyc.policy.access.STOPS).

Staff are nobody special here. Who is refused in error, or by a range that a colleague denied, still comes in from a
loopback or private address, which no source places: over the operator's own network, or a tunnel (docs/runbook.md).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.models import User
from kyc.access.services import Visit, look_at_visit, look_closer, note_visit
from kyc.customers.models import Customer
from kyc.errors import GateClosed
from kyc.geo.client_address import Address
from kyc.geo.models import Sighting
from kyc.portal.visits import address_of, customers_of

BLOCKED_BY_LAW = 451  # RFC 7725
SEEN_KEY = "border_seen"
# A visitor who goes on is noted this often, and whenever the address changes; a refused one each time.
NOTED_EVERY = timedelta(hours=1)

DOORS: tuple[tuple[str, Sighting.Where], ...] = (
    ("/accounts/signup/", Sighting.Where("sign_up")),
    ("/accounts/", Sighting.Where("login")),
    ("/console/", Sighting.Where("console")),
    ("/begin/", Sighting.Where("portal")),
    ("/join/", Sighting.Where("portal")),
    ("/verify/", Sighting.Where("portal")),
    ("/c/", Sighting.Where("portal")),
    ("/access/", Sighting.Where("portal")),
)
START, SIGNING_OUT = "/", "/accounts/logout/"


def door_of(path: str) -> Sighting.Where | None:
    """At which door a request stands; None where there is none."""
    if path == START:
        return Sighting.Where("portal")
    if not path.startswith(_STARTS) or path == SIGNING_OUT:
        return None
    return next(door for start, door in DOORS if path.startswith(start))


_STARTS = tuple(start for start, _ in DOORS)


class BorderMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        door = door_of(request.path)
        if door is None:
            return self.get_response(request)
        now, address = timezone.now(), address_of(request)
        try:
            visit = look_at_visit(door=door, address=address, now=now)
        except GateClosed:
            return not_now()
        if visit.stops:
            return turn_away(request, visit, now)
        if is_new_here(request, address, now):
            note_closely(request, visit, address, now)
        return self.get_response(request)


def not_now() -> HttpResponse:
    """Who may come in cannot be told, so nobody does; in plain words, as a page would need the database."""
    said = "This cannot be checked at the moment. Please try again in a few seconds."
    headers = {"Cache-Control": "no-store", "Retry-After": "5"}
    return HttpResponse(said, status=503, content_type="text/plain; charset=utf-8", headers=headers)


def user_of(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def note_closely(request: HttpRequest, visit: Visit, address: Address | None, now: datetime) -> None:
    """Keep where a signed-in person was seen, beside what their file and browser say of where they are."""
    user = user_of(request)
    if user is None:
        return
    customer = customer_at(request, user)
    closer = look_closer(
        visit=visit, address=address, user=user, customer=customer, language=language_of(request), now=now
    )
    note_visit(visit=closer, user=user, customer=customer, now=now)


def customer_at(request: HttpRequest, user: User) -> Customer | None:
    """The customer whose page this is, if the user acts for them; on other pages the only one they act for."""
    theirs = customers_of(user)
    named = request.path.split("/")[2] if request.path.startswith("/c/") else ""
    if named:
        return next((customer for customer in theirs if customer.public_id == named), None)
    return theirs[0] if len(theirs) == 1 else None


def language_of(request: HttpRequest) -> str:
    """What the browser likes best, as a BCP 47 tag; "" where it does not say."""
    first = request.headers.get("Accept-Language", "").split(",")[0].split(";")[0].strip()
    return first if len(first) <= 35 and first.replace("-", "").isalnum() else ""


def is_new_here(request: HttpRequest, address: Address | None, now: datetime) -> bool:
    """Whether this signed-in session was not noted lately at this address. Visitors without one leave no row."""
    if user_of(request) is None:
        return False
    kept = request.session.get(SEEN_KEY, {})
    here = str(address)
    if kept.get("address") == here and now.timestamp() - kept.get("at", 0) < NOTED_EVERY.total_seconds():
        return False
    request.session[SEEN_KEY] = {"address": here, "at": now.timestamp()}
    return True


def turn_away(request: HttpRequest, visit: Visit, now: datetime) -> HttpResponse:
    """The neutral page. By law: 451 naming who blocks; by the provider's policy: 403. Never cached."""
    noted = note_visit(visit=visit, user=user_of(request), now=now)
    legal = visit.verdict.legal
    context = {"reference": noted.reference, "appeal_url": settings.APPEAL_URL}
    response = render(request, "blocked.html", context, status=BLOCKED_BY_LAW if legal else 403)
    response["Cache-Control"] = "no-store"
    if legal:
        response["Link"] = f'<{settings.BASE_URL}>; rel="blocked-by"'
    return response
