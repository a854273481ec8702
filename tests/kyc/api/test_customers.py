"""Another service onboards a customer: what it may send, what it gets back, and what is refused without a trace."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.scopes import Scope
from kyc.api.models import IdempotentAnswer
from kyc.audit.models import AuditRow
from kyc.customers.models import Customer
from kyc.worlds import World
from tests.kyc.api.conftest import PERSON, declared
from tests.kyc.portal.pictures import passport_picture

pytestmark = pytest.mark.usefixtures("house")


@pytest.fixture
def maja(service):
    return service.post("customers", PERSON).json()


class ANewCustomer:
    def test_begins_as_a_draft_that_says_what_is_missing(self, service):
        answer = service.post("customers", PERSON)
        assert answer.status_code == 201
        said = answer.json()
        assert said["status"] == "draft"
        assert [row["field"] for row in said["missing"]] == ["provider:1", "identity"]
        assert answer["ETag"] == f'"{said["revision"]}"'

    def test_is_in_the_world_of_the_key(self, maja):
        customer = Customer.objects.get(public_id=maja["id"])
        assert (customer.world, customer.source, customer.legal_name) == ("test", "api", "Maja Sofia Lindqvist")

    def test_is_refused_whole_when_one_field_is_wrong(self, service):
        before = AuditRow.objects.count()
        wrong = PERSON | {"addresses": [{"street": "x", "city": "y", "country": "XX"}]}
        answer = service.post("customers", wrong)
        assert answer.status_code == 400
        assert answer["Content-Type"] == "application/problem+json"
        assert not Customer.objects.exists()
        assert AuditRow.objects.count() == before

    def test_with_a_field_nobody_knows_is_refused_by_its_name(self, service):
        answer = service.post("customers", PERSON | {"legalname": "x"})
        assert answer.status_code == 422
        assert answer.json()["fields"] == {"legalname": ["There is no such field."]}

    def test_whose_external_id_is_taken_is_refused(self, service, maja):
        assert service.post("customers", PERSON).status_code == 400
        assert Customer.objects.count() == 1

    def test_may_have_the_same_external_id_in_the_other_world(self, service_with, maja):
        live = service_with(*Scope, world=World.LIVE)
        assert live.post("customers", PERSON).status_code == 201

    def test_needs_the_scope(self, service_with):
        reader = service_with(Scope.CUSTOMERS_READ)
        assert reader.post("customers", PERSON).status_code == 403
        assert not Customer.objects.exists()

    def test_needs_a_key(self, client):
        answer = client.post("/api/v1/customers", PERSON, content_type="application/json")
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Bearer")


class TheSameRequestAgain:
    def test_is_done_once(self, service):
        first = service.post("customers", PERSON, idempotency_key="k1")
        second = service.post("customers", PERSON, idempotency_key="k1")
        assert (second.status_code, second.json()) == (201, first.json())
        assert second["Idempotent-Replayed"] == "true"
        assert Customer.objects.count() == 1

    def test_with_another_body_is_refused(self, service):
        service.post("customers", PERSON, idempotency_key="k1")
        answer = service.post("customers", PERSON | {"external_id": "u-2"}, idempotency_key="k1")
        assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")
        assert Customer.objects.count() == 1

    def test_may_be_mended_after_a_refusal(self, service):
        assert service.post("customers", PERSON | {"kind": "ship"}, idempotency_key="k1").status_code == 422
        assert service.post("customers", PERSON, idempotency_key="k1").status_code == 201

    def test_of_another_client_is_another_request(self, service, service_with):
        service.post("customers", PERSON, idempotency_key="k1")
        other = service_with(*Scope)
        assert other.post("customers", PERSON | {"external_id": "u-2"}, idempotency_key="k1").status_code == 201

    def test_leaves_nothing_personal_behind(self, service):
        service.post("customers", PERSON, idempotency_key="k1")
        kept = str(IdempotentAnswer.objects.get().body)
        assert "Lindqvist" not in kept and "88359756" not in kept and "company.example" not in kept


class AReader:
    def test_sees_what_was_told_and_of_numbers_only_the_tail(self, service, maja):
        said = service.get(f"customers/{maja['id']}").json()
        assert said["legal_name"] == "Maja Sofia Lindqvist"
        assert said["identifiers"] == [{"kind": "passport", "country": "SE", "tail": "9756", "expires_on": None}]
        assert "88359756" not in str(said)

    def test_of_the_other_world_finds_nothing(self, service_with, maja):
        live = service_with(*Scope, world=World.LIVE)
        assert live.get(f"customers/{maja['id']}").status_code == 404
        assert live.get("customers").json()["results"] == []

    def test_finds_by_the_providers_own_id(self, service, maja):
        assert [row["id"] for row in service.get("customers?external_id=u-1").json()["results"]] == [maja["id"]]

    def test_of_an_unknown_status_is_told_the_known_ones(self, service):
        assert service.get("customers?status=lost").status_code == 400


class AChange:
    def test_needs_the_revision_that_was_read(self, service, maja):
        assert service.patch(f"customers/{maja['id']}", {"email": "m@company.example"}).status_code == 428

    def test_is_made_and_gives_the_new_revision(self, service, maja):
        path = f"customers/{maja['id']}"
        answer = service.patch(path, {"email": "m@company.example"}, if_match=service.get(path)["ETag"])
        assert answer.status_code == 200
        assert Customer.objects.get().email == "m@company.example"
        assert answer["ETag"] == service.get(path)["ETag"]

    def test_of_what_somebody_else_changed_first_is_refused(self, service, maja):
        path, read = f"customers/{maja['id']}", service.get(f"customers/{maja['id']}")["ETag"]
        service.patch(path, {"email": "first@company.example"}, if_match=read)
        answer = service.patch(path, {"email": "second@company.example"}, if_match=read)
        assert answer.status_code == 412
        assert Customer.objects.get().email == "first@company.example"


class ASubmission:
    def test_of_what_is_not_complete_names_what_is_missing(self, service, maja):
        answer = service.post(f"customers/{maja['id']}/submit")
        assert (answer.status_code, answer.json()["code"]) == (422, "incomplete")
        assert Customer.objects.get().status == "draft"

    def test_sets_the_checks_going(self, service, maja, sent, django_capture_on_commit_callbacks):
        path = f"customers/{maja['id']}"
        service.patch(path, {"attestations": declared(service)}, if_match=service.get(path)["ETag"])
        picture = SimpleUploadedFile("passport.png", passport_picture(), "image/png")
        assert service.upload(f"{path}/documents", {"kind": "passport", "file": picture}).status_code == 201
        with django_capture_on_commit_callbacks(execute=True):
            answer = service.post(f"{path}/submit", idempotency_key="go")
        assert (answer.status_code, answer.json()["status"]) == (202, "submitted")
        assert ("kyc.advance", {"customer_id": Customer.objects.get().pk}) in sent
        assert service.post(f"{path}/submit", idempotency_key="go").status_code == 202
        assert service.post(f"{path}/submit").status_code == 409


class ADocument:
    def test_that_is_no_picture_is_refused_and_nothing_is_kept(self, service, maja):
        file = SimpleUploadedFile("passport.png", b"<html>not a picture</html>", "image/png")
        answer = service.upload(f"customers/{maja['id']}/documents", {"kind": "passport", "file": file})
        assert answer.status_code == 400
        assert service.get(f"customers/{maja['id']}/documents").json() == []


class AnAccount:
    def test_is_tied_closed_and_refused_to_another_customer(self, service, maja):
        path = f"customers/{maja['id']}/accounts"
        assert service.post(path, {"account_id": "acct-1"}).status_code == 201
        other = service.post("customers", PERSON | {"external_id": "u-2"}).json()
        assert service.post(f"customers/{other['id']}/accounts", {"account_id": "acct-1"}).status_code == 409
        closed = service.post(f"{path}/acct-1/close")
        assert closed.json()["closed_at"] is not None
        assert service.post(f"{path}/acct-9/close").status_code == 404


class AnAddressThatDoesNotExist:
    def test_is_told_to_a_program_as_a_problem(self, service):
        answer = service.get("nothing/here")
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")

    def test_or_a_body_that_is_no_json(self, service):
        answer = service.call("POST", "customers", b"{")
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")

    def test_or_a_method_nobody_offers(self, service):
        assert service.call("DELETE", "customers", "").status_code in (403, 405)
