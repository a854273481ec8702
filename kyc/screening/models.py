"""Screenings, hits, remembered clearances and re-screening runs."""

from __future__ import annotations

from math import floor

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from kyc.customers.models import Customer, CustomerRecord, PersonalRecord
from kyc.ids import hit_id, screening_id, self_test_id, trial_id
from kyc.screening.states import OPEN_HITS, HitStatus, RunReason, RunStatus, ScreeningOutcome, WorkStatus
from kyc.vault.fields import SealedJSONField
from kyc.watchlists.models import Entry, EntryGroup
from kyc.worlds import World


class RescreeningRun(models.Model):
    """One pass over many customers: why, against what, how far."""

    world = models.CharField(max_length=4, choices=[(w.value, w.value) for w in World], null=True)  # None: both
    reason = models.CharField(max_length=12, choices=[(r.value, r.value) for r in RunReason])
    status = models.CharField(max_length=10, choices=[(s.value, s.value) for s in RunStatus], default=RunStatus.PLANNED)
    editions = models.JSONField(default=dict)  # {list code: edition public id}
    policy_version = models.CharField(max_length=40)
    delta_of = models.CharField(max_length=40, blank=True)  # an edition's public id: only its changed entries
    delta_from = models.CharField(max_length=40, blank=True)  # the edition it replaced, "" for a list's first
    planned = models.PositiveIntegerField(default=0)  # customers
    started_at = models.DateTimeField(db_default=Now())  # by the clock that all machines share
    finished_at = models.DateTimeField(null=True, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.TextField(blank=True)  # why, in the words of whoever asked for it

    def __str__(self) -> str:
        return f"{self.reason} {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def checks_deltas(self) -> bool:
        """Whether it compares everybody with everything, and so sees what a delta run missed."""
        return not self.delta_of and self.reason != RunReason.CHANGED


class Shard(models.Model):
    """A range of customer ids, worked by one task at a time; safe to run twice, late, or beside a customer's edit."""

    run = models.ForeignKey(RescreeningRun, on_delete=models.CASCADE, related_name="shards")
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    done_to = models.BigIntegerField(null=True, blank=True)  # checkpoint: this id and all below are done
    done = models.PositiveIntegerField(default=0)
    screened = models.PositiveIntegerField(default=0)  # of these, compared in full (a delta touches few)
    hits = models.PositiveIntegerField(default=0)
    differs = models.PositiveIntegerField(default=0)  # of a full pass: what earlier runs should have found
    claimed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "first_id"], name="kyc_shard_once")]
        indexes = [models.Index(fields=["run"], condition=models.Q(finished_at=None), name="kyc_shard_open")]


class CoverageCheck(models.Model):
    """Everybody on file held against what is in force, at one moment: kept, so that a gap can be told later."""

    at = models.DateTimeField(default=timezone.now)
    total = models.PositiveIntegerField()  # customers on file
    behind = models.PositiveIntegerField()  # of these, not compared with what is in force
    served_behind = models.PositiveIntegerField()  # of these, who are served
    why = models.JSONField(default=dict)  # {"policy" | list code | …: customers}
    served_behind_since = models.DateTimeField(null=True, blank=True)  # since when somebody always was; None: nobody is
    # {customer's public id: ISO time of the check since which they always were}: the first proof.MOST_NAMED of them
    behind_since = models.JSONField(default=dict)
    alarmed = models.BooleanField(default=False)  # for longer than policy allows

    class Meta:
        indexes = [models.Index(fields=["-at"])]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"

    @property
    def share(self) -> float:
        """0.0..1.0 of the customers on file."""
        return 1.0 if not self.total else 1 - self.behind / self.total

    @property
    def percent(self) -> str:
        """The share in words, rounded down: one customer behind is never told as "100 %"."""
        return f"{floor(self.share * 10_000) / 100:g} %"


class Outline(models.Model):
    """What is seen of a customer and all who belong to it from afar (kyc.matching.outlines), when last screened.

    Derived from names that stand elsewhere: whoever's is missing, of earlier facts or of another reader is read anew.
    """

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, primary_key=True, related_name="outline")
    facts_version = models.PositiveIntegerField()
    reader = models.CharField(max_length=16)  # kyc.screening.outlines.in_use
    text = models.TextField()

    def __str__(self) -> str:
        return f"outline of {self.customer_id}"


class Screening(CustomerRecord, PersonalRecord):
    """One comparison of one customer, with all that belongs to them, against the active editions."""

    public_id = models.CharField(max_length=40, unique=True, default=screening_id)
    reason = models.CharField(max_length=20)  # onboarding, changed, new_edition, …
    run = models.ForeignKey(
        RescreeningRun, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    editions = models.JSONField()  # {list code: edition public id}
    policy_version = models.CharField(max_length=40)
    facts_version = models.PositiveIntegerField()
    facts = SealedJSONField()  # the parties as they were compared: Party.as_json() each
    outcome = models.CharField(max_length=8, choices=[(o.value, o.value) for o in ScreeningOutcome])
    error = models.TextField(blank=True)  # why the outcome is unknown
    suppressed = models.JSONField(default=list)  # what a remembered clearance kept quiet, and why
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            # a run screens a customer once, whatever its workers do; screenings of their own have no run
            models.UniqueConstraint(fields=["run", "customer"], name="kyc_screening_once_a_run"),
        ]
        indexes = [
            models.Index(fields=["customer", "-finished_at"]),
            models.Index(fields=["customer"], condition=models.Q(outcome="unknown"), name="kyc_screening_unknown"),
        ]


