"""Re-screening in the console: started with a reason, watched as it goes, and the proof of coverage beside it."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from kyc.audit.models import AuditRow
from kyc.audit.services import SYSTEM, record
from kyc.audit.verbs import Verb
from kyc.customers.models import Customer
from kyc.journey import screen
from kyc.screening.models import CoverageCheck, RescreeningRun
from kyc.screening.proof import check_coverage
from kyc.screening.runs import run_next_shard
from kyc.screening.states import RunReason, RunStatus
from tests.kyc.screening.conftest import customer as on_file


def text_of(answer) -> str:
    return " ".join(answer.content.decode().split())


class ARunThatAPersonStarts:
    def test_keeps_who_and_why_and_shows_how_far_it_is(self, signed_in, house):
        RescreeningRun.objects.all().delete()
        client = signed_in(Role.LIST_MANAGER)
        answer = client.post(reverse("console:run_start"), {"reason": "The regulator asked."}, follow=True)
        run = RescreeningRun.objects.get()
        assert (run.reason, run.note, run.world) == (RunReason.REQUESTED, "The regulator asked.", "test")
        assert "The regulator asked." in text_of(answer)
        assert AuditRow.objects.get(verb=Verb.RESCREENING_STARTED).facts["note"] == "The regulator asked."
        page = text_of(client.get(reverse("console:run_now", args=[run.pk])))
        assert f"0 of {run.planned} customers" in page
        assert 'hx-trigger="every 2s"' in page
        while run_next_shard(screen=screen):
            pass
        page = text_of(client.get(reverse("console:run_now", args=[run.pk])))
        assert f"{run.planned} of {run.planned} customers" in page
        assert "hx-trigger" not in page  # over: nothing is asked any more

    def test_without_a_reason_is_refused_and_leaves_no_trace(self, signed_in, house):
        before = RescreeningRun.objects.count()
        answer = signed_in(Role.LIST_MANAGER).post(reverse("console:run_start"), {"reason": " "})
        assert answer.status_code == 400
        assert RescreeningRun.objects.count() == before

    def test_is_not_for_an_analyst(self, signed_in, house):
        answer = signed_in(Role.ANALYST).post(reverse("console:run_start"), {"reason": "curious"})
        assert answer.status_code == 403

    def test_can_be_paused_and_go_on_and_be_cancelled(self, signed_in, house):
        client = signed_in(Role.LIST_MANAGER)
        house.run.shards.create(first_id=1, last_id=2)  # something is left to do
        for to in ("paused", "running", "cancelled"):
            client.post(reverse("console:run_move", args=[house.run.pk]), {"to": to})
            house.run.refresh_from_db()
            assert house.run.status == to
        assert AuditRow.objects.filter(verb=Verb.RESCREENING_MOVED).count() == 3


class AChangedCustomersRun:
    def test_is_shown_where_it_is_asked_for(self, signed_in, house):
        RescreeningRun.objects.create(reason=RunReason.CHANGED, policy_version="1", planned=1, status=RunStatus.DONE)
        client = signed_in(Role.AUDITOR)
        assert "changed" not in text_of(client.get(reverse("console:runs"))).partition("<tbody>")[2]
        assert "changed" in text_of(client.get(reverse("console:runs"), {"reason": "changed"})).partition("<tbody>")[2]


class AFullPassThatDisagreed:
    def test_is_told_on_the_first_page_and_beside_its_hit(self, signed_in, house):
        house.run.shards.create(first_id=1, last_id=2, differs=1)
        facts = {"hit": house.strong.public_id}
        record(verb=Verb.RESCREENING_DISAGREED, subject=house.run, actor=SYSTEM, world="test", facts=facts)
        house.strong.screening.run = house.run
        house.strong.screening.save()
        client = signed_in(Role.ANALYST)
        assert "found what the runs before it should have" in text_of(client.get(reverse("console:index")))
        assert "missed before" in text_of(client.get(reverse("console:run", args=[house.run.pk])))


class TheProofOfCoverage:
    def test_is_told_with_its_share_never_rounded_up(self, signed_in, house):
        CoverageCheck.objects.create(total=100_000, behind=1, served_behind=0)
        assert "99.99 %" in text_of(signed_in(Role.AUDITOR).get(reverse("console:runs")))

    def test_alarms_once_served_customers_are_behind_for_too_long(self, signed_in, house):
        Customer.objects.filter(pk=house.customer.pk).update(status="approved", facts_version=99)
        now = timezone.now()
        first = check_coverage(now=now)
        assert first.served_behind > 0
        assert not first.alarmed
        later = check_coverage(now=now + timedelta(hours=7))
        assert (later.alarmed, later.served_behind_since) == (True, now)
        assert AuditRow.objects.get(verb=Verb.COVERAGE_BEHIND).facts["served_behind"] == later.served_behind
        assert "behind what is in force" in text_of(signed_in(Role.ANALYST).get(reverse("console:index")))

    def test_does_not_alarm_for_one_customer_after_another(self, house):
        Customer.objects.update(status="draft")
        one, other = house.customer, on_file("Aurelia Winterbottom")
        now = timezone.now()
        for hours in range(8):
            behind, current = (one, other) if hours % 2 else (other, one)
            Customer.objects.filter(pk=behind.pk).update(status="approved", facts_version=99)
            Customer.objects.filter(pk=current.pk).update(status="draft")
            check = check_coverage(now=now + timedelta(hours=hours))
            assert (check.served_behind, check.alarmed) == (1, False)

    def test_is_missed_when_it_is_old(self, signed_in, house):
        CoverageCheck.objects.create(total=2, behind=0, served_behind=0, at=timezone.now() - timedelta(hours=5))
        assert "Coverage was last proved on" in text_of(signed_in(Role.ANALYST).get(reverse("console:index")))

    def test_is_silent_again_once_they_caught_up(self, house):
        now = timezone.now()
        CoverageCheck.objects.create(total=2, behind=1, served_behind=1, served_behind_since=now, alarmed=True)
        Customer.objects.update(status="draft")
        check = check_coverage(now=now + timedelta(hours=8))
        assert (check.alarmed, check.served_behind_since, check.share) == (False, None, 1.0)
