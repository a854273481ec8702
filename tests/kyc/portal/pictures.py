"""An invented passport page as a picture."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw, PngImagePlugin

MRZ = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"  # ICAO 9303's own

CAMERA_WROTE = "52.37N 4.89E, where it was taken"


def passport_picture(width: int = 900, height: int = 640) -> bytes:
    """A PNG; large enough that a check on the size of pictures lets it pass."""
    image = Image.new("RGB", (width, height), "#e8efe9")
    draw = ImageDraw.Draw(image)
    draw.rectangle((40, 120, 260, 400), fill="#b9c6bf", outline="#5b6b64")
    draw.text((300, 130), "UTOPIA  PASSPORT\n\nERIKSSON\nANNA MARIA\n\n12 AUG 1974", fill="#1d2b26")
    draw.text((40, height - 120), MRZ, fill="#000000")
    written = PngImagePlugin.PngInfo()
    written.add_text("Location", CAMERA_WROTE)
    out = BytesIO()
    image.save(out, "PNG", pnginfo=written)
    return out.getvalue()
