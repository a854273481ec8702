"""Charts of owners from files into the customer's file, and out of it.

What a source said before is replaced by what it says now; what the customer or another source said stays. A file's
party is one that is on file already where name, kind and birth date are the same, else a new one. Only what stands
above the customer is taken: a file may tell of other companies too, and their owners are none of this one's.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.db import transaction

from kyc.audit.services import Actor, record
from kyc.audit.verbs import Verb
from kyc.customers.models import Customer, Interest, PartyNature, PartyRole, RelatedParty
from kyc.customers.queries import living_parties
from kyc.customers.services import add_identifier, add_party, change_party, record_interest, remove_interest
from kyc.customers.states import CustomerKind, InterestKind
from kyc.errors import BadInput, ForbiddenMove
from kyc.ownership.bods import read_bods
from kyc.ownership.chart import Chart, ChartParty
from kyc.ownership.gleif import HIDDEN, Consolidation, Parent, ReportingException, read_relationships
from kyc.ownership.graph import IN_PERCENT, Party, PartyKind, Structure
from kyc.ownership.graph import Interest as Held
from kyc.ownership.queries import interests_of

ROLES = {
    InterestKind.DIRECTOR: PartyRole.DIRECTOR,
    InterestKind.CONTROL_PERSON: PartyRole.CONTROL_PERSON,
    InterestKind.PARENT: PartyRole.PARENT,
}
# a role of a party says no company: whoever runs a holding would run the customer
STORED_IN_ROLES = frozenset({InterestKind.DIRECTOR, InterestKind.CONTROL_PERSON})
NATURES = {
    PartyKind.TRUST: PartyNature.TRUST,
    PartyKind.STATE: PartyNature.STATE,
    PartyKind.UNNAMED: PartyNature.UNNAMED,
}
# BODS and org-id.guide schemes, as our own kinds of identifier; others stay in the file
SCHEMES = {"XI-LEI": "lei"}
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Imported:
    added: int  # parties
    found: int  # parties that were on file
    interests: int
    replaced: int  # interests this source had told before
    notes: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return (
            f"{self.added} parties added, {self.found} known; {self.interests} interests"
            f"{f', in place of {self.replaced} this source had told before' if self.replaced else ''}."
        )


# ------------------------------------------------------------------------------------------------ in
def import_file(*, customer: Customer, content: bytes, source: str, actor: Actor) -> Imported:
    """Whatever it is: BODS 0.4 statements, or GLEIF's records. `source` names who says so. Raises BadInput."""
    if content.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"[", b"{"):
        chart = read_bods(content, about=customer.legal_name)
        return import_chart(customer=customer, chart=chart, source=f"bods:{source}"[:200], actor=actor)
    parents, exceptions = read_relationships(content)
    return import_gleif(customer=customer, parents=parents, exceptions=exceptions, actor=actor)


@transaction.atomic
def import_chart(*, customer: Customer, chart: Chart, source: str, actor: Actor) -> Imported:
    """All of it or nothing. BadInput where the chart is about somebody else."""
    if customer.is_person:
        raise ForbiddenMove("Only an organisation has owners.", customer=customer.public_id)
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    subject = chart.party(chart.subject)
    if _bare(subject.name) != _bare(customer.legal_name):
        raise BadInput(f"This file is about {subject.name or 'nobody'}, not about {customer.legal_name}.")
    kept, left_out = _above_subject(chart)
    notes = (*chart.notes, *left_out)
    before = Interest.objects.filter(customer=customer, source=source, removed_at=None)
    replaced = [remove_interest(interest=row, actor=actor) for row in before.order_by("pk")]
    known = {(_bare(row.legal_name), row.kind, row.birth_date): row for row in living_parties(customer)}
    roles_of: dict[str, set[str]] = defaultdict(set)
    for row in kept:
        roles_of[row.owner].add(str(ROLES.get(row.kind, PartyRole.OWNER)))
        if row.held_for is not None:
            roles_of[row.held_for].add(str(PartyRole.OWNER))
    rows: dict[str, RelatedParty] = {}
    added = 0
    for party in chart.parties:
        if party.key == chart.subject:
            continue
        roles = sorted(roles_of[party.key])
        if not roles:
            continue  # nothing of the customer's
        kind = CustomerKind.PERSON if party.kind == PartyKind.PERSON else CustomerKind.ORGANISATION
        on_file = known.get((_bare(_name(party)), kind, party.birth_date))
        if on_file is None:
            on_file = _added(customer, party, kind, roles, actor)
            added += 1
        elif set(roles) - set(on_file.roles):
            change_party(party=on_file, actor=actor, roles=sorted({*roles, *on_file.roles}))
        rows[party.key] = on_file
    told = [row for row in kept if row.kind not in STORED_IN_ROLES]
    for row in told:
        counted = row.kind in IN_PERCENT and row.known
        record_interest(
            party=rows[row.owner],
            actor=actor,
            kind=row.kind,
            owned=None if row.owned == chart.subject else rows[row.owned],
            nominee=row.nominee,
            held_for=rows.get(row.held_for) if row.held_for else None,
            since=row.since,
            until=row.until,
            source=source,
            statement=row.key[:200],
            share_min=_percent(row.low) if counted else None,
            share_max=_percent(row.high) if counted else None,
        )
    found = Imported(added, len(rows) - added, len(told), len(replaced), notes)
    record(
        verb=Verb.OWNERSHIP_IMPORTED,
        subject=customer,
        actor=actor,
        person=customer.public_id,
        facts={"source": source, "added": added, "found": found.found, "interests": found.interests},
        personal={"notes": list(notes)},
    )
    return found


