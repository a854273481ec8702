"""The numbers of name matching: thresholds, weights of evidence, and the fitted table of the name score. Pure.

An auditor reads this page. Each number says its unit, why it stands there and where it comes from. A change
is a new `MatchingPolicy` with a new version and date; the old ones stay, so that a verdict can be replayed.
"""

# ruff: noqa: E501 (a table reads better in long lines)

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kyc.policy.matching_curve import OTHER_CURVE, PERSON_CURVE


@dataclass(frozen=True, slots=True)
class Number:
    name: str
    value: float
    unit: str
    why: str
    source: str


THRESHOLDS = (
    Number(
        "report_threshold", 0.70, "score 0..1",
        "From here a listed party is shown as a hit and a person looks at it.",
        "house rule, set where about two of a hundred unlisted names still hit (docs/matching.md)",
    ),
    Number(
        "strong_threshold", 0.85, "score 0..1",
        "From here a hit places a hold at once: the name agrees and nothing known contradicts it.",
        "house rule; a namesake with another birth date must stay below (issue: namesake story)",
    ),
    Number(
        "name_ceiling", 0.95, "score 0..1",
        "A name alone never proves who somebody is; only identifying evidence goes beyond.",
        "OFAC FAQ 5: compare the full entry before calling it a match",
    ),
    Number(
        "contradiction_weight", 0.15, "weight of words, one rare word is 1",
        "From here a word that stands against another makes it another name. Initials weigh 0.2.",
        "name_pairs.csv: swapped surnames and patronymics (docs/matching.md)",
    ),
    Number(
        "contradiction_margin", 0.01, "score 0..1",
        "How far below the report threshold such a name stays by itself.",
        "house rule",
    ),
    Number(
        "same_text", 0.79, "name score 0..1",
        "A name that is the listed one letter by letter is a hit however common its words are, a weak alias too.",
        "house rule: an exact match may never be missed",
    ),
    Number(
        "generic_most", 0.30, "name score 0..1",
        "What a name of generic words (“AI Research Institute”) scores at most, unless words and legal form are the same.",
        "issues of other products: “CORP” matches too highly (watchman #483)",
    ),
    Number(
        "lone_name", 0.71, "name score 0..1",
        "What one long rare word with one slip scores at least, and initials before the same rare surname.",
        "name_pairs.csv; the curve is fitted on names of several words (docs/matching.md)",
    ),
    Number(
        "lone_weight", 0.45, "weight of words, one rare word is 1",
        "How rare the word must be for that. “Smith” weighs about 0.2.", "name_pairs.csv",
    ),
    Number(
        "lone_letters_slipped", 7, "letters", "How long it must be where a letter differs.",
        "shorter words have many neighbours one letter away",
    ),
    Number(
        "lone_letters_spelled", 5, "letters", "How long it must be where it is only spelled otherwise (“Qaeda”, “Qa'ida”).",
        "name_pairs.csv",
    ),
    Number(
        "other_characters", 0.60, "name score 0..1",
        "What a name in Chinese or Korean characters scores at most against one with other characters.",
        "read as Latin letters many names fall together (name_pairs.csv)",
    ),
    Number(
        "trace", 0.01, "name score 0..1",
        "A name score below is told as 0: the curve never quite reaches it.", "house rule",
    ),
    Number(
        "support_floor", 0.50, "name score 0..1",
        "Below this the names are different, and a shared birthday or country is chance.",
        "house rule",
    ),
)  # fmt: skip

