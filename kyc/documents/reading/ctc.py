"""From a recogniser's probabilities to the letters of a zone's line: folded, then decoded to an exact length.

A free decoding drops and doubles fillers, and no check digit notices. A zone's line has exactly 30, 36 or 44 places,
and each place allows letters, digits or both; the best path under those two rules read 64 of 64 hard lines where a
free one read 43 (docs/identity.md). Needs numpy alone.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kyc.documents.mrz import ALPHABET, FILLER, LAYOUTS, Format, Holds

Scores = np.ndarray[Any, np.dtype[np.float32]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]  # places × SYMBOLS

SYMBOLS = ALPHABET + FILLER
PLACE = {symbol: place for place, symbol in enumerate(SYMBOLS)}
DIGITS_ONLY = frozenset("0123456789")
# What the recogniser, trained on all the world's signs, says for an OCR-B filler or letter
TAKEN_FOR = {
    "«": FILLER, "‹": FILLER, "〈": FILLER, "《": FILLER, "く": FILLER, "ㄑ": FILLER, "＜": FILLER, "≤": FILLER,
    "⟨": FILLER, "∠": FILLER, "¢": "C", "€": "C", "£": "E", "¥": "Y", "Ø": "0", "ø": "0", "Ø".lower(): "0", "∅": "0",
    "|": "I", "!": "I", "$": "S", "§": "S", "ß": "B", "¡": "I", "ı": "I", "ł": "L", "Ł": "L", "Đ": "D", "đ": "D",
}  # fmt: skip
LEAST = 1e-6  # a probability below this is this: one odd step must not forbid a path


def folding(letters: Sequence[str]) -> np.ndarray[Any, np.dtype[np.intp]]:
    """For each of the recogniser's letters the SYMBOLS column it counts for, or -1. Lower case counts as upper."""
    return np.array([_folded(letter) for letter in letters], dtype=np.intp)


def _folded(letter: str) -> int:
    if letter in TAKEN_FOR:
        return PLACE[TAKEN_FOR[letter]]
    plain = unicodedata.normalize("NFKD", letter)[:1].upper()
    return PLACE.get(plain, -1) if plain.isascii() else -1


def fold(scores: Scores, columns: np.ndarray[Any, np.dtype[np.intp]]) -> Scores:
    """Probabilities of the blank (column 0) and of each symbol, in SYMBOLS' order after it."""
    folded = np.zeros((len(scores), len(SYMBOLS) + 1), np.float32)
    folded[:, 0] = scores[:, 0]
    for place in range(len(SYMBOLS)):
        folded[:, place + 1] = scores[:, columns == place].sum(axis=1)
    return folded


def masks_of(form: Format) -> tuple[Mask, ...]:
    """What each place of each line may hold, by the format's layout."""
    layout = LAYOUTS[form]
    masks = tuple(np.ones((layout.length, len(SYMBOLS)), bool) for _ in range(layout.lines))
    digits = np.array([symbol in DIGITS_ONLY for symbol in SYMBOLS])
    filler = np.array([symbol == FILLER for symbol in SYMBOLS])
    for name, field in layout.fields.items():
        if field.holds is Holds.LETTERS:
            masks[field.line][field.start : field.end] = ~digits
        elif field.holds is Holds.DIGITS:
            # parts of a date of birth may be unknown; a document that does not run out prints fillers
            masks[field.line][field.start : field.end] = digits | filler
        if field.check is not None:
            # a filler stands for the digit of an empty field, or of a number that goes on elsewhere
            blank = name in ("optional", "document_number")
            masks[field.line][field.check] = digits | filler if blank else digits
    sex = layout.fields["sex"]
    masks[sex.line][sex.start] = np.array([symbol in ("M", "F", "X", FILLER) for symbol in SYMBOLS])
    if layout.composite_at is not None:
        line, place = layout.composite_at
        masks[line][place] = digits
    return masks


@dataclass(frozen=True, slots=True)
class Line:
    """One line as decoded. `surest` per place, 0.0 to 1.0: how the best step spoke for it against all it might be.

    `cost` is that of the best path, in nats: lines of the wrong length cost tens more.
    """

    text: str
    cost: float
    surest: tuple[float, ...]


