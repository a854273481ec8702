"""What an e-mail address, a phone number and a postal code say by their form alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyc import journey
from kyc.audit.services import SYSTEM
from kyc.customers.contacts import AddressFacts, ContactFacts, contact_findings
from kyc.customers.services import create_customer, set_address
from kyc.policy.risk import FACTORS
from kyc.risk.services import assess


def facts(**more: Any) -> ContactFacts:
    values: dict[str, Any] = {
        "is_person": True,
        "email": "maja@lindqvist.example",
        "website": "",
        "phone": "",
        "country": "SE",
        "countries": frozenset({"SE"}),
        "addresses": (),
    }
    return ContactFacts(**values | more)


def codes(found: ContactFacts) -> list[str]:
    return [finding.code.removeprefix("contact.") for finding in contact_findings(found)]


def address(postal_code: str, country: str, region: str = "") -> AddressFacts:
    return AddressFacts("residence", "Fyrisgatan 12", "Uppsala", region, postal_code, country)


class AnEmailAddress:
    @pytest.mark.parametrize(
        ("email", "said"),
        [
            ("maja@lindqvist.example", []),
            ("maja@gmail.com", []),
            ("maja@mailinator.com", ["disposable_email"]),
            ("maja@inbox.MAILINATOR.com", ["disposable_email"]),
            ("maja@mailinator.company.example", []),
            ("maja@", ["email_invalid"]),
            ("ma ja@lindqvist.example", ["email_invalid"]),
            ("maja@-bad-.example", ["email_invalid"]),
            ("", []),
        ],
    )
    def test_of_a_person(self, email, said):
        assert codes(facts(email=email)) == said

    @pytest.mark.parametrize(
        ("email", "website", "said"),
        [
            ("ceo@gmail.com", "", ["free_email"]),
            ("ceo@qq.com", "https://lab.example", ["free_email"]),
            ("ceo@lab.example", "https://www.lab.example/about", []),
            ("ceo@mail.lab.example", "https://lab.example", []),
            ("ceo@lab.example", "https://shop.lab.example", []),
            ("ceo@bücher.example", "https://xn--bcher-kva.example", []),
            ("ceo@collab.example", "https://lab.example", ["domain_differs"]),
            ("ceo@lab.example.evil.example", "https://lab.example", ["domain_differs"]),
            ("ceo@lab.example", "", []),
            ("ceo@lab.example", "https://[broken", []),
        ],
    )
    def test_of_an_organisation(self, email, website, said):
        assert codes(facts(is_person=False, email=email, website=website)) == said


class APhoneNumber:
    @pytest.mark.parametrize(
        ("phone", "said"),
        [
            ("", []),
            ("+46 18 471 00 00", []),
            ("018-471 00 00", []),
            ("+46 70 174 06 05", []),
            ("+44 20 7031 3000", ["phone_country"]),
            ("+1 900 234 5678", ["phone_kind", "phone_country"]),
            ("+44 56 1234 5678", ["phone_kind", "phone_country"]),
            ("+46 939 1 23456", ["phone_kind"]),
            ("+800 1234 5678", ["phone_kind"]),
            ("+46 1", ["phone_invalid"]),
            ("call me", ["phone_invalid"]),
            ("+999 123456789", ["phone_invalid"]),
        ],
    )
    def test_is_told_by_its_kind_and_country(self, phone, said):
        assert codes(facts(phone=phone)) == said

    def test_of_any_country_that_was_named_is_no_surprise(self):
        assert codes(facts(phone="+44 20 7031 3000", countries=frozenset({"SE", "GB"}))) == []


class APostalCode:
    @pytest.mark.parametrize(
        ("code", "country", "said"),
        [
            ("753 15", "SE", []),
            ("75315", "SE", []),
            ("7531", "SE", ["address_form"]),
            ("", "SE", ["address_form"]),
            ("62701", "US", []),
            ("62701-0001", "US", []),
            ("SW1A 1AA", "GB", []),
            ("sw1a 1aa", "GB", []),
            ("12345", "GB", ["address_form"]),
            ("", "AE", []),
            ("whatever", "AE", []),
            ("", "IE", []),
            ("", "XK", []),
            ("", "ZZ", []),
            ("", "", []),
        ],
    )
    def test_is_held_against_its_country(self, code, country, said):
        assert codes(facts(addresses=(address(code, country),))) == said

    def test_says_how_it_is_written_there(self):
        (finding,) = contact_findings(facts(addresses=(address("7531", "SE"),)))
        assert "Sweden" in finding.public
        assert "such as" in finding.public


class AnyText:
    @given(st.text(max_size=80), st.text(max_size=40), st.text(max_size=40), st.text(max_size=12))
    def test_never_raises_and_every_finding_is_a_factor_of_risk(self, email, phone, website, code):
        found = facts(
            is_person=False,
            email=email,
            phone=phone,
            website=website,
            addresses=(address(code, "SE"), address(code, code)),
        )
        assert {finding.code for finding in contact_findings(found)} <= FACTORS.keys()


@pytest.mark.django_db
class ACustomer:
    def customer(self, **more: Any) -> Any:
        return create_customer(
            kind="organisation", world="test", actor=SYSTEM, source="api", legal_name="Lab AB",
            residence_country="SE", registration_country="SE", **more,
        )  # fmt: skip

    def test_reads_before_submitting_what_may_be_a_slip(self):
        lab = self.customer(email="ceo@gmail.com")
        set_address(
            customer=lab, actor=SYSTEM, street="Fyrisgatan 12", city="Uppsala", country="SE", postal_code="7531"
        )
        hints = journey.worth_another_look(lab)
        assert len(hints) == 2
        assert "domain" in hints[0]

    def test_bears_it_in_the_risk_with_the_sentence_of_the_rule(self):
        lab = self.customer(email="ceo@gmail.com", phone="+44 20 7031 3000")
        findings = {row["code"]: row["sentence"] for row in assess(customer=lab).findings}
        assert "gmail.com" in findings["risk.contact.free_email"]
        assert "United Kingdom" in findings["risk.contact.phone_country"]
