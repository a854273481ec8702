"""Machine-readable zones of travel documents: TD1, TD2, TD3 and visas of ICAO 9303, read and written. Pure.

Length decides the format, never padding until it passes: a filler counts 0, so a cut or padded run of
fillers is invisible to check digits. What check digits cannot see:
* names, states, sex and the document's type have none at all;
* two characters whose values differ by a multiple of 10 pass for each other anywhere (0 A K U <, 1 B L V,
  2 C M W, 3 D N X, 4 E O Y, 5 F P Z, 6 G Q, 7 H R, 8 I S, 9 J T): a 6 read as G, a 1 as L, a < as K is never found;
* two neighbours that change places pass when their values differ by a multiple of 5.
Source: ICAO Doc 9303 parts 3 (4.2 to 4.9), 4 (TD3), 5 (TD1), 6 (TD2) and 7 (visas).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from kyc.documents.transliteration import transliterate
from kyc.errors import BadInput
from kyc.findings import Finding
from kyc.matching.types import PartialDate
from kyc.policy.iso import alpha2_of

WEIGHTS = (7, 3, 1)
FILLER = "<"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
PRINTED = frozenset(ALPHABET + FILLER)
VALUES = {ch: value for value, ch in enumerate(ALPHABET)} | {FILLER: 0}
# Letters that eyes and cameras take for digits. Only these swaps are ever tried, and one in a field.
LOOK_ALIKES = {"O": "0", "Q": "0", "D": "0", "I": "1", "L": "1", "Z": "2", "A": "4", "S": "5", "G": "6", "B": "8"}
AS_LETTER = {"0": "O", "1": "I", "2": "Z", "4": "A", "5": "S", "6": "G", "8": "B"}
LONGEST_VALIDITY_YEARS = 50  # a document that runs longer is one of the last century
SEXES = frozenset({"M", "F", FILLER})


class Format(StrEnum):
    TD1 = "TD1"  # cards, three lines of 30
    TD2 = "TD2"  # older cards, two lines of 36
    TD3 = "TD3"  # passports, two lines of 44
    MRVA = "MRV-A"  # visas, two lines of 44
    MRVB = "MRV-B"  # visas, two lines of 36


class Holds(StrEnum):
    """What characters a field may hold."""

    LETTERS = "letters"
    DIGITS = "digits"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Field:
    """Where a field stands: line, first and last + 1 position, and that of its check digit, all from 0."""

    line: int
    start: int
    end: int
    holds: Holds
    check: int | None = None

    @property
    def stop(self) -> int:
        """The end, with the check digit."""
        return self.end if self.check is None else self.check + 1


@dataclass(frozen=True, slots=True)
class Layout:
    lines: int
    length: int
    fields: dict[str, Field]
    composite: tuple[tuple[int, int, int], ...] = ()  # (line, start, end) joined in this order
    composite_at: tuple[int, int] | None = None  # visas have none


LETTERS, DIGITS, ANY = Holds.LETTERS, Holds.DIGITS, Holds.ANY


def _two_lines(length: int, optional: Field, composite: int | None) -> Layout:
    """TD2, TD3 and visas differ in the end of the second line only."""
    fields = {
        "document_type": Field(0, 0, 2, LETTERS),
        "issuing_state": Field(0, 2, 5, LETTERS),
        "names": Field(0, 5, length, LETTERS),
        "document_number": Field(1, 0, 9, ANY, 9),
        "nationality": Field(1, 10, 13, LETTERS),
        "birth_date": Field(1, 13, 19, DIGITS, 19),
        "sex": Field(1, 20, 21, LETTERS),
        "expires_on": Field(1, 21, 27, DIGITS, 27),
        "optional": optional,
    }
    if composite is None:
        return Layout(2, length, fields)
    return Layout(2, length, fields, ((1, 0, 10), (1, 13, 20), (1, 21, composite)), (1, composite))


LAYOUTS: dict[Format, Layout] = {
    Format.TD1: Layout(
        3,
        30,
        {
            "document_type": Field(0, 0, 2, LETTERS),
            "issuing_state": Field(0, 2, 5, LETTERS),
            "document_number": Field(0, 5, 14, ANY, 14),
            "optional": Field(0, 15, 30, ANY),
            "birth_date": Field(1, 0, 6, DIGITS, 6),
            "sex": Field(1, 7, 8, LETTERS),
            "expires_on": Field(1, 8, 14, DIGITS, 14),
            "nationality": Field(1, 15, 18, LETTERS),
            "optional_2": Field(1, 18, 29, ANY),
            "names": Field(2, 0, 30, LETTERS),
        },
        ((0, 5, 30), (1, 0, 7), (1, 8, 15), (1, 18, 29)),
        (1, 29),
    ),
    Format.TD2: _two_lines(36, Field(1, 28, 35, ANY), 35),
    Format.TD3: _two_lines(44, Field(1, 28, 42, ANY, 42), 43),
    Format.MRVA: _two_lines(44, Field(1, 28, 44, ANY), None),
    Format.MRVB: _two_lines(36, Field(1, 28, 36, ANY), None),
}
# What a zone without line breaks may have been: no two formats have the same sum.
UNBROKEN = {layout.lines * layout.length: layout for layout in LAYOUTS.values()}
MAY_OVERFLOW = frozenset({Format.TD1, Format.TD2})  # long numbers go on in the optional data (9303-5 and -6, 4.2.2)


@dataclass(frozen=True, slots=True)
class Mrz:
    """What the zone says. `checks` maps each field with a check digit, and "composite", to whether it holds.

    `repaired` names the fields in which one look-alike was exchanged: read rightly perhaps, never surely.
    """

    format: Format
    lines: tuple[str, ...]  # as read, after repair
    document_type: str  # "P", "ID", "V"… with fillers removed
    issuing_state: str  # as printed, fillers removed: ISO alpha-3 or one of ICAO's own codes ("D", "UTO")
    surname: str
    given_names: str
    document_number: str  # without fillers
    nationality: str  # as issuing_state
    birth_date: PartialDate | None  # None where not even the year is legible
    sex: str  # "M", "F" or ""
    expires_on: date | None
    optional: str
    checks: dict[str, bool]
    names_full: bool = False  # the last place holds a letter: the names may have been cut
    repaired: tuple[str, ...] = ()
    warnings: tuple[Finding, ...] = ()

    @property
    def is_sound(self) -> bool:
        """All check digits hold and both dates are dates. Says nothing of names."""
        return all(self.checks.values()) and self.birth_date is not None and self.expires_on is not None

    @property
    def issuing_country(self) -> str:
        """ISO alpha-2, or "" where the code has none (UTO, UNO, XXA)."""
        return alpha2_of(self.issuing_state)

    @property
    def nationality_country(self) -> str:
        return alpha2_of(self.nationality)

    def as_json(self) -> dict[str, Any]:
        """Plain values for freezing; `parse_mrz("\\n".join(row["lines"]))` reads them again."""
        return {
            "format": str(self.format),
            "lines": list(self.lines),
            "document_type": self.document_type,
            "issuing_state": self.issuing_state,
            "surname": self.surname,
            "given_names": self.given_names,
            "document_number": self.document_number,
            "nationality": self.nationality,
            "birth_date": str(self.birth_date) if self.birth_date else None,
            "sex": self.sex,
            "expires_on": self.expires_on.isoformat() if self.expires_on else None,
            "optional": self.optional,
            "checks": dict(self.checks),
            "names_full": self.names_full,
            "repaired": list(self.repaired),
            "warnings": [warning.as_json() for warning in self.warnings],
        }


# ------------------------------------------------------------------------------------------------ check digits


def check_digit(text: str) -> str:
    """9303-3, 4.9: weights 7, 3, 1; letters count from 10, a filler 0. KeyError for another character."""
    return str(sum(WEIGHTS[place % 3] * VALUES[ch] for place, ch in enumerate(text)) % 10)


def looks_equal_to_checks(one: str, other: str) -> bool:
    """Whether no check digit can tell the two characters apart, wherever they stand."""
    return (VALUES[one] - VALUES[other]) % 10 == 0


# ------------------------------------------------------------------------------------------------ reading


def parse_mrz(text: str, *, today: date, repair: bool = True) -> Mrz:
    """Read typed or scanned lines; blanks, case and full-width letters do not matter, missing fillers do.

    Raises BadInput, with a sentence that says which line is wrong how, when the text has no known shape.
    """
    lines = _lines(text)
    form = _format(lines)
    repaired: tuple[str, ...] = ()
    if repair:
        lines, repaired = _repair(form, lines)
    layout = LAYOUTS[form]
    held = {name: lines[field.line][field.start : field.end] for name, field in layout.fields.items()}
    number, optional, number_holds = _number(form, lines, held)
    surname, given, stray = _names(held["names"])
    birth_date = read_birth_date(held["birth_date"], today=today)
    expires_on = read_expiry(held["expires_on"], today=today)
    mrz = Mrz(
        format=form,
        lines=lines,
        document_type=held["document_type"].strip(FILLER),
        issuing_state=held["issuing_state"].strip(FILLER),
        surname=surname,
        given_names=given,
        document_number=number,
        nationality=held["nationality"].strip(FILLER),
        birth_date=birth_date,
        sex=held["sex"] if held["sex"] in "MF" else "",
        expires_on=expires_on,
        optional=" ".join(filter(None, [optional, held.get("optional_2", "").strip(FILLER)])),
        checks=_checks(form, lines, held, number_holds),
        names_full=not held["names"].endswith(FILLER),
        repaired=repaired,
    )
    return replace(mrz, warnings=tuple(_warnings(mrz, held, stray)))


def _lines(text: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKC", text).replace("«", "<<").upper()
    lines = tuple(row for line in plain.strip().splitlines() if (row := "".join(line.split())))
    if len(lines) == 1 and (layout := UNBROKEN.get(len(lines[0]))):
        size = layout.length
        lines = tuple(lines[0][start : start + size] for start in range(0, len(lines[0]), size))
    for place, line in enumerate(lines, 1):
        if strange := sorted(set(line) - PRINTED):
            raise BadInput(f"Line {place} holds {' '.join(strange)}; only A to Z, 0 to 9 and < are printed there.")
    return lines


def _format(lines: tuple[str, ...]) -> Format:
    lengths = {len(line) for line in lines}
    for form, layout in LAYOUTS.items():
        visa = form in (Format.MRVA, Format.MRVB)
        if len(lines) == layout.lines and lengths == {layout.length} and lines[0].startswith("V") == visa:
            return form
    if len(lines) == 3 and lengths == {30}:
        raise BadInput("A visa has two lines; three lines of 30 beginning with V are no known document.")
    had = ", ".join(f"line {place} has {len(line)}" for place, line in enumerate(lines, 1)) or "nothing was typed"
    raise BadInput(
        f"A machine-readable zone has 3 lines of 30, 2 lines of 36 or 2 lines of 44 characters; {had}.",
        lengths=[len(line) for line in lines],
    )


def _number(form: Format, lines: tuple[str, ...], held: dict[str, str]) -> tuple[str, str, bool]:
    """(number, optional data, whether its check digit holds)."""
    field = LAYOUTS[form].fields["document_number"]
    number, digit, optional = held["document_number"], lines[field.line][field.end], held["optional"]
    if form in MAY_OVERFLOW and digit == FILLER and not number.endswith(FILLER):
        tail, _, optional = optional.partition(FILLER)
        number, digit = number + tail[:-1], tail[-1:]
    return number.replace(FILLER, ""), optional.strip(FILLER), check_digit(number) == digit


def _checks(form: Format, lines: tuple[str, ...], held: dict[str, str], number_holds: bool) -> dict[str, bool]:
    layout = LAYOUTS[form]
    checks = {"document_number": number_holds}
    for name in ("birth_date", "expires_on"):
        field = layout.fields[name]
        checks[name] = check_digit(held[name]) == lines[field.line][field.end]
    if form is Format.TD3:  # the only format whose optional data have a digit; empty ones may print < for it
        digit = lines[1][42]
        checks["optional"] = check_digit(held["optional"]) == digit or (
            digit == FILLER and not held["optional"].strip(FILLER)
        )
    if layout.composite_at is not None:
        line, place = layout.composite_at
        body = "".join(lines[row][start:end] for row, start, end in layout.composite)
        checks["composite"] = check_digit(body) == lines[line][place]
    return checks


def _names(field: str) -> tuple[str, str, bool]:
    """(surname, given names, whether letters follow where only fillers should)."""
    surname, _, rest = field.strip(FILLER).partition("<<")
    given, gap, _ = rest.partition("<<")
    words = [" ".join(part.replace(FILLER, " ").split()) for part in (surname, rest)]
    return words[0], words[1], bool(gap and given)


def read_birth_date(text: str, *, today: date) -> PartialDate | None:
    """YYMMDD of the last hundred years. Unknown parts are << or 00; None where the year is no number."""
    if len(text) != 6 or not text[:2].isdecimal():
        return None
    parts = [_part(text[start : start + 2]) for start in (2, 4)]
    if None in parts:
        return None
    month, day = parts[0] or 0, parts[1] or 0
    century = today.year // 100 * 100
    year = century + int(text[:2])
    if (year, month or 1, (day if month else 0) or 1) > (today.year, today.month, today.day):
        year -= 100
    if not _exists(year, month, day):
        return None
    return PartialDate(year, month, day if month else 0)


def read_expiry(text: str, *, today: date) -> date | None:
    """YYMMDD, at most LONGEST_VALIDITY_YEARS ahead; None where it is no whole date."""
    if len(text) != 6 or not text.isdecimal():
        return None
    century = today.year // 100 * 100
    year = century + int(text[:2])
    # the century that lies nearest: years up to fifty ahead, the rest behind
    if year > today.year + LONGEST_VALIDITY_YEARS:
        year -= 100
    elif year <= today.year + LONGEST_VALIDITY_YEARS - 100:
        year += 100
    month, day = int(text[2:4]), int(text[4:6])
    return date(year, month, day) if month and day and _exists(year, month, day) else None


def _part(text: str) -> int | None:
    """A month or day; 0 where it is unknown, None where it is neither."""
    if text == "<<":
        return 0
    return int(text) if text.isdecimal() else None


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        return False
    return True


def _warnings(mrz: Mrz, held: dict[str, str], stray: bool) -> Iterator[Finding]:
    """What a person should know that no check digit says."""
    for name in mrz.repaired:
        label = name.replace("_", " ")
        yield Finding("mrz.repaired", f"In the {label} one look-alike was exchanged.", facts={"field": name})
    if mrz.names_full:
        yield Finding("mrz.names_full", "The names fill their field: they may be cut off.")
    if stray:
        yield Finding("mrz.stray_letters", "Letters follow the end of the names: fillers may have been misread.")
    if any(ch.isdecimal() for ch in held["names"]):
        yield Finding("mrz.digit_in_name", "There is a digit in the names, which no name has.")
    if held["sex"] not in SEXES:
        yield Finding("mrz.sex_unknown", f"The sex is printed as {held['sex']}, which the standard does not know.")
    if mrz.birth_date is not None and not mrz.birth_date.day:
        yield Finding("mrz.birth_date_partial", "The zone leaves out a part of the date of birth.")
    if mrz.format is Format.TD3 and not mrz.document_type.startswith("P"):
        yield Finding("mrz.unusual_type", f"A zone of a passport's shape with the type {mrz.document_type or 'none'}.")
    if mrz.format in (Format.TD1, Format.TD2) and mrz.document_type[:1] not in ("A", "C", "I"):
        yield Finding("mrz.unusual_type", f"A zone of a card's shape with the type {mrz.document_type or 'none'}.")


# ------------------------------------------------------------------------------------------------ repairing


def _repair(form: Format, lines: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Exchange at most one look-alike in a field, where the field's kind or its check digit says which.

    A field with two doubtful characters is left as it is: its check digit then fails, and a person looks.
    """
    rows = [list(line) for line in lines]
    repaired = []
    for name, field in LAYOUTS[form].fields.items():
        row = rows[field.line]
        held = "".join(row[field.start : field.stop])
        overflows = form in MAY_OVERFLOW and name == "document_number" and held[-1] == FILLER
        better = None if overflows else _repaired(held, field)
        if better is not None:
            row[field.start : field.stop] = better
            repaired.append(name)
    if at := LAYOUTS[form].composite_at:
        line, place = at
        if (ch := rows[line][place]) in LOOK_ALIKES:
            rows[line][place] = LOOK_ALIKES[ch]
            repaired.append("composite")
    return tuple("".join(row) for row in rows), tuple(repaired)


