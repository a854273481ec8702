"""Known ways in which a listed name is altered, to see whether screening still catches it. Pure.

Each takes a listed party and gives the record that a customer might be under it, or None where the way does not fit:
nobody without a middle name loses one. The same dice give the same record.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random

from kyc.matching.types import Kind, Name, NameQuality, PartialDate, Party

Alter = Callable[[Party, Random], Party | None]

_LOOKALIKE = str.maketrans("aeopcxyABEKMHOPCTX", "аеорсхуАВЕКМНОРСТХ")
_ACCENTS = {"a": "áàâä", "e": "éèêë", "i": "íìîï", "o": "óòôö", "u": "úùûü", "c": "ç", "n": "ñ", "s": "š", "z": "ž"}
_NEAR = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk",
    "k": "jl", "l": "k", "m": "n", "n": "mb", "o": "ip", "p": "o", "q": "w", "r": "et", "s": "ad", "t": "ry", "u": "yi",
    "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "x",
}  # fmt: skip
# pairs of spellings of one sound; the first that stands in the name is exchanged
_SPELLINGS = (
    ("mohammad", "muhammad"), ("mohammed", "muhammad"), ("muhammad", "mohammed"), ("hussein", "husayn"),
    ("husayn", "hossein"), ("ahmad", "ahmed"), ("ahmed", "ahmad"), ("yusuf", "yousef"), ("ibrahim", "ebrahim"),
    ("abdul", "abdel"), ("abdel", "abdul"), ("khalid", "khaled"), ("sergei", "sergey"), ("sergey", "sergei"),
    ("dmitri", "dmitry"), ("dmitriy", "dmitri"), ("aleksandr", "alexander"), ("ksei", "xei"), ("yev", "ev"),
    ("ou", "u"), ("ee", "i"), ("oo", "u"), ("kh", "h"), ("ya", "ia"), ("yu", "iu"), ("iy", "y"), ("q", "k"), ("w", "v"),
)  # fmt: skip
# romanised Russian back into Cyrillic: the longest first
_CYRILLIC = (
    ("shch", "щ"), ("sh", "ш"), ("ch", "ч"), ("zh", "ж"), ("kh", "х"), ("ts", "ц"), ("yu", "ю"), ("ya", "я"),
    ("yo", "ё"), ("ye", "е"), ("a", "а"), ("b", "б"), ("c", "к"), ("d", "д"), ("e", "е"), ("f", "ф"), ("g", "г"),
    ("h", "х"), ("i", "и"), ("j", "й"), ("k", "к"), ("l", "л"), ("m", "м"), ("n", "н"), ("o", "о"), ("p", "п"),
    ("r", "р"), ("s", "с"), ("t", "т"), ("u", "у"), ("v", "в"), ("w", "в"), ("x", "кс"), ("y", "й"), ("z", "з"),
)  # fmt: skip
_SLAVIC = re.compile(r"(?:ov|ev|in|ova|eva|ina|sky|skiy|skaya|enko|ich|vna|uk)$", re.IGNORECASE)
_FORM = re.compile(
    r",?\s+(?:co\.?,?\s*ltd\.?|company limited|limited|ltd\.?|llc|l\.l\.c\.|inc\.?|corp\.?|gmbh|ag|fze|fzco|jsc|ojsc|"
    r"pjsc|ooo|oao|zao|s\.?a\.?|s\.?r\.?l\.?|sdn\.? bhd\.?|pte\.? ltd\.?)$",
    re.IGNORECASE,
)
_FORMS = ("Ltd.", "LLC", "GmbH", "Inc.", "S.A.", "JSC", "FZE")
_MIDDLES = ("Andrei", "Karim", "Luis", "Omar", "Wei", "Hassan", "Pavel", "Noor")
_TITLES = ("Mr.", "Dr.", "Prof.", "Eng.", "Gen.")
SHORTEST_WORD = 5  # letters: a slip in a shorter word makes another word


def bare(party: Party, text: str) -> Party:
    """The record of somebody of this name of whom nothing else is known."""
    return Party(key="record", names=(Name(text),), kind=party.kind)


def _first(party: Party) -> str:
    """The first primary name, "LAST, First" in reading order."""
    text = next((name.text for name in party.names if name.quality is NameQuality.PRIMARY), party.names[0].text)
    last, comma, first = text.partition(", ")
    return f"{first} {last}" if comma and party.kind is Kind.PERSON and first else text


def _renamed(alter: Callable[[str, Random], str | None]) -> Alter:
    """An alteration of the text alone; None where it changes nothing."""

    def altered(party: Party, dice: Random) -> Party | None:
        text = _first(party)
        changed = alter(text, dice)
        return None if changed is None or changed == text else bare(party, changed)

    return altered


def _person(alter: Callable[[str, Random], str | None]) -> Alter:
    within = _renamed(alter)
    return lambda party, dice: within(party, dice) if party.kind is Kind.PERSON else None


def _long_word(text: str, dice: Random) -> re.Match[str] | None:
    words = [found for found in re.finditer(r"[A-Za-z]+", text) if len(found.group()) >= SHORTEST_WORD]
    return dice.choice(words) if words else None


def _slip(make: Callable[[str, int, Random], str]) -> Callable[[str, Random], str | None]:
    """Alter one letter inside one longer word, never its first."""

    def slipped(text: str, dice: Random) -> str | None:
        word = _long_word(text, dice)
        if word is None:
            return None
        at = dice.randrange(1, len(word.group()) - 1)
        return text[: word.start()] + make(word.group(), at, dice) + text[word.end() :]

    return slipped


def _drop(word: str, at: int, dice: Random) -> str:
    return word[:at] + word[at + 1 :]


def _swap(word: str, at: int, dice: Random) -> str:
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _replace(word: str, at: int, dice: Random) -> str:
    near = dice.choice(_NEAR[word[at].lower()])
    return word[:at] + (near.upper() if word[at].isupper() else near) + word[at + 1 :]


def _two_slips(text: str, dice: Random) -> str | None:
    once = _slip(dice.choice((_drop, _swap, _replace)))(text, dice)
    return _slip(dice.choice((_drop, _swap, _replace)))(once, dice) if once else None


def _capitals(text: str, dice: Random) -> str:
    return " ".join(re.findall(r"\w+", text.upper()))


def _other_order(text: str, dice: Random) -> str | None:
    words = text.split()
    return " ".join([*words[1:], words[0]]) if len(words) > 1 else None


def _accents(text: str, dice: Random) -> str | None:
    places = [at for at, letter in enumerate(text) if letter in _ACCENTS]
    if not places:
        return None
    at = dice.choice(places)
    return text[:at] + dice.choice(_ACCENTS[text[at]]) + text[at + 1 :]


def _lookalikes(text: str, dice: Random) -> str:
    return text.translate(_LOOKALIKE)


def _space_lost(text: str, dice: Random) -> str | None:
    words = text.split()
    if len(words) < 2:
        return None
    at = dice.randrange(len(words) - 1)
    return " ".join([*words[:at], words[at] + words[at + 1].lower(), *words[at + 2 :]])


def _spelling(text: str, dice: Random) -> str | None:
    low = text.lower()
    for one, other in _SPELLINGS:
        at = low.find(one)
        if at >= 0:
            return text[:at] + (other.capitalize() if text[at].isupper() else other) + text[at + len(one) :]
    return None


def _cyrillic(text: str, dice: Random) -> str | None:
    """Only names that look Russian: anybody else's is written by other rules."""
    if not all(letter.isascii() for letter in text) or not any(_SLAVIC.search(word) for word in text.split()):
        return None
    low = text.lower()
    for latin, letter in _CYRILLIC:
        low = low.replace(latin, letter)
    return low.title()


