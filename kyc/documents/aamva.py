"""The text of the PDF417 barcode on North American driving licences and identity cards. Pure.

Nobody signs it and anybody can print one: it proves only that the back says what the front says.
Source: AAMVA DL/ID Card Design Standard, versions 1 (2000) to 10 (2020), annex D; element ids and issuer
numbers from memory (docs/sources.md#aamva). Subfiles of a jurisdiction ("ZV") are its own and stay opaque.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kyc.errors import BadInput
from kyc.findings import Finding

LONGEST = 4096  # characters; a PDF417 symbol holds at most 1,850
PRINCIPAL = ("DL", "ID", "EN")  # licence, identity card, enhanced licence

# Issuer identification numbers: jurisdiction as in ISO 3166-2
ISSUERS: dict[str, str] = {
    "636000": "US-VA", "636001": "US-NY", "636002": "US-MA", "636003": "US-MD", "636004": "US-NC", "636005": "US-SC",
    "636006": "US-CT", "636007": "US-LA", "636008": "US-MT", "636009": "US-NM", "636010": "US-FL", "636011": "US-DE",
    "636012": "CA-ON", "636013": "CA-NS", "636014": "US-CA", "636015": "US-TX", "636016": "CA-NL", "636017": "CA-NB",
    "636018": "US-IA", "636019": "GU", "636020": "US-CO", "636021": "US-AR", "636022": "US-KS", "636023": "US-OH",
    "636024": "US-VT", "636025": "US-PA", "636026": "US-AZ", "636028": "CA-BC", "636029": "US-OR", "636030": "US-MO",
    "636031": "US-WI", "636032": "US-MI", "636033": "US-AL", "636034": "US-ND", "636035": "US-IL", "636036": "US-NJ",
    "636037": "US-IN", "636038": "US-MN", "636039": "US-NH", "636040": "US-UT", "636041": "US-ME", "636042": "US-SD",
    "636043": "US-DC", "636044": "CA-SK", "636045": "US-WA", "636046": "US-KY", "636047": "US-HI", "636048": "CA-MB",
    "636049": "US-NV", "636050": "US-ID", "636051": "US-MS", "636052": "US-RI", "636053": "US-TN", "636054": "US-NE",
    "636055": "US-GA", "636058": "US-OK", "636059": "US-AK", "636060": "US-WY", "636061": "US-WV", "636062": "VI",
    "604426": "CA-PE", "604427": "AS", "604428": "CA-QC", "604429": "CA-YT", "604430": "MP", "604431": "PR",
    "604432": "CA-AB", "604433": "CA-NU", "604434": "CA-NT", "636027": "US",
}  # fmt: skip

SEXES = {"1": "M", "2": "F", "M": "M", "F": "F"}  # letters: version 1
TRUNCATIONS = {"surname": "DDE", "given_names": "DDF", "middle_names": "DDG"}


@dataclass(frozen=True, slots=True)
class Aamva:
    """What the barcode says; "" and None where it does not."""

    version: int
    issuer: str  # six digits
    jurisdiction: str  # ISO 3166-2 or alpha-2; "" for a number we do not know
    card: str  # "DL", "ID" or "EN"
    surname: str
    given_names: str  # first and middle, single spaces
    suffix: str
    birth_date: date | None
    expires_on: date | None
    issued_on: date | None
    sex: str  # "M", "F" or ""
    document_number: str
    street: str
    city: str
    state: str
    postal_code: str
    country: str  # ISO alpha-2
    limited_stay: bool  # the holder's stay in the country is limited
    names_cut: bool  # the issuer says that it cut a name
    elements: dict[str, str] = field(default_factory=dict)  # all, as printed
    warnings: tuple[Finding, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain values for freezing, without the elements that nothing here compares."""
        days = {name: getattr(self, name) for name in ("birth_date", "expires_on", "issued_on")}
        words: tuple[str, ...] = (
            "version",
            "issuer",
            "jurisdiction",
            "card",
            "surname",
            "given_names",
            "suffix",
            "sex",
        )
        words += ("document_number", "street", "city", "state", "postal_code", "country", "limited_stay", "names_cut")
        return {
            **{name: getattr(self, name) for name in words},
            **{name: day.isoformat() if day else None for name, day in days.items()},
            "warnings": [warning.as_json() for warning in self.warnings],
        }


# "@", separators, file type, issuer, version; version 1 has no jurisdiction version, so entries follow at once
HEADER = re.compile(r"@\s*[\x1c-\x1e]?\s*(?:ANSI |AAMVA)\s*(?P<issuer>\d{6})(?P<version>\d{2})(?P<rest>\d{2,4})")
ELEMENT = re.compile(r"[A-Z]{2}[A-Z0-9]")


