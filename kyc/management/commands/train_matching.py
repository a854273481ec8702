"""Fit the curve of the name score again, and write kyc/policy/matching_curve.py: a change of policy, to be reviewed."""

from __future__ import annotations

import hashlib
import json
import math
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError

from kyc.benchmarks.screening import read_corpus, read_queries
from kyc.errors import BadInput
from kyc.matching.engine import Engine
from kyc.matching.features import FEATURES, NAMES
from kyc.matching.index import Index
from kyc.matching.training import PER_CURVE, calibrated, fit, plain_companies, plain_people, rows_for, training_set
from kyc.policy.matching import CURRENT, MatchingPolicy

CURVE = Path(__file__).parents[2] / "policy" / "matching_curve.py"
POSITIVES, RECOMBINED, SWAPPED, PLAIN_PEOPLE, PLAIN_COMPANIES = 9_000, 1_500, 600, 4_000, 3_000
RATE = 0.02  # share of the negatives that may reach the report threshold
# A patronymic that is left out says nothing: lists give it, customers do not (pairs.csv, STRONG).
FIXED_FOR_PERSONS = {"soft_one_sided": 0.0}
ROUNDS = 2  # which row of a query is its best depends on the curve
RIDGE = 1.0


class Command(BaseCommand):
    help = "Fit the curve of the name score on queries made from a corpus; the same input gives the same curve."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--corpus", type=Path, required=True, help="JSON lines: id, schema, names")
        parser.add_argument("--scripts", type=Path, help="JSON lines: [id, schema, name in another script, source]")
        parser.add_argument(
            "--ban",
            type=Path,
            action="append",
            default=[],
            help="queries that the result is measured with; not learnt from",
        )
        parser.add_argument("--seed", type=int, default=3)
        parser.add_argument(
            "--keep",
            type=float,
            default=0.7,
            help="share of the curve in force that is kept: a fit on made queries alone does worse on real ones",
        )
        parser.add_argument(
            "--write", action="store_true", help=f"write {CURVE.name}; otherwise the curves are printed"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            parties = list(read_corpus(options["corpus"]))
            banned = [query.text for file in options["ban"] for query in read_queries(file)]
            scripts = _read_scripts(options["scripts"]) if options["scripts"] else []
        except (BadInput, OSError) as error:
            raise CommandError(str(error)) from error
        seed = options["seed"]
        kept, queries = training_set(parties, POSITIVES, RECOMBINED, SWAPPED, seed, scripts, banned)
        queries += plain_people(PLAIN_PEOPLE, seed) + plain_companies(PLAIN_COMPANIES, seed)
        index = Index.build(kept)
        at_threshold = math.log(CURRENT.report_threshold / (CURRENT["name_ceiling"] - CURRENT.report_threshold))
        policy = CURRENT
        for _ in range(ROUNDS):
            engine = Engine(index, policy)
            curves = []
            for person in PER_CURVE:
                rows = rows_for(engine, queries, person)
                curve = fit(rows.features, rows.labels, rows.weights, [feature.sign for feature in FEATURES], RIDGE)
                curve = calibrated(curve, rows, RATE, at_threshold)
                curves.append(dict(zip(NAMES, np.round(curve, 4).tolist(), strict=True)))
                self.stderr.write(
                    f"{'persons' if person else 'others'}: {len(rows.labels)} rows, {int(rows.labels.sum())} the same"
                )
            policy = MatchingPolicy("training", CURRENT.in_force_from, person_curve=curves[0], other_curve=curves[1])
        keep = options["keep"]
        in_force = (CURRENT.person_curve, CURRENT.other_curve)
        of_persons, of_others = (
            {name: round(keep * old[name] + (1.0 - keep) * new[name], 4) for name in NAMES}
            for old, new in zip(in_force, curves, strict=True)
        )
        of_persons |= FIXED_FOR_PERSONS
        text = _written(of_persons, of_others, _provenance(options["corpus"], seed, keep))
        if options["write"]:
            CURVE.write_text(text, encoding="utf-8")
            self.stdout.write(f"wrote {CURVE}: give the policy a new version and date, and measure")
        else:
            self.stdout.write(text)


def _read_scripts(file: Path) -> list[tuple[str, str]]:
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [(row[0], row[2]) for row in rows]


def _provenance(corpus: Path, seed: int, keep: float) -> str:
    digest = hashlib.sha256(corpus.read_bytes()).hexdigest()[:16]
    return (
        f"Fitted by `manage.py train_matching --seed {seed} --keep {keep}` on a corpus with sha256 {digest}…, from\n"
        f"the curve of {CURRENT.version} (docs/matching.md)."
    )


def _written(person: dict[str, float], other: dict[str, float], provenance: str) -> str:
    lines = [
        '"""The fitted weights of the name score, by the features of kyc.matching.features.',
        "",
        provenance,
        '"""',
        "",
    ]
    for name, curve in (("PERSON_CURVE", person), ("OTHER_CURVE", other)):
        lines += [
            f"{name}: dict[str, float] = {{",
            *(f'    "{key}": {value:.4f},' for key, value in curve.items()),
            "}",
        ]
    return "\n".join([*lines, ""])
