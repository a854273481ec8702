"""Who is caught through ownership: the least fixpoint of "owned, in the aggregate, by those who are caught". Pure.

A company that is caught counts in full for the next one down, however small the product of the percentages: OFAC
FAQ 401. Percentages are therefore added within one company and never multiplied along a chain.

Three readings of what is not exact, each of them monotone in the parties caught, so that the order of the walk
does not matter and a circle cannot catch itself:

* SURE: the lower bounds of parties that are certainly caught. What it says can be proved.
* MAY: the upper bounds of parties that are or may be caught, and of roles in a trust. What it says is a risk.
* OPEN: everything that is not provably held by somebody else, the unnamed rest above all. What it says is a question.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from heapq import heappop, heappush

from kyc.ownership.graph import TRUST_ROLES, Interest, Structure


class Reading(StrEnum):
    SURE = "sure"
    MAY = "may"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Step:
    """Why one company is caught: the interests that counted when it was, and what they came to."""

    owned: str
    interests: tuple[Interest, ...]
    total: Fraction
    unnamed: Fraction = Fraction(0)  # of the total, what nobody is named for


# numbers of the interests that counted, the parts they came to, and of these those that nobody is named for
_Raw = tuple[tuple[int, ...], int, int]


@dataclass(frozen=True)
class Cascade:
    """`caught` by company, in the order in which they were: each rests on earlier ones and on the seeds."""

    structure: Structure
    reading: Reading
    seeds: frozenset[str]
    caught: Mapping[str, _Raw]

    def catches(self, key: str) -> bool:
        return key in self.seeds or key in self.caught

    def step(self, key: str) -> Step:
        numbers, total, unnamed = self.caught[key]
        rows = tuple(self.structure.interests[number] for number in sorted(numbers))
        return Step(key, rows, self.structure.share(total), self.structure.share(unnamed))

    def proof(self, key: str) -> tuple[Step, ...]:
        """The steps that lead from the seeds to this company, the last one its own. Empty for a seed."""
        needed: dict[str, Step] = {}
        queue = [key]
        for owned in queue:
            if owned not in self.caught or owned in needed:
                continue
            needed[owned] = self.step(owned)
            queue += [holder for row in needed[owned].interests for holder in _holders(row)]
        return tuple(needed[owned] for owned in self.caught if owned in needed)


@dataclass(frozen=True, slots=True)
class Line:
    """From which share on a company is caught."""

    threshold: Fraction
    strictly: bool

    def parts(self, denominator: int) -> int:
        """The least number of parts that reaches it."""
        exact = self.threshold * denominator
        whole = exact.numerator // exact.denominator
        if exact.denominator == 1 and not self.strictly:
            return whole
        return whole + 1


def cascade(structure: Structure, seeds: Collection[str], line: Line, reading: Reading) -> Cascade:
    """Who is caught by way of the seeds, through any number of companies, up to the target: then all is said."""
    caught = frozenset(seeds)
    steps: dict[str, _Raw] = {}
    needed, whole = line.parts(structure.denominator), structure.denominator
    interests, lows, highs = structure.interests, structure.lows, structure.highs
    named, gaps = structure.named, structure.gaps
    counted: dict[str, list[int]] = {}  # numbers of the interests that count, by company
    least: dict[str, int] = {}  # parts that those hold at least, and at most
    most: dict[str, int] = {}
    seen = bytearray(len(interests))  # a nominee's interest counts once, whichever of the two is caught
    queue: list[str] = []  # taken in the order of keys: equal structures give equal proofs however they were told

    def look(owned: str) -> None:
        """Whether what counts by now reaches the line. What is not provably somebody else's is room for more."""
        if reading is Reading.SURE:
            total, unnamed = least[owned], 0
        else:
            unnamed = gaps[owned] if reading is Reading.OPEN else 0
            # never less than what is theirs for certain, also where shares add up to more than the whole
            room = max(whole - named.get(owned, 0), 0) + least.get(owned, 0)
            total = min(most.get(owned, 0) + unnamed, room)
        if total and total >= needed:
            steps[owned] = (tuple(counted.get(owned, ())), total, min(unnamed, total))
            heappush(queue, owned)

    def take(holder: str) -> None:
        for number in structure.holdings_of.get(holder, ()):
            owned = interests[number].owned
            if seen[number] or owned in steps or owned in caught:
                continue
            seen[number] = True
            if interests[number].kind in TRUST_ROLES:
                # a trust's property is a blocked person's if they have an interest in it; how much nobody can say
                if reading is not Reading.SURE:
                    steps[owned] = ((number,), whole, 0)
                    heappush(queue, owned)
            elif owned in gaps:  # a company: nobody owns a person
                counted.setdefault(owned, []).append(number)
                least[owned] = least.get(owned, 0) + lows[number]
                most[owned] = most.get(owned, 0) + highs[number]
                look(owned)

    for seed in sorted(caught):
        take(seed)
    if reading is Reading.OPEN:
        for key in sorted(gaps):
            if gaps[key] and key not in steps and key not in caught:
                look(key)
    while queue and structure.target not in steps:
        take(heappop(queue))
    return Cascade(structure, reading, caught, steps)


def _holders(row: Interest) -> tuple[str, ...]:
    """A nominee's interest counts for both: who holds it in name, and who stands behind."""
    return (row.owner,) if row.held_for is None else (row.owner, row.held_for)
