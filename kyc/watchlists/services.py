"""The verbs on lists: load an edition, put it in force whole or not at all, go back, split and join parties.

An edition is loaded in one transaction and never changed afterwards. Putting one in force waits for the screenings
that still look at the one before, so that the re-screening which follows misses nobody.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from io import BytesIO
from itertools import islice

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission
from kyc.approvals.models import Proposal
from kyc.approvals.states import Action, ProposalStatus
from kyc.audit.services import SYSTEM, Actor, System, record
from kyc.audit.verbs import Verb
from kyc.clock import database_now
from kyc.copying import Json, copy_rows
from kyc.dispatch import after_commit
from kyc.errors import BadInput, BadList, ForbiddenMove, Incomplete, LostRace, NotAllowed, Unavailable
from kyc.findings import Finding
from kyc.policy.lists import CURRENT as DOWNLOAD
from kyc.policy.lists import DownloadPolicy
from kyc.watchlists.diff import EditionFacts, check_edition, entries_cut_off, known_again
from kyc.watchlists.download import fetch, shown_address
from kyc.watchlists.entries import ListedEntry, ParseReport
from kyc.watchlists.models import Edition, EditionEntry, Entry, EntryGroup, ListedParty, Removal, WatchList
from kyc.watchlists.parsers import FORMATS, parse
from kyc.watchlists.queries import ACTIVATION_LOCK, active_editions, addresses_of, contents_of, key_of
from kyc.watchlists.regrouping import apply_groups, groups_of_editions
from kyc.watchlists.sources import SOURCES, Source, bundled_file
from kyc.watchlists.states import EditionStatus, check_move

log = logging.getLogger(__name__)

ROWS_AT_ONCE = 1_000


# ------------------------------------------------------------------------------------------------ loading
Tell = Callable[[str], None]  # how far a long work is, in words; called now and then


def silently(progress: str) -> None:
    """For whoever does not ask how far it is."""


def load_edition(
    *,
    source: str,
    files: Mapping[str, bytes],
    origin: str,
    actor: Actor,
    format: str = "",
    tell: Tell = silently,
) -> Edition:
    """Read one dated state of a list. The one in force is not touched, whatever the files hold.

    `files` by role, as the format has them ("main", "alt", …); `format` where it is another than the source's own,
    as for a file brought by hand. The same bytes as an edition we have give that edition, in the state
    it is in. Otherwise the new one is READY, or HELD with its concerns for a person to look at.
    A file that cannot be read is noted on the list and raises BadList; nothing else is written.
    """
    described = described_source(source)
    wanted = format or described.format
    if wanted not in (described.format, *described.other_formats):
        raise BadInput(f"{described.title} is not published as {wanted}.", format=wanted)
    watchlist = watchlist_of(described)
    try:
        with transaction.atomic():
            return _Loading(watchlist, described, wanted, files, origin, actor, tell).run()
    except BadList as error:
        WatchList.objects.filter(pk=watchlist.pk).update(check_error=str(error))
        raise


def load_bundled(*, source: str, actor: Actor, name: str = "") -> Edition:
    """The edition that comes with the product (the SAMPLE; `name` of another file beside it), in force if it is new."""
    described = described_source(source)
    if not described.bundled:
        raise BadInput(f"{described.title} does not come with the product.", source=source)
    file = bundled_file(described, name)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise BadInput(f"There is no bundled file {file.name}.", source=source) from error
    edition = load_edition(source=source, files={"main": content}, origin=f"bundled: {file.name}", actor=actor)
    if edition.status == EditionStatus.READY:
        return activate_edition(edition=edition, actor=actor)
    return edition


def described_source(source: str) -> Source:
    """Raises BadInput for a code that the table of sources does not have."""
    if source not in SOURCES:
        raise BadInput(f"There is no source {source}.", known=sorted(SOURCES))
    return SOURCES[source]


def watchlist_of(source: Source) -> WatchList:
    """The list's row, made when it is first needed."""
    watchlist, _ = WatchList.objects.get_or_create(
        code=source.code, defaults={"title": source.title, "is_sample": source.is_sample}
    )
    return watchlist


