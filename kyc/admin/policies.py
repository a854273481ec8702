"""Policy as an auditor reads it, trials of other numbers, and self-tests of screening."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django import forms
from django.contrib.admin import display
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import SimpleLazyObject

from accounts.roles import Permission
from kyc.admin.lists import ListPage, chip_of, list_page, when
from kyc.admin.reading import waiting
from kyc.admin.site import console, done, present, read, staff, world_of
from kyc.approvals.models import Proposal
from kyc.approvals.states import ProposalStatus
from kyc.errors import BadInput
from kyc.journey import propose_policy
from kyc.policy import access, editions, geo, identity, lists, screening, selftest
from kyc.policy.matching import MatchingPolicy, Number
from kyc.policy.measures import STRICTEST_FIRST, TABLE
from kyc.policy.numbers import explain
from kyc.policy.versions import POLICY_VERSION
from kyc.screening.models import PolicyTrial, PublishedPolicy, SelfTest
from kyc.screening.policies import matching_in_force, policy_version
from kyc.screening.selftests import ask_for_self_test
from kyc.screening.states import WorkStatus
from kyc.screening.trials import ask_for_trial, numbers_of, published_before, rows_with_customers
from kyc.watchlists.models import Edition

PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class Row:
    """One number as the page shows it. `own` is the program's, where a publication says otherwise."""

    name: str
    value: Any
    unit: str
    why: str
    source: str
    own: Any = None


@dataclass(frozen=True, slots=True)
class Sheet:
    anchor: str
    title: str
    version: str
    rows: tuple[Row, ...]


PLAIN_SHEETS = (
    ("screening", "Screening and remembered decisions", screening.CURRENT),
    ("self-tests", "Self-tests: how many records", selftest.CURRENT),
    ("editions", "New editions of lists", editions.CURRENT),
    ("downloads", "Fetching lists", lists.CURRENT),
    ("locations", "Locations", geo.CURRENT),
    ("gate", "Answers at the gate", access.CURRENT),
    ("identity", "Identity", identity.CURRENT),
)


@console.page("policies/", name="policies")
def policies_page(request: HttpRequest) -> HttpResponse:
    """Every number with its unit, reason and source; what being listed means; what was published."""
    matching = matching_in_force()
    sheets = [
        Sheet("matching", "Names: when a listed party is a hit", matching.version, of_matching(matching)),
        *(
            Sheet(anchor, title, policy.version, tuple(Row(*_plain(row)) for row in explain(policy)))
            for anchor, title, policy in PLAIN_SHEETS
        ),
    ]
    rank = {effect: place for place, effect in enumerate(STRICTEST_FIRST)}
    return present(
        request, "policies.html", title="Policy", sheets=sheets, version=policy_version(), own=POLICY_VERSION,
        measures=sorted(TABLE, key=lambda row: (rank[row.effect], row.measure)), rates=selftest.RATES,
        published=list(PublishedPolicy.objects.select_related("trial", "proposed_by", "confirmed_by").order_by("-pk")),
    )  # fmt: skip


def of_matching(policy: MatchingPolicy) -> tuple[Row, ...]:
    return tuple(
        Row(row.name, policy[row.name], row.unit, row.why, row.source, _other(row, policy))
        for row in numbers_of(policy)
    )


def _other(row: Number, policy: MatchingPolicy) -> float | None:
    return row.value if row.value != policy[row.name] else None


def _plain(row: Any) -> tuple[Any, ...]:
    return row.name, row.value, row.unit, row.why, row.source


# ------------------------------------------------------------------------------------------------ trials
@list_page(PolicyTrial, "trials/", name="trials")
class TrialsPage(ListPage):
    title = "Policy trials"
    intro = (
        "Other numbers, tried on screenings that were made. A trial changes nothing; publishing one takes two people."
    )
    detail = "trial"
    extra_template = "admin/console/parts/trial_new.html"
    list_display = ("numbers", "status_chip", "compared", "changes", "asked", "by")
    list_filter = ("status",)
    ordering = ("-requested_at",)
    list_select_related = ("requested_by",)

    def more(self, request: HttpRequest) -> dict[str, Any]:
        policy = matching_in_force()
        return {
            "numbers": SimpleLazyObject(lambda: [(row, policy[row.name]) for row in numbers_of(policy)]),
            "most": screening.CURRENT.trial_screenings,
        }

    @display(description="numbers tried")
    def numbers(self, trial: PolicyTrial) -> str:
        return str(trial) or "the program's own"

    @display(description="status", ordering="status")
    def status_chip(self, trial: PolicyTrial) -> str:
        return chip_of(trial.status)

    @display(description="screenings")
    def compared(self, trial: PolicyTrial) -> str:
        return f"{trial.counts.get('compared', 0):,}"

    @display(description="hits more and fewer")
    def changes(self, trial: PolicyTrial) -> str:
        return f"+{trial.counts.get('more', 0)} / −{trial.counts.get('fewer', 0)}"

    @display(description="asked", ordering="requested_at")
    def asked(self, trial: PolicyTrial) -> str:
        return when(trial.requested_at)

    @display(description="by", ordering="requested_by")
    def by(self, trial: PolicyTrial) -> str:
        return str(trial.requested_by or "a command")


class TrialForm(forms.Form):
    reason = forms.CharField(max_length=4000)
    limit = forms.IntegerField(min_value=1, max_value=1_000_000, required=False)


