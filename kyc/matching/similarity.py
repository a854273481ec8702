"""How alike two words are, 0.0 to 1.0, and which listed words are like a given one. Pure.

Likeness is the best of three readings: the letters (slips of the pen), the even spelling (ph/f, ou/u) and
the consonants (vowels added or lost in romanising, Arabic script). Symmetric.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from kyc.matching.index import Index
from kyc.matching.keys import CONCEPT, VARIANT, fold, is_arabic, key_hash, keys_of, skeletons
from kyc.matching.names import variants
from kyc.matching.normalise import concept

LEAST = 0.55  # likeness below which two words are different words
MOST_LIKE = 160  # listed words kept for one word
# Likeness of words with the same consonants, by how many there are: "ln" says little, "mhmd" much.
_SAME_BONES = np.array([0.0, 0.55, 0.72, 0.84, 0.90, 0.93, 0.95], dtype=np.float32)
_SAME_BONES_ARABIC = np.array([0.0, 0.55, 0.78, 0.90, 0.94, 0.96, 0.97], dtype=np.float32)
_SLIP_IN_BONES = np.array([0.0, 0.0, 0.0, 0.52, 0.62, 0.70, 0.75], dtype=np.float32)  # one consonant differs
SAME_CONCEPT = 0.88  # "zavod" and "plant"
SAME_NAME = 0.95  # "Mykola" and "Nikolai"
SAME_SYLLABLE = 0.90  # "Pak" and "Park"
SAME_SPELLING = 0.97  # "Yussuf" and "Yusuf"
_SLIP_COST = 1.1  # a slip costs a little more than its share of the letters


@lru_cache(maxsize=20_000)
def _meaning_keys(word: str, business: bool) -> tuple[int, ...]:
    """Keys of the words that mean the same: translations for organisations, other forms of a given name."""
    found = concept(word) if business else ""
    keys = [key_hash(VARIANT, group) for group in variants(word)]
    return (*keys, key_hash(CONCEPT, found)) if found else tuple(keys)


def _slip_likeness(distance: NDArray[np.float32], longest: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.maximum(0.0, 1.0 - _SLIP_COST * distance / longest)


def _too_unlike_in_length(one: int, others: NDArray[np.float32]) -> NDArray[np.bool_]:
    """A word that only begins like a longer one is no slip of it: it may be two words written together."""
    return np.abs(others - one) > np.maximum(1.0, 0.3 * np.maximum(others, one))


def likeness(word: str, business: bool, others: list[str], folds: list[str], bones: list[str]) -> NDArray[np.float32]:
    """Likeness of a word to each of `others`, given their folds and skeletons. `business`: concepts count."""
    count = len(others)
    if word.isdigit() or count == 0:
        return np.fromiter((float(other == word) for other in others), dtype=np.float32, count=count)
    lengths = np.fromiter(map(len, others), dtype=np.float32, count=count)
    raw = cdist([word], others, scorer=OSA.distance, dtype=np.uint8)[0].astype(np.float32)
    best = _slip_likeness(raw, np.maximum(lengths, len(word)))
    best[_too_unlike_in_length(len(word), lengths)] = 0.0
    if is_arabic(word):
        return np.maximum(best, _bone_likeness(skeletons(word), others, bones, _SAME_BONES_ARABIC))
    own_fold = fold(word)
    fold_lengths = np.fromiter(map(len, folds), dtype=np.float32, count=count)
    folded = cdist([own_fold], folds, scorer=OSA.distance, dtype=np.uint8)[0].astype(np.float32)
    even = SAME_SPELLING * _slip_likeness(folded, np.maximum(np.maximum(fold_lengths, len(own_fold)), 1.0))
    even[_too_unlike_in_length(len(own_fold), fold_lengths)] = 0.0
    best = np.maximum(best, even)
    # Letters as a whole must not differ wildly, or any two words with the same consonants would be one.
    even_letters = np.maximum(even / SAME_SPELLING, _slip_likeness(raw, np.maximum(lengths, len(word))))
    sounds = _bone_likeness(skeletons(word)[:1], others, bones, _SAME_BONES)
    sounds = np.where(
        (sounds < 0.8) & (even_letters < 0.45), 0.0, sounds * (0.85 + 0.15 * np.minimum(even_letters / 0.6, 1.0))
    )
    arabic = np.fromiter(map(is_arabic, others), dtype=bool, count=count)
    best = np.maximum(
        best,
        np.where(arabic, _bone_likeness(skeletons(word), others, bones, _SAME_BONES), sounds)
        if arabic.any()
        else sounds,
    )
    for place, other in enumerate(others):
        if other.isdigit():
            best[place] = float(other == word)
    if business and (own_concept := concept(word)):
        same = [place for place, other in enumerate(others) if concept(other) == own_concept]
        best[same] = np.maximum(best[same], SAME_CONCEPT)
    if groups := variants(word):
        for place, other in enumerate(others):
            if other != word and (shared := set(groups) & set(variants(other))):
                value = SAME_SYLLABLE if all(group[0] == "-" for group in shared) else SAME_NAME
                best[place] = max(best[place], value)
    return best


def _bone_likeness(
    own: tuple[str, ...], others: list[str], bones: list[str], same: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Likeness by consonants: the best over all readings of both."""
    readings, owners = list(bones), list(range(len(bones)))
    table = np.repeat(same[None, :], len(others), axis=0)
    for place, other in enumerate(others):
        if is_arabic(other):
            table[place] = _SAME_BONES_ARABIC
        elif len(own) == 1 or "h" not in other:
            continue
        for reading in skeletons(other):
            readings.append(reading)
            owners.append(place)
    distances = cdist(own, readings, scorer=OSA.distance, dtype=np.uint8)
    longest = np.maximum(
        np.fromiter(map(len, readings), dtype=np.int64, count=len(readings))[None, :],
        np.fromiter(map(len, own), dtype=np.int64, count=len(own))[:, None],
    )
    size = np.minimum(longest, len(same) - 1)
    where = np.asarray(owners)
    value = np.where(distances == 0, table[where[None, :], size], 0.0)
    value = np.where(distances == 1, _SLIP_IN_BONES[size], value)
    value[longest == 0] = 0.0
    best = np.zeros(len(others), dtype=np.float32)
    np.maximum.at(best, where, value.max(axis=0).astype(np.float32))
    return best


def like_words(index: Index, word: str, business: bool) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Ids of the listed words that are like this one, most alike first, with their likeness."""
    ids = index.words_under((*keys_of(word), *_meaning_keys(word, business)))
    if not len(ids):
        return ids, np.empty(0, dtype=np.float32)
    places = ids.tolist()
    words, folds, bones = index.words, index.folds, index.skeletons
    alike = likeness(word, business, [words[i] for i in places], [folds[i] for i in places], [bones[i] for i in places])
    good = np.flatnonzero(alike >= LEAST)
    good = good[np.argsort(-alike[good], kind="stable")][:MOST_LIKE]
    return ids[good], alike[good]
