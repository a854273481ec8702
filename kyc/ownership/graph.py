"""Who owns whom, how much and since when: parties, dated interests, and what is wrong with them. Pure.

Shares are exact (`Fraction` of the whole: 1/2 is 50 %). An interest whose share is a range has two bounds; where
it is unknown they are 0 and 1. What nobody named is never taken for nobody: `Structure.unnamed` is that rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Any

from kyc.customers.states import InterestKind
from kyc.findings import Finding, Says
from kyc.ownership.effective import Shares, circles_above

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


class Index:
    """Where each interest is found, by its number in the structure's order: filled in one walk over all of them."""

    def __init__(self, interests: Sequence[Interest]) -> None:
        self.shares: dict[str, list[int]] = defaultdict(list)  # by the company owned
        self.votes: dict[str, list[int]] = defaultdict(list)
        self.behind: dict[str, list[int]] = defaultdict(list)  # without a percentage
        self.holdings: dict[str, list[int]] = defaultdict(list)  # shares and trusts' roles, by holder and principal
        self.owned: list[str] = [row.owned for row in interests]
        self.holders: list[str] = [row.held_for or row.owner for row in interests]
        self.is_role = bytearray(len(interests))  # in a trust
        for number, row in enumerate(interests):
            # by identity: an enum's hash and equality are computed in Python, and this for each of many thousand
            if row.kind is InterestKind.SHARES:
                self.shares[row.owned].append(number)
            elif row.kind is InterestKind.VOTES:
                self.votes[row.owned].append(number)
                continue
            else:
                self.behind[row.owned].append(number)
                if row.kind not in TRUST_ROLES:
                    continue
                self.is_role[number] = True
            self.holdings[row.owner].append(number)
            if row.held_for is not None and row.held_for != row.owner:
                self.holdings[row.held_for].append(number)


