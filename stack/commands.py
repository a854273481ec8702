"""Django's commands: each joins the running stack of its data folder, or has what it needs for its own duration."""

import contextlib
from collections.abc import Iterator, Mapping, MutableMapping
from enum import Enum
from pathlib import Path

from stack.engine import Engine
from stack.environment import AS_OWNER, base_environment, needs_of, with_folder_in_path
from stack.interrupts import let_commands_end
from stack.locks import Lock
from stack.places import Places
from stack.processes import wait_for
from stack.progress import say
from stack.state import RUN, SERVICES, State
from stack.supervisor import Supervisor, read_listen
from stack.trouble import Stopped, Trouble

JOIN_SECONDS = 180.0  # a cold start of another command may be under way


class Need(Enum):
    """How much of the stack a command needs."""

    NOTHING = "nothing"
    STORES = "database and broker"
    ALL = "the whole stack, with web server and workers"


WITHOUT_STORES = {
    "bench_identity",
    "bench_rescreening",  # makes an installation of its own
    "bench_screening",
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "install_face_match",
    "makemessages",
    "makemigrations",
    "spectacular",
    "sqlmigrate",
    "startapp",
    "version",
}
WITH_ALL = {"demo"}
AS_THE_OWNER = {"flush", "makemigrations", "migrate", "secure_database", "showmigrations", "sqlflush", "sqlmigrate"}
MIGRATING = {"flush", "migrate", "showmigrations", "sqlflush"}  # these meet the database as it is


def need_of(name: str, arguments: list[str]) -> Need:
    if name in WITHOUT_STORES or {"-h", "--help"} & set(arguments):
        return Need.NOTHING
    return Need.ALL if name in WITH_ALL else Need.STORES


@contextlib.contextmanager
def surroundings(
    places: Places, environment: MutableMapping[str, str], name: str, arguments: list[str]
) -> Iterator[None]:
    """Have what the command needs while the block runs; `environment` (the process's own) is completed.

    Raises Trouble.
    """
    let_commands_end()
    if name in AS_THE_OWNER:
        environment[AS_OWNER] = "1"
    need = need_of(name, arguments)
    needs = needs_of(environment)
    if need is Need.NOTHING or (need is Need.STORES and not needs.anything):
        environment.update(base_environment(places, environment))
        yield
        return
    places.make()
    guests = Lock(places.guests_lock)
    supervisor = Supervisor(places, environment, read_listen([], environment))
    engine = supervisor.engine
    if not engine.hold(RUN if need is Need.ALL else SERVICES):
        with _as_guest(guests, engine, need):
            environment.update(joined_environment(engine, environment))
            yield
    elif need is Need.ALL:
        with _whole_stack(supervisor, environment):
            yield
    else:
        try:
            engine.start()
            if name not in MIGRATING:
                engine.prepare(pages=False)
            engine.open_to_others()
            environment.update(engine.environment)
            yield
        finally:
            _wait_for_guests(guests)
            engine.close()


def joined_environment(engine: Engine, environment: Mapping[str, str]) -> dict[str, str]:
    """The running stack's environment; what the person set for this command alone still wins."""
    state = engine.holder()
    assert state is not None
    joined = {name: value for name, value in state.environment.items() if name not in environment}
    if state.programs:
        joined["PATH"] = with_folder_in_path(Path(state.programs), environment)
    return joined


@contextlib.contextmanager
def _as_guest(guests: Lock, engine: Engine, need: Need) -> Iterator[None]:
    """Join: the shared lock tells a short-lived owner to wait for us before it stops the stores."""
    if not wait_for(lambda: is_enough(engine.holder(), need), seconds=JOIN_SECONDS, pause=0.1):
        raise Trouble(
            f"Another manage.py command works in {engine.places.data} and does not offer {need.value}. "
            "End it, or use `run`."
        )
    guests.take(shared=True, wait=True)
    try:
        yield
    finally:
        guests.release()


def is_enough(state: State | None, need: Need) -> bool:
    if state is None or not state.ready:
        return False
    return need is not Need.ALL or bool(state.kind == RUN and state.url)


@contextlib.contextmanager
def _whole_stack(supervisor: Supervisor, environment: MutableMapping[str, str]) -> Iterator[None]:
    supervisor.interrupts.install()
    try:
        supervisor.bring_up()
        let_commands_end()
        environment.update(supervisor.engine.environment)
        yield
    except Stopped:
        raise KeyboardInterrupt from None
    finally:
        supervisor.interrupts.install()
        supervisor.take_down()


def _wait_for_guests(guests: Lock) -> None:
    if not guests.take():
        say("waiting for other commands that use this database")
        with contextlib.suppress(KeyboardInterrupt):
            guests.take(wait=True)
    guests.release()
