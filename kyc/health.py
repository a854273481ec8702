"""How the installation stands, for machines and for people: `/metrics`, `/health` and the console's page.

`/healthz` only says that the web server answers. These say what goes stale, what is held, what waits and what is late,
and are told to whoever bears CLEARANCE_METRICS_TOKEN. Without a token they are closed, but for the demonstration's own
machine.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count, Min, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from kyc.approvals.models import Proposal
from kyc.approvals.states import ProposalStatus
from kyc.audit.services import unsealed_rows
from kyc.cases.models import Case
from kyc.cases.states import CaseStatus
from kyc.customers.models import Customer
from kyc.geo.queries import data_health
from kyc.journey import late_customers
from kyc.policy.selftest import CURRENT as SELF_TEST
from kyc.screening.models import RescreeningRun
from kyc.screening.queries import GOING, coverage_warnings, last_check, waiting_shards
from kyc.screening.selftests import last_self_test
from kyc.watchlists.models import Edition, WatchList
from kyc.watchlists.queries import stale_lists
from kyc.watchlists.states import EditionStatus
from kyc.worlds import World

PREFIX = "clearance_"


@dataclass(frozen=True, slots=True)
class Gauge:
    """One figure of one moment. `name` carries its unit, as Prometheus wants it."""

    name: str
    help: str
    value: float
    labels: dict[str, str] = field(default_factory=dict)

    def line(self) -> str:
        said = ",".join(f'{name}="{_escaped(value)}"' for name, value in self.labels.items())
        return f"{PREFIX}{self.name}{{{said}}} {self.value:g}" if said else f"{PREFIX}{self.name} {self.value:g}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def gauges(now: datetime) -> Iterator[Gauge]:
    """Everything worth an alarm, in about a dozen queries."""
    yield from _of_lists(now)
    yield from _of_work(now)
    tested = last_self_test()
    if tested is not None and tested.finished_at is not None:
        age = (now - tested.finished_at).total_seconds()
        yield Gauge("self_test_age_seconds", "Since the last self-test of screening.", age)
        yield Gauge(
            "self_test_passed", "Whether the last self-test reached what policy asks.", float(bool(tested.passed))
        )
    locations = data_health(now)
    yield Gauge("location_data_usable", "Whether locations can be relied upon.", float(locations.usable))
    for data in locations.ages:
        yield Gauge("location_data_age_days", "Of an open file of locations.", data.age_days, {"file": data.name})


def _of_lists(now: datetime) -> Iterator[Gauge]:
    stale = {row.code for row in stale_lists(now)}
    active = {edition.watchlist_id: edition for edition in Edition.objects.active()}
    for watchlist in WatchList.objects.filter(enabled=True).order_by("code"):
        label, edition = {"list": watchlist.code}, active.get(watchlist.pk)
        yield Gauge("list_source_failing", "Whether the source could not be read the last time.",
                    float(bool(watchlist.check_error)), label)  # fmt: skip
        yield Gauge("list_in_force", "Whether an edition of the list is in force.", float(edition is not None), label)
        if edition is None:
            continue
        last = max(filter(None, (watchlist.checked_at, edition.loaded_at)))
        yield Gauge("list_age_seconds", "Since the list was last fetched or confirmed unchanged.",
                    (now - last).total_seconds(), label)  # fmt: skip
        yield Gauge("list_entries", "In the edition in force.", edition.entry_count, label)
    for code in sorted(stale):
        yield Gauge(
            "list_stale", "1 for a list that is too old, or should be in force and is not.", 1.0, {"list": code}
        )
    yield Gauge("lists_stale", "How many lists are.", len(stale))
    held = Edition.objects.filter(status=EditionStatus.HELD)
    yield Gauge("editions_held", "Editions that wait for two people.", held.count())


def _of_work(now: datetime) -> Iterator[Gauge]:
    cases = Case.objects.unresolved().values("world", "type").annotate(
        number=Count("pk"), late=Count("pk", filter=Q(due_at__lt=now) & ~Q(status=CaseStatus.AWAITING_CUSTOMER))
    )  # fmt: skip
    rows = list(cases.order_by("world", "type"))
    for row in rows:
        label = {"world": row["world"], "type": row["type"]}
        yield Gauge("cases_open", "Unresolved cases.", row["number"], label)
        yield Gauge("cases_late", "Unresolved cases past their clock.", row["late"], label)
    due = Customer.objects.filter(next_step_at__lte=now).values("world")
    steps = {row["world"]: row for row in due.annotate(number=Count("pk"), oldest=Min("next_step_at"))}
    for world in World:
        row = steps.get(world)
        label = {"world": str(world)}
        yield Gauge("steps_due", "Customers whose next step is due.", row["number"] if row else 0, label)
        waited = (now - row["oldest"]).total_seconds() if row else 0
        yield Gauge("steps_oldest_seconds", "How long the oldest of them has waited.", waited, label)
    yield Gauge("steps_late", "Customers whose step was due and did not happen.", late_customers().count())
    yield Gauge("rescreening_shards_waiting", "Pieces of re-screening nobody works on.", waiting_shards().count())
    runs = RescreeningRun.objects.filter(status__in=GOING)
    yield Gauge("rescreening_runs_going", "Re-screening runs that are not over.", runs.count())
    if check := last_check():
        yield Gauge("coverage_age_seconds", "Since coverage was last proved.", (now - check.at).total_seconds())
        yield Gauge("coverage_behind", "Customers on file who were behind what is in force.", check.behind)
        yield Gauge("coverage_served_behind", "Of these, who are served.", check.served_behind)
    proposals = Proposal.objects.filter(status=ProposalStatus.PROPOSED)
    yield Gauge("proposals_waiting", "Proposals that wait for a second person.", proposals.count())
    unsealed = unsealed_rows().aggregate(number=Count("pk"), oldest=Min("at"))
    yield Gauge("audit_rows_unsealed", "Rows of the audit trail that no signed head covers yet.", unsealed["number"])
    age = (now - unsealed["oldest"]).total_seconds() if unsealed["oldest"] else 0
    yield Gauge("audit_unsealed_seconds", "Age of the oldest of them.", age)


def text_of(found: Iterator[Gauge]) -> str:
    """Prometheus' text format 0.0.4: the samples of a name stand together under one HELP and one TYPE."""
    by_name: dict[str, list[Gauge]] = {}
    for gauge in found:
        by_name.setdefault(gauge.name, []).append(gauge)
    lines = []
    for name, samples in by_name.items():
        lines += [f"# HELP {PREFIX}{name} {samples[0].help}", f"# TYPE {PREFIX}{name} gauge"]
        lines += [sample.line() for sample in samples]
    return "\n".join(lines) + "\n"


