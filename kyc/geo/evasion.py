"""Signs that somebody hides where they are: each a rule of its own over what was seen before. Pure.

Each rule answers with what it asks for (a note, a challenge, a review) and never denies: travellers, shared
offices and old telephones are everyday life. Language and the issuing country of a document come close to
nationality; they support other facts and count for nothing alone. Location and entity, not origin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from babel.core import get_global

from kyc.findings import Finding, Says
from kyc.geo.rules import Anonymiser, LocationVerdict
from kyc.policy.centres import CENTRES, distance_km, hours_apart, least_distance_km
from kyc.policy.countries import country_name
from kyc.policy.geo import GeoPolicy


class Asks(StrEnum):
    """What a sign asks for; the values are those of kyc.access.states.AccessOutcome."""

    NOTE = "allow"
    CHALLENGE = "challenge"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Sign:
    asks: Asks
    finding: Finding


@dataclass(frozen=True, slots=True)
class Seen:
    """Where an account was seen before; `hidden` when that address says nothing of a person's place."""

    country: str
    at: datetime
    hidden: bool = False  # anonymiser, hosting, anycast or mobile


@dataclass(frozen=True, slots=True)
class Observed:
    """What caller and registration say of the visitor; None and "" where they do not.

    `utc_offset_minutes`: the browser's clock, east positive. `timezone`: its IANA name.
    `language`: a BCP 47 tag. Countries are ISO 3166 alpha-2.
    """

    second_factor_age_seconds: float | None = None
    timezone: str = ""
    utc_offset_minutes: int | None = None
    language: str = ""
    declared_country: str = ""  # residence, or where an organisation is run from
    phone_country: str = ""
    payment_country: str = ""
    document_country: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """The ledger's summary for this account and this address; zero and None where it has nothing."""

    previous: Seen | None = None
    countries_24h: frozenset[str] = frozenset()
    networks_24h: frozenset[int] = frozenset()
    accounts_on_address_24h: int = 0
    shared_address_known: bool = False  # a carrier's or campus' address, noted as such by staff
    network_first_seen_at: datetime | None = None  # of this account in this network


NOTHING_OBSERVED = Observed()
NO_HISTORY = History()


class _Scene(NamedTuple):
    where: LocationVerdict
    channel: str  # kyc.access.states.Channel
    observed: Observed
    history: History
    policy: GeoPolicy
    now: datetime


def find_evasion(
    where: LocationVerdict, channel: str, observed: Observed, history: History, policy: GeoPolicy, now: datetime
) -> tuple[Sign, ...]:
    """All signs, in the order of the table."""
    scene = _Scene(where, channel, observed, history, policy, now)
    return tuple([sign for rule in RULES for sign in rule(scene)])


def minds_the_clock(where: LocationVerdict, history: History) -> bool:
    """Whether a rule below weighs how long ago something was, so that the same facts may be judged otherwise later."""
    before = history.previous
    return where.hosting or (before is not None and before.country != where.country)


def hides_place(where: LocationVerdict) -> bool:
    """The address says little of where a person is."""
    return where.anonymiser is not Anonymiser.NONE or where.hosting or where.anycast or where.mobile


def remember(where: LocationVerdict, at: datetime) -> Seen:
    """What the next visit is compared with."""
    return Seen(where.country, at, hidden=hides_place(where))


def hosting(scene: _Scene) -> Iterator[Sign]:
    """Row 8. API callers are servers, people in a browser are not; an unknown server is challenged once."""
    where = scene.where
    if not where.hosting or where.anonymiser is not Anonymiser.NONE:
        return
    who = f" of {where.provider}" if where.provider else ""
    if scene.channel == "console":
        yield _sign(Asks.CHALLENGE, "ip.hosting", f"A person's login from a server{who}.")
        return
    since = scene.history.network_first_seen_at
    known_days = (scene.now - since).days if since is not None else None
    if known_days is None or known_days < scene.policy.hosting_known_days:
        seen = "never seen with this account" if known_days is None else f"known for {known_days} days only"
        yield _sign(Asks.CHALLENGE, "ip.hosting", f"A server{who}, {seen}.")


def impossible_travel(scene: _Scene) -> Iterator[Sign]:
    """Row 10. Faster than an airliner, over a distance that the radius of both answers cannot explain."""
    before, where = scene.history.previous, scene.where
    if before is None or before.hidden or hides_place(where) or not where.known:
        return
    distance = least_distance_km(before.country, where.country)
    if distance is None or distance <= scene.policy.travel_least_km:
        return
    hours = max((scene.now - before.at).total_seconds(), 0.0) / 3600
    if hours * scene.policy.travel_most_kmh >= distance:
        return
    span = f"{hours:.1f} hours" if hours >= 1 else f"{hours * 60:.0f} minutes"
    yield _sign(
        Asks.CHALLENGE,
        "travel.impossible",
        f"From {country_name(before.country)} to {country_name(where.country)}, at least {distance:.0f} km, in {span}.",
        says=Says.DISAGREE,
        distance_km=round(distance),
        hours=round(hours, 2),
    )


