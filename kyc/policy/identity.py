"""The numbers and tables of identity checks. Pure; an auditor reads this page.

Sources "measured" are the tables in docs/identity.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

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
        0.60, "distance of embeddings", "Beyond it they do not; between the two a person looks.", "dlib's threshold"
    )


CURRENT = IdentityPolicy(version="identity-2026-11-26.1", in_force_from=date(2026, 11, 26))

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
    "differs": "inconsistent",  # the face
}
# Fields that somebody must confirm, or a person looks. Others may be missing on one side.
MUST_BE_CONFIRMED = ("name", "birth_date", "expiry")
# Remarks of a reader that need a person, whatever else agrees.
REMARKS_FOR_A_PERSON = frozenset(
    {
        "mrz.repaired",
        "mrz.crops_differ",
        "mrz.unsure",
        "mrz.small_print",
        "reading.failed",
        "reading.several",
        "reading.print_only",
        "reading.barcode_only",
        "readings.second_opinion",
        "mrz.stray_letters",
        "mrz.digit_in_name",
        "barcode.date",
        "barcode.issuer_unknown",
        "readings.name",
        "readings.birth_date",
        "readings.document_number",
        "readings.expiry",
        "readings.sex",
        "face.unknown",
        "face.unsure",
    }
)
# Why faces could not be compared → what that means and how to get it, for staff.
FACE_UNKNOWN: dict[str, str] = {
    "absent": "The option is not installed here: python3 manage.py install_face_match (docs/identity.md).",
    "refused": "The person has not agreed to biometrics: nothing was computed, and nothing may be.",
    "another_person": "Nobody's consent to biometrics is on record for a related person: nothing was computed.",
    "no_document": "No document with a portrait was sent beside the selfie.",
    "no_portrait": "No face was found on the document's pages.",
    "no_face": "No face was found in the selfie.",
    "several_faces": "Several faces stand out in the selfie.",
    "failed": "Look at both pictures.",
}

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


# ------------------------------------------------------------------------------------------------ commercial providers
@dataclass(frozen=True, slots=True)
class VendorPolicy:
    version: str
    in_force_from: date

    webhook_tolerance_seconds: int = number(
        300, "s", "A signed message that is older, or from the future, is a replay.", "docs.stripe.com/webhooks"
    )
    webhook_most_bytes: int = number(
        262_144, "bytes", "Notices only name a session; the largest seen are a few KB.", "house rule"
    )
    connect_seconds: float = number(3.05, "s", "A provider that is down is noticed soon.", "requests' documentation")
    answer_seconds: float = number(10.0, "s", "A worker is not held for longer.", "house rule")
    answer_most_bytes: int = number(
        2_097_152, "bytes", "A result is text; pictures stay with the provider.", "house rule"
    )
    first_retry_seconds: int = number(30, "s", "Most failures are over by then; doubled each time.", "house rule")
    longest_retry_seconds: int = number(3600, "s", "A long outage is asked about hourly.", "house rule")
    failures_before_a_person: int = number(
        3, "calls that failed in a row", "Three tries take about two minutes; then the check is unknown.", "house rule"
    )
    slowest_hours: int = number(
        24, "h", "A session that is still being processed after a day goes to a person.", "house rule"
    )
    claim_seconds: int = number(
        120, "s", "One worker asks about a session at a time; longer than all limits of a call.", "house rule"
    )
    events_kept_days: int = number(
        90,
        "days",
        "Providers repeat a webhook for two days at most; the rest is for looking into trouble.",
        "house rule",
    )
    reread_minutes: int = number(
        15, "min", "A webhook that was lost is found by asking; providers give up after a day.", "house rule"
    )


VENDORS = VendorPolicy(version="vendors-2026-11-26.1", in_force_from=date(2026, 11, 26))


class Item(StrEnum):
    """What a customer can be asked to send again. Attempts are counted for each."""

    DOCUMENT = "document"
    OTHER_SIDE = "other_side"
    SELFIE = "selfie"
    ADDRESS_PROOF = "address_proof"
    DETAILS = "details"
    WHOLE_CHECK = "whole_check"


ITEM_WORDS: dict[Item, str] = {
    Item.DOCUMENT: "Your identity document",
    Item.OTHER_SIDE: "The other side of your document",
    Item.SELFIE: "The picture of your face",
    Item.ADDRESS_PROOF: "The proof of your address",
    Item.DETAILS: "Your details",
    Item.WHOLE_CHECK: "The identity check",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a check did not pass. `again`: the item is asked for once more; else a person looks.

    `public` is what the customer reads, why and what to send; "" where nothing may be said.
    """

    code: str
    item: Item
    again: bool
    staff: str
    public: str = ""


