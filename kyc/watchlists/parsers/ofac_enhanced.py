"""OFAC's ENHANCED XML, plain or as the zip it is published in: scripts, weak names, related parties. Pure.

The best of OFAC's formats. Elements: docs/sources.md#ofac-enhanced-xml.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from kyc.matching.types import Identifier, Kind, Name, NameQuality, PartialDate
from kyc.watchlists.entries import Address, ListedEntry, Relationship
from kyc.watchlists.parsers.countries import country, country_code
from kyc.watchlists.parsers.dates import partial_date, whole_date
from kyc.watchlists.parsers.identifiers import identifier
from kyc.watchlists.parsers.ofac_words import GENDERS, linked_to, listed_measure
from kyc.watchlists.parsers.reading import (
    Files,
    Notes,
    known,
    text_of,
    texts_of,
    tidy_names,
    unzipped,
    xml_records,
)

KINDS = {
    "individual": Kind.PERSON, "entity": Kind.ORGANISATION, "vessel": Kind.VESSEL, "aircraft": Kind.AIRCRAFT,
}  # fmt: skip
_STREET = ("ADDRESS1", "ADDRESS2", "ADDRESS3")


def read(files: Files, source: str, notes: Notes) -> Iterator[ListedEntry]:
    stream = unzipped(files["main"])
    for element, line in xml_records(stream, root="sanctionsData", wanted=("publicationInfo", "entity")):
        if element.tag == "publicationInfo":
            notes.published_on = whole_date(text_of(element, "dataAsOf"))
        elif element.tag == "entity":
            try:
                yield _entry(element, source, f"line {line}")
            except ValueError as error:
                notes.bad(f"line {line}", str(error))


def _entry(element: Element, source: str, position: str) -> ListedEntry:
    number, word = element.get("id", ""), text_of(element, "generalInfo/entityType")
    kind = KINDS.get(word.lower())
    if not number.isdecimal():
        raise ValueError(f"{number!r} is no entry number")
    if kind is None:
        raise ValueError(f"unknown type {word!r}")
    names = tidy_names(sorted(_names(element), key=lambda name: name.quality is not NameQuality.PRIMARY))
    if not names:
        raise ValueError("no name")
    lists = texts_of(element, "sanctionsLists/sanctionsList")
    programmes = known(*texts_of(element, "sanctionsPrograms/sanctionsProgram"))
    dates = [whole_date(found.get("datePublished", "")) for found in element.iterfind("sanctionsLists/sanctionsList")]
    said = _Features(element)
    remarks, linked = linked_to(text_of(element, "generalInfo/remarks"))
    documents = [found for row in element.iterfind("identityDocuments/identityDocument") if (found := _document(row))]
    return ListedEntry(
        source=source,
        uid=number,
        measure=listed_measure(lists, programmes),
        names=names,
        kind=kind,
        birth_dates=tuple(dict.fromkeys(said.births)),
        birth_places=tuple(known(*said.places)),
        nationalities=tuple(known(*said.nations)),
        countries=tuple(known(*said.countries)),
        addresses=tuple(dict.fromkeys(_addresses(element))),
        identifiers=tuple(dict.fromkeys([*documents, *said.identifiers])),
        gender=said.gender,
        programmes=tuple(programmes),
        measures_published=tuple(known(*texts_of(element, "sanctionsTypes/sanctionsType"))),
        citation="; ".join(known(*texts_of(element, "legalAuthorities/legalAuthority"))),
        listed_on=min((date for date in dates if date), default=None),
        relationships=tuple(dict.fromkeys([*_relationships(element), *linked])),
        references=(f"ofac:{number}",),
        remarks="; ".join(known(text_of(element, "generalInfo/title"), remarks, *said.rest)),
        position=position,
    )


def _names(element: Element) -> Iterator[Name]:
    for name in element.iterfind("names/name"):
        quality = _quality(name)
        for translation in name.iterfind("translations/translation"):
            latin = text_of(translation, "script") in ("Latin", "")
            weak = quality is NameQuality.WEAK
            yield Name(
                text_of(translation, "formattedFullName"),
                quality if latin or weak else NameQuality.ORIGINAL_SCRIPT,
            )


def _quality(name: Element) -> NameQuality:
    if text_of(name, "isLowQuality") == "true":
        return NameQuality.WEAK
    if text_of(name, "isPrimary") == "true":
        return NameQuality.PRIMARY
    return NameQuality.FORMER if text_of(name, "aliasType").upper().startswith("F") else NameQuality.STRONG


def _addresses(element: Element) -> Iterator[Address]:
    for found in element.iterfind("addresses/address"):
        land = text_of(found, "country")
        for translation in found.iterfind("translations/translation"):
            parts = {
                text_of(part, "type"): text_of(part, "value")
                for part in translation.iterfind("addressParts/addressPart")
            }
            street = ", ".join(known(*(parts.get(name, "") for name in _STREET)))
            city, region, postal_code = (parts.get(name, "") for name in ("CITY", "STATE/PROVINCE", "POSTAL CODE"))
            full = ", ".join(known(street, city, region, postal_code, *parts.values(), land))
            if full:
                yield Address(full, street, city, region, postal_code, country(land))


def _document(row: Element) -> Identifier | None:
    return identifier(
        text_of(row, "type"), text_of(row, "documentNumber"), country_code(text_of(row, "issuingCountry"))
    )


def _relationships(element: Element) -> Iterator[Relationship]:
    for row in element.iterfind("relationships/relationship"):
        related = row.find("relatedEntity")
        if related is not None:
            yield Relationship(text_of(row, "type").lower(), related.get("entityId", ""), text_of(related))


class _Features:
    """The features of a party, sorted into what they say."""

    def __init__(self, element: Element) -> None:
        self.births: list[PartialDate] = []
        self.places: list[str] = []
        self.nations: list[str] = []
        self.countries: list[str] = []
        self.identifiers: list[Identifier] = []
        self.gender = ""
        self.rest: list[str] = []
        for feature in element.iterfind("features/feature"):
            self._take(text_of(feature, "type"), text_of(feature, "value"))

    def _take(self, kind: str, value: str) -> None:
        match kind:
            case "Birthdate" if (born := partial_date(value)) is not None:
                self.births.append(born)
            case "Place of Birth":
                self.places.append(value)
            case "Nationality Country" | "Citizenship Country":
                self.nations.append(country(value))
            case "Nationality of Registration" | "Vessel Flag":
                self.countries.append(country(value))
            case "Gender" if value.lower() in GENDERS:
                self.gender = value.lower()
            case _ if (found := identifier(kind, value)) is not None:
                self.identifiers.append(found)
            case _:
                self.rest.append(f"{kind} {value}")
