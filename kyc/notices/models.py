"""Letters to customers and staff: the row is the letter, the worker only carries it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from kyc.customers.models import Customer


class Notice(models.Model):
    """One e-mail, queued in the transaction that caused it; `sent_at` None until a worker has sent it."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, blank=True, related_name="notices")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    email = models.EmailField()
    template = models.CharField(max_length=60)  # templates/email/<template>.txt
    context = models.JSONField(default=dict)
    queued_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["queued_at"], condition=models.Q(sent_at=None), name="kyc_notice_waiting")]
