"""A decision and all that goes with it; and objections, which somebody who took no part looks at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission
from kyc.access.states import AccessTier
from kyc.approvals.models import Proposal
from kyc.audit.services import Actor
from kyc.cases.models import Appeal, Case
from kyc.cases.services import open_case, resolve_case, settle_appeal
from kyc.cases.states import CaseOutcome, CaseType
from kyc.customers.models import Customer
from kyc.customers.services import move_customer
from kyc.customers.states import CustomerStatus
from kyc.decisions.models import Decision
from kyc.decisions.services import record_decision
from kyc.decisions.states import DecisionOutcome
from kyc.errors import ForbiddenMove, Incomplete, NotAllowed
from kyc.findings import Finding
from kyc.journey.screening import screening_due
from kyc.notices.services import tell_members
from kyc.policy.risk import LEVELS
from kyc.risk.models import RiskAssessment
from kyc.risk.services import assess


def evidence_of(customer: Customer) -> dict[str, Any]:
    """What a decision rests on, by ids and states: a change of any of these voids a proposal."""
    latest = RiskAssessment.objects.filter(customer=customer).order_by("-at", "-id").first()
    return {
        "facts_version": customer.facts_version,
        "hits": {hit.public_id: [hit.status, hit.fingerprint] for hit in customer.hit_set.order_by("public_id")},
        "holds": sorted(customer.hold_set.standing().values_list("public_id", flat=True)),
        "verifications": {row.public_id: row.status for row in customer.verification_set.order_by("public_id")},
        "risk": [latest.level, latest.points] if latest else None,
        "documents": sorted(customer.document_set.values_list("public_id", "status")),
    }


LETTERS = {
    DecisionOutcome.APPROVED: "approved",
    DecisionOutcome.APPROVED_LIMITED: "approved_limited",
    DecisionOutcome.REJECTED: "rejected",
    DecisionOutcome.RESTRICTED: "restricted",
    DecisionOutcome.SUSPENDED: "suspended",
}


def decide(
    *,
    customer: Customer,
    outcome: DecisionOutcome,
    tier: AccessTier,
    reason_codes: Sequence[str],
    customer_words: str,
    staff_words: str,
    actor: Actor,
    proposal: Proposal | None = None,
) -> Decision:
    """Write the decision, move the customer, grant or take the tier, close the cases, send the letter."""
    grants = outcome in (DecisionOutcome.APPROVED, DecisionOutcome.APPROVED_LIMITED, DecisionOutcome.RESTRICTED)
    tier = tier if grants else AccessTier.NONE
    last = customer.screening_set.order_by("-finished_at", "-id").first()
    decision = record_decision(
        customer=customer,
        outcome=outcome,
        tier=tier,
        reason_codes=reason_codes,
        customer_words=customer_words,
        staff_words=staff_words,
        actor=actor,
        facts=evidence_of(customer) | {"editions": last.editions if last else {}},
        proposal=proposal,
    )
    level = next((level for level in LEVELS if level.name == customer.risk_level), LEVELS[-1])
    review = timezone.localdate() + timedelta(days=30 * level.review_months) if grants else None
    to = CustomerStatus(outcome)
    due = screening_due(customer, to)  # facts may have changed that nobody has screened yet
    also: dict[str, Any] = {"tier": tier, "decided_at": decision.at, "review_due_on": review, "next_step_at": due}
    move_customer(customer=customer, to=to, actor=actor, reason=", ".join(reason_codes), **also)
    close = CaseOutcome.REQUIREMENTS_MET if grants else CaseOutcome.REQUIREMENTS_NOT_MET
    for case in Case.objects.unresolved().filter(customer=customer):
        if case.type == CaseType.SCREENING and customer.hit_set.open().exists():
            continue  # refused for other reasons: the hit still wants an answer
        resolve_case(case=case, outcome=close, reason_codes=reason_codes, actor=actor)
    for appeal in customer.appeal_set.filter(settled_at=None):
        upheld = _contested(appeal).outcome == outcome
        settle_appeal(appeal=appeal, upheld=upheld, words=customer_words, actor=actor)
    if template := LETTERS.get(outcome):
        tell_members(customer=customer, template=template, words=customer_words, tier=str(tier))
    return decision


def assess_again(*, customer: Customer, because: str, actor: Actor) -> None:
    """The risk by what is known now; in review, make sure that a case leads a person to the decision.

    `because`: what was settled, as the first words of that case.
    """
    assessment = assess(customer=customer, actor=actor)
    if customer.status != CustomerStatus.IN_REVIEW or Case.objects.unresolved().filter(customer=customer).exists():
        return
    summary = f"{because}; the risk is {assessment.level}: a person decides."
    findings = [Finding.from_json(row) for row in assessment.findings]
    open_case(customer=customer, type=CaseType.RISK, summary=summary, findings=findings, actor=actor)


# ------------------------------------------------------------------------------------------------ appeals
def check_took_no_part(customer: Customer, actor: User) -> None:
    """While an appeal is open, whoever made the contested decision does not make the next one (GDPR art. 22(3))."""
    for appeal in customer.appeal_set.filter(settled_at=None):
        _check_not_contested_by(appeal, actor)


def _check_not_contested_by(appeal: Appeal, actor: User) -> None:
    proposal = _contested(appeal).proposal
    if proposal is not None and actor.pk in (proposal.proposed_by_id, proposal.settled_by_id):
        raise NotAllowed(
            "You took part in the decision that is contested: somebody else must look.", appeal=appeal.public_id
        )


def _contested(appeal: Appeal) -> Decision:
    return Decision.objects.select_related("proposal").get(public_id=appeal.decision_id_public)


def _check_may_look(appeal: Appeal, actor: User) -> None:
    if not actor.may(Permission.WORK_CASES):
        raise NotAllowed("Your role may not work on cases.", permission=Permission.WORK_CASES)
    _check_not_contested_by(appeal, actor)


@transaction.atomic
def uphold_decision(*, appeal: Appeal, words: str, actor: User) -> Appeal:
    """The contested decision stands. By somebody who took no part in it, with words that the customer reads."""
    _check_may_look(appeal, actor)
    if not words.strip():
        raise Incomplete("Say in words for the customer why the decision stands.")
    customer = Customer.objects.select_for_update().get(pk=appeal.customer_id)
    if appeal.settled_at is None and customer.status != _contested(appeal).outcome:
        raise ForbiddenMove("The customer is in review again: propose a decision.", appeal=appeal.public_id)
    settled = settle_appeal(appeal=appeal, upheld=True, words=words, actor=actor)
    case = Case.objects.unresolved().filter(pk=appeal.case_id).first()
    if case is not None:
        resolve_case(case=case, outcome=CaseOutcome.REQUIREMENTS_NOT_MET, reason_codes=["stands"], actor=actor)
    return settled


@transaction.atomic
def review_again(*, appeal: Appeal, actor: User) -> Customer:
    """Take a refused customer back into review, where two others decide anew; that decision settles the appeal."""
    _check_may_look(appeal, actor)
    if appeal.settled_at is not None:
        raise ForbiddenMove("This appeal was settled already.", appeal=appeal.public_id)
    reason = f"appeal {appeal.public_id}"
    customer = Customer.objects.select_for_update().get(pk=appeal.customer_id)
    return move_customer(customer=customer, to=CustomerStatus.IN_REVIEW, actor=actor, reason=reason)
