"""OpenSanctions: targets.simple.csv, and FollowTheMoney entities as JSON lines. Pure.

A collection of other lists: what a target is sanctioned for, and by whom, is only told by `topics` (FtM) or
`program_ids` (CSV), so the measures are its own. Columns and schemata: docs/sources.md#opensanctions.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import zip_longest
from typing import Any

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
    csv_rows,
    first_row,
    known,
    one_line,
    open_text,
    tidy_names,
)

COLUMNS = (
    "id", "schema", "name", "aliases", "birth_date", "countries", "addresses", "identifiers", "sanctions", "phones",
    "emails", "program_ids", "dataset", "first_seen", "last_seen", "last_change",
)  # fmt: skip
KINDS = {
    "Person": Kind.PERSON, "Company": Kind.ORGANISATION, "Organization": Kind.ORGANISATION,
    "PublicBody": Kind.ORGANISATION, "LegalEntity": Kind.UNKNOWN, "Vessel": Kind.VESSEL, "Airplane": Kind.AIRCRAFT,
    "Asset": Kind.ORGANISATION, "CryptoWallet": Kind.UNKNOWN, "Security": Kind.ORGANISATION, "Vehicle": Kind.UNKNOWN,
}  # fmt: skip
# schemata of FtM that are no party: edges, papers and places
NO_PARTY = frozenset({
    "Address", "Article", "Assessment", "Associate", "Audio", "BankAccount", "Call", "CallForTenders",
    "Contract", "ContractAward", "CourtCase", "CourtCaseParty", "Debt", "Directorship", "Document",
    "Documentation", "EconomicActivity", "Email", "Employment", "Event", "Family", "Folder", "HyperText",
    "Identification", "Image", "Interest", "License", "Membership", "Mention", "Message", "Note", "Occupancy",
    "Ownership", "Package", "Page", "Pages", "Passport", "Payment", "PlainText", "Position", "Post", "Project",
    "ProjectParticipant", "RealEstate", "Representation", "Sanction", "Similar", "Succession", "Table",
    "TaxRoll", "Trip", "UnknownLink", "UserAccount", "Video", "Workbook",
})  # fmt: skip
# a topic of FtM -> measure, the strictest first
TOPICS = (
    ("sanction", "OS-SANCTION"), ("export.control", "OS-EXPORT-CONTROL"),
    ("export.control.linked", "OS-EXPORT-CONTROL"), ("sanction.linked", "OS-SANCTION-LINKED"),
    ("sanction.counter", "OS-SANCTION-LINKED"), ("export.risk", "OS-CRIME"), ("wanted", "OS-CRIME"),
    ("debarment", "OS-CRIME"), ("crime", "OS-CRIME"), ("asset.frozen", "OS-SANCTION"), ("reg.action", "OS-CRIME"),
    ("reg.warn", "OS-CRIME"), ("role.pep", "OS-PEP"), ("role.rca", "OS-PEP"), ("gov", "OS-PEP"), ("pol", "OS-PEP"),
)  # fmt: skip
# a property of FtM that holds a number -> its kind
NUMBERS = {
    "passportNumber": "passport", "idNumber": "identity card number", "innCode": "tax inn", "taxNumber": "tax number",
    "vatCode": "vat number tax", "registrationNumber": "registration number", "ogrnCode": "registration ogrn",
    "okpoCode": "registration okpo", "leiCode": "lei", "imoNumber": "imo", "mmsi": "mmsi", "callSign": "call sign",
    "swiftBic": "swift", "bikCode": "bik", "dunsCode": "duns", "isinCode": "isin", "uscCode": "social credit",
    "socialSecurityNumber": "ssn", "serialNumber": "aircraft serial", "publicKey": "wallet",
    "registrationMark": "tail number", "cageCode": "registration cage",
}  # fmt: skip
LINKS = {
    "Ownership": ("owner", "asset", "owns"), "Directorship": ("director", "organization", "directs"),
    "Family": ("person", "relative", "family of"), "Associate": ("person", "associate", "associate of"),
    "Employment": ("employee", "employer", "employed by"), "Membership": ("member", "organization", "member of"),
    "UnknownLink": ("subject", "object", "linked to"), "Representation": ("agent", "client", "represents"),
}  # fmt: skip


# ------------------------------------------------------------------------------------------------ CSV
def read_csv(files: Files, source: str, notes: Notes) -> Iterator[ListedEntry]:
    lines = Lines(open_text(files["main"]))
    header = first_row(lines)
    at = check_header(header, COLUMNS, notes)
    seen: date | None = None
    for position, row in csv_rows(lines, notes, columns=len(header), row_start=r'"[^",\r\n]{3,60}","[A-Z][A-Za-z]+",'):
        values = {name: row[index].strip() for name, index in at.items()}
        try:
            yield _from_row(values, source, position)
        except ValueError as error:
            notes.bad(position, str(error))
        day = whole_date(values["last_seen"])
        seen = max(filter(None, (seen, day)), default=None)
    notes.published_on = seen
    if not lines.ended:
        notes.cut("The last row has no line end: the file may be cut off.")


def _values(text: str) -> list[str]:
    """The parts of a cell: parted by semicolons, those with a semicolon or quotation mark quoted."""
    try:
        return known(*next(csv.reader([one_line(text)], delimiter=";"), []))
    except csv.Error as error:
        raise ValueError(f"a cell of many values is not readable: {error}") from error


def _from_row(row: Mapping[str, str], source: str, position: str) -> ListedEntry:
    kind = KINDS.get(row["schema"])
    if kind is None:
        raise ValueError(f"unknown schema {row['schema']!r}")
    if not row["id"]:
        raise ValueError("no id")
    names = tidy_names([Name(row["name"]), *_aliases(_values(row["aliases"]))])
    if not names or not row["name"]:
        raise ValueError("no name")
    births = [(text, partial_date(text)) for text in _values(row["birth_date"])]
    sanctions = _values(row["sanctions"].strip('"') and row["sanctions"])
    programmes = _values(row["program_ids"])
    numbers = [_number(text, kind) for text in _values(row["identifiers"])]
    return ListedEntry(
        source=source,
        uid=row["id"],
        measure="OS-SANCTION" if programmes or sanctions else "OS-TARGET",
        names=names,
        kind=kind,
        birth_dates=tuple(dict.fromkeys(born for _, born in births if born is not None)),
        countries=tuple(known(*map(country, _values(row["countries"])))),
        addresses=tuple(Address(full=text) for text in _values(row["addresses"])),
        identifiers=tuple(dict.fromkeys(found for found in numbers if found is not None)),
        programmes=tuple(programmes),
        citation="; ".join(_values(row["dataset"])),
        remarks="; ".join(known(*sanctions, *(f"born {text}" for text, born in births if born is None))),
        listed_on=whole_date(row["first_seen"]),
        position=position,
    )


def _aliases(texts: Sequence[str]) -> Iterator[Name]:
    for text in texts:
        latin = all(letter < "\u0250" for letter in text if letter.isalpha())
        yield Name(text, NameQuality.STRONG if latin else NameQuality.ORIGINAL_SCRIPT)


def _number(text: str, kind: Kind) -> Identifier | None:
    """The CSV does not say what a number is; the IMO's tell it themselves, companies' among them too."""
    if text.startswith("IMO"):
        return identifier("imo" if kind is Kind.VESSEL else "imo company number", text)
    if kind is Kind.VESSEL:
        return identifier("mmsi", text) if text.isdecimal() and len(text) == 9 else identifier("call sign", text)
    return identifier("number", text)


# ------------------------------------------------------------------------------------------------ FollowTheMoney
@dataclass(slots=True)
class _Beside:
    """What other lines of the file say of a party, by its id."""

    programmes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    authorities: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    listed: dict[str, list[date]] = field(default_factory=lambda: defaultdict(list))
    numbers: dict[str, list[Identifier]] = field(default_factory=lambda: defaultdict(list))
    links: dict[str, list[Relationship]] = field(default_factory=lambda: defaultdict(list))
    addresses: dict[str, str] = field(default_factory=dict)


def read_ftm(files: Files, source: str, notes: Notes) -> Iterator[ListedEntry]:
    """Two passes: sanctions, documents, addresses and links stand on lines of their own, in any order.

    Parties that are no targets are left out and counted; they are the neighbours of those that are.
    """
    stream = files["main"]
    beside = _Beside()
    for _, row in _rows(files, Notes()):
        _gather(row, beside)
    stream.seek(0)
    seen: date | None = None
    left = 0
    for position, row in _rows(files, notes):
        schema = row["schema"]
        if schema in NO_PARTY:
            continue
        if schema not in KINDS or "target" not in row:
            # a word that one broken byte may make: leaving the line out would make the list smaller unseen
            notes.bad(position, f"unknown schema {schema!r}" if schema not in KINDS else "target or not: not said")
            continue
        if not row["target"]:
            left += 1
            continue
        try:
            yield _from_entity(row, beside, source, position)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            notes.bad(position, str(error))
        seen = max(filter(None, (seen, whole_date(str(row.get("last_seen", ""))))), default=None)
    notes.published_on = seen
    if left:
        notes.warn(f"{left} parties that are no targets themselves were left out.")


def _rows(files: Files, notes: Notes) -> Iterator[tuple[str, dict[str, Any]]]:
    ended = True
    for number, line in enumerate(files["main"], start=1):
        ended = line.endswith(b"\n")
        if not line.strip():
            continue
        position = f"line {number}"
        try:
            row = json.loads(line)
        except ValueError as error:
            notes.bad(position, f"no JSON: {error}")
            continue
        if _is_entity(row):
            yield position, row
        else:
            notes.bad(position, "no entity: id, schema and properties are needed")
    if not ended:
        notes.cut("The last line has no end: the file may be cut off.")


def _is_entity(row: Any) -> bool:
    return (
        isinstance(row, dict)
        and isinstance(row.get("id"), str)
        and isinstance(row.get("schema"), str)
        and isinstance(row.get("properties"), dict)
        and isinstance(row.get("target", False), bool)
    )


def _texts(row: Mapping[str, Any], *names: str) -> list[str]:
    """Values of these properties; a nested entity is its id."""
    found = []
    for name in names:
        values = row["properties"].get(name) or ()
        for value in [values] if isinstance(values, str | dict) else values:  # some datasets write a lone value bare
            found.append(str(value.get("id", "")) if isinstance(value, dict) else str(value))
    return known(*found)


def _gather(row: Mapping[str, Any], beside: _Beside) -> None:
    match row["schema"]:
        case "Sanction":
            for entity in _texts(row, "entity"):
                beside.programmes[entity] += _texts(row, "programId", "program")
                beside.authorities[entity] += _texts(row, "authority")
                days = (whole_date(text) for text in _texts(row, "listingDate", "startDate"))
                beside.listed[entity] += [day for day in days if day is not None]
        case "Passport" | "Identification":
            lands = _texts(row, "country")
            for holder in _texts(row, "holder"):
                for kind, text in zip_longest(_texts(row, "type"), _texts(row, "number"), fillvalue=""):
                    word = "passport" if row["schema"] == "Passport" else kind or "identity card number"
                    number = identifier(word, text, country(lands[0]) if lands else "")
                    if number is not None:
                        beside.numbers[holder].append(number)
        case "Address":
            beside.addresses[row["id"]] = ", ".join(_texts(row, "full")) or str(row.get("caption", ""))
        case schema if schema in LINKS:
            one, other, word = LINKS[schema]
            for subject in _texts(row, one):
                kind = " ".join(_texts(row, "relationship", "role")[:1]).lower() or word
                beside.links[subject] += [Relationship(kind, uid) for uid in _texts(row, other)]


def measure_of(topics: Sequence[str]) -> str:
    """The strictest measure of these topics; a topic of finer kind ("crime.fin") counts as the one it refines."""
    known_topics = dict(TOPICS)
    found = set()
    for topic in topics:
        while topic and topic not in known_topics:
            topic = topic.rpartition(".")[0]
        found.add(topic)
    return next((measure for topic, measure in TOPICS if topic in found), "OS-TARGET")


def _from_entity(row: Mapping[str, Any], beside: _Beside, source: str, position: str) -> ListedEntry:
    uid = row["id"]
    primary = str(row.get("caption", ""))
    texts = _texts(row, "name")
    names = [Name(primary), *_aliases([text for text in (*texts, *_texts(row, "alias")) if text != primary])]
    names += [Name(text, NameQuality.WEAK) for text in _texts(row, "weakAlias")]
    names += [Name(text, NameQuality.FORMER) for text in _texts(row, "previousName", "pastName")]
    found = tidy_names(names)
    if not uid or not primary or not found:
        raise ValueError("no name" if uid else "no id")
    if reason := broken_text([name.text for name in found]):
        raise ValueError(reason)
    kind = KINDS[row["schema"]]
    births = [(text, partial_date(text)) for text in _texts(row, "birthDate")]
    lands = _texts(row, "country", "jurisdiction", "mainCountry", "flag", "registrationCountry", "residence")
    numbers = [
        number
        for name, word in NUMBERS.items()
        for text in _texts(row, name)
        if (number := identifier(word, text)) is not None
    ]
    gender = next((text for text in _texts(row, "gender") if text in ("male", "female")), "")
    addresses = _texts(row, "address") + [beside.addresses.get(one, "") for one in _texts(row, "addressEntity")]
    days = beside.listed.get(uid, [])
    topics = _texts(row, "topics")
    measure = measure_of(topics)
    if measure == "OS-TARGET" and uid in beside.programmes:
        measure = "OS-SANCTION"
    return ListedEntry(
        source=source,
        uid=uid,
        measure=measure,
        names=found,
        kind=kind,
        birth_dates=tuple(dict.fromkeys(born for _, born in births if born is not None)),
        birth_places=tuple(_texts(row, "birthPlace")),
        nationalities=tuple(known(*map(country, _texts(row, "nationality", "citizenship")))),
        countries=tuple(known(*map(country, lands))),
        addresses=tuple(Address(full=text) for text in known(*addresses)),
        identifiers=tuple(dict.fromkeys([*numbers, *beside.numbers.get(uid, ())])),
        gender=gender,
        programmes=tuple(known(*beside.programmes.get(uid, ()), *_texts(row, "programId"))),
        measures_published=tuple(topics),
        citation="; ".join(known(*beside.authorities.get(uid, ()), *map(str, row.get("datasets") or ()))),
        listed_on=min(days, default=None) or whole_date(str(row.get("first_seen", ""))),
        relationships=tuple(dict.fromkeys(beside.links.get(uid, ()))),
        remarks="; ".join(
            known(
                *_texts(row, "position", "title", "notes", "description"),
                *(f"born {text}" for text, born in births if born is None),
            )
        ),
        position=position,
    )
