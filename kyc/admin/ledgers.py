"""What was recorded and is only read: screenings and access decisions. Holds, which two people may lift."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin import SimpleListFilter, display
from django.db.models import Count, F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from accounts.roles import Permission
from kyc.access.models import AccessDecision, Hold
from kyc.admin.cases import back_to_case_or
from kyc.admin.customers import customer_page
from kyc.admin.lists import ListPage, chip_of, list_page, when
from kyc.admin.site import console, done, present, read, staff
from kyc.findings import Finding
from kyc.journey import propose_lift
from kyc.matching.types import Party
from kyc.policy.countries import country_name
from kyc.screening.models import Screening
from kyc.watchlists.models import Edition


# ------------------------------------------------------------------------------------------------ screenings
@list_page(Screening, "screenings/", name="screenings")
class ScreeningsPage(ListPage):
    title = "Screenings"
    intro = "Each as it was made: the facts, editions and policy of that moment."
    detail = "screening"
    list_display = ("customer_name", "why", "outcome_chip", "hits_found", "lists", "policy_version", "done_at")
    list_filter = ("outcome", "reason")
    search_fields = ("=public_id", "=customer__public_id", "customer__legal_name")
    ordering = ("-finished_at",)
    list_select_related = ("customer",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Screening]:
        return super().get_queryset(request).defer("facts").annotate(standing=Count("hits"))

    @display(description="customer", ordering="customer__legal_name")
    def customer_name(self, screening: Screening) -> str:
        return str(screening.customer)

    @display(description="why", ordering="reason")
    def why(self, screening: Screening) -> str:
        return screening.reason.replace("_", " ")

    @display(description="outcome", ordering="outcome")
    def outcome_chip(self, screening: Screening) -> str:
        return chip_of(screening.outcome)

    @display(description="hits")
    def hits_found(self, screening: Any) -> str:
        return str(screening.standing)

    @display
    def lists(self, screening: Screening) -> str:
        return ", ".join(sorted(screening.editions))

    @display(description="done", ordering="finished_at")
    def done_at(self, screening: Screening) -> str:
        return when(screening.finished_at)


@console.page("screenings/<str:public_id>/", name="screening")
def screening_page(request: HttpRequest, public_id: str) -> HttpResponse:
    screening = get_object_or_404(Screening.objects.select_related("customer", "run"), public_id=public_id)
    editions = Edition.objects.filter(public_id__in=screening.editions.values()).select_related("watchlist")
    return present(
        request, "screening.html", title="Screening", screening=screening, customer=screening.customer,
        parties=[Party.from_json(row) for row in screening.facts],
        editions=list(editions), hits=list(screening.hits.select_related("group").order_by("-score")),
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ access decisions
@list_page(AccessDecision, "access/", name="access_decisions")
class AccessPage(ListPage):
    title = "Access decisions"
    intro = "What the gate answered when another service asked. Denials are written at once, allowances in batches."
    detail = "access_decision"
    list_display = ("asked", "outcome_chip", "model", "channel", "where", "why", "answered")
    list_filter = ("outcome", "legal", "channel", "model")
    search_fields = ("=asked_for", "=public_id", "=customer__public_id", "=country", "=ip")
    ordering = ("-at",)
    list_select_related = ("customer",)

    @display(description="asked for", ordering="asked_for")
    def asked(self, decision: AccessDecision) -> str:
        return decision.asked_for

    @display(description="outcome", ordering="outcome")
    def outcome_chip(self, decision: AccessDecision) -> str:
        return chip_of(decision.outcome, f"{decision.outcome}, by law" if decision.legal else "")

    @display(description="from", ordering="country")
    def where(self, decision: AccessDecision) -> str:
        return f"{country_name(decision.country)} {decision.ip or ''}".strip()

    @display
    def why(self, decision: AccessDecision) -> str:
        return ", ".join(str(code).replace("_", " ") for code in decision.codes) or "–"

    @display(description="when", ordering="at")
    def answered(self, decision: AccessDecision) -> str:
        return when(decision.at)


@console.page("access/<str:public_id>/", name="access_decision")
def access_page(request: HttpRequest, public_id: str) -> HttpResponse:
    decision = get_object_or_404(AccessDecision.objects.select_related("customer"), public_id=public_id)
    findings = [Finding.from_json(row) for row in decision.findings]
    return present(request, "access_decision.html", title="Access decision", decision=decision, findings=findings)


# ------------------------------------------------------------------------------------------------ holds
class StandingFilter(SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("standing", "standing"), ("lifted", "lifted")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Hold]) -> QuerySet[Hold]:
        match self.value():
            case "standing":
                return queryset.filter(lifted_at=None)
            case "lifted":
                return queryset.exclude(lifted_at=None)
        return queryset


@list_page(Hold, "holds/", name="holds")
class HoldsPage(ListPage):
    title = "Holds"
    intro = "Named reasons why access is reduced. One person may place one; lifting takes two."
    list_display = ("customer_name", "kind_chip", "at_most", "reason", "placed", "state")
    list_filter = (StandingFilter, "kind")
    search_fields = ("=customer__public_id", "customer__legal_name", "=reference", "=public_id")
    list_select_related = ("customer",)

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """Standing ones first."""
        return [F("lifted_at").desc(nulls_first=True), "-placed_at"]

    def link(self, row: Any) -> str:
        return reverse("console:customer", args=[row.customer.public_id])

    @display(description="customer", ordering="customer__legal_name")
    def customer_name(self, hold: Hold) -> str:
        return str(hold.customer)

    @display(description="kind", ordering="kind")
    def kind_chip(self, hold: Hold) -> str:
        return chip_of("held" if hold.lifted_at is None else "", hold.kind) or hold.kind

    @display(description="at most", ordering="tier")
    def at_most(self, hold: Hold) -> str:
        return hold.tier

    @display(ordering="placed_at")
    def placed(self, hold: Hold) -> str:
        return when(hold.placed_at)

    @display
    def state(self, hold: Hold) -> str:
        return chip_of("lifted") if hold.lifted_at else chip_of("held", "standing")


class LiftForm(forms.Form):
    reason = forms.CharField(max_length=2000)


def hold_back(request: HttpRequest, public_id: str) -> HttpResponse:
    hold = get_object_or_404(Hold, public_id=public_id)
    return back_to_case_or(request, customer_page, hold.customer.public_id)


@console.verb("holds/<str:public_id>/lift/", name="hold_lift", needs=Permission.PROPOSE, back=hold_back)
def hold_lift(request: HttpRequest, public_id: str) -> HttpResponse:
    hold = get_object_or_404(Hold.objects.select_related("customer"), public_id=public_id)
    propose_lift(hold=hold, reason=read(LiftForm(request.POST))["reason"], actor=staff(request))
    if case := request.POST.get("case"):
        return done(request, "Proposed: a second person must confirm before the hold is lifted.", "case", case)
    return done(
        request,
        "Proposed: a second person must confirm before the hold is lifted.",
        "customer",
        hold.customer.public_id,
    )
