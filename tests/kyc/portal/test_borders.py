"""Who stands at our doors from where we may not serve is turned away, told neutrally, and noted."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError

from accounts.models import User
from accounts.roles import Role
from accounts.services import create_staff
from kyc.customers.models import Customer
from kyc.geo.models import Sighting
from tests.kyc.geo.location_world import data_knowing

HOME, PYONGYANG, SHANGHAI, SINGAPORE = "131.111.7.7", "175.45.176.9", "202.96.128.86", "203.116.1.1"
DOORS = [
    "/",
    "/accounts/signup/",
    "/accounts/login/",
    "/accounts/password/reset/",
    "/begin/",
    "/c/cus_x/",
    "/console/",
    "/console/cases/",
]


@pytest.fixture(autouse=True)
def places(tmp_path: Any, monkeypatch: Any) -> None:
    known = {"131.111.0.0/16": "GB", "175.45.176.0/22": "KP", "202.96.0.0/16": "CN", "203.116.0.0/16": "SG"}
    data = data_knowing(tmp_path / "geo", known)
    monkeypatch.setattr("kyc.access.services.geo_data", lambda: data)


@pytest.mark.django_db
class AVisitorFromAnEmbargoedCountry:
    @pytest.mark.parametrize("door", DOORS)
    def test_is_turned_away_by_law_at_every_door(self, client: Any, door: str) -> None:
        answer = client.get(door, REMOTE_ADDR=PYONGYANG)
        assert answer.status_code == 451
        assert answer["Cache-Control"] == "no-store"
        assert 'rel="blocked-by"' in answer["Link"]

    def test_can_quote_the_reference_under_which_staff_find_all_reasons(self, client: Any) -> None:
        page = client.get("/accounts/signup/", REMOTE_ADDR=PYONGYANG).content.decode()
        noted = Sighting.objects.get()
        assert noted.reference and noted.reference in page
        assert "Korea" not in page
        assert noted.legal and "ip.embargo" in str(noted.findings)

    def test_makes_no_account(self, client: Any) -> None:
        form = {"email": "x@example.org", "password1": "a long enough password", "password2": "a long enough password"}
        assert client.post("/accounts/signup/", form, REMOTE_ADDR=PYONGYANG).status_code == 451
        assert not User.objects.exists()

    def test_may_not_say_in_a_header_that_they_are_elsewhere(self, client: Any) -> None:
        answer = client.get("/accounts/signup/", REMOTE_ADDR=PYONGYANG, HTTP_X_FORWARDED_FOR=HOME)
        assert answer.status_code == 451


@pytest.mark.django_db
class AVisitorFromWhereTheProviderDoesNotSell:
    def test_is_refused_by_policy_and_not_by_law(self, client: Any) -> None:
        answer = client.get("/accounts/login/", REMOTE_ADDR=SHANGHAI)
        assert answer.status_code == 403
        assert "Link" not in answer


@pytest.mark.django_db
class AVisitorFromElsewhere:
    def test_comes_in_and_without_an_account_leaves_no_row(self, client: Any) -> None:
        assert client.get("/accounts/signup/", REMOTE_ADDR=HOME).status_code == 200
        assert not Sighting.objects.exists()

    def test_is_noted_once_an_hour_and_address_when_signed_in(self, client: Any, ada: User) -> None:
        client.force_login(ada)
        for _ in range(3):
            client.get("/begin/", REMOTE_ADDR=HOME)
        noted = Sighting.objects.get()
        assert (noted.user, noted.country, noted.times) == (ada, "GB", 1)

    def test_is_noted_with_the_customer_they_act_for(self, client: Any, ada: User, person: Any) -> None:
        client.force_login(ada)
        client.get(f"/c/{person.public_id}/", REMOTE_ADDR=HOME)
        assert Sighting.objects.get().customer == person

    def test_is_noted_with_what_does_not_fit_the_place_and_goes_on(self, client: Any, ada: User, person: Any) -> None:
        Customer.objects.filter(pk=person.pk).update(residence_country="BR", phone="+55 11 5555 0000")
        client.force_login(ada)
        answer = client.get(f"/c/{person.public_id}/", REMOTE_ADDR=HOME, headers={"accept-language": "pt-BR,pt;q=0.9"})
        assert answer.status_code == 200
        noted = next(row for row in Sighting.objects.get().findings if row["code"] == "facts.mismatch")
        assert noted["facts"]["kinds"] == ["declared", "phone", "language"]

    def test_is_noted_as_having_come_too_fast(self, client: Any, ada: User, person: Any) -> None:
        client.force_login(ada)
        for address in (HOME, SINGAPORE):
            client.get(f"/c/{person.public_id}/", REMOTE_ADDR=address)
        latest = Sighting.objects.order_by("-pk")[0]
        assert "travel.impossible" in [row["code"] for row in latest.findings]

    def test_of_a_strange_language_is_believed_to_say_nothing(self, client: Any, ada: User) -> None:
        client.force_login(ada)
        assert client.get("/begin/", REMOTE_ADDR=HOME, headers={"accept-language": "<x>" * 50}).status_code == 200

    def test_reads_the_privacy_notice_from_anywhere(self, client: Any) -> None:
        assert client.get("/privacy/", REMOTE_ADDR=PYONGYANG).status_code == 200

    def test_signs_out_from_anywhere(self, client: Any, ada: User) -> None:
        client.force_login(ada)
        client.post("/accounts/logout/", REMOTE_ADDR=PYONGYANG)
        assert "_auth_user_id" not in client.session


@pytest.mark.django_db
class AStaffMember:
    @pytest.fixture
    def staff(self, client: Any, settings: Any) -> User:
        settings.STAFF_SECOND_FACTOR = False
        user = create_staff(email="head@example.org", name="Head", role=Role.COMPLIANCE_HEAD, password="x" * 16)
        client.force_login(user)
        return user

    def test_is_turned_away_like_anybody_and_the_attempt_names_them(self, client: Any, staff: User) -> None:
        assert client.get("/console/", REMOTE_ADDR=PYONGYANG).status_code == 451
        noted = Sighting.objects.get()
        assert (noted.where, noted.user, noted.outcome, noted.legal) == ("console", staff, "deny", True)

    def test_cannot_write_either(self, client: Any, staff: User) -> None:
        assert client.post("/console/cases/take/", REMOTE_ADDR=PYONGYANG).status_code == 451

    def test_comes_in_from_elsewhere_and_is_noted_once(self, client: Any, staff: User) -> None:
        assert [client.get("/console/", REMOTE_ADDR=HOME).status_code for _ in range(2)] == [200, 200]
        noted = Sighting.objects.get()
        assert (noted.where, noted.user, noted.customer, noted.country) == ("console", staff, None, "GB")

    @pytest.mark.parametrize("own", ["127.0.0.1", "::1", "10.1.2.3", "192.168.7.7", "fd00::7"])
    def test_is_never_locked_out_of_their_own_network(self, client: Any, staff: User, own: str) -> None:
        assert client.get("/console/", REMOTE_ADDR=own).status_code == 200

    def test_at_a_server_goes_on_and_is_noted_with_it(self, client: Any, staff: User, tmp_path: Any, monkeypatch: Any):
        server = replace(data_knowing(tmp_path / "other", {"131.111.0.0/16": "GB"}).lookup(HOME), hosting=True)
        monkeypatch.setattr("kyc.access.services.geo_data", lambda: SimpleNamespace(lookup=lambda *_, **__: server))
        assert client.get("/console/", REMOTE_ADDR=HOME).status_code == 200
        assert Sighting.objects.get().outcome == "challenge"


@pytest.mark.django_db
class ADoorWhoseKeeperKnowsNothing:
    """Ranges and corrections cannot be read, so nobody can say who may come in."""

    @pytest.fixture(autouse=True)
    def away(self, monkeypatch: Any, settings: Any) -> None:
        def refuse(*args: Any) -> None:
            raise DatabaseError("the server closed the connection")

        settings.GATE_STALE_SECONDS = 0
        monkeypatch.setattr("kyc.access.memory._changes_since", refuse)

    @pytest.mark.parametrize("door", DOORS)
    def test_stays_shut_for_a_moment(self, client: Any, door: str) -> None:
        answer = client.get(door, REMOTE_ADDR=HOME)
        assert (answer.status_code, answer["Cache-Control"], answer["Retry-After"]) == (503, "no-store", "5")
