"""What the provider sells: models, and the licence terms a customer attests to."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone


class LicenceTerms(models.Model):
    """One version of one licence's terms. A new version is a new row; attestations name the row.

    `asks` lists what the customer must declare: [{"code", "question", "why", "must_be"}], where `must_be`
    None means that any answer is accepted and weighed.
    """

    code = models.CharField(max_length=40)  # "provider", "llama-3.1", "permissive"
    version = models.PositiveIntegerField(default=1)
    title = models.CharField(max_length=200)
    text = models.TextField()
    asks = models.JSONField(default=list)
    source = models.URLField(blank=True)
    valid_from = models.DateTimeField(default=timezone.now)
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="kyc_terms_version_once"),
            models.UniqueConstraint(
                fields=["code"], condition=models.Q(replaced_at=None), name="kyc_terms_one_current"
            ),
        ]
        verbose_name_plural = "licence terms"

    def __str__(self) -> str:
        return f"{self.title} (version {self.version})"


class CatalogueModel(models.Model):
    """A model for sale. `use_policy` maps a declared use to allow, refuse or review."""

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    licence_code = models.CharField(max_length=40)  # the current LicenceTerms of this code apply
    tier = models.CharField(max_length=10)  # kyc.access.states.AccessTier
    restricted = models.BooleanField(default=False)  # export-controlled or frontier: unknown location is no
    channels = ArrayField(models.CharField(max_length=10))  # console, api, download
    use_policy = models.JSONField(default=dict)
    blocked_countries = ArrayField(models.CharField(max_length=2), default=list, blank=True)  # beside the policy's
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]
        verbose_name = "model"

    def __str__(self) -> str:
        return self.name
