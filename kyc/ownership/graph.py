"""Who owns whom, how much and since when: parties, dated interests, and what is wrong with them. Pure.

Shares are exact (`Fraction` of the whole: 1/2 is 50 %). An interest whose share is a range has two bounds; where
it is unknown they are 0 and 1. What nobody named is never taken for nobody: `Structure.unnamed` is that rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Any

from kyc.customers.states import InterestKind
from kyc.findings import Finding, Says
from kyc.ownership.effective import circles_above

ZERO, ONE = Fraction(0), Fraction(1)


class PartyKind(StrEnum):
    PERSON = "person"
    ORGANISATION = "organisation"
    TRUST = "trust"  # or a similar arrangement: nobody owns it, several people stand behind it
    STATE = "state"
    UNNAMED = "unnamed"  # somebody nobody has named: not disclosed, or a holder of bearer shares


TRUST_ROLES = frozenset({InterestKind.SETTLOR, InterestKind.TRUSTEE, InterestKind.PROTECTOR, InterestKind.BENEFICIARY})
IN_PERCENT = frozenset({InterestKind.SHARES, InterestKind.VOTES})


@dataclass(frozen=True, slots=True)
class Listing:
    """A list names this party. `certain`: a person settled that it is the same; else a hit still waits."""

    measure: str  # a code of kyc.policy.measures
    certain: bool
    programmes: tuple[str, ...] = ()
    entry: str = ""  # "ofac-sdn:1234"
    requirement: str = ""  # the licence requirement in the entry's own words


@dataclass(frozen=True, slots=True)
class Party:
    key: str
    name: str
    kind: PartyKind
    headquarters: str = ""  # alpha-2 of where it is run from; of a person: where they live; "" unknown
    listed_on: str = ""  # the stock exchange: its shareholders need not be named
    listings: tuple[Listing, ...] = ()

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Party:
        listings = tuple(Listing(**one | {"programmes": tuple(one["programmes"])}) for one in row["listings"])
        return cls(row["key"], row["name"], PartyKind(row["kind"]), row["headquarters"], row["listed_on"], listings)

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "name": self.name,
            "kind": str(self.kind),
            "headquarters": self.headquarters,
            "listed_on": self.listed_on,
            "listings": [
                {
                    "measure": listing.measure,
                    "certain": listing.certain,
                    "programmes": list(listing.programmes),
                    "entry": listing.entry,
                    "requirement": listing.requirement,
                }
                for listing in self.listings
            ],
        }


@dataclass(frozen=True, slots=True)
class Interest:
    """What `owner` holds in `owned`. `held_for`: on whose behalf a nominee holds it, None if not said."""

    key: str
    owner: str
    owned: str
    kind: InterestKind = InterestKind.SHARES
    low: Fraction = ZERO
    high: Fraction = ONE
    nominee: bool = False
    held_for: str | None = None
    since: date | None = None
    until: date | None = None  # the first day on which it no longer stands
    source: str = ""

    @property
    def known(self) -> bool:
        """Whether anything at all is said of how much."""
        return (self.low, self.high) != (ZERO, ONE)

    def stands_on(self, on: date) -> bool:
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Interest:
        read: dict[str, Any] = {name: Fraction(row[name]) for name in ("low", "high")}
        read |= {name: row[name] and date.fromisoformat(row[name]) for name in ("since", "until")}
        return cls(**{**row, **read, "kind": InterestKind(row["kind"])})

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "owner": self.owner,
            "owned": self.owned,
            "kind": str(self.kind),
            "low": str(self.low),
            "high": str(self.high),
            "nominee": self.nominee,
            "held_for": self.held_for,
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
            "source": self.source,
        }


@dataclass(frozen=True)
class Structure:
    """Parties and the interests between them, as they stand on one day. Every key of an interest is a party."""

    parties: Mapping[str, Party]
    interests: tuple[Interest, ...]
    target: str  # the customer

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Structure:
        parties = {party["key"]: Party.from_json(party) for party in row["parties"]}
        return cls(parties, tuple(map(Interest.from_json, row["interests"])), row["target"])

    def as_json(self) -> dict[str, Any]:
        """Plain values; `from_json` reads them back."""
        return {
            "target": self.target,
            "parties": [party.as_json() for party in self.parties.values()],
            "interests": [row.as_json() for row in self.interests],
        }

    def on(self, day: date) -> Structure:
        """Without the interests that do not stand on that day."""
        return Structure(self.parties, tuple(row for row in self.interests if row.stands_on(day)), self.target)

    def next_change_after(self, day: date) -> date | None:
        """The first later day on which an interest begins or ends."""
        days = (found for row in self.interests for found in (row.since, row.until) if found and found > day)
        return min(days, default=None)

    @cached_property
    def owners_of(self) -> Mapping[str, list[Interest]]:
        """Interests in shares, by the company owned."""
        return self._by_owned({InterestKind.SHARES})

    @cached_property
    def voters_of(self) -> Mapping[str, list[Interest]]:
        return self._by_owned({InterestKind.VOTES})

    @cached_property
    def behind(self) -> Mapping[str, list[Interest]]:
        """Interests without a percentage, by whom they are held in: trusts' roles, parents, control, directors."""
        return self._by_owned(set(InterestKind) - IN_PERCENT)

    def _by_owned(self, kinds: set[InterestKind]) -> Mapping[str, list[Interest]]:
        found: dict[str, list[Interest]] = defaultdict(list)
        for row in self.interests:
            if row.kind in kinds:
                found[row.owned].append(row)
        return found

    @cached_property
    def denominator(self) -> int:
        """Every share is a whole number of parts of which so many are the whole: their sums are exact and fast."""
        found = {row.low.denominator for row in self.interests}
        return lcm(1, *found, *{row.high.denominator for row in self.interests})

    @cached_property
    def lows(self) -> tuple[int, ...]:
        """The lower bound of each interest in its order, in parts."""
        return tuple(self.parts(row.low) for row in self.interests)

    @cached_property
    def highs(self) -> tuple[int, ...]:
        return tuple(self.parts(row.high) for row in self.interests)

    @cached_property
    def numbers_of(self) -> Mapping[str, list[int]]:
        """As `owners_of`, by the interests' numbers in their order."""
        return self._numbers(InterestKind.SHARES)

    @cached_property
    def vote_numbers_of(self) -> Mapping[str, list[int]]:
        return self._numbers(InterestKind.VOTES)

    def _numbers(self, kind: InterestKind) -> Mapping[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for number, row in enumerate(self.interests):
            if row.kind is kind:
                found[row.owned].append(number)
        return found

    @cached_property
    def holdings_of(self) -> Mapping[str, list[int]]:
        """Numbers of the interests in shares and the roles in trusts, by who holds them or for whom they are held."""
        found: dict[str, list[int]] = defaultdict(list)
        for number, row in enumerate(self.interests):
            if row.kind == InterestKind.SHARES or row.kind in TRUST_ROLES:
                found[row.owner].append(number)
                if row.held_for is not None and row.held_for != row.owner:
                    found[row.held_for].append(number)
        return found

    @cached_property
    def named(self) -> Mapping[str, int]:
        """Parts of each company that its owners hold at least."""
        lows = self.lows
        return {owned: sum(lows[number] for number in numbers) for owned, numbers in self.numbers_of.items()}

    @cached_property
    def listed(self) -> tuple[Party, ...]:
        """Those whom some list names."""
        return tuple(party for party in self.parties.values() if party.listings)

    @cached_property
    def nominees(self) -> tuple[Interest, ...]:
        return tuple(row for row in self.interests if row.nominee)

    @cached_property
    def unnamed_parties(self) -> frozenset[str]:
        return frozenset(party.key for party in self.parties.values() if party.kind == PartyKind.UNNAMED)

    @cached_property
    def above(self) -> Mapping[str, None]:
        """The target and everybody above it, nearest first."""
        return dict.fromkeys(self.upwards(self.target))

    @cached_property
    def circles(self) -> list[list[str]]:
        """Everybody above the target by shares, those who own one another together; what is owned before its owners."""
        interests = self.interests
        holders = {
            owned: [interests[number].held_for or interests[number].owner for number in numbers]
            for owned, numbers in self.numbers_of.items()
        }
        return circles_above(self.target, holders)

    def parts(self, share: Fraction) -> int:
        return share.numerator * (self.denominator // share.denominator)

    def share(self, parts: int) -> Fraction:
        return Fraction(parts, self.denominator)

    def has_owners(self, key: str) -> bool:
        """Whether shares in it exist at all: nobody owns a person or a state, and a trust has roles instead."""
        return self.parties[key].kind == PartyKind.ORGANISATION

    @cached_property
    def gaps(self) -> Mapping[str, int]:
        """Parts of each company that nobody is named for, counting the least of each range; 0 for a listed one."""
        whole, named = self.denominator, self.named
        return {
            key: 0 if party.listed_on else max(whole - named.get(key, 0), 0)
            for key, party in self.parties.items()
            if party.kind == PartyKind.ORGANISATION
        }

    def upwards(self, start: str) -> list[str]:
        """The start and everybody above it through any interest, nearest first."""
        seen = dict.fromkeys([start])
        queue = [start]
        for owned in queue:
            for rows in (self.owners_of, self.voters_of, self.behind):
                for row in rows.get(owned, ()):
                    for key in (row.owner, row.held_for):
                        if key is not None and key not in seen:
                            seen[key] = None
                            queue.append(key)
        return queue

    def name(self, key: str) -> str:
        return self.parties[key].name or "somebody who is not named"


def flaws_of(structure: Structure) -> tuple[Finding, ...]:
    """What cannot be true: more than 100 % in one company, or a company that only its own holdings own."""
    votes = {owned: sum(structure.parts(row.low) for row in rows) for owned, rows in structure.voters_of.items()}
    found = []
    for named, rows, word in (
        (structure.named, structure.owners_of, "shares"),
        (votes, structure.voters_of, "votes"),
    ):
        for owned, parts in named.items():
            if parts <= structure.denominator:
                continue
            total = percent(structure.share(parts))
            name = structure.name(owned)
            found.append(
                Finding(
                    "ownership.over_100",
                    f"The {word} in {name} add up to {total}, which cannot be.",
                    Says.DISAGREE,
                    public=f"The {word} in {name} add up to {total}. Please correct them.",
                    facts={"owned": owned, "sum": total, "interests": [row.key for row in rows[owned]]},
                )
            )
    return tuple(found)


# ------------------------------------------------------------------------------------------------ words
def percent(share: Fraction) -> str:
    """ "50 %", "33.3333… %": cut and never rounded, so that less than half is never shown as half."""
    exact = share * 1_000_000  # a ten-thousandth of a percent
    whole = exact.numerator // exact.denominator
    digits = f"{whole // 10_000}.{whole % 10_000:04}".rstrip("0").rstrip(".")
    return f"{digits} %" if exact.denominator == 1 else f"{digits}… %"


def share_words(row: Interest) -> str:
    """ "40 %", "25 % to 50 %", "share unknown"."""
    if row.kind not in IN_PERCENT:
        return str(row.kind).replace("_", " ")
    if not row.known:
        return "share unknown"
    return percent(row.low) if row.low == row.high else f"{percent(row.low)} to {percent(row.high)}"


def joined(words: Iterable[str]) -> str:
    """ "A", "A and B", "A, B and C"."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def walk_up(start: str, parents: Mapping[str, str]) -> Iterator[str]:
    """Follow `parents` from a start to its end; stops where a circle closes."""
    seen = set()
    while start not in seen:
        yield start
        seen.add(start)
        if start not in parents:
            return
        start = parents[start]
