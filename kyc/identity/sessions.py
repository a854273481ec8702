"""Sessions with a commercial provider: begun here, held there, read back, and judged by our rules.

Calls outward are never made inside a transaction. A webhook only says that something happened; what is believed is
read back by the id that we created. `Verification.ask_at` says when to ask again: a lost message, a lost webhook and
a provider that was down are all found by beat.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max, QuerySet
from django.urls import reverse
from django.utils import timezone

from kyc.audit.services import Actor, plain, record
from kyc.audit.verbs import Verb
from kyc.customers.models import Consent, Customer, RelatedParty
from kyc.customers.queries import consent_given
from kyc.customers.services import mark_document
from kyc.dispatch import after_commit
from kyc.errors import ClearanceError, ForbiddenMove, NotFound, Unavailable
from kyc.findings import Finding, Says
from kyc.identity.models import FailedItem, VendorEvent, Verification
from kyc.identity.provider import Check, HostedLink, IncomingWebhook, SessionRequest, SessionResult
from kyc.identity.services import declared_person
from kyc.identity.states import OPEN, VerificationStatus, check_move, is_news
from kyc.identity.vendors.registry import ADAPTERS, adapter
from kyc.identity.vendors.rules import SessionFacts, SessionVerdict, judge_session, next_try_seconds
from kyc.policy.identity import VENDORS
from kyc.policy.versions import POLICY_VERSION

V = VerificationStatus
VENDOR_NAMES = frozenset(ADAPTERS)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a result did. `took_back`: the provider now says something else of a session that was settled."""

    verification: Verification
    old: VerificationStatus
    moved: bool
    failed: bool = False  # a new attempt that did not pass
    took_back: bool = False
    unreachable: bool = False  # asked so often in vain that a person must know


# ------------------------------------------------------------------------------------------------ begin
@transaction.atomic
def begin_session(
    *, customer: Customer, vendor: str, because: str, actor: Actor, party: RelatedParty | None = None
) -> Verification:
    """The row of a session that a worker then starts at the provider. Call with the customer's row locked."""
    now = timezone.now()
    verification = Verification.objects.create(
        customer=customer,
        world=customer.world,
        party=party,
        provider=vendor,
        chosen_because=because[:300],
        status=V.REQUIRES_INPUT,
        attempt=customer.verification_set.filter(party=party).count() + 1,
        retention_rule="identity_document",
        ask_at=now,
    )
    _record(verification, Verb.VERIFICATION_STARTED, actor, {"provider": vendor})
    after_commit("kyc.ask_vendor", verification_id=verification.pk)
    return verification


def request_of(verification: Verification) -> SessionRequest:
    """The same for each call about a session: providers refuse another request under the same key."""
    customer = verification.customer
    consented = consent_given(customer, Consent.Kind.BIOMETRICS) is True
    back = reverse("portal:identity_back", kwargs={"public_id": customer.public_id})
    return SessionRequest(
        reference=verification.public_id,
        checks=frozenset({Check.DOCUMENT, Check.FACE, Check.LIVENESS} if consented else {Check.DOCUMENT}),
        return_url=settings.BASE_URL + back,
        country=customer.residence_country,
        biometrics_consented=consented,
    )


def start_at_vendor(verification: Verification) -> Verification:
    """Create the session there and keep its id. Twice, or by two workers, gives one session. Raises Unavailable."""
    if verification.provider_reference:
        return verification
    started = adapter(verification.provider, verification.world).start(request_of(verification))
    now = timezone.now()
    Verification.objects.filter(pk=verification.pk, provider_reference="").update(
        provider_reference=started.provider_reference, ask_at=_next_look(now), failures=0, trouble=""
    )
    verification.refresh_from_db()
    return verification


def link_of(verification: Verification) -> HostedLink:
    """A fresh link for the customer. ForbiddenMove when it is not their turn; Unavailable when there is none now."""
    if verification.status != V.REQUIRES_INPUT or verification.locked_at is not None:
        raise ForbiddenMove("There is nothing to do at the provider now.", verification=verification.public_id)
    if not verification.provider_reference:
        raise Unavailable("The check is being prepared; try again in a moment.", verification=verification.public_id)
    provider = adapter(verification.provider, verification.world)
    return provider.link(verification.provider_reference, request_of(verification))


