"""Compare what a document says with what the customer declared. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kyc.documents.mrz import Mrz
from kyc.findings import Finding, Says
from kyc.policy.iso import alpha2_of

# ICAO 9303 part 3, section 6: what a letter becomes in the zone, where taking off its accent is not it
ICAO = str.maketrans({"ß": "SS", "Æ": "AE", "Ø": "OE", "Å": "AA", "Ä": "AE", "Ö": "OE", "Ü": "UE", "Þ": "TH", "Ð": "D"})


class IdentityOutcome(StrEnum):
    CONSISTENT = "consistent"
    REVIEW = "review"
    INCONSISTENT = "inconsistent"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class DeclaredPerson:
    legal_name: str
    birth_date: date | None
    nationalities: tuple[str, ...]  # alpha-2
    document_numbers: tuple[str, ...]
    gender: str = ""


@dataclass(frozen=True, slots=True)
class IdentityVerdict:
    outcome: IdentityOutcome
    findings: tuple[Finding, ...]


def compare_document(declared: DeclaredPerson, mrz: Mrz, *, today: date) -> IdentityVerdict:
    """One finding a field. Never "verified" by itself: check digits cover no name, a person confirms."""
    findings = (
        _checks(mrz),
        _name(declared.legal_name, mrz),
        _birth_date(declared.birth_date, mrz.birth_date),
        _member("nationality", alpha2_of(mrz.nationality), declared.nationalities),
        _member("document_number", mrz.document_number, tuple(map(_bare, declared.document_numbers))),
        _expiry(mrz.expires_on, today),
    )
    disagree = {finding.code for finding in findings if finding.says == Says.DISAGREE}
    if "mrz.expiry" in disagree:
        outcome = IdentityOutcome.EXPIRED
    elif disagree & {"mrz.name", "mrz.birth_date", "mrz.check_digits"}:
        outcome = IdentityOutcome.INCONSISTENT
    elif disagree or any(finding.says == Says.MISSING for finding in findings):
        outcome = IdentityOutcome.REVIEW
    else:
        outcome = IdentityOutcome.CONSISTENT
    return IdentityVerdict(outcome, findings)


def _checks(mrz: Mrz) -> Finding:
    wrong = [name.replace("_", " ") for name, holds in mrz.checks.items() if not holds]
    if wrong:
        return Finding("mrz.check_digits", f"Check digits do not hold: {', '.join(wrong)}.", Says.DISAGREE)
    return Finding("mrz.check_digits", "All check digits hold; they say nothing about names.", Says.AGREE)


def name_words(name: str) -> frozenset[str]:
    """The words of a name as a zone prints them."""
    text = name.upper().translate(ICAO)
    text = "".join(ch for ch in unicodedata.normalize("NFKD", text) if not unicodedata.combining(ch))
    return frozenset("".join(ch if ch.isalnum() else " " for ch in text.replace("'", "")).split())


def _plain_words(name: str) -> frozenset[str]:
    """The same with accents only taken off: some states print U for Ü."""
    text = "".join(ch for ch in unicodedata.normalize("NFKD", name.upper()) if not unicodedata.combining(ch))
    return frozenset("".join(ch if ch.isalnum() else " " for ch in text.replace("'", "")).split())


def _name(declared: str, mrz: Mrz) -> Finding:
    printed = f"{mrz.given_names} {mrz.surname}".strip()
    zone = frozenset(printed.split())
    facts = {"declared": declared, "document": printed}
    for words in (name_words(declared), _plain_words(declared)):
        if words and words == zone:
            return Finding("mrz.name", "The name is the declared one.", Says.AGREE, facts=facts)
        if words and (words < zone or zone < words) and frozenset(mrz.surname.split()) <= words:
            more = " ".join(sorted(zone ^ words)).title()
            return Finding("mrz.name", f"One side leaves out: {more}.", Says.MISSING, facts=facts)
    return Finding("mrz.name", f"The document says {printed.title()}.", Says.DISAGREE, facts=facts)


def _birth_date(declared: date | None, printed: date | None) -> Finding:
    code = "mrz.birth_date"
    if declared is None or printed is None:
        return Finding(code, "One side gives no date of birth.", Says.MISSING)
    if declared == printed:
        return Finding(code, "The date of birth agrees.", Says.AGREE)
    if (declared.year, declared.month, declared.day) == (printed.year, printed.day, printed.month):
        return Finding(code, "Day and month are swapped.", Says.MISSING)
    return Finding(code, f"Declared {declared:%d %B %Y}, the document says {printed:%d %B %Y}.", Says.DISAGREE)


def _bare(text: str) -> str:
    return "".join(ch for ch in text.upper() if ch.isalnum())


def _member(field: str, printed: str, declared: tuple[str, ...]) -> Finding:
    code, label = f"mrz.{field}", field.replace("_", " ")
    if not printed or not declared:
        return Finding(code, f"One side gives no {label}.", Says.MISSING)
    if printed in declared:
        return Finding(code, f"The {label} agrees.", Says.AGREE)
    return Finding(code, f"The {label} on the document was not declared.", Says.DISAGREE)


def _expiry(expires_on: date | None, today: date) -> Finding:
    if expires_on is None:
        return Finding("mrz.expiry", "The document gives no readable expiry.", Says.MISSING)
    if expires_on < today:
        public = "Your document has expired; please send one that is valid."
        return Finding("mrz.expiry", f"Expired on {expires_on:%d %B %Y}.", Says.DISAGREE, public=public)
    return Finding("mrz.expiry", f"Valid until {expires_on:%d %B %Y}.", Says.AGREE)
