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

Floats = NDArray[np.float32]


@dataclass(slots=True)
class Alignment:
    """One row for each pair of names. Weights are sums of `words.weight`."""

    met: NDArray[np.bool_]  # (R, m): this word has a partner
    place: NDArray[np.int64]  # (R, m): of the partner among the R * n words of the other names; any place without
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

    def partners(self, row: int) -> list[int]:
        """Of one pair of names: for each word the place of its partner in the other name, -1 without."""
        first = row * self.taken.shape[1]
        return [
            at - first if met else -1 for at, met in zip(self.place[row].tolist(), self.met[row].tolist(), strict=True)
        ]


def align(likeness: Floats, one: Floats, other: Floats) -> Alignment:
    """`likeness` is (R, m, n), 0 where words differ; `one` (R, m) or (1, m) and `other` (R, n) are weights, 0 for
    padding.

    A call of numpy costs more than what it does with one query's candidates, so there are few, sums are taken together
    and the few pairs of words that are alike at all are gone through one by one, the likest first.
    """
    count, m, n = likeness.shape
    cells = likeness.ravel()
    alike = cells.nonzero()[0]
    mine = alike // n
    theirs = alike - mine * n + mine // m * n
    lighter = np.minimum(one.ravel().take(mine if len(one) == count else mine % m), other.ravel().take(theirs))
    slight = lighter * _TIE
    value = cells.take(alike) + slight
    order = (-value).argsort(kind="stable")
    met, taken, kept = bytearray(count * m), bytearray(count * n), []
    for at, i, j in zip(order.tolist(), mine.take(order).tolist(), theirs.take(order).tolist(), strict=True):
        if not (met[i] or taken[j]):
            met[i] = taken[j] = 1
            kept.append(at)
    pairs = np.array(kept, dtype=np.int64)
    at = mine.take(pairs)
    place = np.zeros(count * m, dtype=np.int64)
    place[at] = theirs.take(pairs)
    table: Floats = np.zeros((5, count * m), dtype=np.float32)  # common, like, agreed, left, worst
    table[0][at] = lighter.take(pairs)
    table[1][at] = np.minimum(value.take(pairs) - slight.take(pairs), _ONE)
    rows = table.reshape(5, count, m)
    common, like, agreed, left, least = rows
    is_met: NDArray[np.bool_] = np.frombuffer(met, dtype=np.bool_).reshape(count, m)
    is_taken: NDArray[np.bool_] = np.frombuffer(taken, dtype=np.bool_).reshape(count, n)
    np.multiply(common, like, out=agreed)
    np.multiply(one, ~is_met, out=left)
    np.copyto(least, _ONE)
    np.copyto(least, like, where=is_met)
    matched, _, agreed_sum, left_sum, _ = np.add.reduce(rows, axis=2)
    right_sum = np.add.reduce(other * ~is_taken, axis=1)
    both = np.minimum(left_sum, right_sum)
    none: Floats = np.zeros((3, count), dtype=np.float32)
    return Alignment(
        met=is_met,
        place=place.reshape(count, m),
        common=common,
        like=like,
        taken=is_taken,
        matched=matched,
        agreed=agreed_sum,
        one_sided=np.maximum(left_sum, right_sum) - both,
        contradicted=both,
        joined=none[0],
        joined_letters=none[1],
        joined_weight=none[2],
        abbreviated=np.zeros(count, dtype=np.bool_),
        pairs=np.add.reduce(is_met, axis=1, dtype=np.int64),
        worst=np.minimum.reduce(least, axis=1),
    )


# Numbers as arrays: numpy works with them at half the cost of Python's own.
_ONE = np.array(1.0, dtype=np.float32)
_TIE = np.array(1e-4, dtype=np.float32)  # of two equally like partners the weightier word first


def meet_slipped(found: Alignment, row: int, one: str, other: str, i: int, j: int) -> bool:
    """One word is left over on each side: slips that the index did not look for are seen here."""
    longest = max(len(one), len(other))
    slips = OSA.distance(one, other, score_cutoff=MOST_SLIPS)
    like = 1.0 - 1.1 * slips / longest
    if slips > MOST_SLIPS or like < LEAST_SLIPPED or longest < 5 or one.isdigit() or other.isdigit():
        return False
    weight = float(found.contradicted[row])
    found.met[row, i], found.like[row, i], found.taken[row, j] = True, like, True
    found.common[row, i] = weight
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
    found.met[row], found.like[row], found.taken[row] = False, 0.0, False
    found.common[row] = 0.0
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
