"""The matching index of the active editions: built once, mapped by every process, swapped without a failed request.

An index stands in its own folder under DATA/indexes, named after the editions it holds, so a new edition makes
a new folder and whoever is still reading the old one keeps it. What staff may change (groups) and what policy
may change (effects) is not in the index: it is read from the database by the keys that a match gives back.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import shutil
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from kyc.errors import BadInput, Unavailable
from kyc.matching.engine import Engine, Match
from kyc.matching.index import FORMAT, Index
from kyc.matching.outlines import READER, Sieve
from kyc.matching.types import Party
from kyc.policy.matching import MatchingPolicy
from kyc.policy.screening import CURRENT as SCREENING
from kyc.screening.outlines import number_mark
from kyc.screening.policies import matching_in_force
from kyc.watchlists.models import Edition
from kyc.watchlists.queries import ActiveEditions, active_editions, active_parties, changed_parties

log = logging.getLogger(__name__)

OPEN_AT_ONCE = 4  # indexes one process keeps mapped: the active one, the one before, and deltas of runs


class Screener:
    """An engine that threads may share: the engine itself works in buffers it reuses."""

    def __init__(self, index: Index, policy: MatchingPolicy) -> None:
        self.policy = policy
        self.size = len(index)
        self._engine = Engine(index, policy)
        self._sieve: Sieve | None = None
        self._busy = threading.Lock()

    def match(self, party: Party) -> list[Match]:
        with self._busy:
            return self._engine.match(party, SCREENING.most_hits)

    def match_many(self, parties: Sequence[Party]) -> list[list[Match]]:
        with self._busy:
            return self._engine.match_many(parties, SCREENING.most_hits)

    def near_many(self, parties: Sequence[Party]) -> list[bool]:
        """Whether anybody comes so near by name or number that facts could make a hit of it; cheaper than `match`."""
        with self._busy:
            return self._engine.near_many(parties)

    def passing(self, outlines: Sequence[str]) -> list[bool]:
        """Whose outline does not rule out that `near_many` finds anybody; cheaper still."""
        if not self.size:
            return [False] * len(outlines)
        with self._busy:
            if self._sieve is None:
                self._sieve = Sieve(self._engine, number_mark)
            return self._sieve.passing(outlines)


_screeners: OrderedDict[tuple[str, str], Screener] = OrderedDict()
_screeners_lock = threading.Lock()


def screener_of(editions: ActiveEditions, policy: MatchingPolicy | None = None) -> Screener:
    """Against everything active, by the policy in force or the one given.

    Raises Unavailable where no list is active: nothing compared is not "nothing found".
    """
    if not editions.ids:
        raise Unavailable("No list is active, so nothing can be compared.")
    return _kept("all", editions.public_ids, lambda: active_parties(editions.ids), policy or matching_in_force())


def delta_screener_of(edition: str, replaced: str, policy: MatchingPolicy | None = None) -> Screener:
    """Against what `edition` added or changed to `replaced` (public ids; "" for a list's first edition)."""
    wanted = policy or matching_in_force()
    return _kept("delta", (edition, replaced), lambda: changed_parties(edition, replaced), wanted)


def _kept(what: str, of: Sequence[str], parties: Callable[[], Iterable[Party]], policy: MatchingPolicy) -> Screener:
    """The process's own copy, or one opened now.

    Opened outside the lock: a thread that asks for the index in force does not wait for another one's building.
    """
    name = name_of(what, of)
    key = (name, policy.version)
    with _screeners_lock:
        if key in _screeners:
            _screeners.move_to_end(key)
            return _screeners[key]
    opened = Screener(open_or_build(name, parties), policy)
    with _screeners_lock:
        screener = _screeners.setdefault(key, opened)
        _screeners.move_to_end(key)
        while len(_screeners) > OPEN_AT_ONCE:
            _screeners.popitem(last=False)
    return screener


def prepare(edition: Edition) -> None:
    """Build what will be needed once this edition is in force, so that no screening waits for it afterwards."""
    code = edition.watchlist.code
    others = [row for row in active_editions().editions if row[0] != code]
    coming = ActiveEditions(tuple(sorted([*others, (code, edition.public_id, edition.pk)])))
    open_or_build(name_of("all", coming.public_ids), lambda: active_parties(coming.ids))


def name_of(what: str, of: Sequence[str]) -> str:
    """The folder's name: what it holds, of which editions, who read their names, and the format it is written in."""
    return f"{what}-{hashlib.sha256(' '.join((*of, READER)).encode()).hexdigest()[:24]}-{FORMAT}"


def forget_all() -> None:
    """Let go of every index this process has mapped."""
    with _screeners_lock:
        _screeners.clear()


# ------------------------------------------------------------------------------------------------ on disk
def folder_of_all() -> Path:
    return Path(settings.DATA) / "indexes"


def open_or_build(name: str, parties: Callable[[], Iterable[Party]]) -> Index:
    """Map the folder of that name; build it first where it is missing or damaged, in one process at a time.

    Raises OSError where the disk is full or not ours: the caller's screening is then unknown, never clear.
    """
    folder = folder_of_all() / name
    if (index := _mapped(folder)) is not None:
        return index
    with _only_builder(folder):
        if (index := _mapped(folder)) is not None:  # another process built it while we waited
            return index
        built = Index.build(parties())
        built.save(folder)
        log.info("built the matching index %s of %s parties", name, len(built))
    _drop_old(keep=folder)
    return Index.open(folder)


def _mapped(folder: Path) -> Index | None:
    if not folder.exists():
        return None
    try:
        return Index.open(folder)
    except BadInput as error:
        log.warning("the matching index %s cannot be read (%s); it is built again", folder.name, error)
        return None


@contextmanager
def _only_builder(folder: Path) -> Iterator[None]:
    """A lock the kernel gives back when its holder dies, kill -9 included."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _drop_old(*, keep: Path) -> None:
    """Remove the oldest folders of the same sort; a process that has one mapped keeps its pages."""
    sort = keep.name.partition("-")[0]
    others = [path for path in keep.parent.glob(f"{sort}-*") if path.is_dir() and path != keep]
    others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in others[SCREENING.indexes_kept :]:
        shutil.rmtree(path, ignore_errors=True)
        path.with_name(f"{path.name}.lock").unlink(missing_ok=True)
