"""The load tool counts what it is told and what goes wrong: its zeros are what bench_gate's promises rest on."""

from __future__ import annotations

import http.server
import json
import threading

import pytest

from kyc.benchmarks.load import Load

REQUEST = "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"


class Answering(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    status, hangs_up = 200, False

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.hangs_up:
            self.close_connection = True
            return
        body = json.dumps({"decision": "allow"}).encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def load():
    servers = []

    def load(seconds=0.4, **more):
        handler = type(
            "Handler", (Answering,), {name: more.pop(name) for name in ("status", "hangs_up") if name in more}
        )
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        orders = {"port": server.server_address[1], "requests": [REQUEST] * 3, "connections": 2, "seconds": seconds}
        return Load(orders | more).run()

    yield load
    for server in servers:
        server.shutdown()
        server.server_close()


class TheLoadTool:
    def test_counts_answers_and_times_each(self, load):
        told = load()
        assert told["answers"] > 2 and not told["failures"]
        assert 0 < told["ms"]["p50"] <= told["ms"]["p99"]

    def test_records_each_answer_when_asked_to(self, load):
        told = load(record=True)
        assert len(told["records"]) == told["answers"]
        number, sent, got, decision = told["records"][0]
        assert (number in range(3), sent <= got, decision) == (True, True, "allow")

    def test_keeps_a_pace(self, load):
        assert 1 <= load(seconds=1.0, per_second=20)["answers"] <= 21

    def test_counts_any_other_status_as_a_failure(self, load):
        told = load(status=503)
        assert told["answers"] == 0
        assert all(why.startswith("503") for _, why in told["failures"]) and told["failures"]

    def test_counts_a_connection_that_breaks_in_flight(self, load):
        told = load(hangs_up=True)
        assert told["answers"] == 0
        assert all(why.startswith("in flight") for _, why in told["failures"]) and told["failures"]
