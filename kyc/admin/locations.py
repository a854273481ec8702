"""Where customers and visitors were seen: the ledger, one customer's places on a map, and what was stopped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from typing import Any

from django.contrib.admin import display
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from kyc.access.models import PassedChallenge, WayOut
from kyc.access.rules import counts_seconds
from kyc.access.states import Challenge
from kyc.admin.lists import ListPage, chip_of, list_page, when
from kyc.admin.site import console, present, world_of
from kyc.customers.models import Customer
from kyc.findings import Finding
from kyc.geo.models import Sighting
from kyc.geo.queries import (
    SeenIn,
    Stopped,
    countries_of,
    data_health,
    stopped_by_country,
    stopped_by_day,
    stopped_by_reason,
)
from kyc.geo.worldmap import HEIGHT, WIDTH, at
from kyc.policy.access import CURRENT
from kyc.policy.countries import country_name

PERIODS = (7, 30, 90)
PER_PAGE = 25
LATEST_MOVES = 40
TONE_OF = {"allow": "good", "challenge": "warn", "review": "warn", "deny": "bad", "law": "bad"}


@list_page(Sighting, "locations/", name="locations")
class LocationsPage(ListPage):
    title = "Locations"
    intro = "Where customers and visitors were seen, and what was made of it. Addresses are shortened after 90 days."
    detail = "location"
    key = "pk"
    extra_template = "admin/console/parts/location_links.html"
    list_display = ("who", "place", "address", "where", "outcome_chip", "why", "times", "seen")
    list_filter = ("outcome", "legal", "where", "country")
    search_fields = ("=customer__public_id", "customer__legal_name", "=ip", "=prefix", "=reference", "=user__email")
    ordering = ("-last_seen_at",)
    list_select_related = ("customer", "user")

    def more(self, request: HttpRequest) -> dict[str, Any]:
        return {"data": data_health()}

    @display
    def who(self, seen: Sighting) -> str:
        return str(seen.customer or seen.user or "a visitor")

    @display(description="country", ordering="country")
    def place(self, seen: Sighting) -> str:
        return f"{country_name(seen.country)} {seen.region}".strip() if seen.country else "unknown"

    @display(ordering="ip")
    def address(self, seen: Sighting) -> str:
        return seen.ip or seen.prefix

    @display(description="outcome", ordering="outcome")
    def outcome_chip(self, seen: Sighting) -> str:
        return chip_of(seen.outcome, f"{seen.outcome}, by law" if seen.legal else "")

    @display
    def why(self, seen: Sighting) -> str:
        return " ".join(row["sentence"] for row in seen.findings[:2]) or "–"

    @display(description="last seen", ordering="last_seen_at")
    def seen(self, seen: Sighting) -> str:
        return when(seen.last_seen_at)


@console.page("locations/<int:pk>/", name="location")
def location_page(request: HttpRequest, pk: int) -> HttpResponse:
    seen = get_object_or_404(Sighting.objects.select_related("customer", "user"), pk=pk)
    findings = [Finding.from_json(row) for row in seen.findings]
    marks = [Mark.of(SeenIn(seen.country, seen.times, seen.outcome, seen.last_seen_at))] if seen.country else []
    return present(
        request, "location.html", title="Location", seen=seen, findings=findings, **the_map(filter(None, marks))
    )


# ------------------------------------------------------------------------------------------------ the map
@dataclass(frozen=True, slots=True)
class Mark:
    """A country on the map: where its middle is drawn, how large (visits), on which tone (the worst outcome)."""

    country: str
    name: str
    x: float
    y: float
    radius: float
    tone: str
    times: int
    worst: str

    @classmethod
    def of(cls, seen: SeenIn) -> Mark | None:
        place = at(seen.country)
        if place is None:
            return None
        radius = round(min(5 + sqrt(seen.times), 18), 1)
        name = country_name(seen.country)
        return cls(seen.country, name, *place, radius, TONE_OF[seen.worst], seen.times, seen.worst)


def the_map(marks: Iterable[Mark], moves: Sequence[str] = ()) -> dict[str, Any]:
    """What parts/worldmap.html draws. `moves`: countries in the order of time, joined by a line; the last is ringed."""
    places = [place for code in moves if (place := at(code))]
    return {
        "latest": moves[-1] if len(places) > 1 else "",
        "marks": sorted(marks, key=lambda mark: -mark.radius),  # small ones over large ones
        "line": " ".join(f"{x:g},{y:g}" for x, y in places) if len(places) > 1 else "",
        "map_size": f"0 0 {WIDTH:g} {HEIGHT:g}",
    }


@console.page("customers/<str:public_id>/locations/", name="customer_locations")
def customer_locations(request: HttpRequest, public_id: str) -> HttpResponse:
    """One customer's places: on the map, and one after another with each verdict explained."""
    customer = get_object_or_404(Customer, public_id=public_id)
    rows = customer.sightings.select_related("user").order_by("-last_seen_at", "-pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("p"))
    seen = countries_of(customer.pk)
    moves = rows.exclude(country="").values_list("country", flat=True)[:LATEST_MOVES]
    now = timezone.now()
    passed = [
        (row, row.passed_at + timedelta(seconds=counts_seconds(CURRENT, Challenge(row.kind))))
        for row in PassedChallenge.objects.filter(customer=customer).select_related("accepted_by").order_by("-id")[:10]
    ]
    return present(
        request, "customer_locations.html", title=f"Locations of {customer}", customer=customer, page=page, seen=seen,
        timeline=[(row, [Finding.from_json(found) for found in row.findings]) for row in page],
        passed=passed, now=now, ranges=list(customer.ranges.select_related("proposal").order_by("-expires_at")),
        ways=list(WayOut.objects.filter(customer=customer).select_related("asked_by", "settled_by").order_by("-id")),
        **the_map((mark for row in seen if (mark := Mark.of(row))), without_repeats(reversed(list(moves)))),
    )  # fmt: skip


def without_repeats(codes: Iterable[str]) -> list[str]:
    kept: list[str] = []
    for code in codes:
        if not kept or kept[-1] != code:
            kept.append(code)
    return kept


# ------------------------------------------------------------------------------------------------ what was stopped
OUTCOMES = ("law", "deny", "review", "challenge")
OUTCOME_WORDS = {
    "law": "denied by law",
    "deny": "denied by policy",
    "review": "kept for a person",
    "challenge": "challenged",
}
CHART_WIDTH, CHART_HEIGHT, CHART_LEFT, CHART_FOOT = 960, 220, 40, 24


@dataclass(frozen=True, slots=True)
class Bar:
    """One part of a day's column."""

    x: float
    y: float
    width: float
    height: float
    outcome: str
    title: str


@dataclass(frozen=True, slots=True)
class Chart:
    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, int], ...]  # (y, number)
    labels: tuple[tuple[float, str], ...]  # (x, day)
    size: str
    right: int = CHART_WIDTH


