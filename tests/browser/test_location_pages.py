"""A challenge that a customer leaves, a range that two of staff set, and an account's places, in a real Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from accounts.scopes import Scope
from accounts.services import create_client, create_staff, issue_key
from kyc import dispatch
from kyc.access.ledger import ledger
from kyc.access.memory import remembered
from kyc.access.models import AccessDecision, WayOut
from kyc.audit.services import SYSTEM
from kyc.catalogue.services import load_catalogue
from kyc.customers.models import Customer, MemberRole
from kyc.customers.services import add_member
from kyc.geo.models import OperatorRange, Sighting
from kyc.geo.sources import GeoData
from kyc.screening.indexes import forget_all
from kyc.worlds import World
from tests.browser.conftest import Complaints, open_page
from tests.browser.test_console import session_of
from tests.browser.test_portal import Hands, look_over
from tests.kyc.api.conftest import PERSON, Service, declared, question
from tests.kyc.geo.location_world import country, write_file
from tests.kyc.watchlists.published import in_force, listed

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

VPN = "5.9.7.7"  # in Germany, of a service that hides who comes


@pytest.fixture(autouse=True)
def house(transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Staff, a catalogue, a list in force, and files that know two addresses."""
    monkeypatch.setattr(dispatch, "_send", lambda task, arguments: None)
    (tmp_path / "places").mkdir()
    seen = {"131.111.0.0/16": country("GB"), "5.9.0.0/16": country("DE")}
    write_file(tmp_path / "places" / "GeoLite2-Country.mmdb", "GeoLite2-Country", seen)
    hidden = {"5.9.7.0/24": {"is_anonymous": True, "is_anonymous_vpn": True}}
    write_file(tmp_path / "places" / "GeoIP2-Anonymous-IP.mmdb", "GeoIP2-Anonymous-IP", hidden)
    data = GeoData([tmp_path / "places"], golden=())
    for module in ("kyc.access.services", "kyc.access.whatif", "kyc.geo.overrides", "kyc.geo.queries"):
        monkeypatch.setattr(f"{module}.geo_data", lambda: data)
    storages = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    at_once = {"GATE_CHECK_SECONDS": 0, "GATE_WRITE_BEHIND_SECONDS": 0}
    with override_settings(DATA=tmp_path, STAFF_SECOND_FACTOR=False, PORTAL_WORLD="test", STORAGES=storages, **at_once):
        forget_all()
        remembered().forget()
        ledger().forget()
        load_catalogue(actor=SYSTEM)
        in_force(listed("OP-1", "KARAMAZIN, Viktor Aleksandrovich", born="1968-03-14"))
        for role in (Role.ANALYST, Role.COMPLIANCE_HEAD):
            create_staff(email=f"{role}@example.com", name=role.title(), role=role, password=None)
        yield


@pytest.fixture
def service() -> Service:
    client = create_client(name="gateway", world=World.TEST, actor=SYSTEM)
    return Service(issue_key(client=client, scopes=tuple(Scope), actor=SYSTEM)[1])


@pytest.fixture
def maja(service: Service) -> Customer:
    made = service.post("customers", PERSON | {"attestations": declared(service)}).json()
    Customer.objects.filter(public_id=made["id"]).update(status="approved", tier="standard")
    return Customer.objects.get()


@pytest.fixture
def owner(maja: Customer) -> User:
    user = User.objects.create_user("maja@company.example", "a long enough password", name="Maja")
    add_member(customer=maja, user=user, role=MemberRole.OWNER, actor=SYSTEM)
    return user


@pytest.fixture
def sit_down(chromium: Any, live_server: Any, complaints: Complaints) -> Iterator[Callable[..., Any]]:
    """sit_down(user): a page of a browser in which they are signed in."""
    pages = []

    def sit(user: User, **options: Any) -> Any:
        page = open_page(chromium, complaints, base_url=live_server.url, **options)
        pages.append(page)
        page.context.add_cookies([{"name": "sessionid", "value": session_of(user), "url": live_server.url}])
        return page

    yield sit
    for page in pages:
        page.context.close()
    assert complaints.none(), complaints


def staff(role: Role) -> User:
    return User.objects.get(role=role)


def asked(service: Service, maja: Customer) -> str:
    return str(service.post("access/decisions", question(maja, ip=VPN)).json()["decision"])


def link_to_leave(service: Service, maja: Customer) -> str:
    answer = service.post("access/decisions", question(maja, ip=VPN)).json()
    assert answer["decision"] == "challenge"
    return reverse("portal:way_out", args=[answer["decision_id"]])


