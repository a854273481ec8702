"""Reads on lists that are worth a name: what is active, who is listed, what changed, what is stale."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from kyc.matching.types import Party
from kyc.policy.lists import CURRENT as DOWNLOAD
from kyc.watchlists.diff import changed_fields
from kyc.watchlists.entries import ListedEntry
from kyc.watchlists.models import Edition, EditionEntry, Entry, ListedParty, WatchList
from kyc.watchlists.sources import SOURCES, Source

# Screenings hold it shared, an activation alone: after an activation no screening against the old edition can
# still commit unseen, so the run that follows it misses nobody. The number only has to be ours.
ACTIVATION_LOCK = 4_211_308
ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class ActiveEditions:
    """The editions in force, ordered by list code."""

    editions: tuple[tuple[str, str, int], ...]  # list code, public id, primary key

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(pk for _, _, pk in self.editions)

    @property
    def public_ids(self) -> tuple[str, ...]:
        return tuple(public_id for _, public_id, _ in self.editions)

    def by_list(self) -> dict[str, str]:
        """{list code: edition public id}, as verdicts keep it."""
        return {code: public_id for code, public_id, _ in self.editions}


def active_editions() -> ActiveEditions:
    """One small query. Lists that were switched off are left out."""
    rows = Edition.objects.active().filter(watchlist__enabled=True).order_by("watchlist__code")
    return ActiveEditions(tuple(rows.values_list("watchlist__code", "public_id", "pk")))


def hold_active_editions() -> ActiveEditions:
    """As `active_editions`, and they stay in force until this transaction ends: an activation waits for it."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("the editions can only be held within a transaction")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [ACTIVATION_LOCK])
    return active_editions()


# ------------------------------------------------------------------------------------------------ who is listed
def key_of(code: str, uid: str) -> str:
    """How an entry is named in the matching index and everywhere staff read it."""
    return f"{code}:{uid}"


def entry_ids_in(edition_ids: Iterable[int]) -> list[int]:
    """The entries that these editions hold, by primary key, in order; each is in one of them at most.

    Asked of the memberships alone: no join that could go wrong.
    """
    rows = EditionEntry.objects.filter(edition__in=list(edition_ids))
    return sorted(rows.values_list("entry_id", flat=True))


def in_pieces(ids: Sequence[int], size: int = ROWS_AT_ONCE) -> Iterator[Sequence[int]]:
    """Primary keys, so many at a time.

    Long reads go by these and not by a server's cursor: for a cursor PostgreSQL plans as if only the first tenth of
    the rows was wanted, and on tables that were filled a moment ago, of which it knows nothing yet, that plan visits
    every pair of rows. By primary key there is only one plan.
    """
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def contents_of(entry_ids: Sequence[int]) -> Iterator[ListedEntry]:
    """These entries as published, streamed, in order of the primary keys given."""
    for piece in in_pieces(entry_ids):
        for content in Entry.objects.filter(pk__in=piece).order_by("pk").values_list("content", flat=True):
            yield ListedEntry.from_json(content)


def active_parties(edition_ids: Iterable[int]) -> Iterator[Party]:
    """Every entry of these editions as the engine compares it, streamed."""
    return _parties(entry_ids_in(edition_ids))


def changed_parties(edition: str, replaced: str) -> Iterator[Party]:
    """Every entry that `edition` added or changed against `replaced`, by public ids, as the engine compares it."""
    return _parties(sorted(entries_changed(edition, replaced).values_list("pk", flat=True)))


def _parties(entry_ids: Sequence[int]) -> Iterator[Party]:
    """Three plain reads and no join, which on tables that were filled a moment ago may visit every pair of rows."""
    codes = dict(WatchList.objects.values_list("pk", "code"))
    for piece in in_pieces(entry_ids):
        rows = list(Entry.objects.filter(pk__in=piece).order_by("pk").values_list("party", "content"))
        parties = ListedParty.objects.filter(pk__in={party for party, _ in rows})
        keys = {pk: key_of(codes[of], uid) for pk, of, uid in parties.values_list("pk", "watchlist", "uid")}
        for party, content in rows:
            yield ListedEntry.from_json(content).party(keys[party])


def entries_by_group(group_ids: Iterable[int], edition_ids: Iterable[int]) -> dict[int, list[Entry]]:
    """The active entries of each of these groups; a group none of whose entries is active is not in it.

    From the group to its few parties, their few entries, and which of these are active: in one statement the
    database would rather begin with all that an edition holds, which took it 100 ms for each customer with a match.
    """
    parties = list(ListedParty.objects.filter(group__in=list(group_ids)).values_list("pk", flat=True))
    entries = list(Entry.objects.filter(party__in=parties).select_related("party__watchlist").order_by("pk"))
    editions = set(edition_ids)
    memberships = EditionEntry.objects.filter(entry__in=[entry.pk for entry in entries])
    active = {entry for entry, edition in memberships.values_list("entry_id", "edition_id") if edition in editions}
    found: dict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.pk in active:
            found[entry.party.group_id].append(entry)
    return dict(found)