# Agreement: the share of the way to 1.0 that is closed. Disagreement: the share of what stands above the report
# threshold that is taken away, so that contradicting facts lower a strong name but never hide it.
EVIDENCE = (
    Number("identifier.agree", 0.90, "share of the way to 1.0", "A number given to one party only.", "house rule"),
    Number("identifier.disagree", 0.15, "share of the excess", "Papers are renewed; another passport proves little.", "house rule"),
    Number("birth.day.agree", 0.45, "share of the way to 1.0", "Same day, month and year.", "house rule"),
    Number("birth.swapped.agree", 0.30, "share of the way to 1.0", "Day and month exchanged: the commonest clerical slip.", "house rule"),
    Number("birth.month.agree", 0.35, "share of the way to 1.0", "Same year and month where no day is listed.", "house rule"),
    Number("birth.year.agree", 0.25, "share of the way to 1.0", "Same year where no more is listed.", "house rule"),
    Number("birth.near.agree", 0.05, "share of the way to 1.0", "Within two years of a listed year or circa: lists round ages.", "house rule"),
    Number("birth.day.disagree", 0.35, "share of the excess", "Same year, another day.", "house rule"),
    Number("birth.year.disagree", 0.55, "share of the excess", "Another year of birth.", "house rule"),
    Number("country.agree", 0.10, "share of the way to 1.0", "A country in common; many people share one.", "house rule"),
    Number("country.disagree", 0.25, "share of the excess", "No country in common; people move.", "house rule"),
    Number("gender.agree", 0.01, "share of the way to 1.0", "Half of all people share it.", "house rule"),
    Number("gender.disagree", 0.35, "share of the excess", "Seldom wrong in lists.", "house rule"),
    Number("address.agree", 0.30, "share of the way to 1.0", "Street and town agree.", "house rule"),
    Number("address.disagree", 0.05, "share of the excess", "Addresses change and have many spellings.", "house rule"),
    Number("kind.disagree", 0.30, "share of the excess", "A person is not a company.", "house rule"),
)  # fmt: skip

QUALITY = (
    Number("primary", 1.0, "factor on the name score", "The list's own main name.", "list formats"),
    Number("strong", 1.0, "factor on the name score", "The list vouches for this alias.", "list formats"),
    Number("original_script", 1.0, "factor on the name score", "The same name in its own letters.", "list formats"),
    Number("former", 0.97, "factor on the name score", "No longer borne, still identifying.", "list formats"),
    Number("weak", 0.89, "factor on the name score", "OFAC: weak aliases are broad; by itself one reports, and never places a hold.", "OFAC FAQ 122-124"),
)  # fmt: skip


@dataclass(frozen=True)
class MatchingPolicy:
    """Read with `policy["report_threshold"]`; `candidates` is how many readings of names are compared."""

    version: str
    in_force_from: date
    numbers: tuple[Number, ...] = THRESHOLDS
    evidence: tuple[Number, ...] = EVIDENCE
    quality: tuple[Number, ...] = QUALITY
    candidates: int = 60  # names compared in full for one query name
    person_curve: Mapping[str, float] = field(default_factory=lambda: PERSON_CURVE)
    other_curve: Mapping[str, float] = field(default_factory=lambda: OTHER_CURVE)
    overrides: tuple[tuple[str, float], ...] = field(default=())  # a trial's other numbers, by name

    @cached_property
    def _values(self) -> dict[str, float]:
        rows = (*self.numbers, *self.evidence, *self.quality)
        return {row.name: row.value for row in rows} | dict(self.overrides)

    def __getitem__(self, name: str) -> float:
        return self._values[name]

    def curve(self, person: bool) -> NDArray[np.float32]:
        """Weights of the features of two names, in the order of `kyc.matching.features.FEATURES`."""
        return self._curves[0 if person else 1]

    @cached_property
    def _curves(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return (
            np.array(list(self.person_curve.values()), np.float32),
            np.array(list(self.other_curve.values()), np.float32),
        )

    def name_score(self, sums: NDArray[np.float32], contradicted: NDArray[np.float32]) -> NDArray[np.float32]:
        """Log-odds to the scale of the thresholds, 0 to the name ceiling.

        A name of which a word is contradicted stays just below the report threshold however much of the rest
        agrees: relatives and sister companies share the rest. Facts can lift it over.
        """
        score = self["name_ceiling"] / (1.0 + np.exp(-sums))
        ceiling = self.report_threshold - self["contradiction_margin"] * (2.0 - score)
        return np.where(contradicted > self["contradiction_weight"], np.minimum(score, ceiling), score).astype(
            np.float32
        )

    @property
    def report_threshold(self) -> float:
        return self["report_threshold"]

    @property
    def strong_threshold(self) -> float:
        return self["strong_threshold"]


CURRENT = MatchingPolicy(version="matching-2026-11-26.2", in_force_from=date(2026, 11, 26))
