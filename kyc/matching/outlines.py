"""What is seen of a party from afar: the words of its names as they were read, and marks of its numbers. Pure.

Reading a name takes longer than telling that its words come near nobody of a small index. So the words are kept
with whoever bears them, and an edition's changes pass over a million customers without reading a name again.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from kyc.matching.engine import LEAST_SHARE, ROUNDING, Engine
from kyc.matching.identifiers import identifier_hashes
from kyc.matching.normalise import Reading, readings
from kyc.matching.types import Kind, Party
from kyc.matching.words import weight

# a line's first word: of which kind its bearer is; marks of numbers
NUMBERS = "#"
GENERIC = "!"  # after the kind, where no word says which party it is
FORM = "="  # before each legal form, after the words
# what reading rests on beside our own code
LIBRARIES = ("anyascii", "pypinyin", "rapidfuzz")
# words whose reach is remembered; some 100 bytes each
MOST_WORDS = 500_000

Seal = Callable[[int], str]


def outline_of(parties: Iterable[Party], seal: Seal) -> str:
    """One line for each reading of each name, "person ivan petrov" or "organisation! trading =ltd"; and one for the
    numbers of all.

    `seal` turns the hash of a number into a mark that nobody without its key can try numbers against.
    """
    lines: list[str] = []
    marks: list[str] = []
    for party in parties:
        for name in party.names:
            lines += [_line(party.kind, reading) for reading in readings(name.text, party.kind)]
        marks += map(seal, identifier_hashes(party.identifiers))
    if marks:
        lines.append(" ".join((NUMBERS, *marks)))
    return "\n".join(dict.fromkeys(lines))


def _line(kind: Kind, reading: Reading) -> str:
    first = f"{kind}{GENERIC}" if reading.generic else kind
    return " ".join((first, *reading.words, *(f"{FORM}{form}" for form in sorted(reading.forms))))


class _Seen(NamedTuple):
    """One line of an outline that is a name."""

    outline: int  # which of those asked about
    kind: str
    generic: bool
    words: Sequence[str]
    forms: Sequence[str]

    @property
    def business(self) -> bool:
        return self.kind != Kind.PERSON

    def as_read(self) -> tuple[Kind, Reading]:
        return Kind(self.kind), Reading(tuple(self.words), frozenset(self.forms), self.generic)


def _seen(outline: int, first: str, words: list[str]) -> _Seen:
    generic = first[-1] == GENERIC
    forms = [word[1:] for word in words if word[0] == FORM]
    return _Seen(outline, first[:-1] if generic else first, generic, words[: len(words) - len(forms)], forms)


class Sieve:
    """Holds back outlines that `Engine.near_many` would say no to; lets all others pass, and hardly any more."""

    def __init__(self, engine: Engine, seal: Seal) -> None:
        self._engine = engine
        self._marks = frozenset(map(seal, engine.index.identifier_hashes.tolist()))
        self._reach: dict[tuple[str, bool], float] = {}  # see Engine.reach

    def passing(self, outlines: Sequence[str]) -> list[bool]:
        """For each whether it must be looked at closely."""
        passing = [False] * len(outlines)
        names: list[_Seen] = []
        for number, outline in enumerate(outlines):
            for line in outline.split("\n") if outline else ():
                first, *words = line.split(" ")
                if first != NUMBERS:
                    names.append(_seen(number, first, words))
                elif not self._marks.isdisjoint(words):
                    passing[number] = True
        names = self._by_words_alone(names)
        for name, near in zip(names, self._engine.near_read([name.as_read() for name in names]), strict=True):
            passing[name.outline] |= near
        return passing

    def _by_words_alone(self, names: Sequence[_Seen]) -> list[_Seen]:
        """Those that would be candidates if each of their words met its best in one and the same listed name."""
        if len(self._reach) > MOST_WORDS:
            self._reach.clear()
        reach, listed = self._reach, self._engine.index.word_ids
        wanted = dict.fromkeys((word, name.business) for name in names for word in name.words)
        new = [key for key in wanted if key not in reach]
        reach.update(zip(new, self._engine.reach(new), strict=True))
        kept = []
        for name in names:
            words, business = name.words, name.business
            most = sum([reach[word, business] for word in words])
            joined = (one + other in listed for one, other in pairwise(words))
            if most * ROUNDING > LEAST_SHARE * sum(map(weight, words)) or any(joined):
                kept.append(name)
        return kept


def _reader() -> str:
    """Changes with whatever could read a name otherwise: outlines and indexes of another reader are not believed."""
    others = [unicodedata.unidata_version, *map(version, LIBRARIES)]
    digest = hashlib.sha256(" ".join(others).encode())
    folder = Path(__file__).parent
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


READER = _reader()  # taken with the code as it is loaded: the files may be replaced under a process that runs
