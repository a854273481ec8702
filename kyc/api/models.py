"""What the API itself keeps: the answers that were given to a request that may be sent again."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from accounts.models import ApiClient


class IdempotentAnswer(models.Model):
    """The answer to a POST with an `Idempotency-Key`: the same request again gets it again, and does nothing.

    `body` holds ids and states, never what a person told us. Kept for a day (kyc.policy.api).
    """

    client = models.ForeignKey(ApiClient, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=80)
    request_sha256 = models.CharField(max_length=64)  # of method, path and body
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "key"], name="kyc_idempotency_key_once")]
