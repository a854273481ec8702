"""Children of the stack: started so that they cannot outlive it unseen, found again when they did."""

import ctypes
import ctypes.util
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x10000000
NOBODY = 65534  # uid and gid
LONGEST_LOG = 20 * 2**20  # bytes; a longer one is put aside at the next start, and the one before it dropped
COMPLAINT = re.compile(r"error|fatal|panic|refus|cannot|failed", re.IGNORECASE)


@dataclass(frozen=True)
class Identity:
    """A process that cannot be mistaken for a later one with the same number."""

    pid: int
    started: str


@dataclass
class Service:
    """One long-running child with its own log. `stops` are tried in turn: (signal, seconds to wait)."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    folder: Path
    stops: Sequence[tuple[signal.Signals, float]] = ((signal.SIGTERM, 5.0),)
    orphan_signal: signal.Signals = signal.SIGTERM  # what the kernel sends it when the stack is killed (Linux)
    become: Callable[[], None] | None = None  # runs in the child before the command
    niceness: int = 0
    process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)
    _log_start: int = 0
    _asked: bool = False

    def start(self) -> None:
        """Start it, or start it again: then what is left of the one before is killed first."""
        if self.process is not None:
            kill_session(self.process.pid)
        if self.log.exists() and self.log.stat().st_size > LONGEST_LOG:
            self.log.replace(self.log.with_name(self.log.name + ".1"))
        with self.log.open("ab") as log:
            self._log_start, self._asked = log.tell(), False
            log.write(f"---- {time.strftime('%Y-%m-%d %H:%M:%S')} {self.name} starts\n".encode())
            log.flush()
            self.process = spawn(
                self.command,
                environment=self.environment,
                folder=self.folder,
                output=log.fileno(),
                become=self.become,
                orphan_signal=self.orphan_signal,
                niceness=self.niceness,
            )

    @property
    def pid(self) -> int:
        assert self.process is not None, f"{self.name} was not started"
        return self.process.pid

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        """Send the first of its signals, once; several services can so be asked before any is waited for."""
        if self.alive and not self._asked:
            signal_process(self.pid, self.stops[0][0])
        self._asked = True

    def finish(self, *, hurry: bool = False) -> bool:
        """Stop and wait; True when it went by itself. Its whole session is killed in the end, gone or not."""
        if self.process is None:
            return True
        self.ask_to_stop()
        went = not self.alive
        for number, (kind, seconds) in enumerate(() if hurry else self.stops):
            if number:
                signal_process(self.pid, kind)
            if went := self._gone_within(seconds):
                break
        kill_session(self.process.pid)
        self.process.wait()
        return went

    def _gone_within(self, seconds: float) -> bool:
        try:
            self.process.wait(timeout=seconds)  # type: ignore[union-attr]
        except subprocess.TimeoutExpired:
            return False
        return True

    def said(self, words: str) -> bool:
        """Whether the log has these words since the last start."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return words.encode() in log.read()

    def last_words(self) -> str:
        """The log's last complaint since the last start, else its last line, for a one-line message."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            lines = [line.strip() for line in log.read().decode(errors="replace").splitlines()[1:] if line.strip()]
        complaints = [line for line in lines if COMPLAINT.search(line)]
        return (complaints or lines or ["nothing in its log"])[-1]


def spawn(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path,
    output: int,
    become: Callable[[], None] | None = None,
    orphan_signal: signal.Signals = signal.SIGTERM,
    niceness: int = 0,
) -> "subprocess.Popen[bytes]":
    """Start a child in its own session, so that Ctrl-C in the terminal reaches only the stack itself.

    Call it from the main thread: the kernel sends `orphan_signal` when the *thread* that started the child ends.
    """
    parent = os.getpid()

    def prepare() -> None:
        # A shell that starts us in the background ignores SIGINT, and ignored signals are inherited.
        for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP):
            signal.signal(kind, signal.SIG_DFL)
        if become is not None:
            become()
        if niceness:
            os.nice(niceness)
        if sys.platform == "linux":  # after `become`: a change of identity clears it
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(orphan_signal), 0, 0, 0)
            if os.getppid() != parent:  # it died before the kernel was told
                os._exit(1)

    return subprocess.Popen(
        list(command),
        env=dict(environment),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
        preexec_fn=prepare,
    )


def enter_user_namespace() -> None:
    """Let root look like nobody to the child, which keeps root's files: PostgreSQL refuses to run as root.

    Raises OSError where the kernel or a container's profile forbids it.
    """
    if _LIBC.unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{NOBODY} 0 1")
    Path("/proc/self/gid_map").write_text(f"{NOBODY} 0 1")


def become_nobody() -> None:
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def identity_of(pid: int) -> Identity | None:
    """Number and start of a running process; None when there is none (a zombie counts as none)."""
    if sys.platform == "linux":
        fields = _stat_fields(pid)
        return Identity(pid, fields[19]) if fields and fields[0] not in "ZX" else None
    asked = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    started = asked.stdout.strip()
    return Identity(pid, started) if started else None


def signal_process(pid: int, kind: signal.Signals) -> None:
    try:
        os.kill(pid, kind)
    except ProcessLookupError:
        return


def kill_session(leader: int) -> None:
    """Kill what is left of the process group that a child of ours led."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # macOS says "not permitted" for a group of zombies
        return


def end_orphan(orphan: Identity, *, mark: str, kind: signal.Signals, seconds: float) -> bool:
    """End a child that outlived its stack, and what is left of its group. False when it was gone already.

    `mark` is the "NAME=value" that all our children have in their environment.
    """
    still_there = identity_of(orphan.pid) == orphan
    if still_there:
        signal_process(orphan.pid, kind)
        if not wait_for(lambda: identity_of(orphan.pid) != orphan, seconds=seconds):
            kill_session(orphan.pid)
    for member in _group_members(orphan.pid, mark):
        signal_process(member, signal.SIGKILL)
    return still_there


def _group_members(group: int, mark: str) -> list[int]:
    """Processes of a group that are ours by the mark: its number may belong to strangers by now (Linux only)."""
    members = []
    for entry in Path("/proc").glob("[0-9]*"):
        fields = _stat_fields(int(entry.name))
        if not fields or int(fields[2]) != group:
            continue
        try:
            environment = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if os.fsencode(mark) in environment:
            members.append(int(entry.name))
    return members


def wait_for(condition: Callable[[], bool], *, seconds: float, pause: float = 0.02) -> bool:
    """Whether the condition came true in time. Exceptions of the condition pass through."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def _stat_fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the command's name: state is 0, start in ticks is 19. Empty: no process."""
    try:
        line = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return line.rpartition(")")[2].split()
