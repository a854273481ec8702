"""The gate as real processes: a server that is the gate alone, and the web server that answers it as well."""

from __future__ import annotations

import http.client
import json
import time
from pathlib import Path

import pytest
from django.db import connection

from kyc.access.holds import place_hold
from kyc.access.models import AccessDecision
from kyc.access.states import HoldKind
from kyc.audit.services import SYSTEM
from kyc.benchmarks.serving import Server, same_database
from kyc.policy.geo import GOLDEN
from tests.kyc.api.conftest import PYONGYANG, question
from tests.kyc.geo.location_world import country, write_file

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("house")]
PROMISE_SECONDS = 2.0  # a decision of staff counts in every process after so long, docs/gate.md
PATIENCE_SECONDS = 60.0
NEVER = "3600"


@pytest.fixture
def maja(approved):
    return approved


@pytest.fixture
def start(tmp_path, service):
    """Start a server; the location file knows the golden addresses and one network of our own."""
    records = {f"{ip}/{128 if ':' in ip else 32}": country(next(iter(of))) for ip, of in GOLDEN if "" not in of}
    (tmp_path / "places").mkdir()
    write_file(
        tmp_path / "places" / "GeoLite2-Country.mmdb", "GeoLite2-Country", records | {"131.111.7.0/24": country("GB")}
    )
    started = []

    def start(module: str = "config.gate", **environment: str) -> Asked:
        shared = same_database() | {
            "DJANGO_SETTINGS_MODULE": module,
            "CLEARANCE_DATA": str(tmp_path),
            "GEOIP_DIR": str(tmp_path / "places"),
            "CLEARANCE_HTTPS": "0",
            "ALLOWED_HOSTS": "localhost",
        }
        server = Server("config.wsgi:application", environment=shared | environment, log=Path(tmp_path / "log"))
        started.append(server)
        server.__enter__()
        return Asked(server, service._key)

    yield start
    for server in started:
        server.kill()


class Asked:
    """A server, and what it said."""

    def __init__(self, server: Server, key: str) -> None:
        self.server = server
        self._key = key

    def call(self, method: str, path: str, body: object = None, key: str | None = None) -> tuple[int, dict, dict]:
        line = http.client.HTTPConnection("localhost", self.server.port, timeout=30)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key or self._key}"}
        line.request(method, f"/api/v1/{path}", json.dumps(body) if body is not None else None, headers)
        response = line.getresponse()
        said, told = json.loads(response.read()), {name.lower(): value for name, value in response.getheaders()}
        line.close()
        return response.status, said, told

    def decide(self, customer, **more: object) -> dict:
        status, said, _ = self.call("POST", "access/decisions", question(customer, **more))
        assert status == 200, said
        return said


def until(condition) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


def written(outcome: str) -> set[str]:
    return set(AccessDecision.objects.filter(outcome=outcome).values_list("public_id", flat=True))


class TwoProcesses:
    def test_give_one_answer(self, start, maja):
        both = (start("config.gate"), start("config.settings"))
        asked = [
            ("POST", "access/decisions", question(maja)),
            ("POST", "access/decisions", question(maja, ip=PYONGYANG)),
            ("POST", "access/decisions", question(maja, model="none")),
            ("POST", "access/decisions", {"customer": maja.public_id}),
            ("POST", "access/decisions/batch", {"questions": [question(maja), question(maja, ip="::1")]}),
            ("GET", "access/decisions", None),
            ("GET", "access/feed?cursor=x", None),
            ("GET", "access/keys", None),
            ("GET", "access/nothing", None),
        ]
        for method, path, body in asked:
            one, other = (self.comparable(server.call(method, path, body)) for server in both)
            assert one == other
        assert [server.call("GET", "access/feed", key="clr_test_x_y")[0] for server in both] == [401, 401]

    def comparable(self, said):
        status, body, headers = said
        for answer in [body, *body.get("answers", ())]:
            number = answer.pop("decision_id", "")  # the way out of a challenge names it too
            if "link" in answer:
                answer["link"] = answer["link"].replace(number, "…")
        ours = ("content-type", "cache-control", "x-content-type-options", "allow", "www-authenticate")
        return status, body, {name: headers.get(name) for name in ours}

    def test_both_follow_a_decision_of_staff_in_time(self, start, maja):
        both = (start("config.gate"), start("config.settings"))
        assert [server.decide(maja)["decision"] for server in both] == ["allow", "allow"]
        place_hold(customer=maja, kind=HoldKind.MANUAL, reason="A test.", actor=SYSTEM)
        placed_at = time.monotonic()
        for server in both:
            asked_at, said = placed_at, "allow"
            while said == "allow":
                # however slow the machine is: what was asked after the promise is never answered from before
                assert asked_at - placed_at < PROMISE_SECONDS
                asked_at = time.monotonic()
                said = server.decide(maja)["decision"]
            assert said == "deny"


