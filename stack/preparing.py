"""What must be true before pages can be served: tables migrated, rights set, static files collected.

Each is skipped in milliseconds when nothing changed. What the tables were made from is noted inside the
database cluster, and checked against the migrations the database itself lists, so that a restored, emptied or
rolled-back database is noticed.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stack.environment import AS_OWNER
from stack.places import Places
from stack.postgres import OWNER, Cluster
from stack.processes import kill_session, spawn, wait_for
from stack.progress import say
from stack.trouble import Trouble

SECONDS_PER_STEP = 600.0
ROWS_SQL = "SELECT md5(coalesce(string_agg(app || '.' || name, ',' ORDER BY app, name), '')) FROM django_migrations"


@dataclass(frozen=True)
class Step:
    """One Django command run in its own process, with its own log."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]


def prepare_database(
    places: Places,
    environment: Mapping[str, str],
    cluster: Cluster | None,
    note: dict[str, str],
    *,
    beside: Sequence[Step] = (),
) -> dict[str, str]:
    """Migrate as the owner, then take from the product's role what it must not do; `beside` runs at the same time.

    Returns the note as it is kept afterwards. Raises Trouble with the failing command's last words.
    """
    wanted = schema_fingerprint(places.root)
    if cluster is not None and note.get("schema") == wanted and note.get("rows") == cluster.ask(ROWS_SQL, role=OWNER):
        run_steps(places, beside)
        return note
    say("migrating the database")
    owner = dict(environment) | {AS_OWNER: "1"}
    run_steps(places, [Step("migrate", ["migrate", "--noinput"], owner), *beside])
    run_steps(places, [Step("secure_database", ["secure_database"], owner)])
    if cluster is not None:
        note = note | {"schema": wanted, "rows": cluster.ask(ROWS_SQL, role=OWNER)}
        cluster.keep_note(write_note(note))
    return note


def static_steps(places: Places, environment: Mapping[str, str]) -> list[Step]:
    """The one step that collects static files, or none when they are as they were."""
    wanted = static_fingerprint(places.root)
    if read_stamp(places.static_stamp) == wanted and (places.data / "static").is_dir():
        return []
    return [Step("collectstatic", ["collectstatic", "--noinput", "-v", "0"], environment)]


def stamp_static(places: Places) -> None:
    places.static_stamp.write_text(static_fingerprint(places.root))


def location_steps(places: Places, environment: Mapping[str, str]) -> list[Step]:
    """The one step that compiles the location data of the packages, or none when it is there."""
    if read_stamp(places.location_stamp) == location_fingerprint(places.root) and (places.data / "geo").is_dir():
        return []
    return [Step("refresh_geo", ["refresh_geo"], environment)]


def stamp_location(places: Places) -> None:
    places.location_stamp.write_text(location_fingerprint(places.root))


def run_steps(places: Places, steps: Sequence[Step]) -> None:
    """Run the commands at the same time and wait for all. Raises Trouble for the first that failed."""
    started = [(step, _start(places, step)) for step in steps]
    try:
        ended = wait_for(lambda: all(process.poll() is not None for _, process in started), seconds=SECONDS_PER_STEP)
    except BaseException:
        _kill(started)
        raise
    if not ended:
        _kill(started)
        raise Trouble(f"{' and '.join(step.name for step in steps)} did not end within {SECONDS_PER_STEP:.0f} s.")
    for step, process in started:
        if process.returncode != 0:
            raise Trouble(f"{step.name} failed: {_last_words(_log(places, step))} (see {_log(places, step)})")


def django_command(arguments: Iterable[str]) -> list[str]:
    return [sys.executable, "-m", "django", *arguments]


# ------------------------------------------------------------------------------------------------ what changed
def schema_fingerprint(root: Path) -> str:
    """Changes with any migration, with the packages' own, and with the rules for the product's rights."""
    files = [root / "requirements.txt", root / "config" / "settings.py"]
    files += [root / "kyc" / "management" / "commands" / "secure_database.py", *sorted(root.glob("*/migrations/*.py"))]
    return _digest(root, files, lambda path: path.read_bytes())


def static_fingerprint(root: Path) -> str:
    """Changes with any static file's size or time, and with the packages that bring their own."""
    files = [root / "requirements.txt"]
    files += sorted(path for folder in ("static", "*/static") for path in root.glob(f"{folder}/**/*") if path.is_file())
    return _digest(root, files, lambda path: f"{path.stat().st_size} {path.stat().st_mtime_ns}".encode())


def location_fingerprint(root: Path) -> str:
    """Changes with the packages that bring the data, and with the way it is compiled."""
    files = [root / "requirements.txt", *(root / "kyc" / "geo" / name for name in ("build.py", "mmdb.py"))]
    return _digest(root, files, lambda path: path.read_bytes())


def read_note(note: str) -> dict[str, str]:
    """The note kept with the database; empty when somebody else wrote there."""
    try:
        read = json.loads(note) if note else {}
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in read.items()} if isinstance(read, dict) else {}


def write_note(note: Mapping[str, str]) -> str:
    return json.dumps(dict(note))


def read_stamp(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _digest(root: Path, files: Iterable[Path], read: Callable[[Path], bytes]) -> str:
    digest = hashlib.sha256()
    for path in files:
        content = read(path)
        digest.update(f"{path.relative_to(root)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


# ------------------------------------------------------------------------------------------------ processes
def _start(places: Places, step: Step) -> "subprocess.Popen[bytes]":
    with _log(places, step).open("wb") as log:
        return spawn(
            django_command(step.arguments), environment=step.environment, folder=places.root, output=log.fileno()
        )


def _kill(started: "Sequence[tuple[Step, subprocess.Popen[bytes]]]") -> None:
    for _, process in started:
        kill_session(process.pid)
        process.wait()


def _log(places: Places, step: Step) -> Path:
    return places.logs / f"{step.name}.log"


def _last_words(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "nothing in the log"
