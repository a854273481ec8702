"""What every commercial provider of identity checks can do. No provider here, no database, no network.

The order never changes: start a session; a webhook arrives, is proved genuine over its raw bytes and only
names the session; the result is read back from the provider before anything is believed; the rules of
kyc.identity.rules compare it. A word that a provider uses and its adapter does not know is a review.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from kyc.errors import NotAllowed
from kyc.findings import Finding
from kyc.identity.rules import Reading
from kyc.identity.states import VerificationStatus


class NotGenuine(NotAllowed):
    """This message does not come from the provider it names."""

    code = "not_genuine"


class Check(StrEnum):
    """What a provider can look at. The policy asks for some, per country and risk."""

    DOCUMENT = "document"
    FACE = "face"  # the holder's picture is like the one on the document
    LIVENESS = "liveness"  # somebody was there, no picture or replay


class CheckResult(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    UNSURE = "unsure"
    NOT_DONE = "not_done"  # not asked for, refused by the customer, or not available: never a pass


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """What a session is started with. `reference` is ours and comes back with the result."""

    reference: str
    checks: frozenset[Check]
    return_url: str  # where the customer lands afterwards
    country: str = ""  # alpha-2: whose documents are expected
    biometrics_consented: bool = False  # False: FACE and LIVENESS must not be started


@dataclass(frozen=True, slots=True)
class StartedSession:
    """The provider's id of the session. Where the customer goes is asked for each time: see `link`."""

    provider_reference: str


@dataclass(frozen=True, slots=True)
class HostedLink:
    """Where the customer goes now. Lets in whoever holds it: never stored, never logged."""

    url: str


@dataclass(frozen=True, slots=True)
class IncomingWebhook:
    """Exactly what arrived. Header names in lower case; `body` is never parsed before it is proved."""

    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class WebhookNotice:
    """All that is taken from a genuine webhook: which session to read back. `event_id` makes repeats harmless.

    Where a provider sends no id, the SHA-256 of the body stands for it.
    """

    event_id: str
    provider_reference: str
    kind: str
    occurred_at: datetime | None


@dataclass(frozen=True, slots=True)
class SessionResult:
    """The session as the provider gave it when asked. `read_at`: just before, so that a slow answer is no newer.

    `reference` is ours, as the provider has it on file; another one means that this is somebody else's session.
    `reasons` are codes of kyc.policy.identity.REASONS for what went wrong; `error` is the provider's own word.
    """

    provider_reference: str
    status: VerificationStatus
    checks: Mapping[Check, CheckResult]
    readings: tuple[Reading, ...]
    read_at: datetime
    raw_status: str
    reference: str = ""
    error: str = ""
    reasons: tuple[str, ...] = ()
    same_session: bool = True  # where something is asked for again: False needs a new session
    attempt: str = ""  # the provider's id of the attempt that this is the result of: told twice, it counts once
    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, Any] | None = None  # what else is worth keeping; sealed with the reading


class Provider(Protocol):
    """An adapter. Every call outward has a time limit and raises Unavailable when the provider cannot be reached."""

    name: str  # "stripe", …: stored on each verification
    checks: frozenset[Check]  # what it can do at all

    def start(self, request: SessionRequest) -> StartedSession:
        """A new session. The same `reference` twice gives the same session, not a second one."""
        ...

    def link(self, provider_reference: str, request: SessionRequest) -> HostedLink:
        """A fresh link to the session. Unavailable where the provider gives none, or one that is not its own."""
        ...

    def read_webhook(self, webhook: IncomingWebhook) -> WebhookNotice:
        """Prove it, then read which session it is about. NotGenuine for any doubt, and where no secret is set."""
        ...

    def read_result(self, provider_reference: str) -> SessionResult:
        """Ask the provider. NotFound when it knows no such session."""
        ...

    def cancel(self, provider_reference: str) -> None:
        """Nothing happens to a session that is settled already."""
        ...
