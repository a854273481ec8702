"""The five ownership tests, each as its regime counts, and what they come to together. Pure.

`evaluate` asks all of them about one structure on one day. Each test answers with an outcome, the path and the
arithmetic, in findings for staff and (only where something is asked) for the customer. Sources and dates of every
number are in kyc.policy.ownership.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import Any

from kyc.customers.states import InterestKind
from kyc.findings import Finding, Says
from kyc.ownership.cascade import Cascade, Line, Reading, Step, cascade
from kyc.ownership.effective import SCALE, Shares, Unsolvable, circles_above, compare, effective_shares
from kyc.ownership.graph import (
    TRUST_ROLES,
    ZERO,
    Interest,
    Listing,
    Party,
    PartyKind,
    Structure,
    flaws_of,
    joined,
    percent,
    share_words,
)
from kyc.policy.countries import country_name
from kyc.policy.ownership import LICENCE_REQUIREMENTS, REGIMES, OwnershipTest, Regime
from kyc.policy.territories import groups_of


class View(StrEnum):
    """Which percentages are looked through."""

    SHARES = "shares"
    VOTES = "votes"


SHARES, VOTES = View.SHARES, View.VOTES
PARENT_FOUND = f"ownership.{OwnershipTest.HEADQUARTERS}.parent"  # of the finding that names such an ultimate parent
MOST_NAMED = 5  # parties in a sentence, and asked about at once
MOST_CHAINS = 5  # of one owner that a sentence shows
MOST_LOOKED_AT = 2_000  # beginnings of chains: in layers of cross-holdings there are more chains than atoms


class Outcome(StrEnum):
    """The worst first."""

    REACHED = "reached"  # provable from lower bounds and settled facts
    POSSIBLE = "possible"  # somebody who counts is among the owners, and their upper bound reaches it
    UNKNOWN = "unknown"  # too much is held by nobody who was named
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class Owner:
    """A person who owns or may own enough in the end. Shares are effective, of the whole."""

    key: str
    low: Fraction
    high: Fraction
    path: tuple[str, ...]  # keys from the person down to the target, along their shortest way
    why: str  # a sentence for staff: every chain with its arithmetic, the largest first

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "low": str(self.low),
            "high": str(self.high),
            "path": list(self.path),
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class Result:
    """`in_force` False: the test is suspended or not yet there, and the outcome is only what it would say."""

    test: OwnershipTest
    outcome: Outcome
    in_force: bool
    confirmed: bool
    findings: tuple[Finding, ...]
    steps: tuple[Step, ...] = ()
    owners: tuple[Owner, ...] = ()
    asks: tuple[str, ...] = ()  # keys of parties whose owners or shares the customer must tell us

    settled: bool = True  # False: it rests on a hit that nobody has settled yet

    def as_json(self) -> dict[str, Any]:
        return {
            "test": str(self.test),
            "outcome": str(self.outcome),
            "in_force": self.in_force,
            "confirmed": self.confirmed,
            "settled": self.settled,
            "findings": [finding.as_json() for finding in self.findings],
            "path": [
                {
                    "owned": step.owned,
                    "interests": [row.key for row in step.interests],
                    "total": str(step.total),
                    "unnamed": str(step.unnamed),
                }
                for step in self.steps
            ],
            "owners": [owner.as_json() for owner in self.owners],
        }

    @property
    def bites(self) -> bool:
        return self.in_force and self.outcome != Outcome.CLEAR


@dataclass(frozen=True, slots=True)
class Evaluation:
    on: date
    results: tuple[Result, ...]
    flaws: tuple[Finding, ...]
    questions: tuple[str, ...] = field(default=())  # to the customer, in their words

    def result(self, test: OwnershipTest) -> Result:
        return next(row for row in self.results if row.test == test)

    @property
    def worst(self) -> Outcome:
        """Over the tests in force; what cannot be true is unknown at best."""
        order = list(Outcome)
        found = [row.outcome for row in self.results if row.in_force] + [Outcome.UNKNOWN] * bool(self.flaws)
        return min(found, key=order.index, default=Outcome.CLEAR)


def evaluate(structure: Structure, on: date) -> Evaluation:
    """All five tests of the structure as it stands on that day."""
    standing = structure.on(on)
    flaws = flaws_of(standing)
    results = (
        ofac_50(standing, on),
        bis_affiliates(standing, on),
        headquarters(standing, on),
        provider_majority(standing, on),
        beneficial_owners(standing, on),
    )
    return Evaluation(on, results, flaws, _questions(standing, results, flaws))


# ------------------------------------------------------------------------------------------------ OFAC and BIS
def ofac_50(structure: Structure, on: date) -> Result:
    """Blocked persons' shares are added up; a company they reach counts in full for the next. Ownership, not control.

    Source: OFAC guidance of 13 August 2014, FAQ 398-402 (401: the cascade; 398: control alone is a warning).
    """
    regime = REGIMES[OwnershipTest.OFAC_50]
    result = _by_listing(structure, regime, on)
    warned = [*result.findings, *_controlled_by(structure, _listed(structure, regime, certain=False))]
    return _with_findings(result, warned)


def bis_affiliates(structure: Structure, on: date) -> Result:
    """As OFAC's, by parties of the Entity List, the MEU List and SDNs under 744.8, of whatever list together.

    The strictest licence requirement among the owners is the affiliate's. An owner of these lists whose share is
    not known is Red Flag 29: a licence is needed until the share is.
    """
    regime = REGIMES[OwnershipTest.BIS_AFFILIATES]
    result = _by_listing(structure, regime, on)
    findings = list(result.findings)
    if result.outcome in (Outcome.REACHED, Outcome.POSSIBLE):
        findings.append(_strictest_requirement(structure, regime, result.steps))
    findings += _red_flag_29(structure, regime)
    return _with_findings(result, findings)


def _by_listing(structure: Structure, regime: Regime, on: date) -> Result:
    line, certain, any_hit = _line(regime), *(_listed(structure, regime, certain=sure) for sure in (True, False))
    may = cascade(structure, any_hit, line, Reading.MAY)
    if not may.catches(structure.target):
        opened = cascade(structure, any_hit | structure.unnamed_parties, line, Reading.OPEN)
        if opened.catches(structure.target):
            return _caught(structure, regime, on, Outcome.UNKNOWN, opened)
        return _result(regime, on, Outcome.CLEAR, _nobody(structure, regime, may))
    proved = cascade(structure, certain, line, Reading.SURE)
    if proved.catches(structure.target):
        return _caught(structure, regime, on, Outcome.REACHED, proved)
    settled = cascade(structure, certain, line, Reading.MAY)
    if settled.catches(structure.target):
        return _caught(structure, regime, on, Outcome.POSSIBLE, settled)
    return replace(_caught(structure, regime, on, Outcome.POSSIBLE, may), settled=False)


def _line(regime: Regime) -> Line:
    assert regime.threshold is not None
    return Line(regime.threshold, regime.strictly)


def _listed(structure: Structure, regime: Regime, *, certain: bool) -> frozenset[str]:
    """Who counts: with `certain` only those whom a person settled to be the listed party."""
    return frozenset(
        party.key
        for party in structure.listed
        if any(_counts(listing, regime) and (listing.certain or not certain) for listing in party.listings)
    )


def _counts(listing: Listing, regime: Regime) -> bool:
    if listing.measure not in regime.measures:
        return False
    if listing.measure != "SDN" or not regime.programmes:
        return True
    # an SDN entry without programmes tells nothing: it counts, because it might stand under one of these
    return not listing.programmes or bool(regime.programmes & set(listing.programmes))


def _caught(
    structure: Structure, regime: Regime, on: date, outcome: Outcome, found: Cascade, word: str = "listed"
) -> Result:
    steps = found.proof(structure.target)
    findings = [_step_finding(structure, regime, step, found, outcome, word) for step in steps]
    if not steps:  # the customer itself
        sentence = f"{structure.name(structure.target)} is itself {word}."
        findings = [Finding(f"ownership.{regime.test}.itself", sentence, Says.DISAGREE)]
    asks = _asks(structure, steps, found) if outcome in (Outcome.UNKNOWN, Outcome.POSSIBLE) else ()
    return _result(regime, on, outcome, *findings, steps=steps, asks=asks)


def _step_finding(
    structure: Structure, regime: Regime, step: Step, found: Cascade, outcome: Outcome, word: str
) -> Finding:
    """The arithmetic of one company in a sentence: "Beta Ltd: A 25 % + B 25 % = 50 %, and 50 % suffices."."""
    summands = [_summand(structure, row, found, word) for row in step.interests]
    if step.unnamed:
        summands.append(f"{percent(step.unnamed)} that nobody is named for")
    name = structure.name(step.owned)
    if any(row.kind in TRUST_ROLES for row in step.interests):
        sentence = f"{name} is a trust of {joined(summands)}: what it holds may be theirs."
    elif step.owned in structure.closed_trusts:
        sentence = f"{name} is a trust, and no person behind it is named: what it holds may be anybody's."
    else:
        bound = {Outcome.REACHED: "", Outcome.POSSIBLE: "at most ", Outcome.UNKNOWN: "possibly "}[outcome]
        assert regime.threshold is not None
        needed = f"more than {percent(regime.threshold)}" if regime.strictly else f"{percent(regime.threshold)} or more"
        total = f"{' + '.join(summands)} = {bound}{percent(step.total)}" if len(summands) > 1 else summands[0]
        last = step.owned == structure.target
        ending = "." if last else ", so it counts in full further down."
        sentence = f"{name}: {total}; {needed} {'counts' if outcome == Outcome.REACHED else 'would count'}{ending}"
    return Finding(
        f"ownership.{regime.test}.{outcome}",
        sentence,
        Says.DISAGREE if outcome == Outcome.REACHED else Says.MISSING,
        facts={
            "owned": step.owned,
            "interests": [row.key for row in step.interests],
            "owners": [row.owner for row in step.interests],
            "sum": str(step.total),
            "unnamed": str(step.unnamed),
        },
    )


def _summand(structure: Structure, row: Interest, found: Cascade, word: str) -> str:
    holder = row.owner if found.catches(row.owner) or row.held_for is None else row.held_for
    name = structure.name(holder)
    if holder != row.owner:
        name = f"{name} (through {structure.name(row.owner)} as nominee)"
    if holder in found.caught:
        why = "counts in full"
    elif structure.parties[holder].kind == PartyKind.UNNAMED:
        why = "not named"
    else:
        why = word
    return f"{name} {share_words(row)} ({why})"


def _asks(structure: Structure, steps: Iterable[Step], found: Cascade) -> tuple[str, ...]:
    """Whose shares must be told: companies of which too much is unnamed, and those of which a share is unknown."""
    asked: dict[str, None] = {}
    for step in steps:
        unknown = any(not row.known or row.owner in structure.unnamed_parties for row in step.interests)
        if step.unnamed or unknown or any(row.low != row.high for row in step.interests):
            asked[step.owned] = None
    return tuple(asked)


def _nobody(structure: Structure, regime: Regime, may: Cascade) -> Finding:
    caught = [structure.name(key) for key in sorted(may.caught)]
    seeds = [structure.name(key) for key in sorted(may.seeds) if key in structure.above]
    if seeds:
        assert regime.threshold is not None
        sentence = f"{joined(seeds)} and what they own do not come to {percent(regime.threshold)}, whatever is unknown."
        if caught:
            sentence = f"{sentence} Caught above: {joined(caught)}."
    else:
        sentence = "Nobody among the owners counts for this test, and too little is unnamed to change that."
    return Finding(f"ownership.{regime.test}.clear", sentence, Says.AGREE)


def _controlled_by(structure: Structure, seeds: frozenset[str]) -> list[Finding]:
    """FAQ 398: control by a blocked person does not block, and is a reason for caution."""
    found = []
    for row in structure.behind(structure.target):
        if row.owner in seeds and row.kind not in TRUST_ROLES:
            sentence = (
                f"{structure.name(row.owner)} is {share_words(row)} of {structure.name(row.owned)} and may be blocked: "
                "control does not block it, but they may not act for it in dealings with us."
            )
            found.append(Finding("ownership.ofac_50.control", sentence, Says.NOTE, facts={"owner": row.owner}))
    return found


def _strictest_requirement(structure: Structure, regime: Regime, steps: Iterable[Step]) -> Finding:
    """The most restrictive of what its owners pass on, with each entry's own words."""
    owners = {row.owner for step in steps for row in step.interests} | {
        row.held_for for step in steps for row in step.interests if row.held_for
    }
    owners.add(structure.target)
    listings = [
        (structure.parties[key], listing)
        for key in sorted(owners)
        for listing in structure.parties[key].listings
        if _counts(listing, regime)
    ]
    measures = {listing.measure for _, listing in listings}
    requirement = next((words for measure, words in LICENCE_REQUIREMENTS if measure in measures), "")
    own = [f"{party.name}: {listing.requirement}" for party, listing in listings if listing.requirement]
    sentence = f"The strictest requirement of its owners applies: {requirement}."
    if own:
        sentence = f"{sentence} In the entries' words: {'; '.join(own)}."
    return Finding("ownership.bis_affiliates.requirement", sentence, facts={"measures": sorted(measures)})


