"""What is timed is what it says: enough interests, all of them above the customer, and a report with its aim."""

from __future__ import annotations

from kyc.benchmarks.ownership import EDGES, draw_structure, measure
from kyc.benchmarks.report import Report


class TheDrawnStructure:
    def test_has_as_many_interests_as_are_named_and_nothing_beside_the_customer(self):
        structure = draw_structure()
        assert len(structure.interests) >= EDGES
        assert len(structure.above) == len({key for row in structure.interests for key in (row.owner, row.owned)})

    def test_is_the_same_every_time(self):
        assert draw_structure(4_000).interests == draw_structure(4_000).interests

    def test_is_reported_with_its_aim(self):
        report = Report("ownership")
        measure(report)
        assert (report.measures[0].at_most, len(report.measures)) == (0.5, 6)
