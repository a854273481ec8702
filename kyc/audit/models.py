"""The audit trail's tables. Rows and links are never updated or deleted: triggers refuse it for everybody,
and the product's database role has no right to (management command `secure_database`).
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone

from kyc.audit.verbs import Verb
from kyc.worlds import World


class ActorKind(models.TextChoices):
    USER = "user"
    CLIENT = "client"  # an API client
    SYSTEM = "system"  # a worker, a command


class AuditRow(models.Model):
    """<actor> <verb> <subject> <when>, with the old and new values that are not personal.

    `personal` maps a field to {"digest", "box"}: a salted digest, and the salt and value encrypted under
    the person's key. After erasure the digest still stands in the chain and nobody can read the value.
    """

    at = models.DateTimeField(default=timezone.now)
    world = models.CharField(max_length=4, choices=[(w.value, w.value) for w in World], null=True)
    verb = models.CharField(max_length=40, choices=[(v.value, v.value) for v in Verb])
    actor_kind = models.CharField(max_length=6, choices=ActorKind.choices)
    actor_id = models.CharField(max_length=60, blank=True)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=60)
    person = models.CharField(max_length=40, blank=True)  # the customer whose key closes `personal`
    facts = models.JSONField(default=dict)
    personal = models.JSONField(default=dict)
    mark = models.CharField(max_length=64)

    class Meta:
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "id"]),
            models.Index(fields=["person", "id"], condition=~models.Q(person=""), name="kyc_audit_person"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.verb} {self.subject_kind} {self.subject_id}"

    def columns(self) -> dict[str, Any]:
        """All that the mark covers, as plain values."""
        return {
            "at": self.at.astimezone(timezone.get_default_timezone()).isoformat(timespec="microseconds"),
            "world": self.world,
            "verb": str(self.verb),
            "actor_kind": str(self.actor_kind),
            "actor_id": self.actor_id,
            "subject_kind": self.subject_kind,
            "subject_id": self.subject_id,
            "person": self.person,
            "facts": self.facts,
            "personal": self.personal,
        }


class AuditLink(models.Model):
    """One sealed row's place in the chain. Written by the sealer alone."""

    sequence = models.BigIntegerField(primary_key=True)
    # no foreign key: a removed row must leave its link behind, and `row_id` must not cascade
    row_id = models.BigIntegerField(unique=True)
    mark = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(default=timezone.now)


class AuditHead(models.Model):
    """A signed statement of how far the chain reached; its twin is appended to a file outside the database."""

    sequence = models.BigIntegerField(primary_key=True)
    link = models.CharField(max_length=64)
    sealed_at = models.CharField(max_length=40)
    signature = models.CharField(max_length=128)