def _red_flag_29(structure: Structure, regime: Regime) -> Iterable[Finding]:
    seeds, index, whole = _listed(structure, regime, certain=False), structure.index, structure.denominator
    unknown = [
        number
        for key in seeds
        for number in index.holdings.get(key, ())
        if structure.interests[number].owner == key
        and not index.is_role[number]
        and (structure.lows[number], structure.highs[number]) == (0, whole)
    ]
    if not unknown:
        return
    nearest_first = {key: at for at, key in enumerate(structure.above)}
    for number in sorted(unknown, key=lambda number: (nearest_first.get(index.owned[number], 0), number)):
        row = structure.interests[number]
        if row.owned in nearest_first:
            sentence = (
                f"Red Flag 29: {structure.name(row.owner)} is listed and owns an unknown share of "
                f"{structure.name(row.owned)}. Find out how much, or a licence is needed."
            )
            yield Finding("ownership.bis_affiliates.red_flag_29", sentence, Says.MISSING, facts={"owned": row.owned})


# ------------------------------------------------------------------------------------------------ headquarters
def headquarters(structure: Structure, on: date) -> Result:
    """Where the customer is run from, and where its ultimate parent is. No percentage of the listed countries counts:
    only who is the parent, and a parent holds more than half, or consolidates it. Exactly half makes no parent.

    Of one company several parents may be told, and not which of them stands above the others: each is looked at, and
    the worst counts.
    """
    regime = REGIMES[OwnershipTest.HEADQUARTERS]
    target = structure.parties[structure.target]
    if _is_of(target, regime, on):
        where = country_name(target.headquarters)
        sentence = f"{target.name} is run from {where}, a country of group D:5 or Macau."
        return _result(regime, on, Outcome.REACHED, Finding(f"ownership.{regime.test}.itself", sentence, Says.DISAGREE))
    line = _line_of_parents(structure, regime)
    above = [key for key in line.below if key != structure.target and _is_of(structure.parties[key], regime, on)]
    tops = frozenset(line.tops)
    reached = [key for key in above if key in tops]
    if reached:
        found = [_parent_finding(structure, line, key) for key in reached[:MOST_NAMED]]
        return _result(regime, on, Outcome.REACHED, *found)
    if above:
        names = joined(structure.name(key) for key in above[:MOST_NAMED])
        words = f"{names}, below {joined(structure.name(key) for key in line.tops[:MOST_NAMED])}"
        sentence = f"A parent in between is run from a country of group D:5 or Macau: {words}."
        facts = {"path": line.way(above[0])}
        finding = Finding(f"ownership.{regime.test}.between", sentence, Says.MISSING, facts=facts)
        return _result(regime, on, Outcome.POSSIBLE, finding)
    unsure = [row for top in line.tops for row in _may_be_parents(structure, regime, top, line)]
    halves = [row for row in unsure if _is_of(structure.parties[row.held_for or row.owner], regime, on)]
    if halves:
        words = joined(
            f"{structure.name(row.held_for or row.owner)} ({share_words(row)} of {structure.name(row.owned)})"
            for row in halves
        )
        sentence = (
            f"{words} may be the parent, and is run from a country of group D:5 or Macau. "
            "More than half makes a parent; exactly half does not."
        )
        facts = {"path": line.way(halves[0].owned)}
        finding = Finding(f"ownership.{regime.test}.half", sentence, Says.MISSING, facts=facts)
        asks = tuple(dict.fromkeys(row.owned for row in halves if row.low != row.high))
        return _result(regime, on, Outcome.POSSIBLE, finding, asks=asks)
    facts = {"path": line.way(line.tops[0])}
    nowhere = [key for key in line.below if not structure.parties[key].headquarters]
    if nowhere:
        names = joined(structure.name(key) for key in nowhere[:MOST_NAMED])
        sentence = f"It is not known where {names} is run from."
        finding = Finding(f"ownership.{regime.test}.unknown", sentence, Says.MISSING, facts=facts)
        return _result(regime, on, Outcome.UNKNOWN, finding, asks=tuple(nowhere[:MOST_NAMED]))
    hidden = {top: _hidden_in(structure, top) for top in line.tops}
    open_tops = [top for top, (parts, _) in hidden.items() if regime.reaches(structure.share(parts))]
    open_tops = open_tops[:MOST_NAMED]
    if open_tops:
        words = joined(f"{percent(structure.share(hidden[top][0]))} of {structure.name(top)}" for top in open_tops)
        sentence = f"{words} is held by nobody who was named: there may be a parent above."
        finding = Finding(f"ownership.{regime.test}.unnamed", sentence, Says.MISSING, facts=facts)
        asks = tuple(dict.fromkeys(key for top in open_tops for key in hidden[top][1]))
        return _result(regime, on, Outcome.UNKNOWN, finding, asks=asks)
    parties = [structure.parties[top] for top in line.tops[:MOST_NAMED]]
    words = joined(f"{party.name}, run from {country_name(party.headquarters)}" for party in parties)
    finding = Finding(f"ownership.{regime.test}.clear", f"The ultimate parent is {words}.", Says.AGREE)
    return _result(regime, on, Outcome.CLEAR, finding)


