"""The story itself, a scene a line. Each scene returns the sentence that is printed, or raises StoryBroke."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeVar

from accounts.scopes import Scope
from kyc.demonstration.cast import LISTED, MAJA, MODEL, NAMESAKE, NORTHWIND, PURPOSE, Organisation, Person
from kyc.demonstration.customer import CustomerAtThePortal
from kyc.demonstration.papers import Passport, certificate_of, passport_of
from kyc.demonstration.service import Service, Verdict
from kyc.demonstration.staff import StaffAtTheConsole
from kyc.demonstration.visitor import Page, StoryBroke
from kyc.policy.customers import BIOMETRICS_NOTICE_VERSION, PRIVACY_NOTICE_VERSION

AT_HOME = "131.111"  # a network in the United Kingdom; more than a few accounts on one address are noticed
A_CLOUD = "52.94.76"  # Amazon publishes it as its own
BLOCKED = "175.45.176.1"  # an address in North Korea
SAMPLE = "sample"
LISTED_AS = "KARAMAZIN, Viktor Aleksandrovich"
EDITION, NEXT_EDITION = "sample.jsonl", "sample_next.jsonl"
WORKERS_SECONDS = 90.0  # what workers do within seconds; on a busy machine it may take longer
GATE_SECONDS = 2.0
PAUSE_SECONDS = 0.2
CONSENTS = [
    {"kind": "privacy", "given": True, "version": PRIVACY_NOTICE_VERSION},
    {"kind": "biometrics", "given": False, "version": BIOMETRICS_NOTICE_VERSION},
]
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the story plays. `editions` by file name: the bundled SAMPLE and the one that comes after it."""

    home: str
    mail: Path
    logins: Mapping[str, str]  # role → e-mail
    password: str
    editions: Mapping[str, bytes]
    today: date


