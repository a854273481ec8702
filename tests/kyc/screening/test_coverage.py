"""Proof: who was last compared with what, and who is behind."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from kyc.audit.services import SYSTEM
from kyc.customers.models import Customer
from kyc.customers.services import change_profile
from kyc.policy.versions import POLICY_VERSION
from kyc.screening.models import Screening
from kyc.screening.queries import Coverage, coverage, editions_in_force
from kyc.screening.runs import plan_run
from kyc.screening.services import screen_customer
from kyc.screening.states import RunReason, RunStatus
from kyc.watchlists.services import roll_back
from kyc.worlds import World
from tests.kyc.screening.conftest import customer as on_file
from tests.kyc.screening.test_runs import OTHERS, SIDOROV, worked
from tests.kyc.watchlists.published import in_force, listed

pytestmark = pytest.mark.django_db


def now_of(customer: Customer) -> Coverage:
    (row,) = [row for row in coverage(as_of=timezone.now()) if row.customer == customer.public_id]
    return row


class ACustomerWhoWasScreened:
    def test_is_covered(self, stranger: Customer) -> None:
        edition = in_force(*OTHERS)
        screen_customer(customer=stranger, reason="onboarding")
        row = now_of(stranger)
        assert (row.editions, row.policy_version, row.behind) == ({"operator": edition.public_id}, POLICY_VERSION, ())

    def test_is_behind_a_newer_edition(self, stranger: Customer) -> None:
        old = in_force(*OTHERS)
        screen_customer(customer=stranger, reason="onboarding")
        new = in_force(*OTHERS, SIDOROV)
        assert now_of(stranger).behind == (f"operator: {old.public_id}, in force {new.public_id}",)

    def test_is_covered_again_once_the_changes_passed_by(self, stranger: Customer) -> None:
        in_force(*OTHERS)
        screen_customer(customer=stranger, reason="onboarding")
        new = in_force(*OTHERS, SIDOROV)
        worked(plan_run(reason=RunReason.NEW_EDITION, delta_of=new))
        assert Screening.objects.count() == 1  # nothing in it resembles them
        assert (now_of(stranger).editions, now_of(stranger).behind) == ({"operator": new.public_id}, ())

    def test_is_behind_a_list_that_is_new(self, stranger: Customer) -> None:
        in_force(*OTHERS)
        screen_customer(customer=stranger, reason="onboarding")
        sample = in_force(SIDOROV, source="sample")
        assert now_of(stranger).behind == (f"sample: no edition, in force {sample.public_id}",)

    def test_is_behind_their_own_change(self, stranger: Customer) -> None:
        in_force(*OTHERS)
        screen_customer(customer=stranger, reason="onboarding")
        change_profile(customer=stranger, actor=SYSTEM, legal_name="Aurelia Summerbottom")
        assert now_of(stranger).behind == ("facts changed since",)

    def test_is_behind_a_newer_policy(self, stranger: Customer) -> None:
        in_force(*OTHERS)
        screen_customer(customer=stranger, reason="onboarding")
        Screening.objects.update(policy_version="2020-01-01.1")
        assert now_of(stranger).behind == (f"policy: 2020-01-01.1, in force {POLICY_VERSION}",)


class ACustomerWhoWasNotScreened:
    def test_is_behind(self, stranger: Customer) -> None:
        in_force(*OTHERS)
        assert now_of(stranger).behind == ("was never screened",)

    def test_because_it_failed_is_behind(self, stranger: Customer) -> None:
        assert screen_customer(customer=stranger, reason="onboarding").unknown
        in_force(*OTHERS)
        assert now_of(stranger).behind == ("was never screened",)

    def test_as_a_draft_is_owed_nothing(self, db: None) -> None:
        in_force(*OTHERS)
        on_file("A Draft", on_file=False)
        assert list(coverage(as_of=timezone.now())) == []


class ACustomerWhoCouldNotBeComparedLater:
    def test_is_behind_although_an_editions_run_is_over(
        self, stranger: Customer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        in_force(*OTHERS)
        screen_customer(customer=stranger, reason="onboarding")
        edition = in_force(*OTHERS, listed("7", "Aurelia Winterbottom"))

        def cannot(*arguments: object) -> None:
            raise OSError("the index of another disk")

        with monkeypatch.context() as broken:
            broken.setattr("kyc.screening.services.screener_of", cannot)
            broken.setattr("kyc.screening.crowd.screener_of", cannot)
            run = worked(plan_run(reason=RunReason.NEW_EDITION, delta_of=edition))
        assert run.status == RunStatus.DONE
        assert now_of(stranger).behind == ("could not be compared since",)
        screen_customer(customer=stranger, reason="again")
        assert now_of(stranger).behind == ()


class AHalfFinishedRun:
    def test_covers_nobody_it_did_not_reach(self, stranger: Customer) -> None:
        in_force(*OTHERS)
        screen_customer(customer=stranger, reason="onboarding")
        plan_run(reason=RunReason.NEW_EDITION, delta_of=in_force(*OTHERS, SIDOROV))
        assert len(now_of(stranger).behind) == 1


class AChainOfTwoEditions:
    def test_are_both_needed(self, stranger: Customer) -> None:
        in_force(*OTHERS)
        screen_customer(customer=stranger, reason="onboarding")
        first = plan_run(reason=RunReason.NEW_EDITION, delta_of=in_force(*OTHERS, SIDOROV))
        last = in_force(*OTHERS[:29], SIDOROV)
        worked(plan_run(reason=RunReason.NEW_EDITION, delta_of=last))
        assert len(now_of(stranger).behind) == 1  # the first step is missing
        worked(first)
        assert now_of(stranger).behind == ()


class ARolledBackList:
    def test_is_followed_there_and_back(self, stranger: Customer, lena: User) -> None:
        first = in_force(*OTHERS)
        screen_customer(customer=stranger, reason="onboarding")
        worked(plan_run(reason=RunReason.NEW_EDITION, delta_of=in_force(*OTHERS, SIDOROV)))
        first.refresh_from_db()
        back = roll_back(watchlist=first.watchlist, to=first, actor=lena, reason="A mistake.")
        assert len(now_of(stranger).behind) == 1
        worked(plan_run(reason=RunReason.NEW_EDITION, delta_of=back))
        assert (now_of(stranger).editions, now_of(stranger).behind) == ({"operator": first.public_id}, ())


class ADayInThePast:
    def test_is_told_by_what_was_in_force_then(self, stranger: Customer) -> None:
        before = timezone.now()
        old = in_force(*OTHERS)
        screen_customer(customer=stranger, reason="onboarding")
        then = timezone.now()
        in_force(*OTHERS, SIDOROV)
        assert editions_in_force(before) == {}
        assert editions_in_force(then) == {"operator": old.public_id}
        (row,) = coverage(as_of=then)
        assert row.behind == ()
        assert list(coverage(as_of=before - timedelta(days=1))) == []

    def test_can_be_asked_for_one_world(self, stranger: Customer) -> None:
        in_force(*OTHERS)
        assert list(coverage(as_of=timezone.now(), world=World.LIVE)) == []
