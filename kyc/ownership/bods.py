"""The Beneficial Ownership Data Standard, version 0.4: statements read and written. Pure.

https://standard.openownership.org/en/0.4.0/ (schema and codelists; docs/ownership.md says what is not carried).
Of several statements about one record the latest counts, a closed one ends it. An interest that is indirect and
made of components in the same file is left out: its components say it, and it would count twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kyc.customers.states import InterestKind
from kyc.errors import BadInput
from kyc.ownership.chart import Chart, ChartParty
from kyc.ownership.graph import IN_PERCENT, ONE, ZERO, Interest, PartyKind
from kyc.policy.countries import country_name, is_country

VERSION = "0.4"
MOST_BYTES = 20 * 1024 * 1024
MOST_STATEMENTS = 50_000
# what an interest's `details` say where the standard has no code; ours, read back when we wrote it
PARENT = "Consolidates it in its accounts."
NOMINEE = "Held as nominee."
NOMINEE_FOR = "Held as nominee for "

KINDS: dict[str, InterestKind] = {
    "shareholding": InterestKind.SHARES,
    "votingRights": InterestKind.VOTES,
    "appointmentOfBoard": InterestKind.CONTROL,
    "otherInfluenceOrControl": InterestKind.CONTROL,
    "controlViaCompanyRulesOrArticles": InterestKind.CONTROL,
    "controlByLegalFramework": InterestKind.CONTROL,
    "seniorManagingOfficial": InterestKind.CONTROL_PERSON,
    "boardMember": InterestKind.DIRECTOR,
    "boardChair": InterestKind.DIRECTOR,
    "settlor": InterestKind.SETTLOR,
    "trustee": InterestKind.TRUSTEE,
    "protector": InterestKind.PROTECTOR,
    "beneficiaryOfLegalArrangement": InterestKind.BENEFICIARY,
    # of a nomination: who holds in name stands like a trustee, who benefits like a beneficiary
    "nominee": InterestKind.TRUSTEE,
    "nominator": InterestKind.BENEFICIARY,
    # somebody has an interest and nobody says which: it may be shares, and how many is unknown
    "unknownInterest": InterestKind.SHARES,
    "unpublishedInterest": InterestKind.SHARES,
}
WRITTEN: dict[InterestKind, str] = {
    InterestKind.SHARES: "shareholding",
    InterestKind.VOTES: "votingRights",
    InterestKind.PARENT: "otherInfluenceOrControl",
    InterestKind.CONTROL: "otherInfluenceOrControl",
    InterestKind.CONTROL_PERSON: "seniorManagingOfficial",
    InterestKind.DIRECTOR: "boardMember",
    InterestKind.SETTLOR: "settlor",
    InterestKind.TRUSTEE: "trustee",
    InterestKind.PROTECTOR: "protector",
    InterestKind.BENEFICIARY: "beneficiaryOfLegalArrangement",
}
# reasons that say there is nobody, or that nobody need be named; all others say that somebody is not named
NOBODY = frozenset({"noBeneficialOwners"})


# ------------------------------------------------------------------------------------------------ read
def read_bods(content: bytes, *, about: str = "") -> Chart:
    """Raises BadInput where it is no BODS 0.4, or holds nothing about one company.

    Where the statements are declared about several companies, `about` says by its name which is meant.
    """
    records = _latest(_statements(content))
    subjects = {str(row.get("declarationSubject") or "") for row in records.values()}
    parties: dict[str, ChartParty] = {}
    notes: list[str] = []
    for key, row in records.items():
        if row["recordType"] in ("entity", "person"):
            parties[key] = _party(key, row)
    interests: list[Interest] = []
    for key, row in records.items():
        if row["recordType"] == "relationship":
            interests += _relationship(key, row, parties, records, notes)
    subject = _subject(subjects, parties, interests, about)
    return Chart(subject, tuple(parties.values()), tuple(interests), tuple(notes))


def _statements(content: bytes) -> list[dict[str, Any]]:
    if len(content) > MOST_BYTES:
        raise BadInput(f"The file is larger than {MOST_BYTES // 1024**2} MB.")
    try:
        rows = json.loads(content, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise BadInput("This is not JSON.") from error
    if isinstance(rows, dict):
        rows = [rows]
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise BadInput("BODS is a list of statements.")
    if len(rows) > MOST_STATEMENTS:
        raise BadInput(f"There are more than {MOST_STATEMENTS} statements.")
    for number, row in enumerate(rows, start=1):
        version = _inner(row, "publicationDetails").get("bodsVersion")
        if str(version) != VERSION:
            raise BadInput(f"Statement {number} is of BODS {version or 'without a version'}; this reads {VERSION}.")
        if row.get("recordType") not in ("entity", "person", "relationship") or not row.get("recordId"):
            raise BadInput(f"Statement {number} names no record or no type of record.")
        if not isinstance(row.get("recordDetails"), dict) and row.get("recordStatus") != "closed":
            raise BadInput(f"Statement {number} has no details.")
    return rows


def _latest(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """By record; of equal dates the later in the file. Without those that are closed."""
    latest: dict[str, dict[str, Any]] = {}
    for row in rows:
        key = str(row["recordId"])
        if key not in latest or str(row.get("statementDate", "")) >= str(latest[key].get("statementDate", "")):
            latest[key] = row
    return {key: row for key, row in latest.items() if row.get("recordStatus") != "closed"}


def _party(key: str, row: Mapping[str, Any]) -> ChartParty:
    details = row["recordDetails"]
    if row["recordType"] == "person":
        return _person(key, details)
    return _entity(key, details)


def _person(key: str, details: Mapping[str, Any]) -> ChartParty:
    known = details.get("personType", "knownPerson") == "knownPerson"
    names = [name for name in _rows(details, "names") if name.get("fullName")]
    name = next((row["fullName"] for row in names if row.get("type") == "legal"), names[0]["fullName"] if names else "")
    return ChartParty(
        key=key,
        name=str(name) if known else "",
        kind=PartyKind.PERSON if known and name else PartyKind.UNNAMED,
        country=_address_country(details, "residence"),
        birth_date=_day(details.get("birthDate"), "birthDate", whole=True),
        nationalities=tuple(filter(None, (_code(row) for row in _rows(details, "nationalities")))),
        identifiers=_identifiers(details),
    )


def _entity(key: str, details: Mapping[str, Any]) -> ChartParty:
    kind = str(_inner(details, "entityType").get("type", "unknownEntity"))
    name = str(details.get("name") or "")
    kinds = {"arrangement": PartyKind.TRUST, "state": PartyKind.STATE, "stateBody": PartyKind.STATE}
    unnamed = kind in ("anonymousEntity", "unknownEntity") or not name
    listing = _inner(details, "publicListing")
    exchanges = [str(row.get("stockExchangeName") or "") for row in _rows(listing, "securitiesListings")]
    listed_on = next(filter(None, exchanges), "a stock exchange") if listing.get("hasPublicListing") else ""
    return ChartParty(
        key=key,
        name="" if unnamed else name,
        kind=PartyKind.UNNAMED if unnamed else kinds.get(kind, PartyKind.ORGANISATION),
        country=_code(_inner(details, "jurisdiction")),
        headquarters=_address_country(details, "business"),
        listed_on=listed_on,
        identifiers=_identifiers(details),
    )


def _relationship(
    key: str,
    row: Mapping[str, Any],
    parties: dict[str, ChartParty],
    records: Mapping[str, Any],
    notes: list[str],
) -> Iterable[Interest]:
    details = row["recordDetails"]
    owned, owner = details.get("subject"), details.get("interestedParty")
    if not isinstance(owned, str) or owned not in parties:
        notes.append(f"{key}: in whom the interest is held is not in the file; left out.")
        return
    if isinstance(owner, dict) or owner is None:
        reason = str((owner or {}).get("reason", "unknown"))
        if reason in NOBODY:
            notes.append(f"{key}: the file says that {parties[owned].name} has no beneficial owner ({reason}).")
            return
        owner = f"{key}.unnamed"
        parties[owner] = ChartParty(owner, "", PartyKind.UNNAMED)
        notes.append(f"{key}: an owner of {parties[owned].name} is not named ({reason}).")
    elif owner not in parties:
        notes.append(f"{key}: the interested party is not in the file; left out.")
        return
    components = [one for one in details.get("componentRecordIds") or () if one in records]
    told = _rows(details, "interests") or [{"type": "unknownInterest", "directOrIndirect": "unknown"}]
    for number, interest in enumerate(told):
        if interest.get("directOrIndirect") == "indirect" and components:
            notes.append(f"{key}: an indirect interest is told by its components; not counted twice.")
            continue
        yield _interest(f"{key}#{number}", str(owner), owned, interest, parties, notes)


def _interest(
    key: str,
    owner: str,
    owned: str,
    row: Mapping[str, Any],
    parties: Mapping[str, ChartParty],
    notes: list[str],
) -> Interest:
    code = str(row.get("type", "unknownInterest"))
    details = str(row.get("details") or "")
    kind = InterestKind.PARENT if details == PARENT else KINDS.get(code)
    if kind is None:
        notes.append(f"{key}: {code} is taken as control and not as shares.")
        kind = InterestKind.CONTROL
    low, high = _share(_inner(row, "share"), key) if kind in IN_PERCENT else (ZERO, ONE)
    held_for = details.removeprefix(NOMINEE_FOR).removesuffix(".") if details.startswith(NOMINEE_FOR) else None
    return Interest(
        key=key,
        owner=owner,
        owned=owned,
        kind=kind,
        low=low,
        high=high,
        nominee=held_for is not None or details == NOMINEE,
        held_for=held_for if held_for in parties else None,
        since=_day(row.get("startDate"), "startDate"),
        until=_day(row.get("endDate"), "endDate"),
    )


def _share(share: Mapping[str, Any], key: str) -> tuple[Fraction, Fraction]:
    """As parts of the whole. Exclusive bounds are taken as inclusive: the cautious reading of either end."""
    if share.get("exact") is not None:
        exact = _part(share["exact"], key)
        return exact, exact
    low = share.get("minimum", share.get("exclusiveMinimum"))
    high = share.get("maximum", share.get("exclusiveMaximum"))
    found = (ZERO if low is None else _part(low, key), ONE if high is None else _part(high, key))
    if found[0] > found[1]:
        raise BadInput(f"{key}: the least share is larger than the largest.")
    return found


def _part(value: Any, key: str) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or not 0 <= value <= 100:
        raise BadInput(f"{key}: a share is a number from 0 to 100.")
    return Fraction(value) / 100


def _subject(subjects: set[str], parties: Mapping[str, ChartParty], interests: list[Interest], about: str) -> str:
    """Whom the statements are about: the declared subject, else the one of that name, else the last that owns none."""
    declared = sorted(subjects & set(parties))
    if len(declared) == 1:
        return declared[0]
    meant = [key for key in declared if about and parties[key].name.casefold() == about.casefold()]
    if len(meant) == 1:
        return meant[0]
    owners = {row.owner for row in interests}
    last = sorted({row.owned for row in interests} - owners)
    if len(last) != 1:
        raise BadInput("The file is not about one company: it names no subject, or several.")
    return last[0]


def _identifiers(details: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    rows = (row for row in _rows(details, "identifiers") if row.get("id"))
    return tuple((str(row.get("scheme") or row.get("schemeName") or ""), str(row["id"])) for row in rows)


def _address_country(details: Mapping[str, Any], kind: str) -> str:
    found = (row for row in _rows(details, "addresses") if row.get("type") == kind)
    return next(filter(None, (_code(_inner(row, "country")) for row in found)), "")


def _code(country: Mapping[str, Any]) -> str:
    """Alpha-2; of a subdivision ("US-DE") its country; "" for what is none."""
    code = str(country.get("code") or "").upper().partition("-")[0]
    return code if is_country(code) else ""


def _day(value: Any, name: str, *, whole: bool = False) -> date | None:
    """`whole`: a year or month alone says no day, and is left out."""
    if value in (None, ""):
        return None
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        if whole:
            return None
        raise BadInput(f"{value!s:.30} is no date of {name}.") from None


def _inner(row: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = row.get(name)
    return value if isinstance(value, dict) else {}


def _rows(row: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = row.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


# ------------------------------------------------------------------------------------------------ write
def write_bods(chart: Chart, *, on: date, publisher: str) -> list[dict[str, Any]]:
    """One statement for each party and each interest, as plain JSON values."""

    def statement(key: str, kind: str, details: dict[str, Any]) -> dict[str, Any]:
        return {
            "statementId": f"{chart.subject}-{key}-{on.isoformat()}"[:64].ljust(32, "0"),
            "declarationSubject": chart.subject,
            "statementDate": on.isoformat(),
            "publicationDetails": {
                "publicationDate": on.isoformat(),
                "bodsVersion": VERSION,
                "publisher": {"name": publisher},
            },
            "source": {"type": ["selfDeclaration"]},
            "recordId": key,
            "recordStatus": "new",
            "recordType": kind,
            "recordDetails": {"isComponent": False} | details,
        }

    rows = []
    for party in chart.parties:
        person = party.kind == PartyKind.PERSON
        rows.append(statement(party.key, "person" if person else "entity", _details_of(party)))
    rows += [statement(row.key, "relationship", _relationship_of(row)) for row in chart.interests]
    return rows


def _details_of(party: ChartParty) -> dict[str, Any]:
    details: dict[str, Any]
    if party.kind == PartyKind.PERSON:
        details = {"personType": "knownPerson", "names": [{"type": "legal", "fullName": party.name}]}
        if party.nationalities:
            details["nationalities"] = [_country(code) for code in party.nationalities]
        if party.birth_date:
            details["birthDate"] = party.birth_date.isoformat()
        if party.country:
            details["addresses"] = [_address("residence", party.country)]
    else:
        kinds = {
            PartyKind.TRUST: "arrangement",
            PartyKind.STATE: "stateBody",
            PartyKind.UNNAMED: "anonymousEntity",
        }
        details = {"entityType": {"type": kinds.get(party.kind, "registeredEntity")}}
        if party.kind == PartyKind.UNNAMED:
            details["unspecifiedEntityDetails"] = {"reason": "informationUnknownToPublisher"}
        else:
            details["name"] = party.name
        if party.country:
            details["jurisdiction"] = _country(party.country)
        if party.headquarters:
            details["addresses"] = [_address("business", party.headquarters)]
        if party.listed_on:
            exchange = {"stockExchangeName": party.listed_on}
            details["publicListing"] = {"hasPublicListing": True, "securitiesListings": [exchange]}
    if party.identifiers:
        details["identifiers"] = [{"scheme": scheme, "id": value} for scheme, value in party.identifiers]
    return details


def _relationship_of(row: Interest) -> dict[str, Any]:
    interest: dict[str, Any] = {"type": WRITTEN[row.kind], "directOrIndirect": "direct"}
    if row.kind in IN_PERCENT and row.known:
        low, high = _percent(row.low), _percent(row.high)
        interest["share"] = {"exact": low} if row.low == row.high else {"minimum": low, "maximum": high}
    if row.kind == InterestKind.PARENT:
        interest["details"] = PARENT
    elif row.held_for is not None:
        interest["details"] = f"{NOMINEE_FOR}{row.held_for}."
    elif row.nominee:
        interest["details"] = NOMINEE
    if row.since:
        interest["startDate"] = row.since.isoformat()
    if row.until:
        interest["endDate"] = row.until.isoformat()
    return {"subject": row.owned, "interestedParty": row.owner, "interests": [interest]}


def _percent(share: Fraction) -> int | float:
    """The JSON number with these digits: shares are stored with at most four, which a float's shortest form keeps."""
    whole = share * 100
    return whole.numerator if whole.denominator == 1 else float(whole)


def _country(code: str) -> dict[str, str]:
    return {"code": code, "name": country_name(code)}


def _address(kind: str, country: str) -> dict[str, Any]:
    return {"type": kind, "country": _country(country)}
