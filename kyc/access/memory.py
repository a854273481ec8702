"""What a process of the gate remembers, so that most answers need no query.

Models, terms, ranges, corrections and keys are held whole; customers and addresses are read when first asked for,
one query for both. Every half second the database is asked what was changed, and that is forgotten: a
decision of staff bites everywhere within a second. The database's triggers say what changed
(migration 0006), so no writer can forget to.

A change is found by its transaction, not by its number or clock: the check reads all that was written by
transactions that had not ended when the last check began, so one that commits late is not missed.
Where the database cannot be asked, answers go on for a moment and then are refused (GateClosed).
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple, TypeVar

import msgspec
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from accounts.models import ApiKey
from accounts.services import proven_key
from kyc.access.models import AccessChange
from kyc.access.networks import Networks
from kyc.access.queries import agreed, catalogue_models, range_hit
from kyc.access.rules import (
    AccessVerdict,
    AttestationFacts,
    HoldFacts,
    ModelFacts,
    PassedChallenge,
    RangeHit,
    Subject,
    UseFacts,
)
from kyc.access.states import AccessTier, Challenge, Channel, HoldKind
from kyc.access.trail import Crowd, Trail
from kyc.catalogue.models import LicenceTerms
from kyc.customers.rules import IDENTITY_DOCUMENTS
from kyc.customers.states import CustomerStatus
from kyc.decisions.states import GRANTS
from kyc.errors import GateClosed
from kyc.geo.client_address import Address
from kyc.geo.declared import phone_country
from kyc.geo.evasion import Observed, Seen
from kyc.geo.models import LocationCorrection, OperatorRange
from kyc.geo.rules import Correction, LocationVerdict
from kyc.policy.geo import GeoPolicy
from kyc.worlds import World

Read = TypeVar("Read")
MOST_CUSTOMERS = 200_000  # some 3 kB each
MOST_ADDRESSES = 200_000
# What other processes saw of a customer or an address is read anew after so long; status and holds are never this old.
HISTORY_SECONDS = 60.0
# After a sleep longer than this nothing is believed (AccessChange rows are kept for days).
FORGET_SECONDS = 600.0


class Settled(NamedTuple):
    """A verdict that time alone does not change (rules.is_settled), and all that it rests on.

    It is given again while each of these is the same object still, from `since` until `until`. What is known of
    the customer needs no place here: whoever is read anew begins without any.
    """

    verdict: AccessVerdict
    since: datetime
    until: datetime
    world: World
    channel: Channel
    closed: bool
    model: ModelFacts | None
    location: LocationVerdict
    geo: GeoPolicy
    trail_mark: object
    crowd: Crowd
    crowd_mark: object


MOST_SETTLED = 16  # addresses and models of one customer


@dataclass(slots=True)
class Known:
    """A customer as the gate weighs one, and where it was seen."""

    pk: int
    subject: Subject
    declared: Observed  # all that is observed where the caller tells nothing
    trail: Trail
    read_at: float
    names: set[tuple[str, ...]] = field(default_factory=set)  # under which it is found
    settled: dict[tuple[str, str], Settled] = field(default_factory=dict)  # by address and model as asked for


class Terms(NamedTuple):
    """One version of one licence's terms, as far as the gate weighs it."""

    code: str
    version: int
    asks: list[dict[str, Any]]  # LicenceTerms.asks


@dataclass(frozen=True, slots=True)
class _House:
    """All that concerns no one customer."""

    models: Mapping[str, ModelFacts]
    terms: Mapping[int, Terms]  # every version, by row: attestations name theirs
    ranges: Networks[tuple[int | None, RangeHit]]
    corrections: Networks[tuple[Correction, datetime]]
    keys: Mapping[str, ApiKey]


