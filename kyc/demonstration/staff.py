"""Staff at the console: find the customer's case, look, settle, propose, confirm."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from kyc.demonstration.visitor import Page, StoryBroke, Value, Visitor

CASE = re.compile(r"^/console/cases/([^/]+)/$")
PROPOSAL = re.compile(r"^/console/proposals/[^/]+/$")
KEY = re.compile(r"clr_test_[A-Za-z0-9]+_[A-Za-z0-9_-]+")


class StaffAtTheConsole:
    """One member of staff, signed in, looking at the test world."""

    def __init__(self, home: str, email: str, password: str) -> None:
        self.browser = Visitor(home)
        page = self.browser.open("/accounts/login/")
        self.browser.send(page, page.form(having="login"), {"login": email, "password": password})
        page = self.browser.open("/console/")
        self.browser.send(page, page.form(to="/console/world/"), {"world": "test"})

    # ------------------------------------------------------------------------------------------- finding
    def customer(self, public_id: str) -> Page:
        return self.browser.open(f"/console/customers/{public_id}/")

    def open_case(self, public_id: str) -> Page:
        """The first unresolved case of the customer, claimed for work."""
        case = self.finds_case(public_id)
        if case is None:
            raise StoryBroke(f"{public_id} has no case that can be worked on")
        return case

    def finds_case(self, public_id: str) -> Page | None:
        page = self.customer(public_id)
        for link in dict.fromkeys(page.links):
            if CASE.match(link):
                case = self.browser.open(link)
                if case.has_form("/claim/"):
                    case = self.browser.send(case, case.form(to="/claim/"), {})
                if case.has_form("/release/"):
                    return case
        return None

    # ------------------------------------------------------------------------------------------- working
    def type_zone(self, case: Page, zone: str) -> Page:
        return self._send(case, "/mrz/", {"text": zone})

    def find_identity_proved(self, case: Page, reason: str) -> Page:
        """Theirs, and of whoever owns or directs them: an organisation's owners are looked at like anybody."""
        page = self._send(case, "/settle/", {"verified": "yes", "reason": reason}, having="verified")
        while page.has_form("/settle/"):
            page = self._send(page, "/settle/", {"verified": "yes", "reason": reason}, having="verified")
        return page

    def settle_hit(self, case: Page, status: str, codes: Sequence[str], narrative: str) -> Page:
        typed: dict[str, Value] = {"status": status, "reason_codes": list(codes), "narrative": narrative}
        return self._send(case, "/outcome/", typed)

    def accept_way_out(self, public_id: str, reason: str) -> Page:
        """Let the customer out of a challenge, where they asked a person."""
        page = self.browser.open(f"/console/customers/{public_id}/locations/")
        return self._send(page, "/accept/", {"reason": reason})

    def propose_decision(self, case: Page, outcome: str, tier: str, codes: Sequence[str], words: str) -> Page:
        typed: dict[str, Value] = {"outcome": outcome, "tier": tier, "reason_codes": list(codes), "staff_words": words}
        return self._send(case, "/decide/", typed)

    def confirm(self, public_id: str, reason: str) -> Page:
        """Agree to what a colleague proposed about this customer."""
        proposal = self.finds_proposal(public_id)
        if proposal is None:
            raise StoryBroke(f"no proposal about {public_id} waits for a second person")
        return self._send(proposal, "/confirm/", {"reason": reason})

    def finds_proposal(self, public_id: str) -> Page | None:
        """A proposal about the customer that this person may confirm."""
        page = self.browser.open("/console/proposals/")
        for link in dict.fromkeys(page.links):
            if PROPOSAL.match(link):
                proposal = self.browser.open(link)
                if proposal.has_form("/confirm/") and public_id in proposal.text:
                    return proposal
        return None

    def _send(self, page: Page, to: str, typed: Mapping[str, Value], *, having: str = "") -> Page:
        return self.browser.send(page, page.form(to=to, having=having), typed)

    # ------------------------------------------------------------------------------------------- lists, keys, imports
    def bring_edition(self, source: str, name: str, content: bytes) -> Page:
        """The edition's page; it is read, or was before, and not yet put in force."""
        page = self.browser.open(f"/console/lists/{source}/")
        form = page.form(to=f"/console/lists/{source}/load/")
        return self.browser.send(page, form, {}, files={"main": (name, content)})

    def put_in_force(self, edition: Page, reason: str) -> None:
        """For the first time, or again if it was in force before; what is in force already stays."""
        if edition.has_form("/activate/"):
            self._send(edition, "/activate/", {})
        elif edition.has_form("/roll-back/"):
            self._send(edition, "/roll-back/", {"reason": reason})

    def verify_audit(self) -> Page:
        page = self.browser.open("/console/audit/")
        return self._send(page, "/audit/verify/", {}).says("The trail is whole")

    def issue_key(self, client_name: str, scopes: Sequence[str]) -> str:
        """The whole key, which the page shows this once."""
        page = self.browser.open("/console/clients/")
        page = self._send(page, "/clients/new/", {"name": client_name, "world": "test"})
        page = self._send(page, "/keys/", {"scopes": list(scopes)})
        found = KEY.search(page.text)
        if found is None:
            raise StoryBroke("the console showed no key")
        return found[0]

    def upload_customers(self, name: str, content: bytes) -> Page:
        page = self.browser.open("/console/imports/")
        page = self.browser.send(page, page.form(to="/imports/new/"), {}, files={"file": (name, content)})
        return self._send(page, "/run/", {})
