"""Verifications of identity: by a person, our own reader or a commercial provider, and what came of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from kyc.customers.models import CustomerRecord, PersonalRecord, RelatedParty
from kyc.documents.models import Document
from kyc.ids import verification_id
from kyc.vault.fields import SealedJSONField


class Verification(CustomerRecord, PersonalRecord):
    """One attempt to verify one customer, or one related party.

    `status` is where it stands (kyc.identity.states), `outcome` what came of it. `declared` and `read` are
    the frozen facts compared; `findings` say agree, disagree or missing for each field.
    """

    public_id = models.CharField(max_length=40, unique=True, default=verification_id)
    party = models.ForeignKey(
        RelatedParty, on_delete=models.CASCADE, null=True, blank=True, related_name="verifications"
    )
    provider = models.CharField(max_length=30)  # "staff_review", "embedded", "stripe", …
    provider_reference = models.CharField(max_length=200, blank=True)
    chosen_because = models.CharField(max_length=300, blank=True)  # the line of the policy that named the provider
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
    # a provider's session: when its result was last read back, when to ask again, and what went wrong meanwhile
    read_at = models.DateTimeField(null=True, blank=True)
    ask_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)  # calls in a row
    trouble = models.CharField(max_length=300, blank=True)
    same_session = models.BooleanField(default=True)  # False: what is asked for again needs a new session
    locked_at = models.DateTimeField(null=True, blank=True)  # no more attempts: a person decides

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "provider_reference"],
                condition=~models.Q(provider_reference=""),
                name="kyc_verification_reference_once",
            )
        ]
        indexes = [
            # the beat job kyc.ask_vendors
            models.Index(fields=["ask_at"], condition=~models.Q(ask_at=None), name="kyc_verification_ask"),
        ]


class FailedItem(CustomerRecord, PersonalRecord):
    """One item of an attempt that did not pass: which, why (a code of kyc.policy.identity.REASONS), and the
    how-many-th failed attempt with that item this was, of this person and over all sessions.

    Open while the customer is to send it again; closed by the next result.
    """

    verification = models.ForeignKey(Verification, on_delete=models.CASCADE, related_name="failed_items")
    item = models.CharField(max_length=20)
    reason = models.CharField(max_length=40)
    attempt = models.PositiveSmallIntegerField()
    provider_attempt = models.CharField(max_length=200)  # told twice, an attempt counts once
    at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["verification", "item", "provider_attempt"], name="kyc_failed_item_once")
        ]


class VendorEvent(models.Model):
    """A genuine webhook: that it came, and what was done about it. Its content is not kept and never believed."""

    world = models.CharField(max_length=4)
    vendor = models.CharField(max_length=20)
    event_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=80, blank=True)
    provider_reference = models.CharField(max_length=200, blank=True)
    body_sha256 = models.CharField(max_length=64)
    occurred_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(default=timezone.now)
    verification = models.ForeignKey(
        Verification, on_delete=models.SET_NULL, null=True, blank=True, related_name="events"
    )  # None: not a session of ours

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["world", "vendor", "event_id"], name="kyc_vendor_event_once"),
        ]
