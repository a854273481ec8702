"""The road: what comes next for a customer. The only module that knows, and the owner of the transactions
that span concepts: a hit, its hold and its case are one; a confirmed proposal and what it does are one.

    draft → submitted → verifying → screening → approved | in review → decision → access

Each worker's step is a verb here that is safe to run twice. `Customer.next_step_at` says that a step is due;
the broker's message is a nudge, and beat sends again what is late.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission
from kyc import verifying
from kyc.access.challenges import settle_looked_at, settle_registered, ways_of
from kyc.access.holds import lift_hold, place_hold
from kyc.access.models import AccessDecision, Hold
from kyc.access.states import AccessOutcome, AccessTier, HoldKind
from kyc.approvals import services as approvals
from kyc.approvals.models import Proposal
from kyc.approvals.states import Action
from kyc.audit.services import SYSTEM, Actor
from kyc.cases.models import Appeal, Case
from kyc.cases.services import move_case, open_case, request_information, resolve_case, settle_appeal
from kyc.cases.states import CaseOutcome, CaseStatus, CaseType
from kyc.catalogue.models import CatalogueModel
from kyc.customers.contacts import contact_findings
from kyc.customers.models import Customer, CustomerQuerySet, Identifier
from kyc.customers.numbers import registration_finding
from kyc.customers.queries import attestations_due, contact_facts, current_use, people_to_verify, profile_facts
from kyc.customers.rules import Missing, what_is_missing
from kyc.customers.services import move_customer
from kyc.customers.states import MOVING, SERVED, CustomerStatus
from kyc.decisions.models import Decision
from kyc.decisions.services import record_decision
from kyc.decisions.states import GRANTS, DecisionOutcome
from kyc.dispatch import after_commit
from kyc.errors import BadInput, EvidenceChanged, ForbiddenMove, Incomplete, NotAllowed
from kyc.findings import Finding
from kyc.geo.models import OperatorRange
from kyc.geo.overrides import ACTIONS as OVERRIDES
from kyc.geo.overrides import confirm_override
from kyc.identity.services import start_verification
from kyc.identity.states import VerificationStatus
from kyc.notices.models import Notice
from kyc.notices.services import tell_members
from kyc.ownership.graph import Listing, Structure
from kyc.ownership.queries import structure_of
from kyc.ownership.rules import Evaluation, Outcome, evaluate
from kyc.ownership.rules import Result as OwnershipTestResult
from kyc.ownership.services import OwnershipResult, evaluate_ownership
from kyc.policy.access import CURRENT as ACCESS
from kyc.policy.cases import STRONG_HIT_PRIORITY
from kyc.policy.customers import ATTESTATION_REMINDED_AGAIN_DAYS, ATTESTATION_REMINDER_DAYS
from kyc.policy.ownership import REGIMES, OwnershipTest
from kyc.policy.reasons import REASONS, public_words
from kyc.policy.risk import LEVELS
from kyc.risk.models import RiskAssessment
from kyc.risk.services import assess
from kyc.screening.models import Hit, PolicyTrial, RescreeningRun
from kyc.screening.queries import last_screening, listed_subjects
from kyc.screening.runs import plan_one, plan_run, run_shard
from kyc.screening.services import ScreeningResult, remember_clearance, screen_customer, settle_hit_as
from kyc.screening.states import HitStatus, RunReason
from kyc.screening.trials import check_may_be_published, evidence_of_trial, publish_policy
from kyc.verifying import DocumentReader
from kyc.watchlists.models import Edition
from kyc.watchlists.services import activate_edition

# a step that was due this long ago and did not happen is sent again
STEP_IS_LATE = timedelta(seconds=30)
# beat looks for what the gate keeps for a person every quarter of a minute; a worker may have been away
REVIEWS_ARE_FOUND_WITHIN = timedelta(minutes=30)


# ------------------------------------------------------------------------------------------------ onboarding
@transaction.atomic
def submit(*, customer: Customer, actor: Actor) -> Customer:
    """Close the form and set the checks going. Incomplete names what is missing."""
    missing = missing_of(customer)
    if missing:
        raise Incomplete(f"Still missing: {missing[0].sentence}.", missing=[row.field for row in missing])
    now = timezone.now()
    move_customer(
        customer=customer,
        to=CustomerStatus.SUBMITTED,
        actor=actor,
        submitted_at=now,
        next_step_at=now,
        tier_wanted=tier_wanted_by(customer),
    )
    tell_members(customer=customer, template="submitted")
    after_commit("kyc.advance", customer_id=customer.pk)
    return customer


def tier_wanted_by(customer: Customer) -> AccessTier:
    """The least that covers every model they asked for; what they had asked for before where they named none."""
    use = current_use(customer)
    wanted = CatalogueModel.objects.filter(code__in=use.models_wanted if use else [])
    tiers = [AccessTier(tier) for tier in wanted.values_list("tier", flat=True)]
    return max(tiers, key=lambda tier: tier.rank, default=AccessTier(customer.tier_wanted))


def missing_of(customer: Customer) -> tuple[Missing, ...]:
    """What the form still needs before it can be submitted, in its order."""
    read_here = not document_reader(customer).vendor
    return what_is_missing(profile_facts(customer), today=timezone.localdate(), document_read_here=read_here)


def document_reader(customer: Customer) -> DocumentReader:
    """Who will read their identity document, by what they have told so far."""
    return verifying.document_reader(customer, tier=tier_wanted_by(customer))


def worth_another_look(customer: Customer) -> tuple[str, ...]:
    """What the customer may put right before submitting, in words for them; nothing of it keeps them from it."""
    findings = [*contact_findings(contact_facts(customer))]
    if not customer.is_person:
        findings += filter(None, [registration_finding(customer.registration_country, customer.registration_number)])
    return tuple(finding.public for finding in findings if finding.public)


@transaction.atomic
def advance(*, customer_id: int, actor: Actor = SYSTEM) -> CustomerStatus:
    """Take every step that is due now; returns where the customer stands. Safe to run twice and at once."""
    customer = Customer.objects.select_for_update().get(pk=customer_id)
    if customer.status == CustomerStatus.SUBMITTED:
        verifying.begin(customer=customer, actor=actor)
        for party in people_to_verify(customer):
            start_verification(customer=customer, actor=actor, party=party)
        if customer.source == "import":  # served by the provider already: the lists cannot wait for papers
            take_screening(screen_customer(customer=customer, reason="import", actor=actor), actor=actor)
        move_customer(customer=customer, to=CustomerStatus.VERIFYING, actor=actor, next_step_at=None)
    settle_looked_at(customer=customer, actor=actor)
    if customer.status == CustomerStatus.VERIFYING and not verifying.is_open(customer):
        _after_verification(customer, actor)
    if customer.status == CustomerStatus.SCREENING:
        take_screening(screen_customer(customer=customer, reason="onboarding", actor=actor), actor=actor)
        customer.refresh_from_db()
        _judge(customer, actor)
    if customer.next_step_at is not None and not customer.is_moving:
        after_commit("kyc.screen_changed", customer_id=customer.pk)  # the facts changed, and the message was lost
    return CustomerStatus(customer.status)


def _after_verification(customer: Customer, actor: Actor) -> None:
    """Verified or not, screening follows; the case of an identity that was settled is closed."""
    verifying.look_for_others(customer=customer, actor=actor)
    latest = customer.verification_set.filter(party=None).order_by("-id").first()
    verified = latest is not None and latest.status == VerificationStatus.VERIFIED
    case = Case.objects.unresolved().filter(customer=customer, type=CaseType.IDENTITY).first()
    if case is not None and verified:
        resolve_case(case=case, outcome=CaseOutcome.REQUIREMENTS_MET, reason_codes=["checks_passed"], actor=actor)
    move_customer(customer=customer, to=CustomerStatus.SCREENING, actor=actor, next_step_at=timezone.now())


def _judge(customer: Customer, actor: Actor) -> None:
    """Risk, and either the policy's straight way or a person."""
    assessment = assess(customer=customer, actor=actor)
    level = next(level for level in LEVELS if level.name == assessment.level)
    open_cases = Case.objects.unresolved().filter(customer=customer).exists()
    if level.straight_through and not open_cases:
        words = public_words(("checks_passed",))
        _decide(
            customer=customer,
            outcome=DecisionOutcome.APPROVED,
            tier=AccessTier(customer.tier_wanted),
            reason_codes=["checks_passed"],
            customer_words=words,
            staff_words="Low risk, nothing open: approved by policy.",
            actor=actor,
        )
        return
    findings = [Finding.from_json(row) for row in assessment.findings]
    if not open_cases:
        summary = f"The risk is {assessment.level}: a person decides."
        open_case(customer=customer, type=CaseType.RISK, summary=summary, findings=findings, actor=actor)
    move_customer(customer=customer, to=CustomerStatus.IN_REVIEW, actor=actor, next_step_at=None)


