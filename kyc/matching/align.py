"""Lays the words of one name beside the words of many others, all at once. Pure, numpy.

Shapes: m words of the query, C candidate readings of at most n words. Each word finds at most one partner,
the likest first. What is left over on one side only was omitted or added; what is left over on both
sides contradicts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

LEAST_JOINED = 0.70  # likeness of what is left over on both sides, written together, to count as the same
LEAST_WHOLE = 0.85  # the same for whole names
_TIE = 1e-4  # of two equally like partners the weightier word first

Floats = NDArray[np.float32]


@dataclass(slots=True)
class Alignment:
    """One row for each candidate. Weights are sums of `words.weight`."""

    partner: NDArray[np.int8]  # (C, m): place of the partner in the candidate, -1 without
    like: Floats  # (C, m): likeness to the partner, 0 without
    matched: Floats  # (C,) weight of the matched words, the lighter of each two
    agreed: Floats  # (C,) the same times likeness
    one_sided: Floats  # (C,) weight that only one side has
    contradicted: Floats  # (C,) weight that both sides have left over
    joined_letters: Floats  # (C,) letters that were met by writing together
    joined: Floats  # (C,) likeness of what was left over, written together; 0 where that was not needed
    pairs: NDArray[np.int16]  # (C,) words matched
    worst: Floats  # (C,) least likeness of a matched pair, 1 if none


def align(likeness: Floats, query_weights: Floats, weights: Floats) -> Alignment:
    """`likeness` is (C, m, n), 0 where words differ; `query_weights` (m,); `weights` (C, n), 0 for padding."""
    count, m, n = likeness.shape
    table = likeness + _TIE * np.minimum(query_weights[None, :, None], weights[:, None, :]) * (likeness > 0)
    flat = table.reshape(count, m * n)
    partner = np.full((count, m), -1, dtype=np.int8)
    like = np.zeros((count, m), dtype=np.float32)
    taken = np.zeros((count, n), dtype=bool)
    rows = np.arange(count)
    for _ in range(min(m, n)):
        best = flat.argmax(axis=1)
        found = flat[rows, best] > 0.0
        if not found.any():
            break
        active = rows[found]
        i, j = np.divmod(best[found], n)
        partner[active, i] = j
        like[active, i] = likeness[active, i, j]
        taken[active, j] = True
        table[active, i, :] = 0.0
        table[active, :, j] = 0.0
    met = partner >= 0
    partner_weights = np.take_along_axis(weights, np.maximum(partner, 0).astype(np.int64), axis=1)
    common = np.where(met, np.minimum(query_weights[None, :], partner_weights), 0.0).astype(np.float32)
    left = np.where(met, 0.0, query_weights[None, :]).sum(axis=1)
    right = np.where(taken, 0.0, weights).sum(axis=1)
    both = np.minimum(left, right).astype(np.float32)
    return Alignment(
        partner=partner,
        like=like,
        matched=common.sum(axis=1),
        agreed=(common * like).sum(axis=1),
        one_sided=(np.maximum(left, right) - both).astype(np.float32),
        contradicted=both,
        joined_letters=np.zeros(count, dtype=np.float32),
        joined=np.zeros(count, dtype=np.float32),
        pairs=met.sum(axis=1).astype(np.int16),
        worst=np.where(met, like, 1.0).min(axis=1).astype(np.float32) if m else np.ones(count, dtype=np.float32),
    )


def join_leftovers(found: Alignment, row: int, left: list[str], right: list[str], whole: bool = False) -> bool:
    """Compare what both sides have left over, written together in any rotation; on success nothing is left.

    "Guo Ying" meets "Guoying", "Tadashi Irie" meets "IrieTadashi". `whole`: `left` and `right` are the whole
    names, whose words met badly because spaces are missing. True if they agree.
    """
    mine = "".join(left)
    best = 0.0
    for turn in range(len(right)):
        theirs = "".join(right[turn:] + right[:turn])
        best = max(best, OSA.normalized_similarity(mine, theirs, score_cutoff=LEAST_JOINED))
    if best < (LEAST_WHOLE if whole else LEAST_JOINED):
        return False
    weight = float(found.contradicted[row])
    if whole:
        weight = max(float(found.contradicted[row] + found.one_sided[row]), float(found.matched[row]), 0.5)
        found.matched[row] = found.agreed[row] = 0.0
        found.pairs[row] = 1
        found.worst[row] = 1.0
        found.partner[row] = -1
        found.like[row] = 0.0
    found.joined[row] = best
    found.joined_letters[row] = len(mine)
    found.matched[row] += weight
    found.agreed[row] += weight * best
    found.contradicted[row] = 0.0
    found.one_sided[row] = 0.0
    found.pairs[row] += 1
    found.worst[row] = min(found.worst[row], best)
    return True
