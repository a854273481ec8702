"""A policy tried on past screenings, published by two people, and everybody screened by it afterwards."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from accounts.roles import Role
from accounts.services import create_staff
from kyc.audit.models import AuditRow
from kyc.audit.services import SYSTEM
from kyc.audit.verbs import Verb
from kyc.customers.models import Customer
from kyc.errors import BadInput, EvidenceChanged, ForbiddenMove, Incomplete, NotAllowed, SamePerson
from kyc.journey import confirm_proposal, propose_policy
from kyc.policy.matching import CURRENT
from kyc.policy.versions import POLICY_VERSION
from kyc.screening.models import Hit, PolicyTrial, PublishedPolicy, RescreeningRun, Screening
from kyc.screening.policies import matching_in_force, policy_version
from kyc.screening.queries import coverage
from kyc.screening.services import screen_customer, settle_hit_as
from kyc.screening.states import HitStatus, RunReason
from kyc.screening.trials import ask_for_trial, publish_policy, run_trial
from kyc.tasks import try_policy
from kyc.worlds import World
from tests.kyc.screening.conftest import customer as on_file
from tests.kyc.watchlists.published import in_force, listed

pytestmark = pytest.mark.django_db

HIGHER = {"report_threshold": 0.97, "strong_threshold": 0.99}


@pytest.fixture
def listed_man(db: None) -> None:
    in_force(listed("1", "Ivan Petrovich Sidorov", born="1970-04-16", nationalities=("RU",)))


@pytest.fixture
def screened(listed_man: None, ivan: Customer, namesake: Customer, stranger: Customer) -> Customer:
    """Ivan is a strong hit, his namesake a weak one, the stranger none. Gives Ivan."""
    for customer in (ivan, namesake, stranger):
        screen_customer(customer=customer, reason="onboarding")
    return ivan


@pytest.fixture
def other_head(db: None) -> User:
    return create_staff(email="ida@example.com", name="Ida", role=Role.COMPLIANCE_HEAD, password=None)


def tried(overrides: dict[str, float] = HIGHER, **how: Any) -> PolicyTrial:
    asked = ask_for_trial(overrides=overrides, reason="too many", world=World.TEST, actor=SYSTEM, **how)
    return run_trial(trial_id=asked.pk)


def published(hugo: User, ida: User, overrides: dict[str, float] = HIGHER) -> PublishedPolicy:
    proposal = propose_policy(trial=tried(overrides), reason="Fewer false hits.", actor=hugo)
    confirm_proposal(proposal=proposal, actor=ida, reason="Agreed.")
    return PublishedPolicy.objects.latest("pk")


class ATrial:
    def test_tells_how_many_hits_fewer_and_which(self, screened: Customer, namesake: Customer) -> None:
        trial = tried()
        assert (trial.status, trial.counts["compared"], trial.counts["before"]) == ("done", 3, 2)
        assert trial.counts["after"] == trial.counts["before"] - trial.counts["fewer"]
        lost = [row for row in trial.differences if row["shift"] == "fewer"]
        assert {row["subject"] for row in lost} >= {namesake.public_id}
        assert all(row["listed"] == "Ivan Petrovich Sidorov" and row["after"] is None for row in lost)

    def test_tells_how_many_hits_more_and_which(
        self, screened: Customer, namesake: Customer, hugo: User, other_head: User
    ) -> None:
        published(hugo, other_head)
        trial = tried({"report_threshold": CURRENT["report_threshold"]})
        more = [row for row in trial.differences if row["shift"] == "more"]
        assert trial.counts["more"] == len(more) >= 1
        assert {row["subject"] for row in more} >= {namesake.public_id}
        assert all(row["before"] is None and row["after"] >= CURRENT["report_threshold"] for row in more)

    def test_tells_what_would_no_longer_hold(self, screened: Customer) -> None:
        trial = tried({"strong_threshold": 1.0})
        assert trial.counts["weaker"] == 1
        assert trial.differences[0]["subject"] == screened.public_id

    def test_puts_a_true_match_that_would_be_lost_first(self, screened: Customer, anna: User) -> None:
        hit = Hit.objects.get(customer=screened)
        settle_hit_as(hit=hit, status=HitStatus.TRUE_MATCH, reason_codes=["same_party"], narrative="He.", actor=anna)
        trial = tried({"report_threshold": 1.0, "strong_threshold": 1.0})
        assert trial.counts["fewer_true_match"] == 1
        assert (trial.differences[0]["subject"], trial.differences[0]["decided"]) == (screened.public_id, "true_match")

    def test_changes_nothing_and_keeps_no_name_of_a_customer(self, screened: Customer) -> None:
        hits, screenings = list(Hit.objects.values()), Screening.objects.count()
        trial = tried()
        assert (list(Hit.objects.values()), Screening.objects.count()) == (hits, screenings)
        assert "legal_name" not in str(trial.differences) and "Winterbottom" not in str(trial.differences)

    def test_takes_customers_with_hits_first(self, screened: Customer) -> None:
        assert tried(limit=2).counts["before"] == 2

    def test_is_made_once_however_often_it_is_sent(self, screened: Customer) -> None:
        trial = tried()
        try_policy(trial.pk)
        assert PolicyTrial.objects.get().finished_at == trial.finished_at

    def test_without_lists_has_failed_and_says_why(self, db: None) -> None:
        trial = tried()
        assert trial.status == "failed" and "No list is active" in trial.error


class ATrialThatCannotBe:
    @pytest.mark.parametrize(
        ("overrides", "why"),
        [
            ({"no_such_number": 0.5}, "no number"),
            ({"report_threshold": 1.5}, "between 0 and 1"),
            ({"report_threshold": float("nan")}, "between 0 and 1"),
            ({"report_threshold": 0.95}, "strong threshold lies below"),
            ({"report_threshold": CURRENT["report_threshold"]}, "nothing would change"),
            ({}, "nothing would change"),
        ],
    )
    def test_is_refused_and_leaves_no_trace(self, db: None, overrides: dict[str, float], why: str) -> None:
        with pytest.raises(BadInput, match=why):
            ask_for_trial(overrides=overrides, reason="x", world=World.TEST, actor=SYSTEM)
        assert not PolicyTrial.objects.exists() and not AuditRow.objects.filter(verb=Verb.TRIAL_STARTED).exists()

    def test_needs_a_reason_and_a_role(self, hugo: User, lena: User) -> None:
        with pytest.raises(Incomplete):
            ask_for_trial(overrides=HIGHER, reason=" ", world=World.TEST, actor=hugo)
        with pytest.raises(NotAllowed):
            ask_for_trial(overrides=HIGHER, reason="x", world=World.TEST, actor=lena)


class APublishedPolicy:
    def test_is_what_screenings_are_made_with(
        self, screened: Customer, namesake: Customer, hugo: User, other_head: User
    ) -> None:
        version = published(hugo, other_head)
        assert matching_in_force().report_threshold == 0.97
        assert policy_version() == f"{POLICY_VERSION}+{version.pk}"
        fresh = on_file("Ivan Petrovich Sidorov", birth_date=date(1988, 1, 2), nationalities=["CA"])
        made = screen_customer(customer=fresh, reason="onboarding")
        assert (made.new_hits, made.screening.policy_version) == ((), policy_version())

    def test_has_everybody_screened_again(self, screened: Customer, hugo: User, other_head: User) -> None:
        published(hugo, other_head)
        run = RescreeningRun.objects.get(reason=RunReason.NEW_POLICY)
        assert (run.policy_version, run.planned) == (policy_version(), 3)
        behind = {row.behind for row in coverage(as_of=run.started_at, world=World.TEST)}
        assert behind == {(f"policy: {POLICY_VERSION}, in force {policy_version()}",)}

    def test_can_be_followed_by_the_programs_own_numbers_again(
        self, screened: Customer, hugo: User, other_head: User
    ) -> None:
        published(hugo, other_head)
        own = {name: CURRENT[name] for name in HIGHER}
        published(hugo, other_head, own)
        assert PublishedPolicy.objects.latest("pk").overrides == {}
        assert matching_in_force().report_threshold == CURRENT.report_threshold
        assert matching_in_force().version != CURRENT.version, "another publication, another version"

    def test_is_audited_with_its_numbers(self, screened: Customer, hugo: User, other_head: User) -> None:
        published(hugo, other_head)
        row = AuditRow.objects.get(verb=Verb.POLICY_PUBLISHED)
        assert (row.actor_id, row.facts["overrides"]) == (str(other_head.pk), HIGHER)


class APublication:
    def test_needs_two_people(self, screened: Customer, hugo: User) -> None:
        proposal = propose_policy(trial=tried(), reason="x", actor=hugo)
        with pytest.raises(SamePerson):
            confirm_proposal(proposal=proposal, actor=hugo, reason="x")
        with pytest.raises(NotAllowed):
            publish_policy(trial=PolicyTrial.objects.get(), actor=hugo, proposal=proposal)
        assert not PublishedPolicy.objects.exists()

    def test_needs_the_role(self, screened: Customer, lena: User) -> None:
        with pytest.raises(NotAllowed):
            propose_policy(trial=tried(), reason="x", actor=lena)

    def test_needs_a_trial_that_was_made(self, screened: Customer, hugo: User) -> None:
        waiting = ask_for_trial(overrides=HIGHER, reason="x", world=World.TEST, actor=hugo)
        with pytest.raises(ForbiddenMove):
            propose_policy(trial=waiting, reason="x", actor=hugo)

    def test_is_void_when_another_came_first(self, screened: Customer, hugo: User, other_head: User) -> None:
        late = propose_policy(trial=tried({"report_threshold": 0.8}), reason="x", actor=hugo)
        published(hugo, other_head)
        with pytest.raises(EvidenceChanged):
            confirm_proposal(proposal=late, actor=other_head, reason="x")
        assert matching_in_force().report_threshold == 0.97


class TheCommand:
    def test_lists_the_numbers_in_force(self, db: None, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("try_policy")
        assert "report_threshold" in capsys.readouterr().out

    def test_prints_what_would_change(
        self, screened: Customer, namesake: Customer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        call_command("try_policy", changes=[*HIGHER.items()], world="test")
        said = capsys.readouterr().out
        assert "3 screenings" in said and namesake.public_id in said and "- hit" in said

    def test_refuses_what_is_no_policy(self, db: None) -> None:
        with pytest.raises(CommandError, match="no number"):
            call_command("try_policy", changes=[("x", 1.0)])
