"""Minutes of load while everything that can change does; each allowance is checked against the pure rule afterwards.

Two workers of the gate answer; meanwhile holds are placed and lifted, licence terms are published in a new version
and attested to, a model is closed to a country and opened again, a location file is swapped for one that places a
range under embargo, and every so often a worker is killed. Each change is noted with the moments before it began and
after it was committed. An allowance is wrong where the pure rule allows it under none of the facts that held between
its question, less the time that the gate promises to notice a change in, and its answer.
"""

from __future__ import annotations

import ipaddress
import itertools
import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from kyc.access.holds import lift_hold, place_hold
from kyc.access.models import AccessDecision, Hold
from kyc.access.rules import AccessFacts, AttestationFacts, HoldFacts, ModelFacts, Subject, decide_access
from kyc.access.states import AccessTier, Channel, HoldKind
from kyc.benchmarks.gate import ACTOR, CONNECTIONS, CUSTOMERS, WORKERS, WORLD, Say, Scene, attest, gate_server, loading
from kyc.benchmarks.report import Report
from kyc.catalogue.models import CatalogueModel, LicenceTerms
from kyc.catalogue.services import publish_terms
from kyc.customers.states import CustomerStatus
from kyc.geo.mmdb import About, write_mmdb
from kyc.geo.services import geo_policy
from kyc.geo.sources import GeoData
from kyc.policy.access import CURRENT
from kyc.policy.geo import GOLDEN

PER_SECOND = 300
PROMISE_SECONDS = 2.0  # a change in the database counts everywhere after so long (docs/gate.md)
FILE_SECONDS = 7.0  # a new location file does: it is looked for every five seconds
AFTER_KILL_SECONDS = 5.0
HELD = 40  # customers who are held now and then
MOVING = ipaddress.ip_network("131.111.0.128/25")  # is placed in Iran by the second file
HERE, THERE = "GB", "IR"

Name = tuple[
    str, Any
]  # which fact: ("hold", customer), ("closed", model), ("terms", licence), ("attested", licence), …


@dataclass(frozen=True, slots=True)
class Change:
    began: float
    done: float
    value: Any


@dataclass
class Timeline:
    """What held when. Seconds since 1970, as the load tool's."""

    changes: dict[Name, list[Change]] = field(default_factory=dict)

    def begin(self, name: Name, value: Any) -> None:
        self.changes[name] = [Change(0.0, 0.0, value)]

    def change(self, name: Name, value: Any, make: Callable[[], Any]) -> None:
        began = time.time()
        make()
        self.changes[name].append(Change(began, time.time(), value))

    def held(self, name: Name, since: float, until: float) -> list[Any]:
        """Every value that may have held at some moment between."""
        rows = self.changes[name]
        ends = [*(row.done for row in rows[1:]), float("inf")]
        return [row.value for row, end in zip(rows, ends, strict=True) if row.began <= until and end >= since]


def measure_endurance(scene: Scene, report: Report, say: Say, *, minutes: float) -> None:
    started = timezone.now()
    unrest = Unrest(scene)
    asked = [
        scene.question(number, model) for number in range(CUSTOMERS) for model in (unrest.closing, unrest.republished)
    ]
    random.Random(5).shuffle(asked)
    requests = [scene.request(question) for question in asked]
    say(f"{minutes:g} minutes of load at {PER_SECOND} a second, while everything changes …")
    with ExitStack() as within:
        server = gate_server(scene, within)
        orders = {"seconds": minutes * 60, "per_second": PER_SECOND, "record": True}
        with loading(server, requests, **orders) as seen:
            kills = unrest.go_on(minutes * 60 - 5, lambda: server.workers)
            told = seen()
    wrong = [*wrong_allowances(unrest, asked, told["records"])]
    in_flight = [row for row in told["failures"] if is_of_a_kill(row, kills)]
    otherwise = len(told["failures"]) - min(len(in_flight), len(kills) * CONNECTIONS)
    allowed = sum(row[3] == "allow" for row in told["records"])
    written = AccessDecision.objects.filter(at__gte=started)
    refused = len(told["records"]) - allowed
    report.add("minutes of load", minutes, note=f"{len(told['records']):,} answers, {allowed:,} of them allowances")
    report.add("changes meanwhile", sum(len(rows) - 1 for rows in unrest.timeline.changes.values()))
    report.add("workers killed", len(kills))
    report.add("failed requests, in flight in a killed process", len(in_flight))
    why = "; ".join(str(row[1]) for row in told["failures"] if row not in in_flight)[:300]
    report.add("failed requests otherwise", otherwise, at_most=0, note=why)
    report.add("wrong allowances", len(wrong), at_most=0, note="; ".join(wrong[:3]))
    report.add(
        "refusals answered and not written", max(0, refused - written.exclude(outcome="allow").count()), at_most=0
    )
    report.add(
        "allowances answered and not written",
        max(0, allowed - written.filter(outcome="allow").count()),
        at_most=len(kills) * PER_SECOND * settings.GATE_WRITE_BEHIND_SECONDS * 2,
        note="those of a killed process' last moment",
    )
    report.add("latency p99 in it", told["ms"]["p99"], "ms")


