"""Tiers, holds and outcomes."""

from __future__ import annotations

from itertools import combinations, permutations

import pytest

from kyc.access.models import Hold
from kyc.access.states import AccessOutcome, AccessTier, HoldKind, effective_tier, worst

T, O = AccessTier, AccessOutcome  # noqa: E741


class ATier:
    def test_includes_those_before_it(self):
        assert [tier for tier in T if T.FRONTIER.covers(tier)] == [T.NONE, T.SANDBOX, T.STANDARD, T.FRONTIER]

    @pytest.mark.parametrize(
        ("tier", "holds", "left"),
        [
            (T.FRONTIER, (), T.FRONTIER),
            (T.FRONTIER, (T.SANDBOX,), T.SANDBOX),
            (T.STANDARD, (T.FRONTIER,), T.STANDARD),  # a hold never gives
            (T.COMPUTE, (T.STANDARD, T.NONE, T.SANDBOX), T.NONE),
        ],
    )
    def test_is_the_least_of_what_holds_leave(self, tier, holds, left):
        assert effective_tier(tier, holds) is left

    def test_does_not_depend_on_the_order_of_holds(self):
        for holds in permutations((T.STANDARD, T.SANDBOX, T.FRONTIER)):
            assert effective_tier(T.COMPUTE, holds) is T.SANDBOX


class AnOutcome:
    def test_is_the_worst_of_all(self):
        for one, other in combinations(O, 2):
            assert worst((one, other)) is worst((other, one)) is other

    def test_of_nothing_said_is_to_allow(self):
        assert worst(()) is O.ALLOW


class AHoldsKind:
    def test_fits_its_column(self):
        assert max(map(len, HoldKind)) <= Hold._meta.get_field("kind").max_length
