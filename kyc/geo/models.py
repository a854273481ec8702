"""The ledger of locations, and ranges the operator allows or denies."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from kyc.approvals.models import Proposal
from kyc.customers.models import Customer
from kyc.worlds import World


class Sighting(models.Model):
    """Where an account or visitor was seen, and what was made of it.

    The full address is kept 90 days (or as long as a case, a legal denial or a hold needs it), then only
    `prefix` (/24 or /48) and `index` (keyed digest) remain.
    """

    class Where(models.TextChoices):
        SIGN_UP = "sign_up", "sign-up"
        LOGIN = "login"
        PORTAL = "portal"
        CONSOLE = "console"
        GATE = "gate"

    world = models.CharField(max_length=4, choices=[(w.value, w.value) for w in World])
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, blank=True, related_name="sightings")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    where = models.CharField(max_length=8, choices=Where.choices)
    ip = models.GenericIPAddressField(null=True, blank=True)
    prefix = models.CharField(max_length=45)
    index = models.CharField(max_length=64, db_index=True)
    country = models.CharField(max_length=2, blank=True)  # "" for unknown
    region = models.CharField(max_length=10, blank=True)
    asn = models.PositiveBigIntegerField(null=True, blank=True)
    outcome = models.CharField(max_length=10)  # allow, challenge, review, deny
    legal = models.BooleanField(default=False)  # denied by law: the address is kept
    findings = models.JSONField(default=list)
    builds = models.JSONField(default=dict)  # {source: date of its data}
    policy_version = models.CharField(max_length=40)
    reference = models.CharField(max_length=20, blank=True)  # shown to a visitor who was refused
    first_seen_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    times = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-last_seen_at"]),
            models.Index(fields=["-last_seen_at"]),
            models.Index(
                fields=["last_seen_at"], condition=models.Q(ip__isnull=False), name="kyc_sighting_with_address"
            ),
        ]


class OperatorRange(models.Model):
    """Addresses the operator allows (a customer's registered egress) or denies; two people, and it expires."""

    class Effect(models.TextChoices):
        ALLOW = "allow"
        DENY = "deny"

    cidr = models.CharField(max_length=50)
    effect = models.CharField(max_length=5, choices=Effect.choices)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, blank=True, related_name="ranges")
    reason = models.TextField()
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.effect} {self.cidr}"

    @property
    def public_id(self) -> str:
        """Proposals and audit rows name a range by itself, also before it is there: one proposal a range."""
        return self.cidr


class LocationCorrection(models.Model):
    """A range that every source places wrongly, put right by two people on evidence. Never across an embargo."""

    cidr = models.CharField(max_length=50)
    country = models.CharField(max_length=2)
    region = models.CharField(max_length=10, blank=True)  # ISO 3166-2
    evidence = models.TextField()
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.cidr} is in {self.region or self.country}"

    @property
    def public_id(self) -> str:
        return self.cidr
