"""From matches to what they mean: the one way in which a screening, a trial and a self-test compare a party."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from kyc.matching.engine import Match
from kyc.matching.types import Party
from kyc.policy.matching import MatchingPolicy
from kyc.screening.queries import listing_of
from kyc.screening.rules import Judged, judge
from kyc.vault.keys import keyring
from kyc.watchlists.queries import ActiveEditions, entries_by_group, groups_of


def judged_of(
    parties: Sequence[Party],
    matches: Sequence[Sequence[Match]],
    editions: ActiveEditions,
    *,
    policy: MatchingPolicy,
    today: date,
) -> list[tuple[Judged, ...]]:
    """The matches of each party brought together by listed party, with effects and fingerprints.

    Two queries for all (one more for each further list), or none where nobody has a match.
    """
    keys = {match.key for each in matches for match in each}
    if not keys:
        return [() for _ in parties]
    groups = entries_by_group(groups_of(keys), editions.ids)
    listed = {group: [listing_of(entry, today) for entry in entries] for group, entries in groups.items()}
    key = keyring().derive("fingerprint")
    return [
        judge(party, each, listed, policy=policy, key=key) if each else ()
        for party, each in zip(parties, matches, strict=True)
    ]
