"""Record what happened, in the transaction in which it happened; seal it soon after."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone

from kyc.audit.chain import GENESIS, link_hash, mark_of, sign_head
from kyc.audit.models import ActorKind, AuditHead, AuditLink, AuditRow
from kyc.audit.verbs import Verb
from kyc.vault.keys import audit_signing_key
from kyc.vault.models import key_of
from kyc.vault.sealing import seal_under

# One sealer at a time; the number only has to be ours.
SEALER_LOCK = 4_211_307


class Actor(Protocol):
    """Who did it: a user, an API client, or SYSTEM."""

    audit_kind: str
    audit_id: str


class System:
    """The workers and commands, by the name of what they were doing."""

    audit_kind = ActorKind.SYSTEM

    def __init__(self, name: str = "worker") -> None:
        self.audit_id = name


SYSTEM = System()


def record(
    *,
    verb: Verb,
    subject: models.Model,
    actor: Actor,
    world: str | None = None,
    person: str = "",
    facts: dict[str, Any] | None = None,
    personal: dict[str, Any] | None = None,
) -> AuditRow:
    """Add one audit row to the open transaction.

    `facts` must hold nothing personal (states, codes, ids, counts, reasons of staff). Values of `personal`
    stand in the row as salted digests beside a copy only the person's key opens; `person` (the customer's
    public id) is then needed. Raises if no transaction is open: an unrecorded change must not commit.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("an audit row belongs into the transaction it records")
    row = AuditRow(
        at=timezone.now(),
        world=world or getattr(subject, "world", None),
        verb=verb,
        actor_kind=actor.audit_kind,
        actor_id=actor.audit_id,
        subject_kind=subject._meta.model_name or "",
        subject_id=str(getattr(subject, "public_id", None) or subject.pk),
        person=person,
        facts=plain(facts or {}),
        personal=_boxes(person, personal or {}),
    )
    row.mark = mark_of(row.columns(), key=audit_signing_key())
    row.save(force_insert=True)
    return row


def _boxes(person: str, values: dict[str, Any]) -> dict[str, dict[str, str]]:
    if not values:
        return {}
    if not person:
        raise ValueError("personal values need the person whose key closes them")
    key = key_of(person)
    boxes = {}
    for name, value in values.items():
        salt = os.urandom(16)
        content = json.dumps(plain(value), ensure_ascii=False).encode()
        boxes[name] = {
            "digest": hashlib.sha256(salt + content).hexdigest(),
            "box": base64.b64encode(seal_under(key, salt + content, context=f"{person}/{name}")).decode(),
        }
    return boxes


def plain(value: Any) -> Any:
    """The value as JSON will give it back, so that a mark made before saving still holds after loading."""
    match value:
        case dict():
            return {str(name): plain(item) for name, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case float():
            return round(value, 6)
        case bool() | int() | None:
            return value
        case _:
            return str(value)


@transaction.atomic
def seal_rows(*, limit: int = 10_000) -> int:
    """Chain the rows that have committed since the last call; returns how many. 0 if another sealer is at work.

    Rows are found by the absence of a link, not by a high-water mark: a long transaction commits rows with
    lower ids than those already sealed. Rows whose mark is not ours are left out, and verification names them.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEALER_LOCK])
        if not cursor.fetchone()[0]:
            return 0
    last = AuditLink.objects.order_by("-sequence").first()
    sequence, previous = (last.sequence, last.hash) if last else (0, GENESIS)
    links, key = [], audit_signing_key()
    for row in unsealed_rows().order_by("id")[:limit]:
        if mark_of(row.columns(), key=key) != row.mark:
            continue
        sequence += 1
        previous = link_hash(sequence=sequence, row_id=row.pk, mark=row.mark, previous=previous)
        links.append(AuditLink(sequence=sequence, row_id=row.pk, mark=row.mark, hash=previous))
    if not links:
        return 0
    AuditLink.objects.bulk_create(links)
    sealed_at = datetime.now(UTC).isoformat(timespec="seconds")
    signature = sign_head(sequence=sequence, link=previous, sealed_at=sealed_at, seed=key)
    head = AuditHead.objects.create(sequence=sequence, link=previous, sealed_at=sealed_at, signature=signature)
    transaction.on_commit(lambda: keep_outside(head))
    return len(links)


def unsealed_rows() -> models.QuerySet[AuditRow]:
    return AuditRow.objects.filter(~models.Exists(AuditLink.objects.filter(row_id=models.OuterRef("pk"))))


def heads_file() -> Path:
    return Path(settings.DATA) / "audit" / "heads.jsonl"


def keep_outside(head: AuditHead) -> None:
    """Append the head to a file that the database's keeper cannot reach; copy it off the machine (runbook)."""
    path = heads_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    line = {"sequence": head.sequence, "link": head.link, "at": head.sealed_at, "signature": head.signature}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
        file.flush()
        os.fsync(file.fileno())
