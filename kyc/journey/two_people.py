"""What one person proposes and another confirms, and what then happens, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models, transaction

from accounts.models import User
from kyc import verifying
from kyc.access.challenges import settle_registered
from kyc.access.holds import lift_hold
from kyc.access.models import Hold
from kyc.access.states import AccessTier
from kyc.approvals import services as approvals
from kyc.approvals.models import Proposal
from kyc.approvals.states import Action
from kyc.cases.models import Case
from kyc.cases.services import move_case, resolve_case
from kyc.cases.states import CaseOutcome, CaseStatus, CaseType
from kyc.customers.models import Customer
from kyc.customers.queries import lock_customer
from kyc.customers.states import CustomerStatus
from kyc.decisions.states import GRANTS, DecisionOutcome
from kyc.errors import BadInput, EvidenceChanged, ForbiddenMove, Incomplete
from kyc.geo.models import OperatorRange
from kyc.geo.overrides import ACTIONS as OVERRIDES
from kyc.geo.overrides import confirm_override
from kyc.journey.deciding import assess_again, check_took_no_part, decide, evidence_of
from kyc.journey.owners import look_at_owners
from kyc.policy.reasons import REASONS
from kyc.screening.models import Hit, PolicyTrial
from kyc.screening.runs import plan_run
from kyc.screening.services import remember_clearance, settle_hit_as
from kyc.screening.states import HitStatus, RunReason
from kyc.screening.trials import check_may_be_published, evidence_of_trial, publish_policy
from kyc.watchlists.models import Edition
from kyc.watchlists.services import activate_edition


@transaction.atomic
def propose_decision(
    *,
    customer: Customer,
    outcome: DecisionOutcome,
    tier: AccessTier,
    reason_codes: Sequence[str],
    customer_words: str,
    staff_words: str,
    actor: User,
) -> Proposal:
    """The first of two people. Nobody is approved while a hit is open, or anybody's identity."""
    lock_customer(customer.pk)
    if not reason_codes:
        raise Incomplete("Choose at least one reason.")
    _check_codes(reason_codes, staff_words)
    check_took_no_part(customer, actor)
    if outcome in GRANTS:
        _check_nothing_open(customer)
    proposal = approvals.propose(
        action=Action.DECIDE_CUSTOMER,
        subject=customer,
        payload={"outcome": outcome, "tier": tier, "customer_words": customer_words, "staff_words": staff_words},
        evidence=evidence_of(customer),
        reason=staff_words or ", ".join(reason_codes),
        reason_codes=reason_codes,
        actor=actor,
    )
    for case in Case.objects.unresolved().filter(customer=customer).exclude(status=CaseStatus.PENDING_APPROVAL):
        move_case(case=case, to=CaseStatus.PENDING_APPROVAL, actor=actor, reason="a decision is proposed")
    return proposal


def _check_nothing_open(customer: Customer) -> None:
    if customer.hit_set.open().exists():
        raise ForbiddenMove("A hit of this customer is still open.", customer=customer.public_id)
    if waiting := verifying.open_checks(customer):
        sentence = f"Settle these identity checks first, they are still open: {verifying.whose(waiting)}."
        raise ForbiddenMove(sentence, customer=customer.public_id)


@transaction.atomic
def propose_hit_outcome(
    *, hit: Hit, status: HitStatus, reason_codes: Sequence[str], narrative: str, actor: User
) -> Proposal | Hit:
    """A weak hit that is no match is settled by one person; a strong one, and every true match, by two."""
    lock_customer(hit.customer_id)
    if hit.strong or status == HitStatus.TRUE_MATCH:
        if not reason_codes:
            raise Incomplete("Say why: choose at least one reason.")
        _check_codes(reason_codes, narrative)  # now, and not when the second person confirms
        return approvals.propose(
            action=Action.SETTLE_HIT,
            subject=hit,
            payload={"status": status, "narrative": narrative},
            evidence=_evidence_of_hit(hit),
            reason=narrative or ", ".join(reason_codes),
            reason_codes=reason_codes,
            actor=actor,
        )
    return settle_hit(hit, status, reason_codes, narrative, actor)


