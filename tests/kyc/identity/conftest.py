"""A clean customer who goes for high access, a provider on the loopback, and a worker that does what is due."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kyc import dispatch, journey, verifying
from kyc.audit.services import SYSTEM
from kyc.cases.models import Case
from kyc.customers.models import Customer
from kyc.customers.services import add_identifier, consent, create_customer
from kyc.documents.mrz import Format, Holder, write_mrz
from kyc.identity.models import Verification
from kyc.identity.sessions import due_sessions
from kyc.matching.types import PartialDate
from tests.kyc.identity.vendor_services import SERVICES, VendorService, running

HOLDER = Holder(
    surname="Lindqvist", given_names="Maja Sofia", document_number="88359756", issuing_state="SWE", nationality="SWE",
    birth_date=PartialDate(1990, 4, 16), expires_on=timezone.localdate() + timedelta(days=900), sex="F",
)  # fmt: skip
ZONE = write_mrz(Format.TD3, HOLDER)


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "_send", lambda task, arguments: None)


def person(number: str = "88359756", *, status: str = "submitted", **more: Any) -> Customer:
    facts: dict[str, Any] = {
        "legal_name": "Maja Sofia Lindqvist",
        "birth_date": date(1990, 4, 16),
        "nationalities": ["SE"],
        "residence_country": "SE",
        "email": "maja@lindqvist.example",
        "tier_wanted": "frontier",
    } | more
    world = facts.pop("world", "test")
    customer = create_customer(kind="person", world=world, actor=SYSTEM, source="api", **facts)
    if number:
        add_identifier(customer=customer, actor=SYSTEM, kind="passport", value=number, country="SE")
    consent(customer=customer, actor=SYSTEM, kind="biometrics", given=True, version=1)
    Customer.objects.filter(pk=customer.pk).update(status=status)
    customer.refresh_from_db()
    return customer


@dataclass
class Desk:
    """One provider, one customer, and the hands of the workers between them."""

    service: VendorService
    settings: Any
    customer: Customer

    @property
    def verification(self) -> Verification:
        return self.customer.verification_set.order_by("-id")[0]

    @property
    def session(self) -> Any:
        return self.service.sessions[self.verification.provider_reference]

    def secrets(self, *secrets: str) -> None:
        accounts = {self.service.vendor: replace(self.service.account(), webhook_secrets=secrets)}
        self.settings.IDENTITY_VENDORS = {"live": {}, "test": accounts}

    def submit(self) -> None:
        journey.advance(customer_id=self.customer.pk)
        self.work()

    def work(self) -> None:
        """What the workers do with everything that is due now."""
        for verification in due_sessions(timezone.now()):
            verifying.ask_vendor(verification_id=verification.pk)
        self.customer.refresh_from_db()

    def later(self, **ago: float) -> None:
        """Time passes: everything that is to be asked again is due."""
        Verification.objects.exclude(ask_at=None).update(ask_at=timezone.now())
        self.work()

    def post(self, headers: dict[str, str], body: bytes, world: str = "test", **extra: Any) -> Any:
        kind = extra.pop("content_type", "application/json")
        path = f"/api/v1/webhooks/identity/{world}/{self.service.vendor}"
        return Client().generic("POST", path, body, kind, headers=headers, **extra)

    def hear(self, **how: Any) -> Any:
        """The provider's webhook about the session as it is now."""
        return self.post(*self.service.webhook(self.session, **how))

    def told(self) -> None:
        assert self.hear().status_code == 204
        self.work()

    def case(self) -> Case | None:
        return Case.objects.unresolved().filter(customer=self.customer, type="identity").first()

    def link(self) -> str:
        found = verifying.go_on(customer=self.customer, actor=SYSTEM)
        assert found is not None
        return found.url


@pytest.fixture(params=sorted(SERVICES))
def desk(request: pytest.FixtureRequest, db: None, settings: Any) -> Iterator[Desk]:
    with running(SERVICES[request.param]()) as service:
        settings.IDENTITY_VENDORS = {"live": {}, "test": {service.vendor: service.account()}}
        yield Desk(service, settings, person())


@pytest.fixture
def at_vendor(desk: Desk) -> Desk:
    """The session is begun, and the customer has its link."""
    desk.submit()
    desk.link()
    return desk


@pytest.fixture
def passing() -> Callable[[timedelta], None]:
    def pass_time(span: timedelta) -> None:
        for row in Verification.objects.all():
            row.started_at -= span
            row.save(update_fields=["started_at"])
        Verification.objects.exclude(ask_at=None).update(ask_at=timezone.now())

    return pass_time