class AProcessThatIsKilled:
    def test_leaves_every_refusal_it_answered(self, start, maja):
        gate = start(CLEARANCE_GATE_WRITE_BEHIND_SECONDS=NEVER)
        allowed = {gate.decide(maja)["decision_id"] for _ in range(3)}
        refused = {gate.decide(maja, ip=PYONGYANG)["decision_id"] for _ in range(5)}
        gate.server.kill()
        assert written("deny") == refused
        assert not written("allow") & allowed, "these waited, and the test would prove nothing if they had not"

    def test_loses_no_allowance_older_than_its_window(self, start, maja):
        gate = start(CLEARANCE_GATE_WRITE_BEHIND_SECONDS="0.25")
        answered = {}
        until_then = time.monotonic() + 3
        while time.monotonic() < until_then:
            answered[gate.decide(maja)["decision_id"]] = time.monotonic()
        gate.server.kill()
        killed_at = time.monotonic()
        lost = set(answered) - written("allow")
        assert len(lost) < len(answered)
        # a quarter of a second, and what the writing itself takes on a machine that is busy with other tests
        assert all(killed_at - answered[name] < 0.25 + 2 for name in lost)


class AProcessThatIsStopped:
    @pytest.mark.parametrize("module", ["config.gate", "config.settings"])
    def test_writes_down_what_waits(self, start, maja, module):
        gate = start(module, CLEARANCE_GATE_WRITE_BEHIND_SECONDS=NEVER)
        allowed = {gate.decide(maja)["decision_id"] for _ in range(5)}
        assert not written("allow") & allowed
        gate.server.stop()
        assert written("allow") >= allowed


class ADatabaseThatIsAway:
    @pytest.fixture
    def switch(self):
        """Let nobody in, and throw out who is in; or let them in again."""
        name = connection.settings_dict["NAME"]

        def switch(*, on: bool) -> None:
            with connection._nodb_cursor() as cursor:  # PostgreSQL shuts no database that one stands in
                cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {str(on).lower()}')
                if not on:
                    cursor.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = %s AND usename = current_user",
                        [name],
                    )

        yield switch
        switch(on=True)

    def test_closes_the_gate_and_opens_it_again_when_it_is_back(self, start, maja, switch):
        gate = start()
        assert gate.decide(maja)["decision"] == "allow"
        connection.close()
        switch(on=False)
        until(lambda: self.is_closed(gate, maja))
        assert gate.call("POST", "access/decisions", question(maja, ip=PYONGYANG))[0] == 503
        switch(on=True)
        until(lambda: not self.is_closed(gate, maja))
        assert gate.decide(maja)["decision"] == "allow"
        assert gate.decide(maja, ip=PYONGYANG)["decision"] == "deny"

    def is_closed(self, gate, maja) -> bool:
        status, said, headers = gate.call("POST", "access/decisions", question(maja))
        if status == 200:
            return False
        assert (status, said["code"], headers["retry-after"]) == (503, "gate_closed", "1")
        return True
