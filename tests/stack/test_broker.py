"""Against a real Valkey."""

import os
import signal
from collections.abc import Iterator

import pytest
import redis

from stack.broker import Broker
from stack.places import Places
from stack.processes import wait_for
from stack.trouble import Trouble


@pytest.fixture
def broker(places: Places, environment: dict[str, str]) -> Iterator[Broker]:
    made = Broker(places, environment)
    made.begin()
    made.finish_start()
    yield made
    made.service.finish(hurry=True)


def messages(broker: Broker) -> "redis.Redis[str]":
    return redis.Redis(unix_socket_path=str(broker.socket), db=0, decode_responses=True)


class ABroker:
    def test_is_reached_by_the_address_of_the_cache(self, broker: Broker) -> None:
        assert redis.Redis.from_url(broker.cache_url).set("key", "value")

    def test_keeps_the_cache_apart_from_the_messages(self, broker: Broker) -> None:
        redis.Redis.from_url(broker.cache_url).set("key", "value")
        assert messages(broker).keys() == []

    def test_is_not_on_the_network(self, broker: Broker) -> None:
        assert messages(broker).config_get("port") == {"port": "0"}

    def test_keeps_its_socket_to_its_owner(self, broker: Broker) -> None:
        assert broker.socket.stat().st_mode & 0o077 == 0

    def test_has_its_messages_after_it_was_killed(self, broker: Broker) -> None:
        messages(broker).lpush("interactive", "message")
        messages(broker).config_set("appendfsync", "always")
        messages(broker).lpush("interactive", "another")
        os.kill(broker.service.pid, signal.SIGKILL)
        assert wait_for(lambda: not broker.service.alive, seconds=10)
        broker.begin()
        broker.finish_start()
        assert messages(broker).lrange("interactive", 0, -1) == ["another", "message"]

    def test_hands_out_again_at_once_what_killed_workers_had_taken(self, broker: Broker) -> None:
        messages(broker).zadd("unacked_index", {"one": 1_900_000_000.0, "two": 1_900_000_001.0})
        broker.finish_start()
        assert messages(broker).zrange("unacked_index", 0, -1, withscores=True) == [("one", 0.0), ("two", 0.0)]

    def test_that_cannot_start_says_why_in_one_line(self, places: Places, environment: dict[str, str]) -> None:
        broker = Broker(places, environment)
        broker.service.command = [*broker.service.command, "--no-such-option", "1"]
        broker.begin()
        with pytest.raises(Trouble, match=r"The broker did not start: .*valkey\.log"):
            broker.finish_start()
