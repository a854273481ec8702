"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from inspect import isclass
from typing import Any

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations
from hypothesis import settings

# Cores are shared with whatever else runs: a slow example says nothing about the code.
settings.register_profile("clearance", deadline=None)
settings.load_profile("clearance")


def pytest_pycollect_makeitem(collector: pytest.Module | pytest.Class, name: str, obj: object) -> pytest.Class | None:
    """A class that has tests is a situation, whatever its name: a pattern of names silently leaves some out."""
    if isclass(obj) and any(attribute.startswith("test_") for attribute in dir(obj)):
        return pytest.Class.from_parent(collector, name=name, obj=obj)
    return None


@pytest.fixture(scope="session", autouse=True)
def emptied_between_committed_tests() -> Iterator[None]:
    """A test that commits is followed by TRUNCATE, which the append-only tables refuse to everybody.

    Their triggers rest for that one transaction; the tests' role owns the tables, the product's does not.
    """
    append_only = import_module("kyc.migrations.0002_guards").APPEND_ONLY
    flush = DatabaseOperations.execute_sql_flush

    def flush_all(self: DatabaseOperations, sql_list: list[str]) -> Any:
        off = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in append_only]
        on = [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in append_only]
        return flush(self, [*off, *sql_list, *on])

    patch = pytest.MonkeyPatch()
    patch.setattr(DatabaseOperations, "execute_sql_flush", flush_all)
    yield
    patch.undo()
