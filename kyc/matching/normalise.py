"""From a written name to the words it is compared by. Pure.

`read(text, kind)` gives a `Reading`: words in comparable letters, the legal forms set aside, and what was
dropped. Reading a reading's own text again gives the same words (tests/kyc/matching/test_normalise.py).
"""

# ruff: noqa: E501 (tables of letters)

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rapidfuzz.distance import OSA

from kyc.matching.keys import deletions, is_arabic, skeleton
from kyc.matching.lexicon import (
    ACRONYMS,
    ARABIC_FORMS,
    ARABIC_ORGANISATION_PARTICLES,
    ARABIC_PARTICLES,
    ARABIC_TERMS,
    ARABIC_TITLES,
    CONCEPTS,
    GENERIC_CONCEPTS,
    GENERIC_EXTRA,
    HAN_FORMS,
    HAN_TERMS,
    LEGAL_FORMS,
    ORGANISATION_PARTICLES,
    PARTICLES,
    TITLES,
    TITLES_ALSO_NAMES,
    UNSAFE_PARTICLES,
)
from kyc.matching.names import ARABIC_NAMES, VARIANTS
from kyc.matching.scripts import ARABIC_UNIFY, Script, latin, pinyin, script_of, scripts_in, spelled_out, unmixed
from kyc.matching.types import Kind

MOST_WORDS = 24  # words of one name that are compared; the longest listed names are descriptions
LONGEST_WORD = 40  # letters

_WORD = re.compile(r"[^\W_]+")
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_APOSTROPHES = re.compile("['’‘`ʼʻ´′ʾʿ\"“”„«»]")
_MARKS = dict.fromkeys((0x0640, *range(0x064B, 0x0660), 0x0670, 0x200C, 0x200D, 0x200E, 0x200F, 0xFEFF))
_DOTTED = re.compile(r"(?<!\w)((?:\w\.){2,}\w?\b\.?|\w(?:\.\s?\w){1,5}\.(?!\w))")


@dataclass(frozen=True, slots=True)
class Reading:
    """`words` in name order; `forms` the legal forms set aside; `generic` if no word says which party it is."""

    words: tuple[str, ...]
    forms: frozenset[str] = frozenset()
    generic: bool = False
    titles: tuple[str, ...] = ()


# ------------------------------------------------------------------------------------------------ raw words
@lru_cache(maxsize=4_000)
def raw_words(text: str) -> tuple[str, ...]:
    """Lower-case words of a name in their own letters, look-alikes and marks folded, dotted initials joined."""
    if text.isascii():  # nearly all names: nothing to fold
        text = text.lower().replace("'", "").replace('"', "").replace("`", "")
        if "." in text:
            text = _undotted(text)
        return tuple([word[:LONGEST_WORD] for word in _ASCII_WORD.findall(text)])
    text = unicodedata.normalize("NFKC", text).translate(_MARKS).casefold()
    text = _APOSTROPHES.sub("", text)
    text = _undotted(text)
    text = " ".join(unmixed(word) for word in _without_marks(text).split())
    if not text.isascii():
        text = spelled_out(text)
    return tuple([word[:LONGEST_WORD] for word in _WORD.findall(text)])


def _undotted(text: str) -> str:
    return _DOTTED.sub(lambda found: re.sub(r"[.\s]", "", found[0]) + " ", text)


def _without_marks(text: str) -> str:
    """Latin letters without accents; letters of other scripts keep theirs (й is not и)."""
    if text.isascii():
        return text
    letters = []
    for letter in text:
        if not letter.isascii() and script_of(letter) is Script.LATIN:
            letters.append(
                "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
            )
        else:
            letters.append(letter)
    return "".join(letters)


def _han_pieces(word: str, person: bool) -> list[str]:
    """Undivided Chinese text: known terms become their words, the rest joined pinyin.

    A person's two to four characters are a family name and a given name.
    """
    if person and 2 <= len(word) <= 4:
        family = 2 if len(word) == 4 or word[:2] in _DOUBLE_FAMILY_NAMES else 1
        return [pinyin(word[:family]), pinyin(word[family:])] if len(word) > family else [pinyin(word)]
    pieces, rest, at = [], "", 0
    while at < len(word):
        for length in range(min(6, len(word) - at), 0, -1):
            term = HAN_FORMS.get(word[at : at + length], HAN_TERMS.get(word[at : at + length]))
            if term is not None and not person:
                break
        else:
            rest += word[at]
            at += 1
            continue
        if rest:
            pieces.append(pinyin(rest))
            rest = ""
        pieces.extend(f"={term}" if word[at : at + length] in HAN_FORMS else term for term in term.split())
        at += length
    if rest:
        pieces.append(pinyin(rest))
    return pieces


