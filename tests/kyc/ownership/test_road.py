"""What the road makes of ownership: holds, one case, questions, risk; and what a date of the policy sets going."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from kyc import dispatch, journey
from kyc.access.holds import lift_hold
from kyc.access.models import Hold
from kyc.audit.models import AuditRow
from kyc.audit.services import SYSTEM
from kyc.audit.verbs import Verb
from kyc.cases.models import Case, InformationRequest
from kyc.cases.states import CaseStatus, CaseType
from kyc.customers.models import Customer
from kyc.customers.services import (
    add_party,
    change_party,
    record_interest,
    remove_interest,
    remove_party,
)
from kyc.errors import BadInput, ForbiddenMove, LostRace
from kyc.journey import two_people
from kyc.ownership.models import OwnershipEvaluation
from kyc.ownership.queries import current_evaluation, organisations_to_evaluate
from kyc.ownership.services import evaluate_ownership
from kyc.risk.queries import risk_codes
from kyc.screening.states import HitStatus
from tests.kyc.ownership.conftest import director, owner
from tests.kyc.screening.conftest import customer as on_file
from tests.kyc.watchlists.published import in_force, listed

pytestmark = pytest.mark.django_db
# of a programme that is not under 15 CFR 744.8: OFAC's rule alone counts him
SIDOROV = listed(
    "1", "Ivan Petrovich SIDOROV", born="1970-04-16", nationalities=("RU",), measure="SDN", programmes=("CUBA",)
)
ENTITY = listed("1", "Ivan Petrovich SIDOROV", born="1970-04-16", nationalities=("RU",), measure="EL")
BEFORE, BACK = date(2026, 11, 9), date(2026, 11, 10)


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    sent: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(dispatch, "_send", lambda task, arguments: sent.append((task, arguments)))
    return sent


def ivan(company: Customer, share: str | None, **more: Any) -> Any:
    return owner(company, "Ivan Petrovich Sidorov", share, birth_date=date(1970, 4, 16), nationalities=["RU"], **more)


def settled(company: Customer, by: User) -> None:
    """The hit on Ivan is a true match."""
    journey.screen(customer_id=company.pk, reason="requested")
    two_people.settle_hit(company.hit_set.get(), HitStatus.TRUE_MATCH, ["same_party"], "It is he.", by)


def ownership_holds(company: Customer) -> list[str]:
    rows = Hold.objects.standing().filter(customer=company, kind="ownership")
    return sorted(rows.values_list("reference", flat=True))


class AnOwnerWhoIsListed:
    def test_with_exactly_half_holds_the_customer_when_it_is_settled(self, company: Customer, anna: User) -> None:
        in_force(SIDOROV)
        ivan(company, "50"), owner(company, "Grace Example", "50"), director(company)
        settled(company, anna)
        assert ownership_holds(company) == ["ofac_50"]
        case = Case.objects.get(type=CaseType.OWNERSHIP)
        sentences = " ".join(row["sentence"] for row in case.findings)
        assert "Ivan Petrovich Sidorov 50 % (listed); 50 % or more counts." in sentences
        assert "ownership.blocked" in risk_codes(company, on=date(2026, 11, 26))
        assert AuditRow.objects.filter(verb=Verb.OWNERSHIP_EVALUATED).exists()

    def test_through_a_holding_is_held_with_the_path(self, company: Customer, anna: User) -> None:
        in_force(SIDOROV)
        holding = owner(company, "Holding Ltd", "50", kind="organisation")
        ivan(company, "50", owned=holding)
        owner(company, "Emil Example", "50", owned=holding)
        owner(company, "Grace Example", "50"), director(company)
        settled(company, anna)
        hit = company.hit_set.get()
        assert hit.path == "owner (50 %) of Holding Ltd, owner (50 %) of Northern Light Robotics Ltd"
        path = current_evaluation(company).results["tests"]["ofac_50"]["path"]
        assert [step["owned"] for step in path] == [holding.public_id, company.public_id]

    def test_is_no_hold_of_ownership_while_the_hit_waits(self, company: Customer) -> None:
        in_force(SIDOROV)
        ivan(company, "60"), owner(company, "Grace Example", "40"), director(company)
        journey.screen(customer_id=company.pk, reason="requested")
        assert ownership_holds(company) == []
        assert Hold.objects.standing().get(customer=company).kind == "sanctions"
        assert current_evaluation(company).outcomes["ofac_50"] == ["possible", True]

    def test_with_an_unknown_share_is_held_and_asked_for(self, company: Customer, anna: User) -> None:
        in_force(SIDOROV)
        ivan(company, None), owner(company, "Grace Example", "40"), director(company)
        settled(company, anna)
        assert ownership_holds(company) == ["ofac_50"]
        questions = InformationRequest.objects.get().items.values_list("question", flat=True)
        assert list(questions) == ["Please name all owners of Northern Light Robotics Ltd with their exact shares."]

    def test_whose_hold_two_people_lifted_is_not_held_again_for_the_same_facts(
        self, company: Customer, anna: User
    ) -> None:
        in_force(SIDOROV)
        ivan(company, "50"), owner(company, "Grace Example", "50"), director(company)
        settled(company, anna)
        lift_hold(hold=Hold.objects.standing().get(reference="ofac_50"), actor=anna, reason="licensed")
        journey.screen(customer_id=company.pk, reason="requested")
        assert ownership_holds(company) == []


class TheAffiliatesRule:
    @pytest.fixture
    def affiliate(self, company: Customer, anna: User) -> Customer:
        in_force(ENTITY)
        ivan(company, "50"), owner(company, "Grace Example", "50"), director(company)
        journey.look_at_owners(customer=company, actor=SYSTEM, on=BEFORE)
        return company

    def test_that_comes_back_is_noticed_on_its_day_and_not_before(self, affiliate: Customer, anna: User) -> None:
        assert affiliate not in organisations_to_evaluate(BEFORE)
        assert affiliate in organisations_to_evaluate(BACK)

    def test_holds_from_that_day(self, affiliate: Customer, anna: User) -> None:
        journey.screen(customer_id=affiliate.pk, reason="requested")
        hit = affiliate.hit_set.get()
        affiliate.hit_set.update(status=HitStatus.TRUE_MATCH)
        journey.look_at_owners(customer=affiliate, actor=SYSTEM, on=BEFORE)
        assert ownership_holds(affiliate) == []
        journey.look_at_owners(customer=affiliate, actor=SYSTEM, on=BACK)
        assert ownership_holds(affiliate) == ["bis_affiliates"]
        codes = {row["code"] for row in Case.objects.get(type=CaseType.OWNERSHIP).findings}
        assert "ownership.bis_affiliates.unconfirmed" in codes
        assert hit.subject != affiliate.public_id


class ThingsNobodyToldUs:
    def test_open_one_case_and_ask_once(self, company: Customer) -> None:
        owner(company, "Grace Example", "40"), director(company)
        for _ in range(2):
            journey.look_at_owners(customer=company, actor=SYSTEM)
        case = Case.objects.get(type=CaseType.OWNERSHIP)
        assert case.status == CaseStatus.AWAITING_CUSTOMER
        assert (InformationRequest.objects.count(), OwnershipEvaluation.objects.count()) == (1, 1)
        assert "ownership.unknown_share" in risk_codes(company, on=date(2026, 11, 26))

    @pytest.mark.parametrize("status", ["awaiting_customer", "escalated", "pending_approval"])
    def test_while_the_case_is_not_free_are_asked_when_it_is(self, company: Customer, status: str) -> None:
        owner(company, "Grace Example", "40"), director(company)
        journey.look_at_owners(customer=company, actor=SYSTEM)
        Case.objects.update(status=status)
        owner(company, "Holding Ltd", "60", kind="organisation")
        journey.look_at_owners(customer=company, actor=SYSTEM)
        assert (InformationRequest.objects.count(), journey.organisations_to_ask()) == (1, [])
        Case.objects.update(status=CaseStatus.OPEN)
        assert journey.organisations_to_ask() == [company.pk]
        for _ in range(2):
            journey.evaluate_owners(customer_id=company.pk)
        latest = InformationRequest.objects.latest("pk")
        questions = list(latest.items.values_list("question", flat=True))
        assert questions == ["Please name all owners of Holding Ltd with their exact shares."]
        assert (InformationRequest.objects.count(), journey.organisations_to_ask()) == (2, [])

    def test_that_are_told_later_leave_nothing_unknown(self, company: Customer) -> None:
        grace = owner(company, "Grace Example", None)
        director(company)
        journey.look_at_owners(customer=company, actor=SYSTEM)
        change_party(party=grace, actor=SYSTEM, share_min=Decimal(100), share_max=Decimal(100))
        result = journey.look_at_owners(customer=company, actor=SYSTEM)
        assert result.row.outcome == "clear"
        assert OwnershipEvaluation.objects.filter(customer=company, current=True).count() == 1


class AnEvaluation:
    def test_of_an_organisation_that_has_none_is_owed(self, company: Customer) -> None:
        assert company in organisations_to_evaluate(BACK)
        journey.evaluate_owners(customer_id=company.pk)
        assert company not in organisations_to_evaluate(date.today())

    def test_by_an_older_policy_is_owed(self, company: Customer) -> None:
        journey.evaluate_owners(customer_id=company.pk)
        OwnershipEvaluation.objects.update(policy_version="ownership-2025-01-01.1")
        assert company in organisations_to_evaluate(date.today())

    def test_of_a_person_is_refused(self, db: None) -> None:
        with pytest.raises(ForbiddenMove):
            evaluate_ownership(customer=on_file("Maja Lindqvist"), listings={})

    def test_is_made_anew_when_an_interest_ends(self, company: Customer) -> None:
        owner(company, "Grace Example", "100", until=date(2027, 1, 1)), director(company)
        journey.look_at_owners(customer=company, actor=SYSTEM, on=date(2026, 12, 1))
        assert current_evaluation(company).changes_on == date(2027, 1, 1)


class TheUltimateParent:
    ON = date(2026, 11, 26)

    def parent(self, company: Customer, name: str, country: str, **more: Any) -> None:
        facts = {"roles": ["parent"], "country": country, "headquarters_country": country} | more
        add_party(customer=company, actor=SYSTEM, kind="organisation", legal_name=name, **facts)

    def test_counts_for_the_risk_where_it_is_one_of_two(self, company: Customer) -> None:
        self.parent(company, "US Parent Inc", "US", listed_on="NYSE"), self.parent(company, "Beijing Top Co", "CN")
        owner(company, "Grace Example", "100"), director(company)
        result = journey.look_at_owners(customer=company, actor=SYSTEM, on=self.ON)
        assert result.row.outcomes["headquarters"] == ["reached", True]
        assert "country.parent_d5" in risk_codes(company, on=self.ON)

    def test_counts_for_the_risk_as_declared_beside_one_that_is_named(self, company: Customer) -> None:
        self.parent(company, "US Parent Inc", "US", listed_on="NYSE")
        Customer.objects.filter(pk=company.pk).update(parent_country="CN")
        company.refresh_from_db()
        assert "country.parent_d5" in risk_codes(company, on=self.ON)

    def test_is_not_asked_for_twice_where_the_majority_is_held_from_the_declared_country(
        self, company: Customer
    ) -> None:
        holding = owner(company, "Holding Ltd", "100", kind="organisation")
        owner(company, "Grace Example", "100", owned=holding), director(company)
        Customer.objects.filter(pk=company.pk).update(parent_country="GB")
        company.refresh_from_db()
        assert journey.look_at_owners(customer=company, actor=SYSTEM, on=self.ON).row.outcome == "clear"

    def test_is_nobody_who_holds_one_percent(self, company: Customer) -> None:
        owner(company, "Small Holder Co", "1", kind="organisation", country="CN", headquarters_country="CN")
        owner(company, "Grace Example", "99"), director(company)
        assert "country.parent_d5" not in risk_codes(company, on=self.ON)


class AnInterest:
    def test_is_recorded_beside_the_first_and_audited(self, company: Customer) -> None:
        holding = owner(company, "Holding Ltd", "50", kind="organisation")
        grace = owner(company, "Grace Example", "50")
        before = AuditRow.objects.count()
        record_interest(party=grace, actor=SYSTEM, owned=holding, share_min=Decimal(100), share_max=Decimal(100))
        assert AuditRow.objects.count() == before + 1
        assert grace.interests.count() == 2

    def test_raises_the_version_of_the_facts_and_nudges_a_screening(
        self, company: Customer, quiet: list[Any], django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            owner(company, "Grace Example", "50")
        assert ("kyc.screen_changed", {"customer_id": company.pk}) in quiet

    @pytest.mark.parametrize(
        ("facts", "words"),
        [
            ({"share_min": Decimal(60), "share_max": Decimal(50)}, "between 0 and 100"),
            ({"share_min": Decimal(60)}, "both bounds"),
            ({"since": date(2026, 1, 1), "until": date(2026, 1, 1)}, "ends after it began"),
            ({"colour": "red"}, "Unknown fields"),
        ],
    )
    def test_that_cannot_be_is_refused_and_leaves_no_trace(
        self, company: Customer, facts: dict[str, Any], words: str
    ) -> None:
        grace = owner(company, "Grace Example", "50")
        before = AuditRow.objects.count()
        with pytest.raises(BadInput, match=words):
            record_interest(party=grace, actor=SYSTEM, **facts)
        assert (grace.interests.count(), AuditRow.objects.count()) == (1, before)

    def test_in_a_party_of_somebody_else_is_refused(self, company: Customer) -> None:
        other = on_file("Another Ltd", kind="organisation")
        theirs = add_party(customer=other, actor=SYSTEM, kind="organisation", roles=["owner"], legal_name="Theirs Ltd")
        grace = owner(company, "Grace Example", "50")
        with pytest.raises(BadInput, match="own"):
            record_interest(party=grace, actor=SYSTEM, owned=theirs)

    def test_that_a_second_worker_removed_is_lost(self, company: Customer) -> None:
        interest = owner(company, "Grace Example", "50").holding
        remove_interest(interest=interest, actor=SYSTEM)
        with pytest.raises(LostRace):
            remove_interest(interest=interest, actor=SYSTEM)

    def test_goes_with_the_company_it_was_in(self, company: Customer) -> None:
        holding = owner(company, "Holding Ltd", "50", kind="organisation")
        grace = owner(company, "Grace Example", "100", owned=holding)
        remove_party(party=holding, actor=SYSTEM)
        assert grace.holding is None
