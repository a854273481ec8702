"""The European Union's consolidated financial sanctions: FSF XML 1.1 and CSV 1.1. Pure.

No real file could be had here: the structure is that of public parsers and their samples, and a first activation
needs a person. Elements and columns: docs/sources.md#eu-fsf.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from xml.etree.ElementTree import Element

from kyc.errors import BadList
from kyc.matching.types import Identifier, Kind, Name, NameQuality, PartialDate
from kyc.watchlists.entries import Address, ListedEntry
from kyc.watchlists.parsers.countries import country
from kyc.watchlists.parsers.dates import partial_date, whole_date
from kyc.watchlists.parsers.identifiers import identifier
from kyc.watchlists.parsers.reading import (
    Files,
    Lines,
    Notes,
    check_header,
    check_together,
    csv_rows,
    first_row,
    known,
    one_line,
    open_text,
    texts_of,
    tidy_names,
    xml_records,
)

# the code and the word change places between editions of the file
KINDS = {"person": Kind.PERSON, "p": Kind.PERSON, "enterprise": Kind.ORGANISATION, "entity": Kind.ORGANISATION,
         "e": Kind.ORGANISATION}  # fmt: skip
GENDERS = {"m": "male", "f": "female"}
DOCUMENTS = {
    "passport": "passport", "id": "national id number", "idcard": "national id number", "ssn": "social security number",
    "regnumber": "registration number", "fiscalcode": "tax number", "taxid": "tax number", "bic": "swift",
    "imo": "imo", "other": "number", "electionid": "identity card", "residentperm": "residence permit",
    "drivinglicence": "driving licence", "travelid": "travel document", "diplpassport": "passport",
}  # fmt: skip
NEEDED = (
    "fileGenerationDate", "Entity_LogicalId", "Entity_EU_ReferenceNumber", "Entity_UnitedNationId",
    "Entity_SubjectType", "Entity_SubjectType_ClassificationCode", "Entity_Regulation_NumberTitle",
    "Entity_Regulation_Programme", "NameAlias_WholeName",
)  # fmt: skip


# ------------------------------------------------------------------------------------------------ XML
def read_xml(files: Files, source: str, notes: Notes) -> Iterator[ListedEntry]:
    for element, line in xml_records(files["main"], root="export", wanted=("sanctionEntity",)):
        if element.tag == "export":
            notes.published_on = whole_date(element.get("generationDate", ""))
            continue
        try:
            yield _from_element(element, source, f"line {line}")
        except ValueError as error:
            notes.bad(f"line {line}", str(error))


def _from_element(element: Element, source: str, position: str) -> ListedEntry:
    number = element.get("logicalId", "")
    if not number.isdecimal():
        raise ValueError(f"{number!r} is no logicalId")
    subject = element.find("subjectType")
    words = (subject.get("code", ""), subject.get("classificationCode", "")) if subject is not None else ()
    kind = next((KINDS[word.lower()] for word in words if word.lower() in KINDS), None)
    if kind is None:
        raise ValueError(f"unknown type {words!r}")
    aliases = element.findall("nameAlias")
    names = _ranked(
        [(_whole(alias.attrib), alias.get("strong", "true"), alias.get("nameLanguage", "")) for alias in aliases]
    )
    if not names:
        raise ValueError("no name")
    united = one_line(element.get("unitedNationId", ""))
    reference = one_line(element.get("euReferenceNumber", ""))
    regulations = element.findall("regulation")
    births = [found.attrib for found in element.iterfind("birthdate")]
    genders = [GENDERS.get(alias.get("gender", "").lower(), "") for alias in aliases]
    return ListedEntry(
        source=source,
        uid=number,
        measure="EU",
        names=names,
        kind=kind,
        birth_dates=tuple(dict.fromkeys(born for row in births if (born := _birth_date(row)) is not None)),
        birth_places=tuple(known(*map(_place, births))),
        nationalities=tuple(known(*(_land(found.attrib) for found in element.iterfind("citizenship")))),
        addresses=tuple(dict.fromkeys(a for row in element.iterfind("address") if (a := _address(row.attrib)).full)),
        identifiers=tuple(
            dict.fromkeys(i for row in element.iterfind("identification") if (i := _document(row.attrib)) is not None)
        ),
        gender=next(filter(None, genders), ""),
        programmes=tuple(known(*(row.get("programme", "") for row in regulations))),
        citation="; ".join(known(*(row.get("numberTitle", "") for row in regulations))),
        listed_on=whole_date(element.get("designationDate", "")) or _first_day(regulations),
        references=_references(reference, united),
        remarks="; ".join(known(*(alias.get("function", "") for alias in aliases), *texts_of(element, "remark"))),
        link=next(iter(texts_of(element, "regulation/publicationUrl")), ""),
        position=position,
    )


def _references(reference: str, united: str) -> tuple[str, ...]:
    return tuple(known(f"eu:{reference}" if reference else "", f"un:{united}" if united else ""))


def _first_day(regulations: Sequence[Element]) -> date | None:
    days = [whole_date(row.get("entryIntoForceDate", "") or row.get("publicationDate", "")) for row in regulations]
    return min((day for day in days if day is not None), default=None)


def _whole(row: Mapping[str, str]) -> str:
    return one_line(row.get("wholeName", "")) or " ".join(
        known(row.get("firstName", ""), row.get("middleName", ""), row.get("lastName", ""))
    )


def _ranked(names: Sequence[tuple[str, str, str]]) -> tuple[Name, ...]:
    """(text, "true" where strong, language): the first strong name in Latin letters is the primary one."""
    found, primary = [], False
    for text, strong, _ in names:
        latin = all(letter < "\u0250" for letter in text if letter.isalpha())
        if strong.lower() in ("false", "0", "no"):
            quality = NameQuality.WEAK
        elif not latin:
            quality = NameQuality.ORIGINAL_SCRIPT
        elif primary or not text:
            quality = NameQuality.STRONG
        else:
            quality, primary = NameQuality.PRIMARY, True
        found.append(Name(text, quality))
    return tidy_names(sorted(found, key=lambda name: name.quality is not NameQuality.PRIMARY))


def _birth_date(row: Mapping[str, str]) -> PartialDate | None:
    about = row.get("circa", "").lower() == "true"
    first, last = row.get("yearRangeFrom", ""), row.get("yearRangeTo", "")
    if first.isdecimal() and last.isdecimal() and first != last:
        born = partial_date(f"{first} to {last}")
    else:
        parts = [row.get(name, "") for name in ("year", "monthOfYear", "dayOfMonth")]
        joined = "-".join(part.zfill(2) for part in parts if part.isdecimal())
        born = partial_date(row.get("birthdate", "")) or partial_date(joined) or partial_date(first)
    return PartialDate(born.year, born.month, born.day, born.year_to, about or born.about) if born else None


def _place(row: Mapping[str, str]) -> str:
    land = row.get("countryDescription", "")
    return ", ".join(
        known(row.get("place", ""), row.get("city", ""), row.get("region", ""), "" if land == "UNKNOWN" else land)
    )


def _land(row: Mapping[str, str]) -> str:
    return country(row.get("countryIso2Code", "")) or country(row.get("countryDescription", ""))


def _address(row: Mapping[str, str]) -> Address:
    street = ", ".join(known(row.get("street", ""), row.get("poBox", ""), row.get("place", "")))
    city, region, postal_code = (one_line(row.get(name, "")) for name in ("city", "region", "zipCode"))
    land = "" if row.get("countryDescription", "") == "UNKNOWN" else one_line(row.get("countryDescription", ""))
    full = ", ".join(known(street, city, region, postal_code, land))
    return Address(full, street, city, region, postal_code, _land(row))


def _document(row: Mapping[str, str]) -> Identifier | None:
    kind = DOCUMENTS.get(row.get("identificationTypeCode", "").lower(), row.get("identificationTypeDescription", ""))
    land = _land(row)
    number = row.get("number", "") or row.get("latinNumber", "")
    return identifier(kind or "number", number, land if len(land) == 2 else "")


# ------------------------------------------------------------------------------------------------ CSV
def read_csv(files: Files, source: str, notes: Notes) -> Iterator[ListedEntry]:
    """One row for each name, address, birth date or number; rows of one entity stand together."""
    lines = Lines(open_text(files["main"]))
    header = [" ".join(name.split()) for name in first_row(lines, delimiter=";")]
    check_header(header, NEEDED, Notes())  # the file has about 90 columns; those not read are no news
    if twice := sorted({name for name in header if name in _READ and header.count(name) > 1}):
        raise BadList("Columns come twice.", twice=twice)
    rows: list[dict[str, str]] = []
    start = ""
    for position, row in csv_rows(lines, notes, columns=len(header), delimiter=";", row_start=r"[\d/-]{10};\d+;"):
        values = dict(zip(header, map(one_line, row), strict=True))
        if not values["Entity_LogicalId"].isdecimal():
            notes.bad(position, f"{values['Entity_LogicalId']!r} is no logicalId")
            continue
        notes.published_on = notes.published_on or whole_date(values["fileGenerationDate"])
        if rows and rows[0]["Entity_LogicalId"] != values["Entity_LogicalId"]:
            yield from _from_rows(rows, source, start, notes)
            rows = []
        start = start if rows else position
        rows.append(values)
    if rows:
        yield from _from_rows(rows, source, start, notes)
    if not lines.ended:
        notes.cut("The last row has no line end: the file may be cut off.")


# column -> attribute of the XML element of the same meaning, so that both formats are read by one rule
_NAME = {"NameAlias_WholeName": "wholeName", "NameAlias_FirstName": "firstName", "NameAlias_MiddleName": "middleName",
         "NameAlias_LastName": "lastName"}  # fmt: skip
_BIRTH = {
    "BirthDate_BirthDate": "birthdate", "BirthDate_Day": "dayOfMonth", "BirthDate_Month": "monthOfYear",
    "BirthDate_Year": "year", "BirthDate_YearRangeFrom": "yearRangeFrom", "BirthDate_YearRangeTo": "yearRangeTo",
    "BirthDate_Circa": "circa", "BirthDate_Place": "place", "BirthDate_City": "city", "BirthDate_Region": "region",
    "BirthDate_CountryDescription": "countryDescription",
}  # fmt: skip
_ADDRESS = {
    "Address_City": "city", "Address_Street": "street", "Address_PoBox": "poBox", "Address_ZipCode": "zipCode",
    "Address_Region": "region", "Address_Place": "place", "Address_CountryIso2Code": "countryIso2Code",
    "Address_CountryDescription": "countryDescription",
}  # fmt: skip
_DOCUMENT = {
    "Identification_Number": "number", "Identification_LatinNumber": "latinNumber",
    "Identification_TypeCode": "identificationTypeCode",
    "Identification_TypeDescription": "identificationTypeDescription",
    "Identification_CountryIso2Code": "countryIso2Code", "Identification_CountryDescription": "countryDescription",
}  # fmt: skip
_CITIZENSHIP = {"Citizenship_CountryIso2Code": "countryIso2Code",
                "Citizenship_CountryDescription": "countryDescription"}  # fmt: skip
_READ = frozenset({*_NAME, *_BIRTH, *_ADDRESS, *_DOCUMENT, *_CITIZENSHIP, *NEEDED})


def _as(row: Mapping[str, str], columns: Mapping[str, str]) -> dict[str, str]:
    return {attribute: row[column] for column, attribute in columns.items() if row.get(column)}


def _from_rows(rows: Sequence[Mapping[str, str]], source: str, position: str, notes: Notes) -> Iterator[ListedEntry]:
    try:
        yield _entry(rows, source, position)
    except ValueError as error:
        notes.bad(position, str(error))


def _entry(rows: Sequence[Mapping[str, str]], source: str, position: str) -> ListedEntry:
    first = rows[0]
    check_together(rows, ("Entity_EU_ReferenceNumber", "Entity_SubjectType"))
    words = (first["Entity_SubjectType"], first["Entity_SubjectType_ClassificationCode"])
    kind = next((KINDS[word.lower()] for word in words if word.lower() in KINDS), None)
    if kind is None:
        raise ValueError(f"unknown type {words!r}")
    names = _ranked([(_whole(_as(row, _NAME)), row.get("NameAlias_Strong", "true"), "") for row in rows])
    if not names:
        raise ValueError("no name")
    births = [_as(row, _BIRTH) for row in rows]
    documents = [_document(found) for row in rows if (found := _as(row, _DOCUMENT))]
    genders = [GENDERS.get(row.get("NameAlias_Gender", "").lower(), "") for row in rows]
    remarks = ("NameAlias_Function", "Entity_DesignationDetails", "Entity_Remark")
    return ListedEntry(
        source=source,
        uid=first["Entity_LogicalId"],
        measure="EU",
        names=names,
        kind=kind,
        birth_dates=tuple(dict.fromkeys(born for row in births if (born := _birth_date(row)) is not None)),
        birth_places=tuple(known(*map(_place, births))),
        nationalities=tuple(known(*(_land(_as(row, _CITIZENSHIP)) for row in rows))),
        addresses=tuple(dict.fromkeys(a for row in rows if (a := _address(_as(row, _ADDRESS))).full)),
        identifiers=tuple(dict.fromkeys(found for found in documents if found is not None)),
        gender=next(filter(None, genders), ""),
        programmes=tuple(known(*(row["Entity_Regulation_Programme"] for row in rows))),
        citation="; ".join(known(*(row["Entity_Regulation_NumberTitle"] for row in rows))),
        listed_on=whole_date(first.get("Entity_DesignationDate", ""))
        or whole_date(first.get("Entity_Regulation_EntryIntoForceDate", "")),
        references=_references(first["Entity_EU_ReferenceNumber"], first["Entity_UnitedNationId"]),
        remarks="; ".join(known(*(row.get(column, "") for column in remarks for row in rows))),
        link=first.get("Entity_Regulation_PublicationUrl", ""),
        position=position,
    )
