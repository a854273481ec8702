"""What falls due by itself, and beat finds: late steps, reviews, documents that ran out, questions of place."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models, transaction
from django.utils import timezone

from kyc.access.challenges import ways_of
from kyc.access.models import AccessDecision
from kyc.access.states import AccessOutcome
from kyc.audit.services import SYSTEM, Actor
from kyc.cases.services import open_case
from kyc.cases.states import CaseType
from kyc.customers.models import Customer, CustomerQuerySet, Identifier
from kyc.customers.queries import attestations_due
from kyc.customers.states import SERVED
from kyc.findings import Finding
from kyc.notices.models import Notice
from kyc.notices.services import tell_members
from kyc.policy.access import CURRENT as ACCESS
from kyc.policy.customers import ATTESTATION_REMINDED_AGAIN_DAYS, ATTESTATION_REMINDER_DAYS

# a step that was due this long ago and did not happen is sent again
STEP_IS_LATE = timedelta(seconds=30)
# beat looks for what the gate keeps for a person every quarter of a minute; a worker may have been away
REVIEWS_ARE_FOUND_WITHIN = timedelta(minutes=30)


def late_customers() -> CustomerQuerySet:
    """Whose next step was due and did not happen, the most overdue first."""
    return Customer.objects.overdue_steps(timezone.now() - STEP_IS_LATE).order_by("next_step_at", "pk")


@transaction.atomic
def expire_reviews(*, actor: Actor = SYSTEM) -> int:
    """Open a review case for each served customer whose review is due; returns how many were opened."""
    due = Customer.objects.served().filter(review_due_on__lte=timezone.localdate())
    opened = 0
    for customer in due.order_by("pk").iterator():  # each is locked: in one order, as all do who lock many
        summary = f"The periodic review was due on {customer.review_due_on:%d %B %Y}."
        opened += open_case(customer=customer, type=CaseType.REVIEW, summary=summary, actor=actor)[1]
    return opened


@transaction.atomic
def expire_documents(*, actor: Actor = SYSTEM) -> int:
    """Open a review case for each served customer whose document ran out and was not looked at since."""
    today = timezone.localdate()
    ran_out = Identifier.objects.filter(expires_on__lte=today, customer__status__in=SERVED).select_related("customer")
    opened = 0
    for identifier in ran_out.order_by("customer", "pk").iterator():
        customer = identifier.customer
        if customer.case_set.filter(type=CaseType.REVIEW, opened_at__date__gte=identifier.expires_on).exists():
            continue
        kind = identifier.kind.replace("_", " ")
        summary = f"The {kind} ending in {identifier.tail} ran out on {identifier.expires_on:%d %B %Y}."
        opened += open_case(customer=customer, type=CaseType.REVIEW, summary=summary, actor=actor)[1]
    return opened


@transaction.atomic
def remind_of_attestations() -> int:
    """Write to served customers whose declarations run out soon, or whose terms changed; returns to how many."""
    now = timezone.now()
    soon = now.date() + timedelta(days=ATTESTATION_REMINDER_DAYS)
    due = models.Q(attestation__expires_on__lte=soon) | models.Q(attestation__terms__replaced_at__isnull=False)
    told = Notice.objects.filter(
        template="attestation_due", queued_at__gte=now - timedelta(days=ATTESTATION_REMINDED_AGAIN_DAYS)
    )
    written = 0
    for customer in Customer.objects.served().filter(due).exclude(notices__in=told).distinct():
        if items := [terms.title for terms in attestations_due(customer, on=soon)]:
            tell_members(customer=customer, template="attestation_due", items=items)
            written += 1
    return written


@transaction.atomic
def look_into_reviews(*, now: datetime, actor: Actor = SYSTEM) -> int:
    """Open a case of location for whoever the gate keeps for a person, so that one looks; returns how many.

    Once for the same reasons within the time that a person's word counts: a refusal stands, and is asked again later.
    """
    kept = AccessDecision.objects.filter(outcome=AccessOutcome.REVIEW, at__gte=now - REVIEWS_ARE_FOUND_WITHIN)
    latest = kept.exclude(customer=None).select_related("customer").order_by("customer", "-at").distinct("customer")
    opened = 0
    for decision in latest:
        customer = decision.customer
        codes = {code for code in ways_of(decision).codes if not code.startswith("use.")}
        known = customer.case_set.filter(
            type=CaseType.LOCATION, opened_at__gte=now - timedelta(seconds=ACCESS.person_seconds)
        ).values_list("findings", flat=True)
        if codes <= {row["code"] for findings in known for row in findings}:
            continue
        reasons = [Finding.from_json(row) for row in decision.findings if row["code"] in codes]
        summary = "The gate keeps this customer for a person, because of the place."
        kind = CaseType.LOCATION
        opened += open_case(customer=customer, type=kind, summary=summary, findings=reasons, actor=actor)[1]
    return opened
