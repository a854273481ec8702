"""Staff who deal with lists, a folder of the test's own, and no broker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from accounts.roles import Role
from accounts.services import create_staff
from kyc import dispatch


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What would have gone to the broker, in order."""
    messages: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(dispatch, "_send", lambda task, arguments: messages.append((task, arguments)))
    return messages


@pytest.fixture
def lena(db: None) -> User:
    """The list manager."""
    return create_staff(email="lena@example.com", name="Lena", role=Role.LIST_MANAGER, password=None)


@pytest.fixture
def anna(db: None) -> User:
    """An analyst."""
    return create_staff(email="anna@example.com", name="Anna", role=Role.ANALYST, password=None)


@pytest.fixture
def hugo(db: None) -> User:
    """The head of compliance."""
    return create_staff(email="hugo@example.com", name="Hugo", role=Role.COMPLIANCE_HEAD, password=None)
