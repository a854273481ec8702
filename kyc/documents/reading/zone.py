"""The machine-readable zone of a picture: found, turned upright, read three times, and doubted.

Three crops of different height must agree, the least sure place must be sure enough, and the print large enough.
Crops of one network share its errors, and check digits say nothing of names: that is why a second source has the
last word (kyc.identity.rules), and never this module.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kyc.documents.mrz import FILLER, LAYOUTS, Format
from kyc.documents.reading import ctc
from kyc.documents.reading.lines import between, cut, joined, on_its_head, upright, zones_among
from kyc.documents.reading.networks import Box, Networks, Picture

SIDES = (736, 1216)  # pixels of the longer side: the second only where the first finds nothing
# (core heights that a strip covers, how far it is squeezed). 1.75 heights read 57 of 64 hard pages, 2.9 all. A zone is
# widely spaced, as a line of upright writing laid on its side: as wide as it is, the recogniser takes its letters for
# lying ones and reads Z as N and < as Λ, in all crops alike. Squeezed further, a passport's 44 places come too close.
LOOKS = ((2.9, 0.85), (3.5, 0.9), (2.3, 0.75))
MOST_COST = 1.6  # nats a place: above it these lines are no zone (text of another length costs 2 and more)
SURE_COST = 0.2  # nats a place: below it nobody asks whether the page stands on its head
MOST_GROUPS = 4
BY_LINES = {2: (Format.TD3, Format.TD2), 3: (Format.TD1,)}
VISA_OF = {Format.TD3: Format.MRVA, Format.TD2: Format.MRVB}


@dataclass(frozen=True, slots=True)
class Zone:
    """`text` has one line a row. `turned`: degrees the picture was turned clockwise to be upright."""

    format: Format
    text: str
    turned: int
    crops_agree: bool
    surest: float  # of the least sure place, 0.0 to 1.0
    pixels: float  # of the picture for each character
    margin: float  # nats to the next format
    second: str | None = None  # what Tesseract reads; "" for no opinion, None where it is not installed

    def as_json(self) -> dict[str, Any]:
        return {
            "format": str(self.format),
            "text": self.text,
            "turned": self.turned,
            "crops_agree": self.crops_agree,
            "surest": round(self.surest, 4),
            "pixels": round(self.pixels, 2),
            "margin": round(min(self.margin, 1e6), 2),
            "second": self.second,
        }


@dataclass(frozen=True, slots=True)
class Found:
    """What was found on the way: the upright picture and its lines serve the printed text as well."""

    picture: Picture
    lines: tuple[Box, ...]
    turned: int
    zone: Zone | None
    zone_lines: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class _Read:
    """These boxes decoded as this format. `steps` are the recogniser's, so that another mask costs no new look."""

    form: Format
    lines: tuple[ctc.Line, ...]
    boxes: tuple[Box, ...]
    steps: tuple[ctc.Scores, ...]
    margin: float = float("inf")

    @property
    def total(self) -> float:
        return sum(line.cost for line in self.lines)

    @property
    def cost(self) -> float:
        """Nats a place."""
        return self.total / sum(len(line.text) for line in self.lines)


