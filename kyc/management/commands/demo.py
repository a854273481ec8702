"""Tell the story of the product against the running system, one line a step, through its public doors alone."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from requests import RequestException

from kyc.demonstration.story import EDITION, NEXT_EDITION, Stage, Story
from kyc.demonstration.visitor import StoryBroke
from kyc.watchlists.sources import SAMPLE_FOLDER


class Command(BaseCommand):
    help = "Walk the whole road in the test world: customers, staff, a new list edition, the gate, an import."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The story is for the demonstration; this is a real installation.")
        story = Story(stage_of(Path(settings.DATA)))
        begun = time.monotonic()
        scenes = story.scenes()
        for number, scene in enumerate(scenes, start=1):
            try:
                sentence = scene()
            except (StoryBroke, RequestException) as error:
                words = scene.__name__.replace("_", " ")
                raise CommandError(f"Step {number} of {len(scenes)} ({words}) failed: {error}") from error
            self.stdout.write(f"{time.monotonic() - begun:7.1f} s  {number:2}/{len(scenes)}  {sentence}")
            self.stdout.flush()
        self.stdout.write(f"Told whole. Look for yourself: {settings.BASE_URL}/console/")


def stage_of(data: Path) -> Stage:
    """Where the demonstration of this data folder plays."""
    logins = json.loads((data / "demo-logins.json").read_text(encoding="utf-8"))
    return Stage(
        home=settings.BASE_URL,
        mail=Path(settings.EMAIL_FILE_PATH),
        logins={row["role"]: row["email"] for row in logins},
        password=logins[0]["password"],
        editions={name: (SAMPLE_FOLDER / name).read_bytes() for name in (EDITION, NEXT_EDITION)},
        today=timezone.localdate(),
    )