def decode(folded: Scores, mask: Mask) -> Line | None:
    """The best path with exactly one symbol for each row of the mask; None where there are too few steps for it."""
    steps, places = len(folded), len(mask)
    if steps < places:
        return None
    logs = np.log(np.maximum(folded, LEAST))
    forbidden = np.where(mask, 0.0, -1e9)
    # blank[i]: i symbols are written and the path stands in a blank; held[i, c]: in the i-th symbol, which is c
    blank = np.full(places + 1, -np.inf)
    blank[0] = 0.0
    held = np.full((places + 1, len(SYMBOLS)), -np.inf)
    came = _Came.of(steps, places)
    rows = np.arange(places + 1)
    for step in range(steps):
        best = held.argmax(axis=1)
        best_value = held[rows, best]
        without = held.copy()
        without[rows, best] = -np.inf  # the same symbol twice needs a blank between
        second = without.argmax(axis=1)
        second_value = without[rows, second]
        came.best[step], came.second[step] = best, second
        came.by_best[step], came.by_second[step] = best_value > blank, second_value > blank

        entering = np.broadcast_to(np.maximum(best_value, blank)[:-1, None], (places, len(SYMBOLS))).copy()
        entering[rows[:-1], best[:-1]] = np.maximum(second_value, blank)[:-1]
        came.entered[step, 1:] = entered = entering > held[1:]
        blank = np.maximum(best_value, blank) + logs[step, 0]
        held[1:] = np.where(entered, entering, held[1:]) + logs[step, 1:] + forbidden
    return _backwards(folded, mask, blank, held, came)


@dataclass(frozen=True, slots=True)
class _Came:
    """From where each state of each step came: what is needed to walk the best path backwards.

    `best` and `second` are the two likeliest symbols held at a place before the step, `by_…` whether they were
    likelier than the blank there; `entered` whether a symbol began with the step, else it went on.
    """

    best: np.ndarray[Any, Any]  # steps × (places + 1)
    second: np.ndarray[Any, Any]
    by_best: np.ndarray[Any, Any]
    by_second: np.ndarray[Any, Any]
    entered: np.ndarray[Any, Any]  # steps × (places + 1) × SYMBOLS

    @classmethod
    def of(cls, steps: int, places: int) -> _Came:
        size = (steps, places + 1)
        return cls(
            np.zeros(size, np.int16), np.zeros(size, np.int16), np.zeros(size, bool), np.zeros(size, bool),
            np.zeros((*size, len(SYMBOLS)), bool),
        )  # fmt: skip

    def into_blank(self, step: int, place: int) -> int | None:
        """The symbol that ended with this step, None where it was a blank before."""
        return int(self.best[step, place]) if self.by_best[step, place] else None

    def into(self, step: int, place: int, symbol: int) -> int | None:
        """The symbol before the place's own, which began with this step; None for a blank."""
        place -= 1
        if self.best[step, place] != symbol:
            return self.into_blank(step, place)
        return int(self.second[step, place]) if self.by_second[step, place] else None


def _backwards(
    folded: Scores, mask: Mask, blank: np.ndarray[Any, Any], held: np.ndarray[Any, Any], came: _Came
) -> Line | None:
    place = len(mask)
    last = int(held[place].argmax())
    value = max(float(held[place, last]), float(blank[place]))
    if value < -1e8:
        return None
    symbol = None if float(blank[place]) > float(held[place, last]) else last  # None: in a blank
    text = [""] * place
    surest = [0.0] * place
    for step in range(len(folded) - 1, -1, -1):
        if symbol is None:
            symbol = came.into_blank(step, place)
            continue
        text[place - 1] = SYMBOLS[symbol]
        among = float(folded[step, 1:][mask[place - 1]].sum()) + LEAST
        surest[place - 1] = max(surest[place - 1], float(folded[step, symbol + 1]) / among * _weight(folded[step]))
        if came.entered[step, place, symbol]:
            symbol, place = came.into(step, place, symbol), place - 1
    return Line("".join(text), -value, tuple(surest))


def _weight(step: Scores) -> float:
    """1.0 where the step is sure that there is a letter at all."""
    return min(1.0, 2.0 * float(1.0 - step[0]))


def read_freely(scores: Scores, letters: Sequence[str]) -> tuple[str, float]:
    """(text, mean probability of its letters) of a line of no known length; ("", 0.0) where nothing is read."""
    best = scores.argmax(axis=1)
    sure = scores[np.arange(len(best)), best]
    kept = (best != 0) & np.concatenate([[True], best[1:] != best[:-1]])
    if not kept.any():
        return "", 0.0
    return "".join(letters[column] for column in best[kept]), float(sure[kept].mean())
