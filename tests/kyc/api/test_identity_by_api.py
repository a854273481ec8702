"""The identity check by API: whose turn it is, what to send again, and the link; never what was found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from kyc import dispatch, journey, verifying
from kyc.customers.models import Customer
from kyc.identity.sessions import due_sessions
from kyc.policy.customers import BIOMETRICS_NOTICE_VERSION, PRIVACY_NOTICE_VERSION
from kyc.worlds import World
from tests.kyc.api.conftest import ALL, PERSON, Service
from tests.kyc.identity.vendor_services import SumsubService, running

pytestmark = pytest.mark.django_db


@pytest.fixture
def sumsub(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[SumsubService]:
    monkeypatch.setattr(dispatch, "_send", lambda task, arguments: None)
    with running(SumsubService()) as server:
        settings.IDENTITY_VENDORS = {"live": {}, "test": {"sumsub": server.account()}}
        yield server


def work() -> None:
    for verification in due_sessions(timezone.now()):
        verifying.ask_vendor(verification_id=verification.pk)


@pytest.fixture
def onboarded(house: None, service: Service, sumsub: SumsubService) -> str:
    """Somebody in India who wants frontier access and agreed to the comparison of faces; by their id."""
    versions = {"privacy": PRIVACY_NOTICE_VERSION, "biometrics": BIOMETRICS_NOTICE_VERSION}
    consents = [{"kind": kind, "given": True, "version": version} for kind, version in versions.items()]
    body = PERSON | {"residence_country": "IN", "consents": consents}
    public_id = service.post("customers", body).json()["id"]
    Customer.objects.filter(public_id=public_id).update(status="submitted", tier_wanted="frontier")
    journey.advance(customer_id=Customer.objects.get(public_id=public_id).pk)
    work()
    return public_id


class TheIdentityOfACustomer:
    def test_is_the_customers_turn_with_a_link_for_them(self, service, sumsub, onboarded):
        found = service.get(f"customers/{onboarded}/identity").json()
        assert (found["turn"], found["provider"], found["send_again"]) == ("customer", "sumsub", [])
        response = service.post(f"customers/{onboarded}/identity/link")
        assert response.status_code == 201
        assert response.json()["url"].startswith(sumsub.url)
        assert response["Cache-Control"] == "no-store"

    def test_names_each_item_to_send_again(self, service, sumsub, onboarded):
        sumsub.only().failed("SELFIE_MISMATCH")
        Customer.objects.get(public_id=onboarded).verification_set.update(ask_at=timezone.now())
        work()
        (item,) = service.get(f"customers/{onboarded}/identity").json()["send_again"]
        assert (item["item"], item["attempt"], item["left"]) == ("selfie", 1, 2)
        assert "daylight" in item["why"]

    def test_tells_nothing_of_a_suspicion(self, service, sumsub, onboarded):
        sumsub.only().failed("FORGERY")
        Customer.objects.get(public_id=onboarded).verification_set.update(ask_at=timezone.now())
        work()
        found = service.get(f"customers/{onboarded}/identity")
        assert (found.json()["turn"], found.json()["send_again"]) == ("staff", [])
        assert "forg" not in found.content.decode().lower()
        assert service.post(f"customers/{onboarded}/identity/link").status_code == 409

    def test_waits_while_the_provider_is_down(self, service, sumsub, onboarded):
        sumsub.down = True
        assert service.post(f"customers/{onboarded}/identity/link").status_code == 503

    def test_is_not_there_for_the_other_world(self, service_with, onboarded):
        live_service = service_with(*ALL, world=World.LIVE)
        assert live_service.get(f"customers/{onboarded}/identity").status_code == 404
        assert live_service.post(f"customers/{onboarded}/identity/link").status_code == 404