_DOUBLE_FAMILY_NAMES = frozenset(
    {"欧阳", "歐陽", "司马", "司馬", "上官", "诸葛", "諸葛", "东方", "尉迟", "公孙", "慕容", "皇甫"}
)


def _latin_words(words: Sequence[str], person: bool, one_piece: bool) -> list[str]:
    """Words of all scripts in a-z and digits, but Arabic ones in unified Arabic letters; "=form" marks a form."""
    if "".join(words).isascii():
        return list(words)
    ready = []
    for word in words:
        if word.isascii():
            ready.append(word)
            continue
        scripts = scripts_in(word)
        if Script.HAN in scripts:
            ready.extend(piece for piece in _han_pieces(word, person and one_piece) if piece)
        elif scripts == {Script.HANGUL} and person and len(word) <= 4:
            ready.extend(latin(syllable) for syllable in word)
        elif Script.ARABIC in scripts:
            word = "".join(letter for letter in word.translate(ARABIC_UNIFY) if script_of(letter) is Script.ARABIC)
            if word:
                ready.append(word)
        else:
            word = latin(word)
            if word:
                ready.append(word)
    return ready


# ------------------------------------------------------------------------------------------------ business words
def _phrases() -> tuple[dict[tuple[str, ...], str], dict[str, str]]:
    forms = {tuple(phrase.split()): form for form, phrases in LEGAL_FORMS.items() for phrase in phrases}
    concepts = {word: concept for concept, words in CONCEPTS.items() for word in words if " " not in concept}
    return forms, concepts


_FORMS, _CONCEPTS = _phrases()
_LONGEST_FORM = max(map(len, _FORMS))
_FORM_STARTS = frozenset(phrase[0] for phrase in _FORMS)
# One-word forms that are letters or short syllables: only at either end of a name, or they eat real words.
_FORM_WORDS = frozenset(word for phrase in _FORMS for word in phrase)
_FRONT_FORMS = frozenset({"ooo", "oao", "ao", "zao", "pao", "llc", "jsc", "ojsc", "pjsc", "cjsc", "pt", "too", "tov", "fgup",
                          "ano", "gup", "fsue", "ltd", "company", "ip", "chup", "rup", "fku", "fkp", "fgbu", "fgbou", "nko", "kompaniya",
                          "jv", "mup", "rue", "up", "at", "pat", "prat", "chao", "doo", "oy", "ab", "firm", "firma", "corporation", "sherkat",
                          "sherkate", "sharikat", "sharika", "osoo"})  # fmt: skip
_LONG_WORDS = sorted(
    {word for word in _FORM_WORDS if len(word) >= 6}
    | {word for word in _CONCEPTS if len(word) >= 7}
    | {word for word in CONCEPTS if len(word) >= 7 and " " not in word}
)


# Forms that a lost space glues to a name, and long ones that may hold two slips.
_GLUED_ENDS = ("limited", "company", "corporation", "llc", "ltd", "gmbh", "ooo")
_GLUED_STARTS = ("limited", "ooo", "llc", "jsc", "oao")
_LONG_FORMS = ("limited", "company", "liability", "corporation", "incorporated", "obshchestvo", "aktsionernoe",
               "ogranichennoi", "otvetstvennostyu", "publichnoe")  # fmt: skip


def _slips() -> dict[str, str]:
    """Every one-letter deletion of the long business words -> the word, where only one word gives it."""
    found: dict[str, str] = {}
    for word in _LONG_WORDS:
        for shorter in {word, *deletions(word)}:
            found[shorter] = word if found.get(shorter, word) == word else ""
    return found


def _bones() -> dict[str, str]:
    """Skeleton of the long business words -> the word, where only one concept gives it."""
    found: dict[str, str] = {}
    for word in _LONG_WORDS:
        bones = skeleton(word)
        if len(bones) < 5:
            continue
        same = found.get(bones, word)
        found[bones] = word if same == word or _CONCEPTS.get(same, same) == _CONCEPTS.get(word, word) else ""
    return found


