"""Business days and the clocks of a case. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache

import holidays

from kyc.policy.cases import HOLIDAYS_COUNTRY


def is_business_day(day: date) -> bool:
    return day.weekday() < 5 and day not in closed_days(day.year)


@cache
def closed_days(year: int) -> frozenset[date]:
    """The public holidays of one year, which business days skip."""
    return frozenset(holidays.country_holidays(HOLIDAYS_COUNTRY, years=year))


def add_business_days(start: date, days: int) -> date:
    """The day `days` business days after `start`; `start` itself does not count."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= is_business_day(day)
    return day


def business_days_between(start: date, end: date) -> int:
    """How many business days lie after `start` up to `end`; negative when `end` has passed."""
    if end < start:
        return -business_days_between(end, start)
    span = (start + timedelta(days=offset) for offset in range(1, (end - start).days + 1))
    return sum(is_business_day(day) for day in span)


def resumed_due(due_at: datetime, paused_at: datetime, now: datetime) -> datetime:
    """The house's clock after a pause: moved on by as long as the customer was asked."""
    return due_at + (now - paused_at)
