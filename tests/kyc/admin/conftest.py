"""Staff of every role with a signed-in client each, and a small house to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client, override_settings
from PIL import Image

from accounts.models import ApiClient, User
from accounts.roles import Role
from accounts.services import create_client, create_staff
from kyc import dispatch
from kyc.access.holds import place_hold
from kyc.access.models import AccessDecision, Hold
from kyc.access.states import HoldKind
from kyc.audit.services import SYSTEM
from kyc.cases.models import Case
from kyc.cases.services import open_case
from kyc.cases.states import CaseType
from kyc.catalogue.models import CatalogueModel, LicenceTerms
from kyc.customers.models import Customer
from kyc.customers.services import create_customer, move_customer
from kyc.customers.states import CustomerStatus
from kyc.documents.models import Document
from kyc.documents.services import store_document
from kyc.geo.models import Sighting
from kyc.identity.models import Verification
from kyc.identity.services import start_verification
from kyc.imports.models import ImportBatch
from kyc.screening.indexes import forget_all
from kyc.screening.models import Hit, PolicyTrial, RescreeningRun, SelfTest
from kyc.screening.services import screen_customer
from kyc.watchlists.models import Edition
from kyc.worlds import World
from tests.kyc.watchlists.published import in_force, listed, loaded

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture(scope="module")
def laid(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[House]:
    """The house, laid once a module: each test works in a savepoint above it and leaves it as it was."""
    folder = tmp_path_factory.mktemp("house")
    with django_db_blocker.unblock(), override_settings(DATA=folder), transaction.atomic():
        forget_all()
        yield lay_house(folder)
        transaction.set_rollback(True)
    forget_all()


@pytest.fixture(autouse=True)
def _console_settings(settings, laid):
    settings.STAFF_SECOND_FACTOR = False
    settings.PORTAL_WORLD = "test"
    settings.DATA = laid.folder
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture
def house(laid, db) -> House:
    """Fresh objects, so that no test sees another's."""
    rows = {field.name: getattr(laid, field.name) for field in fields(laid)}
    return House(
        **{name: type(row)._default_manager.get(pk=row.pk) if hasattr(row, "pk") else row for name, row in rows.items()}
    )


@pytest.fixture
def people(laid, db) -> dict[Role, User]:
    """One member of staff of each role."""
    return {Role(user.role): user for user in User.objects.exclude(role="")}


@pytest.fixture
def signed_in(people) -> Callable[..., Client]:
    """signed_in(role, csrf=False) or signed_in(user): a client of theirs."""

    def sign_in(who: Role | User, *, csrf: bool = False) -> Client:
        client = Client(enforce_csrf_checks=csrf)
        client.force_login(who if isinstance(who, User) else people[who], backend=BACKEND)
        return client

    return sign_in


@pytest.fixture(autouse=True)
def sent(monkeypatch) -> list[tuple[str, dict[str, Any]]]:
    """What would have gone to the broker, in order."""
    messages: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(dispatch, "_send", lambda task, arguments: messages.append((task, arguments)))
    return messages


@dataclass(frozen=True)
class House:
    """A customer in review who has the name of a listed man, his namesake of another list, and what hangs on them."""

    customer: Customer
    strong: Hit
    weak: Hit
    case: Case
    hold: Hold
    document: Document
    verification: Verification
    edition: Edition
    held_edition: Edition
    client: ApiClient
    run: RescreeningRun
    seen: Sighting
    access: AccessDecision
    batch: ImportBatch
    terms: LicenceTerms
    model: CatalogueModel
    trial: PolicyTrial
    self_test: SelfTest
    folder: Path


def lay_house(folder: Path) -> House:
    for role in Role:
        create_staff(email=f"{role}@example.com", name=role.title(), role=role, password=None)
    edition = in_force(
        listed("1", "Viktor Aleksandrovich Karamazin", born="1968-03-14", nationalities=("RU",)),
        listed("2", "Viktor Karamazan", measure="OPERATOR-REVIEW", nationalities=("RS",)),
    )
    customer = create_customer(
        kind="person", world=World.TEST, actor=SYSTEM, source="portal", legal_name="Viktor Aleksandrovich Karamazin",
        birth_date=date(1968, 3, 14), nationalities=["RU"], residence_country="CY", email="viktor@example.org",
    )  # fmt: skip
    document = store_document(
        customer=customer, actor=SYSTEM, kind="passport", filename="passport.png", content=a_picture()
    )
    for step in (CustomerStatus.SUBMITTED, CustomerStatus.VERIFYING, CustomerStatus.IN_REVIEW):
        move_customer(customer=customer, to=step, actor=SYSTEM)
    verification = start_verification(customer=customer, actor=SYSTEM)
    hits = sorted(screen_customer(customer=customer, reason="onboarding").new_hits, key=lambda hit: -hit.score)
    case, _ = open_case(customer=customer, type=CaseType.SCREENING, summary="Two hits.", actor=SYSTEM)
    hold = place_hold(
        customer=customer, kind=HoldKind.SANCTIONS, reason="A strong hit.", actor=SYSTEM, reference=hits[0].public_id
    )
    terms = LicenceTerms.objects.create(code="provider", title="Provider's terms", text="No training on outputs.")
    common = {"world": World.TEST, "customer": customer, "policy_version": "1", "outcome": "deny"}
    return House(
        customer=customer,
        strong=hits[0],
        weak=hits[1],
        case=case,
        hold=hold,
        document=document,
        verification=verification,
        edition=edition,
        held_edition=loaded(listed("9", "Somebody Else"), on=date(2026, 11, 21)),
        client=create_client(name="Gateway", world=World.TEST, actor=SYSTEM),
        run=RescreeningRun.objects.create(reason="full_pass", policy_version="1", planned=10),
        seen=Sighting.objects.create(where="portal", prefix="192.0.2.0/24", index="x", **common),
        access=AccessDecision.objects.create(asked_for="acct-1", client="cli", model="m", channel="api", **common),
        batch=ImportBatch.objects.create(world="test", filename="f.csv", format="csv", sha256="0", status="checked"),
        terms=terms,
        model=CatalogueModel.objects.create(
            code="frontier", name="Frontier", licence_code="provider", tier="frontier", channels=["api"]
        ),
        trial=PolicyTrial.objects.create(world="test", overrides={"report_threshold": 0.8}, reason="Try.", limit=10),
        self_test=SelfTest.objects.create(seed=1, entries=10),
        folder=folder,
    )


def a_picture() -> bytes:
    """A real PNG, large enough to be a document."""
    file = BytesIO()
    Image.effect_noise((1200, 800), 40).convert("RGB").save(file, "PNG")
    return file.getvalue()