def _above_subject(chart: Chart) -> tuple[list[Held], list[str]]:
    """(interests in the subject and in whoever stands above it, a sentence for each kind of thing left out)."""
    names = {party.key: _name(party) for party in chart.parties}
    kept, notes = [], []
    for row in chart.interests:
        if row.owner == chart.subject:
            notes.append(f"What {names[row.owner]} holds itself is not kept: its share in {names[row.owned]}.")
        elif row.kind in STORED_IN_ROLES and row.owned != chart.subject:
            notes.append(f"{names[row.owner]} runs {names[row.owned]} and not the customer; left out.")
        else:
            kept.append(row)
    parties = {party.key: Party(party.key, party.name, party.kind) for party in chart.parties}
    above = Structure(parties, tuple(kept), chart.subject).above
    beside = dict.fromkeys(row.owned for row in kept if row.owned not in above)
    notes += [f"{names[key]} does not own the customer; who owns it was left out." for key in beside]
    return [row for row in kept if row.owned in above], notes


def _added(customer: Customer, party: ChartParty, kind: CustomerKind, roles: list[str], actor: Actor) -> RelatedParty:
    row = add_party(
        customer=customer,
        actor=actor,
        kind=kind,
        roles=roles,
        legal_name=_name(party),
        holds=False,  # what they hold is told apart, with its own dates
        birth_date=party.birth_date,
        nationalities=list(party.nationalities),
        country=party.country,
        headquarters_country=party.headquarters,
        nature=NATURES.get(party.kind, PartyNature.ORDINARY),
        listed_on=party.listed_on[:80],
    )
    for scheme, value in party.identifiers:
        kind_of = SCHEMES.get(scheme) or ("registration" if scheme[2:3] == "-" else "")
        if kind_of and len(value) >= 3:
            country = party.country if kind_of == "registration" else ""
            add_identifier(customer=customer, actor=actor, kind=kind_of, value=value, country=country, party=row)
    return row


def _name(party: ChartParty) -> str:
    return party.name or "Somebody who is not named"


def _bare(name: str) -> str:
    return " ".join(_WORD.findall(name.casefold()))


def _percent(share: Fraction) -> Decimal:
    """Percent with the four digits that are stored. More digits would be cut, and a cut share is another share."""
    tenths = share * 1_000_000
    if tenths.denominator != 1:
        raise BadInput("A share in the file has more than four digits after the point.")
    return Decimal(tenths.numerator) / 10_000


