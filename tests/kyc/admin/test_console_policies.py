"""Policy pages: every number readable, a trial from form to publication, a self-test from button to report."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from accounts.services import create_staff
from kyc.approvals.models import Proposal
from kyc.audit.services import SYSTEM
from kyc.policy.matching import CURRENT
from kyc.policy.measures import TABLE
from kyc.screening.models import Hit, PolicyTrial, PublishedPolicy, RememberedClearance, SelfTest
from kyc.screening.runs import plan_run
from kyc.screening.selftests import run_self_test
from kyc.screening.services import remember_clearance, screen_customer, settle_hit_as
from kyc.screening.states import HitStatus, RunReason
from kyc.screening.trials import run_trial

pytestmark = pytest.mark.django_db


def page(client, name, *args):
    return client.get(reverse(f"console:{name}", args=args)).content.decode()


def post(client, name, *args, **data):
    return client.post(reverse(f"console:{name}", args=args), data)


def tried(client, **numbers) -> PolicyTrial:
    data = {f"number-{name}": value for name, value in numbers.items()}
    assert post(client, "trial_new", reason="Too many false hits.", **data).status_code == 302
    return run_trial(trial_id=PolicyTrial.objects.latest("pk").pk)


class ThePolicyPage:
    def test_shows_every_number_with_unit_reason_and_source_and_every_measure(self, signed_in, house):
        text = page(signed_in(Role.AUDITOR), "policies")
        for row in (*CURRENT.numbers, *CURRENT.evidence, *CURRENT.quality):
            assert row.name in text
        for measure in TABLE:
            assert measure.measure in text
        assert "clearance_days" in text and "most_shrink" in text and "EBA/GL/2024/15" in text


class ATrialFromTheConsole:
    def test_is_told_by_what_would_change_and_published_by_two(self, signed_in, house, people):
        head = signed_in(Role.COMPLIANCE_HEAD)
        trial = tried(head, report_threshold="0.999", strong_threshold="1")
        text = page(head, "trial", trial.public_id)
        assert "hit fewer" in text and str(house.customer) in text and "Viktor" in text
        assert post(head, "trial_propose", trial.public_id, reason="Fewer.").status_code == 302
        assert "somebody else must confirm" in page(head, "trial", trial.public_id)
        other = create_staff(email="ida@x.example", name="Ida", role=Role.SENIOR_ANALYST, password=None, actor=SYSTEM)
        proposal = trial_proposal(trial)
        assert "report_threshold 0.999" in page(signed_in(other), "proposal", proposal)
        assert post(signed_in(other), "proposal_confirm", proposal, reason="Yes.").status_code == 302
        assert PublishedPolicy.objects.get().confirmed_by == other
        assert "program: 0.7" in page(head, "policies")

    def test_with_nothing_changed_is_refused_and_keeps_what_was_typed(self, signed_in, house):
        answer = post(signed_in(Role.COMPLIANCE_HEAD), "trial_new", reason="Just looking.")
        assert answer.status_code == 400
        assert "nothing would change" in answer.content.decode() and "Just looking." in answer.content.decode()

    def test_with_a_word_for_a_number_is_refused(self, signed_in, house):
        answer = post(signed_in(Role.COMPLIANCE_HEAD), "trial_new", reason="x", **{"number-report_threshold": "high"})
        assert answer.status_code == 400 and "is no number" in answer.content.decode()

    def test_that_is_outdated_offers_no_publication(self, signed_in, house):
        PolicyTrial.objects.filter(pk=house.trial.pk).update(status="done", policy_version="2020-01-01.1")
        text = page(signed_in(Role.COMPLIANCE_HEAD), "trial", house.trial.public_id)
        assert "try them again" in text and "Put it in force" not in text


def trial_proposal(trial: PolicyTrial) -> str:
    return Proposal.objects.get(subject_id=trial.public_id).public_id


class ASelfTestFromTheConsole:
    def test_leaves_a_dated_report_with_its_misses(self, signed_in, house, sent):
        manager = signed_in(Role.LIST_MANAGER)
        assert post(manager, "self_test_new").status_code == 302
        test = SelfTest.objects.latest("pk")
        assert "A worker is at it" in page(manager, "self_test", test.public_id)
        run_self_test(test_id=test.pk)
        text = page(manager, "self_test", test.public_id)
        assert "As published" in text and f"--seed {test.seed}" in text
        assert reverse("console:self_test", args=[test.public_id]) in page(manager, "self_tests")


class ARememberedDecision:
    @pytest.fixture
    def cleared(self, house, people) -> Hit:
        analyst: User = people[Role.ANALYST]
        hit = settle_hit_as(
            hit=house.weak, status=HitStatus.NO_MATCH, reason_codes=["different_country"], narrative="", actor=analyst
        )
        remember_clearance(hit=hit, actor=analyst)
        return hit

    def test_is_listed_with_whom_until_when_and_by_whom(self, signed_in, cleared):
        text = page(signed_in(Role.AUDITOR), "clearances")
        assert cleared.matched_name in text and "remembered" in text
        assert RememberedClearance.objects.get().expires_on.strftime("%Y") in text

    def test_is_listed_with_what_changed_once_it_lapsed(self, signed_in, cleared):
        RememberedClearance.objects.update(lapsed_at="2026-11-20T00:00Z", lapsed_reason="Changed: the listed names.")
        assert "the listed names" in page(signed_in(Role.AUDITOR), "clearances")

    def test_that_kept_a_hit_quiet_stands_on_the_runs_page_with_the_reason(self, signed_in, house, cleared):
        run = plan_run(reason=RunReason.FULL_PASS, world=house.customer.world)
        screen_customer(customer=house.customer, reason="full_pass", run=run)
        text = page(signed_in(Role.AUDITOR), "run", run.pk)
        assert cleared.matched_name in text and "Cleared before, and neither side has changed" in text
