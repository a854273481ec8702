"""`manage.py run`: everything up, watched, and down again in order."""

import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from signal import SIGQUIT, SIGTERM

from stack.engine import Engine
from stack.environment import needs_of
from stack.interrupts import Interrupts
from stack.pages import HEALTH, PAGES, Answer, Server, server_at
from stack.places import Places
from stack.ports import choose_port, read_port
from stack.postgres import PORT, PRODUCT
from stack.preparing import Step, run_steps
from stack.processes import Service, wait_for
from stack.progress import say
from stack.state import RUN
from stack.trouble import Stopped, Trouble

HOST = "127.0.0.1"
PAGE_SECONDS = 120.0
WORKER_SECONDS = 120.0
WATCH_SECONDS = 0.2
MOST_RESTARTS, RESTARTS_WITHIN_SECONDS = 5, 300.0
WEB_THREADS = 8
# The gate computes, and asks the database now and then: more threads would only wait for each other.
GATE_THREADS, GATE_SETTINGS = 3, "config.gate"
SEEDED = "seeded"
# Celery tells root at every start that it is root; on the embedded default root is what a container gives.
NO_ROOT_WARNING = "ignore:You're running the worker with superuser privileges"


@dataclass(frozen=True)
class Listen:
    """Where the web server shall listen; a port that was not asked for may move to the next free one."""

    host: str
    port: int | None


def read_listen(arguments: list[str], environment: Mapping[str, str]) -> Listen:
    """From `--host H --port N`, else CLEARANCE_HOST and CLEARANCE_PORT. Raises Trouble on anything else."""
    host = environment.get("CLEARANCE_HOST") or HOST
    named = environment.get("CLEARANCE_PORT")
    port = read_port(named, "CLEARANCE_PORT") if named else None
    rest = list(arguments)
    while rest:
        option, _, value = rest.pop(0).partition("=")
        if option not in ("--host", "--port"):
            raise Trouble(f"`run` does not know {option}; it takes --host and --port.")
        if not value:
            if not rest:
                raise Trouble(f"{option} needs a value.")
            value = rest.pop(0)
        if option == "--port":
            port = read_port(value, "--port")
        else:
            host = value
    return Listen(host=host, port=port)


