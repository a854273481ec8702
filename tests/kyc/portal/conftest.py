"""The cast: Ada verifies herself, Grace leads an organisation with Ben's help, and Eve belongs to neither."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from kyc.catalogue.models import CatalogueModel, LicenceTerms
from kyc.customers.models import Customer, MemberRole
from kyc.customers.services import add_member, create_customer
from kyc.worlds import World

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cfc00000000301010018dd8db4"
    "0000000049454e44ae426082"
)


@pytest.fixture(autouse=True)
def plain_surroundings(settings: Any, tmp_path: Any) -> None:
    """Static files by their own names, a cache of this test, documents in a folder of this test."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    # a cache of its own: allauth counts there how often somebody tried
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": str(tmp_path)}
    }
    settings.DATA = tmp_path
    settings.PORTAL_WORLD = World.TEST  # the cast lives there
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.SECURE_SSL_REDIRECT = False


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada@example.org", "a long enough password", name="Ada Example")


@pytest.fixture
def grace(db: None) -> User:
    return User.objects.create_user("grace@example.org", "a long enough password", name="Grace Example")


@pytest.fixture
def ben(db: None) -> User:
    return User.objects.create_user("ben@example.org", "a long enough password", name="Ben Example")


@pytest.fixture
def eve(db: None) -> User:
    return User.objects.create_user("eve@example.net", "a long enough password")


@pytest.fixture
def person(ada: User) -> Customer:
    """Ada's own draft, nothing filled in but the address she signed up with."""
    return create_customer(kind="person", world=World.TEST, actor=ada, source="portal", owner=ada, email=ada.email)


@pytest.fixture
def organisation(grace: User, ben: User) -> Customer:
    """Grace owns it, Ben contributes."""
    customer = create_customer(
        kind="organisation",
        world=World.TEST,
        actor=grace,
        source="portal",
        owner=grace,
        email=grace.email,
        legal_name="Example Robotics Ltd",
    )
    add_member(customer=customer, user=ben, role=MemberRole.CONTRIBUTOR, actor=grace)
    return customer


@pytest.fixture
def catalogue(db: None) -> list[CatalogueModel]:
    """Two models under two licences, beside the provider's own terms."""
    LicenceTerms.objects.create(
        code="provider",
        title="Terms of the provider",
        text="No training on outputs.",
        asks=[
            {"code": "no_training", "question": "Will you keep from training on outputs?", "why": "w", "must_be": True},
            {"code": "distillation", "question": "Do you plan any distillation?", "why": "w", "must_be": False},
        ],
    )
    LicenceTerms.objects.create(
        code="llama-3.1",
        title="Llama 3.1 licence",
        text="Names begin with Llama.",
        asks=[{"code": "naming", "question": "Will names begin with Llama?", "why": "w", "must_be": True}],
    )
    return [
        CatalogueModel.objects.create(
            code="example-large", name="Example Large", licence_code="provider", tier="frontier", channels=["api"]
        ),
        CatalogueModel.objects.create(
            code="llama-3.1-70b", name="Llama 3.1 70B", licence_code="llama-3.1", tier="standard", channels=["api"]
        ),
    ]


class Visitor(Client):
    """A browser without scripts."""

    def at(self, user: User) -> Visitor:
        self.force_login(user)
        return self


@pytest.fixture
def visitor(db: None) -> Visitor:
    return Visitor()
