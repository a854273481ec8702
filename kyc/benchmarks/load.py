"""A load tool: `python -m kyc.benchmarks.load`, its orders on standard input, what it saw on standard output.

One thread, connections kept, each asking again as soon as it was answered (or `per_second` in all). Written by
hand because a measurement must not depend on a tool that is not there; 20 µs a request leave room for the server.
Orders: {"port", "requests": [text of a whole request], "connections", "seconds", "per_second", "record"}.
With `record` each answer is also told: [request, sent at, answered at, decision].
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from dataclasses import dataclass, field
from typing import Any

ROOM = 1 << 20


@dataclass(slots=True)
class Line:
    """One connection and what it waits for. `number` < 0: nothing."""

    socket: socket.socket
    number: int = -1
    sent_at: float = 0.0
    heard: bytearray = field(default_factory=bytearray)


class Load:
    def __init__(self, orders: dict[str, Any]) -> None:
        self._port = orders["port"]
        self._requests = [request.encode() for request in orders["requests"]]
        self._many = orders["connections"]
        self._seconds = orders["seconds"]
        self._pace = orders.get("per_second") or 0
        self._record = orders.get("record", False)
        self._waiting = selectors.DefaultSelector()
        self._next = 0
        self.latencies: list[float] = []
        self.failures: list[tuple[float, str]] = []  # when (seconds since 1970), and what
        self.records: list[tuple[int, float, float, str]] = []

    def run(self) -> dict[str, Any]:
        began = time.perf_counter()
        until = began + self._seconds
        idle = [self._connect() for _ in range(self._many)]
        while True:
            now = time.perf_counter()
            going = now < until
            allowed = len(idle) if not self._pace else int((now - began) * self._pace) - self._next
            while going and idle and allowed > 0:
                self._send(idle.pop(), idle)
                allowed -= 1
            if not going and len(idle) == self._many:
                break
            for key, _ in self._waiting.select(0.002 if self._pace else 1.0):
                line = key.data
                if line.number < 0:
                    self._forget(line)  # the server closed what it had kept for us
                elif self._hear(line):
                    if line.socket.fileno() >= 0 and not self._pace and time.perf_counter() < until:
                        self._send(line, idle)
                    else:
                        idle.append(line)
            idle = [line if line.socket.fileno() >= 0 else self._connect() for line in idle]
        seconds = time.perf_counter() - began
        return self._told(seconds)

    def _connect(self) -> Line:
        deadline = time.monotonic() + 10
        while True:
            try:
                made = socket.create_connection(("127.0.0.1", self._port), timeout=10)
                break
            except OSError as error:
                self.failures.append((time.time(), f"no connection: {error}"))
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line = Line(made)
        self._waiting.register(made, selectors.EVENT_READ, line)
        return line

    def _send(self, line: Line, idle: list[Line]) -> None:
        line.number, self._next = self._next % len(self._requests), self._next + 1
        line.sent_at = time.time()
        try:
            line.socket.sendall(self._requests[line.number])
        except OSError as error:
            self._broke(line, str(error))
            idle.append(line)

    def _hear(self, line: Line) -> bool:
        """Read what came; whether the line is free again: answered, or broken."""
        try:
            part = line.socket.recv(ROOM)
        except OSError as error:
            self._broke(line, str(error))
            return True
        if not part:
            self._broke(line, "closed without an answer")
            return True
        line.heard += part
        ends = line.heard.find(b"\r\n\r\n")
        if ends < 0:
            return False
        at = line.heard.lower().find(b"content-length:", 0, ends)
        length = int(line.heard[at + 15 : line.heard.find(b"\r\n", at)]) if at >= 0 else 0
        if len(line.heard) < ends + 4 + length:
            return False
        now = time.time()
        if line.heard[9:12] != b"200":
            said = line.heard[ends + 4 :].decode(errors="replace")
            self.failures.append((now, f"{line.heard[9:12].decode()}: {said[:200]}"))
        else:
            self.latencies.append(now - line.sent_at)
            if self._record:
                decision = json.loads(line.heard[ends + 4 :])["decision"]
                self.records.append((line.number, line.sent_at, now, decision))
        line.heard.clear()
        line.number = -1
        return True

    def _broke(self, line: Line, why: str) -> None:
        self.failures.append((time.time(), f"in flight: {why}"))
        self._forget(line)

    def _forget(self, line: Line) -> None:
        self._waiting.unregister(line.socket)
        line.socket.close()
        line.number = -1

    def _told(self, seconds: float) -> dict[str, Any]:
        ordered = sorted(self.latencies)
        share = {f"p{part}": ordered[int(len(ordered) * part / 100)] * 1000 if ordered else None for part in (50, 99)}
        return {
            "answers": len(ordered),
            "seconds": seconds,
            "ms": share,
            "failures": self.failures,
            "records": self.records,
        }


if __name__ == "__main__":
    json.dump(Load(json.load(sys.stdin)).run(), sys.stdout)
