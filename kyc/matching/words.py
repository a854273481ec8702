"""How much a word says: rare words identify, common ones do not. Pure.

The counts are frozen with the code, not taken from the list edition of the day, so that a comparison gives
the same score today and in a replay, and a pair compared alone scores as in the whole index. They were
counted by `manage.py train_matching` (docs/matching.md) over the names of the sanctions lists.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from math import log

_DATA = files("kyc.matching").joinpath("data", "word_counts.tsv")


def _read_counts() -> tuple[int, dict[str, int]]:
    """Parties counted, and for each word in how many of them it occurs (words of three or more only)."""
    lines = _DATA.read_text(encoding="utf-8").splitlines()
    counts = dict(line.split("\t") for line in lines[1:])
    return int(lines[0].split("\t")[1]), {word: int(count) for word, count in counts.items()}


PARTIES, COUNTS = _read_counts()
_SCALE = log(PARTIES + 1)


@lru_cache(maxsize=200_000)
def weight(word: str) -> float:
    """0.1 (said of everybody) to 1.0 (never counted); a lone letter or short number weighs a quarter."""
    rarity = 1.0 - log(COUNTS.get(word, 0) + 1) / _SCALE
    if len(word) == 1:
        return 0.2
    if len(word) == 2:
        rarity *= 0.8
    return max(0.1, rarity)