REASONS: dict[str, Reason] = {
    reason.code: reason
    for reason in (
        # sent again: a better picture helps
        Reason("unreadable", Item.DOCUMENT, True, "The document could not be read.",
               "We could not read it. Take the picture in daylight, hold it still, and avoid reflections."),
        Reason("incomplete", Item.DOCUMENT, True, "Part of the document is outside the picture.",
               "Part of it was cut off. Lay it on a dark table and take in all four corners."),
        Reason("page_missing", Item.DOCUMENT, True, "A page of the document is missing.",
               "A page is missing. Send the page with your photo, and the one with the date until which it is valid."),
        Reason("other_side", Item.OTHER_SIDE, True, "One side of the document is missing.",
               "We have one side only. Send the other side too."),
        Reason("copy", Item.DOCUMENT, True, "A copy, print or screen was shown instead of the document.",
               "This was a copy or a screen. Take a colour picture of the document itself."),
        Reason("expired", Item.DOCUMENT, True, "The document has expired.",
               "It has run out. Use one that is still valid."),
        Reason("damaged", Item.DOCUMENT, True, "The document is damaged.",
               "It is damaged where we must read it. Use another document, if you have one."),
        Reason("kind_not_taken", Item.DOCUMENT, True, "The provider does not take this kind of document.",
               "We cannot take this kind. Use a passport, an identity card or a driving licence."),
        Reason("document_other", Item.DOCUMENT, True, "The document could not be verified; the provider says no more.",
               "It could not be verified. Try again with another picture or another document."),
        Reason("selfie_unclear", Item.SELFIE, True, "The picture of the face is unclear.",
               "Your face was not clear. Take off hat and glasses and look straight into the camera, in daylight."),
        Reason("selfie_document_unclear", Item.DOCUMENT, True, "The document's portrait cannot be compared.",
               "The photo on it could not be seen. Use a document with your photo, without reflections on it."),
        Reason("selfie_differs", Item.SELFIE, True, "The face is not found to be the document's.",
               "We could not match your face with your document. Try once more in daylight, without hat and glasses."),
        Reason("selfie_other", Item.SELFIE, True, "The picture of the face could not be verified.",
               "It could not be verified. Take it again in daylight, alone in the picture."),
        Reason("address_proof", Item.ADDRESS_PROOF, True, "The proof of address was not accepted.",
               "Send a bill or bank letter of the last three months that shows your name and your address."),
        Reason("details", Item.DETAILS, True, "Details entered at the provider do not fit the document.",
               "What you typed is not what your document says. Enter it as it is printed there."),
        Reason("device", Item.WHOLE_CHECK, True, "The customer's device was not supported.",
               "Your device could not be used. Open the check on a phone with a camera."),
        Reason("abandoned", Item.WHOLE_CHECK, True, "The customer left before the end.",
               "It was not finished. You can go on where you left."),
        # to a person: another picture does not help, or nothing may be said
        Reason("consent_refused", Item.WHOLE_CHECK, False, "The customer did not agree to the provider's check.",
               "You did not agree to the check: a person looks at your documents instead."),
        Reason("country_not_taken", Item.WHOLE_CHECK, False, "The provider does not serve this country.",
               "The check cannot be made for your country: a person looks at your documents instead."),
        Reason("register_differs", Item.DETAILS, False, "A register does not know the person by these details."),
        Reason("forged", Item.DOCUMENT, False, "The provider takes the document for forged or altered."),
        Reason("selfie_manipulated", Item.SELFIE, False, "The provider takes the picture of the face for manipulated."),
        Reason("fraud", Item.WHOLE_CHECK, False, "The provider sees signs of fraud."),
        Reason("known_elsewhere", Item.WHOLE_CHECK, False, "The provider knows this person from another session."),
        Reason("too_young", Item.DETAILS, False, "The provider says that the person is too young."),
        Reason("too_often", Item.WHOLE_CHECK, False, "The provider takes no more attempts."),
        Reason("declined", Item.WHOLE_CHECK, False, "The provider declined without a reason that we know."),
        Reason("not_understood", Item.WHOLE_CHECK, False, "The provider gave a word that its adapter does not know."),
    )
}  # fmt: skip


