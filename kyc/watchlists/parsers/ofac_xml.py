"""OFAC's older XML: SDN.XML and CONSOLIDATED.XML, one `sdnEntry` for each party. Pure.

The file states its number of entries, so that a shorter one is noticed. Elements: docs/sources.md#ofac-xml.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from kyc.matching.types import Identifier, Kind, Name, NameQuality
from kyc.watchlists.entries import Address, ListedEntry, Relationship
from kyc.watchlists.parsers.countries import country, country_code
from kyc.watchlists.parsers.dates import american_date, partial_date
from kyc.watchlists.parsers.identifiers import identifier
from kyc.watchlists.parsers.ofac_words import ALIASES, GENDERS, linked_to, non_sdn_measure
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

VESSEL = (("vessel type", "vesselType"), ("tonnage", "tonnage"), ("gross tonnage", "grossRegisteredTonnage"))


def read_sdn(files: Files, source: str, notes: Notes) -> Iterator[ListedEntry]:
    return _read(files, source, notes, consolidated=False)


def read_consolidated(files: Files, source: str, notes: Notes) -> Iterator[ListedEntry]:
    return _read(files, source, notes, consolidated=True)


def _read(files: Files, source: str, notes: Notes, *, consolidated: bool) -> Iterator[ListedEntry]:
    promised, taken = None, 0
    records = xml_records(unzipped(files["main"]), root="sdnList", wanted=("publshInformation", "sdnEntry"))
    for element, line in records:
        if element.tag == "publshInformation":
            notes.published_on = american_date(text_of(element, "Publish_Date"))
            count = text_of(element, "Record_Count")
            promised = int(count) if count.isdecimal() else None
        elif element.tag == "sdnEntry":
            taken += 1
            try:
                yield _entry(element, source, f"line {line}", consolidated)
            except ValueError as error:
                notes.bad(f"line {line}", str(error))
    if promised is None:
        notes.warn("The file does not say how many entries it has.")
    elif promised != taken:
        notes.cut(f"The file says that it has {promised} entries, and has {taken}.")


def _entry(element: Element, source: str, position: str, consolidated: bool) -> ListedEntry:
    number, word = text_of(element, "uid"), text_of(element, "sdnType")
    kind = KINDS.get(word.lower())
    if not number.isdecimal():
        raise ValueError(f"{number!r} is no entry number")
    if kind is None:
        raise ValueError(f"unknown type {word!r}")
    names = tidy_names([Name(_full_name(element)), *(_alias(aka) for aka in element.iterfind("akaList/aka"))])
    if not names or not _full_name(element):
        raise ValueError("no name")
    programmes = known(*texts_of(element, "programList/program"))
    identifiers, gender, told = _numbers(element)
    births = [(text, partial_date(text)) for text in texts_of(element, "dateOfBirthList/dateOfBirthItem/dateOfBirth")]
    remarks, relationships = linked_to(text_of(element, "remarks"))
    vessel = element.find("vesselInfo")
    if vessel is not None:
        if sign := text_of(vessel, "callSign"):
            identifiers.append(Identifier("call_sign", sign))
        if owner := text_of(vessel, "vesselOwner"):
            relationships.append(Relationship("owned by", name=owner))
        told += [f"{label}: {text}" for label, tag in VESSEL if (text := text_of(vessel, tag))]
    nations = (*texts_of(element, "nationalityList/nationality/country"),
               *texts_of(element, "citizenshipList/citizenship/country"))  # fmt: skip
    return ListedEntry(
        source=source,
        uid=number,
        measure=non_sdn_measure(programmes) if consolidated else "SDN",
        names=names,
        kind=kind,
        birth_dates=tuple(dict.fromkeys(date for _, date in births if date is not None)),
        birth_places=tuple(known(*texts_of(element, "placeOfBirthList/placeOfBirthItem/placeOfBirth"))),
        nationalities=tuple(known(*map(country, nations))),
        countries=tuple(known(country(text_of(element, "vesselInfo/vesselFlag")))),
        addresses=tuple(dict.fromkeys(_addresses(element))),
        identifiers=tuple(dict.fromkeys(identifiers)),
        gender=gender,
        programmes=tuple(programmes),
        relationships=tuple(relationships),
        references=(f"ofac:{number}",),
        remarks="; ".join(
            known(text_of(element, "title"), remarks, *told, *(f"born {text}" for text, date in births if date is None))
        ),
        position=position,
    )


def _full_name(element: Element) -> str:
    """ "LAST, First", as OFAC's other files write it."""
    return ", ".join(known(text_of(element, "lastName"), text_of(element, "firstName")))


def _alias(aka: Element) -> Name:
    kind = text_of(aka, "type").lower().replace(".", "")
    quality = ALIASES.get(kind)
    if quality is None:
        raise ValueError(f"unknown alias type {kind!r}")
    weak = text_of(aka, "category").lower() == "weak"
    return Name(_full_name(aka), NameQuality.WEAK if weak else quality)


def _addresses(element: Element) -> Iterator[Address]:
    for found in element.iterfind("addressList/address"):
        street = ", ".join(known(*(text_of(found, f"address{number}") for number in (1, 2, 3))))
        city, region, postal_code, land = (
            text_of(found, tag) for tag in ("city", "stateOrProvince", "postalCode", "country")
        )
        full = ", ".join(known(street, city, region, postal_code, land))
        if full:
            yield Address(full, street, city, region, postal_code, country(land))


def _numbers(element: Element) -> tuple[list[Identifier], str, list[str]]:
    found, gender, told = [], "", []
    for row in element.iterfind("idList/id"):
        kind, number = text_of(row, "idType"), text_of(row, "idNumber")
        if kind == "Gender":
            gender = number.lower() if number.lower() in GENDERS else ""
        elif (one := identifier(kind, number, country_code(text_of(row, "idCountry")))) is not None:
            found.append(one)
        else:
            told.append(f"{kind} {number}")
    return found, gender, told
