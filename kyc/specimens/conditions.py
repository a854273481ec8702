"""What cameras, hands and networks do to a page: sixteen conditions, each a function of a picture and a seed.

Arrays are height × width × 3, 8 bits. Needs OpenCV; only measurements and slow tests import it.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import cv2
import numpy as np

Picture = np.ndarray[Any, np.dtype[np.uint8]]


def on_table(page: Picture, random: Random, *, margin: float = 0.12) -> Picture:
    """The page lying on a table, as a phone sees it."""
    height, width = page.shape[:2]
    y, x = round(height * margin), round(width * margin)
    tone = random.randrange(60, 190)
    table = np.full((height + 2 * y, width + 2 * x, 3), (tone, tone, min(255, tone + 12)), np.uint8)
    grain = np.random.default_rng(random.randrange(2**32)).normal(0, 5, table.shape)
    table = np.clip(table + grain, 0, 255).astype(np.uint8)
    table[y : y + height, x : x + width] = page
    return table


def _turned(picture: Picture, degrees: float) -> Picture:
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)  # type: ignore[return-value]


def _seen_aslant(picture: Picture, random: Random, strength: float) -> Picture:
    height, width = picture.shape[:2]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    moved = corners + np.array(
        [(random.uniform(-1, 1) * strength * width, random.uniform(-1, 1) * strength * height) for _ in corners],
        np.float32,
    )
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    return cv2.warpPerspective(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)  # type: ignore[return-value]


def _blurred(picture: Picture, sigma: float) -> Picture:
    return cv2.GaussianBlur(picture, (0, 0), sigma)  # type: ignore[return-value]


def _moved(picture: Picture, random: Random, length: int = 7) -> Picture:
    kernel = np.zeros((length, length), np.float32)
    angle = random.uniform(0, np.pi)
    middle = length // 2
    for step in np.linspace(-middle, middle, 4 * length):
        kernel[round(middle + step * np.sin(angle)), round(middle + step * np.cos(angle))] = 1
    return cv2.filter2D(picture, -1, kernel / kernel.sum())  # type: ignore[return-value]


def _noisy(picture: Picture, random: Random, sigma: float = 14) -> Picture:
    noise = np.random.default_rng(random.randrange(2**32)).normal(0, sigma, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def _squeezed(picture: Picture, quality: int) -> Picture:
    _, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(jpeg, cv2.IMREAD_COLOR)  # type: ignore[return-value]


def _lit(picture: Picture, factor: float, offset: float = 0) -> Picture:
    return np.clip(picture.astype(np.float32) * factor + offset, 0, 255).astype(np.uint8)


def _shaded(picture: Picture, random: Random) -> Picture:
    height, width = picture.shape[:2]
    angle = random.uniform(0, 2 * np.pi)
    y, x = np.mgrid[0:height, 0:width]
    ramp = np.cos(angle) * x / width + np.sin(angle) * y / height
    ramp = (ramp - ramp.min()) / (ramp.max() - ramp.min())
    return np.clip(picture * (0.35 + 0.65 * ramp)[..., None], 0, 255).astype(np.uint8)


def _glaring(picture: Picture, random: Random) -> Picture:
    """A lamp's reflection beside or across the end of the lines, bright at its heart and seen through at its rim."""
    height, width = picture.shape[:2]
    at = (random.uniform(0.15, 0.85) * width, random.uniform(0.25, 0.8) * height)
    y, x = np.mgrid[0:height, 0:width]
    far = ((x - at[0]) / (0.09 * width)) ** 2 + ((y - at[1]) / (0.07 * height)) ** 2
    return np.clip(picture + (230 * np.exp(-far))[..., None], 0, 255).astype(np.uint8)


def _small(picture: Picture, share: float = 0.55) -> Picture:
    return cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def _all_at_once(picture: Picture, random: Random) -> Picture:
    seen = _blurred(_seen_aslant(picture, random, 0.03), 1.2)
    return _squeezed(_noisy(_shaded(seen, random), random, 8), 45)


CONDITIONS: dict[str, Callable[[Picture, Random], Picture]] = {
    "clean": lambda picture, random: picture,
    "jpeg": lambda picture, random: _squeezed(picture, 25),
    "blur 1.5": lambda picture, random: _blurred(picture, 1.5),
    "blur 2.5": lambda picture, random: _blurred(picture, 2.5),
    "motion": _moved,
    "noise": lambda picture, random: _noisy(picture, random),
    "dark": lambda picture, random: _lit(picture, 0.35),
    "faint": lambda picture, random: _lit(picture, 0.4, 130),
    "glare": _glaring,
    "shadow": _shaded,
    "turned 3": lambda picture, random: _turned(picture, random.choice((-3, 3)) + random.uniform(-1, 1)),
    "turned 8": lambda picture, random: _turned(picture, random.choice((-8, 8)) + random.uniform(-2, 2)),
    "aslant": lambda picture, random: _seen_aslant(picture, random, 0.03),
    "far aslant": lambda picture, random: _seen_aslant(picture, random, 0.07),
    "small": lambda picture, random: _small(picture),
    "all at once": _all_at_once,
}
QUARTERS = {0: None, 90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


def turned_by_quarters(picture: Picture, degrees: int) -> Picture:
    code = QUARTERS[degrees]
    return picture if code is None else cv2.rotate(picture, code)  # type: ignore[return-value]
