"""What goes wrong in a machine room, done for real: processes killed, stores restarted, a full disk, a wrong clock.

One installation of its own, with real PostgreSQL, broker, workers and beat. Each fault hits a run in the middle;
after it every customer was compared with what is in force once in effect, the hits are those of an undisturbed run
over the same customers, nothing is doubled, and the audit trail verifies.
"""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Iterator

import pytest
import redis

from stack.apart import Apart
from stack.processes import wait_for
from tests.kyc.screening.house import ROOT, House, strike

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with Apart(ROOT, os.environ) as apart:
        made = House(apart)
        made.begin()
        yield made


class ARunOverWhich:
    def test_a_worker_is_killed_in_mid_shard_loses_and_doubles_nothing(self, house: House) -> None:
        def fault(run: int) -> None:
            for service in house.bulk:
                for pid in house.pool(service):
                    os.kill(pid, signal.SIGKILL)

        strike(house, fault)

    def test_a_whole_worker_is_killed_and_started_again_loses_and_doubles_nothing(self, house: House) -> None:
        def fault(run: int) -> None:
            for service in house.bulk:
                os.killpg(service.pid, signal.SIGKILL)
                assert wait_for(lambda service=service: not service.alive, seconds=30)  # type: ignore[misc]
            for service in house.bulk:
                service.start()

        strike(house, fault)

    def test_the_broker_is_stopped_and_restarted_loses_and_doubles_nothing(self, house: House) -> None:
        def fault(run: int) -> None:
            broker = house.apart.engine.broker
            assert broker is not None
            broker.service.finish()
            time.sleep(2)
            house.apart.engine.start_again(broker.service)

        strike(house, fault)

    def test_the_brokers_memory_is_emptied_loses_and_doubles_nothing(self, house: House) -> None:
        def fault(run: int) -> None:
            broker = house.apart.engine.broker
            assert broker is not None
            redis.Redis(unix_socket_path=str(broker.socket)).flushall()

        strike(house, fault)

    def test_postgresql_is_restarted_loses_and_doubles_nothing(self, house: House) -> None:
        def fault(run: int) -> None:
            cluster = house.apart.engine.cluster
            assert cluster is not None
            assert cluster.service is not None
            cluster.service.finish()
            house.apart.engine.start_again(cluster.service)

        strike(house, fault)

    def test_every_shard_is_given_to_two_workers_four_times_doubles_nothing(self, house: House) -> None:
        strike(house, lambda run: house.do("shards", str(run)) and None)

    def test_a_new_edition_comes_in_force_misses_nobody(self, house: House) -> None:
        strike(house, lambda run: house.next_edition())

    def test_a_worker_whose_clock_is_three_hours_ahead_takes_part_loses_and_doubles_nothing(self, house: House) -> None:
        ahead = house.apart.worker("bulk", name="bulk-ahead", more=["--include", "tests.kyc.screening.skewed"])
        house.bulk.append(ahead)
        strike(house, lambda run: None)
        assert ahead.said("succeeded")  # it did take part


class AnEditionLoadedOntoAFullDisk:
    """The kernel's limit on a file's size stands in for the disk's end: PostgreSQL meets it at the same call."""

    def test_is_not_there_at_all_and_the_one_in_force_stays(self, house: House) -> None:
        cluster = house.apart.engine.cluster
        assert cluster is not None
        assert cluster.service is not None
        before = house.ask("SELECT count(*) FROM kyc_edition")
        no_limit = resource.prlimit(cluster.service.pid, resource.RLIMIT_FSIZE)
        try:
            # above the 16 MB of a log segment, which a server needs whole
            resource.prlimit(cluster.service.pid, resource.RLIMIT_FSIZE, (17 * 2**20, no_limit[1]))
            said = house.do("load_fat")
        finally:
            resource.prlimit(cluster.service.pid, resource.RLIMIT_FSIZE, no_limit)
        assert "refused" in said["status"]
        assert "File too large" in said["status"]
        assert (str(said["editions"]), said["active"]) == (before, 1)
        house.next_edition()
        house.settled()
        house.check()
