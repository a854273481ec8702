"""The candidate index: numpy arrays made once per list edition, opened by mapping files into memory. Pure.

Built from parties, saved as a folder, opened in milliseconds and shared between processes, since nothing in
it is ever written. It is an index of distinct *words*; names that read the same are kept once, with the list of who
bears them ("bearers").
"""

from __future__ import annotations

import gc
import json
import mmap
import os
import shutil
import tempfile
from array import array
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain, pairwise
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from kyc.errors import BadInput
from kyc.matching.identifiers import identifier_hashes
from kyc.matching.keys import CONCEPT, VARIANT, fold, is_arabic, key_hash, keys_of, skeleton
from kyc.matching.lexicon import LEGAL_FORMS
from kyc.matching.names import variants
from kyc.matching.normalise import Reading, concept, raw_words, readings
from kyc.matching.types import Kind, NameQuality, Party
from kyc.matching.words import flags, weight

FORMAT = 2  # of the folder; an index of another format, or of names read otherwise, is refused and built again
LONGEST = 16  # words of a reading that are compared
JOINED = "j"  # kind of key: neighbouring words written together

KIND_BITS = {Kind.PERSON: 1, Kind.ORGANISATION: 2, Kind.VESSEL: 4, Kind.AIRCRAFT: 8, Kind.UNKNOWN: 16}
# What a query of a kind may meet. A name without a kind meets all, and is met by all.
MEETS = {kind: (31 if kind is Kind.UNKNOWN else bit | 16) for kind, bit in KIND_BITS.items()}
QUALITIES = tuple(NameQuality)
_QUALITY_PLACES = {quality: place for place, quality in enumerate(QUALITIES)}
FORM_BITS = {form: 1 << place for place, form in enumerate(LEGAL_FORMS)}