def hash_of(files: Mapping[str, bytes]) -> str:
    """SHA-256, hex: of a single file itself, so that `sha256sum` agrees; else over the name and hash of each."""
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    if len(digests) == 1:
        return next(iter(digests.values()))
    return hashlib.sha256("".join(f"{name} {digests[name]}\n" for name in sorted(digests)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Held:
    """What an edition holds of one party: which version, and its place in the file."""

    place: int
    entry: int


class _Loading:
    """One load, within one transaction. Entries are streamed; what stays in memory is a few numbers for each.

    Only those wait until the file's end that come under a key the edition before does not have, where the list's
    keys are hashes of their rows: a row that changed is then the same party and not one deleted and one added.
    """

    def __init__(
        self,
        watchlist: WatchList,
        source: Source,
        format: str,
        files: Mapping[str, bytes],
        origin: str,
        actor: Actor,
        tell: Tell,
    ) -> None:
        self.watchlist, self.source, self.format = watchlist, source, format
        self.files, self.origin, self.actor, self.tell = files, origin, actor, tell
        self.held: dict[int, _Held] = {}  # by party
        self.hashes: dict[str, str] = {}  # content hash by uid
        self.places: dict[str, int] = {}  # order in the file by uid

    def run(self) -> Edition:
        # one load of a list at a time, so that two workers with the same file make one edition
        WatchList.objects.select_for_update().get(pk=self.watchlist.pk)
        sha256 = hash_of(self.files)
        known = self.watchlist.editions.filter(sha256=sha256).order_by("-pk").first()
        if known is not None:
            return known
        before = self.watchlist.editions.active().first()
        edition = Edition.objects.create(
            watchlist=self.watchlist,
            format=self.format,
            origin=self.origin[:500],
            sha256=sha256,
            size=sum(map(len, self.files.values())),
            loaded_by=self.actor if isinstance(self.actor, User) else None,
            before=before,
        )
        streams = {role: BytesIO(content) for role, content in self.files.items()}
        parsed = parse(self.format, streams, source=self.source.code)
        known_before = self._hashed_uids_of(before)
        waiting: list[ListedEntry] = []
        entries = iter(parsed)
        while batch := list(islice(entries, ROWS_AT_ONCE)):
            for entry in batch:
                self.places[entry.uid] = len(self.places)
                self.hashes[entry.uid] = parsed.content_hash(entry.uid)
            unknown = [entry for entry in batch if self._is_hashed(entry.uid) and entry.uid not in known_before]
            waits = {entry.uid for entry in unknown} if known_before else set()
            waiting += [entry for entry in batch if entry.uid in waits]
            self._store([entry for entry in batch if entry.uid not in waits])
            self.tell(f"{len(self.places):,} entries read")
        self._store_under_old_keys(waiting, known_before)
        self.tell(f"{len(self.places):,} entries read; comparing them with the edition in force")
        self._remember_members(edition, before)
        self._judge(edition, before, parsed.report)
        return edition

    def _is_hashed(self, uid: str) -> bool:
        return bool(self.source.hashed_uids) and re.fullmatch(self.source.hashed_uids, uid) is not None

    def _hashed_uids_of(self, before: Edition | None) -> dict[str, int]:
        """{uid: entry} of the edition in force, of those parties whose key may have changed with their content."""
        if before is None or not self.source.hashed_uids:
            return {}
        rows = before.memberships.values_list("entry__party__uid", "entry_id")
        return {uid: entry for uid, entry in rows if self._is_hashed(uid)}

    def _store_under_old_keys(self, waiting: list[ListedEntry], known_before: Mapping[str, int]) -> None:
        """Store the entries that came under new keys, each under its old one where the party is known again."""
        gone = sorted(entry for uid, entry in known_before.items() if uid not in self.places)
        old_keys = known_again(list(contents_of(gone)), waiting)
        stored = []
        for entry in waiting:
            if (old := old_keys.get(entry.uid)) is not None:
                self.places[old] = self.places[entry.uid]
                entry = replace(entry, uid=old)
                self.hashes[old] = entry.content_hash()
            stored.append(entry)
        for start in range(0, len(stored), ROWS_AT_ONCE):
            self._store(stored[start : start + ROWS_AT_ONCE])

    def _store(self, batch: list[ListedEntry]) -> None:
        """Write what is new of these entries: most of an edition stands in the tables already."""
        if not batch:
            return
        parties = self._parties(batch)
        hashes = self.hashes
        known = self._stored(parties.values())
        fresh = [entry for entry in batch if (parties[entry.uid], hashes[entry.uid]) not in known]
        # nobody else adds to this list meanwhile: its row is locked
        copy_rows(
            Entry,
            ("party_id", "content_hash", "name", "kind", "measure", "programmes", "content"),
            (
                (
                    parties[entry.uid],
                    hashes[entry.uid],
                    entry.name[:500],
                    str(entry.kind),
                    entry.measure[:40],
                    [programme[:200] for programme in entry.programmes],
                    Json(entry.as_json()),
                )
                for entry in fresh
            ),
        )
        if fresh:
            known = self._stored(parties.values())
        for entry in batch:
            party = parties[entry.uid]
            self.held[party] = _Held(self.places[entry.uid], known[party, hashes[entry.uid]])

    @staticmethod
    def _stored(parties: Iterable[int]) -> dict[tuple[int, str], int]:
        rows = Entry.objects.filter(party__in=list(parties)).values_list("party_id", "content_hash", "pk")
        return {(party, content_hash): pk for party, content_hash, pk in rows}

    def _parties(self, batch: list[ListedEntry]) -> dict[str, int]:
        """{uid: party}; a new party begins in a group of its own, and joins others when the edition is in force."""
        known = self._known_parties(batch)
        fresh = [entry for entry in batch if entry.uid not in known]
        if fresh:
            keys = {entry.uid: key_of(self.watchlist.code, entry.uid) for entry in fresh}
            EntryGroup.objects.bulk_create(
                [EntryGroup(key=keys[entry.uid], name=entry.name[:500]) for entry in fresh], ignore_conflicts=True
            )
            groups = dict(EntryGroup.objects.filter(key__in=keys.values()).values_list("key", "pk"))
            ListedParty.objects.bulk_create(
                [
                    ListedParty(watchlist=self.watchlist, uid=entry.uid, group_id=groups[keys[entry.uid]])
                    for entry in fresh
                ],
                ignore_conflicts=True,
            )
            known = self._known_parties(batch)
        return known

    def _known_parties(self, batch: list[ListedEntry]) -> dict[str, int]:
        rows = ListedParty.objects.filter(watchlist=self.watchlist, uid__in=[entry.uid for entry in batch])
        return dict(rows.values_list("uid", "pk"))

    def _remember_members(self, edition: Edition, before: Edition | None) -> None:
        """The memberships, each with what it is against the edition in force, and what left."""
        old = dict(before.memberships.values_list("entry__party_id", "entry_id")) if before else {}
        members = []
        for party, held in sorted(self.held.items(), key=lambda item: item[1].place):
            change = "" if old.get(party) == held.entry else "modified" if party in old else "added"
            members.append((edition.pk, held.entry, change))
        copy_rows(EditionEntry, ("edition_id", "entry_id", "change"), members)
        gone = [entry for party, entry in old.items() if party not in self.held]
        copy_rows(Removal, ("edition_id", "entry_id"), ((edition.pk, entry) for entry in gone))
        changes = Counter(change for _, _, change in members)
        edition.entry_count = len(members)
        edition.added, edition.modified, edition.deleted = changes["added"], changes["modified"], len(gone)

    def _judge(self, edition: Edition, before: Edition | None, report: ParseReport) -> None:
        """READY, or HELD with what is odd about it."""
        # whoever left, in the order of the file: parties stand for their uids
        in_order = map(str, before.memberships.order_by("pk").values_list("entry__party", flat=True)) if before else ()
        seen = (
            FORMATS[self.format].seen or Edition.objects.filter(format=self.format, activated_at__isnull=False).exists()
        )
        concerns = check_edition(
            EditionFacts.of(report),
            EditionFacts(before.entry_count, before.bad_row_count, before.published_on) if before else None,
            fewest=self.source.fewest,
            seen=seen,
            cut_tail=entries_cut_off(list(in_order), set(map(str, self.held))),
        )
        if not seen and before is not None:
            sentence = f"The list comes as {self.format} for the first time, of which no real file was read before."
            concerns = (*concerns, Finding("edition.format_new", sentence))
        to = EditionStatus.HELD if concerns else EditionStatus.READY
        check_move(EditionStatus.LOADING, to)
        edition.status = to
        edition.published_on = report.published_on
        edition.bad_rows = [row.as_json() for row in report.bad_rows]
        edition.bad_row_count = report.bad_row_count
        edition.warnings = list(report.warnings)
        edition.concerns = [concern.as_json() for concern in concerns]
        edition.save()
        record(
            verb=Verb.EDITION_HELD if concerns else Verb.EDITION_LOADED,
            subject=edition,
            actor=self.actor,
            facts={
                "list": self.watchlist.code,
                "sha256": edition.sha256,
                "origin": edition.origin,
                "entries": edition.entry_count,
                "added": edition.added,
                "modified": edition.modified,
                "deleted": edition.deleted,
                "bad_rows": report.bad_row_count,
                "concerns": [concern.code for concern in concerns],
            },
        )


# ------------------------------------------------------------------------------------------------ putting in force
@transaction.atomic
def activate_edition(*, edition: Edition, actor: Actor, proposal: Proposal | None = None) -> Edition:
    """Put an edition in force in place of the one that is; all or nothing, and everybody is re-screened after.

    A READY one by the system or a list manager; a HELD one only with a proposal that two people confirmed.
    Raises LostRace where another edition of the list came first.
    """
    edition = _seen(edition, EditionStatus.ACTIVE)
    if edition.status == EditionStatus.RETIRED:
        raise ForbiddenMove(
            "An edition that was in force before is put back by rolling back.", edition=edition.public_id
        )
    if edition.status == EditionStatus.HELD:
        _check_confirmed(edition, proposal)
    else:
        _check_list_manager(actor)
    return _put_in_force(edition, actor, {"proposal": proposal.public_id if proposal else ""})


@transaction.atomic
def roll_back(*, watchlist: WatchList, to: Edition, actor: Actor, reason: str) -> Edition:
    """Put an edition back that was in force before. The source's newer one is not taken again by itself."""
    to = _seen(to, EditionStatus.ACTIVE)
    if to.watchlist_id != watchlist.pk:
        raise BadInput("This edition is of another list.", edition=to.public_id, list=watchlist.code)
    if to.status != EditionStatus.RETIRED:
        raise ForbiddenMove("Only an edition that was in force before can be rolled back to.", status=to.status)
    if not reason.strip():
        raise Incomplete("Say why you roll back.")
    _check_list_manager(actor)
    return _put_in_force(to, actor, {"rolled_back": True, "reason": reason})


@transaction.atomic
def refuse_edition(*, edition: Edition, actor: Actor, reason: str) -> Edition:
    """A person looked and will not have it; the same file is not offered again."""
    edition = _seen(edition, EditionStatus.REFUSED)
    if not reason.strip():
        raise Incomplete("Say why you refuse it.")
    _check_list_manager(actor)
    _move(edition, EditionStatus.REFUSED)
    record(
        verb=Verb.EDITION_REFUSED,
        subject=edition,
        actor=actor,
        facts={"list": edition.watchlist.code, "reason": reason},
    )
    return edition


def _seen(edition: Edition, to: EditionStatus) -> Edition:
    """The stored row, if it may still move there from the state that the caller saw. Raises LostRace, ForbiddenMove."""
    stored = Edition.objects.select_related("watchlist").get(pk=edition.pk)
    if stored.status != edition.status:
        raise LostRace(edition=edition.public_id, expected=edition.status, found=stored.status)
    check_move(EditionStatus(stored.status), to)
    return stored


def _move(edition: Edition, to: EditionStatus, **also: datetime | None) -> None:
    moved = Edition.objects.filter(pk=edition.pk, status=edition.status).update(status=to, **also)
    if moved != 1:
        raise LostRace(edition=edition.public_id, expected=edition.status)
    edition.status = to
    for name, value in also.items():
        setattr(edition, name, value)


def _check_list_manager(actor: Actor) -> None:
    if isinstance(actor, System) or (isinstance(actor, User) and actor.may(Permission.MANAGE_LISTS)):
        return
    raise NotAllowed("Your role may not decide which edition is in force.", permission=Permission.MANAGE_LISTS)


def _check_confirmed(edition: Edition, proposal: Proposal | None) -> None:
    if (
        proposal is None
        or proposal.action != Action.ACTIVATE_EDITION
        or proposal.status != ProposalStatus.CONFIRMED
        or (proposal.subject_kind, proposal.subject_id) != (edition._meta.model_name, edition.public_id)
    ):
        raise NotAllowed("An edition that is held needs two people.", edition=edition.public_id)


def _put_in_force(edition: Edition, actor: Actor, facts: Mapping[str, object]) -> Edition:
    """Swap, regroup, tell. The groups are worked out before the lock, so that screenings wait only for the swap."""
    watchlist = edition.watchlist
    active = [pk for code, _, pk in active_editions().editions if code != watchlist.code]
    in_force = [*active, edition.pk]
    groups = groups_of_editions(in_force)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ACTIVATION_LOCK])
    now = database_now()
    replaced = watchlist.editions.active().select_for_update().first()
    if replaced is not None:
        _move(replaced, EditionStatus.RETIRED, retired_at=now)
    try:
        with transaction.atomic():
            _move(edition, EditionStatus.ACTIVE, activated_at=now, retired_at=None)
    except IntegrityError as error:  # kyc_edition_one_active
        raise LostRace(edition=edition.public_id, expected=edition.status) from error
    moved = apply_groups(groups, in_force)
    record(
        verb=Verb.EDITION_ACTIVATED,
        subject=edition,
        actor=actor,
        facts={
            "list": watchlist.code,
            "replaced": replaced.public_id if replaced else "",
            "entries": edition.entry_count,
            "regrouped": moved,
            **facts,
        },
    )
    after_commit("kyc.start_rescreening", edition=edition.public_id)
    return edition


