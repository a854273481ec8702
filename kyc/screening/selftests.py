"""The self-test: manipulated records of the active lists and clean ones, through the screening itself.

What the European Banking Authority asks of whoever screens (EBA/GL/2024/15): to know, and to be able to show, what
one's own system catches. The report is kept with its date, editions, policy and seed, so that it can be made again.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

from django.db import DatabaseError, transaction

from accounts.models import User
from accounts.roles import Permission
from kyc.audit.services import SYSTEM, Actor, record
from kyc.audit.verbs import Verb
from kyc.dispatch import after_commit
from kyc.errors import NotAllowed, Unavailable
from kyc.matching.types import Party
from kyc.policy.selftest import BY_CODE, CURRENT, RATES
from kyc.screening.indexes import Screener, screener_of
from kyc.screening.longwork import claim, finish, still_ours
from kyc.screening.manipulations import MANIPULATIONS, can_be_altered, clean_record
from kyc.screening.models import SelfTest
from kyc.screening.policies import policy_version
from kyc.screening.states import WorkStatus
from kyc.watchlists.entries import ListedEntry
from kyc.watchlists.models import Entry, ListedParty
from kyc.watchlists.queries import ActiveEditions, active_editions, entry_ids_in, in_pieces, key_of

log = logging.getLogger(__name__)

CLEAN = "clean"


@dataclass(frozen=True, slots=True)
class Result:
    """One manipulation: how many records, how many were hits and how many of those would hold access."""

    code: str
    tried: int
    caught: int
    strong: int
    misses: tuple[dict[str, str], ...]  # {"listed", "as", "key"}; of clean records, those that were hits

    @property
    def rate(self) -> float | None:
        """Share caught, 0.0..1.0; None where no record fitted."""
        return self.caught / self.tried if self.tried else None

    @property
    def is_short(self) -> bool:
        """Whether policy asks for more, or of clean records for less. Too few records say nothing."""
        if self.tried < CURRENT.fewest or self.rate is None:
            return False
        asked = BY_CODE[self.code]
        return self.rate < asked.least or self.rate > asked.most

    def as_json(self) -> dict[str, Any]:
        asked = BY_CODE[self.code]
        told = {"title": asked.title, "why": asked.why, "least": asked.least, "most": asked.most}
        return asdict(self) | told | {"rate": self.rate, "short": self.is_short, "few": self.tried < CURRENT.fewest}


# ------------------------------------------------------------------------------------------------ asking, doing
@transaction.atomic
def ask_for_self_test(*, actor: Actor, entries: int = 0, seed: int | None = None) -> SelfTest:
    """Plan one; a worker does it. `entries` listed parties are drawn by the seed."""
    if isinstance(actor, User) and not actor.may(Permission.MANAGE_LISTS):
        raise NotAllowed("Your role may not start a self-test.", permission=Permission.MANAGE_LISTS)
    test = SelfTest.objects.create(
        seed=secrets.randbelow(2**31) if seed is None else seed,
        entries=entries or CURRENT.entries,
        requested_by=actor if isinstance(actor, User) else None,
    )
    record(verb=Verb.SELF_TEST_STARTED, subject=test, actor=actor, facts={"seed": test.seed, "entries": test.entries})
    after_commit("kyc.run_self_test", test_id=test.pk)
    return test


def run_self_test(*, test_id: int, actor: Actor = SYSTEM) -> SelfTest:
    """Do it, if nobody else does. Safe to call twice. One that cannot be made ends as failed, and says why."""
    test = SelfTest.objects.get(pk=test_id)
    if not claim(test):
        return test
    try:
        found = _tested(test)
    except DatabaseError:
        raise
    except Exception as error:  # whatever went wrong, nothing was tested: that is its outcome
        log.exception("self-test %s could not be made", test.public_id)
        _end(test, WorkStatus.FAILED, actor, error=f"{type(error).__name__}: {error}")
    else:
        if found is not None:
            _end(test, WorkStatus.DONE, actor, **found)
    return test


@transaction.atomic
def _end(test: SelfTest, status: WorkStatus, actor: Actor, **found: Any) -> None:
    if finish(test, status=status, **found):
        short = [row["code"] for row in test.results if row["short"]]
        facts = {"status": status, "passed": test.passed, "short": short, "editions": test.editions}
        record(verb=Verb.SELF_TEST_FINISHED, subject=test, actor=actor, facts=facts)


def _tested(test: SelfTest) -> dict[str, Any] | None:
    """What was found, as columns; None where another worker took it over."""
    editions = active_editions()
    screener = screener_of(editions)
    dice = Random(test.seed)
    drawn = drawn_parties(editions, test.entries, dice)
    if not drawn:
        raise Unavailable("No active list has anybody whose name can be altered.")
    results = []
    for number, asked in enumerate(RATES, start=1):
        if asked.code == CLEAN:
            results.append(_of_clean(screener, dice))
        else:
            results.append(_of_altered(asked.code, drawn, screener, dice))
        if not still_ours(test, done=number, planned=len(RATES)):
            return None
    return {
        "results": [result.as_json() for result in results],
        "passed": not any(result.is_short for result in results),
        "editions": editions.by_list(),
        "policy_version": policy_version(),
        "entries": len(drawn),
    }


@dataclass(frozen=True, slots=True)
class Drawn:
    """A listed party, and the keys of all active entries that are the same: a match on any of them has caught it."""

    party: Party
    keys: frozenset[str]


def drawn_parties(editions: ActiveEditions, wanted: int, dice: Random) -> list[Drawn]:
    """So many listed parties whose names can be altered, in an order that only the dice decide."""
    ids = entry_ids_in(editions.ids)
    dice.shuffle(ids)
    found: list[tuple[Party, int]] = []
    for piece in in_pieces(ids):
        rows = Entry.objects.filter(pk__in=piece).values_list(
            "pk", "party__watchlist__code", "party__uid", "party__group", "content"
        )
        by_pk = {row[0]: row for row in rows}
        for pk in piece:
            _, code, uid, group, content = by_pk[pk]
            party = ListedEntry.from_json(content).party(key_of(code, uid))
            if can_be_altered(party):
                found.append((party, group))
            if len(found) == wanted:
                return list(_with_keys(found))
    return list(_with_keys(found))


def _with_keys(found: list[tuple[Party, int]]) -> Iterator[Drawn]:
    keys: dict[int, set[str]] = {}
    parties = ListedParty.objects.filter(group__in={group for _, group in found})
    for code, uid, group in parties.values_list("watchlist__code", "uid", "group"):
        keys.setdefault(group, set()).add(key_of(code, uid))
    for party, group in found:
        yield Drawn(party, frozenset(keys[group]))


def _of_altered(code: str, drawn: list[Drawn], screener: Screener, dice: Random) -> Result:
    alter = MANIPULATIONS[code]
    records = [(one, record) for one in drawn if (record := alter(one.party, dice)) is not None]
    matched = screener.match_many([record for _, record in records])
    caught, strong, misses = 0, 0, []
    for (one, altered), matches in zip(records, matched, strict=True):
        scores = [match.score for match in matches if match.key in one.keys]
        if scores:
            caught += 1
            strong += max(scores) >= screener.policy.strong_threshold
        else:
            misses.append({"listed": one.party.names[0].text, "as": altered.names[0].text, "key": one.party.key})
    return Result(code, len(records), caught, strong, tuple(misses[: CURRENT.misses_kept]))


def _of_clean(screener: Screener, dice: Random) -> Result:
    records = [clean_record(dice) for _ in range(CURRENT.clean)]
    matched = screener.match_many(records)
    hits = [(record, matches[0]) for record, matches in zip(records, matched, strict=True) if matches]
    strong = sum(best.score >= screener.policy.strong_threshold for _, best in hits)
    told = [{"listed": best.matched_name.text, "as": record.names[0].text, "key": best.key} for record, best in hits]
    return Result(CLEAN, len(records), len(hits), strong, tuple(told[: CURRENT.misses_kept]))


def last_self_test() -> SelfTest | None:
    """The latest that was finished."""
    return SelfTest.objects.filter(status=WorkStatus.DONE).order_by("-finished_at").first()
