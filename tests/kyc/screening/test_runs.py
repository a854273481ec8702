"""Re-screening many customers: complete, once in effect, whatever stops on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DataError, connection
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from kyc.audit.models import AuditRow
from kyc.audit.services import SYSTEM
from kyc.audit.verbs import Verb
from kyc.customers.models import Customer, Identifier, RelatedParty
from kyc.customers.queries import names_of, party_facts
from kyc.customers.services import add_member, add_party, change_profile, set_names
from kyc.customers.states import CustomerStatus
from kyc.errors import ForbiddenMove, Incomplete, NotAllowed, Unavailable
from kyc.journey import screen_changed
from kyc.policy.screening import CURRENT
from kyc.screening import crowd as crowd_module
from kyc.screening import runs
from kyc.screening.models import Hit, RescreeningRun, Screening, Shard
from kyc.screening.queries import (
    disagreements,
    editions_without_run,
    full_pass_is_due,
    policy_without_run,
    progress_of,
    quiet_hits,
    shards_without_worker,
    waiting_shards,
)
from kyc.screening.runs import move_run, plan_run, run_next_shard, run_shard
from kyc.screening.services import ScreeningResult, remember_clearance, screen_customer, settle_hit_as
from kyc.screening.states import HitStatus, RunReason, RunStatus
from kyc.watchlists.services import roll_back
from kyc.worlds import World
from tests.kyc.screening.conftest import customer as on_file
from tests.kyc.watchlists.published import in_force, listed, loaded

pytestmark = pytest.mark.django_db

OTHERS = tuple(listed(str(n), f"Other{n} Person{n}") for n in range(100, 130))
SIDOROV = listed("1", "Ivan Petrovich SIDOROV", born="1970-04-16", nationalities=("RU",))


def journey(*, customer_id: int, reason: str, run_id: int) -> ScreeningResult:
    """The screening alone, as the journey would call it."""
    customer = Customer.objects.get(pk=customer_id)
    return screen_customer(customer=customer, reason=reason, run=RescreeningRun.objects.get(pk=run_id))


def failing_for(customer: Customer, error: Exception) -> Callable[..., ScreeningResult]:
    def screen(**arguments: Any) -> ScreeningResult:
        if arguments["customer_id"] == customer.pk:
            raise error
        return journey(**arguments)

    return screen


def worked(run: RescreeningRun, screen: Callable[..., ScreeningResult] = journey) -> RescreeningRun:
    for shard in run.shards.order_by("first_id"):
        run_shard(shard_id=shard.pk, screen=screen)
    run.refresh_from_db()
    return run


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shards of three customers and chunks of one."""
    policy = replace(CURRENT, shard_size=3, chunk_size=1, delta_chunk_size=1)
    monkeypatch.setattr(runs, "POLICY", policy)


@pytest.fixture
def crowd(db: None) -> list[Customer]:
    """Seven who resemble nobody, and are still on the road: each is screened alone."""
    made = [on_file(f"Aurelia{n} Winterbottom{n}") for n in range(7)]
    Customer.objects.update(status=CustomerStatus.SUBMITTED)
    return made


class ANewlyListedCustomer:
    def test_is_found_by_the_changed_entries_alone(self, ivan: Customer, stranger: Customer) -> None:
        in_force(*OTHERS)
        edition = in_force(*OTHERS, SIDOROV)
        run = worked(plan_run(reason=RunReason.NEW_EDITION, delta_of=edition))
        assert run.status == RunStatus.DONE
        assert [hit.customer for hit in Hit.objects.all()] == [ivan]
        assert [screening.customer for screening in Screening.objects.all()] == [ivan]  # nobody else was bothered
        progress = progress_of(run, now=timezone.now())
        assert (progress.planned, progress.done, progress.screened, progress.hits) == (2, 2, 1, 1)
        assert progress.share == 1.0

    def test_is_found_by_the_first_edition_of_a_list(self, ivan: Customer) -> None:
        edition = in_force(*OTHERS, SIDOROV)
        worked(plan_run(reason=RunReason.NEW_EDITION, delta_of=edition))
        assert Hit.objects.count() == 1

    def test_is_found_when_only_an_owner_is_listed(self, db: None) -> None:
        company = on_file("Northern Light Robotics Ltd", kind="organisation")
        add_party(customer=company, actor=SYSTEM, kind="person", roles=["owner"], legal_name="Ivan Petrovich Sidorov")
        in_force(*OTHERS)
        worked(plan_run(reason=RunReason.NEW_EDITION, delta_of=in_force(*OTHERS, SIDOROV)))
        assert Hit.objects.get().customer == company


