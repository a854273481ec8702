"""The identity check with a commercial provider: out to its page, and back. Whose turn it is, is kyc.verifying's word.

Nothing that the address brings back is believed: a worker reads the session from the provider.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render

from kyc import verifying
from kyc.errors import Unavailable
from kyc.identity.vendors.registry import NAMES
from kyc.portal.visits import Visit, member_page
from kyc.verifying import Turn

THEIRS = frozenset({Turn.PREPARED, Turn.CUSTOMER, Turn.CUSTOMER_ANEW})


@member_page("GET", "HEAD")
def identity(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What will happen, what to send again and why; or back to where it stands, if it is not their turn."""
    found = verifying.turn_of(visit.customer)
    if found.turn not in THEIRS or found.verification is None:
        return redirect("portal:status", public_id=visit.customer.public_id)
    context = {
        "visit": visit,
        "customer": visit.customer,
        "turn": found.turn,
        "again": found.again,
        "vendor": NAMES[found.verification.provider],
        "trouble": bool(found.verification.failures),
    }
    return render(request, "portal/identity.html", context)


@member_page("POST")
def go(request: HttpRequest, visit: Visit) -> HttpResponse:
    """To the provider's page, by a link made for this moment."""
    customer = visit.customer
    try:
        link = verifying.go_on(customer=customer, actor=visit.user)
    except Unavailable:
        messages.warning(request, "The check cannot be reached at the moment. Please try again in a few minutes.")
        return redirect("portal:identity", public_id=customer.public_id)
    if link is None:
        messages.info(request, "A person looks at your documents from here on; we will write to you.")
        return redirect("portal:status", public_id=customer.public_id)
    response = HttpResponseRedirect(link.url)
    response["Referrer-Policy"] = "no-referrer"
    return response


@member_page("GET", "HEAD")
def back(request: HttpRequest, visit: Visit) -> HttpResponse:
    verifying.came_back(customer=visit.customer)
    messages.success(request, "Welcome back. We ask for the result of your identity check now.")
    return redirect("portal:status", public_id=visit.customer.public_id)