def is_of_a_kill(failure: Sequence[Any], kills: Sequence[float]) -> bool:
    at, why = failure
    return str(why).startswith("in flight") and any(0 <= at - kill <= AFTER_KILL_SECONDS for kill in kills)


# ------------------------------------------------------------------------------------------------ what changes
class Unrest:
    """Everything that changes, and when it did."""

    def __init__(self, scene: Scene) -> None:
        self.timeline = Timeline()
        self._scene = scene
        self._random = random.Random(7)
        self._user = User.objects.create_user("bench@clearance.example")
        self._licences = {model.code: model.licence_code for model in CatalogueModel.objects.all()}
        self.republished, self.closing = scene.models[0], scene.models[1]
        self.models = {code: CatalogueModel.objects.get(code=code) for code in (self.republished, self.closing)}
        self._epoch = int(time.time()) - 3 * 86_400
        self.places = {place: self._data_with(place) for place in (HERE, THERE)}
        self._put_file(HERE)
        for licence in {self._licences[code] for code in self.models}:
            version = LicenceTerms.objects.get(code=licence, replaced_at=None).version
            self.timeline.begin(("terms", licence), version)
            self.timeline.begin(("attested", licence), version)
        self.timeline.begin(("closed", self.closing), False)
        self.timeline.begin(("file", ""), HERE)
        for customer in scene.customers[:HELD]:
            self.timeline.begin(("hold", customer.public_id), False)

    def go_on(self, seconds: float, workers: Callable[[], list[int]]) -> list[float]:
        """Change things until the time is over; returns when workers were killed."""
        kills: list[float] = []

        def kill() -> None:
            if len(running := workers()) == WORKERS:
                kills.append(time.time())
                os.kill(self._random.choice(running), signal.SIGKILL)

        deeds: list[tuple[float, Callable[[], Any]]] = [
            (1.5, self._hold_or_lift),
            (7.0, self._close_or_open),
            (11.0, self._swap_file),
            (20.0, self._publish),
            (20.0, self._attest),
            (45.0, kill),
        ]
        due = [every * (0.7 if deed == self._attest else 0.5) for every, deed in deeds]
        began = time.monotonic()
        while (now := time.monotonic() - began) < seconds:
            number = min(range(len(deeds)), key=due.__getitem__)
            if due[number] > now:
                time.sleep(min(due[number] - now, seconds - now))
                continue
            deeds[number][1]()
            due[number] += deeds[number][0]
        return kills

    def _hold_or_lift(self) -> None:
        customer = self._random.choice(self._scene.customers[:HELD])
        standing = Hold.objects.standing().filter(customer=customer).first()
        if standing is None:
            make: Callable[[], Any] = lambda: place_hold(  # noqa: E731
                customer=customer, kind=HoldKind.MANUAL, reason="bench", actor=ACTOR
            )
        else:
            make = lambda: lift_hold(hold=standing, actor=self._user, reason="bench")  # noqa: E731
        self.timeline.change(("hold", customer.public_id), standing is None, make)

    def _close_or_open(self) -> None:
        close = not self.timeline.changes["closed", self.closing][-1].value
        rows = CatalogueModel.objects.filter(code=self.closing)
        self.timeline.change(
            ("closed", self.closing), close, lambda: rows.update(blocked_countries=[HERE] if close else [])
        )

    def _publish(self) -> None:
        licence = self._licences[self.republished]
        now = LicenceTerms.objects.get(code=licence, replaced_at=None)
        self.timeline.change(
            ("terms", licence),
            now.version + 1,
            lambda: publish_terms(
                code=licence, title=now.title, text=f"{now.text}\n", asks=now.asks, source=now.source, actor=ACTOR
            ),
        )

    def _attest(self) -> None:
        licence = self._licences[self.republished]
        now = LicenceTerms.objects.get(code=licence, replaced_at=None)
        if now.version != self.timeline.changes["attested", licence][-1].value:
            self.timeline.change(("attested", licence), now.version, lambda: attest(self._scene.customers, [now]))

    def _swap_file(self) -> None:
        place = THERE if self.timeline.changes["file", ""][-1].value == HERE else HERE
        self.timeline.change(("file", ""), place, lambda: self._put_file(place))

    def _put_file(self, place: str) -> None:
        self._write(Path(settings.GEOIP_DIR), place)

    def _write(self, folder: Path, place: str) -> None:
        """A country file that knows the golden addresses and the moving range; put in place by renaming."""
        self._epoch += 1
        ranges = [(int(MOVING[0]), int(MOVING[-1]), {"country": {"iso_code": place}})]
        for text, countries in GOLDEN:
            if "" not in countries and ":" not in text:
                number = int(ipaddress.ip_address(text))
                ranges.append((number, number, {"country": {"iso_code": min(countries)}}))
        ranges.sort(key=lambda row: row[0])
        write_mmdb(folder / "GeoLite2-Country.mmdb", ranges, About("GeoLite2-Country", self._epoch, "bench_gate"))

    def _data_with(self, place: str) -> GeoData:
        folder = self._scene.folder / f"geo-{place}"
        shutil.copytree(settings.GEOIP_DIR, folder)
        self._write(folder, place)
        data = GeoData([folder], policy=geo_policy())
        if data.problems:
            raise RuntimeError(f"the bench's own file is refused: {data.problems}")
        return data

    # -------------------------------------------------------------------------------------------- what held
    def facts(self, asked: Mapping[str, str], sent: float, got: float) -> Iterator[tuple[Any, ...]]:
        """Each combination of facts that may have held for a question: held, closed, terms, attested, file."""
        licence = self._licences[asked["model"]]
        names: list[tuple[Name, float]] = [
            (("hold", asked["customer"]), PROMISE_SECONDS),
            (("closed", asked["model"]), PROMISE_SECONDS),
            (("terms", licence), PROMISE_SECONDS),
            (("attested", licence), PROMISE_SECONDS),
            (("file", ""), FILE_SECONDS),
        ]
        values = [
            self.timeline.held(name, sent - less, got) if name in self.timeline.changes else [False]
            for name, less in names
        ]
        return itertools.product(*values)


