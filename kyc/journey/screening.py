"""Screen a customer and act on what was found: hit, hold and case are one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from kyc.access.holds import place_hold
from kyc.access.states import HoldKind
from kyc.audit.services import SYSTEM, Actor
from kyc.cases.services import open_case
from kyc.cases.states import CaseType
from kyc.customers.models import Customer
from kyc.customers.states import MOVING, OFF_FILE, CustomerStatus
from kyc.errors import Unavailable
from kyc.findings import Finding
from kyc.journey.owners import look_at_owners
from kyc.journey.people import look_at_people
from kyc.policy.cases import STRONG_HIT_PRIORITY
from kyc.screening.models import RescreeningRun
from kyc.screening.runs import plan_one, run_shard
from kyc.screening.services import ScreeningResult, screen_customer
from kyc.screening.states import ScreeningOutcome

# a comparison that could not be made is owed still; what keeps it from being made seldom ends within seconds
UNKNOWN_AGAIN_AFTER = timedelta(minutes=10)


@transaction.atomic
def screen(*, customer_id: int, reason: str, run_id: int | None = None, actor: Actor = SYSTEM) -> ScreeningResult:
    """Screen one customer and act on what was found, in one transaction."""
    customer = Customer.objects.get(pk=customer_id)
    run = RescreeningRun.objects.get(pk=run_id) if run_id else None
    return take_screening(screen_customer(customer=customer, reason=reason, run=run, actor=actor), actor=actor)


def screen_changed(*, customer_id: int, actor: Actor = SYSTEM) -> None:
    """A customer on file whose facts changed: a run of their own, worked at once. Nothing where it was done since.

    Of an organisation the ownership tests are asked too, and who is new among its people is verified like the first.
    The run stands before the work begins; where this worker dies, another takes its one shard.
    """
    customer = Customer.objects.get(pk=customer_id)
    if screening_due(customer, CustomerStatus(customer.status)) is not None:
        run = plan_one(customer=customer, actor=actor)
        try:
            for shard in run.shards.all():
                run_shard(shard_id=shard.pk, screen=screen)
        except Unavailable:  # who fails again and again must not stay the most overdue, before all others
            again = timezone.now() + UNKNOWN_AGAIN_AFTER
            Customer.objects.filter(pk=customer_id).exclude(status__in=MOVING).update(next_step_at=again)
            raise
    with transaction.atomic():
        customer = Customer.objects.select_for_update().get(pk=customer_id)
        if not customer.is_moving:  # else it is the road's own step that is due
            if not customer.is_off_file:  # also where they resemble nobody, and were screened with many others
                look_at_owners(customer=customer, actor=actor)
                look_at_people(customer=customer, actor=actor)
            due = screening_due(customer, CustomerStatus(customer.status))
            Customer.objects.filter(pk=customer_id).update(next_step_at=due)


def screening_due(customer: Customer, status: CustomerStatus) -> datetime | None:
    """When the screening of a customer who comes to stand at `status` is due; None where nothing is owed.

    Nothing is when the latest comparison could be made and saw the facts they have now. To be relied upon only with
    the row locked.
    """
    if status in OFF_FILE:
        return None
    tried = customer.screening_set.order_by("-finished_at", "-pk").first()
    if tried is None or tried.facts_version < customer.facts_version:
        return customer.next_step_at or timezone.now()
    return tried.finished_at + UNKNOWN_AGAIN_AFTER if tried.outcome == ScreeningOutcome.UNKNOWN else None


def take_screening(result: ScreeningResult, *, actor: Actor) -> ScreeningResult:
    """Holds for strong hits, one case for all new ones, a case where screening could not be done."""
    customer = result.screening.customer
    if result.unknown:
        summary = "Screening could not be done; it is not a pass."
        findings = [Finding("screening.unknown", result.screening.error or summary)]
        open_case(customer=customer, type=CaseType.UNKNOWN_CHECK, summary=summary, findings=findings, actor=actor)
        again = screening_due(customer, CustomerStatus(customer.status))
        Customer.objects.filter(pk=customer.pk).exclude(status__in=MOVING).update(next_step_at=again)
    for hit in result.strong_hits:
        reason = f"{hit.query_name} may be {hit.matched_name} (score {hit.score:.2f})."
        place_hold(customer=customer, kind=HoldKind.SANCTIONS, reference=hit.public_id, reason=reason, actor=actor)
    if result.new_hits:
        names = ", ".join(hit.matched_name for hit in result.new_hits[:3])
        summary = f"May be a listed party: {names}."[:300]
        priority = STRONG_HIT_PRIORITY if result.strong_hits else None
        open_case(customer=customer, type=CaseType.SCREENING, summary=summary, actor=actor, priority=priority)
    for hit in result.delisted_hits:
        summary = f"{hit.matched_name} left the list; a person decides about the hold."[:300]
        open_case(customer=customer, type=CaseType.SCREENING, summary=summary, actor=actor)
    look_at_owners(customer=customer, actor=actor)
    return result