def parent_countries(structure: Structure) -> frozenset[str]:
    """Where the parents above the target are run from, as far as that is told."""
    above = _line_of_parents(structure, REGIMES[OwnershipTest.HEADQUARTERS]).below.keys() - {structure.target}
    return frozenset(structure.parties[key].headquarters for key in above) - {""}


def _is_of(party: Party, regime: Regime, on: date) -> bool:
    if party.kind == PartyKind.PERSON or not party.headquarters:
        return False
    return regime.territory in groups_of(party.headquarters, on)


@dataclass(frozen=True, slots=True)
class ParentLine:
    """`below`: the target (with "") and every parent above it, nearest first, each with whom it is the parent of.
    `tops`: those that have no parent, or only parents that they are themselves a parent of."""

    below: Mapping[str, str]
    tops: tuple[str, ...]

    def way(self, key: str) -> list[str]:
        """From the target up to this parent."""
        way = [key]
        while self.below[way[-1]]:
            way.append(self.below[way[-1]])
        return way[::-1]


def _line_of_parents(structure: Structure, regime: Regime) -> ParentLine:
    below = {structure.target: ""}
    parents: dict[str, list[str]] = {}
    queue = [structure.target]
    for owned in queue:
        parents[owned] = _parents_of(structure, regime, owned)
        for parent in parents[owned]:
            if parent not in below:
                below[parent] = owned
                queue.append(parent)
    circles = enumerate(circles_above(structure.target, parents))
    circle_of = {key: number for number, circle in circles for key in circle}
    go_on = {circle_of[key] for key, found in parents.items() if any(circle_of[one] != circle_of[key] for one in found)}
    tops = tuple(key for key in parents if circle_of[key] not in go_on and key != structure.target)
    return ParentLine(below, tops or (structure.target,))