_SLIPS, _BONES = _slips(), _bones()


@lru_cache(maxsize=30_000)
def business_word(word: str) -> str:
    """The business word that this is a spelling or a slip of; other words come back as they are."""
    if word in _CONCEPTS or word in _FORM_WORDS or word in CONCEPTS or len(word) < 6 or is_arabic(word):
        return word
    for ending in _GLUED_ENDS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return f"{business_word(word[: -len(ending)])} {ending}"
    for start in _GLUED_STARTS:
        if word.startswith(start) and len(word) - len(start) >= 3:
            return f"{start} {business_word(word[len(start) :])}"
    if found := _SLIPS.get(word):
        return found
    for shorter in deletions(word):
        if found := _SLIPS.get(shorter):
            return found
    if len(word) >= 7:
        for form in _LONG_FORMS:
            if abs(len(form) - len(word)) <= 2 and OSA.distance(word, form, score_cutoff=2) <= 2:
                return form
    found = _BONES.get(skeleton(word), "")
    return found if found and found[0] == word[0] and found[-1] == word[-1] else word


@lru_cache(maxsize=30_000)
def _business_words(word: str) -> tuple[str, ...]:
    return tuple(business_word(word).split())


def concept(word: str) -> str:
    """The business concept of a word ("zavod" -> "plant"), "" for words that have none."""
    return _CONCEPTS.get(word) or (word if word in CONCEPTS else _BASES.get(_base(word), ""))


def _base(word: str) -> str:
    """A long Russian adjective or noun without its ending: "raketnyy", "raketnogo" -> "raketn"; "" for others."""
    if len(word) < 7 or is_arabic(word):
        return ""
    if word.endswith(("sk", "sc")):
        return word
    found = _ENDING.search(word)
    return word[: found.start()] if found and found.start() >= 5 else ""


_ENDING = re.compile(r"(?:yy|yi|iy|ii|yj|ij|y|i|aya|aia|oe|oye|oy|oi|ogo|omu|ykh|ikh|ye|ie|uyu)$")


def _bases() -> dict[str, str]:
    """Base of the long business words -> their concept, where only one concept gives it."""
    found: dict[str, str] = {}
    for word, trade in _CONCEPTS.items():
        base = _base(_stem(word))
        if base:
            found[base] = trade if found.get(base, trade) == trade else ""
    return found


def _set_forms_aside(words: list[str]) -> tuple[list[str], set[str]]:
    """Legal forms out of a name, the longest phrase first; a name that is nothing else keeps its words."""
    kept: list[str] = []
    forms: set[str] = set()
    at = 0
    while at < len(words):
        if words[at] in _FORM_STARTS:
            for length in range(min(_LONGEST_FORM, len(words) - at), 0, -1):
                form = _FORMS.get(tuple(words[at : at + length]))
                if form and (length > 1 or _stands_at_an_end(words, at)):
                    forms.add(form)
                    at += length
                    break
            else:
                kept.append(words[at])
                at += 1
            continue
        kept.append(words[at])
        at += 1
    return kept, forms


def _stands_at_an_end(words: list[str], at: int) -> bool:
    """A one-word form counts at the end of a name (other forms and brackets may follow), or in front."""
    if len(words[at]) > 3 or words[at] in {"llc", "jsc", "ltd", "inc", "ooo", "oao", "zao", "pao", "co"}:
        return True
    if at == 0:
        return words[0] in _FRONT_FORMS
    return at >= len(words) - 2 or (words[at - 1] in _FORM_WORDS and at == 1)


