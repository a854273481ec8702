"""Uploads are hostile: what a file is, is read from its bytes, within caps; what is shown is drawn anew.

Two steps. Here, in pure Python that cannot be overrun, the parts of the file are walked: its kind, its end, what
lies behind the end, programs and archives inside. Then kyc/documents/drawing.py opens it in a process of its own
with limits on memory and time, because decoders of pictures and PDFs crash, hang and have had holes.
"""

from __future__ import annotations

import hashlib
import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Any

import filetype

from kyc.errors import BadInput
from kyc.findings import Finding
from kyc.policy.documents import DAMAGED_PDF, DAMAGED_PICTURE, NOT_ACCEPTED, UPLOADS, UploadCaps

PICTURES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
PDF = "application/pdf"
DRAWING = Path(__file__).with_name("drawing.py")
SNIFFED = 4096  # bytes: further in, no browser and no PDF reader guesses what a file is
HEADER_BYTES = 65_536  # what the child's first line may have at most

TOO_MANY_PIXELS = "The picture has too many pixels."
HOLDS_MORE = "This file holds more than a picture. Open it, save it as a new picture, and send that."
ACTIVE_PDF = "This PDF holds a program or an attached file; print it to a new PDF, or send a picture."
LOCKED_PDF = "This PDF is locked; print it to a new PDF, or send a picture."
MOVING = "Send a still picture."
TOO_LONG = "This file takes too long to read; send a picture instead."

# Files that other programs would find in or behind a picture
ARCHIVES = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"Rar!\x1a\x07",
    b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b\x08",
    b"BZh9",
    b"\xfd7zXZ\x00",
)
LONG_ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c")  # long enough never to stand there by chance
PROGRAMS = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"#!/", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe")
MARKUP = re.compile(rb"<(?:script|html|!doctype html|body|iframe|\?php)", re.IGNORECASE)
# What telephones write behind a picture: further pictures, a short film, their own tables
PHONE_TRAILERS = (b"\xff\xd8\xff", b"MotionPhoto_Data", b"SEFH", b"SEFT")
# names of PDF objects that act, carry files or ask a server
ACTIVE = re.compile(
    rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoToE|Movie|Rendition)(?![A-Za-z])"
)
ENCRYPTED = re.compile(rb"/Encrypt(?![A-Za-z])")
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
NEXT_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


@dataclass(frozen=True, slots=True)
class Upload:
    """`mime` as sniffed. Width and height in pixels; of a PDF, of its first page as drawn."""

    mime: str
    width: int
    height: int
    pages: int
    sha256: str
    kind: str = "picture"  # or "pdf"
    trailing_bytes: int = 0  # behind the picture's end, harmless as far as can be seen
    findings: tuple[Finding, ...] = ()


def inspect_upload(content: bytes, *, declared_type: str = "", caps: UploadCaps = UPLOADS) -> Upload:
    """What the bytes are. Raises BadInput with a sentence for the customer. `declared_type` only makes a finding."""
    return take_upload(content, declared_type=declared_type, caps=caps)[0]


def clean_preview(content: bytes, *, page: int = 0, side: int = 0, caps: UploadCaps = UPLOADS) -> bytes:
    """A PNG drawn anew from the pixels: no metadata, no trailing bytes, no second meaning.

    `side` is its longest side in pixels, 0 for the policy's; a smaller picture is not enlarged. `page` from 0.
    """
    return take_upload(content, page=page, side=side, caps=caps)[1]


def pixels_of(content: bytes, *, page: int = 0, side: int, caps: UploadCaps = UPLOADS) -> bytes:
    """The same pixels bare, as a PPM, for programs that read pictures and should decode no stranger's file."""
    mime = sniff(content)
    bare = replace(caps, preview_bytes=3 * side * side + 64)  # three bytes a pixel and a line of header
    return _draw(content, mime, page=page, side=side, caps=bare, form="PPM")[1]


def take_upload(
    content: bytes, *, declared_type: str = "", page: int = 0, side: int = 0, caps: UploadCaps = UPLOADS
) -> tuple[Upload, bytes]:
    """Both of the above from one reading: (what it is, its clean PNG)."""
    if not content:
        raise BadInput("The file is empty.")
    if len(content) > caps.bytes:
        raise BadInput(f"The file is larger than {caps.bytes // 1_000_000} MB.")
    mime = sniff(content)
    trailing = _check_pdf(content) if mime == PDF else _check_picture(content, mime, caps)
    facts, preview = _draw(content, mime, page=page, side=side or caps.preview_pixels, caps=caps)
    upload = Upload(
        mime=mime,
        width=facts["width"],
        height=facts["height"],
        pages=facts["pages"],
        sha256=hashlib.sha256(content).hexdigest(),
        kind="pdf" if mime == PDF else "picture",
        trailing_bytes=trailing,
        findings=tuple(_remarks(mime, declared_type, trailing)),
    )
    return upload, preview


