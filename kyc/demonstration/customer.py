"""A customer at the portal: signs up, opens the letter, answers each page of the form, hands it in."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from kyc.demonstration.cast import MODEL, PASSWORD, PURPOSE, Person
from kyc.demonstration.papers import Passport
from kyc.demonstration.visitor import Page, StoryBroke, Value, Visitor

CONFIRMATION = re.compile(r"https?://\S+/accounts/confirm-email/\S+")
POST_SECONDS = 30.0  # a letter that took longer is lost
BEGUN = re.compile(r"/c/([^/]+)/")


class CustomerAtThePortal:
    """One person, one browser, one mailbox. `public_id` is known once the form was begun."""

    def __init__(self, home: str, mail: Path, email: str) -> None:
        self.browser = Visitor(home)
        self.email = email
        self.public_id = ""
        self._mail = mail

    # ------------------------------------------------------------------------------------------- an account
    def sign_up(self) -> None:
        page = self.browser.open("/accounts/signup/")
        typed = {"email": self.email, "password1": PASSWORD, "password2": PASSWORD}
        self.browser.send(page, page.form(having="password2"), typed)
        page = self.browser.open(self._confirmation())
        page = self.browser.send(page, page.form(to=page.path), {})
        if page.path.endswith("/login/"):
            self.browser.send(page, page.form(having="login"), {"login": self.email, "password": PASSWORD})

    def _confirmation(self) -> str:
        """The link in the newest letter to this customer; letters lie in files in the demonstration."""
        until = time.monotonic() + POST_SECONDS
        while time.monotonic() < until:
            for letter in sorted(self._mail.glob("*"), key=lambda path: path.stat().st_mtime, reverse=True):
                text = letter.read_text(encoding="utf-8", errors="replace").replace("=\n", "").replace("=3D", "=")
                found = CONFIRMATION.search(text)
                if found and self.email in text:
                    return found[0]
            time.sleep(0.2)
        raise StoryBroke(f"no letter with a confirmation came to {self.email} in {POST_SECONDS:.0f} s")

    # ------------------------------------------------------------------------------------------- the form
    def fill_in(self, person: Person, passport: Passport, *, today: date) -> None:
        page = self.browser.open("/begin/")
        page = self.browser.send(page, page.form(having="kind"), {"kind": "person"})
        begun = BEGUN.search(page.path)
        if begun is None:
            raise StoryBroke(f"after the kind was chosen came {page.path} and no form")
        self.public_id = begun[1]
        self._answer(
            "about",
            "legal_name",
            {
                "legal_name": person.name,
                "birth_date": person.born.isoformat(),
                "nationalities": person.nationality,
                "residence_country": person.nationality,
                "email": self.email,
            },
        )
        self._answer(
            "addresses",
            "residence-street",
            {
                "residence-street": person.street,
                "residence-postal_code": person.postal_code,
                "residence-city": person.city,
                "residence-country": person.nationality,
            },
        )
        number = {"kind": "passport", "country": person.nationality, "value": passport.number}
        self._answer("identifiers", "value", number)
        self._answer("documents", "file", {"kind": "passport"}, files={"file": ("passport.png", passport.picture)})
        use = {"purposes": [PURPOSE], "description": person.use, "models_wanted": [MODEL]}
        self._answer("use", "description", use)
        self._confirm_all_licences()
        self._answer("privacy", "privacy", {"privacy": "on", "biometrics": "no"})

    def hand_in(self) -> None:
        page = self.browser.open(f"{self._home}form/review/")
        self.browser.send(page, page.form(to="/form/submit/"), {})

    def _confirm_all_licences(self) -> None:
        """One licence a page, until none is left; every declaration is the one the licence asks for."""
        for _ in range(10):
            page = self.browser.open(f"{self._home}form/attestations/")
            if not any("terms" in form.fields for form in page.forms):
                return
            form = page.form(having="terms")
            asked = {name: self._declared(name) for name in form.offered if name.startswith("ask_")}
            self.browser.send(page, form, asked)
        raise StoryBroke("the licences' questions did not end")

    @staticmethod
    def _declared(name: str) -> str:
        """Honest and harmless: what is to be confirmed is, and nobody is distilled."""
        return "no" if "distill" in name else "yes"

    def _answer(
        self,
        step: str,
        having: str,
        typed: Mapping[str, Value],
        *,
        files: Mapping[str, tuple[str, bytes]] | None = None,
    ) -> Page:
        page = self.browser.open(f"{self._home}form/{step}/")
        answered = self.browser.send(page, page.form(having=having), typed, files=files)
        if answered.path == page.path and 'class="errors' in answered.text:
            raise StoryBroke(f"the step “{step}” was not taken: {answered.path}")
        return answered

    @property
    def _home(self) -> str:
        return f"/c/{self.public_id}/"

    def status_page(self) -> Page:
        return self.browser.open(self._home)
