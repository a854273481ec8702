"""What a provider's result means for us. Pure: the session as it was read back and what was declared in, a verdict out.

A provider's yes is believed only for a session that is ours, for checks that were made, and where what it read is what
the customer declared. A provider's no is never a refusal by itself: a person looks. A word that nobody knows is a
review.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kyc.findings import Finding, Says
from kyc.identity.provider import Check, CheckResult, SessionResult
from kyc.identity.rules import DeclaredPerson, IdentityOutcome, compare_readings
from kyc.identity.states import VerificationStatus
from kyc.policy.identity import CURRENT, ITEM_WORDS, REASONS, VENDORS, IdentityPolicy, Item, Reason

V = VerificationStatus


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What we know of the session ourselves. `asked` counts, per item, how often it was asked for before."""

    reference: str
    declared: DeclaredPerson
    asked: Mapping[str, int]
    needs_face: bool
    started_at: datetime
    turn_since: datetime  # since when it is the customer's turn
    locked: bool = False  # handed to a person for good


@dataclass(frozen=True, slots=True)
class SessionVerdict:
    """`again` is what the customer is asked to send once more, each with its reason."""

    status: VerificationStatus
    outcome: str
    findings: tuple[Finding, ...]
    again: tuple[Reason, ...] = ()
    failed: tuple[Reason, ...] = ()  # what counts as a failed attempt, whether it is asked for again or not
    locked: bool = False


def judge_session(
    facts: SessionFacts, result: SessionResult, *, today: date, policy: IdentityPolicy = CURRENT
) -> SessionVerdict:
    """Never raises: whatever cannot be understood goes to a person."""
    if result.reference != facts.reference:
        sentence = "The provider's session is not the one that was started for this customer."
        stranger = Finding("vendor.reference", sentence, Says.DISAGREE, facts={"theirs": result.reference})
        return SessionVerdict(V.REVIEW, "review", (stranger,))
    findings = (_told(result), *_checks(result), *(_finding_of(REASONS[code]) for code in result.reasons))
    if "not_understood" in result.reasons:
        return SessionVerdict(V.REVIEW, "review", findings, locked=facts.locked)
    match result.status:
        case V.VERIFIED:
            return _verified(facts, result, findings, today=today, policy=policy)
        case V.REQUIRES_INPUT:
            return _asked_again(facts, result, findings, policy)
        case V.FAILED:
            return SessionVerdict(V.REVIEW, "review", findings, locked=facts.locked)
        case V.PROCESSING if not facts.locked:
            return _processing(facts, result, findings)
        case V.CANCELED | V.EXPIRED:
            return SessionVerdict(result.status, "", findings, locked=facts.locked)
    return SessionVerdict(V.REVIEW, "review", findings, locked=facts.locked)


def _verified(
    facts: SessionFacts, result: SessionResult, told: tuple[Finding, ...], *, today: date, policy: IdentityPolicy
) -> SessionVerdict:
    if not result.readings:
        sentence = "The provider verified somebody and let nothing of the document be read: compare by hand."
        silent = Finding("vendor.nothing_read", sentence, Says.MISSING)
        return SessionVerdict(V.REVIEW, "unknown", (*told, silent), locked=facts.locked)
    compared = compare_readings(facts.declared, result.readings, today=today, policy=policy)
    findings = (*told, *compared.findings)
    needed = {Check.DOCUMENT} | ({Check.FACE} if facts.needs_face else set())
    missing = sorted(check for check in needed if result.checks.get(check) is not CheckResult.PASSED)
    if missing:
        sentence = f"The provider verified without these checks: {', '.join(missing)}."
        gap = Finding("vendor.check_missing", sentence, Says.MISSING, facts={"checks": missing})
        return SessionVerdict(V.REVIEW, "review", (*findings, gap), locked=facts.locked)
    good = compared.outcome is IdentityOutcome.CONSISTENT and not facts.locked
    return SessionVerdict(V.VERIFIED if good else V.REVIEW, compared.outcome, findings, locked=facts.locked)


def _asked_again(
    facts: SessionFacts, result: SessionResult, told: tuple[Finding, ...], policy: IdentityPolicy
) -> SessionVerdict:
    """Nothing went wrong yet: the customer's turn. Else each item once more, until one was asked for too often."""
    if facts.locked:
        return SessionVerdict(V.REVIEW, "review", told, locked=True)
    reasons = _one_for_each_item([REASONS[code] for code in result.reasons])
    if any(not reason.again for reason in reasons):
        return SessionVerdict(V.REVIEW, "review", told, failed=reasons)
    if result.read_at - facts.turn_since > timedelta(hours=policy.session_lasts_hours):
        sentence = f"The customer did not come in {policy.session_lasts_hours} hours."
        return SessionVerdict(V.EXPIRED, "", (*told, Finding("vendor.not_used", sentence)))
    worn_out = [reason for reason in reasons if facts.asked.get(reason.item, 0) + 1 >= policy.most_attempts]
    if worn_out:
        names = ", ".join(sorted({ITEM_WORDS[reason.item].lower() for reason in worn_out}))
        sentence = f"{policy.most_attempts} attempts failed: {names}. No more are offered."
        locked = Finding("identity.locked", sentence)
        return SessionVerdict(V.REVIEW, "review", (*told, locked), failed=reasons, locked=True)
    return SessionVerdict(V.REQUIRES_INPUT, "", told, again=reasons, failed=reasons)


def _processing(facts: SessionFacts, result: SessionResult, told: tuple[Finding, ...]) -> SessionVerdict:
    if result.read_at - facts.started_at <= timedelta(hours=VENDORS.slowest_hours):
        return SessionVerdict(V.PROCESSING, "", told)
    slow = Finding("vendor.slow", f"The provider has no result after {VENDORS.slowest_hours} hours.", Says.MISSING)
    return SessionVerdict(V.REVIEW, "unknown", (*told, slow))


def _one_for_each_item(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """The first reason of each item: one thing to do for each."""
    found: dict[Item, Reason] = {}
    for reason in reasons:
        found.setdefault(reason.item, reason)
    return tuple(found.values())


def _told(result: SessionResult) -> Finding:
    sentence = f"Asked at {result.read_at:%d %B %Y %H:%M} UTC, the provider said: {result.raw_status or 'nothing'}"
    sentence += f" ({result.error})." if result.error else "."
    return Finding("vendor.told", sentence, facts={"status": result.raw_status, "error": result.error})


SAID = {
    CheckResult.PASSED: (Says.AGREE, "passed"),
    CheckResult.FAILED: (Says.DISAGREE, "failed"),
    CheckResult.UNSURE: (Says.MISSING, "has no clear result"),
    CheckResult.NOT_DONE: (Says.MISSING, "was not made"),
}


def _checks(result: SessionResult) -> list[Finding]:
    found = []
    for check, said in result.checks.items():
        says, words = SAID[said]
        found.append(Finding(f"vendor.check_{check}", f"The provider's check of the {check} {words}.", says))
    return found


def _finding_of(reason: Reason) -> Finding:
    return Finding(
        f"vendor.{reason.code}",
        reason.staff,
        Says.DISAGREE,
        public=reason.public,
        facts={"item": str(reason.item), "again": reason.again},
    )


# ------------------------------------------------------------------------------------------------ retries
def next_try_seconds(failures: int, *, first: int, longest: int) -> int:
    """How long to wait after so many failures in a row (from 1): doubled each time, up to the longest."""
    return min(first << min(max(failures, 1) - 1, 30), longest)
