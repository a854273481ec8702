"""The UK Sanctions List of the Foreign Office: CSV (58 columns, a row for each name and address) and ODS. Pure.

The ODS is a short list without aliases and birth dates: good to compare with, poor to screen with.
Columns: docs/sources.md#uk-sanctions-list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from xml.etree.ElementTree import Element

from kyc.errors import BadList
from kyc.matching.types import Identifier, Kind, Name, NameQuality
from kyc.watchlists.entries import Address, ListedEntry, Relationship
from kyc.watchlists.parsers.countries import country
from kyc.watchlists.parsers.dates import partial_date, whole_date
from kyc.watchlists.parsers.identifiers import identifier
from kyc.watchlists.parsers.reading import (
    Files,
    Lines,
    Notes,
    broken_text,
    check_header,
    check_together,
    csv_rows,
    first_row,
    known,
    local,
    one_line,
    open_text,
    tidy_names,
    unzipped,
    xml_records,
)

COLUMNS = (
    "Last Updated", "Unique ID", "OFSI Group ID", "UN Reference Number", "Name 6", "Name 1", "Name 2", "Name 3",
    "Name 4", "Name 5", "Name type", "Alias strength", "Title", "Name non-latin script", "Non-latin script type",
    "Non-latin script language", "Regime Name", "Designation Type", "Designation source", "Sanctions Imposed",
    "Other Information", "UK Statement of Reasons", "Address Line 1", "Address Line 2", "Address Line 3",
    "Address Line 4", "Address Line 5", "Address Line 6", "Address Postal Code", "Address Country", "Phone number",
    "Website", "Email address", "Date Designated", "D.O.B", "Nationality(/ies)", "National Identifier number",
    "National Identifier additional information", "Passport number", "Passport additional information", "Position",
    "Gender", "Town of birth", "Country of birth", "Type of entity", "Subsidiaries", "Parent company",
    "Business registration number (s)", "IMO number", "Current owner/operator (s)", "Previous owner/operator (s)",
    "Current believed flag of ship", "Previous flags", "Type of ship", "Tonnage of ship", "Length of ship",
    "Year Built", "Hull identification number (HIN)",
)  # fmt: skip
ODS_COLUMNS = (
    "Unique ID", "OFSI Group ID", "Name", "Regime Name", "Type", "Designation source", "Date Designated",
    "Sanctions Imposed",
)  # fmt: skip
KINDS = {"individual": Kind.PERSON, "entity": Kind.ORGANISATION, "ship": Kind.VESSEL}
# the first words found in "Sanctions Imposed" are the measure, the strictest first
MEASURES = (
    ("asset freeze", "UK-AF"), ("internet services", "UK-INTERNET"), ("shipping sanctions", "UK-SHIP"),
    ("port entry", "UK-SHIP"), ("de-flag", "UK-SHIP"), ("ship", "UK-SHIP"), ("transport", "UK-SHIP"),
    ("trade", "UK-TRADE"), ("arms embargo", "UK-TRADE"), ("correspondent banking", "UK-SERVICES"),
    ("technical assistance", "UK-TRADE"), ("trust services", "UK-SERVICES"),
    ("director disqualification", "UK-DIRECTOR"), ("travel ban", "UK-TRAVEL"),
)  # fmt: skip
_MANY = re.compile(r"\s*(?:;|\||\n|\(\d+\))\s*")


def measure_of(imposed: str) -> str:
    """The strictest of the sanctions imposed; words that are not in the table are their own, unknown, measure."""
    words = imposed.lower()
    for pattern, measure in MEASURES:
        if pattern in words:
            return measure
    return f"UK {one_line(imposed)}"[:40].strip() if imposed.strip() else "UK"


# ------------------------------------------------------------------------------------------------ CSV
def read_csv(files: Files, source: str, notes: Notes) -> Iterator[ListedEntry]:
    """Rows of one "Unique ID" stand together; one that comes back later is reported, not merged unseen."""
    lines = Lines(open_text(files["main"]))
    header = first_row(lines)
    if header and header[0].startswith("Report Date"):
        notes.published_on = published_day(header[0].partition(":")[2])
        header = first_row(lines)
    at = check_header(header, COLUMNS, notes)
    rows: list[Mapping[str, str]] = []
    start = ""
    for position, row in csv_rows(lines, notes, columns=len(header), row_start=r"\d\d/\d\d/\d{4},[A-Z]{2,4}\d{3,5},"):
        values = {name: row[index].strip() for name, index in at.items()}
        if not re.fullmatch(r"[A-Z]{2,6}\d{2,6}", values["Unique ID"]):
            notes.bad(position, f"{values['Unique ID']!r} is no Unique ID")
            continue
        if rows and rows[0]["Unique ID"] != values["Unique ID"]:
            yield from _from_rows(rows, source, start, notes)
            rows = []
        start = start if rows else position
        rows.append(values)
    if rows:
        yield from _from_rows(rows, source, start, notes)
    if not lines.ended:
        notes.cut("The last row has no line end: the file may be cut off.")


def published_day(text: str) -> date | None:
    """ "13-Feb-2026", "29-06-2012" and "13/02/2026": the day comes first; None if it is no date."""
    text = text.strip()
    return whole_date(re.sub(r"^(\d\d)-(\d\d)-(\d{4})$", r"\1/\2/\3", text)) or whole_date(text.replace("-", " "))


def _from_rows(rows: Sequence[Mapping[str, str]], source: str, position: str, notes: Notes) -> Iterator[ListedEntry]:
    try:
        yield _entry(rows, source, position)
    except ValueError as error:
        notes.bad(position, str(error))


def _entry(rows: Sequence[Mapping[str, str]], source: str, position: str) -> ListedEntry:
    def each(column: str) -> list[str]:
        return known(*(row[column] for row in rows))

    def parts(column: str) -> list[str]:
        return known(*(part for row in rows for part in _MANY.split(row[column])))

    first = rows[0]
    check_together(rows, ("OFSI Group ID", "Designation Type", "Date Designated"))
    kind = KINDS.get(first["Designation Type"].lower())
    if kind is None:
        raise ValueError(f"unknown type {first['Designation Type']!r}")
    names = tidy_names(sorted(_names(rows), key=lambda name: name.quality is not NameQuality.PRIMARY))
    if not names:
        raise ValueError("no name")
    births = [(text, partial_date(text)) for text in parts("D.O.B")]
    gender = first["Gender"].lower()
    related = [Relationship("parent company", name=text) for text in each("Parent company")]
    related += [Relationship("subsidiary", name=text) for text in each("Subsidiaries")]
    related += [Relationship("owned or operated by", name=text) for text in each("Current owner/operator (s)")]
    reference = first["UN Reference Number"]
    imposed = first["Sanctions Imposed"]
    return ListedEntry(
        source=source,
        uid=first["Unique ID"],
        measure=measure_of(imposed),
        names=names,
        kind=kind,
        birth_dates=tuple(dict.fromkeys(day for _, day in births if day is not None)),
        birth_places=tuple(known(*(", ".join(known(row["Town of birth"], row["Country of birth"])) for row in rows))),
        nationalities=tuple(known(*map(country, parts("Nationality(/ies)")))),
        countries=tuple(known(*map(country, parts("Current believed flag of ship")))),
        addresses=tuple(dict.fromkeys(address for row in rows if (address := _address(row)).full)),
        identifiers=tuple(dict.fromkeys(_numbers(rows))),
        gender=gender if gender in ("male", "female") else "",
        programmes=tuple(each("Regime Name")),
        measures_published=tuple(known(*re.split(r"[|,]", imposed))),
        citation=first["Regime Name"],
        listed_on=published_day(first["Date Designated"]),
        relationships=tuple(related),
        references=(f"un:{reference}",) if reference else (),
        remarks="; ".join(
            known(
                *each("Title"),
                *each("Position"),
                *each("Type of ship"),
                *each("Other Information"),
                *each("UK Statement of Reasons"),
                *(f"born {text}" for text, day in births if day is None),
            )
        ),
        position=position,
    )


def _names(rows: Sequence[Mapping[str, str]]) -> Iterator[Name]:
    """Given names stand in Name 1-5, the family name (or an organisation's whole name) in Name 6."""
    for row in rows:
        text = " ".join(known(*(row[f"Name {number}"] for number in (1, 2, 3, 4, 5, 6))))
        kind, strength = row["Name type"].lower(), row["Alias strength"].lower()
        if "low" in strength:
            quality = NameQuality.WEAK
        elif kind.startswith("primary name variation"):
            quality = NameQuality.STRONG
        elif kind.startswith("primary"):
            quality = NameQuality.PRIMARY
        else:
            quality = NameQuality.FORMER if kind.startswith("f") else NameQuality.STRONG
        yield Name(text, quality)
        yield Name(row["Name non-latin script"], NameQuality.ORIGINAL_SCRIPT)


def _address(row: Mapping[str, str]) -> Address:
    lines = known(*(row[f"Address Line {number}"] for number in (1, 2, 3, 4, 5, 6)))
    land = row["Address Country"]
    return Address(
        full=", ".join(known(*lines, row["Address Postal Code"], land)),
        street=", ".join(lines),
        postal_code=row["Address Postal Code"],
        country=country(land),
    )


def _numbers(rows: Sequence[Mapping[str, str]]) -> Iterator[Identifier]:
    kinds = (
        ("National Identifier number", "national id number"),
        ("Passport number", "passport"),
        ("Business registration number (s)", "registration number"),
        ("IMO number", "imo"),
    )
    for row in rows:
        for column, kind in kinds:
            for text in _MANY.split(row[column]):
                if (found := identifier(kind, text)) is not None:
                    yield found


# ------------------------------------------------------------------------------------------------ ODS
def read_ods(files: Files, source: str, notes: Notes) -> Iterator[ListedEntry]:
    """The first sheet. A row that the file repeats a million times is an empty one and read once."""
    stream = unzipped(files["main"], "content.xml")
    at: dict[str, int] = {}
    number = 0
    for element, _ in xml_records(stream, root="document-content", wanted=("table-row",)):
        if element.tag != "table-row":
            continue
        number += 1
        cells = _cells(element)
        if not any(cells):
            continue
        if not at:
            at = check_header(cells, ODS_COLUMNS, notes)
            continue
        row = {name: cells[index].strip() if index < len(cells) else "" for name, index in at.items()}
        try:
            if reason := broken_text(cells):
                raise ValueError(reason)
            yield _ods_entry(row, source, f"row {number}")
        except ValueError as error:
            notes.bad(f"row {number}", str(error))
    if not at:
        raise BadList("The sheet has no header.")


def _cells(row: Element) -> list[str]:
    """Cell texts; repeated cells are repeated, but not more often than there are columns."""
    found: list[str] = []
    for cell in row:
        if local(cell.tag) not in ("table-cell", "covered-table-cell"):
            continue
        repeated = next((text for name, text in cell.items() if local(name) == "number-columns-repeated"), "1")
        text = " ".join(one_line("".join(part.itertext())) for part in cell if local(part.tag) == "p")
        times = int(repeated) if repeated.isdecimal() else 1
        found += [text] * min(times, len(ODS_COLUMNS))
    return found


def _ods_entry(row: Mapping[str, str], source: str, position: str) -> ListedEntry:
    if not re.fullmatch(r"[A-Z]{2,6}\d{2,6}", row["Unique ID"]):
        raise ValueError(f"{row['Unique ID']!r} is no Unique ID")
    kind = KINDS.get(row["Type"].lower())
    if kind is None:
        raise ValueError(f"unknown type {row['Type']!r}")
    names = tidy_names([Name(row["Name"])])
    if not names:
        raise ValueError("no name")
    return ListedEntry(
        source=source,
        uid=row["Unique ID"],
        measure=measure_of(row["Sanctions Imposed"]),
        names=names,
        kind=kind,
        programmes=tuple(known(row["Regime Name"])),
        measures_published=tuple(known(*(text.strip(" -") for text in row["Sanctions Imposed"].split(",")))),
        citation=row["Regime Name"],
        listed_on=published_day(row["Date Designated"]),
        position=position,
    )
