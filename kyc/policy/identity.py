"""The numbers and tables of identity checks. Pure; an auditor reads this page.

Sources "measured" are the tables in docs/identity.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kyc.policy.customers import MINIMUM_AGE_YEARS
from kyc.policy.numbers import number


@dataclass(frozen=True, slots=True)
class IdentityPolicy:
    version: str
    in_force_from: date

    # the person
    minimum_age_years: int = number(MINIMUM_AGE_YEARS, "years", "Younger people may not agree to terms.", "terms")

    # the document
    expired_days_accepted: int = number(
        0, "days after expiry", "A document that has run out proves nothing today.", "house rule"
    )
    fewest_letters_near: int = number(
        4, "letters", "In a shorter word one other letter makes another name (Lee, Lew).", "house rule"
    )
    most_edits_near: int = number(
        1, "edits in a word", "One slip is called a slip, and a person looks; two are another name.", "house rule"
    )

    # the session
    session_lasts_hours: int = number(48, "h", "A link that lies about for longer is sent anew.", "house rule")
    most_attempts: int = number(
        3, "attempts for one person", "Then a person takes over: more tries only teach a forger.", "house rule"
    )
    days_between_organisations: int = number(
        90,
        "days",
        "One document vouches for one organisation at a time.",
        "OpenAI's organisation verification: one organisation for each document in 90 days (second-hand)",
    )

    # the face, where the option is installed
    face_match_below: float = number(
        0.50, "distance of embeddings", "Up to here the faces match.", "measured: false matches 0 of 872"
    )
    face_differs_from: float = number(
        0.60, "distance of embeddings", "From here they do not; between the two a person looks.", "dlib's threshold"
    )


CURRENT = IdentityPolicy(version="identity-2026-11-23.1", in_force_from=date(2026, 11, 23))

# Worst first: the outcome of a comparison is the first of these that any finding asks for.
OUTCOMES_WORST_FIRST = ("unreadable", "inconsistent", "expired", "review", "consistent")

# What a contradiction in a field means. Fields that are not named here: "review".
DISAGREEMENT_MEANS: dict[str, str] = {
    "name": "inconsistent",
    "birth_date": "inconsistent",
    "nationality": "review",  # people have several and forget one
    "document_number": "review",  # a new passport since
    "sex": "review",
    "expiry": "expired",
    "issuer": "review",  # a specimen, or a code that no state has
    "age": "review",
    "check_digits": "review",  # misread or forged: a person sees which
}
# Fields that somebody must confirm, or a person looks. Others may be missing on one side.
MUST_BE_CONFIRMED = ("name", "birth_date", "expiry")
# Remarks of a reader that need a person, whatever else agrees.
REMARKS_FOR_A_PERSON = frozenset(
    {
        "mrz.repaired",
        "mrz.stray_letters",
        "mrz.digit_in_name",
        "barcode.date",
        "barcode.issuer_unknown",
        "readings.name",
        "readings.birth_date",
        "readings.document_number",
        "readings.expiry",
        "readings.sex",
    }
)

# Words before or after a name that documents leave out or add.
NOT_NAMES = frozenset(
    {"MR", "MRS", "MS", "MISS", "MX", "DR", "PROF", "SIR", "DAME", "JR", "SR", "II", "III", "IV", "ESQ", "PHD"}
)

# ICAO 9303-3, section 5, parts B to D: codes of issuers and nationalities that belong to no country (from memory).
SPECIAL_ISSUERS: dict[str, str] = {
    "EUE": "the European Union",
    "UNO": "the United Nations",
    "UNA": "a specialised agency of the United Nations",
    "UNK": "the United Nations mission in Kosovo",
    "XAA": "nobody: a stateless person",
    "XBA": "the African Development Bank",
    "XCC": "the Caribbean Community",
    "XCE": "the Council of Europe",
    "XCO": "the Common Market for Eastern and Southern Africa",
    "XDC": "the Southern African Development Community",
    "XEC": "the Economic Community of West African States",
    "XES": "the Organization of Eastern Caribbean States",
    "XIM": "the African Export-Import Bank",
    "XMP": "the Parliamentary Assembly of the Mediterranean",
    "XOM": "the Sovereign Military Order of Malta",
    "XPO": "Interpol",
    "XXA": "nobody: a stateless person",
    "XXB": "nobody: a refugee under the convention of 1951",
    "XXC": "nobody: a refugee not under the convention of 1951",
    "XXX": "nobody: nationality not stated",
}
SPECIMEN_ISSUERS = frozenset({"UTO"})  # Utopia, the state of all specimens
