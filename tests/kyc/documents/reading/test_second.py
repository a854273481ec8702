"""Tesseract's second opinion: which model may contradict, and what the real program says of a drawn page."""

import shutil
import sys
from datetime import date
from random import Random

import numpy as np
import pytest

from kyc.documents.mrz import Format, write_mrz
from kyc.documents.reading.reader import Reader
from kyc.documents.reading.second import ORDINARY, TRAINED_FOR_ZONES, Tesseract
from kyc.specimens.papers import draw_page
from kyc.specimens.people import TUNED, someone
from tests.kyc.documents.reading.test_reader import as_ppm

TODAY = date(2026, 11, 26)
WHO = someone(Random(3), Format.TD3, today=TODAY, names=TUNED)
TEXT = write_mrz(Format.TD3, WHO.holder)
FIRST, SECOND = TEXT.split("\n")


def program(tmp_path, *, models: str, says: list[str]) -> str:
    """Another program with Tesseract's manners: it lists its models, and ends each page with a form feed."""
    path = tmp_path / "tesseract"
    path.write_text(
        f"#!{sys.executable} -I\nimport sys\n"
        f"if '--list-langs' in sys.argv: print('List of models:', *{models.split()!r}, sep='\\n'); sys.exit()\n"
        f"sys.stdin.buffer.read()\nfor row in {says!r}: print(row, end='\\n\\f')\n"
    )
    path.chmod(0o700)
    return str(path)


def boxes():
    from kyc.documents.reading.networks import Box

    return [Box(x=200, y=y, length=380, height=12, angle=0.0) for y in (100, 130)]


def opinion(tmp_path, models: str, says: list[str]) -> str:
    tesseract = Tesseract.at(program(tmp_path, models=models, says=says))
    assert tesseract is not None
    page = np.full((200, 400, 3), 255, np.uint8)
    return tesseract.read(page, boxes(), Format.TD3, TEXT)


class AModelTrainedForZones:
    def test_says_what_it_reads(self, tmp_path):
        assert opinion(tmp_path, "eng mrz", [FIRST, SECOND]) == TEXT

    def test_may_contradict(self, tmp_path):
        other = FIRST.replace(WHO.surname.upper()[0], "Q", 1)
        assert opinion(tmp_path, "eng mrz", [other, SECOND]) == f"{other}\n{SECOND}"

    def test_has_no_opinion_where_its_lines_have_another_length(self, tmp_path):
        assert opinion(tmp_path, "mrz", [FIRST[:-1], SECOND]) == ""


class TheOrdinaryModel:
    def test_confirms_where_all_letters_are_alike_however_many_fillers_it_saw(self, tmp_path):
        assert opinion(tmp_path, "eng osd", [FIRST.rstrip("<"), SECOND]) == TEXT

    def test_is_not_heard_elsewhere(self, tmp_path):
        assert opinion(tmp_path, "eng", [FIRST.replace("<<", "<K", 1), SECOND]) == ""


class AProgramThatDoesNotWork:
    @pytest.mark.parametrize("path", ["/nowhere/tesseract", "/bin/false"])
    def test_is_not_asked(self, path):
        assert Tesseract.at(path) is None

    def test_nor_is_one_without_a_model_for_latin_letters(self, tmp_path):
        assert Tesseract.at(program(tmp_path, models="osd", says=[])) is None


@pytest.mark.slow
class TheRealProgram:
    @pytest.mark.skipif(
        not shutil.which("tesseract"), reason="tesseract is not installed (apt-get install tesseract-ocr)"
    )
    def test_is_asked_from_within_the_bounded_process_and_contradicts_nothing_that_is_right(self):
        opinions = []
        reader = Reader()
        try:
            for seed in range(8):
                who = someone(Random(seed), Format.TD2, today=TODAY, names=TUNED)
                zone = reader.read(as_ppm(draw_page(Format.TD2, who, Random(seed))))["zone"]
                assert zone["text"] == write_mrz(Format.TD2, who.holder)
                opinions.append(zone["second"] == zone["text"] if zone["second"] else None)
        finally:
            reader.close()
        tesseract = Tesseract.at(shutil.which("tesseract") or "")
        assert tesseract is not None
        assert tesseract.model in (TRAINED_FOR_ZONES, ORDINARY)
        assert True in opinions
        assert tesseract.model != ORDINARY or False not in opinions

    @pytest.mark.skipif(bool(shutil.which("tesseract")), reason="tesseract is installed here")
    def test_is_not_missed_where_it_is_not_installed(self):
        reader = Reader()
        try:
            zone = reader.read(as_ppm(draw_page(Format.TD3, WHO, Random(3))))["zone"]
        finally:
            reader.close()
        assert zone["text"] == TEXT
        assert zone["second"] is None
