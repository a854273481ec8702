"""Verdicts that others verify without asking: a JWS, Ed25519, bound to account, address and model.

The keys are derived from the installation's master key and the calendar month, so every process has the same
ones and nothing has to be stored or handed round; they rotate by themselves. This month's key signs; the
last month's and the next one's are published beside it, for callers whose clocks and caches lag.
Sources: RFC 7515 (JWS), RFC 7517 (JWK), RFC 8037 (Ed25519 in JOSE).
"""

from __future__ import annotations

import base64
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kyc.access.questions import Caller, Question
from kyc.access.rules import AccessVerdict
from kyc.vault.keys import keyring

MOST_SECONDS = 60
ALGORITHM = "EdDSA"
KIND = "clearance-verdict+jwt"  # so that no other token of ours can be taken for one


def sign_verdict(
    *, question: Question, caller: Caller, verdict: AccessVerdict, decision_id: str, issuer: str, now: datetime
) -> str:
    """A compact JWS that lasts as long as the answer, and never more than a minute."""
    name, key = _key(_month(now.date()))
    claims = {
        "iss": issuer,
        "aud": caller.public_id,
        "sub": question.asked_for,
        "ip": str(question.address),
        "model": question.model,
        "channel": question.channel.value,
        "decision": verdict.outcome.value,
        "jti": decision_id,
        "iat": int(now.timestamp()),
        "exp": int(now.timestamp()) + min(verdict.ttl_seconds, MOST_SECONDS),
    }
    return jwt.encode(claims, key, ALGORITHM, headers={"kid": name, "typ": KIND})


def published_keys(now: datetime) -> dict[str, Any]:
    """The JWK set: last month's key, this month's and the next one's."""
    this = _month(now.date())
    months = (_month(this - timedelta(days=1)), this, _month(this + timedelta(days=32)))
    return {"keys": [_jwk(*_key(month)) for month in months]}


def _month(day: date) -> date:
    return day.replace(day=1)


@lru_cache(maxsize=8)
def _key(month: date) -> tuple[str, Ed25519PrivateKey]:
    name = f"verdict-{month:%Y-%m}"
    return name, Ed25519PrivateKey.from_private_bytes(keyring().derive(f"access/{name}"))


def _jwk(name: str, key: Ed25519PrivateKey) -> dict[str, str]:
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    text = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "x": text, "kid": name, "use": "sig", "alg": ALGORITHM}