@dataclass(frozen=True)
class Structure:
    """Parties and the interests between them, as they stand on one day. Every key of an interest is a party."""

    parties: Mapping[str, Party]
    interests: tuple[Interest, ...]
    target: str  # the customer

    def __post_init__(self) -> None:
        """A trust has no shares: who is said to own one has an interest in what it holds, and of that nobody can say
        how much. The form knows no other word for it."""
        trusts = {key for key, party in self.parties.items() if party.kind is PartyKind.TRUST}
        if trusts:
            object.__setattr__(self, "interests", tuple(_in_trust(row, trusts) for row in self.interests))

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
    def index(self) -> Index:
        return Index(self.interests)

    def shares_in(self, owned: str) -> Sequence[Interest]:
        return self._rows(self.index.shares, owned)

    def votes_in(self, owned: str) -> Sequence[Interest]:
        return self._rows(self.index.votes, owned)

    def behind(self, owned: str) -> Sequence[Interest]:
        """Interests without a percentage: trusts' roles, parents, control, directors."""
        return self._rows(self.index.behind, owned)

    def _rows(self, found: Mapping[str, Sequence[int]], owned: str) -> Sequence[Interest]:
        return [self.interests[number] for number in found.get(owned, ())]

    @cached_property
    def _in_parts(self) -> tuple[int, list[int], list[int]]:
        """(parts of the whole, lower bounds, upper bounds): each share is a whole number of so many parts."""
        lows = [row.low.as_integer_ratio() for row in self.interests]
        highs = [row.high.as_integer_ratio() for row in self.interests]
        whole = lcm(1, *{denominator for _, denominator in lows}, *{denominator for _, denominator in highs})
        return (
            whole,
            [numerator * (whole // denominator) for numerator, denominator in lows],
            [numerator * (whole // denominator) for numerator, denominator in highs],
        )

    @property
    def denominator(self) -> int:
        """Every share is a whole number of parts of which so many are the whole: their sums are exact and fast."""
        return self._in_parts[0]

    @property
    def lows(self) -> Sequence[int]:
        """The lower bound of each interest in its order, in parts."""
        return self._in_parts[1]

    @property
    def highs(self) -> Sequence[int]:
        return self._in_parts[2]

    @cached_property
    def named(self) -> Mapping[str, int]:
        """Parts of each company that its owners hold at least."""
        lows = self.lows
        return {owned: sum([lows[number] for number in numbers]) for owned, numbers in self.index.shares.items()}

    @cached_property
    def rest(self) -> Mapping[str, int]:
        """Parts of each company that nobody holds for certain, listed or not. A public body of which shares are told
        is one: nobody owns a state."""
        whole, named = self.denominator, self.named
        companies = (
            key
            for key, party in self.parties.items()
            if party.kind is PartyKind.ORGANISATION or (party.kind is PartyKind.STATE and key in named)
        )
        return {key: max(whole - named.get(key, 0), 0) for key in companies}

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
    def closed_trusts(self) -> frozenset[str]:
        """Trusts behind which no person is named: with nobody, or with companies alone."""
        trusts = (key for key, party in self.parties.items() if party.kind is PartyKind.TRUST)
        return frozenset(key for key in trusts if not self.people_behind(key))

    def people_behind(self, trust: str) -> list[tuple[str, Interest]]:
        """Who has a role in it, or has one held for them, with that role."""
        roles = [row for row in self.behind(trust) if row.kind in TRUST_ROLES]
        held = ((key, row) for row in roles for key in (row.owner, row.held_for) if key is not None)
        return [(key, row) for key, row in held if self.parties[key].kind is PartyKind.PERSON]

    @cached_property
    def above(self) -> Mapping[str, None]:
        """The target and everybody above it, nearest first."""
        return dict.fromkeys(self.upwards(self.target))

    @cached_property
    def least_shares(self) -> Shares:
        """Who holds which part of each company for certain; what a nominee holds with whom it is held for."""
        return self._least(self.index.shares)

    @cached_property
    def most_shares(self) -> Shares:
        return self._most(self.index.shares, self.least_shares)

    @cached_property
    def least_votes(self) -> Shares:
        """As `least_shares`, by votes where any are told of a company."""
        return self._least({**self.index.shares, **self.index.votes})

    @cached_property
    def most_votes(self) -> Shares:
        return self._most({**self.index.shares, **self.index.votes}, self.least_votes)

    def _least(self, numbers_in: Mapping[str, Sequence[int]]) -> Shares:
        holders, lows = self.index.holders, self.lows
        told = {owned: numbers for owned, numbers in numbers_in.items() if owned in self.rest}
        return Shares(
            self.denominator,
            {owned: [holders[number] for number in numbers] for owned, numbers in told.items()},
            {owned: [lows[number] for number in numbers] for owned, numbers in told.items()},
        )

    def _most(self, numbers_in: Mapping[str, Sequence[int]], least: Shares) -> Shares:
        """Upper bounds, cut to what the others leave at least: no company is owned to more than the whole."""
        lows, highs, whole = self.lows, self.highs, self.denominator
        parts = dict(least.parts)
        ranges = {owned for owned, low, high in zip(self.index.owned, lows, highs, strict=True) if low != high}
        for owned in ranges & parts.keys():
            rest = whole - sum(parts[owned])
            parts[owned] = [max(min(highs[number], rest + lows[number]), lows[number]) for number in numbers_in[owned]]
        return Shares(whole, least.holders, parts)

    @cached_property
    def circles(self) -> list[list[str]]:
        """Companies above the target by shares, those that own one another together; owned before owner."""
        return circles_above(self.target, self.least_shares.holders)

    def share(self, parts: int) -> Fraction:
        return Fraction(parts, self.denominator)

    @cached_property
    def gaps(self) -> Mapping[str, int]:
        """Parts of each company that nobody is named for, counting the least of each range; 0 for a listed one.

        Of a trust behind which no person is named, all: what it holds may be anybody's.
        """
        gaps = {key: 0 if self.parties[key].listed_on else rest for key, rest in self.rest.items()}
        return gaps | dict.fromkeys(self.closed_trusts, self.denominator)

    def upwards(self, start: str) -> list[str]:
        """The start and everybody above it through any interest, nearest first."""
        seen = dict.fromkeys([start])
        queue = [start]
        found = [numbers for numbers in (self.index.shares, self.index.votes, self.index.behind) if numbers]
        for owned in queue:
            for numbers in found:
                for number in numbers.get(owned, ()):
                    row = self.interests[number]
                    if row.owner not in seen:
                        seen[row.owner] = None
                        queue.append(row.owner)
                    if row.held_for is not None and row.held_for not in seen:
                        seen[row.held_for] = None
                        queue.append(row.held_for)
        return queue

    def name(self, key: str) -> str:
        return self.parties[key].name or "somebody who is not named"


def _in_trust(row: Interest, trusts: Collection[str]) -> Interest:
    if row.owned in trusts and row.kind in IN_PERCENT:
        return replace(row, kind=InterestKind.BENEFICIARY)
    return row


def flaws_of(structure: Structure) -> tuple[Finding, ...]:
    """What cannot be true: more than 100 % of the shares, or of the votes, in one company."""
    lows, index = structure.lows, structure.index
    votes = {owned: sum(lows[number] for number in numbers) for owned, numbers in index.votes.items()}
    found = []
    for named, rows_in, word in (
        (structure.named, structure.shares_in, "shares"),
        (votes, structure.votes_in, "votes"),
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
                    facts={"owned": owned, "sum": total, "interests": [row.key for row in rows_in(owned)]},
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