def _parents_of(structure: Structure, regime: Regime, owned: str) -> list[str]:
    """Who is said to consolidate it, and the company that holds more than half for certain."""
    told = [row.owner for row in structure.behind(owned) if row.kind == InterestKind.PARENT]
    rows = [row for row in structure.shares_in(owned) if _is_company(structure, row) and regime.reaches(row.low)]
    return list(dict.fromkeys((*told, *(row.held_for or row.owner for row in rows))))


def _may_be_parents(structure: Structure, regime: Regime, top: str, line: ParentLine) -> Iterable[Interest]:
    """Interests that may make a parent of their holder and do not for certain."""
    assert regime.threshold is not None
    for row in (*structure.shares_in(top), *structure.behind(top)):
        if row.owner in line.below or not _is_company(structure, row):
            continue
        if row.high >= regime.threshold if row.kind == InterestKind.SHARES else row.kind == InterestKind.CONTROL:
            yield row


def _hidden_in(structure: Structure, company: str) -> tuple[int, list[str]]:
    """(parts that nobody is named for or that somebody holds who is not named, whom to ask about)."""
    gap = structure.gaps.get(company, 0)
    hidden = structure.unnamed_parties | structure.closed_trusts
    rows = [row for row in structure.shares_in(company) if (row.held_for or row.owner) in hidden]
    parts = sum((row.low * structure.denominator).numerator for row in rows)
    return gap + parts, [company] * bool(gap) + [row.held_for or row.owner for row in rows]


