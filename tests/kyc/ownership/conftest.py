"""An organisation on file, its owners, and a listed man among them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kyc.audit.services import SYSTEM
from kyc.customers.models import Customer, RelatedParty
from kyc.customers.services import add_party
from kyc.screening.indexes import forget_all
from tests.kyc.screening.conftest import customer
from tests.kyc.watchlists.conftest import anna, hugo, lena, own_folder, sent  # noqa: F401


@pytest.fixture(autouse=True)
def no_index_of_another_test() -> None:
    forget_all()


@pytest.fixture
def company(db: None) -> Customer:
    return customer("Northern Light Robotics Ltd", kind="organisation", residence_country="GB")


def owner(company: Customer, name: str, share: str | None, **more: Any) -> RelatedParty:
    """A person who owns so many percent (None: unknown), or an organisation where `kind` says so."""
    kind = more.pop("kind", "person")
    part = None if share is None else Decimal(share)
    facts: dict[str, Any] = {"roles": ["owner"], "share_min": part, "share_max": part, "country": "GB"} | more
    return add_party(customer=company, actor=SYSTEM, kind=kind, legal_name=name, **facts)


def director(company: Customer) -> RelatedParty:
    return add_party(
        customer=company,
        actor=SYSTEM,
        kind="person",
        roles=["control_person"],
        legal_name="Dora Example",
        country="GB",
        birth_date=date(1980, 1, 1),
    )
