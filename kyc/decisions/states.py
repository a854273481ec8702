"""Outcomes of a decision. Pure."""

from __future__ import annotations

from enum import StrEnum


class DecisionOutcome(StrEnum):
    APPROVED = "approved"
    APPROVED_LIMITED = "approved_limited"
    REJECTED = "rejected"
    RESTRICTED = "restricted"
    SUSPENDED = "suspended"
    CLOSED = "closed"


# outcomes that let a customer in
GRANTS = frozenset({DecisionOutcome.APPROVED, DecisionOutcome.APPROVED_LIMITED})