def result_of(verification: Verification) -> SessionResult:
    """What the provider says now. Raises Unavailable; NotFound where it knows no such session."""
    return adapter(verification.provider, verification.world).read_result(verification.provider_reference)


# ------------------------------------------------------------------------------------------------ what came back
@transaction.atomic
def take_result(*, verification: Verification, result: SessionResult, actor: Actor) -> Taken:
    """Judge it, and move the session if that is news. A result that was read before the last one changes nothing."""
    row = (
        Verification.objects.select_for_update(of=("self",)).select_related("customer", "party").get(pk=verification.pk)
    )
    old = V(row.status)
    if row.read_at is not None and result.read_at <= row.read_at:
        return Taken(row, old, moved=False)
    if old not in OPEN:
        return _after_the_end(row, old, result, actor)
    verdict = judge_session(_facts(row, result), result, today=timezone.localdate())
    row.read_at, row.failures, row.trouble = result.read_at, 0, ""
    row.ask_at = _unless_due_again(row, result)
    if verdict.status != old and not is_news(old, verdict.status):
        row.save()
        return Taken(row, old, moved=False)
    _keep(row, result, verdict)
    row.save()
    for reading in result.readings:
        country, number = reading.issuing_country, reading.document_number
        mark_document(customer=row.customer, country=country, number=number, party=row.party, read=True)
    failed = _count_failures(row, result, verdict)
    if verdict.status != old or failed:
        facts: dict[str, Any] = {"old": old, "new": verdict.status, "outcome": verdict.outcome}
        facts |= {"told": result.raw_status, "failed": [reason.code for reason in verdict.failed]}
        facts["codes"] = [f"{finding.code}:{finding.says}" for finding in verdict.findings]
        _record(row, Verb.VERIFICATION_MOVED, actor, facts)
    return Taken(row, old, moved=verdict.status != old, failed=failed)


def _facts(row: Verification, result: SessionResult) -> SessionFacts:
    last_failure = failures_of(row).aggregate(at=Max("at"))["at"]
    return SessionFacts(
        reference=row.public_id,
        declared=declared_person(row.customer, row.party),
        asked=times_failed(row, but=result.attempt),
        needs_face=consent_given(row.customer, Consent.Kind.BIOMETRICS) is True,
        started_at=row.started_at,
        turn_since=max(filter(None, (row.started_at, last_failure))),
        locked=row.locked_at is not None,
    )


def _keep(row: Verification, result: SessionResult, verdict: SessionVerdict) -> None:
    row.status, row.outcome = verdict.status, verdict.outcome
    row.findings = [finding.as_json() for finding in verdict.findings]
    row.declared = plain(asdict(declared_person(row.customer, row.party)))
    row.read = plain(read_back(result))
    row.policy_version = POLICY_VERSION
    row.same_session = result.same_session
    expiries = [reading.expires_on for reading in result.readings if reading.expires_on]
    row.document_expires_on = min(expiries) if expiries else None
    if verdict.locked and row.locked_at is None:
        row.locked_at = timezone.now()
    if row.status not in OPEN:
        row.finished_at, row.ask_at = timezone.now(), None
    if row.status == V.VERIFIED and row.party is not None:
        RelatedParty.objects.filter(pk=row.party.pk).update(verified_at=row.finished_at)


def read_back(result: SessionResult) -> dict[str, Any]:
    """The result as evidence: plain values, no pictures. Kept sealed, shown to staff as it stands."""
    return {
        "reference": result.provider_reference,
        "status": result.raw_status,
        "error": result.error,
        "read_at": result.read_at.isoformat(),
        "checks": {str(check): str(said) for check, said in result.checks.items()},
        "readings": [asdict(reading) | {"birth_date": str(reading.birth_date or "")} for reading in result.readings],
        "facts": dict(result.facts or {}),
    }


