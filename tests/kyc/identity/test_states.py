"""A session's moves: what is told twice, late or out of order moves nothing."""

from __future__ import annotations

from itertools import product

import pytest

from kyc.errors import ForbiddenMove
from kyc.identity.states import MOVES, OPEN, SETTLED, VerificationStatus, check_move, is_news

V = VerificationStatus


class TheTableOfMoves:
    def test_knows_every_state(self):
        assert set(MOVES) == set(V)

    def test_never_reopens_what_is_settled(self):
        for old, new in product(SETTLED, OPEN):
            with pytest.raises(ForbiddenMove):
                check_move(old, new)

    def test_lets_everything_settled_be_redacted_and_nothing_after(self):
        assert all(MOVES[old] == {V.REDACTED} for old in SETTLED - {V.REDACTED})
        assert MOVES[V.REDACTED] == frozenset()

    def test_moves_nowhere_from_a_state_to_itself(self):
        assert all(old not in MOVES[old] for old in V)

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (V.REQUIRES_INPUT, V.PROCESSING),
            (V.PROCESSING, V.VERIFIED),
            (V.PROCESSING, V.REQUIRES_INPUT),
            (V.PROCESSING, V.REVIEW),
            (V.REVIEW, V.VERIFIED),
            (V.REQUIRES_INPUT, V.EXPIRED),
        ],
    )
    def test_allows_the_ordinary_road(self, old, new):
        check_move(old, new)


class AProvidersWord:
    def test_told_twice_is_no_news(self):
        assert not is_news(V.VERIFIED, V.VERIFIED)

    def test_told_late_is_no_news(self):
        assert not is_news(V.VERIFIED, V.PROCESSING)
        assert not is_news(V.CANCELED, V.REQUIRES_INPUT)

    def test_that_moves_on_is_news(self):
        assert is_news(V.PROCESSING, V.VERIFIED)