# ------------------------------------------------------------------------------------------------ screening
@transaction.atomic
def screen(*, customer_id: int, reason: str, run_id: int | None = None, actor: Actor = SYSTEM) -> ScreeningResult:
    """Screen one customer and act on what was found, in one transaction."""
    customer = Customer.objects.get(pk=customer_id)
    run = RescreeningRun.objects.get(pk=run_id) if run_id else None
    return take_screening(screen_customer(customer=customer, reason=reason, run=run, actor=actor), actor=actor)


def screen_changed(*, customer_id: int, actor: Actor = SYSTEM) -> None:
    """A customer on file whose facts changed: a run of their own, worked at once. Nothing where it was done since.

    The run stands before the work begins; where this worker dies, another takes its one shard.
    """
    customer = Customer.objects.get(pk=customer_id)
    seen = last_screening(customer)
    if seen is None or seen.facts_version < customer.facts_version:
        run = plan_one(customer=customer, actor=actor)
        for shard in run.shards.all():
            run_shard(shard_id=shard.pk, screen=screen)
    Customer.objects.filter(pk=customer.pk, facts_version=customer.facts_version).exclude(status__in=MOVING).update(
        next_step_at=None
    )


def take_screening(result: ScreeningResult, *, actor: Actor) -> ScreeningResult:
    """Holds for strong hits, one case for all new ones, a case where screening could not be done."""
    customer = result.screening.customer
    if result.unknown:
        summary = "Screening could not be done; it is not a pass."
        findings = [Finding("screening.unknown", result.screening.error or summary)]
        open_case(customer=customer, type=CaseType.UNKNOWN_CHECK, summary=summary, findings=findings, actor=actor)
    for hit in result.strong_hits:
        reason = f"{hit.query_name} may be {hit.matched_name} (score {hit.score:.2f})."
        place_hold(customer=customer, kind=HoldKind.SANCTIONS, reference=hit.public_id, reason=reason, actor=actor)
    if result.new_hits:
        names = ", ".join(hit.matched_name for hit in result.new_hits[:3])
        summary = f"May be a listed party: {names}."[:300]
        priority = STRONG_HIT_PRIORITY if result.strong_hits else None
        open_case(customer=customer, type=CaseType.SCREENING, summary=summary, actor=actor, priority=priority)
    for hit in result.delisted_hits:
        summary = f"{hit.matched_name} left the list; a person decides about the hold."[:300]
        open_case(customer=customer, type=CaseType.SCREENING, summary=summary, actor=actor)
    look_at_owners(customer=customer, actor=actor)
    return result


