"""Full addresses of the ledger are forgotten in time, and kept where they are still needed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kyc import dispatch
from kyc.access.holds import lift_hold, place_hold
from kyc.access.models import AccessDecision
from kyc.access.retention import let_go_of_answers
from kyc.access.states import HoldKind
from kyc.audit.services import SYSTEM
from kyc.cases.services import open_case
from kyc.cases.states import CaseType
from kyc.customers.services import create_customer
from kyc.geo.models import Sighting
from kyc.geo.services import let_go_of_addresses
from kyc.policy.geo import CURRENT

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def maja(monkeypatch):
    monkeypatch.setattr(dispatch, "_send", lambda task, arguments: None)
    return create_customer(kind="person", world="test", actor=SYSTEM, source="api", legal_name="Maja Lindqvist")


def seen(customer=None, *, days: int, legal: bool = False) -> Sighting:
    return Sighting.objects.create(
        world="test", customer=customer, where="gate", ip="131.111.7.7", prefix="131.111.7.0/24", index="ab" * 32,
        outcome="allow", legal=legal, policy_version="x", last_seen_at=NOW - timedelta(days=days),
    )  # fmt: skip


class AnAddressWhoseDaysAreOver:
    def test_is_forgotten_and_its_neighbourhood_and_digest_remain(self, maja):
        row = seen(maja, days=CURRENT.full_address_days + 1)
        assert let_go_of_addresses(now=NOW) == 1
        row.refresh_from_db()
        assert (row.ip, row.prefix, row.index) == (None, "131.111.7.0/24", "ab" * 32)

    def test_of_a_visitor_without_an_account_is_forgotten_too(self, db):
        seen(days=CURRENT.full_address_days + 1)
        assert let_go_of_addresses(now=NOW) == 1

    def test_is_kept_where_the_law_denied(self, maja):
        seen(maja, days=CURRENT.full_address_days + 1, legal=True)
        assert let_go_of_addresses(now=NOW) == 0

    def test_is_kept_while_a_case_is_open(self, maja):
        seen(maja, days=CURRENT.full_address_days + 1)
        open_case(customer=maja, type=CaseType.RISK, summary="Looked at.", actor=SYSTEM)
        assert let_go_of_addresses(now=NOW) == 0

    def test_is_kept_while_a_hold_stands_and_no_longer(self, maja, django_user_model):
        seen(maja, days=CURRENT.full_address_days + 1)
        hold = place_hold(customer=maja, kind=HoldKind.MANUAL, reason="A test.", actor=SYSTEM)
        assert let_go_of_addresses(now=NOW) == 0
        lift_hold(hold=hold, actor=django_user_model.objects.create_user("a@x.example", None), reason="Over.")
        assert let_go_of_addresses(now=NOW) == 1

    def test_is_kept_ten_years_where_the_law_denied_and_no_longer(self, maja):
        seen(maja, days=CURRENT.legal_address_days + 1, legal=True)
        assert let_go_of_addresses(now=NOW) == 1

    def test_is_kept_as_long_as_an_enabled_pack_asks_for(self, maja, settings):
        seen(maja, days=CURRENT.full_address_days + 1)
        settings.POLICY_PACKS = ["us-iaas-cip"]
        assert let_go_of_addresses(now=NOW) == 0
        assert let_go_of_addresses(now=NOW + timedelta(days=730)) == 1

    def test_stands_in_no_sentence_either(self, maja):
        row = seen(maja, days=CURRENT.full_address_days + 1)
        said = {"code": "geo.wrapped", "sentence": "2002:8307:707::1 carries 131.7.7.7 inside.", "facts": {}}
        Sighting.objects.filter(pk=row.pk).update(findings=[said, {"code": "geo.country", "sentence": "GB."}])
        let_go_of_addresses(now=NOW)
        row.refresh_from_db()
        assert [found["sentence"] for found in row.findings] == ["The address was let go.", "GB."]

    def test_is_forgotten_in_the_answers_of_the_gate_too(self, maja):
        facts = {"world": "test", "customer": maja, "asked_for": "a", "client": "c", "model": "m", "channel": "api"}
        facts |= {"ip": "131.111.7.7", "country": "GB", "policy_version": "p", "outcome": "deny"}
        old = NOW - timedelta(days=CURRENT.full_address_days + 1)
        ours, law = (AccessDecision.objects.create(**facts, legal=legal, at=old) for legal in (False, True))
        young = AccessDecision.objects.create(**facts, at=NOW)
        assert let_go_of_answers(now=NOW) == 1
        kept = AccessDecision.objects.exclude(ip=None).values_list("pk", flat=True)
        assert set(kept) == {law.pk, young.pk}
        ours.refresh_from_db()
        assert (ours.ip, ours.country) == (None, "GB")


class AnAddressWhoseDaysAreNotOver:
    def test_is_kept(self, maja):
        seen(maja, days=CURRENT.full_address_days - 1)
        assert let_go_of_addresses(now=NOW) == 0
