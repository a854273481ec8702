"""`manage.py test`: the whole suite on a PostgreSQL and a broker of its own, made for it and thrown away after."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from stack.engine import Engine
from stack.environment import AS_OWNER
from stack.interrupts import let_commands_end
from stack.places import Places
from stack.progress import say
from stack.state import SERVICES

ALL = "--all"
FAULTS = "--faults"
# Both cores; a file's tests stay in one process, since they share what the file sets up.
DEFAULTS = ["-n", "2", "--dist", "loadfile", "-rs", "--no-fold-skipped"]
# What a developer's shell may carry and the suite must not take over.
NOT_INHERITED = ("DATABASE_URL", "DATABASE_OWNER_URL", "BROKER_URL", "CACHE_URL", "CLEARANCE_DATA", "CLEARANCE_DEMO")


def pytest_arguments(arguments: list[str]) -> list[str]:
    """Ours first, so that the person's win. The slow ones want --all, those that break a machine room --faults."""
    if FAULTS in arguments:
        chosen = ["-m", "faults", "-n", "0"]
    else:
        chosen = ["-m", "not faults" if ALL in arguments else "not slow and not faults"]
    return [*DEFAULTS, *chosen, *(word for word in arguments if word not in (ALL, FAULTS))]


def run_tests(root: Path, environment: Mapping[str, str], arguments: list[str]) -> int:
    """pytest's exit code. Raises Trouble when the surroundings cannot be had."""
    let_commands_end()
    # A short path: sockets lie in it.
    folder = Path(tempfile.mkdtemp(prefix="clearance-test-"))
    clean = {name: value for name, value in environment.items() if name not in NOT_INHERITED}
    # The suite decides per test what is a demonstration; pages are asked for without TLS.
    clean |= {"CLEARANCE_DATA": str(folder), "CLEARANCE_DEMO": "0", "CLEARANCE_HTTPS": "0"}
    engine = Engine(Places(root=root, data=folder), clean, careless=True)
    try:
        engine.hold(SERVICES)
        say("starting PostgreSQL and broker for the tests")
        engine.start()
        say("running the tests")
        command = [sys.executable, "-m", "pytest", *pytest_arguments(arguments)]
        # both test processes must give sets the same order, or they collect different tests
        owner = engine.environment | {AS_OWNER: "1", "PYTHONHASHSEED": "0"}
        return subprocess.run(command, cwd=root, env=owner, check=False).returncode
    finally:
        engine.close(hurry=True)
        if engine.cluster is not None:
            engine.cluster.remove_files()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(Places(root=root, data=folder).sockets, ignore_errors=True)