# ------------------------------------------------------------------------------------------------ ownership
@transaction.atomic
def evaluate_owners(*, customer_id: int, actor: Actor = SYSTEM) -> None:
    """Ask the ownership tests again: a date has come, or the policy has changed. Safe to run twice."""
    customer = Customer.objects.get(pk=customer_id)
    if not customer.is_moving:  # a worker is about to ask them anyway
        look_at_owners(customer=customer, actor=actor)


@transaction.atomic
def look_at_owners(*, customer: Customer, actor: Actor, on: date | None = None) -> OwnershipResult | None:
    """Evaluate an organisation's owners and act on what is new: holds, one case, and questions to the customer.

    A result that stands as it did makes nothing: a hold that two people lifted is not placed again for it.
    """
    if customer.is_person:
        return None
    result = evaluate_ownership(customer=customer, listings=listings_of(customer), on=on, actor=actor)
    bites = [found for found in result.changed if found.bites]
    held = [found for found in bites if _must_hold(found)]
    for found in held:
        place_hold(
            customer=customer,
            kind=HoldKind.OWNERSHIP,
            reference=found.test,
            reason=f"{REGIMES[found.test].title}: {found.findings[0].sentence}",
            actor=actor,
        )
    findings = [finding for found in bites for finding in found.findings]
    if result.new_flaws:
        findings += result.evaluation.flaws
    if not findings:
        return result
    titles = ", ".join(REGIMES[found.test].title for found in bites) or "shares that cannot be true"
    case, _ = open_case(
        customer=customer,
        type=CaseType.OWNERSHIP,
        summary=f"Who owns it: {titles}."[:300],
        findings=findings,
        actor=actor,
        priority=STRONG_HIT_PRIORITY if held else None,
    )
    if result.new_questions and case.status in (CaseStatus.OPEN, CaseStatus.INVESTIGATING):
        items = [{"code": "owner_share", "question": question[:500]} for question in result.new_questions]
        request_information(case=case, items=items, actor=actor)
    return result


