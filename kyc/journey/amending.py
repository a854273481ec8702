"""The form opened again: what only the customer can put right in it is asked for, corrected there and handed in anew.

It is a request for information like any other; the codes of its items say that the form answers it. While it is open
the customer stands at "needs information" and is on nobody's desk; the request's own clock runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from accounts.roles import Permission
from kyc.audit.services import Actor
from kyc.cases.models import Case, InformationRequest
from kyc.cases.services import answer_information, request_information
from kyc.customers.models import Customer
from kyc.customers.services import move_customer
from kyc.customers.states import MOVING, CustomerStatus
from kyc.documents.models import Document
from kyc.errors import ForbiddenMove, NotAllowed
from kyc.identity.services import EMBEDDED, STAFF_REVIEW, take_later_readings
from kyc.identity.states import OPEN
from kyc.policy.requests import IN_FORM

# before them nothing was handed in, and after them a decision stands, which a form must not take back
MAY_AMEND = frozenset({CustomerStatus.IN_REVIEW, CustomerStatus.NEEDS_INFORMATION})
CORRECTED = "Corrected in the form, which was handed in again."
WENT_ON = "Not corrected: we went on without it."


def amendments_asked(customer: Customer) -> QuerySet[InformationRequest]:
    """Requests that wait for the form to be handed in again, the oldest first."""
    open_ones = customer.informationrequest_set.filter(answered_at=None, items__code__startswith=IN_FORM)
    return open_ones.distinct().order_by("pk")


def what_to_amend(customer: Customer) -> list[str]:
    """What stands on top of the open form, in words for the customer; empty where nothing is to be corrected."""
    if customer.status != CustomerStatus.NEEDS_INFORMATION:
        return []
    requests = amendments_asked(customer).prefetch_related("items")
    return [item.question for request in requests for item in sorted(request.items.all(), key=lambda item: item.pk)]


@transaction.atomic
def ask_to_amend(*, case: Case, items: Sequence[Mapping[str, str]], actor: Actor) -> InformationRequest:
    """Ask for these corrections and open the form for them. ForbiddenMove unless the customer is in review.

    Items as of `request_information`, whose permission and refusals are this one's.
    """
    customer = Customer.objects.select_for_update().get(pk=case.customer_id)
    if customer.status not in MAY_AMEND:
        raise ForbiddenMove("Only a customer in review can be asked to correct the form.", customer=customer.public_id)
    request = request_information(case=case, items=[_in_form(item) for item in items], actor=actor)
    open_form(customer=customer, actor=actor)
    return request


def ask_in_form_or_words(*, case: Case, items: Sequence[Mapping[str, str]], actor: Actor) -> InformationRequest:
    """What a rule asks: to be corrected in the form, where a member can and no decision stands; else in words.

    Workers who walk the road open the form at its end. Call with the customer locked.
    """
    customer = Customer.objects.get(pk=case.customer_id)
    in_form = customer.status in MAY_AMEND | MOVING and customer.member_set.filter(removed_at=None).exists()
    asked = [_in_form(item) for item in items] if in_form else items
    request = request_information(case=case, items=asked, actor=actor)
    open_form(customer=customer, actor=actor)
    return request


def open_form(*, customer: Customer, actor: Actor) -> None:
    """Who is in review and asked for corrections may make them. Safe to run twice; call with the customer locked."""
    if customer.status == CustomerStatus.IN_REVIEW and amendments_asked(customer).exists():
        to = CustomerStatus.NEEDS_INFORMATION
        move_customer(customer=customer, to=to, actor=actor, reason="asked to correct the form")


def take_amendments(*, customer: Customer, actor: Actor) -> None:
    """The form is handed in again: that answers what was to be corrected in it, and its cases go on.

    Checks of an identity that are still open get what was sent meanwhile, and are compared with what is declared now.
    """
    if customer.status != CustomerStatus.NEEDS_INFORMATION:
        return
    _answer(customer, CORRECTED, actor)
    for row in customer.verification_set.filter(status__in=OPEN, provider__in=(STAFF_REVIEW, EMBEDDED)).order_by("pk"):
        row.documents.add(*Document.objects.standing().filter(customer=customer, party=row.party))
        take_later_readings(verification=row, actor=actor)


@transaction.atomic
def go_on_without(*, case: Case, actor: User) -> Customer:
    """Close the form though nothing was handed in: they did not in time, or it is needed no longer."""
    if not actor.may(Permission.WORK_CASES):
        raise NotAllowed("Your role may not work on cases.", permission=Permission.WORK_CASES)
    customer = Customer.objects.select_for_update().get(pk=case.customer_id)
    if customer.status != CustomerStatus.NEEDS_INFORMATION:
        raise ForbiddenMove("This customer's form is not open.", customer=customer.public_id)
    _answer(customer, WENT_ON, actor)
    reason = "went on without corrections"
    return move_customer(customer=customer, to=CustomerStatus.IN_REVIEW, actor=actor, reason=reason)


def _answer(customer: Customer, words: str, actor: Actor) -> None:
    for request in amendments_asked(customer):
        answers: dict[int, Any] = dict.fromkeys(request.items.values_list("pk", flat=True), words)
        answer_information(request=request, answers=answers, actor=actor)


def _in_form(item: Mapping[str, str]) -> dict[str, str]:
    """No document is asked for beside it: the form has its own place for those."""
    return {**item, "code": f"{IN_FORM}{item['code']}", "wants_document": ""}
