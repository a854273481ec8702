"""An organisation and its director are two checks: nobody is forgotten when one of them is settled."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from accounts.models import User
from accounts.roles import Role
from accounts.services import create_staff
from kyc import dispatch, journey
from kyc.audit.services import SYSTEM
from kyc.cases.models import Case
from kyc.cases.states import CaseType
from kyc.customers.models import Customer, RelatedParty
from kyc.customers.services import add_party, create_customer
from kyc.errors import ForbiddenMove
from kyc.identity.models import Verification
from kyc.risk.models import RiskAssessment
from kyc.screening.indexes import forget_all
from kyc.verifying import TOOK_BACK
from tests.kyc.watchlists.published import in_force, listed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> None:
    monkeypatch.setattr(dispatch, "_send", lambda task, arguments: None)
    settings.DATA = tmp_path
    forget_all()


@pytest.fixture
def anna(db: None) -> User:
    return create_staff(email="anna@x.example", name="Anna", role=Role.ANALYST, password=None)


@pytest.fixture
def robotics(db: None) -> Customer:
    """Handed in, with Maja as its director: a person is to look at both."""
    in_force(listed("1", "Ivan Petrovich SIDOROV", born="1970-04-16", nationalities=("RU",)))
    customer = create_customer(
        kind="organisation", world="test", actor=SYSTEM, source="api", legal_name="Example Robotics Ltd",
        registration_country="SE", registration_number="556016-0680", residence_country="SE", email="g@x.example",
    )  # fmt: skip
    add_party(
        customer=customer, actor=SYSTEM, kind="person", roles=["owner", "director"], legal_name="Maja Sofia Lindqvist",
        birth_date=date(1990, 4, 16), nationalities=["SE"], share_min=100, share_max=100,
    )  # fmt: skip
    Customer.objects.filter(pk=customer.pk).update(status="submitted")
    journey.advance(customer_id=customer.pk)
    customer.refresh_from_db()
    return customer


@pytest.fixture
def maja(robotics: Customer) -> RelatedParty:
    return robotics.relatedparty_set.get()


def own(customer: Customer) -> Verification:
    return customer.verification_set.get(party=None)


def settle(verification: Verification, actor: User, *, verified: bool = True) -> None:
    journey.settle_identity(verification=verification, verified=verified, actor=actor, reason="I saw the original.")
    journey.advance(customer_id=verification.customer_id)


def case_of(customer: Customer) -> Case:
    return customer.case_set.get(type=CaseType.IDENTITY)


def propose(customer: Customer, actor: User, outcome: Any = "approved") -> None:
    journey.propose_decision(
        customer=Customer.objects.get(pk=customer.pk), outcome=outcome, tier="sandbox", reason_codes=["reviewed_ok"],
        customer_words="Our words.", staff_words="Staff's words.", actor=actor,
    )  # fmt: skip


class AnOrganisationWhoseDirectorIsStillLookedAt:
    @pytest.fixture(autouse=True)
    def settled(self, robotics: Customer, anna: User) -> None:
        settle(own(robotics), anna)

    def test_goes_on_along_the_road(self, robotics):
        robotics.refresh_from_db()
        assert robotics.status == "in_review"

    def test_keeps_its_case_which_says_whose_check_is_open(self, robotics):
        case = case_of(robotics)
        assert case.status == "open"
        assert "Maja Sofia Lindqvist" in case.summary

    def test_is_not_proposed_for_approval(self, robotics, anna):
        with pytest.raises(ForbiddenMove, match="Maja Sofia Lindqvist"):
            propose(robotics, anna)
        assert case_of(robotics).status == "open"

    def test_may_be_refused_all_the_same(self, robotics, anna):
        propose(robotics, anna, "rejected")
        assert case_of(robotics).status == "pending_approval"

    def test_is_not_kept_by_a_director_who_left(self, robotics, maja, anna):
        maja.removed_at = own(robotics).finished_at
        maja.save()
        propose(robotics, anna)


class TheLastCheckThatIsSettled:
    def test_closes_the_case_and_has_the_customer_assessed_again(self, robotics, maja, anna):
        settle(own(robotics), anna)
        before = RiskAssessment.objects.filter(customer=robotics).count()
        settle(maja.verifications.get(), anna)
        assert (case_of(robotics).status, case_of(robotics).outcome) == ("resolved", "requirements_met")
        first, *_, last = RiskAssessment.objects.filter(customer=robotics).order_by("id")
        assert RiskAssessment.objects.filter(customer=robotics).count() > before
        assert "ownership.unverified" in first.facts["codes"]
        assert "ownership.unverified" not in last.facts["codes"]

    def test_leaves_a_case_for_the_decision(self, robotics, maja, anna):
        settle(own(robotics), anna)
        settle(maja.verifications.get(), anna)
        assert Case.objects.unresolved().filter(customer=robotics).exists()
        propose(robotics, anna)

    def test_may_be_the_organisations_own(self, robotics, maja, anna):
        settle(maja.verifications.get(), anna)
        assert case_of(robotics).status == "open"
        settle(own(robotics), anna)
        assert case_of(robotics).status == "resolved"

    def test_keeps_the_case_open_where_it_failed(self, robotics, maja, anna):
        settle(own(robotics), anna)
        settle(maja.verifications.get(), anna, verified=False)
        assert case_of(robotics).status == "open"

    def test_does_not_answer_a_provider_who_took_back_another(self, robotics, maja, anna):
        settle(own(robotics), anna)
        robotics.verification_set.filter(party=None).update(provider="stripe")
        robotics.case_set.update(findings=[{"code": TOOK_BACK, "sentence": "Otherwise now.", "says": "note"}])
        settle(maja.verifications.get(), anna)
        assert case_of(robotics).status == "open"
