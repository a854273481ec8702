"""A customer contests a decision: somebody who took no part in it looks again, and the customer is told."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from accounts.roles import Role
from accounts.services import create_staff
from kyc import dispatch, journey
from kyc.audit.models import AuditRow
from kyc.audit.services import SYSTEM
from kyc.cases.models import Appeal, Case
from kyc.cases.services import file_appeal
from kyc.customers.models import Customer
from kyc.customers.services import create_customer
from kyc.errors import ForbiddenMove, LostRace, NotAllowed
from kyc.notices.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "_send", lambda task, arguments: None)


@pytest.fixture
def staff(db: None) -> dict[str, User]:
    roles = {"ada": Role.ANALYST, "hana": Role.COMPLIANCE_HEAD, "sam": Role.SENIOR_ANALYST, "otto": Role.AUDITOR}
    return {
        name: create_staff(email=f"{name}@x.example", name=name, role=role, password=None)
        for name, role in roles.items()
    }


def decide(customer: Customer, outcome: Any, first: User, second: User, code: str = "unsupported_region") -> None:
    customer.refresh_from_db()
    proposal = journey.propose_decision(
        customer=customer,
        outcome=outcome,
        tier="standard" if outcome == "approved" else "none",
        reason_codes=[code],
        customer_words="Our words.",
        staff_words="Staff's words.",
        actor=first,
    )
    journey.confirm_proposal(proposal=proposal, actor=second, reason="agreed")


@pytest.fixture
def appeal(staff: dict[str, User]) -> Appeal:
    customer = create_customer(
        kind="person", world="test", actor=SYSTEM, source="api", legal_name="Maja Lindqvist", email="maja@x.example"
    )
    Customer.objects.filter(pk=customer.pk).update(status="in_review")
    decide(customer, "rejected", staff["ada"], staff["hana"])
    owner = User.objects.create_user("maja@x.example", "a long enough password")
    return file_appeal(customer=customer, words="I live in Sweden.", actor=owner)


class AnOpenAppeal:
    @pytest.mark.parametrize("who", ["ada", "hana"])
    def test_is_not_settled_by_who_took_part_in_the_decision(self, appeal, staff, who):
        before = AuditRow.objects.count()
        with pytest.raises(NotAllowed):
            journey.uphold_decision(appeal=appeal, words="No.", actor=staff[who])
        appeal.refresh_from_db()
        assert appeal.settled_at is None
        assert AuditRow.objects.count() == before

    def test_is_not_settled_by_who_only_reads(self, appeal, staff):
        with pytest.raises(NotAllowed):
            journey.uphold_decision(appeal=appeal, words="No.", actor=staff["otto"])

    def test_is_told_to_the_customer_as_being_looked_at(self, appeal):
        assert "took no part" in journey.next_action(appeal.customer).sentence

    def test_keeps_the_first_two_from_making_the_next_decision(self, appeal, staff):
        with pytest.raises(NotAllowed):
            decide(appeal.customer, "approved", staff["ada"], staff["sam"], "reviewed_ok")


class ADecisionThatStands:
    def test_settles_the_appeal_closes_its_case_and_tells_the_customer(self, appeal, staff):
        journey.uphold_decision(appeal=appeal, words="We looked again.", actor=staff["sam"])
        appeal.refresh_from_db()
        assert appeal.upheld is True
        assert not Case.objects.unresolved().filter(pk=appeal.case_id).exists()
        letter = Notice.objects.get(template="appeal_settled")
        assert letter.context["words"] == "We looked again."

    def test_is_settled_once(self, appeal, staff):
        journey.uphold_decision(appeal=appeal, words="We looked again.", actor=staff["sam"])
        with pytest.raises(LostRace):
            journey.uphold_decision(appeal=appeal, words="And again.", actor=staff["sam"])
        assert Notice.objects.filter(template="appeal_settled").count() == 1


class ADecisionThatIsOverturned:
    def test_by_two_others_settles_the_appeal(self, appeal, staff):
        lena = create_staff(email="lena@x.example", name="lena", role=Role.SENIOR_ANALYST, password=None)
        customer = journey.review_again(appeal=appeal, actor=staff["sam"])
        decide(customer, "approved", staff["sam"], lena, "reviewed_ok")
        appeal.refresh_from_db()
        assert appeal.upheld is False
        customer.refresh_from_db()
        assert (customer.status, customer.tier) == ("approved", "standard")

    @pytest.mark.parametrize("who", ["ada", "hana", "otto"])
    def test_is_not_taken_into_review_by_who_took_part_or_only_reads(self, appeal, staff, who):
        before = AuditRow.objects.count()
        with pytest.raises(NotAllowed):
            journey.review_again(appeal=appeal, actor=staff[who])
        assert Customer.objects.get().status == "rejected"
        assert AuditRow.objects.count() == before


class ACustomerWhoIsInReviewAgain:
    def test_is_refused_anew_by_two_and_the_first_decision_stands(self, appeal, staff):
        lena = create_staff(email="lena@x.example", name="lena", role=Role.SENIOR_ANALYST, password=None)
        decide(journey.review_again(appeal=appeal, actor=staff["sam"]), "rejected", staff["sam"], lena)
        appeal.refresh_from_db()
        assert appeal.upheld is True

    def test_is_not_refused_by_one_person(self, appeal, staff):
        journey.review_again(appeal=appeal, actor=staff["sam"])
        with pytest.raises(ForbiddenMove):
            journey.uphold_decision(appeal=appeal, words="No.", actor=staff["sam"])
        assert Appeal.objects.get().settled_at is None

    def test_is_taken_there_once(self, appeal, staff):
        journey.review_again(appeal=appeal, actor=staff["sam"])
        with pytest.raises(ForbiddenMove):
            journey.review_again(appeal=appeal, actor=staff["sam"])
