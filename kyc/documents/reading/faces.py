"""Faces in pictures, and how far apart two of them are: dlib, where the option is installed (kyc.documents.face_match).

What a face measures (128 numbers) lives for one comparison and never leaves this process: only distances do.
"""

from __future__ import annotations

import hashlib
import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from kyc.documents.reading.weights import EMBEDDER, LANDMARKS, MODELS

SELFIE_SIDE = 1_000  # pixels in which a selfie's face is looked for
PAGE_SIDE = 1_600  # a page's portrait is smaller
BESIDE = 0.5  # of the largest face's width: smaller ones are passers-by, or a card's second, pale portrait

Picture = np.ndarray[Any, np.dtype[np.uint8]]  # height × width × 3, blue first as OpenCV has it


class Unfit(RuntimeError):
    """The option is there and cannot be used; says why."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The faces of a picture: how many stand out, the width of the largest in pixels, and its measure."""

    faces: int
    pixels: int = 0
    measure: Any = None


class FaceComparer:
    """Loads dlib and its two models once: half a second, 160 MB."""

    def __init__(self, folder: Path) -> None:
        for name, digest in MODELS.items():
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
                raise Unfit(f"the model {name} is not the one that was checked")
        sys.path.insert(0, str(folder / "packages"))
        try:
            dlib: Any = importlib.import_module("dlib")
        except ImportError as error:
            raise Unfit(f"dlib does not load with this Python ({error})") from error
        finally:
            sys.path.remove(str(folder / "packages"))
        self._detector = dlib.get_frontal_face_detector()
        self._landmarks = dlib.shape_predictor(str(folder / LANDMARKS))
        self._embedder = dlib.face_recognition_model_v1(str(folder / EMBEDDER))

    def compare(self, pictures: Sequence[Picture], *, turned: Sequence[int] = ()) -> dict[str, Any]:
        """The first picture is the selfie, the others pages, each turned that many degrees clockwise to be upright.

        {"faces": of the selfie, "pixels", "pages": [{"faces", "pixels", "distance": None without two faces}]}.
        """
        selfie = self._see(pictures[0], SELFIE_SIDE)
        pages = []
        for page, degrees in zip(pictures[1:], turned, strict=True):
            seen = self._see_page(page, degrees)
            both = selfie.measure is not None and seen.measure is not None
            distance = round(float(np.linalg.norm(selfie.measure - seen.measure)), 4) if both else None
            pages.append({"faces": seen.faces, "pixels": seen.pixels, "distance": distance})
        return {"faces": selfie.faces, "pixels": selfie.pixels, "pages": pages}

    def _see_page(self, page: Picture, turned: int) -> Seen:
        """As the reader laid it; where no face is found so, as it might lie otherwise."""
        for degrees in (turned, turned + 180, turned + 90, turned + 270):
            seen = self._see(np.rot90(page, -degrees // 90 % 4), PAGE_SIDE)
            if seen.faces:
                return seen
        return Seen(0)

    def _see(self, picture: Picture, side: int) -> Seen:
        scale = min(1.0, side / max(picture.shape[:2]))
        small = cv2.resize(np.ascontiguousarray(picture), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        colours = cv2.cvtColor(small, cv2.COLOR_BGR2RGB)
        found = sorted(self._found(colours), key=lambda face: -face.width())
        if not found:
            return Seen(0)
        standing_out = sum(face.width() >= BESIDE * found[0].width() for face in found)
        measure = np.array(self._embedder.compute_face_descriptor(colours, self._landmarks(colours, found[0])))
        return Seen(standing_out, round(found[0].width() / scale), measure)

    def _found(self, colours: Any) -> Sequence[Any]:
        """dlib's detector sees faces of 80 pixels; where there are none, of 40."""
        for doublings in (0, 1):
            if len(found := self._detector(colours, doublings)):
                return list(found)
        return []
