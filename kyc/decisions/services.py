"""Write a decision. Who may decide, and what follows, is the journey's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from kyc.approvals.models import Proposal
from kyc.audit.services import Actor, plain, record
from kyc.audit.verbs import Verb
from kyc.customers.models import Customer
from kyc.decisions.models import Decision
from kyc.decisions.states import DecisionOutcome
from kyc.policy.versions import POLICY_VERSION


@transaction.atomic
def record_decision(
    *,
    customer: Customer,
    outcome: DecisionOutcome,
    tier: str,
    reason_codes: Sequence[str],
    customer_words: str,
    staff_words: str,
    actor: Actor,
    facts: Mapping[str, Any],
    findings: Sequence[Mapping[str, Any]] = (),
    proposal: Proposal | None = None,
) -> Decision:
    """Append one decision with the facts it was made on. The table refuses changes."""
    decision = Decision.objects.create(
        customer=customer,
        world=customer.world,
        outcome=outcome,
        tier=tier,
        proposal=proposal,
        reason_codes=list(reason_codes),
        customer_words=customer_words,
        staff_words=staff_words,
        findings=[dict(finding) for finding in findings],
        facts=plain(dict(facts)),
        policy_version=POLICY_VERSION,
        editions=facts.get("editions", {}),
    )
    told = {"outcome": outcome, "tier": tier, "codes": list(reason_codes), "decision": decision.public_id}
    record(verb=Verb.DECIDED, subject=customer, actor=actor, person=customer.public_id, facts=told)
    return decision
