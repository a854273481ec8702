"""Holds, and the ledger of access decisions."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from kyc.customers.models import Customer, CustomerRecord, PersonalRecord
from kyc.identity.models import Verification
from kyc.ids import access_id, hold_id, way_out_id
from kyc.worlds import World


class HoldQuerySet(models.QuerySet["Hold"]):
    def standing(self) -> HoldQuerySet:
        return self.filter(lifted_at=None)


class Hold(CustomerRecord, PersonalRecord):
    """A named reason why access is reduced to `tier`. One standing hold a customer, kind and reference."""

    public_id = models.CharField(max_length=40, unique=True, default=hold_id)
    kind = models.CharField(max_length=12)  # kyc.access.states.HoldKind
    tier = models.CharField(max_length=10, default="none")  # the most that is left
    reference = models.CharField(max_length=60, blank=True)  # a hit's, case's or document's public id
    reason = models.TextField()  # for staff
    placed_at = models.DateTimeField(default=timezone.now)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    lifted_reason = models.TextField(blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind", "reference"],
                condition=models.Q(lifted_at=None),
                name="kyc_hold_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} hold on {self.customer}"


class AccessDecision(models.Model):
    """One answer of the gate. Denials are written at once, allowances in batches."""

    public_id = models.CharField(max_length=40, default=access_id)
    world = models.CharField(max_length=4, choices=[(w.value, w.value) for w in World])
    customer = models.ForeignKey(
        Customer,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="access_decisions",
        db_index=False,  # the index by customer and time serves
        # The database would look for the customer once for each row; the ledger does it once for each writing, in the
        # same way (kyc/access/ledger.py). Whoever else writes here must. A customer who is deleted is still refused
        # by the database while answers name them (migration 0017).
        db_constraint=False,
    )
    asked_for = models.CharField(max_length=200)  # the customer or account id as asked
    client = models.CharField(max_length=40)  # the API client that asked
    model = models.CharField(max_length=60)
    channel = models.CharField(max_length=10)
    ip = models.GenericIPAddressField(null=True, blank=True)
    country = models.CharField(max_length=2, blank=True)
    outcome = models.CharField(max_length=10)
    legal = models.BooleanField(default=False)
    codes = models.JSONField(default=list)
    findings = models.JSONField(default=list)
    builds = models.JSONField(default=dict)
    policy_version = models.CharField(max_length=40)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        # a constraint and not `unique`: that would add a second index for LIKE, and each index is paid on every answer
        constraints = [models.UniqueConstraint(fields=["public_id"], name="kyc_access_decision_once")]
        indexes = [
            models.Index(fields=["customer", "-at"]),
            models.Index(fields=["-at"]),
            models.Index(fields=["at"], condition=models.Q(ip__isnull=False), name="kyc_answer_with_address"),
        ]


class PassedChallenge(CustomerRecord):
    """A way out of a challenge that a customer took; how long it counts is the policy's (kyc.policy.access)."""

    kind = models.CharField(max_length=14)  # kyc.access.states.Challenge
    codes = models.JSONField(default=list)  # the reasons it answers; [] for any of its kind
    evidence = models.CharField(max_length=80)  # what showed it: a document's, proposal's or session's id
    passed_at = models.DateTimeField(default=timezone.now)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["customer", "-passed_at"])]
        constraints = [
            models.UniqueConstraint(fields=["customer", "kind", "evidence"], name="kyc_challenge_passed_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} passed by {self.customer}"


class WayOut(CustomerRecord):
    """A customer asks staff to let them out of a challenge: by a document, a range of their own, or a person's word.

    A second factor needs nobody and leaves no row here. One is open for each customer and kind.
    """

    class Status(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        REFUSED = "refused"

    public_id = models.CharField(max_length=40, unique=True, default=way_out_id)
    kind = models.CharField(max_length=14)  # kyc.access.states.Challenge
    decision = models.CharField(max_length=40)  # the gate's answer it is about
    codes = models.JSONField(default=list)  # its reasons that this would answer
    findings = models.JSONField(default=list)  # its reasons as they were stored, for staff
    words = models.TextField(blank=True)  # the customer's
    cidr = models.CharField(max_length=50, blank=True)  # the range they call their own
    verification = models.ForeignKey(Verification, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.OPEN)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)  # of who settled it, for staff

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind"], condition=models.Q(status="open"), name="kyc_wayout_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind.replace('_', ' ')} asked for by {self.customer}"


class AccessChange(models.Model):
    """Something that the gate weighs was changed. Written by the database's triggers, so that no writer forgets.

    `xid` is the transaction that wrote it: a reader that remembers where its last snapshot began misses
    nothing that was committed late (kyc/access/memory.py).
    """

    class What(models.TextChoices):
        CUSTOMER = "customer"
        CATALOGUE = "catalogue"
        RANGES = "ranges"  # operator's ranges and corrections of places
        KEYS = "keys"

    what = models.CharField(max_length=10, choices=What.choices)
    customer_pk = models.BigIntegerField(null=True)  # no foreign key: it outlives an erased customer
    xid = models.BigIntegerField(db_index=True)
    at = models.DateTimeField(db_index=True)
