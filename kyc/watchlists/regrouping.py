"""Write down which active entries are the same party, moving as little as possible.

Hits and clearances hang on groups, so a group keeps its row as long as anybody of it stays; kyc.watchlists.grouping
says who belongs together, and what a person split or joined is left as they left it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kyc.watchlists.grouping import Group, group_entries
from kyc.watchlists.models import Entry, EntryGroup, ListedParty, WatchList
from kyc.watchlists.queries import ROWS_AT_ONCE, contents_of, entry_ids_in, in_pieces, key_of


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one active party stands."""

    party: int
    group: int
    by_staff: bool
    reason: str


def groups_of_editions(edition_ids: Sequence[int]) -> tuple[Group, ...]:
    """Which entries of these editions are the same party. Reads all of them: seconds, for all lists together."""
    staffed = ListedParty.objects.filter(group__by_staff=True).values_list("watchlist__code", "uid", "group_id")
    decided = {key_of(code, uid): str(group) for code, uid, group in staffed}
    return group_entries(contents_of(entry_ids_in(edition_ids)), decided)


def apply_groups(groups: Iterable[Group], edition_ids: Sequence[int]) -> int:
    """Move the parties of these editions to where they belong; returns how many moved."""
    places = _places(edition_ids)
    together = [group for group in groups if not group.by_staff]
    reasons = {key: group.reason_of(key)[:300] for group in together for key in group.members}
    homes = _homes(_components(together, places), places)
    moved, changed = 0, []
    for key, home in homes.items():
        place, reason = places[key], reasons.get(key, "")
        if (place.group, place.reason) != (home, reason):
            moved += place.group != home
            changed.append(ListedParty(pk=place.party, group_id=home, link_reason=reason))
    ListedParty.objects.bulk_update(changed, ["group", "link_reason"], batch_size=ROWS_AT_ONCE)
    return moved


def _places(edition_ids: Sequence[int]) -> dict[str, _Place]:
    """{entry key: place} of all active parties, the oldest first."""
    # by primary keys, a table at a time: on tables that were just filled a join is planned without statistics
    codes = dict(WatchList.objects.values_list("pk", "code"))
    staffed = set(EntryGroup.objects.filter(by_staff=True).values_list("pk", flat=True))
    places = {}
    for piece in in_pieces(entry_ids_in(edition_ids)):
        parties = set(Entry.objects.filter(pk__in=piece).values_list("party_id", flat=True))
        rows = ListedParty.objects.filter(pk__in=parties).values_list("watchlist", "uid", "pk", "group", "link_reason")
        for watchlist, uid, pk, group, reason in rows:
            places[key_of(codes[watchlist], uid)] = _Place(pk, group, group in staffed, reason)
    return dict(sorted(places.items(), key=lambda item: item[1].party))


def _components(groups: Sequence[Group], places: dict[str, _Place]) -> Iterator[list[str]]:
    """Everybody who is not in staff's hands, together with whom they belong; the oldest party first."""
    component_of = {key: group.members for group in groups for key in group.members}
    seen: set[str] = set()
    for key, place in places.items():
        if key in seen or place.by_staff:
            continue
        members = [other for other in component_of.get(key, (key,)) if other in places and not places[other].by_staff]
        seen.update(members)
        yield members


def _homes(components: Iterable[list[str]], places: dict[str, _Place]) -> dict[str, int]:
    """{entry key: group}. A group goes to the component that holds the party it is named after, else to the first."""
    components = list(components)
    own_key = dict(
        EntryGroup.objects.filter(pk__in={place.group for place in places.values()}).values_list("pk", "key")
    )
    taken: set[int] = set()
    homes: dict[str, int] = {}
    homeless = []
    for members in components:
        current = sorted({places[key].group for key in members})
        named = [group for group in current if own_key[group] in members and group not in taken]
        if not named:
            homeless.append(members)
            continue
        taken.add(named[0])
        homes |= dict.fromkeys(members, named[0])
    for members in homeless:
        home = _free_group(members, sorted({places[key].group for key in members}), taken)
        taken.add(home)
        homes |= dict.fromkeys(members, home)
    return homes


def _free_group(members: list[str], current: list[int], taken: set[int]) -> int:
    """A group for those whose group stays with others: one that bears a member's name, theirs, or a new one."""
    named = EntryGroup.objects.filter(key__in=members, by_staff=False).order_by("pk").values_list("pk", flat=True)
    for group in (*named, *current):
        if group not in taken:
            return group
    return _new_group(members[0]).pk


def _new_group(key: str) -> EntryGroup:
    code, _, uid = key.partition(":")
    entries = Entry.objects.filter(party__watchlist__code=code, party__uid=uid).order_by("-pk")
    name = entries.values_list("name", flat=True).first() or key
    number = EntryGroup.objects.filter(key__startswith=key).count()
    return EntryGroup.objects.create(key=f"{key}~{number}" if number else key, name=name)
