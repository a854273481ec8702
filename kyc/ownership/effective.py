"""Effective shares: what each party owns of the target in the end, through every chain and circle. Pure.

With A the matrix of direct shares and e the target, it solves (I - A) w = e: w is 1 for the target, and every
owner holds the sum over what they own of share × w. Circles (cross-holdings, a company's own shares) are solved
and not cut; their owners' effective shares still add up to the whole.

Numbers are whole parts of 10^30, rounded down: forty thousand interests then cost a fraction of a second.
Where a result comes so near to a threshold that rounding could have decided it, `compare` solves that one owner's
part again with fractions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, TypeVar

SCALE = 10**30
NEAR = SCALE // 10**12  # far more than rounding can add up to, far less than any share that is written down
MOST_IN_CIRCLE = 200  # companies that own one another: beyond that a person looks

Number = TypeVar("Number", int, Fraction)
Weights = Mapping[str, Sequence[tuple[str, Number]]]  # {owned: [(owner, share)]}


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


_ROUNDED: _Kind[int] = _Kind(SCALE, 1, lambda a, b: a * b // SCALE, lambda a, b: a * SCALE // (SCALE - b))
_EXACT: _Kind[Fraction] = _Kind(Fraction(1), Fraction(0), lambda a, b: a * b, lambda a, b: a / (1 - b))


def effective_shares(
    target: str, weights: Mapping[str, Sequence[tuple[str, int]]], circles: Sequence[Sequence[str]] | None = None
) -> dict[str, int]:
    """{party: effective share in the target}, in parts of `SCALE`, rounded down; the target itself is left out.

    `weights[owned]` are the direct owners with their shares in parts of `SCALE`, which add up to `SCALE` at most.
    `circles` as `circles_above` gives them for these owners, or for more. Raises Unsolvable.
    """
    found = _solve(target, weights, _ROUNDED, circles)
    found.pop(target, None)
    return found


def compare(
    owner: str, target: str, weights: Mapping[str, Sequence[tuple[str, Fraction]]], found: int, line: Fraction
) -> Fraction:
    """The share as it was found, or exactly where it is too near to the line for a rounded one to decide."""
    if abs(found * line.denominator - line.numerator * SCALE) > NEAR * line.denominator:
        return Fraction(found, SCALE)
    below = _below(owner, weights)
    part = {owned: [row for row in rows if row[0] in below] for owned, rows in weights.items() if owned in below}
    return _solve(target, part, _EXACT).get(owner, Fraction(0))


def _below(owner: str, weights: Weights[Number]) -> set[str]:
    """The owner, and everything they hold through anybody."""
    holds: dict[str, list[str]] = {}
    for owned, rows in weights.items():
        for holder, _ in rows:
            holds.setdefault(holder, []).append(owned)
    seen, queue = {owner}, [owner]
    for key in queue:
        for owned in holds.get(key, ()):
            if owned not in seen:
                seen.add(owned)
                queue.append(owned)
    return seen


def _solve(
    target: str, weights: Weights[Number], kind: _Kind[Number], circles: Sequence[Sequence[str]] | None = None
) -> dict[str, Number]:
    """Circle by circle, from the target upwards: what flows into a circle is known before it is solved."""
    zero = kind.one - kind.one
    flow: dict[str, Number] = {target: kind.one}
    if circles is None:
        circles = circles_above(target, {owned: [owner for owner, _ in rows] for owned, rows in weights.items()})
    for circle in circles:
        if len(circle) == 1 and circle[0] not in weights:
            continue
        inside = set(circle)
        if len(circle) > 1 or any(owner == circle[0] for owner, _ in weights.get(circle[0], ())):
            _solve_circle(circle, inside, weights, flow, kind)
        for owned in circle:
            value = flow.get(owned, zero)
            for owner, share in weights.get(owned, ()):
                if owner not in inside:
                    flow[owner] = flow.get(owner, zero) + kind.times(share, value)
    return flow


def _solve_circle(
    circle: Sequence[str], inside: set[str], weights: Weights[Number], flow: dict[str, Number], kind: _Kind[Number]
) -> None:
    """Eliminate one company after another: w(o) = flow(o) + Σ share(o, c) × w(c), for c in the circle."""
    if len(circle) > MOST_IN_CIRCLE:
        raise Unsolvable(circle)
    zero = kind.one - kind.one
    rows: dict[str, dict[str, Number]] = {key: {} for key in circle}  # {owner: {owned: share}}
    for owned in circle:
        for owner, share in weights.get(owned, ()):
            if owner in inside:
                rows[owner][owned] = rows[owner].get(owned, zero) + share
    held = _inside(rows).values()
    if all(sum(shares.values(), zero) + kind.rounding * len(shares) >= kind.one for shares in held):
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
    """Strongly connected parts of everything above the target, the target's own first (Tarjan, without recursion)."""
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
