"""What OFAC's remarks, list names and programmes mean, for all of its formats. Pure.

The CSV files hold birth dates, nationality, numbers and weak aliases as pieces of one remark:
"DOB 22 Nov 1979; nationality Iran; Gender Male; National ID No. 280 (Iran); a.k.a. 'BNC'; Linked To: X."
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from kyc.matching.types import Identifier, Name, NameQuality, PartialDate
from kyc.watchlists.entries import Relationship
from kyc.watchlists.parsers.countries import country, country_code
from kyc.watchlists.parsers.dates import partial_date
from kyc.watchlists.parsers.identifiers import identifier
from kyc.watchlists.parsers.reading import one_line

ALIASES = {"aka": NameQuality.STRONG, "nka": NameQuality.STRONG, "fka": NameQuality.FORMER}
GENDERS = frozenset({"male", "female"})

# programme tags of the consolidated (non-SDN) list -> measure, the strictest first where an entry has several
NON_SDN = {
    "561-Related": "CAPTA", "CAPTA": "CAPTA", "MBS": "MBS", "NS-MBS": "MBS", "FSE-IR": "FSE", "FSE-SY": "FSE",
    "NS-ISA": "NS-ISA", "UKRAINE-EO13662": "SSI", "VENEZUELA-EO13850": "SSI", "RUSSIA-EO14024": "MBS",
    "CAATSA - RUSSIA": "MBS", "BURMA-EO14014": "MBS", "ILLICIT-DRUGS-EO14059": "MBS", "BELARUS-EO14038": "MBS",
    "CMIC-EO13959": "CMIC", "NS-PLC": "PLC",
}  # fmt: skip
# names of lists in ENHANCED and ADVANCED -> measure
LISTS = {
    "sdn list": "SDN", "specially designated nationals": "SDN", "capta list": "CAPTA", "part 561 list": "CAPTA",
    "non-sdn menu-based sanctions list": "MBS", "ns-mbs list": "MBS", "mbs list": "MBS",
    "sectoral sanctions identifications list": "SSI", "ssi list": "SSI", "foreign sanctions evaders list": "FSE",
    "fse list": "FSE", "non-sdn iranian sanctions list": "NS-ISA", "non-sdn iran sanctions act list": "NS-ISA",
    "ns-isa list": "NS-ISA", "ns-isa": "NS-ISA", "non-sdn palestinian legislative council list": "PLC",
    "palestinian legislative council list": "PLC", "ns-plc list": "PLC", "plc list": "PLC",
    "non-sdn chinese military-industrial complex companies list": "CMIC", "ns-cmic list": "CMIC",
    "non-sdn cmic list": "CMIC", "consolidated list": "",
}  # fmt: skip
STRICTEST_FIRST = ("SDN", "FSE", "MBS", "CAPTA", "NS-ISA", "SSI", "CMIC", "PLC")

# the words before a number in a remark; longest first, so that "Registration Number" does not hide "Business ..."
_NUMBERED = sorted(
    (
        "Passport", "Diplomatic Passport", "Stateless Person Passport", "Stateless Person ID Card",
        "Travel Document Number", "National ID No.", "National Foreign ID Number", "Personal ID Card",
        "Identification Number", "Identification number", "Cedula No.", "Cedula de Ciudadania", "Tax ID No.",
        "NIT #", "RUC #", "RIF #", "R.F.C.", "RFC", "C.U.R.P.", "C.U.I.", "C.U.I.P.", "C.U.I.T.", "C.I.F.", "RTN",
        "SSN", "D.N.I.", "N.I.E.", "I.F.E.", "V.A.T. Number", "US FEIN", "Italian Fiscal Code", "Fiscal Code",
        "Registration Number", "Registration ID", "Business Registration Number",
        "Business Registration Document #", "Business Number", "Company Number", "UK Company Number",
        "Commercial Registry Number", "Public Registration Number", "Certificate of Incorporation Number",
        "Legal Entity Number", "Chamber of Commerce Number", "Enterprise Number", "Trade License No.", "C.R. No.",
        "Romanian C.R.", "Folio Mercantil No.", "Matricula Mercantil No", "Matricula Mercantil No.",
        "Unified Social Credit Code (USCC)", "Government Gazette Number",
        "United Social Credit Code Certificate (USCCC)", "Central Registration System Number",
        "Branch Unit Number", "File Number", "Dubai Chamber of Commerce Membership No.",
        "Istanbul Chamber of Comm. No.", "Registered Charity No.", "D-U-N-S Number",
        "Turkish Identification Number", "Citizen's Card Number", "Bosnian Personal ID No.", "Kenyan ID No.",
        "Moroccan Personal ID No.", "Refugee ID Card", "Residency Number", "Romanian Permanent Resident",
        "Romanian Tax Registration", "Credencial electoral", "Electoral Registry No.", "LE Number",
        "Numero de Identidad", "CNP (Personal Numerical Code)", "Cartilla de Servicio Militar Nacional",
        "Driver's License No.", "License", "SWIFT/BIC", "BIK (RU)", "ISIN", "MMSI",
        "Vessel Registration Identification", "Other Vessel Call Sign", "Aircraft Tail Number",
        "Previous Aircraft Tail Number", "Aircraft Manufacturer's Serial Number (MSN)",
        "Aircraft Construction Number (also called L/N or S/N or F/N)", "Aircraft Serial Identification",
        "Aircraft Mode S Transponder Code", "Seafarer's Identification Document", "Tazkira National ID Card",
        "SRE Permit No.", "Afghan Money Service Provider License Number", "Tourism License No.",
        "Pilot License Number", "Immigration No.", "Serial No.", "Numero Unico de Identificacao Tributaria (NUIT)",
        "Paraguayan tax identification number",
    ),
    key=len,
    reverse=True,
)  # fmt: skip
_NUMBER = re.compile(
    r"^(?P<type>Digital Currency Address - \w+|"
    + "|".join(re.escape(" ".join(kind.split())) for kind in _NUMBERED)
    + r")\s+"
    r"(?P<value>.+?)(?:\s+\((?P<issuer>[^()]*(?:\([^()]*\))?[^()]*)\))?"
    r"(?:\s+issued\s.*)?(?:\s+expires\s.*)?$"
)
_ALIAS = re.compile(r"^(?P<type>[afn])\.k\.a\. '(?P<name>.+)'$")


@dataclass(slots=True)
class Remarks:
    """What a remark says, taken apart; `rest` is what it says besides."""

    names: list[Name] = field(default_factory=list)
    birth_dates: list[PartialDate] = field(default_factory=list)
    birth_places: list[str] = field(default_factory=list)
    nationalities: list[str] = field(default_factory=list)
    identifiers: list[Identifier] = field(default_factory=list)
    relationships: list[Relationship] = field(default_factory=list)
    gender: str = ""
    rest: list[str] = field(default_factory=list)


def read_remarks(text: str) -> Remarks:
    found = Remarks()
    for piece in one_line(text).removesuffix(".").split("; "):
        if piece:
            _read_piece(piece, piece.removeprefix("alt. "), found)
    return found


def _read_piece(published: str, piece: str, found: Remarks) -> None:
    word, _, rest = piece.partition(" ")
    match word:
        case "DOB" if (born := partial_date(rest)) is not None:
            found.birth_dates.append(born)
        case "POB":
            found.birth_places.append(rest)
        case "nationality" | "citizen" if country(rest):
            found.nationalities.append(country(rest))
        case "Gender" if rest.lower() in GENDERS:
            found.gender = rest.lower()
        case "Linked" if piece.startswith("Linked To: "):
            found.relationships.append(Relationship("linked to", name=piece.removeprefix("Linked To: ")))
        case _:
            _read_name_or_number(published, piece, found)


def _read_name_or_number(published: str, piece: str, found: Remarks) -> None:
    if alias := _ALIAS.match(piece):
        # a name within quotation marks in the remarks is OFAC's weak alias; docs/sources.md#ofac-weak-aliases
        quality = NameQuality.FORMER if alias["type"] == "f" else NameQuality.WEAK
        found.names.append(Name(alias["name"], quality))
        return
    if numbered := _NUMBER.match(piece):
        number = identifier(numbered["type"], numbered["value"], country_code(numbered["issuer"] or ""))
        if number is not None:
            found.identifiers.append(number)
            return
    found.rest.append(published)


_LINKED = re.compile(r"\(Linked To: ([^()]*(?:\([^()]*\)[^()]*)*)\)")


def linked_to(remarks: str) -> tuple[str, list[Relationship]]:
    """ "(Linked To: HAMAS)" out of remarks: what is left, and the relationships."""
    found = [Relationship("linked to", name=one_line(name)) for name in _LINKED.findall(remarks)]
    return one_line(_LINKED.sub("", remarks)).strip(" ;"), found


def non_sdn_measure(programmes: Iterable[str]) -> str:
    """The measure of an entry of the consolidated list; an unknown programme is its own measure, and so told."""
    known_ones = {NON_SDN[name] for name in programmes if name in NON_SDN}
    for measure in STRICTEST_FIRST:
        if measure in known_ones:
            return measure
    return next(iter(programmes), "NON-SDN")[:40]


def listed_measure(lists: Iterable[str], programmes: Iterable[str]) -> str:
    """The strictest of the lists named; by programme where only "Consolidated List" is said."""
    named = {LISTS.get(one_line(name).lower(), one_line(name)) for name in lists} - {""}
    for measure in STRICTEST_FIRST:
        if measure in named:
            return measure
    return min(named)[:40] if named else non_sdn_measure(list(programmes))