def _after_the_end(row: Verification, old: VerificationStatus, result: SessionResult, actor: Actor) -> Taken:
    """A settled session stays as it is. What the provider now says otherwise is recorded, and a person must know."""
    read: dict[str, Any] = row.read or {}
    told_before = read.get("status")
    otherwise = result.raw_status != told_before and result.status not in (V.VERIFIED, V.REDACTED)
    took_back = old is V.VERIFIED and row.reviewed_by_id is None and otherwise  # a person's word is not theirs to take
    row.read_at, row.ask_at = result.read_at, None
    row.save(update_fields=["read_at", "ask_at"])
    if took_back:
        _record(row, Verb.VERIFICATION_MOVED, actor, {"old": old, "new": old, "told": result.raw_status})
    return Taken(row, old, moved=False, took_back=took_back)


# ------------------------------------------------------------------------------------------------ attempts
def failures_of(row: Verification) -> QuerySet[FailedItem]:
    """Of this person, over all their sessions."""
    return FailedItem.objects.filter(customer=row.customer, verification__party=row.party)


def times_failed(row: Verification, *, but: str = "") -> dict[str, int]:
    """How often each item failed, leaving out the attempt `but` of this session."""
    rows = failures_of(row).exclude(verification=row, provider_attempt=but)
    return {item: count for item, count in rows.values_list("item").annotate(count=Count("id")).order_by()}


def _count_failures(row: Verification, result: SessionResult, verdict: SessionVerdict) -> bool:
    """Close what was asked for before, and note what failed now; whether this attempt is a new one."""
    now, earlier = timezone.now(), times_failed(row, but=result.attempt)
    again = {reason.item for reason in verdict.again}
    failures_of(row).filter(closed_at=None).exclude(verification=row, provider_attempt=result.attempt).update(
        closed_at=now
    )
    new = False
    for reason in verdict.failed:
        _, made = FailedItem.objects.get_or_create(
            verification=row,
            item=reason.item,
            provider_attempt=result.attempt,
            defaults={
                "customer": row.customer,
                "world": row.world,
                "reason": reason.code,
                "attempt": earlier.get(reason.item, 0) + 1,
                "closed_at": None if reason.item in again else now,
                "retention_rule": "identity_document",
            },
        )
        new |= made
    return new


# ------------------------------------------------------------------------------------------------ asking again
def claim(verification_id: int, *, now: datetime) -> Verification | None:
    """The session, if it is due and no other worker has it; it is due again should this one die."""
    later = now + timedelta(seconds=VENDORS.claim_seconds)
    due = Verification.objects.filter(pk=verification_id, ask_at__lte=now)
    if due.update(ask_at=later) != 1:
        return None
    return Verification.objects.select_related("customer", "party").get(pk=verification_id)


def due_sessions(now: datetime) -> QuerySet[Verification]:
    return Verification.objects.filter(ask_at__lte=now)


@transaction.atomic
def ask_soon(*, verification: Verification) -> None:
    """Have a worker read the session back now, whatever its turn."""
    if Verification.objects.filter(pk=verification.pk).exclude(provider_reference="").update(ask_at=timezone.now()):
        after_commit("kyc.ask_vendor", verification_id=verification.pk)


@transaction.atomic
def note_trouble(*, verification: Verification, error: ClearanceError, actor: Actor) -> Taken:
    """A call failed: ask again later. After some in a row the check is unknown, and a person must know, once."""
    row = Verification.objects.select_for_update().get(pk=verification.pk)
    old = V(row.status)
    row.failures += 1
    row.trouble = error.sentence[:300]
    wait = next_try_seconds(row.failures, first=VENDORS.first_retry_seconds, longest=VENDORS.longest_retry_seconds)
    row.ask_at = timezone.now() + timedelta(seconds=wait) if old in OPEN else None
    unreachable = old in OPEN and row.failures == VENDORS.failures_before_a_person
    if unreachable:
        row.outcome = "unknown"
        sentence = f"The provider could not be asked {row.failures} times in a row; it goes on being asked."
        unknown = Finding("vendor.unavailable", sentence, Says.MISSING, facts={"trouble": row.trouble})
        row.findings = [*row.findings, unknown.as_json()]
        _record(row, Verb.VERIFICATION_MOVED, actor, {"old": old, "new": old, "outcome": "unknown"})
    row.save()
    return Taken(row, old, moved=False, unreachable=unreachable)


