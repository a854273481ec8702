"""Reading the audit trail: the history of one thing, a personal value opened again, and the proof."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Any

from django.db import models

from kyc.audit.chain import (
    Fault,
    Head,
    Link,
    Problem,
    StoredRow,
    check_chain,
    check_heads,
    mark_of,
    public_key,
)
from kyc.audit.models import AuditHead, AuditLink, AuditRow
from kyc.audit.services import heads_file, unsealed_rows
from kyc.vault.keys import audit_signing_key
from kyc.vault.models import key_of
from kyc.vault.sealing import CannotOpen, open_under

BATCH = 2_000


def history_of(subject: models.Model) -> models.QuerySet[AuditRow]:
    """What happened to one thing, oldest first."""
    return AuditRow.objects.filter(
        subject_kind=subject._meta.model_name,
        subject_id=str(getattr(subject, "public_id", None) or subject.pk),
    ).order_by("id")


def open_personal(row: AuditRow, name: str) -> Any:
    """A personal value as it was recorded. Raises CannotOpen after erasure, or if the digest does not fit."""
    sealed = row.personal[name]
    content = open_under(key_of(row.person), base64.b64decode(sealed["box"]), context=f"{row.person}/{name}")
    if hashlib.sha256(content).hexdigest() != sealed["digest"]:
        raise CannotOpen("the value is not the one that was recorded")
    return json.loads(content[16:])


def find_problems() -> Iterator[Problem]:
    """Prove the whole trail; yields nothing when it is whole. Reads in batches of constant memory."""
    key = audit_signing_key()
    heads = [
        Head(head.sequence, head.link, head.sealed_at, head.signature)
        for head in AuditHead.objects.order_by("sequence").iterator(BATCH)
    ]
    outside = list(_heads_outside())
    wanted = {head.sequence for head in heads} | {head.sequence for head in outside if isinstance(head, Head)}
    hash_at = {link.sequence: link.hash for link in AuditLink.objects.filter(sequence__in=wanted).iterator(BATCH)}
    for found in check_chain(_sealed(), key=key):
        if isinstance(found, Problem):
            yield found
    yield from (head for head in outside if isinstance(head, Problem))
    both = [*heads, *(head for head in outside if isinstance(head, Head))]
    yield from check_heads(dict.fromkeys(both), hash_at=hash_at, public=public_key(key))
    for row in unsealed_rows().order_by("id").iterator(BATCH):
        if mark_of(row.columns(), key=key) != row.mark:
            yield Problem(Fault.INSERTED, f"row {row.pk}", "the product did not write this row")


def _sealed() -> Iterator[tuple[Link, StoredRow | None]]:
    start = 0
    while links := list(AuditLink.objects.filter(sequence__gt=start).order_by("sequence")[:BATCH]):
        rows = AuditRow.objects.in_bulk([link.row_id for link in links])
        for link in links:
            row = rows.get(link.row_id)
            stored = StoredRow(row.pk, row.columns(), row.mark) if row else None
            yield Link(link.sequence, link.row_id, link.mark, link.hash), stored
        start = links[-1].sequence


def _heads_outside() -> Iterator[Head | Problem]:
    path = heads_file()
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                row = json.loads(line)
                yield Head(int(row["sequence"]), row["link"], row["at"], row["signature"])
            except (ValueError, KeyError, TypeError):
                yield Problem(Fault.FORGED, f"{path.name} line {number}", "this line is not a head")