# ------------------------------------------------------------------------------------------------ same party
# Which entries of several lists are the same party is kyc.watchlists.grouping's to say; here it is written down.
# A group that a person split or joined stays as they left it. Whom that concerns is kyc.journey.regrouping's to know.
# The groups are locked not against foreign keys: a screening that holds a customer may write a hit on one meanwhile.


@transaction.atomic
def split_group(*, party: ListedParty, actor: User, reason: str) -> EntryGroup:
    """Take one party out of its group into a group of its own, for good."""
    _check_grouper(actor, reason)
    old = EntryGroup.objects.select_for_update(no_key=True).get(pk=party.group_id)
    if not old.parties.exclude(pk=party.pk).exists():
        raise ForbiddenMove("It stands alone already.", group=old.key)
    key = key_of(party.watchlist.code, party.uid)
    if EntryGroup.objects.filter(key=key).exists():  # the group left behind is named after its first member
        key = f"{key}~{old.pk}"
    name = party.entries.order_by("-pk").values_list("name", flat=True).first() or key
    new = EntryGroup.objects.create(key=key, name=name, by_staff=True)
    if ListedParty.objects.filter(pk=party.pk, group=old).update(group=new, link_reason="") != 1:
        raise LostRace(group=old.key)
    EntryGroup.objects.filter(pk=old.pk).update(by_staff=True)
    party.group = new
    record(
        verb=Verb.GROUP_SPLIT,
        subject=new,
        actor=actor,
        facts={"party": str(party), "from": old.key, "to": new.key, "reason": reason},
    )
    return new