def _organisation_words(words: list[str]) -> tuple[list[str], set[str]]:
    forms = {word[1:] for word in words if word[:1] == "="}
    words = [word for word in words if word[:1] != "="]
    ready: list[str] = []
    for word in _stock_mended(words):
        if is_arabic(word):
            if word in ARABIC_ORGANISATION_PARTICLES:
                continue
            bare = word[1:] if word.startswith("وال") and len(word) > 5 else word
            bare = bare.removeprefix("ال") if len(bare) > 4 else bare
            if form := ARABIC_FORMS.get(word) or ARABIC_FORMS.get(bare):
                forms.add(form)
            elif term := ARABIC_TERMS.get(bare) or ARABIC_TERMS.get(bare.removeprefix("لل")):
                ready.extend(term.split())
            else:
                ready.append(_known_arabic(bare))
            continue
        ready.extend(_business_words(word))
    kept, more = _set_forms_aside(ready)
    forms |= more
    spelled: list[str] = []
    for word in _numbers_as_digits(_letters_joined(kept)):
        if word in ACRONYMS:
            spelled.extend(ACRONYMS[word].split())
        else:
            spelled.append(_stem(word))
    bare_words = [
        word for at, word in enumerate(spelled)
        if word not in ORGANISATION_PARTICLES or (at == 0 and len(word) == 1 and len(spelled) > 1)
    ]  # fmt: skip
    return list(dict.fromkeys(bare_words or spelled)), forms


def _stock_mended(words: list[str]) -> list[str]:
    """A slip in "joint stock": both words are too short to be known by themselves."""
    for at, (one, other) in enumerate(pairwise(words)):
        near = one[:1] in "jo" and 4 <= len(one) <= 6 and 4 <= len(other) <= 6 and (one, other) != ("joint", "stock")
        if near and OSA.distance(one, "joint", score_cutoff=1) + OSA.distance(other, "stock", score_cutoff=2) <= 2:
            return [*words[:at], "joint", "stock", *words[at + 2 :]]
    return words


def _letters_joined(words: list[str]) -> list[str]:
    """Letters that stand alone beside each other are one abbreviation: "K F D Trading", "B&W Consulting"."""
    ready: list[str] = []
    together = False
    for word in words:
        single = len(word) == 1 and word.isalpha()
        if single and together:
            ready[-1] += word
        else:
            ready.append(word)
        together = single
    return ready


_ONES = {word: n for n, word in enumerate(
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
)}  # fmt: skip
_TENS = {
    word: 10 * n
    for n, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2)
}
_TENS["fourty"] = 40
_ORDINALS = {"1st": "first", "2nd": "second", "3rd": "third", "4th": "fourth", "5th": "fifth"}


def _numbers_as_digits(words: list[str]) -> list[str]:
    """ "Brigade Forty-Four" -> "brigade 44", "1st Bank" -> "first bank". "One" stays a word: brands are called so."""
    ready: list[str] = []
    tens = 0
    for word in words:
        if tens and (1 <= _ONES.get(word, 0) <= 9 or (word.isdigit() and 1 <= int(word) <= 9)):
            ready[-1] = str(tens + (_ONES.get(word) or int(word)))
            tens = 0
            continue
        tens = _TENS.get(word, 0)
        number = tens or (_ONES.get(word, 0) if word != "one" else 0)
        ready.append(str(number) if number else _ORDINALS.get(word, word))
    return ready


def _stem(word: str) -> str:
    """A Russian adjective of place without its ending: "uralskiy", "uralsky", "uralskoe" -> "uralsk"."""
    if len(word) < 7 or "sk" not in word:
        return word
    found = _ADJECTIVE.search(word)
    return word[: found.start() + 2] if found else word


_ADJECTIVE = re.compile(r"sk(?:ii|iy|yi|yy|i|y|oi|oy|oe|oye|aya|aia|ogo|ikh|ij|oj)$")

_BASES = _bases()

# ------------------------------------------------------------------------------------------------ people
_ABD = re.compile(
    r"^(?:abdul|abdel|abdal|abdol|abdoul|abdool|abdil|abdur|abdus|abdush|abdut|abdud|abduz|abdun|abder|abdes|abdor|abdos)(?=[bcdfghjklmnpqrstvwyz])"
)
_ABD_ALONE = frozenset({"abd", "abdul", "abdel", "abdal", "abdol", "abdoul", "abdool", "abdur", "abdus", "abdou", "abdu", "abid", "abed",
                        "abder", "abdil"})  # fmt: skip
