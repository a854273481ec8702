"""Out to the provider's page and back in a real Chromium, under the policy that holds forms to their places."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from accounts.services import create_staff
from kyc import dispatch, journey, verifying
from kyc.cases.services import claim_case
from kyc.customers.models import Customer
from kyc.customers.services import add_identifier, consent, create_customer
from kyc.identity.sessions import due_sessions
from tests.browser.conftest import Complaints, open_page
from tests.browser.test_console import session_of
from tests.browser.test_portal import FAULTS
from tests.kyc.identity.vendor_services import StripeService, running

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def stripe(settings: Any, live_server: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StripeService]:
    monkeypatch.setattr(dispatch, "_send", lambda task, arguments: None)
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.DATA, settings.PORTAL_WORLD, settings.STAFF_SECOND_FACTOR = tmp_path, "test", False
    settings.BASE_URL = live_server.url
    with running(StripeService()) as service:
        settings.IDENTITY_VENDORS = {"live": {}, "test": {"stripe": service.account()}}
        policy = copy.deepcopy(settings.CONTENT_SECURITY_POLICY)
        policy["DIRECTIVES"]["form-action"].append(service.url)  # as config/settings.py does for an account
        settings.CONTENT_SECURITY_POLICY = policy
        yield service


def work() -> None:
    for verification in due_sessions(timezone.now()):
        verifying.ask_vendor(verification_id=verification.pk)


@pytest.fixture
def maja(stripe: StripeService) -> Customer:
    ada = User.objects.create_user("ada@example.org", "a long enough password", name="Ada Example")
    customer = create_customer(
        kind="person", world="test", actor=ada, source="portal", owner=ada, email=ada.email,
        legal_name="Maja Sofia Lindqvist", birth_date=date(1990, 4, 16), nationalities=["SE"],
        residence_country="SE", tier_wanted="frontier",
    )  # fmt: skip
    add_identifier(customer=customer, actor=ada, kind="passport", value="88359756", country="SE")
    consent(customer=customer, actor=ada, kind="biometrics", given=True, version=1)
    Customer.objects.filter(pk=customer.pk).update(status="submitted")
    journey.advance(customer_id=customer.pk)
    work()
    return customer


def seen_by(user: User, chromium: Any, live_server: Any, complaints: Complaints, **options: Any) -> Any:
    page = open_page(chromium, complaints, base_url=live_server.url, **options)
    page.context.add_cookies([{"name": "sessionid", "value": session_of(user), "url": live_server.url}])
    return page


def look(page: Any, name: str) -> None:
    """Nothing on it shuts anybody out; where SHOTS names a folder, a picture to be looked at is left there."""
    assert page.evaluate(FAULTS) == [], page.url
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


class ACustomerAtTheProvider:
    def test_goes_there_comes_back_and_reads_what_to_send_again(self, chromium, live_server, complaints, maja, stripe):
        page = seen_by(User.objects.get(email="ada@example.org"), chromium, live_server, complaints)
        page.goto(f"/c/{maja.public_id}/")
        look(page, "status")
        page.get_by_role("link", name="Verify your identity").click()
        look(page, "identity")
        page.get_by_role("button", name="Go to Stripe").press("Enter")
        page.get_by_role("heading", name="Show us your document").wait_for()
        stripe.only().failed("document_expired")
        page.get_by_role("link", name="Done").click()
        page.get_by_text("We ask for the result").wait_for()
        work()
        page.goto(f"/c/{maja.public_id}/identity/")
        page.get_by_text("It has run out").wait_for()
        look(page, "again")
        page.set_viewport_size({"width": 390, "height": 844})
        look(page, "again_narrow")
        page.context.close()
        assert complaints.console == [] and complaints.broken == []


class AnAnalystBeforeAProvidersResult:
    def test_sees_what_was_said_read_and_compared(self, chromium, live_server, complaints, maja, stripe):
        for error in ("document_unverified_other", ""):
            stripe.only().failed(error) if error else stripe.only().verified(first="Maria", last="Lindkvist")
            maja.verification_set.update(ask_at=timezone.now())
            work()
        ada = create_staff(email="analyst@x.example", name="Ada", role=Role.ANALYST, password=None)
        case = maja.case_set.get(type="identity")
        claim_case(case=case, actor=ada)
        page = seen_by(ada, chromium, live_server, complaints)
        page.goto(f"/console/cases/{case.public_id}/")
        page.get_by_role("heading", name="What Stripe said").wait_for()
        look(page, "console")
        page.get_by_label("Why a person looks instead").fill("The name is spelled otherwise.")
        page.get_by_role("button", name="Take over from Stripe").click()
        page.get_by_text("the check is a person's now").wait_for()
        look(page, "console_taken_over")
        page.context.close()
        assert maja.verification_set.order_by("-id")[0].provider == "staff_review"
        assert complaints.none(), complaints
