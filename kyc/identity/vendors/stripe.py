"""Stripe Identity, by its HTTP API.

Sources: docs.stripe.com/api/identity/verification_sessions, /identity/access-verification-results,
/webhooks#verify-manually. A session that failed is back at `requires_input`, with `last_error`; a new one is there
too, without. Date of birth, number and expiry are only read with a restricted key, and for 48 hours unless the key
is tied to addresses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.utils import timezone
from requests import PreparedRequest
from requests.auth import AuthBase

from kyc.errors import BadInput
from kyc.identity.provider import (
    Check,
    CheckResult,
    HostedLink,
    IncomingWebhook,
    SessionRequest,
    SessionResult,
    StartedSession,
    WebhookNotice,
)
from kyc.identity.rules import Reading, Source
from kyc.identity.states import VerificationStatus
from kyc.identity.vendors.account import VendorAccount
from kyc.identity.vendors.calls import Calls, checked_link, checked_reference, obj, text
from kyc.identity.vendors.signatures import check_timestamped
from kyc.matching.types import PartialDate
from kyc.policy.identity import VENDORS

API_VERSION = "2026-10-28.endive"
SESSIONS = "/v1/identity/verification_sessions"
EXPANDED = (
    "verified_outputs",
    "verified_outputs.dob",
    "last_verification_report",
    "last_verification_report.document.dob",
    "last_verification_report.document.number",
    "last_verification_report.document.expiration_date",
)
STATUSES = {
    "requires_input": VerificationStatus.REQUIRES_INPUT,
    "processing": VerificationStatus.PROCESSING,
    "verified": VerificationStatus.VERIFIED,
    "canceled": VerificationStatus.CANCELED,
}
# last_error.code: docs.stripe.com/api/identity/verification_sessions/object
REASONS_OF = {
    "abandoned": "abandoned",
    "consent_declined": "consent_refused",
    "country_not_supported": "country_not_taken",
    "device_not_supported": "device",
    "document_expired": "expired",
    "document_type_not_supported": "kind_not_taken",
    "document_unverified_other": "document_other",
    "selfie_document_missing_photo": "selfie_document_unclear",
    "selfie_face_mismatch": "selfie_differs",
    "selfie_manipulated": "selfie_manipulated",
    "selfie_unverified_other": "selfie_other",
    "under_supported_age": "too_young",
    "id_number_insufficient_document_data": "document_other",
    "id_number_mismatch": "register_differs",
    "id_number_unverified_other": "register_differs",
}


class _Bearer(AuthBase):
    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._key}"
        return request


class Stripe:
    name = "stripe"
    checks = frozenset({Check.DOCUMENT, Check.FACE})

    def __init__(self, account: VendorAccount) -> None:
        self._account = account
        self._calls = Calls(vendor="Stripe", base_url=account.base_url, auth=_Bearer(account.key))

    def start(self, request: SessionRequest) -> StartedSession:
        form = [
            ("type", "document"),
            ("client_reference_id", request.reference),
            ("metadata[reference]", request.reference),
            ("return_url", request.return_url),
            ("options[document][require_live_capture]", "true"),
            ("options[document][require_matching_selfie]", "true" if _wants_face(request) else "false"),
        ]
        headers = {"Stripe-Version": API_VERSION, "Idempotency-Key": request.reference}
        found = self._calls.ask("POST", SESSIONS, headers=headers, form=form)
        return StartedSession(checked_reference(text(found.get("id"))))

    def link(self, provider_reference: str, request: SessionRequest) -> HostedLink:
        url = self._session(provider_reference).get("url")
        return HostedLink(checked_link(url, hosts=self._account.link_hosts("stripe.com"), vendor="Stripe"))

    def read_webhook(self, webhook: IncomingWebhook) -> WebhookNotice:
        check_timestamped(
            webhook,
            header="stripe-signature",
            secrets=self._account.webhook_secrets,
            tolerance_seconds=VENDORS.webhook_tolerance_seconds,
        )
        try:
            event = obj(json.loads(webhook.body))
        except ValueError:
            raise BadInput("The message is no JSON.") from None
        subject = obj(obj(event.get("data")).get("object"))
        about = text(subject.get("id")) if subject.get("object") == "identity.verification_session" else ""
        return WebhookNotice(
            event_id=text(event.get("id")),
            provider_reference=about,
            kind=text(event.get("type")),
            occurred_at=_time(event.get("created")),
        )

    def read_result(self, provider_reference: str) -> SessionResult:
        read_at = timezone.now()
        session = self._session(provider_reference, *EXPANDED)
        raw = text(session.get("status"))
        error = text(obj(session.get("last_error")).get("code"))
        status = STATUSES.get(raw, VerificationStatus.REVIEW)
        if session.get("redaction"):
            status = VerificationStatus.REDACTED
        reasons = ("not_understood",) if raw not in STATUSES else ()
        if error:
            reasons = (REASONS_OF.get(error, "not_understood"),)
        report = obj(session.get("last_verification_report"))
        metadata = obj(session.get("metadata"))
        return SessionResult(
            provider_reference=provider_reference,
            status=status,
            checks={Check.DOCUMENT: _check(report.get("document")), Check.FACE: _check(report.get("selfie"))},
            readings=_readings(obj(report.get("document")), obj(session.get("verified_outputs"))),
            read_at=read_at,
            raw_status=raw,
            reference=text(metadata.get("reference")),
            error=error,
            reasons=reasons,
            attempt=f"{text(report.get('id'))} {error}".strip(),
            facts={"report": text(report.get("id")), "kind": text(obj(report.get("document")).get("type"))},
        )

    def cancel(self, provider_reference: str) -> None:
        headers = {"Stripe-Version": API_VERSION, "Idempotency-Key": f"cancel-{provider_reference}"}
        self._calls.ask("POST", f"{SESSIONS}/{checked_reference(provider_reference)}/cancel", headers=headers)

    def _session(self, reference: str, *expand: str) -> dict[str, Any]:
        return self._calls.ask(
            "GET",
            f"{SESSIONS}/{checked_reference(reference)}",
            headers={"Stripe-Version": API_VERSION},
            params=[("expand[]", name) for name in expand],
        )


def _wants_face(request: SessionRequest) -> bool:
    return Check.FACE in request.checks and request.biometrics_consented


def _check(part: Any) -> CheckResult:
    if not part:
        return CheckResult.NOT_DONE
    words = {"verified": CheckResult.PASSED, "unverified": CheckResult.FAILED}
    return words.get(text(obj(part).get("status")), CheckResult.UNSURE)


def _readings(document: Mapping[str, Any], outputs: Mapping[str, Any]) -> tuple[Reading, ...]:
    """What was on the document; what Stripe holds for verified stands in where the document's part is not readable."""
    born = _date(document.get("dob")) or _date(outputs.get("dob"))
    surname = text(document.get("last_name")) or text(outputs.get("last_name"))
    given = text(document.get("first_name")) or text(outputs.get("first_name"))
    country = text(document.get("issuing_country")).upper()
    number = text(document.get("number"))
    if not (surname or given or born or number):
        return ()
    return (
        Reading(
            source=Source.VENDOR,
            surname=surname,
            given_names=given,
            birth_date=PartialDate(born.year, born.month, born.day) if born else None,
            document_number=number,
            expires_on=_date(document.get("expiration_date")),
            issuer=country,
            issuing_country=country,
        ),
    )


def _date(parts: Any) -> date | None:
    found = obj(parts)
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _time(stamp: Any) -> datetime | None:
    return datetime.fromtimestamp(stamp, UTC) if isinstance(stamp, int) and 0 < stamp < 2**33 else None
