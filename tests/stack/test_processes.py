import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stack.processes import Identity, Service, end_orphan, identity_of, wait_for

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's care for orphans is Linux's")
ROOT = Path(__file__).resolve().parent.parent.parent
PATIENT = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
PARENT = f"""
import os, signal, sys, time
from pathlib import Path
from stack.processes import Service
signal.signal(signal.SIGINT, signal.SIG_IGN)
service = Service("child", [sys.executable, "-c", {PATIENT!r}], Path(sys.argv[1]), dict(os.environ), Path("/"))
service.start()
print(service.pid, flush=True)
time.sleep(60)
"""


def a_service(folder: Path, code: str, **more: object) -> Service:
    service = Service(
        name="child",
        command=[sys.executable, "-c", code],
        log=folder / "child.log",
        environment=dict(os.environ) | {"CLEARANCE_DATA": str(folder)},
        folder=folder,
        **more,  # type: ignore[arg-type]
    )
    service.start()
    assert wait_for(lambda: service.said("up") or not service.alive, seconds=20)
    return service


class AService:
    def test_goes_when_asked(self, tmp_path: Path) -> None:
        service = a_service(tmp_path, PATIENT)
        assert service.finish()
        assert not service.alive

    def test_that_does_not_listen_is_killed(self, tmp_path: Path) -> None:
        service = a_service(tmp_path, STUBBORN, stops=((signal.SIGTERM, 0.2),))
        assert not service.finish()
        assert not service.alive

    def test_is_given_its_signals_in_turn(self, tmp_path: Path) -> None:
        service = a_service(tmp_path, STUBBORN, stops=((signal.SIGTERM, 0.2), (signal.SIGINT, 20.0)))
        assert service.finish()

    def test_takes_its_own_children_along(self, tmp_path: Path) -> None:
        code = (
            f"import subprocess, sys; c = subprocess.Popen([sys.executable, '-c', {PATIENT!r}]); print(c.pid); c.wait()"
        )
        service = a_service(tmp_path, code)
        child = int(service.log.read_text().splitlines()[1])
        service.finish(hurry=True)
        assert wait_for(lambda: identity_of(child) is None, seconds=10)

    def test_can_be_interrupted_though_its_parent_ignores_interrupts(self, tmp_path: Path) -> None:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            service = a_service(tmp_path, PATIENT, stops=((signal.SIGINT, 20.0),))
        finally:
            signal.signal(signal.SIGINT, before)
        assert service.finish()

    def test_puts_a_long_log_aside(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("stack.processes.LONGEST_LOG", 10)
        service = a_service(tmp_path, "print('up, the first time')")
        assert wait_for(lambda: not service.alive, seconds=20)
        service.start()
        assert "the first time" in (tmp_path / "child.log.1").read_text()
        service.finish()

    def test_tells_its_complaint_rather_than_what_came_after(self, tmp_path: Path) -> None:
        service = a_service(tmp_path, "print('up'); print('FATAL: no room'); print('shut down')")
        service.finish()
        assert service.last_words() == "FATAL: no room"

    def test_tells_its_last_words(self, tmp_path: Path) -> None:
        service = a_service(tmp_path, "print('first'); print('up and away'); print()")
        assert service.finish()
        assert service.last_words() == "up and away"

    def test_is_not_believed_what_it_said_before_it_was_started_again(self, tmp_path: Path) -> None:
        service = a_service(tmp_path, PATIENT)
        service.finish()
        service.command = [sys.executable, "-c", "print('down')"]
        service.start()
        assert wait_for(lambda: service.said("down"), seconds=20)
        assert not service.said("up")
        service.finish()


class AnIdentity:
    def test_names_this_process(self) -> None:
        identity = identity_of(os.getpid())
        assert identity is not None
        assert identity == identity_of(os.getpid())

    def test_is_none_for_a_process_that_ended(self, tmp_path: Path) -> None:
        service = a_service(tmp_path, PATIENT)
        service.finish()
        assert identity_of(service.pid) is None


class AnOrphan:
    def test_is_ended(self, tmp_path: Path) -> None:
        service = a_service(tmp_path, PATIENT)
        orphan = identity_of(service.pid)
        assert orphan is not None
        assert end_orphan(orphan, mark=f"CLEARANCE_DATA={tmp_path}", kind=signal.SIGTERM, seconds=10)
        assert identity_of(service.pid) is None
        service.finish()

    def test_is_not_a_later_process_with_the_same_number(self, tmp_path: Path) -> None:
        service = a_service(tmp_path, PATIENT)
        former = Identity(service.pid, "an earlier start")
        assert not end_orphan(former, mark="CLEARANCE_DATA=/another/folder", kind=signal.SIGTERM, seconds=1)
        assert service.alive
        service.finish()

    @LINUX
    def test_whose_leader_is_gone_is_ended_by_its_mark(self, tmp_path: Path) -> None:
        code = (
            f"import subprocess, sys; c = subprocess.Popen([sys.executable, '-c', {PATIENT!r}]); print(c.pid); c.wait()"
        )
        service = a_service(tmp_path, code)
        child, leader = int(service.log.read_text().splitlines()[1]), identity_of(service.pid)
        assert leader is not None
        os.kill(service.pid, signal.SIGKILL)
        assert service.process is not None
        service.process.wait()
        assert identity_of(child) is not None
        assert not end_orphan(leader, mark=f"CLEARANCE_DATA={tmp_path}", kind=signal.SIGTERM, seconds=1)
        assert wait_for(lambda: identity_of(child) is None, seconds=10)

    @LINUX
    def test_is_told_by_the_kernel_when_its_stack_is_killed(self, tmp_path: Path) -> None:
        parent = subprocess.Popen(
            [sys.executable, "-c", PARENT, str(tmp_path / "log")], stdout=subprocess.PIPE, cwd=ROOT
        )
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert identity_of(child) is not None
        parent.kill()
        parent.communicate()
        assert wait_for(lambda: identity_of(child) is None, seconds=10)
