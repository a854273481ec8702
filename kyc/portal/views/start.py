"""The first page, the choice of person or organisation, and the privacy notice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from kyc.customers.services import create_customer
from kyc.customers.states import CustomerKind
from kyc.identity.vendors.registry import may_be_sent_to
from kyc.policy.customers import BIOMETRICS_NOTICE_VERSION, PRIVACY_NOTICE_VERSION
from kyc.portal.visits import customers_of, presented, refused, signed_in_user


@never_cache
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """What this is, to a stranger; to somebody signed in, where they left off."""
    if not request.user.is_authenticated:
        return render(request, "portal/start.html")
    user = signed_in_user(request)
    if user.is_staff:
        return redirect("/console/")
    mine = customers_of(user)
    if not mine:
        return redirect("portal:begin")
    if len(mine) == 1:
        return redirect("portal:status", public_id=mine[0].public_id)
    return render(request, "portal/choose.html", {"customers": mine})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@presented
def begin(request: HttpRequest) -> HttpResponse:
    user = signed_in_user(request)
    if user.is_staff:
        return refused(request, "Staff cannot act for a customer. Use another account to try the portal.", 403)
    kind = request.POST.get("kind")
    if kind not in set(CustomerKind):
        return render(request, "portal/begin.html", {"customers": customers_of(user)})
    customer = create_customer(
        kind=CustomerKind(kind),
        world=settings.PORTAL_WORLD,
        actor=user,
        source="portal",
        owner=user,
        email=user.email,
    )
    return redirect("portal:step", public_id=customer.public_id, step="about")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/privacy.html", privacy_words(may_be_sent_to(settings.PORTAL_WORLD)))


def privacy_words(identity_providers: Sequence[str] = ()) -> dict[str, Any]:
    """What the notices' pages say. `identity_providers`: by name, those to whom the reader may be sent."""
    return {
        "notice_version": PRIVACY_NOTICE_VERSION,
        "biometrics_version": BIOMETRICS_NOTICE_VERSION,
        "identity_providers": " or ".join(filter(None, (", ".join(identity_providers[:-1]), *identity_providers[-1:]))),
    }
