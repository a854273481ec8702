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
    party: Party, matches: Sequence[Match], editions: ActiveEditions, *, policy: MatchingPolicy, today: date
) -> tuple[Judged, ...]:
    """Matches of one party brought together by listed party, with effects and fingerprints. Two queries, or none."""
    if not matches:
        return ()
    groups = entries_by_group(groups_of(match.key for match in matches), editions.ids)
    listed = {group: [listing_of(entry, today) for entry in entries] for group, entries in groups.items()}
    return judge(party, matches, listed, policy=policy, key=keyring().derive("fingerprint"))
