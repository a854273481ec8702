"""The form opened again: the customer corrects what was asked for, hands it in, and the road begins anew."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accounts.models import User
from accounts.roles import Role
from accounts.services import create_staff
from kyc import dispatch, journey
from kyc.audit.models import AuditRow
from kyc.audit.services import SYSTEM
from kyc.cases.models import Case, InformationRequest
from kyc.cases.services import open_case
from kyc.cases.states import CaseType
from kyc.customers.models import Customer
from kyc.customers.services import add_member, change_party
from kyc.customers.states import CustomerStatus
from kyc.errors import ForbiddenMove, Incomplete, NotAllowed
from kyc.journey import onboarding
from tests.kyc.ownership.conftest import director, owner
from tests.kyc.watchlists.published import in_force, listed

pytestmark = pytest.mark.django_db
ITEMS = [{"code": "owner_share", "question": "Please tell us the exact share of each owner."}]


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent, and the form wants nothing that these tests are not about."""
    monkeypatch.setattr(dispatch, "_send", lambda task, arguments: None)
    monkeypatch.setattr(onboarding, "missing_of", lambda customer: ())
    in_force(listed("1", "Nobody OF THE KIND", measure="SDN"))


@pytest.fixture
def ada(db: None) -> User:
    return create_staff(email="ada@x.example", name="Ada", role=Role.ANALYST, password=None)


@pytest.fixture
def grace(company: Customer) -> User:
    """Who fills in the form of an organisation that is in review."""
    user = User.objects.create_user("grace@x.example", "a long enough password", name="Grace Example")
    add_member(customer=company, user=user, role="owner", actor=SYSTEM)
    Customer.objects.filter(pk=company.pk).update(status=CustomerStatus.IN_REVIEW)
    company.refresh_from_db()
    return user


@pytest.fixture
def case(company: Customer, grace: User) -> Case:
    found, _ = open_case(customer=company, type=CaseType.OWNERSHIP, summary="Who owns it.", actor=SYSTEM)
    return found


class ACustomerAskedToCorrectTheForm:
    def test_may_edit_it_again(self, company: Customer, case: Case, grace: User, ada: User) -> None:
        part = owner(company, "Grace Example", None)
        journey.ask_to_amend(case=case, items=ITEMS, actor=ada)
        company.refresh_from_db()
        case.refresh_from_db()
        assert (company.status, case.status) == ("needs_information", "awaiting_customer")
        assert journey.what_to_amend(company) == [ITEMS[0]["question"]]
        change_party(party=part, actor=grace, share_min=Decimal(100), share_max=Decimal(100))
        assert part.holding.share_min == 100

    def test_is_led_to_the_form_with_the_day_by_which(self, company: Customer, case: Case, ada: User) -> None:
        asked = journey.ask_to_amend(case=case, items=ITEMS, actor=ada)
        company.refresh_from_db()
        action = journey.next_action(company)
        assert (action.title, action.url_name) == ("Correct the form", "portal:form")
        assert f"{asked.due_at:%-d %B %Y}" in action.sentence

    def test_hands_it_in_and_walks_the_road_again(self, company: Customer, case: Case, grace: User, ada: User) -> None:
        journey.ask_to_amend(case=case, items=ITEMS, actor=ada)
        company.refresh_from_db()
        journey.submit(customer=company, actor=grace)
        case.refresh_from_db()
        asked = InformationRequest.objects.get()
        assert (company.status, case.status) == ("submitted", "open")
        assert asked.answered_at is not None
        assert asked.items.get().answer == "Corrected in the form, which was handed in again."
        assert journey.advance(customer_id=company.pk) == CustomerStatus.VERIFYING

    def test_after_a_decision_is_refused_without_a_trace(self, company: Customer, case: Case, ada: User) -> None:
        Customer.objects.filter(pk=company.pk).update(status=CustomerStatus.APPROVED)
        before = AuditRow.objects.count()
        with pytest.raises(ForbiddenMove):
            journey.ask_to_amend(case=case, items=ITEMS, actor=ada)
        assert (InformationRequest.objects.count(), AuditRow.objects.count()) == (0, before)

    def test_without_a_question_is_refused_without_a_trace(self, company: Customer, case: Case, ada: User) -> None:
        before = AuditRow.objects.count()
        with pytest.raises(Incomplete):
            journey.ask_to_amend(case=case, items=[], actor=ada)
        company.refresh_from_db()
        assert (company.status, AuditRow.objects.count()) == ("in_review", before)

    def test_by_somebody_who_may_not_work_on_cases_is_refused(self, company: Customer, case: Case) -> None:
        otto = create_staff(email="otto@x.example", name="Otto", role=Role.AUDITOR, password=None)
        with pytest.raises(NotAllowed):
            journey.ask_to_amend(case=case, items=ITEMS, actor=otto)
        company.refresh_from_db()
        assert (company.status, InformationRequest.objects.count()) == ("in_review", 0)


class GoingOnWithout:
    def test_closes_the_form(self, company: Customer, case: Case, ada: User) -> None:
        journey.ask_to_amend(case=case, items=ITEMS, actor=ada)
        case.refresh_from_db()
        journey.go_on_without(case=case, actor=ada)
        company.refresh_from_db()
        assert (company.status, journey.what_to_amend(company)) == ("in_review", [])
        assert InformationRequest.objects.get().answered_at is not None

    def test_where_nothing_is_open_is_refused(self, company: Customer, case: Case, ada: User) -> None:
        with pytest.raises(ForbiddenMove):
            journey.go_on_without(case=case, actor=ada)

    def test_by_somebody_who_may_not_work_on_cases_is_refused(self, company: Customer, case: Case, ada: User) -> None:
        journey.ask_to_amend(case=case, items=ITEMS, actor=ada)
        otto = create_staff(email="otto@x.example", name="Otto", role=Role.AUDITOR, password=None)
        with pytest.raises(NotAllowed):
            journey.go_on_without(case=case, actor=otto)
        company.refresh_from_db()
        assert company.status == "needs_information"


class OwnersWhomNobodyNamed:
    def test_open_the_form_of_who_is_in_review(self, company: Customer, grace: User) -> None:
        owner(company, "Grace Example", "40"), director(company)
        journey.look_at_owners(customer=company, actor=SYSTEM)
        company.refresh_from_db()
        assert company.status == "needs_information"
        name = company.legal_name
        assert journey.what_to_amend(company) == [f"Please name all owners of {name} with their exact shares."]

    def test_open_it_at_the_end_of_the_road(self, company: Customer, grace: User) -> None:
        owner(company, "Grace Example", "40"), director(company)
        Customer.objects.filter(pk=company.pk).update(status=CustomerStatus.SCREENING)
        assert journey.advance(customer_id=company.pk) == CustomerStatus.NEEDS_INFORMATION

    def test_are_asked_for_in_words_after_a_decision(self, company: Customer, grace: User) -> None:
        Customer.objects.filter(pk=company.pk).update(status=CustomerStatus.APPROVED)
        owner(company, "Grace Example", "40"), director(company)
        journey.look_at_owners(customer=company, actor=SYSTEM)
        company.refresh_from_db()
        assert (company.status, journey.next_action(company).url_name) == ("approved", "portal:answer")

    def test_are_asked_for_in_words_where_nobody_has_a_form(self, company: Customer) -> None:
        Customer.objects.filter(pk=company.pk).update(status=CustomerStatus.IN_REVIEW)
        owner(company, "Grace Example", "40"), director(company)
        journey.look_at_owners(customer=company, actor=SYSTEM)
        company.refresh_from_db()
        assert (company.status, InformationRequest.objects.count()) == ("in_review", 1)
