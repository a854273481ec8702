"""Owners and directors, and colleagues: added, changed, invited and removed by those who may."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import User
from kyc.customers.models import Customer, RelatedParty
from kyc.customers.services import add_party, move_customer
from kyc.customers.states import CustomerStatus
from kyc.notices.models import Notice
from tests.kyc.portal.conftest import Visitor

HEDY = {
    "kind": "person",
    "legal_name": "Hedy Example",
    "roles": ["owner", "director"],
    "birth_date": "1974-11-09",
    "country": "AT",
    "nationality": "AT",
    "share": "60",
}


@pytest.fixture
def hedy(organisation: Customer, grace: User) -> RelatedParty:
    return add_party(customer=organisation, actor=grace, kind="person", roles=["owner"], legal_name="Hedy Example")


def url(name: str, *args: object) -> str:
    return reverse(f"portal:{name}", args=args)


class AnOwnerOfShares:
    def test_is_added_with_share_and_roles(self, visitor: Visitor, ben: User, organisation: Customer) -> None:
        response = visitor.at(ben).post(url("add_party", organisation.public_id), HEDY)
        party = organisation.relatedparty_set.get()
        assert (party.roles, party.holding.share_min, party.holding.share_max) == (
            ["owner", "director"],
            Decimal(60),
            Decimal(60),
        )
        assert party.nationalities == ["AT"]
        page = visitor.get(response["Location"]).content.decode()
        assert "Hedy Example" in page
        assert "60 %" in page

    def test_may_hold_a_range_or_an_unknown_share(self, visitor: Visitor, ben: User, organisation: Customer) -> None:
        visitor.at(ben).post(url("add_party", organisation.public_id), HEDY | {"share": "25", "share_max": "50"})
        visitor.post(url("add_party", organisation.public_id), HEDY | {"legal_name": "Emil Example", "share": ""})
        ranged, unknown = organisation.relatedparty_set.order_by("id")
        assert (ranged.holding.share_min, ranged.holding.share_max) == (Decimal(25), Decimal(50))
        assert unknown.holding.share_min is None

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"share": "120"}, "between 0 and 100"),
            ({"share": "50", "share_max": "20"}, "between 0 and 100"),
            ({"roles": []}, "required"),
            ({"legal_name": ""}, "required"),
            ({"country": "XX"}, "valid choice"),
        ],
    )
    def test_is_refused_with_what_cannot_be(
        self, visitor: Visitor, ben: User, organisation: Customer, change: dict, words: str
    ) -> None:
        response = visitor.at(ben).post(url("add_party", organisation.public_id), HEDY | change)
        assert words in response.content.decode()
        assert not organisation.relatedparty_set.exists()

    def test_is_changed_on_a_page_of_their_own(
        self, visitor: Visitor, ben: User, organisation: Customer, hedy: RelatedParty
    ) -> None:
        link = url("party", organisation.public_id, hedy.public_id)
        assert b"Hedy Example" in visitor.at(ben).get(link).content
        visitor.post(link, HEDY | {"legal_name": "Hedy K. Example"})
        hedy.refresh_from_db()
        assert (hedy.legal_name, hedy.holding.share_min) == ("Hedy K. Example", Decimal(60))

    def test_may_hold_through_another_company(self, visitor: Visitor, ben: User, organisation: Customer, grace) -> None:
        holding = add_party(
            customer=organisation, actor=grace, kind="organisation", roles=["owner"], legal_name="Holding BV"
        )
        visitor.at(ben).post(url("add_party", organisation.public_id), HEDY | {"owned": holding.public_id})
        assert organisation.relatedparty_set.get(legal_name="Hedy Example").holding.owned == holding

    def test_is_removed(self, visitor: Visitor, ben: User, organisation: Customer, hedy: RelatedParty) -> None:
        visitor.at(ben).post(url("drop_party", organisation.public_id, hedy.public_id))
        hedy.refresh_from_db()
        assert hedy.removed_at is not None
        assert visitor.get(url("party", organisation.public_id, hedy.public_id)).status_code == 404

    def test_is_not_touched_from_another_customers_page(
        self, visitor: Visitor, ada: User, person: Customer, hedy: RelatedParty
    ) -> None:
        visitor.at(ada)
        assert visitor.get(url("party", person.public_id, hedy.public_id)).status_code == 404
        assert visitor.post(url("drop_party", person.public_id, hedy.public_id)).status_code == 404
        hedy.refresh_from_db()
        assert hedy.removed_at is None

    def test_is_not_changed_once_the_form_is_handed_in(
        self, visitor: Visitor, grace: User, organisation: Customer, hedy: RelatedParty
    ) -> None:
        move_customer(customer=organisation, to=CustomerStatus.SUBMITTED, actor=grace)
        visitor.at(grace)
        assert visitor.post(url("party", organisation.public_id, hedy.public_id), HEDY).status_code == 409
        assert visitor.post(url("drop_party", organisation.public_id, hedy.public_id)).status_code == 409
        hedy.refresh_from_db()
        assert (hedy.removed_at, hedy.birth_date) == (None, None)

    def test_is_invited_by_an_owner_of_the_account(
        self, visitor: Visitor, grace: User, organisation: Customer, hedy: RelatedParty
    ) -> None:
        link = url("ask_party", organisation.public_id, hedy.public_id)
        visitor.at(grace).post(link, {"email": "hedy@example.org"})
        letter = Notice.objects.get()
        assert (letter.email, letter.template) == ("hedy@example.org", "invitation_party")
        assert letter.context["link"].startswith(settings.BASE_URL + "/verify/")


class AColleague:
    def test_is_invited_by_an_owner(self, visitor: Visitor, grace: User, organisation: Customer) -> None:
        link = url("team", organisation.public_id)
        visitor.at(grace).post(link, {"email": "emil@example.org", "role": "contributor"})
        assert Notice.objects.get().email == "emil@example.org"
        assert "emil@example.org" in visitor.get(link).content.decode()

    def test_is_removed_by_an_owner(self, visitor: Visitor, grace: User, ben: User, organisation: Customer) -> None:
        member = organisation.member_set.get(user=ben)
        visitor.at(grace).post(url("drop_member", organisation.public_id, member.pk))
        member.refresh_from_db()
        assert member.removed_at is not None

    def test_is_not_removed_from_another_customer(
        self, visitor: Visitor, ada: User, ben: User, person: Customer, organisation: Customer
    ) -> None:
        member = organisation.member_set.get(user=ben)
        assert visitor.at(ada).post(url("drop_member", person.public_id, member.pk)).status_code == 404

    def test_who_is_the_last_owner_stays(self, visitor: Visitor, grace: User, organisation: Customer) -> None:
        member = organisation.member_set.get(user=grace)
        response = visitor.at(grace).post(url("drop_member", organisation.public_id, member.pk))
        assert response.status_code == 409
        assert "The last owner cannot be removed" in response.content.decode()
        member.refresh_from_db()
        assert member.removed_at is None


class OwnersFromAFile:
    @staticmethod
    def rows(name: str) -> bytes:
        def row(record: str, kind: str, details: dict[str, object]) -> dict[str, object]:
            return {
                "declarationSubject": "us",
                "publicationDetails": {"bodsVersion": "0.4"},
                "recordId": record,
                "recordType": kind,
                "recordDetails": details,
            }

        person = {"personType": "knownPerson", "names": [{"fullName": "Hedy Example"}], "birthDate": "1974-11-09"}
        shares = {"type": "shareholding", "share": {"minimum": 25, "maximum": 50}}
        return json.dumps(
            [
                row("us", "entity", {"entityType": {"type": "registeredEntity"}, "name": name}),
                row("hedy", "person", person),
                row("r", "relationship", {"subject": "us", "interestedParty": "hedy", "interests": [shares]}),
            ]
        ).encode()

    def test_are_read_and_drawn(self, visitor: Visitor, ben: User, organisation: Customer) -> None:
        file = SimpleUploadedFile("owners.json", self.rows("Example Robotics Ltd"))
        response = visitor.at(ben).post(url("owners_file", organisation.public_id), {"file": file})
        assert organisation.relatedparty_set.get().holding.share_max == Decimal(50)
        page = visitor.get(response["Location"]).content.decode()
        assert '<svg class="owners-picture' in page
        assert "25 % to 50 % in the end" in page

    def test_about_somebody_else_are_refused_with_the_reason(
        self, visitor: Visitor, ben: User, organisation: Customer
    ) -> None:
        file = SimpleUploadedFile("owners.json", self.rows("Another Ltd"))
        response = visitor.at(ben).post(url("owners_file", organisation.public_id), {"file": file})
        assert "not about Example Robotics Ltd" in response.content.decode()
        assert not organisation.relatedparty_set.exists()


class WhatIsDrawnForCustomers:
    def test_says_nothing_of_lists(self, visitor: Visitor, ben: User, organisation: Customer) -> None:
        visitor.at(ben).post(url("add_party", organisation.public_id), HEDY)
        page = visitor.get(url("step", organisation.public_id, "people")).content.decode()
        assert "60 % in the end" in page
        assert "Please name all owners of Example Robotics Ltd" in page
        assert not [word for word in ("OFAC", "listed", "SDN", "blocked") if word in page.partition("<svg")[2]]
