"""The gate challenges, its answer links to a page, the customer passes there, and the gate allows."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.models import User
from accounts.roles import Role
from accounts.services import create_staff
from kyc import journey
from kyc.access.challenges import accept_way_out, ask_way_out, pass_second_factor, refuse_way_out
from kyc.access.models import AccessDecision, PassedChallenge, WayOut
from kyc.access.states import Challenge
from kyc.audit.models import AuditRow
from kyc.audit.services import SYSTEM
from kyc.cases.models import Case
from kyc.cases.services import resolve_case
from kyc.cases.states import CaseOutcome
from kyc.customers.models import Customer, MemberRole
from kyc.customers.services import add_member, create_customer
from kyc.errors import BadInput, ForbiddenMove, Incomplete, LostRace, NotAllowed
from kyc.geo.models import OperatorRange
from kyc.geo.overrides import propose_range
from kyc.geo.sources import GeoData
from kyc.identity.services import settle_verification
from kyc.policy.access import CURRENT
from kyc.worlds import World
from tests.kyc.api.conftest import HOME, question
from tests.kyc.geo.location_world import country, write_file

pytestmark = pytest.mark.usefixtures("house", "places")
VPN, KIEV = "5.9.7.7", "46.33.32.9"


@pytest.fixture
def places(tmp_path: Any, monkeypatch: Any) -> None:
    """Cambridge; a VPN in Germany; an address in Ukraine of which only the country is known."""
    folder = tmp_path / "geo"
    folder.mkdir()
    seen = {"131.111.0.0/16": country("GB"), "5.9.0.0/16": country("DE"), "46.33.32.0/24": country("UA")}
    seen["175.45.176.0/22"] = country("KP")
    write_file(folder / "GeoLite2-Country.mmdb", "GeoLite2-Country", seen)
    hidden = {"5.9.7.0/24": {"is_anonymous": True, "is_anonymous_vpn": True}}
    write_file(folder / "GeoIP2-Anonymous-IP.mmdb", "GeoIP2-Anonymous-IP", hidden)
    data = GeoData([folder], golden=())
    for module in ("kyc.access.services", "kyc.geo.overrides"):
        monkeypatch.setattr(f"{module}.geo_data", lambda: data)


@pytest.fixture
def maja(approved: Customer) -> Customer:
    return approved


@pytest.fixture
def owner(maja: Customer) -> User:
    user = User.objects.create_user("maja@company.example", "a long enough password", name="Maja")
    add_member(customer=maja, user=user, role=MemberRole.OWNER, actor=SYSTEM)
    return user


@pytest.fixture
def browser(owner: User, settings: Any) -> Client:
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.SECURE_SSL_REDIRECT = False
    settings.PORTAL_WORLD = World.TEST
    client = Client(REMOTE_ADDR=HOME)
    client.force_login(owner)
    return client


@pytest.fixture
def analyst(db: None) -> User:
    return staff_member("analyst@provider.example", Role.ANALYST)


@pytest.fixture
def head(db: None) -> User:
    return staff_member("head@provider.example", Role.COMPLIANCE_HEAD)


def staff_member(email: str, role: Role) -> User:
    return create_staff(email=email, password="a long enough password", name=email, role=role, actor=SYSTEM)


def ask(service: Any, customer: Customer, ip: str = VPN) -> dict[str, Any]:
    answer: dict[str, Any] = service.post("access/decisions", question(customer, ip=ip)).json()
    return answer


def challenged(service: Any, customer: Customer, ip: str = VPN) -> AccessDecision:
    return AccessDecision.objects.get(public_id=ask(service, customer, ip)["decision_id"])


def passport() -> SimpleUploadedFile:
    picture = BytesIO()
    Image.new("RGB", (800, 560), "white").save(picture, "PNG")
    return SimpleUploadedFile("passport.png", picture.getvalue(), "image/png")


def path_of(answer: dict[str, Any]) -> str:
    return answer["link"].partition("/access/")[1] + answer["link"].partition("/access/")[2]


class ACustomerWithASecondFactor:
    @pytest.fixture
    def code(self, owner: User) -> str:
        secret = totp.generate_totp_secret()
        totp.TOTP.activate(owner, secret)
        counter = next(iter(totp.yield_hotp_counters_from_time()))
        return totp.format_hotp_value(totp.hotp_value(secret, counter))

    def test_shows_it_and_is_let_in(self, service, maja, browser, code):
        answer = ask(service, maja)
        assert (answer["decision"], answer["reasons"][0]["code"]) == ("challenge", "network.not_accepted")
        page = path_of(answer)
        shown = browser.get(page)
        assert shown.status_code == 200 and "VPN" not in shown.content.decode()
        sent_to = browser.post(f"{page}factor/")
        assert sent_to["Location"].startswith("/accounts/2fa/reauthenticate/?next=")
        back = browser.post(sent_to["Location"], {"code": code})
        assert back["Location"] == page
        assert browser.post(f"{page}factor/", follow=True).status_code == 200
        assert ask(service, maja)["decision"] == "allow"

    def test_without_showing_it_is_not(self, service, maja, browser, code):
        browser.post(f"{path_of(ask(service, maja))}factor/")
        assert not PassedChallenge.objects.exists()
        assert ask(service, maja)["decision"] == "challenge"


class ASecondFactor:
    def test_lets_in_for_as_long_as_policy_says(self, service, maja, owner):
        now = timezone.now()
        pass_second_factor(decision=challenged(service, maja), user=owner, proved_at=now, now=now)
        assert ask(service, maja)["decision"] == "allow"
        ended = now - timedelta(seconds=CURRENT.second_factor_seconds + 1)
        PassedChallenge.objects.update(passed_at=ended)
        assert ask(service, maja)["decision"] == "challenge"

    def test_answers_only_the_reasons_that_were_given(self, service, maja, owner):
        now = timezone.now()
        passed = pass_second_factor(decision=challenged(service, maja), user=owner, proved_at=now, now=now)
        assert passed.codes == ["ip.anonymiser"]

    @pytest.mark.parametrize("shown", [None, timedelta(seconds=301), timedelta(seconds=-5)])
    def test_must_be_fresh(self, service, maja, owner, shown):
        now, decision = timezone.now(), challenged(service, maja)
        with pytest.raises(Incomplete):
            pass_second_factor(decision=decision, user=owner, proved_at=shown and now - shown, now=now)
        assert not PassedChallenge.objects.exists()
        assert not AuditRow.objects.filter(verb="challenge.passed").exists()

    def test_of_a_stranger_counts_for_nobody_else(self, service, maja):
        stranger = User.objects.create_user("eve@example.net", "a long enough password")
        with pytest.raises(NotAllowed):
            pass_second_factor(decision=challenged(service, maja), user=stranger, proved_at=timezone.now())
        assert not PassedChallenge.objects.exists()

    def test_counts_once_for_one_answer(self, service, maja, owner):
        decision, now = challenged(service, maja), timezone.now()
        pass_second_factor(decision=decision, user=owner, proved_at=now, now=now)
        with pytest.raises(LostRace):
            pass_second_factor(decision=decision, user=owner, proved_at=now, now=now)
        assert PassedChallenge.objects.count() == 1

    @pytest.mark.parametrize("ip", [KIEV, "175.45.176.9"])
    def test_leads_out_of_no_review_and_no_embargo(self, service, maja, owner, ip):
        decision = challenged(service, maja, ip)
        assert decision.outcome in ("review", "deny")
        with pytest.raises(ForbiddenMove):
            pass_second_factor(decision=decision, user=owner, proved_at=timezone.now())
        assert not PassedChallenge.objects.exists()

    def test_is_too_late_for_an_old_answer(self, service, maja, owner):
        decision, now = challenged(service, maja), timezone.now() + timedelta(days=8)
        with pytest.raises(ForbiddenMove):
            pass_second_factor(decision=decision, user=owner, proved_at=now, now=now)


class APerson:
    @pytest.fixture
    def way(self, service, maja, owner) -> WayOut:
        decision = challenged(service, maja, KIEV)
        return ask_way_out(decision=decision, kind=Challenge.PERSON, user=owner, words="Our office in Lviv.")

    def test_is_asked_on_the_page_and_answers_for_this_reason_only(self, service, maja, browser, analyst):
        answer = ask(service, maja, KIEV)
        assert answer["decision"] == "review"
        sent = browser.post(f"{path_of(answer)}person/", {"words": "Our office in Lviv."}, follow=True)
        assert "we write to you" in sent.content.decode()
        way = WayOut.objects.get()
        case = Case.objects.get(type="location")
        assert case.findings and way.codes == ["ip.region_unresolved"]
        accept_way_out(way=way, actor=analyst, reason="The contract of the office is on file.")
        assert ask(service, maja, KIEV)["decision"] == "allow"
        assert ask(service, maja, VPN)["decision"] == "challenge"
        case.refresh_from_db()
        assert (case.status, case.outcome) == ("resolved", "requirements_met")

    def test_may_refuse(self, service, maja, way, analyst):
        refuse_way_out(way=way, actor=analyst, reason="The contract is somebody else's.")
        assert ask(service, maja, KIEV)["decision"] == "review"
        assert maja.notices.filter(template="network_refused").exists()

    def test_must_say_why(self, way, analyst):
        for verb in (accept_way_out, refuse_way_out):
            with pytest.raises(Incomplete):
                verb(way=way, actor=analyst, reason=" ")
        way.refresh_from_db()
        assert way.status == "open" and not PassedChallenge.objects.exists()

    def test_must_be_allowed_to(self, way, owner):
        auditor = staff_member("a@provider.example", Role.AUDITOR)
        for who in (auditor, owner):
            with pytest.raises(NotAllowed):
                accept_way_out(way=way, actor=who, reason="I want to.")
        assert not PassedChallenge.objects.exists()

    def test_who_comes_second_is_told(self, way, analyst, head):
        stale = WayOut.objects.get(pk=way.pk)
        refuse_way_out(way=way, actor=head, reason="No.")
        with pytest.raises(LostRace):
            accept_way_out(way=stale, actor=analyst, reason="Yes.")
        assert not PassedChallenge.objects.exists()

    def test_is_asked_once_at_a_time(self, service, maja, owner, way):
        with pytest.raises(LostRace):
            again = challenged(service, maja, KIEV)
            ask_way_out(decision=again, kind=Challenge.PERSON, user=owner, words="And again.")
        assert WayOut.objects.count() == 1


class ANewLookAtADocument:
    def test_lets_in_when_it_is_the_same_person(self, service, maja, browser, analyst):
        answer = ask(service, maja)
        file = passport()
        browser.post(f"{path_of(answer)}identity/", {"kind": "passport", "file": file})
        way = WayOut.objects.get()
        assert way.verification is not None and way.verification.documents.count() == 1
        settle_verification(verification=way.verification, verified=True, actor=analyst, reason="The same face.")
        journey.advance(customer_id=maja.pk)
        journey.advance(customer_id=maja.pk)
        passed = PassedChallenge.objects.get()
        assert (passed.kind, passed.accepted_by) == ("identity", analyst)
        assert ask(service, maja)["decision"] == "allow"

    def test_does_not_when_it_is_somebody_else(self, service, maja, browser, analyst):
        file = passport()
        browser.post(f"{path_of(ask(service, maja))}identity/", {"kind": "passport", "file": file})
        way = WayOut.objects.get()
        settle_verification(verification=way.verification, verified=False, actor=analyst, reason="Another face.")
        journey.advance(customer_id=maja.pk)
        way.refresh_from_db()
        assert way.status == "refused" and not PassedChallenge.objects.exists()
        assert ask(service, maja)["decision"] == "challenge"

    def test_needs_a_picture_and_keeps_none_of_a_refused_question(self, service, maja, browser):
        page = path_of(ask(service, maja))
        assert browser.post(f"{page}identity/", {"kind": "passport"}).status_code == 422
        assert not WayOut.objects.exists() and not maja.document_set.exists()

    def test_asked_for_twice_keeps_no_file_of_the_second(self, service, maja, browser, settings, tmp_path):
        settings.DATA = tmp_path
        page = path_of(ask(service, maja))
        browser.post(f"{page}identity/", {"kind": "passport", "file": passport()})
        kept = set((tmp_path / "documents").iterdir())
        assert len(kept) == 2  # the picture and its preview
        browser.post(f"{page}identity/", {"kind": "passport", "file": passport()})
        assert WayOut.objects.count() == 1
        assert set((tmp_path / "documents").iterdir()) == kept


class ARangeOfTheirOwn:
    def test_is_registered_by_two_people(self, service, maja, browser, analyst, head):
        answer = ask(service, maja)
        browser.post(f"{path_of(answer)}egress/", {"cidr": "5.9.7.0/28", "words": "Our contract with the hoster."})
        way = WayOut.objects.get()
        proposal = propose_range(
            cidr=way.cidr, effect="allow", days=90, reason="The contract names it.", actor=analyst, customer=maja
        )
        assert ask(service, maja)["decision"] == "challenge", "one person is not enough"
        journey.confirm_proposal(proposal=proposal, actor=head, reason="Seen.")
        assert ask(service, maja)["decision"] == "allow"
        way.refresh_from_db()
        assert way.status == "accepted"
        OperatorRange.objects.update(expires_at=timezone.now())
        assert ask(service, maja)["decision"] == "challenge", "it ends"

    @pytest.mark.parametrize("cidr", ["5.9.0.0/16", "131.111.7.0/24", "10.0.0.0/24", "somewhere"])
    def test_must_be_small_and_hold_the_address(self, service, maja, owner, cidr):
        decision = challenged(service, maja)
        with pytest.raises(BadInput):
            ask_way_out(decision=decision, kind=Challenge.EGRESS, user=owner, cidr=cidr, words="Ours.")
        assert not WayOut.objects.exists() and not Case.objects.filter(type="location").exists()

    def test_is_asked_for_by_owners_only(self, service, maja, owner):
        helper = User.objects.create_user("ben@example.org", "a long enough password")
        add_member(customer=maja, user=helper, role=MemberRole.CONTRIBUTOR, actor=SYSTEM)
        with pytest.raises(NotAllowed):
            ask_way_out(
                decision=challenged(service, maja), kind=Challenge.EGRESS, user=helper, cidr="5.9.7.7/32", words="Ours."
            )


class TheLink:
    def test_comes_with_a_challenge_and_a_review_and_with_nothing_else(self, service, maja):
        assert "link" not in ask(service, maja, HOME)
        assert ask(service, maja)["link"].endswith(f"/access/{AccessDecision.objects.latest('at').public_id}/")
        assert "link" in ask(service, maja, KIEV)
        assert "link" not in ask(service, maja, "175.45.176.9")

    def test_opens_for_members_only(self, service, maja, browser):
        page = path_of(ask(service, maja))
        assert browser.get(page).status_code == 200
        stranger = User.objects.create_user("eve@example.net", "a long enough password")
        create_customer(kind="person", world=World.TEST, actor=stranger, source="portal", owner=stranger)
        browser.force_login(stranger)
        assert browser.get(page).status_code == 404
        assert browser.post(f"{page}factor/").status_code == 404
        assert Client(REMOTE_ADDR=HOME).get(page)["Location"].startswith("/accounts/login/")

    def test_of_a_denial_opens_for_nobody(self, service, maja, browser):
        denied = challenged(service, maja, "175.45.176.9")
        assert browser.get(f"/access/{denied.public_id}/").status_code == 404


class AReviewAtTheGate:
    def test_opens_one_case_so_that_a_person_looks(self, service, maja):
        ask(service, maja, KIEV)
        assert journey.look_into_reviews(now=timezone.now()) == 1
        ask(service, maja, KIEV)
        assert journey.look_into_reviews(now=timezone.now()) == 0
        case = Case.objects.get(type="location")
        assert [row["code"] for row in case.findings] == ["ip.region_unresolved"]

    def test_that_was_refused_is_not_opened_again_for_the_same_reason(self, service, maja, analyst):
        ask(service, maja, KIEV)
        journey.look_into_reviews(now=timezone.now())
        case = Case.objects.get(type="location")
        resolve_case(case=case, outcome=CaseOutcome.REQUIREMENTS_NOT_MET, reason_codes=["stands"], actor=analyst)
        ask(service, maja, KIEV)
        assert journey.look_into_reviews(now=timezone.now()) == 0

    def test_of_long_ago_is_left(self, service, maja):
        ask(service, maja, KIEV)
        assert journey.look_into_reviews(now=timezone.now() + timedelta(hours=2)) == 0


class TheStatusPage:
    def test_leads_to_what_waits_and_no_longer_once_it_is_passed(self, service, maja, owner, browser):
        answer = ask(service, maja)
        page = f"/c/{maja.public_id}/"
        assert path_of(answer) in browser.get(page).content.decode()
        decision = AccessDecision.objects.get(public_id=answer["decision_id"])
        pass_second_factor(decision=decision, user=owner, proved_at=timezone.now())
        ask(service, maja)
        assert "/access/" not in browser.get(page).content.decode()


class ACustomersOwnFile:
    def test_is_compared_with_the_address(self, service, maja):
        Customer.objects.filter(pk=maja.pk).update(phone="+55 11 5555 0000", residence_country="BR")
        maja.identifier_set.update(country="BR")
        said = service.post("access/decisions", question(maja, ip=HOME)).json()
        assert said["decision"] == "review"
        decision = AccessDecision.objects.get(public_id=said["decision_id"])
        kinds = next(row["facts"]["kinds"] for row in decision.findings if row["code"] == "facts.mismatch")
        assert kinds == ["declared", "phone", "document"]
