"""How well and how fast names are matched, beside nomenklatura's logic-v2. The workings of `bench_screening`.

A query that names a listed party is a positive, any other a negative. "Recall at 2 %" is the share of positives
found at the lowest threshold at which at most 2 % of the negatives meet anything; a positive whose party is not
even ranked is no candidate. Each part runs in a fresh process, so that neither memory nor caches of one
part tell of another. Times are CPU time of one process: other work on the machine hardly moves them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from csv import DictReader
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, TypeVar

from kyc.benchmarks.processes import peak_megabytes, private_megabytes
from kyc.benchmarks.report import Report
from kyc.errors import BadInput
from kyc.matching.engine import Engine, compare
from kyc.matching.index import Index
from kyc.matching.training import training_set
from kyc.matching.types import Kind, Name, Party
from kyc.policy.matching import CURRENT

RANKED = 40  # parties kept for a query, however low they score
BATCH = 1_000  # queries
PEER_QUERIES = 2_000  # put to the peer without --full, evenly drawn
RATES = (0.01, 0.02, 0.05)
TYPICAL_RATE = 0.02  # the one at which kinds of queries are told apart
ENOUGH_ENTITIES = 10_000  # below this the figures say nothing about a real list, and are only told

KINDS = {
    "Person": Kind.PERSON, "Organization": Kind.ORGANISATION, "Company": Kind.ORGANISATION,
    "PublicBody": Kind.ORGANISATION, "Vessel": Kind.VESSEL, "Airplane": Kind.AIRCRAFT,
}  # fmt: skip  # others, LegalEntity above all: unknown

# The aims of issue 3: kinds of queries with their share to be found at the typical rate.
AIMS_BY_KIND = {
    "exact": 1.0, "alias_listed": 1.0, "reorder": 1.0, "last_first_comma": 1.0, "upper_punct": 1.0, "homoglyph": 1.0,
    "typo1": 0.975, "typo2": 0.85, "script_arabic": 0.88, "script_cyrillic": 0.94, "drop_middle": 0.96,
    "extra_middle": 1.0, "legal_form": 1.0, "alias_heldout": 0.80, "script_cjk": 0.5,
}  # fmt: skip
AIMS_BY_RATE = {0.01: 0.90, 0.02: 0.925, 0.05: 0.94}

# Names that say what sort of body somebody is and not which. None of them may meet anybody.
GENERIC_NAMES = (
    "CORP", "Corporation", "Company", "Co., Ltd.", "Limited", "LLC", "Inc.", "GmbH", "OOO", "JSC", "Group",
    "Holding", "Holdings Ltd", "Trading", "Trading Company", "General Trading LLC", "Trading Co., Ltd.",
    "International Trading Company", "Technology", "Technology Co., Ltd.", "Technologies Inc", "AI Technology Ltd",
    "Research", "Research Institute", "AI Research Institute", "Institute of Technology", "Research Center",
    "Scientific Research Institute", "University", "Bank", "Investment Bank", "Shipping", "Shipping Company",
    "Marine Services LLC", "Consulting", "Consulting Group", "Services", "Logistics Company", "Import Export",
    "Import Export Co", "Industries", "Industrial Group", "Engineering Company", "Electronics Co., Ltd.",
    "Foundation", "Charity Foundation", "Association", "Software", "Software Solutions Inc", "Systems Ltd",
    "Solutions", "Global Solutions", "International Holding Company", "Investment Company", "Management Company",
    "Construction Company", "Energy Company", "Oil Company", "Insurance Company", "The Company", "Ministry",
)  # fmt: skip

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Query:
    """`expected` are the ids of the parties it is; none for a negative."""

    qid: str
    kind: str
    text: str
    schema: str
    expected: frozenset[str]

    def party(self) -> Party:
        return Party(self.qid, (Name(self.text),), KINDS.get(self.schema, Kind.UNKNOWN))


@dataclass(frozen=True, slots=True)
class Pair:
    schema: str
    one: str
    other: str
    same: bool
    quality: str


@dataclass(frozen=True, slots=True)
class Answers:
    """What was ranked for each query (id, score), and its CPU milliseconds; `peak` is the process's memory in MB."""

    ranked: dict[str, list[tuple[str, float]]]
    milliseconds: dict[str, float]
    peak: float


