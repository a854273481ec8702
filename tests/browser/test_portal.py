"""Somebody signs up, walks the form by keyboard alone and hands it in; every page on the way is looked over."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core import mail

from accounts.models import User
from kyc.customers.models import Customer
from kyc.customers.states import CustomerStatus
from tests.browser.conftest import Complaints, open_page
from tests.kyc.portal.conftest import catalogue, plain_surroundings  # noqa: F401
from tests.kyc.portal.pictures import passport_picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue")]

FAULTS = Path(__file__).with_name("accessible.js").read_text(encoding="utf-8")
PASSWORD = "seven green herons on a pier"


class Hands:
    """Only the keyboard: a control that Tab does not reach is not there."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def reach(self, name: str, most: int = 150) -> None:
        """Tab until the focus stands on the control with this accessible name."""
        for _ in range(most):
            self.page.keyboard.press("Tab")
            if name in self.focused():
                return
        raise AssertionError(f"Tab does not reach {name!r} on {self.page.url}")

    def focused(self) -> str:
        return str(
            self.page.evaluate(
                """() => { const e = document.activeElement;
                if (!e) return "";
                const label = e.labels?.length ? [...e.labels].map((l) => l.innerText).join(" ") : "";
                return [e.getAttribute("aria-label") || "", label, e.innerText || ""].join(" "); }"""
            )
        )

    def write(self, name: str, text: str) -> None:
        self.reach(name)
        self.page.keyboard.type(text)

    def press(self, name: str, key: str = "Enter") -> None:
        self.reach(name)
        self.page.keyboard.press(key)

    def send(self, name: str) -> None:
        """Press a button or link that leads to another page."""
        self.reach(name)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")


def look_over(page: Any) -> None:
    assert page.evaluate(FAULTS) == [], page.url


def wait_for_picture(image: Any) -> None:
    """wait_for_function would evaluate a string in the page, which its policy rightly forbids."""
    image.evaluate("(image) => image.complete || new Promise((done) => { image.onload = image.onerror = done; })")
    assert image.evaluate("(image) => image.naturalWidth") > 0


def sign_up(page: Any, home: str, email: str) -> None:
    hands = Hands(page)
    page.goto(home)
    look_over(page)
    hands.send("Create an account")
    look_over(page)
    hands.write("Email", email)
    hands.write("Password", PASSWORD)
    hands.write("Password (again)", PASSWORD)
    hands.send("Create account")
    look_over(page)
    found = re.search(r"https?://\S+/accounts/confirm-email/\S+", mail.outbox[-1].body)
    assert found, mail.outbox[-1].body
    page.goto(found[0])
    look_over(page)
    Hands(page).send("Yes, it is mine")
    if "/accounts/login" in page.url:
        hands = Hands(page)
        hands.write("Email", email)
        hands.write("Password", PASSWORD)
        hands.send("Sign in")