class AnEntryThatWasRemoved:
    def test_brings_those_with_a_hit_on_it_back(self, ivan: Customer, stranger: Customer) -> None:
        in_force(SIDOROV, *OTHERS)
        screen_customer(customer=ivan, reason="onboarding")
        worked(plan_run(reason=RunReason.NEW_EDITION, delta_of=in_force(*OTHERS)))
        assert Hit.objects.get().status == HitStatus.DELISTED

    def test_and_the_edition_rolled_back_opens_the_hit_again(self, ivan: Customer, lena: Any) -> None:
        first = in_force(SIDOROV, *OTHERS)
        screen_customer(customer=ivan, reason="onboarding")
        worked(plan_run(reason=RunReason.NEW_EDITION, delta_of=in_force(*OTHERS)))
        first.refresh_from_db()
        back = roll_back(watchlist=first.watchlist, to=first, actor=lena, reason="He was left out by mistake.")
        worked(plan_run(reason=RunReason.NEW_EDITION, delta_of=back))
        assert Hit.objects.get().status == HitStatus.PENDING

    def test_opens_again_what_its_true_match_had_superseded(self, ivan: Customer, anna: User) -> None:
        other = listed("6", "Ivan Petrovich SIDOROV", born="1970")
        in_force(SIDOROV, other, *OTHERS)
        hits = {hit.entries.get().party.uid: hit for hit in screen_customer(customer=ivan, reason="x").new_hits}
        settle_hit_as(
            hit=hits["1"], status=HitStatus.TRUE_MATCH, reason_codes=["same_party"], narrative="He.", actor=anna
        )
        worked(plan_run(reason=RunReason.NEW_EDITION, delta_of=in_force(other, *OTHERS)))
        assert dict(Hit.objects.values_list("pk", "status")) == {
            hits["1"].pk: HitStatus.DELISTED,
            hits["6"].pk: HitStatus.PENDING,
        }


class AnEntryThatChanged:
    def test_brings_those_with_a_hit_on_it_back_although_it_resembles_them_no_more(self, namesake: Customer) -> None:
        in_force(*OTHERS, SIDOROV)
        screen_customer(customer=namesake, reason="onboarding")
        edition = in_force(*OTHERS, listed("1", "Somebody Else Entirely", born="1970-04-16"))
        worked(plan_run(reason=RunReason.NEW_EDITION, delta_of=edition))
        assert Screening.objects.filter(run__isnull=False).count() == 1


