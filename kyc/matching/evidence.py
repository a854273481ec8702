"""What two parties say beside their names: birth dates, countries, addresses, identifiers, gender, kind. Pure.

Each finding agrees, disagrees or says what is missing, in a sentence for the reviewer. Findings lift or
lower a name's score (`settle`); they never hide a strong name and never make one out of a weak one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from kyc.findings import Finding, Says
from kyc.matching.identifiers import family, plain, same_identifier
from kyc.matching.scripts import latin
from kyc.matching.types import Kind, PartialDate, Party
from kyc.policy.matching import MatchingPolicy

NEAR_YEARS = 2  # a listed year or circa this far off still fits: lists round ages
_WORD = re.compile(r"[^\W_]+")
_COMMON_ADDRESS_WORDS = frozenset({
    "street", "st", "road", "rd", "avenue", "ave", "lane", "ln", "no", "building", "bldg", "floor", "district", "city",
    "province", "region", "room", "office", "block", "po", "box", "p", "o", "the", "of", "and", "ul", "ulitsa", "pr",
    "prospekt", "house", "d", "korp", "km", "zone", "area",
})  # fmt: skip


def compare_facts(query: Party, listed: Party, policy: MatchingPolicy) -> tuple[Finding, ...]:
    """All findings but those on names. Missing facts are findings of weight 0."""
    findings = [
        *_identifiers(query, listed, policy),
        _birth(query, listed, policy),
        _countries(query, listed, policy),
        _addresses(query, listed, policy),
        _gender(query, listed, policy),
        _kind(query, listed, policy),
    ]
    return tuple(found for found in findings if found is not None)


def settle(name_score: float, findings: Sequence[Finding], policy: MatchingPolicy) -> float:
    """The score of a pair from its name score and its findings.

    Agreement closes part of the way to 1.0; disagreement takes part of what stands above the report
    threshold, so a name that is a hit stays one. Below `support_floor` the names differ and nothing lifts
    them, but an equal identifier alone is a hit. Monotone in each finding's weight.
    """
    report = policy.report_threshold
    keep = 1.0
    for found in findings:
        if found.says is Says.DISAGREE:
            keep *= 1.0 + found.weight
    open_way = 1.0
    for found in findings:
        if found.says is Says.AGREE:
            open_way *= 1.0 - found.weight
    same_number = any(found.code == "identifier.agree" for found in findings)
    score = max(name_score, policy.strong_threshold) if same_number else name_score
    if score >= policy["support_floor"]:
        score = 1.0 - (1.0 - score) * open_way
    if score >= report:
        return report + (score - report) * keep
    return score


def identifying(findings: Sequence[Finding]) -> float:
    """How much the agreeing facts identify: the sum of their weights, less what contradicts. For ranking."""
    return sum(found.weight for found in findings if found.says in (Says.AGREE, Says.DISAGREE))


def _finding(code: str, says: Says, sentence: str, policy: MatchingPolicy, **facts: object) -> Finding:
    weight = 0.0
    if says is Says.AGREE:
        weight = policy[code]
    elif says is Says.DISAGREE:
        weight = -policy[code]
    return Finding(code=code, sentence=sentence, says=says, weight=weight, facts=facts)


def _missing(code: str, what: str, ours: bool, theirs: bool) -> Finding | None:
    """None where neither side says anything: two silences are no finding."""
    if not ours and not theirs:
        return None
    side = "The list entry gives no" if ours else "The customer gave no"
    return Finding(code=f"{code}.missing", sentence=f"{side} {what}; nothing to compare.", says=Says.MISSING)


# ------------------------------------------------------------------------------------------------ birth dates
def _birth(query: Party, listed: Party, policy: MatchingPolicy) -> Finding | None:
    ours, theirs = query.birth_dates, listed.birth_dates
    if not ours or not theirs:
        return _missing("birth", "birth date", bool(ours), bool(theirs))
    found = max((birth_verdict(one, other) for one in ours for other in theirs), key=_BIRTH_ORDER.index)
    told = f"customer {', '.join(map(str, ours))}; list {', '.join(map(str, theirs))}"
    says = Says.AGREE if found.endswith(".agree") else Says.DISAGREE
    return _finding(
        found, says, f"{_BIRTH_SENTENCES[found]} ({told}).", policy,
        customer=[str(date) for date in ours], listed=[str(date) for date in theirs],
    )  # fmt: skip


# From the worst to the best; of several listed dates the best one counts.
_BIRTH_ORDER = (
    "birth.year.disagree", "birth.day.disagree", "birth.near.agree", "birth.year.agree", "birth.swapped.agree",
    "birth.month.agree", "birth.day.agree",
)  # fmt: skip
_BIRTH_SENTENCES = {
    "birth.year.disagree": "Born in another year",
    "birth.day.disagree": "Born in the same year on another day",
    "birth.near.agree": "The birth years are close, and the list's is approximate",
    "birth.year.agree": "Born in the same year; no full date to compare",
    "birth.swapped.agree": "The birth dates agree with day and month exchanged",
    "birth.month.agree": "Born in the same month and year; no day to compare",
    "birth.day.agree": "Born on the same day",
}


def birth_verdict(one: PartialDate, other: PartialDate) -> str:
    """The code of what two dates of any precision say to each other. Symmetric."""
    low, high = one.year, max(one.year, one.year_to)
    other_low, other_high = other.year, max(other.year, other.year_to)
    vague = one.about or other.about or low != high or other_low != other_high
    apart = max(other_low - high, low - other_high, 0)
    if apart:
        rounded = vague or not (one.month and other.month)
        return "birth.near.agree" if rounded and apart <= NEAR_YEARS else "birth.year.disagree"
    if vague:
        return "birth.year.agree" if low == high or other_low == other_high else "birth.near.agree"
    if not one.month or not other.month:
        return "birth.year.agree"
    if not one.day or not other.day:
        return "birth.month.agree" if one.month == other.month else "birth.day.disagree"
    if (one.month, one.day) == (other.month, other.day):
        return "birth.day.agree"
    if (one.month, one.day) == (other.day, other.month):
        return "birth.swapped.agree"
    # The first of January stands on lists and in papers for "day unknown".
    if (one.month, one.day) == (1, 1) or (other.month, other.day) == (1, 1):
        return "birth.year.agree"
    return "birth.day.disagree"


# ------------------------------------------------------------------------------------------------ the others
def _countries(query: Party, listed: Party, policy: MatchingPolicy) -> Finding | None:
    ours, theirs = query.countries, listed.countries
    if not ours or not theirs:
        return _missing("country", "country", bool(ours), bool(theirs))
    shared = sorted(set(ours) & set(theirs))
    facts = {"customer": list(ours), "listed": list(theirs)}
    if shared:
        return _finding("country.agree", Says.AGREE, f"Both are connected with {', '.join(shared)}.", policy, **facts)
    return _finding(
        "country.disagree", Says.DISAGREE,
        f"No country in common (customer {', '.join(ours)}; list {', '.join(theirs)}).", policy, **facts,
    )  # fmt: skip


@lru_cache(maxsize=20_000)
def _address_words(address: str) -> frozenset[str]:
    words = (latin(word) for word in _WORD.findall(address.casefold()))
    return frozenset(word for word in words if word and word not in _COMMON_ADDRESS_WORDS)


def _addresses(query: Party, listed: Party, policy: MatchingPolicy) -> Finding | None:
    ours, theirs = query.addresses, listed.addresses
    if not ours or not theirs:
        return _missing("address", "address", bool(ours), bool(theirs))
    best, pair = 0.0, (ours[0], theirs[0])
    for one in ours:
        for other in theirs:
            mine, listed_words = _address_words(one), _address_words(other)
            least = min(len(mine), len(listed_words))
            share = len(mine & listed_words) / max(least, 3) if least else 0.0
            if share > best:
                best, pair = share, (one, other)
    facts = {"customer": pair[0], "listed": pair[1], "shared_words": round(best, 2)}
    if best >= 0.6:
        return _finding("address.agree", Says.AGREE, f"The addresses agree: “{pair[1]}”.", policy, **facts)
    if best >= 0.3:
        return Finding("address.near", "The addresses share a town or street, no more.", Says.NOTE, 0.0, facts=facts)
    return _finding("address.disagree", Says.DISAGREE, "The addresses have nothing in common.", policy, **facts)


def _identifiers(query: Party, listed: Party, policy: MatchingPolicy) -> list[Finding]:
    ours, theirs = query.identifiers, listed.identifiers
    if not ours or not theirs:
        missing = _missing("identifier", "identifier", bool(ours), bool(theirs))
        return [missing] if missing else []
    findings = [
        _finding(
            "identifier.agree", Says.AGREE, f"The same {other.kind} number: {other.value}.", policy,
            kind=other.kind, country=other.country,
        )
        for other in theirs
        if any(same_identifier(one, other) for one in ours)
    ]  # fmt: skip
    if findings:
        return findings[:1]
    for one in ours:
        for other in theirs:
            comparable = family(one.kind) == family(other.kind) and plain(one.value) != plain(other.value)
            if comparable and (not one.country or not other.country or one.country == other.country):
                return [
                    _finding(
                        "identifier.disagree", Says.DISAGREE,
                        f"Another {other.kind} number than the list gives.", policy, kind=other.kind,
                    )
                ]  # fmt: skip
    return [Finding("identifier.missing", "No identifiers of the same sort to compare.", Says.MISSING)]


def _gender(query: Party, listed: Party, policy: MatchingPolicy) -> Finding | None:
    if not query.gender or not listed.gender:
        return _missing("gender", "gender", bool(query.gender), bool(listed.gender))
    if query.gender == listed.gender:
        return _finding("gender.agree", Says.AGREE, f"Both are {listed.gender}.", policy)
    return _finding(
        "gender.disagree", Says.DISAGREE, f"The customer is {query.gender}, the listed party {listed.gender}.", policy
    )


def _kind(query: Party, listed: Party, policy: MatchingPolicy) -> Finding | None:
    if Kind.UNKNOWN in (query.kind, listed.kind) or query.kind is listed.kind:
        return None
    return _finding(
        "kind.disagree", Says.DISAGREE, f"The customer is a {query.kind}, the listed party a {listed.kind}.", policy
    )
