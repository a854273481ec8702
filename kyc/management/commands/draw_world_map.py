"""Draw static/img/world.svg from the outlines of world-atlas (`npm pack world-atlas@2.0.2`)."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from kyc.geo.worldmap import drawn


class Command(BaseCommand):
    help = "Draw the console's map of the world anew; its outlines change once in years."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("topology", type=Path, help="countries-110m.json of the package")
        parser.add_argument("--to", type=Path, default=Path("static/img/world.svg"))

    def handle(self, *args: Any, topology: Path, to: Path, **options: Any) -> None:
        svg = drawn(json.loads(topology.read_text()))
        to.write_text(svg)
        self.stdout.write(f"{to}: {len(svg):,} bytes")
