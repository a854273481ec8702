"""What must hold for every structure: drawn at random, with circles, ranges and unknowns."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kyc.ownership.cascade import Line, Reading, cascade
from kyc.ownership.effective import SCALE, Unsolvable, effective_shares
from kyc.ownership.graph import Interest, Party, PartyKind, Structure, flaws_of

HALF = Line(Fraction(1, 2), strictly=False)
COMPANIES = [f"c{number}" for number in range(5)]
PEOPLE = [f"p{number}" for number in range(3)]


@st.composite
def structures(draw: st.DrawFn) -> Structure:
    """Up to 5 companies and 3 people, with shares, ranges and now and then a mistake."""
    rows = []
    for owned in COMPANIES:
        owners = draw(st.lists(st.sampled_from(COMPANIES + PEOPLE), unique=True, max_size=3))
        left = 100
        for owner in owners:
            low = draw(st.integers(0, left))
            high = draw(st.one_of(st.just(low), st.integers(low, 100)))
            # now and then what they hold comes to more than the whole: a mistake that must hide nobody
            left -= low if draw(st.integers(0, 9)) else 0
            rows.append(Interest(f"{owner}>{owned}", owner, owned, low=Fraction(low, 100), high=Fraction(high, 100)))
    parties = {key: Party(key, key, PartyKind.ORGANISATION, "FR") for key in COMPANIES}
    parties |= {key: Party(key, key, PartyKind.PERSON, "FR") for key in PEOPLE}
    # a person is never caught, so that the whole fixpoint is walked and not only as far as the target
    return Structure(parties, tuple(rows), "p0")


# a busy machine draws slowly, and that says nothing of the rules
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
SEEDS = st.sets(st.sampled_from(COMPANIES + PEOPLE), max_size=4)
READINGS = st.sampled_from(list(Reading))


class TheCascade:
    @UNHURRIED
    @given(structures(), SEEDS)
    def test_of_what_can_be_proved_only_grows_with_more_interests(self, structure, seeds):
        fewer = replace(structure, interests=structure.interests[::2])
        before = cascade(fewer, seeds, HALF, Reading.SURE)
        after = cascade(structure, seeds, HALF, Reading.SURE)
        assert set(before.caught) <= set(after.caught)

    @UNHURRIED
    @given(structures(), SEEDS, SEEDS, READINGS)
    def test_only_grows_with_more_parties_listed(self, structure, some, more, reading):
        before = cascade(structure, some, HALF, reading)
        after = cascade(structure, some | more, HALF, reading)
        assert set(before.caught) <= set(after.caught) | more

    @UNHURRIED
    @given(structures(), SEEDS, READINGS)
    def test_is_a_fixpoint(self, structure, seeds, reading):
        found = cascade(structure, seeds, HALF, reading)
        again = cascade(structure, seeds | set(found.caught), HALF, reading)
        assert not again.caught

    @UNHURRIED
    @given(structures(), SEEDS, READINGS, st.randoms())
    def test_does_not_depend_on_the_order_in_which_things_were_told(self, structure, seeds, reading, random):
        rows = list(structure.interests)
        random.shuffle(rows)
        shuffled = replace(structure, interests=tuple(rows))
        found = cascade(structure, seeds, HALF, reading)
        other = cascade(shuffled, seeds, HALF, reading)
        assert set(found.caught) == set(other.caught)

    @UNHURRIED
    @given(structures(), SEEDS)
    def test_proves_no_more_than_it_suspects_and_suspects_no_more_than_is_open(self, structure, seeds):
        sure, may, opened = (cascade(structure, seeds, HALF, reading) for reading in Reading)
        assert set(sure.caught) <= set(may.caught) <= set(opened.caught)

    @UNHURRIED
    @given(structures(), SEEDS, READINGS)
    def test_rests_each_step_on_earlier_ones_and_on_the_seeds(self, structure, seeds, reading):
        found = cascade(structure, seeds, HALF, reading)
        for key in found.caught:
            known = set(seeds)
            for step in found.proof(key):
                assert {row.owner for row in step.interests} <= known
                known.add(step.owned)


class TheEffectiveShares:
    @UNHURRIED
    @given(structures())
    def test_of_people_never_come_to_more_than_the_whole(self, structure):
        if flaws_of(structure):
            return
        try:
            shares = effective_shares("c0", structure.least_shares)
        except Unsolvable:
            return
        assert 0 <= sum(shares.get(key, 0) for key in PEOPLE) <= SCALE

    @UNHURRIED
    @given(structures())
    def test_solve_the_equation(self, structure):
        if flaws_of(structure):
            return
        direct = structure.least_shares
        try:
            shares = effective_shares("c0", direct)
        except Unsolvable:
            return
        # of the target itself w is 1 plus what flows back to it through its own holdings
        flows = {owned: shares.get(owned, 0) for owned in direct.holders} | {"c0": SCALE}

        def held_by(key: str) -> Fraction:
            """Σ share(key, c) × w(c), over the companies c."""
            held = ((owned, part) for owned in direct.holders for owner, part in direct.of(owned) if owner == key)
            return sum((Fraction(part, direct.whole) * flows[owned] for owned, part in held), Fraction(0))

        if held_by("c0"):
            return
        for key, share in shares.items():
            assert abs(held_by(key) - share) < SCALE // 10**12
