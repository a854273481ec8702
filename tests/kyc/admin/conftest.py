"""Staff of every role with a signed-in client each, and a small house to look at."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from accounts.services import create_staff

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture(autouse=True)
def _console_settings(settings, tmp_path):
    settings.STAFF_SECOND_FACTOR = False
    settings.PORTAL_WORLD = "test"
    settings.DATA = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture
def people(db) -> dict[Role, User]:
    """One member of staff of each role."""
    return {
        role: create_staff(email=f"{role}@example.com", name=role.title(), role=role, password=None) for role in Role
    }


@pytest.fixture
def signed_in(people) -> Callable[..., Client]:
    """signed_in(role, csrf=False) or signed_in(user): a client of theirs."""

    def sign_in(who: Role | User, *, csrf: bool = False) -> Client:
        client = Client(enforce_csrf_checks=csrf)
        client.force_login(who if isinstance(who, User) else people[who], backend=BACKEND)
        return client

    return sign_in
