"""The numbers of screening that are not about names: how long a clearance lasts, how work is cut. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kyc.policy.numbers import number


@dataclass(frozen=True, slots=True)
class ScreeningPolicy:
    """Stored with every screening through POLICY_VERSION; a change raises that."""

    version: str
    in_force_from: date
    clearance_days: int = number(
        365,
        "days",
        "A cleared hit stays quiet so long at most, while neither side changes.",
        "EBA/GL/2024/15: decisions on alerts are looked at again; yearly is ours",
    )
    most_hits: int = number(
        50, "listed parties", "Compared and kept for one name: beyond that a name is no evidence.", "house rule"
    )
    shard_size: int = number(2_000, "customers", "One task of a re-screening run.", "measured: seconds, not minutes")
    delta_shard_size: int = number(
        10_000, "customers", "The same where customers only stream past the changed entries.", "as above"
    )
    chunk_size: int = number(250, "customers", "Between two checkpoints where each is compared in full.", "as above")
    delta_chunk_size: int = number(
        2_000, "customers", "The same where customers only stream past the changed entries.", "as above"
    )
    claim_seconds: int = number(
        30,
        "seconds",
        "Work without a sign of life for so long has lost its worker, and is given to another.",
        "several checkpoints",
    )
    silent_seconds: int = number(
        20, "seconds", "Shards wait and nobody worked on any for so long: beat sends messages again.", "a few chunks"
    )
    coverage_grace_hours: int = number(
        6, "hours", "A customer may be behind for so long, while runs go; then the alarm is raised.", "house rule"
    )
    coverage_proof_hours: int = number(
        2, "hours", "A proof of coverage older than this is told as missing: beat takes one every hour.", "two of them"
    )
    full_pass_days: int = number(
        7, "days", "The backstop: everybody against everything, at least so often.", "house rule"
    )
    indexes_kept: int = number(3, "folders", "Of earlier editions, left for workers that still map them.", "house rule")
    trial_screenings: int = number(
        10_000,
        "screenings",
        "What a trial of another policy compares, those of customers with hits first.",
        "a worker's ten minutes allow several times that",
    )
    trial_differences: int = number(
        500, "rows", "Differences of a trial kept one by one; the counts are kept whole.", "more nobody reads"
    )


CURRENT = ScreeningPolicy(version="screening-2026-11-26.1", in_force_from=date(2026, 11, 26))
