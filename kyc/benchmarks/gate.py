"""How fast the gate answers, and whether it is right: CPU of an answer, load from a second process, peers beside it.

The scene is the product's own: a database made by its migrations, customers approved with their attestations, the
default location data. Servers are granian with two workers, as `manage.py run` starts them; the load tool is
another process (kyc/benchmarks/load.py). Peers: a bare Django view that parses and answers JSON on the same server
(kyc/benchmarks/bare_view.py), and the same decision through REST framework, ORM and the whole middleware
(kyc/benchmarks/drf_view.py). CPU is the thread's own, so that other programs on the machine distort it little.
"""

from __future__ import annotations

import io
import json
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils.module_loading import import_string

from accounts.scopes import Scope
from accounts.services import create_client, issue_key
from kyc.access.ledger import ledger
from kyc.access.memory import remembered
from kyc.audit.services import System
from kyc.benchmarks.addresses import SPOOFS, wrong_places, wrong_spoofs
from kyc.benchmarks.report import Report
from kyc.benchmarks.serving import Server, same_database
from kyc.catalogue.models import CatalogueModel, LicenceTerms
from kyc.catalogue.services import load_catalogue
from kyc.customers.models import Attestation, Customer
from kyc.geo.build import PIP_RECIPES, refresh
from kyc.geo.services import geo_data
from kyc.policy.geo import GOLDEN
from kyc.worlds import World

ACTOR = System("bench_gate")
WORLD = World.TEST
CUSTOMERS = 400
CONNECTIONS = 8
WORKERS = 2
PER_BATCH = 500
DECISIONS = "/api/v1/access/decisions"

# The aims of issue 5.
WARM_MICROSECONDS = 200.0
COLD_MICROSECONDS = 450.0
BORDER_MICROSECONDS = 40.0
SHARE_OF_BARE = 55.0  # percent
TIMES_DRF = 4.0
P99_MILLISECONDS = 8.0
BATCHED_PER_SECOND = 20_000.0

Say = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Scene:
    """Customers that may use `models`, each with an address of its own, and the key of a service that asks."""

    folder: Path
    customers: tuple[Customer, ...]
    models: tuple[str, ...]
    key: str

    def question(self, number: int, model: str = "") -> dict[str, str]:
        customer = self.customers[number % len(self.customers)]
        place = number % len(self.customers)
        return {
            "customer": customer.public_id,
            "ip": f"131.111.{place // 250}.{place % 250 + 1}",
            "model": model or self.models[0],
            "channel": "api",
        }

    def request(self, asked: Any, path: str = DECISIONS) -> str:
        """A whole HTTP request as text."""
        body = json.dumps(asked)
        return (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        )


def build_scene(folder: Path, say: Say) -> Scene:
    say("location data …")
    settings.GEOIP_DIR = location_data(folder, say)
    geo_data.cache_clear()
    say(f"{CUSTOMERS} customers …")
    load_catalogue(actor=ACTOR)
    terms = list(LicenceTerms.objects.filter(replaced_at=None))
    customers = Customer.objects.bulk_create(
        Customer(world=WORLD, kind="person", status="approved", tier="standard", residence_country="GB")
        for _ in range(CUSTOMERS)
    )
    attest(customers, terms)
    client = create_client(name="bench_gate", world=WORLD, actor=ACTOR)
    _, key = issue_key(client=client, scopes=(Scope.ACCESS_DECIDE,), actor=ACTOR)
    models = CatalogueModel.objects.filter(tier="standard", restricted=False, channels__contains=["api"])
    codes = tuple({model.licence_code: model.code for model in models}.values())
    return Scene(folder, tuple(customers), codes, key)


def attest(customers: Sequence[Customer], terms: Sequence[LicenceTerms]) -> None:
    """Each agrees to each."""
    Attestation.objects.bulk_create(
        Attestation(
            customer=customer,
            world=WORLD,
            terms=one,
            answers={ask["code"]: bool(ask["must_be"]) for ask in one.asks},
        )
        for one in terms
        for customer in customers
    )


def location_data(folder: Path, say: Say) -> Path:
    """The files this installation uses, copied so that they can be swapped; compiled here where it has none."""
    made = folder / "geo"
    there = [path for home in (settings.GEOIP_DIR, settings.GEOIP_DIR.parent / "geo") for path in home.glob("*.mmdb")]
    if there:
        made.mkdir()
        for path in there:
            shutil.copy2(path, made / path.name)
    else:
        refresh(made, PIP_RECIPES, say)
    return made


# ------------------------------------------------------------------------------------------------ CPU of one answer
def ask_here(scene: Scene, asked: Any, path: str = DECISIONS) -> tuple[float, dict[str, Any]]:
    """Microseconds of this thread's CPU from the WSGI call to the last byte, and what was said."""
    body = json.dumps(asked).encode()
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "HTTP_AUTHORIZATION": f"Bearer {scene.key}",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_X_FORWARDED_PROTO": "https",
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(body),
    }
    status = ""

    def start_response(told: str, headers: list[tuple[str, str]]) -> None:
        nonlocal status
        status = told

    application = import_string(settings.WSGI_APPLICATION)  # as the server calls it
    began = time.thread_time_ns()
    said = b"".join(application(environ, start_response))
    took = (time.thread_time_ns() - began) / 1000
    if not status.startswith("200"):
        raise RuntimeError(f"the gate answered {status}: {said.decode()}")
    return took, json.loads(said)


