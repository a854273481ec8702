"""What being listed means: the table as a specification, and the table of sources."""

from __future__ import annotations

from datetime import date
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyc.policy.measures import (
    HOLDING_EFFECTS,
    MEASURES,
    STRICTEST_FIRST,
    TABLE,
    Effect,
    effect_of,
    ruling_of,
    strictest,
)
from kyc.watchlists.parsers import FORMATS
from kyc.watchlists.sources import SOURCES, bundled_file

TODAY = date(2026, 11, 23)


class BeingListed:
    @pytest.mark.parametrize(
        ("measure", "effect"),
        [
            ("SDN", "block"), ("DPL", "block"), ("FSE", "block"), ("UN", "block"), ("EU", "block"), ("UK-AF", "block"),
            ("SEMA", "block"), ("UK-INTERNET", "block"), ("SAMPLE", "block"), ("OPERATOR-BLOCK", "block"),
            ("EL", "licence_question"), ("MEU", "licence_question"), ("ISN", "licence_question"),
            ("MBS", "licence_question"), ("PLC", "licence_question"), ("NS-ISA", "licence_question"),
            ("OS-SANCTION", "licence_question"), ("UK-TRADE", "licence_question"),
            ("UVL", "red_flag"), ("SSI", "red_flag"), ("CMIC", "red_flag"), ("CAPTA", "red_flag"), ("DTC", "red_flag"),
            ("UK-TRAVEL", "red_flag"), ("OS-TARGET", "red_flag"), ("OPERATOR-REVIEW", "red_flag"),
            ("OS-PEP", "information"),
        ],
    )  # fmt: skip
    def test_means_this(self, measure: str, effect: str) -> None:
        assert effect_of("any", measure, TODAY) == effect_of("any", measure) == effect

    @pytest.mark.parametrize("measure", sorted(MEASURES))
    def test_is_explained_with_an_authority(self, measure: str) -> None:
        ruling = ruling_of("any", measure, TODAY)
        assert ruling.known
        assert ruling.citation and ruling.title
        assert ruling.sentence.endswith(".")
        assert len(measure) <= 40  # the column of the table of entries

    @given(st.text(max_size=20).filter(lambda text: text not in MEASURES), st.none() | st.dates())
    def test_under_an_unknown_measure_is_never_information(self, measure: str, on: date | None) -> None:
        ruling = ruling_of("some-list", measure, on)
        assert (ruling.effect, ruling.known) == (Effect.LICENCE_QUESTION, False)
        assert "Unknown measure" in ruling.sentence

    def test_before_the_measure_existed_is_unknown(self) -> None:
        assert ruling_of("us-csl", "CMIC", date(2021, 6, 2)).known is False
        assert ruling_of("us-csl", "CMIC", date(2021, 6, 3)).effect is Effect.RED_FLAG

    def test_has_one_row_for_each_measure_and_day(self) -> None:
        for one, other in permutations(TABLE, 2):
            if one.measure == other.measure:
                assert (one.valid_to is not None and one.valid_to <= other.valid_from) or (
                    other.valid_to is not None and other.valid_to <= one.valid_from
                )


class TheStrictestEffect:
    @given(st.lists(st.sampled_from(Effect), min_size=1))
    def test_is_the_first_in_order_of_those_given(self, effects: list[Effect]) -> None:
        found = strictest(effects)
        assert found in effects
        assert all(STRICTEST_FIRST.index(found) <= STRICTEST_FIRST.index(effect) for effect in effects)

    def test_of_nothing_is_a_question(self) -> None:
        assert strictest([]) is Effect.LICENCE_QUESTION

    def test_holds_access_where_it_bars_it(self) -> None:
        assert {Effect.BLOCK, Effect.LICENCE_QUESTION} == HOLDING_EFFECTS


@pytest.mark.parametrize("source", list(SOURCES.values()), ids=lambda source: source.code)
class ASource:
    def test_has_a_format_that_is_read(self, source) -> None:  # type: ignore[no-untyped-def]
        for name in (source.format, *source.other_formats):
            assert name in FORMATS
        known = {*FORMATS[source.format].files, *FORMATS[source.format].optional}
        assert set(source.addresses) <= known
        if source.addresses:
            assert set(FORMATS[source.format].files) <= set(source.addresses)

    def test_is_complete(self, source) -> None:  # type: ignore[no-untyped-def]
        assert source.title and source.publisher and source.licence
        assert 0 < source.rhythm_days < source.stale_days
        assert source.most_bytes > 0 and source.fewest >= 1
        assert all(address.startswith("https://") for address in source.addresses.values())
        assert not source.page or source.page.startswith("https://")

    def test_is_only_on_by_default_where_its_file_can_be_fetched_freely(self, source) -> None:  # type: ignore[no-untyped-def]
        if source.enabled:
            assert source.addresses
            assert "licence from the publisher" not in source.licence
        if source.bundled:
            assert bundled_file(source).is_file()
