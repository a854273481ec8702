"""Who may open which page: a user sees the customers they act for, and no others.

A customer of somebody else is 404, as if it did not exist; a page for owners is 403 to a contributor.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from kyc.customers.models import Customer, Member, MemberRole
from kyc.errors import ClearanceError, NotFound
from kyc.geo.client_address import Address
from kyc.geo.services import visitor
from kyc.journey import what_to_amend

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Visit:
    """One member at one customer's page."""

    user: User
    customer: Customer
    member: Member

    @property
    def is_owner(self) -> bool:
        return self.member.role == MemberRole.OWNER

    @property
    def may_edit(self) -> bool:
        return self.customer.is_editable

    @property
    def amendments(self) -> list[str]:
        """What stands on top of the form that was opened again. Two queries, or none."""
        return what_to_amend(self.customer)


def signed_in_user(request: HttpRequest) -> User:
    """Only behind `login_required`."""
    return cast(User, request.user)


def address_of(request: HttpRequest) -> Address | None:
    """The visitor's address as the trusted proxies tell it; None where it is unknown."""
    # not request.headers: that would read all of them on every page
    values = request.META.get(f"HTTP_{settings.CLIENT_ADDRESS_HEADER.upper().replace('-', '_')}", "")
    return visitor(request.META.get("REMOTE_ADDR", ""), values).address


def visitor_address(request: HttpRequest) -> str | None:
    address = address_of(request)
    return str(address) if address else None


def customers_of(user: User) -> list[Customer]:
    """The oldest first. One query."""
    return list(Customer.objects.of(settings.PORTAL_WORLD).seen_by(user).distinct().order_by("id"))


def visit_of(user: User, public_id: str) -> Visit:
    """Raises Http404 unless the user acts for this customer."""
    member = (
        Member.objects.select_related("customer")
        .filter(customer__public_id=public_id, customer__world=settings.PORTAL_WORLD, user=user, removed_at=None)
        .first()
    )
    if member is None:
        raise Http404("no such customer for this user")
    return Visit(user=user, customer=member.customer, member=member)


def member_page(*methods: str, owners_only: bool = False) -> Callable[[View], View]:
    """The view gets (request, visit, …) in place of (request, public_id=…); never cached."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, public_id: str, **more: Any) -> HttpResponse:
            visit = visit_of(signed_in_user(request), public_id)
            if owners_only and not visit.is_owner:
                return refused(request, "Only an owner of this account can do that. Ask a colleague who is one.", 403)
            return view(request, visit, **more)

        return never_cache(require_http_methods(methods)(login_required(presented(guarded))))

    return decorate


def presented(view: View) -> View:
    """Turn an error of the domain that nobody caught into a page with its sentence and status."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NotFound as error:
            raise Http404(error.sentence) from error
        except ClearanceError as error:
            return refused(request, error.sentence, error.status)

    return wrapped


def refused(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    return render(request, "portal/refused.html", {"sentence": sentence, "status": status}, status=status)