def _middle_dropped(text: str, dice: Random) -> str | None:
    words = text.split()
    return " ".join([words[0], *words[2:]]) if len(words) > 2 else None


def _middle_added(text: str, dice: Random) -> str | None:
    words = text.split()
    return " ".join([words[0], dice.choice(_MIDDLES), *words[1:]]) if len(words) == 2 else None


def _legal_form(party: Party, dice: Random) -> Party | None:
    text = _first(party)
    found = _FORM.search(text)
    if party.kind is Kind.PERSON or not found or len(text[: found.start()].split()) < 2:
        return None
    others = [form for form in _FORMS if form.lower().strip(".") not in found.group().lower()]
    return bare(party, f"{text[: found.start()]} {dice.choice(others)}")


def _alias(party: Party, dice: Random) -> Party | None:
    strong = [name.text for name in party.names if name.quality is NameQuality.STRONG]
    return bare(party, dice.choice(strong)) if strong else None


def _birth_swapped(party: Party, dice: Random) -> Party | None:
    """All facts kept but the day and month of birth, exchanged."""
    days = [date for date in party.birth_dates if date.day and date.month and date.day <= 12 and date.day != date.month]
    if not days:
        return None
    born = days[0]
    other = PartialDate(born.year, born.day, born.month)
    return replace(party, key="record", names=(Name(_first(party)),), birth_dates=(other,), identifiers=())


