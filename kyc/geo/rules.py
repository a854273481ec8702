"""Where is this address, and how sure are we: several opinions in, one verdict with reasons out. Pure.

Each opened file gives at most one opinion for each tested address (the address itself, and every IPv4
address that travels inside it). All that was said is kept, because an embargo counts by any source; the
country shown is the one with the most trust behind it. Whether an answer admits anybody is not decided
here but in kyc/access/rules.py.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from kyc.findings import Finding, Says
from kyc.geo.client_address import Address
from kyc.policy.countries import country_name
from kyc.policy.geo import POLICY_NETWORKS, GeoPolicy
from kyc.policy.territories import NEEDS_REGION


class Anonymiser(StrEnum):
    """What hides the visitor, the worse the later."""

    NONE = "none"
    RELAY = "relay"  # a browser maker's private relay
    VPN = "vpn"
    PUBLIC_PROXY = "public_proxy"
    RESIDENTIAL_PROXY = "residential_proxy"
    TOR = "tor"


_ANONYMISER_RANK = {kind: rank for rank, kind in enumerate(Anonymiser)}
_ANONYMISER_NAMES = {
    Anonymiser.RELAY: "a private relay",
    Anonymiser.VPN: "a VPN",
    Anonymiser.PUBLIC_PROXY: "a public proxy",
    Anonymiser.RESIDENTIAL_PROXY: "a residential proxy",
    Anonymiser.TOR: "Tor",
}


@dataclass(frozen=True, slots=True)
class Source:
    """One opened file (or our own facts): what it is, how old, how far it is trusted."""

    name: str
    database_type: str
    built_on: date
    sha256: str
    trust: float  # 0..1
    primary: int  # the lower, the sooner its word is the primary one
    registry: bool  # says who was assigned the range, not where it is used
    gives_country: bool
    gives_region: bool
    attribution: str
    ages: bool = True  # our own facts do not

    def age_days(self, today: date) -> int:
        return max(0, (today - self.built_on).days) if self.ages else 0


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one source says of one tested address; "" and None where it does not say."""

    source: Source
    address: Address
    country: str = ""
    registered: str = ""  # to whom the range is registered, where a file says both
    region: str = ""  # ISO 3166-2
    asn: int | None = None
    organisation: str = ""
    anonymiser: Anonymiser = Anonymiser.NONE
    anonymiser_confidence: float = 0.0
    provider: str = ""
    hosting: bool = False
    anycast: bool = False
    mobile: bool = False


@dataclass(frozen=True, slots=True)
class Correction:
    """A range whose place two people put right on evidence, until it expires. Never across an embargo."""

    network: ipaddress.IPv4Network | ipaddress.IPv6Network
    country: str
    region: str
    until: date
    reference: str  # the proposal


@dataclass(frozen=True, slots=True)
class LocationVerdict:
    """Where an address is. `country` is "" when unknown; see `why_unknown`.

    `said` maps each country that any source named to the sources' names, `regions` likewise; both include
    what was said of embedded addresses. `confidence` is 0..1 that `country` is right.
    """

    address: str
    tested: tuple[str, ...]
    country: str
    region: str
    confidence: float
    said: Mapping[str, tuple[str, ...]]
    regions: Mapping[str, tuple[str, ...]]
    registered: frozenset[str]
    primary_country: str  # what the most trusted source says by itself
    anonymiser: Anonymiser
    anonymiser_confidence: float
    provider: str
    hosting: bool
    anycast: bool
    mobile: bool
    asn: int | None
    organisation: str
    public: bool  # the address and all embedded ones are routed on the internet
    available: bool  # at least one source of countries is open
    stale: bool  # every source that named a country is older than policy allows
    needs_region: bool  # the country is one of which only a region decides, and no source gave one
    corrected: bool
    findings: tuple[Finding, ...]
    sources: tuple[Source, ...]
    builds: Mapping[str, str]  # {type of the file: day of its data}, for every verdict that rests on this one
    evaluated_on: date

    @property
    def known(self) -> bool:
        return bool(self.country)

    def as_json(self) -> dict[str, Any]:
        return {
            "address": self.address,
            "tested": list(self.tested),
            "country": self.country,
            "region": self.region,
            "confidence": round(self.confidence, 3),
            "said": {country: list(names) for country, names in self.said.items()},
            "regions": {region: list(names) for region, names in self.regions.items()},
            "anonymiser": str(self.anonymiser),
            "anonymiser_confidence": self.anonymiser_confidence,
            "provider": self.provider,
            "hosting": self.hosting,
            "asn": self.asn,
            "organisation": self.organisation,
            "sources": [
                {
                    "name": source.name,
                    "type": source.database_type,
                    "built_on": source.built_on.isoformat(),
                    "age_days": source.age_days(self.evaluated_on),
                    "sha256": source.sha256,
                    "attribution": source.attribution,
                }
                for source in self.sources
            ],
            "findings": [finding.as_json() for finding in self.findings],
        }


