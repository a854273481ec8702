"""Rows into a table by PostgreSQL's COPY: for thousands at a time. It calls no `save()` and fills no defaults."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.db import connection, models

IN_MEMORY = 8 * 2**20  # bytes of rows kept before they go to a file

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_IN_ARRAY = str.maketrans({"\\": "\\\\", '"': '\\"'})


def copy_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write rows of these columns (database names), in the transaction that is open; returns how many.

    Values: None, bool, numbers, text, bytes, dates and times, lists (arrays) of text, and anything else as JSON,
    wrapped in `Json`. Raises what the database raises: a violated constraint refuses them all.
    """
    count = 0
    with SpooledTemporaryFile(max_size=IN_MEMORY, mode="w+", encoding="utf-8", newline="") as file:
        for row in rows:
            file.write("\t".join([_text(value) for value in row]))
            file.write("\n")
            count += 1
        if not count:
            return 0
        file.seek(0)
        named = ", ".join(f'"{column}"' for column in columns)
        send(f'COPY "{model._meta.db_table}" ({named}) FROM STDIN', file)
    return count


def send(statement: str, file: IO[str]) -> None:
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(statement, file)


class Json:
    """A value for a JSON column."""

    __slots__ = ("text",)

    def __init__(self, value: Any) -> None:
        self.text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _text(value: Any) -> str:
    match value:
        case str():
            return value.translate(_ESCAPES)
        case None:
            return "\\N"
        case bool():
            return "t" if value else "f"
        case int() | float():
            return str(value)
        case Json():
            return value.text.translate(_ESCAPES)
        case bytes():
            return f"\\\\x{value.hex()}"
        case date():  # a datetime too
            return value.isoformat()
        case list() | tuple():
            inside = ",".join(f'"{one.translate(_IN_ARRAY)}"' for one in value)
            return f"{{{inside}}}".translate(_ESCAPES)
    raise TypeError(f"COPY has no way to write a {type(value).__name__}")
