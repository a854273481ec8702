"""How much a word says: rare words identify, common ones do not. Pure.

The counts are frozen with the code, not taken from the list edition of the day, so that a comparison gives
the same score today and in a replay, and a pair compared alone scores as in the whole index. They were
counted by `manage.py train_matching` (docs/matching.md) over the names of the sanctions lists.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from math import log

from kyc.matching.keys import is_arabic, skeleton, skeletons
from kyc.matching.lexicon import TITLES_ALSO_NAMES
from kyc.matching.normalise import is_generic_word

_DATA = files("kyc.matching").joinpath("data", "word_counts.tsv")
_COMMON = files("kyc.matching").joinpath("data", "common_words.txt")


def _read_counts() -> tuple[int, dict[str, int]]:
    """Parties counted, and for each word in how many of them it occurs (words of three or more only)."""
    lines = _DATA.read_text(encoding="utf-8").splitlines()
    counts = dict(line.split("\t") for line in lines[1:])
    return int(lines[0].split("\t")[1]), {word: int(count) for word, count in counts.items()}


def _read_common() -> dict[str, int]:
    """Words common among people and companies in general, with the count they are given."""
    found: dict[str, int] = {}
    count = 0
    for line in _COMMON.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            count = int(line[1 : line.index("]")])
        elif not line.startswith("#"):
            for word in line.split():
                found[word] = max(count, found.get(word, 0))
    return found


def common_names() -> tuple[list[str], list[str]]:
    """Given names and family names that are common in the world."""
    given: list[str] = []
    family: list[str] = []
    section: list[str] = []
    for line in _COMMON.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = given if "given names" in line else family if "family names" in line else []
        elif not line.startswith("#"):
            section.extend(line.split())
    return given, family


PARTIES, COUNTS = _read_counts()
for _word, _count in _read_common().items():
    COUNTS[_word] = max(_count, COUNTS.get(_word, 0))
_SCALE = log(PARTIES + 1)


@lru_cache(maxsize=1)
def counts_by_consonants() -> dict[str, int]:
    """Parties by the consonants of a word: how common an Arabic word is, counted by its Latin spellings."""
    found: dict[str, int] = {}
    for word, count in COUNTS.items():
        if word.isascii():
            bones = skeleton.__wrapped__(word)
            found[bones] = found.get(bones, 0) + count
    return found


GENERIC, PATRONYMIC, NUMBER, ARABIC, KNOWN, COMPOUND, DIGITS = 1, 2, 4, 8, 16, 32, 64  # bits of `flags`
_ROMAN = re.compile("i{2,3}|iv|vi{1,3}|ix|xi{1,3}|xiv|xvi?")  # series of ships and companies: "Fund IV"
_PATRONYMIC = re.compile("(?:[oeyia]vi?t?ch|[oei]vych|[oei]vna|[iy]chna|ivna|[oeya]vich|ovic|evic|ogl[uy]|kyzy|kizi)$")


@lru_cache(maxsize=200_000)
def flags(word: str) -> int:
    """Bits: says what sort of body it is; is a patronymic; is a number; is in Arabic letters; is a word that
    people bear, and so hardly a slip of another; is two words in one ("abd" + name, name + "din").
    """
    found = GENERIC if is_generic_word(word) else 0
    if len(word) >= 6 and _PATRONYMIC.search(word):
        found |= PATRONYMIC
    if word.isdigit() or _ROMAN.fullmatch(word):
        found |= NUMBER
    if word.isdigit():
        found |= DIGITS
    if COUNTS.get(word, 0) >= 3:
        found |= KNOWN
    if len(word) >= 6 and (word.startswith("abd") or word.endswith(("din", "lah"))):
        found |= COMPOUND
    return found | ARABIC if is_arabic(word) else found


@lru_cache(maxsize=200_000)
def weight(word: str) -> float:
    """0.1 (said of everybody) to 1.0 (never counted); a lone letter or short number weighs a quarter."""
    count = COUNTS.get(word, 0)
    if is_arabic(word):
        count = max(count, max((counts_by_consonants().get(bones, 0) for bones in skeletons(word)), default=0))
    rarity = 1.0 - log(count + 1) / _SCALE
    if len(word) == 1:
        return 0.2
    if len(word) == 2:
        rarity *= 0.8
    if word in TITLES_ALSO_NAMES:
        rarity *= 0.5
    return max(0.1, rarity)