def _parent_finding(structure: Structure, line: ParentLine, top: str) -> Finding:
    which = "The ultimate parent" if len(line.tops) == 1 else "One of those who may be the ultimate parent"
    where = country_name(structure.parties[top].headquarters)
    sentence = f"{which} is run from {where}: {' → '.join(structure.name(key) for key in line.way(top))}."
    return Finding(PARENT_FOUND, sentence, Says.DISAGREE, facts={"path": line.way(top)})


def _is_company(structure: Structure, row: Interest) -> bool:
    return structure.parties[row.held_for or row.owner].kind in (PartyKind.ORGANISATION, PartyKind.STATE)


# ------------------------------------------------------------------------------------------------ provider
def provider_majority(structure: Structure, on: date) -> Result:
    """More than half by companies headquartered where the provider does not sell; people do not count, wherever
    they come from. "Directly or indirectly" is read both ways, and the worse counts: a company caught counts in
    full for the next one down, and effective shares are multiplied along the chains and added."""
    regime = REGIMES[OwnershipTest.PROVIDER_MAJORITY]
    seeds = frozenset(party.key for party in structure.parties.values() if _is_of(party, regime, on))
    word = "from an unsupported region"
    line = _line(regime)
    may = cascade(structure, seeds, line, Reading.MAY)
    if may.catches(structure.target):
        proved = cascade(structure, seeds, line, Reading.SURE)
        if proved.catches(structure.target):
            return _caught(structure, regime, on, Outcome.REACHED, proved, word)
    try:
        most = _effective_of(structure, seeds, upper=True)
        least = _effective_of(structure, seeds, upper=False) if regime.reaches(most) else ZERO
    except Unsolvable as circle:
        if may.catches(structure.target):
            return _caught(structure, regime, on, Outcome.POSSIBLE, may, word)
        return _unsolvable(structure, regime, on, circle)
    if regime.reaches(least):
        return _result(regime, on, Outcome.REACHED, _in_the_end(structure, regime, seeds, least, ""))
    if may.catches(structure.target):
        return _caught(structure, regime, on, Outcome.POSSIBLE, may, word)
    if regime.reaches(most):
        return _result(regime, on, Outcome.POSSIBLE, _in_the_end(structure, regime, seeds, most, "at most "))
    opened = cascade(structure, seeds | structure.unnamed_parties, line, Reading.OPEN)
    if opened.catches(structure.target):
        return _caught(structure, regime, on, Outcome.UNKNOWN, opened, word)
    return _result(regime, on, Outcome.CLEAR, _nobody(structure, regime, may))


