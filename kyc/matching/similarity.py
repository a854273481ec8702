"""How alike two words are, 0.0 to 1.0, and which listed words are like given ones. Pure.

Likeness is the best of three readings: the letters (slips of the pen), the even spelling (ph/f, ou/u) and
the consonants (vowels added or lost in romanising, Arabic script); and words may mean the same (translations
of business words, one given name in several languages). Symmetric.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from kyc.matching.index import Index, expanded, meaning_hashes
from kyc.matching.keys import (
    CONCEPT,
    PLACE_ENDING,
    PREFIXES,
    SHORTEST_PLACE,
    VARIANT,
    fold,
    is_arabic,
    key_hash,
    keys_of,
    skeleton,
    skeletons,
)
from kyc.matching.names import variants
from kyc.matching.normalise import concept
from kyc.matching.words import ARABIC, DIGITS, KNOWN, flags

EVEN_FOR_A_SLIP = 0.58  # likeness of the letters where a consonant differs too: "Samsung" is no slip of "sourcing"
LEAST = 0.55  # likeness below which two words are different words
MOST_LIKE = 160  # listed words kept for one word; in Arabic letters more, for two consonants are shared by many
MOST_LIKE_ARABIC = 400
MOST_DISTANCE = 6  # letters; more is not counted
# Likeness of words with the same consonants, by how many there are: "ln" says little, "mhmd" much.
_SAME_BONES = np.array([0.0, 0.55, 0.72, 0.84, 0.90, 0.93, 0.95], dtype=np.float32)
_SLIP_IN_BONES = np.array([0.0, 0.0, 0.0, 0.52, 0.62, 0.70, 0.75], dtype=np.float32)  # one consonant differs
_SAME_BONES_ARABIC = (0.0, 0.55, 0.78, 0.90, 0.94, 0.96, 0.97)
_SLIPS_HEARD = _SLIP_IN_BONES.tolist()  # the same for one pair of words
_LONGEST_BONES = len(_SAME_BONES) - 1
SAME_CONCEPT = 0.88  # "zavod" and "plant"
SAME_NAME = 0.95  # "Mykola" and "Nikolai"
SAME_SYLLABLE = 0.90  # "Pak" and "Park"
SAME_SPELLING = 0.97  # "Yussuf" and "Yusuf"
WITHOUT_PREFIX = 0.84  # "Abdul Rahman" and "Rahman", "Alotaibi" and "Otaibi"; "Muromsky" plant and "Murom" plant
KNOWN_APART = 0.15  # taken off when both are known names, as "Cohen" and "Chen"
_SLIP_COST = 1.1  # a slip costs a little more than its share of the letters


Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


def like_words(index: Index, words: Sequence[str], business: Sequence[bool]) -> list[tuple[Ints, Floats]]:
    """For each word the ids of the listed words that are like it, least alike first, with their likeness.

    `business` says for each word whether translations of business words count. All words at once: the cost
    lies in the calls, not in the words.
    """
    keys = [_all_keys(word, trade) for word, trade in zip(words, business, strict=True)]
    hashes = np.array([key for found in keys for key in found], dtype=np.uint32)
    starts = index.key_hashes.searchsorted(hashes, side="left")
    counts = index.key_hashes.searchsorted(hashes, side="right") - starts
    size = len(index.word_weights)
    firsts = np.array([n * size for n, found in enumerate(keys) for _ in found], dtype=np.int64)
    pairs = firsts.repeat(counts) + index.key_words.take(expanded(starts, counts))
    pairs.sort()
    fresh = np.empty(len(pairs), dtype=np.bool_)
    fresh[:1] = True
    np.not_equal(pairs[1:], pairs[:-1], out=fresh[1:])
    pairs = pairs[fresh]
    mine = pairs // size
    ids = pairs - mine * size
    alike = _likeness(index, words, business, mine, ids)
    kept = (alike >= LEAST).nonzero()[0]
    mine, ids, alike = mine.take(kept), ids.take(kept), alike.take(kept)
    order = np.lexsort((alike, mine))
    ids, alike = ids.take(order), alike.take(order)
    ends = mine.searchsorted(np.arange(len(words)), side="right").tolist()
    most = [MOST_LIKE_ARABIC if is_arabic(word) else MOST_LIKE for word in words]
    begins = [max(start, end - kept) for start, end, kept in zip([0, *ends], ends, most, strict=False)]
    return [(ids[start:end], alike[start:end]) for start, end in zip(begins, ends, strict=True)]


def _likeness(index: Index, words: Sequence[str], business: Sequence[bool], mine: Ints, ids: Ints) -> Floats:
    """Likeness of the pairs (words[mine], listed word ids); below `LEAST` it only says that they differ.

    Three rows each: the letters, the even spelling, the consonants.
    """
    if not len(ids):
        return np.empty(0, dtype=np.float32)
    mine_list, ids_list = mine.tolist(), ids.tolist()
    bits = [flags(word) for word in words]
    folds = [fold(word) for word in words]
    bones = ["" if bit & ARABIC else skeleton(word) for word, bit in zip(words, bits, strict=True)]
    sizes = np.array([list(map(len, words)), list(map(len, folds)), list(map(len, bones))], dtype=np.float32)
    own_sizes, other_sizes = sizes.take(mine, axis=1), index.word_sizes.take(ids, axis=1)
    longest, apart = np.maximum(own_sizes, other_sizes), np.abs(own_sizes - other_sizes)
    slips: Floats = cpdist(
        [text for texts in (words, folds, bones) for text in map(texts.__getitem__, mine_list)],
        [text for texts in (index.words, index.folds, index.skeletons) for text in map(texts.__getitem__, ids_list)],
        scorer=OSA.distance,
        score_cutoff=MOST_DISTANCE,
        dtype=np.float32,
    ).reshape(3, len(ids_list))
    raw, folded, boned = slips

    spelled = _1 - slips[:2] * _COST / np.maximum(longest[:2], _1)
    letters, spelling = spelled
    even = np.maximum(np.maximum(letters, spelling), _0)
    # A word that only begins like a longer one is no slip of it: it may be two words written together.
    spelled *= apart[:2] <= np.maximum(_1, longest[:2] * _LENGTHS_APART)
    best = np.maximum(np.maximum(letters, spelling * _SPELLING), _0)
    own_bits, other_bits = np.array(bits, dtype=np.uint8).take(mine), index.word_flags.take(ids)
    either = own_bits | other_bits
    found_bits = int(np.bitwise_or.reduce(either))
    if found_bits & KNOWN:
        # Two words that people are known to bear are two names, not a name and a slip of it.
        best = np.where((own_bits & other_bits & KNOWN != 0) & (folded > 0), best - KNOWN_APART, best)
    # By consonants, less where the letters as a whole differ wildly: most words share theirs with another.
    size = np.minimum(longest[2], _MOST_BONES).astype(np.int64)
    sound = np.where(boned == _0, _SAME_BONES.take(size), _SLIP_IN_BONES.take(size))
    sound *= (boned == _0) | ((boned == _1) & (even >= _EVEN))
    sound *= _DAMP + _DAMP_BY * np.minimum(even, _DAMP_MOST)
    sound *= (even >= _HEARD) | (sound >= _HEARD_ANYHOW)
    best = np.maximum(best, sound)

    if found_bits & DIGITS:  # numbers are the same or not
        best = np.where((either & DIGITS) > 0, (raw == _0).astype(np.float32), best)
    if found_bits & ARABIC:
        for pair in np.flatnonzero(either & ARABIC).tolist():
            listed = index.words[ids_list[pair]]
            # The usual consonants of a listed word are known; others only a word with "h" or an Arabic one has.
            plain = "h" not in listed and not is_arabic(listed)
            theirs = (index.skeletons[ids_list[pair]],) if plain else skeletons(listed)
            best[pair] = max(best[pair], _heard_alike(skeletons(words[mine_list[pair]]), theirs))
    meaning = [meaning_hashes(word) for word in words]
    if any(map(any, meaning)):
        meanings = np.array(meaning, dtype=np.uint32)
        meanings[~np.array(business), 0] = 0
        own = meanings[mine]
        means = ((own == index.word_meanings[ids]) & (own > 0)) * np.array(_MEANINGS, dtype=np.float32)
        best = np.maximum(best, means.max(axis=1))
    for pair in ((raw == apart[0]) & (raw >= _2) & (raw <= _3)).nonzero()[0].tolist():
        if _differ_by_an_affix(words[mine_list[pair]], index.words[ids_list[pair]]):
            best[pair] = max(best[pair], WITHOUT_PREFIX)
    return best


# In the order of `index.meaning_hashes`.
_MEANINGS = (SAME_CONCEPT, SAME_NAME, SAME_SYLLABLE)


def _number(value: float) -> Floats:
    """Numbers as arrays: numpy works with them at half the cost of Python's own."""
    return np.array(value, dtype=np.float32)


