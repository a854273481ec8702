"""The page for an address we may not serve: neutral words, a reference, a way to object."""

from __future__ import annotations

from django.template.loader import render_to_string
from django.test import RequestFactory

from tests.kyc.portal.conftest import Visitor

CONTEXT = {"reference": "sig_4t9m", "appeal_url": "mailto:compliance@example.org"}


class TheBlockedPage:
    def page(self, visitor: Visitor, **context: object) -> str:
        request = RequestFactory().get("/")
        return render_to_string("blocked.html", CONTEXT | context, request=request)

    def test_gives_the_reference_and_the_way_to_object(self, visitor: Visitor) -> None:
        page = self.page(visitor)
        assert "sig_4t9m" in page
        assert "mailto:compliance@example.org" in page

    def test_does_not_say_what_was_seen(self, visitor: Visitor) -> None:
        page = self.page(visitor, country="IR", findings=["vpn"], sentence="Your VPN exits in Iran").lower()
        for word in ("iran", "vpn", "embargo", "sanction", "country"):
            assert word not in page

    def test_needs_no_way_to_object_to_be_shown(self, visitor: Visitor) -> None:
        assert "Ask us to look at it" not in self.page(visitor, appeal_url="")
