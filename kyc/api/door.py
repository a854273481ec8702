"""The short way in to the gate: a WSGI application of its own, without middleware, signals or request objects.

What these do for pages and the gate needs as well is done here and in kyc/access: https is insisted upon, types
are not guessed, and a connection to the database that broke is opened anew when it is next asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from django.conf import settings

from kyc.api.gate import ALWAYS, Asked, problem, reply

GATE = "/api/v1/access/"
_ROOT = len("/api/v1/")
_STATUS = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


def gate(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answers every address that begins with GATE; call it for no other."""
    if settings.SECURE_SSL_REDIRECT and not _is_secure(environ):
        # a redirect would make the caller send its key in clear once more
        said = problem(403, "https_only", "Ask over https. The key of this request was sent in clear.")
    else:
        said = reply(
            environ["PATH_INFO"][_ROOT:],
            Asked(
                environ["REQUEST_METHOD"],
                environ.get("HTTP_AUTHORIZATION", ""),
                environ.get("QUERY_STRING", ""),
                _reader(environ),
            ),
        )
    headers = [("Content-Type", said.content_type), ("Content-Length", str(len(said.body))), *ALWAYS, *said.headers]
    start_response(_STATUS[said.status], headers)
    return (said.body,)


def _reader(environ: dict[str, Any]) -> Callable[[int], bytes]:
    def read(most: int) -> bytes:
        told = environ.get("CONTENT_LENGTH") or ""
        if not (told.isascii() and told.isdigit()):
            return b""  # as Django reads it: no length, no body
        body: bytes = environ["wsgi.input"].read(min(int(told), most))
        return body

    return read


def _is_secure(environ: dict[str, Any]) -> bool:
    """As Django's request says it: by the proxy's header where one is trusted and there, else by the server."""
    if settings.SECURE_PROXY_SSL_HEADER:
        name, secure = settings.SECURE_PROXY_SSL_HEADER
        told = environ.get(name)
        if told is not None:
            return bool(told.split(",", 1)[0].strip() == secure)
    return bool(environ.get("wsgi.url_scheme") == "https")