class ARun:
    def test_is_cut_into_shards_without_gaps(self, small: None, crowd: list[Customer]) -> None:
        in_force(*OTHERS)
        run = plan_run(reason=RunReason.FULL_PASS)
        ids = [customer.pk for customer in crowd]
        ranges = list(run.shards.order_by("first_id").values_list("first_id", "last_id"))
        assert ranges == [(ids[0], ids[3] - 1), (ids[3], ids[6] - 1), (ids[6], ids[6])]
        assert run.planned == 7

    def test_sends_one_message_a_shard(
        self, small: None, crowd: list[Customer], sent: list, django_capture_on_commit_callbacks: Any
    ) -> None:
        in_force(*OTHERS)
        with django_capture_on_commit_callbacks(execute=True):
            run = plan_run(reason=RunReason.FULL_PASS)
        assert sent == [("kyc.rescreen", {})] * run.shards.count() == [("kyc.rescreen", {})] * 3

    def test_leaves_out_drafts_and_other_worlds(self, stranger: Customer, db: None) -> None:
        in_force(*OTHERS)
        on_file("A Draft", on_file=False)
        run = plan_run(reason=RunReason.FULL_PASS, world=World.LIVE)
        assert (run.planned, run.status) == (0, RunStatus.DONE)
        assert plan_run(reason=RunReason.FULL_PASS, world=World.TEST).planned == 1

    def test_planned_twice_for_one_edition_is_one_run(self, crowd: list[Customer]) -> None:
        edition = in_force(*OTHERS)
        first = plan_run(reason=RunReason.NEW_EDITION, delta_of=edition)
        worked(first)
        assert plan_run(reason=RunReason.NEW_EDITION, delta_of=edition) == first

    def test_planned_again_while_one_like_it_goes_is_that_one(self, crowd: list[Customer]) -> None:
        in_force(*OTHERS)
        first = plan_run(reason=RunReason.FULL_PASS)
        assert plan_run(reason=RunReason.FULL_PASS) == first
        worked(first)
        assert plan_run(reason=RunReason.FULL_PASS) != first

    def test_is_not_planned_for_an_edition_that_never_was_in_force(self, crowd: list[Customer]) -> None:
        with pytest.raises(ForbiddenMove):
            plan_run(reason=RunReason.NEW_EDITION, delta_of=loaded(*OTHERS))

    def test_is_audited_by_batch(self, small: None, crowd: list[Customer]) -> None:
        in_force(*OTHERS)
        run = worked(plan_run(reason=RunReason.FULL_PASS))
        batches = AuditRow.objects.filter(verb=Verb.RESCREENING_BATCH, subject_id=str(run.pk))
        assert [row.facts["done"] for row in batches.order_by("pk")] == [3, 3, 1]
        assert not AuditRow.objects.filter(verb=Verb.SCREENED).exists()  # seven clear ones are told by three rows

    def test_lists_what_stayed_quiet_and_why(self, namesake: Customer, anna: Any) -> None:
        in_force(*OTHERS, SIDOROV)
        (hit,) = screen_customer(customer=namesake, reason="onboarding").new_hits
        hit = settle_hit_as(
            hit=hit, status=HitStatus.NO_MATCH, reason_codes=["different_birth_date"], narrative="", actor=anna
        )
        remember_clearance(hit=hit, actor=anna)
        run = worked(plan_run(reason=RunReason.FULL_PASS))
        ((customer, row),) = quiet_hits(run)
        assert (customer, row["hit"]) == (namesake.public_id, hit.public_id)
        assert "neither side has changed" in row["why"]


class AShard:
    def test_run_twice_makes_no_doubles(self, ivan: Customer, stranger: Customer) -> None:
        in_force(*OTHERS, SIDOROV)
        run = plan_run(reason=RunReason.FULL_PASS)
        (shard,) = run.shards.all()
        assert run_shard(shard_id=shard.pk, screen=journey)
        assert run_shard(shard_id=shard.pk, screen=journey)
        assert (Hit.objects.count(), Screening.objects.count()) == (1, 2)
        shard.refresh_from_db()
        assert (shard.done, shard.screened, shard.hits) == (2, 2, 1)

    def test_is_left_to_the_worker_who_holds_it(self, stranger: Customer) -> None:
        in_force(*OTHERS)
        run = plan_run(reason=RunReason.FULL_PASS)
        run.shards.update(claimed_at=timezone.now())
        assert not run_shard(shard_id=run.shards.get().pk, screen=journey)
        assert not Screening.objects.exists()

    def test_is_taken_over_from_a_worker_who_fell_silent(self, stranger: Customer) -> None:
        in_force(*OTHERS)
        run = plan_run(reason=RunReason.FULL_PASS)
        run.shards.update(claimed_at=timezone.now() - timedelta(seconds=CURRENT.claim_seconds + 5))
        assert [shard.run for shard in waiting_shards()] == [run]
        assert run_shard(shard_id=run.shards.get().pk, screen=journey)

    def test_goes_on_where_a_killed_worker_stopped(self, small: None, crowd: list[Customer]) -> None:
        in_force(*OTHERS)
        run = plan_run(reason=RunReason.FULL_PASS)
        shard = run.shards.order_by("first_id").first()
        assert shard is not None

        class Killed(BaseException):
            """As kill -9: nothing below gets to tidy up."""

        def dies_at_the_third(*, customer_id: int, reason: str, run_id: int) -> ScreeningResult:
            if customer_id == crowd[2].pk:
                raise Killed
            return journey(customer_id=customer_id, reason=reason, run_id=run_id)

        with pytest.raises(Killed):
            run_shard(shard_id=shard.pk, screen=dies_at_the_third)
        shard.refresh_from_db()
        assert shard.done_to == crowd[1].pk
        Shard.objects.update(claimed_at=timezone.now() - timedelta(seconds=CURRENT.claim_seconds + 5))
        assert run_shard(shard_id=shard.pk, screen=journey)
        screened = list(Screening.objects.order_by("pk").values_list("customer_id", flat=True))
        assert screened == [customer.pk for customer in crowd[:3]]  # each once

    def test_whose_claim_was_taken_over_stops(self, small: None, crowd: list[Customer]) -> None:
        in_force(*OTHERS)
        run = plan_run(reason=RunReason.FULL_PASS)
        shard = run.shards.order_by("first_id").first()
        assert shard is not None
        calls = []

        def another_takes_over(**arguments: Any) -> ScreeningResult:
            calls.append(arguments["customer_id"])
            Shard.objects.filter(pk=shard.pk).update(claimed_at=timezone.now() + timedelta(seconds=1))
            return journey(**arguments)

        assert not run_shard(shard_id=shard.pk, screen=another_takes_over)
        assert calls == [crowd[0].pk]
        shard.refresh_from_db()
        assert (shard.done, shard.finished_at) == (0, None)