def locate(
    address: Address,
    embedded: Sequence[ipaddress.IPv4Address],
    opinions: Sequence[Opinion],
    sources: Sequence[Source],
    *,
    today: date,
    policy: GeoPolicy,
    correction: Correction | None = None,
    failed: Sequence[str] = (),
) -> LocationVerdict:
    """Weigh what the sources say.

    `embedded`: the addresses that travel inside `address`, looked up as well. `sources`: every open file,
    also those that know nothing of this address. `correction`: one whose network holds the address.
    `failed`: names of files whose record of this address could not be read.
    Never raises; what nobody knows is country "".
    """
    tally = _Tally.of(opinions, today, policy)
    usable = [source for source in sources if source.gives_country]
    country, confidence = tally.country, tally.confidence
    region = tally.region_of(country)
    corrected = correction is not None and today < correction.until
    if corrected and correction is not None:
        country, region, confidence = correction.country, correction.region, 1.0
    public = is_public(address) and all(is_public(inner) for inner in embedded)
    hidden = max(
        opinions,
        key=lambda opinion: (_ANONYMISER_RANK[opinion.anonymiser], opinion.anonymiser_confidence),
        default=None,
    )
    network = next((opinion for opinion in opinions if opinion.asn is not None), None)
    region_countries = tally.said if not corrected else {country: ()}
    needs_region = any(
        said in NEEDS_REGION and not any(code.startswith(f"{said}-") for code in tally.regions)
        for said in region_countries
    ) and not (corrected and region)
    verdict = LocationVerdict(
        address=str(address),
        tested=(str(address), *map(str, embedded)),
        country=country,
        region=region,
        confidence=confidence,
        said=tally.said,
        regions=tally.regions,
        registered=tally.registered,
        primary_country=country if corrected else tally.primary,
        anonymiser=hidden.anonymiser if hidden else Anonymiser.NONE,
        anonymiser_confidence=hidden.anonymiser_confidence if hidden else 0.0,
        provider=_provider(hidden, opinions),
        hosting=any(opinion.hosting for opinion in opinions),
        anycast=any(opinion.anycast for opinion in opinions),
        mobile=any(opinion.mobile for opinion in opinions),
        asn=network.asn if network else None,
        organisation=network.organisation if network else "",
        public=public,
        available=bool(usable),
        stale=bool(usable) and tally.stale_or(usable, today, policy) and not corrected,
        needs_region=needs_region,
        corrected=corrected,
        findings=(),
        sources=tuple(sources),
        builds=builds_of(sources),
        evaluated_on=today,
    )
    return _with_findings(verdict, tally, correction if corrected else None, failed, policy)


def _provider(hidden: Opinion | None, opinions: Sequence[Opinion]) -> str:
    """Who runs what hides the visitor, else whoever is named."""
    if hidden is not None and hidden.anonymiser is not Anonymiser.NONE and hidden.provider:
        return hidden.provider
    return next((opinion.provider for opinion in opinions if opinion.provider), "")


