"""What a complete profile is: which field is needed when, and why it is asked. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kyc.policy.customers import MINIMUM_AGE_YEARS

# Documents come last: whether we need one at all hangs on the models wanted and on the answer about faces.
STEPS = ("about", "addresses", "identifiers", "people", "use", "attestations", "privacy", "documents")


@dataclass(frozen=True, slots=True)
class PartyFacts:
    public_id: str
    legal_name: str
    kind: str
    roles: tuple[str, ...]
    has_birth_date: bool
    country: str
    share_known: bool
    named: bool = True  # False: somebody of whom only the share is known, such as a holder of bearer shares


@dataclass(frozen=True, slots=True)
class ProfileFacts:
    """What the form has so far. Codes of terms still to attest, as (code, version, title)."""

    is_person: bool
    legal_name: str
    birth_date: date | None
    nationalities: tuple[str, ...]
    residence_country: str
    registration_country: str
    registration_number: str
    incorporated_on: date | None
    email: str
    addresses: int
    identifiers: tuple[str, ...]  # kinds
    parties: tuple[PartyFacts, ...]
    documents: tuple[str, ...]  # kinds, not withdrawn or rejected
    purposes: tuple[str, ...]
    use_description: str
    models_wanted: tuple[str, ...]
    terms_due: tuple[tuple[str, int, str], ...]
    privacy_read: bool
    biometrics_answered: bool
    unnamed_members: tuple[str, ...] = ()  # e-mail addresses of who acts for it and has not said their name


@dataclass(frozen=True, slots=True)
class Missing:
    step: str
    field: str
    sentence: str
    why: str


IDENTITY_DOCUMENTS = frozenset({"passport", "identity_card", "driving_licence"})


def what_is_missing(facts: ProfileFacts, *, today: date, document_read_here: bool = True) -> tuple[Missing, ...]:
    """In the order of the form. Empty when the customer may submit.

    `document_read_here` False: a provider of identity checks reads the document on its own pages after submission.
    """
    found: list[Missing] = []

    def need(ok: object, step: str, field: str, sentence: str, why: str) -> None:
        if not ok:
            found.append(Missing(step, field, sentence, why))

    law = "Export and sanctions rules name people by this; without it we may confuse you with somebody else."
    if facts.is_person:
        need(facts.legal_name, "about", "legal_name", "Your full name as on your document", law)
        need(facts.birth_date, "about", "birth_date", "Your date of birth", law)
        if facts.birth_date:
            old_enough = age_on(facts.birth_date, today) >= MINIMUM_AGE_YEARS
            need(
                old_enough, "about", "birth_date", f"You must be {MINIMUM_AGE_YEARS} or older", "The terms of service."
            )
        need(facts.nationalities, "about", "nationalities", "Your nationality", law)
        need(facts.residence_country, "about", "residence_country", "The country you live in", law)
    else:
        need(facts.legal_name, "about", "legal_name", "The registered name", law)
        need(facts.registration_country, "about", "registration_country", "The country of registration", law)
        need(facts.registration_number, "about", "registration_number", "The registration number", law)
        need(facts.residence_country, "about", "residence_country", "The country it is run from", law)
        for email in facts.unnamed_members:
            need(False, "about", "your_name", f"The full name of {email}, who acts for it", law)
    need(facts.email, "about", "email", "An e-mail address", "We write to you there.")
    need(facts.addresses, "addresses", "address", "An address", law)
    if facts.is_person:
        need(
            facts.identifiers,
            "identifiers",
            "identifier",
            "The number of your passport or identity card",
            "It tells you apart from everybody who shares your name.",
        )
    else:
        _need_people(facts, need)
    rules = "Terms of service and licences depend on the use."
    need(facts.purposes, "use", "purposes", "What you will use the models for", rules)
    need(len(facts.use_description.strip()) >= 20, "use", "description", "A sentence or two about your use", rules)
    need(facts.models_wanted, "use", "models_wanted", "The models you want", rules)
    for code, version, title in facts.terms_due:
        need(False, "attestations", f"{code}:{version}", f"Your answers on: {title}", "Each licence asks for its own.")
    need(facts.privacy_read, "privacy", "privacy", "The privacy notice", "You should know what is kept, and how long.")
    if facts.is_person:
        need(
            facts.biometrics_answered,
            "privacy",
            "biometrics",
            "Whether we may compare faces",
            "You may refuse: a person then looks at your document instead.",
        )
        need(
            IDENTITY_DOCUMENTS & set(facts.documents) or not document_read_here,
            "documents",
            "identity",
            "A picture of your identity document",
            "We compare it with what you told us.",
        )
    else:
        need(
            "registration" in facts.documents,
            "documents",
            "registration",
            "The registration certificate",
            "It shows that the organisation exists and who may act for it.",
        )
    return tuple(found)


def _need_people(facts: ProfileFacts, need: object) -> None:
    assert callable(need)
    controls = [party for party in facts.parties if {"director", "control_person"} & set(party.roles)]
    owners = [party for party in facts.parties if "owner" in party.roles or "parent" in party.roles]
    why = "Rules look through an organisation to the people who own and run it."
    need(controls, "people", "control", "At least one director or control person", why)
    need(owners, "people", "owners", "Every owner of 25 % or more, or the largest if there is none", why)
    for party in filter(lambda party: party.named, facts.parties):
        if party.kind == "person":
            need(party.has_birth_date, "people", party.public_id, f"The date of birth of {party.legal_name}", why)
        need(party.country, "people", party.public_id, f"The country of {party.legal_name}", why)


def age_on(birth_date: date, today: date) -> int:
    """Whole years."""
    return today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))
