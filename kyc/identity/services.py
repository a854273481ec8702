"""Verifications here: what the embedded reader read is compared field by field; a person judges, or types the zone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission
from kyc.audit.services import Actor, plain, record
from kyc.audit.verbs import Verb
from kyc.customers.models import Customer, RelatedParty
from kyc.customers.services import identity_settled, mark_document
from kyc.dispatch import after_commit
from kyc.documents.face_match import is_installed
from kyc.documents.models import READ_KINDS, Document, DocumentKind, DocumentStatus, ReadingStatus
from kyc.documents.mrz import Mrz, parse_mrz
from kyc.documents.reading.reader import compare_faces
from kyc.documents.services import LATE_AFTER, may_compare_faces, page_pixels
from kyc.errors import BadInput, ForbiddenMove, Incomplete, LostRace, NotAllowed, Unavailable
from kyc.findings import Finding
from kyc.identity.face import face_finding
from kyc.identity.models import Verification
from kyc.identity.reading import Interpreted, ReadDocument, interpret
from kyc.identity.rules import DeclaredPerson, IdentityOutcome, compare_document
from kyc.identity.states import OPEN, VerificationStatus, check_move
from kyc.identity.vendors.registry import ADAPTERS
from kyc.policy.documents import FACES, READING
from kyc.policy.identity import DOCUMENT_ALONE_LETS_IN
from kyc.policy.versions import POLICY_VERSION

STAFF_REVIEW, EMBEDDED = "staff_review", "embedded"
V = VerificationStatus


def declared_person(customer: Customer, party: RelatedParty | None) -> DeclaredPerson:
    """What the customer (or the related party, who tells one name) says of themselves."""
    who = party or customer
    others = [] if party else [customer.original_name, *(row.text for row in customer.othername_set.order_by("id"))]
    numbers = customer.identifier_set.filter(party=party)
    return DeclaredPerson(
        legal_name=who.legal_name,
        birth_date=who.birth_date,
        nationalities=tuple(who.nationalities),
        document_numbers=tuple(row.value for row in numbers),
        gender=getattr(who, "gender", ""),
        other_names=tuple(filter(None, others)),
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
    verification.documents.set(customer.document_set.standing().filter(party=party))
    _record(verification, Verb.VERIFICATION_STARTED, actor, {"provider": provider})
    return take_readings(verification=verification, actor=actor)


@transaction.atomic
def take_readings(*, verification: Verification, actor: Actor) -> Verification:
    """Compare what was read with what was declared. Does nothing while a document waits for the reader, or twice.

    A document that could not be read is unknown and goes to a person, as does every doubt of the reader's. A selfie
    is compared first, by a worker and in no transaction.
    """
    row, documents = _locked(verification)
    if row.status != V.PROCESSING or _one_waits(documents):
        return row
    if selfie_among(documents) and FACES_READ not in (row.read or {}):
        if (why := why_not_compared(row, documents)) is None:
            after_commit("kyc.compare_faces", verification_id=row.pk)
            return row
        row.read = plain({FACES_READ: {"unknown": why}})
    read = _what_was_read(documents)
    if read or FACES_READ in (row.read or {}):
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


@transaction.atomic
def take_later_readings(*, verification: Verification, actor: Actor) -> None:
    """Compare anew, with a document that came while a person looks: the evidence grows, and it stays with them.

    Nothing while another is still being read, or where none could be: a zone that somebody typed then stands.
    """
    row, documents = _locked(verification)
    if row.status != V.REVIEW or _one_waits(documents):
        return
    read = _what_was_read(documents)
    if all(document.failed for document in read):
        return
    _compare(row, read)
    row.save()
    codes = [f"{finding['code']}:{finding['says']}" for finding in row.findings]
    _record(row, Verb.VERIFICATION_MOVED, actor, {"old": V.REVIEW, "new": V.REVIEW, "codes": codes})


def _locked(verification: Verification) -> tuple[Verification, list[Document]]:
    """The row, which nobody else moves meanwhile, and its documents."""
    rows = Verification.objects.select_for_update(of=("self",)).select_related("customer", "party")
    row = rows.get(pk=verification.pk)
    return row, _documents_of(row)


def _documents_of(row: Verification) -> list[Document]:
    return list(row.documents.standing().order_by("id"))


def _one_waits(documents: Sequence[Document]) -> bool:
    return any(document.reading_status == ReadingStatus.WAITING for document in documents)


def _what_was_read(documents: Sequence[Document]) -> list[ReadDocument]:
    looked_at = (ReadingStatus.READ, ReadingStatus.FAILED)
    return [
        _as_read(document)
        for document in documents
        if document.kind in READ_KINDS and document.reading_status in looked_at
    ]


def _as_read(document: Document) -> ReadDocument:
    held: dict[str, Any] = document.reading or {}
    return ReadDocument(document.public_id, document.kind, tuple(held.get("pages", ())), held.get("failed", ""))


# ------------------------------------------------------------------------------------------------ faces
FACES_READ = "faces"  # in Verification.read: what was kept of the comparison (kyc.identity.face)


def selfie_among(documents: Sequence[Document]) -> Document | None:
    """The latest counts: it was taken again because the one before was not good."""
    return next((document for document in reversed(documents) if document.kind == DocumentKind.SELFIE), None)


def why_not_compared(row: Verification, documents: Sequence[Document]) -> str | None:
    """A code of kyc.policy.identity.FACE_UNKNOWN; None where the faces may be compared, and can be."""
    if row.party is not None:
        return "another_person"
    if not may_compare_faces(row.customer, row.party):
        return "refused"
    if not any(document.kind in READ_KINDS for document in documents):
        return "no_document"
    return None if is_installed(settings.FACE_MATCH) else "absent"


def compare_faces_of(*, verification_id: int) -> Verification | None:
    """Have the selfie compared with the documents' pages; None where that is not due. Takes seconds.

    Consent is looked at before, and again when the result is kept: where it was taken back meanwhile nothing is kept.
    """
    row = Verification.objects.select_related("customer", "party").get(pk=verification_id)
    documents, selfie = _due_faces(row)
    if selfie is None:
        return None
    why = why_not_compared(row, documents)
    return _keep_faces(row, {"unknown": why} if why else _compared(selfie, documents))


def give_up_faces(*, verification_id: int) -> Verification | None:
    """They have waited for too long: workers died over them, or none ran. A person looks."""
    row = Verification.objects.select_related("customer", "party").get(pk=verification_id)
    if _due_faces(row)[1] is None:
        return None
    return _keep_faces(row, {"unknown": "failed", "reason": "no worker could finish it"})


def _due_faces(row: Verification) -> tuple[list[Document], Document | None]:
    """(the session's documents, the selfie that is still to be compared with them)."""
    documents = _documents_of(row)
    due = row.status == V.PROCESSING and FACES_READ not in (row.read or {})
    return documents, selfie_among(documents) if due else None


def unfinished(now: datetime) -> QuerySet[Verification]:
    """Sessions here whose documents are all read and that went no further: the message was lost, or its worker."""
    waiting = Document.objects.filter(reading_status=ReadingStatus.WAITING)
    ours = Verification.objects.filter(status=V.PROCESSING, provider__in=(STAFF_REVIEW, EMBEDDED))
    return ours.filter(started_at__lt=now - LATE_AFTER).exclude(documents__in=waiting).order_by("started_at")


def _compared(selfie: Document, documents: Sequence[Document]) -> dict[str, Any]:
    try:
        pages, turned = [], []
        for document in documents:
            if document.kind not in READ_KINDS:
                continue
            reading: dict[str, Any] = document.reading or {}
            held = reading.get("pages", ())
            for page in range(min(document.pages, READING.pages)):
                pages.append(page_pixels(document, page, side=FACES.side))
                turned.append(held[page]["turned"] if page < len(held) else 0)
        looked, lie = pages[: FACES.pages], turned[: FACES.pages]
        face = page_pixels(selfie, 0, side=FACES.side)
        seen = compare_faces(face, looked, turned=lie, folder=settings.FACE_MATCH)
    except (Unavailable, BadInput) as error:
        return {"unknown": "failed", "reason": str(error.facts.get("reason") or error.sentence)}
    distances = [page["distance"] for page in seen["pages"] if page["distance"] is not None]
    return {"faces": seen["faces"], "distances": distances}


@transaction.atomic
def _keep_faces(row: Verification, compared: dict[str, Any]) -> Verification | None:
    locked = Verification.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if locked.status != V.PROCESSING or FACES_READ in (locked.read or {}):
        return None  # another worker was faster, or a person settled it
    if "unknown" not in compared and not may_compare_faces(row.customer, row.party):
        compared = {"unknown": "refused"}
    locked.read = (locked.read or {}) | {FACES_READ: compared}
    locked.save(update_fields=["read"])
    return locked


def _compare(row: Verification, read: Sequence[ReadDocument], *, typed: Mrz | None = None) -> None:
    today = timezone.localdate()
    found = interpret(read, today=today, typed=typed)
    declared = declared_person(row.customer, row.party)
    remarks = [*found.remarks, *_faces_said(row)]
    verdict = compare_document(
        declared, found.mrz, today=today, barcode=found.barcode, printed=found.printed, remarks=remarks
    )
    numbered = [(found.mrz.issuing_country, found.mrz.document_number)] if found.mrz else []
    numbered += [(found.barcode.country, found.barcode.document_number)] if found.barcode else []
    for country, number in numbered:  # the same document on somebody else is a finding
        mark_document(customer=row.customer, country=country, number=number, party=row.party, read=True)
    nothing_read = typed is None and all(document.failed for document in read)
    row.declared = plain(_columns(declared))
    faces = _faces_of(row)
    row.read = plain(as_evidence(found)) | ({FACES_READ: faces} if faces else {})
    row.findings = [finding.as_json() for finding in verdict.findings]
    row.outcome = "unknown" if nothing_read else verdict.outcome
    row.policy_version = POLICY_VERSION
    ends = [day for source in (found.mrz, found.barcode, found.printed) if source and (day := source.expires_on)]
    row.document_expires_on = min(ends, default=None)


def _faces_said(row: Verification) -> list[Finding]:
    compared = _faces_of(row)
    return [face_finding(compared)] if compared else []


def _faces_of(row: Verification) -> dict[str, Any] | None:
    read: dict[str, Any] = row.read or {}
    return read.get(FACES_READ)


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
    """Compare the typed zone, in place of the one that was read, with all else that was read and what was declared.

    The session stays with the person: no digit covers a name. Raises LostRace where it is settled, BadInput for a zone
    of no known shape.
    """
    _check_may(actor)
    row, documents = _locked(verification)
    if row.status not in OPEN:
        raise LostRace("This verification is settled.", verification=row.public_id)
    if row.provider in ADAPTERS:
        sentence = "What a provider read is evidence and is not written over: take the check over first."
        raise ForbiddenMove(sentence, verification=row.public_id)
    _compare(row, _what_was_read(documents), typed=parse_mrz(text, today=timezone.localdate()))
    row.save()
    facts = {"outcome": row.outcome, "codes": [f"{finding['code']}:{finding['says']}" for finding in row.findings]}
    _record(row, Verb.VERIFICATION_MOVED, actor, facts)
    return row


@transaction.atomic
def settle_verification(*, verification: Verification, verified: bool, actor: User, reason: str) -> Verification:
    """A person decides. A contradiction is overruled only with a reason in words."""
    _check_may(actor)
    if not reason.strip() and (not verified or verification.outcome != "consistent"):
        raise Incomplete("Say what you rely on.")
    to = VerificationStatus.VERIFIED if verified else VerificationStatus.FAILED
    check_move(old := VerificationStatus(verification.status), to)
    now = timezone.now()
    values: dict[str, Any] = {"status": to, "finished_at": now, "reviewed_by": actor, "reason": reason, "ask_at": None}
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
