"""ClamAV by its socket, against a server that speaks clamd's protocol: found, clean, away, talking nonsense."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from kyc.documents.clamav import check_for_viruses
from kyc.errors import BadInput, Unavailable

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd:
    """A daemon that knows one virus, and keeps what it was sent."""

    def __init__(self, listener: socket.socket, answer: bytes | None) -> None:
        self.listener, self.answer, self.got = listener, answer, b""
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        line, _ = self.listener.accept()
        with line, line.makefile("rb") as pipe:
            assert pipe.read(10) == b"zINSTREAM\0"
            while length := int.from_bytes(pipe.read(4), "big"):
                self.got += pipe.read(length)
            found = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in self.got else b"stream: OK\0"
            line.sendall(found if self.answer is None else self.answer)


@pytest.fixture
def listener(tmp_path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as one:
        one.bind(str(tmp_path / "clamd.sock"))
        one.listen()
        yield one


def address(listener: socket.socket) -> str:
    return str(listener.getsockname())


class AScannedFile:
    def test_that_is_clean_is_taken_and_was_seen_whole(self, listener):
        daemon = Clamd(listener, None)
        content = bytes(range(256)) * 1000
        check_for_viruses(content, address=address(listener))
        assert daemon.got == content

    def test_with_a_virus_is_refused(self, listener):
        Clamd(listener, None)
        with pytest.raises(BadInput) as refused:
            check_for_viruses(b"\xff\xd8" + EICAR, address=address(listener))
        assert refused.value.facts["found"] == "Eicar-Test-Signature"

    @pytest.mark.parametrize("answer", [b"INSTREAM size limit exceeded. ERROR\0", b"", b"stream: ", b"OK\0"])
    def test_of_which_the_daemon_says_nothing_clear_is_not_taken(self, listener, answer):
        Clamd(listener, answer)
        with pytest.raises(Unavailable):
            check_for_viruses(b"abc", address=address(listener))

    def test_by_tcp_is_taken(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            Clamd(listener, None)
            check_for_viruses(b"abc", address=f"127.0.0.1:{listener.getsockname()[1]}")


class ADaemon:
    @pytest.mark.parametrize("where", ["/nowhere/clamd.sock", "127.0.0.1:1", "clamd"])
    def test_that_is_named_and_away_refuses_for_now(self, where):
        with pytest.raises(Unavailable):
            check_for_viruses(b"abc", address=where)

    def test_that_is_not_named_is_not_asked(self):
        check_for_viruses(EICAR, address="")