# ------------------------------------------------------------------------------------------------ what is read
def read_corpus(file: Path) -> Iterator[Party]:
    for row in _rows(file):
        try:
            yield Party(row["id"], tuple(map(Name, row["names"])), KINDS.get(row["schema"], Kind.UNKNOWN))
        except (KeyError, TypeError) as error:
            raise BadInput("A line of the corpus has no id, schema or names.", file=str(file)) from error


def read_queries(file: Path) -> list[Query]:
    try:
        return [
            Query(row["qid"], row["kind"], row["query"], row["schema"], frozenset(row["expected"]))
            for row in _rows(file)
        ]
    except (KeyError, TypeError) as error:
        raise BadInput("A query has no qid, kind, query, schema or expected.", file=str(file)) from error


def read_pairs(file: Path) -> list[Pair]:
    with file.open(encoding="utf-8", newline="") as lines:
        try:
            return [
                Pair(row["schema"], row["name1"], row["name2"], row["is_match"] == "true", row["quality"])
                for row in DictReader(lines)
            ]
        except KeyError as error:
            raise BadInput(f"The table of pairs has no column {error}.", file=str(file)) from error


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise BadInput(f"Line {number} is no JSON.", file=str(file)) from error
            yield row


def made_queries(parties: Sequence[Party], seed: int = 1) -> tuple[list[Party], list[Query]]:
    """Where none are given: names of these parties with slips and the like, and recombined ones as negatives.

    The parties come back without the names that were held out. Too easy and too few to prove anything.
    """
    kept, labelled = training_set(parties, positives=400, recombined=100, swapped=0, seed=seed)
    schemas = {Kind.PERSON: "Person", Kind.ORGANISATION: "Organization", Kind.VESSEL: "Vessel"}
    return kept, [
        Query(f"q{n}", made.sort, made.text, schemas.get(made.kind, "LegalEntity"), made.expected)
        for n, made in enumerate(labelled)
    ]


# ------------------------------------------------------------------------------------------------ accuracy
@dataclass(frozen=True)
class Accuracy:
    """Best score of the expected parties for each positive, best score of anybody for each negative."""

    positives: tuple[tuple[str, float], ...]  # kind of query, score
    negatives: tuple[float, ...]  # highest first

    @classmethod
    def of(cls, queries: Iterable[Query], ranked: Mapping[str, Sequence[tuple[str, float]]]) -> Accuracy:
        positives, negatives = [], []
        for query in queries:
            found = ranked.get(query.qid, ())
            if query.expected:
                best = max((score for key, score in found if key in query.expected), default=0.0)
                positives.append((query.kind, best))
            else:
                negatives.append(max((score for _, score in found), default=0.0))
        return cls(tuple(positives), tuple(sorted(negatives, reverse=True)))

    def threshold(self, rate: float) -> float:
        """The lowest threshold at which at most this share of the negatives hits."""
        allowed = int(rate * len(self.negatives))
        return self.negatives[allowed] + 1e-9 if allowed < len(self.negatives) else 0.0

    def recall(self, threshold: float, kind: str | None = None) -> float:
        rows = [best for sort, best in self.positives if kind in (None, sort)]
        return sum(best >= threshold and best > 0 for best in rows) / len(rows) if rows else 0.0

    def false_positives(self, threshold: float) -> float:
        hits = sum(best >= threshold for best in self.negatives)
        return hits / len(self.negatives) if self.negatives else 0.0

    @property
    def candidate_recall(self) -> float:
        return self.recall(0.0)

    def kinds(self) -> dict[str, int]:
        """Kinds of positives, with how many there are."""
        return dict(sorted(Counter(kind for kind, _ in self.positives).items()))

    def curve(self) -> list[tuple[float, float]]:
        """(false-positive rate, recall) at every number of negatives that hit."""
        count = len(self.negatives)
        return [(allowed / count, self.recall(self.threshold(allowed / count + 1e-12))) for allowed in range(count)]


@dataclass(frozen=True, slots=True)
class PairVerdict:
    f1: float
    precision: float
    recall: float
    strong_missed: tuple[Pair, ...]  # pairs graded STRONG that are judged wrongly


