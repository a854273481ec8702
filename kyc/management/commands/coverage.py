"""Proof of coverage: which edition and policy every customer was last compared with, and who is behind."""

from __future__ import annotations

import csv
from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kyc.screening.queries import Coverage, coverage, editions_in_force
from kyc.worlds import World


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text} is no date like 2026-11-23") from error


class Command(BaseCommand):
    help = "Who was last screened with which edition and policy; exits with 1 where anybody is behind."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as-of", type=day, metavar="DATE", help="the end of that day (UTC); now, if not said")
        parser.add_argument("--world", choices=[str(world) for world in World])
        parser.add_argument("--csv", metavar="FILE", help="write a line for every customer")

    def handle(self, *args: Any, **options: Any) -> None:
        as_of = _moment(options["as_of"])
        world = World(options["world"]) if options["world"] else None
        rows = coverage(as_of=as_of, world=world)
        if options["csv"]:
            with open(options["csv"], "w", encoding="utf-8", newline="") as file:
                total, behind = self._tell(rows, as_of, csv.writer(file))
        else:
            total, behind = self._tell(rows, as_of, None)
        if behind:
            raise CommandError(f"{behind} of {total} customers are behind.")

    def _tell(self, rows: Any, as_of: datetime, table: Any) -> tuple[int, int]:
        """Streams: a line for each customer who is behind, then the sums."""
        self.stdout.write(f"As of {as_of:%Y-%m-%d %H:%M} UTC, in force:")
        for code, edition in sorted(editions_in_force(as_of).items()):
            self.stdout.write(f"  {code}: {edition}")
        if table:
            table.writerow(["customer", "world", "screened_at", "policy", "editions", "behind"])
        total, behind, why = 0, 0, Counter[str]()
        for row in rows:
            total += 1
            if table:
                table.writerow(_line(row))
            if row.behind:
                behind += 1
                why.update(reason.partition(":")[0] for reason in row.behind)
                self.stdout.write(f"behind: {row.customer} ({row.world}): {'; '.join(row.behind)}")
        share = 1.0 if not total else 1 - behind / total
        self.stdout.write(f"{total} customers on file, {total - behind} covered ({share:.2%}).")
        for reason, count in why.most_common():
            self.stdout.write(f"  {reason}: {count}")
        return total, behind


def _moment(day: date | None) -> datetime:
    now = timezone.now()
    if day is None:
        return now
    end = timezone.make_aware(datetime.combine(day, time.min)) + timedelta(days=1)
    return min(end, now)


def _line(row: Coverage) -> list[str]:
    editions = " ".join(f"{code}={edition}" for code, edition in sorted(row.editions.items()))
    screened_at = row.screened_at.isoformat(timespec="seconds") if row.screened_at else ""
    return [row.customer, row.world, screened_at, row.policy_version, editions, "; ".join(row.behind)]
