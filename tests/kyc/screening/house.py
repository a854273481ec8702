"""One installation of its own for the tests of what goes wrong: its stores, workers and beat, and the verdict after."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stack.apart import Apart
from stack.processes import Service, wait_for
from tests.kyc.screening.installation import GROUP

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 420.0  # seconds, for a machine that does much else


class House:
    """The installation, with two bulk workers, one for everything else, and beat."""

    def __init__(self, apart: Apart) -> None:
        self.apart = apart
        self.edition = 0
        self.bulk: list[Service] = []
        self.laid: dict[str, int] = {}

    def begin(self) -> None:
        self.laid = self.do("lay")
        self.bulk = [self.apart.worker("bulk", name=f"bulk-{number}") for number in (1, 2)]
        self.apart.worker("interactive")
        beat = [sys.executable, "-m", "celery", "-A", "config.celery", "beat", "--pidfile", ""]
        beat += ["--schedule", str(self.apart.folder / "beat-schedule")]
        log = self.apart.places.logs / "beat.log"
        self.apart.started(Service("beat", beat, log, self.apart.environment, self.apart.places.root))
        self.settled(self.do("full")["run"])

    def do(self, *words: str) -> dict[str, Any]:
        said = subprocess.run(
            [sys.executable, "-m", "tests.kyc.screening.installation", *words],
            cwd=ROOT, env=self.apart.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert said.returncode == 0, said.stderr[-3000:]
        answer: dict[str, Any] = json.loads(said.stdout.splitlines()[-1])
        return answer

    def ask(self, sql: str) -> str:
        assert self.apart.engine.cluster is not None
        return self.apart.engine.cluster.ask(sql)

    # ------------------------------------------------------------------------------------------ waiting
    def in_the_middle(self, run: int) -> None:
        """Until a shard of the run has work behind it and work before it."""
        under_way = f"SELECT count(*) FROM kyc_shard WHERE run_id = {run} AND done > 0 AND finished_at IS NULL"
        assert wait_for(lambda: self.ask(under_way) != "0" or self.is_over(run), seconds=PATIENCE, pause=0.05)
        assert not self.is_over(run), "the run was over before anything could be done to it"

    def is_over(self, run: int) -> bool:
        return self.ask(f"SELECT status FROM kyc_rescreeningrun WHERE id = {run}") == "done"

    def settled(self, run: int = 0) -> None:
        """Until that run is over, and every edition has had its own, and nothing is left to do."""
        owed = "SELECT count(*) FROM kyc_edition e WHERE activated_at IS NOT NULL AND NOT EXISTS "
        owed += "(SELECT FROM kyc_rescreeningrun r WHERE r.delta_of = e.public_id AND r.started_at >= e.activated_at)"
        going = "SELECT count(*) FROM kyc_rescreeningrun WHERE status NOT IN ('done', 'cancelled')"

        def over() -> bool:
            return (not run or self.is_over(run)) and self.ask(owed) == "0" and self.ask(going) == "0"

        assert wait_for(over, seconds=PATIENCE, pause=0.5), self.ask("SELECT * FROM kyc_rescreeningrun")

    # ------------------------------------------------------------------------------------------ the verdict
    def check(self) -> None:
        """All that the issue asks for; then an undisturbed pass over everybody, which must find nothing else."""
        before = self.verdict()
        assert len({hit[0] for hit in before["hits"]}) >= self.edition * GROUP
        run = self.do("full")["run"]
        self.settled(run)
        assert self.verdict()["hits"] == before["hits"]

    def verdict(self) -> dict[str, Any]:
        found = self.do("verdict")
        wrong = {name: found[name] for name in ("doubled", "strong_without_hold", "unfinished") if found[name]}
        wrong |= {name: found[name] for name in ("behind", "hits_without_case", "differs") if found[name]}
        assert wrong == {}
        proved = self.apart.manage("verify_audit")
        assert proved.returncode == 0, proved.stdout
        return found

    def next_edition(self) -> None:
        """Put the next one in force: eight customers bear names that it lists for the first time."""
        self.edition += 1
        self.do("activate", str(self.edition))

    def pool(self, service: Service) -> list[int]:
        return [int(pid) for pid in Path(f"/proc/{service.pid}/task/{service.pid}/children").read_text().split()]


def strike(house: House, fault: Callable[[int], None]) -> None:
    """A full pass with a fault in the middle of it, an edition that comes in force after, and the verdict."""
    run = house.do("full")["run"]
    house.in_the_middle(run)
    fault(run)
    house.next_edition()
    house.settled(run)
    house.check()
