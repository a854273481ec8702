"""Decoding of a recogniser's probabilities to exactly the places of a zone's line."""

from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyc.documents.mrz import LAYOUTS, Format
from kyc.documents.reading import ctc


def steps_for(text: str, *, blanks: int = 1, doubt: dict[int, str] | None = None) -> np.ndarray:
    """Probabilities of a recogniser that sees the text: a step for each letter, blanks between, some in doubt."""
    rows = []
    for place, letter in enumerate(text):
        row = np.full(len(ctc.SYMBOLS) + 1, 0.001, np.float32)
        other = (doubt or {}).get(place)
        row[ctc.PLACE[letter] + 1] = 0.5 if other else 0.95
        if other:
            row[ctc.PLACE[other] + 1] = 0.45
        rows.append(row)
        blank = np.full(len(ctc.SYMBOLS) + 1, 0.001, np.float32)
        blank[0] = 0.95
        rows += [blank] * blanks
    return np.array(rows)


def anything(places: int) -> np.ndarray:
    return np.ones((places, len(ctc.SYMBOLS)), bool)


class ALine:
    @pytest.mark.parametrize("text", ["A", "AA", "P<UTOERIKSSON", "0012<<<<<<", "<<<<<<<<<<"])
    def test_of_the_right_length_is_read(self, text):
        assert ctc.decode(steps_for(text), anything(len(text))).text == text

    def test_whose_fillers_ran_together_is_filled_up_to_its_length(self):
        seen = steps_for("AB<<")
        run = np.full((1, len(ctc.SYMBOLS) + 1), 0.001, np.float32)
        run[0, 0], run[0, ctc.PLACE["<"] + 1] = 0.5, 0.45
        seen = np.concatenate([seen, np.repeat(run, 12, axis=0)])
        assert ctc.decode(seen, anything(8)).text == "AB<<<<<<"

    def test_with_fewer_steps_than_places_is_none(self):
        assert ctc.decode(steps_for("AB", blanks=0), anything(3)) is None

    def test_costs_more_in_every_other_length(self):
        seen = steps_for("P<UTOERIKSSON<<ANNA")
        right = ctc.decode(seen, anything(19)).cost
        assert all(ctc.decode(seen, anything(places)).cost > right + 3 for places in (17, 18, 20, 21))

    def test_says_which_place_it_was_least_sure_of(self):
        line = ctc.decode(steps_for("ABCDE", doubt={3: "O"}), anything(5))
        assert line.text == "ABCDE"
        assert min(range(5), key=lambda place: line.surest[place]) == 3
        assert line.surest[3] < 0.7 < min(line.surest[place] for place in (0, 1, 2, 4))


def every_path(folded: np.ndarray, mask: np.ndarray) -> tuple[float, set[str]]:
    """(the least cost, the texts that have it) of all paths that write one allowed symbol for each place."""
    allowed = sorted({int(symbol) for row in mask for symbol in np.flatnonzero(row)})
    costs: dict[str, float] = {}
    for path in product([None, *allowed], repeat=len(folded)):
        written = [symbol for symbol, _ in groupby(path) if symbol is not None]
        if len(written) != len(mask) or not all(row[symbol] for row, symbol in zip(mask, written, strict=True)):
            continue
        text = "".join(ctc.SYMBOLS[symbol] for symbol in written)
        steps = (float(row[0 if symbol is None else symbol + 1]) for row, symbol in zip(folded, path, strict=True))
        costs[text] = min(costs.get(text, np.inf), -sum(np.log(max(step, ctc.LEAST)) for step in steps))
    least = min(costs.values())
    return least, {text for text, cost in costs.items() if cost < least + 1e-5}


class TheBestPath:
    @given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(1, 6))
    def test_is_that_of_all_paths_tried_one_by_one(self, seed, places, steps):
        random = np.random.default_rng(seed)
        symbols = [ctc.PLACE[symbol] for symbol in "A0<"]
        folded = np.full((max(places, steps), len(ctc.SYMBOLS) + 1), 1e-9, np.float32)
        folded[:, [0, *(symbol + 1 for symbol in symbols)]] = random.dirichlet(np.full(4, 0.4), len(folded))
        mask = np.zeros((places, len(ctc.SYMBOLS)), bool)
        mask[:, symbols] = random.random((places, 3)) < 0.7
        mask[:, symbols[0]] |= ~mask.any(axis=1)
        read = ctc.decode(folded, mask)
        if read is None:  # the same symbol twice in too few steps
            assert len(folded) < 2 * places
            return
        least, texts = every_path(folded, mask)
        assert read.cost == pytest.approx(least, abs=1e-4)
        assert read.text in texts


class AMask:
    def test_makes_a_digit_of_what_looks_like_one(self):
        mask = anything(2)
        mask[1] = [symbol in ctc.DIGITS_ONLY for symbol in ctc.SYMBOLS]
        assert ctc.decode(steps_for("AO", doubt={1: "0"}), mask).text == "A0"

    @pytest.mark.parametrize("form", list(Format))
    def test_has_a_place_for_each_of_the_format(self, form):
        masks = ctc.masks_of(form)
        assert [mask.shape for mask in masks] == [(LAYOUTS[form].length, len(ctc.SYMBOLS))] * LAYOUTS[form].lines
        assert all(mask.any(axis=1).all() for mask in masks)

    def test_lets_a_name_hold_no_digit_and_a_date_no_letter(self):
        first, second = ctc.masks_of(Format.TD3)
        assert not first[5:, ctc.PLACE["0"]].any()
        assert not second[13:19, ctc.PLACE["O"]].any()


class TheFolding:
    @pytest.mark.parametrize(
        ("seen", "means"), [("p", "P"), ("Ｐ", "P"), ("«", "<"), ("く", "<"), ("é", "E"), ("9", "9"), ("|", "I")]
    )
    def test_takes_signs_for_what_they_look_like(self, seen, means):
        assert ctc.folding([seen])[0] == ctc.PLACE[means]

    @pytest.mark.parametrize("seen", ["", "人", ".", " ", "Я"])
    def test_leaves_out_what_no_zone_has(self, seen):
        assert ctc.folding([seen])[0] == -1
