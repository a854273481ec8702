"""Tiers of access, the holds that reduce it, and what the gate may answer. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class AccessTier(StrEnum):
    """What a customer may use, from nothing to rented compute. Each tier includes those before it."""

    NONE = "none"
    SANDBOX = "sandbox"
    STANDARD = "standard"
    FRONTIER = "frontier"
    COMPUTE = "compute"

    @property
    def rank(self) -> int:
        return _TIER_RANK[self]

    def covers(self, needed: AccessTier) -> bool:
        return self.rank >= needed.rank


_TIER_RANK = {tier: rank for rank, tier in enumerate(AccessTier)}


class HoldKind(StrEnum):
    """Why access is reduced. The value stands in kyc_hold.kind (12 characters)."""

    SANCTIONS = "sanctions"
    GEO = "geo"
    OWNERSHIP = "ownership"
    ATTESTATION = "attestation"
    CLUSTER = "cluster"  # shares addresses or devices with many others
    PAYMENT = "payment"
    MANUAL = "manual"
    EXPIRED = "expired"


class AccessOutcome(StrEnum):
    """What the gate answers; several rules may speak, the worst wins."""

    ALLOW = "allow"
    CHALLENGE = "challenge"  # a state the customer can leave alone
    REVIEW = "review"  # a person must look; until then it is a no
    DENY = "deny"

    @property
    def priority(self) -> int:
        return _OUTCOME_PRIORITY[self]


_OUTCOME_PRIORITY = {outcome: priority for priority, outcome in enumerate(AccessOutcome)}


class Challenge(StrEnum):
    """What takes a customer out of a challenge."""

    SECOND_FACTOR = "second_factor"
    IDENTITY = "identity"  # a new look at an identity document
    EGRESS = "egress"  # the address is registered as the customer's own exit
    PERSON = "person"


class Channel(StrEnum):
    """How a model is used."""

    CONSOLE = "console"  # a person in a browser; also sign-up, login and the portal
    API = "api"
    DOWNLOAD = "download"  # open weights under licence


def worst(outcomes: Iterable[AccessOutcome]) -> AccessOutcome:
    """The one with the highest priority; ALLOW for none, because nothing spoke against."""
    return max(outcomes, key=_OUTCOME_PRIORITY.__getitem__, default=AccessOutcome.ALLOW)


def effective_tier(tier: AccessTier, holds: Iterable[AccessTier]) -> AccessTier:
    """The least of the tier and what each standing hold leaves."""
    return min((tier, *holds), key=_TIER_RANK.__getitem__)
