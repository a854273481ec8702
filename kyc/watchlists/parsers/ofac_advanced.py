"""OFAC's ADVANCED XML: sections that refer to each other by number, lists and programmes last. Pure.

About 120 MB for the SDN list: parties are kept small until the sanctions entries at the end say what list they are
on. A party without such an entry, or an entry without its party, is reported. No real file could be had here; the
structure is that of OFAC's own data model and of public parsers' samples (docs/sources.md#ofac-advanced-xml).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from xml.etree.ElementTree import Element

from kyc.matching.types import Identifier, Kind, Name, NameQuality, PartialDate
from kyc.watchlists.entries import Address, ListedEntry, Relationship
from kyc.watchlists.parsers.countries import country, country_code
from kyc.watchlists.parsers.identifiers import identifier
from kyc.watchlists.parsers.ofac_words import GENDERS, listed_measure
from kyc.watchlists.parsers.reading import Files, Notes, known, text_of, tidy_names, unzipped, xml_records

SECTIONS = (
    "DateOfIssue", "AliasType", "AreaCode", "Country", "DetailReference", "FeatureType", "IDRegDocType", "LegalBasis",
    "List", "LocPartType", "PartySubType", "PartyType", "RelationType", "Script", "Location", "IDRegDocument",
    "DistinctParty", "ProfileRelationship", "SanctionsEntry",
)  # fmt: skip
# the numbers of OFAC's own data model, for files whose reference values name no types
SUB_TYPES = {"1": Kind.VESSEL, "2": Kind.AIRCRAFT, "3": Kind.ORGANISATION, "4": Kind.PERSON}
_STREET = ("ADDRESS1", "ADDRESS2", "ADDRESS3")
_NO_NUMBERS = frozenset({"Location", "Title", "Website", "Email Address"})


@dataclass(slots=True)
class _Listing:
    lists: list[str] = field(default_factory=list)
    programmes: list[str] = field(default_factory=list)
    bases: list[str] = field(default_factory=list)
    dates: list[date] = field(default_factory=list)


class _File:
    """The reference values, locations and documents met so far, and the parties that wait for their lists."""

    def __init__(self, source: str, notes: Notes) -> None:
        self.source, self.notes = source, notes
        self.values: dict[str, dict[str, str]] = defaultdict(dict)  # {"Country": {"11073": "Cuba"}}
        self.locations: dict[str, tuple[Address, str]] = {}  # with the text of a place
        self.documents: dict[str, list[Identifier]] = defaultdict(list)  # by identity
        self.parties: dict[str, ListedEntry] = {}
        self.listings: dict[str, _Listing] = defaultdict(_Listing)
        self.related: dict[str, list[Relationship]] = defaultdict(list)

    def take(self, element: Element, line: int) -> None:
        match element.tag:
            case "DateOfIssue":
                self.notes.published_on = _day(element)
            case "Location":
                self.locations[element.get("ID", "")] = self._location(element)
            case "IDRegDocument":
                self._document(element)
            case "DistinctParty":
                self._party(element, f"line {line}")
            case "ProfileRelationship":
                self._relationship(element)
            case "SanctionsEntry":
                self._listing(element, f"line {line}")
            case _:
                text = text_of(element) or element.get("Description", "")
                self.values[element.tag][element.get("ID", "")] = text

    def _location(self, element: Element) -> tuple[Address, str]:
        parts: dict[str, str] = {}
        for part in element.iterfind("LocationPart"):
            name = self.values["LocPartType"].get(part.get("LocPartTypeID", ""), "")
            found = part.findall("LocationPartValue")
            primary = next((value for value in found if value.get("Primary") == "true"), found[0] if found else None)
            if primary is not None:
                parts[name] = text_of(primary, "Value")
        lands = [self._country(found.get("CountryID", "")) for found in element.iterfind("LocationCountry")]
        street = ", ".join(known(*(parts.get(name, "") for name in _STREET)))
        city, region, postal_code = (parts.get(name, "") for name in ("CITY", "STATE/PROVINCE", "POSTAL CODE"))
        full = ", ".join(known(street, city, region, postal_code, *parts.values(), *lands))
        land = country(lands[0]) if lands else ""
        return Address(full, street, city, region, postal_code, land), full

    def _country(self, number: str) -> str:
        return self.values["Country"].get(number) or self.values["AreaCode"].get(number, "")

    def _document(self, element: Element) -> None:
        kind = self.values["IDRegDocType"].get(element.get("IDRegDocTypeID", ""), "")
        issued = element.find("IssuedBy")
        number = element.get("IssuedBy-CountryID") or (issued.get("CountryID", "") if issued is not None else "")
        found = identifier(kind, text_of(element, "IDRegistrationNo"), country_code(self._country(number or "")))
        if found is not None:
            self.documents[element.get("IdentityID", "")].append(found)

    def _relationship(self, element: Element) -> None:
        kind = self.values["RelationType"].get(element.get("RelationTypeID", ""), "related to").lower()
        if element.get("Former") == "true":
            kind = f"formerly {kind}"
        self.related[element.get("From-ProfileID", "")].append(Relationship(kind, element.get("To-ProfileID", "")))

    def _listing(self, element: Element, position: str) -> None:
        profile = element.get("ProfileID", "")
        if profile not in self.parties:
            self.notes.bad(position, f"belongs to profile {profile}, which the file does not have")
            return
        listing = self.listings[profile]
        listing.lists.append(self.values["List"].get(element.get("ListID", ""), ""))
        listing.programmes += [text_of(found, "Comment") for found in element.iterfind("SanctionsMeasure")]
        for event in element.iterfind("EntryEvent"):
            listing.bases.append(self.values["LegalBasis"].get(event.get("LegalBasisID", ""), ""))
            if (day := _day(event.find("Date"))) is not None:
                listing.dates.append(day)

    def _party(self, element: Element, position: str) -> None:
        profile = element.find("Profile")
        try:
            if profile is None or not profile.get("ID", ""):
                raise ValueError("no profile")
            if profile.get("ID", "") in self.parties:
                raise ValueError(f"profile {profile.get('ID')} stands there already")
            self.parties[profile.get("ID", "")] = self._entry(element, profile, position)
        except ValueError as error:
            self.notes.bad(position, str(error))

    def _entry(self, element: Element, profile: Element, position: str) -> ListedEntry:
        number = element.get("FixedRef", "")
        if not number.isdecimal():
            raise ValueError(f"{number!r} is no entry number")
        kind = self._kind(profile.get("PartySubTypeID", ""))
        names = tidy_names(sorted(self._names(profile), key=lambda name: name.quality is not NameQuality.PRIMARY))
        if not names:
            raise ValueError("no name")
        said = _Said()
        for feature in element.iter("Feature"):
            self._feature(feature, said)
        identities = [found.get("ID", "") for found in profile.iterfind("Identity")]
        documents = [found for identity in identities for found in self.documents.get(identity, ())]
        return ListedEntry(
            source=self.source,
            uid=number,
            measure="",
            names=names,
            kind=kind,
            birth_dates=tuple(dict.fromkeys(said.births)),
            birth_places=tuple(known(*said.places)),
            nationalities=tuple(known(*said.nations)),
            countries=tuple(known(*said.countries)),
            addresses=tuple(dict.fromkeys(said.addresses)),
            identifiers=tuple(dict.fromkeys([*documents, *said.identifiers])),
            gender=said.gender,
            references=(f"ofac:{number}",),
            remarks="; ".join(known(text_of(element, "Comment"), *said.rest)),
            position=position,
        )

    def _kind(self, sub_type: str) -> Kind:
        word = self.values["PartySubType"].get(sub_type, "").lower()
        for name, kind in (("vessel", Kind.VESSEL), ("aircraft", Kind.AIRCRAFT)):
            if name in word:
                return kind
        kind_of = SUB_TYPES.get(sub_type)
        if kind_of is None:
            raise ValueError(f"unknown type of party {sub_type!r}")
        return kind_of

    def _names(self, profile: Element) -> Iterator[Name]:
        for alias in profile.iterfind("Identity/Alias"):
            word = self.values["AliasType"].get(alias.get("AliasTypeID", ""), "").upper()
            for documented in alias.iterfind("DocumentedName"):
                values = documented.findall("DocumentedNamePart/NamePartValue")
                scripts = {self.values["Script"].get(value.get("ScriptID", ""), "Latin") for value in values}
                yield Name(" ".join(known(*(value.text or "" for value in values))), _quality(alias, word, scripts))

    def _feature(self, feature: Element, said: _Said) -> None:
        kind = self.values["FeatureType"].get(feature.get("FeatureTypeID", ""), "")
        places = [self.locations.get(found.get("LocationID", "")) for found in feature.iter("VersionLocation")]
        details = known(
            *(
                found.text or self.values["DetailReference"].get(found.get("DetailReferenceID", ""), "")
                for found in feature.iter("VersionDetail")
            )
        )
        located = [place for place in places if place is not None]
        match kind:
            case "Birthdate":
                said.births += [born for period in feature.iter("DatePeriod") if (born := _period(period))]
            case "Place of Birth":
                said.places += [text for _, text in located] + details
            case "Nationality Country" | "Citizenship Country":
                said.nations += [country(text) for _, text in located] + [country(text) for text in details]
            case "Vessel Flag" | "Nationality of Registration":
                said.countries += [country(text) for _, text in located] + [country(text) for text in details]
            case "Gender":
                said.gender = next((text.lower() for text in details if text.lower() in GENDERS), said.gender)
            case "Location":
                said.addresses += [address for address, _ in located if address.full]
            case _:
                for text in details:
                    found = None if kind in _NO_NUMBERS else identifier(kind, text)
                    if found is not None:
                        said.identifiers.append(found)
                    else:
                        said.rest.append(f"{kind} {text}")

    def entries(self) -> Iterator[ListedEntry]:
        """The parties with what the sanctions entries said of them."""
        for profile, entry in self.parties.items():
            listing = self.listings.get(profile)
            if listing is None:
                self.notes.bad(entry.position, "no sanctions entry says on which list this party is")
                continue
            programmes = known(*listing.programmes)
            yield replace(
                entry,
                measure=listed_measure(listing.lists, programmes),
                programmes=tuple(programmes),
                citation="; ".join(known(*listing.bases)),
                listed_on=min(listing.dates, default=None),
                relationships=tuple(
                    replace(found, uid=self.parties[found.uid].uid, name=self.parties[found.uid].name)
                    if found.uid in self.parties
                    else found
                    for found in self.related.get(profile, ())
                ),
            )


@dataclass(slots=True)
class _Said:
    births: list[PartialDate] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    nations: list[str] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)
    addresses: list[Address] = field(default_factory=list)
    identifiers: list[Identifier] = field(default_factory=list)
    gender: str = ""
    rest: list[str] = field(default_factory=list)


def read(files: Files, source: str, notes: Notes) -> Iterator[ListedEntry]:
    found = _File(source, notes)
    for element, line in xml_records(unzipped(files["main"]), root="Sanctions", wanted=SECTIONS):
        if element.tag != "Sanctions":
            found.take(element, line)
    yield from found.entries()


def _quality(alias: Element, word: str, scripts: set[str]) -> NameQuality:
    if alias.get("LowQuality") == "true":
        return NameQuality.WEAK
    if scripts - {"Latin", ""}:
        return NameQuality.ORIGINAL_SCRIPT
    if alias.get("Primary") == "true":
        return NameQuality.PRIMARY
    return NameQuality.FORMER if word.startswith("F") else NameQuality.STRONG


def _number(element: Element | None, tag: str) -> int:
    text = text_of(element, tag)
    return int(text) if text.isdecimal() else 0


def _day(element: Element | None) -> date | None:
    year, month, day = (_number(element, tag) for tag in ("Year", "Month", "Day"))
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _period(period: Element) -> PartialDate | None:
    """A birth date from its earliest and latest day: a whole year is a year, several years a range."""
    start, end = period.find("Start/From"), period.find("End/To")
    if end is None:
        end = start
    first, last = _number(start, "Year"), _number(end, "Year")
    if not 1000 <= first <= 2999:
        return None
    start_of_period = period.find("Start")
    about = start_of_period is not None and start_of_period.get("Approximate") == "true"
    if last > first:
        return PartialDate(first, year_to=last, about=about)
    months = _number(start, "Month"), _number(end, "Month")
    days = _number(start, "Day"), _number(end, "Day")
    month = months[0] if months[0] == months[1] else 0
    day = days[0] if month and days[0] == days[1] else 0
    return PartialDate(first, month, day, about=about)
