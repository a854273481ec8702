"""The privacy notice names whom policy may send a customer to: who has an account in their world, and nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from kyc.customers.models import Customer
from kyc.identity.vendors.account import VendorAccount
from kyc.identity.vendors.registry import may_be_sent_to
from tests.kyc.portal.conftest import Visitor

ACCOUNT = VendorAccount(base_url="https://vendor.example", key="k", webhook_secrets=("s",), flow="f", second_key="t")
NAMES = ("Stripe", "Persona", "Sumsub")


def notice(visitor: Visitor) -> str:
    return visitor.get(reverse("portal:privacy")).content.decode()


def step(visitor: Visitor, customer: Customer) -> str:
    return visitor.get(reverse("portal:step", args=[customer.public_id, "privacy"])).content.decode()


class ThePrivacyNotice:
    def test_names_nobody_where_nobody_has_an_account(self, visitor: Visitor, settings: Any) -> None:
        settings.IDENTITY_VENDORS = {"live": {"stripe": ACCOUNT}, "test": {}}
        page = notice(visitor)
        assert not [name for name in NAMES if name in page]
        assert "Who else may check your identity" not in page

    @pytest.mark.parametrize(
        ("accounts", "named"),
        [
            (["persona"], "Persona"),
            (["sumsub", "stripe"], "Stripe or Sumsub"),
            (["stripe", "persona", "sumsub"], "Stripe, Persona or Sumsub"),
        ],
    )
    def test_names_those_that_may_be_chosen(
        self, visitor: Visitor, settings: Any, accounts: list[str], named: str
    ) -> None:
        settings.IDENTITY_VENDORS = {"live": {}, "test": dict.fromkeys(accounts, ACCOUNT)}
        page = notice(visitor)
        assert f"We may ask {named} to check" in page
        assert not [name for name in NAMES if name.lower() not in accounts and name in page]

    def test_says_what_they_get_and_why(self, visitor: Visitor, settings: Any) -> None:
        settings.IDENTITY_VENDORS = {"live": {}, "test": {"stripe": ACCOUNT}}
        page = notice(visitor)
        for words in (
            "a reference number and the address of this site",
            "pictures of your document and of your face",
            "our own reader cannot tell that",
            "If you refuse, a person of ours looks at your document and nothing goes to them.",
        ):
            assert words in page

    def test_does_not_name_a_provider_that_no_line_of_the_policy_names(self, settings: Any) -> None:
        settings.IDENTITY_VENDORS = {"live": {}, "test": {"stripe": ACCOUNT, "somebody": ACCOUNT}}
        assert may_be_sent_to("test") == ("Stripe",)


class TheStepOfPrivacy:
    def test_names_them_to_a_person_and_not_to_an_organisation(
        self, visitor: Visitor, ada: User, ben: User, person: Customer, organisation: Customer, settings: Any
    ) -> None:
        settings.IDENTITY_VENDORS = {"live": {}, "test": {"stripe": ACCOUNT, "persona": ACCOUNT}}
        page = step(visitor.at(ada), person)
        assert "or Stripe or Persona asks for it on its own pages" in page
        assert "Where Stripe or Persona checks your identity, the comparison is made there" in page
        assert "Stripe" not in step(visitor.at(ben), organisation)

    def test_asks_for_the_picture_itself_where_there_is_nobody(
        self, visitor: Visitor, ada: User, person: Customer, settings: Any
    ) -> None:
        settings.IDENTITY_VENDORS = {"live": {}, "test": {}}
        assert "send a picture of your face among your documents" in step(visitor.at(ada), person)
