"""Which rules name which country or region, from when until when. Pure; an auditor reads this page.

Rows are dated, because groups move: Syria left the comprehensive embargoes in 2025, Cambodia left D:5 in 2026.
`valid_to` is the first day on which the row no longer holds. `confirmed` is False where the row was written
from memory or from a second-hand source and nobody has compared it with the official text yet
(docs/geo.md#what-is-not-confirmed); such a row counts like any other, because the cautious reading wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache


class Group(StrEnum):
    EMBARGO = "embargo"  # comprehensive: denied by law, by any source, overridden by nobody
    EMBARGO_REVIEW = "embargo_review"  # an embargoed area lies within, and the data cannot tell where
    FLAG = "flag"  # shown to staff, changes nothing
    D5 = "ear_d5"  # arms-embargoed countries, 15 CFR 740 Supp. 1
    E1 = "ear_e1"  # state sponsors of terrorism
    E2 = "ear_e2"  # unilateral embargo
    HEADQUARTERS = "headquarters"  # D:5 and Macau, for the test by headquarters
    PROVIDER = "provider"  # where the provider does not sell: its own policy


@dataclass(frozen=True, slots=True)
class Territory:
    """`code`: ISO 3166-1 alpha-2, or ISO 3166-2 for a region ("UA-43")."""

    code: str
    group: Group
    valid_from: date
    valid_to: date | None
    citation: str
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class AddressFact:
    """A range of addresses whose country we know ourselves, whatever the files say."""

    cidr: str
    country: str
    citation: str


_ALWAYS = date(1900, 1, 1)
_EAR = date(1996, 3, 25)  # 61 FR 12714 laid out the present EAR; older membership does not matter to us
_D5_LIST = "15 CFR 740 Supp. 1, group D:5, which follows 22 CFR 126.1 (State's changes count at once)"


def _embargoes() -> tuple[Territory, ...]:
    group = Group.EMBARGO
    return (
        Territory("CU", group, date(1963, 7, 8), None, "Cuban Assets Control Regulations, 31 CFR 515", True),
        Territory("IR", group, date(1995, 5, 6), None, "EO 12959; 31 CFR 560", True),
        Territory("KP", group, date(2016, 3, 15), None, "EO 13722; 31 CFR 510", True),
        Territory("SY", group, date(2011, 8, 17), date(2025, 7, 1), "EO 13582, revoked by EO 14312 of 2025-06-30"),
        Territory("UA-43", group, date(2014, 12, 19), None, "EO 13685: Crimea", True),
        Territory("UA-40", group, date(2014, 12, 19), None, "EO 13685: Sevastopol, part of Crimea for the order", True),
        Territory("UA-14", Group.EMBARGO_REVIEW, date(2022, 2, 21), None, "EO 14065: part of Donetsk oblast", True),
        Territory("UA-09", Group.EMBARGO_REVIEW, date(2022, 2, 21), None, "EO 14065: part of Luhansk oblast", True),
        Territory("SY", Group.FLAG, date(2025, 7, 1), None, "EO 14312; EAR licence requirements remain"),
        Territory(
            "UA-65", Group.FLAG, date(2022, 10, 6), None, "EU 2022/263 as amended covers parts of Kherson; not OFAC"
        ),
        Territory("UA-23", Group.FLAG, date(2022, 10, 6), None, "EU 2022/263 as amended covers parts of Zaporizhzhia"),
    )


# (code, valid_from, valid_to, remark)
_D5: tuple[tuple[str, date, date | None, str], ...] = (
    ("AF", _EAR, None, ""),
    ("BY", _EAR, None, ""),
    ("CD", _EAR, None, ""),
    ("CF", _EAR, None, ""),
    ("CN", _EAR, None, ""),
    ("CU", _EAR, None, ""),
    ("CY", _EAR, None, "whether Cyprus still stands there is open"),
    ("ER", _EAR, None, ""),
    ("ET", date(2021, 11, 1), None, "22 CFR 126.1(n); whether BIS lists it by name is open"),
    ("HK", date(2020, 12, 23), None, "treated as China, 85 FR 83765"),
    ("HT", _EAR, None, ""),
    ("IQ", _EAR, None, ""),
    ("IR", _EAR, None, ""),
    ("KH", date(2021, 12, 9), date(2026, 2, 3), "86 FR 70015; left by BIS rule of 2026-02-03"),
    ("KP", _EAR, None, ""),
    ("LB", _EAR, None, ""),
    ("LY", _EAR, None, ""),
    ("MM", _EAR, None, ""),
    ("MO", date(2022, 1, 1), None, "the day is not known to us; Macau is named beside D:5 in 15 CFR 742.6"),
    ("NI", date(2024, 3, 15), None, "89 FR 18780"),
    ("RU", date(2021, 3, 18), None, ""),
    ("SD", _EAR, None, ""),
    ("SO", _EAR, None, ""),
    ("SS", date(2018, 2, 14), None, ""),
    ("SY", _EAR, None, ""),
    ("VE", _EAR, None, ""),
    ("ZW", _EAR, None, ""),
)
_PROVIDER_WHY = "The provider's own supported-region policy; the default of this installation, changed by two people"
_PROVIDER = ("BY", "CN", "HK", "MO", "RU", "SY", "VE")

TERRITORIES: tuple[Territory, ...] = (
    *_embargoes(),
    *(
        Territory(code, Group.D5, start, end, f"{_D5_LIST}{'; ' + remark if remark else ''}")
        for code, start, end, remark in _D5
    ),
    *(
        Territory(code, Group.HEADQUARTERS, start, end, "15 CFR 742.6(a)(6)(iii); BIS guidance of 2026-05-31")
        for code, start, end, _ in _D5
    ),
    Territory("IR", Group.E1, _EAR, None, "15 CFR 740 Supp. 1, group E:1"),
    Territory("KP", Group.E1, date(2017, 11, 20), None, "15 CFR 740 Supp. 1, group E:1"),
    Territory("SY", Group.E1, _EAR, None, "15 CFR 740 Supp. 1, group E:1; the EAR kept it when sanctions ended"),
    Territory("CU", Group.E2, _EAR, None, "15 CFR 740 Supp. 1, group E:2"),
    *(Territory(code, Group.PROVIDER, _ALWAYS, None, _PROVIDER_WHY, True) for code in _PROVIDER),
)


@lru_cache(maxsize=4096)
def groups_of(code: str, on: date) -> frozenset[Group]:
    """The groups of a country or region on a day; empty for "" and for codes in no row."""
    return frozenset(row.group for row in rows_of(code, on))


@lru_cache(maxsize=4096)
def rows_of(code: str, on: date) -> tuple[Territory, ...]:
    """The rows with their citations."""
    return tuple(
        row
        for row in TERRITORIES
        if row.code == code and row.valid_from <= on and (row.valid_to is None or on < row.valid_to)
    )


# ------------------------------------------------------------------------------------------------ regions
# Regions are matched whichever country a file puts them in: DB-IP says RU for Crimea, GeoLite2 says UA.
# City names are never matched: there are a Donetsk in Rostov oblast and a Yalta in Tula oblast.
REGION_OWNERS = frozenset({"UA", "RU"})
REGION_CODES: dict[tuple[str, str], str] = {
    ("RU", "CR"): "UA-43",
    ("RU", "SEV"): "UA-40",
}
REGION_NAMES: dict[str, str] = {
    "crimea": "UA-43",
    "republic of crimea": "UA-43",
    "autonomous republic of crimea": "UA-43",
    "krym": "UA-43",
    "sevastopol": "UA-40",
    "sevastopol city": "UA-40",
    "sebastopol": "UA-40",
    "sebastopol city": "UA-40",
    "donetsk": "UA-14",
    "donetsk oblast": "UA-14",
    "donets'ka oblast": "UA-14",
    "donetska oblast": "UA-14",
    "luhansk": "UA-09",
    "luhansk oblast": "UA-09",
    "luhans'ka oblast": "UA-09",
    "luhanska oblast": "UA-09",
    "lugansk": "UA-09",
    "kherson": "UA-65",
    "kherson oblast": "UA-65",
    "zaporizhzhya": "UA-23",
    "zaporizhzhia": "UA-23",
    "zaporizhzhia oblast": "UA-23",
}
# Countries of which only a region decides: a file of countries alone cannot answer for them.
NEEDS_REGION = frozenset({"UA"})


def region_code(country: str, iso: str, name: str) -> str:
    """ISO 3166-2 of a subdivision as a file states it ("" when there is none).

    `iso` may come with or without the country's prefix. A known name beats the code for Ukraine and Russia
    only, where files disagree whose region it is.
    """
    iso = iso.upper()
    bare = iso.removeprefix(f"{country}-")
    if country in REGION_OWNERS:
        known = REGION_CODES.get((country, bare)) or REGION_NAMES.get(name.strip().lower())
        if known:
            return known
    if not bare:
        return ""
    return iso if "-" in iso else f"{country}-{bare}"


# ------------------------------------------------------------------------------------------------ addresses
ADDRESS_FACTS: tuple[AddressFact, ...] = (
    AddressFact(
        "175.45.176.0/22",
        "KP",
        "APNIC: STAR-KP, Ryugyong-dong, Pyongyang. The whole public IPv4 space of North Korea; "
        "DB-IP of 2026-06-01 puts 175.45.178.1 in Italy.",
    ),
    AddressFact(
        "5.160.0.0/16",
        "IR",
        "Respina Networks, Tehran: DB-IP and geo-whois of June 2026 agree on Iran, while the registry names the "
        "United Arab Emirates, where the holder is registered.",
    ),
)
