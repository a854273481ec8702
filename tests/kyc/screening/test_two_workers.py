"""Two workers at once, on real connections: one hit, one edition, nobody missed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import User
from kyc.access.challenges import accept_way_out, refuse_way_out
from kyc.access.models import WayOut
from kyc.access.states import Challenge
from kyc.audit.services import SYSTEM
from kyc.cases.models import Case
from kyc.cases.services import open_case, request_information
from kyc.cases.states import CaseStatus, CaseType
from kyc.customers.models import Customer
from kyc.customers.queries import party_facts
from kyc.errors import ClearanceError, LostRace
from kyc.journey import confirm_proposal, propose_decision, propose_hit_outcome
from kyc.screening import runs
from kyc.screening.crowd import screen_the_unchanged
from kyc.screening.models import Hit, Outline, RescreeningRun, Screening
from kyc.screening.outlines import keep_outlines
from kyc.screening.runs import plan_run, run_shard
from kyc.screening.services import screen_customer
from kyc.screening.states import HitStatus, RunReason, RunStatus
from kyc.watchlists.models import Edition
from kyc.watchlists.queries import active_editions, hold_active_editions
from kyc.watchlists.services import activate_edition, load_edition
from stack.processes import wait_for
from tests.kyc.screening.conftest import customer as on_file
from tests.kyc.screening.test_runs import journey
from tests.kyc.watchlists.published import in_force, listed, loaded, written

pytestmark = pytest.mark.django_db(transaction=True)

SIDOROV = listed("1", "Ivan Petrovich SIDOROV", born="1970-04-16", nationalities=("RU",))
ORLOV = listed("2", "Petr Ilyich ORLOV")


def at_once(*tasks: Callable[[], Any]) -> list[Any]:
    """What each returned or raised, all started at the same moment."""
    results: list[Any] = [None] * len(tasks)
    gate = threading.Barrier(len(tasks))

    def run(place: int, task: Callable[[], Any]) -> None:
        gate.wait()
        try:
            results[place] = task()
        except ClearanceError as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, task)) for place, task in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


class ACustomerScreenedByTwo:
    def test_has_one_hit_and_one_hold_to_place(self, ivan: Customer) -> None:
        in_force(SIDOROV)
        results = at_once(*[lambda: screen_customer(customer=ivan, reason="requested")] * 3)
        assert (Hit.objects.count(), Screening.objects.count()) == (1, 3)
        assert sorted(len(result.strong_hits) for result in results) == [0, 0, 1]


class AShardGivenToTwo:
    def test_is_worked_by_one(self, ivan: Customer, stranger: Customer) -> None:
        in_force(SIDOROV)
        run = plan_run(reason=RunReason.FULL_PASS)
        (shard,) = run.shards.all()
        finished = at_once(*[lambda: run_shard(shard_id=shard.pk, screen=journey)] * 2)
        assert finished.count(True) >= 1
        assert (Hit.objects.count(), Screening.objects.count()) == (1, 2)
        shard.refresh_from_db()
        assert (shard.done, RescreeningRun.objects.get().status) == (2, RunStatus.DONE)


class TheLastShardsOfARun:
    def test_finished_at_once_finish_the_run(self, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
        in_force(SIDOROV)
        for n in range(4):
            on_file(f"Aurelia{n} Winterbottom{n}")
        monkeypatch.setattr(runs, "POLICY", replace(runs.POLICY, shard_size=1))
        run = plan_run(reason=RunReason.FULL_PASS)
        tasks = [lambda shard_id=shard.pk: run_shard(shard_id=shard_id, screen=journey) for shard in run.shards.all()]
        assert at_once(*tasks) == [True] * 4
        run.refresh_from_db()
        assert (run.status, Screening.objects.count()) == (RunStatus.DONE, 4)


class AnEditionActivatedByTwo:
    def test_is_put_in_force_once(self, db: None) -> None:
        edition = loaded(SIDOROV)
        results = at_once(*[lambda: activate_edition(edition=Edition.objects.get(pk=edition.pk), actor=SYSTEM)] * 2)
        assert len([result for result in results if isinstance(result, LostRace)]) <= 1
        assert active_editions().public_ids == (edition.public_id,)

    def test_leaves_one_edition_when_two_are_activated(self, db: None) -> None:
        one, other = loaded(SIDOROV), loaded(SIDOROV, ORLOV)
        at_once(
            lambda: activate_edition(edition=one, actor=SYSTEM),
            lambda: activate_edition(edition=other, actor=SYSTEM),
        )
        assert Edition.objects.active().count() == 1


class AFileLoadedByTwo:
    def test_makes_one_edition(self, db: None) -> None:
        files = written(SIDOROV, ORLOV)
        load = lambda: load_edition(source="operator", files=files, origin="a test", actor=SYSTEM)  # noqa: E731
        one, other = at_once(load, load)
        assert one == other
        assert Edition.objects.count() == 1


class ARunPlannedByTwo:
    def test_is_one_run(self, ivan: Customer) -> None:
        edition = in_force(SIDOROV)
        plan = lambda: plan_run(reason=RunReason.NEW_EDITION, delta_of=edition)  # noqa: E731
        one, other = at_once(plan, plan)
        assert one == other
        full = lambda: plan_run(reason=RunReason.FULL_PASS)  # noqa: E731
        one, other = at_once(full, full)
        assert one == other


class AScreeningThatStillLooksAtTheOldEdition:
    def test_is_waited_for_so_that_the_run_after_sees_the_customer(self, db: None) -> None:
        old = in_force(ORLOV)
        new = loaded(SIDOROV, ORLOV)
        activated = threading.Event()

        def activate() -> None:
            activate_edition(edition=new, actor=SYSTEM)
            activated.set()
            connection.close()

        with transaction.atomic():
            assert hold_active_editions().public_ids == (old.public_id,)
            worker = threading.Thread(target=activate)
            worker.start()
            assert not activated.wait(0.5)
            # the customer and their screening come into being against the old edition
            late = on_file("Ivan Petrovich Sidorov", birth_date=date(1970, 4, 16))
            assert screen_customer(customer=late, reason="onboarding").new_hits == ()
        worker.join(30)
        assert activated.is_set()
        run = plan_run(reason=RunReason.NEW_EDITION, delta_of=Edition.objects.get(pk=new.pk))
        run_shard(shard_id=run.shards.get().pk, screen=journey)
        assert Hit.objects.get().customer == late


class ACustomerLockedByOneWhileACrowdIsWritten:
    def test_waits_for_nobody_who_waits_for_them(self, stranger: Customer) -> None:
        in_force(SIDOROV)
        run = plan_run(reason=RunReason.FULL_PASS)

        def alone() -> bool:
            with transaction.atomic():
                locked = Customer.objects.select_for_update().get(pk=stranger.pk)
                reached.set()
                assert wait_for(somebody_waits, seconds=30, pause=0.05)
                keep_outlines([(locked, party_facts(locked))])
            return True

        def crowd() -> set[int]:
            assert reached.wait(30)
            return screen_the_unchanged(customer_ids=[stranger.pk], run=run)

        reached = threading.Event()
        assert at_once(alone, crowd) == [True, {stranger.pk}]
        assert Outline.objects.get().customer == stranger


class ACustomerScreenedWhileStaffDecide:
    """A screening holds the customer and comes to hits and cases after: nobody may hold these and wait for it."""

    def meets(self, customer: Customer, staff: Callable[[], Any], *, first: Any = None, last: Any) -> list[Any]:
        """What either came to. The screening writes `first`, staff begin, and when they wait it goes on to `last`."""
        reached = threading.Event()

        def screens() -> bool:
            with transaction.atomic():
                Customer.objects.select_for_update().get(pk=customer.pk)
                if first is not None:
                    first.save()
                reached.set()
                assert wait_for(somebody_waits, seconds=30, pause=0.05)
                last.save()
            return True

        def decides() -> bool:
            assert reached.wait(30)
            staff()
            return True

        return at_once(screens, decides)

    def test_about_a_hit_alone(self, namesake: Customer, anna: User) -> None:
        in_force(SIDOROV)
        (hit,) = screen_customer(customer=namesake, reason="requested").new_hits
        said = {"status": HitStatus.NO_MATCH, "reason_codes": ["different_birth_date"], "narrative": ""}
        settle = lambda: propose_hit_outcome(hit=hit, actor=anna, **said)  # noqa: E731
        assert self.meets(namesake, settle, last=Hit.objects.get()) == [True, True]
        assert Hit.objects.get().status == HitStatus.NO_MATCH

    def test_about_a_hit_as_the_second_person(self, ivan: Customer, anna: User, hugo: User) -> None:
        in_force(SIDOROV)
        (hit,) = screen_customer(customer=ivan, reason="requested").strong_hits
        said = {"status": HitStatus.NO_MATCH, "reason_codes": ["different_birth_date"], "narrative": ""}
        proposal = propose_hit_outcome(hit=hit, actor=anna, **said)
        confirm = lambda: confirm_proposal(proposal=proposal, actor=hugo, reason="Agreed.")  # noqa: E731
        assert self.meets(ivan, confirm, last=Hit.objects.get()) == [True, True]
        assert Hit.objects.get().status == HitStatus.NO_MATCH

    @pytest.mark.parametrize("first", [CaseType.SCREENING, CaseType.OWNERSHIP])
    def test_about_the_customer_with_two_cases(self, stranger: Customer, anna: User, first: CaseType) -> None:
        for kind in (CaseType.SCREENING, CaseType.OWNERSHIP):
            open_case(customer=stranger, type=kind, summary="x", actor=SYSTEM)
        one, other = Case.objects.get(type=first), Case.objects.exclude(type=first).get()
        said = {"customer_words": "Our words.", "staff_words": "Staff's words.", "reason_codes": ["reviewed_ok"]}
        propose = lambda: propose_decision(  # noqa: E731
            customer=stranger, outcome="restricted", tier="sandbox", actor=anna, **said
        )
        assert self.meets(stranger, propose, first=one, last=other) == [True, True]
        assert set(Case.objects.values_list("status", flat=True)) == {CaseStatus.PENDING_APPROVAL}

    def test_what_to_ask_the_customer(self, stranger: Customer, anna: User) -> None:
        case, _ = open_case(customer=stranger, type=CaseType.SCREENING, summary="x", actor=SYSTEM)
        items = [{"code": "other", "question": "Who are you?"}]
        ask = lambda: request_information(case=case, items=items, actor=anna)  # noqa: E731
        assert self.meets(stranger, ask, last=Case.objects.get()) == [True, True]
        assert Case.objects.get().status == CaseStatus.AWAITING_CUSTOMER

    @pytest.mark.parametrize("answer", [accept_way_out, refuse_way_out])
    def test_about_a_way_out(self, stranger: Customer, anna: User, answer: Callable[..., Any]) -> None:
        case, _ = open_case(customer=stranger, type=CaseType.LOCATION, summary="x", actor=SYSTEM)
        member = User.objects.create_user("may@example.org", "a long enough password")
        way = WayOut.objects.create(
            customer=stranger, world=stranger.world, kind=Challenge.PERSON, decision="x", codes=["x"], asked_by=member
        )
        says = lambda: answer(way=way, actor=anna, reason="Seen.")  # noqa: E731
        assert self.meets(stranger, says, last=case) == [True, True]
        assert Case.objects.get().status == CaseStatus.RESOLVED


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])