class Memory:
    """One for each process; threads may share it. `clock`: monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._house: _House | None = None
            self._since: int | None = None  # the oldest transaction that was open at the last check
            self._read: frozenset[int] = frozenset()  # changes of such transactions that were read already
            self._checked_at = float("-inf")
            self._by_pk: dict[int, Known] = {}
            self._by_name: dict[tuple[str, ...], tuple[int, bool]] = {}  # → customer, whether the account is closed
            self._crowds: dict[str, tuple[float, Crowd]] = {}

    # -------------------------------------------------------------------------------------------- staying true
    def keep_fresh(self) -> None:
        """Read what was changed, if the last look is old enough. Raises GateClosed when it is too old."""
        age = self._clock() - self._checked_at
        if age < settings.GATE_CHECK_SECONDS:
            return
        # somebody else is looking: go on with what is known, unless that is too old
        if not self._lock.acquire(blocking=age >= settings.GATE_STALE_SECONDS):
            return
        try:
            if self._clock() - self._checked_at >= settings.GATE_CHECK_SECONDS:
                self._look()
        finally:
            self._lock.release()

    def _look(self) -> None:
        started = self._clock()
        if started - self._checked_at > FORGET_SECONDS:
            self.forget()
        try:
            if self._since is None:
                self._since, _ = again(lambda: _changes_since(None))
                self._house = _read_house()
            else:
                asked = self._since
                since, changes = again(lambda: _changes_since(asked))
                self._apply({number: rest for number, *rest in changes if number not in self._read})
                self._read = frozenset(number for number, _, _, xid in changes if xid >= since)
                self._since = since
        except (DatabaseError, InterfaceError) as error:
            close_if_broken()
            if started - self._checked_at >= settings.GATE_STALE_SECONDS:
                raise GateClosed("The gate cannot reach its database; the answer is no until it can.") from error
            return
        self._checked_at = started

    def _apply(self, changes: Mapping[int, list[Any]]) -> None:
        what = {change[0] for change in changes.values()}
        if what - {AccessChange.What.CUSTOMER}:
            self._house = _read_house()
        if AccessChange.What.CATALOGUE in what:  # what customers agreed to was judged by the terms as they were
            for pk in tuple(self._by_pk):
                self._drop(pk)
        for _, pk, _ in changes.values():
            if pk is not None:
                self._drop(pk)

    def _drop(self, pk: int) -> None:
        known = self._by_pk.pop(pk, None)
        for name in known.names if known else ():
            self._by_name.pop(name, None)

    # -------------------------------------------------------------------------------------------- asking
    @property
    def house(self) -> _House:
        if self._house is None:
            raise GateClosed("The gate has not read its tables yet.")
        return self._house

    def key(self, text: str, now: datetime) -> ApiKey | None:
        """The key with this text, if it may be used now."""
        key = proven_key(text, self.house.keys.get)
        return key if key is not None and key.is_usable(now) else None

    def model(self, code: str) -> ModelFacts | None:
        return self.house.models.get(code)

    def ranges(self, address: Address, customer: int | None, now: datetime) -> tuple[RangeHit, ...]:
        rows = self.house.ranges.holding(address)
        return tuple(hit for of, hit in rows if of in (None, customer) and hit.expires_at > now) if rows else ()

    def correction(self, address: Address, now: datetime) -> Correction | None:
        rows = self.house.corrections.holding(address)
        return next((correction for correction, until in rows if until > now), None) if rows else None

    def find(
        self, world: World, *, customer_id: str, account_id: str, index: str, at: datetime
    ) -> tuple[Known | None, bool, Crowd]:
        """The customer, whether the account named is closed, and who was seen at the address. At most one query.

        A customer of the other world is found too: the gate's rule says so and refuses. `at` is now.
        """
        name = (world.value, account_id) if account_id else (customer_id,)
        old = self._clock() - HISTORY_SECONDS
        found = self._by_name.get(name)
        known = self._by_pk.get(found[0]) if found else None
        crowd = self._crowds.get(index)
        if known is not None and known.read_at > old and crowd is not None and crowd[0] > old:
            return known, found is not None and found[1], crowd[1]
        with self._lock:  # a change that this reading does not see is read by a later check, never an earlier one
            return self._fetch(world, name, customer_id, account_id, index, at)

    def _fetch(
        self, world: World, name: tuple[str, ...], customer_id: str, account_id: str, index: str, at: datetime
    ) -> tuple[Known | None, bool, Crowd]:
        now = self._clock()
        row, seen = again(lambda: _read_one(world, customer_id, account_id, index))
        fresh = Crowd({int(pk): (_time(first), _time(last)) for pk, (first, last) in (seen or {}).items()})
        if index in self._crowds:
            fresh.merge(self._crowds[index][1], at)
        _make_room(self._crowds, MOST_ADDRESSES)
        self._crowds[index] = (now, fresh)
        if row is None:
            return None, False, fresh  # not remembered: it may be there in a moment
        if any(terms not in self.house.terms for terms, _, _ in row["attestations"] or ()):
            self._house = _read_house()  # published since the last look, which would tell of it
        known, closed = _known(row, self.house.terms, now), bool(row["closed"])
        before = self._by_pk.get(known.pk)
        if before is not None:
            known.trail.merge(before.trail, at)
            known.names = before.names
        elif len(self._by_pk) >= MOST_CUSTOMERS:
            for pk in list(self._by_pk)[: MOST_CUSTOMERS // 10]:
                self._drop(pk)
        self._by_pk[known.pk] = known
        # an account is looked for in the caller's world first; one found elsewhere may yet be opened here
        if not account_id or known.subject.world is world:
            known.names.add(name)
            self._by_name[name] = (known.pk, closed)
        return known, closed, fresh


@cache
def remembered() -> Memory:
    """This process' memory."""
    return Memory()


