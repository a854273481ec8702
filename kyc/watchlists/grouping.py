"""Which entries of several lists are the same party, so that it is reviewed once. Pure and deterministic.

Three kinds of evidence, each with its sentence: a reference of one list to another, a number that identifies, and
the same name with birth date or country. What staff decided is never touched. When in doubt, two groups: reviewing
a party twice costs minutes, and reviewing two as one could clear somebody unseen.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kyc.matching.identifiers import family, plain
from kyc.matching.types import Identifier, Kind, NameQuality, PartialDate
from kyc.policy.countries import is_country
from kyc.watchlists.entries import ListedEntry

# numbers that belong to one party alone, and whether the issuing country must be known to be sure
STRONG = {
    "imo": False, "lei": False, "duns": False, "mmsi": False, "tail": False,
    "document": True, "national": True, "tax": True, "registration": True, "identity_card": True, "ssn": True,
}  # fmt: skip
SHORTEST_NUMBER = 5  # letters and digits
MOST_SHARING = 25  # entries: a number or name shared by more identifies nobody
FEWEST_WORDS_WITHOUT_DAY = 3  # words of a name that suffice with a year of birth and a country
_WORD = re.compile(r"[^\W_]+")
_COMPATIBLE = frozenset({Kind.PERSON, Kind.ORGANISATION, Kind.VESSEL, Kind.AIRCRAFT})


@dataclass(frozen=True, slots=True)
class Link:
    one: str  # keys, "source:uid", in order
    other: str
    reason: str  # a sentence piece: "same passport A123 (IR)"


@dataclass(frozen=True, slots=True)
class Group:
    """Two entries or more. `key` is that of its first member in order."""

    key: str
    members: tuple[str, ...]
    links: tuple[Link, ...]  # those that brought it together: one less than members, or none where staff decided
    by_staff: bool = False

    def reason_of(self, member: str) -> str:
        """Why this member is in the group."""
        reasons = [link.reason for link in self.links if member in (link.one, link.other)]
        return "; ".join(dict.fromkeys(reasons)) or ("decided by staff" if self.by_staff else "")


@dataclass(frozen=True, slots=True)
class _Facts:
    """What of an entry is compared; small, because all entries of all lists are held at once."""

    key: str
    where: str  # list within its source: two entries there are two parties unless much speaks against it
    kind: Kind
    names: frozenset[str]
    primary: frozenset[str]
    words: frozenset[str]
    births: frozenset[PartialDate]
    countries: frozenset[str]
    gender: str
    references: frozenset[str]


def group_entries(entries: Iterable[ListedEntry], decided: Mapping[str, str] | None = None) -> tuple[Group, ...]:
    """Groups of two or more, in order of their keys.

    `decided` is what staff said: {entry key: any word for the group}. Entries with the same word are together, and
    no evidence brings anything to them or takes anything away.
    """
    decided = decided or {}
    facts: dict[str, _Facts] = {}
    buckets: dict[tuple[str, str], list[str]] = defaultdict(list)
    for entry in entries:
        if entry.key in facts:
            continue
        facts[entry.key] = _facts(entry)
        if entry.key in decided:
            continue
        for bucket in _buckets(entry, facts[entry.key]):
            buckets[bucket].append(entry.key)
    united = _Union({key: found.references for key, found in facts.items()})
    kept: list[Link] = []
    for link in _links(facts, buckets):
        if united.join(link.one, link.other):
            kept.append(link)
    groups = [*_of_evidence(united, kept), *_of_staff(decided, facts)]
    return tuple(sorted(groups, key=lambda group: group.key))


def _of_evidence(united: _Union, kept: Sequence[Link]) -> Iterator[Group]:
    members: dict[str, set[str]] = defaultdict(set)
    links: dict[str, list[Link]] = defaultdict(list)
    for link in kept:
        root = united.root(link.one)
        members[root] |= {link.one, link.other}
        links[root].append(link)
    for root, found in members.items():
        keys = tuple(sorted(found))
        yield Group(keys[0], keys, tuple(sorted(links[root], key=lambda link: (link.one, link.other))))


def _of_staff(decided: Mapping[str, str], facts: Mapping[str, _Facts]) -> Iterator[Group]:
    together: dict[str, list[str]] = defaultdict(list)
    for key, word in decided.items():
        if key in facts:
            together[word].append(key)
    for found in together.values():
        if len(found) > 1:
            keys = tuple(sorted(found))
            yield Group(keys[0], keys, (), by_staff=True)


class _Union:
    """Disjoint sets whose root is the least key, so that the order of links does not show.

    Two numbers of one authority ("ofac:17015", "ofac:18291") are two parties in its own eyes: whatever else they
    share, also by way of a third, keeps them apart.
    """

    def __init__(self, references: Mapping[str, frozenset[str]]) -> None:
        self._above: dict[str, str] = {}
        self._references = dict(references)

    def root(self, key: str) -> str:
        while (above := self._above.get(key, key)) != key:
            self._above[key] = self._above.get(above, above)
            key = above
        return key

    def join(self, one: str, other: str) -> bool:
        """False where they were together already, or must stay apart."""
        first, second = sorted((self.root(one), self.root(other)))
        if first == second or _conflict(self._references[first], self._references[second]):
            return False
        self._above[second] = first
        self._references[first] |= self._references[second]
        return True


def _conflict(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether some authority names both, and none of its references is common."""
    shared = {reference.partition(":")[0] for reference in one & other}
    named = [{reference.partition(":")[0] for reference in side} for side in (one, other)]
    return bool((named[0] & named[1]) - shared)


