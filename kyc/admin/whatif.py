"""What if the location policy were another: a form that changes nothing, and what it would have changed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from kyc.access.whatif import GROUPS_DENY, NUMBERS, in_force, try_policy, with_changes
from kyc.admin.site import console, present, world_of
from kyc.errors import BadInput
from kyc.policy.numbers import about

PERIODS = (7, 30, 90)
MOST_SHOWN = 200
MOST_JUDGED = 4_000  # some two seconds; the command judges more


@console.page("locations/what-if/", name="what_if")
def what_if_page(request: HttpRequest) -> HttpResponse:
    """A GET: it reads, and its address can be shown to a colleague."""
    asked, force = request.GET, in_force()
    days = int(asked.get("days", "")) if asked.get("days", "") in map(str, PERIODS) else 30
    numbers = {name: asked.get(name, "") for name in (*NUMBERS, GROUPS_DENY)}
    given = {name: asked.get(name, "").replace(",", " ").split() for name in ("refuse", "offer")}
    found, error = None, ""
    if any(numbers.values()) or any(given.values()):
        try:
            candidate = with_changes(refuse=given["refuse"], offer=given["offer"], numbers=numbers)
            found = try_policy(
                candidate=candidate, world=world_of(request), days=days, now=timezone.now(), most=MOST_JUDGED
            )
        except BadInput as refused:
            error = refused.sentence
    rows = [(name, getattr(force.geo, name), numbers[name], *about(force.geo, name)) for name in NUMBERS]
    return present(
        request, "what_if.html", title="What if", status=400 if error else 200, asked=asked, days=days,
        periods=PERIODS, numbers=rows, groups_deny=numbers[GROUPS_DENY],
        typed_numbers=any(numbers[name] for name in NUMBERS), found=found, error=error,
        shown=found.differences[:MOST_SHOWN] if found else (), most=MOST_SHOWN,
        turned=[(before, after, number) for (before, after), number in found.turned.items()] if found else [],
    )  # fmt: skip
