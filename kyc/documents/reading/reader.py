"""The process that reads pictures, seen from outside: started when first needed, kept warm, ended when it is late.

Loads neither OpenCV nor the networks. What went wrong is ReadingFailed, with its reason: an unknown, never a pass.
"""

from __future__ import annotations

import json
import os
import selectors
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from kyc.errors import Unavailable
from kyc.policy.documents import FACES, READING, ReadingBudget

CHILD = Path(__file__).with_name("child.py")
ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 60.0  # loading the networks, on a machine that has other work
LONGEST_ANSWER = 1_000_000  # bytes
MISSING_PACKAGES = "are the packages of requirements.txt installed?"


class ReadingFailed(Unavailable):
    """The picture could not be read to the end: too slow, too large, or the reader died. `reason` for staff."""

    code = "reading_failed"

    def __init__(self, reason: str) -> None:
        super().__init__("This picture could not be read now.", reason=reason)
        self.reason = reason


@dataclass(slots=True)
class Reader:
    """One child process and its pipes. Not for two threads at once: use `read_pixels` and `compare_faces`.

    It reads pages; or compares faces, where `faces` is the folder of that option (kyc.documents.face_match).
    """

    budget: ReadingBudget = READING
    faces: Path | None = None
    command: list[str] = field(default_factory=lambda: [sys.executable, "-I", str(CHILD)])
    _child: subprocess.Popen[bytes] | None = None

    def read(self, pixels: bytes, **order: Any) -> dict[str, Any]:
        """What kyc.documents.reading.page says of the picture (PPM), as plain values. Raises ReadingFailed."""
        return self._ask([pixels], order)

    def compare(self, selfie: bytes, pages: Sequence[bytes], *, turned: Sequence[int]) -> dict[str, Any]:
        """What kyc.documents.reading.faces says of these pictures (PPM). Raises ReadingFailed."""
        return self._ask([selfie, *pages], {"turned": list(turned)})

    def _ask(self, pictures: Sequence[bytes], order: dict[str, Any]) -> dict[str, Any]:
        self.warm()
        assert self._child is not None
        deadline = time.monotonic() + self.budget.wall_seconds
        try:
            for frame in (json.dumps(order | {"pictures": len(pictures)}).encode(), *pictures):
                self._send(len(frame).to_bytes(4, "big") + frame, deadline)
            answer = self._answer(deadline)
        except ReadingFailed:
            self.close()
            raise
        except OSError as error:
            ending = _ending(self._child)
            self.close()
            raise ReadingFailed(f"the reader ended ({ending})") from error
        if reason := answer.get("failed"):
            raise ReadingFailed(str(reason))
        return answer

    def warm(self) -> None:
        """Have the process running with its networks loaded; `read` does so by itself. Raises ReadingFailed."""
        if self._child is None or self._child.poll() is not None:
            self._start()

    def close(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with_no_complaint(pipe)
        child.wait()

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def _start(self) -> None:
        self.close()
        order = {
            "root": str(ROOT),
            "seconds": self.budget.seconds,
            "memory": self.budget.memory,
            "idle_seconds": self.budget.idle_seconds,
            "job": "faces" if self.faces else "pages",
            "faces": str(self.faces or ""),
            "tesseract": shutil.which("tesseract"),  # None: no second opinion
        }
        self._child = subprocess.Popen(
            [*self.command, json.dumps(order)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            cwd="/",
        )
        try:
            self._answer(time.monotonic() + START_SECONDS)
        except (ReadingFailed, OSError) as error:
            self.close()
            missing = "is that option installed for this Python?" if self.faces else MISSING_PACKAGES
            raise ReadingFailed(f"the reader did not start; {missing}") from error

    def _send(self, body: bytes, deadline: float) -> None:
        assert self._child is not None and self._child.stdin is not None
        pipe = self._child.stdin.fileno()
        os.set_blocking(pipe, False)
        left = memoryview(body)
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_WRITE)
            while left:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise ReadingFailed("the reader took too long")
                left = left[os.write(pipe, left) :]

    def _answer(self, deadline: float) -> dict[str, Any]:
        length = int.from_bytes(self._receive(4, deadline), "big")
        if length > LONGEST_ANSWER:
            raise ReadingFailed("the reader said more than a page can hold")
        try:
            answer = json.loads(self._receive(length, deadline))
        except ValueError as error:
            raise ReadingFailed("the reader did not answer in its form") from error
        if not isinstance(answer, dict):
            raise ReadingFailed("the reader did not answer in its form")
        return answer

    def _receive(self, count: int, deadline: float) -> bytes:
        assert self._child is not None and self._child.stdout is not None
        pipe = self._child.stdout.fileno()
        body = b""
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while len(body) < count:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise ReadingFailed("the reader took too long")
                piece = os.read(pipe, count - len(body))
                if not piece:
                    raise ReadingFailed(f"the reader ended ({_ending(self._child)})")
                body += piece
        return body


def with_no_complaint(pipe: IO[bytes]) -> None:
    """Close a pipe whose other end is gone: what it still held is lost with it."""
    try:
        pipe.close()
    except OSError:
        return


def _ending(child: subprocess.Popen[bytes]) -> str:
    try:
        code = child.wait(timeout=1)
    except subprocess.TimeoutExpired:
        return "its pipe is closed"
    return f"signal {-code}" if code < 0 else f"exit code {code}"


_shared: dict[tuple[int, Path | None], Reader] = {}
_lock = threading.Lock()


def read_pixels(pixels: bytes, **order: Any) -> dict[str, Any]:
    """By this process's own warm reader, one picture at a time. Raises ReadingFailed."""
    with _lock:
        # a process forked from one that had a reader must not speak through its pipes
        reader = _shared.setdefault((os.getpid(), None), Reader())
        return reader.read(pixels, **order)


def compare_faces(
    selfie: bytes, pages: Sequence[bytes] = (), *, turned: Sequence[int] = (), folder: Path
) -> dict[str, Any]:
    """By a process of its own kind, with the option in that folder. Raises ReadingFailed."""
    with _lock:
        reader = _shared.setdefault((os.getpid(), folder), Reader(budget=FACES, faces=folder))
        return reader.compare(selfie, pages, turned=turned)
