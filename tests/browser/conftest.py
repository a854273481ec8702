"""A real Chromium. Where there is none, these tests are skipped by name."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import TransactionTestCase

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

# Keeps the browser from calling home: tests of "no outside requests" must not see the browser's own.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
# What a page breaks of the policy is told to the page only; this carries it to the console.
TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error("CSP: " + event.violatedDirective + " " + event.blockedURI));
"""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.skip("no Chromium here: set CHROMIUM, or install Debian's package chromium")
    with pytest.MonkeyPatch.context() as patch, playwright.sync_playwright() as driver:
        # Playwright's loop runs in this thread from now on, and Django then suspects async code of every query,
        # also of those by which tests are set up and cleared away.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = driver.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


APPEND_ONLY = ("kyc_auditrow", "kyc_auditlink", "kyc_audithead", "kyc_decision")


@pytest.fixture(scope="session", autouse=True)
def clearing_past_the_guards() -> Iterator[None]:
    """Django clears the database after a live test by TRUNCATE, which the audit trail's triggers refuse.

    In the test database alone, and only while it is cleared, they are put aside.
    """
    clear = TransactionTestCase._fixture_teardown

    def past_the_guards(case: TransactionTestCase) -> None:
        set_triggers("DISABLE")
        clear(case)
        set_triggers("ENABLE")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", past_the_guards)
        yield


def set_triggers(word: str) -> None:
    with connection.cursor() as cursor:
        for table in APPEND_ONLY:
            cursor.execute(f"ALTER TABLE {table} {word} TRIGGER USER")


@dataclass
class Complaints:
    """What must not happen on any page."""

    home: str
    console: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def watch(self, page: Any) -> None:
        page.on("console", lambda message: message.type == "error" and self.console.append(message.text))
        page.on("pageerror", lambda error: self.console.append(str(error)))
        page.on("request", self._asked)
        page.on("response", lambda answer: answer.status >= 500 and self.broken.append(answer.url))

    def _asked(self, request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self.home:
            self.outside.append(request.url)

    def none(self) -> bool:
        return not (self.console or self.outside or self.broken)


@pytest.fixture
def complaints(live_server: Any) -> Complaints:
    return Complaints(home=urlsplit(live_server.url).netloc)


def open_page(chromium: Any, complaints: Complaints, **options: Any) -> Any:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", **options)
    context.add_init_script(TELL_VIOLATIONS)
    page = context.new_page()
    page.set_default_timeout(15_000)
    complaints.watch(page)
    return page


@pytest.fixture
def page(chromium: Any, complaints: Complaints) -> Iterator[Any]:
    opened = open_page(chromium, complaints)
    yield opened
    opened.context.close()
