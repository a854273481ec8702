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
    """`likeness` is (R, m, n), 0 where words differ; `one` (R, m) and `other` (R, n) are weights, 0 for padding.

    `likeness` is used up.
    """
    count, m, n = likeness.shape
    partner = np.full((count, m), -1, dtype=np.int64)
    like = np.zeros((count, m), dtype=np.float32)
    taken = np.zeros((count, n), dtype=bool)
    likeness += _TIE * np.minimum(one[:, :, None], other[:, None, :]) * (likeness > 0)
    rows = np.arange(count)
    flat = likeness.reshape(count, m * n)
    for _ in range(min(m, n)):
        best = flat.argmax(axis=1)
        value = flat[np.arange(len(flat)), best]
        found = value > 0.0
        if not found.all():
            if not found.any():
                break
            rows, best, value, likeness = rows[found], best[found], value[found], likeness[found]
        i, j = np.divmod(best, n)
        partner[rows, i] = j
        like[rows, i] = value
        taken[rows, j] = True
        here = np.arange(len(rows))
        likeness[here, i, :] = 0.0
        likeness[here, :, j] = 0.0
        flat = likeness.reshape(len(rows), m * n)
    met = partner >= 0
    common = np.where(met, np.minimum(one, np.take_along_axis(other, np.maximum(partner, 0), axis=1)), 0.0)
    like = np.minimum(np.where(met, like - _TIE * common, 0.0), 1.0).astype(np.float32)
    left = np.where(met, 0.0, one).sum(axis=1)
    right = np.where(taken, 0.0, other).sum(axis=1)
    both = np.minimum(left, right).astype(np.float32)
    return Alignment(
        partner=partner,
        like=like,
        taken=taken,
        matched=common.sum(axis=1).astype(np.float32),
        agreed=(common * like).sum(axis=1).astype(np.float32),
        one_sided=(np.maximum(left, right) - both).astype(np.float32),
        contradicted=both,
        joined=np.zeros(count, dtype=np.float32),
        joined_letters=np.zeros(count, dtype=np.float32),
        joined_weight=np.zeros(count, dtype=np.float32),
        abbreviated=np.zeros(count, dtype=bool),
        pairs=met.sum(axis=1),
        worst=np.where(met, like, 1.0).min(axis=1, initial=1.0).astype(np.float32),
    )


def meet_slipped(found: Alignment, row: int, one: str, other: str, i: int, j: int) -> bool:
    """One word is left over on each side: slips that the index did not look for are seen here."""
    longest = max(len(one), len(other))
    slips = OSA.distance(one, other, score_cutoff=MOST_SLIPS)
    like = 1.0 - 1.1 * slips / longest
    if slips > MOST_SLIPS or like < LEAST_SLIPPED or longest < 5 or one.isdigit() or other.isdigit():
        return False
    weight = float(found.contradicted[row])
    found.partner[row, i], found.like[row, i], found.taken[row, j] = j, like, True
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