class ACustomerWhoIsChallenged:
    def test_asks_for_their_range_and_for_a_person_by_keyboard(self, sit_down, service, maja, owner):
        page = sit_down(owner)
        page.goto(link_to_leave(service, maja))
        look_over(page)
        hands = Hands(page)
        hands.press("Register this network as your own")
        hands.reach("The range")
        page.keyboard.press("Control+A")  # the address itself stands there
        page.keyboard.type("5.9.7.0/28")
        hands.write("How do you know that it is yours alone?", "Our contract with the network.")
        hands.send("Ask for it")
        assert page.get_by_text("We are looking at the range").is_visible()
        look_over(page)
        hands.press("Ask a person to look")
        hands.write("Where are you, and why from this network?", "At a conference in Berlin.")
        hands.send("Send")
        assert page.get_by_text("A colleague of ours is reading what you wrote.").is_visible()
        assert set(WayOut.objects.values_list("kind", "cidr", "words")) == {
            ("egress", "5.9.7.0/28", "Our contract with the network."),
            ("person", "", "At a conference in Berlin."),
        }

    def test_reads_beside_the_field_what_is_wrong_with_a_range(self, sit_down, service, maja, owner, complaints):
        page = sit_down(owner)
        page.goto(link_to_leave(service, maja))
        ask_for_a_range(page, "131.111.7.0/28", "It is.")
        field = page.get_by_label("The range")
        assert field.is_visible() and field.get_attribute("aria-invalid") == "true"
        look_over(page)
        assert not WayOut.objects.exists()
        told = [complaints.console.pop()]  # Chromium tells of every answer from 400 on
        assert "422" in told[0]


def ask_for_a_range(page, cidr: str, words: str) -> None:
    """On the page behind a challenge's link."""
    page.get_by_text("Register this network as your own").click()
    page.get_by_label("The range").fill(cidr)
    page.get_by_label("How do you know that it is yours alone?").fill(words)
    with page.expect_navigation():
        page.get_by_role("button", name="Ask for it").click()


class ARangeBeforeTwoPeople:
    def test_is_proposed_from_the_customers_wish_and_set_by_another(self, sit_down, service, maja, owner):
        customer = sit_down(owner)
        customer.goto(link_to_leave(service, maja))
        ask_for_a_range(customer, "5.9.7.0/28", "Our contract.")

        maker, checker = sit_down(staff(Role.ANALYST)), sit_down(staff(Role.COMPLIANCE_HEAD))
        maker.goto(reverse("console:customer_locations", args=[maja.public_id]))
        maker.get_by_role("link", name="Propose the range").click()
        assert maker.get_by_text("Germany").first.is_visible(), "what sources say of it is beside the form"
        look_over(maker)
        form = maker.locator("form", has=maker.get_by_label("Customer's id"))
        form.get_by_label("Why").fill("The contract names the range.")
        with maker.expect_navigation():
            form.get_by_role("button", name="Propose").click()
        assert maker.get_by_role("button", name="Confirm").count() == 0
        assert asked(service, maja) == "challenge", "one person sets nothing"

        checker.goto(reverse("console:ranges"))
        checker.get_by_role("link", name="5.9.7.0/28").click()
        look_over(checker)
        checker.get_by_label("Your own reason").fill("I have read it.")
        with checker.expect_navigation():
            checker.get_by_role("button", name="Confirm").click()
        assert OperatorRange.objects.get().customer == maja
        assert asked(service, maja) == "allow"
        assert not WayOut.objects.filter(status=WayOut.Status.OPEN).exists()


class ThePlacesOfAnAccount:
    @pytest.fixture
    def places(self, service, maja) -> None:
        """Asked for at home and through the hiding service, and a week ago in Singapore."""
        for ip in ("131.111.7.7", VPN):
            service.post("access/decisions", question(maja, ip=ip))
        at = timezone.now() - timedelta(days=7)
        finding = {"code": "geo.country", "sentence": "DBIP says Singapore (SG).", "says": "note", "weight": 0}
        Sighting.objects.create(
            world="test", customer=maja, where="gate", ip="203.0.113.7", prefix="203.0.113.0/24", index="x",
            country="SG", outcome="allow", findings=[finding | {"public": "", "facts": {}}],
            builds={"DBIP": "2026-06-01"}, policy_version="p", first_seen_at=at, last_seen_at=at,
        )  # fmt: skip

    def test_are_on_the_map_and_on_the_line_of_time_with_their_reasons(self, sit_down, maja, places):
        page = sit_down(staff(Role.ANALYST))
        page.goto(reverse("console:customer_locations", args=[maja.public_id]))
        look_over(page)
        marks = page.locator("svg circle.mark")
        assert marks.count() == 3 and all(mark.bounding_box()["width"] > 4 for mark in marks.all())
        assert page.locator("article.sighting h3 a").all_inner_texts() == ["Germany", "United Kingdom", "Singapore"]
        assert page.get_by_text("The visitor comes through", exact=False).first.is_visible()

    def test_lead_by_keyboard_to_one_verdict(self, sit_down, maja, places):
        page = sit_down(staff(Role.ANALYST))
        page.goto(reverse("console:customer_locations", args=[maja.public_id]))
        Hands(page).send("Germany")
        assert page.url.endswith(reverse("console:location", args=[Sighting.objects.get(country="DE").pk]))
        look_over(page)

    def test_of_everybody_who_was_stopped_are_counted_and_can_be_judged_anew(self, sit_down, maja, places):
        page = sit_down(staff(Role.COMPLIANCE_HEAD))
        page.goto(reverse("console:stopped"))
        look_over(page)
        assert page.get_by_role("link", name="Germany").is_visible()
        page.goto(reverse("console:what_if"))
        look_over(page)
        hands = Hands(page)
        hands.write("Refuse also", "GB")
        hands.send("Judge")
        look_over(page)
        assert page.get_by_text("session would change").is_visible()
        link = page.get_by_role("link", name=f"{AccessDecision.objects.get(country='GB').at:%Y-%m-%d %H:%M}")
        assert link.is_visible()
