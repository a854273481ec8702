"""Sumsub's hosted check, by its HTTP API.

Sources: docs.sumsub.com: reference/authentication, create-applicant, generate-websdk-external-link,
get-applicant-data, get-applicant-verification-steps-status, deactivate-applicant-profile; docs/webhook-manager,
receive-and-interpret-results-via-api, reference/temporary-rejection. RED with RETRY may send again in the same
session; RED with FINAL goes to a person. Webhooks carry no event id and no signed time.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote, urlsplit

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
from kyc.identity.vendors.calls import Calls, Conflict, checked_link, checked_reference, obj, objs, text
from kyc.identity.vendors.signatures import check_digest
from kyc.matching.types import PartialDate
from kyc.policy.identity import CURRENT
from kyc.policy.iso import alpha2_of

APPLICANTS = "/resources/applicants"
LANGUAGE = "en"  # of its pages, as of ours
LINKS = "/resources/sdkIntegrations/levels/-/websdkLink"
STATUSES = {
    "init": VerificationStatus.REQUIRES_INPUT,
    "awaitingUser": VerificationStatus.REQUIRES_INPUT,
    "pending": VerificationStatus.PROCESSING,
    "prechecked": VerificationStatus.PROCESSING,
    "queued": VerificationStatus.PROCESSING,
    "onHold": VerificationStatus.REVIEW,
    "awaitingService": VerificationStatus.PROCESSING,
}
# rejectLabels
REASONS_OF = {
    "UNSATISFACTORY_PHOTOS": "unreadable",
    "LOW_QUALITY": "unreadable",
    "BAD_PROOF_OF_IDENTITY": "document_other",
    "INCOMPLETE_DOCUMENT": "incomplete",
    "DOCUMENT_PAGE_MISSING": "page_missing",
    "FRONT_SIDE_MISSING": "other_side",
    "BACK_SIDE_MISSING": "other_side",
    "SCREENSHOTS": "copy",
    "BLACK_AND_WHITE": "copy",
    "DIGITAL_DOCUMENT": "copy",
    "GRAPHIC_EDITOR": "copy",
    "EXPIRATION_DATE": "expired",
    "ID_INVALID": "document_other",
    "DOCUMENT_DAMAGED": "damaged",
    "DOCUMENT_MISSING": "document_other",
    "NOT_DOCUMENT": "kind_not_taken",
    "UNSUITABLE_DOCUMENT": "kind_not_taken",
    "UNSUITABLE_ENV": "device",
    "UNSUPPORTED_LANGUAGE": "kind_not_taken",
    "BAD_SELFIE": "selfie_unclear",
    "BAD_VIDEO_SELFIE": "selfie_unclear",
    "BAD_FACE_MATCHING": "selfie_differs",
    "SELFIE_MISMATCH": "selfie_differs",
    "BAD_AVATAR": "selfie_other",
    "BAD_PROOF_OF_ADDRESS": "address_proof",
    "WRONG_ADDRESS": "details",
    "PROBLEMATIC_APPLICANT_DATA": "details",
    "REQUESTED_DATA_MISMATCH": "details",
    "INCOMPATIBLE_LANGUAGE": "details",
    "APPLICANT_INTERRUPTED_INTERVIEW": "abandoned",
    "FORGERY": "forged",
    "FRAUDULENT_PATTERNS": "fraud",
    "FRAUDULENT_LIVENESS": "selfie_manipulated",
    "COMPROMISED_PERSONS": "fraud",
    "CRIMINAL": "fraud",
    "BLACKLIST": "fraud",
    "BLOCKLIST": "fraud",
    "INCONSISTENT_PROFILE": "fraud",
    "DUPLICATE": "known_elsewhere",
    "WRONG_USER_REGION": "country_not_taken",
    "REGULATIONS_VIOLATIONS": "country_not_taken",
    "AGE_REQUIREMENT_MISMATCH": "too_young",
    "SPAM": "too_often",
    "DB_DATA_MISMATCH": "register_differs",
    "DB_DATA_NOT_FOUND": "register_differs",
}


class SignedRequests(AuthBase):
    """X-App-Access-Sig: HMAC-SHA256 of seconds, method, path with query, and body as it is sent."""

    def __init__(self, token: str, secret: str) -> None:
        self._token, self._secret = token, secret

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        stamp = str(int(time.time()))
        parts = urlsplit(request.url or "")
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        body = request.body if isinstance(request.body, bytes) else b""  # JSON goes out as bytes: see Calls
        signed = f"{stamp}{request.method}{target}".encode() + body
        request.headers["X-App-Token"] = self._token
        request.headers["X-App-Access-Ts"] = stamp
        request.headers["X-App-Access-Sig"] = hmac.new(self._secret.encode(), signed, hashlib.sha256).hexdigest()
        return request


class Sumsub:
    name = "sumsub"
    checks = frozenset({Check.DOCUMENT, Check.FACE, Check.LIVENESS})

    def __init__(self, account: VendorAccount) -> None:
        self._account = account
        auth = SignedRequests(account.key, account.second_key)
        self._calls = Calls(vendor="Sumsub", base_url=account.base_url, auth=auth)

    def start(self, request: SessionRequest) -> StartedSession:
        """Sumsub takes no idempotency key: a second applicant of our reference is refused, and the first is read."""
        body = {"externalUserId": request.reference, "type": "individual", "lang": LANGUAGE}
        params = [("levelName", self._account.flow)]
        try:
            found = self._calls.ask("POST", APPLICANTS, params=params, body=body)
        except Conflict:
            found = self._calls.ask("GET", f"{APPLICANTS}/-;externalUserId={quote(request.reference, safe='')}/one")
        return StartedSession(checked_reference(text(found.get("id"))))

    def link(self, provider_reference: str, request: SessionRequest) -> HostedLink:
        body = {
            "levelName": self._account.flow,
            "userId": request.reference,
            "ttlInSecs": CURRENT.session_lasts_hours * 3600,
            "redirect": {"successUrl": request.return_url, "rejectUrl": request.return_url},
        }
        url = self._calls.ask("POST", LINKS, body=body).get("url")
        return HostedLink(checked_link(url, hosts=self._account.link_hosts("sumsub.com"), vendor="Sumsub"))

    def read_webhook(self, webhook: IncomingWebhook) -> WebhookNotice:
        check_digest(
            webhook,
            header="x-payload-digest",
            algorithm_header="x-payload-digest-alg",
            secrets=self._account.webhook_secrets,
        )
        try:
            event = obj(json.loads(webhook.body))
        except ValueError:
            raise BadInput("The message is no JSON.") from None
        return WebhookNotice(
            event_id=hashlib.sha256(webhook.body).hexdigest(),
            provider_reference=text(event.get("applicantId")),
            kind=text(event.get("type")),
            occurred_at=_time(event.get("createdAtMs")),
        )

    def read_result(self, provider_reference: str) -> SessionResult:
        read_at = timezone.now()
        where = f"{APPLICANTS}/{checked_reference(provider_reference)}"
        applicant = self._calls.ask("GET", f"{where}/one")
        steps = self._calls.ask("GET", f"{where}/requiredIdDocsStatus")
        review = obj(applicant.get("review"))
        verdict = obj(review.get("reviewResult"))
        raw, answer, kind = (text(found) for found in (
            review.get("reviewStatus"), verdict.get("reviewAnswer"), verdict.get("reviewRejectType"),
        ))  # fmt: skip
        labels = _labels(verdict, steps)
        status, reasons = _status(raw, answer, kind, labels)
        return SessionResult(
            provider_reference=provider_reference,
            status=VerificationStatus.CANCELED if applicant.get("deleted") else status,
            checks={
                Check.DOCUMENT: _step(steps, "IDENTITY"),
                Check.FACE: _step(steps, "SELFIE"),
                Check.LIVENESS: _step(steps, "SELFIE"),
            },
            readings=_readings(obj(applicant.get("info"))),
            read_at=read_at,
            raw_status=" ".join(filter(None, (raw, answer, kind))),
            reference=text(applicant.get("externalUserId")),
            error=", ".join(labels),
            reasons=reasons,
            attempt=text(review.get("attemptId")) or text(review.get("reviewDate")),
            facts={
                "labels": labels,
                "inspection": text(applicant.get("inspectionId")),
                # theirs for our staff, never for the customer
                "comment": text(verdict.get("clientComment")),
            },
        )

    def cancel(self, provider_reference: str) -> None:
        self._calls.ask("PATCH", f"{APPLICANTS}/{checked_reference(provider_reference)}/presence/deactivated")


def _status(raw: str, answer: str, kind: str, labels: list[str]) -> tuple[VerificationStatus, tuple[str, ...]]:
    """What it means for us; (review, "not_understood") for any word that is not in the tables."""
    if raw in STATUSES:
        return STATUSES[raw], ()
    reasons = tuple(dict.fromkeys(REASONS_OF.get(label, "not_understood") for label in labels))
    match raw, answer, kind:
        case "completed", "GREEN", _:
            return VerificationStatus.VERIFIED, ()
        case "completed", "RED", "RETRY":
            return VerificationStatus.REQUIRES_INPUT, reasons or ("document_other",)
        case "completed", "RED", "FINAL":
            return VerificationStatus.FAILED, reasons or ("declined",)
    return VerificationStatus.REVIEW, ("not_understood",)


def _labels(verdict: Mapping[str, Any], steps: Mapping[str, Any]) -> list[str]:
    """Of the whole, and of each step, in their order."""
    found = [verdict, *(obj(obj(step).get("reviewResult")) for step in steps.values())]
    lists: Iterable[Any] = (part.get("rejectLabels") for part in found)
    return list(dict.fromkeys(text(label) for labels in lists if isinstance(labels, list) for label in labels))


def _step(steps: Mapping[str, Any], name: str) -> CheckResult:
    if not steps.get(name):
        return CheckResult.NOT_DONE
    answer = text(obj(obj(steps[name]).get("reviewResult")).get("reviewAnswer"))
    return {"GREEN": CheckResult.PASSED, "RED": CheckResult.FAILED}.get(answer, CheckResult.UNSURE)


def _readings(info: Mapping[str, Any]) -> tuple[Reading, ...]:
    """`info` is what was recognised; `fixedInfo`, what was typed, is not read."""
    documents = objs(info.get("idDocs")) or [{}]
    found = []
    for document in documents:
        surname = text(document.get("lastName")) or text(info.get("lastName"))
        given = [text(document.get("firstName")) or text(info.get("firstName"))]
        given.append(text(document.get("middleName")) or text(info.get("middleName")))
        if not (surname or any(given)):
            continue
        nationality, issuer = text(info.get("nationality")).upper(), text(document.get("country")).upper()
        found.append(
            Reading(
                source=Source.VENDOR,
                surname=surname,
                given_names=" ".join(filter(None, given)),
                birth_date=PartialDate.parse(text(document.get("dob")) or text(info.get("dob"))),
                nationality=nationality,
                nationality_country=alpha2_of(nationality),
                document_number=text(document.get("number")),
                sex=text(info.get("gender"))[:1].upper(),
                expires_on=_day(document.get("validUntil")),
                issuer=issuer,
                issuing_country=alpha2_of(issuer),
            )
        )
    return tuple(found)


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(text(value)[:10])
    except ValueError:
        return None


def _time(value: Any) -> datetime | None:
    """ "2020-02-21 13:23:19.321" or "…+0000"; Sumsub's clock is UTC."""
    try:
        found = datetime.fromisoformat(text(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
