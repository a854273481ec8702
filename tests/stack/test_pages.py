import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from stack import pages

ROUTES = {
    "/": (200, ""),
    "/console/": (302, "/console/login/?next=/console/"),
    "/console/login/?next=/console/": (200, ""),
    "/round/": (302, "/round/"),
    "/secure/": (301, "https://clearance.example/secure/"),
    "/broken/": (500, ""),
}


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, target = ROUTES.get(self.path, (404, ""))
        if self.headers["Host"] != "clearance.example":
            status = 400
        self.send_response(status)
        if target:
            self.send_header("Location", target)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[pages.Server]:
    listener = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    yield pages.server_at("0.0.0.0", listener.server_port, "http://clearance.example")
    listener.shutdown()
    listener.server_close()


class APage:
    @pytest.mark.parametrize(
        ("path", "status"),
        [("/", 200), ("/console/", 200), ("/secure/", 200), ("/broken/", 500), ("/missing/", 404), ("/round/", 302)],
    )
    def test_is_judged_by_what_comes_last(self, server: pages.Server, path: str, status: int) -> None:
        assert server.get(path, seconds=5) == pages.Answer(path, status)

    def test_of_a_server_that_is_not_there_has_no_status(self) -> None:
        answer = pages.server_at("127.0.0.1", 9, "http://localhost:9").get("/", seconds=1)
        assert (answer.status, answer.good) == (0, False)