_ARRAYS = (
    "party_offsets", "word_weights", "word_lengths", "word_flags", "fold_lengths", "skeleton_lengths", "word_meanings", "key_hashes", "key_words", "posting_offsets", "postings",
    "joined_hashes", "joined_readings", "reading_words", "reading_counts", "reading_weights", "reading_kinds",
    "reading_flags", "reading_forms", "bearer_offsets", "bearer_parties", "bearer_names", "bearer_qualities", "bearer_texts",
    "identifier_hashes", "identifier_parties",
)  # fmt: skip
_TEXTS = ("parties", "keys", "words", "folds", "skeletons")
GENERIC = 1  # bit of reading_flags
_AS_TEXT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Index:
    """Read-only. `arrays` and `texts` are as `build` makes them; use `build` or `open`."""

    def __init__(self, arrays: dict[str, NDArray[Any]], texts: dict[str, bytes | mmap.mmap]) -> None:
        self._texts = texts
        self.party_offsets = arrays["party_offsets"]
        self.word_weights = arrays["word_weights"]
        self.word_lengths = arrays["word_lengths"]
        # Of the word, of its even spelling and of its consonants.
        self.word_sizes = np.stack([arrays[name] for name in ("word_lengths", "fold_lengths", "skeleton_lengths")])
        self.word_flags = arrays["word_flags"]
        self.word_meanings = arrays["word_meanings"]
        self.key_hashes = arrays["key_hashes"]
        self.key_words = arrays["key_words"]
        self.posting_offsets = arrays["posting_offsets"]
        self.postings = arrays["postings"]
        self.joined_hashes = arrays["joined_hashes"]
        self.joined_readings = arrays["joined_readings"]
        self.reading_words = arrays["reading_words"]
        self.reading_counts = arrays["reading_counts"]
        self.reading_weights = arrays["reading_weights"]
        self.reading_kinds = arrays["reading_kinds"]
        self.reading_flags = arrays["reading_flags"]
        self.reading_forms = arrays["reading_forms"]
        self.bearer_offsets = arrays["bearer_offsets"]
        self.bearer_parties = arrays["bearer_parties"]
        self.bearer_names = arrays["bearer_names"]
        self.bearer_qualities = arrays["bearer_qualities"]
        self.bearer_texts = arrays["bearer_texts"]
        self.identifier_hashes = arrays["identifier_hashes"]
        self.identifier_parties = arrays["identifier_parties"]
        self._arrays = arrays

    # -------------------------------------------------------------------------------------------- reading it
    def __len__(self) -> int:
        """How many parties it holds."""
        return len(self.party_offsets) - 1

    def party(self, n: int) -> Party:
        """The n-th party, as it was given to `build`."""
        start, end = self.party_offsets[n], self.party_offsets[n + 1]
        return Party.from_json(json.loads(bytes(self._texts["parties"][start:end])))

    def key(self, n: int) -> str:
        """The key of the n-th party."""
        return self._keys[n]

    @cached_property
    def _keys(self) -> list[str]:
        return self._lines("keys")

    @cached_property
    def words(self) -> list[str]:
        return self._lines("words")

    @cached_property
    def folds(self) -> list[str]:
        return self._lines("folds")

    @cached_property
    def skeletons(self) -> list[str]:
        """One for each word; "" for Arabic words, which have several."""
        return self._lines("skeletons")

    @cached_property
    def word_ids(self) -> dict[str, int]:
        return {word: place for place, word in enumerate(self.words)}

    def _lines(self, name: str) -> list[str]:
        text = bytes(self._texts[name]).decode()
        return text.split("\n") if text else []

    def readings_joined_as(self, texts: Sequence[str]) -> list[NDArray[np.int32]]:
        """For each text the readings in which neighbouring words, written together, give it."""
        hashes = np.array([key_hash(JOINED, text) for text in texts], dtype=np.uint32)
        starts = self.joined_hashes.searchsorted(hashes, side="left").tolist()
        ends = self.joined_hashes.searchsorted(hashes, side="right").tolist()
        return [self.joined_readings[start:end] for start, end in zip(starts, ends, strict=True)]

    def parties_with(self, hashes: Iterable[int]) -> NDArray[np.int32]:
        """Parties that bear an identifier with one of these hashes."""
        return _under(self.identifier_hashes, self.identifier_parties, hashes)

    def postings_of(self, word: int) -> NDArray[np.int32]:
        return self.postings[self.posting_offsets[word] : self.posting_offsets[word + 1]]

    # -------------------------------------------------------------------------------------------- making it
    @classmethod
    def build(cls, parties: Iterable[Party]) -> Index:
        """An index in memory over these parties, in their order."""
        # Everything made here is kept until the end; looking for garbage among it took a twelfth of the time.
        collecting = gc.isenabled()
        gc.disable()
        try:
            return _Builder(parties).finish()
        finally:
            if collecting:
                gc.enable()

    def save(self, folder: Path) -> None:
        """Write the folder whole or not at all; a folder that stands there is replaced."""
        folder = Path(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        sibling = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            for name in _ARRAYS:
                np.save(sibling / f"{name}.npy", self._arrays[name], allow_pickle=False)
            for name in _TEXTS:
                (sibling / f"{name}.txt").write_bytes(self._texts[name])
            (sibling / "format.json").write_text(json.dumps({"format": FORMAT, "parties": len(self)}))
            sibling.chmod(0o755)
            _replace(sibling, folder)
        except BaseException:
            shutil.rmtree(sibling, ignore_errors=True)
            raise

    @classmethod
    def open(cls, folder: Path) -> Index:
        """Map a saved folder into memory.

        Raises BadInput if it is not a saved index or is of another format.
        """
        folder = Path(folder)
        try:
            made = json.loads((folder / "format.json").read_text())
        except (OSError, ValueError) as error:
            raise BadInput("There is no matching index in this folder.", folder=str(folder)) from error
        if made.get("format") != FORMAT:
            raise BadInput(
                "The matching index is of another format; build it again.",
                folder=str(folder),
                format=made.get("format"),
            )
        try:
            arrays = {
                name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False).view(np.ndarray)
                for name in _ARRAYS
            }
            texts = {name: _mapped(folder / f"{name}.txt") for name in _TEXTS}
        except (OSError, ValueError) as error:
            raise BadInput("The matching index is damaged; build it again.", folder=str(folder)) from error
        return cls(arrays, texts)


def expanded(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The positions of all ranges [start, start + count), one after another."""
    ends = counts.cumsum()
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + (starts - ends + counts).repeat(counts)


def meaning_hashes(word: str) -> tuple[int, int, int]:
    """Of its business concept, of the given name it is a form of, and of the Korean syllable; 0 for none."""
    trade, name, syllable = concept(word), "", ""
    for group in variants(word):
        if group[0] == "-":
            syllable = group
        else:
            name = group
    return (
        key_hash(CONCEPT, trade) if trade else 0,
        key_hash(VARIANT, name) if name else 0,
        key_hash(VARIANT, syllable) if syllable else 0,
    )


def _mapped(file: Path) -> bytes | mmap.mmap:
    """The file's bytes without reading them; an empty file cannot be mapped."""
    with file.open("rb") as opened:
        return mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) if file.stat().st_size else b""