class Supervisor:
    """One whole stack. `bring_up`, then `watch` or some work of the caller's, then `take_down`, whatever happened."""

    def __init__(self, places: Places, environment: Mapping[str, str], listen: Listen) -> None:
        self.places = places
        self.given = environment
        self.listen = listen
        self.engine = Engine(places, environment)
        self.services: list[Service] = []
        self.url = ""
        self.interrupts = Interrupts()
        self._restarts: list[float] = []

    # ------------------------------------------------------------------------------------------ up
    def bring_up(self) -> None:
        """Everything from nothing to answering pages. The folder must be held. Raises Trouble or Stopped."""
        port = choose_port(self.listen.host, self.listen.port)
        needs = needs_of(self.given)
        started = [name for name, wanted in (("PostgreSQL", needs.database), ("broker", needs.broker)) if wanted]
        if started:
            say(f"starting {' and '.join(started)}")
        self.engine.start()
        self._name_url(port)
        self.engine.prepare(pages=True)
        say("starting web server, workers and beat")
        self.services = self._services(port)
        for service in self.services:
            service.start()
            self.engine.register(service)
        self.engine.open_to_others()  # commands that need the database alone
        server = server_at(self.listen.host, port, self.url)
        self._wait_for_pages(server)
        self._wait_for_gate()
        self._wait_for_workers()
        self._seed()
        self.engine.open_to_others(url=self.url)

    def _name_url(self, port: int) -> None:
        """The public address: the person's own, else this machine's name for itself."""
        host = "localhost" if self.listen.host in ("127.0.0.1", "::1", "0.0.0.0", "::") else self.listen.host
        self.url = self.given.get("CLEARANCE_BASE_URL") or f"http://{host}:{port}"
        self.engine.environment |= {"CLEARANCE_BASE_URL": self.url, "CLEARANCE_PORT": str(port)}

    def _services(self, port: int) -> list[Service]:
        environment = self.engine.environment
        warnings = ",".join(filter(None, (environment.get("PYTHONWARNINGS"), NO_ROOT_WARNING)))
        for_celery = environment | {"PYTHONWARNINGS": warnings}
        workers = int(environment.get("CLEARANCE_WEB_WORKERS") or 1)
        web = self._server(port, workers=workers, threads=WEB_THREADS)
        beat = ["celery", "-A", "config.celery", "beat", "--loglevel", "INFO", "--pidfile", ""]
        beat += ["--schedule", str(self.places.data / "beat-schedule")]
        return [
            self._service("web", web, environment),
            self._worker("interactive", for_celery, processes=2),
            self._worker("bulk", for_celery, processes=1, niceness=5),
            self._service("beat", beat, for_celery),
            *self._gate(environment),
        ]

    def _server(self, port: int, *, workers: int, threads: int) -> list[str]:
        command = ["granian", "--interface", "wsgi", "--no-ws", "--host", self.listen.host, "--port", str(port)]
        command += ["--workers", str(workers), "--blocking-threads", str(threads), "--respawn-failed-workers"]
        return [*command, "--workers-kill-timeout", "3", "config.wsgi:application"]

    def _gate(self, environment: Mapping[str, str]) -> list[Service]:
        """A server that is the gate alone, where CLEARANCE_GATE_PORT asks for one; the web server answers as well."""
        if not environment.get("CLEARANCE_GATE_PORT"):
            return []
        port = read_port(environment["CLEARANCE_GATE_PORT"], "CLEARANCE_GATE_PORT")
        workers = int(environment.get("CLEARANCE_GATE_WORKERS") or 1)
        command = self._server(port, workers=workers, threads=GATE_THREADS)
        return [self._service("gate", command, {**environment, "DJANGO_SETTINGS_MODULE": GATE_SETTINGS})]

    def _worker(self, queue: str, environment: Mapping[str, str], *, processes: int, niceness: int = 0) -> Service:
        return worker_service(self.places, queue, environment, processes=processes, niceness=niceness)

    def _service(self, name: str, command: list[str], environment: Mapping[str, str]) -> Service:
        return Service(
            name=name,
            command=[sys.executable, "-m", *command],
            log=self.places.logs / f"{name}.log",
            environment=environment,
            folder=self.places.root,
        )

    def _wait_for_pages(self, server: Server) -> None:
        web = self.services[0]

        def answers(path: str) -> Answer:
            if not web.alive:
                raise Trouble(f"The web server ended: {web.last_words()} (see {web.log})")
            return server.get(path, seconds=10.0)

        if not wait_for(lambda: answers(HEALTH).good, seconds=PAGE_SECONDS, pause=0.1):
            raise Trouble(f"{self.url}{HEALTH} did not answer 200 within {PAGE_SECONDS:.0f} s (see {web.log})")
        for path in PAGES:
            answer = answers(path)
            if not answer.good:
                raise Trouble(f"{self.url}{path} answers {answer.status or 'nothing'} instead of 200 (see {web.log})")
        say(f"pages answer at {self.url}")

    def _wait_for_gate(self) -> None:
        """The gate's own process, where there is one."""
        gate = next((service for service in self.services if service.name == "gate"), None)
        if gate is None:
            return
        port = self.engine.environment["CLEARANCE_GATE_PORT"]
        server = server_at(self.listen.host, int(port), f"http://{self.listen.host}:{port}")
        if not wait_for(lambda: not gate.alive or server.get(HEALTH, seconds=5.0).good, seconds=PAGE_SECONDS):
            raise Trouble(f"The gate did not answer within {PAGE_SECONDS:.0f} s (see {gate.log})")
        if not gate.alive:
            raise Trouble(f"The gate ended: {gate.last_words()} (see {gate.log})")
        say(f"the gate answers at http://{self.listen.host}:{port}/api/v1/access/ as well")

    def _wait_for_workers(self) -> None:
        """A worker says "ready." in its log once it takes messages."""
        waiting = [service for service in self.services if service.name.startswith("worker-")]

        def all_ready() -> bool:
            for service in waiting:
                if not service.alive:
                    raise Trouble(f"{service.name} ended: {service.last_words()} (see {service.log})")
            return all(service.said(" ready.") for service in waiting)

        if not wait_for(all_ready, seconds=WORKER_SECONDS, pause=0.1):
            raise Trouble(f"The workers were not ready within {WORKER_SECONDS:.0f} s (see {self.places.logs})")

    def _seed(self) -> None:
        """The demonstration's people and customers, once per database, through the doors that real ones use."""
        if self.engine.environment.get("CLEARANCE_DEMO") != "1" or self.engine.is_noted(SEEDED):
            return
        say("filling the demonstration (once)")
        run_steps(self.places, [Step("seed_demo", ["seed_demo"], self.engine.environment)])
        self.engine.keep_in_note(SEEDED)

    # ------------------------------------------------------------------------------------------ watching
    def watch(self) -> None:
        """Until Ctrl-C: start again what ends by itself. Raises Trouble when something keeps ending."""
        while not self.interrupts.count:
            for service in self._all_services():
                if not service.alive and not self.interrupts.count:
                    self._start_again(service)
            time.sleep(WATCH_SECONDS)

    def _start_again(self, service: Service) -> None:
        assert service.process is not None
        say(f"{service.name} ended (exit {service.process.returncode}): {service.last_words()} (see {service.log})")
        now = time.monotonic()
        self._restarts = [then for then in self._restarts if now - then < RESTARTS_WITHIN_SECONDS] + [now]
        if len(self._restarts) > MOST_RESTARTS:
            raise Trouble(
                f"Services ended {len(self._restarts)} times in {RESTARTS_WITHIN_SECONDS / 60:.0f} minutes; giving up."
            )
        say(f"starting {service.name} again ({len(self._restarts)} of {MOST_RESTARTS})")
        self.engine.start_again(service)

    def _all_services(self) -> list[Service]:
        return [*self.engine.services(), *self.services]

    # ------------------------------------------------------------------------------------------ down
    def take_down(self) -> None:
        """Web, beat and workers first, together; then the broker; then the database."""
        self.interrupts.only_count()
        if self.services:
            say("stopping web server, beat and workers")
        for service in self.services:
            service.ask_to_stop()
        for service in self.services:
            if not service.finish(hurry=self.interrupts.count > 1):
                say(f"{service.name} did not stop in time and was killed")
        self.engine.close(hurry=self.interrupts.count > 1)


