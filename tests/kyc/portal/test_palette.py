"""The colours of static/css/site.css: WCAG 2.2 AA in light and dark (1.4.3 text 4.5:1, 1.4.11 controls 3:1)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

CSS = Path(settings.ROOT, "static/css/site.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{(.*?)\}", CSS, re.S)
)
PAIRS = [
    *[(ink, ground, 4.5) for ink in ("ink", "soft", "accent", "bad") for ground in ("ground", "surface", "sunken")],
    *[(ink, "accent-soft", 4.5) for ink in ("ink", "soft", "accent", "accent-strong")],
    *[(tone, f"{tone}-soft", 4.5) for tone in ("good", "warn", "bad")],
    *[("ink", f"{tone}-soft", 4.5) for tone in ("good", "warn", "bad")],
    *[("accent", f"{tone}-soft", 4.5) for tone in ("warn", "bad")],
    *[("on-accent", ground, 4.5) for ground in ("accent", "accent-strong")],
    *[(line, ground, 3.0) for line in ("edge", "focus") for ground in ("ground", "surface", "sunken")],
]


def luminance(colour: str) -> float:
    """Relative luminance, 0.0 to 1.0 (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
class APairOfColours:
    def test_is_told_apart(self, palette: dict[str, str], front: str, back: str, least: float) -> None:
        assert contrast(palette[front], palette[back]) >= least


class TheMeasure:
    def test_knows_black_on_white(self) -> None:
        assert contrast("#000000", "#ffffff") == pytest.approx(21)
