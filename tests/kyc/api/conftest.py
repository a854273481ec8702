"""Two services of one provider, in two worlds, each with a key; a catalogue, and a list in force."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.scopes import Scope
from accounts.services import create_client, issue_key
from kyc import dispatch
from kyc.audit.services import SYSTEM
from kyc.catalogue.services import load_catalogue
from kyc.customers.models import Customer
from kyc.policy.customers import BIOMETRICS_NOTICE_VERSION, PRIVACY_NOTICE_VERSION
from kyc.screening.indexes import forget_all
from kyc.worlds import World
from tests.kyc.geo.location_world import data_knowing
from tests.kyc.watchlists.published import in_force, listed

ALL = tuple(Scope)
PERSON: dict[str, Any] = {
    "kind": "person",
    "external_id": "u-1",
    "legal_name": "Maja Sofia Lindqvist",
    "birth_date": "1990-04-16",
    "nationalities": ["SE"],
    "residence_country": "SE",
    "email": "maja@company.example",
    "addresses": [{"street": "Fyrisgatan 12", "city": "Uppsala", "country": "SE"}],
    "identifiers": [{"kind": "passport", "country": "SE", "value": "88359756"}],
    "use": {
        "purposes": ["product"],
        "description": "A reading aid for people with dyslexia.",
        "models_wanted": ["aurora-small"],
    },
    "consents": [
        {"kind": "privacy", "given": True, "version": PRIVACY_NOTICE_VERSION},
        {"kind": "biometrics", "given": False, "version": BIOMETRICS_NOTICE_VERSION},
    ],
}


class Service:
    """Another service, with its key."""

    def __init__(self, key: str) -> None:
        self._client = Client()
        self._key = key

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        extra = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        extra["HTTP_AUTHORIZATION"] = f"Bearer {self._key}"
        sent = body if isinstance(body, (str, bytes)) else json.dumps(body)
        return self._client.generic(method, f"/api/v1/{path}", sent, "application/json", **extra)

    def get(self, path: str) -> Any:
        return self.call("GET", path, "")

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, {} if body is None else body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self.call("PATCH", path, body, **headers)

    def upload(self, path: str, fields: dict[str, Any], **headers: str) -> Any:
        extra = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        return self._client.post(f"/api/v1/{path}", fields, HTTP_AUTHORIZATION=f"Bearer {self._key}", **extra)


@pytest.fixture
def service_with(db: None) -> Callable[..., Service]:
    def make(*scopes: Scope, world: World = World.TEST) -> Service:
        client = create_client(name=f"gateway {world}", world=world, actor=SYSTEM)
        return Service(issue_key(client=client, scopes=scopes, actor=SYSTEM)[1])

    return make


@pytest.fixture
def service(service_with: Callable[..., Service]) -> Service:
    return service_with(*ALL)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What was sent to the workers after a commit."""
    messages: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(dispatch, "_send", lambda task, arguments: messages.append((task, dict(arguments))))
    return messages


@pytest.fixture
def house(db: None, settings: Any, tmp_path: Any, sent: Any) -> None:
    settings.DATA = tmp_path
    forget_all()
    load_catalogue(actor=SYSTEM)
    in_force(listed("OP-1", "KARAMAZIN, Viktor Aleksandrovich", born="1968-03-14"))


def declared(service: Service) -> list[dict[str, Any]]:
    catalogue = service.get("catalogue").json()
    licence = next(row["terms"] for row in catalogue["models"] if row["model"] == "aurora-small")
    return [
        {
            "terms": row["terms"],
            "version": row["version"],
            "answers": {ask["code"]: bool(ask["must_be"]) for ask in row["asks"]},
        }
        for row in catalogue["terms"]
        if row["terms"] in ("provider", licence)
    ]


HOME, PYONGYANG = "131.111.7.7", "175.45.176.9"


@pytest.fixture
def places(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of countries that knows two addresses."""
    data = data_knowing(tmp_path / "geo", {"131.111.0.0/16": "GB", "175.45.176.0/22": "KP"})
    monkeypatch.setattr("kyc.access.services.geo_data", lambda: data)


@pytest.fixture
def approved(house: None, service: Service) -> Customer:
    """Maja, who may use the standard models."""
    made = service.post("customers", PERSON | {"attestations": declared(service)}).json()
    Customer.objects.filter(public_id=made["id"]).update(status="approved", tier="standard")
    return Customer.objects.get()


def question(customer: Customer, /, **more: Any) -> dict[str, Any]:
    return {"customer": customer.public_id, "ip": HOME, "model": "aurora-small", "channel": "api"} | more
