"""The structure of an organisation's owners as the rules look at it, from what is stored; and what stands evaluated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.db.models import Q, QuerySet

from kyc.customers.models import Customer, Interest, PartyNature, PartyRole, RelatedParty
from kyc.customers.queries import living_parties
from kyc.customers.states import MOVING, CustomerKind, InterestKind
from kyc.ownership import graph
from kyc.ownership.graph import Listing, Party, PartyKind, Structure
from kyc.ownership.models import OwnershipEvaluation
from kyc.ownership.rules import PARENT_FOUND, headquarters, parent_countries
from kyc.policy.ownership import VERSION

ROLES = {
    PartyRole.DIRECTOR: InterestKind.DIRECTOR,
    PartyRole.CONTROL_PERSON: InterestKind.CONTROL_PERSON,
    PartyRole.PARENT: InterestKind.PARENT,
}
NATURES = {
    PartyNature.TRUST: PartyKind.TRUST,
    PartyNature.STATE: PartyKind.STATE,
    PartyNature.UNNAMED: PartyKind.UNNAMED,
}


def structure_of(customer: Customer, listings: Mapping[str, tuple[Listing, ...]]) -> Structure:
    """What is on file today about every day: interests carry their own dates. `listings` by public id of the party."""
    rows = living_parties(customer)
    parties = {customer.public_id: _customer(customer, listings.get(customer.public_id, ()))}
    parties |= {row.public_id: _party(row, listings.get(row.public_id, ())) for row in rows}
    interests = list(interests_of(customer, rows))
    lasting = Structure(parties, tuple(row for row in interests if row.until is None), customer.public_id)
    if customer.parent_country and customer.parent_country not in parent_countries(lasting):
        declared = f"{customer.public_id}.parent"
        name = "Ultimate parent (declared, not named)"
        parties[declared] = Party(declared, name, PartyKind.ORGANISATION, customer.parent_country)
        interests.append(graph.Interest(declared, declared, customer.public_id, InterestKind.PARENT))
    return Structure(parties, tuple(interests), customer.public_id)


def has_parent_of_group(customer: Customer, on: date) -> bool:
    """Whether the ultimate parent is run from a country of group D:5 or Macau, as the test by headquarters judges what
    is on file now. Two queries."""
    structure = structure_of(customer, {}).on(on)
    return any(finding.code == PARENT_FOUND for finding in headquarters(structure, on).findings)


def interests_of(customer: Customer, rows: Sequence[RelatedParty]) -> Iterator[graph.Interest]:
    """What these parties hold, and what their roles say: directors, control persons, parents."""
    keys = {row.pk: row.public_id for row in rows}
    for row in rows:
        living = (one for one in row.interests.all() if one.removed_at is None)
        held = sorted((one for one in living if one.owned_id in (None, *keys)), key=lambda one: one.pk)
        yield from (_interest(one, keys, customer) for one in held)
        below = next((keys.get(one.owned_id) for one in held if one.owned_id), None) or customer.public_id
        stored = {one.kind for one in held}
        for role, kind in ROLES.items():
            if role in row.roles and kind not in stored:
                owned = _held_in(kind, below, customer)
                yield graph.Interest(f"{row.public_id}.{kind}", row.public_id, owned, kind)


def _held_in(kind: InterestKind, below: str, customer: Customer) -> str:
    """A parent may be one of a holding; directors and control persons are the customer's own."""
    return below if kind == InterestKind.PARENT else customer.public_id


def _customer(customer: Customer, listings: tuple[Listing, ...]) -> Party:
    where = customer.residence_country or customer.registration_country
    return Party(customer.public_id, customer.legal_name, PartyKind.ORGANISATION, where, listings=listings)


def _party(row: RelatedParty, listings: tuple[Listing, ...]) -> Party:
    kind = NATURES.get(PartyNature(row.nature)) or PartyKind(CustomerKind(row.kind))
    # the form asks where a company is run from only if that is elsewhere than where it is registered
    where = row.headquarters_country or row.country
    return Party(row.public_id, row.legal_name, kind, where, row.listed_on, listings)


def _interest(row: Interest, keys: dict[int, str], customer: Customer) -> graph.Interest:
    owned = keys[row.owned_id] if row.owned_id else customer.public_id
    return graph.Interest(
        key=row.public_id,
        owner=keys[row.party_id],
        owned=owned,
        kind=InterestKind(row.kind),
        low=_share(row.share_min, graph.ZERO),
        high=_share(row.share_max, graph.ONE),
        nominee=row.nominee,
        held_for=keys.get(row.held_for_id) if row.held_for_id else None,
        since=row.since,
        until=row.until,
        source=row.source,
    )


def _share(percent: Decimal | None, unknown: Fraction) -> Fraction:
    return unknown if percent is None else Fraction(percent) / 100


# ------------------------------------------------------------------------------------------------ evaluations
def current_evaluation(customer: Customer) -> OwnershipEvaluation | None:
    return customer.ownershipevaluation_set.filter(current=True).first()


def organisations_to_evaluate(on: date) -> QuerySet[Customer]:
    """On file, and never evaluated, or evaluated before a date or a policy that has come into force since."""
    current = OwnershipEvaluation.objects.filter(current=True)
    overtaken = current.filter(Q(changes_on__lte=on) | ~Q(policy_version=VERSION))
    organisations = Customer.objects.on_file().filter(kind=CustomerKind.ORGANISATION).exclude(status__in=MOVING)
    due = Q(pk__in=overtaken.values("customer_id")) | ~Q(pk__in=current.values("customer_id"))
    return organisations.filter(due).order_by("pk")
