"""The first page and the choice of person or organisation."""

from __future__ import annotations

import re
from datetime import timedelta

import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from kyc.customers.models import Customer
from tests.kyc.portal.conftest import Visitor

PASSWORD = "seven green herons on a pier"


class AStranger:
    def test_reads_what_this_is_and_for_whom(self, visitor: Visitor, settings) -> None:
        settings.PROVIDER_NAME = "Nordlicht Models"
        page = visitor.get("/").content.decode()
        assert "Nordlicht Models" in page
        assert reverse("account_signup") in page

    def test_reads_the_privacy_notice_before_giving_anything(self, visitor: Visitor) -> None:
        assert visitor.get(reverse("portal:privacy")).status_code == 200

    def test_must_sign_in_to_begin(self, visitor: Visitor) -> None:
        assert visitor.post(reverse("portal:begin"), {"kind": "person"}).status_code == 302
        assert not Customer.objects.exists()


class AnAddressToConfirm:
    def test_is_confirmed_by_the_letters_own_link_however_late_it_is_opened(self, visitor: Visitor, db: None) -> None:
        """The link tells its age in seconds: a page that made one anew led elsewhere when a second had passed."""
        typed = {"email": "nora@example.org", "password1": PASSWORD, "password2": PASSWORD}
        visitor.post(reverse("account_signup"), typed)
        link = re.search(r"https?://[^/]+(/accounts/confirm-email/\S+)", mail.outbox[-1].body)[1]
        with time_machine.travel(timezone.now() + timedelta(hours=1)):
            page = visitor.get(link).content.decode()
        assert f'action="{link}"' in page
        visitor.post(link)
        assert EmailAddress.objects.get(email="nora@example.org").verified


class ANewUser:
    def test_is_led_to_the_choice(self, visitor: Visitor, ada: User) -> None:
        assert visitor.at(ada).get("/")["Location"] == reverse("portal:begin")

    def test_begins_as_a_person(self, visitor: Visitor, ada: User) -> None:
        response = visitor.at(ada).post(reverse("portal:begin"), {"kind": "person"})
        customer = Customer.objects.get()
        assert (customer.kind, customer.world, customer.email) == ("person", "test", ada.email)
        assert customer.member_set.get().user == ada
        assert response["Location"].endswith(f"/c/{customer.public_id}/form/about/")

    def test_cannot_begin_as_something_else(self, visitor: Visitor, ada: User) -> None:
        assert visitor.at(ada).post(reverse("portal:begin"), {"kind": "robot"}).status_code == 200
        assert not Customer.objects.exists()


class AReturningUser:
    def test_lands_where_it_stands(self, visitor: Visitor, ada: User, person: Customer) -> None:
        assert visitor.at(ada).get("/")["Location"] == reverse("portal:status", args=[person.public_id])

    def test_chooses_where_there_are_several(
        self, visitor: Visitor, ada: User, person: Customer, organisation: Customer
    ) -> None:
        organisation.member_set.create(user=ada, world=organisation.world)
        page = visitor.at(ada).get("/").content.decode()
        assert person.public_id in page
        assert organisation.public_id in page


class AMemberOfStaff:
    def test_are_led_to_the_console(self, visitor: Visitor) -> None:
        analyst = User.objects.create_user("an@example.org", "x" * 14, role=Role.ANALYST)
        assert visitor.at(analyst).get("/")["Location"] == "/console/"

    def test_cannot_begin_as_a_customer(self, visitor: Visitor) -> None:
        analyst = User.objects.create_user("an@example.org", "x" * 14, role=Role.ANALYST)
        assert visitor.at(analyst).post(reverse("portal:begin"), {"kind": "person"}).status_code == 403
        assert not Customer.objects.exists()


class ThePublicPage:
    def test_allows_nothing_from_outside_and_no_inline_code(self, visitor: Visitor) -> None:
        response = visitor.get("/")
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert " style=" not in response.content.decode()


class TheSignInPage:
    def test_offers_single_sign_on_where_it_is_configured(self, visitor: Visitor, settings) -> None:
        page = reverse("account_login")
        assert "Company login" not in visitor.get(page).content.decode()
        app = {
            "provider_id": "sso",
            "name": "Company login",
            "client_id": "x",
            "secret": "y",
            "settings": {"server_url": "https://login.example"},
        }
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
        text = visitor.get(page).content.decode()
        assert "Sign in with Company login" in text
        assert '<form method="post" action="/accounts/oidc/sso/login/' in text

    def test_does_not_tell_whether_an_address_has_an_account(self, visitor: Visitor, ada: User) -> None:
        answers = [
            visitor.post(reverse("account_login"), {"login": email, "password": "not this one"}).content.decode()
            for email in (ada.email, "nobody@example.org")
        ]
        said = [re.findall(r'class="notice bad".*?</div></div>', answer, re.S) for answer in answers]
        assert said[0]
        assert said[0] == said[1]
