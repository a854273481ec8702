"""Effective shares: what each party owns of the target in the end, through every chain and circle. Pure.

With A the matrix of direct shares and e the target, it solves (I - A) w = e: w is 1 for the target, and every
owner holds the sum over what they own of share × w. Circles (cross-holdings, a company's own shares) are solved
and not cut; their owners' effective shares still add up to the whole.

Numbers are whole parts of 10^30, rounded down: forty thousand interests then cost a fraction of a second.
Where a result comes so near to a threshold that rounding could have decided it, `compare` solves that one owner's
part again with fractions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, TypeVar

SCALE = 10**30
NEAR = SCALE // 10**12  # far more than rounding can add up to, far less than any share that is written down
MOST_IN_CIRCLE = 200  # companies that own one another: beyond that a person looks

Number = TypeVar("Number", int, Fraction)


@dataclass(frozen=True, slots=True)
class Shares:
    """Direct shares: `holders[owned][n]` holds `parts[owned][n]` of `whole`, by company owned.

    Lists beside one another rather than pairs: of so many tuples the garbage collector alone takes its tenth.
    """

    whole: int
    holders: Mapping[str, Sequence[str]]
    parts: Mapping[str, Sequence[int]]

    def of(self, owned: str) -> Iterable[tuple[str, int]]:
        return zip(self.holders.get(owned, ()), self.parts.get(owned, ()), strict=True)

    def held_by_holder(self) -> dict[str, list[str]]:
        """What each holds anything of, in a fixed order."""
        held: dict[str, dict[str, None]] = {}
        for owned in sorted(self.holders):
            for holder in self.holders[owned]:
                held.setdefault(holder, {})[owned] = None
        return {holder: list(companies) for holder, companies in held.items()}

    def without(self, stop: Collection[str]) -> Shares:
        """Nobody is followed beyond these."""
        holders = {owned: holders for owned, holders in self.holders.items() if owned not in stop}
        return Shares(self.whole, holders, {owned: self.parts[owned] for owned in holders})


class Unsolvable(Exception):
    """Companies own one another entirely, or more of them do than can be solved: there is no answer to give."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.keys = tuple(keys)
        super().__init__(f"{len(self.keys)} companies own one another")


@dataclass(frozen=True, slots=True)
class _Kind(Generic[Number]):
    one: Number
    rounding: Number  # the most by which one share may have been cut
    times: Callable[[Number, Number], Number]
    over: Callable[[Number, Number], Number]  # a / (1 - b)
    part: Callable[[Number, int, int], Number]  # (value, parts, whole): so many parts of the value


_ROUNDED: _Kind[int] = _Kind(
    SCALE, 1, lambda a, b: a * b // SCALE, lambda a, b: a * SCALE // (SCALE - b), lambda a, n, whole: a * n // whole
)
_EXACT: _Kind[Fraction] = _Kind(
    Fraction(1), Fraction(0), lambda a, b: a * b, lambda a, b: a / (1 - b), lambda a, n, whole: a * Fraction(n, whole)
)


def effective_shares(target: str, shares: Shares, circles: Sequence[Sequence[str]] | None = None) -> dict[str, int]:
    """{party: effective share in the target}, in parts of `SCALE`, rounded down; the target itself is left out.

    No company's parts add up to more than the whole. `circles` as `circles_above` gives them for these holders, or
    for more. Raises Unsolvable.
    """
    found = _solve(target, shares, _ROUNDED, circles)
    found.pop(target, None)
    return found


def compare(owner: str, target: str, shares: Shares, found: int, line: Fraction) -> Fraction:
    """The share as it was found, or exactly where it is too near to the line for a rounded one to decide."""
    if abs(found * line.denominator - line.numerator * SCALE) > NEAR * line.denominator:
        return Fraction(found, SCALE)
    return _solve(target, _held_through(owner, shares), _EXACT).get(owner, Fraction(0))


def _held_through(owner: str, shares: Shares) -> Shares:
    """Only what the owner holds, and everybody they hold it through."""
    holds: dict[str, list[str]] = {}
    for owned, holders in shares.holders.items():
        for holder in holders:
            holds.setdefault(holder, []).append(owned)
    below, queue = {owner}, [owner]
    for key in queue:
        for owned in holds.get(key, ()):
            if owned not in below:
                below.add(owned)
                queue.append(owned)
    rows = {owned: [row for row in shares.of(owned) if row[0] in below] for owned in below & shares.holders.keys()}
    return Shares(
        shares.whole,
        {owned: [holder for holder, _ in held] for owned, held in rows.items()},
        {owned: [parts for _, parts in held] for owned, held in rows.items()},
    )


