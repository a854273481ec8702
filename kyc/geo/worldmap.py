"""The map of the world on which places are shown: Equal Earth, drawn once into static/img/world.svg.

The outlines are Natural Earth's (public domain), of the package world-atlas 2.0.2; `draw_world_map` made the file.
A page draws countries by <use href="world.svg#GB"> and its own marks at `at(…)`, so that nothing is asked of
anybody else. Pure but for the page that reads it. Projection: Šavrič, Patterson, Jenny, 2018.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import asin, cos, radians, sin, sqrt
from typing import Any

from babel.core import get_global

from kyc.policy.centres import CENTRES

WIDTH, HEIGHT = 1000.0, 460.0
NORTH = 84.0  # degrees: the top of the picture
LEFT_OUT = frozenset({"AQ"})  # without it the rest is larger, and nobody calls from there
_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796
_M = sqrt(3) / 2


def project(longitude: float, latitude: float) -> tuple[float, float]:
    """Degrees to (x, y) of the picture; y grows southwards."""
    across, down = _equal_earth(longitude, latitude)
    widest, top = _equal_earth(180.0, 0.0)[0], _equal_earth(0.0, NORTH)[1]
    scale = WIDTH / (2 * widest)
    return round(WIDTH / 2 + across * scale, 1), round((top - down) * scale, 1)


def _equal_earth(longitude: float, latitude: float) -> tuple[float, float]:
    angle = asin(_M * sin(radians(latitude)))
    square = angle * angle
    sixth = square * square * square
    slope = _A1 + 3 * _A2 * square + sixth * (7 * _A3 + 9 * _A4 * square)
    x = radians(longitude) * cos(angle) / (_M * slope)
    return x, angle * (_A1 + _A2 * square + sixth * (_A3 + _A4 * square))


def at(country: str) -> tuple[float, float] | None:
    """Where the middle of a country is drawn; None for one without a centre, or left out."""
    centre = CENTRES.get(country)
    if centre is None or country in LEFT_OUT:
        return None
    x, y = project(centre.longitude, centre.latitude)
    return (x, y) if 0 <= y <= HEIGHT else None


# ------------------------------------------------------------------------------------------------ drawing the file
def drawn(topology: Mapping[str, Any]) -> str:
    """The SVG of a world-atlas topology: one <path> a country, its id the alpha-2 code ("" for areas without)."""
    arcs = [_points(arc, topology["transform"]) for arc in topology["arcs"]]
    paths: dict[str, list[str]] = {}
    for shape in topology["objects"]["countries"]["geometries"]:
        code = _alpha2(str(shape.get("id", "")))
        if code in LEFT_OUT:
            continue
        polygons = [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]
        for rings in polygons:
            paths.setdefault(code, []).extend(_ring(ring, arcs) for ring in rings)
    lines = [
        f'<path id="{code or "other"}" d="{"".join(filter(None, rings))}"/>' for code, rings in sorted(paths.items())
    ]
    land = "".join(f'<use href="#{code or "other"}"/>' for code in sorted(paths))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}">'
    about = "<!-- Made with Natural Earth (public domain), through world-atlas 2.0.2 (ISC). See docs/sources.md -->"
    return "\n".join([head, about, "<defs>", *lines, f'<g id="land">{land}</g>', "</defs>", "</svg>", ""])


def _points(arc: Sequence[Sequence[int]], transform: Mapping[str, Any]) -> list[tuple[float, float]]:
    (sx, sy), (tx, ty) = transform["scale"], transform["translate"]
    x = y = 0
    points = []
    for dx, dy in arc:  # each point is the difference from the one before
        x, y = x + dx, y + dy
        points.append(project(x * sx + tx, y * sy + ty))
    return points


def _ring(numbers: Iterable[int], arcs: Sequence[Sequence[tuple[float, float]]]) -> str:
    points: list[tuple[float, float]] = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else tuple(reversed(arcs[~number]))
        points.extend(arc if not points else arc[1:])
    return "".join(_closed(piece) for piece in _pieces(points))


def _pieces(points: Iterable[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """A ring that runs off one side of the picture comes in on the other: cut there (Russia, Fiji)."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for point in points:
        last = pieces[-1][-1] if pieces[-1] else point
        if abs(point[0] - last[0]) > WIDTH / 2:
            pieces.append([])
        if not pieces[-1] or point != last:
            pieces[-1].append(point)
    return pieces


def _closed(points: Sequence[tuple[float, float]]) -> str:
    if len(points) < 3:
        return ""
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points) + "Z"


def _alpha2(numeric: str) -> str:
    found = get_global("territory_aliases").get(numeric.zfill(3), [""])
    return str(found[0]) if len(found[0]) == 2 else ""
