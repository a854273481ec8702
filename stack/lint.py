"""`manage.py lint`: every check that needs no database, one line each; one that fails fails the whole."""

import secrets
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stack.environment import AS_OWNER, SETTINGS
from stack.keys import MAKERS
from stack.preparing import django_command
from stack.progress import say
from stack.trouble import Trouble


@dataclass(frozen=True)
class Check:
    """One tool: what it is called, what is run, and in which environment."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]


def lint(root: Path, environment: Mapping[str, str]) -> int:
    """0 when all pass. All run, whatever the first ones say."""
    failed = []
    with tempfile.TemporaryDirectory(prefix="clearance-lint-") as folder:
        for check in checks(environment, Path(folder)):
            done = subprocess.run(
                list(check.command),
                cwd=root,
                env=dict(check.environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                check=False,
            )
            say(f"{check.name}: {'ok' if done.returncode == 0 else 'failed'}")
            if done.returncode != 0:
                failed.append(check.name)
                print(done.stdout, flush=True)
    if failed:
        raise Trouble(f"failed: {', '.join(failed)}")
    return 0


def checks(environment: Mapping[str, str], folder: Path) -> list[Check]:
    """All checks; Django's meet the settings of a well-kept installation, whose database is never asked."""
    scripts = Path(sys.executable).parent
    safe = dict(environment) | safe_installation(folder)
    # makemigrations would like to compare with a database's history and says that it cannot.
    unasked = safe | {"PYTHONWARNINGS": "ignore:Got an error checking a consistent migration history"}
    return [
        Check("ruff check", [sys.executable, "-m", "ruff", "check", "."], environment),
        Check("ruff format", [sys.executable, "-m", "ruff", "format", "--check", "."], environment),
        Check("mypy", [sys.executable, "-m", "mypy", "."], environment),
        Check("import contracts", [str(scripts / "lint-imports")], environment),
        Check("migrations", django_command(["makemigrations", "--check", "--dry-run"]), unasked),
        Check("deploy checks", django_command(["check", "--deploy", "--fail-level", "WARNING"]), safe),
    ]


def safe_installation(folder: Path) -> dict[str, str]:
    """What docs/runbook.md asks of production, with values for nobody's installation."""
    return {name: make() for name, make in MAKERS.items()} | {
        "SECRET_KEY": secrets.token_urlsafe(64),
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "CLEARANCE_DATA": str(folder),
        "CLEARANCE_DEMO": "0",
        "CLEARANCE_DEBUG": "0",
        "CLEARANCE_GENERATED_KEYS": "0",
        "CLEARANCE_HTTPS": "1",
        "CLEARANCE_BASE_URL": "https://clearance.example",
        "EMAIL_URL": "smtp://localhost",
        "ALLOWED_HOSTS": "clearance.example",
        "DATABASE_URL": f"postgres://clearance@/clearance?host={folder}",
        "DATABASE_OWNER_URL": f"postgres://clearance_owner@/clearance?host={folder}",
        "BROKER_URL": f"redis+socket://{folder}/none.sock",
        "CACHE_URL": f"unix://{folder}/none.sock",
        AS_OWNER: "0",
    }
