"""What the printed text of a document says of its holder: by its labels, else by what a zone or barcode leads to. Pure.

A label ("Surname / Nom", "Geburtsdatum") names the value beside or beneath it. Where no label is legible, a value that
another reading gave is looked for: found, it confirms; found with a letter that differs, it contradicts; not found,
it says nothing. A second source of names, which no check digit covers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from rapidfuzz.distance import OSA

from kyc.documents.mrz import AS_LETTER
from kyc.documents.transliteration import spellings_of, words_of
from kyc.identity.rules import Reading, Source, bare
from kyc.matching.types import PartialDate
from kyc.policy.identity import LABELS, MONTHS

NEAR_SHARE = 0.34  # edits as a share of a word's letters: up to here it is the same word, misread or forged
SHORT = 3  # letters: such a word must stand there exactly
BENEATH = 4.5  # heights of a label within which its value lies beneath it


@dataclass(frozen=True, slots=True)
class Line:
    """One line of printed text, upright; left, middle, width and height in pixels."""

    text: str
    left: float
    middle: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.left + self.width


def read_printed(lines: Sequence[Line], *, hint: Reading | None = None) -> Reading | None:
    """None where nothing of the holder could be told from the text."""
    labelled = dict(_labelled(lines))
    values = [line for line in lines if not _label_of(line.text)]
    surname = _as_name(labelled.get("surname", ""))
    given = _as_name(labelled.get("given_names", ""))
    if hint is not None:
        words = [word for line in values for word in _words(line.text)]
        surname = surname or _led_to(hint.surname, words)
        given = given or _led_to(hint.given_names, words)
    if not surname or (hint is not None and hint.given_names and not given):
        surname = given = ""  # half a name confirms nothing
    dates = [day for line in values for day in dates_in(line.text)]
    born = _date(labelled.get("birth_date", ""), dates, _whole(hint.birth_date) if hint else None)
    ends = _date(labelled.get("expires_on", ""), dates, hint.expires_on if hint else None)
    number = _number(labelled.get("document_number", ""), values, hint)
    if not (surname or born or ends or number):
        return None
    return Reading(
        source=Source.PRINTED,
        surname=surname,
        given_names=given,
        birth_date=PartialDate(born.year, born.month, born.day) if born else None,
        document_number=number,
        expires_on=ends,
    )


# ------------------------------------------------------------------------------------------------ labels


def _labelled(lines: Sequence[Line]) -> Iterator[tuple[str, str]]:
    """(field, value) for each label that has one: after it on its line, to its right, or beneath."""
    for line in lines:
        field = _label_of(line.text)
        if not field:
            continue
        rest = _without_labels(line.text, field)
        value = rest if len(rest) > 1 else _beside(line, lines) or _beneath(line, lines)
        if value:
            yield field, value


def _label_of(text: str) -> str:
    """The field that the line begins to name; "" for a value."""
    words = _plain(text)
    found = [field for field, labels in LABELS.items() if any(_begins(words, label) for label in labels)]
    return found[0] if found else ""


def _plain(text: str) -> str:
    """Words in upper case without accents, as LABELS has them."""
    bare_letters = "".join(ch for ch in unicodedata.normalize("NFKD", text) if not unicodedata.combining(ch))
    return " ".join(words_of(bare_letters))


def _begins(words: str, label: str) -> bool:
    return words == label or words.startswith(label + " ")


def _without_labels(text: str, field: str) -> str:
    """What follows the labels on their own line: "Surname / Nom LINDQVIST" → "LINDQVIST"."""
    left = text
    while True:
        left = (
            re.sub(r"^[\s/.,:;()\d]*(?=[^\W\d_])", "", left) if field != "document_number" else left.lstrip(" /.,:;()")
        )
        words = left.split()
        for count in range(min(5, len(words)), 0, -1):
            if words_of(words[count - 1]) and _plain(" ".join(words[:count])) in LABELS[field]:
                left = " ".join(words[count:])
                break
        else:
            break
    left = left.lstrip(" /.,:;()")
    # a label that goes on in a language the table lacks is written small; a value is not
    return left if left.upper() == left else ""


def _beside(label: Line, lines: Sequence[Line]) -> str:
    level = [
        line
        for line in lines
        if line is not label
        and abs(line.middle - label.middle) < 0.7 * max(line.height, label.height)
        and line.left > label.right - label.height
        and not _label_of(line.text)
    ]
    nearest = min(level, key=lambda line: line.left, default=None)
    return nearest.text if nearest and nearest.left - label.right < 12 * label.height else ""


def _beneath(label: Line, lines: Sequence[Line]) -> str:
    under = [
        line
        for line in lines
        if 0 < line.middle - label.middle < BENEATH * max(label.height, line.height)
        and line.left < label.right
        and line.right > label.left
    ]
    nearest = min(under, key=lambda line: line.middle, default=None)
    return nearest.text if nearest and not _label_of(nearest.text) else ""


# ------------------------------------------------------------------------------------------------ names


def _words(text: str) -> tuple[str, ...]:
    return words_of("".join(AS_LETTER.get(ch, ch) for ch in text))


def _as_name(text: str) -> str:
    words = _words(re.sub(r"^\s*[\d.]+\s*", "", text))
    return " ".join(words) if words and all(spellings_of(word) for word in words) else ""


def _led_to(name: str, words: Sequence[str]) -> str:
    """The printed words that are the name's, each as it is printed; "" unless all of them are found."""
    found = []
    for wanted in words_of(name):
        printed = min(words, key=lambda word: _distance(wanted, word), default="")
        distance = _distance(wanted, printed) if printed else len(wanted)
        if distance > (0 if len(wanted) <= SHORT else NEAR_SHARE * len(wanted)):
            return ""
        found.append(printed)
    return " ".join(found)