# ------------------------------------------------------------------------------------------------ who checks whom
class Method(StrEnum):
    EMBEDDED = "embedded"  # our own reader, on what was uploaded here
    STRIPE = "stripe"
    PERSONA = "persona"
    SUMSUB = "sumsub"
    STAFF = "staff_review"


@dataclass(frozen=True, slots=True)
class Route:
    """One line: for whom (None and () for everybody), and the methods in order of preference.

    A method without an account in the customer's world is passed over; where none is left a person looks.
    """

    code: str
    methods: tuple[Method, ...]
    why: str
    source: str
    person: bool | None = None
    consented: bool | None = None
    countries: frozenset[str] = frozenset()
    risks: frozenset[str] = frozenset()  # either of risk and tier is enough
    tiers: frozenset[str] = frozenset()


ROUTES_IN_FORCE_FROM = date(2026, 11, 26)
# A starting point of the house, from no measurement: replace it by the pass rates of your own accounts.
STRIPE_FIRST = frozenset(
    {"AT", "AU", "BE", "CA", "CH", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HU", "IE", "IS", "IT", "JP",
     "LI", "LT", "LU", "LV", "MT", "NL", "NO", "NZ", "PL", "PT", "RO", "SE", "SG", "SI", "SK", "US"}
)  # fmt: skip
HIGH_RISKS = frozenset({"high", "prohibited"})
HIGH_TIERS = frozenset({"frontier", "compute"})
ROUTES: tuple[Route, ...] = (
    Route(
        "organisation",
        (Method.STAFF,),
        "An organisation has a register entry and no face.",
        "house rule",
        person=False,
    ),
    Route(
        "no_biometrics",
        (Method.STAFF,),
        "Whoever refuses biometrics is looked at by a person.",
        "GDPR art. 9(2)(a), 22(3): consent, and human intervention",
        consented=False,
    ),
    Route(
        "high_stripe",
        (Method.STRIPE, Method.PERSONA, Method.SUMSUB),
        "High risk or access: somebody must have been there, which our own reader cannot tell.",
        "house rule; compare NIST SP 800-63A on remote proofing (from memory)",
        countries=STRIPE_FIRST,
        risks=HIGH_RISKS,
        tiers=HIGH_TIERS,
    ),
    Route(
        "high_elsewhere",
        (Method.SUMSUB, Method.PERSONA, Method.STRIPE),
        "High risk or access, in a country whose documents Stripe may not take.",
        "as above",
        risks=HIGH_RISKS,
        tiers=HIGH_TIERS,
    ),
    Route(
        "ordinary",
        (Method.EMBEDDED,),
        "Ordinary risk: our own reader, and nothing leaves the house.",
        "GDPR art. 5(1)(c): no more data to others than is needed",
    ),
)


