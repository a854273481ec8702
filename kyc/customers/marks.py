"""One form for what one person writes in many: document numbers, register numbers, e-mail addresses, phones. Pure.

What comes out is only ever put under a keyed digest (kyc.vault), by which the same thing on another customer is found
without being readable. "" where there is nothing that could tell two people apart.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum

import phonenumbers

from kyc.policy.customers import DOMAINS_WITHOUT_DOTS, SAME_MAILBOXES


class MarkKind(StrEnum):
    DOCUMENT = "document"  # of a person: passport, identity card, licence
    REGISTER = "register"  # of an organisation: registration, LEI, tax
    EMAIL = "email"
    PHONE = "phone"


DOCUMENT_KINDS = frozenset({"passport", "identity_card", "driving_licence"})
REGISTER_KINDS = frozenset({"registration", "lei", "tax"})
# Issuers that use both letters and digits avoid one of each pair: the same number, read or typed otherwise.
LOOK_ALIKE = str.maketrans({"O": "0", "I": "1"})
SHORTEST = 4  # characters; a shorter number is nobody's own


def number_form(number: str) -> str:
    """Letters and digits only, in upper case and in one width, O as 0 and I as 1."""
    plain = unicodedata.normalize("NFKC", number).upper()
    bare = "".join(ch for ch in plain if ch.isalnum()).translate(LOOK_ALIKE)
    # digits of other scripts are digits too
    bare = "".join(str(unicodedata.decimal(ch, ch)) for ch in bare)
    return bare if len(bare) >= SHORTEST else ""


def document_form(country: str, number: str) -> str:
    """Issuer and number, whatever kind of document it was called."""
    bare = number_form(number)
    return f"{country.upper()}|{bare}" if bare else ""


def register_form(kind: str, country: str, number: str) -> str:
    bare = number_form(number)
    return f"{kind}|{'' if kind == 'lei' else country.upper()}|{bare}" if bare else ""


def email_form(address: str) -> str:
    """The mailbox: without case, "+tag", and the dots that some providers do not read."""
    local, _, domain = unicodedata.normalize("NFKC", address).strip().lower().rpartition("@")
    if not local or not domain:
        return ""
    try:
        domain = domain.rstrip(".").encode("idna").decode()
    except UnicodeError:
        return ""
    domain = SAME_MAILBOXES.get(domain, domain)
    local = local.partition("+")[0]
    if domain in DOMAINS_WITHOUT_DOTS:
        local = local.replace(".", "")
    return f"{local}@{domain}" if local else ""


def phone_form(number: str, country: str) -> str:
    """E.164, a number without country code read as one of that country."""
    try:
        found = phonenumbers.parse(number, country or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(found):
        return ""
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)
