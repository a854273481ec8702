"""Fetching a list file from a real server on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kyc.errors import BadInput, Unavailable
from kyc.policy.lists import CURRENT
from kyc.watchlists.download import fetch

QUICK = replace(CURRENT, attempts=3, pause_seconds=0.0, timeout_seconds=5.0)
CONTENT = b"a list\n" * 1000


class Source(ThreadingHTTPServer):
    """Answers as told, and counts how often it was asked."""

    failures = 0
    status = 500
    cut_short = False
    redirect = ""
    asked = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/list.csv"


class Handler(BaseHTTPRequestHandler):
    server: Source

    def do_GET(self) -> None:
        self.server.asked += 1
        if self.server.redirect:
            self.send_response(302)
            self.send_header("Location", self.server.redirect)
            self.end_headers()
        elif self.server.failures > 0:
            self.server.failures -= 1
            self.send_error(self.server.status)
        elif self.headers.get("If-None-Match") == '"v1"':
            self.send_response(304)
            self.end_headers()
        else:
            self.send_response(200)
            self.send_header("ETag", '"v1"')
            self.send_header("Last-Modified", "Mon, 23 Nov 2026 08:00:00 GMT")
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT[:10] if self.server.cut_short else CONTENT)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def source() -> Iterator[Source]:
    server = Source(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


class AFileThatWasNotFetchedBefore:
    def test_comes_whole_with_what_to_ask_with_next_time(self, source: Source) -> None:
        fetched = fetch(source.url, validators={}, policy=QUICK)
        assert fetched.content == CONTENT
        assert fetched.validators == {"etag": '"v1"', "last_modified": "Mon, 23 Nov 2026 08:00:00 GMT"}


class AFileThatDidNotChange:
    def test_is_not_sent_again(self, source: Source) -> None:
        assert fetch(source.url, validators={"etag": '"v1"'}, policy=QUICK).content is None


class ASourceThatStumbles:
    def test_is_asked_again(self, source: Source) -> None:
        source.failures = 2
        assert fetch(source.url, validators={}, policy=QUICK).content == CONTENT
        assert source.asked == 3

    def test_is_given_up_after_the_last_attempt(self, source: Source) -> None:
        source.failures = 9
        with pytest.raises(Unavailable, match="500"):
            fetch(source.url, validators={}, policy=QUICK)
        assert source.asked == QUICK.attempts

    def test_is_not_asked_again_for_what_is_not_there(self, source: Source) -> None:
        source.failures, source.status = 9, 404
        with pytest.raises(Unavailable, match="404"):
            fetch(source.url, validators={}, policy=QUICK)
        assert source.asked == 1


class AFileThatIsNotWhole:
    def test_is_never_taken_for_the_list(self, source: Source) -> None:
        source.cut_short = True
        with pytest.raises(Unavailable):
            fetch(source.url, validators={}, policy=QUICK)

    def test_is_not_read_beyond_the_cap(self, source: Source) -> None:
        with pytest.raises(Unavailable, match="more than 100 bytes"):
            fetch(source.url, validators={}, policy=replace(QUICK, most_bytes=100))


class AnAddressThatIsNotSafe:
    @pytest.mark.parametrize("url", ["http://example.com/list.csv", "ftp://example.com/x", "file:///etc/passwd"])
    def test_is_refused(self, url: str) -> None:
        with pytest.raises(BadInput):
            fetch(url, validators={}, policy=QUICK)

    def test_is_refused_behind_a_redirect_too(self, source: Source) -> None:
        source.redirect = "http://example.com/list.csv"
        with pytest.raises(BadInput):
            fetch(source.url, validators={}, policy=QUICK)
