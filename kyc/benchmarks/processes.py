"""What a process costs: its memory as the kernel tells it. Nothing of Django, so that a peer's process may use it."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

_STATUS, _SMAPS = Path("/proc/self/status"), Path("/proc/self/smaps_rollup")


def peak_megabytes() -> float:
    """The most memory this process ever held, in MB of 1,000,000 bytes, shared pages included."""
    if _STATUS.exists():
        # Not ru_maxrss: after a fork and exec that still tells of the parent.
        return _kilobytes(_STATUS, "VmHWM") / 1000 * 1.024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def private_megabytes() -> float | None:
    """What this process alone holds now, without pages that others may share; None where the kernel does not say."""
    if not _SMAPS.exists():
        return None
    return (_kilobytes(_SMAPS, "Private_Clean") + _kilobytes(_SMAPS, "Private_Dirty")) / 1000 * 1.024


def _kilobytes(file: Path, name: str) -> int:
    for line in file.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    return 0
