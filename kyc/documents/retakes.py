"""Whether a picture must be taken again, and why, in words that help. Pure; the thresholds are policy.

Asked only where nothing that can be checked was read: a page that was read is good enough, however it looks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kyc.policy.documents import RETAKES
from kyc.policy.identity import READER, ReaderPolicy

FEWEST_LINES = 3  # of printed text: with fewer, no side of a document is in the picture


def retake_for(pages: Sequence[Mapping[str, Any]], *, needs_zone: bool = False, policy: ReaderPolicy = READER) -> str:
    """A code of RETAKES; "" where enough was read. `needs_zone`: this page of this kind always has one.

    The front of a card has neither zone nor barcode: printed text is enough there, however the picture looks.
    """
    if not pages or any(page["zone"] or page["barcode"] for page in pages):
        return ""
    has_print = sum(len(page["printed"]) for page in pages) >= FEWEST_LINES
    if has_print and not needs_zone:
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
    return "zone" if has_print else "nothing"


def retake_for_selfie(faces: int) -> str:
    """The same for the picture of somebody's face, by how many faces stand out in it."""
    return "" if faces == 1 else "faces" if faces else "no_face"


def words_for(code: str) -> str:
    """What the customer reads; "" for no retake."""
    return RETAKES.get(code, "")