def _replace(new: Path, folder: Path) -> None:
    """Put `new` where `folder` is. Readers that mapped the old files keep them until they let go."""
    if not folder.exists():
        os.rename(new, folder)
        return
    old = new.with_name(new.name + ".old")
    os.rename(folder, old)
    os.rename(new, folder)
    shutil.rmtree(old, ignore_errors=True)


def _under(keys: NDArray[np.uint32], values: NDArray[np.int32], hashes: Iterable[int]) -> NDArray[np.int32]:
    wanted = np.fromiter(hashes, dtype=np.uint32)
    starts = np.searchsorted(keys, wanted, side="left")
    ends = np.searchsorted(keys, wanted, side="right")
    found = [values[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True) if end > start]
    if not found:
        return np.empty(0, dtype=np.int32)
    return found[0] if len(found) == 1 else np.unique(np.concatenate(found))


class _Builder:
    """Collects plain Python lists and turns them into arrays once."""

    def __init__(self, parties: Iterable[Party]) -> None:
        self.word_ids: dict[str, int] = {}
        self.readings: dict[tuple[int, ...], int] = {}
        self.reading_kinds: list[int] = []
        self.reading_flags: list[int] = []
        self.reading_forms: list[int] = []
        self.bearers = array("q")  # reading, party, name, quality and text of each, one after another
        self.identifiers: list[tuple[int, int]] = []
        self.rows: list[bytes] = []
        self.keys: list[str] = []
        for number, party in enumerate(parties):
            self._add(number, party)

    def _add(self, number: int, party: Party) -> None:
        self.keys.append(party.key)
        self.rows.append(_AS_TEXT(party.as_json()).encode())
        for place, name in enumerate(party.names):
            text = crc32(" ".join(raw_words(name.text)).encode())
            for reading in readings(name.text, party.kind):
                self._bear(reading, number, place, party.kind, _QUALITY_PLACES[name.quality], text)
        self.identifiers.extend((found, number) for found in identifier_hashes(party.identifiers))

    def _bear(self, reading: Reading, party: int, place: int, kind: Kind, quality: int, text: int) -> None:
        ids = self.word_ids
        key = tuple([ids.setdefault(word, len(ids)) for word in reading.words[:LONGEST]])
        forms = sum([FORM_BITS[form] for form in reading.forms])
        if reading.generic:
            key = (*key, -1 - forms)  # what tells generic names apart is their legal form
        at = self.readings.setdefault(key, len(self.reading_kinds))
        if at == len(self.reading_kinds):
            self.reading_kinds.append(0)
            self.reading_flags.append(GENERIC if reading.generic else 0)
            self.reading_forms.append(0)
        self.reading_kinds[at] |= KIND_BITS[kind]
        self.reading_forms[at] |= forms
        self.bearers.extend((at, party, place, quality, text))

    def finish(self) -> Index:
        words = list(self.word_ids)
        readings = [key if not key or key[-1] >= 0 else key[:-1] for key in self.readings]
        folds = [fold(word) for word in words]
        bones = ["" if is_arabic(word) else skeleton(word) for word in words]
        arrays = self._words(words, folds, bones) | self._readings(words, readings) | self._bearers(len(readings))
        lengths = np.fromiter(map(len, self.rows), dtype=np.int64, count=len(self.rows))
        arrays["party_offsets"] = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        identifiers = np.array(self.identifiers or np.empty((0, 2)), dtype=np.int64)
        order = np.argsort(identifiers[:, 0], kind="stable")
        arrays["identifier_hashes"] = identifiers[order, 0].astype(np.uint32)
        arrays["identifier_parties"] = identifiers[order, 1].astype(np.int32)
        texts: dict[str, bytes | mmap.mmap] = {
            "parties": b"".join(self.rows),
            "keys": "\n".join(self.keys).encode(),
            "words": "\n".join(words).encode(),
            "folds": "\n".join(folds).encode(),
            "skeletons": "\n".join(bones).encode(),
        }
        return Index(arrays, texts)

    @staticmethod
    def _words(words: list[str], folds: list[str], bones: list[str]) -> dict[str, NDArray[Any]]:
        """What is known of each word; one more at the end, for padding, weighs nothing and is nothing."""
        keys, sizes = array("I"), array("q")
        meanings = [meaning_hashes(word) for word in words]
        for word, (trade, name, syllable) in zip(words, meanings, strict=True):
            found = [*keys_of.__wrapped__(word), *(key for key in (name, syllable, trade) if key)]
            keys.extend(found)
            sizes.append(len(found))
        counts = np.array(sizes, dtype=np.int64)
        hashes = np.array(keys, dtype=np.uint32)
        owners = np.repeat(np.arange(len(words), dtype=np.int32), counts)
        order = np.argsort(hashes, kind="stable")

        def column(values: Iterable[float], dtype: type) -> NDArray[Any]:
            return np.fromiter(chain(values, (0,)), dtype=dtype, count=len(words) + 1)

        return {
            "word_weights": column(map(weight.__wrapped__, words), np.float32),
            "word_lengths": column(map(len, words), np.float32),
            "word_flags": column(map(flags.__wrapped__, words), np.uint8),
            "fold_lengths": column(map(len, folds), np.float32),
            "skeleton_lengths": column(map(len, bones), np.float32),
            "word_meanings": np.array([*meanings, (0, 0, 0)], dtype=np.uint32),
            "key_hashes": hashes[order],
            "key_words": owners[order],
        }

    def _readings(self, words: list[str], readings: list[tuple[int, ...]]) -> dict[str, NDArray[Any]]:
        count = len(readings)
        sizes = np.fromiter(map(len, readings), dtype=np.int8, count=count)
        flat = np.fromiter(chain.from_iterable(readings), dtype=np.int32, count=int(sizes.sum(dtype=np.int64)))
        padded = np.full((count, LONGEST), len(words), dtype=np.int32)  # the word past the last one weighs nothing
        padded[np.arange(LONGEST) < sizes[:, None]] = flat
        weights = np.fromiter(chain(map(weight, words), [0.0]), dtype=np.float32, count=len(words) + 1)
        owners = np.repeat(np.arange(count, dtype=np.int32), sizes)
        pairs = np.unique(flat.astype(np.int64) * max(count, 1) + owners)
        posted = (pairs // max(count, 1)).astype(np.int64)
        joined, joiners = _joins(words, readings)
        order = np.argsort(joined, kind="stable")
        return {
            "reading_words": padded,
            "reading_counts": sizes,
            "reading_weights": weights[padded].sum(axis=1, dtype=np.float32),
            "reading_kinds": np.array(self.reading_kinds, dtype=np.uint8),
            "reading_flags": np.array(self.reading_flags, dtype=np.uint8),
            "reading_forms": np.array(self.reading_forms, dtype=np.int32),
            "posting_offsets": np.concatenate([[0], np.cumsum(np.bincount(posted, minlength=len(words)))]).astype(
                np.int64
            ),
            "postings": (pairs % max(count, 1)).astype(np.int32),
            "joined_hashes": joined[order],
            "joined_readings": joiners[order],
        }

    def _bearers(self, readings: int) -> dict[str, NDArray[Any]]:
        rows = (
            np.frombuffer(self.bearers, dtype=np.int64).reshape(-1, 5) if self.bearers else np.empty((0, 5), np.int64)
        )
        rows = rows[np.argsort(rows[:, 0], kind="stable")]
        counts = np.bincount(rows[:, 0], minlength=readings) if readings else np.empty(0, dtype=np.int64)
        return {
            "bearer_offsets": np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            "bearer_parties": rows[:, 1].astype(np.int32),
            "bearer_names": rows[:, 2].astype(np.int16),
            "bearer_qualities": rows[:, 3].astype(np.int8),
            "bearer_texts": rows[:, 4].astype(np.uint32),
        }


def _joins(words: list[str], readings: list[tuple[int, ...]]) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    """Hashes of neighbouring words written together, each with its reading: two in either order, three in theirs; and
    a short name whole, turned. `key_hash` of the joined text, put together from what begins it.
    """
    spelled = [word.encode() for word in words]
    begun = [crc32(word, crc32(JOINED.encode())) for word in spelled]
    hashes, counts = array("I"), array("q")
    for reading in readings:
        found = []
        for one, other in pairwise(reading):
            found.append(crc32(spelled[other], begun[one]))
            found.append(crc32(spelled[one], begun[other]))
        for at in range(len(reading) - 2):
            found.append(crc32(spelled[reading[at + 2]], found[2 * at]))
        if len(reading) == 3:
            one, two, three = reading
            found.append(crc32(spelled[one], found[2]))
            turned = crc32(spelled[one], begun[three])
            found.append(crc32(spelled[two], turned))
            found.append(turned)
        hashes.extend(found)
        counts.append(len(found))
    owners = np.repeat(np.arange(len(readings), dtype=np.int32), np.array(counts, dtype=np.int64))
    return np.array(hashes, dtype=np.uint32), owners
