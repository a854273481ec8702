"""The queue and the case page: one job at a time, the evidence beside it, every act a verb of the journey."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission
from kyc.access.states import AccessTier
from kyc.admin.clocks import clocks_of, lock_of
from kyc.admin.evidence import shown
from kyc.admin.reading import customer_file
from kyc.admin.site import View, console, done, present, read, staff, world_of
from kyc.cases.models import Appeal, Case
from kyc.cases.queries import held_by_other, next_case, queue
from kyc.cases.services import (
    claim_case,
    move_case,
    note,
    release_case,
    reopen_case,
    request_information,
    resolve_case,
)
from kyc.cases.states import UNRESOLVED, CaseOutcome, CaseStatus, CaseType
from kyc.customers.models import Customer, RelatedParty
from kyc.customers.queries import living_parties
from kyc.customers.states import MOVES, CustomerStatus
from kyc.decisions.states import DecisionOutcome
from kyc.documents.models import DocumentKind
from kyc.errors import LostRace
from kyc.journey import ask_to_amend, go_on_without, propose_decision, review_again, uphold_decision
from kyc.policy.reasons import REASONS, Reason, public_words
from kyc.policy.requests import ANSWER_WITHIN_DAYS, ITEMS, Item
from kyc.screening.models import Hit
from kyc.watchlists.models import Edition

PER_PAGE = 40
# which of the page's sections a case of that type is about: it comes first
SECTION_OF: dict[str, str] = {
    CaseType.SCREENING: "evidence",
    CaseType.OWNERSHIP: "ownership",
    CaseType.UNKNOWN_CHECK: "screenings",
    CaseType.IDENTITY: "identity",
    CaseType.LOCATION: "locations",
    CaseType.USE: "use",
    CaseType.RISK: "risk",
    CaseType.REVIEW: "identity",
    CaseType.APPEAL: "appeal",
}
SECTIONS = ("appeal", "evidence", "ownership", "identity", "use", "locations", "screenings")
# which reasons fit which outcome, by the words of kyc.policy.reasons
FOR_WHAT: dict[DecisionOutcome, str] = {
    DecisionOutcome.APPROVED: "approve",
    DecisionOutcome.APPROVED_LIMITED: "limit",
    DecisionOutcome.REJECTED: "reject",
    DecisionOutcome.RESTRICTED: "limit",
    DecisionOutcome.SUSPENDED: "reject",
    DecisionOutcome.CLOSED: "reject",
}


# ------------------------------------------------------------------------------------------------ the queue
@console.page("cases/", name="cases")
def cases_page(request: HttpRequest) -> HttpResponse:
    """Filters stand in the address, and are kept for the session so that "next case" walks the same queue."""
    filters = filters_of(request.GET)
    request.session["queue"] = filters
    rows = queue(staff(request), {"world": world_of(request)} | filters)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("p"))
    now = timezone.now()
    return present(
        request, "cases.html", title="Queue", page=page, filters=filters, types=list(CaseType),
        statuses=sorted(UNRESOLVED), query=_without_page(request.GET),
        rows=[(case, *clocks_of(case, now), lock_of(case, staff(request), now)) for case in page],
    )  # fmt: skip


def filters_of(query: QueryDict) -> dict[str, str]:
    """The known filters that are set; unknown values are left out."""
    wanted = {
        "type": {kind.value for kind in CaseType},
        "status": {status.value for status in UNRESOLVED},
        "assignee": {"me", "nobody"},
    }
    return {name: query[name] for name, known in wanted.items() if query.get(name) in known}


def _without_page(query: QueryDict) -> str:
    kept = query.copy()
    kept.pop("p", None)
    return kept.urlencode()


@console.verb("cases/next/", name="case_next", needs=Permission.WORK_CASES, back=cases_page)
def case_next(request: HttpRequest) -> HttpResponse:
    """Claim the most urgent free case of the queue as it was last filtered, and open it."""
    filters = {"world": world_of(request)} | request.session.get("queue", {})
    found = next_case(staff(request), filters, after=request.POST.get("after", ""))
    if found is None:
        return done(request, "Nothing is left in this queue.", "cases")
    claim_case(case=found, actor=staff(request))
    return redirect("console:case", found.public_id)


# ------------------------------------------------------------------------------------------------ the case page
@console.page("cases/<str:public_id>/", name="case")
def case_page(request: HttpRequest, public_id: str, **preview: Any) -> HttpResponse:
    case = get_object_or_404(Case.objects.select_related("customer", "assignee"), public_id=public_id)
    user, now = staff(request), timezone.now()
    file = customer_file(case.customer, user)
    house, statutory = clocks_of(case, now)
    first = SECTION_OF.get(case.type, "evidence")
    typed = typed_of(request, preview)
    return present(
        request,
        "case.html",
        title=str(case),
        case=case,
        case_findings=case.findings,
        house=house,
        statutory=statutory,
        lock=lock_of(case, user, now),
        notes=list(case.notes.select_related("author")),
        shown_hits=[shown(hit) for hit in ordered(file["hits"])],
        sections=sorted(SECTIONS, key=lambda section: section != first),
        triggers=triggers_of(file["open_hits"]),
        hit_reasons=reasons_for("hit"),
        decide=decide_choices(case.customer),
        outcomes=[outcome for outcome in CaseOutcome if outcome],
        tiers=list(AccessTier),
        questions=questions(typed),
        askable=living_parties(case.customer),
        about=request.POST.get("about", ""),
        typed_decision=typed,
        document_kinds=DocumentKind.choices,
        answer_days=ANSWER_WITHIN_DAYS,
        moves=CaseStatus,
        **file,
        **preview,
    )


def typed_of(request: HttpRequest, preview: dict[str, Any]) -> dict[str, Any]:
    """What was in the form that was refused or is being previewed, so that nobody types twice. Lists stay lists."""
    if not preview and getattr(request, "refusal", None) is None:
        return {}
    many = ("items", "reason_codes")
    return {name: values if name in many else values[-1] for name, values in request.POST.lists()}


def questions(typed: dict[str, Any]) -> list[tuple[Item, bool, str]]:
    """Each item that may be asked for: ticked or not, and its question as it stands in the form."""
    ticked = typed.get("items", [])
    return [(item, item.code in ticked, typed.get(f"question-{item.code}", item.question)) for item in ITEMS.values()]


def ordered(hits: list[Hit]) -> list[Hit]:
    """Open ones first; ties of the score are broken by the identifiers that agree, never by the name."""
    return sorted(
        hits,
        key=lambda hit: (hit.status not in ("pending", "inconclusive"), -hit.strong, -identifying(hit), -hit.score),
    )


def identifying(hit: Hit) -> float:
    """What agrees or contradicts beside the name, by the stored weights."""
    return sum(row["weight"] for row in hit.findings if not row["code"].startswith("name."))


def triggers_of(hits: list[Hit]) -> list[Edition]:
    """The editions whose arrival had the customer screened again, for the link to their changes."""
    runs = {hit.screening.run.delta_of for hit in hits if hit.screening.run and hit.screening.run.delta_of}
    return list(Edition.objects.filter(public_id__in=runs).select_related("watchlist"))


def reasons_for(*purposes: str) -> list[Reason]:
    return [reason for reason in REASONS.values() if set(purposes) & set(reason.for_what)]


def decide_choices(customer: Customer) -> dict[str, Any]:
    """The outcomes that the customer's state allows, and the reasons each may have."""
    allowed = MOVES[CustomerStatus(customer.status)]
    return {
        "outcomes": [
            (outcome.value, outcome.value.replace("_", " "), FOR_WHAT[outcome])
            for outcome in DecisionOutcome
            if CustomerStatus(outcome) in allowed
        ],
        "reasons": reasons_for("approve", "limit", "reject"),
    }


