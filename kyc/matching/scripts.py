"""Writing systems: which one a letter belongs to, and its Latin reading. Pure.

Own tables, because the general ones lose names: ISO 9 and ICU write й as "j" and drop the vowels that
Arabic lists add in Latin letters, so that folding no longer meets the list's spelling (measured in
docs/matching.md). Arabic words stay Arabic here; `keys.py` compares them with Latin ones by consonants.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

from anyascii import anyascii
from pypinyin import Style, lazy_pinyin


class Script(StrEnum):
    LATIN = "latin"
    CYRILLIC = "cyrillic"
    ARABIC = "arabic"
    HAN = "han"
    HANGUL = "hangul"
    OTHER = "other"


# Russian, Ukrainian, Belarusian, Serbian, Macedonian, Bulgarian, Kazakh and kin, as lists of the EU, OFAC, the UK
# and Ukraine romanise them (close to BGN/PCGN). Soft and hard signs are silent.
CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "yo", "ж": "zh", "з": "z", "и": "i",
    "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t",
    "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "",
    "э": "e", "ю": "yu", "я": "ya", "і": "i", "ї": "yi", "є": "ye", "ґ": "g", "ў": "u", "ђ": "dj", "ј": "j",
    "љ": "lj", "њ": "nj", "ћ": "c", "џ": "dz", "ѓ": "gj", "ќ": "kj", "ѕ": "dz", "ә": "a", "ғ": "g", "қ": "k",
    "ң": "ng", "ө": "o", "ұ": "u", "ү": "u", "һ": "h", "ѐ": "e", "ѝ": "i", "ӣ": "i", "ӯ": "u", "ҷ": "j",
    "ҳ": "h", "ӏ": "", "’": "", "'": "",
}  # fmt: skip
# Ukrainian reads two shared letters differently; it is known by letters only it has.
UKRAINIAN = CYRILLIC | {"г": "h", "и": "y"}
UKRAINIAN_ONLY = frozenset("іїєґ")

# Latin letters that NFKD does not take apart.
LATIN = {
    "ß": "ss", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i", "ə": "a",
    "ħ": "h", "ŋ": "ng", "ŧ": "t", "ĸ": "k",
}  # fmt: skip

# Letters of other scripts that look like Latin ones; folded only inside a word that also has Latin letters.
HOMOGLYPHS = {
    "а": "a", "в": "b", "е": "e", "к": "k", "м": "m", "н": "h", "о": "o", "р": "p", "с": "c", "т": "t",
    "у": "y", "х": "x", "і": "i", "ј": "j", "ѕ": "s", "ԁ": "d", "ԛ": "q", "ԝ": "w", "ь": "b", "п": "n",
    "α": "a", "β": "b", "ε": "e", "ζ": "z", "η": "h", "ι": "i", "κ": "k", "μ": "m", "ν": "v", "ο": "o",
    "ρ": "p", "τ": "t", "υ": "y", "χ": "x", "ϲ": "c", "ɑ": "a", "ɡ": "g", "һ": "h", "ӏ": "l", "г": "r",
}  # fmt: skip
# The same table read backwards, for a Latin letter smuggled into a Cyrillic word.
CYRILLIC_FOR = {"a": "а", "b": "в", "e": "е", "k": "к", "m": "м", "h": "н", "o": "о", "p": "р", "c": "с",
                "t": "т", "y": "у", "x": "х", "i": "і", "j": "ј", "s": "ѕ"}  # fmt: skip

# One letter for the variants that Arabic, Persian, Pashto, Urdu and Kurdish keyboards give.
ARABIC_UNIFY = str.maketrans({
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ۍ": "ي", "ئ": "ي", "ے": "ي",
    "ک": "ك", "ګ": "گ", "ؤ": "و", "ۇ": "و", "ة": "ه", "ۀ": "ه", "ہ": "ه", "ھ": "ه", "ە": "ه", "ټ": "ت",
    "ډ": "د", "ړ": "ر", "ښ": "ش", "ڼ": "ن", "ځ": "ز", "څ": "س", "ږ": "ژ", "ڕ": "ر", "ڵ": "ل",
    "ڤ": "ف", "ں": "ن", "ء": "", "ـ": "", "ٔ": "", "ٹ": "ت", "ڈ": "د", "ڑ": "ر",
})  # fmt: skip

# Greek to Tibetan without Cyrillic and Arabic, and further Asian scripts; not Han, not Hangul syllables, no punctuation.
_OTHER_SCRIPTS = re.compile(
    "[\u0370-\u03ff\u0530-\u05ff\u0780-\u089f\u0900-\u1dff\u3041-\u3096\u3099-\u309c\u30a1-\u30fa\u30fc-\u30fe\ua000-\uabff]+"
)
_RANGES = (
    (0x0041, 0x024F, Script.LATIN),
    (0x0250, 0x02AF, Script.LATIN),
    (0x0370, 0x03FF, Script.OTHER),
    (0x0400, 0x052F, Script.CYRILLIC),
    (0x0600, 0x077F, Script.ARABIC),
    (0x08A0, 0x08FF, Script.ARABIC),
    (0x1E00, 0x1EFF, Script.LATIN),
    (0x2E80, 0x2FDF, Script.HAN),
    (0x3005, 0x3007, Script.HAN),
    (0x3400, 0x4DBF, Script.HAN),
    (0x4E00, 0x9FFF, Script.HAN),
    (0xAC00, 0xD7A3, Script.HANGUL),
    (0xF900, 0xFAFF, Script.HAN),
    (0xFB50, 0xFDFF, Script.ARABIC),
    (0xFE70, 0xFEFF, Script.ARABIC),
    (0x20000, 0x2FA1F, Script.HAN),
)


@lru_cache(maxsize=20_000)
def script_of(letter: str) -> Script:
    code = ord(letter)
    for low, high, script in _RANGES:
        if low <= code <= high:
            return script
    return Script.OTHER


def scripts_in(word: str) -> set[Script]:
    """The scripts of a word's letters; digits belong to none."""
    return {script_of(letter) for letter in word if letter.isalpha()}


