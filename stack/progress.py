"""Plain progress lines with the seconds since the command was typed; nothing that needs a terminal."""

import sys
import time
from collections.abc import Mapping, MutableMapping

STARTED = "CLEARANCE_STARTED"  # carries the start over the change of interpreter
_started = time.time()


def take_start(environment: MutableMapping[str, str]) -> None:
    """Count from where the interpreter before us began; children of ours must not see it."""
    global _started
    _started = float(environment.pop(STARTED, _started))


def handed_on(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for an interpreter that goes on in our place."""
    return dict(environment) | {STARTED: f"{_started:.3f}"}


def say(text: str) -> None:
    print(f"{time.time() - _started:7.1f} s  {text}", file=sys.stderr, flush=True)
