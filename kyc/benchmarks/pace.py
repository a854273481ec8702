"""Accounts a second over time as a picture: an SVG written by hand, readable in light and dark surroundings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil, log10

_WIDTH, _ROW, _LEFT, _RIGHT, _TOP = 720, 170, 76, 24, 44
_COLOURS = ("#1b6e5a", "#b4541a", "#4a4fa3", "#7a3f6d")
_INSIDE = 104  # height of one panel's curve

Points = Sequence[tuple[float, int]]  # seconds since the start, accounts done by then


def pace_of(points: Points, buckets: int = 60) -> list[tuple[float, float]]:
    """(seconds, accounts a second) in so many equal stretches of the run, each at its end."""
    end = points[-1][0] if points else 0.0
    if end <= 0:
        return []
    found, at, before = [], 0, (0.0, 0)
    for number in range(1, buckets + 1):
        until = end * number / buckets
        while at + 1 < len(points) and points[at + 1][0] <= until:
            at += 1
        seconds, done = points[at]
        if seconds > before[0]:
            found.append((seconds, (done - before[1]) / (seconds - before[0])))
            before = (seconds, done)
    return found


def pace_plot(runs: Mapping[str, Points], title: str) -> str:
    """One panel a run, each with its own scales: a delta and a full pass differ by more than ten times."""
    height = _TOP + _ROW * len(runs)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'font-family="sans-serif" font-size="12" fill="#333">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="24" font-size="15">{escape(title)}</text>',
    ]
    for place, (name, points) in enumerate(runs.items()):
        parts += _panel(name, pace_of(points), _TOP + place * _ROW, _COLOURS[place % len(_COLOURS)])
    return "\n".join([*parts, "</svg>", ""])


def _panel(name: str, pace: list[tuple[float, float]], top: float, colour: str) -> list[str]:
    bottom = top + 22 + _INSIDE
    most = _round_up(max((rate for _, rate in pace), default=1.0))
    end = pace[-1][0] if pace else 1.0
    width = _WIDTH - _LEFT - _RIGHT
    parts = [f'<text x="{_LEFT}" y="{top + 14}">{escape(name)}</text>']
    for share in (0.0, 0.5, 1.0):
        y = bottom - share * _INSIDE
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="#dddddd"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{most * share:,.0f}/s</text>')
    parts.append(f'<text x="{_LEFT}" y="{bottom + 16}">0 s</text>')
    parts.append(f'<text x="{_WIDTH - _RIGHT}" y="{bottom + 16}" text-anchor="end">{end:,.0f} s</text>')
    if pace:
        path = "L".join(
            f"{_LEFT + seconds / end * width:.1f} {bottom - rate / most * _INSIDE:.1f}" for seconds, rate in pace
        )
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
    return parts


def _round_up(value: float) -> float:
    """To the next 1, 2 or 5 times a power of ten."""
    power = 10.0 ** int(log10(max(value, 1.0)))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value) if value <= 10 * power else ceil(value)
