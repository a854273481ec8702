"""Verifications here: what the embedded reader read is compared field by field; a person judges, or types the zone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission
from kyc.audit.services import Actor, plain, record
from kyc.audit.verbs import Verb
from kyc.customers.models import Customer, RelatedParty
from kyc.customers.services import identity_settled, mark_document
from kyc.documents.models import Document, DocumentStatus, ReadingStatus
from kyc.documents.mrz import parse_mrz
from kyc.errors import ForbiddenMove, Incomplete, LostRace, NotAllowed
from kyc.identity.models import Verification
from kyc.identity.reading import Interpreted, ReadDocument, interpret
from kyc.identity.rules import DeclaredPerson, IdentityOutcome, compare_document
from kyc.identity.states import OPEN, VerificationStatus, check_move
from kyc.identity.vendors.registry import ADAPTERS
from kyc.policy.identity import DOCUMENT_ALONE_LETS_IN
from kyc.policy.versions import POLICY_VERSION

STAFF_REVIEW, EMBEDDED = "staff_review", "embedded"
V = VerificationStatus


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
def start_verification(
    *, customer: Customer, actor: Actor, party: RelatedParty | None = None, provider: str = STAFF_REVIEW
) -> Verification:
    """The open session of that person, or a new one: in review, or processing while a document is still being read.

    `provider`: EMBEDDED lets a document that agrees in all speak alone, where the policy lets it; with STAFF_REVIEW
    what was read is only shown to the person who judges.
    """
    Customer.objects.select_for_update().get(pk=customer.pk)
    earlier = customer.verification_set.filter(party=party)
    running = earlier.filter(status__in=OPEN).first()
    if running is not None:
        return running
    verification = Verification.objects.create(
        customer=customer,
        world=customer.world,
        party=party,
        provider=provider,
        status=V.PROCESSING,
        attempt=earlier.count() + 1,
        retention_rule="identity_document",
    )
    living = Document.objects.filter(customer=customer, party=party).exclude(status=DocumentStatus.WITHDRAWN)
    verification.documents.set(living)
    _record(verification, Verb.VERIFICATION_STARTED, actor, {"provider": provider})
    return take_readings(verification=verification, actor=actor)


@transaction.atomic
def take_readings(*, verification: Verification, actor: Actor) -> Verification:
    """Compare what was read with what was declared. Does nothing while a document waits for the reader, or twice.

    A document that could not be read is unknown and goes to a person, as does every doubt of the reader's.
    """
    row = (
        Verification.objects.select_for_update(of=("self",)).select_related("customer", "party").get(pk=verification.pk)
    )
    documents = list(row.documents.exclude(status=DocumentStatus.WITHDRAWN).order_by("id"))
    if row.status != V.PROCESSING or any(document.reading_status == ReadingStatus.WAITING for document in documents):
        return row
    read = [_as_read(document) for document in documents if document.reading_status in LOOKED_AT]
    if read:
        _compare(row, read)
    alone = row.provider == EMBEDDED and row.outcome == IdentityOutcome.CONSISTENT and _may_speak_alone(row)
    row.status = V.VERIFIED if alone else V.REVIEW
    if alone:
        row.finished_at = timezone.now()
        _judge_documents(row, DocumentStatus.ACCEPTED, "")
    row.save()
    codes = [f"{finding['code']}:{finding['says']}" for finding in row.findings]
    _record(row, Verb.VERIFICATION_MOVED, actor, {"old": V.PROCESSING, "new": row.status, "codes": codes})
    return row


LOOKED_AT = (ReadingStatus.READ, ReadingStatus.FAILED)


def _as_read(document: Document) -> ReadDocument:
    held: dict[str, Any] = document.reading or {}
    return ReadDocument(document.public_id, document.kind, tuple(held.get("pages", ())), held.get("failed", ""))


def _compare(row: Verification, read: Sequence[ReadDocument]) -> None:
    today = timezone.localdate()
    found = interpret(read, today=today)
    declared = declared_person(row.customer, row.party)
    verdict = compare_document(
        declared, found.mrz, today=today, barcode=found.barcode, printed=found.printed, remarks=found.remarks
    )
    numbered = [(found.mrz.issuing_country, found.mrz.document_number)] if found.mrz else []
    numbered += [(found.barcode.country, found.barcode.document_number)] if found.barcode else []
    for country, number in numbered:  # the same document on somebody else is a finding
        mark_document(customer=row.customer, country=country, number=number, party=row.party, read=True)
    nothing_read = all(document.failed for document in read)
    row.declared = plain(_columns(declared))
    row.read = plain(as_evidence(found))
    row.findings = [finding.as_json() for finding in verdict.findings]
    row.outcome = "unknown" if nothing_read else verdict.outcome
    row.policy_version = POLICY_VERSION
    ends = [day for source in (found.mrz, found.barcode, found.printed) if source and (day := source.expires_on)]
    row.document_expires_on = min(ends, default=None)


def as_evidence(found: Interpreted) -> dict[str, Any]:
    """The zone's fields as they stand, and beside them those of the barcode and of the printed text."""
    printed = _columns(found.printed) | {"birth_date": str(found.printed.birth_date or "")} if found.printed else None
    barcode = found.barcode.as_json() if found.barcode else None
    return (found.mrz.as_json() if found.mrz else {}) | {"barcode": barcode, "printed": printed}


def _may_speak_alone(row: Verification) -> bool:
    """A document says who is named on it, and not who holds it: it suffices for little."""
    return row.party is None and row.customer.tier_wanted in DOCUMENT_ALONE_LETS_IN


def _judge_documents(row: Verification, judged: str, reason: str) -> None:
    row.documents.filter(status=DocumentStatus.RECEIVED).update(status=judged, status_reason=reason[:300])


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
    verification.read = (verification.read or {}) | plain(mrz.as_json())
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
    _judge_documents(verification, DocumentStatus.ACCEPTED if verified else DocumentStatus.REJECTED, reason)
    _record(verification, Verb.VERIFICATION_MOVED, actor, {"old": old, "new": to, "reason": reason})
    if verification.party is None:
        identity_settled(customer=verification.customer)
    return verification


def _columns(facts: Any) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in facts.__dataclass_fields__}


def _check_may(actor: User) -> None:
    if not actor.may(Permission.WORK_CASES):
        raise NotAllowed("Your role may not verify identities.", permission=Permission.WORK_CASES)


def _record(verification: Verification, verb: Verb, actor: Actor, facts: dict[str, Any]) -> None:
    record(verb=verb, subject=verification, actor=actor, person=verification.customer.public_id, facts=facts)