def _repaired(held: str, field: Field) -> str | None:
    """The field (check digit included) with one look-alike exchanged; None where nothing is to be done."""
    if field.holds is LETTERS:
        wrong = [place for place, ch in enumerate(held) if ch.isdecimal()]
        if len(wrong) != 1 or held[wrong[0]] not in AS_LETTER:
            return None
        return _swap(held, wrong[0], AS_LETTER[held[wrong[0]]])
    if field.check is None or check_digit(held[:-1]) == held[-1]:
        return None
    if field.holds is ANY and not held.strip(FILLER):
        return None
    must_be_digits = range(len(held)) if field.holds is DIGITS else [len(held) - 1]
    wrong = [place for place in must_be_digits if held[place].isalpha()]
    if len(wrong) > 1:
        return None
    if wrong:
        swaps = [(wrong[0], LOOK_ALIKES.get(held[wrong[0]], ""))]
    elif field.holds is ANY:
        swaps = [(place, other) for place, ch in enumerate(held[:-1]) for other in _twins(ch)]
    else:
        return None
    passing = {
        swapped
        for place, other in swaps
        if other and check_digit((swapped := _swap(held, place, other))[:-1]) == swapped[-1]
    }
    return passing.pop() if len(passing) == 1 else None


def _twins(ch: str) -> Iterator[str]:
    if ch in LOOK_ALIKES:
        yield LOOK_ALIKES[ch]
    yield from (letter for letter, digit in LOOK_ALIKES.items() if digit == ch)


