"""OFAC's SDN.CSV with ALT.CSV, ADD.CSV and SDN_COMMENTS.CSV, and CONS_PRIM.CSV with its own. Pure.

No header, "-0- " for nothing, and a DOS end mark as the last byte, whose absence means that a file was cut.
Columns: docs/sources.md#ofac-csv.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from kyc.errors import BadList
from kyc.matching.types import Identifier, Kind, Name, NameQuality
from kyc.watchlists.entries import Address, ListedEntry, Relationship
from kyc.watchlists.parsers.countries import country
from kyc.watchlists.parsers.ofac_words import ALIASES, non_sdn_measure, read_remarks
from kyc.watchlists.parsers.reading import Files, Lines, Notes, csv_rows, known, one_line, open_text, tidy_names

ROLES = ("main", "alt", "add", "comments")  # the last may be missing: then remarks end at 1,000 letters
COLUMNS = {"main": 12, "alt": 5, "add": 6, "comments": 2}
KINDS = {
    "": Kind.ORGANISATION, "individual": Kind.PERSON, "vessel": Kind.VESSEL, "aircraft": Kind.AIRCRAFT,
    "entity": Kind.ORGANISATION,
}  # fmt: skip
ROW_START = r"\d{1,6},"
MOST_REMARK = 990  # letters: a longer remark goes on in the comments file
_NOTHING = "-0-"


def read_sdn(files: Files, source: str, notes: Notes) -> Iterator[ListedEntry]:
    return _read(files, source, notes, consolidated=False)


def read_consolidated(files: Files, source: str, notes: Notes) -> Iterator[ListedEntry]:
    return _read(files, source, notes, consolidated=True)


def _read(files: Files, source: str, notes: Notes, *, consolidated: bool) -> Iterator[ListedEntry]:
    beside: dict[str, dict[str, list[tuple[str, list[str]]]]] = {}
    for role in ROLES[1:]:
        by_number: dict[str, list[tuple[str, list[str]]]] = defaultdict(list)
        if role in files:
            for position, row in _rows(files[role], role, notes):
                by_number[row[0]].append((position, row))
        beside[role] = by_number
    for role in ("main", "alt", "add"):
        if role not in files:
            raise BadList("A file of this list is missing.", file=role)
    for position, row in _rows(files["main"], "main", notes):
        number = row[0]
        if "comments" not in files and len(row[-1]) >= MOST_REMARK:
            notes.warn("Remarks end at 1,000 letters: the comments file, where they go on, is missing.")
        rows = {role: [values for _, values in beside[role].pop(number, [])] for role in ROLES[1:]}
        try:
            yield _entry(row, rows, source, position, consolidated)
        except ValueError as error:
            notes.bad(position, str(error))
    for left in beside.values():
        for number, orphans in left.items():
            for position, _ in orphans:
                notes.bad(position, f"belongs to number {number}, which the main file does not have")


def _rows(stream: BinaryIO, role: str, notes: Notes) -> Iterator[tuple[str, list[str]]]:
    """Rows with a number first, nothing as "". A lone row of words at the top is a header somebody added."""
    where = "line" if role == "main" else f"{role} file line"
    lines = Lines(open_text(stream))
    for position, row in csv_rows(lines, notes, columns=COLUMNS[role], where=where, row_start=ROW_START):
        values = ["" if value.strip() == _NOTHING else value.strip() for value in row[:-1]]
        # the remark goes on in another file wherever its 1,000 letters end: spaces at its ends count
        values.append("" if row[-1].strip() == _NOTHING else row[-1])
        if re.fullmatch(r"\d{1,7}", values[0]):
            yield position, values
        elif lines.number == 1 and values[0].lower() in ("id", "ent_num"):
            notes.warn(f"The {role} file begins with a header, which OFAC's does not.")
        else:
            notes.bad(position, f"{values[0]!r} is no entry number")
    if not lines.marked:
        notes.cut(f"The {role} file has no end mark: it may be cut off.")


def _entry(
    row: list[str], beside: dict[str, list[list[str]]], source: str, position: str, consolidated: bool
) -> ListedEntry:
    number, name, kind_word, programme, title, call_sign, vessel_type, tonnage, gross, flag, owner, remark = row
    kind = KINDS.get(kind_word.lower())
    if kind is None:
        raise ValueError(f"unknown type {kind_word!r}")
    said = read_remarks(remark + "".join(comment[1] for comment in beside["comments"]))
    names = tidy_names([Name(name), *(_alias(alias) for alias in beside["alt"]), *said.names])
    if not names or names[0].text != one_line(name):
        raise ValueError("no name")
    programmes = known(*re.split(r"\]\s*\[|[\[\];]", programme))
    identifiers = [*said.identifiers, *([Identifier("call_sign", call_sign)] if call_sign else [])]
    owners = [Relationship("owned by", name=owner)] if owner else []
    vessel = (("vessel type", vessel_type), ("tonnage", tonnage), ("gross tonnage", gross))
    return ListedEntry(
        source=source,
        uid=number,
        measure=non_sdn_measure(programmes) if consolidated else "SDN",
        names=names,
        kind=kind,
        birth_dates=tuple(dict.fromkeys(said.birth_dates)),
        birth_places=tuple(known(*said.birth_places)),
        nationalities=tuple(known(*said.nationalities)),
        countries=tuple(known(country(flag))),
        addresses=tuple(dict.fromkeys(chain.from_iterable(map(_address, beside["add"])))),
        identifiers=tuple(dict.fromkeys(identifiers)),
        gender=said.gender,
        programmes=tuple(programmes),
        relationships=tuple(dict.fromkeys([*said.relationships, *owners])),
        references=(f"ofac:{number}",),
        remarks="; ".join(known(title, *said.rest, *(f"{label}: {value}" for label, value in vessel if value))),
        position=position,
    )


def _alias(row: list[str]) -> Name:
    kind = row[2].lower().replace(".", "")
    quality = ALIASES.get(kind)
    if quality is None:
        raise ValueError(f"unknown alias type {row[2]!r}")
    if "weak" in row[4].lower():
        quality = NameQuality.WEAK
    return Name(row[3], quality)


def _address(row: list[str]) -> Iterator[Address]:
    street, city, land = row[2], row[3], row[4]
    if street or city or land:
        code = country(land)
        yield Address(full=", ".join(known(street, city, land)), street=street, city=city, country=code)
