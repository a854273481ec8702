"""What is remembered of where an account was seen, and of who else was seen at an address. Pure.

A day's worth, kept by each process of the gate: read from the ledger when a customer is first asked for,
and carried on with every answer. kyc.geo.evasion says what it may mean.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kyc.geo.evasion import History, Seen
from kyc.geo.rules import LocationVerdict

DAY = timedelta(hours=24)
# Findings of a location that say little of where a person is.
HIDING = frozenset({"geo.anonymiser", "geo.hosting"})
# Addresses that are told apart when the last one before this is wanted: this one, and another.
LATEST = 2
Spans = dict[int, tuple[datetime, datetime]]  # → (first, last) seen


@dataclass(slots=True)
class Trail:
    """Of one customer. `networks` maps an AS number to (first, last) seen; `latest` is (address index, where).

    `mark` is another object after every change but one: that something of the last day was seen again.
    """

    countries: dict[str, datetime] = field(default_factory=dict)
    networks: Spans = field(default_factory=dict)
    latest: list[tuple[str, Seen]] = field(default_factory=list)  # the newest first, each address once
    mark: object = field(default_factory=object, compare=False)

    def note(self, where: LocationVerdict, index: str, at: datetime) -> None:
        self.note_row(index, where.country, where.asn, [finding.code for finding in where.findings], at)

    def note_row(self, index: str, country: str, asn: int | None, codes: Iterable[str], at: datetime) -> None:
        """As `note`, of a sighting as it is stored."""
        news = False
        if country:
            before = self.countries.get(country)
            news = before is None or at - before > DAY
            self.countries[country] = at
            seen = Seen(country, at, not HIDING.isdisjoint(codes))
            if self.latest and self.latest[0][0] == index:
                last = self.latest[0][1]
                news = news or last.country != country or last.hidden is not seen.hidden
                self.latest[0] = (index, seen)
            else:
                others = [row for row in self.latest if row[0] != index]
                self.latest, news = [(index, seen), *others][:LATEST], True
        if asn is not None:
            span = self.networks.get(asn)
            news = news or span is None or at - span[1] > DAY
            self.networks[asn] = (at if span is None else span[0], at)
        if news:
            self.mark = object()  # after the change: who reads the mark first and the facts then is never wrong

    def merge(self, older: Trail, now: datetime) -> None:
        """Take over what this process saw and the ledger may not know yet; a day later it does, or never will."""
        since = now - DAY
        for country, at in tuple(older.countries.items()):
            if at >= since:
                self.countries[country] = max(at, self.countries.get(country, at))
        merge_spans(self.networks, older.networks, since)
        both: dict[str, Seen] = {}
        for index, seen in sorted((*self.latest, *older.latest), key=lambda row: row[1].at, reverse=True):
            both.setdefault(index, seen)
        self.latest = list(both.items())[:LATEST]
        self.mark = object()


@dataclass(slots=True)
class Crowd:
    """Who was seen at one address: customer → (first, last). `mark` as a Trail's."""

    seen: Spans = field(default_factory=dict)
    mark: object = field(default_factory=object, compare=False)

    def note(self, customer: int, at: datetime) -> None:
        span = self.seen.get(customer)
        self.seen[customer] = (at if span is None else span[0], at)
        if span is None or at - span[1] > DAY:
            self.mark = object()

    def merge(self, older: Crowd, now: datetime) -> None:
        """As Trail.merge does."""
        merge_spans(self.seen, older.seen, now - DAY)
        self.mark = object()


def history(
    trail: Trail | None, crowd: Crowd, *, customer: int | None, where: LocationVerdict, index: str, now: datetime
) -> History:
    """The ledger's summary as rules want it. `trail` is None for a customer nobody knows."""
    since = now - DAY
    accounts = len([last for _, last in tuple(crowd.seen.values()) if last >= since])
    if trail is None or customer is None:
        return History(accounts_on_address_24h=accounts)
    if where.asn is not None:
        first = trail.networks[where.asn][0] if where.asn in trail.networks else None
    else:
        first = crowd.seen[customer][0] if customer in crowd.seen else None
    return History(
        previous=next((seen for other, seen in trail.latest if other != index), None),
        countries_24h=frozenset([code for code, at in tuple(trail.countries.items()) if at >= since]),
        networks_24h=frozenset([asn for asn, (_, at) in tuple(trail.networks.items()) if at >= since]),
        accounts_on_address_24h=accounts,
        network_first_seen_at=first,
    )


def stands_until(trail: Trail, crowd: Crowd, now: datetime) -> datetime:
    """Until when `history` counts the same, as long as both keep their marks: something seen is then a day ago."""
    since = now - DAY
    seen = [*tuple(trail.countries.values())]
    seen += [last for _, last in (*tuple(trail.networks.values()), *tuple(crowd.seen.values()))]
    return min((at for at in seen if at >= since), default=now) + DAY


def merge_spans(spans: Spans, older: Spans, since: datetime) -> None:
    """Add those of `older` that were seen since then."""
    for name, (first, last) in tuple(older.items()):
        if last >= since:
            known = spans.get(name, (first, last))
            spans[name] = (min(first, known[0]), max(last, known[1]))