def _in_the_end(structure: Structure, regime: Regime, seeds: frozenset[str], share: Fraction, bound: str) -> Finding:
    sentence = (
        f"Companies from unsupported regions own {bound}{percent(share)} of {structure.name(structure.target)} in the "
        "end, though no chain alone comes to more than half."
    )
    facts = {"owners": sorted(seeds), "sum": str(share)}
    return Finding(f"ownership.{regime.test}.effective", sentence, Says.DISAGREE, facts=facts)


def _unsolvable(structure: Structure, regime: Regime, on: date, circle: Unsolvable) -> Result:
    names = joined(structure.name(key) for key in circle.keys[:5])
    sentence = f"Companies own one another and nobody else owns them, or too many to solve: {names}."
    finding = Finding(f"ownership.{regime.test}.circle", sentence, Says.MISSING, facts={"keys": list(circle.keys)})
    return _result(regime, on, Outcome.UNKNOWN, finding, asks=tuple(circle.keys[:5]))


def _effective_of(structure: Structure, seeds: frozenset[str], *, upper: bool) -> Fraction:
    """What these own of the target together; who is owned by another of them is counted once. Raises Unsolvable."""
    if not seeds:
        return ZERO
    direct = structure.most_shares if upper else structure.least_shares
    shares = effective_shares(structure.target, direct.without(seeds), structure.circles)
    return min(_settled(sum(shares.get(key, 0) for key in seeds)), Fraction(1))


def _settled(parts: int) -> Fraction:
    """Parts of SCALE as a share, without the last digits, which rounding may have touched: 0.4999… of a half is it."""
    near = Fraction(round(Fraction(parts * 10**12, SCALE)), 10**12)
    share = Fraction(parts, SCALE)
    return near if abs(near - share) * 10**18 < 1 else share


# ------------------------------------------------------------------------------------------------ beneficial owners
def beneficial_owners(structure: Structure, on: date) -> Result:
    """People with 25 % or more of shares or votes in the end, those behind a trust that has it, and who controls it.

    UNKNOWN where 25 % or more leads to nobody who was named, or where no control person is. A listed company ends
    the search: its owners need not be named (31 CFR 1010.230(e)(2)).
    """
    regime = REGIMES[OwnershipTest.BENEFICIAL_OWNERS]
    assert regime.threshold is not None
    if flaws_of(structure):
        sentence = "Shares add up to more than 100 %: nothing can be computed from them."
        return _result(regime, on, Outcome.UNKNOWN, Finding(f"ownership.{regime.test}.flawed", sentence, Says.MISSING))
    try:
        owners, hidden, at = _people(structure, regime)
    except Unsolvable as circle:
        return _unsolvable(structure, regime, on, circle)
    findings = [
        Finding(f"ownership.{regime.test}.owner", owner.why, Says.NOTE, facts=owner.as_json()) for owner in owners
    ]
    outcome, asks = Outcome.CLEAR, list[str]()
    if regime.reaches(hidden):
        outcome, asks = Outcome.UNKNOWN, at
        sentence = f"{percent(hidden)} of {structure.name(structure.target)} leads to nobody who was named."
        findings.append(Finding(f"ownership.{regime.test}.hidden", sentence, Says.MISSING, facts={"at": at}))
    if not owners and outcome == Outcome.CLEAR:
        sentence = f"Nobody owns {percent(regime.threshold)} or more in the end."
        findings.append(Finding(f"ownership.{regime.test}.none", sentence, Says.NOTE))
    in_charge = _in_charge(structure)
    if in_charge:
        sentence = f"In control: {joined(structure.name(key) for key in in_charge)}."
        findings.append(Finding(f"ownership.{regime.test}.control", sentence, Says.NOTE, facts={"keys": in_charge}))
    else:
        outcome = Outcome.UNKNOWN
        sentence = "No control person is named; exactly one is needed at least (the control prong)."
        findings.append(Finding(f"ownership.{regime.test}.no_control", sentence, Says.MISSING))
    return _result(regime, on, outcome, *findings, owners=tuple(owners), asks=tuple(asks))


