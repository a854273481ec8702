"""Business days and the clocks of a case. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

import holidays

from kyc.policy.cases import HOLIDAYS_COUNTRY


def is_business_day(day: date, *, closed: Collection[date]) -> bool:
    return day.weekday() < 5 and day not in closed


def closed_days(years: Collection[int]) -> frozenset[date]:
    """The public holidays that business days skip."""
    return frozenset(holidays.country_holidays(HOLIDAYS_COUNTRY, years=years))


def add_business_days(start: date, days: int) -> date:
    """The day `days` business days after `start`; `start` itself does not count."""
    closed = closed_days(range(start.year, start.year + 2))
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= is_business_day(day, closed=closed)
    return day


def business_days_between(start: date, end: date) -> int:
    """How many business days lie after `start` up to `end`; negative when `end` has passed."""
    if end < start:
        return -business_days_between(end, start)
    closed = closed_days(range(start.year, end.year + 1))
    span = (start + timedelta(days=offset) for offset in range(1, (end - start).days + 1))
    return sum(is_business_day(day, closed=closed) for day in span)


def resumed_due(due_at: datetime, paused_at: datetime, now: datetime) -> datetime:
    """The house's clock after a pause: moved on by as long as the customer was asked."""
    return due_at + (now - paused_at)
