"""Who may enter the console, and what its answers carry."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Permission, Role, may
from kyc.admin.menu import MENU

pytestmark = pytest.mark.django_db
INDEX = "/console/"


class AVisitor:
    def test_is_sent_to_the_sign_in_page_and_back(self, people):
        answer = Client().get(f"{INDEX}customers/?q=x")
        assert answer.status_code == 302
        assert answer["Location"] == "/accounts/login/?next=/console/customers/%3Fq%3Dx"

    def test_is_not_shown_a_form_of_the_admins_own(self, people):
        assert Client().get(f"{INDEX}login/").status_code in (302, 404)


class APortalUser:
    def test_is_refused_and_sees_no_menu(self, signed_in):
        user = User.objects.create_user(email="customer@example.com", password=None)
        answer = signed_in(user).get(INDEX)
        assert answer.status_code == 403
        assert b'id="menu"' not in answer.content


class AStaffMemberWithoutASecondFactor:
    def test_is_sent_to_set_one_up(self, signed_in, settings):
        settings.STAFF_SECOND_FACTOR = True
        answer = signed_in(Role.ANALYST).get(INDEX)
        assert answer.status_code == 302
        assert answer["Location"] == reverse("mfa_index")

    def test_cannot_post_either(self, signed_in, settings):
        settings.STAFF_SECOND_FACTOR = True
        answer = signed_in(Role.ANALYST).post(f"{INDEX}world/", {"world": "live"})
        assert answer["Location"] == reverse("mfa_index")

    def test_enters_once_it_is_set_up(self, signed_in, settings, people):
        settings.STAFF_SECOND_FACTOR = True
        Authenticator.objects.create(user=people[Role.ANALYST], type=Authenticator.Type.TOTP, data={})
        assert signed_in(Role.ANALYST).get(INDEX).status_code == 200


class AnOffboardedColleague:
    def test_is_out_at_once(self, signed_in, people):
        client = signed_in(Role.ANALYST)
        assert client.get(INDEX).status_code == 200
        User.objects.filter(pk=people[Role.ANALYST].pk).update(role="", is_active=False)
        assert client.get(INDEX).status_code in (302, 403)


class AnAnswer:
    def test_is_not_cached(self, signed_in):
        assert "no-store" in signed_in(Role.ANALYST).get(INDEX)["Cache-Control"]

    def test_allows_no_inline_and_no_evaluated_script(self, signed_in):
        policy = signed_in(Role.ANALYST).get(INDEX)["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "script-src 'self'" in policy

    def test_holds_no_inline_script_style_or_handler(self, signed_in):
        page = signed_in(Role.COMPLIANCE_HEAD).get(INDEX).content.decode()
        for forbidden in ("<style", " style=", " onclick=", " x-data", "javascript:"):
            assert forbidden not in page
        assert "<script>" not in page

    def test_marks_the_test_world(self, signed_in):
        assert b"Test world" in signed_in(Role.ANALYST).get(INDEX).content


class TheWorldSwitch:
    def test_is_kept_for_the_session(self, signed_in):
        client = signed_in(Role.ANALYST)
        client.post(f"{INDEX}world/", {"world": "live"})
        assert b"Test world" not in client.get(INDEX).content

    def test_returns_to_a_page_of_this_site_only(self, signed_in):
        client = signed_in(Role.ANALYST)
        inside = client.post(f"{INDEX}world/", {"world": "live", "next": "/console/customers/"})
        outside = client.post(f"{INDEX}world/", {"world": "live", "next": "https://evil.example/"})
        assert (inside["Location"], outside["Location"]) == ("/console/customers/", INDEX)

    def test_knows_no_third_world(self, signed_in):
        assert signed_in(Role.ANALYST).post(f"{INDEX}world/", {"world": "mars"}).status_code == 400

    def test_needs_the_forms_token(self, signed_in):
        assert signed_in(Role.ANALYST, csrf=True).post(f"{INDEX}world/", {"world": "live"}).status_code == 403


class TheMenu:
    @pytest.mark.parametrize("role", Role)
    def test_shows_what_the_role_may_open_and_nothing_else(self, signed_in, role):
        page = signed_in(role).get(INDEX).content.decode()
        for _, items in MENU:
            for item in items:
                shown = f'href="{reverse(f"console:{item.page}")}"' in page
                assert shown == may(role, item.needs) or item.page == "index", item.title


class TheStockAdmin:
    @pytest.mark.parametrize(
        "path", ["kyc/customer/add/", "kyc/customer/1/change/", "kyc/customer/1/delete/", "jsi18n/"]
    )
    def test_has_no_pages_that_write(self, signed_in, path):
        assert signed_in(Role.COMPLIANCE_HEAD).get(f"{INDEX}{path}").status_code == 404

    def test_refuses_to_post_to_a_list(self, signed_in):
        answer = signed_in(Role.COMPLIANCE_HEAD).post(
            f"{INDEX}customers/", {"action": "delete_selected", "_selected_action": "1"}
        )
        assert answer.status_code == 405


def test_every_permission_is_asked_for_by_name():
    assert {item.needs for _, items in MENU for item in items} <= set(Permission)
