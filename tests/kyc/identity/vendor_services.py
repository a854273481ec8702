"""Three providers on the loopback, each speaking the protocol its documentation gives: real HTTP, real signatures.

They stand in for the real services, which cannot be reached from a test: what they do is what the documents say, and
no more. A session is told what happened to it (`verified`, `failed`, …); webhooks are made by `webhook`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from kyc.identity.vendors.account import VendorAccount

PERSON = {
    "first": "Maja Sofia",
    "last": "Lindqvist",
    "born": "1990-04-16",
    "number": "88359756",
    "expires": "2031-05-02",
    "country": ("SE", "SWE"),
    "sex": "F",
}


@dataclass
class Session:
    id: str
    reference: str
    return_url: str = ""
    state: str = "new"
    error: str = ""
    person: dict[str, Any] = field(default_factory=lambda: dict(PERSON))
    face: bool = True
    attempt: int = 0
    raw: str = ""  # a status of the test's own, in place of the provider's

    def verified(self, **person: Any) -> None:
        self.state, self.error, self.attempt = "verified", "", self.attempt + 1
        self.person |= person

    def failed(self, error: str) -> None:
        self.state, self.error, self.attempt = "failed", error, self.attempt + 1

    def processing(self) -> None:
        self.state = "processing"


@dataclass
class Reply:
    status: int = 200
    body: Any = None
    raw: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


class VendorService:
    """One provider. `down`: it answers nobody. `answer`: a reply of the test's own to every request."""

    vendor = ""
    key = "key-of-the-house"
    second_key = ""
    flow = ""
    secret = "secret-of-today"
    # words of the provider
    again_error = ""  # a failure after which the customer may send again
    final_error = ""  # one after which a person looks
    prefix = "s"

    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}
        self.by_key: dict[str, str] = {}
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.down = False
        self.answer: Reply | None = None
        self.link_base = ""
        self.url = ""
        self.events = 0

    def account(self, *secrets: str) -> VendorAccount:
        return VendorAccount(
            base_url=self.url,
            key=self.key,
            webhook_secrets=secrets or (self.secret,),
            flow=self.flow,
            second_key=self.second_key,
        )

    def new_session(self, reference: str, return_url: str = "", key: str = "") -> Session:
        if key and key in self.by_key:
            return self.sessions[self.by_key[key]]
        session = Session(f"{self.prefix}_{len(self.sessions) + 1:06d}", reference, return_url)
        self.sessions[session.id] = session
        if key:
            self.by_key[key] = session.id
        return session

    def link(self, session: Session) -> str:
        return f"{self.link_base or self.url}/hosted/{session.id}?once={len(self.requests)}"

    def hosted(self, id: str) -> Reply:
        """The provider's own page, with the way back."""
        back = self.sessions[id].return_url
        head = f'<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>{self.vendor}</title>'
        page = f'{head}<h1>Show us your document</h1><a href="{back}?whatever=verified">Done</a></html>'
        return Reply(200, raw=page.encode(), headers={"Content-Type": "text/html"})

    def only(self) -> Session:
        (session,) = self.sessions.values()
        return session

    def latest(self) -> Session:
        return list(self.sessions.values())[-1]

    # ------------------------------------------------------------------ what differs
    def handle(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        raise NotImplementedError

    def event(self, session: Session, kind: str = "") -> dict[str, Any]:
        """The content of a webhook about what the session now is."""
        raise NotImplementedError

    def signed(self, body: bytes, *, secrets: tuple[str, ...] = (), at: float | None = None) -> dict[str, str]:
        raise NotImplementedError

    def webhook(
        self, session: Session, *, secrets: tuple[str, ...] = (), at: float | None = None
    ) -> tuple[dict[str, str], bytes]:
        body = json.dumps(self.event(session)).encode()
        return self.signed(body, secrets=secrets, at=at), body

    def next_event(self) -> str:
        self.events += 1
        return f"evt_{self.events:06d}"


def timestamped(body: bytes, secrets: tuple[str, ...], at: float | None, join: str, repeat_time: bool) -> str:
    stamp = str(int(time.time() if at is None else at))
    signatures = [hmac.new(s.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest() for s in secrets]
    if repeat_time:
        return join.join(f"t={stamp},v1={signature}" for signature in signatures)
    return f"t={stamp}," + join.join(f"v1={signature}" for signature in signatures)


class StripeService(VendorService):
    """docs.stripe.com/api/identity/verification_sessions."""

    vendor = "stripe"
    key = "rk_test_house"
    secret = "whsec_today"
    again_error = "document_unverified_other"
    final_error = "selfie_manipulated"
    prefix = "vs"

    def handle(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        if headers.get("authorization") != f"Bearer {self.key}" or "stripe-version" not in headers:
            return Reply(401, {"error": {"type": "invalid_request_error"}})
        parts = urlsplit(target)
        if method == "POST" and parts.path == "/v1/identity/verification_sessions":
            form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            session = self.new_session(form["metadata[reference]"], form["return_url"], headers["idempotency-key"])
            session.face = form["options[document][require_matching_selfie]"] == "true"
            return Reply(200, self.shown(session, set()))
        found = re.fullmatch(r"/v1/identity/verification_sessions/(vs_\d+)(/cancel)?", parts.path)
        session = self.sessions.get(found[1]) if found else None
        if session is None:
            return Reply(404, {"error": {"code": "resource_missing"}})
        if found and found[2]:
            session.raw = "canceled"
        return Reply(200, self.shown(session, set(parse_qs(parts.query).get("expand[]", []))))

    def shown(self, session: Session, expand: set[str]) -> dict[str, Any]:
        status = {"new": "requires_input", "failed": "requires_input"}.get(session.state, session.state)
        row: dict[str, Any] = {
            "id": session.id,
            "object": "identity.verification_session",
            "status": session.raw or status,
            "metadata": {"reference": session.reference},
            "last_error": {"code": session.error, "reason": "…"} if session.state == "failed" else None,
            "url": self.link(session) if status == "requires_input" else None,
            "redaction": None,
            "last_verification_report": f"vr_{session.id}_{session.attempt}" if session.attempt else None,
        }
        if session.attempt and "last_verification_report" in expand:
            row["last_verification_report"] = self.report(session, expand)
        if session.state == "verified" and "verified_outputs" in expand:
            row["verified_outputs"] = {"first_name": session.person["first"], "last_name": session.person["last"]}
        return row

    def report(self, session: Session, expand: set[str]) -> dict[str, Any]:
        person, good = session.person, session.state == "verified"
        document: dict[str, Any] = {
            "status": "verified" if good else "unverified",
            "type": "passport",
            "issuing_country": person["country"][0],
            "first_name": person["first"],
            "last_name": person["last"],
        }
        for name, value in (("dob", "born"), ("expiration_date", "expires")):
            if f"last_verification_report.document.{name}" in expand:
                year, month, day = map(int, person[value].split("-"))
                document[name] = {"year": year, "month": month, "day": day}
        if "last_verification_report.document.number" in expand:
            document["number"] = person["number"]
        selfie = {"status": "verified" if good else "unverified"} if session.face else None
        return {"id": f"vr_{session.id}_{session.attempt}", "document": document, "selfie": selfie}

    def event(self, session: Session, kind: str = "") -> dict[str, Any]:
        shown = self.shown(session, set())
        return {
            "id": self.next_event(),
            "object": "event",
            "created": int(time.time()),
            "type": kind or f"identity.verification_session.{shown['status']}",
            "data": {"object": shown},
        }

    def signed(self, body: bytes, *, secrets: tuple[str, ...] = (), at: float | None = None) -> dict[str, str]:
        return {"Stripe-Signature": timestamped(body, secrets or (self.secret,), at, ",", False)}


class PersonaService(VendorService):
    """docs.withpersona.com/api-reference/inquiries."""

    vendor = "persona"
    key = "persona_sandbox_house"
    flow = "itmpl_house"
    secret = "wbhsec_today"
    again_error = "id_entity_detection"
    final_error = "id_tamper_detection"
    prefix = "inq"

    def handle(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        if headers.get("authorization") != f"Bearer {self.key}" or "persona-version" not in headers:
            return Reply(401, {"errors": [{"title": "Must be authenticated"}]})
        parts = urlsplit(target)
        if method == "POST" and parts.path == "/api/v1/inquiries":
            attributes = json.loads(body)["data"]["attributes"]
            if attributes["inquiry-template-id"] != self.flow:
                return Reply(422, {"errors": [{"title": "Template is unknown"}]})
            key = headers["idempotency-key"]
            session = self.new_session(attributes["reference-id"], attributes["redirect-uri"], key)
            return Reply(201, {"data": self.shown(session)})
        found = re.fullmatch(r"/api/v1/inquiries/(inq_\d+)(?:/(generate-one-time-link|expire))?", parts.path)
        session = self.sessions.get(found[1]) if found else None
        if session is None or found is None:
            return Reply(404, {"errors": [{"title": "Record not found"}]})
        if found[2] == "generate-one-time-link":
            return Reply(200, {"data": self.shown(session), "meta": {"one-time-link": self.link(session)}})
        if found[2] == "expire":
            session.raw = "expired"
        included = self.verifications(session) if parse_qs(parts.query).get("include") == ["verifications"] else []
        return Reply(200, {"data": self.shown(session), "included": included})

    def shown(self, session: Session) -> dict[str, Any]:
        status = {"new": "created", "verified": "approved", "processing": "completed"}.get(session.state, session.state)
        attributes = {"status": session.raw or status, "reference-id": session.reference, "redacted-at": None}
        return {"type": "inquiry", "id": session.id, "attributes": attributes}

    def verifications(self, session: Session) -> list[dict[str, Any]]:
        if not session.attempt:
            return []
        person, good = session.person, session.state == "verified"
        status = "passed" if good else "failed"
        checks = [{"name": session.error, "status": "failed", "requirement": "required"}] if session.error else []
        checks.append({"name": "id_repeat_detection", "status": "failed", "requirement": "not_required"})
        at = "2026-11-20T10:00:00.000Z"
        first, _, middle = person["first"].partition(" ")
        document = {
            "status": status, "created-at": at, "name-first": first.upper(), "name-middle": middle.upper() or None,
            "name-last": person["last"].upper(), "birthdate": person["born"], "country-code": person["country"][0],
            "identification-number": person["number"], "expiration-date": person["expires"], "nationality": None,
            "sex": None, "checks": checks, "front-photo-url": "https://files.withpersona.com/secret.jpg",
        }  # fmt: skip
        rows = [{"type": "verification/government-id", "id": "ver_1", "attributes": document}]
        if session.face:
            rows.append(
                {"type": "verification/selfie", "id": "ver_2", "attributes": {"status": status, "created-at": at}}
            )
        return rows

    def event(self, session: Session, kind: str = "") -> dict[str, Any]:
        shown = self.shown(session)
        attributes = {
            "name": kind or f"inquiry.{shown['attributes']['status']}",
            "created-at": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "payload": {"data": shown, "included": self.verifications(session)},
        }
        return {"data": {"type": "event", "id": self.next_event(), "attributes": attributes}}

    def signed(self, body: bytes, *, secrets: tuple[str, ...] = (), at: float | None = None) -> dict[str, str]:
        return {"Persona-Signature": timestamped(body, secrets or (self.secret,), at, " ", True)}


class SumsubService(VendorService):
    """docs.sumsub.com/reference."""

    vendor = "sumsub"
    key = "sbx:house"
    second_key = "signs-requests"
    flow = "id-and-liveness"
    secret = "webhook-secret-today"
    again_error = "BAD_PROOF_OF_IDENTITY"
    final_error = "FORGERY"
    prefix = "app"

    def handle(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        stamp = headers.get("x-app-access-ts", "")
        signed = f"{stamp}{method}{target}".encode() + body
        expected = hmac.new(self.second_key.encode(), signed, hashlib.sha256).hexdigest()
        if headers.get("x-app-access-sig") != expected or headers.get("x-app-token") != self.key:
            return Reply(401, {"code": 401, "errorName": "app-token-signature mismatch"})
        if abs(time.time() - int(stamp)) > 60:
            return Reply(401, {"code": 401, "errorName": "app-token-timestamp"})
        parts = urlsplit(target)
        if method == "POST" and parts.path == "/resources/applicants":
            sent = json.loads(body)
            if parse_qs(parts.query)["levelName"] != [self.flow]:
                return Reply(404, {"code": 404})
            if any(session.reference == sent["externalUserId"] for session in self.sessions.values()):
                return Reply(409, {"code": 409, "description": "Applicant with external user id already exists"})
            return Reply(201, self.shown(self.new_session(sent["externalUserId"])))
        if method == "POST" and parts.path == "/resources/sdkIntegrations/levels/-/websdkLink":
            sent = json.loads(body)
            session = next(row for row in self.sessions.values() if row.reference == sent["userId"])
            session.return_url = sent["redirect"]["successUrl"]
            return Reply(200, {"url": self.link(session)})
        if found := re.fullmatch(r"/resources/applicants/-;externalUserId=([^/]+)/one", parts.path):
            wanted = unquote(found[1])
            return next(
                (Reply(200, self.shown(row)) for row in self.sessions.values() if row.reference == wanted),
                Reply(404, {}),
            )
        found = re.fullmatch(
            r"/resources/applicants/(app_\d+)/(one|requiredIdDocsStatus|presence/deactivated)", parts.path
        )
        session = self.sessions.get(found[1]) if found else None
        if session is None or found is None:
            return Reply(404, {"code": 404})
        if found[2] == "presence/deactivated":
            session.raw = "deleted"
        return Reply(200, self.steps(session) if found[2] == "requiredIdDocsStatus" else self.shown(session))

    def verdict(self, session: Session) -> dict[str, Any] | None:
        if session.state == "verified":
            return {"reviewAnswer": "GREEN"}
        if session.state != "failed":
            return None
        kind = "FINAL" if session.error == self.final_error else "RETRY"
        return {"reviewAnswer": "RED", "rejectLabels": [session.error], "reviewRejectType": kind}

    def shown(self, session: Session) -> dict[str, Any]:
        status = {"new": "init", "processing": "pending"}.get(session.state, "completed")
        person = session.person
        row: dict[str, Any] = {
            "id": session.id, "externalUserId": session.reference, "inspectionId": f"insp_{session.id}",
            "deleted": session.raw == "deleted",
            "review": {
                "reviewStatus": session.raw if session.raw not in ("", "deleted") else status,
                "attemptId": f"att_{session.attempt}", "attemptCnt": session.attempt,
            },
        }  # fmt: skip
        if verdict := self.verdict(session):
            row["review"]["reviewResult"] = verdict
        if session.attempt:
            row["info"] = {
                "firstName": person["first"], "lastName": person["last"], "dob": person["born"],
                "gender": person["sex"], "country": person["country"][1], "nationality": person["country"][1],
                "idDocs": [{"idDocType": "PASSPORT", "country": person["country"][1], "firstName": person["first"],
                            "lastName": person["last"], "number": person["number"], "validUntil": person["expires"]}],
            }  # fmt: skip
        return row

    def steps(self, session: Session) -> dict[str, Any]:
        verdict = self.verdict(session)
        step = {"reviewResult": verdict, "country": "SWE", "idDocType": "PASSPORT"} if verdict else None
        return {"IDENTITY": step} | ({"SELFIE": step} if session.face else {})

    def event(self, session: Session, kind: str = "") -> dict[str, Any]:
        shown = self.shown(session)
        return {
            "applicantId": session.id, "externalUserId": session.reference, "correlationId": self.next_event(),
            "type": kind or ("applicantReviewed" if shown["review"].get("reviewResult") else "applicantPending"),
            "reviewStatus": shown["review"]["reviewStatus"], "reviewResult": shown["review"].get("reviewResult"),
            "createdAtMs": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
        }  # fmt: skip

    def signed(self, body: bytes, *, secrets: tuple[str, ...] = (), at: float | None = None) -> dict[str, str]:
        secret = (secrets or (self.secret,))[0]
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return {"X-Payload-Digest": digest, "X-Payload-Digest-Alg": "HMAC_SHA256_HEX"}


HOSTED = re.compile(r"/hosted/(\w+)\?.*")
SERVICES = {service.vendor: service for service in (StripeService, PersonaService, SumsubService)}


@contextmanager
def running(service: VendorService) -> Iterator[VendorService]:
    """The service on a free port of the loopback, in a thread of its own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            service.requests.append((self.command, self.path, headers, body))
            if service.down:
                self.close_connection = True
                return
            hosted = HOSTED.fullmatch(self.path)
            reply = service.answer or (
                service.hosted(hosted[1]) if hosted else service.handle(self.command, self.path, headers, body)
            )
            content = reply.raw if reply.raw is not None else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in ({"Content-Type": "application/json"} | reply.headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = answer

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
