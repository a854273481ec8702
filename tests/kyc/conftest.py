"""What all tests of the product share."""

from __future__ import annotations

from typing import Any

import pytest

from kyc.access.ledger import ledger
from kyc.access.memory import remembered


@pytest.fixture(autouse=True)
def a_gate_that_begins_anew(settings: Any) -> None:
    """It asks what changed before each answer and writes each one down at once, as one process in one transaction."""
    settings.GATE_CHECK_SECONDS = settings.GATE_WRITE_BEHIND_SECONDS = 0
    remembered().forget()
    ledger().forget()
