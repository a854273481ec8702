"""The figures of the screening benchmark are those of the published scorer, and its parts fit together."""

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from kyc.benchmarks.plot import recall_curve
from kyc.benchmarks.screening import (
    Accuracy,
    Answers,
    Pair,
    Query,
    judge_pairs,
    read_corpus,
    read_queries,
    write_results,
)
from kyc.errors import BadInput
from kyc.matching.types import Kind

SHARED = Path(__file__).parents[4].parent / "shared" / "bench"


def query(qid: str, kind: str, *expected: str) -> Query:
    return Query(qid, kind, "Ivan Petrov", "Person", frozenset(expected))


QUERIES = [query("p1", "exact", "a"), query("p2", "typo1", "b"), query("p3", "typo1", "c")] + [
    query(f"n{n}", "negative") for n in range(100)
]
RANKED = {
    "p1": [("a", 0.9), ("x", 0.95)],
    "p2": [("b", 0.6)],
    "n0": [("x", 0.8)],
    "n1": [("x", 0.7)],
    "n2": [("x", 0.5)],
}


class TheAccuracy:
    found = Accuracy.of(QUERIES, RANKED)

    def test_is_taken_at_the_lowest_threshold_that_the_rate_allows(self) -> None:
        assert self.found.threshold(0.01) == pytest.approx(0.7)
        assert self.found.threshold(0.02) == pytest.approx(0.5)
        assert self.found.recall(self.found.threshold(0.01)) == pytest.approx(1 / 3)
        assert self.found.recall(self.found.threshold(0.02)) == pytest.approx(2 / 3)

    def test_counts_a_query_without_an_answer_as_no_candidate(self) -> None:
        assert self.found.candidate_recall == pytest.approx(2 / 3)
        assert self.found.recall(0.0, "typo1") == 0.5

    def test_counts_the_expected_party_and_not_the_best_one(self) -> None:
        assert ("exact", 0.9) in self.found.positives

    def test_rises_along_its_curve(self) -> None:
        rates, recalls = zip(*self.found.curve(), strict=True)
        assert list(rates) == sorted(rates)
        assert list(recalls) == sorted(recalls)

    @pytest.mark.parametrize("least", [0.0, 0.4, 0.75])
    def test_is_the_one_of_the_published_scorer(self, tmp_path: Path, least: float) -> None:
        if not (SHARED / "score.py").exists():
            pytest.skip("needs ../shared/bench/score.py")
        queries, results = tmp_path / "queries.jsonl", tmp_path / "results.jsonl"
        rows = [{"qid": q.qid, "kind": q.kind, "query": q.text, "schema": q.schema, "expected": sorted(q.expected)}
                for q in QUERIES]  # fmt: skip
        queries.write_text("".join(json.dumps(row) + "\n" for row in rows))
        ranked = {qid: [pair for pair in found if pair[1] >= least] for qid, found in RANKED.items()}
        write_results(results, Answers(ranked, dict.fromkeys(ranked, 1.5), 0.0))
        command = [sys.executable, str(SHARED / "score.py"), str(queries), str(results), "--json"]
        told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        found = Accuracy.of(read_queries(queries), ranked)
        assert told["candidate_recall"] == round(found.candidate_recall, 4)
        for rate in (0.01, 0.02, 0.05):
            assert told[f"recall_at_{rate:.0%}_fpr"] == round(found.recall(found.threshold(rate)), 4)
        for kind, recall in told["by_kind_at_2%_fpr"].items():
            assert recall == round(found.recall(found.threshold(0.02), kind), 3)


class ThePairs:
    pairs = [Pair("Person", "a", "b", same, "STRONG") for same in (True, True, False)]

    def test_are_judged_at_the_threshold_given(self) -> None:
        verdict = judge_pairs(self.pairs, [0.9, 0.5, 0.8], 0.7)
        assert (verdict.precision, verdict.recall, verdict.f1) == (0.5, 0.5, 0.5)
        assert len(verdict.strong_missed) == 2

    def test_of_which_none_is_found_give_zero(self) -> None:
        assert judge_pairs(self.pairs, [0.0, 0.0, 0.0], 0.7).f1 == 0.0


class TheFiles:
    def test_say_what_kind_a_schema_is(self, tmp_path: Path) -> None:
        file = tmp_path / "corpus.jsonl"
        file.write_text(
            '{"id": "1", "schema": "LegalEntity", "names": ["X"]}\n\n{"id": "2", "schema": "Vessel", "names": []}\n'
        )
        assert [party.kind for party in read_corpus(file)] == [Kind.UNKNOWN, Kind.VESSEL]

    @pytest.mark.parametrize("line", ["{", '{"id": "1"}'])
    def test_that_are_no_corpus_are_refused(self, tmp_path: Path, line: str) -> None:
        (tmp_path / "corpus.jsonl").write_text(line)
        with pytest.raises(BadInput):
            list(read_corpus(tmp_path / "corpus.jsonl"))


class TheCommand:
    @pytest.mark.slow
    def test_runs_on_the_bundled_sample_and_names_a_peer_that_is_absent(self, tmp_path: Path) -> None:
        out = StringIO()
        options = {"out": tmp_path / "r.jsonl", "plot": tmp_path / "p.svg", "peer": "nomenklatura",
                   "peer_python": str(tmp_path / "no-python"), "stdout": out, "stderr": StringIO()}  # fmt: skip
        call_command("bench_screening", **options)
        assert "the bundled sample" in out.getvalue()
        assert "The peer's interpreter cannot be started" in out.getvalue()
        rows = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
        assert all({"qid", "results", "cpu_ms"} <= set(row) for row in rows)
        assert (tmp_path / "p.svg").read_text().startswith("<svg")


class ThePicture:
    def test_draws_every_curve_and_names_it(self) -> None:
        drawn = recall_curve({"ours": [(0.0, 0.5), (0.01, 0.9), (0.05, 0.95)], "peer <2>": [(0.01, 0.6)]}, "A & B")
        assert drawn.count("stroke-width") == 4
        assert "peer &lt;2&gt;" in drawn and "A &amp; B" in drawn
