"""The index of the active editions: built once, shared, and never in anybody's way."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kyc.audit.services import SYSTEM
from kyc.errors import Unavailable
from kyc.matching.types import Kind, Name, Party
from kyc.policy.matching import CURRENT as MATCHING
from kyc.policy.screening import CURRENT
from kyc.screening import indexes
from kyc.screening.indexes import delta_screener_of, folder_of_all, forget_all, open_or_build, prepare, screener_of
from kyc.watchlists.queries import ActiveEditions, active_editions
from kyc.watchlists.services import activate_edition
from tests.kyc.watchlists.published import in_force, listed, loaded

PARTIES = [Party(key=f"operator:{n}", names=(Name(f"Person{n} Family{n}"),), kind=Kind.PERSON) for n in range(50)]


class TheIndexOfNothing:
    def test_is_refused(self, db: None) -> None:
        with pytest.raises(Unavailable):
            screener_of(ActiveEditions(()))


class TheIndexOfTheActiveEditions:
    @pytest.fixture(autouse=True)
    def lists(self, db: None) -> None:
        in_force(listed("1", "Ivan Sidorov"), listed("2", "Petr Orlov"))

    def test_holds_every_entry_by_its_key(self) -> None:
        screener = screener_of(active_editions())
        assert screener.size == 2
        (match,) = screener.match(Party(key="x", names=(Name("Petr Orlov"),)))
        assert match.key == "operator:2"

    def test_is_kept_by_the_process(self) -> None:
        assert screener_of(active_editions()) is screener_of(active_editions())

    def test_is_mapped_again_and_not_built_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        screener_of(active_editions())
        forget_all()
        monkeypatch.setattr(indexes.Index, "build", None)
        assert screener_of(active_editions()).size == 2

    def test_follows_a_new_edition_while_the_old_one_still_works(self) -> None:
        old = screener_of(active_editions())
        in_force(listed("1", "Ivan Sidorov"), listed("2", "Petr Orlov"), listed("3", "Maria Lopez"))
        new = screener_of(active_editions())
        assert (old.size, new.size) == (2, 3)
        shutil.rmtree(folder_of_all())
        assert old.match(Party(key="x", names=(Name("Petr Orlov"),)))

    def test_can_be_prepared_before_the_edition_is_in_force(self, monkeypatch: pytest.MonkeyPatch) -> None:
        edition = loaded(listed("1", "Ivan Sidorov"), listed("2", "Petr Orlov"), listed("3", "Maria Lopez"))
        prepare(edition)
        activate_edition(edition=edition, actor=SYSTEM)
        monkeypatch.setattr(indexes.Index, "build", None)
        assert screener_of(active_editions()).size == 3

    def test_of_what_changed_holds_only_that(self) -> None:
        first = active_editions().public_ids[0]
        changed = (listed("1", "Ivan Sidorov", born="1970"), listed("2", "Petr Orlov"), listed("3", "Maria Lopez"))
        edition = in_force(*changed)
        screener = delta_screener_of(edition.public_id, first)
        assert screener.size == 2
        assert not screener.match(Party(key="x", names=(Name("Petr Orlov"),)))

    def test_that_is_damaged_is_built_again(self) -> None:
        screener_of(active_editions())
        forget_all()
        (folder,) = [path for path in folder_of_all().iterdir() if path.is_dir()]
        (folder / "format.json").write_text('{"format": -1}')
        assert screener_of(active_editions()).size == 2


def _build(data: str, built: Any) -> None:
    """In a process of its own."""
    indexes.settings.DATA = Path(data)

    def parties() -> Iterator[Party]:
        built.put(os.getpid())
        yield from PARTIES

    assert len(open_or_build("all-x-1", parties)) == len(PARTIES)


class AnIndexWantedByTwoProcesses:
    def test_build_it_once(self, settings: Any) -> None:
        context = multiprocessing.get_context("fork")
        built = context.Queue()
        workers = [context.Process(target=_build, args=(str(settings.DATA), built)) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        assert [worker.exitcode for worker in workers] == [0, 0, 0, 0]
        assert built.get(timeout=5) in [worker.pid for worker in workers]
        assert built.empty()


class AnOldFolder:
    def test_are_removed_but_for_the_last_ones(self, settings: Any) -> None:
        names = [f"all-{n}-1" for n in range(CURRENT.indexes_kept + 4)]
        for age, name in enumerate(reversed(names)):
            open_or_build(name, lambda: PARTIES)
            os.utime(folder_of_all() / name, (1_700_000_000 - age, 1_700_000_000 - age))
        open_or_build("all-new-1", lambda: PARTIES)
        kept = sorted(path.name for path in folder_of_all().iterdir() if path.is_dir())
        assert kept == sorted([*names[-CURRENT.indexes_kept :], "all-new-1"])


class AScreenerSharedByThreads:
    def test_do_not_disturb_each_other(self, settings: Any) -> None:
        screener = indexes.Screener(open_or_build("all-t-1", lambda: PARTIES), MATCHING)
        asked = [Party(key="x", names=(Name(f"Person{n} Family{n}"),)) for n in range(10, 18)]
        alone = [screener.match(party) for party in asked]
        wrong: list[int] = []

        def ask(n: int) -> None:
            wrong.extend(n for _ in range(20) if screener.match(asked[n]) != alone[n])

        threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (wrong, [len(found) > 0 for found in alone]) == ([], [True] * 8)