def parse_aamva(text: str) -> Aamva:
    """Read the decoded barcode. Raises BadInput when it is no AAMVA text or names no principal subfile.

    Lenient where issuers are known to differ: offsets that do not point at their subfile, carriage returns for
    line feeds, missing separators. Strict where a guess would change a fact: a date that fits no order is None.
    """
    if len(text) > LONGEST:
        raise BadInput("This barcode holds more than a licence does.", characters=len(text))
    header = HEADER.search(text[:64])
    if header is None:
        raise BadInput("This barcode is not that of a North American licence.")
    version, issuer = int(header["version"]), header["issuer"]
    card, body, as_announced = _principal(text, header, version)
    elements = dict(_elements(body))
    jurisdiction = ISSUERS.get(issuer, "")
    country = _country(elements.get("DCG", ""), jurisdiction)
    warnings: list[Finding] = []
    if not as_announced:
        warnings.append(Finding("barcode.offset", "The table of contents points beside the contents."))
    if not jurisdiction:
        warnings.append(Finding("barcode.issuer_unknown", f"The issuer number {issuer} is not one of AAMVA's list."))
    if version > 10:
        warnings.append(Finding("barcode.version_unknown", f"Version {version} of the standard is not known here."))
    surname, given, suffix = _names(elements)
    days = {name: _date(elements.get(code, ""), name, country, version, warnings) for name, code in DATES.items()}
    return Aamva(
        version=version,
        issuer=issuer,
        jurisdiction=jurisdiction,
        card=card,
        surname=surname,
        given_names=given,
        suffix=suffix,
        birth_date=days["birth_date"],
        expires_on=days["expires_on"],
        issued_on=days["issued_on"],
        sex=SEXES.get(elements.get("DBC", ""), ""),
        document_number=elements.get("DAQ", "").replace(" ", ""),
        street=" ".join(filter(None, [elements.get("DAG", ""), elements.get("DAH", "")])),
        city=elements.get("DAI", ""),
        state=elements.get("DAJ", ""),
        postal_code=_postal_code(elements.get("DAK", "")),
        country=country,
        limited_stay=elements.get("DDD", "") == "1",
        names_cut=any(elements.get(code, "") == "T" for code in TRUNCATIONS.values()),
        elements=elements,
        warnings=tuple(warnings),
    )


DATES = {"birth_date": "DBB", "expires_on": "DBA", "issued_on": "DBD"}


def _principal(text: str, header: re.Match[str], version: int) -> tuple[str, str, bool]:
    """(type, contents, whether they stand where announced) of the first licence or identity subfile."""
    digits = header["rest"]
    entries_at = header.start("rest") + (2 if version > 1 and len(digits) >= 4 else 0)
    table_at = entries_at + 2
    entries = int(text[entries_at:table_at])
    for place in range(min(entries, 20)):
        designator = text[table_at + 10 * place : table_at + 10 * place + 10]
        kind, numbers = designator[:2], designator[2:]
        if kind not in PRINCIPAL or not numbers.isdecimal():
            continue
        offset, length = int(numbers[:4]), int(numbers[4:])
        start = header.start() + offset
        if text[start : start + 2] == kind:
            return kind, text[start + 2 : start + length], True
        # the contents begin with the type and an element; designators are the type and digits
        if found := re.search(rf"{kind}(?=[A-Z]{{2}}[A-Z0-9])", text[table_at:]):
            return kind, text[table_at + found.end() :], False
    raise BadInput("This barcode names neither a licence nor an identity card.")


def _elements(body: str) -> Iterator[tuple[str, str]]:
    for line in re.split(r"[\n\r\x1e]+", body):
        if ELEMENT.match(line):
            value = line[3:].strip()
            yield line[:3], "" if value.upper() in ("NONE", "UNAVL", "UNAV") else value


def _names(elements: dict[str, str]) -> tuple[str, str, str]:
    """(surname, given names, suffix); from the parts, else from the whole name of version 1."""
    suffix = elements.get("DCU", "")
    surname = elements.get("DCS", "") or elements.get("DAB", "")
    first = elements.get("DAC", "") or elements.get("DCT", "")
    middle = elements.get("DAD", "")
    if not surname and (whole := elements.get("DAA", "")):
        surname, first, middle, *rest = [*re.split(r"[,@]", whole), "", "", ""]
        suffix = suffix or next(filter(None, rest), "")
    given = " ".join(re.sub(r"[,@]", " ", f"{first} {middle}").split())
    return " ".join(surname.replace(",", " ").split()), given, suffix


def _country(code: str, jurisdiction: str) -> str:
    if code in ("USA", "CAN"):
        return code[:2]
    return jurisdiction[:2] if jurisdiction[:2] in ("US", "CA") else "US" if jurisdiction else ""


def _date(text: str, name: str, country: str, version: int, warnings: list[Finding]) -> date | None:
    """MMDDCCYY in the United States, CCYYMMDD in Canada and in version 1; None, with a warning, for no date.

    The digits tell which: no month is above 12 and no century below 19, so a date never fits both orders.
    """
    if not text:
        return None
    if len(text) != 8 or not text.isdecimal():
        warnings.append(Finding("barcode.date", f"The {name.replace('_', ' ')} is no date.", facts={"printed": text}))
        return None
    american = int(text[:2]) <= 12
    year, month, day = (text[4:], text[:2], text[2:4]) if american else (text[:4], text[4:6], text[6:])
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        warnings.append(Finding("barcode.date", f"The {name.replace('_', ' ')} is no date.", facts={"printed": text}))
        return None
    if country and version > 1 and american != (country == "US"):
        sentence = f"The {name.replace('_', ' ')} is written in the other country's order."
        warnings.append(Finding("barcode.date_order", sentence, facts={"printed": text}))
    return found


def _postal_code(text: str) -> str:
    """US codes are filled up to nine digits with zeros, Canadian ones with blanks."""
    text = text.strip()
    return text[:5] if len(text) == 9 and text.endswith("0000") else text


# ------------------------------------------------------------------------------------------------ writing


def write_aamva(elements: dict[str, str], *, issuer: str, version: int = 10, card: str = "DL") -> str:
    """The text of a barcode with these elements, as a printer would set it; for tests and drawn documents."""
    body = card + "\n".join(f"{code}{value}" for code, value in elements.items()) + "\r"
    head = f"@\n\x1e\rANSI {issuer}{version:02d}" + ("00" if version > 1 else "") + "01"
    offset = len(head) + 10
    return f"{head}{card}{offset:04d}{len(body):04d}{body}"
