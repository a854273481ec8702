"""Cases, notes, requests for information and appeals."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from kyc.cases.states import UNRESOLVED, CaseOutcome, CaseStatus, CaseType
from kyc.customers.models import CustomerRecord, PersonalRecord, RelatedParty
from kyc.documents.models import Document
from kyc.ids import appeal_id, case_id, request_id


class CaseQuerySet(models.QuerySet["Case"]):
    def unresolved(self) -> CaseQuerySet:
        return self.filter(status__in=UNRESOLVED)


class Case(CustomerRecord, PersonalRecord):
    """Something a person must look at. One unresolved case a customer and type; new findings attach to it."""

    public_id = models.CharField(max_length=40, unique=True, default=case_id)
    type = models.CharField(max_length=16, choices=[(t.value, t.value.replace("_", " ")) for t in CaseType])
    status = models.CharField(
        max_length=20,
        choices=[(s.value, s.value.replace("_", " ")) for s in CaseStatus],
        default=CaseStatus.OPEN,
    )
    outcome = models.CharField(
        max_length=24, blank=True, choices=[(o.value, o.value.replace("_", " ")) for o in CaseOutcome if o]
    )
    summary = models.CharField(max_length=300)  # why now, in one sentence
    findings = models.JSONField(default=list)
    priority = models.PositiveSmallIntegerField(default=50)  # 0 most urgent .. 100
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="cases"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()  # the house's own clock; stands while the customer is asked
    statutory_due_on = models.DateField(null=True, blank=True)  # business days; never pauses
    paused_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    reason_codes = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    reopened = models.PositiveSmallIntegerField(default=0)

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "type"],
                condition=models.Q(status__in=UNRESOLVED),
                name="kyc_case_one_open",
            )
        ]
        indexes = [models.Index(fields=["status", "priority", "due_at"])]

    def __str__(self) -> str:
        return f"{self.get_type_display()}: {self.customer}"


class CaseNote(models.Model):
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    text = models.TextField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at"]


class InformationRequest(CustomerRecord, PersonalRecord):
    """Several questions in one message, answered in one go."""

    public_id = models.CharField(max_length=40, unique=True, default=request_id)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="requests")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)


class RequestedItem(models.Model):
    """One question: what is wanted and why, in words for the customer; and the answer."""

    request = models.ForeignKey(InformationRequest, on_delete=models.CASCADE, related_name="items")
    code = models.CharField(max_length=40)  # kyc.policy.requests
    wants_document = models.CharField(max_length=16, blank=True)  # a DocumentKind, or "" for words
    question = models.CharField(max_length=500)
    # the owner or director it is about, whose own check takes the document; None for the customer
    party = models.ForeignKey(RelatedParty, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    answer = models.TextField(blank=True)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+")


class Appeal(CustomerRecord, PersonalRecord):
    """A customer contests a decision; somebody who did not take part in it decides."""

    public_id = models.CharField(max_length=40, unique=True, default=appeal_id)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="appeals")
    decision_id_public = models.CharField(max_length=40)  # the decision contested
    words = models.TextField()
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    filed_at = models.DateTimeField(default=timezone.now)
    upheld = models.BooleanField(null=True)  # True: the decision stands
    settled_at = models.DateTimeField(null=True, blank=True)
