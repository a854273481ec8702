"""What the engine's matches mean for one customer: hits by listed party, what stays quiet, what lapses. Pure.

A hit is one subject (the customer, or an owner, director or member of it) against one group of listed entries that
are the same party. The party is judged as a whole: its best score with its strictest effect, whichever of its
entries said which. A clearance is kept while the fingerprints of both sides stand as they were reviewed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from kyc.findings import Finding, Says
from kyc.matching.engine import Match
from kyc.matching.types import Party
from kyc.policy.matching import MatchingPolicy
from kyc.policy.measures import HOLDING_EFFECTS, Effect, strictest
from kyc.screening.states import HitStatus

# What reviewers look at on either side, in the words in which a lapse is told.
SUBJECT_FIELDS = {
    "names": "names",
    "kind": "kind",
    "birth_dates": "birth date",
    "countries": "countries",
    "addresses": "addresses",
    "identifiers": "identifiers",
    "gender": "gender",
}
LISTED_FIELDS = SUBJECT_FIELDS | {"measure": "measure", "programmes": "programme"}


@dataclass(frozen=True, slots=True)
class Listing:
    """One active entry: who it says is listed, and what that means. `key` is "list:uid", as in the index."""

    key: str
    entry_id: int
    group_id: int
    party: Party
    measure: str
    programmes: tuple[str, ...]
    effect: Effect


@dataclass(frozen=True, slots=True)
class Clearance:
    """A remembered decision that two sides are not the same. `sides` as `sides_of` made them then."""

    clearance_id: int
    fingerprint: str
    sides: Mapping[str, str]
    expires_on: date


@dataclass(frozen=True, slots=True)
class Earlier:
    """The hit of an earlier screening on the same subject and group, with its living clearance if any."""

    hit_id: int
    status: HitStatus
    fingerprint: str
    clearance: Clearance | None = None
    match_stands: bool = False  # a true match of the same subject is still listed


@dataclass(frozen=True, slots=True)
class Judged:
    """One subject against one listed party, with all that a reviewer will want to see."""

    subject: str  # public id
    group_id: int
    score: float  # 0.0..1.0, of the best entry
    strong: bool  # holds access at once
    effect: Effect
    query_name: str
    matched_name: str
    findings: tuple[Finding, ...]
    entry_ids: tuple[int, ...]  # all active entries of the party
    fingerprint: str
    sides: Mapping[str, str]


class Standing(StrEnum):
    """What a screening does with one judged pair."""

    NEW = "new"
    REOPENED = "reopened"
    STANDS = "stands"  # open, or a true match: the evidence is brought up to date
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Verdict:
    standing: Standing
    why: str  # a sentence; "" for a hit that is simply new
    lapsed: bool = False  # the clearance no longer holds


# ------------------------------------------------------------------------------------------------ fingerprints
def sides_of(subject: Party, listed: Sequence[Listing], *, key: bytes) -> dict[str, str]:
    """A digest for each field of both sides: "subject.birth_dates", "un:6908.names", …

    Keyed, because a bare digest of a birth date is a birth date. Order of values does not count.
    """
    sides = {f"subject.{field}": _digest(value, key) for field, value in _facts(subject).items()}
    for entry in listed:
        facts = _facts(entry.party) | {"measure": entry.measure, "programmes": sorted(entry.programmes)}
        sides |= {f"{entry.key}.{field}": _digest(value, key) for field, value in facts.items()}
    return sides


def fingerprint_of(sides: Mapping[str, str]) -> str:
    """One digest over both sides, hex."""
    return hashlib.sha256("\n".join(f"{name}={sides[name]}" for name in sorted(sides)).encode()).hexdigest()


def what_changed(then: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Both sides' changes in words: "the customer's birth date; the listed names (un:6908)". "" if none."""
    told: dict[str, None] = {}
    entries_then, entries_now = _entries(then), _entries(now)
    for name in sorted(then.keys() | now.keys()):
        owner, _, field = name.rpartition(".")
        if then.get(name) == now.get(name):
            continue
        if owner == "subject":
            told[f"the customer's {SUBJECT_FIELDS[field]}"] = None
        elif owner not in entries_then:
            told[f"a further entry {owner}"] = None
        elif owner not in entries_now:
            told[f"entry {owner} left"] = None
        else:
            told[f"the listed {LISTED_FIELDS[field]} ({owner})"] = None
    return "; ".join(told)


def _facts(party: Party) -> dict[str, Any]:
    return {
        "names": sorted([name.text, str(name.quality)] for name in party.names),
        "kind": str(party.kind),
        "birth_dates": sorted(map(str, party.birth_dates)),
        "countries": sorted(party.countries),
        "addresses": sorted(party.addresses),
        "identifiers": sorted([i.kind, i.value, i.country] for i in party.identifiers),
        "gender": party.gender,
    }


def _digest(value: Any, key: bytes) -> str:
    content = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return hmac.new(key, content, hashlib.sha256).hexdigest()[:24]


def _entries(sides: Mapping[str, str]) -> set[str]:
    return {name.rpartition(".")[0] for name in sides} - {"subject"}


