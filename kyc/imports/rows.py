"""Read a provider's customer file, CSV or JSON lines, row by row. Pure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kyc.errors import BadInput
from kyc.policy.countries import is_country

TEXT = ("legal_name", "original_name", "gender", "registration_number", "email", "phone", "website")
COUNTRIES = ("residence_country", "registration_country", "parent_country")
DATES = ("birth_date", "incorporated_on")
KNOWN = frozenset({*TEXT, *COUNTRIES, *DATES, "external_id", "kind", "nationalities", "accounts"})


@dataclass(frozen=True, slots=True)
class BadField:
    row: int
    field: str
    reason: str

    def as_json(self) -> dict[str, Any]:
        return {"row": self.row, "field": self.field, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Row:
    """One customer; `profile` goes to the customer, `accounts` are ids at the provider's service."""

    number: int  # as a person counts: the header is line 1 of a CSV
    external_id: str
    kind: str
    profile: Mapping[str, Any] = field(default_factory=dict)
    accounts: tuple[str, ...] = ()


def format_of(filename: str) -> str:
    """Raises BadInput for anything but .csv, .jsonl and .ndjson."""
    ending = filename.lower().rpartition(".")[2]
    formats = {"csv": "csv", "jsonl": "jsonl", "ndjson": "jsonl"}
    if ending not in formats:
        raise BadInput("Send a CSV (.csv) or JSON lines (.jsonl).", filename=filename)
    return formats[ending]


def read_rows(content: bytes, *, format: str) -> Iterator[Row | list[BadField]]:
    """Each row read, or all that is wrong with it. Raises BadInput when the file as a whole cannot be read."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"The file is not UTF-8 (byte {error.start}).") from error
    seen: set[str] = set()
    for number, raw in _records(text, format):
        if isinstance(raw, str):
            yield [BadField(number, "", raw)]
            continue
        row, wrong = _row(number, raw)
        if row.external_id in seen:
            wrong.append(BadField(number, "external_id", "stands twice in this file"))
        seen.add(row.external_id)
        yield wrong or row


def _records(text: str, format: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    if format == "csv":
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        unknown = set(reader.fieldnames or ()) - KNOWN
        if unknown or "external_id" not in (reader.fieldnames or ()):
            wrong = ", ".join(sorted(unknown)) or "external_id is missing"
            raise BadInput(f"The header is not as expected: {wrong}.", known=sorted(KNOWN))
        try:
            for raw in reader:
                broken = None in raw or None in raw.values()
                yield reader.line_num, "has too many or too few columns" if broken else raw
        except csv.Error as error:
            yield reader.line_num, f"cannot be read: {error}"
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            raw = json.loads(line)
        except ValueError as error:
            yield number, f"is no JSON: {error}"
            continue
        yield number, raw if isinstance(raw, dict) else "is no JSON object"


def _row(number: int, raw: Mapping[str, Any]) -> tuple[Row, list[BadField]]:
    wrong = [BadField(number, name, "is not a known field") for name in sorted(raw.keys() - KNOWN)]
    profile: dict[str, Any] = {name: str(raw[name]).strip() for name in TEXT if raw.get(name)}
    external_id, kind = str(raw.get("external_id") or "").strip(), str(raw.get("kind") or "").strip()
    if not external_id:
        wrong.append(BadField(number, "external_id", "is missing"))
    if kind not in ("person", "organisation"):
        wrong.append(BadField(number, "kind", "must be person or organisation"))
    if not profile.get("legal_name"):
        wrong.append(BadField(number, "legal_name", "is missing"))
    for name in COUNTRIES:
        if code := str(raw.get(name) or "").strip().upper():
            profile[name] = code
            if not is_country(code):
                wrong.append(BadField(number, name, f"{code} is no country code"))
    nationalities = _list(raw.get("nationalities"))
    if nationalities:
        profile["nationalities"] = [code.upper() for code in nationalities]
        wrong += [
            BadField(number, "nationalities", f"{code} is no country code")
            for code in profile["nationalities"]
            if not is_country(code)
        ]
    for name in DATES:
        if text := str(raw.get(name) or "").strip():
            try:
                profile[name] = date.fromisoformat(text)
            except ValueError:
                wrong.append(BadField(number, name, f"{text} is no date (YYYY-MM-DD)"))
    return Row(number, external_id, kind, profile, tuple(_list(raw.get("accounts")))), wrong


def _list(value: Any) -> list[str]:
    """A JSON list, or text with ";" between the parts."""
    parts = value if isinstance(value, list) else str(value or "").split(";")
    return [str(part).strip() for part in parts if str(part).strip()]