def measure_cpu(scene: Scene, report: Report) -> None:
    """In this process: cold once for each customer, then warm."""
    remembered().forget()
    ask_here(scene, scene.question(0))  # opens the connection, reads the tables
    cold, queries = [], 0
    for number in range(1, CUSTOMERS):
        took, said = ask_here(scene, scene.question(number))
        if said["decision"] != "allow":
            raise RuntimeError(f"the scene is wrong: {said}")
        cold.append(took)
    remembered().forget()
    ask_here(scene, scene.question(0))
    for number in range(1, CUSTOMERS):
        with CaptureQueriesContext(connection) as asked:
            ask_here(scene, scene.question(number))
        looks = sum("pg_snapshot_xmin" in query["sql"] for query in asked)  # not the question's: twice a second
        queries = max(queries, len(asked) - looks)
    report.add("cold decision, CPU p50", _p50(cold), "µs", at_most=COLD_MICROSECONDS)
    report.add("cold decision, queries at most", queries, at_most=1)
    with CaptureQueriesContext(connection) as asked:
        for number in range(CUSTOMERS):
            ask_here(scene, scene.question(number))
    looks = sum("pg_snapshot_xmin" in query["sql"] for query in asked)
    began = time.process_time()
    warm = [ask_here(scene, scene.question(number))[0] for number in range(6_000)]
    ledger().flush()
    all_in_all = (time.process_time() - began) / len(warm) * 1e6
    report.add("warm decision, CPU p50", _p50(warm), "µs", at_most=WARM_MICROSECONDS)
    report.add("warm decision, queries at most", len(asked) - looks, at_most=0, note=f"in {CUSTOMERS} decisions")
    report.add(
        "the same, all in all", all_in_all, "µs", note="mean, with asking what changed, writing down, and this tool"
    )
    many = {"questions": [scene.question(number) for number in range(PER_BATCH)]}
    batch = [ask_here(scene, many, f"{DECISIONS}/batch")[0] for _ in range(5)]
    report.add("one decision of a batch, CPU p50", _p50(batch) / PER_BATCH, "µs")
    ledger().close()


def measure_border(report: Report) -> None:
    """The border of the portal: what it adds to a page, for visitors at 500 addresses, each seen before."""
    border = import_string(next(name for name in settings.MIDDLEWARE if name.endswith("BorderMiddleware")))
    through = border(lambda request: HttpResponse())
    around = RequestFactory()
    requests: list[HttpRequest] = []
    for number in range(500):
        request = around.get("/c/cus_1/", REMOTE_ADDR=f"131.111.{number // 250}.{number % 250 + 1}")
        request.user, request.session = AnonymousUser(), {}
        requests.append(request)
    for request in requests:
        through(request)
    took = []
    for _ in range(6):
        for request in requests:
            began = time.thread_time_ns()
            through(request)
            took.append((time.thread_time_ns() - began) / 1000)
    nothing = []
    for _ in range(3_000):
        began = time.thread_time_ns()
        HttpResponse()
        nothing.append((time.thread_time_ns() - began) / 1000)
    report.add("border of the portal, CPU p50", _p50(took) - _p50(nothing), "µs", at_most=BORDER_MICROSECONDS)


def measure_places(report: Report) -> None:
    wrong = [*wrong_places(geo_data())]
    report.add("golden addresses placed wrongly", len(wrong), at_most=0, note="; ".join(wrong) or f"of {len(GOLDEN)}")
    wrong = [*wrong_spoofs()]
    report.add("spoofed headers read wrongly", len(wrong), at_most=0, note="; ".join(wrong) or f"of {len(SPOOFS)}")


def _p50(figures: Sequence[float]) -> float:
    return statistics.median(figures)


# ------------------------------------------------------------------------------------------------ load
@dataclass(frozen=True, slots=True)
class Round:
    """What one round of load saw; `cpu` is the server's, µs a request, None where the kernel does not say."""

    answers: int
    per_second: float
    p50: float
    p99: float
    cpu: float | None


def environment_of(scene: Scene) -> dict[str, str]:
    """What a server needs to work on the measurement's database and files, as this process does."""
    return same_database() | {
        "CLEARANCE_DATA": str(scene.folder),
        "GEOIP_DIR": str(settings.GEOIP_DIR),
        "CLEARANCE_HTTPS": "0",  # on loopback
        "ALLOWED_HOSTS": "localhost",
        "CLEARANCE_DEMO": "1" if settings.DEMO else "0",
        "LOG_LEVEL": "WARNING",
    }


def start(scene: Scene, within: ExitStack, name: str, application: str, module: str) -> Server:
    environment = environment_of(scene) | {"DJANGO_SETTINGS_MODULE": module}
    server = Server(application, environment=environment, log=scene.folder / f"{name}.log", workers=WORKERS)
    return within.enter_context(server)


