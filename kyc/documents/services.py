"""Store, read, show and withdraw documents. Encrypted from the first byte on disk; every view is recorded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import ApiClient, User
from accounts.roles import Permission
from kyc.audit.services import SYSTEM, Actor, record
from kyc.audit.verbs import Verb
from kyc.customers.models import Consent, Customer, RelatedParty
from kyc.customers.queries import consent_given
from kyc.customers.services import touch
from kyc.customers.states import CustomerStatus
from kyc.dispatch import after_commit
from kyc.documents.clamav import check_for_viruses
from kyc.documents.face_match import is_installed
from kyc.documents.files import delete_file, open_file, store_sealed
from kyc.documents.models import READ_KINDS, ZONE_KINDS, Document, DocumentKind, DocumentStatus, ReadingStatus
from kyc.documents.reading.reader import compare_faces, read_pixels
from kyc.documents.retakes import retake_for, retake_for_selfie
from kyc.documents.uploads import pixels_of, take_upload
from kyc.errors import BadInput, ForbiddenMove, LostRace, NotAllowed, NotFound, Unavailable
from kyc.policy.documents import FACES, READING
from kyc.vault.keys import keyring
from kyc.vault.sealing import blind_index

FOLDER = "documents"
PREVIEW_MIME = "image/png"
# documents a customer may have at once: beyond that somebody fills the disk
MOST_DOCUMENTS = 60
LATE_AFTER = timedelta(seconds=90)  # a reading takes two seconds; then it is sent again
GIVEN_UP_AFTER = timedelta(minutes=15)
MOST_RESENT = 200  # at a time: a queue that does not move is not made longer


@transaction.atomic
def store_document(
    *,
    customer: Customer,
    actor: Actor,
    kind: str,
    filename: str,
    content: bytes,
    party: RelatedParty | None = None,
) -> Document:
    """Judge the bytes, seal them, keep a clean picture for showing. BadInput says what is wrong with them."""
    if kind not in DocumentKind.values:
        raise BadInput("Choose what kind of document this is.", field="kind")
    # while a worker is at it nothing is added; a check that waits for somebody may wait for this very document
    if customer.status == "closed" or (customer.is_moving and customer.status != CustomerStatus.VERIFYING):
        raise ForbiddenMove("Documents cannot be added now.", customer=customer.public_id)
    if customer.document_set.exclude(status=DocumentStatus.WITHDRAWN).count() >= MOST_DOCUMENTS:
        raise BadInput("There are too many documents already; withdraw some first.")
    check_for_viruses(content, address=settings.CLAMAV_SOCKET)
    upload, preview = take_upload(content)
    document = Document(
        customer=customer,
        world=customer.world,
        party=party,
        kind=kind,
        filename=filename.replace("\\", "/").rpartition("/")[2][:255] or "document",
        mime=upload.mime,
        size=len(content),
        pages=upload.pages,
        width=upload.width,
        height=upload.height,
        index=blind_index(upload.sha256, purpose="document", keyring=keyring()),
        uploaded_by=actor if isinstance(actor, User) else None,
        by_client=actor.public_id if isinstance(actor, ApiClient) else "",
        reading_status=ReadingStatus.WAITING if _is_read(kind, customer, party) else ReadingStatus.NONE,
    )
    document.sealed_name = store_sealed(FOLDER, content, context=document.public_id)
    document.preview_name = store_sealed(FOLDER, preview, context=f"{document.public_id}/preview")
    document.save(force_insert=True)
    facts = {"kind": kind, "mime": upload.mime, "size": len(content), "party": party.public_id if party else ""}
    record(verb=Verb.DOCUMENT_UPLOADED, subject=document, actor=actor, person=customer.public_id, facts=facts)
    touch(customer)
    if document.reading_status == ReadingStatus.WAITING:
        after_commit("kyc.read_document", document_id=document.pk)
    return document


def delete_files(document: Document) -> None:
    """After the transaction that stored it was rolled back: a transaction takes back rows, and no files."""
    for name in filter(None, (document.sealed_name, document.preview_name)):
        delete_file(FOLDER, name)


def _is_read(kind: str, customer: Customer, party: RelatedParty | None) -> bool:
    """A selfie only where faces may be looked for, and can be."""
    if kind == DocumentKind.SELFIE:
        return may_compare_faces(customer, party) and is_installed(settings.FACE_MATCH)
    return kind in READ_KINDS


def may_compare_faces(customer: Customer, party: RelatedParty | None) -> bool:
    """The customer's own word, and the latest one; for a related person nobody's consent is on record."""
    return party is None and consent_given(customer, Consent.Kind.BIOMETRICS) is True


@transaction.atomic
def look_at_selfies(*, customer: Customer) -> None:
    """Those that were sent before it was known whether faces may be looked for; nothing where they may not."""
    unseen = customer.document_set.filter(kind=DocumentKind.SELFIE, party=None, reading_status=ReadingStatus.NONE)
    if not _is_read(DocumentKind.SELFIE, customer, None):
        return
    for document in unseen.exclude(status=DocumentStatus.WITHDRAWN):
        document.reading_status = ReadingStatus.WAITING
        document.save(update_fields=["reading_status"])
        after_commit("kyc.read_document", document_id=document.pk)


def read_document(*, document_id: int, actor: Actor = SYSTEM) -> Document | None:
    """Have the embedded reader look at it; None where that was done already. Takes seconds, in no transaction.

    What fails is kept as failed: a reading that could not be made is unknown, and no document waits for ever.
    """
    document = Document.objects.select_related("customer", "party").get(pk=document_id)
    if document.reading_status != ReadingStatus.WAITING:
        return None
    values: dict[str, Any]
    try:
        values = _look_at_selfie(document) if document.kind == DocumentKind.SELFIE else _read(document)
        values["reading_status"] = ReadingStatus.READ
    except (Unavailable, BadInput) as error:
        why = str(error.facts.get("reason") or error.sentence)
        values = {"reading": {"failed": why}, "reading_status": ReadingStatus.FAILED}
    return _keep_reading(document, values, actor)


def unread_documents(now: datetime) -> QuerySet[Document]:
    """Those whose reading is late: the message was lost, or its worker."""
    late = Document.objects.filter(reading_status=ReadingStatus.WAITING, uploaded_at__lt=now - LATE_AFTER)
    return late.order_by("uploaded_at")[:MOST_RESENT]


def give_up_reading(*, document_id: int, actor: Actor = SYSTEM) -> Document | None:
    """It has waited for too long: workers died over it, or none ran. A person looks."""
    document = Document.objects.select_related("customer").get(pk=document_id)
    values = {"reading": {"failed": "no worker could finish it"}, "reading_status": ReadingStatus.FAILED}
    return _keep_reading(document, values, actor)


def _read(document: Document) -> dict[str, Any]:
    pages = list(_read_pages(document))
    retake = retake_for(pages, needs_zone=document.kind in ZONE_KINDS)
    return {"reading": {"pages": pages}, "retake": retake}


def _look_at_selfie(document: Document) -> dict[str, Any]:
    """How many faces stand out in it. Without consent it is not looked at."""
    if not may_compare_faces(document.customer, document.party):
        raise Unavailable("This picture may not be looked at.", reason="the consent to biometrics was taken back")
    seen = compare_faces(page_pixels(document, 0, side=FACES.side), folder=settings.FACE_MATCH)
    return {"reading": {"faces": seen["faces"]}, "retake": retake_for_selfie(seen["faces"])}


def page_pixels(document: Document, page: int, *, side: int) -> bytes:
    """One page as bare pixels (PPM), drawn in the process that draws uploads. Raises BadInput, Unavailable."""
    content = open_file(FOLDER, document.sealed_name, context=document.public_id)
    return pixels_of(content, page=page, side=side)


def _read_pages(document: Document) -> Iterator[dict[str, Any]]:
    content = open_file(FOLDER, document.sealed_name, context=document.public_id)
    licence = document.kind == DocumentKind.DRIVING_LICENCE
    for page in range(min(document.pages, READING.pages)):
        pixels = pixels_of(content, page=page, side=READING.side)
        yield read_pixels(pixels, barcode_first=licence)


@transaction.atomic
def _keep_reading(document: Document, values: dict[str, Any], actor: Actor) -> Document | None:
    values |= {"read_at": timezone.now()}
    waiting = Document.objects.filter(pk=document.pk, reading_status=ReadingStatus.WAITING)
    if waiting.update(**values) != 1:
        return None  # another worker was faster
    document.refresh_from_db()
    facts = {"reading": document.reading_status, "retake": document.retake}
    record(verb=Verb.DOCUMENT_READ, subject=document, actor=actor, person=document.customer.public_id, facts=facts)
    return document


@transaction.atomic
def view_document(*, document: Document, actor: User, preview: bool) -> bytes:
    """The clean picture, or the original. Members of the customer and staff who may; each view is recorded."""
    if document.status == DocumentStatus.WITHDRAWN:
        raise NotFound(document=document.public_id)
    member = document.customer.member_set.filter(user=actor, removed_at=None).exists()
    if not member and not actor.may(Permission.VIEW_DOCUMENTS):
        raise NotAllowed("You may not see this document.", document=document.public_id)
    if preview:
        content = open_file(FOLDER, document.preview_name, context=f"{document.public_id}/preview")
    else:
        content = open_file(FOLDER, document.sealed_name, context=document.public_id)
    person = document.customer.public_id
    record(verb=Verb.DOCUMENT_VIEWED, subject=document, actor=actor, person=person, facts={"preview": preview})
    return content


@transaction.atomic
def withdraw_document(*, document: Document, actor: Actor) -> None:
    """The customer takes it back before submitting; the row stays, the file is no longer shown."""
    if not document.customer.is_editable:
        raise ForbiddenMove("What was submitted cannot be withdrawn.", document=document.public_id)
    living = Document.objects.filter(pk=document.pk).exclude(status=DocumentStatus.WITHDRAWN)
    if living.update(status=DocumentStatus.WITHDRAWN) != 1:
        raise LostRace("This was withdrawn already.", document=document.public_id)
    record(verb=Verb.DOCUMENT_WITHDRAWN, subject=document, actor=actor, person=document.customer.public_id)
    touch(document.customer)