def judge_pairs(pairs: Sequence[Pair], scores: Sequence[float], threshold: float) -> PairVerdict:
    """How the pairs that score at least `threshold` agree with those labelled as the same."""
    hits = [score >= threshold for score in scores]
    right = sum(hit and pair.same for hit, pair in zip(hits, pairs, strict=True))
    precision = right / max(sum(hits), 1)
    recall = right / max(sum(pair.same for pair in pairs), 1)
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    wrong = (pair for hit, pair in zip(hits, pairs, strict=True) if hit != pair.same)
    return PairVerdict(f1, precision, recall, tuple(pair for pair in wrong if pair.quality == "STRONG"))


def score_pair(pair: Pair) -> float:
    kind = KINDS.get(pair.schema, Kind.UNKNOWN)
    return compare(Party("one", (Name(pair.one),), kind), Party("other", (Name(pair.other),), kind)).score


# ------------------------------------------------------------------------------------------------ the parts
def in_a_fresh_process(work: Callable[..., T], *arguments: Any) -> T:
    """The answer of `work`, run in a new interpreter: its memory is its own, and nothing is remembered."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def build(corpus: Path, folder: Path) -> dict[str, float]:
    """Read the corpus, index and save it."""
    started = process_time()
    parties = list(read_corpus(corpus))
    read = process_time()
    index = Index.build(parties)
    index.save(folder)
    built = process_time()
    return {
        "entities": len(index),
        "names": sum(len(party.names) for party in parties),
        "read_seconds": read - started,
        "build_seconds": built - read,
        "peak": peak_megabytes(),
        "on_disk": sum(file.stat().st_size for file in folder.iterdir()) / 1e6,
    }


def ask_one_by_one(folder: Path, queries: Sequence[Query]) -> tuple[Answers, dict[str, float | None]]:
    """Every query by itself, the engine's memory of words empty at the start."""
    started = perf_counter()
    engine = Engine(Index.open(folder))
    opened = 1000 * (perf_counter() - started)
    started = process_time()
    engine.rank([Party("warm", (Name("Xylophon Quartz"),), Kind.PERSON)])  # decodes the words, imports what is lazy
    first = 1000 * (process_time() - started)
    ranked, milliseconds = {}, {}
    for query in queries:
        started = process_time()
        ranked[query.qid] = engine.rank([query.party()], RANKED)[0]
        milliseconds[query.qid] = 1000 * (process_time() - started)
    more = {"opened": opened, "first": first, "private": private_megabytes()}
    return Answers(ranked, milliseconds, peak_megabytes()), more


