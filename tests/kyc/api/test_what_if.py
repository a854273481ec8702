"""Another policy is tried on what the gate was asked, and nothing is changed by it."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from kyc.access.models import AccessDecision
from kyc.access.whatif import Policies, WhatIf, in_force, try_policy, with_changes
from kyc.audit.models import AuditRow
from kyc.customers.models import Customer
from kyc.errors import BadInput
from kyc.geo.sources import GeoData
from kyc.worlds import World
from tests.kyc.api.conftest import HOME, question
from tests.kyc.geo.location_world import data_knowing

pytestmark = pytest.mark.usefixtures("house", "places")
TEXAS, CARACAS, HAVANA = "18.0.0.9", "190.202.1.1", "200.55.128.3"


@pytest.fixture
def places(tmp_path: Any, monkeypatch: Any) -> GeoData:
    known = {"131.111.0.0/16": "GB", "18.0.0.0/16": "US", "190.202.0.0/16": "VE", "200.55.128.0/24": "CU"}
    data = data_knowing(tmp_path / "geo", known)
    for module in ("kyc.access.services", "kyc.access.whatif"):
        monkeypatch.setattr(f"{module}.geo_data", lambda: data)
    return data


@pytest.fixture
def asked(service: Any, approved: Customer) -> None:
    """Three questions from home, one each from Caracas and Havana, an hour and more apart."""
    for hours, ip in ((50, HOME), (50, HOME), (40, CARACAS), (20, HAVANA), (1, HOME)):
        said = service.post("access/decisions", question(approved, ip=ip)).json()
        at = timezone.now() - timedelta(hours=hours)
        AccessDecision.objects.filter(public_id=said["decision_id"]).update(at=at)


def tried(policies: Policies, days: int = 7) -> WhatIf:
    return try_policy(candidate=policies, world=World.TEST, days=days, now=timezone.now())


@pytest.mark.usefixtures("asked")
class AnotherPolicy:
    def test_that_is_the_same_changes_nothing(self):
        found = tried(in_force())
        assert (found.sessions, found.questions, found.customers) == (4, 5, 1)
        assert not found.differences

    def test_that_refuses_a_country_says_which_sessions_it_would_have_refused(self):
        found = tried(with_changes(refuse=["gb"]))
        assert [row.session.ip for row in found.differences] == [HOME, HOME]
        assert {row.after.value for row in found.differences} == {"deny"}
        assert "United Kingdom" in found.differences[0].why[0]
        assert found.customers_touched == 1 and sum(found.turned.values()) == 2

    def test_that_offers_a_country_again_lets_its_sessions_in(self):
        found = tried(with_changes(offer=["VE"]))
        assert [(row.country, row.before.value) for row in found.differences] == [("VE", "deny")]

    def test_may_have_other_numbers(self):
        found = tried(with_changes(numbers={"travel_least_km": "20000", "countries_per_day": "2"}))
        assert any("countries within a day" in " ".join(row.why) for row in found.differences)

    def test_judges_no_more_than_the_days_that_are_asked_for(self):
        assert tried(in_force(), days=1).sessions == 2

    def test_leaves_no_trace(self):
        before = AccessDecision.objects.count(), AuditRow.objects.count()
        tried(with_changes(refuse=["GB"]))
        assert (AccessDecision.objects.count(), AuditRow.objects.count()) == before

    def test_does_not_touch_what_is_not_about_the_place(self, approved):
        AccessDecision.objects.filter(ip=HOME).update(
            findings=[{"code": "hold.standing", "sentence": "A hold.", "facts": {"outcome": "deny"}}]
        )
        assert not tried(with_changes(refuse=["GB"])).differences, "denied already, and still"

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"offer": ["CU"]}, "offer"),
            ({"refuse": ["XX"]}, "refuse"),
            ({"numbers": {"countries_per_day": "many"}}, "countries_per_day"),
            ({"numbers": {"full_address_days": "1"}}, "full_address_days"),
        ],
    )
    def test_cannot_be_anything(self, changes, field):
        with pytest.raises(BadInput) as refused:
            with_changes(**changes)
        assert refused.value.facts["field"] == field


@pytest.mark.usefixtures("asked")
class TheCommand:
    def test_says_how_many_and_which(self):
        out = StringIO()
        call_command("what_if", "--refuse", "GB", "--world", "test", stdout=out)
        assert "2 of 4 sessions" in out.getvalue() and "-> deny" in out.getvalue()

    def test_names_all_as_json(self):
        out = StringIO()
        call_command("what_if", "--offer", "VE", "--world", "test", "--json", stdout=out)
        assert json.loads(out.getvalue())["changed"] == 1

    def test_refuses_what_cannot_be_tried(self):
        with pytest.raises(CommandError, match="embargo"):
            call_command("what_if", "--offer", "CU", "--world", "test")
