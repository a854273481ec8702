"""A population to measure with: customers by COPY, two editions of a list, both from a fixed seed. Nobody is real."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from kyc.benchmarks.people import CITY_OF, CUSTOMERS, LISTED, Named, Namer
from kyc.copying import copy_rows
from kyc.customers.models import Address, Customer, Identifier, Interest, OtherName, RelatedParty
from kyc.customers.states import CustomerKind, CustomerStatus, InterestKind
from kyc.ids import interest_id, new_id
from kyc.matching.types import Identifier as ListedIdentifier
from kyc.matching.types import Kind, Name, NameQuality, PartialDate
from kyc.vault.keys import keyring
from kyc.vault.sealing import blind_index, seal
from kyc.watchlists.entries import Address as ListedAddress
from kyc.watchlists.entries import ListedEntry
from kyc.watchlists.parsers import clearance
from kyc.worlds import World

WORLD = World.LIVE
ORGANISATIONS = 0.15  # of the customers
WITH_IDENTIFIER = 0.3
WITH_OTHER_NAME = 0.06
# Listed parties whose names are drawn as the customers' are. The same customers resemble a party of the official lists
# (47,037 entities, names alone) in 2.7 % of cases; with many more shared
# names the customers would be a crowd of suspects.
NAMESAKES = 0.015
ROWS_AT_ONCE = 20_000
DAY = date(2026, 11, 20)


# ------------------------------------------------------------------------------------------------ the list
@dataclass(frozen=True)
class Editions:
    """Two states of one list: the second adds, changes and drops. `added` come with it for the first time."""

    first: bytes
    second: bytes
    added: tuple[ListedEntry, ...]
    dropped: tuple[ListedEntry, ...]


def editions(*, entries: int, changes: int, seed: int) -> Editions:
    """`changes` split as lists have them: three fifths new, three tenths modified, a tenth gone."""
    namer = Namer(seed, LISTED)
    before = [_entry(namer, number) for number in range(entries)]
    new, modified = changes * 3 // 5, changes * 3 // 10
    gone = changes - new - modified
    added = [_entry(namer, entries + number) for number in range(new)]
    # spread over the list; a deletion at the very end would look like a cut file and hold the edition
    touched = namer.random.sample(range(entries - 10), modified + gone)
    dropped = {number: before[number] for number in touched[:gone]}
    changed = {number: _changed(namer, before[number]) for number in touched[gone:]}
    after = [changed.get(number, entry) for number, entry in enumerate(before) if number not in dropped]
    return Editions(
        first=clearance.write(before, title="Synthetic list", published_on=DAY),
        second=clearance.write([*after, *added], title="Synthetic list", published_on=date(2026, 11, 21)),
        added=tuple(added),
        dropped=tuple(dropped.values()),
    )


def _entry(namer: Namer, number: int) -> ListedEntry:
    draw = namer.random.random()
    kind = Kind.PERSON if draw < 0.6 else Kind.ORGANISATION if draw < 0.92 else Kind.VESSEL
    common = namer.random.random() < NAMESAKES
    person, company = (namer.person, namer.company) if common else (namer.rare_person, namer.rare_company)
    named = person() if kind is Kind.PERSON else company()
    names = [Name(named.latin)]
    if named.original and namer.random.random() < 0.5:
        names.append(Name(named.original, NameQuality.ORIGINAL_SCRIPT))
    while namer.random.random() < 0.4:
        other = person() if kind is Kind.PERSON else company()
        alias = namer.misspelt(named.latin) if namer.random.random() < 0.5 else other.latin
        names.append(Name(alias, NameQuality.STRONG if namer.random.random() < 0.7 else NameQuality.WEAK))
    born = namer.birth_date()
    dates = (
        (PartialDate(born.year, born.month, born.day),) if namer.random.random() < 0.7 else (PartialDate(born.year),)
    )
    city = CITY_OF.get(named.country, "Geneva")
    passport = ListedIdentifier("passport", _number(namer), named.country)
    return ListedEntry(
        source="operator",
        uid=str(number + 1),
        measure="OPERATOR-BLOCK",
        names=tuple(names),
        kind=kind,
        birth_dates=dates if kind is Kind.PERSON else (),
        nationalities=(named.country,) if kind is Kind.PERSON else (),
        countries=() if kind is Kind.PERSON else (named.country,),
        addresses=(ListedAddress(full=f"{city}, {named.country}", city=city, country=named.country),),
        identifiers=(passport,) if kind is Kind.PERSON and namer.random.random() < 0.4 else (),
        programmes=("SYNTHETIC",),
    )


def _changed(namer: Namer, entry: ListedEntry) -> ListedEntry:
    """As lists change: another alias, or another address."""
    if namer.random.random() < 0.5:
        return replace(entry, names=(*entry.names, Name(namer.misspelt(entry.names[0].text), NameQuality.STRONG)))
    country = namer.person().country
    city = CITY_OF.get(country, "Geneva")
    return replace(
        entry, addresses=(*entry.addresses, ListedAddress(full=f"{city}, {country}", city=city, country=country))
    )


# ------------------------------------------------------------------------------------------------ customers
@dataclass(frozen=True)
class Planted:
    """A customer who bears the name and facts of a listed party."""

    external_id: str
    entry: ListedEntry


def fill(*, customers: int, affected: tuple[ListedEntry, ...], seed: int) -> list[Planted]:
    """That many approved customers, spread among them one for each entry of `affected`. In one transaction a batch."""
    planted = []
    every = max(customers // (len(affected) + 1), 1)
    people = _Customers(Namer(seed, CUSTOMERS), timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM kyc_customer")
        base = cursor.fetchone()[0]
    for start in range(1, customers + 1, ROWS_AT_ONCE):
        for number in range(start, min(start + ROWS_AT_ONCE, customers + 1)):
            place = number // every - 1
            if number % every == 0 and place < len(affected):
                planted.append(Planted(people.listed(base + number, affected[place]), affected[place]))
            else:
                people.stranger(base + number)
        people.write()
    with connection.cursor() as cursor:
        for model in (Customer, OtherName, Address, Identifier, RelatedParty, Interest):
            table = model._meta.db_table
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT coalesce(max(id), 1) FROM {table}))"
            )
    return planted


class _Customers:
    """Collects rows of the five tables and copies them in."""

    def __init__(self, namer: Namer, now: datetime) -> None:
        self.namer, self.now = namer, now
        self.rows: dict[type, list[tuple[Any, ...]]] = {}
        self.ring = keyring()
        self.party = RelatedParty.objects.aggregate(last=Max("pk"))["last"] or 0  # the number given last

    def stranger(self, pk: int) -> str:
        if self.namer.random.random() < ORGANISATIONS:
            return self._organisation(pk, self.namer.company(), [self.namer.person() for _ in range(1 + pk % 2)])
        return self._person(pk, self.namer.person(), self.namer.birth_date())

    def listed(self, pk: int, entry: ListedEntry) -> str:
        country = next(iter((*entry.nationalities, *entry.countries)), "")
        original = next((name.text for name in entry.names if name.quality is NameQuality.ORIGINAL_SCRIPT), "")
        named = Named(entry.names[0].text, original, country)
        if entry.kind is Kind.PERSON:
            said = entry.birth_dates[0]
            return self._person(pk, named, date(said.year, said.month or 1, said.day or 1))
        return self._organisation(pk, named, [self.namer.person()])

    def write(self) -> None:
        # parents first: the composite keys are checked at the commit, the plain ones at once
        with transaction.atomic():
            for model in (Customer, OtherName, Address, RelatedParty, Interest, Identifier):
                copy_rows(model, COLUMNS[model], self.rows.pop(model, []))

    def _person(self, pk: int, named: Named, born: date) -> str:
        random = self.namer.random
        external = self._customer(pk, CustomerKind.PERSON, named, born)
        if random.random() < WITH_OTHER_NAME:
            self._add(OtherName, pk, WORLD, self.namer.person().latin, NameQuality.STRONG, *KEPT)
        if random.random() < WITH_IDENTIFIER:
            self._identifier(pk, "passport", named.country)
        return external

    def _organisation(self, pk: int, named: Named, owners: list[Named]) -> str:
        external = self._customer(pk, CustomerKind.ORGANISATION, named, None)
        for number, owner in enumerate(owners):
            share = 100 // len(owners)
            self.party += 1
            self._add(
                RelatedParty, pk, WORLD, self.party, new_id("pty"), CustomerKind.PERSON,
                ["director", "owner"][number:], owner.latin, self.namer.birth_date(), [owner.country],
                owner.country, "", "", "", "", *KEPT,
            )  # fmt: skip
            self._add(
                Interest, pk, WORLD, interest_id(), self.party, InterestKind.SHARES, share, share, False, "customer",
                "", self.now, *KEPT,
            )  # fmt: skip
        return external

    def _customer(self, pk: int, kind: CustomerKind, named: Named, born: date | None) -> str:
        person = kind is CustomerKind.PERSON
        external = f"acct-{pk:08d}"
        self._add(
            Customer, pk, new_id("cus"), WORLD, external, kind, CustomerStatus.APPROVED, named.latin, named.original,
            born,
            "", [named.country] if person and named.country else [], named.country, "" if person else named.country,
            "" if person else _number(self.namer), "", f"{external}@example.org", "", "", "standard", "standard", "low",
            "import", 1, 1, self.now, self.now, *KEPT,
        )  # fmt: skip
        city = CITY_OF.get(named.country, "Geneva")
        street = f"{self.namer.random.randrange(1, 300)} {self.namer.random.choice(STREETS)}"
        self._add(
            Address, pk, WORLD, "residence" if person else "registered", street, city, "", "", named.country, *KEPT
        )
        return external

    def _identifier(self, pk: int, kind: str, country: str) -> None:
        number = _number(self.namer)
        sealed = seal(number.encode(), context="kyc_identifier.value", keyring=self.ring)
        index = blind_index(f"{kind}|{country}|{number}", purpose="identifier", keyring=self.ring)
        self._add(Identifier, pk, WORLD, kind, country, sealed, index, number[-4:], *KEPT)

    def _add(self, model: type, *values: Any) -> None:
        self.rows.setdefault(model, []).append(values)


def _number(namer: Namer) -> str:
    return f"{namer.random.choice('ABCDEFGHKLMNPRSTUVXYZ')}{namer.random.randrange(10**7, 10**8)}"


STREETS = (
    "High Street",
    "Station Road",
    "Mill Lane",
    "Gartenweg",
    "Calle Mayor",
    "Rue du Lac",
    "Lenina",
    "Nanjing Road",
)
KEPT = ("legitimate_interest", "customer_file")
_KEPT = ("legal_basis", "retention_rule")
_OF = ("customer_id", "world")
COLUMNS: dict[type, tuple[str, ...]] = {
    Customer: (
        "id", "public_id", "world", "external_id", "kind", "status", "legal_name", "original_name", "birth_date",
        "gender", "nationalities", "residence_country", "registration_country", "registration_number",
        "parent_country", "email",
        "phone", "website", "tier", "tier_wanted", "risk_level", "source", "facts_version", "revision", "created_at",
        "changed_at", *_KEPT,
    ),
    OtherName: (*_OF, "text", "quality", *_KEPT),
    Address: (*_OF, "kind", "street", "city", "region", "postal_code", "country", *_KEPT),
    RelatedParty: (
        *_OF, "id", "public_id", "kind", "roles", "legal_name", "birth_date", "nationalities", "country",
        "headquarters_country", "nature", "listed_on", "email", *_KEPT,
    ),
    Interest: (
        *_OF, "public_id", "party_id", "kind", "share_min", "share_max", "nominee", "source", "statement",
        "recorded_at", *_KEPT,
    ),
    Identifier: (*_OF, "kind", "country", "value", "index", "tail", *_KEPT),
}  # fmt: skip
