"""Dates as lists write them. Pure: text in, a date of the precision given out, None where it is no date."""

from __future__ import annotations

import re
from datetime import date

from kyc.matching.types import PartialDate

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"), start=1)
    for name in names.split()
}  # fmt: skip
_ABOUT = re.compile(
    r"^(?:circa|approximately|approx\.?|about|around|c\.|ca\.?|est\.?|possibly|between|early|late|mid)\s+", re.I
)
_RANGE = re.compile(r"^(.*?\d{4}.*?)\s*(?:\bto\b|\band\b|[–—]|(?<=\d{4})\s*-\s*(?=\d{4}))\s*(.*?\d{4}.*?)$", re.I)
_WORDED = re.compile(r"^(?:(\d{1,2})(?:st|nd|rd|th)?[\s-]+)?([A-Za-z]{3,9})\.?[\s,-]+(\d{4})$")
_AMERICAN = re.compile(r"^([A-Za-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4})$")
_ISO = re.compile(r"^(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?:[T ]\d\d:\d\d.*)?$")
_BRITISH = re.compile(r"^(\d{1,2}|dd)[/.](\d{1,2}|mm)[/.](\d{4})$", re.I)
_YEAR = re.compile(r"^\d{4}$")


def partial_date(text: str) -> PartialDate | None:
    """ "22 Nov 1979", "circa 1951", "Mar 1945", "1960 to 1965", "1973-03-25", "00/00/1960", "dd/mm/1960".

    Day before month where figures are parted by slashes; a day or month of 00 is one that is not known.
    """
    text = " ".join(text.strip().strip("().;,").split())
    about = bool(_ABOUT.match(text))
    text = _ABOUT.sub("", text)
    if found := _RANGE.match(text):
        first, last = partial_date(found[1]), partial_date(found[2])
        if first is None or last is None or last.year < first.year:
            return None
        if first.year == last.year:
            return PartialDate(first.year, about=True)
        return PartialDate(first.year, year_to=last.year, about=about)
    parts = _parts(text)
    if parts is None or not _possible(*parts):
        return None
    year, month, day = parts
    return PartialDate(year, month, day if month else 0, about=about)


def _parts(text: str) -> tuple[int, int, int] | None:
    if found := _ISO.match(text):
        return int(found[1]), int(found[2]), int(found[3] or 0)
    if found := _BRITISH.match(text):
        day, month = (0 if part.lower() in ("dd", "mm") else int(part) for part in found.group(1, 2))
        return int(found[3]), month, day
    if _YEAR.match(text):
        return int(text), 0, 0
    if (found := _WORDED.match(text)) and (month := _MONTHS.get(found[2].lower(), 0)):
        return int(found[3]), month, int(found[1] or 0)
    if (found := _AMERICAN.match(text)) and (month := _MONTHS.get(found[1].lower(), 0)):
        return int(found[3]), month, int(found[2])
    return None


def _possible(year: int, month: int, day: int) -> bool:
    if not (1000 <= year <= 2999 and month <= 12):
        return False
    if not (month and day):
        return day <= 31
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def whole_date(text: str) -> date | None:
    """A date that states its day: "2003-06-19", "19 Jun 2003", "19/06/2003", "2023-05-17T00:00:00Z"; else None."""
    found = partial_date(text)
    if found is None or not found.day or found.year_to:
        return None
    return date(found.year, found.month, found.day)


def american_date(text: str) -> date | None:
    """ "06/19/2003": month before day, as the BIS and OFAC's XML write it; None if it is no date."""
    found = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text.strip())
    if not found:
        return None
    month, day, year = (int(part) for part in found.groups())
    return date(year, month, day) if month and day and _possible(year, month, day) else None
