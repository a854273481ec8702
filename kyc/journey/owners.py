"""Who owns an organisation: the tests asked anew, and what follows where one of them bites."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import QuerySet

from kyc.access.holds import place_hold
from kyc.access.states import HoldKind
from kyc.audit.services import SYSTEM, Actor
from kyc.cases.models import Case
from kyc.cases.services import open_case
from kyc.cases.states import CaseStatus, CaseType
from kyc.customers.models import Customer
from kyc.errors import ForbiddenMove
from kyc.journey.amending import ask_in_form_or_words
from kyc.ownership.graph import Listing, Structure
from kyc.ownership.models import OwnershipEvaluation
from kyc.ownership.queries import structure_of
from kyc.ownership.rules import Evaluation, Outcome, evaluate
from kyc.ownership.rules import Result as OwnershipTestResult
from kyc.ownership.services import OwnershipResult, count_as_told, evaluate_ownership, has_untold
from kyc.policy.cases import STRONG_HIT_PRIORITY
from kyc.policy.ownership import REGIMES, OwnershipTest
from kyc.screening.queries import listed_subjects
from kyc.screening.states import HitStatus


@transaction.atomic
def evaluate_owners(*, customer_id: int, actor: Actor = SYSTEM) -> None:
    """Ask the ownership tests again: a date has come, or the policy has changed. Safe to run twice."""
    customer = Customer.objects.get(pk=customer_id)
    if not customer.is_moving:  # a worker is about to ask them anyway
        look_at_owners(customer=customer, actor=actor)


@transaction.atomic
def look_at_owners(*, customer: Customer, actor: Actor, on: date | None = None) -> OwnershipResult | None:
    """Evaluate an organisation's owners and act on what is new: holds, one case, and questions to the customer.

    A result that stands as it did makes nothing: a hold that two people lifted is not placed again for it.
    """
    if customer.is_person:
        return None
    result = evaluate_ownership(customer=customer, listings=listings_of(customer), on=on, actor=actor)
    bites = [found for found in result.changed if found.bites]
    held = [found for found in bites if _must_hold(found)]
    for found in held:
        place_hold(
            customer=customer,
            kind=HoldKind.OWNERSHIP,
            reference=found.test,
            reason=f"{REGIMES[found.test].title}: {found.findings[0].sentence}",
            actor=actor,
        )
    findings = [finding for found in bites for finding in found.findings]
    if result.new_flaws:
        findings += result.evaluation.flaws
    if findings:
        titles = ", ".join(REGIMES[found.test].title for found in bites) or "shares that cannot be true"
        open_case(
            customer=customer,
            type=CaseType.OWNERSHIP,
            summary=f"Who owns it: {titles}."[:300],
            findings=findings,
            actor=actor,
            priority=STRONG_HIT_PRIORITY if held else None,
        )
    _ask(customer, result, actor)
    return result


def organisations_to_ask() -> list[int]:
    """Keys of those with a question that could not be sent when it arose, and a case that is free for it by now.

    Reads the results of all whose case is free: they are sealed, and no query looks into them.
    """
    rows = OwnershipEvaluation.objects.filter(current=True, customer__in=_free_cases().values("customer"))
    return [row.customer_id for row in rows.order_by("customer").iterator() if has_untold(row)]


def _free_cases() -> QuerySet[Case]:
    """While the customer is asked, or others look, a case takes no further question."""
    return Case.objects.filter(type=CaseType.OWNERSHIP, status__in=(CaseStatus.OPEN, CaseStatus.INVESTIGATING))


def _ask(customer: Customer, result: OwnershipResult, actor: Actor) -> None:
    """Send what was never sent, where the case is free for it."""
    case = _free_cases().filter(customer=customer).first()
    if case is None or not result.new_questions:
        return
    items = [{"code": "owner_share", "question": question[:500]} for question in result.new_questions]
    ask_in_form_or_words(case=case, items=items, actor=actor)
    count_as_told(row=result.row)


def owners_as_of(customer: Customer, on: date) -> tuple[Structure, Evaluation]:
    """What the tests say about a day, by what we know now; nothing is kept and nothing is done."""
    if customer.is_person:
        raise ForbiddenMove("Only an organisation has owners.", customer=customer.public_id)
    structure = structure_of(customer, listings_of(customer))
    return structure.on(on), evaluate(structure, on)


def _must_hold(found: OwnershipTestResult) -> bool:
    """What is proved, or may be so by somebody who is settled to be listed. An open hit holds by itself, and what
    nobody was named for is a question first."""
    if not REGIMES[found.test].holds or not found.settled:
        return False
    if any(finding.code.endswith(".itself") for finding in found.findings):
        return False  # the customer is the listed party: that hit's own hold stands
    return found.outcome is Outcome.REACHED or (
        found.outcome is Outcome.POSSIBLE and found.test != OwnershipTest.PROVIDER_MAJORITY
    )


def listings_of(customer: Customer) -> dict[str, tuple[Listing, ...]]:
    """Whom of the customer's parties the lists name, by public id: true matches, and strong hits that wait."""
    found: dict[str, list[Listing]] = {}
    for hit, entry in listed_subjects(customer):
        listing = Listing(
            measure=entry.measure,
            certain=hit.status == HitStatus.TRUE_MATCH,
            programmes=tuple(entry.programmes),
            entry=str(entry.party),
            requirement=entry.content.get("licence_requirement", ""),
        )
        found.setdefault(hit.subject, []).append(listing)
    return {subject: tuple(listings) for subject, listings in found.items()}