_ABDULLAH = re.compile(r"^(?:abd[aeou]*l+[aeou]*h?|abidullah|abdalah)$")
_UDDIN = re.compile(r"^(.{2,}?)[aeou]+d*d(?:i|ee|ie|e)ne?$")
_DIN = frozenset(
    {"din", "deen", "dine", "eddin", "eddine", "uddin", "aldin", "aldine", "addin", "ddin", "ddine", "edine", "udin"}
)
_WHOLE_NAMES = frozenset({"muhammad", "ahmad", "ali", "hasan"})  # "Mohammad Din" is two names, "Nur al-Din" is one
_ALLAH = frozenset({"allah", "ullah", "ollah", "alla", "ulla", "olla", "llah", "oullah", "elah", "ellah"})
_ULLAH = re.compile(r"^(.{2,}?)(?:[aeou]+)l+[aeo]h?$")
_ARTICLE = frozenset(
    {"al", "el", "ul", "ad", "ed", "ud", "ar", "ur", "as", "us", "ash", "ush", "an", "un", "az", "ol", "or", "os"}
)


def _joined_theophoric(words: list[str]) -> list[str]:
    """abd + al + X -> abdX; X + al + din -> Xdin; X + ullah -> Xlah: one word however it was divided."""
    ready: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        if word in _ABD_ALONE and at + 1 < len(words):
            after = at + 1
            if words[after] in _ARTICLE and after + 1 < len(words):
                after += 1
            if _is_no_name_of_god(words[after]):
                ready.append("abdul")
                at += 1
                continue
            if len(words[after]) > 1:
                ready.append("abdulah" if words[after] in _ALLAH else f"abd{_evened(words[after])}")
                at = after + 1
                continue
        starts_abd = word.startswith("ab")
        if starts_abd and _ABDULLAH.match(word):
            ready.append("abdulah")
        elif starts_abd and len(word) > 6 and (found := _ABD.match(word)):
            ready.append("abd" + word[found.end() :])
        elif word in _DIN and ready and len(ready[-1]) > 1 and VARIANTS.get(ready[-1]) not in _WHOLE_NAMES:
            while len(ready) > 1 and ready[-1] in _ARTICLE:
                ready.pop()
            ready[-1] = f"{ready[-1]}din"
        elif word in _ALLAH and ready and len(ready[-1]) > 1:
            while len(ready) > 1 and ready[-1] in _ARTICLE:
                ready.pop()
            ready[-1] = f"{ready[-1]}lah"
        else:
            ready.append(_evened(word))
        at += 1
    return ready


def _evened(word: str) -> str:
    """ "saifullah", "nuruddin" as they come out when written in two words."""
    if len(word) > 6 and word.endswith(("din", "dine", "deen")) and (found := _UDDIN.match(word)):
        return found[1] + "din"
    if len(word) > 5 and word.endswith(("ullah", "ollah", "allah", "ulla", "olla")):
        return re.sub(r"[aeou]+ll?ah?$", "lah", word)
    return word


_NO_NAMES_OF_GOD = frozenset({"khan", "jan", "agha", "aqa", "shah", "haji", "mullah", "mohd", "sheikh", "gul"})


def _is_no_name_of_god(word: str) -> bool:
    """ "Abdul Khan" is not one name as "Abdul Rahman" is: the list left a word out after "Abdul"."""
    return word in _NO_NAMES_OF_GOD or VARIANTS.get(word) in ("muhammad", "ahmad")


_ARABIC_ALLAH = frozenset({"الله", "لله", "اله"})


def _joined_arabic(words: list[str]) -> list[str]:
    """The same for Arabic letters, without the article."""
    ready: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        if not is_arabic(word):
            ready.append(word)
        elif word in {"عبد", "عبدال"} and at + 1 < len(words) and is_arabic(words[at + 1]):
            at += 1
            ready.append("abdulah" if words[at] in _ARABIC_ALLAH else "عبد" + _bare(words[at]))
        elif word.startswith("عبدال") and len(word) > 6:
            ready.append("عبد" + (word[5:] if word[5:] != "له" else "الله"))
        elif word in {"الله", "لله", "اله"} and ready and is_arabic(ready[-1]):
            ready[-1] += "له"
        elif word in {"الدين", "دين"} and ready and is_arabic(ready[-1]):
            ready[-1] += "دين"
        else:
            ready.append(_bare(word))
        at += 1
    return [known for word in ready for known in _known_arabic(word).split()]