def unplaced(sources: Sequence[Source], *, today: date, why: str) -> LocationVerdict:
    """The verdict on a visitor whose address itself is unknown; `why` is the sentence for staff."""
    return LocationVerdict(
        address="",
        tested=(),
        country="",
        region="",
        confidence=0.0,
        said={},
        regions={},
        registered=frozenset(),
        primary_country="",
        anonymiser=Anonymiser.NONE,
        anonymiser_confidence=0.0,
        provider="",
        hosting=False,
        anycast=False,
        mobile=False,
        asn=None,
        organisation="",
        public=False,
        available=any(source.gives_country for source in sources),
        stale=False,
        needs_region=False,
        corrected=False,
        findings=(Finding("geo.no_address", why, Says.MISSING),),
        sources=tuple(sources),
        builds=builds_of(sources),
        evaluated_on=today,
    )


def builds_of(sources: Iterable[Source]) -> dict[str, str]:
    return {source.database_type: source.built_on.isoformat() for source in sources}


# ------------------------------------------------------------------------------------------------ weighing
@dataclass(slots=True)
class _Tally:
    """What was said, added up."""

    said: dict[str, tuple[str, ...]] = field(default_factory=dict)
    regions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    registered: frozenset[str] = frozenset()
    primary: str = ""
    country: str = ""
    confidence: float = 0.0
    voters: tuple[Source, ...] = ()

    @classmethod
    def of(cls, opinions: Sequence[Opinion], today: date, policy: GeoPolicy) -> _Tally:
        tally = cls()
        weights: dict[str, float] = {}
        doubts: dict[str, float] = {}  # the chance that everybody who named the country is wrong
        best: tuple[bool, int] | None = None
        voters: list[Source] = []
        registered: set[str] = set()
        for opinion in opinions:
            source = opinion.source
            if opinion.region:
                _add(tally.regions, opinion.region, source.name)
            if opinion.registered:
                registered.add(opinion.registered)
            if not opinion.country:
                continue
            stale = source.age_days(today) > policy.stale_after_days
            trust = source.trust * (policy.stale_factor if stale else 1.0)
            if source.name not in tally.said.get(opinion.country, ()):
                _add(tally.said, opinion.country, source.name)
                weights[opinion.country] = weights.get(opinion.country, 0.0) + trust
                doubts[opinion.country] = doubts.get(opinion.country, 1.0) * (1.0 - trust)
            voters.append(source)
            standing = (stale, source.primary)
            if best is None or standing < best:
                best, tally.primary = standing, opinion.country
        tally.registered, tally.voters = frozenset(registered), tuple(voters)
        if weights:
            # the primary's word breaks a tie
            tally.country = max(weights, key=lambda code: (weights[code], code == tally.primary))
            share = weights[tally.country] / sum(weights.values())
            tally.confidence = round(share * (1.0 - doubts[tally.country]), 3)
        return tally

    def region_of(self, country: str) -> str:
        """The region most sources name, of the country if one is, else whichever there is."""
        if not self.regions:
            return ""
        return max(self.regions, key=lambda code: (code.startswith(f"{country}-"), len(self.regions[code])))

    def stale_or(self, usable: Iterable[Source], today: date, policy: GeoPolicy) -> bool:
        """Everybody who named a country is stale; where nobody did, everybody who could have."""
        asked = self.voters or tuple(usable)
        return all(source.age_days(today) > policy.stale_after_days for source in asked)


def _add(said: dict[str, tuple[str, ...]], code: str, name: str) -> None:
    said[code] = (*said.get(code, ()), name)


# ------------------------------------------------------------------------------------------------ sentences
def _with_findings(
    verdict: LocationVerdict,
    tally: _Tally,
    correction: Correction | None,
    failed: Sequence[str],
    policy: GeoPolicy,
) -> LocationVerdict:
    findings = (*_findings(verdict, tally, correction, policy), *(_failure(name) for name in failed))
    # the verdict is frozen and of slots; replace() would build it a second time on the hot path
    object.__setattr__(verdict, "findings", findings)
    return verdict


