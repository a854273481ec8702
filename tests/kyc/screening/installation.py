"""What the fault tests do inside the installation they made: `python -m tests.kyc.screening.installation VERB …`.

Each verb prints one line of JSON. Entries and customers are drawn from a fixed seed, so that every process knows
who bears whose name.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from typing import Any

import django

CROWD = 8_000
GROUPS, GROUP = 10, 8  # so many faults at most, each with so many listed customers
BASE = 200  # entries of the first edition
FAT_ROWS, FAT_BYTES = 5_000, 5_000  # an edition too large for a disk that is nearly full


def main(verb: str, *words: str) -> Any:
    django.setup()
    return {"lay": lay, "activate": activate, "load_fat": load_fat, "full": full, "shards": shards, "verdict": verdict}[
        verb
    ](*words)


def entries() -> list[Any]:
    from kyc.benchmarks.people import LISTED, Namer
    from kyc.benchmarks.population import _entry
    from kyc.matching.types import Kind

    namer = Namer(7, LISTED)
    drawn = (_entry(namer, number) for number in range(BASE + 8 * GROUPS * GROUP))
    people = [entry for entry in drawn if entry.kind is Kind.PERSON]
    return people[: BASE + GROUPS * GROUP]


def edition(number: int, more: list[Any] | None = None) -> Any:
    """The edition that lists the groups up to and with that number; 0 lists none of them."""
    from kyc.audit.services import System
    from kyc.watchlists.parsers import clearance
    from kyc.watchlists.services import load_edition

    rows = entries()[: BASE + number * GROUP]
    content = clearance.write(
        [*rows, *(more or [])], title=f"Edition {number}", published_on=date(2026, 11, 1 + number)
    )
    return load_edition(source="operator", files={"main": content}, origin=f"edition {number}", actor=System("test"))


def lay() -> dict[str, int]:
    """A crowd, with the bearers of the listed names among it, and the first edition, looked through once."""
    from kyc.benchmarks.population import fill

    listed = tuple(entries()[BASE:])
    planted = fill(customers=CROWD, affected=listed, seed=11)
    return {"planted": len(planted)} | activate("0")


def activate(number: str) -> dict[str, int]:
    from kyc.audit.services import System
    from kyc.watchlists.services import activate_edition

    found = edition(int(number))
    activate_edition(edition=found, actor=System("test"))
    return {"entries": found.entry_count}


def load_fat() -> dict[str, Any]:
    """An edition with long remarks that do not compress; what became of it, and what is in force."""
    from dataclasses import replace
    from random import Random

    from django.db import DatabaseError

    from kyc.watchlists.models import Edition
    from kyc.watchlists.queries import active_editions

    random = Random(5)
    one = entries()[0]
    fat = [
        replace(one, uid=f"fat-{number}", remarks=random.randbytes(FAT_BYTES // 2).hex()) for number in range(FAT_ROWS)
    ]
    try:
        status = edition(0, fat).status
    except DatabaseError as error:
        status = f"refused: {error}"
    return {"status": status, "editions": Edition.objects.count(), "active": len(active_editions().ids)}


def full() -> dict[str, int]:
    from kyc.audit.services import System
    from kyc.screening.runs import plan_run
    from kyc.screening.states import RunReason

    run = plan_run(reason=RunReason.FULL_PASS, actor=System("test"))
    return {"run": run.pk}


def shards(run: str) -> dict[str, int]:
    """Send each shard of a run by name, four times over."""
    from django.db import transaction

    from kyc.dispatch import after_commit
    from kyc.screening.models import Shard

    with transaction.atomic():
        for pk in [*Shard.objects.filter(run=run).values_list("pk", flat=True)] * 4:
            after_commit("kyc.rescreen_shard", shard_id=pk)
    return {}


def verdict() -> dict[str, Any]:
    """Everything that must be right after a fault, whichever it was."""
    from collections import Counter

    from django.utils import timezone

    from kyc.access.models import Hold
    from kyc.cases.models import Case
    from kyc.customers.models import Customer
    from kyc.screening.models import Hit, RescreeningRun, Screening
    from kyc.screening.queries import coverage

    hits = Counter(Hit.objects.values_list("customer", "subject", "group"))
    holds = Counter(Hold.objects.standing().values_list("customer", "kind", "reference"))
    cases = Counter(Case.objects.unresolved().values_list("customer", "type"))
    twice = Counter(Screening.objects.exclude(run=None).values_list("customer", "run"))
    behind = [row.customer for row in coverage(as_of=timezone.now()) if row.behind]
    strong = set(Hit.objects.filter(strong=True).values_list("public_id", flat=True))
    held = set(Hold.objects.standing().values_list("reference", flat=True))
    return {
        "hits": sorted(
            [external, group, round(score, 4)]
            for external, group, score in Hit.objects.values_list("customer__external_id", "group__key", "score")
        ),
        "doubled": [count for counts in (hits, holds, cases, twice) for count in counts.values() if count > 1],
        "strong_without_hold": sorted(strong - held),
        "hits_without_case": Hit.objects.exclude(customer__case__type="screening").count(),
        "behind": len(behind),
        "customers": Customer.objects.count(),
        "unfinished": list(
            RescreeningRun.objects.exclude(status__in=["done", "cancelled"]).values_list("pk", flat=True)
        ),
        "differs": sum(RescreeningRun.objects.values_list("shards__differs", flat=True).exclude(shards=None)),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], *sys.argv[2:])) + "\n")
