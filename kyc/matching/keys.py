"""What a word sounds and looks like: the keys under which the index finds it. Pure.

`fold` evens out spelling (ph/f, kh/h, ts/c, ou/u ...), `skeleton` keeps the consonants of that. An Arabic
word is written with consonants only, so it meets Latin spellings by its skeleton, of which it may have
several (و is w, u or o).
"""

# ruff: noqa: E501 (tables of letters)

from __future__ import annotations

import re
from functools import lru_cache
from zlib import crc32

# Order matters: longer groups first. Capital letters stand for one sound written with two letters.
_GROUPS = (
    ("shch", "S"), ("schtsch", "S"), ("tsch", "C"), ("tch", "C"), ("sch", "S"), ("sh", "S"), ("sj", "S"),
    ("dzh", "J"), ("dsch", "J"), ("dj", "J"), ("dz", "z"), ("zh", "J"), ("ch", "C"), ("ts", "c"), ("tz", "c"),
    ("kh", "h"), ("gh", "g"), ("ph", "f"), ("th", "t"), ("dh", "d"), ("bh", "b"), ("ck", "k"), ("qu", "k"),
    ("ks", "x"), ("cz", "C"), ("sz", "S"), ("ou", "u"), ("oo", "u"), ("ee", "i"), ("ie", "i"), ("iy", "i"),
    ("ij", "i"), ("yi", "i"), ("ii", "i"), ("yu", "u"), ("iu", "u"), ("ju", "u"), ("ya", "a"), ("ia", "a"),
    ("ja", "Ja"), ("ye", "e"), ("yo", "o"), ("io", "o"), ("ae", "e"), ("oe", "o"), ("ue", "u"), ("ai", "e"),
    ("ay", "e"), ("ei", "e"), ("ey", "e"), ("au", "o"), ("aw", "o"), ("ow", "o"), ("q", "k"), ("w", "v"), ("y", "i"), ("j", "J"), ("c", "k"),
)  # fmt: skip
_GROUP = re.compile("|".join(group for group, _ in _GROUPS))
_SOUND = dict(_GROUPS)
_SOFT_C = re.compile("c(?=[eiy])(?!h)")
_DOUBLED = re.compile(r"(.)\1+")
_VOWELS = re.compile("[aeiou]+")
# Sounds that neighbouring languages exchange: Igor/Ihor, Gusein/Hussein; Akkacha/Akasha, Chevtsov/Shevtsov.
_MERGED = str.maketrans({"g": "h", "C": "S"})
_DIGRAPH = re.compile("(?<=[zstdkg])(?=h)")
_SOUNDED_H = ("ah", "eh", "oh")
_SILENT_H = re.compile(r"(?<=[aeo])h$")

# Arabic letters in the sounds of `fold`; a tuple gives the readings that lists are seen to use.
_ARABIC_SOUNDS: dict[str, tuple[str, ...]] = {
    "ا": ("",), "ب": ("b",), "پ": ("p",), "ت": ("t",), "ث": ("t", "s"), "ج": ("J",), "چ": ("S",), "ح": ("h",),
    "خ": ("h",), "د": ("d",), "ذ": ("d", "z"), "ر": ("r",), "ز": ("z",), "ژ": ("J",), "س": ("s",), "ش": ("S",),
    "ص": ("s",), "ض": ("d", "z"), "ط": ("t",), "ظ": ("z", "d"), "ع": ("",), "غ": ("h",), "ف": ("f",), "ق": ("k", "h"),
    "ك": ("k",), "گ": ("h",), "ل": ("l",), "م": ("m",), "ن": ("n",), "ه": ("h",), "و": ("", "v"), "ي": ("",),
}  # fmt: skip
_MOST_READINGS = 8


def is_arabic(word: str) -> bool:
    return "\u0600" <= word[:1] <= "\u06ff"


@lru_cache(maxsize=200_000)
def fold(word: str) -> str:
    """The word in evened-out spelling; a capital is a sound of its own. An Arabic word comes back as it is."""
    if is_arabic(word):
        return word
    if "c" in word:
        word = _SOFT_C.sub("s", word)
    word = _GROUP.sub(lambda found: _SOUND[found[0]], word).replace("-", "")
    if word.endswith("h"):
        word = _SILENT_H.sub("", word)
    return _DOUBLED.sub(r"\1", word)


