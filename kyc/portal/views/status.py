"""Where the customer stands and what comes next, in words meant for customers.

The wall: nothing here reads hits, findings, holds' reasons, notes or staff's words. Whoever is being looked at must
not learn from this page what for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from kyc import journey
from kyc.access.challenges import waiting_challenge
from kyc.access.models import Hold
from kyc.access.states import AccessTier, effective_tier
from kyc.cases.models import InformationRequest
from kyc.cases.services import answer_information, file_appeal
from kyc.catalogue.models import CatalogueModel
from kyc.customers.models import Customer
from kyc.customers.queries import attestations_due, current_use, living_parties
from kyc.customers.states import SERVED, CustomerStatus
from kyc.decisions.models import Decision
from kyc.decisions.states import DecisionOutcome
from kyc.documents.models import Document, DocumentStatus
from kyc.errors import ClearanceError
from kyc.journey.amending import amendments_asked
from kyc.portal.forms.answers import AnswersForm, AppealForm
from kyc.portal.steps import rail_for
from kyc.portal.visits import Visit, member_page
from kyc.verifying import pictures_to_take_again, take_document

POLL = timedelta(seconds=3)  # while workers walk the road
POLL_IN_REVIEW = timedelta(seconds=30)  # while a person looks
# what the button of the next action says; an action without one is only read
BUTTONS = {
    "portal:form": "Go on",
    "portal:review": "Check and submit",
    "portal:step": "Go on",
    "portal:answer": "Answer the questions",
    "portal:identity": "Verify your identity",
    "portal:again": "Send it again",
    "portal:appeal": "Object to the decision",
    "portal:ask_party": "Send an invitation",
}


@member_page("GET", "HEAD")
def status(request: HttpRequest, visit: Visit) -> HttpResponse:
    customer = visit.customer
    context = {
        "visit": visit,
        "customer": customer,
        "documents": customer.document_set.filter(party=None).exclude(status=DocumentStatus.WITHDRAWN).order_by("id"),
        "retakes": pictures_to_take_again(customer),
        "parties": living_parties(customer),
        "accounts": customer.provideraccount_set.filter(closed_at=None).order_by("id"),
        "colleagues": customer.member_set.filter(removed_at=None).count(),
    }
    return render(request, "portal/status.html", context | live_context(visit))


@member_page("GET", "HEAD")
def live(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The part of the status page that htmx fetches again."""
    return render(request, "portal/status_live.html", live_context(visit))


def live_context(visit: Visit) -> dict[str, object]:
    customer = visit.customer
    action = journey.next_action(customer)
    decision = latest_decision(customer)
    appeal_waits = customer.appeal_set.filter(settled_at=None).exists()
    may_appeal = visit.is_owner and is_contestable(decision) and not appeal_waits
    leads = action.url_name in BUTTONS and (action.url_name != "portal:appeal" or may_appeal)
    return {
        "visit": visit,
        "customer": customer,
        "next": action,
        "next_url": reverse(action.url_name, kwargs=action.kwargs) if leads else "",
        "next_label": BUTTONS.get(action.url_name, ""),
        "road": journey.status_for_customer(customer),
        "rail": rail_for(customer) if customer.is_editable else None,
        "decision": decision,
        "requests": open_requests(customer),
        "access": access_of(customer) if customer.status in SERVED else None,
        "challenge": waiting_challenge(customer, timezone.now()) if customer.status in SERVED else None,
        "appeal_waits": appeal_waits,
        "may_appeal": may_appeal,
        "poll_seconds": poll_seconds(customer),
    }


@dataclass(frozen=True, slots=True)
class Access:
    """What the customer may use now; why it may be less than was granted is not said here."""

    tier: AccessTier
    models: tuple[CatalogueModel, ...]


def access_of(customer: Customer) -> Access:
    """Of the models they asked for, those that the tier covers and whose terms they have answered."""
    holds = Hold.objects.standing().filter(customer=customer).values_list("tier", flat=True)
    tier = effective_tier(AccessTier(customer.tier), map(AccessTier, holds))
    use = current_use(customer)
    wanted = CatalogueModel.objects.filter(active=True, code__in=use.models_wanted if use else [])
    answered = wanted.exclude(licence_code__in=[terms.code for terms in attestations_due(customer)])
    return Access(tier, tuple(model for model in answered if tier.covers(AccessTier(model.tier))))


