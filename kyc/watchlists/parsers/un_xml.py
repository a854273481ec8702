"""The United Nations Security Council Consolidated List, XML. Pure. Elements: docs/sources.md#un-xml."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from kyc.matching.types import Identifier, Kind, Name, NameQuality, PartialDate
from kyc.watchlists.entries import Address, ListedEntry
from kyc.watchlists.parsers.countries import country, country_code
from kyc.watchlists.parsers.dates import partial_date, whole_date
from kyc.watchlists.parsers.identifiers import identifier
from kyc.watchlists.parsers.reading import Files, Notes, known, text_of, texts_of, tidy_names, xml_records

KINDS = {"INDIVIDUAL": Kind.PERSON, "ENTITY": Kind.ORGANISATION}
QUALITIES = {
    "good": NameQuality.STRONG, "a.k.a.": NameQuality.STRONG, "low": NameQuality.WEAK, "f.k.a.": NameQuality.FORMER,
    "": NameQuality.STRONG,
}  # fmt: skip
NAME_PARTS = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")


def read(files: Files, source: str, notes: Notes) -> Iterator[ListedEntry]:
    records = xml_records(files["main"], root="CONSOLIDATED_LIST", wanted=tuple(KINDS))
    for element, line in records:
        if element.tag == "CONSOLIDATED_LIST":
            notes.published_on = whole_date(element.get("dateGenerated", ""))
            continue
        try:
            yield _entry(element, source, f"line {line}")
        except ValueError as error:
            notes.bad(f"line {line}", str(error))


def _entry(element: Element, source: str, position: str) -> ListedEntry:
    number = text_of(element, "DATAID")
    reference = text_of(element, "REFERENCE_NUMBER")
    if not number.isdecimal():
        raise ValueError(f"{number!r} is no DATAID")
    full = " ".join(known(*(text_of(element, part) for part in NAME_PARTS)))
    if not full:
        raise ValueError("no name")
    names = [Name(full), Name(text_of(element, "NAME_ORIGINAL_SCRIPT"), NameQuality.ORIGINAL_SCRIPT)]
    aliases = [*element.iterfind("INDIVIDUAL_ALIAS"), *element.iterfind("ENTITY_ALIAS")]
    names += [name for alias in aliases for name in _alias(alias)]
    births = [*element.iterfind("INDIVIDUAL_DATE_OF_BIRTH")]
    dates = [date for found in births if (date := _birth_date(found)) is not None]
    dates += [date for found in aliases if (date := partial_date(text_of(found, "DATE_OF_BIRTH"))) is not None]
    gender = text_of(element, "GENDER").lower()
    regime = text_of(element, "UN_LIST_TYPE")
    return ListedEntry(
        source=source,
        uid=number,
        measure="UN",
        names=tidy_names(names),
        kind=KINDS[element.tag],
        birth_dates=tuple(dict.fromkeys(dates)),
        birth_places=tuple(known(*(_place(found) for found in element.iterfind("INDIVIDUAL_PLACE_OF_BIRTH")))),
        nationalities=tuple(known(*(country(text) for text in texts_of(element, "NATIONALITY/VALUE")))),
        addresses=tuple(dict.fromkeys(_addresses(element))),
        identifiers=tuple(dict.fromkeys(_documents(element))),
        gender=gender if gender in ("male", "female") else "",
        programmes=tuple(known(regime)),
        citation=reference,
        listed_on=whole_date(text_of(element, "LISTED_ON")),
        references=(f"un:{reference}",) if reference else (),
        remarks="; ".join(
            known(
                *texts_of(element, "TITLE/VALUE"),
                *texts_of(element, "DESIGNATION/VALUE"),
                *(text_of(found, "NOTE") for found in births),
                text_of(element, "COMMENTS1"),
            )
        ),
        position=position,
    )


def _alias(alias: Element) -> Iterator[Name]:
    """Some alias elements hold several names, parted by semicolons."""
    word = text_of(alias, "QUALITY").lower()
    quality = QUALITIES.get(word)
    if quality is None:
        raise ValueError(f"unknown quality of a name {word!r}")
    if "formerly" in text_of(alias, "NOTE").lower():
        quality = NameQuality.FORMER
    for text in text_of(alias, "ALIAS_NAME").split(";"):
        yield Name(text, quality)


def _birth_date(found: Element) -> PartialDate | None:
    """The UN writes unknown days as 00; then month or year precision is kept."""
    kind = text_of(found, "TYPE_OF_DATE").upper()
    about = kind in ("APPROXIMATELY", "BETWEEN")
    first, last = text_of(found, "FROM_YEAR"), text_of(found, "TO_YEAR")
    if first.isdecimal() and last.isdecimal():
        return partial_date(f"{first} to {last}")
    date = partial_date(text_of(found, "DATE")) or partial_date(text_of(found, "YEAR"))
    if date is None:
        return partial_date(text_of(found, "NOTE"))
    return PartialDate(date.year, date.month, date.day, date.year_to, about=about or date.about)


def _place(found: Element) -> str:
    return ", ".join(known(*(text_of(found, tag) for tag in ("STREET", "CITY", "STATE_PROVINCE", "COUNTRY", "NOTE"))))


def _addresses(element: Element) -> Iterator[Address]:
    for tag in ("INDIVIDUAL_ADDRESS", "ENTITY_ADDRESS"):
        for found in element.iterfind(tag):
            street, city, region, postal_code, land, note = (
                text_of(found, part) for part in ("STREET", "CITY", "STATE_PROVINCE", "ZIP_CODE", "COUNTRY", "NOTE")
            )
            full = ", ".join(known(street, city, region, postal_code, land)) or note
            if full:
                yield Address(full, street, city, region, postal_code, country(land))


def _documents(element: Element) -> Iterator[Identifier]:
    for found in element.iterfind("INDIVIDUAL_DOCUMENT"):
        kind = " ".join(known(text_of(found, "TYPE_OF_DOCUMENT"), text_of(found, "TYPE_OF_DOCUMENT2"))) or "number"
        kind = kind.lower().replace("passeport", "passport").replace("pasaporte", "passport")
        issuer = text_of(found, "ISSUING_COUNTRY") or text_of(found, "COUNTRY_OF_ISSUE")
        number = identifier(kind, text_of(found, "NUMBER"), country_code(issuer))
        if number is not None:
            yield number