def back_to_case_or(request: HttpRequest, page: Callable[..., HttpResponse], key: str) -> HttpResponse:
    """The page a form stood on: the case it names, else the given page."""
    if case := request.POST.get("case"):
        return case_page(request, public_id=case)
    return page(request, public_id=key)


def _case(public_id: str) -> Case:
    return get_object_or_404(Case.objects.select_related("customer"), public_id=public_id)


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=4000, required=False)


def _case_verb(
    route: str, *, name: str, needs: Permission = Permission.WORK_CASES, takes: bool = False
) -> Callable[[View], View]:
    """A verb on a case. Only those that take or give back the case itself may be called past somebody's claim."""

    def register(view: View) -> View:
        @wraps(view)
        def mine_or_free(request: HttpRequest, public_id: str) -> HttpResponseBase:
            if not takes:
                check_claim(staff(request), public_id=public_id)
            return view(request, public_id)

        return console.verb(f"cases/<str:public_id>/{route}/", name=name, needs=needs, back=case_page)(mine_or_free)

    return register


def check_claim(user: User, **which: Any) -> None:
    """Raises LostRace where somebody else works on such a case; renews the claim where it is this person's own."""
    held = Case.objects.filter(held_by_other(user), **which).select_related("assignee").first()
    if held is not None:
        raise LostRace(f"{held.assignee} has claimed this case; you can read it.", case=held.public_id)
    own = Case.objects.filter(assignee=user, status=CaseStatus.INVESTIGATING, **which).first()
    if own is not None:
        claim_case(case=own, actor=user)


