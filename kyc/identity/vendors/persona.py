"""Persona's hosted inquiries, by its HTTP API (JSON:API, kebab case).

Sources: docs.withpersona.com: api-reference/inquiries, idempotence, webhooks, webhooks-best-practices,
verification-checks. `completed` is not `approved`: somebody, or a workflow in Persona's dashboard, approves. An
inquiry that failed is over; another try needs a new one. Names of checks are from memory: an unknown one goes to a
person.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
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
from kyc.identity.vendors.calls import Calls, checked_link, checked_reference, obj, objs, text
from kyc.identity.vendors.signatures import check_timestamped
from kyc.matching.types import PartialDate
from kyc.policy.identity import VENDORS
from kyc.policy.iso import alpha2_of

API_VERSION = "2025-12-08"
INQUIRIES = "/api/v1/inquiries"
STATUSES = {
    "created": VerificationStatus.REQUIRES_INPUT,
    "pending": VerificationStatus.REQUIRES_INPUT,
    "completed": VerificationStatus.PROCESSING,
    "failed": VerificationStatus.REQUIRES_INPUT,
    "expired": VerificationStatus.EXPIRED,
    "needs_review": VerificationStatus.REVIEW,
    "approved": VerificationStatus.VERIFIED,
    "declined": VerificationStatus.FAILED,
}
# checks of verifications that failed
REASONS_OF = {
    "id_blur_detection": "unreadable",
    "id_blurry_detection": "unreadable",
    "id_glare_detection": "unreadable",
    "id_unprocessable_submission_detection": "unreadable",
    "id_extracted_properties_detection": "unreadable",
    "id_barcode_detection": "unreadable",
    "id_mrz_detection": "unreadable",
    "id_portrait_detection": "selfie_document_unclear",
    "id_portrait_clarity_detection": "selfie_document_unclear",
    "id_double_side_detection": "other_side",
    "id_expired_detection": "expired",
    "id_disallowed_type_detection": "kind_not_taken",
    "id_unknown_type_detection": "kind_not_taken",
    "id_disallowed_country_detection": "country_not_taken",
    "id_color_inconsistency_detection": "copy",
    "id_paper_detection": "copy",
    "id_electronic_replica_detection": "copy",
    "id_entity_detection": "document_other",
    "id_age_comparison": "too_young",
    "id_account_comparison": "details",
    "id_inquiry_comparison": "details",
    "id_selfie_comparison": "selfie_differs",
    "id_barcode_inconsistency_detection": "forged",
    "id_mrz_inconsistency_detection": "forged",
    "id_extraction_inconsistency_detection": "forged",
    "id_number_format_inconsistency_detection": "forged",
    "id_tamper_detection": "forged",
    "id_fabrication_detection": "forged",
    "id_compromised_detection": "fraud",
    "id_inconsistent_repeat_detection": "known_elsewhere",
    "id_repeat_detection": "known_elsewhere",
    "selfie_portrait_quality_detection": "selfie_unclear",
    "selfie_pose_detection": "selfie_unclear",
    "selfie_glasses_detection": "selfie_unclear",
    "selfie_face_covering_detection": "selfie_unclear",
    "selfie_multiple_faces_detection": "selfie_other",
    "selfie_id_comparison": "selfie_differs",
    "selfie_account_comparison": "selfie_differs",
    "selfie_liveness_detection": "selfie_manipulated",
    "selfie_suspicious_entity_detection": "selfie_manipulated",
    "selfie_pose_repeat_detection": "selfie_manipulated",
}
DOCUMENT_TYPES = ("verification/government-id", "verification/driver-license", "verification/passport")


class _Bearer(AuthBase):
    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._key}"
        return request


class Persona:
    name = "persona"
    checks = frozenset({Check.DOCUMENT, Check.FACE, Check.LIVENESS})

    def __init__(self, account: VendorAccount) -> None:
        self._account = account
        self._calls = Calls(vendor="Persona", base_url=account.base_url, auth=_Bearer(account.key))

    def start(self, request: SessionRequest) -> StartedSession:
        attributes = {
            "inquiry-template-id": self._account.flow,
            "reference-id": request.reference,
            "redirect-uri": request.return_url,
        }
        headers = {"Persona-Version": API_VERSION, "Idempotency-Key": request.reference}
        found = self._calls.ask("POST", INQUIRIES, headers=headers, body={"data": {"attributes": attributes}})
        return StartedSession(checked_reference(text(obj(found.get("data")).get("id"))))

    def link(self, provider_reference: str, request: SessionRequest) -> HostedLink:
        path = f"{INQUIRIES}/{checked_reference(provider_reference)}/generate-one-time-link"
        found = self._calls.ask("POST", path, headers={"Persona-Version": API_VERSION}, body={})
        url = obj(found.get("meta")).get("one-time-link")
        return HostedLink(checked_link(url, hosts=self._account.link_hosts("withpersona.com"), vendor="Persona"))

    def read_webhook(self, webhook: IncomingWebhook) -> WebhookNotice:
        check_timestamped(
            webhook,
            header="persona-signature",
            secrets=self._account.webhook_secrets,
            tolerance_seconds=VENDORS.webhook_tolerance_seconds,
        )
        try:
            event = obj(obj(json.loads(webhook.body)).get("data"))
        except ValueError:
            raise BadInput("The message is no JSON.") from None
        attributes = obj(event.get("attributes"))
        subject = obj(obj(attributes.get("payload")).get("data"))
        return WebhookNotice(
            event_id=text(event.get("id")),
            provider_reference=text(subject.get("id")) if subject.get("type") == "inquiry" else "",
            kind=text(attributes.get("name")),
            occurred_at=_time(attributes.get("created-at")),
        )

    def read_result(self, provider_reference: str) -> SessionResult:
        read_at = timezone.now()
        found = self._calls.ask(
            "GET",
            f"{INQUIRIES}/{checked_reference(provider_reference)}",
            headers={"Persona-Version": API_VERSION},
            params=[("include", "verifications")],
        )
        inquiry = obj(found.get("data"))
        attributes = obj(inquiry.get("attributes"))
        # needs-review in some of Persona's pages, needs_review in its answers
        raw = text(attributes.get("status")).replace("-", "_")
        verifications = [
            row for row in objs(found.get("included")) if text(row.get("type")).startswith("verification/")
        ]
        failed = sorted(set(_failed_checks(verifications)))
        status = STATUSES.get(raw, VerificationStatus.REVIEW)
        if attributes.get("redacted-at"):
            status = VerificationStatus.REDACTED
        return SessionResult(
            provider_reference=provider_reference,
            status=status,
            checks={
                Check.DOCUMENT: _check(verifications, DOCUMENT_TYPES),
                Check.FACE: _check(verifications, ("verification/selfie",)),
                Check.LIVENESS: _check(verifications, ("verification/selfie",)),
            },
            readings=_readings(verifications),
            read_at=read_at,
            raw_status=raw,
            reference=text(attributes.get("reference-id")),
            error=", ".join(failed) if raw in ("failed", "declined") else "",
            reasons=_reasons(raw, failed),
            same_session=raw != "failed",
            attempt=provider_reference,
            facts={"failed_checks": failed},
        )

    def cancel(self, provider_reference: str) -> None:
        """Its sessions are ended; the inquiry then runs out by itself."""
        path = f"{INQUIRIES}/{checked_reference(provider_reference)}/expire"
        self._calls.ask("POST", path, headers={"Persona-Version": API_VERSION}, body={})


def _reasons(raw: str, failed: Iterable[str]) -> tuple[str, ...]:
    if raw not in STATUSES:
        return ("not_understood",)
    if raw not in ("failed", "declined"):
        return ()
    codes = dict.fromkeys(REASONS_OF.get(check, "not_understood") for check in failed)
    return tuple(codes) or ("declined" if raw == "declined" else "document_other",)


def _failed_checks(verifications: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """Required checks that failed, of each kind's latest verification."""
    for row in _latest(verifications).values():
        for check in objs(obj(row.get("attributes")).get("checks")):
            if check.get("status") == "failed" and check.get("requirement", "required") == "required":
                yield text(check.get("name"))


