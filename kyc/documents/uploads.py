"""Uploads are hostile: what a file is, is read from its bytes, within caps; what is shown is drawn anew. Pure.

PDFs are opened in a process of their own with limits on memory and time, because their readers crash.
"""

from __future__ import annotations

import hashlib
import io
import resource
import subprocess
import sys
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from kyc.errors import BadInput
from kyc.policy.documents import UPLOADS

FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


@dataclass(frozen=True, slots=True)
class Upload:
    mime: str
    width: int  # pixels; of a PDF, of its first page as drawn
    height: int
    pages: int
    sha256: str


def inspect_upload(content: bytes) -> Upload:
    """What the bytes are. Raises BadInput with a sentence for the customer."""
    if not content:
        raise BadInput("The file is empty.")
    if len(content) > UPLOADS.bytes:
        raise BadInput(f"The file is larger than {UPLOADS.bytes // 1_000_000} MB.")
    digest = hashlib.sha256(content).hexdigest()
    if content.startswith(b"%PDF-"):
        pages, drawn = _read_pdf(content)
        width, height = Image.open(io.BytesIO(drawn)).size
        return Upload("application/pdf", width, height, pages, digest)
    picture = _open_picture(content)
    return Upload(FORMATS[picture.format or ""], picture.width, picture.height, 1, digest)


def clean_preview(content: bytes) -> bytes:
    """A PNG drawn anew from the pixels: no metadata, no trailing bytes, no second meaning."""
    if content.startswith(b"%PDF-"):
        content = _read_pdf(content)[1]
    picture = ImageOps.exif_transpose(_open_picture(content)).convert("RGB")
    picture.thumbnail((UPLOADS.preview_pixels, UPLOADS.preview_pixels))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _open_picture(content: bytes) -> Image.Image:
    """Decoded whole, so that a truncated file is found now and not when somebody looks at it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=tuple(FORMATS))
            if picture.width * picture.height > UPLOADS.pixels:
                raise BadInput("The picture has too many pixels.")
            picture.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadInput("Send a picture (JPEG, PNG, WebP) or a PDF; this file is none or is damaged.") from error
    except Image.DecompressionBombWarning as error:
        raise BadInput("The picture has too many pixels.") from error
    return picture


_PDF_READER = """
import io, sys
import pypdfium2
pdf = pypdfium2.PdfDocument(sys.stdin.buffer.read())
page = pdf[0]
side = float(sys.argv[1])
out = io.BytesIO()
page.render(scale=min(4.0, side / max(page.get_size()))).to_pil().save(out, "PNG")
sys.stdout.buffer.write(len(pdf).to_bytes(4, "big") + out.getvalue())
"""


def _read_pdf(content: bytes) -> tuple[int, bytes]:
    """(pages, PNG of the first). Raises BadInput for a damaged, locked, too long or too costly file."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", _PDF_READER, str(UPLOADS.preview_pixels)],
            input=content,
            capture_output=True,
            timeout=UPLOADS.seconds,
            preexec_fn=_limit,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BadInput("This PDF takes too long to read; send a picture instead.") from error
    if done.returncode != 0 or len(done.stdout) < 8:
        raise BadInput("This PDF is damaged or locked; send a picture instead.")
    pages = int.from_bytes(done.stdout[:4], "big")
    if pages > UPLOADS.pages:
        raise BadInput(f"Send at most {UPLOADS.pages} pages.")
    return pages, done.stdout[4:]


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (UPLOADS.seconds, UPLOADS.seconds))
    if sys.platform == "linux":  # macOS refuses this limit; the time limit holds there
        resource.setrlimit(resource.RLIMIT_AS, (UPLOADS.memory, UPLOADS.memory))
