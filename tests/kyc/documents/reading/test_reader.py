"""The reader's process: bounded, warm, ended when it is late; and what it reads of a drawn page."""

import io
import sys
from dataclasses import replace
from datetime import date
from random import Random

import pytest
from PIL import Image

from kyc.documents.mrz import Format, write_mrz
from kyc.documents.reading.reader import Reader, ReadingFailed
from kyc.documents.uploads import pixels_of
from kyc.policy.documents import READING
from kyc.specimens.papers import draw_front, draw_licence, draw_page, licence_text
from kyc.specimens.people import TUNED, someone

TODAY = date(2026, 11, 26)


def as_ppm(page: Image.Image) -> bytes:
    out = io.BytesIO()
    page.save(out, "PPM")
    return out.getvalue()


@pytest.fixture(scope="module")
def reader():
    one = Reader()
    yield one
    one.close()


@pytest.mark.slow
class ADrawnPage:
    @pytest.mark.parametrize("form", list(Format))
    def test_is_read_whole(self, reader, form):
        random = Random(3)
        who = someone(random, form, today=TODAY, names=TUNED)
        page = reader.read(as_ppm(draw_page(form, who, random)))
        assert page["zone"]["text"] == write_mrz(form, who.holder)
        assert page["zone"]["format"] == form
        assert who.surname.upper() in " ".join(line["text"] for line in page["printed"])

    @pytest.mark.parametrize("turns", [90, 180, 270])
    def test_is_read_however_it_lies(self, reader, turns):
        random = Random(4)
        who = someone(random, Format.TD3, today=TODAY, names=TUNED)
        page = reader.read(as_ppm(draw_page(Format.TD3, who, random).rotate(turns, expand=True)))
        assert page["zone"]["text"] == write_mrz(Format.TD3, who.holder)
        assert page["turned"] == turns  # back, clockwise

    def test_of_a_licence_gives_its_barcode(self, reader):
        random = Random(5)
        text = licence_text(someone(random, Format.TD1, today=TODAY, names=TUNED), random)
        page = reader.read(
            as_ppm(draw_licence(text, random).rotate(6, expand=True, fillcolor="gray")), barcode_first=True
        )
        assert page["barcode"] == text
        assert page["zone"] is None

    def test_without_a_zone_gives_its_printed_text(self, reader):
        random = Random(6)
        who = someone(random, Format.TD1, today=TODAY, names=TUNED)
        page = reader.read(as_ppm(draw_front(who, random)))
        assert page["zone"] is None
        assert who.holder.document_number in [line["text"] for line in page["printed"]]

    def test_that_shows_nothing_gives_nothing(self, reader):
        page = reader.read(as_ppm(Image.effect_noise((900, 600), 40).convert("RGB")))
        assert (page["zone"], page["barcode"]) == (None, None)

    def test_leaves_the_process_warm_for_the_next(self, reader):
        page = as_ppm(Image.new("RGB", (300, 200), "white"))
        reader.read(page)
        pid = reader.pid
        reader.read(page)
        assert reader.pid == pid

    def test_of_many_pixels_fits_into_the_memory_it_may_have(self, reader):
        page = reader.read(as_ppm(Image.effect_noise((2400, 2400), 90).convert("RGB")))
        assert page["peak_bytes"] < 900_000_000


def program(text: str, **budget) -> Reader:
    """A reader that is another program, which first says that it is ready."""
    ready = "import sys\nout = sys.stdout.buffer\nbody = b'{\"ready\": true}'\n"
    ready += 'out.write(len(body).to_bytes(4, "big") + body)\nout.flush()\n'
    return Reader(budget=replace(READING, **budget), command=[sys.executable, "-I", "-c", ready + text])


class AReaderThatMisbehaves:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("import time\ntime.sleep(60)", "too long"),
            ("sys.exit(3)", "exit code 3"),
            ("import os\nos.kill(os.getpid(), 9)", "signal 9"),
            ('out.write((10**9).to_bytes(4, "big"))\nout.flush()\nsys.stdin.buffer.read()', "more than a page"),
            ('out.write((3).to_bytes(4, "big") + b"abc")\nout.flush()\nsys.stdin.buffer.read()', "in its form"),
            ('out.write((2).to_bytes(4, "big") + b"[]")\nout.flush()\nsys.stdin.buffer.read()', "in its form"),
        ],
    )
    def test_is_ended_and_the_reading_unknown(self, text, reason):
        reader = program(text, wall_seconds=2)
        with pytest.raises(ReadingFailed, match=r"could not be read") as failed:
            reader.read(b"P6\n1 1\n255\n\0\0\0")
        assert reason in failed.value.reason
        assert reader.pid is None

    def test_that_never_starts_says_what_is_missing(self):
        reader = Reader(command=[sys.executable, "-I", "-c", "raise SystemExit(1)"])
        with pytest.raises(ReadingFailed) as failed:
            reader.read(b"")
        assert "requirements.txt" in failed.value.reason

    def test_is_replaced_for_the_next_picture(self):
        reader = program("sys.exit(3)")
        for _ in range(2):
            with pytest.raises(ReadingFailed):
                reader.read(b"P6\n1 1\n255\n\0\0\0")


class ThePixels:
    def test_are_those_of_the_picture_and_nothing_else(self):
        picture = io.BytesIO()
        Image.new("RGB", (40, 20), (10, 200, 30)).save(picture, "PNG")
        bare = pixels_of(picture.getvalue(), side=100)
        assert bare == b"P6\n40 20\n255\n" + bytes((10, 200, 30)) * 800

    def test_of_a_large_square_are_not_refused(self):
        picture = io.BytesIO()
        Image.effect_noise((3000, 3000), 50).save(picture, "JPEG")
        assert pixels_of(picture.getvalue(), side=2400).startswith(b"P6\n2400 2400\n255\n")