def _solve(
    target: str, shares: Shares, kind: _Kind[Number], circles: Sequence[Sequence[str]] | None = None
) -> dict[str, Number]:
    """Circle by circle, from the target upwards: what flows into a circle is known before it is solved."""
    zero, whole, part = kind.one - kind.one, shares.whole, kind.part
    flow: dict[str, Number] = {target: kind.one}
    for circle in circles_above(target, shares.holders) if circles is None else circles:
        first = circle[0]
        if len(circle) > 1 or first in shares.holders.get(first, ()):
            _solve_circle(circle, shares, flow, kind)
        for owned in circle:
            value = flow.get(owned, zero)
            for owner, parts in shares.of(owned):
                if owner not in circle:
                    flow[owner] = flow.get(owner, zero) + part(value, parts, whole)
    return flow


def _solve_circle(circle: Sequence[str], shares: Shares, flow: dict[str, Number], kind: _Kind[Number]) -> None:
    """Eliminate one company after another: w(o) = flow(o) + Σ share(o, c) × w(c), for c in the circle."""
    if len(circle) > MOST_IN_CIRCLE:
        raise Unsolvable(circle)
    zero = kind.one - kind.one
    rows: dict[str, dict[str, Number]] = {key: {} for key in circle}  # {owner: {owned: share}}
    for owned in circle:
        for owner, parts in shares.of(owned):
            if owner in rows:
                share = kind.part(kind.one, parts, shares.whole)
                rows[owner][owned] = rows[owner].get(owned, zero) + share
    held = _inside(rows).values()
    if all(sum(row.values(), zero) + kind.rounding * len(row) >= kind.one for row in held):
        raise Unsolvable(circle)
    value = {key: flow.get(key, zero) for key in circle}
    left = set(circle)
    for key in circle:
        left.discard(key)
        own = rows[key].pop(key, zero)
        if own >= kind.one:
            raise Unsolvable(circle)
        rows[key] = {owned: kind.over(share, own) for owned, share in rows[key].items()}
        value[key] = kind.over(value[key], own)
        for other in left:
            share = rows[other].pop(key, zero)
            if not share:
                continue
            value[other] += kind.times(share, value[key])
            for owned, more in rows[key].items():
                rows[other][owned] = rows[other].get(owned, zero) + kind.times(share, more)
    for key in reversed(circle):
        # rows[key] names only companies that were eliminated later, whose values are final by now
        for owned, share in rows[key].items():
            value[key] += kind.times(share, value[owned])
    flow.update(value)


def _inside(rows: Mapping[str, Mapping[str, Number]]) -> dict[str, dict[str, Number]]:
    """{owned: {owner: share}} of a circle given by owner."""
    turned: dict[str, dict[str, Number]] = {key: {} for key in rows}
    for owner, shares in rows.items():
        for owned, share in shares.items():
            turned[owned][owner] = share
    return turned


def circles_above(target: str, owners: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Strongly connected parts of the companies above the target, the target's own first (Tarjan, without recursion).

    Whom nobody owns is left out: they close no circle.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    standing: set[str] = set()
    found: list[list[str]] = []
    work = [(target, iter(owners.get(target, ())))]
    index[target] = low[target] = 0
    stack.append(target)
    standing.add(target)
    while work:
        key, above = work[-1]
        for owner in above:
            if owner not in owners:
                continue
            if owner not in index:
                index[owner] = low[owner] = len(index)
                stack.append(owner)
                standing.add(owner)
                work.append((owner, iter(owners.get(owner, ()))))
                break
            if owner in standing:
                low[key] = min(low[key], index[owner])
        else:
            work.pop()
            if work:
                below = work[-1][0]
                low[below] = min(low[below], low[key])
            if low[key] == index[key]:
                circle = []
                while True:
                    top = stack.pop()
                    standing.discard(top)
                    circle.append(top)
                    if top == key:
                        break
                found.append(circle)
    return found[::-1]
