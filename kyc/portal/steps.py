"""The steps of the form as the customer sees them, and how far they have come. What is missing is the rule's word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from kyc import journey
from kyc.customers.models import Customer
from kyc.customers.rules import STEPS, Missing


@dataclass(frozen=True, slots=True)
class Step:
    """`why` stands under the title: what this page is for."""

    code: str
    title: str
    why: str
    for_organisation: str = ""  # the title there; "" for the same
    only: str = ""  # a kind of customer, or "" for both


TABLE: dict[str, Step] = {
    step.code: step
    for step in (
        Step(
            "about",
            "About you",
            "Export and sanctions rules name people and companies. With a few facts we can tell you apart from others.",
            "The organisation",
        ),
        Step(
            "addresses",
            "Address",
            "Where you are decides which rules apply, and it tells you apart from others of the same name.",
            "Addresses",
        ),
        Step(
            "identifiers",
            "Document numbers",
            "A number is never shared by two people. It is encrypted at once and shown only by its last characters.",
            "Official numbers",
        ),
        Step(
            "people",
            "Owners and directors",
            "Rules look through an organisation to the people and companies who own and run it.",
            only="organisation",
        ),
        Step(
            "documents",
            "Documents",
            "We compare them with what you told us. They are encrypted before they are stored; each look is recorded.",
        ),
        Step(
            "use",
            "Intended use",
            "Each model has its own licence, and some uses need a closer look. Plain words are best.",
        ),
        Step(
            "attestations",
            "Declarations",
            "Each licence asks for its own declarations. They are kept with the exact words you saw.",
        ),
        Step(
            "privacy",
            "Privacy",
            "What we keep, why, for how long, and the choices you have.",
        ),
    )
}
REVIEW = Step("review", "Check and submit", "Look it over once. After this the checks start.")


@dataclass(frozen=True, slots=True)
class RailItem:
    """One line of the side rail. `state` is done, missing or open; a step with nothing needed is done."""

    code: str
    title: str
    url: str
    missing: int
    number: int
    is_current: bool

    @property
    def is_done(self) -> bool:
        return self.missing == 0


@dataclass(frozen=True, slots=True)
class Rail:
    items: tuple[RailItem, ...]
    missing: tuple[Missing, ...]
    current: str

    @property
    def done(self) -> int:
        return sum(item.is_done for item in self.items)

    @property
    def number(self) -> int:
        """Of the current step, from 1; the review comes after the last."""
        return next((item.number for item in self.items if item.is_current), len(self.items) + 1)

    @property
    def is_complete(self) -> bool:
        return not self.missing

    def missing_in(self, code: str) -> tuple[Missing, ...]:
        return tuple(item for item in self.missing if item.step == code)


def steps_for(customer: Customer) -> list[Step]:
    return [TABLE[code] for code in STEPS if TABLE[code].only in ("", customer.kind)]


def title_of(step: Step, customer: Customer) -> str:
    return step.title if customer.is_person else step.for_organisation or step.title


def rail_for(customer: Customer, current: str = "") -> Rail:
    """A handful of queries."""
    missing = journey.missing_of(customer)
    items = tuple(
        RailItem(
            code=step.code,
            title=title_of(step, customer),
            url=step_url(customer, step.code),
            missing=sum(item.step == step.code for item in missing),
            number=number,
            is_current=step.code == current,
        )
        for number, step in enumerate(steps_for(customer), start=1)
    )
    return Rail(items=items, missing=missing, current=current)


def step_url(customer: Customer, code: str) -> str:
    if code == REVIEW.code:
        return reverse("portal:review", kwargs={"public_id": customer.public_id})
    return reverse("portal:step", kwargs={"public_id": customer.public_id, "step": code})


def next_code(customer: Customer, code: str) -> str:
    codes = [step.code for step in steps_for(customer)] + [REVIEW.code]
    return codes[codes.index(code) + 1]


def first_missing(missing: Sequence[Missing]) -> str:
    """The step to go on with, or the review when nothing is missing."""
    return missing[0].step if missing else REVIEW.code
