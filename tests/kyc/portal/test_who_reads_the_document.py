"""Who reads the identity document: our own reader, and then the form asks for it; or a provider, and then not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from kyc import dispatch, journey, verifying
from kyc.audit.services import SYSTEM
from kyc.cases.models import Case
from kyc.catalogue.models import CatalogueModel, LicenceTerms
from kyc.customers.models import Consent, Customer
from kyc.customers.services import add_identifier, attest, change_profile, consent, declare_use, set_address
from kyc.customers.states import CustomerStatus
from kyc.documents.services import store_document
from kyc.errors import Incomplete
from kyc.policy.customers import BIOMETRICS_NOTICE_VERSION, PRIVACY_NOTICE_VERSION
from tests.kyc.identity.vendor_services import StripeService, running
from tests.kyc.portal.conftest import Visitor
from tests.kyc.portal.pictures import passport_picture

ASKED = "A picture of your identity document"


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "_send", lambda task, arguments: None)


@pytest.fixture
def stripe(settings: Any) -> Iterator[StripeService]:
    with running(StripeService()) as service:
        settings.IDENTITY_VENDORS = {"live": {}, "test": {"stripe": service.account()}}
        yield service


@pytest.fixture
def ready(person: Customer, ada: User, catalogue: list[CatalogueModel]) -> Customer:
    """Ada has answered everything but whether faces may be compared, wants a frontier model, and sent no document."""
    facts = {"legal_name": "Ada Example", "birth_date": date(1990, 4, 16), "nationalities": ["SE"]}
    change_profile(customer=person, actor=ada, residence_country="SE", **facts)
    add_identifier(customer=person, actor=ada, kind="passport", value="88359756", country="SE")
    set_address(customer=person, actor=ada, kind="residence", street="Fyrisgatan 12", city="Uppsala", country="SE")
    wants(person, "example-large")
    answers = {"no_training": True, "distillation": False}
    attest(customer=person, actor=ada, terms=LicenceTerms.objects.get(code="provider"), answers=answers)
    consent(customer=person, actor=ada, kind="privacy", given=True, version=PRIVACY_NOTICE_VERSION)
    person.refresh_from_db()
    return person


def wants(customer: Customer, model: str) -> None:
    sentence = "We measure how well models keep to instructions."
    declare_use(customer=customer, actor=SYSTEM, purposes=["research"], description=sentence, models_wanted=[model])


def agrees(customer: Customer, given: bool = True) -> None:
    kind = Consent.Kind.BIOMETRICS
    consent(customer=customer, actor=SYSTEM, kind=kind, given=given, version=BIOMETRICS_NOTICE_VERSION)


def asked_of(customer: Customer) -> set[str]:
    return {row.sentence for row in journey.missing_of(customer)}


def page_of(visitor: Visitor, customer: Customer, step: str = "documents") -> str:
    return visitor.get(reverse("portal:step", args=[customer.public_id, step])).content.decode()


class ACustomerWhomAProviderChecks:
    def test_hands_the_form_in_without_a_document(self, ready: Customer, ada: User, stripe: StripeService) -> None:
        agrees(ready)
        assert asked_of(ready) == set()
        journey.submit(customer=ready, actor=ada)
        journey.advance(customer_id=ready.pk)
        assert ready.verification_set.get().provider == "stripe"

    def test_reads_who_will_ask_for_it(
        self, ready: Customer, ada: User, visitor: Visitor, stripe: StripeService
    ) -> None:
        agrees(ready)
        page = page_of(visitor.at(ada), ready)
        assert "Stripe will ask for it" in page
        assert "You need not send the document here." in page
        assert "Passport: the page with your picture" not in page
        review = visitor.get(reverse("portal:review", args=[ready.public_id])).content.decode()
        assert "Stripe asks for your identity document once this is handed in" in review
        assert "Nothing is missing" in review

    def test_is_asked_for_it_once_they_refuse_comparing_faces(
        self, ready: Customer, ada: User, visitor: Visitor, stripe: StripeService
    ) -> None:
        page = page_of(visitor.at(ada), ready)
        assert "That is so if you agree that faces may be compared." in page
        assert ASKED not in asked_of(ready)
        agrees(ready, given=False)
        assert asked_of(ready) == {ASKED}
        assert "Stripe" not in page_of(visitor, ready)
        with pytest.raises(Incomplete):
            journey.submit(customer=ready, actor=ada)

    def test_may_have_sent_it_already(
        self, ready: Customer, ada: User, visitor: Visitor, stripe: StripeService
    ) -> None:
        store_document(customer=ready, actor=ada, kind="passport", filename="mine.png", content=passport_picture())
        agrees(ready)
        assert "mine.png" in page_of(visitor.at(ada), ready)
        visitor.post(reverse("portal:submit", args=[ready.public_id]))
        ready.refresh_from_db()
        assert ready.status == CustomerStatus.SUBMITTED

    def test_leaves_staff_a_case_that_says_so_where_a_person_must_look_after_all(
        self, ready: Customer, ada: User, stripe: StripeService
    ) -> None:
        agrees(ready)
        journey.submit(customer=ready, actor=ada)
        journey.advance(customer_id=ready.pk)
        agrees(ready, given=False)
        assert verifying.go_on(customer=ready, actor=ada) is None
        case = Case.objects.get(customer=ready, type="identity")
        assert "identity.no_document" in {finding["code"] for finding in case.findings}


class ACustomerWhomWeReadOurselves:
    def test_is_asked_for_a_document(self, ready: Customer, ada: User, visitor: Visitor, stripe: StripeService) -> None:
        wants(ready, "llama-3.1-70b")  # ordinary access: nothing leaves the house
        agrees(ready)
        assert ASKED in asked_of(ready)
        page = page_of(visitor.at(ada), ready)
        assert "Passport: the page with your picture" in page
        assert "Stripe" not in page

    def test_is_asked_for_it_where_no_provider_has_an_account(
        self, ready: Customer, ada: User, visitor: Visitor
    ) -> None:
        agrees(ready)
        assert asked_of(ready) == {ASKED}
        visitor.at(ada).post(reverse("portal:submit", args=[ready.public_id]))
        ready.refresh_from_db()
        assert ready.status == CustomerStatus.DRAFT

    def test_is_asked_for_it_where_only_the_other_world_has_one(
        self, ready: Customer, stripe: StripeService, settings: Any
    ) -> None:
        settings.IDENTITY_VENDORS = {"live": settings.IDENTITY_VENDORS["test"], "test": {}}
        agrees(ready)
        assert asked_of(ready) == {ASKED}
