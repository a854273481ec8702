"""Who acts for a customer is screened under the name they gave, as its owners are."""

from __future__ import annotations

import pytest

from accounts.models import User
from kyc import journey
from kyc.audit.models import AuditRow
from kyc.audit.services import SYSTEM
from kyc.customers.models import Customer, Member
from kyc.customers.queries import party_facts
from kyc.customers.services import add_member, name_member, remove_member
from kyc.errors import BadInput
from kyc.screening.models import Hit
from kyc.screening.runs import plan_run
from kyc.screening.states import RunReason
from tests.kyc.screening.conftest import customer as on_file
from tests.kyc.screening.test_runs import OTHERS, SIDOROV, worked
from tests.kyc.watchlists.published import in_force

pytestmark = pytest.mark.django_db


@pytest.fixture
def company(db: None) -> Customer:
    return on_file("Northern Light Robotics Ltd", kind="organisation")


def user(email: str, name: str = "") -> User:
    return User.objects.create_user(email, "a long enough password", name=name)


def joined(customer: Customer, name: str = "", *, email: str = "ivan@example.org", role: str = "contributor") -> Member:
    return add_member(customer=customer, user=user(email), role=role, actor=SYSTEM, name=name)


class AMember:
    def test_who_is_listed_is_a_hit_on_the_customer_with_the_path(self, company: Customer) -> None:
        joined(company, "Ivan Petrovich Sidorov")
        in_force(*OTHERS, SIDOROV)
        journey.screen(customer_id=company.pk, reason="requested")
        hit = Hit.objects.get()
        assert hit.customer == company
        assert hit.path == "acts for Northern Light Robotics Ltd as contributor of the account"
        assert company.hold_set.standing().exists()

    def test_whom_a_new_edition_names_is_found(self, company: Customer) -> None:
        joined(company, "Ivan Petrovich Sidorov")
        in_force(*OTHERS)
        worked(plan_run(reason=RunReason.FULL_PASS))
        worked(plan_run(reason=RunReason.NEW_EDITION, delta_of=in_force(*OTHERS, SIDOROV)))
        assert Hit.objects.get().customer == company

    def test_who_joins_changes_what_is_screened(self, company: Customer) -> None:
        before = company.facts_version
        joined(company, "Aurelia Winterbottom")
        company.refresh_from_db()
        assert company.facts_version == before + 1
        assert company.next_step_at is not None  # a screening is owed
        assert [party.names[0].text for party in party_facts(company)][1:] == ["Aurelia Winterbottom"]

    def test_who_leaves_is_compared_no_more(self, company: Customer) -> None:
        joined(company, "Aurelia Winterbottom", role="owner")
        left = joined(company, "Ivan Petrovich Sidorov", email="two@example.org")
        remove_member(member=left, actor=SYSTEM)
        assert [party.names[0].text for party in party_facts(company)][1:] == ["Aurelia Winterbottom"]

    def test_who_is_the_customer_is_not_compared_twice(self, stranger: Customer) -> None:
        joined(stranger, "aurelia winterbottom")
        assert len(party_facts(stranger)) == 1

    def test_who_acts_for_a_person_under_another_name_is_compared(self, stranger: Customer) -> None:
        joined(stranger, "Ivan Petrovich Sidorov")
        assert len(party_facts(stranger)) == 2


class ANameThatAMemberGives:
    def test_is_screened_and_told_in_the_audit_trail_under_the_persons_key(self, company: Customer) -> None:
        member = joined(company)
        before = Customer.objects.get(pk=company.pk).facts_version
        named = name_member(member=member, name=" Ivan  Sidorov ", actor=SYSTEM)
        assert named.name == "Ivan Sidorov"
        assert Customer.objects.get(pk=company.pk).facts_version == before + 1
        row = AuditRow.objects.latest("id")
        assert row.facts == {"fields": ["member_name"], "member": member.key}
        assert "Sidorov" not in str(row.facts) + str(row.personal)

    def test_again_is_no_change(self, company: Customer) -> None:
        member = joined(company, "Ivan Sidorov")
        rows, version = AuditRow.objects.count(), Customer.objects.get(pk=company.pk).facts_version
        name_member(member=member, name="Ivan Sidorov", actor=SYSTEM)
        assert (AuditRow.objects.count(), Customer.objects.get(pk=company.pk).facts_version) == (rows, version)

    def test_must_be_one(self, company: Customer) -> None:
        member = joined(company, "Ivan Sidorov")
        with pytest.raises(BadInput):
            name_member(member=member, name="  ", actor=SYSTEM)
        assert Member.objects.get().name == "Ivan Sidorov"


class TheForm:
    def test_of_an_organisation_asks_who_acts_for_it(self, company: Customer) -> None:
        member = joined(company)
        asked = [row.sentence for row in journey.missing_of(company) if row.field == "your_name"]
        assert asked == ["The full name of ivan@example.org, who acts for it"]
        name_member(member=member, name="Ivan Sidorov", actor=SYSTEM)
        assert not [row for row in journey.missing_of(company) if row.field == "your_name"]