TAKEN_BY = {"bulk": "rescreening,bulk"}  # queues that one worker takes from in turn


def worker_service(
    places: Places, queue: str, environment: Mapping[str, str], *, processes: int, niceness: int = 0
) -> Service:
    """A worker per queue, so that a long re-screening never stands before a customer who waits."""
    queues = ",".join(TAKEN_BY.get(name, name) for name in queue.split(","))
    command = [sys.executable, "-m", "celery", "-A", "config.celery", "worker", "--queues", queues]
    command += ["--hostname", f"{queue}@%h", "--concurrency", str(processes), "--loglevel", "INFO"]
    command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return Service(
        name=f"worker-{queue}",
        command=command,
        log=places.logs / f"worker-{queue}.log",
        environment=environment,
        folder=places.root,
        stops=((SIGTERM, 8.0), (SIGQUIT, 4.0)),  # finish the task in hand; then give it back
        orphan_signal=SIGQUIT,
        niceness=niceness,
    )


# ------------------------------------------------------------------------------------------------ the command
def run(places: Places, environment: Mapping[str, str], arguments: list[str]) -> int:
    """`manage.py run`. Raises Trouble."""
    supervisor = Supervisor(places, environment, read_listen(arguments, environment))
    supervisor.interrupts.install()
    try:
        hold_for_run(supervisor.engine, places)
        supervisor.bring_up()
        supervisor.interrupts.only_count()
        print(block(supervisor), flush=True)
        supervisor.watch()
    except Stopped:
        pass
    finally:
        supervisor.take_down()
    say("stopped")
    return 0


def hold_for_run(engine: Engine, places: Places) -> None:
    """Hold the folder, waiting a little for a command that is about to end. Raises Trouble with who has it."""
    if engine.hold(RUN):
        return
    other = engine.holder()
    if other is not None and other.kind == RUN:
        where = f" at {other.url}" if other.url else ""
        raise Trouble(f"Clearance already runs in {places.data} (pid {other.supervisor.pid}){where}.")
    say("waiting for another manage.py command in this folder to end")
    if not wait_for(lambda: engine.hold(RUN), seconds=20.0, pause=0.2):
        raise Trouble(f"Another manage.py command works in {places.data}. End it first.")


def block(supervisor: Supervisor) -> str:
    """What the person needs to know, in one piece."""
    places, url = supervisor.places, supervisor.url
    lines = [
        "",
        "Clearance is running.",
        f"  portal      {url}/",
        f"  console     {url}/console/",
        f"  API docs    {url}/api/v1/docs/",
    ]
    lines += _login_lines(places)
    lines.append(f"  data        {places.data}  (logs in {places.logs.name}/, keys in {places.keys.name}/)")
    cluster = supervisor.engine.cluster
    if cluster is not None:
        lines.append(f"  database    psql -h {cluster.sockets} -p {PORT} -U {PRODUCT} {PRODUCT}")
    lines += [f"  stop        Ctrl-C here, or: python3 manage.py stop  (pid {os.getpid()})", ""]
    return "\n".join(lines)


def _login_lines(places: Places) -> list[str]:
    """The demonstration alone: which list it uses, and demo-logins.json, a list of {"role", "email", "password"}."""
    if not places.demo_logins.exists():
        return []
    logins = json.loads(places.demo_logins.read_text())
    width = max((len(login["role"]) for login in logins), default=0)
    return [
        "  lists       the bundled SAMPLE; a worker asks for the official one, see the console's watch lists",
        "  demonstration logins",
        *(f"    {login['role']:<{width}}  {login['email']}  {login['password']}" for login in logins),
    ]
