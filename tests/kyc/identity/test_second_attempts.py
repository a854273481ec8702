"""A customer whose picture was not good enough sends another: it is read, compared, and somebody is sent to it."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from accounts.models import User
from accounts.roles import Role
from accounts.services import create_staff
from kyc import dispatch, journey, tasks, verifying
from kyc.audit.services import SYSTEM
from kyc.cases.models import Case
from kyc.cases.states import CaseType
from kyc.customers.models import Customer
from kyc.documents import services as documents
from kyc.documents.models import Document
from kyc.documents.mrz import Format, write_mrz
from kyc.identity.models import Verification
from tests.kyc.identity.conftest import HOLDER, ZONE, person

pytestmark = pytest.mark.django_db


def zone_of(text: str) -> dict[str, Any]:
    return {"text": text, "crops_agree": True, "surest": 0.97, "pixels": 24.0}


PAGE: dict[str, Any] = {
    "zone": zone_of(ZONE),
    "barcode": None,
    "printed": [],
    "quality": {"sharpness": 900.0, "glare": 0.0, "light": 180.0, "pixels": 1600},
    "turned": 0,
}


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> None:
    monkeypatch.setattr(dispatch, "_send", lambda task, arguments: None)
    monkeypatch.setattr(documents, "read_pixels", lambda pixels, **order: PAGE)
    settings.DATA = tmp_path


@pytest.fixture
def anna(db: None) -> User:
    return create_staff(email="anna@x.example", name="Anna", role=Role.ANALYST, password=None)


@pytest.fixture
def maja(db: None) -> Customer:
    """Handed in without a document, as a person looks at her."""
    customer = person(tier_wanted="sandbox")
    journey.advance(customer_id=customer.pk)
    customer.refresh_from_db()
    return customer


def sends(customer: Customer, kind: str = "passport") -> Document:
    """The customer sends a picture, and a worker reads it."""
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(out, "PNG")
    customer.refresh_from_db()
    document = verifying.take_document(
        customer=customer, actor=SYSTEM, kind=kind, filename="again.png", content=out.getvalue()
    )
    tasks.read_one(document.pk)
    return document


def checks_of(customer: Customer) -> list[Verification]:
    return list(customer.verification_set.order_by("id"))


def case_of(customer: Customer) -> Case:
    return Case.objects.unresolved().get(customer=customer, type=CaseType.IDENTITY)


class ACheckThatFailed:
    @pytest.fixture(autouse=True)
    def failed(self, maja: Customer, anna: User) -> None:
        (row,) = checks_of(maja)
        journey.settle_identity(verification=row, verified=False, actor=anna, reason="The picture is too dark.")
        journey.advance(customer_id=maja.pk)

    def test_is_followed_by_another_with_the_document_that_was_sent(self, maja):
        document = sends(maja)
        _, second = checks_of(maja)
        assert list(second.documents.all()) == [document]
        assert (second.provider, second.status, second.attempt) == ("staff_review", "review", 2)
        assert "mrz.name" in [finding["code"] for finding in second.findings]

    def test_goes_to_a_person_again(self, maja):
        sends(maja)
        assert case_of(maja).summary == "What Maja Sofia Lindqvist sent waits for a person."

    def test_is_closed_with_its_case_when_the_second_is_good(self, maja, anna):
        sends(maja)
        journey.settle_identity(verification=checks_of(maja)[1], verified=True, actor=anna, reason="It is clear.")
        assert not Case.objects.unresolved().filter(customer=maja, type=CaseType.IDENTITY).exists()

    def test_takes_all_that_is_sent_into_one(self, maja):
        sends(maja)
        sends(maja, "identity_card")
        assert [row.documents.count() for row in checks_of(maja)] == [0, 2]

    def test_is_not_begun_again_by_a_bill(self, maja):
        sends(maja, "address")
        assert len(checks_of(maja)) == 1


class ADocumentThatWasRejected:
    def test_is_not_compared_with_the_one_that_came_after_it(self, maja, anna, monkeypatch):
        stranger = write_mrz(Format.TD3, replace(HOLDER, surname="Karlsson"))
        with monkeypatch.context() as first:
            first.setattr(documents, "read_pixels", lambda pixels, **order: PAGE | {"zone": zone_of(stranger)})
            sends(maja)
        (row,) = checks_of(maja)
        assert row.outcome == "inconsistent"
        journey.settle_identity(verification=row, verified=False, actor=anna, reason="Somebody else's.")
        journey.advance(customer_id=maja.pk)
        good = sends(maja)
        second = checks_of(maja)[1]
        assert list(second.documents.all()) == [good]
        assert second.outcome == "consistent"


class AProvidersResultThatWaitsForAPerson:
    @pytest.fixture(autouse=True)
    def waits(self, maja: Customer) -> None:
        maja.verification_set.update(provider="stripe", status="review", provider_reference="vs_1")

    def test_gives_way_to_a_persons_look_at_what_the_customer_sent(self, maja):
        document = sends(maja)
        theirs, ours = checks_of(maja)
        assert (theirs.status, ours.status, ours.provider) == ("canceled", "review", "staff_review")
        assert list(ours.documents.all()) == [document]

    def test_stays_with_the_provider_while_it_is_theirs(self, maja):
        maja.verification_set.update(status="requires_input")
        sends(maja)
        assert [row.status for row in checks_of(maja)] == ["requires_input"]


class ACheckThatWasPassed:
    def test_is_not_begun_again_by_a_document(self, maja, anna):
        (row,) = checks_of(maja)
        journey.settle_identity(verification=row, verified=True, actor=anna, reason="Seen in person.")
        journey.advance(customer_id=maja.pk)
        sends(maja)
        assert len(checks_of(maja)) == 1