def sniff(content: bytes) -> str:
    """The MIME type of one of the kinds that are accepted. BadInput for everything else, with what to do."""
    if content.startswith(b"%PDF-"):
        return PDF
    guessed = filetype.guess(content[:8192])
    mime = guessed.mime if guessed is not None else ""
    if mime not in PICTURES:
        raise BadInput(NOT_ACCEPTED.get(mime, DAMAGED_PICTURE), sniffed=mime)
    return str(mime)


def _remarks(mime: str, declared_type: str, trailing: int) -> Iterator[Finding]:
    if declared_type and declared_type.partition(";")[0].strip().lower() not in (mime, "application/octet-stream"):
        facts = {"declared": declared_type, "sniffed": mime}
        yield Finding("upload.type_differs", "The file is of another type than it was called.", facts=facts)
    if trailing:
        facts_of = {"bytes": trailing}
        yield Finding("upload.trailing_bytes", "Something follows the picture's end, as telephones do.", facts=facts_of)


# ------------------------------------------------------------------------------------------------ pictures


def _check_picture(content: bytes, mime: str, caps: UploadCaps) -> int:
    """Bytes behind the picture's end. Raises BadInput for what is more than a picture."""
    walk = {"image/jpeg": _walk_jpeg, "image/png": _walk_png, "image/webp": _walk_webp}[mime]
    pixels_at, end = walk(content, caps)
    trailer = content[end:]
    # Markup is looked for where it can be read as such: compressed pixels hold every short word by chance.
    if MARKUP.search(content[: max(pixels_at, SNIFFED)]) or b"%PDF-" in content[:SNIFFED]:
        raise BadInput(HOLDS_MORE)
    rest = trailer.strip(b"\0 \r\n\t")
    if rest and (MARKUP.search(rest) or b"%PDF-" in rest or rest.startswith(ARCHIVES + PROGRAMS)):
        raise BadInput(HOLDS_MORE)
    if _has_archive_directory(content) or any(mark in trailer for mark in LONG_ARCHIVES):
        raise BadInput(HOLDS_MORE)
    from_phone = rest.startswith(PHONE_TRAILERS) or rest[4:8] == b"ftyp" or b"MotionPhoto_Data" in rest[:256]
    if not from_phone and len(rest) > caps.trailing_bytes:
        raise BadInput(HOLDS_MORE)
    return len(trailer)


def _walk_jpeg(content: bytes, caps: UploadCaps) -> tuple[int, int]:
    """(where the pixels begin, where the first picture ends).

    Segments carry their length; what is compressed runs to the next marker.
    """
    place, scans, pixels_at = 2, 0, 0
    while (found := NEXT_MARKER.search(content, place)) is not None:
        marker, place = content[found.start() + 1], found.end()
        if marker == 0xD9:  # end of image
            return pixels_at or place, place
        if marker == 0x01:  # has no length
            continue
        if marker == 0xDA:  # start of scan
            scans += 1
            pixels_at = pixels_at or place
            if scans > caps.scans:
                raise BadInput(TOO_LONG)
        length = int.from_bytes(content[place : place + 2], "big")
        if length < 2 or place + length > len(content):
            raise BadInput(DAMAGED_PICTURE)
        place += length
    raise BadInput(DAMAGED_PICTURE)  # cut off before its end


def _walk_png(content: bytes, caps: UploadCaps) -> tuple[int, int]:
    place, pixels_at = 8, 0
    for _ in range(caps.chunks):
        length, kind = int.from_bytes(content[place : place + 4], "big"), content[place + 4 : place + 8]
        if kind == b"IDAT":
            pixels_at = pixels_at or place
        place += 12 + length
        if place > len(content):
            break
        if kind == b"acTL":
            raise BadInput(MOVING)
        if kind == b"IEND":
            return pixels_at, place
    raise BadInput(DAMAGED_PICTURE)


def _walk_webp(content: bytes, caps: UploadCaps) -> tuple[int, int]:
    end = 8 + int.from_bytes(content[4:8], "little")
    if end > len(content) + 1:  # an odd length is padded, and some writers forget the padding
        raise BadInput(DAMAGED_PICTURE)
    place = 12
    for _ in range(caps.chunks):
        if place + 8 > end:
            return SNIFFED, min(end, len(content))
        kind, length = content[place : place + 4], int.from_bytes(content[place + 4 : place + 8], "little")
        if kind in (b"ANIM", b"ANMF"):
            raise BadInput(MOVING)
        place += 8 + length + length % 2
    raise BadInput(DAMAGED_PICTURE)