# ------------------------------------------------------------------------------------------------ for people
def warnings(now: datetime) -> list[str]:
    """What somebody should look at, a sentence each; [] where all is well."""
    found = [row.sentence for row in stale_lists(now)]
    held = Edition.objects.filter(status=EditionStatus.HELD).select_related("watchlist")
    found += [f"An edition of {edition.watchlist.title} is held: two people must look." for edition in held]
    found += list(data_health(now).warnings)
    found += coverage_warnings(last_check(), now)
    if late := late_customers().count():
        found.append(f"{late} customers wait for a step that was due and did not happen.")
    oldest = unsealed_rows().aggregate(oldest=Min("at"))["oldest"]
    if oldest and now - oldest > timedelta(minutes=1):
        found.append("The audit trail has not been sealed for over a minute: is beat running?")
    tested = last_self_test()
    if tested is None:
        found.append("Screening was never tested with manipulated records.")
    elif tested.finished_at and now - tested.finished_at > timedelta(days=SELF_TEST.most_age_days):
        found.append(f"The last self-test of screening is {(now - tested.finished_at).days} days old.")
    elif not tested.passed:
        found.append("The last self-test of screening fell short of what policy asks.")
    return found


# ------------------------------------------------------------------------------------------------ doors
def _may_look(request: HttpRequest) -> bool:
    """The token's bearer; without a token set, in the demonstration, whoever asks from this machine itself."""
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    if not settings.DEMO or request.headers.get(settings.CLIENT_ADDRESS_HEADER):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _guarded(answer: Callable[[], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def view(request: HttpRequest) -> HttpResponse:
        if not _may_look(request):
            return HttpResponse("Nothing is told without the token.\n", content_type="text/plain", status=403)
        try:
            found = answer()
        except DatabaseError:
            found = HttpResponse("The database does not answer.\n", content_type="text/plain", status=503)
        found["Cache-Control"] = "no-store"
        return found

    return require_safe(view)


def _metrics() -> HttpResponse:
    return HttpResponse(text_of(gauges(timezone.now())), content_type="text/plain; version=0.0.4; charset=utf-8")


def _health() -> HttpResponse:
    found = warnings(timezone.now())
    return JsonResponse({"status": "warning" if found else "ok", "warnings": found})


metrics = _guarded(_metrics)
health = _guarded(_health)
