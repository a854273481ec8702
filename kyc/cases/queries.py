"""The queue, and the next case to take from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import User
from kyc.cases.models import Case, CaseQuerySet
from kyc.cases.states import CaseStatus
from kyc.policy.cases import CLAIM_LASTS_MINUTES
from kyc.screening.models import Hit


def queue(user: User, filters: Mapping[str, Any]) -> CaseQuerySet:
    """Unresolved cases, most urgent first. Filters: world, type, status, assignee ("me", "nobody"), q.

    Ties go to identifiers that agree, never to the score of a name (nomenklatura #334: names alone saturate at 1.0).
    """
    agreeing = Hit.objects.open().filter(
        customer=OuterRef("customer"), findings__contains=[{"code": "identifier.agree"}]
    )
    rows = Case.objects.unresolved().select_related("customer", "assignee").annotate(identified=Exists(agreeing))
    for name in ("world", "type", "status"):
        if filters.get(name):
            rows = rows.filter(**{name: filters[name]})
    if filters.get("assignee") == "me":
        rows = rows.filter(assignee=user)
    if filters.get("assignee") == "nobody":
        rows = rows.filter(free_to_claim())
    if filters.get("q"):
        text = filters["q"]
        rows = rows.filter(Q(customer__legal_name__icontains=text) | Q(public_id=text) | Q(customer__public_id=text))
    return rows.order_by("priority", "due_at", "-identified", "pk")


def free_to_claim() -> Q:
    """Open, escalated to whoever comes, or claimed by somebody who left it lying.

    Never one that waits for the customer or for a second person: claiming would end the wait.
    """
    stale = timezone.now() - timedelta(minutes=CLAIM_LASTS_MINUTES)
    left = Q(assignee=None) | Q(claimed_at__lt=stale)
    return Q(status__in=[CaseStatus.OPEN, CaseStatus.ESCALATED]) | Q(left, status=CaseStatus.INVESTIGATING)


def held_by_other(user: User) -> Q:
    """Claimed by somebody else who has not left it lying."""
    stale = timezone.now() - timedelta(minutes=CLAIM_LASTS_MINUTES)
    return Q(status=CaseStatus.INVESTIGATING, claimed_at__gte=stale) & ~Q(assignee=user) & ~Q(assignee=None)


def next_case(user: User, filters: Mapping[str, Any] | None = None, *, after: str = "") -> Case | None:
    """The most urgent case this person may take now: their own first, then one nobody holds.

    `after` is the public id of the case they come from; it is not the next one.
    """
    rows = queue(user, dict(filters or {}) | {"assignee": ""}).exclude(public_id=after)
    mine = rows.filter(assignee=user, status=CaseStatus.INVESTIGATING).first()
    waiting = rows.exclude(status__in=[CaseStatus.AWAITING_CUSTOMER, CaseStatus.PENDING_APPROVAL])
    return mine or waiting.filter(free_to_claim()).first()
