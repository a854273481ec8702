"""Hits: the list, one hit with its evidence, and what a reviewer makes of it. Proposals: confirm, refuse, withdraw."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.admin import SimpleListFilter, display
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

from accounts.roles import Permission
from kyc.admin.cases import back_to_case_or, check_claim, reasons_for
from kyc.admin.evidence import shown
from kyc.admin.lists import ListPage, chip_of, list_page, when
from kyc.admin.reading import customer_of, waiting, words_of
from kyc.admin.site import console, done, present, read, staff, world_of
from kyc.approvals.models import Proposal
from kyc.approvals.states import ProposalStatus
from kyc.cases.models import Case
from kyc.cases.states import CaseType
from kyc.journey import confirm_proposal, propose_hit_outcome, refuse_proposal, withdraw_proposal
from kyc.policy.reasons import REASONS
from kyc.screening.models import Hit, RememberedClearance
from kyc.screening.states import HitStatus

SOON_DAYS = 30
OUTCOMES = (HitStatus.NO_MATCH, HitStatus.TRUE_MATCH, HitStatus.INCONCLUSIVE)


@list_page(Hit, "hits/", name="hits")
class HitsPage(ListPage):
    title = "Hits"
    intro = "A customer, or one of their owners or directors, and a listed party that may be the same."
    detail = "hit"
    list_display = ("listed", "compared", "points", "effect_chip", "status_chip", "found")
    list_filter = ("status", "strong", "effect")
    search_fields = ("matched_name", "query_name", "=public_id", "=customer__public_id", "customer__legal_name")
    ordering = ("-found_at",)
    list_select_related = ("customer",)

    @display(description="listed party", ordering="matched_name")
    def listed(self, hit: Hit) -> str:
        return hit.matched_name

    @display(ordering="query_name")
    def compared(self, hit: Hit) -> str:
        return f"{hit.query_name}, {hit.path}" if hit.path else hit.query_name

    @display(description="score", ordering="score")
    def points(self, hit: Hit) -> str:
        return f"{hit.score * 100:.0f} %{', strong' if hit.strong else ''}"

    @display(description="effect", ordering="effect")
    def effect_chip(self, hit: Hit) -> str:
        return chip_of(hit.effect)

    @display(description="status", ordering="status")
    def status_chip(self, hit: Hit) -> str:
        return chip_of(hit.status)

    @display(ordering="found_at")
    def found(self, hit: Hit) -> str:
        return when(hit.found_at)


class Standing(SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("remembered", "remembered"), ("soon", "expires within 30 days"), ("lapsed", "lapsed")]

    def queryset(self, request: HttpRequest, rows: QuerySet[RememberedClearance]) -> QuerySet[RememberedClearance]:
        match self.value():
            case "remembered":
                return rows.filter(lapsed_at=None)
            case "soon":
                return rows.filter(lapsed_at=None, expires_on__lt=timezone.localdate() + timedelta(days=SOON_DAYS))
            case "lapsed":
                return rows.exclude(lapsed_at=None)
        return rows


@list_page(RememberedClearance, "remembered/", name="clearances")
class ClearancesPage(ListPage):
    title = "Remembered decisions"
    intro = (
        "Hits cleared as somebody else. Each stays quiet for this customer and this listed party while neither side "
        "changes, until it expires; what changed stands beside what lapsed."
    )
    list_display = ("listed", "whose", "state", "until", "made", "why_lapsed")
    list_filter = (Standing,)
    search_fields = ("hit__matched_name", "=customer__public_id", "customer__legal_name")
    ordering = ("-made_at",)
    list_select_related = ("customer", "hit", "made_by")

    def link(self, row: Any) -> str:
        return reverse("console:hit", args=[row.hit.public_id])

    @display(description="listed party", ordering="hit__matched_name")
    def listed(self, row: RememberedClearance) -> str:
        return row.hit.matched_name

    @display(description="customer", ordering="customer__legal_name")
    def whose(self, row: RememberedClearance) -> str:
        return str(row.customer)

    @display(ordering="lapsed_at")
    def state(self, row: RememberedClearance) -> str:
        return chip_of("expired", "lapsed") if row.lapsed_at else chip_of("clear", "remembered")

    @display(description="until", ordering="expires_on")
    def until(self, row: RememberedClearance) -> str:
        return date_format(row.expires_on, "j M Y")

    @display(description="by", ordering="made_at")
    def made(self, row: RememberedClearance) -> str:
        return format_html("{}, {}", row.made_by, when(row.made_at))

    @display(description="lapsed because")
    def why_lapsed(self, row: RememberedClearance) -> str:
        return row.lapsed_reason or "–"


@console.page("hits/<str:public_id>/", name="hit")
def hit_page(request: HttpRequest, public_id: str) -> HttpResponse:
    hit = get_object_or_404(
        Hit.objects.select_related("customer", "screening", "group", "settled_by"), public_id=public_id
    )
    proposals = Proposal.objects.filter(subject_id=hit.public_id).select_related("proposed_by", "settled_by")
    cases = Case.objects.filter(customer=hit.customer, type__in=[CaseType.SCREENING, CaseType.OWNERSHIP])
    user = staff(request)
    return present(
        request, "hit.html", title=hit.matched_name, one=shown(hit), customer=hit.customer,
        hit_reasons=reasons_for("hit"),
        waiting=[waiting(row, user) for row in proposals if row.status == ProposalStatus.PROPOSED],
        case_of_hit=cases.order_by("-opened_at").first(),
    )  # fmt: skip


class OutcomeForm(forms.Form):
    status = forms.ChoiceField(choices=[(status.value, status.value) for status in OUTCOMES], label="outcome")
    reason_codes = forms.MultipleChoiceField(choices=[(code, code) for code in REASONS], required=False)
    narrative = forms.CharField(max_length=10_000, required=False)


def hit_back(request: HttpRequest, public_id: str) -> HttpResponse:
    return back_to_case_or(request, hit_page, public_id)


@console.verb("hits/<str:public_id>/outcome/", name="hit_outcome", needs=Permission.WORK_CASES, back=hit_back)
def hit_outcome(request: HttpRequest, public_id: str) -> HttpResponse:
    """A weak hit is settled at once; a strong one, and every true match, waits for a second person."""
    hit = get_object_or_404(Hit.objects.select_related("customer"), public_id=public_id)
    check_claim(staff(request), customer=hit.customer, type__in=[CaseType.SCREENING, CaseType.OWNERSHIP])
    values = read(OutcomeForm(request.POST))
    came = propose_hit_outcome(
        hit=hit, status=HitStatus(values["status"]), reason_codes=values["reason_codes"],
        narrative=values["narrative"], actor=staff(request),
    )  # fmt: skip
    said = "Proposed: somebody else must confirm." if isinstance(came, Proposal) else "The hit is settled."
    if case := request.POST.get("case"):
        return done(request, said, "case", case)
    return done(request, said, "hit", public_id)


# ------------------------------------------------------------------------------------------------ second person
@list_page(Proposal, "proposals/", name="proposals")
class ProposalsPage(ListPage):
    title = "Second person"
    intro = "What one of you proposed and another must confirm. You cannot confirm your own."
    detail = "proposal"
    world_field = None
    list_display = ("what", "about", "by", "status_chip", "asked", "settled")
    list_filter = ("status", "action")
    search_fields = ("=public_id", "=subject_id", "reason")
    ordering = ("-proposed_at",)
    list_select_related = ("proposed_by", "settled_by")

    def get_queryset(self, request: HttpRequest) -> Any:
        """This world's, and those that belong to no world, as lists do."""
        return super().get_queryset(request).filter(Q(world=world_of(request)) | Q(world=None))

    @display(description="what")
    def what(self, proposal: Proposal) -> str:
        return words_of(proposal)

    @display
    def about(self, proposal: Proposal) -> str:
        customer = customer_of(proposal)
        return str(customer) if customer else f"{proposal.subject_kind} {proposal.subject_id}"

    @display(description="proposed by", ordering="proposed_by")
    def by(self, proposal: Proposal) -> str:
        return str(proposal.proposed_by)

    @display(description="status", ordering="status")
    def status_chip(self, proposal: Proposal) -> str:
        return chip_of(proposal.status)

    @display(description="since", ordering="proposed_at")
    def asked(self, proposal: Proposal) -> str:
        return when(proposal.proposed_at)

    @display
    def settled(self, proposal: Proposal) -> str:
        return str(proposal.settled_by or "–")


