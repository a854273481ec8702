"""Propose and confirm by two people, bound to a hash of what was seen."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from kyc.approvals.states import Action, ProposalStatus
from kyc.ids import proposal_id
from kyc.worlds import World


class Proposal(models.Model):
    """One act that waits for a second person. `payload` is what will be done, `evidence` what was seen."""

    public_id = models.CharField(max_length=40, unique=True, default=proposal_id)
    world = models.CharField(max_length=4, choices=[(w.value, w.value) for w in World], null=True)
    action = models.CharField(max_length=24, choices=[(a.value, a.value.replace("_", " ")) for a in Action])
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=60)  # a public id where the subject has one
    payload = models.JSONField(default=dict)
    evidence = models.JSONField(default=dict)
    evidence_hash = models.CharField(max_length=64)
    reason = models.TextField()
    reason_codes = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="proposals_made")
    proposed_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(
        max_length=10,
        choices=[(s.value, s.value) for s in ProposalStatus],
        default=ProposalStatus.PROPOSED,
    )
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="proposals_settled",
    )
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["action", "subject_kind", "subject_id"],
                condition=models.Q(status=ProposalStatus.PROPOSED),
                name="kyc_proposal_one_open",
            ),
            # the database too refuses that one person does both
            models.CheckConstraint(
                condition=~models.Q(status__in=[ProposalStatus.CONFIRMED, ProposalStatus.REFUSED])
                | ~models.Q(settled_by=models.F("proposed_by")),
                name="kyc_proposal_two_people",
            ),
        ]
        indexes = [models.Index(fields=["subject_kind", "subject_id"])]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_kind} {self.subject_id}"