def _known_arabic(word: str) -> str:
    """The Latin spelling of a common name, alone or after abd and before din; other words as they are."""
    if not is_arabic(word):
        return word
    if word in ARABIC_NAMES:
        return ARABIC_NAMES[word]
    if word.startswith("بن") and word[2:] in ARABIC_NAMES:  # "bin" written with its name
        return ARABIC_NAMES[word[2:]]
    if word in _ARABIC_ALLAH:
        return "allah"
    if word.endswith("له") and word[:-2] in ARABIC_NAMES:
        return ARABIC_NAMES[word[:-2]] + "lah"
    if word.startswith("عبد") and word[3:] in ARABIC_NAMES:
        return "abdulah" if ARABIC_NAMES[word[3:]] == "allah" else "abd" + ARABIC_NAMES[word[3:]]
    if word.endswith("دين") and word[:-3] in ARABIC_NAMES:
        return ARABIC_NAMES[word[:-3]] + "din"
    # Persian names are written together: "محمدحسين". Split where both halves are known names.
    for at in range(3, len(word) - 2):
        if word[:at] in ARABIC_NAMES and word[at:] in ARABIC_NAMES:
            return f"{ARABIC_NAMES[word[:at]]} {ARABIC_NAMES[word[at:]]}"
    return word.replace("الله", "له") if len(word) > 4 else word


def _bare(word: str) -> str:
    return word[2:] if word.startswith("ال") and len(word) > 4 else word


def _person_words(words: list[str]) -> tuple[list[str], list[str]]:
    """Words of a person's name without particles and titles, and the titles that were set aside."""
    words = [word for word in words if word[:1] != "="]
    if not "".join(words).isascii():
        words = _joined_arabic(words)
    words = _joined_theophoric(words)
    kept: list[str] = []
    titles: list[str] = []
    last = len(words) - 1
    for at, word in enumerate(words):
        if (word in TITLES or word in ARABIC_TITLES) and word not in TITLES_ALSO_NAMES:
            titles.append(word)
        elif word in UNSAFE_PARTICLES:
            if 0 < at < last and word not in {"an", "il", "san"} and last >= 2:
                continue
            if at == 0 and word in {"ad", "as", "at", "de", "di", "da", "do", "du", "la", "le"} and last >= 2:
                continue
            kept.append(word)
        elif word not in PARTICLES and word not in ARABIC_PARTICLES:
            kept.append(word)
    if not kept:
        return words, []
    # "Abu Bakr", "Abou Zeid": the word is kept, it only weighs little (see weights).
    if len(kept) == 1 and titles:
        kept = [word for word in words if word in kept or word in titles]
        titles = []
    return kept, titles


# English plurals and kin of the generic concepts; their translations stay particular ("Bank Sarmayeh").
_GENERIC_VARIANTS = frozenset(
    word for word, kind in _CONCEPTS.items() if kind in GENERIC_CONCEPTS and word[:4] == kind[:4] and len(word) > 4
)


# ------------------------------------------------------------------------------------------------ the door
@lru_cache(maxsize=8_000)
def read(text: str, kind: Kind) -> Reading:
    """The words of a name. `kind` says which words to set aside; a name of unknown kind is read as an
    organisation's if it holds business words, else as a person's. A name without letters has no words.
    """
    person = kind is Kind.PERSON
    raw = raw_words(_unglued(text, person))
    one_piece = len(raw) == 1  # only then can a family name be told from a given name by its place
    words = _latin_words(raw, person or (kind is Kind.UNKNOWN and len(text) <= 4), one_piece)
    if not words:
        return Reading(())
    if kind is Kind.UNKNOWN:
        person = not _looks_like_business(words)
    if person:
        kept, titles = _person_words(words)
        return Reading(tuple(kept[:MOST_WORDS]), titles=tuple(titles))
    found, forms = _organisation_words(words)
    generic = _is_generic(found)
    if not generic:
        found = _joined_theophoric(found)
        generic = _is_generic(found)
    return Reading(tuple(found[:MOST_WORDS]), frozenset(forms), generic)


_CAPITAL_INSIDE = re.compile(r"[a-z][A-Z]")
_GLUED_NAMES = re.compile(r"([A-Z][a-z]{3,})([A-Z][a-z]{3,})")
_GLUED_PARTICLE = re.compile(r"([a-z]{3})(Ben|Bin|Ibn|Al|El|Abd|Abdel|Abdul)(?=[\s-]|$)")
_GLUED_FORM = re.compile(r"(?<=[a-z]{3})(AG|GmbH|LLC|Ltd|Inc|SA|SpA|PLC|JSC|BV|NV|AB)\b")


