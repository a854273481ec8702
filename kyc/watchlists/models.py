"""Lists, their editions, and the entries in them.

An entry's content is stored once: an edition that changes 5 of 15,000 entries adds 5 rows here and
15,000 small ones to the membership table. Editions are immutable once loaded.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from kyc.ids import edition_id
from kyc.watchlists.states import EditionStatus


class WatchList(models.Model):
    """A published list by its code in kyc.watchlists.sources."""

    code = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=200)
    is_sample = models.BooleanField(default=False)  # bundled for the demonstration; said everywhere it shows
    enabled = models.BooleanField(default=True)
    checked_at = models.DateTimeField(null=True, blank=True)  # when the source last answered
    check_error = models.TextField(blank=True)  # why it did not since, or why its file was not taken
    validators = models.JSONField(default=dict, blank=True)  # {file: {"etag", "last_modified"}} of the last download

    def __str__(self) -> str:
        return f"{self.title} (SAMPLE)" if self.is_sample else self.title


class EditionQuerySet(models.QuerySet["Edition"]):
    def active(self) -> EditionQuerySet:
        return self.filter(status=EditionStatus.ACTIVE)


class Edition(models.Model):
    """One dated state of a list."""

    public_id = models.CharField(max_length=40, unique=True, default=edition_id)
    watchlist = models.ForeignKey(WatchList, on_delete=models.PROTECT, related_name="editions")
    status = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in EditionStatus], default=EditionStatus.LOADING
    )
    format = models.CharField(max_length=40)
    origin = models.CharField(max_length=500)  # the address or file it came from
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()  # bytes
    published_on = models.DateField(null=True, blank=True)
    loaded_at = models.DateTimeField(default=timezone.now)
    loaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    activated_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    entry_count = models.PositiveIntegerField(default=0)
    bad_rows = models.JSONField(default=list)  # [{"position", "reason"}], the first of them
    bad_row_count = models.PositiveIntegerField(default=0)
    warnings = models.JSONField(default=list)  # what reading it brought to light besides, a sentence each
    concerns = models.JSONField(default=list)  # why it is held: findings
    before = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    added = models.PositiveIntegerField(default=0)
    modified = models.PositiveIntegerField(default=0)
    deleted = models.PositiveIntegerField(default=0)

    objects = EditionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["watchlist"],
                condition=models.Q(status=EditionStatus.ACTIVE),
                name="kyc_edition_one_active",
            )
        ]
        indexes = [models.Index(fields=["watchlist", "sha256"])]

    def __str__(self) -> str:
        return f"{self.watchlist.code} {self.published_on or self.loaded_at:%Y-%m-%d}"


class EntryGroup(models.Model):
    """Entries of several lists that are the same party: reviewed once."""

    key = models.CharField(max_length=160, unique=True)  # "source:uid" of its first member
    name = models.CharField(max_length=500)
    by_staff = models.BooleanField(default=False)  # split or joined by a person: regrouping leaves it alone

    def __str__(self) -> str:
        return self.name


class ListedParty(models.Model):
    """One uid of one list, over all editions, and the group it belongs to."""

    watchlist = models.ForeignKey(WatchList, on_delete=models.PROTECT, related_name="parties")
    uid = models.CharField(max_length=120)
    group = models.ForeignKey(EntryGroup, on_delete=models.PROTECT, related_name="parties")
    link_reason = models.CharField(max_length=300, blank=True)  # why it stands in this group

    class Meta:
        constraints = [models.UniqueConstraint(fields=["watchlist", "uid"], name="kyc_listed_party_once")]
        verbose_name_plural = "listed parties"

    def __str__(self) -> str:
        return f"{self.watchlist.code}:{self.uid}"


class Entry(models.Model):
    """One version of one listed party: content as published, by hash."""

    party = models.ForeignKey(ListedParty, on_delete=models.PROTECT, related_name="entries")
    content_hash = models.CharField(max_length=64)
    name = models.CharField(max_length=500)
    kind = models.CharField(max_length=12)
    measure = models.CharField(max_length=40)  # kyc.policy.measures gives its effect
    programmes = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    content = models.JSONField()  # kyc.watchlists.entries.ListedEntry.as_json()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["party", "content_hash"], name="kyc_entry_once")]
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return self.name


class EditionEntry(models.Model):
    """Which entries an edition holds."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="memberships")
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="memberships")
    change = models.CharField(max_length=8, blank=True)  # added, modified, or "" against the edition before

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "entry"], name="kyc_edition_entry_once")]
        indexes = [
            models.Index(fields=["edition", "change"], condition=~models.Q(change=""), name="kyc_edition_changes")
        ]


class Removal(models.Model):
    """An entry of the edition before that this edition no longer holds."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="removals")
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="removals")
