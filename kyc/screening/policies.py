"""Which numbers of the matching policy are in force: the program's own table, and what two people published over it.

The table in kyc.policy.matching is the ground. A publication keeps the numbers that differ from it and a version of
its own, so that a verdict made with either can be told from the other and made again.
"""

from __future__ import annotations

from dataclasses import replace

from kyc.policy.matching import CURRENT, MatchingPolicy
from kyc.policy.versions import POLICY_VERSION
from kyc.screening.models import PublishedPolicy


def published_policy() -> PublishedPolicy | None:
    """The publication in force; None while the program's own table is."""
    return PublishedPolicy.objects.order_by("-pk").first()


def matching_in_force() -> MatchingPolicy:
    """One small query. Names that the program's table no longer has are left out: they decide nothing any more."""
    published = published_policy()
    if published is None or not published.overrides:
        return CURRENT if published is None else replace(CURRENT, version=_named(CURRENT.version, published))
    return replace(
        CURRENT,
        version=_named(CURRENT.version, published),
        in_force_from=published.in_force_from.date(),
        overrides=tuple(sorted(published.overrides.items())),
    )


def policy_version() -> str:
    """The version of the policy as a whole, as verdicts keep it: "2026-11-23.1", with "+3" after a publication."""
    published = published_policy()
    return POLICY_VERSION if published is None else _named(POLICY_VERSION, published)


def _named(version: str, published: PublishedPolicy) -> str:
    return f"{version}+{published.pk}"
