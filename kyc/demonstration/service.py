"""Another service of the provider's: calls the public REST API with the key it was given."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from kyc.demonstration.visitor import SECONDS, StoryBroke

API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate answered, and how long the caller waited for it."""

    decision: str
    reasons: tuple[str, ...]
    milliseconds: float
    link: str = ""  # where the customer can leave a challenge


class Service:
    def __init__(self, home: str, key: str) -> None:
        self._api = home.rstrip("/") + API
        self._session = requests.Session()
        self._session.headers.update({"Authorization": f"Bearer {key}", "User-Agent": "clearance-demo"})
        self._session.trust_env = False

    def get(self, path: str) -> Any:
        return self._answer(self._session.get(self._api + path, timeout=SECONDS), 200)

    def post(self, path: str, body: Mapping[str, Any], *, status: int = 201) -> Any:
        """With a key of its own, so that a second try would not do it twice."""
        once = {"Idempotency-Key": str(uuid.uuid4())}
        return self._answer(self._session.post(self._api + path, json=body, headers=once, timeout=SECONDS), status)

    def post_file(self, path: str, fields: Mapping[str, str], name: str, content: bytes) -> Any:
        once = {"Idempotency-Key": str(uuid.uuid4())}
        answer = self._session.post(
            self._api + path, data=dict(fields), files={"file": (name, content)}, headers=once, timeout=SECONDS
        )
        return self._answer(answer, 201)

    def may_use(self, public_id: str, ip: str, model: str) -> Verdict:
        """Ask the gate: may this customer, from this address, use this model now?"""
        asked = {"customer": public_id, "ip": ip, "model": model, "channel": "api"}
        begun = time.perf_counter()
        answer = self._answer(self._session.post(f"{self._api}/access/decisions", json=asked, timeout=SECONDS), 200)
        waited = (time.perf_counter() - begun) * 1000
        reasons = tuple(reason["code"] for reason in answer["reasons"])
        return Verdict(answer["decision"], reasons, waited, answer.get("link", ""))

    def _answer(self, answer: requests.Response, status: int) -> Any:
        if answer.status_code != status:
            path = answer.request.path_url
            raise StoryBroke(f"{answer.request.method} {path} answered {answer.status_code}: {answer.text[:300]}")
        return answer.json()
