"""The gate's answers reach the database: in portions, at the writer's pace, and naming only customers who are there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from kyc.access import ledger as ledgers
from kyc.access.ledger import Ledger, Line, Room
from kyc.access.models import AccessDecision
from kyc.customers.models import Customer
from kyc.errors import GateClosed
from kyc.geo.models import Sighting
from kyc.ids import access_id
from kyc.worlds import World
from tests.kyc.api.conftest import PYONGYANG, question

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("house", "places")]
AN_HOUR = 3600.0


@pytest.fixture
def maja(approved):
    return approved


@pytest.fixture
def example(service, maja, monkeypatch) -> dict[str, Line]:
    """An allowance and a refusal as they are handed to the ledger, by outcome."""
    kept: list[Line] = []
    with monkeypatch.context() as caught:
        caught.setattr(Ledger, "keep", lambda self, lines: kept.extend(lines))
        service.post("access/decisions", question(maja))
        service.post("access/decisions", question(maja, ip=PYONGYANG))
    return {str(line.verdict.outcome): line for line in kept}


@pytest.fixture
def allowed(example) -> Callable[[int], list[Line]]:
    return lambda many: [example["allow"]._replace(decision_id=access_id()) for _ in range(many)]


@pytest.fixture
def refused(example) -> list[Line]:
    return [example["deny"]]


@pytest.fixture
def ledger(settings):
    settings.GATE_WRITE_BEHIND_SECONDS = 0.01
    ledger = Ledger()
    yield ledger
    ledger.close()


@pytest.fixture
def idle(ledger, monkeypatch) -> Ledger:
    """A ledger whose writer never comes by itself."""
    monkeypatch.setattr(ledger, "_start", lambda: None)
    return ledger


@pytest.fixture
def elsewhere():
    """Do something in another thread, which has a connection of its own."""
    threads = ThreadPoolExecutor(4)

    def elsewhere(work: Callable[[], None]) -> Future[None]:
        def alone() -> None:
            try:
                work()
            finally:
                connection.close()

        return threads.submit(alone)

    yield elsewhere
    threads.shutdown()


def refuse(lines):
    raise DatabaseError("disk full")


class AnAnswerMadeFasterThanItIsWritten:
    def test_are_all_written_and_none_is_refused(self, ledger, allowed, elsewhere, monkeypatch):
        monkeypatch.setattr(ledgers, "FOR_BATCHES", Room(200, AN_HOUR))
        monkeypatch.setattr(ledgers, "PORTION", 100)
        waited = []
        wait_for = ledger._wait_for
        monkeypatch.setattr(ledger, "_wait_for", lambda *asked: (waited.append(1), wait_for(*asked)))

        def ask() -> None:
            for _ in range(10):
                ledger.keep(allowed(100))

        for asking in [elsewhere(ask) for _ in range(4)]:
            asking.result()
        ledger.close()
        assert AccessDecision.objects.filter(outcome="allow").count() == 4_000
        assert Sighting.objects.get(where="gate").times == 4_000
        assert waited, "asking was never faster than writing: the test would prove nothing"

    def test_close_the_gate_where_no_room_is_made_in_time(self, idle, allowed, monkeypatch):
        monkeypatch.setattr(ledgers, "FOR_ONE", Room(0, 0.01))
        idle.keep(allowed(1))
        with pytest.raises(GateClosed):
            idle.keep(allowed(1))

    def test_of_batches_leave_room_for_single_questions(self, idle, allowed, monkeypatch):
        monkeypatch.setattr(ledgers, "FOR_BATCHES", Room(0, 0.01))
        idle.keep(allowed(2))
        with pytest.raises(GateClosed):
            idle.keep(allowed(2))
        idle.keep(allowed(1))
        assert len(idle._waiting) == 3

    def test_do_not_make_a_refusal_wait(self, idle, allowed, refused, monkeypatch):
        monkeypatch.setattr(ledgers, "FOR_ONE", Room(0, AN_HOUR))
        idle.keep(allowed(1))
        with idle._writing:  # as while a portion is being written
            idle.keep(refused)
        assert [row.outcome for row in AccessDecision.objects.all()] == ["deny"]

    def test_go_on_as_soon_as_there_is_room(self, idle, allowed, elsewhere, monkeypatch):
        monkeypatch.setattr(ledgers, "FOR_ONE", Room(0, AN_HOUR))
        idle.keep(allowed(1))
        asking = elsewhere(lambda: idle.keep(allowed(1)))
        while not idle._room._waiters:
            assert not asking.done()
        idle.flush()
        asking.result()
        assert AccessDecision.objects.count() == 1 and len(idle._waiting) == 1


class ADatabaseThatRefuses:
    @pytest.fixture(autouse=True)
    def full(self, monkeypatch):
        monkeypatch.setattr(ledgers, "FOR_ONE", Room(0, AN_HOUR))

    def test_closes_the_gate_without_waiting(self, idle, allowed, monkeypatch):
        idle.keep(allowed(1))
        with monkeypatch.context() as broken:
            broken.setattr(ledgers, "_copy_decisions", refuse)
            idle.flush()
        with pytest.raises(GateClosed):
            idle.keep(allowed(1))

    def test_closes_it_also_for_who_waits_already(self, idle, allowed, elsewhere, monkeypatch):
        idle.keep(allowed(1))
        asking = elsewhere(lambda: idle.keep(allowed(1)))
        while not idle._room._waiters:
            assert not asking.done()
        with monkeypatch.context() as broken:
            broken.setattr(ledgers, "_copy_decisions", refuse)
            idle.flush()
        with pytest.raises(GateClosed):
            asking.result()

    def test_loses_nothing_and_the_gate_opens_when_it_takes_them(self, idle, allowed, monkeypatch):
        idle.keep(allowed(3))
        with monkeypatch.context() as broken:
            broken.setattr(ledgers, "_copy_decisions", refuse)
            idle.flush()
        idle.flush()
        idle.keep(allowed(1))
        assert AccessDecision.objects.count() == 3

    def test_is_tried_again_by_the_writer(self, ledger, allowed, monkeypatch):
        tried = threading.Event()
        copy = ledgers._copy_decisions

        def refuse_once(lines):
            if not tried.is_set():
                tried.set()
                refuse(lines)
            copy(lines)

        monkeypatch.setattr(ledgers, "_copy_decisions", refuse_once)
        ledger.keep(allowed(1))
        while not AccessDecision.objects.exists():
            with ledger._room:
                ledger._room.wait(0.01)
        assert tried.is_set()


class TheAnswersThatWait:
    def test_are_written_in_portions_in_their_order(self, idle, allowed, monkeypatch):
        monkeypatch.setattr(ledgers, "PORTION", 100)
        portions: list[list[str]] = []
        copy = ledgers._copy_decisions

        def watch(lines):
            portions.append([line.decision_id for line in lines])
            if len(portions) == 2:
                refuse(lines)
            copy(lines)

        monkeypatch.setattr(ledgers, "_copy_decisions", watch)
        lines = allowed(250)
        idle.keep(lines)
        idle.flush()
        assert AccessDecision.objects.count() == 100, "the second was refused, the third not tried"
        idle.flush()
        assert [len(portion) for portion in portions] == [100, 100, 100, 50]
        assert [*portions[0], *portions[2], *portions[3]] == [line.decision_id for line in lines]
        assert AccessDecision.objects.count() == 250


class ACustomer:
    """The database has no foreign key from answers to customers: it looked for the customer once for each answer."""

    @pytest.fixture
    def other(self):
        return Customer.objects.create(world=World.TEST, kind="person")

    def of(self, line: Line, pk: int, **more) -> Line:
        return line._replace(customer=pk, decision_id=access_id(), **more)

    def test_who_was_erased_meanwhile_is_nobody_and_the_answer_stays(self, idle, maja, example, other):
        allowance, gone = example["allow"], other.pk
        other.delete()
        idle.keep([self.of(allowance, maja.pk), self.of(allowance, gone)])
        idle.keep([self.of(example["deny"], gone)])
        idle.flush()
        told = AccessDecision.objects.order_by("outcome", "customer_id").values_list("outcome", "customer")
        assert list(told) == [("allow", maja.pk), ("allow", None), ("deny", None)]
        assert set(Sighting.objects.values_list("outcome", "customer")) == set(told)

    def test_of_the_other_world_is_nobody(self, idle, example):
        live = Customer.objects.create(world=World.LIVE, kind="person")
        idle.keep([self.of(example["deny"], live.pk)])
        assert AccessDecision.objects.get().customer is None

    def test_who_is_being_deleted_is_waited_for(self, idle, example, other, elsewhere):
        pk = other.pk
        with transaction.atomic():
            other.delete()
            writing = elsewhere(lambda: idle.keep([self.of(example["deny"], pk)]))
            while not self.somebody_waits_for_a_lock():
                assert not writing.done()
        writing.result()
        assert AccessDecision.objects.get().customer is None

    def somebody_waits_for_a_lock(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            return bool(cursor.fetchone()[0])

    def test_who_is_deleted_takes_the_answers_along(self, idle, example, other):
        idle.keep([self.of(example["deny"], other.pk)])
        other.delete()
        assert not AccessDecision.objects.exists()

    def test_whom_answers_name_cannot_be_deleted_past_the_product(self, idle, example, other):
        idle.keep([self.of(example["deny"], other.pk)])
        Sighting.objects.all().delete()
        with pytest.raises(IntegrityError), connection.cursor() as cursor:
            cursor.execute("DELETE FROM kyc_customer WHERE id = %s", [other.pk])

    def test_whom_answers_name_cannot_change_worlds(self, idle, example, other):
        idle.keep([self.of(example["deny"], other.pk)])
        Sighting.objects.all().delete()
        with pytest.raises(IntegrityError):
            Customer.objects.filter(pk=other.pk).update(world=World.LIVE)
