"""Who stands at our doors from where we may not serve is turned away, told neutrally, and noted."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from kyc.geo.models import Sighting
from tests.kyc.geo.location_world import data_knowing

HOME, PYONGYANG, SHANGHAI = "131.111.7.7", "175.45.176.9", "202.96.128.86"
DOORS = ["/accounts/signup/", "/accounts/login/", "/begin/", "/c/cus_x/"]


@pytest.fixture(autouse=True)
def places(tmp_path: Any, monkeypatch: Any) -> None:
    known = {"131.111.0.0/16": "GB", "175.45.176.0/22": "KP", "202.96.0.0/16": "CN"}
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

    def test_reads_the_privacy_notice_from_anywhere(self, client: Any) -> None:
        assert client.get("/privacy/", REMOTE_ADDR=PYONGYANG).status_code == 200