def many_countries(scene: _Scene) -> Iterator[Sign]:
    """Row 10."""
    seen = scene.history.countries_24h | ({scene.where.country} if scene.where.known else frozenset())
    if len(seen) >= scene.policy.countries_per_day:
        listed = ", ".join(sorted(seen))
        yield _sign(Asks.CHALLENGE, "churn.countries", f"{len(seen)} countries within a day: {listed}.")


def many_networks(scene: _Scene) -> Iterator[Sign]:
    """Row 10."""
    seen = scene.history.networks_24h | ({scene.where.asn} if scene.where.asn is not None else frozenset())
    if len(seen) >= scene.policy.networks_per_day:
        yield _sign(Asks.CHALLENGE, "churn.networks", f"{len(seen)} networks within a day.")


def shared_address(scene: _Scene) -> Iterator[Sign]:
    """Row 10. Mobile carriers put thousands behind one address, which proves nothing."""
    count = scene.history.accounts_on_address_24h
    if count < scene.policy.accounts_per_address or scene.where.mobile or scene.history.shared_address_known:
        return
    yield _sign(Asks.CHALLENGE, "address.shared", f"{count} accounts used this address within a day.")


# Facts of place, and facts that come close to origin: the latter only ever support the former
_HARD = frozenset({"declared", "phone", "payment", "time zone"})
_LEAST_HARD = 2


def mismatches(scene: _Scene) -> Iterator[Sign]:
    """Row 10. Three independent kinds of fact against the address, at least two of them facts of place."""
    if not scene.where.known:
        return
    against = find_mismatches(scene.where.country, scene.observed, scene.policy)
    if not against:
        return
    kinds = ", ".join(_FACT_WORDS.get(kind, kind) for kind in against)
    here = country_name(scene.where.country)
    enough = len(against) >= scene.policy.mismatches_for_review and len(_HARD & set(against)) >= _LEAST_HARD
    yield _sign(
        Asks.REVIEW if enough else Asks.NOTE,
        "facts.mismatch" if enough else "facts.mismatch_minor",
        f"The address is in {here}, which these facts do not fit: {kinds}.",
        says=Says.DISAGREE,
        kinds=list(against),
    )


_FACT_WORDS = {
    "declared": "declared country",
    "payment": "country of the payment",
    "document": "country of the document",
}


def find_mismatches(country: str, observed: Observed, policy: GeoPolicy) -> tuple[str, ...]:
    """The kinds of fact that speak against a country; facts not given never do."""
    named = (
        ("declared", observed.declared_country),
        ("phone", observed.phone_country),
        ("payment", observed.payment_country),
    )
    found = [kind for kind, said in named if said and said != country]
    apart = _clock_apart(country, observed)
    if apart is not None and apart > policy.timezone_tolerance_hours:
        found.append("time zone")
    if observed.document_country and observed.document_country != country:
        found.append("document")
    spoken_in = language_country(observed.language) if observed.language else ""
    if spoken_in and spoken_in != country:
        found.append("language")
    return tuple(found)


def _clock_apart(country: str, observed: Observed) -> float | None:
    """Hours between the visitor's clock and the country's, None when neither clock nor zone is told."""
    if observed.utc_offset_minutes is not None:
        return hours_apart(country, observed.utc_offset_minutes)
    zone_country = get_global("zone_territories").get(observed.timezone, "") if observed.timezone else ""
    if not zone_country or zone_country == country or country not in CENTRES or zone_country not in CENTRES:
        return None
    one, other = CENTRES[country], CENTRES[zone_country]
    centres = distance_km(one, other)
    least = max(0.0, centres - one.radius_km - other.radius_km)
    east = abs((other.longitude - one.longitude + 180) % 360 - 180)
    return east / 15 * (least / centres) if centres else 0.0


def language_country(tag: str) -> str:
    """The country a language tag names ("zh-CN" → CN); "" for none, and for English, the default of browsers."""
    parts = tag.replace("_", "-").split("-")
    if parts[0].lower() == "en":
        return ""
    return next((part.upper() for part in parts[1:] if len(part) == 2 and part.isalpha()), "")


RULES: tuple[Callable[[_Scene], Iterator[Sign]], ...] = (
    hosting,
    impossible_travel,
    many_countries,
    many_networks,
    shared_address,
    mismatches,
)


def _sign(asks: Asks, code: str, sentence: str, *, says: Says = Says.NOTE, **facts: object) -> Sign:
    return Sign(asks, Finding(code, sentence, says, facts=facts))
