"""Customers' outlines: kept with the screening that read their names, and believed for no other facts."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kyc.audit.services import SYSTEM
from kyc.customers.models import Customer, RelatedParty
from kyc.customers.queries import party_facts
from kyc.customers.services import add_party, change_profile
from kyc.screening import outlines
from kyc.screening.models import Hit, Outline, RescreeningRun
from kyc.screening.outlines import keep_outlines, kept_outlines, number_mark
from kyc.screening.runs import plan_run
from kyc.screening.services import screen_customer
from kyc.screening.states import RunReason
from tests.kyc.screening.conftest import customer as on_file
from tests.kyc.screening.test_runs import OTHERS, SIDOROV, worked
from tests.kyc.watchlists.published import in_force

pytestmark = pytest.mark.django_db


def believed(customer: Customer) -> str | None:
    return dict(kept_outlines([customer.pk])).get(customer.pk)


def delta() -> RescreeningRun:
    return worked(plan_run(reason=RunReason.NEW_EDITION, delta_of=in_force(*OTHERS, SIDOROV)))


class AScreening:
    def test_keeps_the_outline_of_the_customer_and_its_people(self, db: None) -> None:
        company = on_file("Northern Light Robotics Ltd", kind="organisation")
        add_party(customer=company, actor=SYSTEM, kind="person", roles=["owner"], legal_name="Aurelia Winterbottom")
        in_force(*OTHERS)
        screen_customer(customer=company, reason="onboarding")
        said = believed(company)
        assert said is not None
        assert said.split("\n") == ["organisation northern light robotics =ltd", "person aurelia winterbottom"]

    def test_of_many_together_keeps_each(self, stranger: Customer, ivan: Customer) -> None:
        in_force(*OTHERS)
        worked(plan_run(reason=RunReason.FULL_PASS))
        assert believed(stranger) == "person aurelia winterbottom"
        assert believed(ivan) == "person ivan petrovich sidorov"

    def test_keeps_none_of_a_customer_with_a_nameless_owner(self, db: None) -> None:
        company = on_file("Northern Light Robotics Ltd", kind="organisation")
        RelatedParty.objects.create(customer=company, world=company.world, kind="person", roles=["owner"])
        in_force(*OTHERS)
        screen_customer(customer=company, reason="onboarding")
        assert not Outline.objects.exists()


class AnOutline:
    @pytest.fixture
    def seen(self, stranger: Customer) -> Customer:
        in_force(*OTHERS)
        screen_customer(customer=stranger, reason="onboarding")
        return stranger

    def test_is_not_believed_once_a_fact_has_changed(self, seen: Customer) -> None:
        change_profile(customer=seen, actor=SYSTEM, legal_name="Ivan Petrovich Sidorov")
        assert believed(seen) is None
        delta()  # before the change's own screening came
        assert Hit.objects.get().customer == seen

    def test_is_written_anew_with_the_next_screening(self, seen: Customer) -> None:
        change_profile(customer=seen, actor=SYSTEM, legal_name="Aurelia Summerbottom")
        screen_customer(customer=seen, reason="changed")
        assert believed(seen) == "person aurelia summerbottom"

    def test_is_not_written_over_by_a_slower_worker_with_older_facts(self, seen: Customer) -> None:
        older = Customer.objects.get(pk=seen.pk)
        facts = party_facts(older)
        change_profile(customer=seen, actor=SYSTEM, legal_name="Aurelia Summerbottom")
        screen_customer(customer=seen, reason="changed")
        keep_outlines([(older, facts)])
        assert believed(seen) == "person aurelia summerbottom"

    def test_of_another_reader_of_names_is_not_believed_and_is_replaced(
        self, seen: Customer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(outlines, "READER", "another")
        assert believed(seen) is None
        screen_customer(customer=seen, reason="full_pass")
        assert believed(seen) == "person aurelia winterbottom"

    def test_marked_with_another_key_is_not_believed(self, seen: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(outlines, "number_mark", lambda found: f"{number_mark(found)}'")
        assert believed(seen) is None


class ADelta:
    def test_reads_no_name_of_those_whose_outline_comes_near_nobody(self, stranger: Customer, ivan: Customer) -> None:
        in_force(*OTHERS)
        worked(plan_run(reason=RunReason.FULL_PASS))
        with CaptureQueriesContext(connection) as asked:
            run = delta()
        read = [query["sql"] for query in asked if 'FROM "kyc_othername"' in query["sql"]]
        assert Hit.objects.get().customer == ivan
        assert (run.planned, sum(shard.screened for shard in run.shards.all())) == (2, 1)
        assert read
        assert not any(str(stranger.pk) in sql.partition("WHERE")[2] for sql in read)
