"""What the customer is told: what comes next, and where on the road they stand."""

from __future__ import annotations

from dataclasses import dataclass, field

from kyc import verifying
from kyc.cases.models import Case
from kyc.cases.states import CaseType
from kyc.customers.models import Customer
from kyc.customers.queries import attestations_due
from kyc.customers.states import SERVED, CustomerStatus
from kyc.journey.amending import amendments_asked
from kyc.journey.onboarding import missing_of


@dataclass(frozen=True, slots=True)
class NextAction:
    """What the customer does next; `url_name` "" where nothing is asked of them."""

    title: str
    sentence: str
    url_name: str = ""
    kwargs: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop on the road as the customer sees it; `state` is done, now or later."""

    title: str
    state: str
    sentence: str = ""


def next_action(customer: Customer) -> NextAction:
    """Always something, in words a customer may see: no hit, list or hold is ever named."""
    here = {"public_id": customer.public_id}
    in_form = amendments_asked(customer)
    asked = customer.informationrequest_set.filter(answered_at=None).exclude(pk__in=in_form).order_by("id").first()
    if asked is not None:
        kwargs = here | {"request_id": asked.public_id}
        return NextAction("Answer our questions", "We need a little more from you.", "portal:answer", kwargs)
    status = CustomerStatus(customer.status)
    if customer.is_editable and (correct := in_form.first()) is not None:
        sentence = f"What we ask for stands on top of it; please hand it in again by {correct.due_at:%-d %B %Y}."
        return NextAction("Correct the form", sentence, "portal:form", here)
    if customer.is_editable:
        if missing_of(customer):
            return NextAction("Fill in the form", "It is saved as you go; come back any time.", "portal:form", here)
        return NextAction("Check and submit", "Everything is there.", "portal:review", here)
    if status in SERVED and attestations_due(customer):
        kwargs = here | {"step": "attestations"}
        return NextAction("Read the new declarations", "Some terms have changed.", "portal:step", kwargs)
    if customer.appeal_set.filter(settled_at=None).exists():
        sentence = "Somebody who took no part in the decision reads your objection; we will write to you."
        return NextAction("Nothing to do now", sentence)
    if (yours := IDENTITY_TURNS.get(verifying.turn_of(customer).turn)) is not None:
        return NextAction(*yours, "portal:identity", here)
    if verifying.pictures_to_take_again(customer):
        return NextAction("Take a picture again", "We could not read one that you sent.", "portal:again", here)
    if status == CustomerStatus.VERIFYING and waits_for_staff(customer):
        return NextAction("Nothing to do now", "A person looks at your documents; we will write to you.")
    match status:
        case CustomerStatus.APPROVED | CustomerStatus.APPROVED_LIMITED:
            return NextAction("Nothing to do", "You may use what you see below.")
        case CustomerStatus.REJECTED | CustomerStatus.SUSPENDED | CustomerStatus.RESTRICTED:
            return NextAction("Read our letter", "You may object to the decision.", "portal:appeal", here)
        case CustomerStatus.CLOSED:
            return NextAction("Nothing to do", "This file is closed.")
        case CustomerStatus.IN_REVIEW:
            return NextAction("Nothing to do now", "A person is looking at your details; we will write to you.")
    return NextAction("Nothing to do now", "The checks are running; this page updates itself.")


# what the customer does next where it is their turn in the identity check
IDENTITY_TURNS = {
    verifying.Turn.PREPARED: ("Verify your identity", "It takes about three minutes; have your document at hand."),
    verifying.Turn.CUSTOMER: ("Verify your identity", "It takes about three minutes; have your document at hand."),
    verifying.Turn.CUSTOMER_ANEW: ("Verify your identity", "The last try was not finished: please begin again."),
}


def waits_for_staff(customer: Customer) -> bool:
    """The identity is with a person and not with a worker."""
    return Case.objects.unresolved().filter(customer=customer, type=CaseType.IDENTITY).exists()


def waits_for_customer(customer: Customer) -> bool:
    """The identity check waits for the customer to come."""
    return verifying.turn_of(customer).turn in IDENTITY_TURNS


ROAD = (
    ("Your details", frozenset({CustomerStatus.DRAFT, CustomerStatus.NEEDS_INFORMATION})),
    ("Identity", frozenset({CustomerStatus.SUBMITTED, CustomerStatus.VERIFYING})),
    ("Checks", frozenset({CustomerStatus.SCREENING})),
    ("Review", frozenset({CustomerStatus.IN_REVIEW})),
    (
        "Decision",
        frozenset(CustomerStatus)
        - {
            CustomerStatus.DRAFT,
            CustomerStatus.NEEDS_INFORMATION,
            CustomerStatus.SUBMITTED,
            CustomerStatus.VERIFYING,
            CustomerStatus.SCREENING,
            CustomerStatus.IN_REVIEW,
        },
    ),
)


def status_for_customer(customer: Customer) -> list[Stop]:
    """The road with where the customer stands on it."""
    here = next(n for n, (_, statuses) in enumerate(ROAD) if customer.status in statuses)
    stops = []
    for number, (title, _) in enumerate(ROAD):
        decided = number == here == len(ROAD) - 1
        state = "done" if number < here or decided else "now" if number == here else "later"
        stops.append(Stop(title, state))
    return stops
