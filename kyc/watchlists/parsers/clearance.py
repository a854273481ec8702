"""The project's own list format, JSON lines: for the bundled sample and for lists an operator keeps. Pure.

    {"format": "clearance-list/1", "title": "…", "published_on": "2026-11-23", "entries": 2, "sha256": "…"}
    {"uid": "1", "measure": "OPERATOR-BLOCK", "kind": "person", "names": [{"text": "…", "quality": "primary"}], …}

The first line promises the number of entries and, if it likes, the sha256 of all that follows, so that a file that
was cut or altered is never taken for a shorter list. Fields of an entry: kyc.watchlists.entries.ListedEntry.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from kyc.errors import BadList
from kyc.watchlists.entries import ListedEntry
from kyc.watchlists.parsers.reading import Files, Notes, broken_text, tidy_names

FORMAT = "clearance-list/1"
MOST_IN_A_LINE = 1024 * 1024  # bytes


def read(files: Files, source: str, notes: Notes) -> Iterator[ListedEntry]:
    stream = files["main"]
    header = _header(stream.readline(MOST_IN_A_LINE))
    if header.get("published_on"):
        notes.published_on = _day(header["published_on"])
    digest = hashlib.sha256()
    rows = 0
    for number, line in enumerate(iter(lambda: stream.readline(MOST_IN_A_LINE), b""), start=2):
        digest.update(line)
        if not line.strip():
            continue
        rows += 1
        position = f"line {number}"
        try:
            yield _entry(line, source, position)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            notes.bad(position, str(error) or type(error).__name__)
    if rows != header["entries"]:
        raise BadList(f"The file promises {header['entries']} entries and has {rows}.", promised=header["entries"])
    if header.get("sha256") and header["sha256"] != digest.hexdigest():
        raise BadList("The entries are not those whose sha256 the first line states.")


def _header(line: bytes) -> dict[str, Any]:
    try:
        header = json.loads(line.decode("utf-8-sig"))
    except ValueError as error:
        raise BadList(f"The first line is no JSON: {error}.") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise BadList(f'The first line does not say {{"format": "{FORMAT}"}}.')
    if type(header.get("entries")) is not int:
        raise BadList("The first line does not say how many entries follow.")
    return header


def _day(text: Any) -> date:
    try:
        return date.fromisoformat(text)
    except (ValueError, TypeError) as error:
        raise BadList(f"published_on is no date: {text!r}.") from error


def _entry(line: bytes, source: str, position: str) -> ListedEntry:
    row = json.loads(line)
    if not isinstance(row, dict):
        raise ValueError("not an object")
    if not row.get("names"):
        raise ValueError("no name")
    entry = ListedEntry.from_json({**row, "source": source, "position": position})
    if reason := broken_text([name.text for name in entry.names] + [entry.uid, entry.measure]):
        raise ValueError(reason)
    if not tidy_names(entry.names):
        raise ValueError("no name")
    return entry


def write(entries: Iterable[ListedEntry], *, title: str, published_on: date) -> bytes:
    """A file of this format, as `read` takes it."""
    lines = []
    for entry in entries:
        row = {name: value for name, value in entry.as_json().items() if name not in ("source", "position")}
        lines.append(json.dumps(row, ensure_ascii=False, separators=(", ", ": ")).encode() + b"\n")
    header = {
        "format": FORMAT,
        "title": title,
        "published_on": published_on.isoformat(),
        "entries": len(lines),
        "sha256": hashlib.sha256(b"".join(lines)).hexdigest(),
    }
    return json.dumps(header, ensure_ascii=False).encode() + b"\n" + b"".join(lines)
