"""Draw one hostile file anew: run as a process of its own, never imported by the product.

    python -I drawing.py '{"format": "PDF", "page": 0, "side": 1600, "as": "PNG", "caps": {…}}' < file

Writes one line of JSON, {"width", "height", "pages"} or {"refused": why}, then a PNG, or bare pixels (PPM).
Limits are set before any reader is loaded. It knows nothing of this project, has an empty environment, and may
write no file.
"""

from __future__ import annotations

import json
import resource
import sys


def limit(caps: dict[str, int]) -> None:
    """Processor time, memory, no file longer than nothing, no core dump with somebody's passport in it."""
    # the soft limit says why it ended, the hard one a second later does not ask
    resource.setrlimit(resource.RLIMIT_CPU, (caps["seconds"], caps["seconds"] + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # macOS refuses this limit; the limit on time holds there
        resource.setrlimit(resource.RLIMIT_AS, (caps["memory"], caps["memory"]))


ORDER = json.loads(sys.argv[1])
limit(ORDER["caps"])

import io  # noqa: E402
import re  # noqa: E402
import warnings  # noqa: E402
import zlib  # noqa: E402

import pypdfium2  # noqa: E402
import pypdfium2.raw  # noqa: E402
from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: E402

# The same names as in uploads.py, for the insides of compressed object streams
ACTIVE = re.compile(
    rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoToE|Movie|Rendition)(?![A-Za-z])"
)
OBJECT_STREAM = re.compile(rb"/ObjStm.{0,2000}?stream\r?\n", re.DOTALL)
MOST_INFLATED = 50_000_000  # bytes of one object stream
MOST_SCALE = 4.0  # pixels for each point of a page: 288 dpi


class Refused(Exception):
    """Carries the word that uploads.py turns into a sentence."""


def read_picture(content: bytes, form: str, caps: dict[str, int]) -> tuple[Image.Image, int]:
    """(the upright picture, pages). Decoded whole, so that a cut file is found now and not by who looks at it."""
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        picture = Image.open(io.BytesIO(content), formats=[form])
        if picture.width * picture.height > caps["pixels"]:
            raise Refused("pixels")
        if getattr(picture, "is_animated", False) and picture.format != "MPO":  # MPO: a phone's further pictures
            raise Refused("moving")
        picture.load()
        upright = ImageOps.exif_transpose(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused("pixels") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, zlib.error) as error:
        raise Refused("damaged") from error
    return upright, 1


def flat(picture: Image.Image) -> Image.Image:
    """RGB on white: what is transparent must not hide what another viewer would show."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        page = Image.new("RGB", picture.size, "white")
        page.paste(picture, mask=picture.getchannel("A"))
        return page
    return picture.convert("RGB")


def read_pdf(content: bytes, page: int, side: int, caps: dict[str, int]) -> tuple[Image.Image, int]:
    """(one page as drawn, number of pages)."""
    check_object_streams(content)
    try:
        pdf = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise Refused("damaged_pdf") from error
    pages = len(pdf)
    if pages > caps["pages"]:
        raise Refused("pages")
    if not 0 <= page < pages:
        raise Refused("damaged_pdf" if not pages else "no_page")
    acts = pypdfium2.raw.FPDFDoc_GetJavaScriptActionCount(pdf) or pypdfium2.raw.FPDFDoc_GetAttachmentCount(pdf)
    if acts or pypdfium2.raw.FPDF_GetFormType(pdf) in (
        pypdfium2.raw.FORMTYPE_XFA_FULL,
        pypdfium2.raw.FORMTYPE_XFA_FOREGROUND,
    ):
        raise Refused("active")
    try:
        drawn = pdf[page]
        longest = max(drawn.get_size())
        if longest <= 0:
            raise Refused("damaged_pdf")
        return drawn.render(scale=min(MOST_SCALE, side / longest)).to_pil(), pages
    except pypdfium2.PdfiumError as error:
        raise Refused("damaged_pdf") from error


def check_object_streams(content: bytes) -> None:
    """Programs may stand in compressed object streams, where a search of the file does not see them.

    What cannot be looked into is refused: other filters and predictors are written by nobody who means well.
    """
    found = list(OBJECT_STREAM.finditer(content))
    if len(found) != content.count(b"/ObjStm"):
        raise Refused("active")
    for stream in found:
        dictionary = content[content.rfind(b"obj", 0, stream.start()) : stream.end()]
        inflater = zlib.decompressobj()
        try:
            inside = inflater.decompress(content[stream.end() :], MOST_INFLATED)
        except zlib.error as error:
            raise Refused("active") from error
        plain = re.sub(rb"#([0-9A-Fa-f]{2})", lambda part: bytes([int(part[1], 16)]), inside)
        if inflater.unconsumed_tail or b"/Predictor" in dictionary or ACTIVE.search(plain):
            raise Refused("active")


def main() -> None:
    content, caps, form, side = sys.stdin.buffer.read(), ORDER["caps"], ORDER["format"], ORDER["side"]
    try:
        if form == "PDF":
            picture, pages = read_pdf(content, ORDER["page"], side, caps)
            width, height = picture.size
        else:
            picture, pages = read_picture(content, form, caps)
            width, height = picture.size
        picture = flat(picture)
        picture.thumbnail((side, side))
        out = io.BytesIO()
        # new pixels in a new picture: nothing that came with the old one is written
        clean = Image.frombytes("RGB", picture.size, picture.tobytes())
        clean.save(out, ORDER["as"], **({"compress_level": 3} if ORDER["as"] == "PNG" else {}))
    except Refused as refused:
        sys.stdout.buffer.write(json.dumps({"refused": refused.args[0]}).encode() + b"\n")
        return
    facts = {"width": width, "height": height, "pages": pages}
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n" + out.getvalue())


if __name__ == "__main__":
    main()
