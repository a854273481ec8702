"""Take in an existing provider's customers: checked first, then row by row, resumable, safe to run twice."""

from __future__ import annotations

import hashlib

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission
from kyc.audit.services import SYSTEM, Actor, record
from kyc.audit.verbs import Verb
from kyc.customers.models import Customer
from kyc.customers.services import change_profile, create_customer, link_account, move_customer
from kyc.customers.states import CustomerKind, CustomerStatus
from kyc.dispatch import after_commit
from kyc.documents.files import open_file, store_sealed
from kyc.errors import ClearanceError, ForbiddenMove, NotAllowed
from kyc.imports.models import ImportBatch
from kyc.imports.rows import BadField, Row, format_of, read_rows

FOLDER = "imports"


@transaction.atomic
def store_upload(*, filename: str, content: bytes, world: str, actor: Actor) -> ImportBatch:
    """Seal the file and check every row of it; nothing is written to customers yet (the dry run)."""
    _check_may(actor)
    batch = ImportBatch(
        world=world,
        filename=filename[:255],
        format=format_of(filename),
        sha256=hashlib.sha256(content).hexdigest(),
        by=actor if isinstance(actor, User) else None,
    )
    rows = list(read_rows(content, format=batch.format))
    batch.total_rows = len(rows)
    batch.bad_rows = [wrong.as_json() for row in rows if isinstance(row, list) for wrong in row]
    batch.status = ImportBatch.Status.CHECKED
    batch.sealed_name = store_sealed(FOLDER, content, context=batch.public_id)
    batch.save(force_insert=True)
    facts = {"rows": batch.total_rows, "bad": len(batch.bad_rows), "sha256": batch.sha256}
    record(verb=Verb.IMPORT_STARTED, subject=batch, actor=actor, facts=facts)
    return batch


@transaction.atomic
def start_import(*, batch: ImportBatch, actor: Actor) -> ImportBatch:
    """Set the worker going. Bad rows are left out and stay in the report."""
    _check_may(actor)
    waiting = ImportBatch.objects.filter(pk=batch.pk, status=ImportBatch.Status.CHECKED)
    if waiting.update(status=ImportBatch.Status.RUNNING) != 1:
        raise ForbiddenMove("This import runs or ran already.", batch=batch.public_id)
    batch.refresh_from_db()
    after_commit("kyc.run_import", batch_id=batch.pk)
    return batch


def run_import(*, batch_id: int) -> ImportBatch:
    """Take the rows from the checkpoint on, one transaction each: a killed worker goes on where it stood."""
    batch = ImportBatch.objects.get(pk=batch_id)
    if batch.status != ImportBatch.Status.RUNNING:
        return batch
    content = open_file(FOLDER, batch.sealed_name, context=batch.public_id)
    for done, row in enumerate(read_rows(content, format=batch.format), start=1):
        if done > batch.done_rows and not _take(batch.pk, done, row):
            break  # another worker has the batch
    with transaction.atomic():
        running = ImportBatch.objects.filter(pk=batch.pk, status=ImportBatch.Status.RUNNING)
        if running.filter(done_rows__gte=F("total_rows")).update(
            status=ImportBatch.Status.DONE, finished_at=timezone.now()
        ):
            batch.refresh_from_db()
            facts = {"created": batch.created, "updated": batch.updated, "unchanged": batch.unchanged}
            record(verb=Verb.IMPORT_FINISHED, subject=batch, actor=SYSTEM, facts=facts)
    batch.refresh_from_db()
    return batch


@transaction.atomic
def _take(batch_id: int, done: int, row: Row | list[BadField]) -> bool:
    """One row and the checkpoint, together. False when another worker took this row first."""
    batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
    if batch.done_rows != done - 1:
        return False
    if isinstance(row, Row):
        try:
            with transaction.atomic():
                what = _write(row, batch.world)
            setattr(batch, what, getattr(batch, what) + 1)
        except ClearanceError as error:
            batch.bad_rows = [*batch.bad_rows, BadField(row.number, "", error.sentence).as_json()]
    batch.done_rows = done
    batch.save()
    return True


def _write(row: Row, world: str) -> str:
    """Which counter the row belongs to: created, updated or unchanged."""
    customer = Customer.objects.filter(world=world, external_id=row.external_id).first()
    if customer is None:
        customer = create_customer(
            kind=CustomerKind(row.kind),
            world=world,
            actor=SYSTEM,
            source="import",
            external_id=row.external_id,
            **row.profile,
        )
        # they are customers already: checked like all others, the form is not asked of them
        now = timezone.now()
        move_customer(customer=customer, to=CustomerStatus.SUBMITTED, actor=SYSTEM, submitted_at=now, next_step_at=now)
        after_commit("kyc.advance", customer_id=customer.pk)
        what = "created"
    else:
        before = customer.revision
        change_profile(customer=customer, actor=SYSTEM, **row.profile)
        what = "updated" if customer.revision != before else "unchanged"
    for account_id in row.accounts:
        link_account(customer=customer, account_id=account_id, actor=SYSTEM)
    return what


def _check_may(actor: Actor) -> None:
    if isinstance(actor, User) and not actor.may(Permission.IMPORT):
        raise NotAllowed("Your role may not import customers.", permission=Permission.IMPORT)
