"""Staff at work in a real Chromium: by keyboard, without scripts, and with nothing fetched from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import override_settings
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from kyc import dispatch
from kyc.approvals.models import Proposal
from kyc.audit.models import AuditRow
from kyc.audit.verbs import Verb
from tests.browser.conftest import Complaints, open_page
from tests.kyc.admin.conftest import BACKEND, House, lay_house

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FAULTS = Path(__file__).with_name("accessible.js").read_text(encoding="utf-8")


@pytest.fixture
def house(transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(dispatch, "_send", lambda task, arguments: None)
    storages = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    with override_settings(DATA=tmp_path, STAFF_SECOND_FACTOR=False, PORTAL_WORLD="test", STORAGES=storages):
        yield lay_house(tmp_path)


@pytest.fixture
def sit_down(house: House, chromium: Any, live_server: Any, complaints: Complaints) -> Iterator[Callable[..., Any]]:
    """sit_down(role): a page of a browser in which somebody of that role is signed in."""
    pages = []

    def sit(role: Role, **options: Any) -> Any:
        page = open_page(chromium, complaints, base_url=live_server.url, **options)
        pages.append(page)
        cookie = {"name": "sessionid", "value": session_of(User.objects.get(role=role)), "url": live_server.url}
        page.context.add_cookies([cookie])
        return page

    yield sit
    for page in pages:
        page.context.close()
    assert complaints.none(), complaints


def session_of(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = BACKEND
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


class AnAnalystAtTheKeyboard:
    def test_takes_a_case_from_the_queue_and_settles_its_weak_hit(self, sit_down, house):
        page = sit_down(Role.ANALYST)
        page.goto("/console/cases/")
        page.keyboard.press("j")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        house.case.refresh_from_db()
        assert house.case.assignee.role == Role.ANALYST
        page.keyboard.press("j")
        page.keyboard.press("j")
        assert page.locator(".hit.chosen h3").inner_text().startswith(house.weak.matched_name)
        page.keyboard.press("n")
        country = page.locator(".hit.chosen label", has_text="Different country")
        page.keyboard.press(country.locator("kbd").inner_text())  # the number that is shown beside it
        with page.expect_navigation():
            page.keyboard.press("Control+Enter")
        house.weak.refresh_from_db()
        assert (house.weak.status, house.weak.reason_codes) == ("no_match", ["different_country"])
        assert page.get_by_role("status").inner_text().endswith("The hit is settled.")

    def test_goes_to_the_next_case_and_opens_help_and_search(self, sit_down, house):
        page = sit_down(Role.ANALYST)
        page.goto("/console/")
        page.keyboard.press("?")
        assert page.get_by_role("dialog").is_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("/")
        page.keyboard.type("karamazin")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert page.get_by_role("link", name="Viktor Aleksandrovich Karamazin").is_visible()
        page.goto("/console/")
        with page.expect_navigation():
            page.keyboard.press("x")
        assert house.case.public_id in page.url

    def test_types_in_a_field_without_setting_off_a_key(self, sit_down, house):
        page = sit_down(Role.ANALYST)
        page.goto(reverse("console:case", args=[house.case.public_id]))
        page.locator("#note").fill("")
        page.locator("#note").press_sequentially("next, match, a e x ? /")
        assert page.locator("#note").input_value() == "next, match, a e x ? /"
        assert not page.locator("#help").is_visible()


class ADocumentOnTheCasePage:
    def test_is_fetched_only_when_somebody_reveals_it(self, sit_down, house):
        page = sit_down(Role.ANALYST)
        page.goto(reverse("console:case", args=[house.case.public_id]))
        assert not AuditRow.objects.filter(verb=Verb.DOCUMENT_VIEWED).exists()
        viewer = page.locator("[data-viewer]").first
        viewer.get_by_role("link", name="Reveal").click()
        picture = viewer.locator("img")
        picture.evaluate("(image) => image.complete || new Promise((done) => { image.onload = image.onerror = done; })")
        assert picture.evaluate("(image) => image.naturalWidth") > 0
        assert AuditRow.objects.filter(verb=Verb.DOCUMENT_VIEWED).count() == 1
        viewer.get_by_role("button", name="Turn right").click()
        viewer.get_by_role("button", name="Larger").click()
        assert "rotate(90deg)" in picture.get_attribute("style")
        viewer.get_by_role("button", name="Blur").click()
        assert "blur" in picture.evaluate("(image) => getComputedStyle(image).filter")


class ThePreviewOfTheCustomersWords:
    def test_is_shown_while_it_is_being_chosen(self, sit_down, house):
        page = sit_down(Role.ANALYST)
        page.goto(reverse("console:case", args=[house.case.public_id]))
        page.locator("#decide > summary").click()
        form = page.locator("#decide-form")
        form.get_by_label("Rejected").check()
        assert not form.get_by_label("All checks passed").is_visible()
        form.get_by_label("Identity could not be established").check()
        shown = form.locator("[data-preview-text]")
        assert shown.inner_text() == "We could not confirm your identity from what you sent."
        form.locator("#customer-words").fill("Please come by.")
        assert shown.inner_text() == "Please come by."

    def test_lists_the_questions_that_are_ticked(self, sit_down, house):
        page = sit_down(Role.ANALYST)
        page.goto(reverse("console:case", args=[house.case.public_id]))
        page.locator("#ask").get_by_label("Place of birth", exact=True).check()
        assert page.locator("#ask [data-preview-text] li").all_inner_texts() == ["Please tell us your place of birth."]


class AStrongHitBeforeTwoPeople:
    def test_settle_a_strong_hit_from_two_browsers(self, sit_down, house):
        maker, checker = sit_down(Role.ANALYST), sit_down(Role.SENIOR_ANALYST)
        page = reverse("console:case", args=[house.case.public_id])
        maker.goto(page)
        hit = maker.locator(f"#{house.strong.public_id}")
        hit.get_by_text("Your judgement").click()
        hit.get_by_label("No match").check()
        hit.get_by_label("Different person by other evidence").check()
        hit.get_by_label("In your words").fill("Another father, by the register.")
        with maker.expect_navigation():
            hit.get_by_role("button", name="Record").click()
        assert maker.get_by_text("somebody else must confirm").first.is_visible()
        assert maker.get_by_role("button", name="Confirm").count() == 0
        checker.goto(page)
        assert not checker.get_by_text("Another father, by the register.").first.is_visible()
        checker.get_by_label("Your own reason").fill("The register agrees.")
        with checker.expect_navigation():
            checker.get_by_role("button", name="Confirm").click()
        assert Proposal.objects.get().status == "confirmed"
        house.strong.refresh_from_db()
        assert house.strong.status == "no_match"


class AConsoleWithoutScripts:
    def test_the_evidence_is_read_and_a_note_is_written(self, sit_down, house):
        page = sit_down(Role.ANALYST, java_script_enabled=False)
        page.goto(reverse("console:case", args=[house.case.public_id]))
        assert page.get_by_role("cell", name="1968-03-14").first.is_visible()
        page.locator("#note").fill("Read on paper.")
        page.get_by_role("button", name="Add").click()
        page.wait_for_url("**/cases/**")
        assert house.case.notes.get().text == "Read on paper."

    def test_words_for_the_customer_are_previewed_by_the_server(self, sit_down, house):
        page = sit_down(Role.ANALYST, java_script_enabled=False)
        page.goto(reverse("console:case", args=[house.case.public_id]))
        page.locator("#ask").get_by_label("Place of birth", exact=True).check()
        page.locator("#ask").get_by_role("button", name="Preview").click()
        assert page.locator("#ask [data-preview-text] li").inner_text() == "Please tell us your place of birth."


PAGES = (
    "index", "cases", "customers", "hits", "proposals", "screenings", "holds", "access_decisions", "locations", "lists",
    "runs", "imports", "models", "clients", "staff", "audit", "search",
)  # fmt: skip


class EveryConsolePage:
    def test_keeps_the_policy_asks_nobody_else_and_is_accessible(self, sit_down, house):
        page, wrong = sit_down(Role.COMPLIANCE_HEAD), {}
        things = [
            ("case", house.case.public_id), ("customer", house.customer.public_id), ("hit", house.strong.public_id),
            ("edition", house.edition.public_id), ("document", house.document.public_id), ("run", house.run.pk),
            ("client", house.client.public_id), ("access_decision", house.access.public_id),
            ("location", house.seen.pk),
        ]  # fmt: skip
        for name, *args in [*((name,) for name in PAGES), *things]:
            answer = page.goto(reverse(f"console:{name}", args=args))
            found = {"status": answer.status, "faults": page.evaluate(FAULTS)}
            if found != {"status": 200, "faults": []}:
                wrong[name] = found
        assert wrong == {}

    def test_fits_a_narrow_window_and_remembers_the_dark(self, sit_down, house):
        page = sit_down(Role.ANALYST)
        page.set_viewport_size({"width": 800, "height": 900})
        page.goto("/console/")
        assert page.evaluate("document.documentElement.scrollWidth") <= 800
        page.get_by_role("button", name="Menu").click()
        assert page.get_by_role("link", name=re.compile("Queue")).is_visible()
        page.get_by_role("button", name="Light or dark").click()
        dark = page.evaluate("document.documentElement.classList.contains('dark')")
        page.reload()
        assert page.evaluate("document.documentElement.classList.contains('dark')") == dark
