"""Ctrl-C and SIGTERM: stop what is being started, or ask the running stack to end; a second one hurries it."""

import signal
from types import FrameType

from stack.trouble import Stopped


class Interrupts:
    """Set up explicitly: started in the background by a shell, a process inherits SIGINT as ignored."""

    def __init__(self) -> None:
        self.count = 0
        self._raises = True

    def install(self) -> None:
        for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(kind, self._come)

    def only_count(self) -> None:
        """From now on nothing is torn out of its work: who cares looks at `count`."""
        self._raises = False

    def _come(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        if self._raises:
            self._raises = False  # what is being closed is not interrupted again
            raise Stopped


def let_commands_end() -> None:
    """For one command: Ctrl-C is KeyboardInterrupt again, and SIGTERM ends it through its `finally` blocks."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGHUP, _leave)


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
