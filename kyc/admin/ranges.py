"""Ranges the operator allows or denies, places put right, and customers who ask to be let out of a challenge."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.roles import Permission
from kyc.access.challenges import accept_way_out, refuse_way_out
from kyc.access.models import WayOut
from kyc.admin.locations import customer_locations
from kyc.admin.reading import waiting
from kyc.admin.site import console, done, present, read, staff, world_of
from kyc.approvals.models import Proposal
from kyc.approvals.states import ProposalStatus
from kyc.customers.models import Customer
from kyc.errors import BadInput, ClearanceError
from kyc.geo.models import LocationCorrection, OperatorRange
from kyc.geo.overrides import (
    ACTIONS,
    Override,
    embargoed_within,
    end_allowed_range,
    named_within,
    propose_correction,
    propose_end,
    propose_range,
    read_range,
)
from kyc.geo.services import geo_policy
from kyc.policy.countries import countries

MOST_ROWS = 200


@console.page("ranges/", name="ranges")
def ranges_page(request: HttpRequest) -> HttpResponse:
    """What stands and what waits for a second person; and what sources say of a range somebody looks at."""
    now, typed = timezone.now(), getattr(getattr(request, "refusal", None), "typed", {})
    cidr = str(typed.get("cidr") or request.GET.get("cidr", "")).strip()
    standing = OperatorRange.objects.select_related("customer", "proposal__proposed_by", "proposal__settled_by")
    corrections = LocationCorrection.objects.select_related("proposal__proposed_by", "proposal__settled_by")
    proposals = Proposal.objects.filter(action__in=ACTIONS, status=ProposalStatus.PROPOSED)
    policy = geo_policy()
    return present(
        request, "ranges.html", title="Ranges and corrections", now=now,
        ranges=list(standing.order_by("-expires_at")[:MOST_ROWS]),
        corrections=list(corrections.order_by("-expires_at")[:MOST_ROWS]),
        waits=[waiting(row, staff(request)) for row in proposals.select_related("proposed_by", "settled_by")],
        typed=typed, cidr=cidr, looked=looked_at(cidr),
        customer_id=typed.get("customer") or request.GET.get("customer", ""),
        countries=countries().items(), policy=policy,
    )  # fmt: skip


def looked_at(cidr: str) -> dict[str, Any]:
    """What the sources name inside a range, and what of it is under embargo; {} for none, {"error"} for a bad one."""
    if not cidr:
        return {}
    try:
        named = named_within(read_range(cidr))
    except ClearanceError as error:
        return {"error": error.sentence}
    embargoed = embargoed_within(named, timezone.localdate())
    return {"rows": [(code, names, code in embargoed) for code, names in named.items()], "embargoed": bool(embargoed)}


@console.page("ranges/<int:pk>/", name="range")
def range_page(request: HttpRequest, pk: int) -> HttpResponse:
    return _override_page(
        request, get_object_or_404(OperatorRange.objects.select_related("proposal", "customer"), pk=pk)
    )


@console.page("corrections/<int:pk>/", name="correction")
def correction_page(request: HttpRequest, pk: int) -> HttpResponse:
    return _override_page(request, get_object_or_404(LocationCorrection.objects.select_related("proposal"), pk=pk))


def _override_page(request: HttpRequest, row: Override) -> HttpResponse:
    is_range = isinstance(row, OperatorRange)
    return present(
        request, "override.html", title=str(row), row=row, is_range=is_range, now=timezone.now(),
        allows=isinstance(row, OperatorRange) and row.effect == OperatorRange.Effect.ALLOW,
        looked=looked_at(row.cidr),
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ proposing
class RangeForm(forms.Form):
    cidr = forms.CharField(max_length=50, label="range")
    effect = forms.ChoiceField(choices=OperatorRange.Effect.choices)
    customer = forms.CharField(max_length=40, required=False)
    days = forms.IntegerField(min_value=1)
    reason = forms.CharField(max_length=4000)


@console.verb("ranges/propose/", name="range_propose", needs=Permission.PROPOSE, back=ranges_page)
def range_propose(request: HttpRequest) -> HttpResponse:
    values = read(RangeForm(request.POST))
    customer = None
    if values["customer"].strip():
        customer = Customer.objects.filter(public_id=values["customer"].strip(), world=world_of(request)).first()
        if customer is None:
            raise BadInput("There is no customer with this id in this world.", field="customer")
    proposal = propose_range(
        cidr=values["cidr"], effect=values["effect"], days=values["days"], reason=values["reason"],
        customer=customer, actor=staff(request),
    )  # fmt: skip
    return done(request, "Proposed: somebody else must confirm.", "proposal", proposal.public_id)


class CorrectionForm(forms.Form):
    cidr = forms.CharField(max_length=50, label="range")
    country = forms.CharField(max_length=2)
    region = forms.CharField(max_length=10, required=False)
    days = forms.IntegerField(min_value=1)
    evidence = forms.CharField(max_length=4000)


@console.verb("corrections/propose/", name="correction_propose", needs=Permission.PROPOSE, back=ranges_page)
def correction_propose(request: HttpRequest) -> HttpResponse:
    values = read(CorrectionForm(request.POST))
    proposal = propose_correction(
        cidr=values["cidr"], country=values["country"], region=values["region"].strip().upper(),
        evidence=values["evidence"], days=values["days"], actor=staff(request),
    )  # fmt: skip
    return done(request, "Proposed: somebody else must confirm.", "proposal", proposal.public_id)


# ------------------------------------------------------------------------------------------------ ending
class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=4000)


@console.verb("ranges/<int:pk>/end/", name="range_end", needs=Permission.VIEW_CONSOLE, back=range_page)
def range_end(request: HttpRequest, pk: int) -> HttpResponse:
    """An allowed range ends at once; a denied one when a second person confirms."""
    row = get_object_or_404(OperatorRange.objects.select_related("customer"), pk=pk)
    reason = read(ReasonForm(request.POST))["reason"]
    if row.effect == OperatorRange.Effect.ALLOW:
        end_allowed_range(row=row, reason=reason, actor=staff(request))
        return done(request, f"{row.cidr} is allowed no more.", "range", str(pk))
    proposal = propose_end(row=row, reason=reason, actor=staff(request))
    return done(request, "Proposed: somebody else must confirm.", "proposal", proposal.public_id)


@console.verb("corrections/<int:pk>/end/", name="correction_end", needs=Permission.PROPOSE, back=correction_page)
def correction_end(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(LocationCorrection, pk=pk)
    proposal = propose_end(row=row, reason=read(ReasonForm(request.POST))["reason"], actor=staff(request))
    return done(request, "Proposed: somebody else must confirm.", "proposal", proposal.public_id)


# ------------------------------------------------------------------------------------------------ ways out
def way_back(request: HttpRequest, public_id: str) -> HttpResponse:
    way = get_object_or_404(WayOut.objects.select_related("customer"), public_id=public_id)
    return customer_locations(request, public_id=way.customer.public_id)


@console.verb("ways/<str:public_id>/accept/", name="way_accept", needs=Permission.WORK_CASES, back=way_back)
def way_accept(request: HttpRequest, public_id: str) -> HttpResponse:
    way = get_object_or_404(WayOut.objects.select_related("customer"), public_id=public_id)
    accept_way_out(way=way, actor=staff(request), reason=read(ReasonForm(request.POST))["reason"])
    return done(
        request, "Accepted; the gate lets them in for these reasons.", "customer_locations", way.customer.public_id
    )


@console.verb("ways/<str:public_id>/refuse/", name="way_refuse", needs=Permission.WORK_CASES, back=way_back)
def way_refuse(request: HttpRequest, public_id: str) -> HttpResponse:
    way = get_object_or_404(WayOut.objects.select_related("customer"), public_id=public_id)
    refuse_way_out(way=way, actor=staff(request), reason=read(ReasonForm(request.POST))["reason"])
    return done(request, "Refused; the challenge stands.", "customer_locations", way.customer.public_id)
