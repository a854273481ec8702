"""What the self-test asks: for each way in which a listed name is altered, how often it must be caught. Pure.

EBA/GL/2024/15, paragraph 4.2, wants screening tested with manipulated records; it names no rates. These are the
issue's aims less room for the draw, and a missed one fails the test. Names alone are compared unless the row says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kyc.policy.numbers import number


@dataclass(frozen=True, slots=True)
class Asked:
    """`least` for altered records, `most` for clean ones, both shares of the records tried, 0.0..1.0."""

    code: str
    title: str
    why: str
    least: float = 0.0
    most: float = 1.0


RATES: tuple[Asked, ...] = (
    Asked("as_published", "As published", "The control: what is listed is found.", 0.98),
    Asked("alias", "An alias the list vouches for, alone", "Lists publish them to be screened.", 0.97),
    Asked("upper_case", "In capitals, without punctuation", "Forms write so.", 0.98),
    Asked("other_order", "Words in another order", "Family names come first or last by country.", 0.97),
    Asked("title_added", "With a title in front", "Mr, Dr and the like are no part of a name.", 0.95),
    Asked("accents_added", "With accents", "Spelling differs by language.", 0.97),
    Asked(
        "lookalikes",
        "With Cyrillic letters that look like Latin ones",
        "The cheapest evasion. Words in capitals that become mostly Cyrillic are read as Russian (docs/sources.md).",
        0.90,
    ),
    Asked("letter_dropped", "One letter left out", "The commonest slip.", 0.93),
    Asked("letters_swapped", "Two neighbouring letters exchanged", "The second commonest.", 0.93),
    Asked("letter_replaced", "One letter replaced", "A slip of the finger, or meant.", 0.93),
    Asked("two_letters", "Two slips in one name", "Careless, or meant.", 0.75),
    Asked("space_lost", "Two words written as one", "Common with names from China and Arabic countries.", 0.90),
    Asked("spelling", "Another romanisation", "Mohammed and Muhammad, Yusuf and Iusuf.", 0.80),
    Asked("cyrillic", "Written in Cyrillic letters", "A customer writes their name as at home.", 0.80),
    Asked("middle_dropped", "A middle name left out", "Papers differ in how many names they give.", 0.85),
    Asked("middle_added", "A middle name added", "As above.", 0.93),
    Asked("legal_form", "Another legal form", "GmbH for Ltd: the words that name the company stay.", 0.95),
    Asked("birth_swapped", "Day and month of birth exchanged, other facts kept", "Two ways to write a date.", 0.97),
    Asked("clean", "Invented people and companies on no list", "What is caught here is somebody's time.", most=0.05),
)  # fmt: skip
BY_CODE = {asked.code: asked for asked in RATES}


@dataclass(frozen=True, slots=True)
class SelfTestPolicy:
    version: str
    in_force_from: date
    entries: int = number(
        200, "listed parties", "Drawn, and each altered in every way that fits it.", "one record weighs half a point"
    )
    clean: int = number(200, "records", "Invented people and companies.", "as above")
    fewest: int = number(20, "records", "Fewer say nothing of a rate, which is then only told.", "house rule")
    misses_kept: int = number(40, "records", "Of one manipulation, for people to read.", "house rule")
    most_age_days: int = number(
        92, "days", "An older self-test is told as a warning.", "EBA/GL/2024/15: regularly; a quarter is ours"
    )


CURRENT = SelfTestPolicy(version="selftest-2026-11-26.1", in_force_from=date(2026, 11, 26))
