"""One picture of a document, read for all it says. The result is plain values, so that it can leave its process."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from kyc.documents.reading import ctc
from kyc.documents.reading.barcode import read_barcode
from kyc.documents.reading.lines import cut
from kyc.documents.reading.networks import Box, Networks, Picture
from kyc.documents.reading.quality import Quality, measure
from kyc.documents.reading.second import Tesseract
from kyc.documents.reading.zone import Found, Zone, ZoneReader

MOST_PRINTED = 16  # lines of printed text: a page of a document has a dozen
PRINTED_COVER = 2.6  # core heights of a strip of printed text
LEAST_SURE = 0.55  # mean probability below which printed text is not kept


@dataclass(frozen=True, slots=True)
class Printed:
    """A line of printed text. Left, middle, width and height in pixels of the upright picture."""

    text: str
    sure: float
    left: float
    middle: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Page:
    """`seconds` by step, of processor time."""

    zone: Zone | None
    barcode: str | None
    printed: tuple[Printed, ...]
    quality: Quality
    turned: int
    seconds: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "zone": self.zone.as_json() if self.zone else None,
            "barcode": self.barcode,
            "printed": [
                {
                    "text": line.text,
                    "sure": round(line.sure, 3),
                    "left": round(line.left),
                    "middle": round(line.middle),
                    "width": round(line.width),
                    "height": round(line.height),
                }
                for line in self.printed
            ],
            "quality": self.quality.as_json(),
            "turned": self.turned,
            "seconds": {name: round(value, 4) for name, value in self.seconds.items()},
        }


class PageReader:
    """Loads the networks once; every page is read by itself. `second` is asked about each zone, where there is one."""

    def __init__(self, second: Tesseract | None = None) -> None:
        self.second = second
        self.beside = ThreadPoolExecutor(max_workers=1)  # waits for the other program while printed text is read
        self.networks = Networks()
        self.zones = ZoneReader(self.networks)

    def read(self, picture: Picture, *, barcode_first: bool = False) -> Page:
        """`barcode_first`: a licence, whose back has no zone and is not searched for one when its barcode is read.

        Otherwise a barcode is looked for only where no zone was found.
        """
        began = time.process_time()
        quality = measure(picture)
        measured = time.process_time()
        barcode = read_barcode(picture) if barcode_first else None
        if barcode is not None:
            seconds = {"quality": measured - began, "barcode": time.process_time() - measured}
            return Page(None, barcode, (), quality, 0, seconds)
        coded = time.process_time()
        found = self.zones.find(picture)
        opinion = self.beside.submit(self._second_opinion, found)
        zoned = time.process_time()
        printed = tuple(self._printed(found))
        zone = replace(found.zone, second=opinion.result()) if found.zone else None
        read = time.process_time()
        if found.zone is None and not barcode_first:
            barcode = read_barcode(picture)
        seconds = {
            "quality": measured - began,
            "barcode": coded - measured + time.process_time() - read,
            "zone": zoned - coded,
            "printed": read - zoned,
        }
        return Page(zone, barcode, printed, quality, found.turned, seconds)

    def _second_opinion(self, found: Found) -> str | None:
        """What another process reads, whose time does not count here; None where there is none to ask."""
        zone = found.zone
        if zone is None or self.second is None:
            return None
        return self.second.read(found.picture, found.zone_lines, zone.format, zone.text)

    def _printed(self, found: Found) -> list[Printed]:
        """Text outside the zone, from the top; without a zone the page may lie on its head, and both are tried."""
        zone_lines = {(line.x, line.y) for line in found.zone_lines}
        lines = [line for line in found.lines if (line.x, line.y) not in zone_lines and line.length > 2 * line.height]
        # the largest print has the facts; the small print around it is labels and law
        chosen = sorted(lines, key=lambda line: -line.height)[:MOST_PRINTED]
        read = [self._line(found.picture, line) for line in sorted(chosen, key=lambda line: line.y)]
        return [line for line in read if line.text and line.sure >= LEAST_SURE]

    def _line(self, picture: Picture, line: Box) -> Printed:
        strip = cut(picture, line, cover=PRINTED_COVER, overhang=1.0)
        text, sure = ctc.read_freely(self.networks.recognise(strip), self.networks.letters)
        left = line.x - line.length / 2
        return Printed(text.strip(), sure, left, line.y, line.length, line.height)
