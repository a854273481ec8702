"""Verifications of identity: sessions with a provider, embedded or commercial, and what came of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from kyc.customers.models import CustomerRecord, PersonalRecord, RelatedParty
from kyc.documents.models import Document
from kyc.ids import verification_id
from kyc.vault.fields import SealedJSONField


class Verification(CustomerRecord, PersonalRecord):
    """One attempt to verify one person (the customer, or a related party).

    `status` is where it stands (kyc.identity.states), `outcome` what came of it. `declared` and `read` are
    the frozen facts compared; `findings` say agree, disagree or missing for each field.
    """

    public_id = models.CharField(max_length=40, unique=True, default=verification_id)
    party = models.ForeignKey(
        RelatedParty, on_delete=models.CASCADE, null=True, blank=True, related_name="verifications"
    )
    provider = models.CharField(max_length=30)  # "staff_review", later "embedded", "stripe", …
    provider_reference = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=16)
    outcome = models.CharField(max_length=16, blank=True)
    attempt = models.PositiveIntegerField(default=1)
    documents = models.ManyToManyField(Document, related_name="verifications")
    declared = SealedJSONField(null=True)
    read = SealedJSONField(null=True)
    findings = models.JSONField(default=list)
    policy_version = models.CharField(max_length=40, blank=True)
    document_expires_on = models.DateField(null=True, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.TextField(blank=True)  # of the reviewer

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "provider_reference"],
                condition=~models.Q(provider_reference=""),
                name="kyc_verification_reference_once",
            )
        ]
