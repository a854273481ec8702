"""The two clocks of a case as chips with their units, and who holds its lock. Nothing is decided here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from accounts.models import User
from kyc.cases.models import Case
from kyc.cases.rules import business_days_between
from kyc.cases.states import CaseStatus
from kyc.policy.cases import CLAIM_LASTS_MINUTES

SOON_DAYS = 1
FREE = (CaseStatus.OPEN, CaseStatus.ESCALATED)


@dataclass(frozen=True, slots=True)
class Clock:
    text: str  # always with the unit
    tone: str  # good, warn, bad or "": the text says it too
    icon: str
    title: str


@dataclass(frozen=True, slots=True)
class Lock:
    by_me: bool
    by_other: bool
    free: bool  # may be claimed
    until: datetime | None


def clocks_of(case: Case, now: datetime) -> tuple[Clock | None, Clock | None]:
    """The house's own clock, which stands while the customer is asked, and the law's, which never does."""
    return _house(case, now), _statutory(case, now)


def _house(case: Case, now: datetime) -> Clock | None:
    if case.status == CaseStatus.RESOLVED:
        return None
    if case.paused_at is not None or case.status == CaseStatus.AWAITING_CUSTOMER:
        return Clock("paused", "", "pause", "The house's clock stands while the customer is asked")
    title = f"House's clock: due {case.due_at:%Y-%m-%d %H:%M} UTC"
    left = case.due_at - now
    if left < timedelta(0):
        return Clock(f"{_length(case.due_at, now)} late", "bad", "alarm", title)
    tone = "warn" if left < timedelta(days=SOON_DAYS) else "good"
    return Clock(f"{_length(now, case.due_at)} left", tone, "schedule", title)


def _length(start: datetime, end: datetime) -> str:
    """Hours within a day, else business days."""
    if end - start < timedelta(days=1):
        hours = int((end - start).total_seconds() // 3600)
        return f"{hours} hour{'' if hours == 1 else 's'}" if hours else "less than an hour"
    return _business_days(start.date(), end.date())


def _statutory(case: Case, now: datetime) -> Clock | None:
    due = case.statutory_due_on
    if due is None or case.status == CaseStatus.RESOLVED:
        return None
    title = f"Clock of the law: {due}; it never pauses"
    if due < now.date():
        return Clock(f"{_business_days(due, now.date())} late", "bad", "gavel", title)
    if due == now.date():
        return Clock("due today", "bad", "gavel", title)
    text = _business_days(now.date(), due)
    return Clock(
        f"{text} left", "warn" if business_days_between(now.date(), due) <= SOON_DAYS * 2 else "", "gavel", title
    )


def _business_days(start: date, end: date) -> str:
    days = business_days_between(start, end)
    return f"{days} business day{'' if days == 1 else 's'}"


def lock_of(case: Case, user: User, now: datetime) -> Lock:
    """A claim nobody worked on lapses; then the case is anybody's again. As kyc.cases.queries.free_to_claim."""
    if case.status == CaseStatus.RESOLVED:
        return Lock(False, False, False, None)
    if case.status != CaseStatus.INVESTIGATING or case.assignee_id is None or case.claimed_at is None:
        return Lock(False, False, case.status in FREE or case.status == CaseStatus.INVESTIGATING, None)
    until = case.claimed_at + timedelta(minutes=CLAIM_LASTS_MINUTES)
    mine = case.assignee_id == user.pk
    return Lock(by_me=mine, by_other=not mine and until > now, free=not mine and until <= now, until=until)
