"""What the five tests said about an organisation on a day: kept with the structure they looked at."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from kyc.customers.models import CustomerRecord, PersonalRecord
from kyc.ids import evaluation_id
from kyc.vault.fields import SealedJSONField


class OwnershipEvaluation(CustomerRecord, PersonalRecord):
    """One evaluation; never changed but for `current`, which the next one takes. Derived, and apart from list hits."""

    public_id = models.CharField(max_length=40, unique=True, default=evaluation_id)
    as_of = models.DateField()
    outcome = models.CharField(max_length=10)  # kyc.ownership.rules.Outcome, the worst of the tests in force
    outcomes = models.JSONField()  # {test: [outcome, in force]}
    facts = SealedJSONField()  # the structure as it was looked at
    results = SealedJSONField()  # {test: its result}, flaws and questions: names are in their sentences
    policy_version = models.CharField(max_length=40)
    facts_version = models.PositiveIntegerField()
    # the first later day on which the same facts may come to another result: an interest's or a rule's date
    changes_on = models.DateField(null=True)
    current = models.BooleanField(default=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(current=True), name="kyc_ownership_one_current"
            )
        ]
        indexes = [
            models.Index(fields=["customer", "-at"]),
            # the beat job: what a date of the policy has overtaken
            models.Index(fields=["changes_on"], condition=models.Q(current=True), name="kyc_ownership_changes"),
        ]