def _evidence_of_hit(hit: Hit) -> dict[str, Any]:
    return {"status": hit.status, "fingerprint": hit.fingerprint, "score": hit.score}


def settle_hit(hit: Hit, status: HitStatus, codes: Sequence[str], narrative: str, actor: User) -> Hit:
    """Settle it, remember a clearance, lift its own hold, close the case of the last one, judge anew."""
    settled = settle_hit_as(hit=hit, status=status, reason_codes=codes, narrative=narrative, actor=actor)
    customer = settled.customer
    if status == HitStatus.NO_MATCH:
        remember_clearance(hit=settled, actor=actor)
        for hold in Hold.objects.standing().filter(customer=customer, reference=settled.public_id):
            lift_hold(hold=hold, actor=actor, reason=f"{settled.matched_name} is somebody else.")
    look_at_owners(customer=customer, actor=actor)
    if not customer.hit_set.open().exists():
        case = Case.objects.unresolved().filter(customer=customer, type=CaseType.SCREENING).first()
        if case is not None:
            true_one = customer.hit_set.filter(status=HitStatus.TRUE_MATCH).exists()
            outcome = CaseOutcome.CONFIRMED_RISK if true_one else CaseOutcome.FALSE_POSITIVE
            resolve_case(case=case, outcome=outcome, reason_codes=codes, actor=actor)
        if customer.status == CustomerStatus.IN_REVIEW:
            assess_again(customer=customer, because="Hits are settled", actor=actor)
    return settled


@transaction.atomic
def propose_lift(*, hold: Hold, reason: str, actor: User) -> Proposal:
    if hold.lifted_at is not None:
        raise ForbiddenMove("This hold was lifted already.", hold=hold.public_id)
    evidence = {"hold": hold.public_id, "customer": evidence_of(hold.customer)}
    return approvals.propose(
        action=Action.LIFT_HOLD, subject=hold, payload={}, evidence=evidence, reason=reason, actor=actor
    )


@transaction.atomic
def propose_activation(*, edition: Edition, reason: str, actor: User) -> Proposal:
    """For an edition that is held; a ready one needs no second person."""
    return approvals.propose(
        action=Action.ACTIVATE_EDITION,
        subject=edition,
        payload={},
        evidence=_evidence_of_edition(edition),
        reason=reason,
        actor=actor,
    )


@transaction.atomic
def propose_policy(*, trial: PolicyTrial, reason: str, actor: User) -> Proposal:
    """Put the numbers of a trial in force: bound to its result, and to the policy it was tried against."""
    check_may_be_published(trial, actor)
    return approvals.propose(
        action=Action.PUBLISH_POLICY,
        subject=trial,
        payload={"overrides": trial.overrides},
        evidence=evidence_of_trial(trial),
        reason=reason,
        actor=actor,
    )


def _evidence_of_edition(edition: Edition) -> dict[str, Any]:
    return {"sha256": edition.sha256, "entries": edition.entry_count, "concerns": edition.concerns}


def confirm_proposal(*, proposal: Proposal, actor: User, reason: str) -> Proposal:
    """The second person; what was proposed happens in the same transaction.

    Where the evidence changed the proposal is voided for good (that commits) and EvidenceChanged is raised.
    """
    try:
        return _confirm(proposal=proposal, actor=actor, reason=reason)
    except EvidenceChanged as error:
        with transaction.atomic():
            _lock_customer_of(proposal)
            approvals.void(proposal=proposal, actor=actor, why=error.sentence)
            _back_to_work(proposal, actor, "what the proposal rested on has changed")
        raise


