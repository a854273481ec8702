"""A web server of our own for one measurement or test: granian on a free port, its workers known by number."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import connection

START_SECONDS = 90.0
_TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def same_database() -> dict[str, str]:
    """The environment in which another process works on the database that this one has open.

    Both by the owner's role: a scratch database grants nothing to the product's.
    """
    owner = urlsplit(os.environ["DATABASE_OWNER_URL"])
    here = urlunsplit(owner._replace(path=f"/{connection.settings_dict['NAME']}"))
    return {"DATABASE_URL": here, "DATABASE_OWNER_URL": here}


class Server:
    """Use it as a context: inside, `port` answers. It is stopped as the stack stops it: gracefully, then by force."""

    def __init__(
        self, application: str, *, environment: Mapping[str, str], log: Path, workers: int = 1, threads: int = 3
    ) -> None:
        self.port = free_port()
        self.log = log
        self._environment = {**os.environ, **environment}
        self._command = [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"),
            *("--host", "127.0.0.1", "--port", str(self.port)),
            *("--workers", str(workers), "--blocking-threads", str(threads)),
            *("--respawn-failed-workers", "--workers-kill-timeout", "3", application),
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Server:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=settings.ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.is_well():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"the server did not start:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.1)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def is_well(self) -> bool:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            line.request("GET", "/healthz", headers={"Host": "localhost"})
            return line.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()

    def stop(self) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=15)
        self.kill()

    def kill(self) -> None:
        """The whole group, at once: nothing is written any more."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):  # gone, or a group of zombies
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    @property
    def workers(self) -> list[int]:
        """The numbers of the processes that answer, without the helper that Python starts beside them."""
        assert self._process is not None
        listed = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        rows = [line.split(None, 2) for line in listed]
        return [int(row[0]) for row in rows if row[1] == str(self._process.pid) and "resource_tracker" not in row[-1]]

    def cpu_seconds(self) -> float | None:
        """What its workers have used since they began; None where the kernel does not say (Linux only)."""
        try:
            return sum(_cpu_of(pid) for pid in self.workers)
        except FileNotFoundError:
            return None


def _cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
