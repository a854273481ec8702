"""Try other numbers of the matching policy on past screenings: how many hits more and fewer, and which."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kyc.audit.services import System
from kyc.errors import ClearanceError
from kyc.screening.models import PolicyTrial
from kyc.screening.policies import matching_in_force
from kyc.screening.states import WorkStatus
from kyc.screening.trials import ask_for_trial, numbers_of, rows_with_customers, run_trial
from kyc.worlds import World

ACTOR = System("try_policy")
SHIFTS = {"more": "+ hit", "fewer": "- hit", "stronger": "+ hold", "weaker": "- hold"}


def change(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name, float(value)
    except ValueError as error:
        raise ArgumentTypeError(f"{text} is no NAME=NUMBER like report_threshold=0.75") from error


class Command(BaseCommand):
    help = "Compare past screenings by the policy in force and by one with other numbers; changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--set", action="append", type=change, default=[], metavar="NAME=NUMBER", dest="changes")
        parser.add_argument("--world", choices=[str(world) for world in World], default=str(World.LIVE))
        parser.add_argument(
            "--limit", type=int, default=0, metavar="N", help="screenings at most; policy says how many"
        )
        parser.add_argument("--reason", default="tried from the command line")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["changes"]:
            for row in numbers_of(matching_in_force()):
                self.stdout.write(f"{row.name:<26} {matching_in_force()[row.name]:<6g} {row.unit}: {row.why}")
            return
        try:
            trial = ask_for_trial(
                overrides=dict(options["changes"]),
                reason=options["reason"],
                world=World(options["world"]),
                actor=ACTOR,
                limit=options["limit"],
            )
            self._tell(run_trial(trial_id=trial.pk, actor=ACTOR))
        except ClearanceError as error:
            raise CommandError(str(error)) from error

    def _tell(self, trial: PolicyTrial) -> None:
        if trial.status != WorkStatus.DONE:
            raise CommandError(
                f"{trial.public_id} is {trial.status}: {trial.error or 'a worker has it; see the console'}"
            )
        count = trial.counts.get
        self.stdout.write(
            f"{trial.public_id}: {trial}; {count('compared', 0)} screenings, {trial.unknown} could not be compared."
        )
        self.stdout.write(
            f"hits {count('before', 0)} → {count('after', 0)}: {count('more', 0)} more, {count('fewer', 0)} fewer; "
            f"{count('stronger', 0)} more would hold access, {count('weaker', 0)} no longer."
        )
        if lost := count("fewer_true_match", 0):
            self.stdout.write(f"! {lost} of the fewer were found to be true matches by people.")
        for row, screening in rows_with_customers(trial):
            customer = screening.customer.public_id if screening else "erased since"
            before, after = (f"{row[side]:.2f}" if row[side] is not None else "none" for side in ("before", "after"))
            decided = f", {row['decided']}" if row["decided"] else ""
            self.stdout.write(
                f"  {SHIFTS[str(row['shift'])]:<7} {before} → {after}  {customer} ~ {row['listed']}{decided}"
            )