def owners_as_of(customer: Customer, on: date) -> tuple[Structure, Evaluation]:
    """What the tests say about a day, by what we know now; nothing is kept and nothing is done."""
    if customer.is_person:
        raise ForbiddenMove("Only an organisation has owners.", customer=customer.public_id)
    structure = structure_of(customer, listings_of(customer))
    return structure.on(on), evaluate(structure, on)


def _must_hold(found: OwnershipTestResult) -> bool:
    """What is proved, or may be so by somebody who is settled to be listed. An open hit holds by itself, and what
    nobody was named for is a question first."""
    if not REGIMES[found.test].holds or not found.settled:
        return False
    if any(finding.code.endswith(".itself") for finding in found.findings):
        return False  # the customer is the listed party: that hit's own hold stands
    return found.outcome is Outcome.REACHED or (
        found.outcome is Outcome.POSSIBLE and found.test != OwnershipTest.PROVIDER_MAJORITY
    )


def listings_of(customer: Customer) -> dict[str, tuple[Listing, ...]]:
    """Whom of the customer's parties the lists name, by public id: true matches, and strong hits that wait."""
    found: dict[str, list[Listing]] = {}
    for hit, entry in listed_subjects(customer):
        listing = Listing(
            measure=entry.measure,
            certain=hit.status == HitStatus.TRUE_MATCH,
            programmes=tuple(entry.programmes),
            entry=str(entry.party),
            requirement=entry.content.get("licence_requirement", ""),
        )
        found.setdefault(hit.subject, []).append(listing)
    return {subject: tuple(listings) for subject, listings in found.items()}


# ------------------------------------------------------------------------------------------------ two people
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
    """The first of two people. Nobody is approved while a hit is open."""
    if not reason_codes:
        raise Incomplete("Choose at least one reason.")
    _check_codes(reason_codes, staff_words)
    _check_took_no_part(customer, actor)
    if outcome in GRANTS and customer.hit_set.open().exists():
        raise ForbiddenMove("A hit of this customer is still open.", customer=customer.public_id)
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


@transaction.atomic
def propose_hit_outcome(
    *, hit: Hit, status: HitStatus, reason_codes: Sequence[str], narrative: str, actor: User
) -> Proposal | Hit:
    """A weak hit that is no match is settled by one person; a strong one, and every true match, by two."""
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
    return _settle_hit(hit, status, reason_codes, narrative, actor)


def _evidence_of_hit(hit: Hit) -> dict[str, Any]:
    return {"status": hit.status, "fingerprint": hit.fingerprint, "score": hit.score}


def _settle_hit(hit: Hit, status: HitStatus, codes: Sequence[str], narrative: str, actor: User) -> Hit:
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
            _after_review(customer, actor)
    return settled