# ---------------------------------------------------------------------------------- one identity, one customer
class Shared(StrEnum):
    """What the same thing on another customer means."""

    CASE = "case"
    NOTE = "note"
    CASE_WITHIN_DAYS = "case_within_days"  # IdentityPolicy.days_between_organisations; afterwards a note


# {(what is shared, this customer's kind, the other's): (meaning, why)}
SHARED_MEANS: dict[tuple[str, str, str], tuple[Shared, str]] = {
    ("document", "person", "person"): (Shared.CASE, "One person is one customer."),
    ("document", "organisation", "organisation"): (
        Shared.CASE_WITHIN_DAYS,
        "One document vouches for one organisation at a time.",
    ),
    ("document", "person", "organisation"): (
        Shared.NOTE,
        "Somebody may act for an organisation and buy for themselves.",
    ),
    ("document", "organisation", "person"): (
        Shared.NOTE,
        "Somebody may act for an organisation and buy for themselves.",
    ),
    ("register", "organisation", "organisation"): (Shared.CASE, "One organisation is one customer."),
    ("email", "person", "person"): (Shared.CASE, "One mailbox is one person's."),
    ("email", "organisation", "organisation"): (Shared.NOTE, "Groups of companies share a mailbox."),
    ("phone", "person", "person"): (Shared.NOTE, "Families share a number."),
    ("phone", "organisation", "organisation"): (Shared.NOTE, "Groups of companies share a number."),
}


# ------------------------------------------------------------------------------------------------ the embedded reader
@dataclass(frozen=True, slots=True)
class ReaderPolicy:
    """When the embedded reader's word is doubted, and how far it carries alone."""

    surest_at_least: float = number(
        0.5, "probability", "Below, three crops agreed on one wrong zone in each run.", "measured: docs/identity.md"
    )
    pixels_at_least: float = number(
        8.0, "pixels for each letter", "Smaller print is guessed, not read.", "measured: docs/identity.md"
    )
    retake_sharpness_below: float = number(
        20.0, "variance of the Laplacian at 1,000 px", "Clean pages have 105 and more.", "measured: docs/identity.md"
    )
    retake_glare_from: float = number(
        0.01, "share of the picture", "Pages without a reflection have none.", "measured: docs/identity.md"
    )
    retake_light_below: float = number(45.0, "mean grey of 255", "Darker pages hide their letters.", "house rule")
    retake_pixels_below: int = number(700, "pixels", "A page needs 44 letters side by side.", "44 letters of 16 pixels")


READER = ReaderPolicy()

# With a document that agrees in all, and nobody's face seen, a person may have this much; for more, somebody looks.
DOCUMENT_ALONE_LETS_IN = frozenset({"none", "sandbox"})

