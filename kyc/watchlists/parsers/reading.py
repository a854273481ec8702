"""How every list file is read: streamed, each row with its position, nothing lost unreported. Pure.

A file that is not what it should be (no such columns, broken XML) raises BadList, at the start or half-way; whoever
loads an edition throws away what came before. A single row that cannot be read is reported and the rest goes on.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import IO, Any, BinaryIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from kyc.errors import BadList
from kyc.matching.types import Name, NameQuality
from kyc.watchlists.entries import BadRow, ListedEntry, ParseReport

Files = Mapping[str, BinaryIO]

MOST_BAD_ROWS_KEPT = 500  # with their positions; the count is kept whole
MOST_WARNINGS = 50
END_MARK = "\x1a"  # DOS end of file: the last byte of OFAC's CSV files
PIECE = 64 * 1024
# what no list writes and a broken byte may make; tabs and line ends are text
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Notes:
    """What a reader tells besides entries: filled while reading, frozen into a ParseReport at the end."""

    def __init__(self) -> None:
        self.bad_rows: list[BadRow] = []
        self.bad_row_count = 0
        self.warnings: dict[str, int] = {}
        self.published_on: date | None = None
        self.ended = True

    def bad(self, position: str, reason: str) -> None:
        self.bad_row_count += 1
        if len(self.bad_rows) < MOST_BAD_ROWS_KEPT:
            self.bad_rows.append(BadRow(position, reason))

    def warn(self, sentence: str) -> None:
        if sentence in self.warnings or len(self.warnings) < MOST_WARNINGS:
            self.warnings[sentence] = self.warnings.get(sentence, 0) + 1

    def cut(self, sentence: str) -> None:
        """The file stops before its end."""
        self.ended = False
        self.warn(sentence)


Reader = Callable[[Files, str, Notes], Iterator[ListedEntry]]


class Parsed:
    """The entries of one list file, read as they are taken; `report` is complete once all were.

    Iterate once. A uid that comes twice with other content is a bad row: the second would overwrite the first.
    """

    def __init__(self, entries: Iterator[ListedEntry], notes: Notes) -> None:
        self._entries = entries
        self._notes = notes
        self._seen: dict[str, tuple[str, str]] = {}  # uid -> content hash, position

    def __iter__(self) -> Iterator[ListedEntry]:
        for entry in self._entries:
            digest = entry.content_hash()
            first = self._seen.setdefault(entry.uid, (digest, entry.position))
            if first == (digest, entry.position):
                yield entry
            elif first[0] == digest:
                self._notes.warn(f"{entry.position} repeats {first[1]} word for word; counted once.")
            else:
                self._notes.bad(entry.position, f"{entry.uid} stands at {first[1]} already, with other content")

    def content_hash(self, uid: str) -> str:
        """That of an entry which was taken already: it was worked out to notice what comes twice."""
        return self._seen[uid][0]

    @property
    def report(self) -> ParseReport:
        notes = self._notes
        return ParseReport(
            entries=len(self._seen),
            bad_rows=tuple(notes.bad_rows),
            bad_row_count=notes.bad_row_count,
            published_on=notes.published_on,
            warnings=tuple(text if n == 1 else f"{text} ({n} times)" for text, n in notes.warnings.items()),
            ended=notes.ended,
        )


# ------------------------------------------------------------------------------------------------ lines and rows
def open_text(stream: BinaryIO, *, encoding: str = "utf-8-sig") -> IO[str]:
    """Bytes that the encoding does not know become lone surrogates, which `broken_text` finds: the row is bad."""
    return io.TextIOWrapper(stream, encoding=encoding, errors="surrogateescape", newline="")


def broken_text(values: Sequence[str]) -> str:
    """Why these texts cannot be what was published, or ""."""
    for value in values:
        if _CONTROL.search(value):
            return "a control character stands in the text"
        if not value.isascii() and any("\udc80" <= letter <= "\udcff" for letter in value):
            return "a byte is not in the file's encoding"
        if "\N{REPLACEMENT CHARACTER}" in value:
            return "a character was lost before publication"
    return ""


class Lines:
    """Lines of a text that remember where one is, and how the last one ended."""

    def __init__(self, text: IO[str]) -> None:
        self._text = text
        self.number = 0
        self.ended = True  # the last line had a line end
        self.marked = False  # an end mark was met

    def __iter__(self) -> Iterator[str]:
        for line in self._text:
            if line.startswith(END_MARK):
                self.marked = True
                if line.strip(END_MARK + ", \r\n"):
                    yield line  # text behind the end mark: no row that anybody wrote
                continue
            self.number += 1
            self.ended = line.endswith(("\n", "\r"))
            yield line


def csv_rows(
    lines: Lines,
    notes: Notes,
    *,
    columns: int,
    where: str = "line",
    delimiter: str = ",",
    row_start: str = "",
) -> Iterator[tuple[str, list[str]]]:
    """(position, values) of each row with exactly so many columns; every other row is reported.

    `row_start` is a pattern that a line begins with where a row begins: found inside a quoted value it means that
    a lost quotation mark swallowed whole rows.
    """
    start_of_row = re.compile(rf"[\r\n](?:{row_start})") if row_start else None
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        first = lines.number + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            notes.bad(_span(where, first, lines.number), f"not readable as CSV: {error}")
            continue
        position = f"{where} {first}"
        if not row:
            continue
        if len(row) != columns:
            notes.bad(_span(where, first, lines.number), f"{len(row)} columns instead of {columns}")
        elif reason := broken_text(row):
            notes.bad(position, reason)
        elif start_of_row and any(start_of_row.search(value) for value in row if "\n" in value or "\r" in value):
            notes.bad(_span(where, first, lines.number), "a quotation mark is lost: other rows stand inside this one")
        else:
            yield position, row


def first_row(lines: Lines, *, delimiter: str = ",") -> list[str]:
    """The header. Raises BadList where there is none."""
    for line in lines:
        try:
            return next(csv.reader([line], delimiter=delimiter, strict=True), [])
        except csv.Error as error:
            raise BadList(f"The header is not readable: {error}.") from error
    raise BadList("The file is empty.")


def _span(where: str, first: int, last: int) -> str:
    return f"{where} {first}" if last <= first else f"{where}s {first}-{last}"


def check_header(found: Sequence[str], wanted: Sequence[str], notes: Notes) -> dict[str, int]:
    """{column: index}. Raises BadList where a column is missing or comes twice; new ones are only told."""
    names = [" ".join(name.split()) for name in found]
    missing = [name for name in wanted if name not in names]
    if missing:
        raise BadList("The file lacks columns that this list has.", missing=missing)
    if twice := sorted({name for name in names if names.count(name) > 1 and name in wanted}):
        raise BadList("Columns come twice.", twice=twice)
    for name in names:
        if name and name not in wanted:
            notes.warn(f"The list has a new column {name!r}, which is not read.")
    return {name: names.index(name) for name in wanted}


def check_together(rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> None:
    """Rows of one key must agree in what belongs to the party, not to one name of it.

    Raises ValueError: a broken key would otherwise fold one party into its neighbour, and nobody would miss it.
    """
    for column in columns:
        found = known(*(row.get(column, "") for row in rows))
        if len(found) > 1:
            raise ValueError(f"rows of one key disagree on {column!r}: {found[0]!r} and {found[1]!r}")


# ------------------------------------------------------------------------------------------------ XML
def local(tag: str) -> str:
    """The tag without its namespace."""
    return tag.rpartition("}")[2]


class _Builder:
    """Collects the wanted elements whole, with their line, and forgets everything else."""

    def __init__(self, root: str, wanted: frozenset[str]) -> None:
        self._root = root
        self._wanted = wanted
        self._depth = 0
        self._open: list[Element] = []  # from the wanted element down
        self.ready: list[tuple[Element, int]] = []
        self._line = 0
        self.parser: Any = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = local(tag)
        if self._depth == 0 and tag != self._root:
            raise BadList(f"The file begins with <{tag}>, not with <{self._root}>.")
        self._depth += 1
        if self._depth == 1:
            self.ready.append((Element(tag, attributes), self._now()))
            return
        if not self._open and tag not in self._wanted:
            return
        element = Element(tag, attributes)
        if self._open:
            self._open[-1].append(element)
        else:
            self._line = self._now()
        self._open.append(element)

    def data(self, text: str) -> None:
        if not self._open:
            return
        element = self._open[-1]
        if len(element):
            element[-1].tail = (element[-1].tail or "") + text
        else:
            element.text = (element.text or "") + text

    def end(self, tag: str) -> None:
        self._depth -= 1
        if not self._open:
            return
        element = self._open.pop()
        if not self._open:
            self.ready.append((element, self._line))

    def close(self) -> None:
        return None

    def _now(self) -> int:
        return int(self.parser.parser.CurrentLineNumber)


def xml_records(stream: BinaryIO, *, root: str, wanted: Sequence[str]) -> Iterator[tuple[Element, int]]:
    """The root (empty, for its attributes), then each wanted element whole, with the line on which it begins.

    Namespaces are dropped. Raises BadList for XML that is broken, cut off, declares a DTD or entities, or has
    another root: in XML a part that is missing is never silent.
    """
    builder = _Builder(root, frozenset(wanted))
    parser = XMLParser(target=builder, forbid_dtd=True)
    builder.parser = parser
    try:
        while piece := stream.read(PIECE):
            parser.feed(piece)
            yield from builder.ready
            builder.ready.clear()
        parser.close()
    except ParseError as error:
        raise BadList(f"The XML is broken or cut off: {error}.") from error
    except DefusedXmlException as error:
        raise BadList("The XML declares a DTD or entities, which no list does; it is not read.") from error
    except (UnicodeError, LookupError, ValueError) as error:
        raise BadList(f"The XML cannot be decoded: {error}.") from error
    yield from builder.ready


MOST_UNZIPPED = 1024 * 1024 * 1024  # bytes: what a zip may grow to


def unzipped(stream: BinaryIO, member: str = "") -> BinaryIO:
    """The file itself, or the one member of the zip that it is (`member`: the end of its name, where it has more).

    Raises BadList for a zip that is broken, ambiguous or grows too much. A member whose checksum is wrong raises
    while it is read, as BadList.
    """
    if stream.read(4) != b"PK\x03\x04":
        stream.seek(0)
        return stream
    stream.seek(0)
    try:
        archive = zipfile.ZipFile(stream)
        found = [info for info in archive.infolist() if not info.is_dir() and info.filename.endswith(member)]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise BadList(f"The zip is broken or cut off: {error}.") from error
    if len(found) != 1:
        raise BadList("The zip does not hold the one file that is expected.", files=[info.filename for info in found])
    if found[0].file_size > MOST_UNZIPPED:
        raise BadList("The zip grows too much.", bytes=found[0].file_size)
    return _Member(archive, found[0])  # type: ignore[return-value]


class _Member:
    """A member of a zip whose faults are BadList, and which never gives more than it promised."""

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
        try:
            self._file = archive.open(info)
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError) as error:
            raise BadList(f"The zip is broken: {error}.") from error

    def read(self, size: int = -1) -> bytes:
        try:
            return self._file.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
            raise BadList(f"The zip is broken or cut off: {error}.") from error


def text_of(element: Element | None, path: str = "") -> str:
    """The text at the path, in one line; "" where there is none."""
    found = element.find(path) if element is not None and path else element
    return one_line(found.text or "") if found is not None else ""


def texts_of(element: Element, path: str) -> list[str]:
    """All texts at the path that are not empty."""
    return [text for found in element.iterfind(path) if (text := one_line(found.text or ""))]


# ------------------------------------------------------------------------------------------------ words
def one_line(text: str) -> str:
    return " ".join(text.split())


def known(*texts: str) -> list[str]:
    """Those that say anything, each once, in order."""
    return list(dict.fromkeys(text for text in map(one_line, texts) if text))


def tidy_names(names: Sequence[Name]) -> tuple[Name, ...]:
    """Each text once, with the quality it came with first; names without a letter or digit are none."""
    found: dict[str, NameQuality] = {}
    for name in names:
        text = one_line(name.text)
        if text and any(letter.isalnum() for letter in text):
            found.setdefault(text, name.quality)
    return tuple(Name(text, quality) for text, quality in found.items())


def without_empty(values: Mapping[str, str]) -> str:
    """ "key: value; …" of what is said, for remarks."""
    return "; ".join(f"{key}: {one_line(value)}" for key, value in values.items() if value.strip())
