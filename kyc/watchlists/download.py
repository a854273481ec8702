"""Fetch one file of a list: only if it changed, never more than the cap, again where trying again may help.

Knows no database. https only, but for this machine itself (tests and a mirror beside the product).
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from kyc.errors import BadInput, Unavailable
from kyc.policy.lists import DownloadPolicy

AGENT = "Clearance (sanctions list refresh)"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
PIECE = 256 * 1024  # bytes read at once
WORTH_RETRYING = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Fetched:
    """`content` is None where the source says that nothing changed since the validators we sent."""

    content: bytes | None
    validators: Mapping[str, str]  # "etag", "last_modified": to send next time


class _SafeRedirects(HTTPRedirectHandler):
    """A redirect may not leave https."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        check_address(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


_opener = build_opener(_SafeRedirects)


def check_address(url: str) -> None:
    """Raises BadInput for an address that lists are not fetched from."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise BadInput("Lists are fetched over https only.", url=shown_address(url))


def shown_address(url: str) -> str:
    """The address without what may be secret in it: a token in the query, a name and password."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" + ("?…" if parts.query else "")


def _silently(progress: str) -> None:
    """For whoever does not ask how far it is."""


def fetch(
    url: str, *, validators: Mapping[str, str], policy: DownloadPolicy, tell: Callable[[str], None] = _silently
) -> Fetched:
    """Raises Unavailable with the last failure once the attempts are used up, or at once where no retry helps."""
    check_address(url)
    pause = policy.pause_seconds
    for attempt in range(1, policy.attempts + 1):
        try:
            return _once(url, validators, policy, tell)
        except HTTPError as error:
            if error.code == 304:
                return Fetched(None, validators)
            failure = f"the source answered {error.code} {error.reason}"
            if error.code not in WORTH_RETRYING:
                raise Unavailable(f"{shown_address(url)}: {failure}.", attempts=attempt) from error
        except (URLError, OSError, http.client.HTTPException) as error:
            failure = f"{type(error).__name__}: {getattr(error, 'reason', None) or error}"
        if attempt < policy.attempts:
            time.sleep(pause)
            pause *= 2
    raise Unavailable(f"{shown_address(url)}: {failure}.", attempts=policy.attempts)


def _once(url: str, validators: Mapping[str, str], policy: DownloadPolicy, tell: Callable[[str], None]) -> Fetched:
    request = Request(url, headers={"User-Agent": AGENT, "Accept-Encoding": "identity"})
    if etag := validators.get("etag"):
        request.add_header("If-None-Match", etag)
    if last_modified := validators.get("last_modified"):
        request.add_header("If-Modified-Since", last_modified)
    deadline = time.monotonic() + policy.whole_seconds
    with _opener.open(request, timeout=policy.timeout_seconds) as answer:
        pieces, size = [], 0
        while piece := answer.read(PIECE):
            size += len(piece)
            if size > policy.most_bytes:
                raise Unavailable(f"{shown_address(url)}: more than {policy.most_bytes} bytes; not read further.")
            if time.monotonic() > deadline:
                raise TimeoutError(f"not finished after {policy.whole_seconds:g} s")
            pieces.append(piece)
            tell(f"{size / 1_048_576:.1f} MB fetched")
        # read() in pieces does not notice a connection cut short
        promised = answer.headers.get("Content-Length")
        if promised is not None and promised.isdigit() and int(promised) != size:
            raise ConnectionError(f"{size} of {promised} bytes came")
        kept = {"etag": answer.headers.get("ETag", ""), "last_modified": answer.headers.get("Last-Modified", "")}
        return Fetched(b"".join(pieces), {name: value for name, value in kept.items() if value})
