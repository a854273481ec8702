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
from kyc.matching.words import ARABIC, COMPOUND, KNOWN, NUMBER

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
    Feature("rare_most", +1, "The same beyond two rare words, up to four."),
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
    Feature("one_word_against_more", -1, "One name is a single word, the other is not."),
    Feature("three_pairs", +1, "Three words or more meet."),
    Feature("joined", 0, "The names agree only when written without spaces."),
    Feature("joined_lost", -1, "What that agreement lacks to being equal."),
    Feature("rarest", +1, "Weight of the rarest pair that agrees."),
    Feature("few_letters", -1, "How far the matched words are from eight letters together."),
    Feature("numbers_differ", -1, "One name has a number that the other lacks."),
    Feature("arabic", 0, "An Arabic word is compared by its consonants."),
    Feature("arabic_lost", -1, "Likeness lost, when an Arabic word is compared."),
    Feature("same", +1, "Nothing is left over, and every pair is the same word."),
    Feature("nothing_equal", -1, "Not one word is the same."),
    Feature("alike_pairs", -1, "Pairs of words that are only alike, up to four, in fours."),
    Feature("known_lost", -1, "Likeness lost between words that people are known to bear: no slips, other names."),
    Feature("single_lost", -1, "Letters lost where a single pair meets, in fives."),
    Feature("forms_agree", +1, "Both have the same legal form."),
    Feature("forms_differ", -1, "Both have a legal form, and not the same."),
    Feature("letters", +1, "Letters of the matched words beyond eight, up to sixteen more."),
    Feature("one_slip", +1, "Nothing is left over and one letter differs: the more letters, the surer."),
    Feature("two_slips", +1, "Nothing is left over and two letters differ: the more letters, the surer."),
    Feature("only_soft", -1, "No identifying word meets, and the names are not the same."),
    Feature("generic", -1, "A name that says no more than what sort of body it is."),
)  # fmt: skip
NAMES = tuple(feature.name for feature in FEATURES)


