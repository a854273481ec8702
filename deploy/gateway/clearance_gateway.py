"""Ask Clearance before a model is used: middleware for WSGI and ASGI services. One file, nothing to install.

    gate = Gate("https://clearance.example/api/v1", key="clr_live_…")

    def who(request):                      # environ for WSGI, scope for ASGI
        return Use(account="acct-7", ip="131.111.7.7", model="aurora-large")   # None: this call uses no model

    application = GatedWSGI(application, gate, who)
    app = GatedASGI(app, gate, who)

Anything but `allow` is a no: the answer is 403 with the reasons a customer may see. Answers are kept for as long
as Clearance says. No answer within 250 ms, or none that can be read, is a no as well: 503, never kept.
`ip` is your visitor's address as your own edge saw it; never take it from a header that visitors can write.
An error in `who` is raised, so nothing passes by mistake.
"""

import asyncio
import http.client
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

SECONDS = 0.25
MOST_KEPT = 50_000
# What a kept connection says when the other side closed it while nobody asked.
CLOSED = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError, ConnectionAbortedError)
UNREACHABLE = {"code": "gate.unreachable", "sentence": "This cannot be checked at the moment. Please try again."}


@dataclass(frozen=True)
class Use:
    account: str  # your id of an account that is linked to a customer
    ip: str
    model: str
    channel: str = "api"


@dataclass(frozen=True)
class Word:
    """The gate's word. `reasons`: [{"code", "sentence"}], for the customer."""

    allowed: bool
    reasons: tuple[dict[str, str], ...] = ()
    decision_id: str = ""
    reached: bool = True


class Gate:
    """Threads may share it. `seconds`: how long a call may wait for an answer, all in all."""

    def __init__(self, url: str, key: str, *, seconds: float = SECONDS, threads: int = 16) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is no address of an API")
        self._connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._host, self._port, self._path = parts.hostname, parts.port, parts.path.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._seconds = seconds
        self._pool = ThreadPoolExecutor(threads, "clearance")
        self._local = threading.local()
        self._kept: dict[Use, tuple[float, Word]] = {}

    def ask(self, use: Use) -> Word:
        kept = self._remembered(use)
        if kept is not None:
            return kept
        try:
            return self._pool.submit(self._fetch, use).result(self._seconds)
        except Exception:  # whatever went wrong, it was not a yes
            return Word(False, (UNREACHABLE,), reached=False)

    async def ask_async(self, use: Use) -> Word:
        kept = self._remembered(use)
        if kept is not None:
            return kept
        try:
            loop = asyncio.get_running_loop()
            return await asyncio.wait_for(loop.run_in_executor(self._pool, self._fetch, use), self._seconds)
        except Exception:
            return Word(False, (UNREACHABLE,), reached=False)

    def _remembered(self, use: Use) -> Word | None:
        until, word = self._kept.get(use, (0.0, None))
        return word if time.monotonic() < until else None

    def _fetch(self, use: Use) -> Word:
        asked_at = time.monotonic()
        status, sent = self._exchange(use, asked_at + self._seconds)
        said = json.loads(sent)
        if status != 200:
            raise OSError(f"the gate answered {status}")
        word = Word(said["decision"] == "allow", tuple(said["reasons"]), said["decision_id"])
        until = asked_at + float(said["ttl"])
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[use] = (until, word)
        return word

    def _exchange(self, use: Use, until: float) -> tuple[int, bytes]:
        """Status and body. Where the connection we kept was closed: once more on a fresh one, within the same time."""
        body = json.dumps({"account": use.account, "ip": use.ip, "model": use.model, "channel": use.channel})
        kept = getattr(self._local, "connection", None)
        if kept is not None:
            try:
                return self._send(kept, body, until)
            except CLOSED:
                pass
        return self._send(self._connect(self._host, self._port), body, until)

    def _send(self, connection: http.client.HTTPConnection, body: str, until: float) -> tuple[int, bytes]:
        self._local.connection = None
        connection.timeout = max(until - time.monotonic(), 0.001)
        if connection.sock is not None:
            connection.sock.settimeout(connection.timeout)
        try:
            connection.request("POST", f"{self._path}/access/decisions", body, self._headers)
            response = connection.getresponse()
            answer = response.status, response.read()
        except BaseException:
            connection.close()
            raise
        self._local.connection = connection
        return answer


def _refusal(word: Word) -> tuple[int, bytes]:
    status = 403 if word.reached else 503
    body = {"status": status, "title": "not allowed", "reasons": list(word.reasons), "decision_id": word.decision_id}
    return status, json.dumps(body).encode()


_HEADERS = [("Content-Type", "application/problem+json"), ("Cache-Control", "no-store")]
_STATUS = {403: "403 Forbidden", 503: "503 Service Unavailable"}


class GatedWSGI:
    def __init__(self, app: Callable[..., Iterable[bytes]], gate: Gate, who: Callable[[Any], Use | None]) -> None:
        self._app, self._gate, self._who = app, gate, who

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        use = self._who(environ)
        word = self._gate.ask(use) if use is not None else None
        if word is None or word.allowed:
            return self._app(environ, start_response)
        status, body = _refusal(word)
        start_response(_STATUS[status], [*_HEADERS, ("Content-Length", str(len(body)))])
        return [body]


class GatedASGI:
    """Guards http and websocket; `lifespan` passes."""

    def __init__(self, app: Callable[..., Awaitable[None]], gate: Gate, who: Callable[[Any], Use | None]) -> None:
        self._app, self._gate, self._who = app, gate, who

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        use = self._who(scope) if scope["type"] in ("http", "websocket") else None
        word = await self._gate.ask_async(use) if use is not None else None
        if word is None or word.allowed:
            await self._app(scope, receive, send)
            return
        status, body = _refusal(word)
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = [(name.lower().encode(), value.encode()) for name, value in _HEADERS]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