@dataclass(slots=True)
class Story:
    """Told once. What a scene leaves for the next stands here."""

    stage: Stage
    analyst: StaffAtTheConsole = field(init=False)
    head: StaffAtTheConsole = field(init=False)
    lists: StaffAtTheConsole = field(init=False)
    service: Service = field(init=False)
    maja: CustomerAtThePortal = field(init=False)
    server: str = field(init=False)
    ids: dict[str, str] = field(default_factory=dict)  # who → customer's public id
    passports: dict[str, Passport] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)  # who → where they sit

    def scenes(self) -> tuple[Callable[[], str], ...]:
        return (
            self.staff_come_in,
            self.the_sample_is_in_force,
            self.a_clean_customer_registers,
            self.her_identity_is_proved,
            self.she_is_approved_and_let_in,
            self.from_a_server_she_is_challenged_and_explains,
            self.a_person_accepts_it_and_she_is_let_in,
            self.a_listed_party_registers_and_is_found,
            self.one_person_alone_cannot_settle_it,
            self.two_people_refuse_him,
            self.his_namesake_becomes_a_case,
            self.the_namesake_is_cleared_and_approved,
            self.the_clearance_is_remembered,
            self.an_organisation_is_approved,
            self.the_next_edition_names_it,
            self.a_blocked_country_is_refused,
            self.existing_customers_are_imported,
            self.nobody_rewrote_the_trail,
        )

    # ------------------------------------------------------------------------------------------- the house
    def staff_come_in(self) -> str:
        at = self.stage
        self.analyst = StaffAtTheConsole(at.home, at.logins["analyst"], at.password)
        self.head = StaffAtTheConsole(at.home, at.logins["compliance head"], at.password)
        self.lists = StaffAtTheConsole(at.home, at.logins["list manager"], at.password)
        key = self.head.issue_key(f"Story {secrets.token_hex(3)}", [scope.value for scope in Scope])
        self.service = Service(at.home, key)
        return "Staff sign in; the compliance head issues the API key that the gateway uses."

    def the_sample_is_in_force(self) -> str:
        page = self.lists.bring_edition(SAMPLE, EDITION, self.stage.editions[EDITION])
        self.lists.put_in_force(page, "the story begins with the first edition")
        return "The first edition of the SAMPLE list is in force."

    # ------------------------------------------------------------------------------------------- a clean customer
    def a_clean_customer_registers(self) -> str:
        self.maja = self._register_at_the_portal("maja", MAJA)
        return f"{MAJA.name} signs up, answers the form and hands it in: {self.ids['maja']}."

    def her_identity_is_proved(self) -> str:
        self._prove_identity("maja")
        return "Her passport's zone is read, its check digits hold, and it agrees with what she said."

    def she_is_approved_and_let_in(self) -> str:
        self._wait_for_status("maja", "approved")
        verdict = self._gate("maja", "allow")
        return f"Screened, low risk, approved by policy. The gate says {_told(verdict)}."

    # ------------------------------------------------------------------------------------------- a challenge
    def from_a_server_she_is_challenged_and_explains(self) -> str:
        self.server = f"{A_CLOUD}.{secrets.randbelow(250) + 1}"
        verdict = self._gate("maja", "challenge", ip=self.server)
        page = self.maja.browser.open(verdict.link).says("Please confirm that it is you")
        words = "My reading aid runs on a server that I rent."
        self.maja.browser.send(page, page.form(to="/person/"), {"words": words}).says("reading what you wrote")
        return f"From a rented server the gate says {_told(verdict)}; behind its link she explains."

    def a_person_accepts_it_and_she_is_let_in(self) -> str:
        self.analyst.accept_way_out(self.ids["maja"], "The server's owner and her use agree.")
        verdict = self._gate("maja", "allow", ip=self.server)
        return f"The analyst accepts it, for this reason and a month. The gate says {_told(verdict)}."

    # ------------------------------------------------------------------------------------------- a listed party
    def a_listed_party_registers_and_is_found(self) -> str:
        self._register_at_the_portal("listed", LISTED)
        self._prove_identity("listed")
        self._wait_for_status("listed", "in_review")
        self.analyst.customer(self.ids["listed"]).says("sanctions", LISTED_AS)
        verdict = self._gate("listed", "deny")
        return f"{LISTED.name} is found as {LISTED_AS} and held. The gate says {_told(verdict)}."

    def one_person_alone_cannot_settle_it(self) -> str:
        case = self.analyst.open_case(self.ids["listed"])
        words = "Name, birth date and place agree with the entry."
        self.analyst.settle_hit(case, "true_match", ["same_party"], words)
        if self.analyst.finds_proposal(self.ids["listed"]):
            raise StoryBroke("the analyst could confirm what she proposed herself")
        return "The analyst proposes a true match; she cannot confirm it herself."

    def two_people_refuse_him(self) -> str:
        who = self.ids["listed"]
        self.head.confirm(who, "I compared the facts; it is the same person.")
        case = self.analyst.open_case(who)
        self.analyst.propose_decision(case, "rejected", "none", ["listed_party"], "The customer is the listed party.")
        self.head.confirm(who, "Agreed.")
        self._wait_for_status("listed", "rejected")
        verdict = self._gate("listed", "deny")
        return f"The compliance head confirms the match and the refusal. The gate says {_told(verdict)}."

    # ------------------------------------------------------------------------------------------- his namesake
    def his_namesake_becomes_a_case(self) -> str:
        self._register_by_api("namesake", NAMESAKE)
        self._prove_identity("namesake")
        self._wait_for_status("namesake", "in_review")
        self._gate("namesake", "review", "deny")
        page = self.analyst.open_case(self.ids["namesake"]).says("Evidence side by side")
        return f"{NAMESAKE.name}, born {NAMESAKE.born.year} in another country, becomes a case ({_case_id(page)})."

    def the_namesake_is_cleared_and_approved(self) -> str:
        who = self.ids["namesake"]
        case = self.analyst.open_case(who)
        codes = ["different_birth_date", "different_country"]
        words = "Born 1991 in Prague, the listed party 1968 in Pskov."
        self.analyst.settle_hit(case, "no_match", codes, words)
        if self.head.finds_proposal(who):  # a strong hit is cleared by two
            self.head.confirm(who, "The birth dates are 23 years apart.")
        case = self.analyst.open_case(who)
        words = "A namesake of a listed party, told apart by birth date and country."
        self.analyst.propose_decision(case, "approved", "standard", ["reviewed_ok"], words)
        self.head.confirm(who, "Agreed.")
        self._wait_for_status("namesake", "approved")
        verdict = self._gate("namesake", "allow")
        return f"Cleared with reasons, approved by two people. The gate says {_told(verdict)}."

    def the_clearance_is_remembered(self) -> str:
        screening = self.service.post(f"/customers/{self.ids['namesake']}/screenings", {})
        if screening["hits_new"] or not screening["suppressed"]:
            raise StoryBroke(f"the cleared namesake was raised again: {screening}")
        self._gate("namesake", "allow")
        return "Screened again: the clearance is remembered, and nothing new is raised."

    # ------------------------------------------------------------------------------------------- a new edition
    def an_organisation_is_approved(self) -> str:
        self._register_organisation_by_api("northwind", NORTHWIND)
        self._prove_identity("northwind")
        who = self.ids["northwind"]
        if self._wait(lambda: self._past_screening(who), "Northwind is screened") != "approved":
            case = self.analyst.open_case(who)
            words = "Registered, one owner, nothing found."
            self.analyst.propose_decision(case, "approved", "standard", ["reviewed_ok"], words)
            self.head.confirm(who, "Agreed.")
        self._wait_for_status("northwind", "approved")
        verdict = self._gate("northwind", "allow")
        return f"{NORTHWIND.name} registers by API and is approved. The gate says {_told(verdict)}."

    def the_next_edition_names_it(self) -> str:
        page = self.lists.bring_edition(SAMPLE, NEXT_EDITION, self.stage.editions[NEXT_EDITION])
        begun = time.monotonic()
        self.lists.put_in_force(page, "the story goes on with the next edition")
        verdict = self._wait(lambda: self._denied("northwind"), "the gate refuses Northwind")
        seconds = time.monotonic() - begun
        page = self.analyst.open_case(self.ids["northwind"]).says(NORTHWIND.name)
        return (
            f"A new edition names {NORTHWIND.name}: held {seconds:.1f} s after it came into force, case "
            f"{_case_id(page)} is open, the gate says {_told(verdict)}."
        )

    # ------------------------------------------------------------------------------------------- places, imports
    def a_blocked_country_is_refused(self) -> str:
        verdict = self.service.may_use(self.ids["maja"], BLOCKED, MODEL)
        if verdict.decision != "deny":
            raise StoryBroke(f"the gate let {BLOCKED} in: {verdict}")
        return f"The same account from {BLOCKED} (North Korea): the gate says {_told(verdict)}."

    def existing_customers_are_imported(self) -> str:
        tail = secrets.token_hex(3)
        rows = (
            "external_id,kind,legal_name,birth_date,nationalities,residence_country,accounts",
            f"old-{tail}-1,person,Aoife Brigid Brennan,1984-02-20,IE,IE,acct-{tail}-1",
            f"old-{tail}-2,person,Viktor Aleksandrovich Karamazin,1968-03-14,RU,AE,acct-{tail}-2",
            f"old-{tail}-3,person,,1990-01-01,FR,FR,acct-{tail}-3",
        )
        page = self.head.upload_customers(f"customers-{tail}.csv", "\n".join(rows).encode())
        finished = self._wait(lambda: self._import_finished(page.path), "the import is done")
        finished.says("is missing")
        self._wait(lambda: self._is_held(f"old-{tail}-2"), "the imported listed party is held")
        return "An existing provider's file: 3 rows checked, 1 bad row reported, 2 taken in and screened, 1 held."

    def nobody_rewrote_the_trail(self) -> str:
        self.head.verify_audit()
        return "The audit trail proves itself: every row is there, in its place, as it was written."

    # ------------------------------------------------------------------------------------------- the ways there
    def _register_at_the_portal(self, who: str, person: Person) -> CustomerAtThePortal:
        email = f"{who}.{secrets.token_hex(4)}@company.example"
        customer = CustomerAtThePortal(self.stage.home, self.stage.mail, email)
        customer.sign_up()
        self.passports[who] = passport = passport_of(person, today=self.stage.today)
        customer.fill_in(person, passport, today=self.stage.today)
        customer.hand_in()
        self.ids[who] = customer.public_id
        return customer

    def _register_by_api(self, who: str, person: Person) -> None:
        self.passports[who] = passport = passport_of(person, today=self.stage.today)
        facts = {
            "kind": "person",
            "legal_name": person.name,
            "birth_date": person.born.isoformat(),
            "nationalities": [person.nationality],
            "residence_country": person.nationality,
            "addresses": [
                {
                    "street": person.street,
                    "postal_code": person.postal_code,
                    "city": person.city,
                    "country": person.nationality,
                }
            ],
            "identifiers": [{"kind": "passport", "country": person.nationality, "value": passport.number}],
        }
        self._onboard(who, facts, person.use, "passport", passport.picture)

    def _register_organisation_by_api(self, who: str, at: Organisation) -> None:
        owner = {
            "kind": "person",
            "legal_name": at.owner,
            "roles": ["owner", "director", "control_person"],
            "birth_date": at.owner_born.isoformat(),
            "country": at.country,
            "nationalities": [at.country],
            "share_min": "100",
            "share_max": "100",
        }
        facts = {
            "kind": "organisation",
            "legal_name": at.name,
            "registration_country": at.country,
            "registration_number": at.number,
            "residence_country": at.country,
            "website": at.website,
            "addresses": [{"kind": "registered", "street": at.street, "city": at.city, "country": at.country}],
            "parties": [owner],
        }
        self._onboard(who, facts, at.use, "registration", certificate_of(at))

    def _onboard(self, who: str, facts: Mapping[str, object], use: str, document: str, picture: bytes) -> None:
        """By API: what is known of them, their declarations, one document, and the checks set going."""
        made = self.service.post(
            "/customers",
            {
                **facts,
                "external_id": f"{who}-{secrets.token_hex(4)}",
                "email": f"{who}@company.example",
                "use": {"purposes": [PURPOSE], "description": use, "models_wanted": [MODEL]},
                "attestations": self._declarations(),
                "consents": CONSENTS,
            },
        )
        self.ids[who] = made["id"]
        address = f"/customers/{made['id']}"
        self.service.post_file(f"{address}/documents", {"kind": document}, f"{document}.png", picture)
        answer = self.service.post(f"{address}/submit", {}, status=202)
        if answer["status"] != "submitted":
            raise StoryBroke(f"{who} is {answer['status']} after it was submitted: {answer['missing']}")

    def _declarations(self) -> list[dict[str, object]]:
        """Honest and harmless answers to the provider's terms and to the model's licence."""
        catalogue = self.service.get("/catalogue")
        licence = next(row["terms"] for row in catalogue["models"] if row["model"] == MODEL)
        return [
            {
                "terms": terms["terms"],
                "version": terms["version"],
                "answers": {ask["code"]: bool(ask["must_be"]) for ask in terms["asks"]},
            }
            for terms in catalogue["terms"]
            if terms["terms"] in ("provider", licence)
        ]

    def _prove_identity(self, who: str) -> None:
        """The analyst reads the zone off the picture, looks at it, and judges."""
        case = self._wait(lambda: self.analyst.finds_case(self.ids[who]), f"the identity of {who} waits for staff")
        if who in self.passports:
            case = self.analyst.type_zone(case, self.passports[who].zone)
        self.analyst.find_identity_proved(case, "The document is clear and agrees with what was declared.")

    # ------------------------------------------------------------------------------------------- asking and waiting
    def _gate(self, who: str, *expected: str, ip: str = "") -> Verdict:
        """The gate's word, which follows a decision within a second (docs/architecture.md)."""
        until = time.monotonic() + GATE_SECONDS
        verdict = self._asked(who, ip)
        while verdict.decision not in expected and time.monotonic() < until:
            time.sleep(PAUSE_SECONDS)
            verdict = self._asked(who, ip)
        if verdict.decision not in expected:
            raise StoryBroke(f"the gate says {verdict.decision} ({', '.join(verdict.reasons)}) about {who}")
        return verdict

    def _asked(self, who: str, ip: str = "") -> Verdict:
        """The gate's word on somebody at home, or at that address."""
        if who not in self.addresses:
            self.addresses[who] = f"{AT_HOME}.{secrets.randbelow(254)}.{1 + secrets.randbelow(254)}"
        return self.service.may_use(self.ids[who], ip or self.addresses[who], MODEL)

    def _past_screening(self, public_id: str) -> str | None:
        status: str = self.service.get(f"/customers/{public_id}")["status"]
        return status if status in ("approved", "in_review") else None

    def _denied(self, who: str) -> Verdict | None:
        verdict = self._asked(who)
        return verdict if verdict.decision == "deny" else None

    def _wait_for_status(self, who: str, status: str) -> None:
        def reached() -> bool:
            return self.service.get(f"/customers/{self.ids[who]}")["status"] == status

        self._wait(reached, f"{who} is {status}")

    def _is_held(self, external_id: str) -> bool:
        found = self.service.get(f"/customers?external_id={external_id}")["results"]
        return bool(found) and "sanctions" in self.analyst.customer(found[0]["id"]).text

    def _import_finished(self, path: str) -> Page | None:
        page = self.head.browser.open(path)
        return page if ">done<" in page.text else None

    def _wait(self, look: Callable[[], Found | None], what: str) -> Found:
        """Look until it is there; the workers need seconds."""
        until = time.monotonic() + WORKERS_SECONDS
        while time.monotonic() < until:
            found = look()
            if found:
                return found
            time.sleep(PAUSE_SECONDS)
        raise StoryBroke(f"waited {WORKERS_SECONDS:.0f} s, and not yet: {what}")


def _told(verdict: Verdict) -> str:
    why = f" ({', '.join(verdict.reasons)})" if verdict.reasons else ""
    return f"{verdict.decision.upper()}{why} in {verdict.milliseconds:.1f} ms"


def _case_id(page: Page) -> str:
    return page.path.rstrip("/").rpartition("/")[2]
