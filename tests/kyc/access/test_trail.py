"""What was seen of an account, and how long a sum of it stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kyc.access.trail import DAY, Crowd, Trail, history, stands_until
from tests.kyc.access.test_access_rules import HOME

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MAJA = 1
sights = st.tuples(
    st.sampled_from(["DE", "US", ""]),
    st.sampled_from([None, 1, 2]),
    st.sampled_from(["here", "there", "elsewhere"]),
    st.sampled_from([MAJA, 2, 3]),
    st.integers(0, 40).map(lambda hours: timedelta(hours=hours)),
)


def note(trail: Trail, crowd: Crowd, sight, at: datetime) -> None:
    country, asn, index, who, _ = sight
    trail.note_row(index, country, asn, (), at)
    crowd.note(who, at)


def counted(trail: Trail, crowd: Crowd, now: datetime):
    """All that a settled verdict may rest on; when a network was seen first is weighed for servers only."""
    told = history(trail, crowd, customer=MAJA, where=HOME, index="here", now=now)
    before = told.previous and (told.previous.country, told.previous.hidden)
    return before, told.countries_24h, told.networks_24h, told.accounts_on_address_24h


class ASumOfWhatWasSeen:
    @given(st.lists(sights, max_size=6), st.lists(sights, max_size=4), st.integers(0, 30))
    def test_stands_while_the_marks_are_the_same_and_nothing_is_a_day_old(self, before, after, hours):
        trail, crowd, at = Trail(), Crowd(), NOW
        for sight in before:
            at += sight[-1]
            note(trail, crowd, sight, at)
        marks, sum_, until = (trail.mark, crowd.mark), counted(trail, crowd, at), stands_until(trail, crowd, at)
        for sight in after:
            at += sight[-1]
            if at >= until:
                return
            note(trail, crowd, sight, at)
            if (trail.mark, crowd.mark) != marks:
                return
            assert counted(trail, crowd, at) == sum_
        later = min(at + timedelta(hours=hours), until - timedelta(microseconds=1))
        assert counted(trail, crowd, later) == sum_

    def test_ends_when_the_oldest_of_the_day_is_a_day_old(self):
        trail, crowd = Trail(), Crowd()
        note(trail, crowd, ("US", 1, "there", MAJA, None), NOW)
        note(trail, crowd, ("DE", 1, "here", MAJA, None), NOW + timedelta(hours=5))
        assert stands_until(trail, crowd, NOW + timedelta(hours=6)) == NOW + DAY
        assert stands_until(trail, crowd, NOW + timedelta(hours=25)) == NOW + timedelta(hours=5) + DAY

    def test_is_another_after_a_new_country_network_address_or_account(self):
        trail, crowd = Trail(), Crowd()
        marks = [trail.mark]
        for sight in (("DE", 1, "here"), ("US", 1, "here"), ("US", 2, "here"), ("US", 2, "there")):
            trail.note_row(sight[2], sight[0], sight[1], (), NOW)
            marks.append(trail.mark)
        assert len({id(mark) for mark in marks}) == len(marks)
        trail.note_row("there", "US", 2, (), NOW + timedelta(hours=1))
        assert trail.mark is marks[-1], "seen again is no news"
        crowd.note(MAJA, NOW)
        mark = crowd.mark
        crowd.note(MAJA, NOW)
        assert crowd.mark is mark
        crowd.note(2, NOW)
        assert crowd.mark is not mark
