"""A second opinion on the zone by Tesseract, where that program is installed: another engine makes other mistakes.

It gets the strips that the networks read, laid straight, and says what it sees; who is right is never decided here.
Only a model that was trained for zones may contradict: the ordinary one takes fillers for K, X and C and drops them
on most clean pages, so it is believed where it confirms every letter and not heard elsewhere.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from kyc.documents.mrz import ALPHABET, FILLER, LAYOUTS, Format
from kyc.documents.reading.lines import cut
from kyc.documents.reading.networks import Box, Picture

SECONDS = 5.0  # a zone takes a third of one; without an answer there is no second opinion
COVER = 2.9  # core heights of a strip, as the networks read it
ZOOM = 1.5  # of strips that are 48 pixels high: Tesseract was trained on larger letters
MARGIN = 24  # pixels of white around
TRAINED_FOR_ZONES = "mrz"  # the name under which such a model is usually installed
ORDINARY = "eng"


@dataclass(frozen=True, slots=True)
class Tesseract:
    """The program at `path`, and the model that it shall use."""

    path: str
    model: str

    @classmethod
    def at(cls, path: str) -> Tesseract | None:
        """None where the program does not run or has no model for Latin letters."""
        try:
            listed = subprocess.run([path, "--list-langs"], capture_output=True, timeout=SECONDS, env={}, check=True)
        except (OSError, subprocess.SubprocessError):
            return None
        models = listed.stdout.decode(errors="replace").split()
        model = next((name for name in (TRAINED_FOR_ZONES, ORDINARY) if name in models), None)
        return cls(path, model) if model else None

    def read(self, picture: Picture, boxes: Sequence[Box], form: Format, text: str) -> str:
        """The zone as Tesseract reads it, one line a row like `text`, ours; "" where it has no opinion to count."""
        layout = LAYOUTS[form]
        rows = self._lines([_enlarged(cut(picture, box, cover=COVER)) for box in boxes])
        if self.model == ORDINARY:
            return text if [_letters(row) for row in rows] == [_letters(row) for row in text.split("\n")] else ""
        whole = len(rows) == layout.lines and all(len(row) == layout.length for row in rows)
        return "\n".join(rows) if whole else ""

    def _lines(self, strips: Sequence[Picture]) -> list[str]:
        """All of a zone in one call, as pages of one picture: loading the model takes longer than reading a line."""
        letters = f"tessedit_char_whitelist={ALPHABET}{FILLER}"
        words = [self.path, "stdin", "stdout", "-l", self.model, "--psm", "7", "-c", letters]
        words += ["-c", "load_system_dawg=0", "-c", "load_freq_dawg=0"]
        pixels = cv2.imencodemulti(".tiff", strips)[1].tobytes()
        try:
            said = subprocess.run(
                words, input=pixels, capture_output=True, timeout=SECONDS, env={"OMP_THREAD_LIMIT": "1"}, check=True
            )
        except (OSError, subprocess.SubprocessError):
            return []
        return ["".join(page.split()) for page in said.stdout.decode(errors="replace").split("\f", len(strips) - 1)]


def _enlarged(strip: Picture) -> Picture:
    grey = cv2.cvtColor(strip, cv2.COLOR_BGR2GRAY)
    grey = cv2.resize(grey, None, fx=ZOOM, fy=ZOOM, interpolation=cv2.INTER_CUBIC)
    paper = int(np.percentile(grey, 90))
    return cv2.copyMakeBorder(grey, *(MARGIN,) * 4, cv2.BORDER_CONSTANT, value=(paper,))  # type: ignore[return-value]


def _letters(row: str) -> str:
    return row.replace(FILLER, "")