@transaction.atomic
def join_groups(*, groups: Iterable[EntryGroup], actor: User, reason: str) -> EntryGroup:
    """Make several groups one, for good: the oldest takes the parties of all."""
    _check_grouper(actor, reason)
    wanted = {group.pk for group in groups}
    locked = list(EntryGroup.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk"))
    if len(locked) < 2:
        raise BadInput("Choose at least two groups to join.")
    kept, others = locked[0], locked[1:]
    parties = ListedParty.objects.filter(group__in=others)
    moved = [str(party) for party in parties.select_related("watchlist").order_by("pk")]
    parties.update(group=kept, link_reason=f"joined by staff: {reason}"[:300])
    EntryGroup.objects.filter(pk__in=wanted).update(by_staff=True)
    kept.by_staff = True
    record(
        verb=Verb.GROUP_JOINED,
        subject=kept,
        actor=actor,
        facts={"kept": kept.key, "joined": [group.key for group in others], "parties": moved, "reason": reason},
    )
    return kept


def _check_grouper(actor: User, reason: str) -> None:
    if not (actor.may(Permission.MANAGE_LISTS) or actor.may(Permission.WORK_CASES)):
        raise NotAllowed("Your role may not split or join listed parties.", permission=Permission.MANAGE_LISTS)
    if not reason.strip():
        raise Incomplete("Say why these are, or are not, the same party.")


# ------------------------------------------------------------------------------------------------ refreshing
class RefreshOutcome(StrEnum):
    UNCHANGED = "unchanged"
    ACTIVATED = "activated"
    HELD = "held"  # a person must look, or the source offers what was taken out of force before
    FAILED = "failed"  # not reached, or not readable; the list in force stays


@dataclass(frozen=True, slots=True)
class Refreshed:
    source: str
    outcome: RefreshOutcome
    sentence: str
    edition: Edition | None = None


def refresh_list(
    *,
    source: str,
    actor: Actor = SYSTEM,
    addresses: Mapping[str, str] | None = None,
    download: DownloadPolicy = DOWNLOAD,
    prepare: Callable[[Edition], None] | None = None,
    tell: Tell = silently,
) -> Refreshed:
    """Ask the source for a newer edition, load it, and put it in force if nothing is odd about it.

    `addresses` where they are others than the source's own (a mirror, an address with a token). `prepare` is called
    with an edition just before it is put in force (kyc.screening.indexes.prepare). A source that cannot be reached
    or read is an outcome, noted on the list; only a failing database raises.
    """
    described = described_source(source)
    watchlist = watchlist_of(described)
    wanted = dict(addresses or addresses_of(described))
    try:
        if not wanted:
            raise Unavailable("This list has no address to ask: a person must bring the file.")
        policy = replace(download, most_bytes=described.most_bytes)
        files, validators = _download(wanted, watchlist.validators, policy, tell)
    except (Unavailable, BadInput) as error:
        return _failed(watchlist, error.sentence)
    if files is None:
        _answered(watchlist, validators)
        return Refreshed(source, RefreshOutcome.UNCHANGED, "The source has nothing newer.")
    try:
        edition = load_edition(source=source, files=files, origin=shown_address(wanted["main"]), actor=actor, tell=tell)
    except BadList as error:
        return _failed(watchlist, error.sentence)
    if prepare is not None and edition.status == EditionStatus.READY:
        tell(f"{edition.entry_count:,} entries stored; building the index")
        prepare(edition)
    return _taken(watchlist, edition, validators, actor)


def _download(
    addresses: Mapping[str, str], validators: Mapping[str, Mapping[str, str]], policy: DownloadPolicy, tell: Tell
) -> tuple[dict[str, bytes] | None, dict[str, dict[str, str]]]:
    """All files of the list, or None if none of them changed; and what to ask with next time.

    Validators that belong to another address are not sent. When one file changed, those that did not are fetched
    all the same: an edition is made of all of them.
    """
    known = {role: dict(validators.get(role, {})) for role in addresses}
    asked = {role: known[role] if known[role].get("url") == url else {} for role, url in addresses.items()}
    fetched = {role: fetch(url, validators=asked[role], policy=policy, tell=tell) for role, url in addresses.items()}
    if all(found.content is None for found in fetched.values()):
        return None, known
    files, kept = {}, {}
    for role, found in fetched.items():
        if found.content is None:
            found = fetch(addresses[role], validators={}, policy=policy, tell=tell)
        if found.content is None:
            raise Unavailable(f"{shown_address(addresses[role])}: the source says “not modified” without being asked.")
        files[role] = found.content
        kept[role] = {**found.validators, "url": addresses[role]}
    return files, kept


def _failed(watchlist: WatchList, sentence: str) -> Refreshed:
    WatchList.objects.filter(pk=watchlist.pk).update(check_error=sentence)
    log.warning("%s was not refreshed: %s", watchlist.code, sentence)
    return Refreshed(watchlist.code, RefreshOutcome.FAILED, sentence)


def _answered(watchlist: WatchList, validators: Mapping[str, object], error: str = "") -> None:
    WatchList.objects.filter(pk=watchlist.pk).update(
        checked_at=timezone.now(), check_error=error, validators=validators
    )


def _taken(watchlist: WatchList, edition: Edition, validators: Mapping[str, object], actor: Actor) -> Refreshed:
    """What becomes of the edition that the source offers now."""
    match edition.status:
        case EditionStatus.READY:
            activate_edition(edition=edition, actor=actor)
            outcome, sentence = RefreshOutcome.ACTIVATED, f"{edition.entry_count} entries are in force."
        case EditionStatus.ACTIVE:
            outcome, sentence = RefreshOutcome.UNCHANGED, "The source has nothing newer."
        case EditionStatus.HELD:
            why = " ".join(concern["sentence"] for concern in edition.concerns)
            outcome, sentence = RefreshOutcome.HELD, f"Held for a person: {why}"
        case _:
            outcome = RefreshOutcome.HELD
            sentence = f"The source offers an edition again that is {edition.status} here: a person must decide."
    _answered(watchlist, validators, sentence if outcome is RefreshOutcome.HELD else "")
    return Refreshed(watchlist.code, outcome, sentence, edition)
