"""What the gate knows of an account, a model and an address before it answers."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q

from kyc.access.models import AccessDecision
from kyc.access.rules import AttestationFacts, HoldFacts, ModelFacts, RangeHit, Subject, UseFacts
from kyc.access.states import AccessTier, HoldKind
from kyc.catalogue.models import CatalogueModel, LicenceTerms
from kyc.customers.models import Customer, ProviderAccount
from kyc.customers.queries import current_attestations, current_use
from kyc.customers.states import CustomerStatus
from kyc.decisions.states import GRANTS
from kyc.geo.client_address import Address
from kyc.geo.evasion import History, Seen
from kyc.geo.models import OperatorRange, Sighting
from kyc.geo.rules import LocationVerdict
from kyc.worlds import World

DAY = timedelta(hours=24)


def find_customer(world: World, *, customer_id: str = "", account_id: str = "") -> tuple[Customer | None, bool]:
    """The customer that is asked about, and whether the account named is closed.

    A customer of the other world is found too: the gate's rule says so and refuses.
    """
    if account_id:
        accounts = ProviderAccount.objects.select_related("customer").filter(account_id=account_id)
        account = accounts.filter(world=world).first() or accounts.first()
        return (account.customer, account.closed_at is not None) if account else (None, False)
    return Customer.objects.filter(public_id=customer_id).first(), False


def subject_of(customer: Customer, *, account_closed: bool) -> Subject:
    """Everything about a customer that the gate weighs. A handful of queries."""
    use = current_use(customer)
    granted = customer.decision_set.filter(outcome__in=GRANTS).exclude(proposal=None)
    decided_at = granted.aggregate(latest=Max("at"))["latest"]
    accepted = bool(use and decided_at and decided_at >= use.declared_at)
    return Subject(
        customer_id=customer.public_id,
        world=World(customer.world),
        status=CustomerStatus(customer.status),
        tier=AccessTier(customer.tier),
        holds=tuple(
            HoldFacts(HoldKind(hold.kind), AccessTier(hold.tier), hold.reference)
            for hold in customer.hold_set.standing().order_by("id")
        ),
        attestations=tuple(
            AttestationFacts(code, held.terms.version, agreed(held.terms.asks, held.answers), held.expires_on)
            for code, held in current_attestations(customer).items()
        ),
        uses=tuple(UseFacts(code, accepted) for code in use.purposes) if use else (),
        account_closed=account_closed,
    )


def agreed(asks: Iterable[dict[str, Any]], answers: dict[str, Any]) -> bool:
    """Every declaration that the licence insists on was made."""
    return all(answers.get(ask["code"]) == ask["must_be"] for ask in asks if ask.get("must_be") is not None)


def model_of(code: str) -> ModelFacts | None:
    """A model that is for sale, with the version of its licence that is current."""
    model = CatalogueModel.objects.filter(code=code, active=True).first()
    if model is None:
        return None
    terms = LicenceTerms.objects.filter(code=model.licence_code, replaced_at=None).first()
    return ModelFacts(
        code=model.code,
        tier=AccessTier(model.tier),
        restricted=model.restricted,
        channels=frozenset(model.channels),
        licence=model.licence_code,
        licence_version=terms.version if terms else 0,
        use_policy=model.use_policy,
        blocked_countries=frozenset(model.blocked_countries),
    )


def ranges_holding(address: Address | None, customer: Customer | None, now: datetime) -> tuple[RangeHit, ...]:
    """Ranges of the operator's, for everybody or for this customer, that hold the address. One query."""
    if address is None:
        return ()
    rows = OperatorRange.objects.filter(Q(customer=None) | Q(customer=customer), expires_at__gt=now)
    return tuple(
        RangeHit(row.effect == OperatorRange.Effect.ALLOW, row.cidr, row.proposal.public_id, row.expires_at)
        for row in rows.select_related("proposal").order_by("id")
        if address in ipaddress.ip_network(row.cidr, strict=False)
    )


def history_of(customer: Customer | None, where: LocationVerdict, index: str, now: datetime) -> History:
    """What the ledger says of this account and this address in the last day. Four small queries."""
    accounts = 0
    if index:
        seen_here = Sighting.objects.filter(index=index, last_seen_at__gte=now - DAY)
        accounts = seen_here.aggregate(many=Count("customer", distinct=True))["many"]
    if customer is None:
        return History(accounts_on_address_24h=accounts)
    ledger = Sighting.objects.filter(customer=customer)
    today = list(ledger.filter(last_seen_at__gte=now - DAY).values_list("country", "asn"))
    previous = ledger.exclude(index=index).exclude(country="").order_by("-last_seen_at").first()
    in_network = ledger.filter(asn=where.asn) if where.asn is not None else ledger.filter(index=index)
    challenged = AccessDecision.objects.filter(customer=customer, outcome="challenge", at__gte=now - DAY)
    return History(
        previous=_seen(previous) if previous else None,
        countries_24h=frozenset(country for country, _ in today if country),
        networks_24h=frozenset(asn for _, asn in today if asn is not None),
        accounts_on_address_24h=accounts,
        challenges_24h=challenged.count(),
        network_first_seen_at=in_network.aggregate(first=Min("first_seen_at"))["first"],
    )


HIDING = frozenset({"geo.anonymiser", "geo.hosting"})


def _seen(sighting: Sighting) -> Seen:
    hidden = any(row["code"] in HIDING for row in sighting.findings)
    return Seen(sighting.country, sighting.last_seen_at, hidden)
