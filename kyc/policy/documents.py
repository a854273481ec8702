"""Caps on uploads. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UploadCaps:
    bytes: int = 15_000_000  # a phone's photo has 3 to 8 MB
    pixels: int = 40_000_000  # Pillow itself warns at 89 million; phones take 12 to 50, scaled by browsers
    pages: int = 20
    seconds: int = 20  # of processor time for one PDF
    memory: int = 1_500_000_000  # bytes of address space for reading one PDF
    preview_pixels: int = 1_600  # longest side of what is shown


UPLOADS = UploadCaps()
