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
    """The words of the names on one side: (R, words), padded with weight 0; `forms` and `counts` are (R,).

    One row stands for all where every pair has the same name on this side.
    """

    weights: Floats
    lengths: Floats
    flags: NDArray[np.uint8]
    counts: NDArray[np.int64]
    forms: NDArray[np.int32]


_AT = {name: place for place, name in enumerate(NAMES)}


def features(found: Alignment, one: Side, other: Side, soft: NDArray[np.uint8]) -> Floats:
    """(R, len(FEATURES)); `soft` (R, 1) or (1, 1): the bits of word flags that count as soft.

    Written for few calls of numpy: what is summed over words is summed at once, and what no word has is left out.
    """
    met, common, place = found.met, found.common, found.place
    count, m = met.shape
    partner_lengths, partner_flags = other.lengths.ravel().take(place), other.flags.ravel().take(place)
    both_flags, any_flags = one.flags & partner_flags, one.flags | partner_flags
    all_flags = int(np.bitwise_or.reduce(any_flags, axis=None))

    mine: Floats = np.empty((9, count, m), dtype=np.float32)
    _, rare_common, left, left_soft, lost, letters, alike, known_lost, compounds = mine
    mine[0] = common
    np.multiply(common, (any_flags & soft) == 0, out=rare_common)
    np.multiply(one.weights, ~met, out=left)
    np.multiply(left, (one.flags & soft) != 0, out=left_soft)
    np.subtract(1.0, found.like, out=lost)
    lost *= met
    np.minimum(one.lengths, partner_lengths, out=letters)
    letters *= met
    is_alike = met & (found.like < _ALIKE)
    alike[:] = is_alike
    if all_flags & KNOWN:
        np.multiply(common, lost, out=known_lost)
        known_lost *= is_alike & ((both_flags & KNOWN) != 0)
    else:
        known_lost.fill(0.0)
    if all_flags & COMPOUND:
        np.multiply((both_flags & COMPOUND) != 0, met, out=compounds)
    else:
        compounds.fill(0.0)
    lost *= np.maximum(one.lengths, partner_lengths)
    sums = np.add.reduce(mine, axis=2)
    theirs: Floats = np.empty((2, *found.taken.shape), dtype=np.float32)
    np.multiply(other.weights, ~found.taken, out=theirs[0])
    np.multiply(theirs[0], (other.flags & soft) != 0, out=theirs[1])
    rights = np.add.reduce(theirs, axis=2)

    joined = found.joined > 0
    if joined.any():  # then nothing is left
        sums[2:4, joined] = 0.0
        rights[:, joined] = 0.0
    all_common, rare, left_all, left_soft_all, edits, all_letters, alike_pairs, known, compound_pairs = sums
    matched_soft = all_common - rare
    rare += found.joined_weight
    left_rare, right_rare = left_all - left_soft_all, rights[0] - rights[1]
    against = np.minimum(left_rare, right_rare)
    against *= ~found.abbreviated
    aside = np.maximum(left_rare, right_rare)
    aside -= against
    soft_against, soft_aside = np.minimum(left_soft_all, rights[1]), np.abs(left_soft_all - rights[1])
    nothing_left = against + aside + soft_against + soft_aside < _NOTHING

    edits += found.joined_letters * (1.0 - found.joined)
    all_letters += found.joined_letters
    pairs = found.pairs + compound_pairs
    one_pair = pairs <= 1
    agreeing = nothing_left & (found.worst >= _EQUAL)
    same_forms = (one.forms & other.forms) != 0

    table: Floats = np.zeros((len(FEATURES), count), dtype=np.float32)

    def put(name: str, values: NDArray[np.generic] | float) -> None:
        table[_AT[name]] = values

    put("constant", 1.0)
    put("rare", np.minimum(rare, 1.0))
    put("rare_more", np.minimum(np.maximum(rare - 1.0, 0.0), 1.0))
    put("soft", np.minimum(matched_soft, 1.5))
    put(
        "likeness_lost", np.where(found.matched > 0, 1.0 - found.agreed / np.maximum(found.matched, 1e-6), np.float32(1.0))
    )
    put("worst_lost", 1.0 - found.worst)
    put("letters_lost", edits / 10.0)
    put("contradicted", against / np.maximum(against + rare, 1e-6))
    put("contradicted_weight", np.minimum(against, 1.0))
    put("one_sided", aside / np.maximum(aside + rare, 1e-6))
    put("one_sided_weight", np.minimum(aside, 2.0))
    put("soft_contradicted", np.minimum(soft_against, 1.0))
    put("soft_one_sided", np.minimum(soft_aside, 2.0))
    put("only_one_pair", one_pair)
    put("only_one_pair_alike", one_pair & (found.worst < 0.99))
    put("three_pairs", pairs >= 3)
    put("joined", joined)
    rarest = np.maximum.reduce(rare_common * found.like, axis=1, initial=0.0)
    put("rarest", np.maximum(rarest, np.minimum(found.joined_weight, 1.0) * found.joined))
    put("few_letters", np.maximum(8.0 - all_letters, 0.0) / 8.0)
    if all_flags & ARABIC:
        arabic = (met & ((any_flags & ARABIC) > 0)).any(axis=1)
        put("arabic", arabic & ~(_all_have(one, ARABIC) & _all_have(other, ARABIC)))
    put("same", agreeing & ~joined)
    put("alike_pairs", np.minimum(alike_pairs, 4.0) / 4.0)
    put("known_lost", known)
    put("forms_agree", same_forms)
    put("forms_differ", ~same_forms & (one.forms != 0) & (other.forms != 0))
    put("letters", np.minimum(np.maximum(all_letters - 8.0, 0.0), 16.0) / 16.0)
    if nothing_left.any():
        put("one_slip", np.where(nothing_left & (edits <= 1.3), np.minimum(all_letters, 14.0) / 14.0, 0.0))
        put("two_slips", np.where(nothing_left & (edits <= 2.5), np.minimum(all_letters, 18.0) / 18.0, 0.0))
    return np.ascontiguousarray(table.T)


_ALIKE, _EQUAL = np.float32(0.96), np.float32(0.999)
_NOTHING = np.float32(1e-6)


def _all_have(side: Side, flag: int) -> NDArray[np.bool_]:
    return (((side.flags & flag) > 0) | (side.weights == 0)).all(axis=1)
