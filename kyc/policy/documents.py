"""Caps on uploads, and words for what is refused. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from kyc.policy.numbers import number


@dataclass(frozen=True, slots=True)
class UploadCaps:
    bytes: int = number(15_000_000, "bytes", "A phone's photo has 3 to 8 MB.", "house rule")
    pixels: int = number(
        40_000_000, "pixels", "Phones take 12 to 50 million, and browsers scale.", "half of where Pillow itself warns"
    )
    pages: int = number(20, "pages", "A register's extract has a few.", "house rule")
    scans: int = number(
        100, "scans of a progressive JPEG", "Cameras write ten or so; thousands take minutes to draw.", "house rule"
    )
    chunks: int = number(5_000, "parts of a PNG or WebP", "Pictures have tens, or hundreds of data.", "house rule")
    trailing_bytes: int = number(
        65_536, "bytes", "Unknown bytes after a picture's end: some programs pad, none needs more.", "house rule"
    )
    seconds: int = number(20, "s of processor time", "One file is read or given up in this.", "house rule")
    wall_seconds: int = number(40, "s", "The same by the clock, on a machine that has other work.", "house rule")
    memory: int = number(
        1_500_000_000, "bytes of address space", "For reading one file; 40 million pixels take 160 MB.", "house rule"
    )
    preview_pixels: int = number(1_600, "pixels", "Longest side of what is shown.", "house rule")
    preview_bytes: int = number(
        16_000_000, "bytes", "More than a preview can have; a reader that sends more is not ours.", "house rule"
    )


UPLOADS = UploadCaps()


@dataclass(frozen=True, slots=True)
class ReadingBudget:
    """What reading one picture may take. Beyond it the reading is unknown, and a person looks."""

    seconds: int = number(20, "s of processor time", "Ten times what the slowest page took.", "measured")
    wall_seconds: int = number(60, "s", "The same by the clock, on a machine that has other work.", "house rule")
    memory: int = number(
        1_200_000_000, "bytes allocated", "Twice what reading takes; the kernel refuses more.", "measured"
    )
    side: int = number(2_400, "pixels", "Longest side of what is read: 25 for each letter of a zone.", "measured")
    pages: int = number(3, "pages of a PDF", "Both sides of a card, and one more.", "house rule")
    idle_seconds: int = number(120, "s", "A reader that nobody asks gives its memory back.", "house rule")


READING = ReadingBudget()
# one comparison: a selfie and up to `pages` pages, each looked at four ways, in smaller pictures
FACES = ReadingBudget(seconds=40, wall_seconds=120, side=1_600, pages=6)

DAMAGED_PICTURE = "Send a picture (JPEG, PNG, WebP) or a PDF; this file is none or is damaged."
DAMAGED_PDF = "This PDF is damaged or locked; send a picture instead."
# What a file is by its first bytes → what to do about it. Others get DAMAGED_PICTURE.
NOT_ACCEPTED: dict[str, str] = {
    "image/heic": "This is a HEIC picture; choose JPEG (Most Compatible) in your phone's camera settings, "
    "or send a screenshot of it.",
    "image/avif": "This is an AVIF picture; send it as JPEG or PNG.",
    "image/apng": "Send a still picture.",
    "image/gif": "GIF pictures have too few colours to read; send a JPEG or PNG.",
    "image/tiff": "This is a TIFF picture; send it as JPEG, PNG or PDF.",
    "image/bmp": "This is a BMP picture; send it as JPEG or PNG.",
    "application/zip": "This is an archive; send the pictures or PDFs one by one.",
    "application/x-rar-compressed": "This is an archive; send the pictures or PDFs one by one.",
    "application/x-7z-compressed": "This is an archive; send the pictures or PDFs one by one.",
    "application/gzip": "This is an archive; send the pictures or PDFs one by one.",
    "application/msword": "This is a text document; print it to a PDF.",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "This is a text document; "
    "print it to a PDF.",
    "video/mp4": "This is a film; send a picture.",
    "video/quicktime": "This is a film; send a picture.",
}

# Why a picture must be taken again → what the customer reads
RETAKES: dict[str, str] = {
    "dark": "This picture is too dark to read. Take it again by daylight, without flash.",
    "small": "This picture has too few pixels to read. Send the original photo, not a small copy of it.",
    "glare": "A reflection covers part of the document. Tilt it a little, or turn off the lamp, and take it again.",
    "blurred": "This picture is blurred. Lay the document flat, hold the camera still, and take it again.",
    "zone": "The lines of letters and < at the foot of the page are missing or covered. Take in the whole page, flat.",
    "no_face": "We find no face in this picture. Look straight into the camera, in daylight, without hat and glasses.",
    "faces": "There are several faces in this picture. Take one of yourself alone.",
    "nothing": "We find no document in this picture. Take one with all four corners of the page in it.",
}
