"""The people behind an organisation on file: each is verified, also who comes later or becomes somebody else."""

from __future__ import annotations

from dataclasses import asdict

from django.db import transaction
from django.utils import timezone

from kyc.audit.services import SYSTEM, Actor, plain
from kyc.cases.services import open_case
from kyc.cases.states import CaseType
from kyc.customers.models import Customer, RelatedParty
from kyc.customers.queries import people_to_verify
from kyc.findings import Finding, Says
from kyc.identity.models import Verification
from kyc.identity.services import declared_person, start_verification, take_later_readings
from kyc.identity.states import VerificationStatus
from kyc.ownership.graph import joined
from kyc.risk.queries import risk_codes
from kyc.risk.services import assess


@transaction.atomic
def look_at_people(*, customer: Customer, actor: Actor = SYSTEM) -> None:
    """After a change of facts: a session for each newcomer among the owners and directors, one case, and the risk anew.

    Nothing where the form is open or the road is being walked: handing it in begins with all of them. Safe to run
    twice. Call with the customer locked.
    """
    if customer.is_person or customer.is_editable or customer.is_moving:
        return
    found = [(party, _latest(customer, party)) for party in people_to_verify(customer) if party.verified_at is None]
    # who failed gets another session by sending a document; who was verified and is so no more has become another
    new = [party for party, latest in found if latest is None or latest.status == VerificationStatus.VERIFIED]
    for party in new:
        start_verification(customer=customer, actor=actor, party=party)
    for party, latest in found:
        if latest is not None and latest.status == VerificationStatus.REVIEW and _declares_otherwise(latest, party):
            take_later_readings(verification=latest, actor=actor)  # else a person would judge what no longer stands
    if new:
        names = joined(party.legal_name for party in new)
        sentence = f"Came, or became somebody else, after the organisation was checked: {names}."
        facts = {"parties": [party.public_id for party in new]}
        open_case(
            customer=customer,
            type=CaseType.IDENTITY,
            summary=f"Not verified: {names}."[:300],
            findings=[Finding("identity.newcomer", sentence, Says.MISSING, facts=facts)],
            actor=actor,
        )
    if new or _risk_is_another(customer):
        assess(customer=customer, actor=actor)


def _latest(customer: Customer, party: RelatedParty) -> Verification | None:
    return customer.verification_set.filter(party=party).order_by("-id").first()


def _declares_otherwise(row: Verification, party: RelatedParty) -> bool:
    """Whether what the document was compared with is not what they are said to be now."""
    compared: dict[str, object] = row.declared or {}
    return bool(compared) and compared != plain(asdict(declared_person(row.customer, party)))


def _risk_is_another(customer: Customer) -> bool:
    """Whether other factors apply than at the latest assessment; not where there was none."""
    latest = customer.riskassessment_set.order_by("-at", "-id").first()
    if latest is None:
        return False
    return set(latest.facts["codes"]) != set(risk_codes(customer, on=timezone.localdate()))