class ANewCustomerWithAKeyboard:
    def test_signs_up_fills_in_and_submits(self, page: Any, live_server: Any, complaints: Complaints, tmp_path: Path):
        sign_up(page, live_server.url, "ada@example.org")
        look_over(page)
        Hands(page).send("I, myself")
        customer = Customer.objects.get()

        hands = Hands(page)
        look_over(page)
        hands.write("Full name", "Ada Example")
        hands.write("Date of birth", "10121990")
        hands.write("Nationality", "United King")
        hands.write("Country you live in", "Netherl")
        hands.send("Save and continue")

        hands = Hands(page)
        look_over(page)
        hands.write("Street and number", "Singel 1")
        hands.write("Town or city", "Amsterdam")
        hands.write("Country", "Netherl")
        hands.send("Save and continue")

        hands = Hands(page)
        look_over(page)
        hands.write("What kind of number", "Passp")
        hands.write("Issued by", "United King")
        hands.write("Number", "SPECI2014")
        hands.send("Save this number")
        look_over(page)
        Hands(page).send("Continue")

        hands = Hands(page)
        look_over(page)
        hands.press("Academic or safety research", "Space")
        hands.write("In your own words", "We measure how well models keep to instructions.")
        hands.press("Example Large", "Space")
        hands.send("Save and continue")

        hands = Hands(page)
        look_over(page)
        hands.press("Yes", "Space")
        # Tab goes from question to question, arrows from answer to answer
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowRight")
        hands.send("Save these answers")

        hands = Hands(page)
        look_over(page)
        hands.press("I have read the privacy notice", "Space")
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowDown")
        hands.send("Save and continue")

        look_over(page)
        picture = tmp_path / "passport.png"
        picture.write_bytes(passport_picture())
        hands = Hands(page)
        hands.reach("The file")
        # the system's own window for choosing a file is out of a page's reach
        page.locator("input[type=file]").set_input_files(str(picture))
        page.wait_for_selector("[data-drop] img")
        hands.send("Send the file")
        look_over(page)
        wait_for_picture(page.locator(".thumb img"))
        Hands(page).send("Continue")

        look_over(page)
        Hands(page).send("Submit for checking")
        look_over(page)
        customer.refresh_from_db()
        assert customer.status == CustomerStatus.SUBMITTED
        assert customer.attestation_set.get().answers == {"no_training": True, "distillation": False}
        assert dict(customer.consent_set.values_list("kind", "given")) == {"privacy": True, "biometrics": False}

        # the page sees for itself that the road was walked on
        Customer.objects.filter(pk=customer.pk).update(status=CustomerStatus.IN_REVIEW)
        page.wait_for_selector('h1:has-text("With a colleague of ours")')
        assert complaints.none(), complaints

    def test_comes_back_to_where_they_left_off(self, page: Any, live_server: Any, complaints: Complaints) -> None:
        sign_up(page, live_server.url, "ada@example.org")
        Hands(page).send("I, myself")
        hands = Hands(page)
        hands.write("Full name", "Ada Example")
        hands.send("Save and come back later")
        look_over(page)
        Hands(page).send("Go on")
        assert page.input_value("[name=legal_name]") == "Ada Example"
        Hands(page).send("Save and continue")
        look_over(page)
        assert page.locator("text=Missing: Your date of birth").is_visible()
        assert complaints.none(), complaints


class TheSignInPages:
    PAGES = ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/privacy/", "/")
    BEHIND = ("/accounts/email/", "/accounts/password/change/", "/accounts/2fa/", "/accounts/sessions/")

    def test_have_names_labels_and_no_faults(self, page: Any, live_server: Any, complaints: Complaints) -> None:
        for path in self.PAGES:
            page.goto(live_server.url + path)
            look_over(page)
        sign_up(page, live_server.url, "ada@example.org")
        for path in self.BEHIND:
            page.goto(live_server.url + path)
            look_over(page)
        assert complaints.none(), complaints

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_fit_on_a_phone(self, chromium: Any, live_server: Any, complaints: Complaints, scheme: str) -> None:
        page = open_page(chromium, complaints, color_scheme=scheme)
        page.set_viewport_size({"width": 390, "height": 844})
        for path in self.PAGES:
            page.goto(live_server.url + path)
            look_over(page)
        page.context.close()
        assert complaints.none(), complaints

    def test_work_without_scripts(self, chromium: Any, live_server: Any, complaints: Complaints) -> None:
        User.objects.create_user("ada@example.org", PASSWORD).emailaddress_set.create(
            email="ada@example.org", verified=True, primary=True
        )
        page = open_page(chromium, complaints, java_script_enabled=False)
        page.goto(live_server.url + "/accounts/login/")
        page.fill("[name=login]", "ada@example.org")
        page.fill("[name=password]", PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.click("text=I, myself")
        page.fill("[name=legal_name]", "Ada Example")
        page.click("text=Save and come back later")
        assert page.locator("text=Saved. Come back").is_visible()
        page.context.close()


class APasskey:
    def test_is_added_and_signs_in(self, chromium: Any, live_server: Any, complaints: Complaints, settings: Any):
        assert django_settings.MFA_PASSKEY_LOGIN_ENABLED
        settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
        home = live_server.url.replace("127.0.0.1", "localhost")
        complaints.home = home.removeprefix("http://")
        page = open_page(chromium, complaints)
        session = page.context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        session.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                }
            },
        )
        sign_up(page, home, "ada@example.org")
        page.goto(home + "/accounts/2fa/webauthn/add/")
        look_over(page)
        if "reauthenticate" in page.url:
            page.fill("[name=password]", PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_url("**/webauthn/add/")
        page.fill("[name=name]", "My phone")
        page.check("[name=passwordless]")
        with page.expect_navigation():
            page.click("#mfa_webauthn_add")
        look_over(page)
        assert page.locator("text=recovery codes").first.is_visible()
        page.context.clear_cookies()
        page.goto(home + "/accounts/login/")
        with page.expect_navigation():
            page.click("#passkey_login")
        assert "/begin/" in page.url
        page.context.close()
        assert complaints.none(), complaints