class ACustomerWhoCannotBeScreened:
    def test_keeps_nobody_else_from_it_and_is_named(self, small: None, crowd: list[Customer]) -> None:
        in_force(*OTHERS)
        run = plan_run(reason=RunReason.FULL_PASS)
        shard = run.shards.order_by("first_id").first()
        assert shard is not None

        fails_on_the_first = failing_for(crowd[0], RuntimeError("a fault of ours"))
        with pytest.raises(Unavailable) as error:
            run_shard(shard_id=shard.pk, screen=fails_on_the_first)
        assert error.value.facts["customers"] == [crowd[0].public_id]
        assert Screening.objects.count() == 2
        assert shard not in waiting_shards()  # the others have their turn first
        Shard.objects.filter(pk=shard.pk).update(
            claimed_at=timezone.now() - timedelta(seconds=CURRENT.claim_seconds + 5)
        )
        assert run_shard(shard_id=shard.pk, screen=journey)
        shard.refresh_from_db()
        assert (shard.done, Screening.objects.count()) == (3, 3)

    def test_does_not_hold_up_the_shards_after(self, small: None, crowd: list[Customer]) -> None:
        in_force(*OTHERS)
        plan_run(reason=RunReason.FULL_PASS)

        fails_on_the_first = failing_for(crowd[0], RuntimeError("a fault of ours"))
        with pytest.raises(Unavailable):
            run_next_shard(screen=fails_on_the_first)
        assert run_next_shard(screen=fails_on_the_first)
        assert run_next_shard(screen=fails_on_the_first)
        assert set(Customer.objects.exclude(screening=None)) == set(crowd[1:])

    def test_because_the_database_refuses_what_is_written_keeps_nobody_else_from_it(
        self, small: None, crowd: list[Customer]
    ) -> None:
        in_force(*OTHERS)
        shard = plan_run(reason=RunReason.FULL_PASS).shards.order_by("first_id")[0]

        refused_for_the_first = failing_for(crowd[0], DataError("value out of range"))
        with pytest.raises(Unavailable):
            run_shard(shard_id=shard.pk, screen=refused_for_the_first)
        assert Screening.objects.count() == 2


class ACustomerWhoseNumberCannotBeOpened:
    """Sealed with a key that is gone: whoever reads it raises."""

    @pytest.fixture
    def sealed_shut(self, stranger: Customer, ivan: Customer) -> Customer:
        Identifier.objects.create(customer=stranger, world=stranger.world, kind="tax_id", value="12345")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE kyc_identifier SET value = %s", [b"no seal"])
        return stranger

    def test_keeps_nobody_else_from_a_full_pass(self, sealed_shut: Customer, ivan: Customer) -> None:
        in_force(*OTHERS, SIDOROV)
        worked(plan_run(reason=RunReason.FULL_PASS))
        assert Screening.objects.get(customer=sealed_shut).outcome == "unknown"
        assert Hit.objects.get().customer == ivan

    def test_keeps_nobody_else_from_an_editions_changes(self, sealed_shut: Customer, ivan: Customer) -> None:
        in_force(*OTHERS)
        worked(plan_run(reason=RunReason.NEW_EDITION, delta_of=in_force(*OTHERS, SIDOROV)))
        assert Screening.objects.get(customer=sealed_shut).outcome == "unknown"
        assert Hit.objects.get().customer == ivan