def _people(structure: Structure, regime: Regime) -> tuple[list[Owner], Fraction, list[str]]:
    """(owners, the share that leads to nobody, the companies where it is lost). Raises Unsolvable."""
    assert regime.threshold is not None
    near = int(regime.threshold * SCALE) - SCALE // 10**6  # below it no comparison is needed
    best: dict[str, Owner] = {}
    hidden, at = ZERO, list[str]()
    for view in (SHARES, VOTES) if structure.index.votes else (SHARES,):
        direct, upper = _direct(structure, view)
        low = _effective(structure, view, direct)
        high = low if upper.parts == direct.parts else _effective(structure, view, upper)
        holds: Mapping[str, Sequence[str]] = {}
        lost, lost_at = _lost(structure, direct, low)
        if lost > hidden:
            hidden, at = lost, lost_at
        for key, found in high.items():
            if found < near or not _is_counted(structure.parties[key]):
                continue
            most = compare(key, structure.target, upper, found, regime.threshold)
            if regime.reaches(most) and (key not in best or best[key].high < most):
                least = compare(key, structure.target, direct, low.get(key, 0), regime.threshold)
                holds = holds or upper.held_by_holder()
                ways = _ways(structure, key, holds, high.keys())
                best[key] = _owner(structure, view, ways, least, most, (direct, upper))
    for owner in list(best.values()):
        if _is_trust(structure.parties[owner.key]):
            del best[owner.key]
            best |= {row.key: row for row in _behind_trust(structure, owner) if row.key not in best}
    return sorted(best.values(), key=lambda owner: (-owner.high, owner.key)), hidden, at


def _direct(structure: Structure, view: View) -> tuple[Shares, Shares]:
    """The direct shares, or votes, at least and at most."""
    if view is SHARES:
        return structure.least_shares, structure.most_shares
    return structure.least_votes, structure.most_votes


def _effective(structure: Structure, view: View, direct: Shares) -> dict[str, int]:
    return effective_shares(structure.target, direct, structure.circles if view is SHARES else None)


def _is_counted(party: Party) -> bool:
    return party.kind in (PartyKind.PERSON, PartyKind.TRUST)


def _rows_in(structure: Structure, view: View, owned: str) -> Sequence[Interest]:
    """Interests in shares, or in votes where any are told of the company."""
    return (view is VOTES and structure.votes_in(owned)) or structure.shares_in(owned)


def _lost(structure: Structure, direct: Shares, low: Mapping[str, int]) -> tuple[Fraction, list[str]]:
    """How much of the target leads to nobody who is named, and in which companies, the largest loss first."""
    losses: dict[str, int] = {}
    whole, parts = direct.whole, direct.parts
    for key, share in ((structure.target, SCALE), *low.items()):
        party = structure.parties[key]
        if party.kind == PartyKind.UNNAMED or key in structure.closed_trusts:
            losses[key] = share
        elif party.kind == PartyKind.ORGANISATION and not party.listed_on:
            rest = whole - sum(parts.get(key, ()))
            if rest > 0:
                losses[key] = rest * share // whole
    for row in structure.nominees:
        if row.held_for is None and row.owner in low:
            losses[row.owner] = low[row.owner]
    return _settled(sum(losses.values())), sorted(losses, key=lambda key: (-losses[key], key))[:5]


def _owner(
    structure: Structure, view: View, ways: Ways, low: Fraction, high: Fraction, bounds: tuple[Shares, Shares]
) -> Owner:
    low, high = _readable(low), _readable(high)
    told = sorted(ways.found, key=lambda way: -_product(way, bounds[1]))
    chains = [_chain_words(structure, view, way, bounds, alone=len(told) == 1) for way in told[:MOST_CHAINS]]
    left = len(told) - len(chains)
    more = f"; and {left} more" if left else ""
    if ways.cut:
        more = "; and more than can be listed"
    elif sum(_product(way, bounds[1]) for way in told) < high:
        more = f"{more}; the rest comes through companies that own one another"
    path = ways.shortest
    sentence = f"{structure.name(path[0])} owns {_from_to(low, high)} in the end: {'; '.join(chains)}{more}."
    return Owner(path[0], low, high, path, sentence)


def _chain_words(
    structure: Structure, view: View, way: Sequence[str], bounds: tuple[Shares, Shares], *, alone: bool
) -> str:
    """ "X → A → T (50 % × 40 % = 20 %)"; the product of the only chain is the owner's share and is not said twice."""
    words = " → ".join(structure.name(step) for step in way)
    factors = " × ".join(_way_words(structure, view, way))
    product = "" if alone or len(way) == 2 else f" = {_from_to(*(_product(way, shares) for shares in bounds))}"
    return f"{words} ({factors}{product})"


def _from_to(low: Fraction, high: Fraction) -> str:
    return percent(low) if low == high else f"{percent(low)} to {percent(high)}"


def _product(way: Sequence[str], shares: Shares) -> Fraction:
    """What the owner at its beginning has by this chain alone."""
    found = Fraction(1)
    for holder, owned in pairwise(way):
        found *= Fraction(sum(parts for key, parts in shares.of(owned) if key == holder), shares.whole)
    return found


@dataclass(frozen=True, slots=True)
class Ways:
    """Chains from an owner down to the target, none of which comes to a company twice."""

    shortest: tuple[str, ...]
    found: tuple[tuple[str, ...], ...]
    cut: bool  # there were too many to look at all