def chart_of(rows: Sequence[Stopped], days: int, today: date) -> Chart:
    """Columns by day, the gravest at the foot; every day has its place, also an empty one."""
    first = today - timedelta(days=days - 1)
    counts: dict[tuple[date, str], int] = {(row.day, row.outcome): row.times for row in rows}
    totals = [sum(counts.get((first + timedelta(days=n), name), 0) for name in OUTCOMES) for n in range(days)]
    top = nice_top(max(totals, default=0))
    step, room = (CHART_WIDTH - CHART_LEFT) / days, CHART_HEIGHT - CHART_FOOT - 8
    bars: list[Bar] = []
    for number in range(days):
        day, y = first + timedelta(days=number), float(CHART_HEIGHT - CHART_FOOT)
        for outcome in OUTCOMES:
            times = counts.get((day, outcome), 0)
            if not times:
                continue
            height = times / top * room
            y -= height
            title = f"{day:%-d %B}: {times} {OUTCOME_WORDS[outcome]}"
            bars.append(
                Bar(round(CHART_LEFT + number * step + step * 0.12, 1), round(y, 1), round(step * 0.76, 1),
                    round(height, 1), outcome, title)
            )  # fmt: skip
    ticks = tuple((round(CHART_HEIGHT - CHART_FOOT - room * part / 2, 1), top * part // 2) for part in (0, 1, 2))
    every = max(1, days // 10)
    labels = tuple(
        (round(CHART_LEFT + (n + 0.5) * step, 1), f"{first + timedelta(days=n):%-d %b}") for n in range(0, days, every)
    )
    return Chart(tuple(bars), ticks, labels, f"0 0 {CHART_WIDTH} {CHART_HEIGHT}")


def nice_top(most: int) -> int:
    """The end of an axis: even, so that its half is a whole number, and a round one."""
    top = 2
    for factor in (2, 4, 10, 20, 40, 100, 200, 400, 1000, 2000, 4000, 10_000, 20_000, 40_000, 100_000):
        top = factor
        if factor >= most:
            return top
    return -(-most // 200_000) * 200_000


@console.page("locations/stopped/", name="stopped")
def stopped_page(request: HttpRequest) -> HttpResponse:
    """Attempts that were stopped: by day, by country, by reason."""
    wanted = request.GET.get("days", "")
    days = int(wanted) if wanted in map(str, PERIODS) else 30
    now, world = timezone.now(), world_of(request)
    by_day = stopped_by_day(world, days=days, now=now)
    countries = stopped_by_country(world, days=days, now=now)
    table: dict[date, dict[str, int]] = {}
    for row in by_day:
        table.setdefault(row.day, dict.fromkeys(OUTCOMES, 0))[row.outcome] = row.times
    return present(
        request, "stopped.html", title="Stopped attempts", days=days, periods=PERIODS,
        chart=chart_of(by_day, days, now.date()), outcomes=[(name, OUTCOME_WORDS[name]) for name in OUTCOMES],
        table=[(day, [parts[name] for name in OUTCOMES]) for day, parts in sorted(table.items(), reverse=True)],
        total=sum(row.times for row in by_day), countries=countries[:40], by_country=countries,
        reasons=stopped_by_reason(world, days=days, now=now),
        **the_map(marks_of(countries)),
    )  # fmt: skip


def marks_of(rows: Iterable[dict[str, Any]]) -> list[Mark]:
    """One mark a country, for all its outcomes."""
    found: dict[str, SeenIn] = {}
    rank = ("challenge", "review", "deny", "law")
    for row in rows:
        outcome = "law" if row["legal"] else row["outcome"]
        before = found.get(row["country"])
        worst = max(outcome, before.worst, key=rank.index) if before else outcome
        times = row["number"] + (before.times if before else 0)
        found[row["country"]] = SeenIn(row["country"], times, worst, timezone.now())
    return [mark for seen in found.values() if (mark := Mark.of(seen))]
