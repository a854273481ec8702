"""When a picture must be taken again, and which reason helps: a table."""

from __future__ import annotations

import pytest

from kyc.documents.retakes import retake_for, words_for
from kyc.policy.documents import RETAKES

GOOD = {"sharpness": 900.0, "glare": 0.0, "light": 180.0, "pixels": 1600}
ZONE, CODE, PRINT = {"zone": {"text": "P<"}}, {"barcode": "@ANSI"}, {"printed": [{}] * 3}


def page(held=None, **quality):
    return {"zone": None, "barcode": None, "printed": []} | (held or {}) | {"quality": GOOD | quality}


@pytest.mark.parametrize(
    ("pages", "needs_zone", "code"),
    [
        ([page(ZONE)], True, ""),
        ([page(ZONE, light=5.0, glare=0.5, sharpness=1.0, pixels=300)], True, ""),  # it was read all the same
        ([page(CODE, sharpness=1.0)], False, ""),
        ([page(), page(ZONE)], True, ""),  # the second page of a PDF
        ([page(PRINT)], False, ""),  # the front of a card
        ([page(PRINT, glare=0.5)], False, ""),
        ([page(PRINT)], True, "zone"),  # a passport cut off above its zone
        ([page(PRINT, glare=0.5)], True, "glare"),
        ([page(light=44.9)], False, "dark"),
        ([page(light=45.0)], False, "nothing"),
        ([page(pixels=699)], False, "small"),
        ([page(glare=0.01)], False, "glare"),
        ([page(glare=0.0099)], False, "nothing"),
        ([page(sharpness=19.9)], False, "blurred"),
        ([page()], True, "nothing"),
        ([], True, ""),
    ],
)
def test_a_picture_is_asked_for_again_only_where_nothing_that_counts_was_read(pages, needs_zone, code):
    assert retake_for(pages, needs_zone=needs_zone) == code


class EveryReason:
    @pytest.mark.parametrize("code", RETAKES)
    def test_tells_what_to_do_in_a_sentence(self, code):
        assert words_for(code).endswith(".")
        assert len(words_for(code)) < 160

    def test_that_is_none_says_nothing(self):
        assert words_for("") == ""