@transaction.atomic
def give_to_a_person(*, verification: Verification, finding: Finding, actor: Actor) -> Taken:
    """An open session that can have no result any more, such as one the provider no longer knows."""
    row = Verification.objects.select_for_update().get(pk=verification.pk)
    old = V(row.status)
    if not is_news(old, V.REVIEW):
        return Taken(row, old, moved=False)
    row.status, row.outcome, row.ask_at = V.REVIEW, "unknown", None
    row.findings = [*row.findings, finding.as_json()]
    row.save()
    _record(row, Verb.VERIFICATION_MOVED, actor, {"old": old, "new": V.REVIEW, "codes": [finding.code]})
    return Taken(row, old, moved=True)


@transaction.atomic
def end_session(*, verification: Verification, actor: Actor, reason: str) -> Verification:
    """We want no result of it any more. The provider is told by a worker, as well as it can be."""
    row = Verification.objects.select_for_update().get(pk=verification.pk)
    check_move(old := V(row.status), V.CANCELED)
    row.status, row.finished_at, row.ask_at, row.reason = V.CANCELED, timezone.now(), None, reason
    row.save()
    _record(row, Verb.VERIFICATION_MOVED, actor, {"old": old, "new": V.CANCELED, "reason": reason})
    if row.provider_reference:
        after_commit("kyc.cancel_at_vendor", verification_id=row.pk)
    return row


def cancel_at_vendor(verification: Verification) -> None:
    """Raises Unavailable; a session that the provider no longer knows is as good as canceled."""
    try:
        adapter(verification.provider, verification.world).cancel(verification.provider_reference)
    except NotFound:
        return


# ------------------------------------------------------------------------------------------------ webhooks
@transaction.atomic
def receive(*, vendor: str, world: str, webhook: IncomingWebhook) -> tuple[VendorEvent, bool]:
    """(event, new). Genuine, or NotGenuine; its content is not believed: the session is read back by a worker.

    The same event twice is one; one about a session that is not ours is noted and does nothing.
    """
    notice = adapter(vendor, world).read_webhook(webhook)
    digest = hashlib.sha256(webhook.body).hexdigest()
    ours = Verification.objects.filter(
        provider=vendor, world=world, provider_reference=notice.provider_reference or None
    ).first()
    event, new = VendorEvent.objects.get_or_create(
        world=world,
        vendor=vendor,
        event_id=notice.event_id or digest,
        defaults={
            "kind": notice.kind[:80],
            "provider_reference": notice.provider_reference[:200],
            "body_sha256": digest,
            "occurred_at": notice.occurred_at,
            "received_at": webhook.received_at,
            "verification": ours,
        },
    )
    if new and ours is not None:
        ask_soon(verification=ours)
    return event, new


def forget_events(*, now: datetime) -> int:
    """Let go of old webhooks' rows; returns how many. What came of them stands in the audit trail."""
    return VendorEvent.objects.filter(received_at__lt=now - timedelta(days=VENDORS.events_kept_days)).delete()[0]


def _next_look(now: datetime) -> datetime:
    return now + timedelta(minutes=VENDORS.reread_minutes)


def _unless_due_again(row: Verification, result: SessionResult) -> datetime:
    """When to look next; at once where a webhook came after this result was read."""
    now = timezone.now()
    return row.ask_at if row.ask_at is not None and result.read_at < row.ask_at <= now else _next_look(now)


def _record(row: Verification, verb: Verb, actor: Actor, facts: dict[str, Any]) -> None:
    record(verb=verb, subject=row, actor=actor, person=row.customer.public_id, facts=facts)
