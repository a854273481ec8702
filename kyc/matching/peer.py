"""nomenklatura's index with logic-v2, measured beside ours. Never imported by the product.

Needs the dependency group `peer`; `bench_screening --peer nomenklatura` imports this module only when asked
to and says so where it is absent. Used as a caller would use it in bulk: its DuckDB blocking for all queries
at once, then logic-v2 on every candidate. Both are counted.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time

from followthemoney import Dataset, StatementEntity
from nomenklatura.blocker.index import Index
from nomenklatura.matching import LogicV2
from nomenklatura.resolver.linker import Linker
from nomenklatura.store.memory import MemoryStore

CANDIDATES = 60  # per query, as in the published comparisons
_DATASET = Dataset.make({"name": "bench", "title": "Bench"})


@dataclass(frozen=True, slots=True)
class PeerRow:
    """Results best first; `milliseconds` of CPU for scoring and this query's share of the blocking."""

    qid: str
    results: list[tuple[str, float]]
    milliseconds: float


@dataclass(frozen=True, slots=True)
class PeerRun:
    rows: list[PeerRow]
    build_seconds: float
    blocking_milliseconds: float  # per query


def _entity(key: str, schema: str, names: Sequence[str]) -> StatementEntity:
    return StatementEntity.from_data(_DATASET, {"id": key, "schema": schema, "properties": {"name": list(names)}})


def run(entities: Iterator[tuple[str, str, list[str]]], queries: Sequence[tuple[str, str, str]]) -> PeerRun:
    """`entities` are (id, schema, names), `queries` (qid, schema, name). CPU of this process and its threads."""
    started = process_time()
    store: MemoryStore[Dataset, StatementEntity] = MemoryStore(_DATASET, Linker({}))
    writer = store.writer()
    listed: dict[str, StatementEntity] = {}
    for key, schema, names in entities:
        listed[key] = _entity(key, schema, names)
        writer.add_entity(listed[key])
    with tempfile.TemporaryDirectory() as folder:
        index = Index(store.default_view(), Path(folder), {"max_candidates": CANDIDATES})
        index.build()
        built = process_time() - started
        asked = {qid: _entity(f"query-{qid}", schema, [text]) for qid, schema, text in queries}
        # The first comparison loads its name data once; that belongs to nobody's query.
        config = LogicV2.default_config()
        LogicV2.compare(_entity("a", "Person", ["Ivan Petrov"]), _entity("b", "Person", ["Ivan Petrow"]), config)
        started = process_time()
        found = {str(subject): candidates for subject, candidates in index.match_entities(list(asked.values()))}
        blocking = 1000 * (process_time() - started) / max(len(asked), 1)
    rows = []
    for qid, query in asked.items():
        started = process_time()
        scored = [
            (str(candidate), LogicV2.compare(query, listed[str(candidate)], config).score)
            for candidate, _ in found.get(f"query-{qid}", ())
        ]
        scored.sort(key=lambda row: -row[1])
        rows.append(PeerRow(qid, scored[:10], 1000 * (process_time() - started) + blocking))
    return PeerRun(rows, built, blocking)


def pair_scores(pairs: Sequence[tuple[str, str, str]]) -> list[float]:
    """logic-v2's score of (schema, name, name)."""
    config = LogicV2.default_config()
    return [
        LogicV2.compare(_entity("one", schema, [one]), _entity("other", schema, [other]), config).score
        for schema, one, other in pairs
    ]
