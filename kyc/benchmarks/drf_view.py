"""The same decision as the gate was first built: a REST framework view over the ORM, behind the whole middleware.

It asks the same pure rule about the same facts, checks the key, and writes decision and sighting down before it
answers, as this product did until its gate learned to remember (commit 39f9759). Kept as the peer of bench_gate.
"""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max, Min, Q
from django.urls import path
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import ApiClient
from accounts.scopes import Scope
from config.gate_urls import healthz
from kyc.access.ledger import findings_json
from kyc.access.models import AccessDecision
from kyc.access.queries import agreed, catalogue_models, range_hit
from kyc.access.rules import (
    AccessFacts,
    AccessVerdict,
    AttestationFacts,
    HoldFacts,
    RangeHit,
    Subject,
    UseFacts,
    decide_access,
)
from kyc.access.states import AccessTier, Channel, HoldKind
from kyc.access.trail import DAY, HIDING
from kyc.api.access import AnswerOut, QuestionIn
from kyc.customers.models import Customer
from kyc.customers.queries import current_attestations, current_use
from kyc.customers.states import CustomerStatus
from kyc.decisions.states import GRANTS
from kyc.geo.client_address import Address, read_address
from kyc.geo.evasion import History, Observed, Seen
from kyc.geo.models import OperatorRange, Sighting
from kyc.geo.rules import LocationVerdict
from kyc.geo.services import address_index, geo_data, geo_policy, new_sighting
from kyc.policy.access import CURRENT
from kyc.worlds import World

SAME_SIGHTING = timedelta(hours=1)


class Decisions(APIView):
    scopes = {"POST": Scope.ACCESS_DECIDE}

    def post(self, request: Request) -> Response:
        asked = QuestionIn(data=request.data)
        asked.is_valid(raise_exception=True)
        client = request.user
        assert isinstance(client, ApiClient)
        return Response(AnswerOut(answer(asked.validated_data, client, timezone.now())).data)


def answer(asked: dict[str, Any], client: ApiClient, now: datetime) -> dict[str, Any]:
    world = World(client.world)
    location = geo_data().lookup(asked["ip"], today=now.date())
    address = read_address(asked["ip"])
    assert address is not None
    customer = Customer.objects.filter(public_id=asked["customer"]).first()
    index = address_index(address)
    observed = Observed(**asked.get("observed", {}))
    facts = AccessFacts(
        subject=subject_of(customer) if customer else None,
        world=world,
        model=catalogue_models().get(asked["model"]),
        channel=Channel(asked["channel"]),
        location=location,
        ranges=ranges_holding(address, customer, now),
        observed=replace(observed, declared_country=customer.residence_country) if customer else observed,
        history=history_of(customer, location, index, now),
    )
    verdict = decide_access(facts, CURRENT, geo_policy(), now)
    row = write_down(asked, verdict, location, address, index, customer, client, now)
    return {
        "decision": verdict.outcome.value,
        "reasons": [{"code": code, "sentence": sentence} for code, sentence in verdict.public],
        "obligations": verdict.obligations,
        "ttl": verdict.ttl_seconds,
        "decision_id": row.public_id,
        "policy_version": verdict.policy_version,
        "data": location.builds,
    }


def subject_of(customer: Customer) -> Subject:
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
    )


def ranges_holding(address: Address, customer: Customer | None, now: datetime) -> tuple[RangeHit, ...]:
    rows = OperatorRange.objects.filter(Q(customer=None) | Q(customer=customer), expires_at__gt=now)
    return tuple(
        range_hit(row)
        for row in rows.select_related("proposal").order_by("id")
        if address in ipaddress.ip_network(row.cidr, strict=False)
    )


def history_of(customer: Customer | None, where: LocationVerdict, index: str, now: datetime) -> History:
    seen_here = Sighting.objects.filter(index=index, last_seen_at__gte=now - DAY)
    accounts = seen_here.aggregate(many=Count("customer", distinct=True))["many"]
    if customer is None:
        return History(accounts_on_address_24h=accounts)
    ledger = Sighting.objects.filter(customer=customer)
    today = list(ledger.filter(last_seen_at__gte=now - DAY).values_list("country", "asn"))
    previous = ledger.exclude(index=index).exclude(country="").order_by("-last_seen_at").first()
    in_network = ledger.filter(asn=where.asn) if where.asn is not None else ledger.filter(index=index)
    return History(
        previous=_seen(previous) if previous else None,
        countries_24h=frozenset(country for country, _ in today if country),
        networks_24h=frozenset(asn for _, asn in today if asn is not None),
        accounts_on_address_24h=accounts,
        network_first_seen_at=in_network.aggregate(first=Min("first_seen_at"))["first"],
    )


def _seen(sighting: Sighting) -> Seen:
    return Seen(sighting.country, sighting.last_seen_at, any(row["code"] in HIDING for row in sighting.findings))


@transaction.atomic
def write_down(
    asked: dict[str, Any],
    verdict: AccessVerdict,
    location: LocationVerdict,
    address: Address,
    index: str,
    customer: Customer | None,
    client: ApiClient,
    now: datetime,
) -> AccessDecision:
    findings = findings_json(verdict, location)
    same = Sighting.objects.filter(
        world=client.world, where="gate", customer=customer, index=index, outcome=verdict.outcome,
        policy_version=verdict.policy_version, last_seen_at__gte=now - SAME_SIGHTING,
    ).order_by("-last_seen_at").first()  # fmt: skip
    if same is not None:
        Sighting.objects.filter(pk=same.pk).update(last_seen_at=now, times=F("times") + 1)
    else:
        row = new_sighting(
            world=World(client.world), where=Sighting.Where("gate"), location=location, address=address, index=index,
            outcome=verdict.outcome, legal=verdict.legal, findings=findings,
            policy_version=verdict.policy_version, at=now,
        )  # fmt: skip
        row.customer = customer
        row.save()
    return AccessDecision.objects.create(
        world=client.world,
        customer=customer,
        asked_for=asked["customer"],
        client=client.public_id,
        model=asked["model"],
        channel=asked["channel"],
        ip=location.address or None,
        country=location.country,
        outcome=verdict.outcome,
        legal=verdict.legal,
        codes=list(verdict.codes),
        findings=findings,
        builds=location.builds,
        policy_version=verdict.policy_version,
        at=now,
    )


urlpatterns = [path("healthz", healthz), path("api/v1/access/decisions", Decisions.as_view())]