@transaction.atomic
def _confirm(*, proposal: Proposal, actor: User, reason: str) -> Proposal:
    if proposal.action in OVERRIDES:
        row = confirm_override(proposal=proposal, actor=actor, reason=reason)
        if isinstance(row, OperatorRange):
            settle_registered(registered=row, actor=actor)
        proposal.refresh_from_db()
        return proposal
    _lock_customer_of(proposal)
    subject = _subject_of(proposal)
    evidence = _evidence_now(proposal, subject)
    approvals.confirm(proposal=proposal, actor=actor, reason=reason, evidence_now=evidence)
    payload = proposal.payload
    match subject:
        case Customer() if proposal.action == Action.DECIDE_CUSTOMER:
            check_took_no_part(subject, actor)
            decide(
                customer=subject,
                outcome=DecisionOutcome(payload["outcome"]),
                tier=AccessTier(payload["tier"]),
                reason_codes=proposal.reason_codes,
                customer_words=payload["customer_words"],
                staff_words=payload["staff_words"],
                actor=actor,
                proposal=proposal,
            )
        case Hit():
            status = HitStatus(payload["status"])
            settle_hit(subject, status, proposal.reason_codes, payload["narrative"], actor)
        case Hold():
            lift_hold(hold=subject, actor=actor, reason=proposal.reason)
        case Edition():
            activate_edition(edition=subject, actor=actor, proposal=proposal)
        case PolicyTrial():
            publish_policy(trial=subject, actor=actor, proposal=proposal)
            plan_run(reason=RunReason.NEW_POLICY, actor=actor)
        case _:
            raise BadInput("Nothing is known of how to do this.", action=proposal.action)
    return proposal


def refuse_proposal(*, proposal: Proposal, actor: User, reason: str) -> Proposal:
    """The second person disagrees; cases that waited go back to work."""
    with transaction.atomic():
        _lock_customer_of(proposal)
        approvals.refuse(proposal=proposal, actor=actor, reason=reason)
        _back_to_work(proposal, actor, "the proposal was refused")
    return proposal


@transaction.atomic
def withdraw_proposal(*, proposal: Proposal, actor: User) -> Proposal:
    """The proposer takes it back; cases that waited go back to work."""
    _lock_customer_of(proposal)
    approvals.withdraw(proposal=proposal, actor=actor)
    _back_to_work(proposal, actor, "the proposal was withdrawn")
    return proposal


def _back_to_work(proposal: Proposal, actor: User, why: str) -> None:
    """A decision that came to nothing no longer keeps the customer's cases waiting."""
    if proposal.action != Action.DECIDE_CUSTOMER:
        return
    waiting = Case.objects.filter(customer__public_id=proposal.subject_id, status=CaseStatus.PENDING_APPROVAL)
    for case in waiting:
        move_case(case=case, to=CaseStatus.OPEN, actor=actor, reason=why)


SUBJECTS: Mapping[str, type[models.Model]] = {
    "customer": Customer,
    "hit": Hit,
    "hold": Hold,
    "edition": Edition,
    "policytrial": PolicyTrial,
}
# where the customer is found whom a proposal is about; lists and policies have none
CUSTOMER_BY: Mapping[str, str] = {"customer": "public_id", "hit": "hit__public_id", "hold": "hold__public_id"}


def _lock_customer_of(proposal: Proposal) -> None:
    """Whom a proposal is about; before the proposal's own row, too."""
    if by := CUSTOMER_BY.get(proposal.subject_kind):
        lock_customer(Customer.objects.values_list("pk", flat=True).get(**{by: proposal.subject_id}))


def _subject_of(proposal: Proposal) -> models.Model:
    table = SUBJECTS[proposal.subject_kind]
    return table._default_manager.select_for_update(of=("self",)).get(public_id=proposal.subject_id)


def _evidence_now(proposal: Proposal, subject: models.Model) -> dict[str, Any]:
    match subject:
        case Customer():
            return evidence_of(subject)
        case Hit():
            return _evidence_of_hit(subject)
        case Hold():
            return {"hold": subject.public_id, "customer": evidence_of(subject.customer)}
        case Edition():
            return _evidence_of_edition(subject)
        case PolicyTrial():
            return evidence_of_trial(subject)
    raise BadInput("Nothing is known of this subject.", subject=proposal.subject_kind)


def _check_codes(codes: Sequence[str], words: str) -> None:
    unknown = set(codes) - REASONS.keys()
    if unknown:
        raise BadInput(f"Unknown reason codes: {', '.join(sorted(unknown))}.")
    if not words.strip() and any(REASONS[code].narrative for code in codes):
        raise Incomplete("This reason needs an explanation in words.")