class AFullPass:
    """Over customers who are long approved: those who resemble nobody are compared many at once."""

    @pytest.fixture(autouse=True)
    def lists(self, db: None) -> None:
        in_force(*OTHERS, SIDOROV)

    def alone(self) -> tuple[list[int], Callable[..., ScreeningResult]]:
        """Whom the journey was asked to screen, and the asking."""
        asked: list[int] = []

        def screen(**arguments: Any) -> ScreeningResult:
            asked.append(arguments["customer_id"])
            return journey(**arguments)

        return asked, screen

    def test_leaves_a_screening_for_everybody(self, ivan: Customer, stranger: Customer) -> None:
        asked, screen = self.alone()
        worked(plan_run(reason=RunReason.FULL_PASS), screen)
        assert asked == [ivan.pk]
        screening = Screening.objects.get(customer=stranger)
        assert (screening.outcome, screening.facts_version) == ("clear", stranger.facts_version)
        assert screening.facts[0]["names"][0]["text"] == "Aurelia Winterbottom"

    def test_leaves_an_open_hit_that_was_not_found_again_to_the_journey(self, namesake: Customer) -> None:
        screen_customer(customer=namesake, reason="onboarding")
        Customer.objects.update(legal_name="Aurelius Winterbottom")
        asked, screen = self.alone()
        worked(plan_run(reason=RunReason.FULL_PASS), screen)
        assert asked == [namesake.pk]
        assert Hit.objects.get().status == HitStatus.PENDING

    def test_opens_again_what_was_superseded_by_a_match_that_is_listed_no_more(self, namesake: Customer) -> None:
        screen_customer(customer=namesake, reason="onboarding")
        Hit.objects.update(status=HitStatus.SUPERSEDED)  # by one that left before anybody looked at that
        worked(plan_run(reason=RunReason.FULL_PASS))
        assert Hit.objects.get().status == HitStatus.PENDING

    def test_writes_a_screening_where_a_hit_stands_as_it_stood(self, namesake: Customer) -> None:
        screen_customer(customer=namesake, reason="onboarding")
        found = Hit.objects.get()
        asked, screen = self.alone()
        run = worked(plan_run(reason=RunReason.FULL_PASS), screen)
        assert asked == []
        hit = Hit.objects.get()
        assert (hit.screening.run, hit.screening.outcome, hit.fingerprint) == (run, "hits", found.fingerprint)
        assert AuditRow.objects.filter(verb=Verb.HIT_FOUND).count() == 1

    def test_leaves_a_hit_whose_other_side_changed_to_the_journey(self, namesake: Customer) -> None:
        screen_customer(customer=namesake, reason="onboarding")
        in_force(*OTHERS, replace(SIDOROV, nationalities=("RU", "KZ")))
        asked, screen = self.alone()
        worked(plan_run(reason=RunReason.FULL_PASS), screen)
        assert asked == [namesake.pk]

    def test_passes_those_whom_another_worker_screened_in_this_run(self, stranger: Customer) -> None:
        run = plan_run(reason=RunReason.FULL_PASS)
        screen_customer(customer=stranger, reason="full_pass", run=run)
        worked(run)
        assert Screening.objects.count() == 1

    def test_leaves_whoever_could_not_be_screened_to_the_journey(self, stranger: Customer) -> None:
        screen_customer(customer=stranger, reason="onboarding")
        Screening.objects.update(outcome="unknown")
        asked, screen = self.alone()
        worked(plan_run(reason=RunReason.FULL_PASS), screen)
        assert asked == [stranger.pk]

    def test_takes_those_who_could_be_screened_since_with_the_others(self, stranger: Customer) -> None:
        screen_customer(customer=stranger, reason="onboarding")
        Screening.objects.update(outcome="unknown")
        screen_customer(customer=stranger, reason="onboarding")
        asked, screen = self.alone()
        worked(plan_run(reason=RunReason.FULL_PASS), screen)
        assert asked == []

    def test_leaves_whoever_changes_meanwhile_to_their_own_screening(
        self, stranger: Customer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        compare = crowd_module._unchanged

        def while_somebody_edits(*arguments: Any) -> list[Any]:
            Customer.objects.filter(pk=stranger.pk).update(facts_version=F("facts_version") + 1)
            return compare(*arguments)

        monkeypatch.setattr(crowd_module, "_unchanged", while_somebody_edits)
        asked, screen = self.alone()
        worked(plan_run(reason=RunReason.FULL_PASS), screen)
        assert asked == [stranger.pk]

    def test_leaves_whoever_has_no_name_to_the_journey(self, db: None) -> None:
        nameless = on_file("")
        asked, screen = self.alone()
        worked(plan_run(reason=RunReason.FULL_PASS), screen)
        assert asked == [nameless.pk]
        assert Screening.objects.get().outcome == "unknown"

    def test_that_can_compare_nothing_is_unknown_for_everybody(
        self, stranger: Customer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*args: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("kyc.screening.indexes.Index.save", full)
        worked(plan_run(reason=RunReason.FULL_PASS))
        assert [screening.outcome for screening in Screening.objects.all()] == ["unknown"]


class APausedRun:
    def test_does_nothing_until_it_goes_on(
        self, small: None, crowd: list[Customer], sent: list, django_capture_on_commit_callbacks: Any
    ) -> None:
        in_force(*OTHERS)
        run = plan_run(reason=RunReason.FULL_PASS)
        shards = list(run.shards.order_by("first_id"))
        run_shard(shard_id=shards[0].pk, screen=journey)
        run.refresh_from_db()
        move_run(run=run, to=RunStatus.PAUSED, actor=SYSTEM)
        assert not run_shard(shard_id=shards[1].pk, screen=journey)
        assert Screening.objects.count() == 3
        sent.clear()
        with django_capture_on_commit_callbacks(execute=True):
            move_run(run=run, to=RunStatus.RUNNING, actor=SYSTEM)
        assert sent == [("kyc.rescreen", {})] * 2

    def test_stops_a_worker_at_its_next_checkpoint(self, small: None, crowd: list[Customer]) -> None:
        in_force(*OTHERS)
        run = plan_run(reason=RunReason.FULL_PASS)
        shard = run.shards.order_by("first_id").first()
        assert shard is not None

        def somebody_pauses(**arguments: Any) -> ScreeningResult:
            RescreeningRun.objects.update(status=RunStatus.PAUSED)
            return journey(**arguments)

        assert not run_shard(shard_id=shard.pk, screen=somebody_pauses)
        shard.refresh_from_db()
        assert (shard.done, shard.claimed_at) == (1, None)

    def test_whose_last_shard_ended_with_the_pause_is_over_when_it_goes_on(self, stranger: Customer) -> None:
        in_force(*OTHERS)
        run = plan_run(reason=RunReason.FULL_PASS)
        Shard.objects.update(finished_at=timezone.now())
        RescreeningRun.objects.update(status=RunStatus.PAUSED)
        run.refresh_from_db()
        move_run(run=run, to=RunStatus.RUNNING, actor=SYSTEM)
        run.refresh_from_db()
        assert run.status == RunStatus.DONE

    def test_keeps_no_other_full_pass_from_beginning(self, stranger: Customer) -> None:
        in_force(*OTHERS)
        RescreeningRun.objects.filter(pk=plan_run(reason=RunReason.FULL_PASS).pk).update(status=RunStatus.PAUSED)
        assert plan_run(reason=RunReason.FULL_PASS).status == RunStatus.PLANNED

    def test_can_be_cancelled_and_not_revived(self, crowd: list[Customer]) -> None:
        in_force(*OTHERS)
        run = plan_run(reason=RunReason.FULL_PASS)
        move_run(run=run, to=RunStatus.CANCELLED, actor=SYSTEM)
        with pytest.raises(ForbiddenMove):
            move_run(run=run, to=RunStatus.RUNNING, actor=SYSTEM)


class TheNextShard:
    def test_is_of_what_an_edition_changed_before_any_full_pass(self, ivan: Customer) -> None:
        edition = in_force(*OTHERS, SIDOROV)
        full = plan_run(reason=RunReason.FULL_PASS)
        delta = plan_run(reason=RunReason.NEW_EDITION, delta_of=edition)
        assert run_next_shard(screen=journey)
        delta.refresh_from_db()
        full.refresh_from_db()
        assert (delta.status, full.status) == (RunStatus.DONE, RunStatus.PLANNED)
        assert run_next_shard(screen=journey)
        assert not run_next_shard(screen=journey)  # nothing waits any more


class ARunThatAPersonAsksFor:
    def test_needs_a_reason_and_the_right(self, ivan: Customer, lena: Any, anna: Any) -> None:
        with pytest.raises(Incomplete):
            plan_run(reason=RunReason.REQUESTED, actor=lena, note=" ")
        with pytest.raises(NotAllowed):
            plan_run(reason=RunReason.REQUESTED, actor=anna, note="a question from the regulator")
        assert not RescreeningRun.objects.exists()
        run = plan_run(reason=RunReason.REQUESTED, actor=lena, note="a question from the regulator")
        assert (run.requested_by, run.note) == (lena, "a question from the regulator")
        with pytest.raises(NotAllowed):
            move_run(run=run, to=RunStatus.CANCELLED, actor=anna)


class AFullPassThatFindsWhatNobodyFound:
    """The backstop: an entry in force that a delta run passed over without a word."""

    def test_says_so(self, ivan: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
        in_force(*OTHERS)
        worked(plan_run(reason=RunReason.FULL_PASS))
        edition = in_force(*OTHERS, SIDOROV)
        monkeypatch.setattr(runs._Delta, "due", lambda self, ids: [])  # the fault
        worked(plan_run(reason=RunReason.NEW_EDITION, delta_of=edition))
        assert not Hit.objects.exists()
        full = worked(plan_run(reason=RunReason.FULL_PASS))
        hit = Hit.objects.get()
        assert [row.facts["hit"] for row in disagreements(full)] == [hit.public_id]
        assert progress_of(full, now=timezone.now()).differs == 1

    def test_is_silent_where_the_edition_is_still_to_be_looked_for(self, ivan: Customer) -> None:
        in_force(*OTHERS)
        worked(plan_run(reason=RunReason.FULL_PASS))
        in_force(*OTHERS, SIDOROV)  # its own run has not begun
        full = worked(plan_run(reason=RunReason.FULL_PASS))
        assert Hit.objects.count() == 1
        assert list(disagreements(full)) == []


class ANewPolicy:
    def test_asks_for_everybody_once(self, stranger: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
        in_force(*OTHERS)
        screen_customer(customer=stranger, reason="onboarding")
        assert not policy_without_run()
        monkeypatch.setattr("kyc.screening.policies.POLICY_VERSION", "2030-01-01.1")
        assert policy_without_run()
        plan_run(reason=RunReason.NEW_POLICY)
        assert not policy_without_run()


class ACustomerWhoseFactsChanged:
    def test_is_screened_in_a_run_of_their_own(self, stranger: Customer) -> None:
        in_force(*OTHERS, SIDOROV)
        screen_customer(customer=stranger, reason="onboarding")
        change_profile(customer=stranger, actor=SYSTEM, legal_name="Ivan Petrovich Sidorov")
        assert list(late_customers_now()) == [stranger]  # whatever becomes of the message
        screen_changed(customer_id=stranger.pk)
        run = RescreeningRun.objects.get()
        assert (run.reason, run.status, run.planned) == (RunReason.CHANGED, RunStatus.DONE, 1)
        assert Hit.objects.get().customer == stranger
        assert list(late_customers_now()) == []

    def test_is_screened_once_for_a_message_that_comes_twice(self, stranger: Customer) -> None:
        in_force(*OTHERS, SIDOROV)
        screen_customer(customer=stranger, reason="onboarding")
        change_profile(customer=stranger, actor=SYSTEM, legal_name="Aurelia Summerbottom")
        screen_changed(customer_id=stranger.pk)
        screen_changed(customer_id=stranger.pk)
        assert Screening.objects.count() == 2


def late_customers_now() -> Any:
    return Customer.objects.overdue_steps(timezone.now())


class ADeltaThatPassesOver:
    """By names and numbers alone, quickly; so it must see every name and number that the full comparison sees."""

    def test_has_the_names_and_numbers_of_the_full_comparison(self, ivan: Customer, owned: Customer) -> None:
        quick = list(names_of([ivan.pk, owned.pk]))
        whole = [
            (customer.pk, replace(party, birth_dates=(), countries=(), addresses=(), gender=""))
            for customer in Customer.objects.order_by("pk")
            for party in party_facts(customer)
        ]
        assert quick == whole
        assert len(quick) == 4

    @pytest.fixture
    def owned(self, db: None) -> Customer:
        made = on_file(
            "Winterbottom Trading Ltd", kind="organisation", registration_number="HRB 12", original_name="冬"
        )
        set_names(customer=made, actor=SYSTEM, names=[("Winter Trade", "strong")])
        party = RelatedParty.objects.create(
            customer=made, world=made.world, kind="person", roles=["owner"], legal_name="Aurelia Winterbottom"
        )
        somebody = User.objects.create_user("may@example.org", "a long enough password")
        add_member(customer=made, user=somebody, role="owner", actor=SYSTEM, name="May Winterbottom")
        for whose in (None, party):
            Identifier.objects.create(
                customer=made,
                world=made.world,
                party=whose,
                kind="tax",
                country="GB",
                value="123",
                index="x",
                tail="123",
            )
        return made


class ALostMessage:
    def test_after_an_activation_is_found(self, ivan: Customer) -> None:
        edition = in_force(SIDOROV)
        assert editions_without_run() == [edition]
        plan_run(reason=RunReason.NEW_EDITION, delta_of=edition)
        assert editions_without_run() == []

    def test_is_still_owed_when_the_edition_was_replaced_meanwhile(self, ivan: Customer) -> None:
        in_force(*OTHERS)
        first = in_force(SIDOROV, *OTHERS)
        last = in_force(SIDOROV, *OTHERS, listed("9", "Quite Another"))
        worked(plan_run(reason=RunReason.NEW_EDITION, delta_of=last))
        assert not Hit.objects.exists()  # he is no change of the last one
        # planned along, and before it: by this order coverage tells who has seen both
        assert editions_without_run() == []
        earlier = RescreeningRun.objects.get(delta_of=first.public_id)
        assert earlier.started_at < RescreeningRun.objects.get(delta_of=last.public_id).started_at
        worked(earlier)
        assert Hit.objects.get().customer == ivan

    def test_is_still_owed_when_one_world_alone_was_looked_through(self, ivan: Customer) -> None:
        edition = in_force(SIDOROV)
        plan_run(reason=RunReason.NEW_EDITION, delta_of=edition, world=World.LIVE)
        assert editions_without_run() == [edition]

    def test_of_a_shard_is_found(self, ivan: Customer) -> None:
        edition = in_force(SIDOROV)
        run = plan_run(reason=RunReason.NEW_EDITION, delta_of=edition)
        assert list(waiting_shards()) == list(run.shards.all())
        assert shards_without_worker() == 0  # its message may still come
        RescreeningRun.objects.update(started_at=timezone.now() - timedelta(minutes=1))
        assert shards_without_worker() == 1
        worked(run)
        assert shards_without_worker() == 0
        assert list(waiting_shards()) == []


class TheFullPass:
    def test_is_due_when_the_last_one_is_too_long_ago(self, ivan: Customer) -> None:
        in_force(SIDOROV)
        now = timezone.now()
        assert full_pass_is_due(World.TEST, now=now)
        plan_run(reason=RunReason.FULL_PASS)
        assert not full_pass_is_due(World.TEST, now=now)
        assert full_pass_is_due(World.TEST, now=now + timedelta(days=CURRENT.full_pass_days, seconds=1))

    def test_finds_what_the_changed_entries_found(self, ivan: Customer, namesake: Customer) -> None:
        in_force(*OTHERS)
        worked(plan_run(reason=RunReason.NEW_EDITION, delta_of=in_force(*OTHERS, SIDOROV)))
        found = set(Hit.objects.values_list("customer_id", "score"))
        worked(plan_run(reason=RunReason.FULL_PASS))
        assert set(Hit.objects.values_list("customer_id", "score")) == found
        assert len(found) == 2


class ACustomerBornAfterThePlan:
    def test_is_screened_by_their_own_screening(self, ivan: Customer) -> None:
        run = plan_run(reason=RunReason.NEW_EDITION, delta_of=in_force(*OTHERS, SIDOROV))
        late = on_file("Ivan Petrovich Sidorov", birth_date=date(1970, 4, 16))
        worked(run)
        assert [hit.customer for hit in Hit.objects.all()] == [ivan]
        assert screen_customer(customer=late, reason="onboarding").new_hits
