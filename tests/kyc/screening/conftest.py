"""A listed man, a customer who bears his name, and staff to judge them."""

from __future__ import annotations

from datetime import date

import pytest

from accounts.models import User
from kyc.audit.services import SYSTEM
from kyc.customers.models import Customer
from kyc.customers.services import create_customer, move_customer
from kyc.customers.states import CustomerStatus
from kyc.screening.indexes import forget_all
from kyc.worlds import World
from tests.kyc.watchlists.conftest import anna, hugo, lena, own_folder, sent  # noqa: F401

ROAD = (CustomerStatus.SUBMITTED, CustomerStatus.VERIFYING, CustomerStatus.SCREENING, CustomerStatus.APPROVED)


@pytest.fixture(autouse=True)
def no_index_of_another_test() -> None:
    forget_all()


def customer(name: str, *, kind: str = "person", on_file: bool = True, **profile: object) -> Customer:
    """A customer of the test world who was approved at some time, or a draft."""
    made = create_customer(kind=kind, world=World.TEST, actor=SYSTEM, source="api", legal_name=name, **profile)
    if on_file:
        for step in ROAD:
            move_customer(customer=made, to=step, actor=SYSTEM)
    return made


@pytest.fixture
def ivan(db: None) -> Customer:
    """He has the name and the birth date of a listed man."""
    return customer("Ivan Petrovich Sidorov", birth_date=date(1970, 4, 16), nationalities=["RU"])


@pytest.fixture
def namesake(db: None) -> Customer:
    """He has the name of a listed man, another birth date and another country."""
    return customer("Ivan Petrovich Sidorov", birth_date=date(1988, 1, 2), nationalities=["CA"])


@pytest.fixture
def stranger(db: None) -> Customer:
    return customer("Aurelia Winterbottom", birth_date=date(1990, 5, 5), nationalities=["GB"])


@pytest.fixture
def reviewer(anna: User) -> User:  # noqa: F811
    return anna
