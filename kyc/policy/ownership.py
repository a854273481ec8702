"""The five ownership tests: what each counts, from which share on, since when and by whose word. Pure.

An auditor reads this page. Each test is dated by periods, because rules come, are suspended and come back; a day
in no period is one on which the test does not exist. `confirmed` is False where the row rests on second-hand
notes and nobody has compared it with the official text (docs/ownership.md#what-is-not-confirmed): the cautious
reading stands until somebody does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from kyc.policy.territories import TERRITORIES, Group

VERSION = "ownership-2026-11-27.1"


class OwnershipTest(StrEnum):
    OFAC_50 = "ofac_50"
    BIS_AFFILIATES = "bis_affiliates"
    HEADQUARTERS = "headquarters"
    PROVIDER_MAJORITY = "provider_majority"
    BENEFICIAL_OWNERS = "beneficial_owners"


@dataclass(frozen=True, slots=True)
class Period:
    """From `valid_from` up to, not including, `valid_to` (None: until further notice)."""

    valid_from: date
    valid_to: date | None
    in_force: bool  # False: the rule exists and is suspended
    citation: str
    confirmed: bool = True

    def covers(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


@dataclass(frozen=True, slots=True)
class Regime:
    """`threshold` is a share of the whole (1/2 is 50 %); None where the test knows no percentage.

    `strictly`: more than the threshold is needed; else the threshold itself suffices.
    `measures` are the codes of kyc.policy.measures whose parties count as owners.
    `programmes`: if not empty, an SDN counts only under one of these.
    `territory`: the group of countries whose companies count.
    """

    test: OwnershipTest
    title: str
    question: str
    threshold: Fraction | None
    strictly: bool
    citation: str
    periods: tuple[Period, ...]
    measures: frozenset[str] = frozenset()
    programmes: frozenset[str] = frozenset()
    territory: Group | None = None
    holds: bool = False  # what it reaches holds access at once; else a person looks first

    def period_on(self, on: date) -> Period | None:
        return next((period for period in self.periods if period.covers(on)), None)

    def reaches(self, share: Fraction) -> bool:
        """Exactly the threshold counts, or not, as the regime says. A test without a percentage: never."""
        if self.threshold is None:
            return False
        return share > self.threshold if self.strictly else share >= self.threshold


# 15 CFR 744.8(a)(1), 89 FR 20107 (21 March 2024): the fourteen programmes, by OFAC's identifiers
SDN_UNDER_744_8 = frozenset(
    {
        "BELARUS",
        "BELARUS-EO14038",
        "RUSSIA-EO14024",
        "UKRAINE-EO13660",
        "UKRAINE-EO13661",
        "UKRAINE-EO13662",
        "UKRAINE-EO13685",
        "FTO",
        "SDGT",
        "NPWMD",
        "SDNT",
        "SDNTK",
        "TCO",
        "ILLICIT-DRUGS-EO14059",
    }
)

REGIMES: dict[OwnershipTest, Regime] = {
    regime.test: regime
    for regime in (
        Regime(
            test=OwnershipTest.OFAC_50,
            title="OFAC: 50 % rule",
            question="Is it owned by 50 % or more, in the aggregate, by blocked persons?",
            threshold=Fraction(1, 2),
            strictly=False,
            citation="OFAC, Revised Guidance on Entities Owned by Persons Whose Property Is Blocked, 13 August 2014; "
            "FAQ 398-402",
            periods=(Period(date(2014, 8, 13), None, True, "OFAC guidance of 13 August 2014: shares are aggregated"),),
            # SAMPLE: the bundled sample's invented parties count like blocked ones: a demonstration shows the rule
            measures=frozenset({"SDN", "SAMPLE"}),
            holds=True,
        ),
        Regime(
            test=OwnershipTest.BIS_AFFILIATES,
            title="BIS: affiliates rule",
            question="Is it owned by 50 % or more by parties of the Entity List, the MEU List or SDNs under 744.8?",
            threshold=Fraction(1, 2),
            strictly=False,
            citation="15 CFR 744.11(a)(1), 744.21, 744.8(a)(1); Red Flag 29, 15 CFR 732 Supp. 3; 90 FR 47201",
            periods=(
                Period(date(2025, 9, 29), date(2025, 11, 10), True, "Interim final rule, effective 29 September 2025"),
                Period(
                    date(2025, 11, 10),
                    date(2026, 11, 10),
                    False,
                    "Suspended by the final rule of 10 November 2025 until 9 November 2026",
                ),
                Period(
                    date(2026, 11, 10),
                    None,
                    True,
                    "Comes back on 10 November 2026 by the same rule unless BIS acts; nothing was found that says "
                    "whether it did",
                    confirmed=False,
                ),
            ),
            measures=frozenset({"EL", "MEU", "SDN"}),
            programmes=SDN_UNDER_744_8,
            holds=True,
        ),
        Regime(
            test=OwnershipTest.HEADQUARTERS,
            title="BIS: headquarters and ultimate parent",
            question="Is it, or its ultimate parent, headquartered in a country of group D:5 or Macau?",
            threshold=Fraction(1, 2),  # of a parent: who holds more is the parent, exactly half is nobody's parent
            strictly=True,
            citation="15 CFR 742.6(a)(6)(iii); BIS guidance of 31 May 2026",
            periods=(
                Period(date(2023, 11, 17), date(2026, 5, 31), True, "88 FR 73458, effective 17 November 2023", False),
                Period(date(2026, 5, 31), None, True, "BIS guidance of 31 May 2026", confirmed=False),
            ),
            territory=Group.HEADQUARTERS,
        ),
        Regime(
            test=OwnershipTest.PROVIDER_MAJORITY,
            title="Provider: majority from unsupported regions",
            question="Is more than 50 % owned, directly or indirectly, by companies run from where we do not sell?",
            threshold=Fraction(1, 2),
            strictly=True,
            citation="The provider's own supported-region policy (modelled on one published on 5 September 2025)",
            periods=(Period(date(2025, 9, 5), None, True, "The provider's policy"),),
            territory=Group.PROVIDER,
            holds=True,
        ),
        Regime(
            test=OwnershipTest.BENEFICIAL_OWNERS,
            title="Beneficial owners of 25 %",
            question="Which people own 25 % or more in the end, and who controls it?",
            threshold=Fraction(1, 4),
            strictly=False,
            citation="31 CFR 1010.230(d); Regulation (EU) 2024/1624 art. 51-53; FATF recommendation 24",
            periods=(Period(date(2018, 5, 11), None, True, "81 FR 29398: covered from 11 May 2018"),),
        ),
    )
}

# How strict the licence requirement is that an owner passes on, the strictest first. The affiliates rule applies
# the most restrictive one among the owners; which items it covers is said by each entry in its own words.
LICENCE_REQUIREMENTS: tuple[tuple[str, str], ...] = (
    ("SDN", "15 CFR 744.8: a licence for every item subject to the EAR; no licence exception"),
    ("EL", "15 CFR 744.11: a licence as the entry of the Entity List says; no licence exception unless it names one"),
    ("MEU", "15 CFR 744.21: a licence for the items of supplement 2 to part 744"),
)


def next_change_after(on: date) -> date | None:
    """The first day after `on` on which a test begins, ends, is suspended or comes back, or a country joins or leaves
    one of its groups. None: no such day is known."""
    return min(_later(on), default=None)


def _later(on: date) -> Iterable[date]:
    groups = {regime.territory for regime in REGIMES.values()} - {None}
    for period in (period for regime in REGIMES.values() for period in regime.periods):
        yield from (day for day in (period.valid_from, period.valid_to) if day is not None and day > on)
    for row in TERRITORIES:
        if row.group in groups:
            yield from (day for day in (row.valid_from, row.valid_to) if day is not None and day > on)
