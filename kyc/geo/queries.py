"""Whether location data can be relied upon now, for health page, console and metrics; and what the ledger tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import Max, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from kyc.geo.models import Sighting
from kyc.geo.rules import Source
from kyc.geo.services import geo_data, geo_policy
from kyc.policy.access import STOPS
from kyc.worlds import World


@dataclass(frozen=True, slots=True)
class DataAge:
    """One open file. `state`: current, aging (a missed update) or stale (not relied upon any more)."""

    source: str
    name: str
    built_on: date
    age_days: int
    state: str
    attribution: str

    @property
    def stale(self) -> bool:
        return self.state == "stale"


@dataclass(frozen=True, slots=True)
class DataHealth:
    """`usable` False: restricted models are closed to everybody whose place no open file tells."""

    ages: tuple[DataAge, ...]
    usable: bool
    warnings: tuple[str, ...]


def data_health(now: datetime | None = None) -> DataHealth:
    """The files this process has open, those it refused, and what follows, each in a sentence. No query."""
    today, policy, data = (now or timezone.now()).date(), geo_policy(), geo_data()
    ages = tuple(_age_of(source, today) for source in data.sources)
    warnings = [f"{problem.file} is refused: {problem.sentence}" for problem in data.problems]
    places = [age for age, source in zip(ages, data.sources, strict=True) if source.gives_country and source.ages]
    if not places:
        warnings.append("No file of countries is open: every place is unknown, and restricted models are closed.")
    elif all(age.stale for age in places):
        warnings.append(
            f"All location data is older than {policy.stale_after_days} days: it is shown and not relied upon, "
            "and restricted models are closed."
        )
    warnings += [
        f"The data of {age.name} is {age.age_days} days old."
        for age in ages
        if age.state != "current" and not (age.stale and all(place.stale for place in places))
    ]
    usable = any(not age.stale for age in places)
    return DataHealth(ages, usable, tuple(warnings))


def _age_of(source: Source, today: date) -> DataAge:
    policy, age = geo_policy(), source.age_days(today)
    state = "stale" if age > policy.stale_after_days else "aging" if age > policy.warn_after_days else "current"
    return DataAge(source.database_type, source.name, source.built_on, age, state, source.attribution)


# ------------------------------------------------------------------------------------------------ the ledger
@dataclass(frozen=True, slots=True)
class Stopped:
    """Visits of one day that were stopped where they stood."""

    day: date
    outcome: str  # challenge, review, deny, law
    times: int


def stopped_by_day(world: World, *, days: int, now: datetime) -> list[Stopped]:
    """Attempts that were challenged, kept for a person, denied or denied by law, by day. One query."""
    rows = _stopped(world, days, now).annotate(day=TruncDate("last_seen_at"))
    summed = rows.values("day", "outcome", "legal").annotate(number=Sum("times")).order_by("day")
    return [Stopped(row["day"], "law" if row["legal"] else row["outcome"], row["number"]) for row in summed]


def stopped_by_country(world: World, *, days: int, now: datetime) -> list[dict[str, object]]:
    """The same by country, the most first: {country, outcome, legal, number}. One query."""
    rows = _stopped(world, days, now).values("country", "outcome", "legal").annotate(number=Sum("times"))
    return list(rows.order_by("-number", "country"))


def stopped_by_reason(world: World, *, days: int, now: datetime) -> list[tuple[str, int]]:
    """The same by the reason that decided, the most first: (code, times). One query."""
    found: dict[str, int] = {}
    for findings, outcome, times in _stopped(world, days, now).values_list("findings", "outcome", "times"):
        decided = [row["code"] for row in findings if row["facts"].get("outcome") == outcome]
        for code in dict.fromkeys(decided or ["not recorded"]):
            found[code] = found.get(code, 0) + times
    return sorted(found.items(), key=lambda row: (-row[1], row[0]))


def _stopped(world: World, days: int, now: datetime) -> QuerySet[Sighting]:
    since = now - timedelta(days=days)
    return Sighting.objects.filter(_STOPPED, world=world, last_seen_at__gte=since)


# At our own doors whoever is challenged goes on, and is not among those who were stopped.
_STOPPED = reduce(or_, (Q(where=door, outcome__in=outcomes) for door, outcomes in STOPS.items()))


@dataclass(frozen=True, slots=True)
class SeenIn:
    """A customer in one country. `worst` is the worst outcome there."""

    country: str
    times: int
    worst: str
    last_seen_at: datetime


RANK = {"allow": 0, "challenge": 1, "review": 2, "deny": 3}


def countries_of(customer_pk: int) -> list[SeenIn]:
    """Where a customer was seen, the latest first; "" for an unknown place. One query."""
    found: dict[str, SeenIn] = {}
    rows = Sighting.objects.filter(customer=customer_pk).values_list("country", "outcome")
    for country, outcome, number, last in rows.annotate(number=Sum("times"), last=Max("last_seen_at")).order_by():
        before = found.get(country)
        worst = outcome if before is None or RANK[outcome] > RANK[before.worst] else before.worst
        times = number + (before.times if before else 0)
        found[country] = SeenIn(country, times, worst, max(last, before.last_seen_at) if before else last)
    return sorted(found.values(), key=lambda seen: seen.last_seen_at, reverse=True)