# ------------------------------------------------------------------------------------------------ evidence
def _facts(entry: ListedEntry) -> _Facts:
    party = entry.party()
    named = {name: name_key(name.text) for name in entry.names if name.quality is not NameQuality.WEAK}
    return _Facts(
        key=entry.key,
        where=f"{entry.source}/{entry.measure}",
        kind=entry.kind,
        names=frozenset(named.values()) - {""},
        primary=frozenset(key for name, key in named.items() if name.quality is NameQuality.PRIMARY) - {""},
        words=frozenset(word for key in named.values() for word in key.split() if len(word) > 2),
        births=frozenset(party.birth_dates),
        countries=frozenset(party.countries),
        gender=entry.gender,
        references=frozenset(entry.references),
    )


def name_key(text: str) -> str:
    """The words of a name without case, marks and order: "HANIYA, Ismail" and "Ismail Haniya" are one."""
    text = unicodedata.normalize("NFKD", text).casefold()
    text = "".join(letter for letter in text if not unicodedata.combining(letter) and letter not in "'’ʼ`ʿʾ")
    return " ".join(sorted(_WORD.findall(text)))


def _buckets(entry: ListedEntry, facts: _Facts) -> Iterator[tuple[str, str]]:
    for reference in entry.references:
        yield "reference", reference
    for identifier in entry.identifiers:
        if number := _number(identifier):
            yield "number", number
    for name in facts.names:
        if len(name.split()) > 1:
            yield "name", name


def _number(identifier: Identifier) -> str:
    """ "document:ab12345:IR"; "" for numbers that do not identify one party for sure."""
    kind, value = family(identifier.kind), plain(identifier.value)
    needs_country = STRONG.get(kind)
    if needs_country is None or len(value) < SHORTEST_NUMBER or len(set(value)) < 3:
        return ""  # 00000 and the like are no numbers
    if needs_country and not is_country(identifier.country):
        return ""
    return f"{kind} {value}" + (f" ({identifier.country})" if needs_country else "")


def _links(facts: Mapping[str, _Facts], buckets: Mapping[tuple[str, str], Sequence[str]]) -> Iterator[Link]:
    """Strongest evidence first, then by key: the same entries give the same links in any order."""
    strength = {"reference": 0, "number": 1, "name": 2}
    for (kind, value), keys in sorted(buckets.items(), key=lambda item: (strength[item[0][0]], item[0][1])):
        members = sorted(set(keys))
        if not 1 < len(members) <= MOST_SHARING:
            continue
        for place, one in enumerate(members):
            for other in members[place + 1 :]:
                if reason := _why(kind, value, facts[one], facts[other]):
                    yield Link(one, other, reason)


def _why(kind: str, value: str, one: _Facts, other: _Facts) -> str:
    """The reason to take them for one party, or ""."""
    if not _may_be_same(one, other):
        return ""
    match kind:
        case "reference":
            # a list that gives one reference to two of its own entries means a group, not one party
            return f"same reference {value}" if one.where != other.where else ""
        case "number":
            return f"same {value}" if one.where != other.where or one.words & other.words else ""
        case _:
            return _same_name(value, one, other)


def _may_be_same(one: _Facts, other: _Facts) -> bool:
    if one.kind is not other.kind and one.kind in _COMPATIBLE and other.kind in _COMPATIBLE:
        return False
    if one.gender and other.gender and one.gender != other.gender:
        return False
    if not (one.births and other.births):
        return True
    return any(_may_be_day(first, second) for first in one.births for second in other.births)


def _may_be_day(one: PartialDate, other: PartialDate) -> bool:
    """Whether the two dates can be the same day, as precisely as both say; a year's slip is allowed for "about"."""
    slip = 1 if one.about or other.about else 0
    first, last = max(one.year, other.year), min(one.year_to or one.year, other.year_to or other.year)
    if first - last > slip:
        return False
    if one.about or other.about or one.year_to or other.year_to:
        return True
    return (not one.month or not other.month or one.month == other.month) and (
        not one.day or not other.day or one.day == other.day
    )


def _same_name(name: str, one: _Facts, other: _Facts) -> str:
    if name not in one.primary | other.primary:
        return ""  # an alias that meets an alias is a rumour
    countries = one.countries & other.countries
    if Kind.PERSON in (one.kind, other.kind) or (one.births and other.births):
        days = sorted(date for date in one.births & other.births if date.day and date.month)
        if days and (countries or not (one.countries and other.countries)):
            return f"same name and birth date {days[0]}"
        years = {date.year for date in one.births} & {date.year for date in other.births}
        if years and countries and len(name.split()) >= FEWEST_WORDS_WITHOUT_DAY:
            return f"same name, year of birth {min(years)} and country {min(countries)}"
        return ""
    if one.kind in (Kind.VESSEL, Kind.AIRCRAFT) or other.kind in (Kind.VESSEL, Kind.AIRCRAFT):
        return ""  # ships share names; their numbers part them
    return f"same name and country {min(countries)}" if countries else ""
