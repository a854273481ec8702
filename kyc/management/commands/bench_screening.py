"""Measure name matching: accuracy, speed and memory, beside nomenklatura where it is installed."""

from __future__ import annotations

import json
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from kyc.benchmarks.command import BenchCommand
from kyc.benchmarks.plot import recall_curve
from kyc.benchmarks.report import Report
from kyc.benchmarks.screening import (
    Task,
    interpreter_of,
    made_queries,
    measure,
    read_pairs,
    read_queries,
    write_results,
)
from kyc.errors import BadInput
from kyc.matching.types import Kind, Party
from kyc.watchlists.entries import ListedEntry

SAMPLE = Path(__file__).parents[2] / "watchlists" / "sample" / "sample.jsonl"


class Command(BenchCommand):
    help = (
        "Accuracy, CPU time and memory of name matching. Without a corpus it runs on the bundled sample, "
        "which proves nothing but that it runs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--corpus", type=Path, help="JSON lines: id, schema, names")
        parser.add_argument("--queries", type=Path, help="JSON lines: qid, kind, query, schema, expected")
        parser.add_argument("--out", type=Path, help="what was found, JSON lines: qid, results, cpu_ms")
        parser.add_argument("--pairs", type=Path, help="CSV: schema, name1, name2, is_match, quality")
        parser.add_argument(
            "--peer", choices=["nomenklatura"], help="measure it too; docs/matching.md says how to get it"
        )
        parser.add_argument(
            "--peer-python", metavar="FILE", help="the interpreter that has the peer (default: this one)"
        )
        parser.add_argument("--plot", type=Path, metavar="FILE", help="recall against false positives, as SVG")

    def measure(self, **options: Any) -> Report:
        if bool(options["corpus"]) != bool(options["queries"]):
            raise CommandError("--corpus and --queries belong together.")
        try:
            with tempfile.TemporaryDirectory() as folder:
                run = measure(self._task(Path(folder), **options), self.stderr.write)
        except (BadInput, OSError) as error:
            raise CommandError(str(error)) from error
        if options["out"]:
            write_results(options["out"], run.ours)
            if run.peers:
                peers = options["out"].with_name(f"{options['out'].stem}.{options['peer']}.jsonl")
                write_results(peers, run.peers)
                self.stderr.write(f"the peer's results are in {peers}")
        if options["plot"]:
            facts = run.report.facts
            title = f"{facts['of']}: {facts['entities']:,} listed parties, {facts['positives']:,} listed and " \
                    f"{facts['negatives']:,} other names asked"  # fmt: skip
            options["plot"].write_text(recall_curve(run.curves, title), encoding="utf-8")
        return run.report

    def _task(self, folder: Path, **options: Any) -> Task:
        pairs = read_pairs(options["pairs"]) if options["pairs"] else []
        python = interpreter_of(options["peer_python"]) if options["peer"] else ""
        if options["corpus"]:
            queries = read_queries(options["queries"])
            return Task(options["corpus"], queries, pairs, options["corpus"].name, True, python, options["full"])
        kept, queries = made_queries(list(_sample()))
        corpus = folder / "sample.jsonl"
        corpus.write_text("".join(json.dumps(_row(party)) + "\n" for party in kept), encoding="utf-8")
        return Task(corpus, queries, pairs, "the bundled sample", False, python, options["full"])


def _sample() -> list[Party]:
    rows = enumerate(SAMPLE.read_text(encoding="utf-8").splitlines()[1:], start=2)
    entries = (
        ListedEntry.from_json({"source": "sample", "position": f"line {n}", **json.loads(row)}) for n, row in rows
    )
    return [entry.party(entry.uid) for entry in entries]


def _row(party: Party) -> dict[str, Any]:
    schemas = {
        Kind.PERSON: "Person",
        Kind.ORGANISATION: "Organization",
        Kind.VESSEL: "Vessel",
        Kind.AIRCRAFT: "Airplane",
    }
    names = [name.text for name in party.names]
    return {"id": party.key, "schema": schemas.get(party.kind, "LegalEntity"), "names": names}
