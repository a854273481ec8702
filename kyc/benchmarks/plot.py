"""Recall against false positives as a picture: an SVG written by hand, readable in light and dark surroundings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import log10

_WIDTH, _HEIGHT = 720, 440
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 44, 56
_LEAST_RATE, _MOST_RATE = 0.002, 0.2
_COLOURS = ("#1b6e5a", "#b4541a", "#4a4fa3")
_DASHES = ("", "7 4", "2 4")  # told apart without colour too
_RATES = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)


def recall_curve(curves: Mapping[str, Sequence[tuple[float, float]]], title: str) -> str:
    """`curves` are (false-positive rate, recall), the rate rising. The rate's axis is logarithmic."""
    lowest = min((recall for points in curves.values() for rate, recall in points if _shown(rate)), default=0.5)
    floor = max(0.0, int(lowest * 10) / 10)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="13" fill="#333">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="24" font-size="15">{escape(title)}</text>',
    ]
    steps = 1 + round((1.0 - floor) * 10)
    for step in range(steps):
        recall = floor + step / 10
        y = _y(recall, floor)
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="#dddddd"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{recall:.1f}</text>')
    for rate in _RATES:
        x = _x(rate)
        parts.append(f'<path d="M{x:.1f} {_TOP}V{_HEIGHT - _BOTTOM}" stroke="#eeeeee"/>')
        label = f"{rate * 100:g} %"
        parts.append(f'<text x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 20}" text-anchor="middle">{label}</text>')
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{_HEIGHT - 12}" text-anchor="middle">unlisted names that hit anybody</text>')
    parts.append(
        f'<text transform="translate(18 {_HEIGHT / 2}) rotate(-90)" text-anchor="middle">listed names found</text>'
    )
    for place, (name, points) in enumerate(curves.items()):
        colour, dash = _COLOURS[place % len(_COLOURS)], _DASHES[place % len(_DASHES)]
        path = "L".join(f"{_x(rate):.1f} {_y(recall, floor):.1f}" for rate, recall in points if _shown(rate))
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2.5" stroke-dasharray="{dash}"/>')
        y = _HEIGHT - _BOTTOM - 14 - 20 * (len(curves) - 1 - place)
        x = _WIDTH - _RIGHT - 230
        parts.append(
            f'<path d="M{x} {y - 4}h30" stroke="{colour}" stroke-width="2.5" stroke-dasharray="{dash}"/>'
            f'<text x="{x + 38}" y="{y}">{escape(name)}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def _shown(rate: float) -> bool:
    return _LEAST_RATE <= rate <= _MOST_RATE


def _x(rate: float) -> float:
    share = (log10(rate) - log10(_LEAST_RATE)) / (log10(_MOST_RATE) - log10(_LEAST_RATE))
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _y(recall: float, floor: float) -> float:
    return _HEIGHT - _BOTTOM - (recall - floor) / (1.0 - floor) * (_HEIGHT - _TOP - _BOTTOM)