def _after_review(customer: Customer, actor: Actor) -> None:
    """Nothing is open in screening any more: assess again, and make sure that a person's case is there."""
    assessment = assess(customer=customer, actor=actor)
    if not Case.objects.unresolved().filter(customer=customer).exists():
        summary = f"Hits are settled; the risk is {assessment.level}: a person decides."
        findings = [Finding.from_json(row) for row in assessment.findings]
        open_case(customer=customer, type=CaseType.RISK, summary=summary, findings=findings, actor=actor)


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
    subject = _subject_of(proposal)
    evidence = _evidence_now(proposal, subject)
    approvals.confirm(proposal=proposal, actor=actor, reason=reason, evidence_now=evidence)
    payload = proposal.payload
    match subject:
        case Customer() if proposal.action == Action.DECIDE_CUSTOMER:
            _check_took_no_part(subject, actor)
            _decide(
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
            _settle_hit(subject, status, proposal.reason_codes, payload["narrative"], actor)
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
        approvals.refuse(proposal=proposal, actor=actor, reason=reason)
        _back_to_work(proposal, actor, "the proposal was refused")
    return proposal


@transaction.atomic
def withdraw_proposal(*, proposal: Proposal, actor: User) -> Proposal:
    """The proposer takes it back; cases that waited go back to work."""
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


# ------------------------------------------------------------------------------------------------ decisions
LETTERS = {
    DecisionOutcome.APPROVED: "approved",
    DecisionOutcome.APPROVED_LIMITED: "approved_limited",
    DecisionOutcome.REJECTED: "rejected",
    DecisionOutcome.RESTRICTED: "restricted",
    DecisionOutcome.SUSPENDED: "suspended",
}


def _decide(
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
    also: dict[str, Any] = {"tier": tier, "decided_at": decision.at, "review_due_on": review, "next_step_at": None}
    move_customer(customer=customer, to=CustomerStatus(outcome), actor=actor, reason=", ".join(reason_codes), **also)
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


# ------------------------------------------------------------------------------------------------ appeals
def _check_took_no_part(customer: Customer, actor: User) -> None:
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


# ------------------------------------------------------------------------------------------------ what beat finds
def late_customers() -> CustomerQuerySet:
    """Whose next step was due and did not happen."""
    return Customer.objects.overdue_steps(timezone.now() - STEP_IS_LATE)


@transaction.atomic
def expire_reviews(*, actor: Actor = SYSTEM) -> int:
    """Open a review case for each served customer whose review is due; returns how many were opened."""
    due = Customer.objects.served().filter(review_due_on__lte=timezone.localdate())
    opened = 0
    for customer in due.iterator():
        summary = f"The periodic review was due on {customer.review_due_on:%d %B %Y}."
        opened += open_case(customer=customer, type=CaseType.REVIEW, summary=summary, actor=actor)[1]
    return opened


@transaction.atomic
def expire_documents(*, actor: Actor = SYSTEM) -> int:
    """Open a review case for each served customer whose document ran out and was not looked at since."""
    today = timezone.localdate()
    ran_out = Identifier.objects.filter(expires_on__lte=today, customer__status__in=SERVED).select_related("customer")
    opened = 0
    for identifier in ran_out.order_by("id").iterator():
        customer = identifier.customer
        if customer.case_set.filter(type=CaseType.REVIEW, opened_at__date__gte=identifier.expires_on).exists():
            continue
        kind = identifier.kind.replace("_", " ")
        summary = f"The {kind} ending in {identifier.tail} ran out on {identifier.expires_on:%d %B %Y}."
        opened += open_case(customer=customer, type=CaseType.REVIEW, summary=summary, actor=actor)[1]
    return opened


@transaction.atomic
def remind_of_attestations() -> int:
    """Write to served customers whose declarations run out soon, or whose terms changed; returns to how many."""
    now = timezone.now()
    soon = now.date() + timedelta(days=ATTESTATION_REMINDER_DAYS)
    due = models.Q(attestation__expires_on__lte=soon) | models.Q(attestation__terms__replaced_at__isnull=False)
    told = Notice.objects.filter(
        template="attestation_due", queued_at__gte=now - timedelta(days=ATTESTATION_REMINDED_AGAIN_DAYS)
    )
    written = 0
    for customer in Customer.objects.served().filter(due).exclude(notices__in=told).distinct():
        if items := [terms.title for terms in attestations_due(customer, on=soon)]:
            tell_members(customer=customer, template="attestation_due", items=items)
            written += 1
    return written


@transaction.atomic
def look_into_reviews(*, now: datetime, actor: Actor = SYSTEM) -> int:
    """Open a case of location for whoever the gate keeps for a person, so that one looks; returns how many.

    Once for the same reasons within the time that a person's word counts: a refusal stands, and is asked again later.
    """
    kept = AccessDecision.objects.filter(outcome=AccessOutcome.REVIEW, at__gte=now - REVIEWS_ARE_FOUND_WITHIN)
    latest = kept.exclude(customer=None).select_related("customer").order_by("customer", "-at").distinct("customer")
    opened = 0
    for decision in latest:
        customer = decision.customer
        codes = {code for code in ways_of(decision).codes if not code.startswith("use.")}
        known = customer.case_set.filter(
            type=CaseType.LOCATION, opened_at__gte=now - timedelta(seconds=ACCESS.person_seconds)
        ).values_list("findings", flat=True)
        if codes <= {row["code"] for findings in known for row in findings}:
            continue
        reasons = [Finding.from_json(row) for row in decision.findings if row["code"] in codes]
        summary = "The gate keeps this customer for a person, because of the place."
        kind = CaseType.LOCATION
        opened += open_case(customer=customer, type=kind, summary=summary, findings=reasons, actor=actor)[1]
    return opened


# ------------------------------------------------------------------------------------------------ for the customer
@dataclass(frozen=True, slots=True)
class NextAction:
    """What the customer does next; `url_name` "" where nothing is asked of them."""

    title: str
    sentence: str
    url_name: str = ""
    kwargs: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop on the road as the customer sees it; `state` is done, now or later."""

    title: str
    state: str
    sentence: str = ""


def next_action(customer: Customer) -> NextAction:
    """Always something, in words a customer may see: no hit, list or hold is ever named."""
    here = {"public_id": customer.public_id}
    asked = customer.informationrequest_set.filter(answered_at=None).order_by("id").first()
    if asked is not None:
        kwargs = here | {"request_id": asked.public_id}
        return NextAction("Answer our questions", "We need a little more from you.", "portal:answer", kwargs)
    status = CustomerStatus(customer.status)
    if customer.is_editable:
        if missing_of(customer):
            return NextAction("Fill in the form", "It is saved as you go; come back any time.", "portal:form", here)
        return NextAction("Check and submit", "Everything is there.", "portal:review", here)
    if status in SERVED and attestations_due(customer):
        kwargs = here | {"step": "attestations"}
        return NextAction("Read the new declarations", "Some terms have changed.", "portal:step", kwargs)
    if customer.appeal_set.filter(settled_at=None).exists():
        sentence = "Somebody who took no part in the decision reads your objection; we will write to you."
        return NextAction("Nothing to do now", sentence)
    if (yours := IDENTITY_TURNS.get(verifying.turn_of(customer).turn)) is not None:
        return NextAction(*yours, "portal:identity", here)
    if status == CustomerStatus.VERIFYING and waits_for_staff(customer):
        return NextAction("Nothing to do now", "A person looks at your documents; we will write to you.")
    match status:
        case CustomerStatus.APPROVED | CustomerStatus.APPROVED_LIMITED:
            return NextAction("Nothing to do", "You may use what you see below.")
        case CustomerStatus.REJECTED | CustomerStatus.SUSPENDED | CustomerStatus.RESTRICTED:
            return NextAction("Read our letter", "You may object to the decision.", "portal:appeal", here)
        case CustomerStatus.CLOSED:
            return NextAction("Nothing to do", "This file is closed.")
        case CustomerStatus.IN_REVIEW:
            return NextAction("Nothing to do now", "A person is looking at your details; we will write to you.")
    return NextAction("Nothing to do now", "The checks are running; this page updates itself.")


# what the customer does next where it is their turn in the identity check
IDENTITY_TURNS = {
    verifying.Turn.PREPARED: ("Verify your identity", "It takes about three minutes; have your document at hand."),
    verifying.Turn.CUSTOMER: ("Verify your identity", "It takes about three minutes; have your document at hand."),
    verifying.Turn.CUSTOMER_ANEW: ("Verify your identity", "The last try was not finished: please begin again."),
}


def waits_for_staff(customer: Customer) -> bool:
    """The identity is with a person and not with a worker."""
    return Case.objects.unresolved().filter(customer=customer, type=CaseType.IDENTITY).exists()


def waits_for_customer(customer: Customer) -> bool:
    """The identity check waits for the customer to come."""
    return verifying.turn_of(customer).turn in IDENTITY_TURNS


ROAD = (
    ("Your details", frozenset({CustomerStatus.DRAFT, CustomerStatus.NEEDS_INFORMATION})),
    ("Identity", frozenset({CustomerStatus.SUBMITTED, CustomerStatus.VERIFYING})),
    ("Checks", frozenset({CustomerStatus.SCREENING})),
    ("Review", frozenset({CustomerStatus.IN_REVIEW})),
    (
        "Decision",
        frozenset(CustomerStatus)
        - {
            CustomerStatus.DRAFT,
            CustomerStatus.NEEDS_INFORMATION,
            CustomerStatus.SUBMITTED,
            CustomerStatus.VERIFYING,
            CustomerStatus.SCREENING,
            CustomerStatus.IN_REVIEW,
        },
    ),
)


def status_for_customer(customer: Customer) -> list[Stop]:
    """The road with where the customer stands on it."""
    here = next(n for n, (_, statuses) in enumerate(ROAD) if customer.status in statuses)
    stops = []
    for number, (title, _) in enumerate(ROAD):
        decided = number == here == len(ROAD) - 1
        state = "done" if number < here or decided else "now" if number == here else "later"
        stops.append(Stop(title, state))
    return stops
