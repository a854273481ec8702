"""What matches mean: hits by listed party, what stays quiet and why, what lapses and what changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyc.matching.engine import Engine
from kyc.matching.index import Index
from kyc.matching.types import Identifier, Kind, Name, NameQuality, PartialDate, Party
from kyc.policy.matching import CURRENT
from kyc.policy.measures import Effect
from kyc.screening.rules import (
    Clearance,
    Earlier,
    Judged,
    Listing,
    Standing,
    Verdict,
    fingerprint_of,
    judge,
    must_hold,
    sides_of,
    stands,
    what_changed,
)
from kyc.screening.states import HitStatus

KEY = b"a key for tests"
TODAY = date(2026, 11, 23)
CUSTOMER = Party(
    key="cus_1",
    names=(Name("Ivan Petrovich Sidorov"),),
    kind=Kind.PERSON,
    birth_dates=(PartialDate(1970, 4, 16),),
    countries=("RU",),
)


def listing(key: str, effect: Effect = Effect.BLOCK, group: int = 1, **facts: object) -> Listing:
    party = Party(key=key, names=(Name("Ivan Petrovich Sidorov"),), kind=Kind.PERSON, **facts)  # type: ignore[arg-type]
    number = int(key.partition(":")[2])
    return Listing(key, number, group, party, measure="SDN", programmes=("RUSSIA",), effect=effect)


def judged_against(*listings: Listing, customer: Party = CUSTOMER) -> tuple[Judged, ...]:
    engine = Engine(Index.build(entry.party for entry in listings))
    groups: dict[int, list[Listing]] = {}
    for entry in listings:
        groups.setdefault(entry.group_id, []).append(entry)
    return judge(customer, engine.match(customer), groups, policy=CURRENT, key=KEY)


@pytest.fixture(scope="module")
def hit() -> Judged:
    (found,) = judged_against(listing("us:1", birth_dates=(PartialDate(1970, 4, 16),)))
    return found


class APartyOnSeveralLists:
    def test_is_one_hit_with_its_best_score_and_strictest_effect(self) -> None:
        (found,) = judged_against(
            listing("us:1", Effect.RED_FLAG, birth_dates=(PartialDate(1970, 4, 16),)),
            listing("un:2", Effect.BLOCK),
        )
        (alone,) = judged_against(listing("us:1", birth_dates=(PartialDate(1970, 4, 16),)))
        assert found.effect is Effect.BLOCK
        assert found.score == alone.score
        assert found.strong
        assert found.entry_ids == (1, 2)

    def test_brings_its_entries_along_that_were_not_matched(self) -> None:
        other = listing("un:2")
        unlike = replace(other, party=replace(other.party, names=(Name("Somebody Quite Different"),)))
        (found,) = judged_against(listing("us:1"), unlike)
        assert found.entry_ids == (1, 2)

    def test_of_different_groups_is_two_hits_best_first(self) -> None:
        found = judged_against(
            listing("us:1", group=1, birth_dates=(PartialDate(1950),)),
            listing("un:2", group=2, birth_dates=(PartialDate(1970, 4, 16),)),
        )
        assert [hit.group_id for hit in found] == [2, 1]


class AStrongScore:
    @pytest.mark.parametrize(
        ("effect", "strong"),
        [
            (Effect.BLOCK, True),
            (Effect.LICENCE_QUESTION, True),
            (Effect.RED_FLAG, False),
            (Effect.INFORMATION, False),
        ],
    )
    def test_holds_access_only_where_the_listing_can_bar_it(self, effect: Effect, strong: bool) -> None:
        (found,) = judged_against(listing("us:1", effect, birth_dates=(PartialDate(1970, 4, 16),)))
        assert found.strong is strong

    def test_says_where_the_party_is_listed(self, hit: Judged) -> None:
        assert hit.findings[-1].sentence == "Listed as us:1; the strictest effect is: block."


class AMatchWithoutItsEntry:
    def test_is_never_dropped_in_silence(self) -> None:
        entry = listing("us:1")
        matches = Engine(Index.build([entry.party])).match(CUSTOMER)
        with pytest.raises(KeyError):
            judge(CUSTOMER, matches, {}, policy=CURRENT, key=KEY)


class TheFingerprint:
    def test_does_not_depend_on_the_order_of_values(self) -> None:
        one = replace(CUSTOMER, names=(Name("A B"), Name("C D")), countries=("RU", "CA"))
        other = replace(CUSTOMER, names=(Name("C D"), Name("A B")), countries=("CA", "RU"))
        entry = listing("us:1")
        assert sides_of(one, [entry], key=KEY) == sides_of(other, [entry], key=KEY)

    def test_cannot_be_guessed_without_the_key(self) -> None:
        entry = listing("us:1")
        mine, theirs = sides_of(CUSTOMER, [entry], key=KEY), sides_of(CUSTOMER, [entry], key=b"another")
        assert not set(mine.values()) & set(theirs.values())

    @given(st.text(min_size=1), st.text(min_size=1))
    def test_differs_when_a_name_differs(self, one: str, other: str) -> None:
        sides = [fingerprint_of(sides_of(replace(CUSTOMER, names=(Name(text),)), [], key=KEY)) for text in (one, other)]
        assert (sides[0] == sides[1]) == (one == other)


ENTRY = listing("us:1", birth_dates=(PartialDate(1970),))
FURTHER = listing("un:2")
ENTRY_RENAMED = replace(ENTRY, party=replace(ENTRY.party, names=(Name("I. Sidorov", NameQuality.WEAK),)))


class AChangeOfASide:
    @pytest.mark.parametrize(
        ("customer", "entries", "told"),
        [
            (CUSTOMER, [ENTRY], ""),
            (replace(CUSTOMER, birth_dates=(PartialDate(1971, 4, 16),)), [ENTRY], "the customer's birth date"),
            (replace(CUSTOMER, names=(Name("Ivan Sidorov"),)), [ENTRY], "the customer's names"),
            (
                replace(CUSTOMER, identifiers=(Identifier("passport", "1", "RU"),), gender="male"),
                [ENTRY],
                "the customer's gender; the customer's identifiers",
            ),
            (CUSTOMER, [ENTRY_RENAMED], "the listed names (us:1)"),
            (CUSTOMER, [replace(ENTRY, measure="EL")], "the listed measure (us:1)"),
            (CUSTOMER, [replace(ENTRY, programmes=("RUSSIA", "SDGT"))], "the listed programme (us:1)"),
            (CUSTOMER, [ENTRY, FURTHER], "a further entry un:2"),
            (CUSTOMER, [FURTHER], "a further entry un:2; entry us:1 left"),
        ],
    )
    def test_is_told_in_words(self, customer: Party, entries: list[Listing], told: str) -> None:
        then = sides_of(CUSTOMER, [ENTRY], key=KEY)
        assert what_changed(then, sides_of(customer, entries, key=KEY)) == told


def cleared(hit: Judged, *, until: date = date(2027, 11, 1), **changed: str) -> Earlier:
    sides = dict(hit.sides) | changed
    clearance = Clearance(1, fingerprint_of(sides), sides, until)
    return Earlier(1, HitStatus.NO_MATCH, fingerprint_of(sides), clearance)


class AHitThatWasNotSeenBefore:
    def test_is_new(self, hit: Judged) -> None:
        assert stands(hit, None, today=TODAY).standing is Standing.NEW


class AHitThatWasCleared:
    def test_stays_quiet_and_says_until_when(self, hit: Judged) -> None:
        verdict = stands(hit, cleared(hit), today=TODAY)
        assert verdict.standing is Standing.QUIET
        assert "2027-11-01" in verdict.why

    def test_is_open_again_when_the_customer_changed(self, hit: Judged) -> None:
        verdict = stands(hit, cleared(hit, **{"subject.birth_dates": "old"}), today=TODAY)
        assert (verdict.standing, verdict.lapsed) == (Standing.REOPENED, True)
        assert verdict.why == "Changed since it was cleared: the customer's birth date."

    def test_is_open_again_when_the_listing_changed(self, hit: Judged) -> None:
        verdict = stands(hit, cleared(hit, **{"us:1.programmes": "old"}), today=TODAY)
        assert verdict.standing is Standing.REOPENED
        assert "the listed programme (us:1)" in verdict.why

    @pytest.mark.parametrize(("until", "standing"), [(date(2026, 11, 24), Standing.QUIET), (TODAY, Standing.REOPENED)])
    def test_is_open_again_when_the_clearance_expires(self, hit: Judged, until: date, standing: Standing) -> None:
        assert stands(hit, cleared(hit, until=until), today=TODAY).standing is standing

    def test_without_a_clearance_stays_quiet_while_nothing_changed(self, hit: Judged) -> None:
        earlier = Earlier(1, HitStatus.NO_MATCH, hit.fingerprint)
        assert stands(hit, earlier, today=TODAY).standing is Standing.QUIET
        changed = Earlier(1, HitStatus.NO_MATCH, "another")
        assert stands(hit, changed, today=TODAY).standing is Standing.REOPENED


class AHitThatWasSuperseded:
    @pytest.mark.parametrize(("match_stands", "standing"), [(True, Standing.QUIET), (False, Standing.REOPENED)])
    def test_stays_quiet_while_the_true_match_is_listed(
        self, hit: Judged, match_stands: bool, standing: Standing
    ) -> None:
        earlier = Earlier(1, HitStatus.SUPERSEDED, hit.fingerprint, match_stands=match_stands)
        assert stands(hit, earlier, today=TODAY).standing is standing


class AHitInAnyState:
    @pytest.mark.parametrize(
        ("status", "standing"),
        [
            (HitStatus.PENDING, Standing.STANDS),
            (HitStatus.INCONCLUSIVE, Standing.STANDS),
            (HitStatus.TRUE_MATCH, Standing.STANDS),
            (HitStatus.NO_MATCH, Standing.QUIET),
            (HitStatus.DELISTED, Standing.REOPENED),
        ],
    )
    def test_that_is_found_unchanged(self, hit: Judged, status: HitStatus, standing: Standing) -> None:
        assert stands(hit, Earlier(1, status, hit.fingerprint), today=TODAY).standing is standing

    @pytest.mark.parametrize("status", list(HitStatus))
    def test_is_told_by_a_verdict_and_never_by_an_error(self, hit: Judged, status: HitStatus) -> None:
        assert isinstance(stands(hit, Earlier(1, status, "changed"), today=TODAY), Verdict)


class AccessIsHeld:
    @pytest.mark.parametrize(
        ("standing", "was_strong", "was_effect", "held"),
        [
            (Standing.NEW, False, "", True),
            (Standing.REOPENED, True, "block", True),
            (Standing.STANDS, False, "block", True),  # it has grown strong
            (Standing.STANDS, True, "block", False),  # held already, or two people lifted the hold
            (Standing.STANDS, True, "licence_question", True),  # the listing has become stricter
            (Standing.QUIET, False, "", False),
        ],
    )
    def test_once_for_each_strong_hit(
        self, hit: Judged, standing: Standing, was_strong: bool, was_effect: str, held: bool
    ) -> None:
        assert must_hold(hit, Verdict(standing, ""), was_strong=was_strong, was_effect=was_effect) is held

    def test_never_for_a_weak_hit(self, hit: Judged) -> None:
        assert not must_hold(replace(hit, strong=False), Verdict(Standing.NEW, ""))