def wrong_allowances(unrest: Unrest, asked: Sequence[Mapping[str, str]], records: Sequence[Any]) -> Iterator[str]:
    """A sentence for each allowance that the pure rule gives under none of the facts that may have held."""
    now, geo = timezone.now(), geo_policy()

    @cache
    def allows(model: str, ip: str, held: bool, closed: bool, terms: int, attested: int, place: str) -> bool:
        row = unrest.models[model]
        facts = AccessFacts(
            subject=Subject(
                customer_id="",
                world=WORLD,
                status=CustomerStatus.APPROVED,
                tier=AccessTier.STANDARD,
                holds=(HoldFacts(HoldKind.MANUAL, AccessTier.NONE, ""),) if held else (),
                attestations=(AttestationFacts(row.licence_code, attested, True, None),),
            ),
            world=WORLD,
            model=ModelFacts(
                code=row.code,
                tier=AccessTier(row.tier),
                restricted=row.restricted,
                channels=frozenset(row.channels),
                licence=row.licence_code,
                licence_version=terms,
                use_policy=row.use_policy,
                blocked_countries=frozenset({HERE} if closed else ()),
            ),
            channel=Channel.API,
            location=unrest.places[place].lookup(ip, today=now.date()),
        )
        return decide_access(facts, CURRENT, geo, now).allowed

    for number, sent, got, decision in records:
        question = asked[number]
        if decision == "allow" and not any(
            allows(question["model"], question["ip"], *facts) for facts in unrest.facts(question, sent, got)
        ):
            yield f"{question} at {got:.2f}"
