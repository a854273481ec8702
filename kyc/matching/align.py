"""Lays the words of names beside the words of other names, many pairs at once. Pure, numpy.

Shapes: R pairs of names, m words of the one, n of the other, short ones padded with words of weight 0. Each
word finds at most one partner, the likest first. What is left over on one side only was omitted or added;
what is left over on both sides contradicts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from kyc.matching.keys import is_arabic
from kyc.matching.similarity import by_arabic_sound

LEAST_JOINED = 0.70  # likeness of what is left over on both sides, written together, to count as the same
LEAST_HEARD = 0.90  # the same by consonants, where one side is in Arabic letters
LEAST_SLIPPED = 0.5  # likeness of the one word that each side has left over
MOST_SLIPS = 2  # letters in which these two words may differ
LEAST_WHOLE = 0.85  # likeness of two whole names written together
_TIE = 1e-4  # of two equally like partners the weightier word first

Floats = NDArray[np.float32]


@dataclass(slots=True)
class Alignment:
    """One row for each pair of names. Weights are sums of `words.weight`."""

    partner: NDArray[np.int64]  # (R, m): place of the partner in the other name, -1 without
    met: NDArray[np.bool_]  # (R, m): this word has a partner
    place: NDArray[np.int64]  # (R, m): of the partner among all words of the other names; any place without
    common: Floats  # (R, m): weight of the lighter of both words, 0 without a partner
    like: Floats  # (R, m): likeness to the partner, 0 without
    taken: NDArray[np.bool_]  # (R, n): this word of the other name has a partner
    matched: Floats  # (R,) weight of the matched words, the lighter of each two
    agreed: Floats  # (R,) the same times likeness
    one_sided: Floats  # (R,) weight that only one side has
    contradicted: Floats  # (R,) weight that both sides have left over
    joined: Floats  # (R,) likeness of what was left over, written together; 0 where that was not needed
    joined_letters: Floats  # (R,) letters that were met by writing together
    joined_weight: Floats  # (R,) weight that was met by writing together
    abbreviated: NDArray[np.bool_]  # (R,) one side has initials of what the other has left over
    pairs: NDArray[np.int64]  # (R,) words matched
    worst: Floats  # (R,) least likeness of a matched pair, 1 if none


def align(likeness: Floats, one: Floats, other: Floats) -> Alignment:
    """`likeness` is (R, m, n), 0 where words differ; `one` (R, m) or (1, m) and `other` (R, n) are weights, 0 for
    padding. `likeness` is used up.

    A call of numpy costs more than what it does with one query's candidates, so sums are taken together.
    """
    count, m, n = likeness.shape
    likeness += _TIE * np.minimum(one[:, :, None], other[:, None, :]) * (likeness > 0)
    partner, like, taken = _paired(likeness)
    met = partner >= 0
    place = np.maximum(partner, 0)
    place += np.arange(0, count * n, n)[:, None]
    mine: Floats = np.empty((3, count, m), dtype=np.float32)
    left, common, agreed = mine
    np.minimum(one, other.ravel().take(place), out=common)
    common *= met
    like -= _TIE * common
    like *= met
    np.minimum(like, 1.0, out=like)
    np.multiply(one, ~met, out=left)
    np.multiply(common, like, out=agreed)
    left_sum, matched, agreed_sum = np.add.reduce(mine, axis=2)
    right_sum = np.add.reduce(other * ~taken, axis=1)
    both = np.minimum(left_sum, right_sum)
    none: Floats = np.zeros((3, count), dtype=np.float32)
    return Alignment(
        partner=partner,
        met=met,
        place=place,
        common=common,
        like=like,
        taken=taken,
        matched=matched,
        agreed=agreed_sum,
        one_sided=np.maximum(left_sum, right_sum) - both,
        contradicted=both,
        joined=none[0],
        joined_letters=none[1],
        joined_weight=none[2],
        abbreviated=np.zeros(count, dtype=bool),
        pairs=np.add.reduce(met, axis=1, dtype=np.int64),
        worst=np.minimum.reduce(np.where(met, like, _ONE), axis=1, initial=1.0),
    )


_ONE = np.float32(1.0)


def _paired(likeness: Floats) -> tuple[NDArray[np.int64], Floats, NDArray[np.bool_]]:
    """Partners (R, m), their likeness (R, m), and who is taken (R, n).

    Two words that are each other's best go together whoever else is about, so all of these are taken at once,
    and what they leave is looked at again: the same pairs as taking the likest of all one after another.
    """
    count, m, n = likeness.shape
    partner = np.full((count, m), -1, dtype=np.int64)
    like: Floats = np.zeros((count, m), dtype=np.float32)
    taken = np.zeros((count, n), dtype=bool)
    firsts = np.arange(0, count * n, n)[:, None]
    mine = np.arange(m)
    for _ in range(min(m, n)):
        best = likeness.argmax(axis=2)
        value = likeness.max(axis=2)
        mutual = likeness.argmax(axis=1).ravel().take(best + firsts) == mine
        mutual &= value > 0.0
        row, i = mutual.nonzero()
        if not len(row):
            break
        j = best[row, i]
        partner[row, i] = j
        like[row, i] = value[row, i]
        taken[row, j] = True
        likeness[row, i] = 0.0
        likeness[row, :, j] = 0.0
        if not likeness.any():
            break
    return partner, like, taken


def meet_slipped(found: Alignment, row: int, one: str, other: str, i: int, j: int) -> bool:
    """One word is left over on each side: slips that the index did not look for are seen here."""
    longest = max(len(one), len(other))
    slips = OSA.distance(one, other, score_cutoff=MOST_SLIPS)
    like = 1.0 - 1.1 * slips / longest
    if slips > MOST_SLIPS or like < LEAST_SLIPPED or longest < 5 or one.isdigit() or other.isdigit():
        return False
    weight = float(found.contradicted[row])
    found.partner[row, i], found.like[row, i], found.taken[row, j] = j, like, True
    found.met[row, i], found.common[row, i] = True, weight
    found.place[row, i] = row * found.taken.shape[1] + j
    found.matched[row] += weight
    found.agreed[row] += weight * like
    found.contradicted[row] = found.one_sided[row] = 0.0
    found.pairs[row] += 1
    found.worst[row] = min(found.worst[row], like)
    return True


def meet_joined(found: Alignment, row: int, left: list[str], right: list[str]) -> bool:
    """Compare what both sides have left over, written together in any rotation; on success nothing is left.

    "Guo Ying" meets "Guoying", "Tadashi Irie" meets "IrieTadashi".
    """
    if is_arabic(left[0]) or is_arabic(right[0]):
        best = by_arabic_sound("".join(left), "".join(right))
        if best < LEAST_HEARD:
            return False
    else:
        best = _joined_likeness(left, right, LEAST_JOINED)
    if best < LEAST_JOINED:
        return False
    _close(found, row, best, len("".join(left)), float(found.contradicted[row]))
    found.pairs[row] += 1
    return True


def meet_whole(found: Alignment, row: int, one: list[str], other: list[str]) -> bool:
    """The same for whole names, whose words met badly because spaces are missing."""
    best = _joined_likeness(one, other, LEAST_WHOLE)
    if best < LEAST_WHOLE:
        return False
    weight = max(float(found.contradicted[row] + found.one_sided[row]), float(found.matched[row]), 0.5)
    found.matched[row] = found.agreed[row] = 0.0
    found.partner[row], found.like[row], found.taken[row] = -1, 0.0, False
    found.met[row], found.common[row] = False, 0.0
    found.worst[row] = 1.0
    found.pairs[row] = 2
    _close(found, row, best, len("".join(one)), weight)
    return True


def _joined_likeness(left: list[str], right: list[str], least: float) -> float:
    mine = "".join(left)
    best = 0.0
    for turn in range(len(right)):
        theirs = "".join(right[turn:] + right[:turn])
        best = max(best, OSA.normalized_similarity(mine, theirs, score_cutoff=max(least, best)))
    return best


def _close(found: Alignment, row: int, like: float, letters: int, weight: float) -> None:
    found.joined[row], found.joined_letters[row], found.joined_weight[row] = like, letters, weight
    found.matched[row] += weight
    found.agreed[row] += weight * like
    found.contradicted[row] = found.one_sided[row] = 0.0
    found.worst[row] = min(found.worst[row], like)


def are_initials(left: list[str], right: list[str]) -> bool:
    """ "V." for "Vladimir", "J.-C." for "Jean-Claude": initials leave a word out, they contradict nothing."""
    one, other = "".join(left), "".join(right)
    if len(one) == len(other):
        return False
    return one == "".join(word[0] for word in right) or other == "".join(word[0] for word in left)