@lru_cache(maxsize=100_000)
def skeleton(word: str) -> str:
    """The consonants of the folded word: "Yevgeniy", "Evgeny" -> "vgn". Empty for a word of vowels."""
    return _VOWELS.sub("", fold(word)).translate(_MERGED)


@lru_cache(maxsize=50_000)
def skeletons(word: str) -> tuple[str, ...]:
    """All skeletons of a word: up to eight for Arabic letters; for Latin ones the usual one first.

    A Latin word with "sh", "zh" ... may also have these as two letters: Mazhari is m-z-h-r in Arabic.
    """
    if not is_arabic(word):
        found = [skeleton(word)]
        if "h" not in word:
            return (found[0],)
        found.append(skeleton(_DIGRAPH.sub("-", word)))
        if word.endswith(_SOUNDED_H):  # "Tilfah" ends in a consonant in Arabic, "Fatimah" does not
            found.append(f"{found[0]}h")
        return tuple(dict.fromkeys(found))
    readings = [""]
    for position, letter in enumerate(word):
        sounds = _ARABIC_SOUNDS.get(letter, ("",))
        if letter == "ه" and position == len(word) - 1:
            sounds = ("", "h") if len(word) > 2 else ("h",)
        elif letter == "و" and position == 0:
            sounds = ("v", "")
        if len(readings) * len(sounds) > _MOST_READINGS:
            sounds = sounds[:1]
        readings = [done + sound for done in readings for sound in sounds]
    return tuple(dict.fromkeys(readings))


def deletions(word: str) -> list[str]:
    """The word without each of its letters in turn: two words one slip apart share one of these."""
    return [word[:i] + word[i + 1 :] for i in range(len(word))]


RAW, SKELETON, CONCEPT, VARIANT = "r", "s", "c", "v"
PREFIXES = ("abd", "al", "el")  # "Abdul Rahman" is often written "Rahman" alone, "Al-Otaibi" "Alotaibi"
PLACE_ENDING = "sk"  # what is left of a Russian adjective of place: "Muromskiy zavod" is the plant of Murom
SHORTEST_PLACE = 4  # letters
SHORTEST_SKELETON_WITH_SLIPS = 5  # consonants; below this a slip would meet half the list


def key_hash(kind: str, text: str) -> int:
    """The same in every process (Python's own hash is not)."""
    return crc32((kind + text).encode())


def _deletion_hashes(kind: str, text: str) -> list[int]:
    """`key_hash` of each of the `deletions`; what stands before the letter is hashed once for all."""
    if not text.isascii():
        return [key_hash(kind, shorter) for shorter in deletions(text)]
    letters, before, found = text.encode(), crc32(kind.encode()), []
    for at in range(1, len(letters) + 1):
        found.append(crc32(letters[at:], before))
        before = crc32(letters[at - 1 : at], before)
    return found


@lru_cache(maxsize=50_000)
def keys_of(word: str) -> tuple[int, ...]:
    """Hashes under which a word is stored and looked for: itself, its one-letter deletions, its skeletons."""
    number = word.isdigit()
    found = {key_hash(RAW, word)}
    if len(word) > 1 and not number:
        found.update(_deletion_hashes(RAW, word))
    for prefix in PREFIXES:
        if word.startswith(prefix) and len(word) > 5:
            found.add(key_hash(RAW, word[len(prefix) :]))
    if word.endswith(PLACE_ENDING) and len(word) >= SHORTEST_PLACE + len(PLACE_ENDING):
        found.add(key_hash(RAW, word[: -len(PLACE_ENDING)]))
    for bones in skeletons(word):
        if bones and not number:
            found.add(key_hash(SKELETON, bones))
            if len(bones) >= SHORTEST_SKELETON_WITH_SLIPS:
                found.update(_deletion_hashes(SKELETON, bones))
    return tuple(found)