# What stands before a value on documents, in upper case and bare words; the first field that fits counts.
LABELS: dict[str, frozenset[str]] = {
    "given_names": frozenset(
        {"GIVEN NAMES", "GIVEN NAME", "GIVEN NAME S", "FIRST NAME", "FIRST NAMES", "FORENAMES", "PRENOMS", "PRENOM",
         "PRENOM S", "VORNAMEN", "VORNAME", "NOMBRES", "NOMBRE", "NOMES", "NOME PROPRIO", "IMIONA", "IMIE",
         "VOORNAMEN", "FORNAMN", "FORNAVNE", "FORNAVN", "ETUNIMET", "JMENO", "JMENA", "ADI", "GIVEN"}
    ),
    "surname": frozenset(
        {"SURNAME", "SURNAMES", "FAMILY NAME", "LAST NAME", "NOM", "NOMS", "NACHNAME", "NAME", "FAMILIENNAME",
         "APELLIDOS", "APELLIDO", "APELIDO", "APELIDOS", "COGNOME", "NAZWISKO", "NAAM", "ACHTERNAAM", "EFTERNAMN",
         "EFTERNAVN", "SUKUNIMI", "PRIJMENI", "SOYADI"}
    ),
    "birth_date": frozenset(
        {"DATE OF BIRTH", "BIRTH DATE", "DATE DE NAISSANCE", "GEBURTSDATUM", "GEBURTSTAG", "FECHA DE NACIMIENTO",
         "DATA DI NASCITA", "DATA DE NASCIMENTO", "DATA URODZENIA", "GEBOORTEDATUM", "FODELSEDATUM", "FODSELSDATO",
         "SYNTYMAAIKA", "DATUM NAROZENI", "DOGUM TARIHI", "DOB", "BORN"}
    ),
    "expires_on": frozenset(
        {"DATE OF EXPIRY", "EXPIRY DATE", "DATE OF EXPIRATION", "EXPIRATION DATE", "DATE D EXPIRATION",
         "DATE DEXPIRATION", "EXPIRES", "EXPIRY", "VALID UNTIL", "GULTIG BIS", "GUELTIG BIS", "FECHA DE CADUCIDAD",
         "VALIDO HASTA", "DATA DI SCADENZA", "VALIDADE", "TERMIN WAZNOSCI", "DATA WAZNOSCI", "GELDIG TOT", "EXP"}
    ),
    "document_number": frozenset(
        {"DOCUMENT NO", "DOCUMENT NUMBER", "PASSPORT NO", "PASSPORT NUMBER", "CARD NO", "LICENCE NO", "LICENSE NO",
         "NO DU DOCUMENT", "NO DU PASSEPORT", "PASSNUMMER", "AUSWEISNUMMER", "NUM DOC", "NR DOKUMENTU",
         "DOCUMENTNUMMER", "DLN"}
    ),
}  # fmt: skip
# Months as documents write them, in upper case without accents; a word of four letters may be cut anywhere.
MONTHS: dict[int, frozenset[str]] = {
    1: frozenset({"JAN", "JANUARY", "JANVIER", "JANUAR", "ENE", "ENERO", "GEN", "GENNAIO", "JANEIRO", "STY", "OCAK"}),
    2: frozenset({"FEB", "FEBRUARY", "FEV", "FEVRIER", "FEBRUAR", "FEBRERO", "FEBBRAIO", "FEVEREIRO", "LUT", "SUB"}),
    3: frozenset({"MAR", "MARCH", "MARS", "MAERZ", "MARZ", "MARZO", "MARCO", "MRT", "MAART", "MARZEC"}),
    4: frozenset({"APR", "APRIL", "AVR", "AVRIL", "ABR", "ABRIL", "APRILE", "KWI", "NIS"}),
    5: frozenset({"MAY", "MAI", "MAYO", "MAG", "MAGGIO", "MAIO", "MEI", "MAJ"}),
    6: frozenset({"JUN", "JUNE", "JUIN", "JUNI", "JUNIO", "GIU", "GIUGNO", "JUNHO", "CZE", "HAZ"}),
    7: frozenset({"JUL", "JULY", "JUIL", "JUILLET", "JULI", "JULIO", "LUG", "LUGLIO", "JULHO", "LIP", "TEM"}),
    8: frozenset({"AUG", "AUGUST", "AOU", "AOUT", "AGO", "AGOSTO", "AUGUSTUS", "SIE"}),
    9: frozenset({"SEP", "SEPT", "SEPTEMBER", "SEPTEMBRE", "SEPTIEMBRE", "SET", "SETTEMBRE", "SETEMBRO", "WRZ", "EYL"}),
    10: frozenset({"OCT", "OCTOBER", "OCTOBRE", "OKT", "OKTOBER", "OCTUBRE", "OTT", "OTTOBRE", "OUT", "PAZ", "EKI"}),
    11: frozenset({"NOV", "NOVEMBER", "NOVEMBRE", "NOVIEMBRE", "NOVEMBRO", "LIS", "KAS"}),
    12: frozenset({"DEC", "DECEMBER", "DECEMBRE", "DEZ", "DEZEMBER", "DIC", "DICIEMBRE", "DICEMBRE", "GRU", "ARA"}),
}
