"""Who signed a webhook: HMAC over its raw bytes, compared in constant time, before anything is parsed. Pure.

Several secrets may hold at once, so that one can be changed without losing a message. No secret: nothing is genuine.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from kyc.identity.provider import IncomingWebhook, NotGenuine

# weak digests are left out on purpose: Sumsub still offers HMAC_SHA1_HEX
DIGESTS = {"HMAC_SHA256_HEX": hashlib.sha256, "HMAC_SHA512_HEX": hashlib.sha512}
# "t=123,v1=abc,v1=def" (Stripe), "t=123,v1=abc t=124,v1=def" (Persona while a secret is changed)
GROUPS = re.compile(r"\s+")
MOST_SIGNATURES = 8  # in one header; two while a secret is changed


def check_timestamped(webhook: IncomingWebhook, *, header: str, secrets: Sequence[str], tolerance_seconds: int) -> None:
    """`t=…,v1=…`: HMAC-SHA256 of "t.body" in hex. Raises NotGenuine for an old time as for a wrong signature."""
    given = webhook.headers.get(header, "")
    _check_there(given, secrets)
    for group in GROUPS.split(given.strip())[:MOST_SIGNATURES]:
        stamp, signatures = _parts(group)
        if stamp is None or not _is_recent(stamp, webhook.received_at, tolerance_seconds):
            continue
        signed = str(stamp).encode() + b"." + webhook.body
        if _any_matches(signatures, signed, secrets, hashlib.sha256):
            return
    raise NotGenuine("No signature of this message holds now.", header=header)


def check_digest(webhook: IncomingWebhook, *, header: str, algorithm_header: str, secrets: Sequence[str]) -> None:
    """HMAC of the body in hex by the algorithm that is named. No time is signed: repeats are found by their digest."""
    given = webhook.headers.get(header, "")
    _check_there(given, secrets)
    digest = DIGESTS.get(webhook.headers.get(algorithm_header, "").upper())
    if digest is None:
        raise NotGenuine("The message is signed with a digest that is not trusted.", header=algorithm_header)
    if not _any_matches([given.strip()], webhook.body, secrets, digest):
        raise NotGenuine("No signature of this message holds.", header=header)


def _check_there(given: str, secrets: Sequence[str]) -> None:
    if not any(secrets):
        raise NotGenuine("No secret is set: nothing from this provider can be believed.")
    if not given:
        raise NotGenuine("The message is not signed.")


def _parts(group: str) -> tuple[int | None, list[str]]:
    pairs = [part.partition("=") for part in group.split(",")[: MOST_SIGNATURES + 1]]
    stamps = [value for name, _, value in pairs if name.strip() == "t" and value.isascii() and value.isdigit()]
    if len(stamps) != 1 or len(stamps[0]) > 12:
        return None, []
    return int(stamps[0]), [value.strip() for name, _, value in pairs if name.strip() == "v1"]


def _is_recent(stamp: int, now: datetime, tolerance_seconds: int) -> bool:
    return abs(now.timestamp() - stamp) <= tolerance_seconds


def _any_matches(signatures: Sequence[str], signed: bytes, secrets: Sequence[str], digest: Callable[..., Any]) -> bool:
    """Every pair is compared, whatever the first ones say."""
    found = False
    for secret in filter(None, secrets):
        expected = hmac.new(secret.encode(), signed, digest).hexdigest().encode()
        for signature in signatures:
            found |= hmac.compare_digest(expected, signature.encode("utf-8", "replace"))
    return found
