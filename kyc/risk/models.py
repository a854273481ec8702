"""Risk assessments: a level with its reasons, under the policy that gave it."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from kyc.customers.models import CustomerRecord, PersonalRecord


class RiskAssessment(CustomerRecord, PersonalRecord):
    level = models.CharField(max_length=10)  # kyc.risk.states.RiskLevel
    points = models.FloatField()
    findings = models.JSONField(default=list)
    facts = models.JSONField(default=dict)  # frozen, without names
    policy_version = models.CharField(max_length=40)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["customer", "-at"])]
