"""Imports of an existing provider's customer file."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from kyc.ids import import_id
from kyc.worlds import World


class ImportBatch(models.Model):
    """One file. `done_rows` is the checkpoint: a batch that was interrupted goes on from there."""

    class Status(models.TextChoices):
        CHECKING = "checking"
        CHECKED = "checked"  # a dry run ends here
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    public_id = models.CharField(max_length=40, unique=True, default=import_id)
    world = models.CharField(max_length=4, choices=[(w.value, w.value) for w in World])
    filename = models.CharField(max_length=255)
    format = models.CharField(max_length=10)  # csv, jsonl
    sha256 = models.CharField(max_length=64)
    sealed_name = models.CharField(max_length=100, blank=True)  # the file, encrypted below DATA/imports
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.CHECKING)
    total_rows = models.PositiveIntegerField(default=0)
    done_rows = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    bad_rows = models.JSONField(default=list)  # [{"row", "field", "reason"}]
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
