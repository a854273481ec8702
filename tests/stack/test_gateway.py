"""The gateway's middleware: one file that a provider copies into a service of its own."""

from __future__ import annotations

import asyncio
import http.server
import importlib.util
import json
import sys
import threading
from pathlib import Path

import pytest

FILE = Path(__file__).resolve().parents[2] / "deploy" / "gateway" / "clearance_gateway.py"


@pytest.fixture(scope="module")
def gateway():
    spec = importlib.util.spec_from_file_location("clearance_gateway", FILE)
    module = importlib.util.module_from_spec(spec)
    sys.modules["clearance_gateway"] = module
    spec.loader.exec_module(module)
    return module


class Clearance:
    """A server that says what a test wants, and keeps what it was asked."""

    def __init__(self):
        self.asked, self.keys = [], []
        self.status, self.says, self.silent = 200, {}, threading.Event()
        self.hangs_up = False
        self.silent.set()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                outer.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                outer.keys.append(self.headers["Authorization"])
                outer.silent.wait(10)
                body = outer.says if isinstance(outer.says, bytes) else json.dumps(outer.says).encode()
                self.send_response(outer.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                self.close_connection = outer.hangs_up  # without having said so

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/api/v1"

    def say(self, decision, ttl=60, reasons=()):
        self.says = {"decision": decision, "ttl": ttl, "reasons": list(reasons), "decision_id": "acc_1"}


@pytest.fixture
def clearance():
    server = Clearance()
    yield server
    server.silent.set()
    server.server.shutdown()
    server.server.server_close()


class Call:
    """What a visitor gets from a service behind the middleware."""

    def __init__(self, status, body, reached_app):
        self.status, self.body, self.reached_app = status, body, reached_app


def over_wsgi(gateway, gate, use):
    seen, told = [], []
    app = gateway.GatedWSGI(
        lambda environ, start: (seen.append(1), start("200 OK", []), [b"{}"])[2], gate, lambda e: use
    )
    body = b"".join(app({}, lambda status, headers: told.append(int(status[:3]))))
    return Call(told[0], json.loads(body), bool(seen))


def over_asgi(gateway, gate, use):
    seen, told = [], []

    async def app(scope, receive, send):
        seen.append(1)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    async def send(message):
        told.append(message)

    asyncio.run(gateway.GatedASGI(app, gate, lambda scope: use)({"type": "http"}, None, send))
    return Call(told[0]["status"], json.loads(told[1]["body"]), bool(seen))


@pytest.fixture(params=[over_wsgi, over_asgi], ids=["wsgi", "asgi"])
def call(request, gateway, clearance):
    # a patient gate where patience is not the subject: a busy machine must not decide a test
    gate = gateway.Gate(clearance.url, "clr_test_x_y", seconds=30)
    use = gateway.Use("acct-7", "131.111.7.7", "aurora-small")
    return lambda of=use, gate=gate: request.param(gateway, gate, of)


class AVisitor:
    def test_who_is_allowed_passes(self, call, clearance):
        clearance.say("allow")
        assert call().reached_app
        assert clearance.asked == [
            {"account": "acct-7", "ip": "131.111.7.7", "model": "aurora-small", "channel": "api"}
        ]
        assert clearance.keys == ["Bearer clr_test_x_y"]

    @pytest.mark.parametrize("decision", ["deny", "review", "challenge", "something new"])
    def test_who_is_not_is_told_why(self, call, clearance, decision):
        clearance.say(decision, reasons=[{"code": "a", "sentence": "Because."}])
        told = call()
        assert (told.status, told.reached_app) == (403, False)
        assert told.body["reasons"] == [{"code": "a", "sentence": "Because."}]

    def test_of_a_page_that_uses_no_model_is_not_asked_about(self, call, clearance):
        assert call(of=None).reached_app and not clearance.asked


class AnAnswer:
    def test_is_kept_as_long_as_it_says(self, call, clearance):
        clearance.say("allow", ttl=600)
        assert call().reached_app and call().reached_app
        assert len(clearance.asked) == 1

    def test_and_no_longer(self, call, clearance):
        clearance.say("allow", ttl=0)
        call()
        clearance.say("deny", ttl=0)
        assert call().status == 403

    @pytest.mark.parametrize(
        ("status", "says"), [(500, {}), (503, {"code": "gate_closed"}), (200, b"<html>"), (200, {"decision": "allow"})]
    )
    def test_that_is_none_is_a_no_and_not_kept(self, call, clearance, status, says):
        clearance.status, clearance.says = status, says
        told = call()
        assert (told.status, told.reached_app) == (503, False)
        clearance.status = 200
        clearance.say("allow")
        assert call().reached_app

    def test_comes_also_where_the_server_hung_up_in_between(self, gateway, clearance):
        gate = gateway.Gate(clearance.url, "clr_test_x_y", seconds=30, threads=1)
        clearance.hangs_up = True
        clearance.say("allow", ttl=0)
        for _ in range(3):
            assert over_wsgi(gateway, gate, gateway.Use("acct-7", "131.111.7.7", "aurora-small")).reached_app
        assert len(clearance.asked) == 3

    @pytest.mark.parametrize("over", [over_wsgi, over_asgi])
    def test_that_does_not_come_in_time_is_a_no(self, gateway, clearance, over):
        clearance.say("allow")
        clearance.silent.clear()
        gate = gateway.Gate(clearance.url, "clr_test_x_y", seconds=0.05)
        told = over(gateway, gate, gateway.Use("acct-7", "131.111.7.7", "aurora-small"))
        assert (told.status, told.reached_app) == (503, False)

    @pytest.mark.parametrize("over", [over_wsgi, over_asgi])
    def test_from_nobody_is_a_no(self, gateway, over):
        gate = gateway.Gate("http://127.0.0.1:1/api/v1", "clr_test_x_y")
        told = over(gateway, gate, gateway.Use("acct-7", "131.111.7.7", "aurora-small"))
        assert (told.status, told.reached_app) == (503, False)
