"""The same workers on RabbitMQ: another broker is another address, and what it loses is found again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.apart import Apart
from stack.processes import Service, wait_for
from tests.kyc.screening.house import ROOT, House, strike

# the wrapper in the search path wants to be the system's own user
SERVER = Path(os.environ.get("RABBITMQ_SERVER", "/usr/lib/rabbitmq/bin/rabbitmq-server"))
START_SECONDS = 60.0

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(not SERVER.exists(), reason="no RabbitMQ: apt-get install rabbitmq-server, or RABBITMQ_SERVER"),
]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def answers(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


class Rabbit:
    """A node of its own, with its own folder, ports and cookie."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.port, distribution, names = free_port(), free_port(), free_port()
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),  # where Erlang keeps its cookie
            "ERL_EPMD_PORT": str(names),
            "RABBITMQ_NODENAME": f"clearance-{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(folder / "none"),
        }
        self.service = Service("rabbitmq", [str(SERVER)], folder / "out.log", self.environment, folder)

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def start(self) -> None:
        self.service.start()
        assert wait_for(lambda: answers(self.port), seconds=START_SECONDS, pause=0.2), self.service.last_words()

    def kill(self) -> None:
        os.killpg(self.service.pid, signal.SIGKILL)
        assert wait_for(lambda: not self.service.alive and not answers(self.port), seconds=30)

    def end(self) -> None:
        if self.service.alive:
            self.kill()
        epmd = shutil.which("epmd")
        if epmd is not None:  # Erlang leaves its register of names running
            subprocess.run([epmd, "-kill"], env=self.environment, capture_output=True, check=False)


@pytest.fixture(scope="module")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rabbit]:
    node = Rabbit(tmp_path_factory.mktemp("rabbitmq") / "node")
    node.start()
    yield node
    node.end()


@pytest.fixture(scope="module")
def house(rabbit: Rabbit) -> Iterator[House]:
    with Apart(ROOT, os.environ) as apart:
        apart.environment["BROKER_URL"] = rabbit.url
        made = House(apart)
        made.begin()
        yield made


class ARunThroughRabbitMQ:
    def test_finds_what_is_to_be_found(self, house: House) -> None:
        strike(house, lambda run: None)

    def test_over_which_the_broker_is_killed_loses_and_doubles_nothing(self, house: House, rabbit: Rabbit) -> None:
        def fault(run: int) -> None:
            rabbit.kill()
            rabbit.start()

        strike(house, fault)