@_case_verb("open", name="case_open", takes=True)
def case_open(request: HttpRequest, public_id: str) -> HttpResponse:
    """From the queue: claim it if it is free, and look. Somebody else's case is only looked at."""
    case, user = _case(public_id), staff(request)
    lock = lock_of(case, user, timezone.now())
    if lock.free or lock.by_me:
        claim_case(case=case, actor=user)
    return redirect("console:case", public_id)


@_case_verb("claim", name="case_claim", takes=True)
def case_claim(request: HttpRequest, public_id: str) -> HttpResponse:
    claim_case(case=_case(public_id), actor=staff(request))
    return done(request, "The case is yours.", "case", public_id)


@_case_verb("release", name="case_release", takes=True)
def case_release(request: HttpRequest, public_id: str) -> HttpResponse:
    release_case(case=_case(public_id), actor=staff(request))
    return done(request, "The case is back in the queue.", "cases")


class NoteForm(forms.Form):
    text = forms.CharField(max_length=10_000, label="note")


@_case_verb("note", name="case_note")
def case_note(request: HttpRequest, public_id: str) -> HttpResponse:
    note(case=_case(public_id), text=read(NoteForm(request.POST))["text"], actor=staff(request))
    return done(request, "Noted.", "case", public_id)


@_case_verb("escalate", name="case_escalate")
def case_escalate(request: HttpRequest, public_id: str) -> HttpResponse:
    reason = read(ReasonForm(request.POST))["reason"]
    move_case(case=_case(public_id), to=CaseStatus.ESCALATED, actor=staff(request), reason=reason)
    return done(request, "Escalated.", "case", public_id)


class ResolveForm(forms.Form):
    outcome = forms.ChoiceField(choices=[(outcome.value, outcome.value) for outcome in CaseOutcome if outcome])
    reason_codes = forms.MultipleChoiceField(choices=[(code, code) for code in REASONS], required=False)


@_case_verb("resolve", name="case_resolve")
def case_resolve(request: HttpRequest, public_id: str) -> HttpResponse:
    values = read(ResolveForm(request.POST))
    resolve_case(
        case=_case(public_id), outcome=CaseOutcome(values["outcome"]), reason_codes=values["reason_codes"],
        actor=staff(request),
    )  # fmt: skip
    return done(request, "Resolved.", "case", public_id)


class ReopenForm(forms.Form):
    reason = forms.CharField(max_length=4000, label="why")


@_case_verb("reopen", name="case_reopen")
def case_reopen(request: HttpRequest, public_id: str) -> HttpResponse:
    reopen_case(case=_case(public_id), actor=staff(request), reason=read(ReopenForm(request.POST))["reason"])
    return done(request, "Open again.", "case", public_id)


