"""The structure as a picture: where each party and line goes. Pure; a template draws it as SVG from these numbers.

Owners stand above what they own and the customer at the bottom. Parties in one row are ordered so that lines cross
little (by the mean place of what they own). Lengths are pixels of the drawing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from kyc.customers.states import InterestKind
from kyc.ownership.graph import IN_PERCENT, Interest, PartyKind, Structure, percent, share_words
from kyc.policy.countries import country_name
from kyc.policy.ownership import REGIMES, OwnershipTest

WIDTH, HEIGHT = 172, 66  # of a party
ACROSS, DOWN, EDGE = 28, 88, 16  # gaps, and the margin around
HEIGHTS = (0.36, 0.5, 0.64)  # of the words on a line, from the owner downwards
LINE = 22  # characters of a name on one line
WIDE = 1000
MOST_ROWS = 16  # a circle would lift its companies without end
ROLES = frozenset({InterestKind.DIRECTOR, InterestKind.CONTROL_PERSON})
MOST = 48  # parties in one picture: beyond it nobody can read it, and the table tells the rest


@dataclass(frozen=True, slots=True)
class Mark:
    """What a result says of one party: `tone` is a class of the sheet, `word` stands in the box beside it."""

    tone: str
    word: str


@dataclass(frozen=True, slots=True)
class Box:
    key: str
    lines: tuple[str, ...]  # the name, on two lines at most
    note: str  # country, kind
    mark: Mark | None
    tone: str
    x: int
    y: int

    @property
    def middle(self) -> int:
        return self.x + WIDTH // 2

    @property
    def rows(self) -> list[tuple[int, str]]:
        """(y, line) of the name."""
        return [(self.y + 20 + 15 * at, line) for at, line in enumerate(self.lines)]

    @property
    def note_y(self) -> int:
        return self.y + 22 + 15 * len(self.lines)

    @property
    def word_y(self) -> int:
        return self.y + HEIGHT + 14


@dataclass(frozen=True, slots=True)
class Line:
    path: str  # of an SVG path
    words: str
    x: int  # of the words' middle
    y: int
    tone: str  # "", "counts", "unknown", "role"

    @property
    def width(self) -> int:
        """Of the ground behind the words; 6.4 pixels are the widest mean of a character at this size."""
        return round(len(self.words) * 6.4) + 10

    @property
    def left(self) -> int:
        return self.x - self.width // 2

    @property
    def top(self) -> int:
        return self.y - 12


@dataclass(frozen=True, slots=True)
class Row:
    """The same as a table, for whoever cannot or will not look at the picture."""

    owner: str
    what: str
    owned: str
    since: str
    source: str
    counts: bool
    word: str


@dataclass(frozen=True, slots=True)
class Picture:
    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    rows: tuple[Row, ...]
    left_out: int  # parties that are only in the table

    @property
    def is_wide(self) -> bool:
        """Wider than a page: it may scroll instead of shrinking until nobody can read it."""
        return self.width > WIDE


def draw(structure: Structure, marks: Mapping[str, Mark], counting: frozenset[str] = frozenset()) -> Picture:
    """`counting` are the keys of the interests that a result rests on."""
    shown = _shown(structure, marks)
    rows = _layers(structure, shown)
    widest = max(len(row) for row in rows)
    width = EDGE * 2 + widest * WIDTH + (widest - 1) * ACROSS
    places: dict[str, tuple[int, int]] = {}
    for at, row in enumerate(reversed(rows)):
        free = width - len(row) * WIDTH - (len(row) - 1) * ACROSS
        for number, key in enumerate(row):
            places[key] = (free // 2 + number * (WIDTH + ACROSS), EDGE + at * (HEIGHT + DOWN))
    boxes = tuple(_box(structure, key, places[key], marks.get(key)) for row in rows for key in row)
    between: dict[tuple[str, str], list[Interest]] = defaultdict(list)
    for held in structure.interests:
        if held.owner in places and held.owned in places:
            between[held.owner, held.owned].append(held)
    # words of neighbouring lines stand at different heights, so that fewer hide one another
    lines = [_line(rows_of, places, counting, HEIGHTS[at % 3]) for at, rows_of in enumerate(between.values())]
    for held in structure.interests:
        if held.held_for in places and held.owner in places:
            lines.append(_joined(places[str(held.held_for)], places[held.owner], "stands behind", "role", HEIGHTS[0]))
    height = EDGE * 2 + len(rows) * HEIGHT + (len(rows) - 1) * DOWN + 18
    table = tuple(_row(structure, held, marks, counting) for held in structure.interests)
    return Picture(width, height, boxes, tuple(lines), table, len(structure.above) - len(shown))


def _shown(structure: Structure, marks: Mapping[str, Mark]) -> set[str]:
    """Everybody, or where that is too many: those a result names with the way down from them, then the nearest."""
    everybody = list(structure.above)
    if len(everybody) <= MOST:
        return set(everybody)
    below: dict[str, str] = {}
    for owned in everybody:
        for row in _into(structure, owned):
            below.setdefault(row.owner, owned)
    shown = {structure.target}
    for key in (key for key in everybody if key in marks):
        way = [key]
        while way[-1] not in shown and way[-1] in below and len(way) < len(everybody):
            way.append(below[way[-1]])
        if len(shown) + len(way) <= MOST:
            shown.update(way)
    for key in everybody:
        if len(shown) >= MOST:
            break
        shown.add(key)
    return shown


def _into(structure: Structure, owned: str) -> Iterator[Interest]:
    yield from structure.shares_in(owned)
    yield from structure.votes_in(owned)
    yield from structure.behind(owned)


def _layers(structure: Structure, shown: set[str]) -> list[list[str]]:
    """Rows from the customer upwards; a party stands above everything it owns, as far as circles allow."""
    level = {structure.target: 0}
    owned_by_shown = [row for row in structure.interests if row.owner in shown and row.owned in shown]
    # roles do not lift anybody: a director who owns a holding stands above the holding
    for rows_of in ([row for row in owned_by_shown if row.kind not in ROLES], owned_by_shown):
        for _ in range(MOST_ROWS):
            moved = False
            for row in rows_of:
                if row.owned not in level or (rows_of is owned_by_shown and row.owner in level):
                    continue
                up = level[row.owned] + 1
                if up > level.get(row.owner, 0) and up <= MOST_ROWS and row.owner != structure.target:
                    level[row.owner] = up
                    moved = True
            if not moved:
                break
    held_for = (row for row in structure.interests if row.held_for in shown and row.held_for not in level)
    for row in list(held_for):
        level[str(row.held_for)] = level.get(row.owner, 0) + 1
    rows: list[list[str]] = [[] for _ in range(max(level.values()) + 1)]
    for key, at in level.items():
        rows[at].append(key)
    owned_by: dict[str, list[str]] = defaultdict(list)
    for row in structure.interests:
        owned_by[row.owner].append(row.owned)
    for below, row_of_keys in pairwise(rows):
        place = {key: at for at, key in enumerate(below)}
        row_of_keys.sort(key=lambda key: (_mean(place[one] for one in owned_by[key] if one in place), key))
    return [row for row in rows if row]


def _mean(places: Iterable[int]) -> float:
    found = list(places)
    return sum(found) / len(found) if found else 0.0


def _box(structure: Structure, key: str, place: tuple[int, int], mark: Mark | None) -> Box:
    party = structure.parties[key]
    kinds = {
        PartyKind.PERSON: "person",
        PartyKind.ORGANISATION: "company",
        PartyKind.TRUST: "trust",
        PartyKind.STATE: "state",
        PartyKind.UNNAMED: "not named",
    }
    words = [country_name(party.headquarters) if party.headquarters else "", kinds[party.kind]]
    if party.listed_on:
        words[1] = f"traded on {party.listed_on}"
    tone = "customer" if key == structure.target else str(party.kind)
    note = _cut(" · ".join(filter(None, words)), LINE + 6)
    return Box(key, _broken(structure.name(key)), note, mark, tone, *place)


def _broken(name: str) -> tuple[str, ...]:
    """A name on two lines at most, cut at words where it can be."""
    if len(name) <= LINE:
        return (name,)
    head: list[str] = []
    tail = name.split()
    while tail and len(" ".join([*head, tail[0]])) <= LINE:
        head.append(tail.pop(0))
    if not head:
        return (name[:LINE], _cut(name[LINE:], LINE))
    return (" ".join(head), _cut(" ".join(tail), LINE))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _line(rows: list[Interest], places: Mapping[str, tuple[int, int]], counting: frozenset[str], height: float) -> Line:
    if any(row.key in counting for row in rows):
        tone = "counts"
    elif all(row.kind not in IN_PERCENT for row in rows):
        tone = "role"
    else:
        tone = "unknown" if any(not row.known and row.kind in IN_PERCENT for row in rows) else ""
    words = ", ".join(_words(row) for row in rows)
    return _joined(places[rows[0].owner], places[rows[0].owned], words, tone, height)


def _joined(owner: tuple[int, int], owned: tuple[int, int], words: str, tone: str, height: float) -> Line:
    """From one box to the other; `height` says how far down the words stand."""
    (x1, y1), (x2, y2) = owner, owned
    x1, x2 = x1 + WIDTH // 2, x2 + WIDTH // 2
    if y1 < y2:  # downwards, from the foot of the owner's box to the head of what it owns
        start, end = y1 + HEIGHT, y2 - 2
        bend = (end - start) // 2
        path = f"M{x1} {start} C{x1} {start + bend} {x2} {end - bend} {x2} {end}"
        across = height * height * (3 - 2 * height)
        return Line(path, words, round(x1 + (x2 - x1) * across), round(start + (end - start) * height) + 4, tone)
    side = WIDTH // 2 if x1 <= x2 else -WIDTH // 2
    start, end = y1 + HEIGHT // 2, y2 + HEIGHT // 2
    out = max(x1, x2) + WIDTH // 2 + ACROSS - 6 if side > 0 else min(x1, x2) - WIDTH // 2 - ACROSS + 6
    path = f"M{x1 + side} {start} C{out} {start} {out} {end} {x2 + side} {end}"
    return Line(path, words, out, (start + end) // 2, tone)


def _words(row: Interest) -> str:
    words = share_words(row)
    if row.kind == InterestKind.VOTES:
        words = f"{words} of votes"
    return f"{words}, as nominee" if row.nominee else words


def _row(structure: Structure, row: Interest, marks: Mapping[str, Mark], counting: frozenset[str]) -> Row:
    what = _words(row)
    if row.held_for:
        what = f"{what} for {structure.name(row.held_for)}"
    mark = marks.get(row.owner)
    dates = [f"since {row.since}"] if row.since else []
    dates += [f"until {row.until}"] if row.until else []
    return Row(
        structure.name(row.owner),
        what,
        structure.name(row.owned),
        " ".join(dates),
        row.source,
        row.key in counting,
        mark.word if mark else "",
    )


# ------------------------------------------------------------------------------------------------ what is marked
def drawn_for_staff(structure: Structure, results: Mapping[str, Any]) -> Picture:
    """With what the tests in force said: whom a list names, what is caught, who owns enough in the end."""
    marks: dict[str, Mark] = _owners(results)
    counting: set[str] = set()
    for result in results["tests"].values():
        if result["outcome"] == "clear" or not result["in_force"]:
            continue
        tone = "bad" if result["outcome"] == "reached" else "warn"
        word = {"reached": "caught", "possible": "may be caught", "unknown": "not known enough"}[result["outcome"]]
        for step in result["path"]:
            counting.update(step["interests"] if result["outcome"] != "unknown" else ())
            title = REGIMES[OwnershipTest(result["test"])].title.partition(":")[0]
            if step["owned"] not in marks or marks[step["owned"]].tone != "bad":
                marks[step["owned"]] = Mark(tone, word if result["outcome"] == "unknown" else f"{word}: {title}")
    for party in structure.listed:
        certain = any(listing.certain for listing in party.listings)
        measures = ", ".join(sorted({listing.measure for listing in party.listings}))
        marks[party.key] = Mark("bad" if certain else "warn", f"{'listed' if certain else 'may be listed'}: {measures}")
    return draw(structure, marks, frozenset(counting))


def drawn_for_customer(structure: Structure, results: Mapping[str, Any]) -> Picture:
    """What they told us and what it comes to: nothing of lists, and no test but the one by shares in the end."""
    return draw(structure, _owners(results))


def _owners(results: Mapping[str, Any]) -> dict[str, Mark]:
    found = {}
    for owner in results["tests"].get(OwnershipTest.BENEFICIAL_OWNERS, {}).get("owners", ()):
        low, high = Fraction(owner["low"]), Fraction(owner["high"])
        share = percent(low) if low == high else f"{percent(low)} to {percent(high)}"
        found[owner["key"]] = Mark("good", f"{share} in the end")
    return found
