"""`manage.py`'s front door: the stack's own commands, and the surroundings for Django's."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from stack.bench import bench
from stack.commands import surroundings
from stack.environment import base_environment
from stack.lint import lint
from stack.locales import enforce_utf8
from stack.locks import Lock
from stack.packages import DEV, RUNTIME, python_for, relock
from stack.places import Places, places_for
from stack.processes import identity_of, wait_for
from stack.progress import handed_on, say, take_start
from stack.state import RUN, read_state
from stack.suite import run_tests
from stack.supervisor import run
from stack.trouble import Stopped, Trouble

ROOT = Path(__file__).resolve().parent.parent
USAGE = """\
Clearance. Nothing but Python 3.11 or newer is needed; the first start installs the rest in .venv and var.

  python3 manage.py run [--port N] [--host H]   start everything and say where it is; Ctrl-C stops it
  python3 manage.py stop                        stop it from another terminal
  python3 manage.py status                      say what runs
  python3 manage.py test [--all] [pytest ...]   the whole suite on its own database; --all: slow ones too
  python3 manage.py test --faults               workers killed, stores restarted, disks full in the middle of a run
  python3 manage.py demo                        walk the whole road, one printed line a step
  python3 manage.py bench [--full] [--json DIR] every measurement against its aims, minutes each
  python3 manage.py lint                        style, types, import contracts, migrations, deploy checks
  python3 manage.py lock [--upgrade]            write requirements*.txt anew from pyproject.toml
  python3 manage.py COMMAND ...                 any Django command, e.g. createsuperuser, shell, verify_audit
  python3 manage.py help --commands             the names of all Django commands

Joins the stack that runs in the data folder (CLEARANCE_DATA, default var), or starts what it needs.
"""
Django = Callable[[list[str]], None]
STOP_SECONDS = 60.0


def main(argv: list[str], django: Django) -> int:
    """Exit code. `django` runs one of Django's commands in this process; it is given in because we import none."""
    take_start(os.environ)
    name, arguments = (argv[1] if len(argv) > 1 else "help"), argv[2:]
    try:
        return _dispatch(argv, name, arguments, django)
    except Trouble as trouble:
        print(f"manage.py {name}: {trouble}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, Stopped):
        print(f"manage.py {name}: interrupted", file=sys.stderr)
        return 130


def _dispatch(argv: list[str], name: str, arguments: list[str], django: Django) -> int:
    places = places_for(ROOT, os.environ)
    if name in ("help", "-h", "--help") and arguments in ([], ["-h"], ["--help"]):
        print(USAGE, end="")
        return 0
    match name:
        case "status":
            return _status(places)
        case "stop":
            return _stop(places)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job has it ignored
    enforce_utf8(os.environ)
    _use_python_with(DEV if name in ("test", "lint", "lock") or name.startswith("bench") else RUNTIME, argv)
    match name:
        case "run":
            return run(places, os.environ, arguments)
        case "test":
            return run_tests(ROOT, os.environ, arguments)
        case "lint":
            return lint(ROOT, os.environ)
        case "lock":
            return relock(ROOT, os.environ, arguments)
        case "bench":
            return bench(ROOT, os.environ, arguments)
        case "help" if arguments == ["--commands"]:
            os.environ.update(base_environment(places, os.environ))
            django([argv[0], "help", "--commands"])
            return 0
    with surroundings(places, os.environ, name, arguments):
        return _code_of(django, argv)


def _code_of(django: Django, argv: list[str]) -> int:
    """Django's commands end by SystemExit when they fail; the surroundings must still be taken down."""
    try:
        django(argv)
    except SystemExit as leaving:
        if isinstance(leaving.code, str):
            print(leaving.code, file=sys.stderr)
            return 1
        return leaving.code or 0
    return 0


def _use_python_with(kind: str, argv: list[str]) -> None:
    """Go on in an interpreter that has the packages and speaks UTF-8; the same process, other program."""
    python = python_for(ROOT, kind, os.environ)
    if python == Path(sys.executable) and sys.flags.utf8_mode:
        return
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(python, [str(python), str(ROOT / "manage.py"), *argv[1:]], handed_on(os.environ))


# ------------------------------------------------------------------------------------------------ another's stack
def _is_held(places: Places) -> bool:
    lock = Lock(places.owner_lock)
    try:
        free = not places.owner_lock.exists() or lock.take()
    except PermissionError:
        raise Trouble(f"{places.data} belongs to somebody else.") from None
    lock.release()
    return not free


def _status(places: Places) -> int:
    state = read_state(places.state) if _is_held(places) else None
    if state is None:
        print(f"Nothing runs in {places.data}.")
        return 3
    what = "Clearance" if state.kind == RUN else "A manage.py command"
    print(f"{what} runs in {places.data} (pid {state.supervisor.pid}){' at ' + state.url if state.url else ''}.")
    for service, identity in state.services.items():
        print(f"  {service:<20} {identity.pid:>7}  {'up' if identity_of(identity.pid) == identity else 'down'}")
    return 0


def _stop(places: Places) -> int:
    state = read_state(places.state) if _is_held(places) else None
    if state is None:
        print(f"Nothing runs in {places.data}.")
        return 0
    if state.kind != RUN:
        raise Trouble(
            f"A manage.py command (pid {state.supervisor.pid}) works in {places.data}; `stop` ends `run` only."
        )
    os.kill(state.supervisor.pid, signal.SIGTERM)
    began = time.monotonic()
    if not wait_for(lambda: not _is_held(places), seconds=STOP_SECONDS, pause=0.1):
        raise Trouble(f"It did not stop within {STOP_SECONDS:.0f} s (pid {state.supervisor.pid}).")
    say(f"stopped in {time.monotonic() - began:.1f} s")
    return 0
