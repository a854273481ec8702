"""Where the gate writes its answers down: what was refused at once, what was allowed together a moment later.

Nothing but an allowance ever waits. A process that is killed loses the allowances of its last quarter of a
second (GATE_WRITE_BEHIND_SECONDS), one that ends in order writes them first. Where the database refuses,
they are kept and tried again. When too many wait, whoever asks waits for room; where none is made in time, the
gate stops answering, so that none is lost silently. Refusals wait for none of this.
"""

from __future__ import annotations

import atexit
import io
import json
import logging
import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import chain
from multiprocessing.util import Finalize
from typing import Any, NamedTuple

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction

from kyc.access.memory import again, close_if_broken
from kyc.access.rules import AccessVerdict
from kyc.customers.queries import hold_customers
from kyc.errors import GateClosed
from kyc.geo.client_address import Address
from kyc.geo.models import Sighting
from kyc.geo.rules import LocationVerdict
from kyc.geo.services import SAME_SIGHTING, new_sighting
from kyc.worlds import World

log = logging.getLogger(__name__)
# Written in one transaction: few enough that who waits for room, and who comes after a failure, waits for little.
PORTION = 1_000


class Room(NamedTuple):
    """So many may wait; while more do, whoever asks waits for room, but not for longer."""

    most: int
    seconds: float


# A gateway gives up after 250 ms (deploy/gateway). Who asks many at once waits for as long as writing as many may take
# on a busy machine, and is slowed down earlier, so that a flood of batches leaves room for single questions.
FOR_ONE, FOR_BATCHES = Room(50_000, 0.15), Room(40_000, 1.0)
RETRY_SECONDS = 0.25  # after a writing that failed
MOST_SIGHTINGS = 100_000
MOST_SAID = 4_096  # some 2 kB each
# A process that ends waits so long for what is being written.
LAST_SECONDS = 5.0


class Line(NamedTuple):
    """One answer, as it is written down."""

    decision_id: str
    world: World
    customer: int | None  # None also where it belongs to the other world
    asked_for: str
    client: str
    model: str
    channel: str
    address: Address
    digest: str  # keyed, of the address
    verdict: AccessVerdict
    location: LocationVerdict
    at: datetime

    @property
    def sighting(self) -> tuple[Any, ...]:
        """Equal for answers that are the same sighting when they are close in time."""
        # as text: an enumeration's hash is Python's work, and this is hashed for each answer
        verdict = self.verdict
        return (str(self.world), self.customer, self.digest, str(verdict.outcome), verdict.policy_version)


