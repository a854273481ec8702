"""From the form to a decision, or to a person: each step that is due, taken once. Safe to run twice."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from kyc import verifying
from kyc.access.challenges import settle_looked_at
from kyc.access.states import AccessTier
from kyc.audit.services import SYSTEM, Actor
from kyc.cases.models import Case
from kyc.cases.services import open_case
from kyc.cases.states import CaseType
from kyc.catalogue.models import CatalogueModel
from kyc.customers.contacts import contact_findings
from kyc.customers.models import Customer
from kyc.customers.numbers import registration_finding
from kyc.customers.queries import contact_facts, current_use, people_to_verify, profile_facts
from kyc.customers.rules import Missing, what_is_missing
from kyc.customers.services import move_customer
from kyc.customers.states import CustomerStatus
from kyc.decisions.states import DecisionOutcome
from kyc.dispatch import after_commit
from kyc.errors import Incomplete
from kyc.findings import Finding
from kyc.identity.models import Verification
from kyc.identity.services import settle_verification, start_verification
from kyc.journey.amending import open_form, take_amendments
from kyc.journey.deciding import assess_again, decide
from kyc.journey.screening import screening_due, take_screening
from kyc.notices.services import tell_members
from kyc.policy.reasons import public_words
from kyc.policy.risk import LEVELS
from kyc.risk.services import assess
from kyc.screening.services import screen_customer
from kyc.verifying import DocumentReader


@transaction.atomic
def submit(*, customer: Customer, actor: Actor) -> Customer:
    """Close the form and set the checks going. Incomplete names what is missing."""
    missing = missing_of(customer)
    if missing:
        raise Incomplete(f"Still missing: {missing[0].sentence}.", missing=[row.field for row in missing])
    take_amendments(customer=customer, actor=actor)
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
        for party in (party for party in people_to_verify(customer) if party.verified_at is None):
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
        open_form(customer=customer, actor=actor)  # of owners whom nobody named
    if customer.next_step_at is not None and customer.next_step_at <= timezone.now() and not customer.is_moving:
        after_commit("kyc.screen_changed", customer_id=customer.pk)  # the facts changed, and the message was lost
    return CustomerStatus(customer.status)


def _after_verification(customer: Customer, actor: Actor) -> None:
    """Verified or not, screening follows. Owners are waited for no longer: their checks go on, and so does the case."""
    verifying.look_for_others(customer=customer, actor=actor)
    verifying.close_case(customer=customer, actor=actor)
    move_customer(customer=customer, to=CustomerStatus.SCREENING, actor=actor, next_step_at=timezone.now())


@transaction.atomic
def settle_identity(*, verification: Verification, verified: bool, actor: User, reason: str) -> Verification:
    """A person judges one check. Where it was the last that was open, its case is closed and the risk assessed anew.

    While the road is walked a worker does that. Raises as `settle_verification` does.
    """
    customer = Customer.objects.select_for_update().get(pk=verification.customer_id)
    settled = settle_verification(verification=verification, verified=verified, actor=actor, reason=reason)
    if customer.is_moving:
        return settled
    verifying.close_case(customer=customer, actor=actor)
    if not verifying.open_checks(customer):
        assess_again(customer=customer, because="Identities are settled", actor=actor)
    return settled


def _judge(customer: Customer, actor: Actor) -> None:
    """Risk, and either the policy's straight way or a person."""
    assessment = assess(customer=customer, actor=actor)
    level = next(level for level in LEVELS if level.name == assessment.level)
    open_cases = Case.objects.unresolved().filter(customer=customer).exists()
    if level.straight_through and not open_cases:
        words = public_words(("checks_passed",))
        decide(
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
    due = screening_due(customer, CustomerStatus.IN_REVIEW)  # still, where it could not be done
    move_customer(customer=customer, to=CustomerStatus.IN_REVIEW, actor=actor, next_step_at=due)
