"""What is counted about two names laid side by side: the features of the name score. Pure, numpy.

Every feature is symmetric in the two names. Its sign in `FEATURES` is what it means, and the fit may not turn
it round: more agreement never lowers the score. "Soft" words say little about which party it is: business words,
and patronymics in names of people.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kyc.matching.align import Alignment
from kyc.matching.words import ARABIC, COMPOUND, KNOWN

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Feature:
    name: str
    sign: int  # +1 raises the score, -1 lowers it, 0 either
    sentence: str


FEATURES = (
    Feature("constant", 0, "Where the curve stands when nothing is known."),
    Feature("rare", +1, "Weight of matched words that say which party it is, up to one rare word."),
    Feature("rare_more", +1, "The same beyond one rare word, up to two."),
    Feature("soft", +1, "Weight of matched soft words, up to one and a half."),
    Feature("likeness_lost", -1, "Share of the matched weight that is lost because words are only alike."),
    Feature("worst_lost", -1, "What the worst matched pair lacks to being equal."),
    Feature("letters_lost", -1, "Letters in which matched words differ, in tens."),
    Feature("contradicted", -1, "Share of identifying weight that both sides have left over."),
    Feature("contradicted_weight", -1, "The same in weight, up to one rare word."),
    Feature("one_sided", -1, "Share of identifying weight that only one side has."),
    Feature("one_sided_weight", -1, "The same in weight, up to two rare words."),
    Feature("soft_contradicted", -1, "Weight of soft words left over on both sides, up to one."),
    Feature("soft_one_sided", -1, "Weight of soft words left over on one side, up to two."),
    Feature("only_one_pair", -1, "Only one word of each name meets."),
    Feature("only_one_pair_alike", -1, "Only one word meets, and it is not the same word."),
    Feature("three_pairs", +1, "Three words or more meet."),
    Feature("joined", 0, "The names agree only when written without spaces."),
    Feature("rarest", +1, "Weight of the rarest pair that agrees."),
    Feature("few_letters", -1, "How far the matched words are from eight letters together."),
    Feature("arabic", 0, "An Arabic word is compared by its consonants."),
    Feature("same", +1, "Nothing is left over, and every pair is the same word."),
    Feature("alike_pairs", -1, "Pairs of words that are only alike, up to four, in fours."),
    Feature("known_lost", -1, "Likeness lost between words that people are known to bear: no slips, other names."),
    Feature("forms_agree", +1, "Both have the same legal form."),
    Feature("forms_differ", -1, "Both have a legal form, and not the same."),
    Feature("letters", +1, "Letters of the matched words beyond eight, up to sixteen more."),
    Feature("one_slip", +1, "Nothing is left over and one letter differs: the more letters, the surer."),
    Feature("two_slips", +1, "Nothing is left over and two letters differ: the more letters, the surer."),
)  # fmt: skip
NAMES = tuple(feature.name for feature in FEATURES)


@dataclass(frozen=True, slots=True)
class Side:
    """The words of the names on one side: (R, words), padded with weight 0; `forms` and `counts` are (R,)."""

    weights: Floats
    lengths: Floats
    flags: NDArray[np.uint8]
    counts: NDArray[np.int64]
    forms: NDArray[np.int32]


def features(found: Alignment, one: Side, other: Side, soft: NDArray[np.uint8]) -> Floats:
    """(R, len(FEATURES)); `soft` (R, 1): the bits of word flags that count as soft."""
    met = found.partner >= 0
    partner = np.maximum(found.partner, 0)
    common = np.where(met, np.minimum(one.weights, np.take_along_axis(other.weights, partner, axis=1)), 0.0)
    partner_lengths = np.take_along_axis(other.lengths, partner, axis=1)
    partner_flags = np.take_along_axis(other.flags, partner, axis=1)
    both_flags, any_flags = one.flags & partner_flags, one.flags | partner_flags
    lost = np.where(met, 1.0 - found.like, 0.0)
    soft_pair = (any_flags & soft) > 0
    rare_common = np.where(soft_pair, 0.0, common)
    matched_soft = common.sum(axis=1) - rare_common.sum(axis=1)
    rare = rare_common.sum(axis=1) + found.joined_weight
    joined = found.joined > 0

    left = np.where(met, 0.0, one.weights)
    right = np.where(found.taken, 0.0, other.weights)
    left[joined], right[joined] = 0.0, 0.0
    left_soft = np.where((one.flags & soft) > 0, left, 0.0).sum(axis=1)
    right_soft = np.where((other.flags & soft) > 0, right, 0.0).sum(axis=1)
    left_rare, right_rare = left.sum(axis=1) - left_soft, right.sum(axis=1) - right_soft
    against = np.where(found.abbreviated, 0.0, np.minimum(left_rare, right_rare))
    aside = np.maximum(left_rare, right_rare) - against
    soft_against, soft_aside = np.minimum(left_soft, right_soft), np.abs(left_soft - right_soft)
    nothing_left = against + aside + soft_against + soft_aside < 1e-6

    edits = (np.where(met, np.maximum(one.lengths, partner_lengths), 0.0) * lost).sum(axis=1)
    edits = edits + found.joined_letters * (1.0 - found.joined)
    letters = np.where(met, np.minimum(one.lengths, partner_lengths), 0.0).sum(axis=1) + found.joined_letters
    lost_share = np.where(found.matched > 0, 1.0 - found.agreed / np.maximum(found.matched, 1e-6), 1.0)
    pairs = found.pairs + (met & ((both_flags & COMPOUND) > 0)).sum(axis=1)
    one_pair = pairs <= 1
    alike = met & (found.like < 0.96)
    arabic = (met & ((any_flags & ARABIC) > 0)).any(axis=1)
    if arabic.any():
        arabic &= ~(_all_have(one, ARABIC) & _all_have(other, ARABIC))
    same_forms = (one.forms & other.forms) != 0
    values = {
        "constant": 1.0,
        "rare": np.minimum(rare, 1.0),
        "rare_more": np.clip(rare - 1.0, 0.0, 1.0),
        "soft": np.minimum(matched_soft, 1.5),
        "likeness_lost": lost_share,
        "worst_lost": 1.0 - found.worst,
        "letters_lost": edits / 10.0,
        "contradicted": against / np.maximum(against + rare, 1e-6),
        "contradicted_weight": np.minimum(against, 1.0),
        "one_sided": aside / np.maximum(aside + rare, 1e-6),
        "one_sided_weight": np.minimum(aside, 2.0),
        "soft_contradicted": np.minimum(soft_against, 1.0),
        "soft_one_sided": np.minimum(soft_aside, 2.0),
        "only_one_pair": one_pair,
        "only_one_pair_alike": one_pair & (found.worst < 0.99),
        "three_pairs": pairs >= 3,
        "joined": joined,
        "rarest": np.maximum(
            (rare_common * found.like).max(axis=1, initial=0.0), np.minimum(found.joined_weight, 1.0) * found.joined
        ),
        "few_letters": np.maximum(8.0 - letters, 0.0) / 8.0,
        "arabic": arabic,
        "same": nothing_left & (found.worst >= 0.999) & ~joined,
        "alike_pairs": np.minimum(alike.sum(axis=1), 4) / 4.0,
        "known_lost": np.where(alike & ((both_flags & KNOWN) > 0), common * lost, 0.0).sum(axis=1),
        "forms_agree": same_forms,
        "forms_differ": ~same_forms & (one.forms != 0) & (other.forms != 0),
        "letters": np.clip(letters - 8.0, 0.0, 16.0) / 16.0,
        "one_slip": np.where(nothing_left & (edits <= 1.3), np.minimum(letters, 14.0) / 14.0, 0.0),
        "two_slips": np.where(nothing_left & (edits <= 2.5), np.minimum(letters, 18.0) / 18.0, 0.0),
    }
    table = np.empty((len(found.matched), len(FEATURES)), dtype=np.float32)
    for place, name in enumerate(NAMES):
        table[:, place] = values[name]
    return table


def _all_have(side: Side, flag: int) -> NDArray[np.bool_]:
    return (((side.flags & flag) > 0) | (side.weights == 0)).all(axis=1)