class Ledger:
    """One for each process; threads may share it."""

    def __init__(self) -> None:
        self._waiting: deque[Line] = deque()  # added to by many threads while one takes from it
        self._sightings: dict[tuple[Any, ...], tuple[int, datetime]] = {}  # → row, when it was written first
        self._seen_again: dict[int, tuple[datetime, int]] = {}  # row → last seen, how often: not written yet
        # Two writings may go on at once: an outcome is part of what names a sighting, so they share no row of it.
        self._refusing = threading.Lock()
        self._writing = threading.Lock()
        self._room = threading.Condition()  # told after each writing
        self._ones: deque[object] = deque()  # who waits for room, the first first
        self._batches: deque[object] = deque()
        self._stuck = False  # the last writing failed: nobody makes room
        self._wake = threading.Event()  # something waits
        self._hurry = threading.Event()  # enough waits for a portion
        self._over = threading.Event()
        self._writer: threading.Thread | None = None

    def forget(self) -> None:
        """Drop what waits and what is known of rows; for tests that roll back."""
        with self._refusing, self._writing:
            self._waiting.clear()
            self._sightings.clear()
            self._seen_again.clear()
            self._stuck = False

    def keep(self, lines: Sequence[Line]) -> None:
        """Write refusals now, allowances soon. Raises GateClosed when they could not be written.

        Waits for room (FOR_ONE, FOR_BATCHES) for allowances only, after the refusals are written.
        """
        at_once: Sequence[Line] = lines
        allowed: list[Line] = []
        if settings.GATE_WRITE_BEHIND_SECONDS:
            allowed = [line for line in lines if line.verdict.allowed]
            at_once = [] if len(allowed) == len(lines) else [line for line in lines if not line.verdict.allowed]
        if at_once:
            try:
                with self._refusing:
                    again(lambda: self._write(at_once, count=True))
            except (DatabaseError, InterfaceError) as error:
                close_if_broken()
                raise GateClosed("The gate cannot write its answer down; the answer is no until it can.") from error
        if not allowed:
            return
        room, queue = (FOR_ONE, self._ones) if len(lines) == 1 else (FOR_BATCHES, self._batches)
        if queue or len(self._waiting) > room.most:
            self._wait_for(room, queue, allowed)
        else:
            self._waiting.extend(allowed)
        if self._writer is None:
            self._start()
        self._wake.set()
        if len(self._waiting) >= PORTION:
            self._hurry.set()

    def _wait_for(self, room: Room, queue: deque[object], allowed: list[Line]) -> None:
        """Answers are made faster than they are written: who asks is slowed down to the writer's pace.

        First come, first served: whoever asks later would otherwise take the room of one who waits.
        """
        turn = object()
        with self._room:
            queue.append(turn)
            self._room.wait_for(
                lambda: self._stuck or (queue[0] is turn and len(self._waiting) <= room.most), room.seconds
            )
            queue.remove(turn)
            self._room.notify_all()
            if len(self._waiting) > room.most:
                raise GateClosed("Too many answers wait to be written down.")
            self._waiting.extend(allowed)

    def _start(self) -> None:
        with self._writing:
            if self._writer is None:
                self._over.clear()
                self._writer = threading.Thread(target=self._write_behind, name="ledger of the gate", daemon=True)
                self._writer.start()
                atexit.register(self.close)
                Finalize(None, self.close, exitpriority=10)  # where a worker process does not run atexit

    def _write_behind(self) -> None:
        while not self._over.is_set():
            self._wake.wait()
            if self._stuck:
                self._over.wait(RETRY_SECONDS)
            else:
                self._hurry.wait(settings.GATE_WRITE_BEHIND_SECONDS)
            self._wake.clear()
            self._hurry.clear()
            self.flush()
        connection.close()  # this thread's own

    def close(self) -> None:
        """Write what waits and let the writer go: the process ends, or nothing is asked for a while."""
        writer, self._writer = self._writer, None
        self._over.set()
        self._wake.set()
        self._hurry.set()
        if writer is not None:
            writer.join(LAST_SECONDS)
        self.flush()

    def flush(self) -> None:
        """Write what waits, a portion at a time. What cannot be written goes on waiting."""
        for _ in range(0, len(self._waiting), PORTION):
            with self._writing:
                self._stuck = not self._write_portion()
            with self._room:
                self._room.notify_all()
            if self._stuck:
                break
        with self._writing:
            self._stuck = self._stuck or not self._write_seen_again()
        if self._stuck:
            self._wake.set()

    def _write_portion(self) -> bool:
        """Whether it could be written."""
        lines = [self._waiting.popleft() for _ in range(min(len(self._waiting), PORTION))]
        if not lines:  # another thread was faster
            return True
        try:
            close_if_broken()
            repeats = self._write(lines, count=False)
        except (DatabaseError, InterfaceError) as error:
            self._waiting.extendleft(reversed(lines))
            log.warning("%d answers of the gate wait to be written: %s", len(self._waiting), error)
            close_if_broken()
            return False
        for row, (at, times) in repeats.items():
            self._seen_again[row] = (at, times + self._seen_again.get(row, (at, 0))[1])
        return True

    def _write_seen_again(self) -> bool:
        """Once for all portions, since the same are seen in each. Whether it could be written."""
        try:
            _count(self._seen_again)
        except (DatabaseError, InterfaceError) as error:
            log.warning("%d sightings of the gate wait to be counted: %s", len(self._seen_again), error)
            close_if_broken()
            return False
        self._seen_again.clear()
        return True

    def _write(self, lines: Sequence[Line], *, count: bool) -> dict[int, tuple[datetime, int]]:
        """In one transaction. A customer who was erased meanwhile is written as nobody: the answer stays.

        Seen again within the hour belongs to the row that is there: it is counted here, or returned to be counted.
        """
        with transaction.atomic():
            asked = {(line.customer, line.world) for line in lines if line.customer is not None}
            gone = asked - hold_customers({pk for pk, _ in asked}) if asked else ()
            if gone:
                lines = [
                    line._replace(customer=None) if (line.customer, line.world) in gone else line for line in lines
                ]
            _copy_decisions(lines)
            repeats, new = self._told_apart(lines)
            if count:
                _count(repeats)
            rows = Sighting.objects.bulk_create([_sighting(group) for group in new])
        if len(self._sightings) > MOST_SIGHTINGS:
            self._sightings.clear()
        self._sightings |= {
            group[0].sighting: (row.pk, row.first_seen_at) for group, row in zip(new, rows, strict=True)
        }
        return repeats

    def _told_apart(self, lines: Sequence[Line]) -> tuple[dict[int, tuple[datetime, int]], list[list[Line]]]:
        """Rows that are there already (last seen, how often), and the answers that need one, by sighting."""
        groups: dict[tuple[Any, ...], list[Line]] = {}
        for line in lines:
            groups.setdefault(line.sighting, []).append(line)
        repeats: dict[int, tuple[datetime, int]] = {}
        new: list[list[Line]] = []
        for name, group in groups.items():
            row = self._sightings.get(name)
            if row is not None and group[-1].at - row[1] < SAME_SIGHTING:
                repeats[row[0]] = (group[-1].at, len(group))
            else:
                new.append(group)
        return repeats, new


