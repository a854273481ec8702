"""Re-screening at size: a synthetic population, the real broker, real workers. Run inside an installation of its own.

The order is that of life: everybody is compared for the first time, a new edition comes in force and its
changes are looked for, and later everybody is compared again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

from django.conf import settings
from django.db import connection
from django.db.models import Max, Min
from django.utils import timezone

from kyc import dispatch
from kyc.access.models import Hold
from kyc.audit.services import System
from kyc.benchmarks import clocks
from kyc.benchmarks.clocks import Sums
from kyc.benchmarks.population import Editions, Planted, editions, fill
from kyc.benchmarks.report import Report
from kyc.cases.models import Case
from kyc.customers.models import Customer
from kyc.matching.types import Kind
from kyc.screening.indexes import prepare
from kyc.screening.models import Hit, RescreeningRun, Screening
from kyc.screening.queries import progress_of
from kyc.screening.runs import move_run, plan_run
from kyc.screening.states import RunReason, RunStatus
from kyc.watchlists.models import Edition
from kyc.watchlists.services import activate_edition, load_edition
from stack.places import Places
from stack.processes import Service, wait_for
from stack.supervisor import worker_service

SEED = 20261126
ACTOR = System("benchmark")
WATCH_SECONDS = 0.25  # between looks at a run
READY_SECONDS = 120.0
SHORT_PASS_SECONDS = 30.0  # of the pass with one worker, unless --full
AFFECTED = 200  # customers who bear the name of an added entry
MEGABYTE = 2**20


@dataclass(frozen=True)
class Size:
    customers: int
    changes: int
    entries: int
    full: bool


@dataclass
class Watched:
    """One run as it went: (seconds since its start, customers done), and what its workers took."""

    run: RescreeningRun
    seconds: float
    done: int
    points: list[tuple[float, int]]
    memory: list[int]  # bytes: the largest worker process at each look
    sums: Sums
    processes: int
    database_cpu: float = 0.0

    @property
    def rate(self) -> float:
        """Customers a second."""
        return self.done / self.seconds if self.seconds else 0.0


@dataclass
class Bench:
    size: Size
    tell: Callable[[str], Any]
    clocks: Path
    report: Report = field(default_factory=lambda: Report("re-screening"))

    # ------------------------------------------------------------------------------------------ the order
    def measure(self) -> dict[str, Watched]:
        lists = editions(entries=self.size.entries, changes=self.size.changes, seed=SEED)
        self._in_force(self._loaded(lists.first))
        planted = self._filled(lists)
        passes = {}
        with self._workers(2):
            passes["everybody for the first time, 2 workers"] = self._pass("first pass, 2 workers")
            second = self._loaded(lists.second)
            prepare(second)
            passes["what an edition changed, 2 workers"] = self._delta(second, planted)
        with self._workers(2):
            passes["everybody again, 2 workers"] = self._pass("full pass, 2 workers", aim=True)
        with self._workers(1):
            most = None if self.size.full else SHORT_PASS_SECONDS
            passes["everybody again, 1 worker"] = self._pass("full pass, 1 worker", most_seconds=most)
        self._size_of_database()
        return passes

    def _filled(self, lists: Editions) -> list[Planted]:
        size = self.size
        began = time.monotonic()
        bearers = tuple(entry for entry in lists.added if entry.kind is Kind.PERSON)[:AFFECTED]
        planted = fill(customers=size.customers, affected=bearers, seed=SEED + 1)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        seconds = time.monotonic() - began
        self.tell(f"{size.customers:,} customers written in {seconds:.0f} s")
        self.report.facts |= {
            "customers": f"{size.customers:,}", "entries": f"{size.entries:,}", "changes": size.changes, "seed": SEED,
            "affected": len(planted), "cores": os.cpu_count(),
        }  # fmt: skip
        return planted

    def _loaded(self, content: bytes) -> Edition:
        began = time.monotonic()
        edition = load_edition(source="operator", files={"main": content}, origin="benchmark", actor=ACTOR)
        self.tell(f"an edition of {edition.entry_count:,} loaded in {time.monotonic() - began:.0f} s: {edition.status}")
        return edition

    def _in_force(self, edition: Edition) -> None:
        """The first one: nobody is there yet for its own run, and a full pass follows."""
        began = time.monotonic()
        prepare(edition)
        self.report.add("index of all entries built", time.monotonic() - began, "s")
        with mock.patch.object(dispatch, "_send", lambda task, arguments: None):
            activate_edition(edition=edition, actor=ACTOR)
            plan_run(reason=RunReason.NEW_EDITION, delta_of=edition)

    def _pass(self, name: str, *, aim: bool = False, most_seconds: float | None = None) -> Watched:
        run = plan_run(reason=RunReason.FULL_PASS, actor=ACTOR)
        watched = self._watch(run, self._baseline(), most_seconds)
        self._tell_of(name, watched)
        whole = self.size.customers / watched.rate / 60 if watched.rate else None
        aims: dict[str, Any] = {"at_most": 15.0} if aim and self.size.customers >= 1_000_000 else {}
        note = f"extrapolated from {watched.done:,}" if watched.done < self.size.customers else ""
        self.report.add(f"{name}: minutes", whole, "min", note=note, **aims)
        return watched

    def _delta(self, edition: Edition, planted: list[Planted]) -> Watched:
        ids = list(
            Customer.objects.filter(external_id__in=[row.external_id for row in planted]).values_list("pk", flat=True)
        )
        before, asked, baseline = Hold.objects.count(), timezone.now(), self._baseline()
        activate_edition(edition=edition, actor=ACTOR)
        began = timezone.now()  # it is in force from the commit on
        self.report.add(
            "putting an edition in force", (began - asked).total_seconds(), "s", note="until screenings use it"
        )
        found = RescreeningRun.objects.filter(delta_of=edition.public_id)
        if not wait_for(found.exists, seconds=60, pause=0.02):
            raise RuntimeError("no worker planned the run that follows an activation")
        watched = self._watch(found.get(), baseline, None)
        holds = Hold.objects.filter(placed_at__gte=asked)
        on_them = holds.filter(customer__in=ids).aggregate(first=Min("placed_at"), last=Max("placed_at"))
        last = holds.aggregate(last=Max("placed_at"))["last"]
        self._tell_of("delta", watched)
        held = holds.filter(customer__in=ids).values("customer").distinct().count()
        self.report.add("delta: affected accounts held", held, "", at_least=len(ids))
        aim: dict[str, Any] = {"at_most": 15.0} if self.size.customers <= 100_000 else {}
        self.report.add("activation to the first hold", _since(began, on_them["first"]), "s")
        self.report.add("activation to the last affected account's hold", _since(began, on_them["last"]), "s", **aim)
        aim = {"at_most": 45.0} if self.size.customers >= 1_000_000 else {}
        self.report.add("delta: activation to the last hold of all", _since(began, last), "s", **aim)
        over = _since(began, watched.run.finished_at)
        self.report.add(
            "delta: activation to the end of the run", over, "s", note=f"{Hold.objects.count() - before} holds"
        )
        return watched

    # ------------------------------------------------------------------------------------------ watching
    def _baseline(self) -> tuple[Sums, float]:
        return clocks.read(self.clocks), _database_cpu()

    def _watch(self, run: RescreeningRun, baseline: tuple[Sums, float], most_seconds: float | None) -> Watched:
        sums, cpu = baseline
        began = time.monotonic()
        points: list[tuple[float, int]] = [(0.0, 0)]
        memory: list[int] = []
        processes = len(self._worker_processes())
        while True:
            time.sleep(WATCH_SECONDS)
            run.refresh_from_db()
            points.append((time.monotonic() - began, progress_of(run, now=timezone.now()).done))
            memory.append(max(map(_resident, self._worker_processes()), default=0))
            if run.status == RunStatus.DONE:
                break
            if not self.service.alive:
                raise RuntimeError(f"the worker ended: {self.service.last_words()}")
            if most_seconds is not None and time.monotonic() - began > most_seconds:
                move_run(run=run, to=RunStatus.CANCELLED, actor=ACTOR)
                break
        seconds = time.monotonic() - began
        taken = Watched(
            run=run, seconds=seconds, done=points[-1][1], points=points, memory=memory,
            sums=clocks.read(self.clocks) - sums, processes=processes, database_cpu=_database_cpu() - cpu,
        )  # fmt: skip
        if run.status == RunStatus.CANCELLED:  # let the pieces in hand come to their checkpoint
            wait_for(
                lambda: not run.shards.exclude(claimed_at=None).filter(finished_at=None).exists(), seconds=60, pause=0.2
            )
        return taken

    def _tell_of(self, name: str, watched: Watched) -> None:
        add, sums = self.report.add, watched.sums
        add(f"{name}: accounts a second", watched.rate, "/s")
        room = watched.seconds * watched.processes
        shares = {
            "SQL": sums.sql,
            "matching": sums.matching,
            "other Python": sums.busy - sums.sql - sums.matching,
            "Celery and waiting": room - sums.busy,
        }
        for what, value in shares.items():
            add(f"{name}: share of workers' time in {what}", 100 * value / room if room else None, "%")
        done = max(watched.done, 1)
        add(
            f"{name}: CPU of the workers",
            1e6 * sums.cpu / done,
            "µs/account",
            note=f"database {1e6 * watched.database_cpu / done:.0f}",
        )
        peak, half = max(watched.memory, default=0), watched.memory[len(watched.memory) // 2 :]
        add(f"{name}: memory of a worker, peak", peak / MEGABYTE, "MB", at_most=700.0)
        if len(watched.memory) > 20:
            grown = (half[-1] - half[0]) / MEGABYTE
            add(f"{name}: memory grown over the second half", grown, "MB", at_most=50.0)
        self.tell(f"{name}: {watched.done:,} in {watched.seconds:.1f} s, {watched.rate:,.0f}/s")

    @contextmanager
    def _workers(self, processes: int) -> Iterator[None]:
        environment = os.environ | {clocks.FOLDER: str(self.clocks)}
        self.service = worker_service(
            Places(settings.ROOT, settings.DATA), "bulk,interactive", environment, processes=processes
        )
        self.service.command = [*self.service.command, "--include", "kyc.benchmarks.clocks"]
        self.service.log = settings.DATA / "log" / "worker.log"
        self.service.start()
        try:
            if not wait_for(lambda: self.service.said(" ready."), seconds=READY_SECONDS, pause=0.1):
                raise RuntimeError(f"the workers did not start: {self.service.last_words()}")
            yield
        finally:
            self.service.finish()

    service: Service = field(init=False)

    def _worker_processes(self) -> list[int]:
        """The pool's processes: children of the worker."""
        return _children(self.service.pid)

    def _size_of_database(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            size = cursor.fetchone()[0]
        self.report.add(
            "size of the database", size / MEGABYTE, "MB", note=f"{Screening.objects.count():,} screenings kept"
        )
        also = f"{Case.objects.count():,} cases, {Hold.objects.count():,} holds"
        self.report.add("hits, cases and holds", Hit.objects.count(), note=also)


def measure(size: Size, *, tell: Callable[[str], Any]) -> tuple[Report, dict[str, Watched]]:
    with TemporaryDirectory(prefix="clocks-") as folder:
        bench = Bench(size, tell, Path(folder))
        passes = bench.measure()
    return bench.report, passes


def _since(began: datetime, at: datetime | None) -> float | None:
    return (at - began).total_seconds() if at else None


# ------------------------------------------------------------------------------------------------ processes
def _children(parent: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def _resident(pid: int) -> int:
    """Bytes, without what is shared with files: the mapped index is one copy for all."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except FileNotFoundError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


def _database_cpu() -> float:
    """Seconds of all of the server's processes that live now; nan where the server is not on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity")
        pids = [row[0] for row in cursor.fetchall()]
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
