"""The numbers of fetching lists. When a list is stale stands beside its source. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kyc.policy.numbers import number


@dataclass(frozen=True, slots=True)
class DownloadPolicy:
    version: str
    in_force_from: date
    most_bytes: int = number(
        300 * 1024 * 1024,
        "bytes",
        "Of one file; each source has its own, lower cap.",
        "the largest official file (SDN_ADVANCED.XML) is about 120 MB",
    )
    timeout_seconds: float = number(20.0, "seconds", "Without a byte.", "house rule")
    whole_seconds: float = number(300.0, "seconds", "For one file, however slowly it trickles.", "house rule")
    attempts: int = number(3, "attempts", "Before the source counts as not reached.", "house rule")
    pause_seconds: float = number(1.0, "seconds", "Before the second attempt; doubles with each.", "house rule")
    check_hours: float = number(
        6.0, "hours", "A source that answered is not asked again sooner.", "the CSL is rebuilt hourly, others daily"
    )


CURRENT = DownloadPolicy(version="lists-2026-11-23.1", in_force_from=date(2026, 11, 23))

# of the files that a person brings to the console, together; what takes longer to read is the command's
MOST_UPLOADED_BYTES = 40 * 1024 * 1024