@console.page("proposals/<str:public_id>/", name="proposal")
def proposal_page(request: HttpRequest, public_id: str) -> HttpResponse:
    proposal = get_object_or_404(Proposal.objects.select_related("proposed_by", "settled_by"), public_id=public_id)
    one = waiting(proposal, staff(request))
    customer = customer_of(proposal)
    hit = Hit.objects.filter(public_id=proposal.subject_id).select_related("screening", "customer", "group").first()
    return present(
        request, "proposal.html", title=one.words, one=one, proposal=proposal, customer=customer,
        waiting=[one] if proposal.status == ProposalStatus.PROPOSED else [],
        shown_hit=shown(hit) if hit else None, now=timezone.now(),
        cases=list(customer.case_set.unresolved().order_by("priority")) if customer else [],
    )  # fmt: skip


class SettleForm(forms.Form):
    reason = forms.CharField(max_length=4000, label="your reason")


def proposal_back(request: HttpRequest, public_id: str) -> HttpResponse:
    return back_to_case_or(request, proposal_page, public_id)


def _settled(request: HttpRequest, sentence: str, public_id: str) -> HttpResponse:
    if case := request.POST.get("case"):
        return done(request, sentence, "case", case)
    return done(request, sentence, "proposal", public_id)


@console.verb(
    "proposals/<str:public_id>/confirm/", name="proposal_confirm", needs=Permission.CONFIRM, back=proposal_back
)
def proposal_confirm(request: HttpRequest, public_id: str) -> HttpResponse:
    proposal = get_object_or_404(Proposal, public_id=public_id)
    confirm_proposal(proposal=proposal, actor=staff(request), reason=read(SettleForm(request.POST))["reason"])
    return _settled(request, f"Confirmed and done: {words_of(proposal)}.", public_id)


@console.verb("proposals/<str:public_id>/refuse/", name="proposal_refuse", needs=Permission.CONFIRM, back=proposal_back)
def proposal_refuse(request: HttpRequest, public_id: str) -> HttpResponse:
    proposal = get_object_or_404(Proposal, public_id=public_id)
    refuse_proposal(proposal=proposal, actor=staff(request), reason=read(SettleForm(request.POST))["reason"])
    return _settled(request, "Refused; the proposer must think again.", public_id)


@console.verb(
    "proposals/<str:public_id>/withdraw/", name="proposal_withdraw", needs=Permission.PROPOSE, back=proposal_back
)
def proposal_withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    withdraw_proposal(proposal=get_object_or_404(Proposal, public_id=public_id), actor=staff(request))
    return _settled(request, "Withdrawn.", public_id)