def poll_seconds(customer: Customer) -> int:
    """0: nothing moves without the customer."""
    waits_for_somebody = journey.waits_for_staff(customer) or journey.waits_for_customer(customer)
    if customer.is_moving and not waits_for_somebody:
        return int(POLL.total_seconds())
    with_a_person = customer.is_moving or customer.status == CustomerStatus.IN_REVIEW
    return int(POLL_IN_REVIEW.total_seconds()) if with_a_person else 0


def latest_decision(customer: Customer) -> Decision | None:
    """Only what the customer may read of it is loaded."""
    shown = ("public_id", "outcome", "tier", "customer_words", "at")
    return customer.decision_set.only(*shown).order_by("-at", "-id").first()


def is_contestable(decision: Decision | None) -> bool:
    """Whether the page offers to object; the verb decides."""
    return decision is not None and decision.outcome != DecisionOutcome.APPROVED


def open_requests(customer: Customer) -> list[InformationRequest]:
    """Those that are answered in words or documents; what the form answers is the next action's to say."""
    in_form = amendments_asked(customer)
    return list(customer.informationrequest_set.filter(answered_at=None).exclude(pk__in=in_form).order_by("asked_at"))


@member_page("GET", "HEAD", "POST")
def answer(request: HttpRequest, visit: Visit, request_id: str) -> HttpResponse:
    """All questions of one request, answered in one go."""
    asked = visit.customer.informationrequest_set.filter(public_id=request_id).first()
    if asked is None:
        raise Http404("no such request here")
    if visit.may_edit and asked in amendments_asked(visit.customer):
        return redirect("portal:form", public_id=visit.customer.public_id)
    if asked.answered_at is not None:
        messages.info(request, "These questions are answered; thank you.")
        return redirect("portal:status", public_id=visit.customer.public_id)
    items = list(asked.items.select_related("party").order_by("id"))
    form = AnswersForm(request.POST or None, request.FILES or None, items=items)
    if request.method == "POST" and form.is_valid() and _answered(form, visit, asked):
        messages.success(request, "Thank you. Your answers are with us, and we go on.")
        return redirect("portal:status", public_id=visit.customer.public_id)
    return render(
        request, "portal/answer.html", {"visit": visit, "customer": visit.customer, "asked": asked, "form": form}
    )


def _answered(form: AnswersForm, visit: Visit, asked: InformationRequest) -> bool:
    """Store the files, then give all answers at once; a file that is refused is said at its own question."""
    answers: dict[int, str | Document] = {}
    for item in form.items:
        file = form.file_for(item)
        if file is None:
            answers[item.pk] = form.words_for(item)
            continue
        try:
            answers[item.pk] = take_document(
                customer=visit.customer,
                actor=visit.user,
                kind=item.wants_document,
                filename=file.name,
                content=file.read(),
                party=item.party,
            )
        except ClearanceError as error:
            form.add_error(f"file_{item.pk}", error.sentence)
    if form.errors:
        return False
    return form.saves(answer_information, request=asked, answers=answers, actor=visit.user)


@member_page("GET", "HEAD", "POST", owners_only=True)
def appeal(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Contest the latest decision; somebody who took no part in it looks."""
    customer = visit.customer
    decision = latest_decision(customer)
    if not is_contestable(decision) or customer.appeal_set.filter(settled_at=None).exists():
        messages.info(request, "There is no decision to contest at the moment.")
        return redirect("portal:status", public_id=customer.public_id)
    form = AppealForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and form.saves(file_appeal, customer=customer, words=form.cleaned_data["words"], actor=visit.user)
    ):
        messages.success(request, "Your words are with us. Somebody who took no part in the decision will read them.")
        return redirect("portal:status", public_id=customer.public_id)
    context = {"visit": visit, "customer": customer, "form": form, "decision": decision}
    return render(request, "portal/appeal.html", context)
