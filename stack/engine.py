"""The stores of one data folder, held by one process at a time: locked, started, prepared, stopped.

Everything else (web, workers, one command, the test suite) runs on an open engine.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from signal import SIGINT, SIGQUIT, SIGTERM

from stack.broker import Broker
from stack.environment import base_environment, needs_of, store_environment
from stack.locks import Lock
from stack.places import Places
from stack.postgres import Cluster
from stack.preparing import (
    location_steps,
    prepare_database,
    read_note,
    stamp_location,
    stamp_static,
    static_steps,
    write_note,
)
from stack.processes import Service, end_orphan, identity_of
from stack.progress import say
from stack.state import State, read_state, write_state

ORPHAN_SECONDS = 10.0
ORPHAN_SIGNALS = {"postgres": SIGINT, "worker-interactive": SIGQUIT, "worker-bulk": SIGQUIT}  # the rest: SIGTERM
STORES = ("valkey", "postgres")  # stopped last, in this order


class Engine:
    """Use: `hold` (False: somebody else does), `start`, then work, then `close`."""

    def __init__(self, places: Places, environment: Mapping[str, str], *, careless: bool = False) -> None:
        self.places = places
        self.given = dict(environment)
        self.careless = careless
        self.environment: dict[str, str] = dict(environment)
        self.cluster: Cluster | None = None
        self.broker: Broker | None = None
        self.note: dict[str, str] = {}  # kept inside the cluster: what was done to the database
        self.state: State | None = None
        self._lock = Lock(places.owner_lock)

    # ------------------------------------------------------------------------------------------ holding
    def hold(self, kind: str) -> bool:
        """Take the data folder for us, ending what a killed predecessor left; False while another holds it."""
        self.places.make()
        if not self._lock.take():
            return False
        self._end_orphans()
        supervisor = identity_of(os.getpid())
        assert supervisor is not None
        self._tell(State(kind=kind, supervisor=supervisor))
        return True

    def holder(self) -> State | None:
        """What the one who holds the folder says about itself; None while it has not said anything."""
        return read_state(self.places.state)

    def start(self) -> None:
        """Start PostgreSQL and broker together and wait for both; then `environment` has their addresses."""
        needs = needs_of(self.given)
        self.environment = base_environment(self.places, self.given)
        if needs.broker:
            self.broker = Broker(self.places, self.environment, careless=self.careless)
            self.register(self.broker.begin())
        if needs.database:
            self.cluster = Cluster(self.places, self.environment, careless=self.careless)
            self.register(self.cluster.begin())
        if self.cluster is not None:
            self.note = read_note(self.cluster.finish_start())
        if self.broker is not None:
            self.broker.finish_start()
        self.environment |= store_environment(self.cluster, self.broker, self.environment)

    def prepare(self, *, pages: bool) -> None:
        """Migrate and secure the database; with `pages`, collect static files and location data at the same time."""
        static = static_steps(self.places, self.environment) if pages else []
        location = location_steps(self.places, self.environment) if pages else []
        beside = [*static, *location]
        self.note = prepare_database(self.places, self.environment, self.cluster, self.note, beside=beside)
        if static:
            stamp_static(self.places)
        if location:
            stamp_location(self.places)

    def is_noted(self, deed: str) -> bool:
        return self.note.get(deed) == "done"

    def keep_in_note(self, deed: str) -> None:
        """Remember, inside the database's cluster, that something was done to it; elsewhere nothing is kept."""
        if self.cluster is not None:
            self.note = self.note | {deed: "done"}
            self.cluster.keep_note(write_note(self.note))

    def services(self) -> list[Service]:
        """The stores started here, the broker first."""
        broker = self.broker.service if self.broker is not None else None
        database = self.cluster.service if self.cluster is not None else None
        return [store for store in (broker, database) if store is not None]

    def start_again(self, service: Service) -> None:
        """Start a service that ended, wait for it if it is a store, and write its new number down."""
        if self.cluster is not None and service is self.cluster.service:
            self.cluster.start_again()
        else:
            service.start()
        self.register(service)
        if self.broker is not None and service is self.broker.service:
            self.broker.wait_until_ready()

    # ------------------------------------------------------------------------------------------ telling others
    def register(self, service: Service) -> None:
        """Write down who was started, at once: the next start must find it if we are killed."""
        assert self.state is not None
        self._tell(self.state.with_service(service.name, identity_of(service.pid)))

    def open_to_others(self, *, url: str = "") -> None:
        assert self.state is not None
        added = {name: value for name, value in self.environment.items() if self.given.get(name) != value}
        programs = str(self.cluster.binaries) if self.cluster is not None else ""
        self._tell(replace(self.state, ready=True, url=url, programs=programs, environment=added))

    def close(self, *, hurry: bool = False) -> None:
        """Stop broker and database, in this order, and give the folder free."""
        for service in self.services():
            service.finish(hurry=hurry)
        if self.state is not None:
            self.places.state.unlink(missing_ok=True)
            self.state = None
        self._lock.release()

    def _tell(self, state: State) -> None:
        self.state = state
        write_state(self.places.state, state)

    def _end_orphans(self) -> None:
        """After `kill -9` of the stack most children are gone by themselves (Linux); end those that are not."""
        left = read_state(self.places.state)
        if left is None:
            return
        mark = f"CLEARANCE_DATA={self.places.data}"
        for name in sorted(left.services, key=lambda name: STORES.index(name) if name in STORES else -1):
            orphan, kind = left.services[name], ORPHAN_SIGNALS.get(name, SIGTERM)
            if end_orphan(orphan, mark=mark, kind=kind, seconds=ORPHAN_SECONDS):
                say(f"ended a left-over {name} (pid {orphan.pid})")
        self.places.state.unlink(missing_ok=True)
