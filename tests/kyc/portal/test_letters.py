"""Letters: each has a subject and a body whatever the names in it; invitations carry a link that works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import User
from kyc.customers.models import Customer
from kyc.customers.services import add_party
from kyc.notices.models import Notice
from kyc.portal.letters import send_colleague_invitation, send_party_invitation
from tests.kyc.portal.conftest import Visitor

LETTERS = sorted(path.stem for path in Path(settings.ROOT, "templates/email").glob("*.txt"))
CONTEXT = {
    "customer_name": "O'Neil & Søns <Ltd>",
    "provider": "Models & More",
    "link": "http://localhost/c/x/?a=1&b=2",
    "words": "All checks aren't complete.",
    "items": ["Your birth date & place", "A 'sharp' picture"],
    "tier": "standard",
}


@pytest.mark.parametrize("letter", LETTERS)
class ALetter:
    def render(self, letter: str, **context: object) -> tuple[str, str]:
        text = render_to_string(f"email/{letter}.txt", context).lstrip()
        subject, _, body = text.partition("\n")
        return subject, body

    def test_has_a_subject_an_empty_line_and_a_body(self, letter: str) -> None:
        subject, body = self.render(letter, **CONTEXT)
        assert re.match(r"Subject: \S.{5,}", subject)
        assert body.startswith("\n")
        assert len(body.strip()) > 40

    def test_is_plain_text_in_which_names_stand_as_they_are(self, letter: str) -> None:
        subject, body = self.render(letter, **CONTEXT)
        assert "&amp;" not in subject + body
        assert "&#x27;" not in subject + body

    def test_leaves_no_gap_where_nothing_is_known(self, letter: str) -> None:
        subject, body = self.render(letter, provider="Models", link="http://localhost/")
        assert "None" not in subject + body
        assert "\n\n\n\n" not in body

    def test_gives_the_link(self, letter: str) -> None:
        assert CONTEXT["link"] in self.render(letter, **CONTEXT)[1]


class AnInvitation:
    def test_of_a_colleague_lets_exactly_that_address_in(
        self, visitor: Visitor, organisation: Customer, grace: User, ada: User
    ) -> None:
        send_colleague_invitation(customer=organisation, email=ada.email, role="contributor", actor=grace)
        link = Notice.objects.get().context["link"]
        assert link.startswith(settings.BASE_URL + "/join/")
        path = link.removeprefix(settings.BASE_URL)
        assert b"Join" in visitor.at(ada).get(path).content
        visitor.post(path, {"name": " "})
        assert not organisation.member_set.filter(user=ada).exists()  # nobody acts for it without a name
        visitor.post(path, {"name": "Ada  Example"})
        assert organisation.member_set.get(user=ada).name == "Ada Example"
        assert organisation.member_set.get(user=ada).role == "contributor"

    def test_of_a_colleague_is_of_no_use_to_another(
        self, visitor: Visitor, organisation: Customer, grace: User, eve: User
    ) -> None:
        send_colleague_invitation(customer=organisation, email="ada@example.org", role="owner", actor=grace)
        path = Notice.objects.get().context["link"].removeprefix(settings.BASE_URL)
        assert visitor.at(eve).get(path).status_code == 200
        assert visitor.post(path, {"name": "Eve Example"}).status_code == 403
        assert not organisation.member_set.filter(user=eve).exists()

    def test_of_a_colleague_works_once(self, visitor: Visitor, organisation: Customer, grace: User, ada: User) -> None:
        send_colleague_invitation(customer=organisation, email=ada.email, role="owner", actor=grace)
        path = Notice.objects.get().context["link"].removeprefix(settings.BASE_URL)
        visitor.at(ada).post(path, {"name": "Ada Example"})
        assert visitor.get(path).status_code == 404

    def test_with_an_invented_token_is_none(self, visitor: Visitor, ada: User) -> None:
        assert visitor.at(ada).get(reverse("portal:join", args=["x" * 43])).status_code == 404
        assert visitor.get(reverse("portal:verify", args=["x" * 43])).status_code == 404

    def test_of_a_colleague_does_not_open_the_page_of_a_party(
        self, visitor: Visitor, organisation: Customer, grace: User
    ) -> None:
        send_colleague_invitation(customer=organisation, email="ada@example.org", role="owner", actor=grace)
        token = Notice.objects.get().context["link"].rstrip("/").rpartition("/")[2]
        assert visitor.get(reverse("portal:verify", args=[token])).status_code == 404


class AnInvitedOwnerOfShares:
    @pytest.fixture
    def link(self, organisation: Customer, grace: User) -> str:
        self.party = add_party(
            customer=organisation, actor=grace, kind="person", roles=["owner"], legal_name="Hedy Example"
        )
        send_party_invitation(party=self.party, email="hedy@example.org", actor=grace)
        return Notice.objects.get().context["link"].removeprefix(settings.BASE_URL)

    def test_needs_no_account_and_corrects_their_facts(self, visitor: Visitor, link: str) -> None:
        assert b"has named you" in visitor.get(link).content
        facts = {"sent": "about", "legal_name": "Hedy K. Example", "birth_date": "1974-11-09", "country": "AT"}
        assert visitor.post(link, facts).status_code == 302
        self.party.refresh_from_db()
        assert (self.party.legal_name, self.party.birth_date.isoformat()) == ("Hedy K. Example", "1974-11-09")

    def test_finds_the_link_dead_once_they_are_removed(self, visitor: Visitor, link: str, grace: User) -> None:
        self.party.removed_at = self.party.customer.created_at
        self.party.save()
        assert visitor.get(link).status_code == 404

    def test_learns_nothing_else_of_the_organisation(self, visitor: Visitor, link: str, organisation: Customer) -> None:
        page = visitor.get(link).content.decode()
        assert organisation.public_id not in page
        assert "ben@example.org" not in page
