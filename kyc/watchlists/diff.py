"""What changed between two editions of a list, and whether the new one may be put in force by itself. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from kyc.findings import Finding
from kyc.policy.editions import CURRENT, EditionPolicy
from kyc.watchlists.entries import ListedEntry, ParseReport
from kyc.watchlists.grouping import name_key

NOT_COMPARED = frozenset({"position", "source", "link"})
_FIELD_WORDS = {
    "names": "names", "kind": "kind", "birth_dates": "birth dates", "birth_places": "places of birth",
    "nationalities": "nationalities", "countries": "countries", "addresses": "addresses",
    "identifiers": "identifiers", "gender": "gender", "measure": "measure", "programmes": "programmes",
    "measures_published": "published measures", "licence_requirement": "licence requirement",
    "licence_policy": "licence policy", "citation": "citation", "listed_on": "date of listing",
    "starts_on": "start date", "ends_on": "end date", "relationships": "relationships",
    "references": "references to other lists", "remarks": "remarks",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    uid: str
    fields: tuple[str, ...]  # in words: "birth dates", "addresses"


@dataclass(frozen=True, slots=True)
class EditionDiff:
    """By uid and content, each in order of uid."""

    added: tuple[str, ...]
    modified: tuple[str, ...]
    deleted: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.modified or self.deleted)


def diff_editions(old: Mapping[str, str], new: Mapping[str, str]) -> EditionDiff:
    """Both sides are {uid: content hash}."""
    return EditionDiff(
        added=tuple(sorted(new.keys() - old.keys())),
        modified=tuple(sorted(uid for uid in new.keys() & old.keys() if new[uid] != old[uid])),
        deleted=tuple(sorted(old.keys() - new.keys())),
    )


def changed_fields(old: ListedEntry, new: ListedEntry) -> tuple[str, ...]:
    """Which facts of a party differ, in words and in the order staff read them; order of values does not count."""
    before, after = old.as_json(), new.as_json()
    return tuple(
        words
        for name, words in _FIELD_WORDS.items()
        if name not in NOT_COMPARED and _plain(before.get(name)) != _plain(after.get(name))
    )


def _plain(value: Any) -> Any:
    return sorted(map(repr, value)) if isinstance(value, list) else value


# ------------------------------------------------------------------------------------------------ known again
def known_again(gone: Sequence[ListedEntry], new: Sequence[ListedEntry]) -> dict[str, str]:
    """{new uid: old uid} of parties that a list published under another key, because the key is a hash of the row.

    In order of certainty, each only where exactly one on either side fits: the same content; the same primary name
    under the same measure; of several of that name the one that shares most addresses, citation and start; another
    primary name, but a name in common and the same start and citation. Whoever is left is new, or gone.
    """
    pairs: dict[str, str] = {}
    old_left, new_left = list(gone), list(new)

    def pair(key: Callable[[ListedEntry], object]) -> None:
        matched = _one_to_one(old_left, new_left, key)
        pairs.update(matched)
        taken = set(matched.values())
        old_left[:] = [entry for entry in old_left if entry.uid not in taken]
        new_left[:] = [entry for entry in new_left if entry.uid not in matched]

    pair(_content_without_uid)
    pair(lambda entry: (entry.measure, name_key(entry.name)))
    for one, other in _most_in_common(old_left, new_left):
        pairs[other.uid] = one.uid
        old_left.remove(one)
        new_left.remove(other)
    for name in sorted({name.text for entry in new_left for name in entry.names}):
        pair(partial(_once_named, name))
    return pairs


def _once_named(name: str, entry: ListedEntry) -> object:
    """What must be equal besides a shared name, of whatever quality; None where the entry does not have it."""
    if not entry.starts_on or not any(found.text == name for found in entry.names):
        return None
    return entry.measure, entry.starts_on, entry.citation


def _one_to_one(
    gone: Sequence[ListedEntry], new: Sequence[ListedEntry], key: Callable[[ListedEntry], object]
) -> dict[str, str]:
    """{new uid: old uid} where just one of each side has the key; None as key fits nobody."""
    sides: tuple[dict[object, list[str]], dict[object, list[str]]] = (defaultdict(list), defaultdict(list))
    for side, entries in zip(sides, (gone, new), strict=True):
        for entry in entries:
            side[key(entry)].append(entry.uid)
    return {
        uids[0]: sides[0][found][0]
        for found, uids in sides[1].items()
        if found is not None and len(uids) == 1 and len(sides[0].get(found, ())) == 1
    }


def _content_without_uid(entry: ListedEntry) -> str:
    return replace(entry, uid="-").content_hash()


def _most_in_common(
    gone: Sequence[ListedEntry], new: Sequence[ListedEntry]
) -> Iterator[tuple[ListedEntry, ListedEntry]]:
    """Pairs of one measure and primary name, those that share most first; nobody twice, nobody who shares nothing."""
    named: dict[tuple[str, str], list[ListedEntry]] = defaultdict(list)
    for entry in gone:
        named[entry.measure, name_key(entry.name)].append(entry)
    scored = [
        (-len(_marks(one) & _marks(other)), one.uid, other.uid, one, other)
        for other in new
        for one in named.get((other.measure, name_key(other.name)), ())
    ]
    taken: set[str] = set()
    for shared, old_uid, new_uid, one, other in sorted(scored, key=lambda row: row[:3]):
        if shared < 0 and not {f"old {old_uid}", f"new {new_uid}"} & taken:
            taken |= {f"old {old_uid}", f"new {new_uid}"}
            yield one, other


def _marks(entry: ListedEntry) -> set[str]:
    """What tells entries of one name apart."""
    places = {address.full for address in entry.addresses}
    return places | {f"citation {entry.citation}", f"starts {entry.starts_on}"} - {"citation ", "starts None"}


# ------------------------------------------------------------------------------------------------ may it go in force
@dataclass(frozen=True, slots=True)
class EditionFacts:
    """What is known of an edition when it is judged."""

    entries: int
    bad_rows: int = 0
    published_on: date | None = None
    ended: bool = True  # False: the end mark is missing, or the last row is cut

    @classmethod
    def of(cls, report: ParseReport) -> EditionFacts:
        return cls(report.entries, report.bad_row_count, report.published_on, report.ended)


def check_edition(
    new: EditionFacts,
    active: EditionFacts | None,
    *,
    fewest: int = 1,
    seen: bool = True,
    cut_tail: int = 0,
    policy: EditionPolicy = CURRENT,
) -> tuple[Finding, ...]:
    """Why a person must look before this edition is put in force; () where it may go by itself.

    `fewest` entries is what the source never had less than (kyc.watchlists.sources). `seen` is whether a real file of
    its format was ever read here. `cut_tail` is what `entries_cut_off` counts. `active` is None for a first edition.
    """
    found: list[Finding] = []
    if new.entries == 0:
        found.append(Finding("edition.empty", "The file has no entries.", facts={"entries": 0}))
    elif new.entries < fewest:
        found.append(
            Finding(
                "edition.too_few",
                f"It has {new.entries} entries; this list never had fewer than {fewest}.",
                facts={"entries": new.entries, "fewest": fewest},
            )
        )
    if not new.ended:
        found.append(Finding("edition.cut_off", "The end of the file is missing: it may be cut off."))
    found.extend(_bad_rows(new, active, policy))
    if active is not None:
        found.extend(_against(new, active, cut_tail, policy))
    elif not seen:
        found.append(
            Finding(
                "edition.format_unseen",
                "No real file of this format was read before: a person must compare some entries with the source.",
            )
        )
    return tuple(found)


def _bad_rows(new: EditionFacts, active: EditionFacts | None, policy: EditionPolicy) -> list[Finding]:
    accepted = active.bad_rows if active else 0
    if new.bad_rows <= accepted + policy.most_bad_rows:
        return []
    before = f" ({accepted} in the active edition)" if accepted else ""
    return [
        Finding(
            "edition.bad_rows",
            f"{new.bad_rows} rows could not be read{before}; each may be a listed party.",
            facts={"bad_rows": new.bad_rows, "accepted": accepted},
        )
    ]


def _against(new: EditionFacts, active: EditionFacts, cut_tail: int, policy: EditionPolicy) -> list[Finding]:
    found = []
    if new.published_on and active.published_on and new.published_on < active.published_on:
        found.append(
            Finding(
                "edition.older",
                f"It was published on {new.published_on}, the active edition on {active.published_on}.",
                facts={"published_on": str(new.published_on), "active": str(active.published_on)},
            )
        )
    gone = active.entries - new.entries
    if gone > active.entries * policy.most_shrink:
        found.append(
            Finding(
                "edition.smaller",
                f"It has {new.entries} entries, {gone} fewer than the active edition: "
                f"more than {policy.most_shrink:.0%} would vanish at once.",
                facts={"entries": new.entries, "active": active.entries},
            )
        )
    if cut_tail >= policy.tail_held > 0:
        found.append(
            Finding(
                "edition.tail_missing",
                f"Just the last {cut_tail} entries of the active edition are gone and nothing else: "
                "a file that was cut off looks so.",
                facts={"gone": cut_tail},
            )
        )
    return found


def entries_cut_off(old_order: Sequence[str], new_uids: frozenset[str] | set[str]) -> int:
    """How many uids are gone if they are exactly the last of the old edition, in the order of its file; else 0."""
    gone = 0
    for uid in reversed(old_order):
        if uid in new_uids:
            break
        gone += 1
    if gone == 0 or any(uid not in new_uids for uid in old_order[: len(old_order) - gone]):
        return 0
    return gone
