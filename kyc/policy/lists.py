"""The numbers of fetching lists. When a list is stale stands beside its source. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class DownloadPolicy:
    version: str
    in_force_from: date
    most_bytes: int  # of one file; the largest official one (SDN_ADVANCED.XML) is about 120 MB
    timeout_seconds: float  # without a byte
    whole_seconds: float  # for one file, however slowly it trickles
    attempts: int
    pause_seconds: float  # before the second attempt; doubles with each
    check_hours: float  # a source that answered is not asked again sooner


CURRENT = DownloadPolicy(
    version="lists-2026-11-23.1",
    in_force_from=date(2026, 11, 23),
    most_bytes=300 * 1024 * 1024,
    timeout_seconds=20.0,
    whole_seconds=300.0,
    attempts=3,
    pause_seconds=1.0,
    check_hours=6.0,
)

# of the files that a person brings to the console, together; what takes longer to read is the command's
MOST_UPLOADED_BYTES = 40 * 1024 * 1024