def _unglued(text: str, person: bool) -> str:
    """ "FridrichBuchenberg" and "SiemensAG": a capital after small letters shows where a space was lost."""
    if not text.isascii() or not _CAPITAL_INSIDE.search(text):
        return text
    if not person:
        return _GLUED_FORM.sub(r" \1", text)
    text = _GLUED_PARTICLE.sub(r"\1 \2", text)
    found = _GLUED_NAMES.fullmatch(text.strip())
    return f"{found[1]} {found[2]}" if found and found[1] not in ("Macc", "Fitz") else text


_BRACKETS = re.compile(r"[(\[（【]([^()\[\]（）【】]*)(?:[)\]）】]|$)")
_SEPARATORS = re.compile(
    r";|\s/\s|(?<=\w{3})/\s?(?=\w{3})|\b(?:a\.?k\.?a\.?|f\.?k\.?a\.?|also known as|formerly)(?!\w)", re.IGNORECASE
)
_REMARKS = frozenset(
    {
        "born",
        "listed",
        "previously",
        "as",
        "deceased",
        "died",
        "former",
        "formerly",
        "dob",
        "pob",
        "see",
        "approximately",
    }
)
MOST_ALTERNATIVES = 4


@lru_cache(maxsize=8_000)
def readings(text: str, kind: Kind) -> tuple[Reading, ...]:
    """The name as a whole and, where the text holds several ("X (Y)", "X; Y", "X a.k.a. Y"), each of these."""
    whole = read(text, kind)
    if not whole.words:
        return ()
    if not _may_hold_several(text) or (not _BRACKETS.search(text) and not _SEPARATORS.search(text)):
        return (whole,)
    inside = _BRACKETS.findall(text)
    named = [part for part in inside if _says_enough(read(part, kind), part)]
    # "(Germany)" tells two companies apart; "(Yak Ltd)" and "(born 1970)" do not belong to the name.
    parts = [_BRACKETS.sub(" ", text), *named] if named or all(map(_is_remark, inside)) else [text]
    parts = [piece for part in parts for piece in _SEPARATORS.split(part)]
    found = [whole]
    for part in parts[: MOST_ALTERNATIVES * 2]:
        reading = read(part, kind)
        if _says_enough(reading, part) and all(reading.words != other.words for other in found):
            found.append(reading)
    return tuple(found[: 1 + MOST_ALTERNATIVES])


def _may_hold_several(text: str) -> bool:
    """Whether anything in it could be a bracket or a separator. Most names have none, and looking closely takes long."""
    if not text.isascii() or "(" in text or "[" in text or ";" in text or "/" in text:
        return True
    text = text.lower()
    return "ka" in text or "k.a" in text or "known" in text or "formerly" in text


def _is_remark(part: str) -> bool:
    return any(letter.isdigit() for letter in part) or bool(_REMARKS & set(raw_words(part)))


def _says_enough(reading: Reading, part: str) -> bool:
    """Whether a part of a text is a name by itself, and no place, date or remark."""
    if reading.generic or _is_remark(part):
        return False
    return len(reading.words) >= 2 or (bool(reading.forms) and len("".join(reading.words)) >= 4)


# Of the acronyms, those that are no name of a person anywhere.
_BUREAUS = frozenset({"nii", "npo", "npp", "npk", "okb", "skb", "tskb", "cnii", "tsnii", "vnii", "gosnii"})


def _looks_like_business(words: list[str]) -> bool:
    spelled = [piece for word in words for piece in business_word(word).split()]
    return any(
        word[:1] == "="
        or word in _BUREAUS
        or word in _CONCEPTS
        or word in CONCEPTS
        or word in ARABIC_TERMS
        or word in ARABIC_FORMS
        for word in spelled
    ) or bool(_set_forms_aside(spelled)[1])


def is_generic_word(word: str) -> bool:
    """Says what kind of body it is, not which. A lone letter says little, but it does not say that."""
    if len(word) == 1:
        return False
    return word in GENERIC_CONCEPTS or word in GENERIC_EXTRA or word in _FORM_WORDS or word in _GENERIC_VARIANTS


def _is_generic(words: list[str]) -> bool:
    return all(is_generic_word(word) or word in ORGANISATION_PARTICLES for word in words)