@cache
def ledger() -> Ledger:
    """This process' ledger."""
    return Ledger()


_AGAIN = """
UPDATE kyc_sighting s SET last_seen_at = greatest(s.last_seen_at, v.at), times = s.times + v.n
FROM unnest(%s::bigint[], %s::timestamptz[], %s::int[]) AS v(id, at, n) WHERE s.id = v.id
"""
_COLUMNS = (
    "public_id, world, customer_id, asked_for, client, model, channel, ip, country, outcome, legal, codes,"
    " findings, builds, policy_version, at"
)
_NULL = "\\N"
_COPIED_AT_ONCE = 1 << 16  # characters; each piece takes the interpreter's lock once
# COPY's text format: a tab ends a value, a line break a row, and a backslash says what is meant instead.
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _count(repeats: Mapping[int, tuple[datetime, int]]) -> None:
    if repeats:
        rows = sorted(repeats.items())
        columns = [row for row, _ in rows], [at for _, (at, _) in rows], [times for _, (_, times) in rows]
        with connection.cursor() as cursor:
            cursor.execute(_AGAIN, columns)


def _copy_decisions(lines: Iterable[Line]) -> None:
    escaped, moments = _Escaped(), _Moments()
    rows = [
        "\t".join(
            (
                line.decision_id,
                line.world,
                _NULL if line.customer is None else str(line.customer),
                escaped[line.asked_for],
                line.client,
                escaped[line.model],
                line.channel,
                _said.of(line.verdict, line.location),
                moments[line.at],
            )
        )
        for line in lines
    ]
    text = io.StringIO("\n".join(rows))
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY kyc_accessdecision ({_COLUMNS}) FROM STDIN", text, _COPIED_AT_ONCE)


def findings_json(verdict: AccessVerdict, location: LocationVerdict) -> list[dict[str, Any]]:
    """What the verdict says, then what the place says, as they are stored."""
    return [finding.as_json() for finding in chain(verdict.findings, location.findings)]


class _Escaped(dict[str, str]):
    """Text as COPY wants it; the same few come again and again in one writing."""

    def __missing__(self, text: str) -> str:
        self[text] = text.translate(_ESCAPES)
        return self[text]


class _Moments(dict[datetime, str]):
    def __missing__(self, at: datetime) -> str:
        self[at] = at.isoformat()
        return self[at]


class _Said:
    """What verdict and location say, the columns from ip to policy_version, for COPY.

    Most answers share theirs with some of the last minute: each pair is written out once. Threads may share it.
    """

    def __init__(self) -> None:
        # by identity; what it belongs to is kept alive
        self._done: dict[tuple[int, int], tuple[str, AccessVerdict, LocationVerdict]] = {}

    def of(self, verdict: AccessVerdict, location: LocationVerdict) -> str:
        name = (id(verdict), id(location))
        done = self._done.get(name)
        if done is None:
            if len(self._done) >= MOST_SAID:
                self._done.clear()
            done = self._done[name] = (_columns(verdict, location), verdict, location)
        return done[0]


_said = _Said()


def _columns(verdict: AccessVerdict, location: LocationVerdict) -> str:
    return "\t".join(
        (
            location.address or _NULL,
            location.country,
            verdict.outcome,
            "t" if verdict.legal else "f",
            _json(verdict.codes),
            _json(findings_json(verdict, location)),
            _json(location.builds),
            verdict.policy_version,
        )
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).translate(_ESCAPES)


def _sighting(group: Sequence[Line]) -> Sighting:
    line = group[0]
    row = new_sighting(
        world=line.world,
        where=Sighting.Where("gate"),
        location=line.location,
        address=line.address,
        index=line.digest,
        outcome=line.verdict.outcome,
        legal=line.verdict.legal,
        findings=findings_json(line.verdict, line.location),
        policy_version=line.verdict.policy_version,
        at=line.at,
    )
    row.customer_id, row.last_seen_at, row.times = line.customer, group[-1].at, len(group)
    return row