def _findings(
    verdict: LocationVerdict, tally: _Tally, correction: Correction | None, policy: GeoPolicy
) -> Iterator[Finding]:
    if not verdict.public:
        yield Finding("geo.not_public", f"{verdict.address} is not an address of the public internet.")
    if len(verdict.tested) > 1:
        inner = ", ".join(verdict.tested[1:])
        yield Finding("geo.wrapped", f"{verdict.address} carries {inner} inside; both were looked up.")
    if not verdict.available:
        yield Finding("geo.unavailable", "No file that knows countries is open; the address could not be placed.")
    elif not tally.said:
        yield Finding("geo.unknown", "No source knows in which country this address is.", Says.MISSING)
    for country, names in tally.said.items():
        chosen = country == tally.country
        yield Finding(
            "geo.country" if chosen else "geo.dissent",
            f"{_joined(names)} {'says' if len(names) == 1 else 'say'} {country_name(country)} ({country}).",
            Says.AGREE if chosen else Says.DISAGREE,
            facts={"country": country, "sources": list(names)},
        )
    for region, names in verdict.regions.items():
        yield Finding("geo.region", f"{_joined(names)} put it in region {region}.", facts={"region": region})
    if verdict.needs_region:
        yield Finding(
            "geo.region_unresolved",
            "Part of this country is embargoed, and the data at hand knows countries only.",
            Says.MISSING,
        )
    abroad = verdict.registered - set(tally.said)
    if abroad:
        owners = ", ".join(country_name(code) for code in sorted(abroad))
        yield Finding("geo.registered_elsewhere", f"The range is registered in {owners}.", Says.DISAGREE)
    if verdict.asn in POLICY_NETWORKS:
        yield Finding(
            "geo.policy_network",
            f"Network AS{verdict.asn} belongs to {POLICY_NETWORKS[verdict.asn]}, a cloud run from a policy country.",
            facts={"asn": verdict.asn},
        )
    if verdict.anonymiser is not Anonymiser.NONE:
        name = _ANONYMISER_NAMES[verdict.anonymiser]
        who = f" ({verdict.provider})" if verdict.provider not in ("", name) else ""
        yield Finding(
            "geo.anonymiser",
            f"The visitor comes through {name}{who}, confidence {verdict.anonymiser_confidence:.0%}.",
            facts={"kind": str(verdict.anonymiser), "confidence": verdict.anonymiser_confidence},
        )
    elif verdict.hosting:
        who = f" of {verdict.provider}" if verdict.provider else ""
        yield Finding("geo.hosting", f"The address is a server's{who}, not a home or office line.")
    if correction is not None:
        yield Finding(
            "geo.corrected",
            f"Two people placed this range in {country_name(correction.country)} until {correction.until} "
            f"({correction.reference}).",
        )
    if verdict.stale:
        yield Finding(
            "geo.stale",
            f"Every source is more than {policy.stale_after_days} days old; the answer is not relied upon.",
        )
    else:
        for source in verdict.sources:
            age = source.age_days(verdict.evaluated_on)
            if age > policy.warn_after_days:
                yield Finding("geo.aging", f"The data of {source.name} is {age} days old.", facts={"age_days": age})


def _failure(name: str) -> Finding:
    return Finding("geo.source_failed", f"{name} could not be read at this address.", Says.MISSING)


def _joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


# ------------------------------------------------------------------------------------------------ public space
def _bounds(*cidrs: str) -> tuple[tuple[int, int], ...]:
    networks = [ipaddress.ip_network(cidr) for cidr in cidrs]
    return tuple((int(network.network_address), int(network.broadcast_address)) for network in networks)


# Python's own is_global changed between patch releases (6to4, Teredo); a verdict must not. IANA special-purpose
# address registries, read 2026; carriers of IPv4 (6to4, Teredo, NAT64) count as public, their inside is tested.
_PRIVATE_4 = _bounds(
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
)
_PUBLIC_6 = _bounds("2000::/3", "64:ff9b::/96")
_PRIVATE_6 = _bounds("2001:2::/48", "2001:10::/28", "2001:20::/28", "2001:db8::/32", "3fff::/20")


def is_public(address: Address) -> bool:
    """Routed on the internet; False for private, shared (CGNAT), loopback, documentation, multicast and reserved."""
    number = int(address)
    if address.version == 4:
        return not any(low <= number <= high for low, high in _PRIVATE_4)
    inside = any(low <= number <= high for low, high in _PUBLIC_6)
    return inside and not any(low <= number <= high for low, high in _PRIVATE_6)
