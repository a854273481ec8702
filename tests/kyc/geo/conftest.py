"""A folder of small location files, and the default data as a first start compiles it."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from location_world import write_file

from kyc.geo.build import PIP_RECIPES, refresh

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """write("DBIP-Country-Lite", {"5.0.0.0/8": {...}}, days=10, name="a.mmdb") → a file in tmp_path."""

    def made(database_type: str, records: dict[str, Any], *, days: int = 5, name: str = "") -> Path:
        return write_file(tmp_path / (name or f"{database_type}.mmdb"), database_type, records, days=days)

    return made


@pytest.fixture(scope="session")
def default_data(pytestconfig: pytest.Config) -> Iterator[Path]:
    """The folder a first start compiles. Kept between runs: `refresh` itself tells whether it is fresh."""
    folder = pytestconfig.cache.mkdir("location-data")
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two workers of one test run
        refresh(folder, PIP_RECIPES, lambda line: None)
    yield folder
