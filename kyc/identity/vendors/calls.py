"""Calls to a provider: bounded in time and size, never redirected, and any failure is Unavailable, never an answer."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase

from kyc.errors import NotFound, Unavailable
from kyc.policy.identity import VENDORS, VendorPolicy

# ids of providers, as they may stand in a path; anything else is not asked about
REFERENCE = re.compile(r"[A-Za-z0-9_-]{1,200}")


class Conflict(Unavailable):
    """The provider has this already."""


class Calls:
    """One provider's API. `auth` signs each request last, so that no .netrc of the machine takes its place."""

    def __init__(self, *, vendor: str, base_url: str, auth: AuthBase, policy: VendorPolicy = VENDORS) -> None:
        self.vendor = vendor
        self._base = base_url.rstrip("/")
        self._auth = auth
        self._policy = policy

    def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: list[tuple[str, str]] | None = None,
        form: list[tuple[str, str]] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The JSON object that came back. Raises NotFound, Conflict, Unavailable; never with a secret in its words."""
        sent = dict(headers or {})
        data: Any = form
        if body is not None:
            data = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        try:
            with requests.request(
                method,
                self._base + path,
                headers=sent,
                params=params,
                data=data,
                auth=self._auth,
                timeout=(self._policy.connect_seconds, self._policy.answer_seconds),
                allow_redirects=False,
                stream=True,
            ) as response:
                return self._read(response)
        except requests.RequestException as error:
            raise self._failed(f"{type(error).__name__} at {method} {path}") from error

    def _read(self, response: requests.Response) -> dict[str, Any]:
        content, until = b"", time.monotonic() + self._policy.answer_seconds
        for piece in response.iter_content(65_536):
            content += piece
            if len(content) > self._policy.answer_most_bytes or time.monotonic() > until:
                raise self._failed("an answer without end")
        where = f"{response.request.method} {urlsplit(response.url).path}"
        if response.status_code == 404:
            raise NotFound(f"{self.vendor} knows no such session.", vendor=self.vendor)
        if response.status_code == 409:
            raise Conflict(f"{self.vendor} has this already.", vendor=self.vendor)
        if not 200 <= response.status_code < 300:
            raise self._failed(f"status {response.status_code} at {where}")
        try:
            found = json.loads(content)
        except ValueError as error:
            raise self._failed(f"an answer that is no JSON at {where}") from error
        if not isinstance(found, dict):
            raise self._failed(f"an answer that is no object at {where}")
        return found

    def _failed(self, what: str) -> Unavailable:
        return Unavailable(f"{self.vendor} could not be asked: {what}.", vendor=self.vendor)


def checked_reference(reference: str) -> str:
    """A provider's id that may stand in a path. Raises NotFound."""
    if not REFERENCE.fullmatch(reference):
        raise NotFound("This is no id of a session.")
    return reference


def checked_link(url: Any, *, hosts: tuple[str, ...], vendor: str) -> str:
    """https, on a host of the provider's own: customers are sent nowhere else. Raises Unavailable."""
    parts = urlsplit(url if isinstance(url, str) else "")
    own = any(parts.hostname == host or (parts.hostname or "").endswith(f".{host}") for host in hosts)
    local = parts.hostname in ("127.0.0.1", "localhost") and parts.hostname in hosts
    if not own or parts.username or (parts.scheme != "https" and not local):
        raise Unavailable(f"{vendor} gave no link that leads to {vendor}.", vendor=vendor)
    return str(url)


def text(value: Any) -> str:
    """A short text of an answer, without what no database or page could take; "" for anything else."""
    return "".join(filter(str.isprintable, value)).strip()[:300] if isinstance(value, str) else ""


def obj(value: Any) -> dict[str, Any]:
    """An object of an answer, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def objs(value: Any) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
