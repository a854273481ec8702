"""Assess a customer's risk from the facts on file, and keep the verdict."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from kyc.audit.services import SYSTEM, Actor, record
from kyc.audit.verbs import Verb
from kyc.customers.contacts import contact_findings
from kyc.customers.models import Customer
from kyc.customers.queries import contact_facts
from kyc.policy.versions import POLICY_VERSION
from kyc.risk.models import RiskAssessment
from kyc.risk.queries import risk_codes
from kyc.risk.rules import assess_risk


@transaction.atomic
def assess(*, customer: Customer, actor: Actor = SYSTEM) -> RiskAssessment:
    """A new assessment row, and the level on the customer."""
    codes = risk_codes(customer, on=timezone.localdate())
    more = {finding.code: finding.sentence for finding in contact_findings(contact_facts(customer))}
    verdict = assess_risk(codes, more=more)
    assessment = RiskAssessment.objects.create(
        customer=customer,
        world=customer.world,
        level=verdict.level.name,
        points=verdict.points,
        findings=[finding.as_json() for finding in verdict.findings],
        facts={"codes": list(codes), "facts_version": customer.facts_version},
        policy_version=POLICY_VERSION,
    )
    Customer.objects.filter(pk=customer.pk).update(risk_level=verdict.level.name)
    customer.risk_level = verdict.level.name
    facts: dict[str, Any] = {"level": verdict.level.name, "points": verdict.points, "codes": list(codes)}
    record(verb=Verb.RISK_ASSESSED, subject=customer, actor=actor, person=customer.public_id, facts=facts)
    return assessment