class UpholdForm(forms.Form):
    words = forms.CharField(max_length=4000, label="words for the customer")


@_case_verb("uphold", name="case_uphold")
def case_uphold(request: HttpRequest, public_id: str) -> HttpResponse:
    """The contested decision stands; to overturn it, another decision is proposed."""
    appeal = get_object_or_404(Appeal, case=_case(public_id), settled_at=None)
    uphold_decision(appeal=appeal, words=read(UpholdForm(request.POST))["words"], actor=staff(request))
    return done(request, "The decision stands; the customer is told.", "case", public_id)


@_case_verb("review-again", name="case_review_again")
def case_review_again(request: HttpRequest, public_id: str) -> HttpResponse:
    appeal = get_object_or_404(Appeal.objects.select_related("customer"), case=_case(public_id), settled_at=None)
    review_again(appeal=appeal, actor=staff(request))
    return done(request, "In review again: propose a decision, and somebody else confirms it.", "case", public_id)


# ------------------------------------------------------------------------------------------------ ask the customer
@_case_verb("ask", name="case_ask")
def case_ask(request: HttpRequest, public_id: str) -> HttpResponse:
    """Several questions in one message; the first press of "Preview" only shows it."""
    about = _case(public_id).customer.relatedparty_set.filter(public_id=request.POST.get("about", ""), removed_at=None)
    items = asked_items(request.POST, about.first())
    if "preview" in request.POST:
        return case_page(request, public_id=public_id, asked=items)
    if "correct" in request.POST:
        asked = ask_to_amend(case=_case(public_id), items=items, actor=staff(request))
        words = f"The form is open again; the customer has until {asked.due_at:%-d %B} to hand it in."
        return done(request, words, "case", public_id)
    asked = request_information(case=_case(public_id), items=items, actor=staff(request))
    return done(request, f"Asked; the customer has until {asked.due_at:%-d %B} to answer.", "case", public_id)


@_case_verb("go-on", name="case_go_on")
def case_go_on(request: HttpRequest, public_id: str) -> HttpResponse:
    go_on_without(case=_case(public_id), actor=staff(request))
    return done(request, "The form is closed; the customer is in review.", "case", public_id)


def asked_items(posted: QueryDict, about: RelatedParty | None = None) -> list[dict[str, str]]:
    """The ticked items with their questions as they were edited; under the name of whom they are about."""
    whose = f"{about.legal_name}: " if about else ""
    return [
        {
            "code": code,
            "question": whose + (posted.get(f"question-{code}", "").strip() or ITEMS[code].question),
            "wants_document": ITEMS[code].wants_document,
            "party": about.public_id if about else "",
        }
        for code in posted.getlist("items")
        if code in ITEMS
    ]


# ------------------------------------------------------------------------------------------------ decide
class DecisionForm(forms.Form):
    outcome = forms.ChoiceField(choices=[(outcome.value, outcome.value) for outcome in DecisionOutcome])
    tier = forms.ChoiceField(choices=[(tier.value, tier.value) for tier in AccessTier], required=False)
    reason_codes = forms.MultipleChoiceField(choices=[(code, code) for code in REASONS], required=False)
    customer_words = forms.CharField(max_length=4000, required=False)
    staff_words = forms.CharField(max_length=10_000, required=False)


@_case_verb("decide", name="case_decide", needs=Permission.PROPOSE)
def case_decide(request: HttpRequest, public_id: str) -> HttpResponse:
    case = _case(public_id)
    values = read(DecisionForm(request.POST))
    words = values["customer_words"].strip() or public_words(tuple(values["reason_codes"]))
    if "preview" in request.POST:
        return case_page(request, public_id=public_id, previewed=words)
    propose_decision(
        customer=case.customer,
        outcome=DecisionOutcome(values["outcome"]),
        tier=AccessTier(values["tier"] or AccessTier.NONE),
        reason_codes=values["reason_codes"],
        customer_words=words,
        staff_words=values["staff_words"],
        actor=staff(request),
    )
    return done(request, "Proposed: somebody else must confirm.", "case", public_id)
