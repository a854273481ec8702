"""Another service asks who owns an organisation on a day."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.scopes import Scope
from kyc.audit.models import AuditRow
from kyc.audit.services import SYSTEM
from kyc.customers.models import Customer
from kyc.customers.services import add_party, create_customer
from kyc.ownership.models import OwnershipEvaluation
from kyc.worlds import World
from tests.kyc.api.conftest import ALL

pytestmark = pytest.mark.usefixtures("house")


@pytest.fixture
def company() -> Customer:
    made = create_customer(
        kind="organisation", world=World.TEST, actor=SYSTEM, source="api", legal_name="Example Ltd",
        residence_country="GB",
    )  # fmt: skip
    for name, share in (("Grace Example", 75), ("Emil Example", 25)):
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
    return made


class TheFiveTests:
    def test_are_answered_with_path_and_arithmetic(self, service, company):
        said = service.get(f"ownership/evaluate?customer={company.public_id}&as_of=2026-11-10").json()
        assert (said["outcome"], said["as_of"]) == ("clear", "2026-11-10")
        owners = {row["test"]: row for row in said["tests"]}["beneficial_owners"]["owners"]
        assert [(row["low"], row["high"]) for row in owners] == [("3/4", "3/4"), ("1/4", "1/4")]
        assert "25 %" in owners[1]["why"]
        assert len(said["interests"]) == 4  # two of shares, two directors

    def test_tell_which_rules_were_in_force_on_that_day(self, service, company):
        for day, in_force in (("2026-11-09", False), ("2026-11-10", True)):
            said = service.get(f"ownership/evaluate?customer={company.public_id}&as_of={day}").json()
            assert {row["test"]: row["in_force"] for row in said["tests"]}["bis_affiliates"] is in_force

    def test_keep_nothing(self, service, company):
        before = AuditRow.objects.count()
        assert service.get(f"ownership/evaluate?customer={company.public_id}").status_code == 200
        assert (OwnershipEvaluation.objects.count(), AuditRow.objects.count()) == (0, before)

    @pytest.mark.parametrize(
        ("query", "status"),
        [("", 400), ("customer=cus_nobody", 404), ("customer={id}&as_of=yesterday", 400), ("customer={id}", 200)],
    )
    def test_need_a_customer_and_a_date(self, service, company, query, status):
        assert service.get(f"ownership/evaluate?{query.format(id=company.public_id)}").status_code == status

    def test_of_a_person_are_refused(self, service):
        person = create_customer(kind="person", world=World.TEST, actor=SYSTEM, source="api", legal_name="Maja")
        answer = service.get(f"ownership/evaluate?customer={person.public_id}")
        assert (answer.status_code, answer.json()["code"]) == (409, "forbidden_move")

    def test_are_not_told_to_another_world_nor_to_a_key_that_may_not_read_screenings(
        self, service, company, service_with
    ):
        path = f"ownership/evaluate?customer={company.public_id}"
        assert service_with(*ALL, world=World.LIVE).get(path).status_code == 404
        assert service_with(Scope.CUSTOMERS_READ).get(path).status_code == 403


class AChart:
    def test_comes_out_as_bods_and_goes_in_again(self, service, company):
        rows = service.get(f"customers/{company.public_id}/ownership").json()
        assert [row["recordType"] for row in rows].count("relationship") == 4
        file = SimpleUploadedFile("owners.json", json.dumps(rows).encode(), "application/json")
        answer = service.upload(f"customers/{company.public_id}/ownership", {"file": file, "source": "register"})
        assert (answer.status_code, answer.json()["added"], answer.json()["found"]) == (201, 0, 2)

    def test_that_cannot_be_read_is_refused_with_the_reason(self, service, company):
        file = SimpleUploadedFile("owners.json", b"{}", "application/json")
        answer = service.upload(f"customers/{company.public_id}/ownership", {"file": file, "source": "register"})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_input")

    def test_is_not_read_with_a_key_that_may_not_write(self, service_with, company):
        file = SimpleUploadedFile("owners.json", b"[]", "application/json")
        reader = service_with(Scope.CUSTOMERS_READ)
        answer = reader.upload(f"customers/{company.public_id}/ownership", {"file": file, "source": "register"})
        assert answer.status_code == 403
