"""Staff at the console: find the customer's case, look, settle, propose, confirm."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kyc.demonstration.visitor import Form, Page, StoryBroke, Value, Visitor

CASE = re.compile(r"^/console/cases/([^/]+)/$")
KEY = re.compile(r"clr_test_[A-Za-z0-9]+_[A-Za-z0-9_-]+")


class StaffAtTheConsole:
    """One member of staff, signed in, looking at the test world."""

    def __init__(self, home: str, email: str, password: str) -> None:
        self.browser = Visitor(home)
        page = self.browser.open("/accounts/login/")
        self.browser.send(page, page.form(having="login"), {"login": email, "password": password})
        page = self.browser.open("/console/")
        if "test" not in page.form(to="/console/world/").offered.get("world", ["test"]):
            raise StoryBroke("the console has no test world")
        self.browser.send(page, page.form(to="/console/world/"), {"world": "test"})

    # ------------------------------------------------------------------------------------------- finding
    def customer(self, public_id: str) -> Page:
        return self.browser.open(f"/console/customers/{public_id}/")

    def open_case(self, public_id: str) -> Page:
        """The first unresolved case of the customer, claimed for work."""
        page = self.customer(public_id)
        for link in page.links:
            if CASE.match(link):
                case = self.browser.open(link)
                if any(form.action.endswith("/claim/") for form in case.forms):
                    case = self.browser.send(case, case.form(to="/claim/"), {})
                if any(form.action.endswith("/decide/") or form.action.endswith("/note/") for form in case.forms):
                    return case
        raise StoryBroke(f"{public_id} has no case that can be worked on")

    # ------------------------------------------------------------------------------------------- working
    def type_zone(self, case: Page, zone: str) -> Page:
        return self._send(case, "/mrz/", {"text": zone})

    def find_identity_proved(self, case: Page, reason: str) -> Page:
        return self._send(case, "/settle/", {"verified": "yes", "reason": reason}, having="verified")

    def settle_hit(self, case: Page, status: str, codes: Sequence[str], narrative: str) -> Page:
        typed: dict[str, Value] = {"status": status, "reason_codes": list(codes), "narrative": narrative}
        return self._send(case, "/outcome/", typed)

    def propose_decision(self, case: Page, outcome: str, tier: str, codes: Sequence[str], words: str) -> Page:
        typed: dict[str, Value] = {"outcome": outcome, "tier": tier, "reason_codes": list(codes), "staff_words": words}
        return self._send(case, "/decide/", typed)

    def confirm(self, public_id: str, reason: str) -> Page:
        """Agree to what a colleague proposed about this customer."""
        page = self.browser.open("/console/proposals/")
        for link in page.links:
            if link.startswith("/console/proposals/") and link.count("/") == 4:
                proposal = self.browser.open(link)
                if public_id in proposal.text and any(form.action.endswith("/confirm/") for form in proposal.forms):
                    return self._send(proposal, "/confirm/", {"reason": reason})
        raise StoryBroke(f"no proposal about {public_id} waits for a second person")

    def tries_to_confirm(self, public_id: str) -> bool:
        """Whether this person finds a form to confirm a proposal about the customer."""
        page = self.browser.open("/console/proposals/")
        links = [link for link in page.links if link.startswith("/console/proposals/") and link.count("/") == 4]
        pages = [self.browser.open(link) for link in links]
        about = [proposal for proposal in pages if public_id in proposal.text]
        return any(form.action.endswith("/confirm/") for proposal in about for form in proposal.forms)

    def _send(self, page: Page, to: str, typed: dict[str, Value], *, having: str = "") -> Page:
        return self.browser.send(page, page.form(to=to, having=having), typed)

    # ------------------------------------------------------------------------------------------- lists, keys, imports
    def bring_edition(self, source: str, name: str, content: bytes) -> Page:
        """The edition's page; it is read, or was before, and not yet put in force."""
        page = self.browser.open(f"/console/lists/{source}/")
        form = page.form(to=f"/console/lists/{source}/load/")
        return self.browser.send(page, form, {}, files={"main": (name, content)})

    def put_in_force(self, edition: Page) -> Page:
        return self._send(edition, "/activate/", {})

    def roll_back(self, edition: Page, reason: str) -> Page:
        return self._send(edition, "/roll-back/", {"reason": reason})

    def issue_key(self, client_name: str, scopes: Sequence[str]) -> str:
        """The whole key, which the page shows this once."""
        page = self.browser.open("/console/clients/")
        page = self.browser.send(page, page.form(to="/clients/new/"), self._client(page, client_name))
        page = self.browser.send(page, page.form(to="/keys/"), {"scopes": list(scopes)})
        found = KEY.search(page.text)
        if found is None:
            raise StoryBroke("the console showed no key")
        return found[0]

    @staticmethod
    def _client(page: Page, name: str) -> dict[str, Value]:
        form: Form = page.form(to="/clients/new/")
        return {"name": name} | ({"world": "test"} if "world" in form.offered or "world" in form.fields else {})

    def upload_customers(self, name: str, content: bytes) -> Page:
        page = self.browser.open("/console/imports/")
        page = self.browser.send(page, page.form(to="/imports/new/"), {}, files={"file": (name, content)})
        return self._send(page, "/run/", {})