def _swap(text: str, place: int, ch: str) -> str:
    return text[:place] + ch + text[place + 1 :]


# ------------------------------------------------------------------------------------------------ writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """What a printer is given. Names in any script of `transliteration`; states as printed ("UTO", "D")."""

    surname: str
    given_names: str
    document_number: str
    issuing_state: str
    nationality: str
    birth_date: PartialDate
    expires_on: date
    sex: str = ""
    document_type: str = ""  # "" for the usual one of the format
    optional: str = ""
    optional_2: str = ""  # TD1 alone has a second field


USUAL_TYPE = {Format.TD1: "I", Format.TD2: "I", Format.TD3: "P", Format.MRVA: "V", Format.MRVB: "V"}


def write_mrz(form: Format, holder: Holder) -> str:
    """The lines as a printer would set them; for tests, the demonstration and drawn documents.

    Names too long for the field are cut as 9303-3, 4.6 says. Raises BadInput for what has no room.
    """
    layout = LAYOUTS[form]
    number, digit, optional = _set_number(form, holder)
    born = holder.birth_date
    held = {
        "document_type": holder.document_type or USUAL_TYPE[form],
        "issuing_state": holder.issuing_state,
        "names": _set_names(holder.surname, holder.given_names, layout.fields["names"]),
        "document_number": number,
        "nationality": holder.nationality,
        "birth_date": "".join(f"{part:02d}" if part else "<<" for part in (born.year % 100, born.month, born.day)),
        "sex": holder.sex,
        "expires_on": f"{holder.expires_on:%y%m%d}",
        "optional": optional,
        "optional_2": holder.optional_2,
    }
    if not born.year % 100:
        held["birth_date"] = "00" + held["birth_date"][2:]
    rows = [[FILLER] * layout.length for _ in range(layout.lines)]
    for name, field in layout.fields.items():
        text = held[name].upper()
        if len(text) > field.end - field.start or not set(text) <= PRINTED:
            raise BadInput(f"The {name.replace('_', ' ')} does not fit into the zone.", field=name, value=text)
        text = text.ljust(field.end - field.start, FILLER)
        rows[field.line][field.start : field.end] = text
        if field.check is not None:
            rows[field.line][field.check] = digit if name == "document_number" else check_digit(text)
    if layout.composite_at is not None:
        line, place = layout.composite_at
        rows[line][place] = check_digit("".join("".join(rows[row][a:b]) for row, a, b in layout.composite))
    return "\n".join("".join(row) for row in rows)


