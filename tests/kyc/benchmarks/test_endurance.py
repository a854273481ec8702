"""What held when, and which failures a killed process explains."""

from __future__ import annotations

import pytest

from kyc.benchmarks.endurance import AFTER_KILL_SECONDS, Change, Timeline, is_of_a_kill


class ATimeline:
    @pytest.fixture
    def held(self):
        timeline = Timeline({("hold", 1): [Change(0, 0, False), Change(10, 11, True), Change(20, 22, False)]})
        return lambda since, until: timeline.held(("hold", 1), since, until)

    @pytest.mark.parametrize(
        ("since", "until", "values"),
        [
            (1, 2, [False]),
            (8, 10.5, [False, True]),  # the change had begun
            (10.5, 10.6, [False, True]),  # and was not yet certain to be done
            (12, 13, [True]),
            (12, 19.9, [True]),
            (21, 21, [True, False]),
            (30, 40, [False]),
            (1, 40, [False, True, False]),
        ],
    )
    def test_tells_every_value_that_may_have_held(self, held, since, until, values):
        assert held(since, until) == values


class AFailure:
    def test_in_flight_is_a_kills_when_it_comes_just_after(self):
        assert is_of_a_kill((101.0, "in flight: closed without an answer"), [100.0])

    @pytest.mark.parametrize(
        "failure",
        [
            (99.0, "in flight: closed without an answer"),
            (100.1 + AFTER_KILL_SECONDS, "in flight: closed without an answer"),
            (101.0, "503: gate_closed"),
            (101.0, "no connection: refused"),
        ],
        ids=str,
    )
    def test_is_counted_otherwise(self, failure):
        assert not is_of_a_kill(failure, [100.0])
