"""How many of the last days' sessions another location policy would have judged differently, and which."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kyc.access.whatif import NUMBERS, try_policy, with_changes
from kyc.errors import BadInput
from kyc.worlds import World

SHOWN = 20


class Command(BaseCommand):
    help = "Try another location policy on the sessions of the last days; nothing is changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=30)
        parser.add_argument("--world", choices=[world.value for world in World], default=settings.PORTAL_WORLD)
        parser.add_argument("--refuse", nargs="*", default=[], metavar="CC", help="countries that would be refused")
        parser.add_argument(
            "--offer", nargs="*", default=[], metavar="CC", help="countries that would be offered again"
        )
        parser.add_argument(
            "--set", action="append", default=[], metavar="NAME=NUMBER",
            help=f"one of {', '.join(NUMBERS)}, or restricted_groups_deny=yes",
        )  # fmt: skip
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        numbers = dict(text.partition("=")[::2] for text in options["set"])
        try:
            candidate = with_changes(refuse=options["refuse"], offer=options["offer"], numbers=numbers)
        except BadInput as error:
            raise CommandError(error.sentence) from error
        found = try_policy(candidate=candidate, world=World(options["world"]), days=options["days"], now=timezone.now())
        if options["json"]:
            rows = [
                {"decision": row.session.decision, "asked_for": row.session.asked_for, "at": row.session.at.isoformat(),
                 "country": row.country, "before": row.before, "after": row.after, "why": row.why}
                for row in found.differences
            ]  # fmt: skip
            self.stdout.write(json.dumps({"sessions": found.sessions, "changed": len(rows), "rows": rows}))
            return
        self.stdout.write(
            f"{len(found.differences)} of {found.sessions} sessions ({found.questions} questions, {found.customers} "
            f"customers) of the last {found.days} days would come out differently."
        )
        for (before, after), number in found.turned.items():
            self.stdout.write(f"  {before} -> {after}: {number}")
        for row in found.differences[:SHOWN]:
            why = " ".join(row.why)
            who = f"{row.session.at:%Y-%m-%d %H:%M} {row.session.asked_for} {row.country}"
            self.stdout.write(f"  {who} {row.before} -> {row.after}: {why}")
        if len(found.differences) > SHOWN:
            self.stdout.write(f"  and {len(found.differences) - SHOWN} more; --json names all.")
        if found.cut_off:
            self.stdout.write("There are more sessions than are judged: the oldest are left out.")
