"""What beat asks for: each part is done whatever becomes of the others, and re-screening has finders of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.utils import timezone

from kyc import journey, tasks
from kyc.customers.models import Customer
from kyc.imports.models import ImportBatch
from kyc.screening.models import RescreeningRun
from kyc.screening.runs import plan_run
from kyc.screening.states import RunReason
from kyc.worlds import World
from tests.kyc.screening.conftest import customer as on_file
from tests.kyc.watchlists.published import in_force, listed

pytestmark = pytest.mark.django_db

SIDOROV = listed("1", "Ivan Petrovich SIDOROV", born="1970-04-16", nationalities=("RU",))


def fault(*args: Any, **named: Any) -> None:
    raise RuntimeError("a fault of ours")


class TheSchedule:
    def test_names_tasks_that_there_are(self) -> None:
        scheduled = {row["task"] for row in settings.CELERY_BEAT_SCHEDULE.values()}
        assert scheduled <= current_app.tasks.keys()
        assert {"kyc.resume_journeys", "kyc.resume_rescreening", "kyc.plan_full_passes"} <= scheduled

    def test_never_lets_the_finder_of_shards_wait_behind_them(self) -> None:
        for task in ("kyc.resume_rescreening", "kyc.plan_full_passes"):
            assert settings.CELERY_TASK_ROUTES[task] == {"queue": "interactive"}


class ReScreening:
    """That should go on and does not."""

    @pytest.fixture
    def owed(self, ivan: Customer) -> Any:
        """A shard that nobody works on, and an edition whose run was never planned."""
        in_force(SIDOROV)
        plan_run(reason=RunReason.FULL_PASS)
        RescreeningRun.objects.update(started_at=timezone.now() - timedelta(minutes=1))
        return in_force(SIDOROV, listed("2", "Petr Ilyich ORLOV"))

    def test_is_found(self, owed: Any, sent: list, django_capture_on_commit_callbacks: Any) -> None:
        sent.clear()
        with django_capture_on_commit_callbacks(execute=True):
            tasks.resume_rescreening()
        assert ("kyc.rescreen", {}) in sent
        assert ("kyc.start_rescreening", {"edition": owed.public_id}) in sent

    def test_is_found_where_something_else_of_it_fails(
        self, owed: Any, sent: list, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
    ) -> None:
        monkeypatch.setattr(tasks, "shards_without_worker", fault)
        sent.clear()
        with django_capture_on_commit_callbacks(execute=True), pytest.raises(ExceptionGroup):
            tasks.resume_rescreening()
        assert ("kyc.start_rescreening", {"edition": owed.public_id}) in sent

    def test_of_everybody_is_planned_whatever_becomes_of_reviews(
        self, ivan: Customer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        in_force(SIDOROV)
        monkeypatch.setattr(journey, "expire_reviews", fault)
        with pytest.raises(ExceptionGroup):
            tasks.find_expired()
        tasks.plan_full_passes()
        assert set(RescreeningRun.objects.values_list("reason", "world")) == {
            (RunReason.FULL_PASS, World.LIVE),
            (RunReason.FULL_PASS, World.TEST),
        }


class AnImportThatALostMessageStopped:
    def test_goes_on_where_what_the_gate_keeps_cannot_be_read(
        self, db: None, sent: list, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
    ) -> None:
        batch = ImportBatch.objects.create(world=World.TEST, filename="x.csv", status=ImportBatch.Status.RUNNING)
        monkeypatch.setattr(journey, "look_into_reviews", fault)
        with django_capture_on_commit_callbacks(execute=True), pytest.raises(ExceptionGroup):
            tasks.resume_journeys()
        assert sent == [("kyc.run_import", {"batch_id": batch.pk})]


class ManyLateSteps:
    def test_are_sent_again_some_at_a_time_the_most_overdue_first(
        self, db: None, sent: list, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
    ) -> None:
        made = [on_file(f"Aurelia{n} Winterbottom{n}") for n in range(4)]
        now = timezone.now()
        for customer, minutes in zip(made, (1, 3, 2, 0), strict=True):
            Customer.objects.filter(pk=customer.pk).update(next_step_at=now - timedelta(minutes=minutes))
        monkeypatch.setattr(tasks, "MOST_RESENT", 2)
        sent.clear()
        with django_capture_on_commit_callbacks(execute=True):
            tasks.resume_journeys()
        assert sent == [("kyc.advance", {"customer_id": made[n].pk}) for n in (1, 2)]
        assert journey.late_customers().count() == 3  # all are told to whoever asks how it stands