@transaction.atomic
def import_gleif(
    *, customer: Customer, parents: Iterable[Parent], exceptions: Iterable[ReportingException], actor: Actor
) -> Imported:
    """Parents by accounting consolidation, of the customer and of its parties whose LEI is on file.

    Level 2 names nobody: a parent that is not on file is added by its LEI, and its country is asked for.
    """
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    by_lei = {row.value: row.party for row in customer.identifier_set.filter(kind="lei").select_related("party")}
    if not by_lei:
        raise BadInput("No LEI of this customer is on file: add it first, so that the records can be told apart.")
    notes, added, interests = [], 0, 0
    for record_of in sorted(parents, key=lambda row: (row.how != Consolidation.DIRECTLY, row.child)):
        if record_of.child not in by_lei or not record_of.active:
            continue
        how = "directly" if record_of.how == Consolidation.DIRECTLY else "ultimately"
        notes.append(f"{record_of.child} is {how} consolidated by {record_of.parent}; no percentage is said.")
        if record_of.parent not in by_lei:
            by_lei[record_of.parent] = _added_by_lei(customer, record_of.parent, actor)
            added += 1
        parent, child = by_lei[record_of.parent], by_lei[record_of.child]
        if parent is None:
            continue  # the customer itself: what it holds is not kept
        same = Interest.objects.filter(
            customer=customer, party=parent, owned=child, kind=InterestKind.PARENT, removed_at=None
        )
        if not same.exists():
            record_interest(
                party=parent, actor=actor, kind=InterestKind.PARENT, owned=child, since=record_of.since,
                until=record_of.until, source="gleif", statement=f"{record_of.child} {record_of.how}",
            )  # fmt: skip
            interests += 1
    for exception in exceptions:
        if exception.child in by_lei:
            which = "ultimate" if exception.ultimate else "direct"
            hidden = " Ask who it is." if exception.reason in HIDDEN else ""
            notes.append(f"{exception.child} reports no {which} parent: {exception.says}.{hidden}")
    if not notes:
        raise BadInput("None of the records is about this customer or its parties, by the LEIs on file.")
    record(
        verb=Verb.OWNERSHIP_IMPORTED,
        subject=customer,
        actor=actor,
        person=customer.public_id,
        facts={"source": "gleif", "added": added, "interests": interests, "notes": notes},
    )
    return Imported(added, 0, interests, 0, tuple(notes))


def _added_by_lei(customer: Customer, lei: str, actor: Actor) -> RelatedParty:
    parent = add_party(
        customer=customer,
        actor=actor,
        kind=CustomerKind.ORGANISATION,
        roles=[PartyRole.PARENT],
        legal_name=f"LEI {lei}",
        holds=False,
    )
    add_identifier(customer=customer, actor=actor, kind="lei", value=lei, party=parent)
    return parent


# ------------------------------------------------------------------------------------------------ out
def chart_of(customer: Customer) -> Chart:
    """What is on file, as a chart. Numbers of persons' documents are left out; they are nobody's business."""
    rows = living_parties(customer)
    numbers = customer.identifier_set.filter(kind__in=["lei", "registration"]).order_by("pk")
    identifiers: dict[int | None, list[tuple[str, str]]] = {}
    for number in numbers:
        scheme = "XI-LEI" if number.kind == "lei" else f"{number.country or 'XX'}-REG"
        identifiers.setdefault(number.party_id, []).append((scheme, number.value))
    if customer.registration_number:
        own = (f"{customer.registration_country or 'XX'}-REG", customer.registration_number)
        identifiers.setdefault(None, []).append(own)
    subject = ChartParty(
        key=customer.public_id,
        name=customer.legal_name,
        kind=PartyKind.ORGANISATION,
        country=customer.registration_country,
        headquarters=customer.residence_country,
        identifiers=tuple(identifiers.get(None, ())),
    )
    parties = (_chart_party(row, tuple(identifiers.get(row.pk, ()))) for row in rows)
    return Chart(customer.public_id, (subject, *parties), tuple(interests_of(customer, rows)))


def _chart_party(row: RelatedParty, identifiers: tuple[tuple[str, str], ...]) -> ChartParty:
    kinds = {nature: kind for kind, nature in NATURES.items()}
    return ChartParty(
        key=row.public_id,
        name="" if row.nature == PartyNature.UNNAMED else row.legal_name,
        kind=kinds.get(PartyNature(row.nature)) or PartyKind(CustomerKind(row.kind)),
        country=row.country,
        headquarters=row.headquarters_country,
        birth_date=row.birth_date,
        nationalities=tuple(row.nationalities),
        listed_on=row.listed_on,
        identifiers=identifiers,
    )
