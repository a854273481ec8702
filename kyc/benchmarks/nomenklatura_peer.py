"""nomenklatura's index with logic-v2, measured beside ours. Never imported by the product.

Needs the dependency group `peer`; `bench_screening --peer nomenklatura` runs this module in a process of its own,
by the interpreter that has it (docs/matching.md), and says so where there is none. Used as a caller would use it
in bulk: its DuckDB blocking for all queries at once, then logic-v2 on every candidate. Both are counted.

    python -m kyc.benchmarks.nomenklatura_peer JOB.json RESULT.json
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from time import process_time

from followthemoney import Dataset, StatementEntity
from nomenklatura.blocker.index import Index
from nomenklatura.matching import LogicV2
from nomenklatura.resolver.linker import Linker
from nomenklatura.store.memory import MemoryStore

from kyc.benchmarks.processes import peak_megabytes

CANDIDATES = 60  # per query, as in the published comparisons
_DATASET = Dataset.make({"name": "bench", "title": "Bench"})


def main(job: Path, result: Path) -> None:
    """`job` names the corpus file and holds queries and pairs; `result` gets figures, results and pair scores."""
    asked = json.loads(job.read_text(encoding="utf-8"))
    # The first comparison loads its name data once; that belongs to nobody's query.
    config = LogicV2.default_config()
    LogicV2.compare(_entity("a", "Person", ["Ivan Petrov"]), _entity("b", "Person", ["Ivan Petrow"]), config)
    told = _ranked(_read_corpus(Path(asked["corpus"])), [tuple(row) for row in asked["queries"]])
    told["pairs"] = [
        LogicV2.compare(_entity("one", schema, [one]), _entity("other", schema, [other]), config).score
        for schema, one, other in asked["pairs"]
    ]
    told["peak_megabytes"] = peak_megabytes()
    result.write_text(json.dumps(told), encoding="utf-8")


def _read_corpus(file: Path) -> Iterator[tuple[str, str, list[str]]]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield row["id"], row["schema"], row["names"]


def _entity(key: str, schema: str, names: Sequence[str]) -> StatementEntity:
    return StatementEntity.from_data(_DATASET, {"id": key, "schema": schema, "properties": {"name": list(names)}})


def _ranked(
    entities: Iterable[tuple[str, str, list[str]]], queries: Sequence[tuple[str, str, str]]
) -> dict[str, object]:
    """`entities` are (id, schema, names), `queries` (qid, schema, name). CPU of this process and its threads."""
    config = LogicV2.default_config()
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
        started = process_time()
        asked = {qid: _entity(f"query-{qid}", schema, [text]) for qid, schema, text in queries}
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
        rows.append((qid, scored, 1000 * (process_time() - started) + blocking))
    return {"build_seconds": built, "blocking_milliseconds": blocking, "rows": rows}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
