"""The identity check with a provider as the customer walks it: out by a link of the moment, back, and once more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from kyc import dispatch, journey, verifying
from kyc.audit.services import SYSTEM
from kyc.customers.models import Customer
from kyc.customers.services import add_identifier, change_profile, consent
from kyc.identity.sessions import due_sessions
from tests.kyc.identity.vendor_services import StripeService, running


@pytest.fixture
def stripe(settings: Any) -> Iterator[StripeService]:
    with running(StripeService()) as service:
        settings.IDENTITY_VENDORS = {"live": {}, "test": {"stripe": service.account()}}
        yield service


def work() -> None:
    for verification in due_sessions(timezone.now()):
        verifying.ask_vendor(verification_id=verification.pk)


@pytest.fixture
def ready(person: Customer, ada: User, stripe: StripeService, monkeypatch: pytest.MonkeyPatch) -> Customer:
    """Ada asks for frontier access, has handed in her form, and Stripe has a session for her."""
    monkeypatch.setattr(dispatch, "_send", lambda task, arguments: None)
    facts = {"legal_name": "Maja Sofia Lindqvist", "birth_date": date(1990, 4, 16), "tier_wanted": "frontier"}
    change_profile(customer=person, actor=ada, residence_country="SE", nationalities=["SE"], **facts)
    person.refresh_from_db()
    add_identifier(customer=person, actor=ada, kind="passport", value="88359756", country="SE")
    consent(customer=person, actor=ada, kind="biometrics", given=True, version=1)
    Customer.objects.filter(pk=person.pk).update(status="submitted")
    journey.advance(customer_id=person.pk)
    work()
    person.refresh_from_db()
    return person


@pytest.fixture
def as_ada(ada: User) -> Client:
    client = Client()
    client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def url(customer: Customer, page: str = "") -> str:
    return f"/c/{customer.public_id}/{page}"


@pytest.mark.django_db
class TheIdentityPage:
    def test_is_what_the_status_page_leads_to(self, ready, as_ada):
        page = as_ada.get(url(ready)).content.decode()
        assert url(ready, "identity/") in page
        assert "Verify your identity" in page

    def test_says_who_checks_and_what_happens(self, ready, as_ada):
        page = as_ada.get(url(ready, "identity/")).content.decode()
        assert "Go to Stripe" in page
        assert "passport" in page

    def test_leads_to_the_provider_by_a_link_of_the_moment(self, ready, as_ada, stripe):
        response = as_ada.post(url(ready, "identity/go/"))
        assert response.status_code == 302
        assert response["Location"].startswith(stripe.url)
        assert response["Referrer-Policy"] == "no-referrer"
        assert "no-store" in response["Cache-Control"]

    def test_is_not_left_by_a_link_that_is_only_followed(self, ready, as_ada):
        assert as_ada.get(url(ready, "identity/go/")).status_code == 405

    def test_says_it_when_the_provider_is_down(self, ready, as_ada, stripe):
        stripe.down = True
        page = as_ada.post(url(ready, "identity/go/"), follow=True).content.decode()
        assert "cannot be reached at the moment" in page

    def test_is_there_for_nobody_else(self, ready, eve, client):
        assert client.get(url(ready, "identity/")).status_code == 302
        client.force_login(eve, backend="allauth.account.auth_backends.AuthenticationBackend")
        assert client.get(url(ready, "identity/")).status_code == 404
        assert client.post(url(ready, "identity/go/")).status_code == 404
        assert client.get(url(ready, "identity/back/")).status_code == 404

    def test_leads_back_to_the_status_where_nothing_is_to_do(self, person, as_ada):
        assert as_ada.get(url(person, "identity/")).status_code == 302
        assert as_ada.post(url(person, "identity/go/")).status_code == 409


@pytest.mark.django_db
class WhoComesBack:
    def test_is_not_believed_whatever_the_address_says(self, ready, as_ada, stripe):
        as_ada.post(url(ready, "identity/go/"))
        as_ada.get(url(ready, "identity/back/?status=verified&session=vs_000001"))
        work()
        assert ready.verification_set.get().status == "requires_input"

    def test_has_the_result_asked_for_at_once(self, ready, as_ada, stripe):
        as_ada.post(url(ready, "identity/go/"))
        stripe.only().verified()
        assert as_ada.get(url(ready, "identity/back/")).status_code == 302
        work()
        assert ready.verification_set.get().status == "verified"

    def test_reads_what_to_send_again_why_and_how_often(self, ready, as_ada, stripe):
        as_ada.post(url(ready, "identity/go/"))
        stripe.only().failed("document_expired")
        as_ada.get(url(ready, "identity/back/"))
        work()
        page = as_ada.get(url(ready, "identity/")).content.decode()
        assert "Your identity document" in page
        assert "It has run out" in page
        assert "Attempt 1 of 3" in page
        assert "2 are left" in page

    def test_is_told_nothing_of_a_suspicion(self, ready, as_ada, stripe):
        as_ada.post(url(ready, "identity/go/"))
        stripe.only().failed("selfie_manipulated")
        as_ada.get(url(ready, "identity/back/"))
        work()
        page = as_ada.get(url(ready)).content.decode()
        assert "A person looks at your documents" in page
        assert "manipulat" not in page


@pytest.mark.django_db
class TheReviewPage:
    def test_points_at_what_may_be_a_slip_and_lets_it_pass(self, person, ada, as_ada):
        change_profile(customer=person, actor=ada, phone="+46 1", residence_country="SE")
        assert "Please check your phone number" in as_ada.get(url(person, "form/review/")).content.decode()


@pytest.mark.django_db
def test_a_customer_without_a_vendor_account_is_a_persons_as_before(person, settings, monkeypatch):
    monkeypatch.setattr(dispatch, "_send", lambda task, arguments: None)
    settings.IDENTITY_VENDORS = {"live": {}, "test": {}}
    Customer.objects.filter(pk=person.pk).update(status="submitted", tier_wanted="frontier")
    journey.advance(customer_id=person.pk, actor=SYSTEM)
    assert person.verification_set.get().provider == "staff_review"
