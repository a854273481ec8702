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
    from_blank = np.zeros((steps, places + 1), np.int16)  # 0: stayed blank, c + 1: came from symbol c
    from_held = np.zeros((steps, places + 1, len(SYMBOLS)), np.int16)  # 0: stayed, 1: blank, c + 2: symbol c
    rows = np.arange(places)
    for step in range(steps):
        best = held.argmax(axis=1)
        best_value = held[np.arange(places + 1), best]
        comes = best_value > blank
        new_blank = np.where(comes, best_value, blank) + logs[step, 0]
        from_blank[step] = np.where(comes, best + 1, 0)

        before = held[:-1].copy()
        first = best[:-1]
        first_value = best_value[:-1]
        before[rows, first] = -np.inf
        second = before.argmax(axis=1)
        other = np.broadcast_to(first_value[:, None], before.shape).copy()
        other_from = np.broadcast_to(first[:, None], before.shape).copy()
        other[rows, first] = before[rows, second]  # the same symbol twice needs a blank between
        other_from[rows, first] = second

        choices = np.stack([held[1:], np.broadcast_to(blank[:-1, None], other.shape), other])
        chosen = choices.argmax(axis=0)
        taken = np.take_along_axis(choices, chosen[None], 0)[0]
        new_held = np.full_like(held, -np.inf)
        new_held[1:] = taken + logs[step, 1:] + forbidden
        from_held[step, 1:] = np.where(chosen == 2, other_from + 2, chosen)
        blank, held = new_blank, new_held
    return _backwards(folded, mask, blank, held, from_blank, from_held)


def _backwards(
    folded: Scores,
    mask: Mask,
    blank: np.ndarray[Any, Any],
    held: np.ndarray[Any, Any],
    from_blank: np.ndarray[Any, Any],
    from_held: np.ndarray[Any, Any],
) -> Line | None:
    place = len(mask)
    symbol = int(held[place].argmax())
    value = float(held[place, symbol])
    in_blank = float(blank[place]) > value
    value = max(value, float(blank[place]))
    if value < -1e8:
        return None
    text = [""] * place
    surest = [0.0] * place
    for step in range(len(folded) - 1, -1, -1):
        if in_blank:
            came = int(from_blank[step, place])
            if came:
                in_blank, symbol = False, came - 1
            continue
        text[place - 1] = SYMBOLS[symbol]
        among = float(folded[step, 1:][mask[place - 1]].sum()) + LEAST
        surest[place - 1] = max(surest[place - 1], float(folded[step, symbol + 1]) / among * _weight(folded[step]))
        came = int(from_held[step, place, symbol])
        if came == 1:
            in_blank, place = True, place - 1
        elif came > 1:
            symbol, place = came - 2, place - 1
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
