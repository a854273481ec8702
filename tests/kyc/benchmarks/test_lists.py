"""The invented Consolidated Screening List: a real file in all but its parties."""

from __future__ import annotations

import io

from kyc.benchmarks.lists import synthetic_csl
from kyc.watchlists.entries import ListedEntry, ParseReport
from kyc.watchlists.parsers import parse

ENTRIES = 400


def read(content: bytes) -> tuple[list[ListedEntry], ParseReport]:
    parsed = parse("csl-csv", {"main": io.BytesIO(content)}, source="us-csl")
    return list(parsed), parsed.report


class AnInventedList:
    def test_is_read_whole_and_without_a_warning(self) -> None:
        entries, report = read(synthetic_csl(ENTRIES))
        assert len(entries) == ENTRIES
        assert (report.bad_row_count, report.warnings, report.ended) == (0, (), True)

    def test_holds_what_costs_time_in_a_real_one(self) -> None:
        entries, _ = read(synthetic_csl(ENTRIES))
        assert {entry.measure for entry in entries} >= {"SDN", "EL", "DPL", "DTC"}
        for facts in ("addresses", "birth_dates", "identifiers", "nationalities", "licence_policy"):
            assert any(getattr(entry, facts) for entry in entries), facts
        assert sum(len(entry.names) for entry in entries) > 2 * ENTRIES

    def test_is_the_same_for_the_same_seed(self) -> None:
        assert synthetic_csl(50, seed=7) == synthetic_csl(50, seed=7) != synthetic_csl(50, seed=8)
