"""The numbers of screening that are not about names: how long a clearance lasts, how work is cut. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class ScreeningPolicy:
    """Stored with every screening through POLICY_VERSION; a change raises that."""

    version: str
    in_force_from: date
    clearance_days: int  # a cleared hit stays quiet so long at most, while neither side changes
    most_hits: int  # listed parties compared and kept for one name: beyond that a name is no evidence
    shard_size: int  # customers in one task of a run
    chunk_size: int  # customers between two checkpoints of a task, where each is compared in full
    delta_chunk_size: int  # the same where customers only stream past the changed entries
    claim_seconds: int  # a shard without a checkpoint for so long has lost its worker
    full_pass_days: int  # the backstop: everybody against everything, at least so often
    indexes_kept: int  # folders of earlier editions left on disk, for workers that still map them


CURRENT = ScreeningPolicy(
    version="screening-2026-11-23.1",
    in_force_from=date(2026, 11, 23),
    clearance_days=365,  # EBA/GL/2024/15: decisions on alerts are looked at again, at least yearly
    most_hits=50,
    shard_size=2_000,
    chunk_size=100,
    delta_chunk_size=1_000,
    claim_seconds=120,
    full_pass_days=7,
    indexes_kept=3,
)