def gate_server(scene: Scene, within: ExitStack) -> Server:
    return start(scene, within, "gate", "config.wsgi:application", "config.gate")


class Servers:
    """The three that are compared."""

    def __init__(self, scene: Scene, within: ExitStack) -> None:
        self.gate = gate_server(scene, within)
        self.bare = start(scene, within, "bare", "kyc.benchmarks.bare_view:application", "kyc.benchmarks.bare_settings")
        self.drf = start(scene, within, "drf", "config.wsgi:pages", "kyc.benchmarks.drf_settings")


@contextmanager
def loading(server: Server, requests: Sequence[str], **orders: Any) -> Iterator[Callable[[], dict[str, Any]]]:
    """The load tool at work in a process of its own; call what this gives to wait for what it saw."""
    asked = {"port": server.port, "requests": list(requests), "connections": CONNECTIONS, **orders}
    tool = subprocess.Popen(
        [sys.executable, "-m", "kyc.benchmarks.load"], cwd=settings.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert tool.stdin is not None and tool.stdout is not None
    tool.stdin.write(json.dumps(asked).encode())
    tool.stdin.close()
    tool.stdin = None
    try:
        yield lambda: json.loads(tool.communicate()[0])
    finally:
        tool.kill()
        tool.wait()


def load_round(server: Server, requests: Sequence[str], seconds: float) -> Round:
    """Raises RuntimeError where any request failed: no figure is made from errors."""
    before = server.cpu_seconds()
    with loading(server, requests, seconds=seconds) as seen:
        told = seen()
    after = server.cpu_seconds()
    if told["failures"] or not told["answers"]:
        raise RuntimeError(f"requests failed: {told['failures'][:3]}; see {server.log}")
    cpu = None if before is None or after is None else (after - before) / told["answers"] * 1e6
    return Round(told["answers"], told["answers"] / told["seconds"], told["ms"]["p50"], told["ms"]["p99"], cpu)


def warm_up(server: Server, requests: Sequence[str], answers: int) -> None:
    """Until so many were given."""
    given = 0
    while given < answers:
        given += load_round(server, requests, 2.0).answers


def measure_load(scene: Scene, report: Report, say: Say, *, seconds: float, rounds: int) -> None:
    """Rounds in turn, so that what else the machine does falls on all alike; the best of each counts."""
    asked = [scene.request(scene.question(number)) for number in range(CUSTOMERS)]
    many = [scene.question(number) for number in range(PER_BATCH)]
    batches = [scene.request({"questions": many}, f"{DECISIONS}/batch")]
    with ExitStack() as within:
        say("servers: the gate, a bare view, REST framework …")
        servers = Servers(scene, within)
        for server, answers in ((servers.gate, 8 * CUSTOMERS), (servers.bare, CUSTOMERS), (servers.drf, 1)):
            warm_up(server, asked, answers)  # each worker reads and remembers
        found: dict[str, list[Round]] = {"gate": [], "bare": [], "drf": []}
        for number in range(rounds):
            say(f"load, round {number + 1} of {rounds} …")
            found["bare"].append(load_round(servers.bare, asked, seconds))
            found["gate"].append(load_round(servers.gate, asked, seconds))
            found["drf"].append(load_round(servers.drf, asked, seconds))
        say("batches …")
        batched = [load_round(servers.gate, batches, seconds) for _ in range(rounds)]
    best = {name: max(ran, key=lambda one: one.per_second) for name, ran in found.items()}
    of_bare = max(gate.per_second / bare.per_second for gate, bare in zip(found["gate"], found["bare"], strict=True))
    of_drf = max(gate.per_second / drf.per_second for gate, drf in zip(found["gate"], found["drf"], strict=True))
    report.add("decisions a second", best["gate"].per_second, "/s", note=_spread(found["gate"]))
    report.add("a bare Django view", best["bare"].per_second, "/s", note=_spread(found["bare"]))
    report.add("REST framework and ORM", best["drf"].per_second, "/s", note=_spread(found["drf"]))
    report.add("throughput against the bare view", of_bare * 100, "%", at_least=SHARE_OF_BARE, note="best round")
    report.add("throughput against REST framework", of_drf, "×", at_least=TIMES_DRF, note="best round")
    report.add("latency p50 under that load", min(one.p50 for one in found["gate"]), "ms", peer=best["bare"].p50)
    report.add(
        "latency p99 under that load",
        min(one.p99 for one in found["gate"]),
        "ms",
        at_most=P99_MILLISECONDS,
        peer=best["bare"].p99,
    )
    report.add("batched decisions a second", PER_BATCH * max(one.per_second for one in batched), "/s",
               at_least=BATCHED_PER_SECOND, note=f"{PER_BATCH} a call")  # fmt: skip
    for name in ("gate", "bare", "drf"):
        used = [one.cpu for one in found[name] if one.cpu is not None]
        report.add(f"the server's CPU a request, {name}", min(used) if used else None, "µs")


def _spread(rounds: Sequence[Round]) -> str:
    return "rounds: " + ", ".join(f"{one.per_second:,.0f}" for one in rounds)
