"""A change of facts owes a screening until it was made: a decision, a late worker or an outage do not forget it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from kyc import journey
from kyc.audit.services import SYSTEM
from kyc.customers.models import Customer
from kyc.customers.services import add_member, change_profile, set_names
from kyc.customers.states import CustomerStatus
from kyc.errors import Incomplete, Unavailable
from kyc.journey import screening
from kyc.screening.models import Hit, RescreeningRun, Screening
from kyc.screening.runs import plan_run, run_shard
from kyc.screening.states import RunReason, ScreeningOutcome
from kyc.watchlists.models import EntryGroup, ListedParty
from tests.kyc.screening.conftest import customer as on_file
from tests.kyc.watchlists.published import in_force, listed

pytestmark = pytest.mark.django_db

SIDOROV = listed("1", "Ivan Petrovich SIDOROV", born="1970-04-16", nationalities=("RU",))
ELSEWHERE = listed("X-9", "Ivan Petrovich SIDOROV", born="1970-04-16", source="sample")


@pytest.fixture
def aurelia(db: None) -> Customer:
    return on_file("Aurelia Winterbottom")


def owed() -> list[Customer]:
    """Whom beat finds now."""
    return list(Customer.objects.overdue_steps(timezone.now()))


class ADecision:
    @pytest.fixture
    def reviewed(self, aurelia: Customer) -> Customer:
        """She is in review, and was screened."""
        in_force(SIDOROV)
        journey.screen(customer_id=aurelia.pk, reason="onboarding")
        Customer.objects.update(status=CustomerStatus.IN_REVIEW)
        aurelia.refresh_from_db()
        return aurelia

    def decide(self, customer: Customer, outcome: Any, first: User, second: User) -> None:
        proposal = journey.propose_decision(
            customer=customer,
            outcome=outcome,
            tier="standard" if outcome == "approved" else "none",  # type: ignore[arg-type]
            reason_codes=["reviewed_ok"],
            customer_words="Our words.",
            staff_words="Staff's words.",
            actor=first,
        )
        journey.confirm_proposal(proposal=proposal, actor=second, reason="agreed")

    def test_does_not_forget_an_alias_that_nobody_screened(
        self,
        reviewed: Customer,
        anna: User,
        hugo: User,
    ) -> None:
        set_names(customer=reviewed, actor=SYSTEM, names=[("Ivan Petrovich Sidorov", "strong")])  # its message is lost
        self.decide(reviewed, "approved", anna, hugo)
        assert owed() == [reviewed]
        journey.screen_changed(customer_id=reviewed.pk)
        assert (Hit.objects.get().customer, owed()) == (reviewed, [])

    @pytest.mark.parametrize("outcome", ["approved", "rejected"])
    def test_about_what_was_screened_owes_nothing(
        self,
        reviewed: Customer,
        outcome: str,
        anna: User,
        hugo: User,
    ) -> None:
        self.decide(reviewed, outcome, anna, hugo)
        assert owed() == []

    def test_that_closes_owes_nothing(self, reviewed: Customer, anna: User, hugo: User) -> None:
        set_names(customer=reviewed, actor=SYSTEM, names=[("Ivan Petrovich Sidorov", "strong")])
        self.decide(reviewed, "closed", anna, hugo)
        assert owed() == []
        journey.screen_changed(customer_id=reviewed.pk)  # the message comes late
        assert owed() == []


class AChangeByWhoeverReadTheCustomerBefore:
    """A worker had the row meanwhile, and the customer came out approved."""

    @pytest.mark.parametrize("was", [CustomerStatus.DRAFT, CustomerStatus.VERIFYING])
    def test_is_owed_by_where_the_customer_stands_now(
        self,
        aurelia: Customer,
        was: CustomerStatus,
        sent: list,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        aurelia.status = was
        colleague = User.objects.create_user("may@example.org", "a long enough password")
        with django_capture_on_commit_callbacks(execute=True):
            add_member(customer=aurelia, user=colleague, role="owner", actor=SYSTEM, name="Ivan Petrovich Sidorov")
        assert owed() == [aurelia]
        assert sent == [("kyc.screen_changed", {"customer_id": aurelia.pk})]

    def test_is_not_owed_by_somebody_whom_a_worker_has_in_hand(self, aurelia: Customer) -> None:
        Customer.objects.update(status=CustomerStatus.VERIFYING)
        set_names(customer=aurelia, actor=SYSTEM, names=[("Aurelia Summer", "strong")])
        assert owed() == []


class AScreeningThatCouldNotBeMade:
    """No list is in force."""

    def test_is_owed_still_and_made_a_while_later(self, aurelia: Customer) -> None:
        change_profile(customer=aurelia, actor=SYSTEM, legal_name="Ivan Petrovich Sidorov")
        journey.screen_changed(customer_id=aurelia.pk)
        assert Screening.objects.get().outcome == ScreeningOutcome.UNKNOWN
        aurelia.refresh_from_db()
        assert aurelia.next_step_at is not None
        wait = aurelia.next_step_at - timezone.now()
        assert timedelta(minutes=9) < wait <= screening.UNKNOWN_AGAIN_AFTER
        in_force(SIDOROV)
        journey.screen_changed(customer_id=aurelia.pk)
        aurelia.refresh_from_db()
        assert (Hit.objects.get().customer, aurelia.next_step_at) == (aurelia, None)

    def test_on_the_road_is_owed_by_whoever_waits_for_a_person(
        self,
        aurelia: Customer,
        sent: list,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        Customer.objects.update(status=CustomerStatus.SCREENING, next_step_at=timezone.now())
        with django_capture_on_commit_callbacks(execute=True):
            journey.advance(customer_id=aurelia.pk)
        aurelia.refresh_from_db()
        assert (aurelia.status, owed()) == (CustomerStatus.IN_REVIEW, [])
        assert aurelia.next_step_at is not None
        assert "kyc.screen_changed" not in dict(sent)  # not at once: it could not be made a moment ago


class AScreeningThatFails:
    def test_is_owed_still_and_lets_others_go_first(self, aurelia: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
        in_force(SIDOROV)
        change_profile(customer=aurelia, actor=SYSTEM, legal_name="Ivan Petrovich Sidorov")

        def fault(**arguments: Any) -> None:
            raise RuntimeError("a fault of ours")

        monkeypatch.setattr(screening, "screen", fault)
        with pytest.raises(Unavailable):
            journey.screen_changed(customer_id=aurelia.pk)
        aurelia.refresh_from_db()
        assert (aurelia.next_step_at is not None, owed()) == (True, [])


class AScreeningThatAnotherWorkerHasInHand:
    def test_is_owed_until_it_is_made(self, aurelia: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
        in_force(SIDOROV)
        change_profile(customer=aurelia, actor=SYSTEM, legal_name="Ivan Petrovich Sidorov")
        with monkeypatch.context() as patched:
            patched.setattr(screening, "run_shard", lambda **arguments: False)
            journey.screen_changed(customer_id=aurelia.pk)
        assert owed() == [aurelia]
        assert RescreeningRun.objects.count() == 1
        journey.screen_changed(customer_id=aurelia.pk)
        assert (Hit.objects.get().customer, owed()) == (aurelia, [])


class AListedPartyThatStaffRegroup:
    """Whoever has a hit on it is owed a screening in the same transaction, whatever becomes of any message."""

    @pytest.fixture
    def found(self, ivan: Customer, namesake: Customer, stranger: Customer) -> set[Customer]:
        """Two with a hit on a man whom two lists name, and one without."""
        in_force(SIDOROV)
        in_force(ELSEWHERE, source="sample")
        for customer in (ivan, namesake, stranger):
            journey.screen(customer_id=customer.pk, reason="onboarding")
        assert EntryGroup.objects.filter(hits__isnull=False).distinct().count() == 1
        return {ivan, namesake}

    def split(self, by: User, reason: str = "Different fathers.") -> EntryGroup:
        return journey.split_party(party=ListedParty.objects.get(uid="X-9"), actor=by, reason=reason)

    def test_by_splitting(self, found: set[Customer], anna: User) -> None:
        new = self.split(anna)
        assert set(owed()) == found
        for customer in found:
            journey.screen_changed(customer_id=customer.pk)
        assert owed() == []
        assert {hit.customer for hit in Hit.objects.filter(group=new)} == found

    def test_by_joining(self, found: set[Customer], anna: User) -> None:
        self.split(anna)
        for customer in found:
            journey.screen_changed(customer_id=customer.pk)
        groups = EntryGroup.objects.filter(hits__isnull=False).distinct()
        kept = journey.join_parties(groups=groups, actor=anna, reason="One man after all.")
        assert set(owed()) == found
        for customer in found:
            journey.screen_changed(customer_id=customer.pk)
        assert {hit.group for hit in Hit.objects.open()} == {kept}

    def test_in_a_message_for_each(
        self, found: set[Customer], anna: User, sent: list, django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            self.split(anna)
        messages = sorted(arguments["customer_id"] for task, arguments in sent if task == "kyc.screen_changed")
        assert messages == sorted(customer.pk for customer in found)

    def test_but_not_where_it_is_refused(self, found: set[Customer], anna: User) -> None:
        with pytest.raises(Incomplete):
            self.split(anna, reason=" ")
        assert owed() == []


class ACustomerWhoCouldNotBeComparedInARun:
    """Their facts did not change, and the run is over: nothing else would bring them back."""

    def test_is_compared_again_a_while_later(self, aurelia: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
        in_force(SIDOROV)
        journey.screen(customer_id=aurelia.pk, reason="onboarding")
        edition = in_force(SIDOROV, listed("7", "Aurelia Winterbottom"))
        run = plan_run(reason=RunReason.NEW_EDITION, delta_of=edition)

        def cannot(*arguments: object) -> None:
            raise OSError("the index lies on another disk")

        with monkeypatch.context() as broken:
            broken.setattr("kyc.screening.services.screener_of", cannot)
            broken.setattr("kyc.screening.crowd.screener_of", cannot)
            for shard in run.shards.all():
                run_shard(shard_id=shard.pk, screen=journey.screen)
        aurelia.refresh_from_db()
        assert aurelia.next_step_at is not None
        assert not Hit.objects.exists()
        journey.screen_changed(customer_id=aurelia.pk)
        aurelia.refresh_from_db()
        assert (Hit.objects.get().customer, aurelia.next_step_at) == (aurelia, None)