def _ways(structure: Structure, key: str, holds: Mapping[str, Sequence[str]], above: Collection[str]) -> Ways:
    """Nearest first. `holds`: what each holds; `above`: everybody above the target."""
    found: list[tuple[str, ...]] = []
    queue: list[tuple[str, ...]] = [(key,)]
    for looked, way in enumerate(queue):
        if looked == MOST_LOOKED_AT:
            break
        for owned in holds.get(way[-1], ()):
            if owned == structure.target:
                found.append((*way, owned))
            elif owned in above and owned not in way:
                queue.append((*way, owned))
    shortest = _shortest_way(structure, key, holds, above)
    return Ways(shortest, tuple(found) or (shortest,), len(queue) > MOST_LOOKED_AT)


def _readable(share: Fraction) -> Fraction:
    """A rounded share as the fraction it is a rounding of, where that is near enough to tell."""
    return _settled(share.numerator * SCALE // share.denominator)


def _shortest_way(
    structure: Structure, key: str, holds: Mapping[str, Sequence[str]], above: Collection[str]
) -> tuple[str, ...]:
    """From the owner down to the target."""
    before: dict[str, str] = {}
    queue = [key]
    for holder in queue:
        for owned in holds.get(holder, ()):
            if owned not in before and (owned in above or owned == structure.target):
                before[owned] = holder
                queue.append(owned)
        if structure.target in before:
            break
    way = [structure.target]
    while way[-1] != key:
        way.append(before[way[-1]])
    return tuple(reversed(way))


def _way_words(structure: Structure, view: View, path: Sequence[str]) -> Iterable[str]:
    for holder, owned in pairwise(path):
        rows = [row for row in _rows_in(structure, view, owned) if (row.held_for or row.owner) == holder]
        yield " + ".join(share_words(row) for row in rows)


def _behind_trust(structure: Structure, trust: Owner) -> Iterable[Owner]:
    """Settlors, trustees, protectors and beneficiaries are all beneficial owners of what the trust has."""
    for key, row in structure.people_behind(trust.key):
        sentence = f"{structure.name(key)} is {row.kind} of {structure.name(trust.key)}: {trust.why}"
        yield Owner(key, trust.low, trust.high, (key, *trust.path), sentence)


def _in_charge(structure: Structure) -> list[str]:
    kinds = (InterestKind.CONTROL_PERSON, InterestKind.DIRECTOR, InterestKind.CONTROL)
    rows = structure.behind(structure.target)
    people = [row.owner for kind in kinds for row in rows if row.kind == kind]
    return [key for key in dict.fromkeys(people) if structure.parties[key].kind == PartyKind.PERSON]


# ------------------------------------------------------------------------------------------------ together
def _result(regime: Regime, on: date, outcome: Outcome, *findings: Finding, **more: Any) -> Result:
    period = regime.period_on(on)
    if period is None:
        sentence = f"On {on} there was no such test."
        return Result(regime.test, Outcome.CLEAR, False, True, (Finding(f"ownership.{regime.test}.not_yet", sentence),))
    notes = []
    if not period.in_force:
        notes.append(Finding(f"ownership.{regime.test}.suspended", f"Not in force on {on}: {period.citation}."))
    elif not period.confirmed:
        notes.append(Finding(f"ownership.{regime.test}.unconfirmed", f"Not confirmed: {period.citation}."))
    return Result(regime.test, outcome, period.in_force, period.confirmed, (*findings, *notes), **more)


def _with_findings(result: Result, findings: Sequence[Finding]) -> Result:
    return replace(result, findings=tuple(findings))


def _is_trust(party: Party) -> bool:
    return party.kind is PartyKind.TRUST


def _questions(structure: Structure, results: Iterable[Result], flaws: Iterable[Finding]) -> tuple[str, ...]:
    """What to ask the customer, each company once, in words that give no test away."""
    asked: dict[str, None] = {flaw.public: None for flaw in flaws}
    for result in results:
        for key in result.asks:
            party = structure.parties[key]
            if party.kind == PartyKind.UNNAMED:
                asked["Please tell us who the owners are whom you have not named, with their shares."] = None
            elif key in structure.closed_trusts or (_is_trust(party) and result.test != OwnershipTest.HEADQUARTERS):
                asked[f"Please name the settlor, the trustees and the beneficiaries of {party.name}."] = None
            elif party.kind == PartyKind.PERSON:
                asked[f"For whom does {party.name} hold the share?"] = None
            elif not party.headquarters and result.test == OwnershipTest.HEADQUARTERS:
                asked[f"Please tell us from which country {party.name} is run."] = None
            else:
                asked[f"Please name all owners of {party.name} with their exact shares."] = None
        if any(finding.code.endswith(".no_control") for finding in result.findings):
            asked["Please name the person who runs the organisation day to day."] = None
    return tuple(asked)
