"""Every page of a customer: 404 to a stranger, sign-in to nobody, 403 to a contributor where only owners may."""

from __future__ import annotations

import pytest
from django.urls import get_resolver, reverse

from accounts.models import User
from accounts.roles import Role
from kyc.customers.models import Customer
from kyc.customers.services import add_party, remove_member
from kyc.portal.urls import of_customer
from tests.kyc.portal.conftest import Visitor

PAGES = [
    ("status", {}),
    ("live", {}),
    ("review", {}),
    ("team", {}),
    ("add_party", {}),
    ("owners_file", {}),
    ("documents_sent", {}),
    *[("step", {"step": code}) for code in ("about", "addresses", "identifiers", "people", "documents", "use")],
    *[("step", {"step": code}) for code in ("attestations", "privacy")],
]
POSTS_FOR_OWNERS = ["submit"]


def url(name: str, customer: Customer, **kwargs: object) -> str:
    return reverse(f"portal:{name}", kwargs={"public_id": customer.public_id} | kwargs)


@pytest.mark.parametrize(("name", "kwargs"), PAGES)
class APageOfACustomer:
    def test_opens_for_its_members(
        self, visitor: Visitor, ben: User, organisation: Customer, catalogue: list, name: str, kwargs: dict
    ) -> None:
        response = visitor.at(ben).get(url(name, organisation, **kwargs))
        assert response.status_code == 200

    def test_does_not_exist_for_a_stranger(
        self, visitor: Visitor, eve: User, organisation: Customer, name: str, kwargs: dict
    ) -> None:
        assert visitor.at(eve).get(url(name, organisation, **kwargs)).status_code == 404

    def test_does_not_exist_for_staff(self, visitor: Visitor, organisation: Customer, name: str, kwargs: dict) -> None:
        head = User.objects.create_user("head@example.org", "x" * 14, role=Role.COMPLIANCE_HEAD)
        assert visitor.at(head).get(url(name, organisation, **kwargs)).status_code == 404

    def test_asks_a_visitor_to_sign_in(self, visitor: Visitor, organisation: Customer, name: str, kwargs: dict) -> None:
        response = visitor.get(url(name, organisation, **kwargs))
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("account_login"))

    def test_is_never_kept_by_a_cache(
        self, visitor: Visitor, ben: User, organisation: Customer, catalogue: list, name: str, kwargs: dict
    ) -> None:
        assert "no-store" in visitor.at(ben).get(url(name, organisation, **kwargs))["Cache-Control"]


class AnOwnersPage:
    @pytest.mark.parametrize("name", ["appeal"])
    def test_is_closed_to_a_contributor(self, visitor: Visitor, ben: User, organisation: Customer, name: str) -> None:
        assert visitor.at(ben).get(url(name, organisation)).status_code == 403

    def test_refuses_a_contributor_who_submits(self, visitor: Visitor, ben: User, organisation: Customer) -> None:
        assert visitor.at(ben).post(url("submit", organisation)).status_code == 403

    def test_refuses_a_contributor_who_invites(self, visitor: Visitor, ben: User, organisation: Customer) -> None:
        response = visitor.at(ben).post(url("team", organisation), {"email": "new@example.org", "role": "contributor"})
        assert response.status_code == 403
        assert not organisation.invitation_set.exists()

    def test_refuses_a_contributor_who_invites_an_owner_of_shares(
        self, visitor: Visitor, ben: User, grace: User, organisation: Customer
    ) -> None:
        party = add_party(customer=organisation, actor=grace, kind="person", roles=["owner"], legal_name="Hedy Example")
        link = url("ask_party", organisation, party_id=party.public_id)
        assert visitor.at(ben).post(link, {"email": "hedy@example.org"}).status_code == 403
        assert not organisation.invitation_set.exists()

    def test_refuses_a_contributor_who_removes_a_colleague(
        self, visitor: Visitor, ben: User, grace: User, organisation: Customer
    ) -> None:
        member = organisation.member_set.get(user=grace)
        assert visitor.at(ben).post(url("drop_member", organisation, pk=member.pk)).status_code == 403
        member.refresh_from_db()
        assert member.removed_at is None


@pytest.mark.parametrize(("name", "method"), [("identity", "get"), ("identity_go", "post"), ("identity_back", "get")])
class AnAddressOfTheIdentityCheck:
    def test_does_not_exist_for_a_stranger(
        self, visitor: Visitor, eve: User, organisation: Customer, name: str, method: str
    ) -> None:
        assert getattr(visitor.at(eve), method)(url(name, organisation)).status_code == 404

    def test_asks_a_visitor_to_sign_in(self, visitor: Visitor, organisation: Customer, name: str, method: str) -> None:
        assert getattr(visitor, method)(url(name, organisation))["Location"].startswith(reverse("account_login"))


class TheIdentityCheckOfSomebodyWhoseTurnItIsNot:
    @pytest.mark.parametrize("name", ["identity", "identity_back"])
    def test_leads_back_to_where_they_stand(
        self, visitor: Visitor, ben: User, organisation: Customer, name: str
    ) -> None:
        assert visitor.at(ben).get(url(name, organisation))["Location"] == url("status", organisation)

    def test_goes_nowhere(self, visitor: Visitor, ben: User, organisation: Customer) -> None:
        assert visitor.at(ben).post(url("identity_go", organisation)).status_code == 409


class AFormerMember:
    def test_no_longer_finds_the_customer(
        self, visitor: Visitor, ben: User, grace: User, organisation: Customer
    ) -> None:
        remove_member(member=organisation.member_set.get(user=ben), actor=grace)
        assert visitor.at(ben).get(url("status", organisation)).status_code == 404


class ACustomerOfTheOtherWorld:
    def test_is_not_shown_in_this_one(self, visitor: Visitor, ada: User, person: Customer, settings) -> None:
        settings.PORTAL_WORLD = "live"
        assert visitor.at(ada).get(url("status", person)).status_code == 404


class TheListOfPages:
    def test_is_complete_here(self) -> None:
        """A new page must be added to this file's table, or be named here with its reason."""
        elsewhere = {
            "form": "a redirect",
            "submit": "posts only",
            "party": "needs a person",
            "drop_party": "posts only",
            "ask_party": "needs a person",
            "drop_identifier": "posts only",
            "again": "test_documents",
            "document": "test_documents",
            "preview": "test_documents",
            "withdraw": "test_documents",
            "answer": "test_answers",
            "identity": "an address of the identity check",
            "identity_go": "an address of the identity check",
            "identity_back": "an address of the identity check",
            "appeal": "for owners",
            "drop_member": "posts only",
        }
        assert {one.name for one in of_customer} == {name for name, _ in PAGES} | elsewhere.keys()

    def test_has_an_owner_for_every_address(self) -> None:
        assert get_resolver().namespace_dict["portal"]
