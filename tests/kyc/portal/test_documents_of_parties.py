"""What an owner or director sends after submission goes to that person's own check, and to nobody else's."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from kyc import dispatch, journey, tasks
from kyc.audit.services import SYSTEM
from kyc.cases.models import Case
from kyc.cases.services import open_case, request_information
from kyc.cases.states import CaseType
from kyc.customers.models import Customer, RelatedParty
from kyc.customers.services import add_party, invite_party
from kyc.documents import services as documents
from kyc.errors import BadInput
from kyc.identity.models import Verification
from kyc.identity.services import settle_verification
from tests.kyc.portal.conftest import Visitor
from tests.kyc.portal.pictures import passport_picture

ZONE = "P<SWELINDQVIST<<MAJA<SOFIA<<<<<<<<<<<<<<<<<<\n88359756<4SWE9004168F3109017<<<<<<<<<<<<<<06"


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "_send", lambda task, arguments: None)


@pytest.fixture
def analyst(db: None) -> User:
    return User.objects.create_user("analyst@example.org", "x" * 14, role=Role.ANALYST)


def party_of(customer: Customer, actor: User, name: str, **facts: Any) -> RelatedParty:
    return add_party(customer=customer, actor=actor, kind="person", roles=["owner"], legal_name=name, **facts)


@pytest.fixture
def maja(organisation: Customer, grace: User) -> RelatedParty:
    return party_of(organisation, grace, "Maja Sofia Lindqvist", birth_date=date(1990, 4, 16), nationalities=["SE"])


@pytest.fixture
def handed_in(organisation: Customer, grace: User, maja: RelatedParty) -> Customer:
    """Robotics has handed in the form with two owners, and the checks have begun: a person is to look at all three."""
    party_of(organisation, grace, "Hedy Example")
    Customer.objects.filter(pk=organisation.pk).update(status="submitted")
    journey.advance(customer_id=organisation.pk)
    organisation.refresh_from_db()
    return organisation


def sends(visitor: Visitor, link: str) -> Any:
    file = SimpleUploadedFile("maja.png", passport_picture(), content_type="image/png")
    return visitor.post(link, {"sent": "document", "kind": "passport", "file": file})


def link_for(party: RelatedParty, actor: User) -> str:
    return reverse("portal:verify", args=[invite_party(party=party, email="maja@example.org", actor=actor)])


def with_documents(customer: Customer) -> dict[str, int]:
    return {str(row.party or row.customer): row.documents.count() for row in customer.verification_set.all()}


NOBODY_ELSE = {"Example Robotics Ltd": 0, "Hedy Example": 0}


def reads(monkeypatch: pytest.MonkeyPatch, *, zone: dict[str, object] | None, light: float) -> None:
    """Have the reader see that on every picture."""
    quality = {"sharpness": 900.0, "glare": 0.0, "light": light, "pixels": 1600}
    page = {"zone": zone, "barcode": None, "printed": [], "quality": quality, "turned": 0}
    monkeypatch.setattr(documents, "read_pixels", lambda pixels, **order: page)


class AnOwnerWhoIsAskedByALetter:
    def test_sends_the_document_to_their_own_check(
        self, visitor: Visitor, handed_in: Customer, maja: RelatedParty, grace: User
    ) -> None:
        assert sends(visitor, link_for(maja, grace)).status_code == 302
        assert with_documents(handed_in) == NOBODY_ELSE | {"Maja Sofia Lindqvist": 1}
        assert maja.verifications.get().status == "review"

    def test_has_it_read_and_compared_for_the_person_who_looks(
        self,
        visitor: Visitor,
        handed_in: Customer,
        maja: RelatedParty,
        grace: User,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        zone = {"text": ZONE, "crops_agree": True, "surest": 0.97, "pixels": 24.0}
        reads(monkeypatch, zone=zone, light=180.0)
        sends(visitor, link_for(maja, grace))
        tasks.read_one(handed_in.document_set.get().pk)
        row = maja.verifications.get()
        said = {finding["code"]: finding["says"] for finding in row.findings}
        assert said["mrz.name"] == said["mrz.birth_date"] == "agree"
        assert row.status == "review"  # whatever was read, a person judges it
        case = Case.objects.unresolved().get(customer=handed_in, type=CaseType.IDENTITY)
        assert case.status == "open"

    def test_reads_why_a_picture_must_be_taken_again(
        self,
        visitor: Visitor,
        handed_in: Customer,
        maja: RelatedParty,
        grace: User,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        reads(monkeypatch, zone=None, light=20.0)
        link = link_for(maja, grace)
        sends(visitor, link)
        assert "being read" in visitor.get(link).content.decode()
        tasks.read_one(handed_in.document_set.get().pk)
        text = visitor.get(link).content.decode()
        assert "Please take it again.</strong> This picture is too dark" in text
        assert "maja.png" not in text

    def test_gets_another_check_where_the_last_one_failed(
        self, visitor: Visitor, handed_in: Customer, maja: RelatedParty, grace: User, analyst: User
    ) -> None:
        settle_verification(verification=maja.verifications.get(), verified=False, actor=analyst, reason="Nothing sent")
        sends(visitor, link_for(maja, grace))
        first, second = maja.verifications.order_by("id")
        assert (first.documents.count(), second.documents.count(), second.status) == (0, 1, "processing")

    def test_gets_none_where_they_are_verified(
        self, visitor: Visitor, handed_in: Customer, maja: RelatedParty, grace: User, analyst: User
    ) -> None:
        settle_verification(
            verification=maja.verifications.get(), verified=True, actor=analyst, reason="Seen in person"
        )
        sends(visitor, link_for(maja, grace))
        assert maja.verifications.get().documents.count() == 0
        assert maja.documents.count() == 1

    def test_has_it_taken_at_submission_where_it_came_before(
        self, visitor: Visitor, organisation: Customer, maja: RelatedParty, grace: User
    ) -> None:
        sends(visitor, link_for(maja, grace))
        assert not Verification.objects.exists()
        Customer.objects.filter(pk=organisation.pk).update(status="submitted")
        journey.advance(customer_id=organisation.pk)
        assert maja.verifications.get().documents.count() == 1


class AnOwnerWhomTheOrganisationIsAskedAbout:
    def ask(self, customer: Customer, party: str, analyst: User) -> str:
        case, _ = open_case(
            customer=customer, type=CaseType.IDENTITY, summary="An owner is not verified.", actor=SYSTEM
        )
        wanted = {"code": "blurred", "question": "Please send it again.", "wants_document": "passport", "party": party}
        asked = request_information(case=case, items=[wanted], actor=analyst)
        return reverse("portal:answer", args=[customer.public_id, asked.public_id])

    def test_has_the_answer_in_their_own_check(
        self, visitor: Visitor, handed_in: Customer, maja: RelatedParty, grace: User, analyst: User
    ) -> None:
        link = self.ask(handed_in, maja.public_id, analyst)
        item = handed_in.informationrequest_set.get().items.get()
        file = SimpleUploadedFile("maja.png", passport_picture(), content_type="image/png")
        visitor.at(grace).post(link, {f"file_{item.pk}": file})
        item.refresh_from_db()
        assert item.document.party == maja
        assert with_documents(handed_in) == NOBODY_ELSE | {"Maja Sofia Lindqvist": 1}

    def test_is_the_customer_itself_where_nobody_is_named(
        self, visitor: Visitor, handed_in: Customer, grace: User, analyst: User
    ) -> None:
        link = self.ask(handed_in, "", analyst)
        item = handed_in.informationrequest_set.get().items.get()
        file = SimpleUploadedFile("robotics.png", passport_picture(), content_type="image/png")
        visitor.at(grace).post(link, {f"file_{item.pk}": file})
        assert with_documents(handed_in) == {"Example Robotics Ltd": 1, "Hedy Example": 0, "Maja Sofia Lindqvist": 0}

    def test_is_one_of_the_customers_own(self, handed_in: Customer, analyst: User) -> None:
        with pytest.raises(BadInput):
            self.ask(handed_in, "pty_of_somebody_else", analyst)