_0, _1, _2, _3 = map(_number, (0, 1, 2, 3))
_COST, _SPELLING, _EVEN = map(_number, (_SLIP_COST, SAME_SPELLING, EVEN_FOR_A_SLIP))
_LENGTHS_APART = _number(0.3)  # of the longer word
_DAMP, _DAMP_BY, _DAMP_MOST = map(_number, (0.85, 0.25, 0.6))
_HEARD, _HEARD_ANYHOW = map(_number, (0.45, 0.8))
_MOST_BONES = _number(_LONGEST_BONES)


@lru_cache(maxsize=50_000)
def by_arabic_sound(one: str, other: str) -> float:
    """Likeness by consonants, where at least one word is in Arabic letters: the best of all readings."""
    return _heard_alike(skeletons(one), skeletons(other))


def _heard_alike(ours: Sequence[str], theirs: Sequence[str]) -> float:
    best = 0.0
    for one in ours:
        for other in theirs:
            if one == other:
                best = max(best, _SAME_BONES_ARABIC[min(len(one), _LONGEST_BONES)])
            elif -2 < len(one) - len(other) < 2 and OSA.distance(one, other, score_cutoff=1) == 1:
                best = max(best, _SLIPS_HEARD[min(max(len(one), len(other)), _LONGEST_BONES)])
    return best


def _differ_by_an_affix(one: str, other: str) -> bool:
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    if longer == f"{shorter}{PLACE_ENDING}":
        return len(shorter) >= SHORTEST_PLACE
    return longer.endswith(shorter) and longer[: len(longer) - len(shorter)] in PREFIXES


@lru_cache(maxsize=50_000)
def _all_keys(text: str, business: bool) -> tuple[int, ...]:
    """Keys of a word and of the words that mean the same: translations, other forms of a given name."""
    keys = [*keys_of(text), *(key_hash(VARIANT, group) for group in variants(text))]
    if business and (found := concept(text)):
        keys.append(key_hash(CONCEPT, found))
    return tuple(keys)
