"""Full addresses of the ledger are forgotten in time, and kept where they are still needed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kyc import dispatch
from kyc.access.holds import lift_hold, place_hold
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


class AnAddressWhoseDaysAreNotOver:
    def test_is_kept(self, maja):
        seen(maja, days=CURRENT.full_address_days - 1)
        assert let_go_of_addresses(now=NOW) == 0