def unmixed(word: str) -> str:
    """The word with look-alike letters folded into the script that most of its letters have.

    A word in one script comes back as it is.
    """
    if word.isascii():
        return word
    latin = sum("a" <= letter <= "z" for letter in word)
    cyrillic = sum(script_of(letter) is Script.CYRILLIC for letter in word)
    strange = cyrillic + sum(0x370 <= ord(letter) <= 0x3FF for letter in word)
    if not latin or not strange:
        return word
    # A letter without a twin in the other script proves which script the word is written in.
    cyrillic_proof = any(script_of(letter) is Script.CYRILLIC and letter not in HOMOGLYPHS for letter in word)
    latin_proof = any("a" <= letter <= "z" and letter not in CYRILLIC_FOR for letter in word)
    is_cyrillic = cyrillic_proof if cyrillic_proof != latin_proof else cyrillic >= 2 * latin
    if is_cyrillic:
        return "".join(CYRILLIC_FOR.get(letter, letter) for letter in word)
    return "".join(HOMOGLYPHS.get(letter, letter) for letter in word)


def pinyin(han: str) -> str:
    """Chinese characters as joined syllables without tones: "大疆" -> "dajiang"."""
    return "".join(lazy_pinyin(han, style=Style.NORMAL, errors=lambda rest: anyascii(rest).lower()))


@lru_cache(maxsize=5_000)
def _bare_latin(letter: str) -> str:
    """A Latin letter without its accents; others as they are, for their marks make them what they are."""
    if letter in LATIN:
        return LATIN[letter]
    if script_of(letter) is not Script.LATIN:
        return letter
    return "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))


def spelled_out(text: str) -> str:
    """Text in which scripts without a table of their own (Thai, Hindi, Korean ...) are in Latin letters.

    Before words are told apart: the vowel signs of many scripts are no letters to a regular expression.
    """
    return _OTHER_SCRIPTS.sub(lambda found: anyascii(found[0]).lower(), text)


def latin(word: str) -> str:
    """A lower-case word of any script but Arabic and Han in the letters a-z and digits."""
    if word.isascii():
        return word
    found = scripts_in(word)
    if Script.CYRILLIC in found:
        table = UKRAINIAN if UKRAINIAN_ONLY & set(word) else CYRILLIC
        word = "".join(table.get(letter, letter) for letter in word)
    if not word.isascii():
        word = "".join(_bare_latin(letter) for letter in word)
    if not word.isascii():
        word = anyascii(word).lower()
    return "".join(letter for letter in word if letter.isascii() and letter.isalnum())


_SYLLABIC = re.compile("[\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]+")  # Han characters and Hangul syllables


def has_characters(text: str) -> bool:
    """Whether it holds Chinese characters or Korean syllables."""
    return not text.isascii() and _SYLLABIC.search(text) is not None


def other_characters(one: str, other: str) -> bool:
    """Two names in characters of one script, of which as many are written otherwise as to be another name.

    In Latin letters 习近平 is a slip away from 习近朋, and 김정은 is read like 김종은. Chinese characters of one sound are let
    pass, for one may be the traditional form of the other. False where one of the texts has no characters.
    """
    ours, theirs = "".join(_SYLLABIC.findall(one)), "".join(_SYLLABIC.findall(other))
    if not ours or not theirs or script_of(ours[0]) is not script_of(theirs[0]) or len(ours) > 4 or len(theirs) > 4:
        return False
    if ours == theirs or len(ours) != len(theirs):
        return False
    apart = [(mine, listed) for mine, listed in zip(ours, theirs, strict=True) if mine != listed]
    if script_of(ours[0]) is Script.HANGUL:
        return True
    return any(pinyin(mine) != pinyin(listed) for mine, listed in apart)
