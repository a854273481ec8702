"""The two networks of PP-OCRv6 that rapidocr's wheel carries, driven directly: where text is, and what it says.

One thread, one picture at a time: more threads and batches were measured and gained nothing. rapidocr's own code is
never imported; it would load four times as much and turn the page four ways.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime

Picture = np.ndarray[Any, np.dtype[np.uint8]]  # height × width × 3, blue first as OpenCV has it
Scores = np.ndarray[Any, np.dtype[np.float32]]

DETECTOR, RECOGNISER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
TEXT_FROM = 0.3  # of the detector's map, as PaddleOCR has it
STRIP_HEIGHT = 48  # pixels, what the recogniser was trained on
THINNEST = 2.0  # pixels of a box's core in the detector's map: below it is a speck


@dataclass(frozen=True, slots=True)
class Box:
    """A piece of text: its middle, length, core height and angle, in pixels and degrees of the picture.

    The core is the network's shrunken region; letters stand about twice as high. -90 < angle ≤ 90, clockwise.
    """

    x: float
    y: float
    length: float
    height: float
    angle: float

    @property
    def along(self) -> tuple[float, float]:
        """The unit vector in which it is read (or from which, when it stands on its head)."""
        return math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))


class Networks:
    """Both, loaded once a process: 0.2 s and 100 MB."""

    def __init__(self) -> None:
        spec = find_spec("rapidocr")
        if spec is None or not spec.submodule_search_locations:
            raise FileNotFoundError("the package rapidocr, which carries the models, is not installed")
        folder = Path(next(iter(spec.submodule_search_locations))) / "models"
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # an arena keeps the largest page that was ever read
        # numbers next to nothing cost a processor a hundred times as much as others: .4 s of the detector's .57 s
        options.add_session_config_entry("session.set_denormal_as_zero", "1")
        self._detector, self._recogniser = (
            onnxruntime.InferenceSession(str(folder / name), options, providers=["CPUExecutionProvider"])
            for name in (DETECTOR, RECOGNISER)
        )

    @cached_property
    def letters(self) -> tuple[str, ...]:
        """What each column of `recognise` stands for; the first is CTC's blank, the last the space."""
        held = self._recogniser.get_modelmeta().custom_metadata_map["character"]
        return ("", *held.split("\n"), " ")

    def find_text(self, picture: Picture, *, side: int) -> list[Box]:
        """Boxes of text in the picture, looked for with its longer side scaled down to `side` pixels."""
        height, width = picture.shape[:2]
        scale = min(1.0, side / max(height, width))
        small = tuple(max(32, round(length * scale / 32) * 32) for length in (width, height))
        shrunk = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
        found = self._detector.run(None, {"x": _as_input(shrunk)})[0][0, 0]
        return list(_boxes(found, width / small[0], height / small[1]))

    def recognise(self, strip: Picture) -> Scores:
        """Probabilities, time steps × letters, of one line of text that is STRIP_HEIGHT pixels high."""
        return self._recogniser.run(None, {"x": _as_input(strip)})[0][0]


def _as_input(picture: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.ascontiguousarray((picture.astype(np.float32) / 127.5 - 1.0).transpose(2, 0, 1)[None])


def _boxes(found: Scores, across: float, down: float) -> Iterator[Box]:
    contours, _ = cv2.findContours((found > TEXT_FROM).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    for contour in contours:
        (x, y), (length, height), angle = cv2.minAreaRect(contour)
        if length < height:
            length, height, angle = height, length, angle + 90
        if height < THINNEST:
            continue
        angle = (angle + 90) % 180 - 90 or 0.0
        yield Box(x * across, y * down, length * across, height * down, angle if angle != -90 else 90.0)
