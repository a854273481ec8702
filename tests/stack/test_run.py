"""`manage.py run` itself, in a copy of the project with its own data folder: started, joined, killed, stopped."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from stack import pages
from stack.processes import identity_of, kill_session, wait_for
from stack.state import State, read_state
from stack.suite import NOT_INHERITED

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parent.parent.parent
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", ".*_cache", ".hypothesis", "tests")
COLD_SECONDS, WARM_SECONDS, STOP_SECONDS = 300.0, 120.0, 60.0  # patience, not promises


class Project:
    """A copy of the project and what can be typed in it."""

    def __init__(self, folder: Path, data: Path) -> None:
        self.folder = folder
        self.data = data
        inherited = {name: value for name, value in os.environ.items() if name not in (*NOT_INHERITED, "SECRET_KEY")}
        self.environment = {name: value for name, value in inherited.items() if "CLEARANCE" not in name}
        self.environment |= {"CLEARANCE_DATA": str(data), "CLEARANCE_PYTHON": "current"}

    def type(self, *words: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=self.folder,
            env=self.environment | settings,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COLD_SECONDS,
            check=False,
        )

    def run(self, *words: str) -> "Running":
        return Running(self, words)

    @property
    def state(self) -> State:
        state = read_state(self.data / "stack.json")
        assert state is not None
        return state


class Running:
    """One `manage.py run`, started as a shell starts a job in the background: with SIGINT ignored."""

    def __init__(self, project: Project, words: tuple[str, ...]) -> None:
        self.project = project
        self.output = project.data.parent / "output"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "run", *words],
                cwd=project.folder,
                env=project.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
            )

    @property
    def said(self) -> str:
        return self.output.read_text()

    def wait_until(self, words: str, seconds: float) -> "Running":
        assert wait_for(lambda: words in self.said or self.process.poll() is not None, seconds=seconds), self.said
        assert words in self.said, self.said
        return self

    def stop(self, kind: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(kind)
        return self.process.wait(timeout=STOP_SECONDS)

    def end(self) -> None:
        """Whatever happened in the test, nothing stays."""
        state = read_state(self.project.data / "stack.json")
        self.process.kill()
        self.process.wait()
        for identity in state.services.values() if state else ():
            if identity_of(identity.pid) == identity:
                kill_session(identity.pid)


@pytest.fixture(scope="module")
def project() -> Iterator[Project]:
    folder = Path(tempfile.mkdtemp(prefix="clr-"))
    shutil.copytree(ROOT, folder / "project", ignore=NOT_COPIED, symlinks=True)
    yield Project(folder / "project", folder / "data")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def running(project: Project) -> Iterator[Running]:
    running = project.run()
    try:
        yield running.wait_until("Clearance is running.", COLD_SECONDS)
    finally:
        running.end()


def page(project: Project, path: str) -> int:
    port = urlsplit(project.state.url).port
    assert port is not None
    return pages.server_at("127.0.0.1", port, project.state.url).get(path, seconds=30).status


class ARunningStack:
    def test_says_where_everything_is(self, running: Running, project: Project) -> None:
        url = project.state.url
        assert [
            line for line in (f"{url}/", f"{url}/console/", f"{url}/api/v1/docs/") if line not in running.said
        ] == []
        assert str(project.data) in running.said
        assert "Ctrl-C" in running.said

    @pytest.mark.parametrize("path", [pages.HEALTH, *pages.PAGES])
    def test_answers(self, running: Running, project: Project, path: str) -> None:
        assert page(project, path) == 200

    def test_is_joined_by_other_commands(self, running: Running, project: Project) -> None:
        code = (
            "import os; from django.db import connection as c; c.ensure_connection(); print(os.environ['BROKER_URL'])"
        )
        joined = project.type("shell", "-v", "0", "-c", code)
        assert joined.stdout.strip() == project.state.environment["BROKER_URL"]

    def test_serves_with_the_products_role(self, running: Running, project: Project) -> None:
        code = (
            "from django.db import connection as c\nwith c.cursor() as k: k.execute('select user'); print(k.fetchone())"
        )
        assert project.type("shell", "-v", "0", "-c", code).stdout.strip() == "('clearance',)"

    def test_is_described_by_status(self, running: Running, project: Project) -> None:
        told = project.type("status")
        assert told.returncode == 0
        assert told.stdout.count(" up\n") == 6

    def test_refuses_a_second_one_in_its_folder_in_one_line(self, running: Running, project: Project) -> None:
        second = project.type("run")
        assert second.returncode == 1
        assert second.stderr.count("\n") == 1
        assert f"already runs in {project.data}" in second.stderr

    @pytest.mark.parametrize("service", ["web", "worker-bulk", "valkey", "postgres"])
    def test_starts_again_what_was_killed(self, running: Running, project: Project, service: str) -> None:
        before = project.state.services[service]
        kill_session(before.pid)
        assert wait_for(lambda: project.state.services[service] != before, seconds=WARM_SECONDS)
        assert wait_for(lambda: page(project, pages.PAGES[0]) == 200, seconds=WARM_SECONDS, pause=0.5)
        assert f"starting {service} again" in running.said

    def test_recovers_after_everything_was_killed(self, running: Running, project: Project) -> None:
        state = project.state
        running.process.kill()
        running.process.wait()
        for identity in state.services.values():
            kill_session(identity.pid)
        again = project.run()
        try:
            again.wait_until("Clearance is running.", WARM_SECONDS)
            assert "migrating" not in again.said
            assert again.stop() == 0
            assert project.type("status").returncode == 3
        finally:
            again.end()


class AStackThatIsStopped:
    @pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
    def test_leaves_nothing_behind(self, project: Project, kind: signal.Signals) -> None:
        running = project.run()
        try:
            running.wait_until("Clearance is running.", COLD_SECONDS)
            services = project.state.services
            assert running.stop(kind) == 0
            assert "was killed" not in running.said
            assert [name for name, identity in services.items() if identity_of(identity.pid) == identity] == []
            assert not (project.data / "stack.json").exists()
        finally:
            running.end()

    def test_while_it_starts_leaves_nothing_behind(self, project: Project) -> None:
        running = project.run()
        try:
            running.wait_until("starting web server", COLD_SECONDS)
            assert wait_for(lambda: "web" in project.state.services, seconds=WARM_SECONDS)
            services = project.state.services
            assert running.stop() == 0
            assert [name for name, identity in services.items() if identity_of(identity.pid) == identity] == []
        finally:
            running.end()

    def test_from_another_terminal_ends_well(self, project: Project) -> None:
        running = project.run()
        try:
            running.wait_until("Clearance is running.", COLD_SECONDS)
            assert project.type("stop").returncode == 0
            assert running.process.wait(timeout=STOP_SECONDS) == 0
        finally:
            running.end()


class AStartThatCannotBe:
    def test_for_a_busy_port_is_one_clear_line(self, project: Project) -> None:
        with contextlib.closing(socket.socket()) as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            refused = project.type("run", "--port", str(port))
        assert refused.returncode == 1
        assert (
            refused.stderr == f"manage.py run: Port {port} is taken or not allowed. "
            "Give another with --port, or none to have one found.\n"
        )

    def test_for_a_folder_that_cannot_be_made_is_one_clear_line(self, project: Project) -> None:
        refused = project.type("run", CLEARANCE_DATA=str(project.folder / "manage.py" / "data"))
        assert refused.returncode == 1
        assert refused.stderr.startswith("manage.py run: Cannot make the folder")
        assert refused.stderr.count("\n") == 1


class ACommandWithoutARunningStack:
    def test_has_the_stores_for_its_own_duration(self, project: Project) -> None:
        code = "from django.core.cache import cache; cache.set('k', 1); print(cache.get('k'))"
        done = project.type("shell", "-v", "0", "-c", code)
        assert (done.returncode, done.stdout.strip()) == (0, "1")
        assert project.type("status").returncode == 3

    def test_that_fails_gives_its_code_and_takes_the_stores_down(self, project: Project) -> None:
        assert project.type("shell", "-v", "0", "-c", "raise SystemExit(7)").returncode == 7
        assert project.type("status").returncode == 3
