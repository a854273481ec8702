import contextlib
import socket
from collections.abc import Iterator

import pytest

from stack.ports import DEFAULT_PORT, choose_port, is_free, read_port
from stack.supervisor import Listen, read_listen
from stack.trouble import Trouble

HOST = "127.0.0.1"


@pytest.fixture
def taken() -> Iterator[int]:
    with contextlib.closing(socket.socket()) as listener:
        listener.bind((HOST, 0))
        listener.listen()
        yield listener.getsockname()[1]


class APortThatWasAskedFor:
    def test_is_taken_when_free(self, taken: int) -> None:
        free = next(port for port in range(taken + 1, 65536) if is_free(HOST, port))
        assert choose_port(HOST, free) == free

    def test_and_is_busy_is_one_clear_line(self, taken: int) -> None:
        with pytest.raises(Trouble, match=f"Port {taken} is taken"):
            choose_port(HOST, taken)


class APortNobodyAskedFor:
    def test_is_the_first_free_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        busy = {DEFAULT_PORT, DEFAULT_PORT + 1}
        monkeypatch.setattr("stack.ports.is_free", lambda host, port: port not in busy)
        assert choose_port(HOST, None) == DEFAULT_PORT + 2

    def test_that_cannot_be_found_is_one_clear_line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("stack.ports.is_free", lambda host, port: False)
        with pytest.raises(Trouble, match="No free port"):
            choose_port(HOST, None)


class AnAddressThisMachineDoesNotHave:
    def test_is_one_clear_line(self) -> None:
        with pytest.raises(Trouble, match=r"Cannot listen on 192\.0\.2\.1"):
            is_free("192.0.2.1", 8000)


class TheWordForAPort:
    @pytest.mark.parametrize("word", ["", "http", "0", "65536", "-1", "80.0", "٨٠"])
    def test_that_is_no_port_is_refused_by_name(self, word: str) -> None:
        with pytest.raises(Trouble, match="CLEARANCE_PORT must be a number"):
            read_port(word, "CLEARANCE_PORT")

    @pytest.mark.parametrize(
        ("arguments", "environment", "listen"),
        [
            ([], {}, Listen("127.0.0.1", None)),
            ([], {"CLEARANCE_PORT": "9001", "CLEARANCE_HOST": "0.0.0.0"}, Listen("0.0.0.0", 9001)),
            (["--port", "9000"], {"CLEARANCE_PORT": "9001"}, Listen("127.0.0.1", 9000)),
            (["--port=9000", "--host=::1"], {}, Listen("::1", 9000)),
        ],
    )
    def test_on_the_command_line_wins_over_the_environment(
        self, arguments: list[str], environment: dict[str, str], listen: Listen
    ) -> None:
        assert read_listen(arguments, environment) == listen

    @pytest.mark.parametrize("arguments", [["--prot", "9000"], ["9000"], ["--port"], ["--host"]])
    def test_in_a_wrong_place_is_one_clear_line(self, arguments: list[str]) -> None:
        with pytest.raises(Trouble):
            read_listen(arguments, {})