@console.verb("trials/new/", name="trial_new", needs=Permission.MANAGE_POLICY, back=TrialsPage.view)
def trial_new(request: HttpRequest) -> HttpResponse:
    """Numbers left as they are, or empty, are not tried."""
    values = read(TrialForm(request.POST))
    trial = ask_for_trial(
        overrides=changed_numbers(request.POST.items()), reason=values["reason"], world=world_of(request),
        actor=staff(request), limit=values["limit"] or 0,
    )  # fmt: skip
    return done(request, "A worker tries it now; this page shows how far it is.", "trial", trial.public_id)


def changed_numbers(typed: Iterable[tuple[str, Any]]) -> dict[str, float]:
    """The fields "number-…" that say something else than the policy in force."""
    policy, changes = matching_in_force(), {}
    known = {row.name for row in numbers_of(policy)}
    for field, text in typed:
        name = field.removeprefix("number-")
        if name == field or not str(text).strip():
            continue
        try:
            value = float(str(text).replace(",", "."))
        except ValueError as error:
            raise BadInput(f"“{text}” is no number.", field=field) from error
        if name not in known or value != policy[name]:
            changes[name] = value
    return changes


@console.page("trials/<str:public_id>/", name="trial")
def trial_page(request: HttpRequest, public_id: str) -> HttpResponse:
    trial = get_object_or_404(PolicyTrial.objects.select_related("requested_by"), public_id=public_id)
    proposals = Proposal.objects.filter(subject_id=public_id, status=ProposalStatus.PROPOSED)
    own = {row.name: row for row in numbers_of(matching_in_force())}
    before = matching_in_force()
    return present(
        request, "trial.html", title="Policy trial", trial=trial,
        numbers=[(own[name], before[name], value) for name, value in trial.overrides.items() if name in own],
        back_to_own=[(own[name], before[name]) for name, _ in before.overrides if name not in trial.overrides],
        rows=list(islice(rows_with_customers(trial), PER_PAGE)), kept=len(trial.differences), most=PER_PAGE,
        editions=list(Edition.objects.filter(public_id__in=trial.editions.values()).select_related("watchlist")),
        waiting=[waiting(row, staff(request)) for row in proposals.select_related("proposed_by", "settled_by")],
        published=published_before(trial),
        outdated=trial.status == WorkStatus.DONE and trial.policy_version != policy_version(),
    )  # fmt: skip


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=4000)


@console.verb("trials/<str:public_id>/propose/", name="trial_propose", needs=Permission.MANAGE_POLICY, back=trial_page)
def trial_propose(request: HttpRequest, public_id: str) -> HttpResponse:
    trial = get_object_or_404(PolicyTrial, public_id=public_id)
    propose_policy(trial=trial, reason=read(ReasonForm(request.POST))["reason"], actor=staff(request))
    return done(request, "Proposed: once somebody else confirms, everybody is screened by it.", "trial", public_id)


# ------------------------------------------------------------------------------------------------ self-tests
@list_page(SelfTest, "self-tests/", name="self_tests")
class SelfTestsPage(ListPage):
    title = "Self-tests"
    intro = (
        "Names of the active lists, altered in known ways, and invented clean ones, through the screening itself: "
        "how many are caught, and which are missed (EBA/GL/2024/15)."
    )
    detail = "self_test"
    world_field = None
    extra_template = "admin/console/parts/self_test_new.html"
    list_display = ("asked", "verdict", "entries", "short_of", "policy_version", "by")
    list_filter = ("status", "passed")
    ordering = ("-requested_at",)
    list_select_related = ("requested_by",)

    def more(self, request: HttpRequest) -> dict[str, Any]:
        return {"entries": selftest.CURRENT.entries}

    @display(description="asked", ordering="requested_at")
    def asked(self, test: SelfTest) -> str:
        return when(test.requested_at)

    @display(description="result", ordering="passed")
    def verdict(self, test: SelfTest) -> str:
        return verdict_of(test)

    @display(description="short of policy in")
    def short_of(self, test: SelfTest) -> str:
        return ", ".join(row["title"] for row in test.results if row["short"]) or "–"

    @display(description="by", ordering="requested_by")
    def by(self, test: SelfTest) -> str:
        return str(test.requested_by or "a command")


def verdict_of(test: SelfTest) -> str:
    if test.status != WorkStatus.DONE:
        return chip_of(test.status)
    return chip_of("done", "passed") if test.passed else chip_of("failed", "short")


@console.verb("self-tests/new/", name="self_test_new", needs=Permission.MANAGE_LISTS, back=SelfTestsPage.view)
def self_test_new(request: HttpRequest) -> HttpResponse:
    test = ask_for_self_test(actor=staff(request))
    return done(
        request, "A worker tests the screening now; the report will stand on this page.", "self_test", test.public_id
    )


@console.page("self-tests/<str:public_id>/", name="self_test")
def self_test_page(request: HttpRequest, public_id: str) -> HttpResponse:
    test = get_object_or_404(SelfTest.objects.select_related("requested_by"), public_id=public_id)
    return present(
        request, "self_test.html", title="Self-test", test=test, verdict=verdict_of(test),
        editions=list(Edition.objects.filter(public_id__in=test.editions.values()).select_related("watchlist")),
    )  # fmt: skip