def ask_in_batches(folder: Path, queries: Sequence[Query]) -> tuple[float, bool, float]:
    """Milliseconds a query in batches; whether `match` gives the same there as one by one; its milliseconds."""
    engine = Engine(Index.open(folder))
    engine.rank([Party("warm", (Name("Xylophon Quartz"),), Kind.PERSON)])
    parties = [query.party() for query in queries]
    started = process_time()
    for start in range(0, len(parties), BATCH):
        engine.rank(parties[start : start + BATCH], RANKED)
    batch = 1000 * (process_time() - started) / len(parties)
    some = parties[:: max(1, len(parties) // 300)]
    started = process_time()
    singly = [engine.match(party) for party in some]
    told = 1000 * (process_time() - started) / len(some)
    return batch, engine.match_many(some) == singly, told


def ask_generic(folder: Path) -> list[str]:
    """The generic names that meet somebody at the product's threshold."""
    engine = Engine(Index.open(folder))
    hits = []
    for text in GENERIC_NAMES:
        for kind in (Kind.ORGANISATION, Kind.UNKNOWN):
            if found := engine.match(Party("generic", (Name(text),), kind), 1):
                hits.append(f"{text} = {found[0].matched_name.text}")
    return list(dict.fromkeys(hits))


def score_pairs(pairs: Sequence[Pair]) -> list[float]:
    return [score_pair(pair) for pair in pairs]


# ------------------------------------------------------------------------------------------------ the peer
@dataclass(frozen=True, slots=True)
class PeerAnswers:
    answers: Answers
    build_seconds: float
    pair_scores: list[float]


def ask_nomenklatura(python: str, corpus: Path, queries: Sequence[Query], pairs: Sequence[Pair]) -> PeerAnswers:
    """Raises BadInput, naming what is absent, where this interpreter has no nomenklatura."""
    with tempfile.TemporaryDirectory() as folder:
        job, result = Path(folder, "job.json"), Path(folder, "result.json")
        asked = {
            "corpus": str(corpus.resolve()),
            "queries": [(query.qid, query.schema, query.text) for query in queries],
            "pairs": [(pair.schema, pair.one, pair.other) for pair in pairs],
        }
        job.write_text(json.dumps(asked), encoding="utf-8")
        command = [python, "-m", "kyc.benchmarks.nomenklatura_peer", str(job), str(result)]
        root = Path(__file__).resolve().parents[2]
        try:
            done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        except OSError as error:
            raise BadInput(f"The peer's interpreter cannot be started: {error}.", python=python) from error
        if done.returncode != 0:
            reason = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "no reason given"
            raise BadInput(f"nomenklatura could not be run: {reason}", python=python)
        told = json.loads(result.read_text(encoding="utf-8"))
    answers = Answers(
        {qid: [(key, score) for key, score in found] for qid, found, _ in told["rows"]},
        {qid: taken for qid, _, taken in told["rows"]},
        told["peak_megabytes"],
    )
    return PeerAnswers(answers, told["build_seconds"], told["pairs"])


# ------------------------------------------------------------------------------------------------ the run
@dataclass(frozen=True, slots=True)
class Task:
    """What to measure. Without `corpus` the bundled sample, whose figures prove nothing and have no aims."""

    corpus: Path
    queries: list[Query]
    pairs: list[Pair]
    name: str
    has_aims: bool
    peer_python: str = ""  # "" for no peer
    is_full: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    report: Report
    ours: Answers
    peers: Answers | None
    curves: dict[str, list[tuple[float, float]]]


def measure(task: Task, say: Callable[[str], object]) -> Run:
    report = Report("bench_screening")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "index")
        say("building the index")
        made = in_a_fresh_process(build, task.corpus, folder)
        say("asking one by one")
        ours, single = in_a_fresh_process(ask_one_by_one, folder, task.queries)
        say("asking in batches")
        batch, same, told = in_a_fresh_process(ask_in_batches, folder, task.queries)
        generic = in_a_fresh_process(ask_generic, folder)
        pair_scores = in_a_fresh_process(score_pairs, task.pairs)
    peer: PeerAnswers | None = None
    asked_peer = task.queries if task.is_full else _evenly(task.queries, PEER_QUERIES)
    absent = ""
    if task.peer_python:
        say("asking nomenklatura")
        try:
            peer = ask_nomenklatura(task.peer_python, task.corpus, asked_peer, task.pairs)
            report.peer = "logic-v2"
        except BadInput as error:
            absent = str(error)
            say(absent)
    entities = int(made["entities"])
    has_aims = task.has_aims and entities >= ENOUGH_ENTITIES
    accuracy = Accuracy.of(task.queries, ours.ranked)
    theirs = Accuracy.of(asked_peer, peer.answers.ranked) if peer else None
    report.facts = {
        "of": task.name, "entities": entities, "names": int(made["names"]), "positives": len(accuracy.positives),
        "negatives": len(accuracy.negatives), "policy": CURRENT.version,
    }  # fmt: skip
    if not has_aims:
        report.facts["note"] = "too small to prove anything; aims are only told with a corpus and queries of one's own"
    if absent:
        report.facts["peer absent"] = absent

    def add(
        name: str, value: float | None, unit: str = "", aims: Mapping[str, float] | None = None, **more: Any
    ) -> None:
        report.add(name, value, unit, **(dict(aims or {}) if has_aims else {}), **more)

    _add_accuracy(add, accuracy, theirs)
    report.add(
        "generic names that hit", len(generic), f"of {len(GENERIC_NAMES)}", at_most=0, note="; ".join(generic[:5])
    )
    _add_pairs(add, task.pairs, pair_scores, peer)
    _add_speed(add, ours, batch, told, peer)
    report.add("batch and single give the same", float(same), at_least=1.0)
    add("build", made["build_seconds"], "s CPU", {"at_most": 5.0}, peer=peer and peer.build_seconds,
        note=f"reading the corpus {made['read_seconds']:.1f} s more")  # fmt: skip
    add("memory of a process that matches", ours.peak, "MB", {"at_most": 350.0}, peer=peer and peer.answers.peak,
        note=f"of it not shared {single['private']:.0f} MB" if single["private"] else "")  # fmt: skip
    add("memory of the process that builds", made["peak"], "MB", {"at_most": 350.0}, peer=peer and peer.answers.peak)
    add("index on disk", made["on_disk"], "MB")
    add("index opened", single["opened"], "ms", note=f"the first answer after it takes {single['first']:.0f} ms")
    curves = {"Clearance": accuracy.curve()} | ({"nomenklatura logic-v2": theirs.curve()} if theirs else {})
    return Run(report, ours, peer.answers if peer else None, curves)


def _add_accuracy(add: Callable[..., None], ours: Accuracy, theirs: Accuracy | None) -> None:
    for rate in RATES:
        add(f"recall at {rate:.0%} false positives", ours.recall(ours.threshold(rate)), "",
            {"at_least": AIMS_BY_RATE[rate]}, peer=theirs and theirs.recall(theirs.threshold(rate)))  # fmt: skip
    add("candidate recall", ours.candidate_recall, "", {"at_least": 0.985}, peer=theirs and theirs.candidate_recall)
    at, peer_at = ours.threshold(TYPICAL_RATE), theirs.threshold(TYPICAL_RATE) if theirs else 0.0
    for kind, count in ours.kinds().items():
        aims = {"at_least": AIMS_BY_KIND[kind]} if kind in AIMS_BY_KIND else {}
        add(f"  {kind}", ours.recall(at, kind), "", aims, peer=theirs and theirs.recall(peer_at, kind),
            note=f"of {count}, at {TYPICAL_RATE:.0%}")  # fmt: skip
    product = CURRENT.report_threshold
    add(f"recall at the product's threshold {product:.2f}", ours.recall(product), "",
        peer=theirs and theirs.recall(product))  # fmt: skip
    add(f"false positives at {product:.2f}", ours.false_positives(product), "",
        peer=theirs and theirs.false_positives(product))  # fmt: skip


def _add_pairs(
    add: Callable[..., None], pairs: Sequence[Pair], scores: Sequence[float], peer: PeerAnswers | None
) -> None:
    if not pairs:
        return
    threshold = CURRENT.report_threshold
    ours = judge_pairs(pairs, scores, threshold)
    theirs = judge_pairs(pairs, peer.pair_scores, threshold) if peer else None
    add(f"F1 on {len(pairs)} pairs at {threshold:.2f}", ours.f1, "", {"at_least": 0.87}, peer=theirs and theirs.f1,
        note=f"precision {ours.precision:.3f}, recall {ours.recall:.3f}")  # fmt: skip
    add("STRONG pairs judged wrongly", len(ours.strong_missed), "", peer=theirs and len(theirs.strong_missed))


def _add_speed(add: Callable[..., None], ours: Answers, batch: float, told: float, peer: PeerAnswers | None) -> None:
    cold, p99 = _mean(ours.milliseconds.values()), _percentile(ours.milliseconds.values(), 0.99)
    peer_mean = _mean(peer.answers.milliseconds.values()) if peer else None
    peer_p99 = _percentile(peer.answers.milliseconds.values(), 0.99) if peer else None
    add("CPU a query, cold", cold, "ms", peer=peer_mean)
    add("CPU a query, p99", p99, "ms", {"at_most": 5.0}, peer=peer_p99)
    add(f"CPU a query, batches of {BATCH:,}", batch, "ms", peer=peer_mean)
    add("CPU a query, with every reason told", told, "ms", note="words known by then")
    add("queries a second and core, cold", 1000 / cold, "", peer=peer_mean and 1000 / peer_mean)
    if peer_mean:
        add("times as fast as logic-v2, cold", peer_mean / cold, "×", {"at_least": 15.0})
        add("times as fast as logic-v2, in batches", peer_mean / batch, "×", {"at_least": 30.0})


def _mean(values: Iterable[float]) -> float:
    values = list(values)
    return sum(values) / len(values)


def _percentile(values: Iterable[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[int(len(ordered) * share)]


def _evenly(rows: Sequence[Query], most: int) -> list[Query]:
    return list(rows) if len(rows) <= most else [rows[n * len(rows) // most] for n in range(most)]


def write_results(file: Path, answers: Answers) -> None:
    """In the form that `score.py` reads: one query a line, the best first."""
    with file.open("w", encoding="utf-8") as out:
        for qid, found in answers.ranked.items():
            row = {
                "qid": qid,
                "results": [{"id": key, "score": score} for key, score in found],
                "cpu_ms": round(answers.milliseconds[qid], 4),
            }
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


def interpreter_of(given: str | None) -> str:
    return given or sys.executable
