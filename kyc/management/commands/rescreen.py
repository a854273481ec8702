"""Plan a re-screening of everybody, or of what one edition changed, and follow it while the workers run it."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kyc.audit.services import System
from kyc.errors import ClearanceError
from kyc.screening.models import RescreeningRun
from kyc.screening.queries import progress_of
from kyc.screening.runs import plan_run
from kyc.screening.states import RunReason, RunStatus
from kyc.watchlists.models import Edition
from kyc.worlds import World

OVER = (RunStatus.DONE, RunStatus.CANCELLED, RunStatus.PAUSED)


class Command(BaseCommand):
    help = "Re-screen everybody on file against the active lists, through the workers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--world", choices=[str(world) for world in World], help="both, if not said")
        parser.add_argument("--edition", metavar="ID", help="only against what this edition changed")
        parser.add_argument("--no-wait", action="store_true", help="plan it and return")
        parser.add_argument("--every", type=float, default=2.0, metavar="SECONDS", help="between lines of progress")

    def handle(self, *args: Any, **options: Any) -> None:
        world = World(options["world"]) if options["world"] else None
        try:
            if options["edition"]:
                edition = Edition.objects.get(public_id=options["edition"])
                run = plan_run(reason=RunReason.NEW_EDITION, world=world, delta_of=edition, actor=System("rescreen"))
            else:
                run = plan_run(reason=RunReason.FULL_PASS, world=world, actor=System("rescreen"))
        except Edition.DoesNotExist as error:
            raise CommandError(f"There is no edition {options['edition']}.") from error
        except ClearanceError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Run {run.pk}: {run.planned} customers in {run.shards.count()} shards.")
        if not options["no_wait"]:
            self._follow(run, options["every"])

    def _follow(self, run: RescreeningRun, seconds: float) -> None:
        """Until it is over. Interrupting stops the watching, not the run."""
        while run.status not in OVER:
            self._tell(run)
            time.sleep(seconds)
            run.refresh_from_db()
        self._tell(run)

    def _tell(self, run: RescreeningRun) -> None:
        progress = progress_of(run, now=timezone.now())
        left = "" if progress.remaining is None else f", about {progress.remaining.total_seconds():.0f} s left"
        self.stdout.write(
            f"{run.status}: {progress.done} of {progress.planned} ({progress.share:.0%}), "
            f"{progress.screened} compared in full, {progress.hits} hits{left}"
        )
        self.stdout.flush()