def _make_room(table: dict[str, Any], most: int) -> None:
    if len(table) >= most:
        for name in list(table)[: most // 10]:
            del table[name]


def again(read: Callable[[], Read]) -> Read:
    """What `read` gives; once more where the connection turns out to have broken since it was used last."""
    try:
        return read()
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        connection.close()
        return read()


def close_if_broken() -> None:
    """After a database error: the next query opens a new connection. Inside a transaction its owner decides."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


# ------------------------------------------------------------------------------------------------ the queries
_CHANGES = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
       (SELECT json_agg(json_build_array(id, what, customer_pk, xid)) FROM kyc_accesschange WHERE xid >= %s)
"""
NOBODY = 2**63 - 1  # no transaction has this number


def _changes_since(xid: int | None) -> tuple[int, list[Any]]:
    """The oldest transaction that is open now, and [id, what, customer, transaction] of changes since `xid`."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, [NOBODY if xid is None else xid])
        since, changes = cursor.fetchone()
    return since, changes or []


def _read_house() -> _House:
    ranges = OperatorRange.objects.select_related("proposal").order_by("id")
    corrections = LocationCorrection.objects.select_related("proposal").order_by("-id")
    keys = ApiKey.objects.filter(revoked_at=None).select_related("client")
    return _House(
        models=catalogue_models(),
        terms={pk: Terms(*rest) for pk, *rest in LicenceTerms.objects.values_list("id", "code", "version", "asks")},
        ranges=Networks((row.cidr, (row.customer_id, range_hit(row))) for row in ranges),
        corrections=Networks((row.cidr, (correction_of(row), row.expires_at)) for row in corrections),
        keys={key.prefix: key for key in keys},
    )


def correction_of(row: LocationCorrection) -> Correction:
    network = ipaddress.ip_network(row.cidr, strict=False)
    return Correction(network, row.country, row.region, row.expires_at.date(), row.proposal.public_id)


# Everything about one customer, and who was seen at one address: one answer, parsed as JSON.
_PREPARE = """
PREPARE clearance_gate_knows (text, text, text, text) AS
WITH named AS (
    SELECT customer_id AS id, closed_at IS NOT NULL AS closed FROM (
        SELECT a.customer_id, a.closed_at FROM kyc_provideraccount a
        WHERE a.account_id = $2 AND $2 <> '' ORDER BY (a.world = $3) DESC, a.id LIMIT 1
    ) account
    UNION ALL
    SELECT c.id, false FROM kyc_customer c WHERE c.public_id = $1 AND $2 = ''
)
SELECT
(SELECT json_build_object(
    'pk', c.id, 'id', c.public_id, 'world', c.world, 'status', c.status, 'tier', c.tier,
    'declared', c.residence_country, 'phone', c.phone, 'closed', named.closed,
    'document', (SELECT i.country FROM kyc_identifier i WHERE i.customer_id = c.id AND i.party_id IS NULL
        AND i.kind = ANY(%(documents)s) ORDER BY i.id DESC LIMIT 1),
    'holds', (SELECT json_agg(json_build_array(h.kind, h.tier, h.reference) ORDER BY h.id)
        FROM kyc_hold h WHERE h.customer_id = c.id AND h.lifted_at IS NULL),
    'attestations', (SELECT json_agg(json_build_array(x.terms_id, x.answers, x.expires_on)) FROM (
        SELECT DISTINCT ON (t.code) a.terms_id, a.answers, a.expires_on
        FROM kyc_attestation a JOIN kyc_licenceterms t ON t.id = a.terms_id
        WHERE a.customer_id = c.id ORDER BY t.code, a.attested_at DESC, a.id DESC) x),
    'use', (SELECT json_build_array(u.purposes, u.declared_at)
        FROM kyc_usedeclaration u WHERE u.customer_id = c.id ORDER BY u.id DESC LIMIT 1),
    'granted_at', (SELECT max(d.at) FROM kyc_decision d
        WHERE d.customer_id = c.id AND d.proposal_id IS NOT NULL AND d.outcome = ANY(%(grants)s)),
    'passed', (SELECT json_agg(json_build_array(p.kind, p.passed_at, p.codes) ORDER BY p.id)
        FROM kyc_passedchallenge p WHERE p.customer_id = c.id AND p.passed_at > now() - interval '100 days'),
    'countries', (SELECT json_agg(json_build_array(s.country, s.at)) FROM (
        SELECT country, max(last_seen_at) AS at FROM kyc_sighting
        WHERE customer_id = c.id AND "where" = 'gate' AND country <> ''
        AND last_seen_at >= now() - interval '1 day' GROUP BY country) s),
    'networks', (SELECT json_agg(json_build_array(s.asn, s.first, s.last)) FROM (
        SELECT asn, min(first_seen_at) AS first, max(last_seen_at) AS last FROM kyc_sighting
        WHERE customer_id = c.id AND "where" = 'gate' AND asn IS NOT NULL GROUP BY asn) s),
    'latest', (SELECT json_agg(json_build_array(s.index, s.country, s.last_seen_at, s.hidden)) FROM (
        SELECT * FROM (
            SELECT DISTINCT ON (index) index, country, last_seen_at,
                findings @> '[{"code": "geo.anonymiser"}]' OR findings @> '[{"code": "geo.hosting"}]' AS hidden
            FROM kyc_sighting WHERE customer_id = c.id AND "where" = 'gate' AND country <> ''
            AND last_seen_at >= now() - interval '30 days' ORDER BY index, last_seen_at DESC) each_once
        ORDER BY last_seen_at DESC LIMIT 2) s)
)::text FROM kyc_customer c JOIN named ON named.id = c.id),
(SELECT json_object_agg(s.customer_id, json_build_array(s.first, s.last))::text FROM (
    SELECT customer_id, min(first_seen_at) AS first, max(last_seen_at) AS last FROM kyc_sighting
    WHERE index = $4 AND customer_id IS NOT NULL GROUP BY customer_id
    ORDER BY customer_id = (SELECT id FROM named) DESC NULLS LAST, 3 DESC LIMIT 1000) s)
"""
_PREPARED_FOR = {"grants": [outcome.value for outcome in GRANTS], "documents": sorted(IDENTITY_DOCUMENTS)}
_EXECUTE = "EXECUTE clearance_gate_knows (%s, %s, %s, %s)"
_decode = msgspec.json.Decoder().decode


_prepared = threading.local()


def _read_one(world: World, customer_id: str, account_id: str, index: str) -> tuple[dict[str, Any] | None, Any]:
    """The statement is planned once a connection: planning takes the database longer than answering."""
    with connection.cursor() as cursor:
        if getattr(_prepared, "on", None) is not connection.connection:
            cursor.execute(_PREPARE, _PREPARED_FOR)
            _prepared.on = connection.connection
        cursor.execute(_EXECUTE, [customer_id, account_id, world.value, index])
        customer, seen = cursor.fetchone()
    return (_decode(customer) if customer else None), (_decode(seen) if seen else None)


def _attestation(terms: Terms, answers: dict[str, Any], until: str | None) -> AttestationFacts:
    expires_on = date.fromisoformat(until) if until else None
    return AttestationFacts(terms.code, terms.version, agreed(terms.asks, answers), expires_on)


def _known(row: Mapping[str, Any], terms: Mapping[int, Terms], read_at: float) -> Known:
    purposes, declared_at = row["use"] or ((), None)
    granted_at = row["granted_at"]
    accepted = bool(granted_at and declared_at and _time(granted_at) >= _time(declared_at))
    subject = Subject(
        customer_id=row["id"],
        world=World(row["world"]),
        status=CustomerStatus(row["status"]),
        tier=AccessTier(row["tier"]),
        holds=tuple(
            HoldFacts(HoldKind(kind), AccessTier(tier), reference) for kind, tier, reference in row["holds"] or ()
        ),
        attestations=tuple(
            _attestation(terms[number], answers, until) for number, answers, until in row["attestations"] or ()
        ),
        uses=tuple(UseFacts(code, accepted) for code in purposes),
        passed=tuple(
            PassedChallenge(Challenge(kind), _time(at), tuple(codes)) for kind, at, codes in row["passed"] or ()
        ),
    )
    trail = Trail(
        countries={country: _time(at) for country, at in row["countries"] or ()},
        networks={asn: (_time(first), _time(last)) for asn, first, last in row["networks"] or ()},
        latest=[(index, Seen(country, _time(at), hidden)) for index, country, at, hidden in row["latest"] or ()],
    )
    declared = Observed(
        declared_country=row["declared"],
        phone_country=phone_country(row["phone"]),
        document_country=row["document"] or "",
    )
    return Known(row["pk"], subject, declared, trail, read_at)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def with_account(subject: Subject, *, closed: bool) -> Subject:
    return replace(subject, account_closed=True) if closed else subject
