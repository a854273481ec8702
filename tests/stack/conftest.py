"""Surroundings of the start-up's tests: an environment without the suite's own database and data folder."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.environment import base_environment
from stack.places import Places
from stack.suite import NOT_INHERITED

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def bare_environment() -> dict[str, str]:
    """What a person's shell has: nothing of ours."""
    ours = (*NOT_INHERITED, "SECRET_KEY")
    return {name: value for name, value in os.environ.items() if name not in ours and "CLEARANCE" not in name}


@pytest.fixture
def places() -> Iterator[Places]:
    """An empty data folder with a path short enough for sockets."""
    folder = Path(tempfile.mkdtemp(prefix="clr-"))
    yield Places(root=ROOT, data=folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def environment(places: Places, bare_environment: dict[str, str]) -> dict[str, str]:
    places.make()
    return base_environment(places, bare_environment)