def _set_number(form: Format, holder: Holder) -> tuple[str, str, str]:
    """(number field, its check digit or a filler, optional data)."""
    number = holder.document_number.upper()
    if not number or not set(number) <= PRINTED:
        raise BadInput("The document number does not fit into the zone.", field="document_number", value=number)
    if len(number) <= 9:
        return number, check_digit(number.ljust(9, FILLER)), holder.optional
    if form not in MAY_OVERFLOW:
        raise BadInput(f"A {form} has room for nine characters of a number.", field="document_number", value=number)
    tail = f"{number[9:]}{check_digit(number)}{FILLER}"
    return number[:9], FILLER, (tail + holder.optional).rstrip(FILLER) if holder.optional else tail.rstrip(FILLER)


def _set_names(surname: str, given_names: str, field: Field) -> str:
    room = field.end - field.start
    first, second = (transliterate(name).replace(" ", FILLER) for name in (surname, given_names))
    if not first and not second:
        raise BadInput("The name has no letters that a zone can print.", surname=surname, given_names=given_names)
    if not second:
        return first[:room]
    # at least one letter of the given names stays; a cut field ends in a letter, never in a filler
    while len(whole := f"{first}<<{second}") > room:
        if whole[:room].endswith(FILLER) or len(first) + 3 > room:
            first = first[:-1].rstrip(FILLER)
        else:
            second = second[: room - len(first) - 2]
    return whole
