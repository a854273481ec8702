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

from kyc.ownership.graph import Interest, Structure


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


# the parts that counted, of these those that nobody is named for, and the role in a trust that alone suffices
_Raw = tuple[int, int, int | None]


@dataclass(frozen=True)
class Cascade:
    """`caught` by company, in the order in which they were: each rests on earlier ones and on the seeds."""

    structure: Structure
    reading: Reading
    seeds: frozenset[str]
    caught: Mapping[str, _Raw]
    counted: bytearray  # which interests counted when the company was caught, or do by now

    def catches(self, key: str) -> bool:
        return key in self.seeds or key in self.caught

    def step(self, key: str) -> Step:
        total, unnamed, role = self.caught[key]
        numbers = [role] if role is not None else self.structure.index.shares.get(key, ())
        rows = tuple(self.structure.interests[number] for number in numbers if self.counted[number])
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
    needed, whole = max(line.parts(structure.denominator), 1), structure.denominator
    lows, highs, rest, gaps = structure.lows, structure.highs, structure.rest, structure.gaps
    index = structure.index
    least: dict[str, int] = {}  # parts that interests which count hold at least, and at most
    most: dict[str, int] = {}
    counted = bytearray(len(lows))  # a nominee's interest counts once, whichever of the two is caught
    queue: list[str] = []  # taken in the order of keys: equal structures give equal proofs however they were told

    def take(holder: str) -> None:
        for number in index.holdings.get(holder, ()):
            owned = index.owned[number]
            if counted[number] or owned in steps or owned in caught:
                continue
            if index.is_role[number]:
                # a trust's property is a blocked person's if they have an interest in it; how much nobody can say
                if reading is not Reading.SURE:
                    counted[number] = True
                    steps[owned] = (whole, 0, number)
                    heappush(queue, owned)
            elif owned in rest:  # a company: nobody owns a person
                counted[number] = True
                least[owned] = total = least.get(owned, 0) + lows[number]
                unnamed = 0
                if reading is not Reading.SURE:
                    # what is not provably somebody else's is room for more, and never less than what is theirs for
                    # certain, also where shares add up to more than the whole
                    room = rest[owned] + total
                    unnamed = gaps[owned] if reading is Reading.OPEN else 0
                    most[owned] = high = most.get(owned, 0) + highs[number]
                    total = min(high + unnamed, room)
                if total >= needed:
                    steps[owned] = (total, min(unnamed, total), None)
                    heappush(queue, owned)

    for seed in sorted(caught):
        take(seed)
    if reading is Reading.OPEN:
        for key in sorted(key for key, gap in gaps.items() if gap >= needed):
            if key not in steps and key not in caught:
                steps[key] = (gaps[key], gaps[key], None)
                heappush(queue, key)
    while queue and structure.target not in steps:
        take(heappop(queue))
    return Cascade(structure, reading, caught, steps, counted)


def _holders(row: Interest) -> tuple[str, ...]:
    """A nominee's interest counts for both: who holds it in name, and who stands behind."""
    return (row.owner,) if row.held_for is None else (row.owner, row.held_for)