def _latest(verifications: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The last one of each type: an inquiry holds every try."""
    found: dict[str, Mapping[str, Any]] = {}
    for row in sorted(verifications, key=lambda row: text(obj(row.get("attributes")).get("created-at"))):
        found[text(row.get("type"))] = row
    return found


def _check(verifications: Iterable[Mapping[str, Any]], types: tuple[str, ...]) -> CheckResult:
    latest = _latest(verifications)
    said = [text(obj(latest[kind].get("attributes")).get("status")) for kind in types if kind in latest]
    if not said:
        return CheckResult.NOT_DONE
    if all(word == "passed" for word in said):
        return CheckResult.PASSED
    return CheckResult.FAILED if "failed" in said else CheckResult.UNSURE


def _readings(verifications: Iterable[Mapping[str, Any]]) -> tuple[Reading, ...]:
    latest = _latest(verifications)
    rows = [obj(latest[kind].get("attributes")) for kind in DOCUMENT_TYPES if kind in latest]
    return tuple(_reading(row) for row in rows if text(row.get("name-last")) or text(row.get("name-first")))


def _reading(row: Mapping[str, Any]) -> Reading:
    nationality = text(row.get("nationality")).upper()
    country = text(row.get("country-code")).upper()
    return Reading(
        source=Source.VENDOR,
        surname=text(row.get("name-last")),
        given_names=" ".join(filter(None, (text(row.get("name-first")), text(row.get("name-middle"))))),
        birth_date=PartialDate.parse(text(row.get("birthdate"))),
        nationality=nationality,
        nationality_country=nationality if len(nationality) == 2 else alpha2_of(nationality),
        document_number=text(row.get("identification-number")) or text(row.get("document-number")),
        sex=text(row.get("sex"))[:1].upper(),
        expires_on=_day(row.get("expiration-date")),
        issuer=country,
        issuing_country=country if len(country) == 2 else alpha2_of(country),
    )


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(text(value)[:10])
    except ValueError:
        return None


def _time(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text(value).replace("Z", "+00:00"))
    except ValueError:
        return None
