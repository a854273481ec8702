"""Decisions on customers: append-only, the latest counts."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from kyc.approvals.models import Proposal
from kyc.customers.models import CustomerRecord, PersonalRecord
from kyc.decisions.states import DecisionOutcome
from kyc.ids import decision_id


class Decision(CustomerRecord, PersonalRecord):
    """What was decided, by whom (the proposal names both), in words for each audience, on which facts."""

    public_id = models.CharField(max_length=40, unique=True, default=decision_id)
    outcome = models.CharField(max_length=20, choices=[(o.value, o.value.replace("_", " ")) for o in DecisionOutcome])
    tier = models.CharField(max_length=10)  # the access it grants
    # None: the policy's straight-through approval of a low-risk customer with nothing found
    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT, null=True, blank=True, related_name="decision")
    reason_codes = ArrayField(models.CharField(max_length=40))
    customer_words = models.TextField(blank=True)
    staff_words = models.TextField(blank=True)
    findings = models.JSONField(default=list)
    facts = models.JSONField(default=dict)
    policy_version = models.CharField(max_length=40)
    editions = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["customer", "-at"])]