def features(
    found: Alignment,
    query_weights: Floats,
    query_lengths: Floats,
    query_flags: NDArray[np.uint8],
    weights: Floats,
    lengths: Floats,
    flags: NDArray[np.uint8],
    counts: NDArray[np.int8],
    generic: NDArray[np.bool_],
    soft_mask: int,
    query_forms: int,
    forms: NDArray[np.int32],
) -> Floats:
    """(C, len(FEATURES)) for C candidates; the query's arrays are (m,), the candidates' (C, n)."""
    rows = len(found.matched)
    table = np.zeros((rows, len(FEATURES)), dtype=np.float32)
    met = found.partner >= 0
    partner = np.maximum(found.partner, 0).astype(np.int64)
    common = np.where(met, np.minimum(query_weights[None, :], np.take_along_axis(weights, partner, axis=1)), 0.0)
    longest = np.where(met, np.maximum(query_lengths[None, :], np.take_along_axis(lengths, partner, axis=1)), 0.0)
    shortest = np.where(met, np.minimum(query_lengths[None, :], np.take_along_axis(lengths, partner, axis=1)), 0.0)
    partner_flags = np.take_along_axis(flags, partner, axis=1)
    soft_pair = ((query_flags[None, :] & soft_mask) | (partner_flags & soft_mask)) > 0
    lost = 1.0 - found.like
    soft = np.where(soft_pair, common, 0.0).sum(axis=1)
    rare = np.where(soft_pair, 0.0, common).sum(axis=1)
    # What was matched by writing words together counts as identifying.
    extra = np.maximum(found.matched - common.sum(axis=1), 0.0)
    rare = rare + extra
    taken = np.zeros(weights.shape, dtype=bool)
    np.put_along_axis(taken, partner, met, axis=1)
    if rows:
        # put_along_axis writes False where an unmatched word points at place 0: set the true ones again.
        row, place = np.nonzero(met)
        taken[row, partner[row, place]] = True
    joined = found.joined > 0
    query_soft = (query_flags & soft_mask).astype(bool)
    left = np.where(met, 0.0, query_weights[None, :])
    right = np.where(taken, 0.0, weights)
    left_soft = np.where(query_soft[None, :], left, 0.0).sum(axis=1)
    left_rare = left.sum(axis=1) - left_soft
    right_soft = np.where((flags & soft_mask) > 0, right, 0.0).sum(axis=1)
    right_rare = right.sum(axis=1) - right_soft
    for side in (left_soft, left_rare, right_soft, right_rare):
        side[joined] = 0.0
    against = np.minimum(left_rare, right_rare)
    aside = np.abs(left_rare - right_rare)
    agreed_lost = np.where(found.matched > 0, (found.matched - found.agreed) / np.maximum(found.matched, 1e-6), 1.0)
    compound = ((((query_flags & COMPOUND)[None, :] & partner_flags) > 0) & met).sum(axis=1)
    pairs = found.pairs + compound
    one_pair = pairs <= 1
    alike = met & (found.like < 0.96)
    known = alike & (((query_flags & KNOWN)[None, :] & partner_flags) > 0)
    edits = (longest * lost).sum(axis=1) + found.joined_letters * (1.0 - found.joined)
    same_forms = (forms & query_forms) != 0
    arabic = (((query_flags & ARABIC)[None, :] | (partner_flags & ARABIC)) > 0) & met
    arabic_row = arabic.any(axis=1) & ~((query_flags & ARABIC).all() & ((flags & ARABIC) | (weights == 0)).all(axis=1))
    number = ((query_flags & NUMBER) > 0)[None, :] & ~met
    their_number = ((flags & NUMBER) > 0) & ~taken
    letters = shortest.sum(axis=1) + found.joined_letters
    nothing_left = against + aside + left_soft + right_soft < 1e-6
    mine = len(query_weights)
    values = {
        "constant": np.ones(rows),
        "rare": np.minimum(rare, 1.0),
        "rare_more": np.clip(rare - 1.0, 0.0, 1.0),
        "rare_most": np.clip(rare - 2.0, 0.0, 2.0),
        "soft": np.minimum(soft, 1.5),
        "likeness_lost": agreed_lost,
        "worst_lost": 1.0 - found.worst,
        "letters_lost": edits / 10.0,
        "contradicted": against / np.maximum(against + rare, 1e-6),
        "contradicted_weight": np.minimum(against, 1.0),
        "one_sided": aside / np.maximum(aside + rare, 1e-6),
        "one_sided_weight": np.minimum(aside, 2.0),
        "soft_contradicted": np.minimum(np.minimum(left_soft, right_soft), 1.0),
        "soft_one_sided": np.minimum(np.abs(left_soft - right_soft), 2.0),
        "only_one_pair": one_pair,
        "only_one_pair_alike": one_pair & (found.worst < 0.99),
        "one_word_against_more": (np.minimum(counts, mine) == 1) & (np.maximum(counts, mine) > 1) & ~joined,
        "three_pairs": pairs >= 3,
        "joined": joined,
        "joined_lost": np.where(joined, 1.0 - found.joined, 0.0),
        "rarest": np.maximum(
            np.where(soft_pair, 0.0, common * found.like).max(axis=1, initial=0.0),
            np.minimum(extra, 1.0) * found.joined,
        ),
        "few_letters": np.maximum(8.0 - letters, 0.0) / 8.0,
        "numbers_differ": number.any(axis=1) | their_number.any(axis=1),
        "arabic": arabic_row,
        "arabic_lost": np.where(arabic_row, agreed_lost, 0.0),
        "same": nothing_left & (found.worst >= 0.999) & ~joined,
        "nothing_equal": (met & (found.like >= 0.96)).sum(axis=1) + (found.joined >= 0.99) == 0,
        "alike_pairs": np.minimum(alike.sum(axis=1), 4) / 4.0,
        "known_lost": np.where(known, common * lost, 0.0).sum(axis=1),
        "single_lost": np.where(one_pair, edits / 5.0, 0.0),
        "forms_agree": same_forms,
        "forms_differ": ~same_forms & (forms != 0) & (query_forms != 0),
        "letters": np.clip(letters - 8.0, 0.0, 16.0) / 16.0,
        "one_slip": np.where(nothing_left & (edits <= 1.3), np.minimum(letters, 14.0) / 14.0, 0.0),
        "two_slips": np.where(nothing_left & (edits <= 2.5), np.minimum(letters, 18.0) / 18.0, 0.0),
        "only_soft": (rare < 0.2) & ~nothing_left,
        "generic": generic,
    }
    for place, name in enumerate(NAMES):
        table[:, place] = values[name]
    return table
