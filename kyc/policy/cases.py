"""The clocks and priorities of cases. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CaseClock:
    type: str
    priority: int  # 0 most urgent .. 100
    due_business_days: int  # the house's own clock; pauses while the customer is asked
    statutory_business_days: int | None  # the law's clock; never pauses
    source: str


CLOCKS: dict[str, CaseClock] = {
    clock.type: clock
    for clock in (
        CaseClock("screening", 10, 1, 10, "31 CFR 501.603/.604: blocked and rejected reports in 10 business days."),
        CaseClock("ownership", 20, 2, 10, "As screening: an owner's listing is the customer's."),
        CaseClock("unknown_check", 25, 1, None, "A check that could not be made blocks the customer."),
        CaseClock("location", 30, 2, None, "House rule."),
        CaseClock("identity", 40, 1, None, "House rule: customers wait for it."),
        CaseClock("use", 50, 2, None, "House rule."),
        CaseClock("risk", 50, 2, None, "House rule."),
        CaseClock("appeal", 35, 5, None, "GDPR art. 22(3): human intervention; 12(3): within a month."),
        CaseClock("review", 70, 10, None, "House rule: expiry is known long before."),
    )
}
# a strong hit moves its case up by this much
STRONG_HIT_PRIORITY = 1
# a claimed case nobody touched goes back to the queue after this many minutes
CLAIM_LASTS_MINUTES = 30
# whose holidays business days skip
HOLIDAYS_COUNTRY = "US"
