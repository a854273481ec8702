"""Uploads mean harm until they are proved harmless: refused with a sentence, or shown as new pixels only."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from kyc.documents import uploads
from kyc.documents.uploads import clean_preview, inspect_upload, sniff, take_upload
from kyc.errors import BadInput
from kyc.policy.documents import UPLOADS
from kyc.specimens.hostile import ODD, REFUSED, SMALL, moving, pdf, picture, stream

# What may stand in a preview: a PNG of nothing but header, pixels and end
PLAIN_CHUNKS = [b"IHDR", b"IDAT", b"IEND"]


def chunks_of(png: bytes) -> list[bytes]:
    found, place = [], 8
    while place < len(png):
        length = int.from_bytes(png[place : place + 4], "big")
        found.append(png[place + 4 : place + 8])
        place += 12 + length
    return list(dict.fromkeys(found))


class TheCorpus:
    def test_has_forty_kinds_and_more(self):
        assert len(REFUSED) >= 40
        assert len({make() for make in REFUSED.values()}) == len(REFUSED)


class AHostileFile:
    @pytest.mark.parametrize("kind", REFUSED)
    def test_is_refused_with_a_sentence(self, kind):
        with pytest.raises(BadInput) as refused:
            take_upload(REFUSED[kind](), caps=SMALL)
        assert refused.value.sentence.endswith(".")
        assert "Traceback" not in refused.value.sentence

    @pytest.mark.parametrize(
        ("about", "sentence"),
        [
            ("program in an object stream", uploads.ACTIVE_PDF),
            ("hidden object stream", uploads.ACTIVE_PDF),
            ("nobody can look into", uploads.ACTIVE_PDF),
            ("runs a program when opened", uploads.ACTIVE_PDF),
            ("hides the program's name", uploads.ACTIVE_PDF),
            ("file attached", uploads.ACTIVE_PDF),
            ("PDF that is locked", uploads.LOCKED_PDF),
            ("draws for ever", uploads.TOO_LONG),
            ("thousands of scans", uploads.TOO_LONG),
            ("21 pages", "Send at most 20 pages."),
            ("50000 by 50000", uploads.TOO_MANY_PIXELS),
            ("65535 by 65535", uploads.TOO_MANY_PIXELS),
            ("archive in a comment", uploads.HOLDS_MORE),
            ("padded archive behind", uploads.HOLDS_MORE),
            ("JPEG with HTML in a comment", uploads.HOLDS_MORE),
            ("JPEG with a PDF in a comment", uploads.HOLDS_MORE),
            ("PDF with an archive behind", uploads.HOLDS_MORE),
            ("WebP that moves", uploads.MOVING),
        ],
    )
    def test_is_refused_for_what_is_wrong_with_it(self, about, sentence):
        (kind,) = [name for name in REFUSED if about in name]
        with pytest.raises(BadInput) as refused:
            take_upload(REFUSED[kind](), caps=SMALL)
        assert refused.value.sentence == sentence

    @pytest.mark.parametrize("kind", ODD)
    def test_that_is_merely_odd_ends_and_shows_nothing_but_pixels(self, kind):
        content = ODD[kind]()
        try:
            upload, preview = take_upload(content, caps=SMALL)
        except BadInput as refused:
            assert refused.sentence
            return
        assert upload.sha256 == sha256(content).hexdigest()
        assert chunks_of(preview) == PLAIN_CHUNKS
        assert b"SECRETPLACE" not in preview
        with Image.open(io.BytesIO(preview)) as shown:
            assert max(shown.size) <= UPLOADS.preview_pixels
            assert shown.mode == "RGB"

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.binary(max_size=400))
    def test_of_any_bytes_is_sniffed_or_refused(self, content):
        try:
            assert sniff(content) in {"image/jpeg", "image/png", "image/webp", "application/pdf"}
        except BadInput as refused:
            assert refused.sentence

    @given(
        form=st.sampled_from(["JPEG", "PNG", "WEBP"]),
        at=st.floats(0, 1),
        byte=st.integers(0, 255),
    )
    def test_of_one_changed_byte_is_walked_to_an_end(self, form, at, byte):
        content = bytearray(picture(form))
        content[min(int(at * len(content)), len(content) - 1)] = byte
        try:
            mime = sniff(bytes(content))
            assert uploads._check_picture(bytes(content), mime, UPLOADS) >= 0
        except BadInput as refused:
            assert refused.sentence


class AReaderThatMisbehaves:
    """The child process is taken to be in somebody else's hands."""

    def run(self, program: str, monkeypatch, tmp_path, caps=SMALL):
        script = tmp_path / "drawing.py"
        script.write_text(program)
        monkeypatch.setattr(uploads, "DRAWING", script)
        return take_upload(picture(), caps=caps)

    @pytest.mark.parametrize(
        "program",
        [
            "raise SystemExit(3)",
            "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
            "import time; time.sleep(60)",
            "while True: print('x' * 100000)",
            "print('nonsense')",
            "print('[1, 2]')",
            """print('{"width": 5, "height": 5, "pages": 1}\\n<script>alert(1)</script>')""",
            """print('{"refused": "because"}')""",
        ],
    )
    def test_is_ended_and_the_file_refused(self, program, monkeypatch, tmp_path):
        caps = replace(SMALL, wall_seconds=2, preview_bytes=1_000_000)
        with pytest.raises(BadInput):
            self.run(program, monkeypatch, tmp_path, caps)

    def test_sees_no_environment_and_no_project(self, monkeypatch, tmp_path):
        monkeypatch.setenv("SECRET_KEY", "do-not-tell")
        program = (
            "import os, sys, json; sys.stdin.buffer.read()\n"
            "try:\n    import kyc\n    found = 'kyc'\nexcept ImportError:\n    found = ''\n"
            "ok = 'SECRET_KEY' not in os.environ and not found and os.getcwd() == '/'\n"
            "facts = json.dumps({'width': 1 + ok, 'height': 1, 'pages': 1}).encode()\n"
            "sys.stdout.buffer.write(facts + bytes.fromhex('0a89504e470d0a1a0a'))"
        )
        assert self.run(program, monkeypatch, tmp_path)[0].width == 2

    def test_may_write_no_file(self, tmp_path):
        """The limits that drawing.py sets for itself, tried from within."""
        target = tmp_path / "written"
        program = (
            f"import sys, runpy; sys.argv = ['drawing.py', {ORDER!r}]\n"
            f"runpy.run_path({str(uploads.DRAWING)!r}, run_name='limits')\n"
            f"import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            f"open({str(target)!r}, 'wb', buffering=0).write(b'x')"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
        assert done.returncode != 0
        assert target.read_bytes() == b""

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space")
    def test_may_not_take_all_memory(self):
        program = (
            f"import sys, runpy; sys.argv = ['drawing.py', {ORDER!r}]\n"
            f"runpy.run_path({str(uploads.DRAWING)!r}, run_name='limits')\n"
            "bytearray(3_000_000_000)"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
        assert b"MemoryError" in done.stderr


ORDER = '{"format": "PNG", "page": 0, "side": 10, "caps": {"seconds": 5, "memory": 1500000000}}'


class AnHonestFile:
    @pytest.mark.parametrize(("form", "mime"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")])
    def test_is_what_its_bytes_say(self, form, mime):
        content = picture(form, (640, 400))
        upload = inspect_upload(content)
        assert (upload.mime, upload.width, upload.height, upload.pages, upload.kind) == (mime, 640, 400, 1, "picture")
        assert upload.sha256 == sha256(content).hexdigest()
        assert upload.findings == ()

    def test_called_something_else_is_taken_and_marked(self):
        upload = inspect_upload(picture("JPEG"), declared_type="image/png")
        assert [finding.code for finding in upload.findings] == ["upload.type_differs"]

    def test_that_is_large_is_shown_small(self):
        preview = clean_preview(picture("JPEG", (4000, 1000)))
        with Image.open(io.BytesIO(preview)) as shown:
            assert shown.size == (1600, 400)

    def test_turned_in_the_camera_is_shown_upright(self):
        exif = Image.Exif()
        exif[0x0112] = 6
        upload, preview = take_upload(picture("JPEG", (300, 100), exif=exif))
        assert (upload.width, upload.height) == (100, 300)
        with Image.open(io.BytesIO(preview)) as shown:
            assert shown.size == (100, 300)

    def test_with_see_through_parts_is_shown_on_white(self):
        preview = clean_preview(ODD["a PNG with transparency"]())
        with Image.open(io.BytesIO(preview)) as shown:
            assert shown.getpixel((30, 30)) == (255, 255, 255)

    def test_of_a_phone_with_several_pictures_in_one_is_taken(self):
        out = io.BytesIO()
        frames = [Image.new("RGB", (64, 48), colour) for colour in ("red", "blue")]
        frames[0].save(out, "MPO", save_all=True, append_images=frames[1:])
        upload = inspect_upload(out.getvalue())
        assert (upload.mime, upload.width) == ("image/jpeg", 64)
        assert upload.trailing_bytes > 0

    def test_of_a_phone_with_a_film_behind_is_taken_and_marked(self):
        upload, preview = take_upload(ODD["a phone's film behind a JPEG"]())
        assert [finding.code for finding in upload.findings] == ["upload.trailing_bytes"]
        assert b"ftyp" not in preview

    def test_of_exactly_the_most_bytes_is_taken(self):
        content = picture()
        assert inspect_upload(content, caps=replace(UPLOADS, bytes=len(content))).pages == 1

    def test_of_one_byte_more_is_refused(self):
        content = picture()
        with pytest.raises(BadInput, match="larger than"):
            inspect_upload(content, caps=replace(UPLOADS, bytes=len(content) - 1))

    def test_of_exactly_the_most_pixels_is_taken_and_of_more_refused(self):
        content = picture("PNG", (100, 100))
        assert inspect_upload(content, caps=replace(UPLOADS, pixels=10_000)).width == 100
        with pytest.raises(BadInput, match="too many pixels"):
            inspect_upload(content, caps=replace(UPLOADS, pixels=9_999))


class APdf:
    def test_is_counted_and_drawn(self):
        content = pdf(stream(b"1 0 0 rg 0 0 200 200 re f"), pages=3, page=b"/Contents 4 0 R")
        upload, preview = take_upload(content)
        assert (upload.mime, upload.kind, upload.pages) == ("application/pdf", "pdf", 3)
        with Image.open(io.BytesIO(preview)) as shown:
            assert shown.getpixel((50, 50)) == (255, 0, 0)

    def test_of_the_most_pages_is_taken(self):
        assert inspect_upload(pdf(pages=UPLOADS.pages)).pages == UPLOADS.pages

    def test_gives_any_of_its_pages(self):
        assert chunks_of(clean_preview(pdf(pages=2), page=1, side=64)) == PLAIN_CHUNKS
        with pytest.raises(BadInput, match="no such page"):
            clean_preview(pdf(pages=2), page=2)

    def test_that_opens_at_a_page_is_harmless(self):
        assert inspect_upload(pdf(catalog=b"/OpenAction[3 0 R/Fit]")).pages == 1


class AMovingPicture:
    @pytest.mark.parametrize("form", ["WEBP", "PNG"])
    def test_is_refused(self, form):
        with pytest.raises(BadInput, match="still picture"):
            inspect_upload(moving(form))
