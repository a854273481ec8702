"""The gate: gather what is known, ask the pure rule, write the answer down."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import ApiClient, User
from kyc.access.models import AccessDecision
from kyc.access.queries import find_customer, history_of, model_of, ranges_holding, subject_of
from kyc.access.rules import AccessFacts, AccessVerdict, VisitFacts, decide_access, decide_visit
from kyc.access.states import Channel
from kyc.customers.models import Customer
from kyc.geo.client_address import Address, read_address
from kyc.geo.evasion import NOTHING_OBSERVED, Observed
from kyc.geo.models import Sighting
from kyc.geo.rules import LocationVerdict
from kyc.geo.services import address_index, geo_data, geo_policy, note_sighting
from kyc.policy.access import CURRENT
from kyc.worlds import World


@dataclass(frozen=True, slots=True)
class Question:
    """May this account, from this address, use this model now? One of the two ids is given."""

    ip: str
    model: str
    channel: Channel
    customer_id: str = ""
    account_id: str = ""
    observed: Observed = NOTHING_OBSERVED

    @property
    def asked_for(self) -> str:
        return self.account_id or self.customer_id


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict, the place it rests on, and the row in which it was written down."""

    verdict: AccessVerdict
    location: LocationVerdict
    row: AccessDecision


def answer(*, question: Question, client: ApiClient, now: datetime | None = None) -> Answer:
    """Decide and record. Raises BadInput for what is no address; whatever else is missing is in the verdict."""
    now = now or timezone.now()
    world = World(client.world)
    location = geo_data().lookup(question.ip, today=now.date())
    address = read_address(question.ip)
    customer, closed = find_customer(world, customer_id=question.customer_id, account_id=question.account_id)
    facts = AccessFacts(
        subject=subject_of(customer, account_closed=closed) if customer else None,
        world=world,
        model=model_of(question.model),
        channel=question.channel,
        location=location,
        ranges=ranges_holding(address, customer, now),
        observed=_with_declared(question.observed, customer),
        history=history_of(customer, location, address_index(address) if address else "", now),
    )
    verdict = decide_access(facts, CURRENT, geo_policy(), now)
    ours = customer if customer and customer.world == world else None
    return Answer(verdict, location, _write_down(question, verdict, location, ours, client, now))


@dataclass(frozen=True, slots=True)
class Visit:
    """A visitor at one of our own doors: the verdict, and the place it rests on."""

    door: Sighting.Where
    verdict: AccessVerdict
    location: LocationVerdict

    @property
    def stops(self) -> bool:
        return self.verdict.stops(self.door.value)


def look_at_visit(*, door: Sighting.Where, address: Address | None, now: datetime) -> Visit:
    """May a visitor go on at this door of ours? Location alone decides; nothing is written."""
    location = geo_data().lookup(address, today=now.date())
    facts = VisitFacts(door=door, location=location, ranges=ranges_holding(address, None, now))
    return Visit(door, decide_visit(facts, CURRENT, geo_policy(), now), location)


def note_visit(*, visit: Visit, user: User | None, now: datetime) -> Sighting:
    """Keep where a visitor was seen at our doors, and what was made of it. A refusal has a reference to quote."""
    world, findings = World(settings.PORTAL_WORLD), _findings(visit.verdict, visit.location)
    return _note(visit.door, world, visit.verdict, visit.location, findings, now, user=user)


def _findings(verdict: AccessVerdict, location: LocationVerdict) -> list[dict[str, Any]]:
    return [finding.as_json() for finding in (*verdict.findings, *location.findings)]


def _note(
    where: Sighting.Where,
    world: World,
    verdict: AccessVerdict,
    location: LocationVerdict,
    findings: list[dict[str, Any]],
    now: datetime,
    *,
    customer: Customer | None = None,
    user: User | None = None,
) -> Sighting:
    return note_sighting(
        world=world,
        where=where,
        location=location,
        outcome=verdict.outcome,
        legal=verdict.legal,
        findings=findings,
        policy_version=verdict.policy_version,
        at=now,
        customer=customer,
        user=user,
    )


def _with_declared(observed: Observed, customer: Customer | None) -> Observed:
    """Where the customer said to be is a fact of ours, not of the caller's."""
    return replace(observed, declared_country=customer.residence_country) if customer else observed


@transaction.atomic
def _write_down(
    question: Question,
    verdict: AccessVerdict,
    location: LocationVerdict,
    customer: Customer | None,
    client: ApiClient,
    now: datetime,
) -> AccessDecision:
    findings = _findings(verdict, location)
    _note(Sighting.Where("gate"), World(client.world), verdict, location, findings, now, customer=customer)
    return AccessDecision.objects.create(
        world=client.world,
        customer=customer,
        asked_for=question.asked_for,
        client=client.public_id,
        model=question.model,
        channel=question.channel,
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
