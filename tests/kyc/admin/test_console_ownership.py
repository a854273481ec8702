"""Who owns an organisation, in the console: picture, tests, another day, files in and out."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.roles import Role
from kyc import dispatch, journey
from kyc.audit.models import AuditRow
from kyc.audit.services import SYSTEM
from kyc.customers.models import Customer
from kyc.customers.services import add_party, create_customer
from kyc.worlds import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def company(house, monkeypatch) -> Customer:
    monkeypatch.setattr(dispatch, "_send", lambda task, arguments: None)
    made = create_customer(
        kind="organisation",
        world=World.TEST,
        actor=SYSTEM,
        source="api",
        legal_name="Example <Robotics> Ltd",
        residence_country="GB",
    )
    for name, share in (("Grace Example", 60), ("Emil Example", 20)):
        add_party(
            customer=made,
            actor=SYSTEM,
            kind="person",
            roles=["owner", "director"],
            legal_name=name,
            country="GB",
            share_min=Decimal(share),
            share_max=Decimal(share),
        )
    journey.look_at_owners(customer=made, actor=SYSTEM)
    return made


def page(client, company, name="ownership", **query) -> str:
    answer = client.get(reverse(f"console:{name}", args=[company.public_id]), query)
    assert answer.status_code == 200
    return answer.content.decode()


class TheFileOfAnOrganisation:
    def test_shows_who_owns_it_as_a_picture_and_as_a_table(self, signed_in, company):
        shown = page(signed_in(Role.ANALYST), company, "customer")
        assert '<svg class="owners-picture' in shown
        assert "60 % in the end" in shown
        assert "The same as a table" in shown
        assert "Example &lt;Robotics&gt; Ltd" in shown
        assert "<Robotics>" not in shown

    def test_has_no_inline_styles_in_its_picture(self, signed_in, company):
        svg = page(signed_in(Role.ANALYST), company, "customer").partition("<svg")[2].partition("</svg>")[0]
        assert " style=" not in svg

    def test_of_a_person_shows_none(self, signed_in, house):
        assert "owners-picture" not in page(signed_in(Role.ANALYST), house.customer, "customer")


class AnotherDay:
    def test_shows_the_rules_of_that_day_and_keeps_nothing(self, signed_in, company):
        before = AuditRow.objects.count()
        shown = page(signed_in(Role.ANALYST), company, as_of="2026-11-09")
        assert "Suspended by the final rule" in shown
        assert "not in force" in shown
        assert AuditRow.objects.count() == before

    def test_that_is_no_date_shows_today_and_says_so(self, signed_in, company):
        assert "That is no date" in page(signed_in(Role.ANALYST), company, as_of="soon")


class AChart:
    def test_goes_out_and_in_again(self, signed_in, company):
        client = signed_in(Role.ANALYST)
        rows = json.loads(page(client, company, "ownership_export"))
        assert {row["publicationDetails"]["bodsVersion"] for row in rows} == {"0.4"}
        file = SimpleUploadedFile("owners.json", json.dumps(rows).encode(), "application/json")
        send = {"file": file, "source": "a register"}
        answer = client.post(reverse("console:ownership_import", args=[company.public_id]), send, follow=True)
        assert "0 parties added, 2 known; 2 interests." in answer.content.decode()

    def test_that_cannot_be_read_says_why_on_the_page(self, signed_in, company):
        send = {"file": SimpleUploadedFile("x.json", b"{}"), "source": "a register"}
        answer = signed_in(Role.ANALYST).post(reverse("console:ownership_import", args=[company.public_id]), send)
        assert answer.status_code == 400
        assert "BODS" in answer.content.decode()

    def test_is_not_read_by_an_auditor(self, signed_in, company):
        send = {"file": SimpleUploadedFile("x.json", b"[]"), "source": "x"}
        answer = signed_in(Role.AUDITOR).post(reverse("console:ownership_import", args=[company.public_id]), send)
        assert answer.status_code == 403

    def test_of_a_person_does_not_exist(self, signed_in, house):
        path = reverse("console:ownership_export", args=[house.customer.public_id])
        assert signed_in(Role.ANALYST).get(path).status_code == 404
