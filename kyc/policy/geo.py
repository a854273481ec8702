"""The numbers of location and of evasion, and what each source of location is worth. Pure; an auditor reads this.

Sources "measured" are the tables in docs/geo.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from kyc.policy.numbers import number


@dataclass(frozen=True, slots=True)
class GeoPolicy:
    version: str
    in_force_from: date

    # age of data
    warn_after_days: int = number(
        35,
        "days since the build",
        "Publishers build monthly or oftener; a month and a bit is a missed update.",
        "house rule",
    )
    stale_after_days: int = number(
        90,
        "days since the build",
        "Ranges change hands; an answer this old is shown and not relied upon.",
        "house rule",
    )
    stale_factor: float = number(
        0.3, "multiplies confidence", "Puts a stale answer below every threshold that counts as knowing.", "house rule"
    )

    # how sure
    corroborating_sources: int = number(
        2,
        "sources",
        "So many must say a policy country when the primary source does not.",
        "measured: 2.9 % of China dissent",
    )
    sure_from: float = number(0.5, "confidence 0..1", "Below it the country is shown as doubtful.", "house rule")

    # reloading files
    most_shrink: float = number(
        0.20, "share of tree nodes", "A file that lost more than this is a broken download.", "house rule"
    )
    golden_share: float = number(
        0.9,
        "share of golden addresses",
        "A new country file must agree on so many before it is used.",
        "measured: 67 to 75 of 76",
    )

    # anonymisers
    anonymiser_deny_from: float = number(
        0.80, "confidence 0..1", "From here restricted models are denied, others challenged.", "decision table, row 7"
    )
    anonymiser_challenge_from: float = number(
        0.30,
        "confidence 0..1",
        "From here a challenge; below it is only noted.",
        "MaxMind Anonymous Plus uses 30, 50, 99",
    )
    listed_anonymiser_confidence: float = number(
        0.80,
        "confidence 0..1",
        "For a source that lists without saying how sure.",
        "published exit lists are rarely wrong",
    )
    hosting_known_days: int = number(
        7, "days", "A server's network seen so long with this account is its own.", "decision table, row 8"
    )

    # travel
    travel_most_kmh: float = number(1000.0, "km/h", "Faster than an airliner.", "decision table, row 10")
    travel_least_km: float = number(
        500.0, "km", "Below it the radius of the answer explains the distance.", "decision table, row 10"
    )

    # churn and sharing
    countries_per_day: int = number(
        4, "countries in 24 h", "A traveller crosses two or three.", "decision table, row 10"
    )
    networks_per_day: int = number(
        8, "networks (ASN) in 24 h", "Home, office, mobile and a café are four.", "decision table, row 10"
    )
    accounts_per_address: int = number(
        5, "accounts in 24 h", "A family or a small office on one address.", "decision table, row 10"
    )
    repeated_challenges: int = number(
        3, "challenges in 24 h", "Passing again and again is a pattern for a person to see.", "house rule"
    )

    # mismatches
    mismatches_for_review: int = number(
        3,
        "independent kinds of fact",
        "One or two are everyday life: travel, an old SIM, a foreign bank.",
        "house rule",
    )
    timezone_tolerance_hours: float = number(
        3.0, "hours", "Summer time, and countries wide enough to have several zones.", "house rule"
    )

    # what people may set right
    widest_prefix_4: int = number(
        16, "bits", "A wider range is never one site; each of its parts may lie elsewhere.", "house rule"
    )
    widest_prefix_6: int = number(32, "bits", "One provider's allocation.", "house rule")
    own_range_prefix_4: int = number(
        24, "bits", "A customer's own exit; the smallest range that is routed by itself.", "BGP practice"
    )
    own_range_prefix_6: int = number(48, "bits", "One site.", "RFC 6177")
    allow_days: int = number(90, "days", "Exits move; whoever uses the range says so again.", "decision table, row 3")
    deny_days: int = number(365, "days", "Ranges change hands; a denial without end hits strangers.", "house rule")
    correction_days: int = number(
        180, "days", "The sources catch up; what they still get wrong is asked anew.", "house rule"
    )

    # keeping
    full_address_days: int = number(
        90,
        "days",
        "Then only prefix and keyed digest remain, unless a case or a legal denial needs more.",
        "privacy notice",
    )
    legal_address_days: int = number(
        3653, "days", "What the law denied is a record of sanctions.", "31 CFR 501.601: ten years since 12 March 2025"
    )
    memory_addresses: int = number(
        16_384,
        "addresses",
        "Verdicts kept in one process, some 2 kB each; a new file or a new day empties it.",
        "measured",
    )


CURRENT = GeoPolicy(version="geo-2026-11-23.1", in_force_from=date(2026, 11, 23))
# A demonstration runs on the data its packages were pinned with and may be tried years later. It says so;
# the age is shown all the same. Refused outside a demonstration (kyc/checks.py).
DEMONSTRATION = replace(CURRENT, version="geo-2026-11-23.1-demonstration", stale_after_days=3650)


@dataclass(frozen=True, slots=True)
class SourceRule:
    """What a file's answer is worth. Found by the beginning of its `database_type`, first row that fits.

    `trust`: 0..1, how often its country is right, judged from agreement with the others (docs/geo.md).
    `primary`: the lower, the sooner its word is the primary one.
    `registry`: it says to whom a registry assigned the range, not where the range is used.
    """

    starts: str
    name: str
    trust: float
    primary: int
    registry: bool
    attribution: str
    licence: str


SOURCE_RULES: tuple[SourceRule, ...] = (
    SourceRule(
        "GeoIP",  # GeoIP2-City, GeoIP-Anonymous-Plus, …
        "MaxMind GeoIP2",
        0.95,
        10,
        False,
        "This product includes GeoIP2 data created by MaxMind, maxmind.com",
        "commercial",
    ),
    SourceRule(
        "GeoLite2",
        "MaxMind GeoLite2",
        0.90,
        20,
        False,
        "This product includes GeoLite2 data created by MaxMind, maxmind.com",
        "GeoLite2 EULA",
    ),
    SourceRule("DBIP", "DB-IP Lite", 0.85, 30, False, "IP Geolocation by DB-IP, https://db-ip.com", "CC BY 4.0"),
    SourceRule(
        "geo-whois-asn",
        "geo-whois",
        0.85,
        40,
        False,
        "Geofeeds, registry data and routes, by ip-location-db",
        "CC BY 4.0",
    ),
    SourceRule(
        "IPtoCC",
        "Registries (iptocc)",
        0.75,
        50,
        True,
        "Assignments of AFRINIC, APNIC, ARIN, LACNIC and RIPE NCC, through iptocc",
        "MIT or Apache-2.0",
    ),
    SourceRule(
        "IPOrigin",
        "Published ranges (iporigin)",
        0.80,
        90,
        False,
        "Ranges that hosters, CDNs, VPNs and Tor publish, through iporigin",
        "MIT",
    ),
    SourceRule("RouteViews", "Routes", 0.90, 90, False, "RouteViews and DB-IP, through ip-location-db", "CC BY 4.0"),
)
OWN_FACTS = SourceRule("own", "Own facts", 1.0, 0, False, "kyc/policy/territories.py", "own")
# A file nobody described here still answers, with little weight.
UNKNOWN_SOURCE = SourceRule("", "Unknown file", 0.60, 80, False, "", "unknown")

# Networks of clouds run from a policy country, whose exits abroad every file places differently.
POLICY_NETWORKS: dict[int, str] = {
    45102: "Alibaba (US) Technology",
    37963: "Hangzhou Alibaba",
    132203: "Tencent Building, Kejizhongyi Avenue",
    45090: "Shenzhen Tencent",
    136907: "Huawei Clouds",
    55967: "Baidu Netcom",
    38365: "Baidu Netcom",
}

# Known answers that every country file must give. Chosen to be stable for years: see tests/kyc/geo.
GOLDEN: tuple[tuple[str, frozenset[str]], ...] = (
    ("8.8.8.8", frozenset({"US"})),
    ("4.2.2.2", frozenset({"US"})),
    ("18.0.0.1", frozenset({"US"})),
    ("128.101.101.101", frozenset({"US"})),
    ("2001:4860:4860::8888", frozenset({"US"})),
    ("1.1.1.1", frozenset({"AU", "US", ""})),  # anycast
    ("9.9.9.9", frozenset({"US", "CH", "DE", ""})),  # anycast
    ("114.114.114.114", frozenset({"CN"})),
    ("202.96.128.86", frozenset({"CN"})),
    ("123.125.81.6", frozenset({"CN"})),
    ("220.181.38.148", frozenset({"CN"})),
    ("210.0.128.250", frozenset({"HK"})),
    ("77.88.8.8", frozenset({"RU"})),
    ("195.208.4.1", frozenset({"RU"})),
    ("178.22.122.100", frozenset({"IR"})),
    ("200.55.128.3", frozenset({"CU"})),
    ("175.45.176.1", frozenset({"KP"})),
    ("82.137.192.1", frozenset({"SY"})),
    ("193.0.6.139", frozenset({"NL"})),
    ("130.226.0.1", frozenset({"DK"})),
    ("141.20.1.1", frozenset({"DE"})),
    ("129.132.1.1", frozenset({"CH"})),
    ("130.237.1.1", frozenset({"SE"})),
    ("131.111.1.1", frozenset({"GB"})),
    ("193.51.196.1", frozenset({"FR"})),
    ("150.214.1.1", frozenset({"ES"})),
    ("133.11.0.1", frozenset({"JP"})),
    ("168.126.63.1", frozenset({"KR"})),
    ("139.130.4.5", frozenset({"AU"})),
    ("200.160.2.3", frozenset({"BR"})),
    ("196.25.1.1", frozenset({"ZA"})),
)


def source_rule(database_type: str) -> SourceRule:
    """The row for a file, UNKNOWN_SOURCE when nobody described it."""
    return next((rule for rule in SOURCE_RULES if database_type.startswith(rule.starts)), UNKNOWN_SOURCE)