MANIPULATIONS: Mapping[str, Alter] = {
    "as_published": lambda party, dice: bare(party, _first(party)),
    "alias": _alias,
    "upper_case": _renamed(_capitals),
    "other_order": _person(_other_order),
    "title_added": _person(lambda text, dice: f"{dice.choice(_TITLES)} {text}"),
    "accents_added": _renamed(_accents),
    "lookalikes": _renamed(_lookalikes),
    "letter_dropped": _renamed(_slip(_drop)),
    "letters_swapped": _renamed(_slip(_swap)),
    "letter_replaced": _renamed(_slip(_replace)),
    "two_letters": _renamed(_two_slips),
    "space_lost": _renamed(_space_lost),
    "spelling": _renamed(_spelling),
    "cyrillic": _person(_cyrillic),
    "middle_dropped": _person(_middle_dropped),
    "middle_added": _person(_middle_added),
    "legal_form": _legal_form,
    "birth_swapped": _birth_swapped,
}


def can_be_altered(party: Party) -> bool:
    """People and organisations of at least two words in Latin letters: the ways above are about such names."""
    if party.kind not in (Kind.PERSON, Kind.ORGANISATION):
        return False
    letters = [letter for letter in _first(party) if letter.isalpha()]
    return len(_first(party).split()) > 1 and all("LATIN" in unicodedata.name(letter, "") for letter in letters)


# ------------------------------------------------------------------------------------------------ clean records
_GIVEN = (
    "Aurelia Benedikt Clementine Desmond Eleanor Fergus Gwendolyn Hamish Imogen Jasper Kerstin Lorcan Marguerite "
    "Niamh Ottoline Peregrine Quentin Rosalind Sigrid Thaddeus Ursula Violet Winifred Yvaine"
)
_FAMILY = ("ash", "birch", "clover", "dale", "elder", "fern", "gorse", "hazel", "ivy", "lark", "moss", "thorn", "wren")
_ENDS = ("bottom", "combe", "field", "ford", "hurst", "ley", "mere", "stead", "ton", "well", "wick", "worth")
_THINGS = ("Bakery", "Ceramics", "Florists", "Bookbinding", "Orchards", "Tailoring", "Carpentry", "Puppetry")


def clean_record(dice: Random) -> Party:
    """Somebody invented, of a kind of name that no list is known to hold."""
    family = (dice.choice(_FAMILY) + dice.choice(_ENDS)).capitalize()
    if dice.random() < 0.7:
        return Party(key="record", names=(Name(f"{dice.choice(_GIVEN.split())} {family}"),), kind=Kind.PERSON)
    name = f"{family} & {dice.choice(_FAMILY).capitalize()} {dice.choice(_THINGS)} Ltd."
    return Party(key="record", names=(Name(name),), kind=Kind.ORGANISATION)
