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


def features(found: Alignment, one: Side, other: Side, soft: NDArray[np.uint8]) -> Floats:
    """(R, len(FEATURES)); `soft` (R, 1) or (1, 1): the bits of word flags that count as soft.

    Written for few and cheap calls of numpy: what is summed over words is summed at once, and what no word has is
    left out. That a bit is set is read from a table, as a number to multiply with.
    """
    met, common, like, place = found.met, found.common, found.like, found.place
    count, m = met.shape
    partner_lengths, partner_flags = other.lengths.ravel().take(place), other.flags.ravel().take(place)
    both_flags, any_flags = one.flags & partner_flags, one.flags | partner_flags
    all_flags = int(np.bitwise_or.reduce(any_flags, axis=None))
    met_too: Floats = met.astype(np.float32)

    mine: Floats = np.empty((9, count, m), dtype=np.float32)
    _, rare_common, left, left_soft, lost, letters, alike, known_lost, compounds = mine
    mine[0] = common
    np.multiply(common, _HAS_NONE.take(any_flags & soft), out=rare_common)
    np.subtract(_1, met_too, out=left)
    np.multiply(left, one.weights, out=left)
    np.multiply(left, _HAS.take(one.flags & soft), out=left_soft)
    np.subtract(_1, like, out=lost)
    np.multiply(lost, met_too, out=lost)
    np.minimum(one.lengths, partner_lengths, out=letters)
    np.multiply(letters, met_too, out=letters)
    np.less(like, _ALIKE, out=alike, casting="unsafe")
    np.multiply(alike, met_too, out=alike)
    if all_flags & KNOWN:
        np.multiply(common, lost, out=known_lost)
        np.multiply(known_lost, alike, out=known_lost)
        np.multiply(known_lost, _HAS.take(both_flags & _KNOWN), out=known_lost)
    else:
        known_lost.fill(0.0)
    if all_flags & COMPOUND:
        np.multiply(_HAS.take(both_flags & _COMPOUND), met_too, out=compounds)
    else:
        compounds.fill(0.0)
    np.multiply(lost, np.maximum(one.lengths, partner_lengths), out=lost)
    sums = np.add.reduce(mine, axis=2)
    theirs: Floats = np.empty((2, *found.taken.shape), dtype=np.float32)
    np.multiply(other.weights, (~found.taken).astype(np.float32), out=theirs[0])
    np.multiply(theirs[0], _HAS.take(other.flags & soft), out=theirs[1])
    rights = np.add.reduce(theirs, axis=2)

    joined = found.joined > _0
    if has_joined := bool(joined.any()):  # then nothing is left
        sums[2:4, joined] = 0.0
        rights[:, joined] = 0.0
    all_common, rare, left_all, left_soft_all, edits, all_letters, alike_pairs, known, compound_pairs = sums
    right_soft_all = rights[1]
    matched_soft = all_common - rare
    if has_joined:
        rare += found.joined_weight
        edits += found.joined_letters * (_1 - found.joined)
        all_letters += found.joined_letters
    left_rare, right_rare = left_all - left_soft_all, rights[0] - right_soft_all
    against = np.minimum(left_rare, right_rare)
    against[found.abbreviated] = 0.0
    aside = np.maximum(left_rare, right_rare) - against
    soft_against, soft_aside = np.minimum(left_soft_all, right_soft_all), np.abs(left_soft_all - right_soft_all)
    nothing_left = against + aside + soft_against + soft_aside < _NOTHING
    pairs = found.pairs + compound_pairs
    one_pair = pairs <= _1

    table: Floats = np.zeros((len(FEATURES), count), dtype=np.float32)
    into = dict(zip(NAMES, table, strict=True))
    into["constant"].fill(1.0)
    np.minimum(rare, _1, out=into["rare"])
    np.minimum(np.maximum(rare - _1, _0), _1, out=into["rare_more"])
    np.minimum(matched_soft, _1_5, out=into["soft"])
    np.subtract(_1, found.agreed / np.maximum(found.matched, _NOTHING), out=into["likeness_lost"])
    np.subtract(_1, found.worst, out=into["worst_lost"])
    np.divide(edits, _10, out=into["letters_lost"])
    np.divide(against, np.maximum(against + rare, _NOTHING), out=into["contradicted"])
    np.minimum(against, _1, out=into["contradicted_weight"])
    np.divide(aside, np.maximum(aside + rare, _NOTHING), out=into["one_sided"])
    np.minimum(aside, _2, out=into["one_sided_weight"])
    np.minimum(soft_against, _1, out=into["soft_contradicted"])
    np.minimum(soft_aside, _2, out=into["soft_one_sided"])
    into["only_one_pair"][:] = one_pair
    into["only_one_pair_alike"][:] = one_pair & (found.worst < _SURE)
    into["three_pairs"][:] = pairs >= _3
    rarest = np.maximum.reduce(rare_common * like, axis=1, initial=0.0)
    if has_joined:
        into["joined"][:] = joined
        rarest = np.maximum(rarest, np.minimum(found.joined_weight, _1) * found.joined)
    into["rarest"][:] = rarest
    np.divide(np.maximum(_8 - all_letters, _0), _8, out=into["few_letters"])
    if all_flags & ARABIC:
        arabic = (met & ((any_flags & ARABIC) > 0)).any(axis=1)
        into["arabic"][:] = arabic & ~(_all_have(one, ARABIC) & _all_have(other, ARABIC))
    np.divide(np.minimum(alike_pairs, _4), _4, out=into["alike_pairs"])
    into["known_lost"][:] = known
    if one.forms.any():
        same_forms = (one.forms & other.forms) != 0
        into["forms_agree"][:] = same_forms
        into["forms_differ"][:] = ~same_forms & (one.forms != 0) & (other.forms != 0)
    np.divide(np.minimum(np.maximum(all_letters - _8, _0), _16), _16, out=into["letters"])
    if nothing_left.any():
        into["same"][:] = nothing_left & (found.worst >= _EQUAL) & ~joined
        np.divide(np.minimum(all_letters, _14), _14, out=into["one_slip"], where=nothing_left & (edits <= _ONE_SLIP))
        np.divide(np.minimum(all_letters, _18), _18, out=into["two_slips"], where=nothing_left & (edits <= _TWO_SLIPS))
    return np.ascontiguousarray(table.T)


def _number(value: float) -> Floats:
    """Numbers as arrays: numpy works with them at half the cost of Python's own."""
    return np.array(value, dtype=np.float32)


_0, _1, _1_5, _2, _3, _4, _8 = map(_number, (0, 1, 1.5, 2, 3, 4, 8))
_10, _14, _16, _18 = map(_number, (10, 14, 16, 18))
_ALIKE, _SURE, _EQUAL, _NOTHING = map(_number, (0.96, 0.99, 0.999, 1e-6))
_ONE_SLIP, _TWO_SLIPS = map(_number, (1.3, 2.5))  # letters; a slip counts as 1.1
_KNOWN, _COMPOUND = np.array(KNOWN, dtype=np.uint8), np.array(COMPOUND, dtype=np.uint8)
# By a word's bits of one sort: 1.0 if any is set, 1.0 if none is.
_HAS: Floats = np.array([0.0] + [1.0] * 255, dtype=np.float32)
_HAS_NONE: Floats = 1 - _HAS


def _all_have(side: Side, flag: int) -> NDArray[np.bool_]:
    return (((side.flags & flag) > 0) | (side.weights == 0)).all(axis=1)
