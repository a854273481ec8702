"""What falls due by itself, and beat finds: late steps, reviews, documents that ran out, questions of place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from heapq import merge

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
from kyc.identity.models import Verification
from kyc.identity.states import VerificationStatus
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
    """Open a review case for each served customer whose document ran out and was not looked at since.

    By what was typed of it, and by what was read when their people were verified.
    """
    opened = 0
    ran_out = merge(_typed_that_ran_out(), _read_that_ran_out(), key=lambda found: found[0].pk)
    for customer, day, summary in ran_out:  # each is locked: in one order, as all do who lock many
        if customer.case_set.filter(type=CaseType.REVIEW, opened_at__date__gte=day).exists():
            continue
        opened += open_case(customer=customer, type=CaseType.REVIEW, summary=summary[:300], actor=actor)[1]
    return opened


def _typed_that_ran_out() -> Iterator[tuple[Customer, date, str]]:
    """(customer, its last day, why they are looked at)."""
    served = Identifier.objects.filter(customer__status__in=SERVED, expires_on__lte=timezone.localdate())
    for row in served.select_related("customer").order_by("customer", "pk").iterator():
        if row.expires_on is not None:
            kind = row.kind.replace("_", " ")
            yield row.customer, row.expires_on, f"The {kind} ending in {row.tail} ran out on {row.expires_on:%d %B %Y}."


def _read_that_ran_out() -> Iterator[tuple[Customer, date, str]]:
    """The same for the document that each person was last verified by."""
    served = Verification.objects.filter(status=VerificationStatus.VERIFIED, customer__status__in=SERVED)
    ran_out = served.filter(document_expires_on__lte=timezone.localdate(), party__removed_at=None)
    for row in ran_out.select_related("customer", "party").order_by("customer", "pk").iterator():
        day = row.document_expires_on
        if day is not None and not served.filter(customer=row.customer, party=row.party, pk__gt=row.pk).exists():
            whose = row.party or row.customer
            yield row.customer, day, f"The document by which {whose} was verified ran out on {day:%d %B %Y}."


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
