"""The gate: may this account, from this address, use this model now?"""

from __future__ import annotations

import ipaddress

import pytest

from accounts.scopes import Scope
from kyc.access.holds import place_hold
from kyc.access.models import AccessDecision
from kyc.access.states import HoldKind
from kyc.audit.services import SYSTEM
from kyc.geo import services as geo
from kyc.geo.models import Sighting
from kyc.worlds import World
from tests.kyc.api.conftest import HOME, PYONGYANG, question

pytestmark = pytest.mark.usefixtures("house", "places")


@pytest.fixture
def maja(approved):
    return approved


class AnApprovedCustomer:
    def test_at_home_is_allowed_and_it_is_written_down(self, service, maja):
        said = service.post("access/decisions", question(maja)).json()
        assert (said["decision"], said["reasons"]) == ("allow", [])
        assert said["ttl"] > 0 and said["data"]
        row = AccessDecision.objects.get(public_id=said["decision_id"])
        assert (row.customer, row.outcome, row.country) == (maja, "allow", "GB")
        assert Sighting.objects.get(customer=maja).country == "GB"

    def test_in_an_embargoed_country_is_refused_by_law(self, service, maja):
        said = service.post("access/decisions", question(maja, ip=PYONGYANG)).json()
        assert said["decision"] == "deny"
        assert AccessDecision.objects.get(public_id=said["decision_id"]).legal

    def test_is_asked_for_by_the_account_at_the_provider_too(self, service, maja):
        service.post(f"customers/{maja.public_id}/accounts", {"account_id": "acct-1"})
        asked = question(maja, account="acct-1")
        del asked["customer"]
        assert service.post("access/decisions", asked).json()["decision"] == "allow"
        service.post(f"customers/{maja.public_id}/accounts/acct-1/close")
        assert service.post("access/decisions", asked).json()["decision"] == "deny"

    def test_with_a_hold_is_refused_at_once(self, service, maja):
        place_hold(customer=maja, kind=HoldKind.MANUAL, reason="A test.", actor=SYSTEM)
        said = service.post("access/decisions", question(maja)).json()
        assert said["decision"] == "deny"

    def test_of_the_other_world_is_unknown_there(self, service_with, maja):
        live = service_with(*Scope, world=World.LIVE)
        said = live.post("access/decisions", question(maja)).json()
        assert (said["decision"], said["reasons"][0]["code"]) == ("deny", "account.unknown")
        assert AccessDecision.objects.get(world="live").customer is None


class TheReasons:
    def test_for_staff_need_their_own_scope(self, service_with, maja):
        place_hold(customer=maja, kind=HoldKind.SANCTIONS, reason="May be listed.", actor=SYSTEM)
        gateway = service_with(Scope.ACCESS_DECIDE)
        said = gateway.post("access/decisions", question(maja)).json()
        assert "internal" not in said
        assert "sanctions" not in str(said)
        staff = service_with(Scope.ACCESS_DECIDE, Scope.ACCESS_INTERNAL)
        assert "hold.standing" in str(staff.post("access/decisions", question(maja)).json()["internal"])


class AQuestionThatCannotBeRead:
    @pytest.mark.parametrize(
        "wrong",
        [{"ip": "300.1.1.1"}, {"ip": ""}, {"channel": "carrier pigeon"}, {"account": "also"}, {"customer": ""}],
        ids=str,
    )
    def test_is_refused_and_nothing_is_written(self, service, maja, wrong):
        answer = service.post("access/decisions", question(maja, **wrong))
        assert answer.status_code == 422
        assert not AccessDecision.objects.exists()

    def test_or_without_the_scope(self, service_with, maja):
        assert service_with(Scope.CUSTOMERS_READ).post("access/decisions", question(maja)).status_code == 403


class ABatch:
    def test_are_answered_in_their_order(self, service, maja):
        asked = [question(maja), question(maja, ip=PYONGYANG), question(maja, model="none")]
        said = service.post("access/decisions/batch", {"questions": asked}).json()["answers"]
        assert [one["decision"] for one in said] == ["allow", "deny", "deny"]

    def test_are_at_most_a_thousand(self, service, maja):
        asked = [question(maja)] * 1_001
        assert service.post("access/decisions/batch", {"questions": asked}).status_code == 422


class TheLedger:
    def test_counts_the_same_again_on_one_row(self, service, maja):
        for _ in range(3):
            service.post("access/decisions", question(maja))
        assert Sighting.objects.get().times == 3

    def test_finds_an_address_again_by_its_keyed_digest(self, service, maja):
        service.post("access/decisions", question(maja))
        row = Sighting.objects.get()
        assert row.index == geo.address_index(ipaddress.ip_address(HOME))
        assert HOME not in row.index
