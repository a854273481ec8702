"""Verifications by staff: the zone typed in, its check digits proved, each field compared, a person confirms."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission
from kyc.audit.services import Actor, plain, record
from kyc.audit.verbs import Verb
from kyc.customers.models import Customer, RelatedParty
from kyc.customers.services import mark_document
from kyc.dispatch import after_commit
from kyc.documents.models import Document, DocumentStatus
from kyc.documents.mrz import parse_mrz
from kyc.errors import ForbiddenMove, Incomplete, LostRace, NotAllowed
from kyc.identity.models import Verification
from kyc.identity.rules import DeclaredPerson, compare_document
from kyc.identity.states import OPEN, VerificationStatus, check_move
from kyc.identity.vendors.registry import ADAPTERS
from kyc.policy.versions import POLICY_VERSION

STAFF_REVIEW = "staff_review"


def declared_person(customer: Customer, party: RelatedParty | None) -> DeclaredPerson:
    """What the customer (or the related party) says of themselves."""
    who = party or customer
    numbers = customer.identifier_set.filter(party=party)
    return DeclaredPerson(
        legal_name=who.legal_name,
        birth_date=who.birth_date,
        nationalities=tuple(who.nationalities),
        document_numbers=tuple(row.value for row in numbers),
        gender=getattr(who, "gender", ""),
    )


@transaction.atomic
def start_verification(*, customer: Customer, actor: Actor, party: RelatedParty | None = None) -> Verification:
    """The open session of that person, or a new one."""
    Customer.objects.select_for_update().get(pk=customer.pk)
    earlier = customer.verification_set.filter(party=party)
    running = earlier.filter(status__in=OPEN).first()
    if running is not None:
        return running
    verification = Verification.objects.create(
        customer=customer,
        world=customer.world,
        party=party,
        provider=STAFF_REVIEW,
        status=VerificationStatus.REVIEW,
        attempt=earlier.count() + 1,
        retention_rule="identity_document",
    )
    living = Document.objects.filter(customer=customer, party=party).exclude(status=DocumentStatus.WITHDRAWN)
    verification.documents.set(living)
    _record(verification, Verb.VERIFICATION_STARTED, actor, {"provider": STAFF_REVIEW})
    return verification


@transaction.atomic
def enter_mrz(*, verification: Verification, text: str, actor: User) -> Verification:
    """Read the typed zone and compare it. The session stays with the person: no digit covers a name."""
    _check_may(actor)
    if verification.status not in OPEN:
        raise LostRace("This verification is settled.", verification=verification.public_id)
    if verification.provider in ADAPTERS:
        sentence = "What a provider read is evidence and is not written over: take the check over first."
        raise ForbiddenMove(sentence, verification=verification.public_id)
    today = timezone.localdate()
    mrz = parse_mrz(text, today=today)
    declared = declared_person(verification.customer, verification.party)
    verdict = compare_document(declared, mrz, today=today)
    verification.declared = plain(_columns(declared))
    verification.read = plain(mrz.as_json())
    verification.findings = [finding.as_json() for finding in verdict.findings]
    verification.outcome = verdict.outcome
    verification.policy_version = POLICY_VERSION
    verification.document_expires_on = mrz.expires_on
    verification.save()
    mark_document(
        customer=verification.customer,
        country=mrz.issuing_country,
        number=mrz.document_number,
        party=verification.party,
        read=True,
    )
    facts = {"outcome": verdict.outcome, "codes": [f"{row.code}:{row.says}" for row in verdict.findings]}
    _record(verification, Verb.VERIFICATION_MOVED, actor, facts)
    return verification


@transaction.atomic
def settle_verification(*, verification: Verification, verified: bool, actor: User, reason: str) -> Verification:
    """A person decides. A contradiction is overruled only with a reason in words."""
    _check_may(actor)
    if not reason.strip() and (not verified or verification.outcome != "consistent"):
        raise Incomplete("Say what you rely on.")
    to = VerificationStatus.VERIFIED if verified else VerificationStatus.FAILED
    check_move(old := VerificationStatus(verification.status), to)
    now = timezone.now()
    values: dict[str, Any] = {"status": to, "finished_at": now, "reviewed_by": actor, "reason": reason}
    if Verification.objects.filter(pk=verification.pk, status=old).update(**values) != 1:
        raise LostRace(verification=verification.public_id)
    verification.refresh_from_db()
    if verification.party is not None and verified:
        RelatedParty.objects.filter(pk=verification.party.pk).update(verified_at=now)
    judged = DocumentStatus.ACCEPTED if verified else DocumentStatus.REJECTED
    verification.documents.filter(status=DocumentStatus.RECEIVED).update(status=judged, status_reason=reason[:300])
    _record(verification, Verb.VERIFICATION_MOVED, actor, {"old": old, "new": to, "reason": reason})
    after_commit("kyc.advance", customer_id=verification.customer_id)
    return verification


def _columns(facts: Any) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in facts.__dataclass_fields__}


def _check_may(actor: User) -> None:
    if not actor.may(Permission.WORK_CASES):
        raise NotAllowed("Your role may not verify identities.", permission=Permission.WORK_CASES)


def _record(verification: Verification, verb: Verb, actor: Actor, facts: dict[str, Any]) -> None:
    record(verb=verb, subject=verification, actor=actor, person=verification.customer.public_id, facts=facts)