class ZoneReader:
    """Reads with the networks it is given; keeps nothing of a picture."""

    def __init__(self, networks: Networks) -> None:
        self.networks = networks
        self.columns = ctc.folding(networks.letters)
        self.masks = {form: ctc.masks_of(form) for form in Format}

    def find(self, picture: Picture) -> Found:
        """The zone, or only the lines of text where there is none."""
        found: Found | None = None
        for side in SIDES:
            if side > SIDES[0] and max(picture.shape[:2]) <= SIDES[0]:
                break
            latest = self._find_at(picture, side)
            if latest.zone is not None:
                return latest
            found = latest if found is None or len(latest.lines) > len(found.lines) else found
        assert found is not None
        return found

    def _find_at(self, picture: Picture, side: int) -> Found:
        boxes = self.networks.find_text(picture, side=side)
        picture, boxes, quarters = upright(picture, boxes)
        lines = joined(boxes)
        for place, group in enumerate(zones_among(lines)):
            if place == MOST_GROUPS:
                break
            head_down, group_read = self._read_either_way(picture, group)
            if group_read is None:
                continue
            if head_down:
                picture, lines = on_its_head(picture, lines)
                quarters += 2
            # a quarter clockwise and then half a turn is three quarters
            zone = self._confirmed(picture, group_read, turned=90 * quarters % 360)
            return Found(picture, tuple(lines), 90 * quarters % 360, zone, group_read.boxes)
        return Found(picture, tuple(lines), 90 * quarters, None)

    def _read_either_way(self, picture: Picture, group: tuple[Box, ...]) -> tuple[bool, _Read | None]:
        """(whether it stands on its head, the reading). The boxes of the reading are of the upright picture."""
        lying = self._read_group(picture, group)
        if lying is not None and lying.cost < SURE_COST:
            return False, lying
        turned, boxes = on_its_head(picture, group)
        headlong = self._read_group(turned, tuple(reversed(boxes)))
        better = min(filter(None, (lying, headlong)), key=lambda read: read.cost, default=None)
        if better is None or better.cost > MOST_COST:
            return False, None
        return better is headlong, better

    def _read_group(self, picture: Picture, group: tuple[Box, ...]) -> _Read | None:
        """The best reading of these lines in any format of their number, or of one line more or fewer."""
        steps = [self._folded(picture, box, LOOKS[0]) for box in group]
        reads = list(self._as_formats(steps, group))
        if len(group) == 3:
            reads += self._as_formats(steps[1:], group[1:])
        reads.sort(key=lambda read: read.cost)
        if len(group) == 2 and (not reads or reads[0].cost > MOST_COST):
            reads = sorted([*self._with_third(picture, group, steps), *reads], key=lambda read: read.cost)
        if not reads:
            return None
        rivals = [read.total for read in reads[1:] if len(read.boxes) == len(reads[0].boxes)]
        return replace(reads[0], margin=min(rivals, default=float("inf")) - reads[0].total)

    def _as_formats(self, steps: Sequence[ctc.Scores], group: tuple[Box, ...]) -> Iterator[_Read]:
        for form in BY_LINES[len(group)]:
            lines = [ctc.decode(step, mask) for step, mask in zip(steps, self.masks[form], strict=True)]
            whole = tuple(line for line in lines if line is not None)
            if len(whole) == len(group):
                yield _Read(form, whole, group, tuple(steps))

    def _with_third(self, picture: Picture, group: tuple[Box, ...], steps: list[ctc.Scores]) -> Iterator[_Read]:
        """A card of which the detector saw two lines: the third is where the spacing says."""
        above, below = between(group[1], group[0], 2.0), between(group[0], group[1], 2.0)
        yield from self._as_formats([self._folded(picture, above, LOOKS[0]), *steps], (above, *group))
        yield from self._as_formats([*steps, self._folded(picture, below, LOOKS[0])], (*group, below))

    def _folded(self, picture: Picture, box: Box, look: tuple[float, float]) -> ctc.Scores:
        cover, squeezed = look
        return ctc.fold(self.networks.recognise(cut(picture, box, cover=cover, squeezed=squeezed)), self.columns)

    def _confirmed(self, picture: Picture, read: _Read, *, turned: int) -> Zone:
        """The other two crops, and the vote of the three. A zone that begins with V is a visa's."""
        form = read.form
        if form in VISA_OF and read.lines[0].text.startswith("V"):
            form = VISA_OF[form]
        crops = [list(read.lines) if form is read.form else self._decoded(read.steps, form)]
        for look in LOOKS[1:]:
            crops.append(self._decoded([self._folded(picture, box, look) for box in read.boxes], form))
        texts = [tuple(line.text for line in crop) for crop in crops]
        rows = [_voted([crop[row] for crop in crops]) for row in range(LAYOUTS[form].lines)]
        return Zone(
            format=form,
            text="\n".join(row.text for row in rows),
            turned=turned,
            crops_agree=len(set(texts)) == 1,
            surest=min(min(row.surest) for row in rows),
            pixels=min(box.length for box in read.boxes) / LAYOUTS[form].length,
            margin=read.margin,
        )

    def _decoded(self, steps: Sequence[ctc.Scores], form: Format) -> list[ctc.Line]:
        lines = [ctc.decode(step, mask) for step, mask in zip(steps, self.masks[form], strict=True)]
        return [
            line or ctc.Line(FILLER * len(mask), float("inf"), (0.0,) * len(mask))
            for line, mask in zip(lines, self.masks[form], strict=True)
        ]


def _voted(lines: Sequence[ctc.Line]) -> ctc.Line:
    """What most crops read; where all differ, the cheapest. Of those that agree, the least sure speaks."""
    text, count = Counter(line.text for line in lines).most_common(1)[0]
    if count == 1:
        return min(lines, key=lambda line: line.cost)
    return min((line for line in lines if line.text == text), key=lambda line: min(line.surest))
