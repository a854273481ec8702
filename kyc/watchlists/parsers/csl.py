"""The Consolidated Screening List of trade.gov, CSV (29 columns) and JSON. Pure.

One file of many lists: the column `source` names the list of each row, and the list is the measure.
Several lists of it have no numbers of their own: their key is the hash `_id`, which changes with the content.
Columns: docs/sources.md#consolidated-screening-list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kyc.errors import BadList
from kyc.matching.types import Identifier, Kind, Name, NameQuality
from kyc.watchlists.entries import Address, ListedEntry, Relationship
from kyc.watchlists.parsers.countries import country, country_code
from kyc.watchlists.parsers.dates import partial_date, whole_date
from kyc.watchlists.parsers.identifiers import identifier
from kyc.watchlists.parsers.ofac_words import linked_to
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
    "_id", "source", "entity_number", "type", "programs", "name", "title", "addresses", "federal_register_notice",
    "start_date", "end_date", "standard_order", "license_requirement", "license_policy", "call_sign", "vessel_type",
    "gross_tonnage", "gross_registered_tonnage", "vessel_flag", "vessel_owner", "remarks", "source_list_url",
    "alt_names", "citizenships", "dates_of_birth", "nationalities", "places_of_birth", "source_information_url", "ids",
)  # fmt: skip
# the acronym in the column `source` -> measure; lists that are not here keep their own acronym
MEASURES = {
    "SDN": "SDN", "EL": "EL", "DPL": "DPL", "UVL": "UVL", "MEU": "MEU", "SSI": "SSI", "CAP": "CAPTA",
    "CAPTA": "CAPTA", "NS-MBS List": "MBS", "NS-MBS": "MBS", "CMIC": "CMIC", "NS-CMIC": "CMIC", "FSE": "FSE",
    "PLC": "PLC", "ISN": "ISN", "DTC": "DTC", "13599": "NS-ISA", "NS-ISA": "NS-ISA",
}  # fmt: skip
KINDS = {
    "": Kind.UNKNOWN, "individual": Kind.PERSON, "entity": Kind.ORGANISATION, "vessel": Kind.VESSEL,
    "aircraft": Kind.AIRCRAFT,
}  # fmt: skip
# a line begins so where a row begins: with the hash or number, and the first words of any list's name
ROW_START = r"(?:[0-9a-f]{40}|\d{1,9}),\"?[A-Z][A-Za-z-]+ "
# the Entity List names 23 parties "Huawei Technologies Co., Ltd. (Huawei). Affiliated Entity: …"
_AFFILIATED = re.compile(r"\.?\s*Affiliated Entity:\s*")
_DATE = re.compile(r"^\d{4}-\d\d-\d\d, ")
_STATE = re.compile(r", (?P<state>[A-Z]{2}), \d{5}(?:-\d{4})?$")
_STATES = frozenset(
    {
        "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID", "IL", "IN",
        "IA", "KS", "KY", "LA", "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH",
        "NJ", "NM", "NY", "NC", "ND", "OH", "OK", "OR", "PA", "PR", "RI", "SC", "SD", "TN", "TX",
        "UT", "VT", "VA", "VI", "WA", "WV", "WI", "WY",
    }
)  # fmt: skip


def read_csv(files: Files, source: str, notes: Notes) -> Iterator[ListedEntry]:
    lines = Lines(open_text(files["main"]))
    header = first_row(lines)
    at = check_header(header, COLUMNS, notes)
    rows = csv_rows(lines, notes, columns=len(header), row_start=ROW_START)
    for position, row in rows:
        values = {name: row[index].strip() for name, index in at.items()}
        try:
            yield _entry(values, _from_text(values), source, position, notes)
        except ValueError as error:
            notes.bad(position, str(error))
    if not lines.ended:
        notes.cut("The last row has no line end: the file may be cut off.")


def read_json(files: Files, source: str, notes: Notes) -> Iterator[ListedEntry]:
    """The static file `{"results": [...]}`: one result is decoded at a time."""
    try:
        text = files["main"].read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadList(f"The file is not UTF-8: {error}.") from error
    promised, taken = None, 0
    if total := re.search(r'"total"\s*:\s*(\d+)', text[:2000]):
        promised = int(total[1])
    for number, result in enumerate(_results(text), start=1):
        position = f"result {number}"
        taken += 1
        if not isinstance(result, dict):
            notes.bad(position, "not an object")
            continue
        values = {name: _text(result.get(name)) for name in COLUMNS}
        values["_id"] = values["_id"] or _text(result.get("id"))
        try:
            if reason := broken_text(list(values.values())):
                raise ValueError(reason)
            yield _entry(values, _from_json(result), source, position, notes)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            notes.bad(position, str(error))
    if promised is not None and promised != taken:
        notes.cut(f"The file says that it has {promised} results, and has {taken}.")


def _results(text: str) -> Iterator[Any]:
    """The members of the array "results", one at a time. Raises BadList for JSON that is broken or cut off."""
    decoder = json.JSONDecoder()
    found = re.search(r'"results"\s*:\s*\[', text)
    if not found:
        raise BadList('The file has no list of "results".')
    at = _after_space(text, found.end())
    try:
        while text[at : at + 1] != "]":
            result, at = decoder.raw_decode(text, at)
            yield result
            at = _after_space(text, at)
            if text[at : at + 1] == ",":
                at = _after_space(text, at + 1)
            elif text[at : at + 1] != "]":
                raise BadList("The JSON is broken or cut off.", at=at)
    except json.JSONDecodeError as error:
        raise BadList(f"The JSON is broken or cut off: {error}.") from error
    try:
        json.loads(text[: found.end()] + text[at:])
    except json.JSONDecodeError as error:
        raise BadList(f"The JSON is broken or cut off after the results: {error}.") from error


def _after_space(text: str, at: int) -> int:
    while text[at : at + 1].isspace():
        at += 1
    return at


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(_text(one) for one in value if isinstance(one, str | int | float))
    return "" if value is None or isinstance(value, dict) else str(value)


# ------------------------------------------------------------------------------------------------ one row
def _from_text(values: Mapping[str, str]) -> dict[str, Any]:
    """The values that the CSV joins with "; "."""
    alt_names = (name.removeprefix("and ") for name in values["alt_names"].split("; "))
    return {
        "alt_names": list(alt_names),
        "addresses": [_address(text, values["source"]) for text in known(*values["addresses"].split("; "))],
        "ids": [_id(text) for text in known(*values["ids"].split("; "))],
        "places": known(*values["places_of_birth"].split("; ")),
        "programmes": known(*values["programs"].split("; ")),
        "births": known(*values["dates_of_birth"].split("; ")),
        "nations": known(*values["nationalities"].split("; "), *values["citizenships"].split("; ")),
    }


def _from_json(result: Mapping[str, Any]) -> dict[str, Any]:
    """The same from lists and objects."""
    addresses = []
    for row in result.get("addresses") or ():
        parts = {
            name: one_line(_text(row.get(name))) for name in ("address", "city", "state", "postal_code", "country")
        }
        addresses.append(
            Address(
                full=", ".join(known(*parts.values())),
                street=parts["address"],
                city=parts["city"],
                region=parts["state"],
                postal_code=parts["postal_code"],
                country=country(parts["country"]),
            )
        )
    ids: list[tuple[str, Identifier | None, str]] = []
    for row in result.get("ids") or ():
        kind, number = _text(row.get("type")), _text(row.get("number"))
        ids.append((kind, identifier(kind, number, country_code(_text(row.get("country")))), f"{number}, {kind}"))
    lists = {name: [_text(one) for one in result.get(name) or ()] for name in (
        "alt_names", "places_of_birth", "programs", "dates_of_birth", "nationalities", "citizenships")}  # fmt: skip
    return {
        "alt_names": lists["alt_names"],
        "addresses": [address for address in addresses if address.full],
        "ids": ids,
        "places": known(*lists["places_of_birth"]),
        "programmes": known(*lists["programs"]),
        "births": known(*lists["dates_of_birth"]),
        "nations": known(*lists["nationalities"], *lists["citizenships"]),
    }


def measure_of(published: str) -> str:
    """ "Entity List (EL) - Bureau of Industry and Security" -> "EL"; an unknown list keeps its own short name."""
    found = re.search(r"\(([^()]+)\)", published)
    short = one_line(found[1] if found else published.partition(" - ")[0])
    return MEASURES.get(short, short.upper().replace(" ", "-")[:40])


def _entry(values: Mapping[str, str], more: Mapping[str, Any], source: str, position: str, notes: Notes) -> ListedEntry:
    """Raises ValueError with the reason where the row is none that this list could have."""
    if not values["source"]:
        raise ValueError("no list is named")
    kind = KINDS.get(values["type"].lower())
    if kind is None:
        raise ValueError(f"unknown type {values['type']!r}")
    number = values["entity_number"] or values["_id"]
    if not number:
        raise ValueError("neither a number nor a hash")
    measure = measure_of(values["source"])
    if measure not in MEASURES.values():
        notes.warn(f"The list {values['source']!r} is new; its measure {measure!r} is not in the policy table.")
    *parents, name = _AFFILIATED.split(values["name"])
    names = tidy_names([Name(name), *(Name(text, NameQuality.STRONG) for text in more["alt_names"])])
    if not names or names[0].text != one_line(name):
        raise ValueError("no name")
    remarks, relationships = linked_to(values["remarks"])
    identifiers, gender, told = _sort_ids(more["ids"])
    if values["call_sign"]:
        identifiers.append(Identifier("call_sign", values["call_sign"]))
    births = [(text, partial_date(text)) for text in more["births"]]
    relationships += [Relationship("affiliated entity of", name=one_line(parent)) for parent in parents]
    if values["vessel_owner"]:
        relationships.append(Relationship("owned by", name=values["vessel_owner"]))
    unread = [f"born {text}" for text, date in births if date is None]
    vessel = [
        f"{label}: {values[column]}"
        for label, column in (
            ("vessel type", "vessel_type"), ("tonnage", "gross_tonnage"), ("gross tonnage", "gross_registered_tonnage")
        )
        if values[column]
    ]  # fmt: skip
    return ListedEntry(
        source=source,
        uid=f"{measure}:{number}",
        measure=measure,
        names=names,
        kind=kind,
        birth_dates=tuple(dict.fromkeys(date for _, date in births if date is not None)),
        birth_places=tuple(more["places"]),
        nationalities=tuple(known(*(country(text) for text in more["nations"]))),
        countries=tuple(known(country(values["vessel_flag"]))),
        addresses=tuple(dict.fromkeys(more["addresses"])),
        identifiers=tuple(dict.fromkeys(identifiers)),
        gender=gender,
        programmes=tuple(more["programmes"]),
        licence_requirement=one_line(values["license_requirement"]),
        licence_policy=one_line(values["license_policy"]),
        citation=one_line(values["federal_register_notice"]),
        starts_on=whole_date(values["start_date"]),
        ends_on=whole_date(values["end_date"]),
        relationships=tuple(relationships),
        references=(f"ofac:{number}",) if values["entity_number"] else (),
        remarks="; ".join(known(values["title"], remarks, *vessel, *told, *unread)),
        link=values["source_list_url"] or values["source_information_url"],
        position=position,
    )


def _address(text: str, source: str) -> Address:
    """Free text that ends in ", CC". The DPL leaves the country of American addresses away."""
    head, _, tail = text.rpartition(", ")
    if len(tail) == 2 and tail.isupper() and country_code(tail):
        return Address(full=text, street=head, country=tail)
    if "(DPL)" in source and (found := _STATE.search(text)) and found["state"] in _STATES:
        return Address(full=text, street=text, region=found["state"], country="US")
    return Address(full=text)


def _id(text: str) -> tuple[str, Identifier | None, str]:
    """ "JO, 2014-08-30, 2009-08-31, K475336, Passport" -> its type, the identifier, the text."""
    value, _, kind = text.rpartition(", ")
    issuer = ""
    if re.match(r"[A-Z]{2}, ", value):
        issuer, value = country_code(value[:2]), value[4:]
    while _DATE.match(value):
        value = value[12:]
    return kind, identifier(kind, value, issuer), text


def _sort_ids(
    ids: Sequence[tuple[str, Identifier | None, str]],
) -> tuple[list[Identifier], str, list[str]]:
    """Identifiers, gender, and what is neither, as it was published."""
    found, gender, told = [], "", []
    for kind, number, text in ids:
        if number is not None:
            found.append(number)
        elif kind == "Gender":
            gender = text.removesuffix(", Gender").lower()
        else:
            told.append(text)
    return found, gender if gender in ("male", "female") else "", told
