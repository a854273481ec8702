"""The PDF417 barcode on the back of a North American licence: found by its texture, laid straight, decoded.

zxing-cpp alone reads 114 of 160 pages and none beyond 2° of slant. What makes the rest readable: the angle of the
textured region, a crop with room for its stop pattern, and for a shaken picture a Wiener deconvolution.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import zxingcpp

from kyc.documents.reading.networks import Picture

Grey = np.ndarray[Any, np.dtype[np.uint8]]

SEARCHED = 640  # pixels of the longer side in which the region is looked for
ROOM = 0.12  # of the region's sides: the stop pattern, blurred, was cut off without it
WIDE = 1500  # pixels that a straightened crop has at least, and its height in proportion
SHAKES = ((7, 0), (7, 45), (7, 90), (7, 135), (11, 0), (5, 0))  # pixels and degrees of the picture
NOISE = 0.01  # of Wiener's filter: the share of the signal's power


def read_barcode(picture: Picture) -> str | None:
    """The text of the first PDF417 symbol, or None."""
    grey: Grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)  # type: ignore[assignment]
    for straight in _straightened(grey):
        for attempt in _attempts(straight):
            if text := _decode(attempt):
                return text
    return _decode(grey)


def _decode(grey: Grey) -> str | None:
    found = zxingcpp.read_barcodes(
        np.ascontiguousarray(grey),
        formats=zxingcpp.BarcodeFormat.PDF417,  # type: ignore[arg-type]  # its stubs ask for what its code makes of it
        try_rotate=True,
        try_downscale=True,
        text_mode=zxingcpp.TextMode.Plain,  # control characters as they are: AAMVA parts its lines with them
    )
    return next((str(symbol.text) for symbol in found if symbol.valid and symbol.text), None)


def _straightened(grey: Grey) -> Iterator[Grey]:
    """The likeliest regions, lying, with room around and enough pixels for each bar."""
    scale = min(1.0, SEARCHED / max(grey.shape))
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    across, down = (cv2.Scharr(small, cv2.CV_32F, *axes) for axes in ((1, 0), (0, 1)))
    texture = cv2.boxFilter(np.abs(across) + np.abs(down), -1, (13, 13))
    _, dense = cv2.threshold(cv2.convertScaleAbs(texture, alpha=0.05), 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    dense = cv2.morphologyEx(dense, cv2.MORPH_OPEN, np.ones((11, 11), np.uint8))
    contours, _ = cv2.findContours(dense, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:2]:
        (x, y), (width, height), angle = cv2.minAreaRect(contour)
        if min(width, height) * 12 < max(width, height) or min(width, height) < 12:
            continue
        if width < height:
            width, height, angle = height, width, angle + 90
        yield _laid(grey, x / scale, y / scale, width / scale, height / scale, angle)


def _laid(grey: Grey, x: float, y: float, width: float, height: float, angle: float) -> Grey:
    width, height = width * (1 + ROOM), height * (1 + ROOM)
    zoom = max(1.0, WIDE / width)
    size = (round(width * zoom), round(height * zoom))
    c, s = math.cos(math.radians(angle)) * zoom, math.sin(math.radians(angle)) * zoom
    matrix = np.array([[c, s, size[0] / 2 - c * x - s * y], [-s, c, size[1] / 2 + s * x - c * y]], np.float32)
    return cv2.warpAffine(grey, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[return-value]


def _attempts(grey: Grey) -> Iterator[Grey]:
    """As it is, sharpened, then as if the hand had shaken, the likeliest first."""
    yield grey
    soft = cv2.GaussianBlur(grey, (0, 0), 3)
    yield cv2.addWeighted(grey, 2.2, soft, -1.2, 0)  # type: ignore[misc]
    for length, degrees in SHAKES:
        yield _unshaken(grey, length, degrees)


def _unshaken(grey: Grey, length: int, degrees: float) -> Grey:
    """Wiener's deconvolution of a straight shake."""
    kernel = np.zeros((length, length), np.float32)
    middle, angle = length // 2, math.radians(degrees)
    for step in np.linspace(-middle, middle, 4 * length):
        kernel[round(middle + step * math.sin(angle)), round(middle + step * math.cos(angle))] = 1
    kernel /= kernel.sum()
    height, width = (cv2.getOptimalDFTSize(side) for side in grey.shape)
    padded = np.full((height, width), float(grey.mean()), np.float32)
    padded[: grey.shape[0], : grey.shape[1]] = grey
    shape = np.zeros_like(padded)
    shape[:length, :length] = kernel
    shape = np.roll(shape, (-middle, -middle), (0, 1))
    blur = np.fft.rfft2(shape)
    plain = np.fft.irfft2(np.fft.rfft2(padded) * np.conj(blur) / (np.abs(blur) ** 2 + NOISE), s=padded.shape)
    return np.clip(plain[: grey.shape[0], : grey.shape[1]], 0, 255).astype(np.uint8)
