"""How good a picture is, in four numbers. What they mean for the customer is kyc.documents.retakes' to say.

Sharpness alone never refuses a page: noise hides blur from it, and the networks read what looks hopeless. It tells
why a page that could not be read could not be.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np

from kyc.documents.reading.networks import Picture

MEASURED_WIDTH = 1000  # pixels: the figures of docs/identity.md hold for that
GLARING = 253  # grey from which a pixel is burnt out


@dataclass(frozen=True, slots=True)
class Quality:
    """`sharpness`: variance of the Laplacian. `glare`: the largest burnt-out blob not touching the edge, as a share
    of the picture. `light`: mean grey, 0 to 255. `pixels`: of the longer side."""

    sharpness: float
    glare: float
    light: float
    pixels: int

    def as_json(self) -> dict[str, Any]:
        return {name: round(value, 4) for name, value in asdict(self).items()}


def measure(picture: Picture) -> Quality:
    height, width = picture.shape[:2]
    scale = MEASURED_WIDTH / width
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    sized = cv2.resize(grey, (MEASURED_WIDTH, max(1, round(height * scale))), interpolation=cv2.INTER_AREA)
    return Quality(
        sharpness=float(cv2.Laplacian(sized, cv2.CV_64F).var()),
        glare=_glare(sized),
        light=float(sized.mean()),
        pixels=max(height, width),
    )


def _glare(grey: Any) -> float:
    count, _, stats, _ = cv2.connectedComponentsWithStats((grey >= GLARING).astype(np.uint8))
    height, width = grey.shape
    largest = 0
    for x, y, wide, high, area in stats[1:count]:
        if x > 0 and y > 0 and x + wide < width and y + high < height:  # a scan's white margin is no glare
            largest = max(largest, int(area))
    return largest / (height * width)