def _has_archive_directory(content: bytes) -> bool:
    """Whether a zip reader would open it: it looks for the directory's end in the last 64 kB of any file."""
    tail_at = max(0, len(content) - 65_557)
    place = content.rfind(b"PK\x05\x06", tail_at)
    while place >= 0:
        record = content[place : place + 22]
        if len(record) == 22:
            disks, here, all_of_them = record[4:8], record[8:10], record[10:12]
            size = int.from_bytes(record[12:16], "little")
            if disks == b"\0\0\0\0" and here == all_of_them and size <= place:
                return True
        place = content.rfind(b"PK\x05\x06", tail_at, place)
    return False


# ------------------------------------------------------------------------------------------------ PDF


def _check_pdf(content: bytes) -> int:
    """0. Raises BadInput for a PDF that is locked, acts, carries files, or is something else as well."""
    plain = ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), content) if b"#" in content else content
    if plain.count(b"/ObjStm") != content.count(b"/ObjStm"):  # a name written so that it is not found
        raise BadInput(ACTIVE_PDF)
    if ENCRYPTED.search(plain):
        raise BadInput(LOCKED_PDF)
    if ACTIVE.search(plain):
        raise BadInput(ACTIVE_PDF)
    if MARKUP.search(content[:1024]) or MARKUP.search(content[-1024:]) or _has_archive_directory(content):
        raise BadInput(HOLDS_MORE)
    end = content.rfind(b"%%EOF")
    if end < 0:
        raise BadInput(DAMAGED_PDF)
    rest = content[end + 5 :].strip(b"\0 \r\n\t")
    if rest.startswith(ARCHIVES + PROGRAMS) or len(rest) > 1024:
        raise BadInput(HOLDS_MORE)
    return 0


# ------------------------------------------------------------------------------------------------ drawing

FACTS = ("width", "height", "pages")
BEGINS = {"PNG": b"\x89PNG\r\n\x1a\n", "PPM": b"P6\n"}
REFUSALS = {
    "damaged": DAMAGED_PICTURE,
    "damaged_pdf": DAMAGED_PDF,
    "pixels": TOO_MANY_PIXELS,
    "moving": MOVING,
    "active": ACTIVE_PDF,
    "no_page": "The document has no such page.",
}


def _draw(
    content: bytes, mime: str, *, page: int, side: int, caps: UploadCaps, form: str = "PNG"
) -> tuple[dict[str, Any], bytes]:
    """(facts, PNG or PPM) from the child process. BadInput when it refuses, dies, is too slow or says too much."""
    order = json.dumps(
        {"format": PICTURES.get(mime, "PDF"), "page": page, "side": side, "as": form, "caps": asdict(caps)}
    )
    out, code, late = _run([sys.executable, "-I", str(DRAWING), order], content, caps)
    if late or code == -signal.SIGXCPU:
        raise BadInput(TOO_LONG)
    head, _, preview = out.partition(b"\n")
    damaged = BadInput(DAMAGED_PDF if mime == PDF else DAMAGED_PICTURE, exit_code=code)
    if code != 0 or len(preview) > caps.preview_bytes:
        raise damaged
    try:
        facts = json.loads(head)
        refusal = facts.get("refused")
        sound = refusal or (all(int(facts[name]) > 0 for name in FACTS) and preview.startswith(BEGINS[form]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:  # no longer our program that answers
        raise damaged from error
    if refusal == "pages":
        raise BadInput(f"Send at most {caps.pages} pages.")
    if refusal or not sound:
        raise BadInput(REFUSALS.get(refusal, damaged.sentence), refused=refusal)
    return facts, preview


def _run(command: list[str], content: bytes, caps: UploadCaps) -> tuple[bytes, int, bool]:
    """(output, exit code, whether it was ended for being slow). Reads no more than a preview can have."""
    late = threading.Event()
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, cwd="/"
    ) as child:
        assert child.stdin is not None and child.stdout is not None

        def stop() -> None:
            late.set()
            child.kill()

        timer = threading.Timer(caps.wall_seconds, stop)
        feeder = threading.Thread(target=_feed, args=(child.stdin, content))
        timer.start()
        feeder.start()
        try:
            out = child.stdout.read(HEADER_BYTES + caps.preview_bytes + 1)
            if len(out) > HEADER_BYTES + caps.preview_bytes:
                child.kill()
            code = child.wait()
        finally:
            timer.cancel()
            child.kill()
            feeder.join()
    return out, code, late.is_set()


def _feed(pipe: IO[bytes], content: bytes) -> None:
    try:
        with pipe:
            pipe.write(content)
    except BrokenPipeError:
        return  # the child refused before it had read all: its answer says why
