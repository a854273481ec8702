"""Places in the console: one customer's on a map, what was stopped, ranges and corrections by two people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.roles import Role
from kyc.access.models import PassedChallenge, WayOut
from kyc.admin.locations import chart_of, nice_top
from kyc.approvals.models import Proposal
from kyc.audit.models import AuditRow
from kyc.geo.models import LocationCorrection, OperatorRange, Sighting
from kyc.geo.queries import Stopped
from kyc.geo.worldmap import HEIGHT, WIDTH, at, drawn, project
from kyc.policy.centres import CENTRES
from tests.kyc.geo.location_world import data_knowing

ANALYST, HEAD, AUDITOR = Role.ANALYST, Role.COMPLIANCE_HEAD, Role.AUDITOR
KNOWN = {"131.111.0.0/16": "GB", "5.9.0.0/17": "DE", "5.9.128.0/24": "CU", "175.45.176.0/22": "KP"}


@pytest.fixture(autouse=True)
def places(tmp_path: Any, monkeypatch: Any) -> None:
    data = data_knowing(tmp_path / "geo", KNOWN)
    for module in ("kyc.geo.overrides", "kyc.geo.queries"):
        monkeypatch.setattr(f"{module}.geo_data", lambda: data)


def seen_at(house: Any, country: str, outcome: str = "allow", *, days: int = 0, code: str = "x.y") -> Sighting:
    at = timezone.now() - timedelta(days=days)
    finding = {"code": code, "sentence": "Why.", "says": "note", "weight": 0, "public": ""}
    return Sighting.objects.create(
        world="test", customer=house.customer, where="gate", ip="5.9.7.7", prefix="5.9.7.0/24", index="x",
        country=country, outcome=outcome, findings=[finding | {"facts": {"outcome": outcome}}],
        builds={"DBIP": "2026-06-01"}, policy_version="p", first_seen_at=at, last_seen_at=at, times=3,
    )  # fmt: skip


class ACustomersPlaces:
    def test_are_on_a_map_in_a_table_and_one_after_another(self, signed_in, house):
        seen_at(house, "DE")
        seen_at(house, "SG", "challenge", days=1)
        page = signed_in(AUDITOR).get(f"/console/customers/{house.customer.public_id}/locations/").content.decode()
        x, y = at("SG")
        assert f'cx="{x}" cy="{y}"' in page and "world.svg#SG" in page
        assert "Singapore" in page and "DBIP 2026-06-01" in page and "Why." in page
        assert "http://" not in page.split("<main")[1] and "https://" not in page.split("<main")[1]

    def test_of_a_stranger_are_not_there(self, signed_in):
        assert signed_in(ANALYST).get("/console/customers/cus_nobody/locations/").status_code == 404


class StoppedAttempts:
    def test_are_counted_by_day_country_and_reason(self, signed_in, house):
        seen_at(house, "DE", "challenge")
        seen_at(house, "CU", "deny", days=2, code="ip.embargo")
        seen_at(house, "FR", "allow")
        page = signed_in(AUDITOR).get("/console/locations/stopped/?days=7").content.decode()
        assert "Cuba" in page and "ip · embargo" in page and "France" not in page
        assert 'class="bar-part challenge"' in page

    def test_of_another_period_are_not_in_it(self, signed_in, house):
        Sighting.objects.all().delete()
        seen_at(house, "CU", "deny", days=20)
        assert "Cuba" not in signed_in(AUDITOR).get("/console/locations/stopped/?days=7").content.decode()
        assert "Cuba" in signed_in(AUDITOR).get("/console/locations/stopped/?days=nonsense").content.decode()

    def test_leave_out_who_was_challenged_at_a_door_of_ours_and_went_on(self, signed_in, house):
        seen_at(house, "DE", "challenge")
        seen_at(house, "FR", "challenge")
        seen_at(house, "CU", "deny")
        Sighting.objects.exclude(country="DE").update(where="console")
        page = signed_in(AUDITOR).get("/console/locations/stopped/?days=7").content.decode()
        assert "Germany" in page and "Cuba" in page and "France" not in page

    @pytest.mark.parametrize(("most", "top"), [(0, 2), (2, 2), (3, 4), (11, 20), (99, 100), (150_000, 200_000)])
    def test_have_an_axis_that_ends_round(self, most, top):
        assert nice_top(most) == top

    def test_stand_on_each_other_within_the_chart(self):
        today = timezone.now().date()
        rows = [
            Stopped(today, "deny", 3),
            Stopped(today, "challenge", 5),
            Stopped(today - timedelta(days=6), "law", 10),
        ]
        chart = chart_of(rows, 7, today)
        assert [bar.outcome for bar in chart.bars] == ["law", "deny", "challenge"]
        deny, challenge = chart.bars[1:]
        assert challenge.y + challenge.height == pytest.approx(deny.y, abs=0.2)
        assert all(bar.y >= 0 for bar in chart.bars)


class TheMap:
    def test_holds_every_country_with_a_centre(self):
        for code in CENTRES:
            place = at(code)
            assert code == "AQ" or place is None or (0 <= place[0] <= WIDTH and 0 <= place[1] <= HEIGHT)
        assert at("AQ") is None and at("") is None

    def test_has_north_up_and_east_right(self):
        (_, north), (_, south) = project(0, 60), project(0, -30)
        (west, _), (east, _) = project(-90, 0), project(90, 0)
        assert north < south and west < east
        assert project(-180, 0)[0] == 0 and project(180, 0)[0] == WIDTH

    def test_is_drawn_from_a_topology(self):
        topology = {
            "transform": {"scale": [1, 1], "translate": [0, 0]},
            "arcs": [[[0, 0], [10, 0], [0, 10], [-10, 0], [0, -10]]],
            "objects": {"countries": {"geometries": [{"type": "Polygon", "id": "826", "arcs": [[0]]}]}},
        }
        assert '<path id="GB" d="M500' in drawn(topology)


def proposed(client: Any, **more: Any) -> Any:
    sent = {"cidr": "131.111.7.0/24", "effect": "deny", "days": "30", "reason": "Abuse from there."} | more
    return client.post("/console/ranges/propose/", sent)


class ARange:
    def test_is_proposed_by_one_and_set_by_another(self, signed_in, house):
        proposed(signed_in(ANALYST), effect="allow", customer=house.customer.public_id)
        proposal = Proposal.objects.get(action="set_range")
        assert not OperatorRange.objects.exists()
        url = f"/console/proposals/{proposal.public_id}/confirm/"
        signed_in(HEAD).post(url, {"reason": "Seen the contract."})
        row = OperatorRange.objects.get()
        assert (row.cidr, row.effect, row.customer) == ("131.111.7.0/24", "allow", house.customer)
        assert row.expires_at - row.created_at <= timedelta(days=30, minutes=1)
        assert AuditRow.objects.filter(verb="range.set", subject_id="131.111.7.0/24").exists()
        page = signed_in(AUDITOR).get("/console/ranges/").content.decode()
        assert "131.111.7.0/24" in page

    def test_is_not_confirmed_by_who_proposed_it(self, signed_in, house):
        head = signed_in(HEAD)
        proposed(head)
        proposal = Proposal.objects.get(action="set_range")
        assert head.post(f"/console/proposals/{proposal.public_id}/confirm/", {"reason": "Me."}).status_code == 403
        assert not OperatorRange.objects.exists()

    def test_is_not_proposed_by_a_reader(self, signed_in):
        assert proposed(signed_in(AUDITOR)).status_code == 403
        assert not Proposal.objects.filter(action="set_range").exists()

    @pytest.mark.parametrize(
        ("more", "says"),
        [
            ({"cidr": "5.9.0.0/16", "effect": "allow"}, "embargo"),
            ({"cidr": "175.45.176.9/32", "effect": "allow"}, "embargo"),
            ({"cidr": "131.0.0.0/8"}, "too wide"),
            ({"cidr": "10.0.0.0/24"}, "public internet"),
            ({"cidr": "2002:af2d:b009::/48"}, "IPv4"),
            ({"cidr": "here"}, "no range"),
            ({"days": "400"}, "1 to 365"),
            ({"effect": "allow", "days": "91"}, "1 to 90"),
        ],
    )
    def test_is_refused_without_a_trace(self, signed_in, house, more, says):
        who = {"customer": house.customer.public_id} if more.get("effect") == "allow" else {}
        answer = proposed(signed_in(ANALYST), **who, **more)
        assert answer.status_code in (400, 409) and says in answer.content.decode()
        assert not Proposal.objects.filter(action="set_range").exists()

    def test_may_deny_an_embargoed_place(self, signed_in):
        assert proposed(signed_in(ANALYST), cidr="175.45.176.0/24").status_code == 302

    def test_is_allowed_to_a_customer_only(self, signed_in):
        answer = proposed(signed_in(ANALYST), effect="allow")
        assert answer.status_code == 400 and "Say whose exit it is" in answer.content.decode()

    def test_is_void_when_the_sources_have_changed(self, signed_in, house, tmp_path, monkeypatch):
        proposed(signed_in(ANALYST))
        data = data_knowing(tmp_path / "later", {"131.111.7.0/24": "FR"})
        monkeypatch.setattr("kyc.geo.overrides.geo_data", lambda: data)
        proposal = Proposal.objects.get(action="set_range")
        answer = signed_in(HEAD).post(f"/console/proposals/{proposal.public_id}/confirm/", {"reason": "Seen."})
        proposal.refresh_from_db()
        assert answer.status_code == 409 and proposal.status == "void" and not OperatorRange.objects.exists()

    def test_that_allows_is_ended_by_one_and_a_denied_one_by_two(self, signed_in, house):
        for effect in ("allow", "deny"):
            customer = house.customer.public_id if effect == "allow" else ""
            proposed(signed_in(ANALYST), cidr=f"131.111.{len(effect)}.0/24", effect=effect, customer=customer)
            proposal = Proposal.objects.get(action="set_range", status="proposed")
            signed_in(HEAD).post(f"/console/proposals/{proposal.public_id}/confirm/", {"reason": "Yes."})
        allowed, denied = OperatorRange.objects.order_by("effect")
        for row in (allowed, denied):
            signed_in(ANALYST).post(f"/console/ranges/{row.pk}/end/", {"reason": "Over."})
            row.refresh_from_db()
        assert allowed.expires_at <= timezone.now() < denied.expires_at
        proposal = Proposal.objects.get(action="set_range", status="proposed")
        signed_in(HEAD).post(f"/console/proposals/{proposal.public_id}/confirm/", {"reason": "Yes."})
        denied.refresh_from_db()
        assert denied.expires_at <= timezone.now()


def correction(client: Any, **more: Any) -> Any:
    sent = {"cidr": "131.111.7.0/24", "country": "FR", "days": "30", "evidence": "The geofeed of its owner."} | more
    return client.post("/console/corrections/propose/", sent)


class ACorrection:
    def test_takes_evidence_and_two_people(self, signed_in, house):
        correction(signed_in(ANALYST))
        proposal = Proposal.objects.get(action="correct_location")
        signed_in(HEAD).post(f"/console/proposals/{proposal.public_id}/confirm/", {"reason": "The feed says so."})
        row = LocationCorrection.objects.get()
        assert (row.country, row.evidence) == ("FR", "The geofeed of its owner.")
        assert signed_in(AUDITOR).get(f"/console/corrections/{row.pk}/").status_code == 200

    @pytest.mark.parametrize(
        "more",
        [
            {"cidr": "175.45.176.0/24"},  # out of North Korea
            {"cidr": "5.9.0.0/16"},  # a part of it is in Cuba
            {"country": "IR"},  # into Iran
            {"country": "UA", "region": "UA-43"},  # into Crimea
        ],
    )
    def test_never_crosses_an_embargo(self, signed_in, more):
        answer = correction(signed_in(ANALYST), **more)
        assert answer.status_code == 409 and "embargo" in answer.content.decode()
        assert not Proposal.objects.filter(action="correct_location").exists()

    @pytest.mark.parametrize("more", [{"evidence": " "}, {"country": "XX"}, {"region": "DE-BY"}])
    def test_wants_evidence_and_a_place(self, signed_in, more):
        assert correction(signed_in(ANALYST), **more).status_code == 400
        assert not Proposal.objects.filter(action="correct_location").exists()


class ACustomerWhoAsks:
    @pytest.fixture
    def way(self, house, people) -> WayOut:
        finding = {"code": "ip.region_unresolved", "sentence": "No region.", "says": "note", "weight": 0, "public": ""}
        return WayOut.objects.create(
            customer=house.customer, world="test", kind="person", decision=house.access.public_id,
            codes=["ip.region_unresolved"], findings=[finding | {"facts": {}}], words="Our office in Lviv.",
            asked_by=people[ANALYST],
        )  # fmt: skip

    def test_is_read_and_accepted_where_their_places_are(self, signed_in, house, way):
        page = f"/console/customers/{house.customer.public_id}/locations/"
        assert "Our office in Lviv." in signed_in(AUDITOR).get(page).content.decode()
        signed_in(ANALYST).post(f"/console/ways/{way.public_id}/accept/", {"reason": "The lease is on file."})
        assert PassedChallenge.objects.get().codes == ["ip.region_unresolved"]

    def test_is_not_answered_by_a_reader_or_without_a_reason(self, signed_in, way):
        assert signed_in(AUDITOR).post(f"/console/ways/{way.public_id}/accept/", {"reason": "x"}).status_code == 403
        assert signed_in(ANALYST).post(f"/console/ways/{way.public_id}/accept/", {"reason": ""}).status_code == 400
        way.refresh_from_db()
        assert way.status == "open" and not PassedChallenge.objects.exists()
