"""Whether a picture must be taken again, and why, in words that help. Pure; the thresholds are policy.

Asked only where nothing that can be checked was read: a page that was read is good enough, however it looks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kyc.policy.documents import RETAKES
from kyc.policy.identity import READER, ReaderPolicy


def retake_for(pages: Sequence[Mapping[str, Any]], *, policy: ReaderPolicy = READER) -> str:
    """A code of RETAKES; "" where something was read, or only another side may be missing."""
    if not pages or any(page["zone"] or page["barcode"] for page in pages):
        return ""
    quality = pages[0]["quality"]
    if quality["light"] < policy.retake_light_below:
        return "dark"
    if quality["pixels"] < policy.retake_pixels_below:
        return "small"
    if quality["glare"] >= policy.retake_glare_from:
        return "glare"
    if quality["sharpness"] < policy.retake_sharpness_below:
        return "blurred"
    printed = [line for page in pages for line in page["printed"]]
    return "" if len(printed) >= FEWEST_LINES else "nothing"


FEWEST_LINES = 3  # of printed text: with fewer, no side of a document is in the picture


def words_for(code: str) -> str:
    """What the customer reads; "" for no retake."""
    return RETAKES.get(code, "")