# ------------------------------------------------------------------------------------------------ verdicts
def judge(
    subject: Party,
    matches: Iterable[Match],
    listed: Mapping[int, Sequence[Listing]],
    *,
    policy: MatchingPolicy,
    key: bytes,
) -> tuple[Judged, ...]:
    """Bring matches of one subject together by listed party, best first.

    `listed` gives every active entry of each group that was matched; a match whose entry is in none of them
    is a programming error and raises KeyError, because dropping it would lose a hit.
    """
    group_of = {entry.key: group for group, entries in listed.items() for entry in entries}
    by_group: dict[int, list[Match]] = {}
    for match in matches:
        by_group.setdefault(group_of[match.key], []).append(match)
    judged = [_judged(subject, found, listed[group], policy, key) for group, found in by_group.items()]
    return tuple(sorted(judged, key=lambda hit: (-hit.score, hit.group_id)))


def _judged(
    subject: Party, matches: list[Match], entries: Sequence[Listing], policy: MatchingPolicy, key: bytes
) -> Judged:
    best = max(matches, key=lambda match: (match.score, match.strength))
    effect = strictest(entry.effect for entry in entries)
    sides = sides_of(subject, entries, key=key)
    return Judged(
        subject=subject.key,
        group_id=entries[0].group_id,
        score=best.score,
        strong=best.score >= policy.strong_threshold and effect in HOLDING_EFFECTS,
        effect=effect,
        query_name=best.query_name,
        matched_name=best.matched_name.text,
        findings=(*best.findings, _told(entries, effect)),
        entry_ids=tuple(sorted(entry.entry_id for entry in entries)),
        fingerprint=fingerprint_of(sides),
        sides=sides,
    )


def _told(entries: Sequence[Listing], effect: Effect) -> Finding:
    where = ", ".join(sorted(entry.key for entry in entries))
    return Finding(
        "list.effect",
        f"Listed as {where}; the strictest effect is: {str(effect).replace('_', ' ')}.",
        Says.NOTE,
        facts={"effects": {entry.key: str(entry.effect) for entry in entries}},
    )


def stands(judged: Judged, earlier: Earlier | None, *, today: date) -> Verdict:
    """What becomes of a judged pair, given what was decided about it before."""
    if earlier is None:
        return Verdict(Standing.NEW, "")
    match earlier.status:
        case HitStatus.PENDING | HitStatus.INCONCLUSIVE | HitStatus.TRUE_MATCH:
            return Verdict(Standing.STANDS, "")
        case HitStatus.DELISTED:
            return Verdict(Standing.REOPENED, "The entry is listed again.", lapsed=earlier.clearance is not None)
        case _:
            return _settled(judged, earlier, today)


def _settled(judged: Judged, earlier: Earlier, today: date) -> Verdict:
    clearance = earlier.clearance
    reviewed = clearance.fingerprint if clearance else earlier.fingerprint
    if reviewed != judged.fingerprint:
        changed = what_changed(clearance.sides, judged.sides) if clearance else "one of the two sides"
        return Verdict(Standing.REOPENED, f"Changed since it was cleared: {changed}.", lapsed=True)
    if clearance is not None and clearance.expires_on <= today:
        return Verdict(Standing.REOPENED, f"The clearance expired on {clearance.expires_on}.", lapsed=True)
    if earlier.status is HitStatus.SUPERSEDED:
        if not earlier.match_stands:
            return Verdict(Standing.REOPENED, "No true match of the same subject is listed any more.")
        return Verdict(Standing.QUIET, "Another hit is the true match, and neither side has changed.")
    until = f"; quiet until {clearance.expires_on} at the latest" if clearance else ""
    return Verdict(Standing.QUIET, f"Cleared before, and neither side has changed{until}.")


def must_hold(judged: Judged, verdict: Verdict, *, was_strong: bool = False, was_effect: str = "") -> bool:
    """Whether this screening is the one that holds access.

    True for a strong hit that is new, open again, has grown strong, or whose listing has become stricter; else
    the hold stands already, or two people lifted it knowing this hit, and it is not placed a second time.
    """
    if not judged.strong or verdict.standing is Standing.QUIET:
        return False
    if verdict.standing in (Standing.NEW, Standing.REOPENED):
        return True
    return not was_strong or Effect(was_effect) != strictest((Effect(was_effect), judged.effect))


# ------------------------------------------------------------------------------------------------ two policies
class Shift(StrEnum):
    """What another policy does to one hit."""

    MORE = "more"  # a hit that is none by the policy in force
    FEWER = "fewer"  # none any more
    STRONGER = "stronger"  # would hold access, and does not
    WEAKER = "weaker"  # holds access, and would not


@dataclass(frozen=True, slots=True)
class Difference:
    """One subject and listed party on which two policies do not agree; scores are None where it is no hit."""

    shift: Shift
    subject: str
    group_id: int
    listed: str
    before: float | None
    after: float | None


def differences(before: Sequence[Judged], after: Sequence[Judged]) -> tuple[Difference, ...]:
    """What changes from the hits of one policy to those of another on the same facts, listed parties in order."""
    old = {(hit.subject, hit.group_id): hit for hit in before}
    new = {(hit.subject, hit.group_id): hit for hit in after}
    found = []
    for key in sorted(old.keys() | new.keys()):
        one, other = old.get(key), new.get(key)
        shift = _shift(one, other)
        shown = other or one
        if shift is not None and shown is not None:
            scores = (one.score if one else None, other.score if other else None)
            found.append(Difference(shift, *key, shown.matched_name, *scores))
    return tuple(found)


def _shift(one: Judged | None, other: Judged | None) -> Shift | None:
    if one is None or other is None:
        return Shift.MORE if one is None else Shift.FEWER
    if one.strong == other.strong:
        return None
    return Shift.STRONGER if other.strong else Shift.WEAKER
