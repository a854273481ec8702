"""Staff say which listed parties are one: whoever has a hit on any of them is owed another screening."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from accounts.models import User
from kyc.customers.services import facts_changed
from kyc.screening.queries import customers_touching
from kyc.watchlists.models import EntryGroup, ListedParty
from kyc.watchlists.services import join_groups, split_group


@transaction.atomic
def split_party(*, party: ListedParty, actor: User, reason: str) -> EntryGroup:
    """Review one listed party on its own from now on. Raises what `split_group` does."""
    old = party.group_id
    new = split_group(party=party, actor=actor, reason=reason)
    _owe_screenings([old, new.pk])
    return new


@transaction.atomic
def join_parties(*, groups: Iterable[EntryGroup], actor: User, reason: str) -> EntryGroup:
    """Review the parties of several groups as one from now on. Raises what `join_groups` does."""
    groups = list(groups)
    kept = join_groups(groups=groups, actor=actor, reason=reason)
    _owe_screenings([group.pk for group in groups])
    return kept


def _owe_screenings(group_ids: Iterable[int]) -> None:
    """As for changed facts: their screenings saw other groups. Each customer by themselves, in order of their keys."""
    for customer in customers_touching(group_ids):
        facts_changed(customer=customer)
