"""A whole installation of its own in a folder that is thrown away: real PostgreSQL, real broker, real workers.

For measuring and for proving what happens when one of them dies; it touches nothing of the stack beside it.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from stack.engine import Engine
from stack.environment import AS_OWNER
from stack.places import Places
from stack.processes import Service, wait_for
from stack.state import SERVICES
from stack.suite import NOT_INHERITED
from stack.supervisor import worker_service
from stack.trouble import Trouble

READY_SECONDS = 120.0


class Apart:
    """Use as a context: stores up and migrated inside it, everything gone after it. Workers are started by hand."""

    def __init__(self, root: Path, environment: Mapping[str, str], *, careless: bool = False) -> None:
        clean = {name: value for name, value in environment.items() if name not in (*NOT_INHERITED, AS_OWNER)}
        self.folder = Path(tempfile.mkdtemp(prefix="clearance-apart-"))  # a short path: sockets lie in it
        self.places = Places(root=root, data=self.folder)
        clean |= {"CLEARANCE_DATA": str(self.folder), "CLEARANCE_DEMO": "0", "CLEARANCE_HTTPS": "0"}
        self.engine = Engine(self.places, clean, careless=careless)
        self.services: list[Service] = []

    @property
    def environment(self) -> dict[str, str]:
        return self.engine.environment

    def __enter__(self) -> "Apart":
        try:
            self.engine.hold(SERVICES)
            self.engine.start()
            self.engine.prepare(pages=False)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def worker(
        self,
        queue: str,
        *,
        processes: int = 1,
        more: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        name: str = "",
    ) -> Service:
        """Start a worker of one queue and wait until it takes messages. Raises Trouble."""
        service = worker_service(self.places, queue, {**self.environment, **(environment or {})}, processes=processes)
        service.command = [*service.command, *more]
        if name:
            service.name, service.log = name, self.places.logs / f"{name}.log"
            service.command = [word if word != f"{queue}@%h" else f"{name}@%h" for word in service.command]
        return self.started(service, says=" ready.")

    def started(self, service: Service, *, says: str = "") -> Service:
        self.services.append(service)
        service.start()

        def is_ready() -> bool:
            if not service.alive:
                raise Trouble(f"{service.name} ended: {service.last_words()} (see {service.log})")
            return service.said(says)

        if says and not wait_for(is_ready, seconds=READY_SECONDS, pause=0.1):
            raise Trouble(f"{service.name} was not ready within {READY_SECONDS:.0f} s (see {service.log})")
        return service

    def manage(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """One Django command inside this installation, with what it said."""
        return subprocess.run(
            [sys.executable, "-m", "django", *words],
            cwd=self.places.root,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def _end(self) -> None:
        for service in self.services:
            service.ask_to_stop()
        for service in self.services:
            service.finish()
        self.engine.close(hurry=True)
        if self.engine.cluster is not None:
            self.engine.cluster.remove_files()
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.places.sockets, ignore_errors=True)
