"""Files that mean harm, made here: each a small program, none of them a real attack on anybody."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace

from PIL import Image

from kyc.policy.documents import UPLOADS

SMALL = replace(UPLOADS, bytes=3_000_000, seconds=3, wall_seconds=8)


def picture(form: str = "JPEG", size: tuple[int, int] = (320, 200), **options: object) -> bytes:
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def archive(name: str = "evil.html", text: bytes = b"<script>alert(1)</script>") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(name, text)
    return out.getvalue()


def jpeg_with_segment(marker: int, text: bytes) -> bytes:
    jpeg = picture()
    return jpeg[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(text) + 2) + text + jpeg[2:]


def jpeg_of_size(width: int, height: int) -> bytes:
    """The header lies about the size: a decoder that believes it takes gigabytes."""
    jpeg = bytearray(picture())
    at = jpeg.index(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(jpeg)


def jpeg_of_many_scans(scans: int = 5000) -> bytes:
    jpeg = picture(progressive=True)
    at = jpeg.rindex(b"\xff\xda")
    last = jpeg[at : jpeg.rindex(b"\xff\xd9")]
    return jpeg[:at] + last * scans + b"\xff\xd9"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, pixels: bytes, *before: bytes, bits: int = 1) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(before) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def png_bomb(side: int = 50_000) -> bytes:
    squeeze = zlib.compressobj(9)
    row = b"\0" * (side // 8 + 1)
    return png(side, side, b"".join(squeeze.compress(row) for _ in range(side)) + squeeze.flush())


def zeros(megabytes: int) -> bytes:
    squeeze = zlib.compressobj(9)
    return b"".join(squeeze.compress(b"\0" * 1_000_000) for _ in range(megabytes)) + squeeze.flush()


def small_png(*before: bytes) -> bytes:
    return png(8, 8, zlib.compress(b"\0\0" * 8), *before)


def moving(form: str) -> bytes:
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "green", "blue")]
    out = io.BytesIO()
    frames[0].save(out, form, save_all=True, append_images=frames[1:], duration=100)
    return out.getvalue()


def pdf(*objects: bytes, pages: int = 1, catalog: bytes = b"", box: bytes = b"0 0 200 200", page: bytes = b"") -> bytes:
    """Objects 1 (catalog), 2 (pages), 3 (the one page, repeated) and then `objects` from number 4."""
    kids = b" ".join([b"3 0 R"] * pages)
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R" + catalog + b">>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, kids),
        b"<</Type/Page/Parent 2 0 R/MediaBox[" + box + b"]" + page + b">>",
        *objects,
    ]
    out, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(out)
    size = len(bodies) + 1
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        size, table, size, start,
    )  # fmt: skip


def stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(data), entries, data)


def object_stream(inside: bytes) -> bytes:
    packed = zlib.compress(b"9 0 " + inside)
    return stream(packed, b"/Type/ObjStm/N 1/First 4/Filter/FlateDecode")


def laughing_pdf(depth: int = 8, width: int = 12) -> bytes:
    """Forms that draw forms that draw forms: width to the power of depth drawings."""
    objects = []
    for level in range(depth):
        inner = 5 + level
        last = level == depth - 1
        draws = b"0 0 200 200 re f\n" * 50 if last else b"/F Do\n" * width
        resources = b"" if last else b"/Resources<</XObject<</F %d 0 R>>>>" % inner
        objects.append(stream(draws, b"/Type/XObject/Subtype/Form/BBox[0 0 200 200]" + resources))
    body = stream(b"/F Do\n" * width)
    number = 4 + depth
    page = b"/Contents %d 0 R/Resources<</XObject<</F 4 0 R>>>>" % number
    return pdf(*objects, body, page=page)


def huge_image_pdf() -> bytes:
    image = stream(
        zeros(100),
        b"/Type/XObject/Subtype/Image/Width 60000/Height 60000/BitsPerComponent 8/ColorSpace/DeviceRGB"
        b"/Filter/FlateDecode",
    )
    return pdf(image, stream(b"200 0 0 200 0 0 cm /I Do"), page=b"/Contents 5 0 R/Resources<</XObject<</I 4 0 R>>>>")


def cut(content: bytes, share: float = 0.5) -> bytes:
    return content[: int(len(content) * share)]


SCRIPT = b"<script>alert(document.cookie)</script>"

# Must be refused, with a sentence
REFUSED: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "more bytes than allowed": lambda: picture("BMP", (1200, 1200)),
    "a page of HTML": lambda: b"<!doctype html><html>" + SCRIPT,
    "an SVG with a program": lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "a PHP program": lambda: b"<?php system($_GET['c']); ?>",
    "a Windows program": lambda: b"MZ" + b"\0" * 300,
    "a Linux program": lambda: b"\x7fELF" + b"\0" * 300,
    "a shell script": lambda: b"#!/bin/sh\nrm -rf /\n",
    "plain words": lambda: b"This is my passport.",
    "random bytes": lambda: bytes(range(256)) * 40,
    "zeros": lambda: b"\0" * 10_000,
    "an archive": archive,
    "a text document": lambda: archive("word/document.xml", b"<w:document/>"),
    "a RAR archive": lambda: b"Rar!\x1a\x07\x00" + b"\0" * 100,
    "a 7z archive": lambda: b"7z\xbc\xaf\x27\x1c" + b"\0" * 100,
    "a gzip file": lambda: b"\x1f\x8b\x08\x00" + b"\0" * 100,
    "a GIF": lambda: picture("GIF"),
    "a moving GIF": lambda: moving("GIF"),
    "a TIFF": lambda: picture("TIFF"),
    "a BMP": lambda: picture("BMP"),
    "a HEIC": lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 100,
    "an AVIF": lambda: b"\0\0\0\x18ftypavif\0\0\0\0mif1avif" + b"\0" * 100,
    "a film": lambda: b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0" * 100,
    "a JPEG cut in half": lambda: cut(picture()),
    "a JPEG's first bytes": lambda: picture()[:20],
    "a JPEG that lies about a segment": lambda: picture()[:2] + b"\xff\xe1\xff\xff" + picture()[2:],
    "a JPEG of 65535 by 65535": lambda: jpeg_of_size(65535, 65535),
    "a JPEG of thousands of scans": jpeg_of_many_scans,
    "a JPEG with HTML in a comment": lambda: jpeg_with_segment(0xFE, b"<html>" + SCRIPT),
    "a JPEG with PHP in its Exif": lambda: jpeg_with_segment(0xE1, b"Exif\0\0<?php system('id'); ?>"),
    "a JPEG with an archive in a comment": lambda: jpeg_with_segment(0xFE, archive()),
    "a JPEG with a PDF in a comment": lambda: jpeg_with_segment(0xFE, pdf()),
    "a JPEG with an archive behind": lambda: picture() + archive(),
    "a JPEG with a padded archive behind": lambda: picture() + b"\0" * 5000 + archive(),
    "a JPEG with a RAR behind": lambda: picture() + b"xx" + b"Rar!\x1a\x07\x00" + b"\0" * 100,
    "a JPEG with HTML behind": lambda: picture() + SCRIPT,
    "a JPEG with a PDF behind": lambda: picture() + pdf(),
    "a JPEG with a Windows program behind": lambda: picture() + b"MZ" + b"\0" * 300,
    "a JPEG with much of something behind": lambda: picture() + b"\x42" * 100_000,
    "a PNG of 50000 by 50000 in 300 kB": png_bomb,
    "a PNG of two thousand million pixels a side": lambda: png(2**31 - 1, 2**31 - 1, zlib.compress(b"\0")),
    "a PNG without pixels": lambda: png(0, 0, zlib.compress(b"\0")),
    "a PNG cut in half": lambda: cut(picture("PNG")),
    "a PNG with a broken chunk": lambda: picture("PNG").replace(b"IDAT", b"IDAX", 1),
    "a PNG with less data than pixels": lambda: png(900, 900, zlib.compress(b"\0" * 50)),
    "a PNG that moves": lambda: small_png(chunk(b"acTL", struct.pack(">II", 2, 0))),
    "a PNG with text that inflates": lambda: small_png(chunk(b"zTXt", b"Comment\0\0" + zeros(80))),
    "a PNG of ten thousand chunks": lambda: small_png(*[chunk(b"tEXt", b"a\0b")] * 10_000),
    "a PNG with HTML behind": lambda: picture("PNG") + SCRIPT,
    "a PNG with an archive behind": lambda: picture("PNG") + archive(),
    "a PNG with HTML in its text": lambda: small_png(chunk(b"tEXt", b"Comment\0<html>" + SCRIPT)),
    "a WebP that moves": lambda: moving("WEBP"),
    "a WebP cut in half": lambda: cut(picture("WEBP")),
    "a WebP with a program behind": lambda: picture("WEBP") + b"\x7fELF" + b"\0" * 300,
    "a WebP that lies about its length": lambda: b"RIFF\xff\xff\xff\x7fWEBP" + picture("WEBP")[12:],
    "a PDF that runs a program when opened": lambda: pdf(catalog=b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>"),
    "a PDF that hides the program's name": lambda: pdf(catalog=b"/OpenAction<</S/Java#53cript/J#53(app.alert(1))>>"),
    "a PDF with a program in an object stream": lambda: pdf(object_stream(b"<</S/JavaScript/JS(app.alert(1))>>")),
    "a PDF with a hidden object stream": lambda: pdf(object_stream(b"<<>>").replace(b"/ObjStm", b"/Obj#53tm")),
    "a PDF with an object stream nobody can look into": lambda: pdf(
        object_stream(b"<<>>").replace(b"/FlateDecode", b"/ASCII85Decode").replace(zlib.compress(b"9 0 <<>>"), b"xx~>")
    ),
    "a PDF that starts another program": lambda: pdf(catalog=b"/OpenAction<</S/Launch/F(cmd.exe)>>"),
    "a PDF with a file attached": lambda: pdf(stream(b"MZ", b"/Type/EmbeddedFile")),
    "a PDF that sends what is typed": lambda: pdf(catalog=b"/OpenAction<</S/SubmitForm/F(http://example.com)>>"),
    "a PDF with an XFA form": lambda: pdf(catalog=b"/AcroForm<</XFA[(template) 4 0 R]>>"),
    "a PDF that is locked": lambda: pdf().replace(b"/Root 1 0 R", b"/Root 1 0 R/Encrypt 9 0 R"),
    "a PDF cut in half": lambda: cut(pdf()),
    "a PDF's first bytes": lambda: b"%PDF-1.7\n",
    "a PDF of junk": lambda: b"%PDF-1.7\n" + bytes(range(256)) * 50 + b"\n%%EOF",
    "a PDF without pages": lambda: pdf(pages=0),
    "a PDF of 21 pages": lambda: pdf(pages=21),
    "a PDF with an archive behind": lambda: pdf() + archive(),
    "a PDF with HTML at its head": lambda: pdf().replace(b"\n1 0 obj", b"\n%" + SCRIPT + b"\n1 0 obj", 1),
    "a PDF with a program behind": lambda: pdf() + b"\x7fELF" + b"\0" * 3000,
    "a PDF that draws for ever": laughing_pdf,
}  # fmt: skip

# May be accepted or refused, but must end, and show nothing but pixels
ODD: dict[str, Callable[[], bytes]] = {
    "a JPEG with holes in its pixels": lambda: picture()[:900] + b"\x00" * 200 + picture()[1100:],
    "a JPEG with a position in its Exif": lambda: picture(exif=_position()),
    "a phone's film behind a JPEG": lambda: picture() + b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0" * 90_000,
    "a phone's second picture behind a JPEG": lambda: picture() + picture(),
    "a few unknown bytes behind a JPEG": lambda: picture() + b"PADDING" * 20,
    "a PNG of sixteen bits": lambda: png(8, 8, zlib.compress((b"\0" + b"\x12\x34" * 8) * 8), bits=16),
    "a PNG with transparency": lambda: _transparent(),
    "a JPEG of four inks": lambda: _four_inks(),
    "a PDF with a picture of 60000 by 60000": huge_image_pdf,
    "a PDF of no size": lambda: pdf(box=b"0 0 0 0"),
    "a PDF the size of a field": lambda: pdf(box=b"0 0 2000000 2000000"),
    "a PDF whose pages are its own parent": lambda: pdf().replace(b"/Kids[3 0 R]", b"/Kids[2 0 R]"),
    "a long thin picture": lambda: picture("PNG", (20_000, 2)),
}


def _position() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010E] = "SECRETPLACE 52.37N"
    return exif


def _transparent() -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (60, 60), (255, 0, 0, 0)).save(out, "PNG")
    return out.getvalue()


def _four_inks() -> bytes:
    out = io.BytesIO()
    Image.new("CMYK", (60, 60), (10, 20, 30, 0)).save(out, "JPEG")
    return out.getvalue()