class HitQuerySet(models.QuerySet["Hit"]):
    def open(self) -> HitQuerySet:
        return self.filter(status__in=OPEN_HITS)


class Hit(CustomerRecord, PersonalRecord):
    """A customer (or one of their parties or members) and a listed party that may be the same, with the evidence."""

    public_id = models.CharField(max_length=40, unique=True, default=hit_id)
    group = models.ForeignKey(EntryGroup, on_delete=models.PROTECT, related_name="hits")
    subject = models.CharField(max_length=40)  # who was compared: public id of customer or party, key of a member
    path = models.CharField(max_length=300, blank=True)  # how the subject hangs on the customer: "owner of …"
    screening = models.ForeignKey(Screening, on_delete=models.PROTECT, related_name="hits")  # that saw it last
    entries = models.ManyToManyField(Entry, related_name="hits")
    status = models.CharField(max_length=12, choices=[(s.value, s.value) for s in HitStatus], default=HitStatus.PENDING)
    score = models.FloatField()  # 0.0..1.0
    strong = models.BooleanField(default=False)  # at or above the policy's hold threshold
    effect = models.CharField(max_length=20)  # the strictest of its entries: kyc.policy.measures
    query_name = models.CharField(max_length=500)
    matched_name = models.CharField(max_length=500)
    findings = models.JSONField(default=list)
    fingerprint = models.CharField(max_length=64)  # of both sides
    found_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason_codes = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    narrative = models.TextField(blank=True)

    objects = HitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "subject", "group"], name="kyc_hit_once"),
        ]
        indexes = [models.Index(fields=["customer", "status"])]

    def __str__(self) -> str:
        return f"{self.query_name} ~ {self.matched_name}"


class RememberedClearance(CustomerRecord, PersonalRecord):
    """A cleared hit stays quiet while neither side changes, until it expires."""

    group = models.ForeignKey(EntryGroup, on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=40)
    hit = models.ForeignKey(Hit, on_delete=models.PROTECT, related_name="clearances")
    fingerprint = models.CharField(max_length=64)
    sides = models.JSONField(default=dict)  # digests by field of both sides, to tell what changed
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    expires_on = models.DateField()
    lapsed_at = models.DateTimeField(null=True, blank=True)
    lapsed_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "subject", "group"],
                condition=models.Q(lapsed_at=None),
                name="kyc_clearance_once",
            )
        ]


# ------------------------------------------------------------------------------------------------ trying and testing
class LongWork(models.Model):
    """Work that somebody asked for and a worker does, safe to be sent twice: what trials and self-tests share."""

    status = models.CharField(
        max_length=8, choices=[(s.value, s.value) for s in WorkStatus], default=WorkStatus.WAITING
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    requested_at = models.DateTimeField(default=timezone.now)
    alive_at = models.DateTimeField(null=True, blank=True)  # the worker's last sign of life
    finished_at = models.DateTimeField(null=True, blank=True)
    planned = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    editions = models.JSONField(default=dict)  # {list code: edition public id} that it was done against
    policy_version = models.CharField(max_length=80, blank=True)  # in force when it was done

    class Meta:
        abstract = True


class PolicyTrial(LongWork):
    """Other numbers of the matching policy, tried on screenings that were made: what would have been hits."""

    public_id = models.CharField(max_length=40, unique=True, default=trial_id)
    world = models.CharField(max_length=4, choices=[(w.value, w.value) for w in World])
    overrides = models.JSONField()  # {name of a number: value tried}
    reason = models.TextField()
    limit = models.PositiveIntegerField()  # screenings at most; those of customers with hits come first
    unknown = models.PositiveIntegerField(default=0)  # screenings that could not be compared again
    counts = models.JSONField(default=dict)  # kyc.screening.trials.Difference: how many of each
    differences = models.JSONField(default=list)  # the first of them, by public ids and keys: no names of customers

    def __str__(self) -> str:
        return ", ".join(f"{name} {value:g}" for name, value in self.overrides.items())


class PublishedPolicy(models.Model):
    """Numbers of the matching policy that two people put in force; the latest counts. Never changed."""

    overrides = models.JSONField()  # {name of a number: value}; all that differ from the program's own table
    trial = models.ForeignKey(PolicyTrial, on_delete=models.PROTECT, related_name="published")
    reason = models.TextField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    in_force_from = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "published policies"

    def __str__(self) -> str:
        return f"{self.in_force_from:%Y-%m-%d}, number {self.pk}"


class SelfTest(LongWork):
    """Manipulated records of the active lists, and clean ones, through the screening itself: what was caught."""

    public_id = models.CharField(max_length=40, unique=True, default=self_test_id)
    seed = models.PositiveIntegerField()  # the same seed and editions give the same records
    entries = models.PositiveIntegerField()  # listed parties drawn
    results = models.JSONField(default=list)  # a row for each manipulation: kyc.screening.selftests.Result.as_json()
    passed = models.BooleanField(null=True)  # every rate reached what policy asks; None until it is finished

    def __str__(self) -> str:
        return f"{self.requested_at:%Y-%m-%d %H:%M}"
