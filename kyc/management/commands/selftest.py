"""Manipulated records of the active lists, and clean ones, through screening: what is caught, and what is missed."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kyc.audit.services import System
from kyc.errors import ClearanceError
from kyc.policy.selftest import CURRENT
from kyc.screening.selftests import ask_for_self_test, run_self_test
from kyc.screening.states import WorkStatus

ACTOR = System("selftest")


class Command(BaseCommand):
    help = "Test screening with manipulated and clean records; the report is kept. Exits with 1 where a rate is short."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--entries", type=int, default=CURRENT.entries, metavar="N", help="listed parties drawn")
        parser.add_argument("--seed", type=int, help="the same seed and editions give the same records")
        parser.add_argument("--misses", action="store_true", help="print what was missed")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            asked = ask_for_self_test(actor=ACTOR, entries=options["entries"], seed=options["seed"])
            test = run_self_test(test_id=asked.pk, actor=ACTOR)
        except ClearanceError as error:
            raise CommandError(str(error)) from error
        if test.status != WorkStatus.DONE:
            why = test.error or "a worker has it; see the console"
            raise CommandError(f"{test.public_id} is {test.status}: {why}")
        lists = ", ".join(sorted(test.editions))
        self.stdout.write(
            f"{test.public_id}: {test.entries} parties of {lists}; seed {test.seed}, {test.policy_version}"
        )
        for row in test.results:
            self._tell(row, options["misses"])
        if not test.passed:
            short = ", ".join(row["code"] for row in test.results if row["short"])
            raise CommandError(f"Short of what policy asks: {short}. The report is kept in the console.")

    def _tell(self, row: dict[str, Any], misses: bool) -> None:
        rate = "-" if row["rate"] is None else f"{row['rate']:.1%}"
        asked = f"at least {row['least']:.0%}" if row["least"] else f"at most {row['most']:.0%}"
        verdict = "SHORT" if row["short"] else "too few to say" if row["few"] else ""
        self.stdout.write(f"  {row['title']:<58} {row['caught']:>4} of {row['tried']:<4} {rate:>7}  {asked}  {verdict}")
        for miss in row["misses"] if misses else ():
            self.stdout.write(f"      {miss['as']} ~ {miss['listed']} ({miss['key']})")