def _distance(wanted: str, printed: str) -> int:
    return min((OSA.distance(wanted, spelling) for spelling in spellings_of(printed)), default=len(wanted))


# ------------------------------------------------------------------------------------------------ dates, numbers

DATE = re.compile(
    r"(?<!\d)(\d{4}|\d{1,2})[ ./,-]*([A-Za-zÀ-ž]{3,10}(?:[ ./]+[A-Za-zÀ-ž]{3,10})?|\d{1,2})[ ./,-]*(\d{4}|\d{2})(?!\d)"
)


def dates_in(text: str) -> list[date]:
    """Whole dates, day first or year first; of 03/04/05 nothing is guessed. Two-digit years are not read."""
    found = []
    for first, month_text, last in DATE.findall(text):
        month = _month(month_text)
        day, year = (first, last) if len(first) <= 2 else (last, first)
        if not month or len(year) != 4 or len(day) > 2:
            continue
        try:
            found.append(date(int(year), month, int(day)))
        except ValueError:
            continue
    return found


def _month(text: str) -> int:
    if text.isdecimal():
        return int(text) if 1 <= int(text) <= 12 else 0
    for part in re.split(r"[ ./]+", text):
        plain = "".join(spellings_of(word)[0] for word in words_of(part) if spellings_of(word))
        for number, names in MONTHS.items():
            if plain in names or (len(plain) > 3 and any(name.startswith(plain) for name in names)):
                return number
    return 0


def _whole(day: PartialDate | None) -> date | None:
    return date(day.year, day.month, day.day) if day is not None and day.month and day.day else None


def _date(labelled: str, dates: Sequence[date], wanted: date | None) -> date | None:
    """The one behind its label, else the wanted one where it stands anywhere."""
    return next(iter(dates_in(labelled)), None) or (wanted if wanted in dates else None)


def _number(labelled: str, values: Sequence[Line], hint: Reading | None) -> str:
    if hint is not None and hint.document_number:
        wanted = bare(hint.document_number)
        if any(wanted in bare(text) for text in (labelled, *(line.text for line in values))):
            return hint.document_number
    return bare(labelled) if sum(ch.isdecimal() for ch in labelled) >= 4 else ""