def groups_of(keys: Iterable[str]) -> set[int]:
    """The groups that entries with these keys ("list:uid") belong to."""
    uids: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        code, _, uid = key.partition(":")
        uids[code].append(uid)
    found: set[int] = set()
    for code, wanted in uids.items():
        rows = ListedParty.objects.filter(watchlist__code=code, uid__in=wanted)
        found.update(rows.values_list("group_id", flat=True))
    return found


# ------------------------------------------------------------------------------------------------ what changed
def entries_changed(edition: str, replaced: str) -> QuerySet[Entry]:
    """What `edition` holds and `replaced` does not: new parties, and new versions of known ones. By public ids."""
    return _held_by_one_alone(edition, replaced)


def entries_gone(edition: str, replaced: str) -> QuerySet[Entry]:
    """What `replaced` held and `edition` does not: removed parties, and the earlier versions of changed ones."""
    return _held_by_one_alone(replaced, edition)


@dataclass(frozen=True, slots=True)
class EntryChange:
    """One line of an edition's diff. `fields` in words, for a modified one: "birth dates", "addresses"."""

    change: str  # added, modified, deleted
    entry: Entry
    before: Entry | None = None
    fields: tuple[str, ...] = ()


def changes_in(edition: Edition) -> Iterator[EntryChange]:
    """What an edition changed against the one that was in force when it was loaded, as stored; in order of the list."""
    changed = edition.memberships.exclude(change="").select_related("entry__party").order_by("change", "pk")
    parties = list(changed.filter(change="modified").values_list("entry__party", flat=True))
    earlier = Entry.objects.filter(memberships__edition=edition.before_id, party__in=parties)
    old = {entry.party_id: entry for entry in earlier}
    for member in changed.iterator(chunk_size=ROWS_AT_ONCE):
        before = old.get(member.entry.party_id)
        fields: tuple[str, ...] = ()
        if before is not None:
            fields = changed_fields(ListedEntry.from_json(before.content), ListedEntry.from_json(member.entry.content))
        yield EntryChange(member.change, member.entry, before, fields)
    for removal in edition.removals.select_related("entry__party").order_by("pk").iterator(chunk_size=ROWS_AT_ONCE):
        yield EntryChange("deleted", removal.entry)


def _held_by_one_alone(one: str, other: str) -> QuerySet[Entry]:
    ids = dict(Edition.objects.filter(public_id__in=[one, other]).values_list("public_id", "pk"))
    if one not in ids:
        return Entry.objects.none()
    # an anti-join by index: quick also while the database knows nothing yet of rows that were just loaded
    in_other = EditionEntry.objects.filter(edition=ids.get(other), entry=OuterRef("pk"))
    return Entry.objects.filter(~Exists(in_other), memberships__edition=ids[one])


# ------------------------------------------------------------------------------------------------ how old
@dataclass(frozen=True, slots=True)
class StaleList:
    code: str
    sentence: str


def stale_lists(now: datetime) -> list[StaleList]:
    """What staff must know about the age of lists: of those in use, and of official ones that should be."""
    rows = {row.code: row for row in WatchList.objects.filter(enabled=True)}
    active = {edition.watchlist_id: edition for edition in Edition.objects.active()}
    found = []
    for source in SOURCES.values():
        row = rows.get(source.code)
        edition = active.get(row.pk) if row else None
        if row is None or edition is None:
            if source.enabled:
                error = f": {row.check_error}" if row and row.check_error else "."
                found.append(StaleList(source.code, f"{source.title} has no edition in force{error}"))
            continue
        last = max(filter(None, (row.checked_at, edition.loaded_at)))
        if now - last > timedelta(days=source.stale_days):
            why = f" {row.check_error}" if row.check_error else ""
            found.append(StaleList(source.code, f"{source.title} was last fetched {(now - last).days} days ago.{why}"))
    return found


def addresses_of(source: Source) -> dict[str, str]:
    """{role of the file: address}: the table's, and over them those of this installation (CLEARANCE_LIST_ADDRESSES)."""
    own = {}
    for name, address in settings.LIST_ADDRESSES.items():
        code, _, role = name.partition(".")
        if code == source.code:
            own[role or "main"] = address
    return {**source.addresses, **own}


def sources_due(now: datetime) -> list[str]:
    """Codes of the lists whose source is worth asking again: those that are on by default or in use."""
    rows = {row.code: row for row in WatchList.objects.all()}
    used = set(Edition.objects.active().values_list("watchlist__code", flat=True))
    due = []
    for source in SOURCES.values():
        row = rows.get(source.code)
        asked = {name.partition(".")[0] for name in settings.LIST_ADDRESSES}
        wanted = source.enabled or source.code in used or source.code in asked
        if not addresses_of(source) or not wanted or (row and not row.enabled):
            continue
        if row is None or row.checked_at is None or now - row.checked_at >= timedelta(hours=DOWNLOAD.check_hours):
            due.append(source.code)
    return due


def edition_replaced_by(edition: Edition) -> Edition | None:
    """Which edition of the list went out of force when this one came in; None for the list's first."""
    same_moment = Edition.objects.filter(watchlist=edition.watchlist_id, retired_at=edition.activated_at)
    return same_moment.exclude(pk=edition.pk).first() if edition.activated_at else None
