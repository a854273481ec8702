"""One party as one list publishes it, and what reading a list file brought to light. Pure.

An entry keeps what the source said, in the words of no source in particular. Countries are ISO 3166 alpha-2
wherever the published name is known; an unknown one stays as it was published and is not compared.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from kyc.matching.types import Identifier, Kind, Name, NameQuality, PartialDate, Party
from kyc.policy.countries import is_country


@dataclass(frozen=True, slots=True)
class Address:
    """`full` is the whole address in one line; the parts are "" where the source does not give them apart.

    `country` is alpha-2, or the published words where they name no known country.
    """

    full: str
    street: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Relationship:
    """To another party: `uid` of the same source, or a reference of another list ("un:QDi.001"), or a name only."""

    kind: str  # lower case words: "linked to", "owned by", "un reference"
    uid: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class ListedEntry:
    """`source` is a code of kyc.watchlists.sources, `uid` stable within it, `measure` a code of kyc.policy.measures.

    `position` is where it stood in the file ("line 8812"); it is no part of the content.
    """

    source: str
    uid: str
    measure: str
    names: tuple[Name, ...]
    kind: Kind = Kind.UNKNOWN
    birth_dates: tuple[PartialDate, ...] = ()
    birth_places: tuple[str, ...] = ()
    nationalities: tuple[str, ...] = ()  # citizenship too
    countries: tuple[str, ...] = ()  # of registration, flag or residence, where the source says so
    addresses: tuple[Address, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    gender: str = ""
    programmes: tuple[str, ...] = ()
    measures_published: tuple[str, ...] = ()  # in the source's own words: "Asset freeze", "Travel Ban"
    licence_requirement: str = ""
    licence_policy: str = ""
    citation: str = ""
    listed_on: date | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    relationships: tuple[Relationship, ...] = ()
    references: tuple[str, ...] = ()  # the same party on another list: "un:QDi.001", "ofac:2676"
    remarks: str = ""
    link: str = ""  # the source's own page on the party or the list
    position: str = field(default="", compare=False)

    @property
    def key(self) -> str:
        """ "source:uid", as it is named wherever entries of several lists meet."""
        return f"{self.source}:{self.uid}"

    @property
    def name(self) -> str:
        """The first primary name, else the first."""
        primary = (name.text for name in self.names if name.quality is NameQuality.PRIMARY)
        return next(primary, self.names[0].text)

    def as_json(self) -> dict[str, Any]:
        """Plain values, empty ones left out; `from_json` reads them back."""
        row: dict[str, Any] = {}
        for column in _COLUMNS:
            value = getattr(self, column)
            if value in ("", (), None):
                continue
            row[column] = _plain(value)
        return row

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> ListedEntry:
        """Raises KeyError, TypeError or ValueError where the row is not one that `as_json` could have made."""
        unknown = row.keys() - set(_COLUMNS)
        if unknown:
            raise ValueError(f"unknown field {sorted(unknown)[0]!r}")
        plain = {name: _words(row[name]) for name in _TEXTS if name in row}
        return cls(
            **plain,
            source=_word(row["source"]),
            uid=_word(row["uid"]),
            measure=_word(row["measure"]),
            names=tuple(Name(_word(name["text"]), NameQuality(name["quality"])) for name in row["names"]),
            kind=Kind(row.get("kind", Kind.UNKNOWN)),
            birth_dates=tuple(_birth_date(text) for text in row.get("birth_dates", ())),
            addresses=tuple(Address(**address) for address in row.get("addresses", ())),
            identifiers=tuple(Identifier(**identifier) for identifier in row.get("identifiers", ())),
            listed_on=_date(row.get("listed_on")),
            starts_on=_date(row.get("starts_on")),
            ends_on=_date(row.get("ends_on")),
            relationships=tuple(Relationship(**found) for found in row.get("relationships", ())),
        )

    def content_hash(self) -> str:
        """sha256, hex, of what is said about the party; not of where it stood, nor of the order of values."""
        row = {column: value for column, value in self.as_json().items() if column not in _NOT_CONTENT}
        for column, value in row.items():
            if isinstance(value, list) and len(value) > 1:
                row[column] = sorted(value, key=_canonical)
        return hashlib.sha256(_canonical(row).encode()).hexdigest()

    def party(self, key: str = "") -> Party:
        """The entry as the matching engine compares it. `key` comes back with each match; "source:uid" if not given.

        Places of birth are no countries of the party: a customer born elsewhere contradicts nothing.
        """
        named = (*self.nationalities, *self.countries, *(address.country for address in self.addresses))
        return Party(
            key=key or self.key,
            names=self.names,
            kind=self.kind,
            birth_dates=self.birth_dates,
            countries=tuple(dict.fromkeys(code for code in named if is_country(code))),
            addresses=tuple(address.full for address in self.addresses if address.full),
            identifiers=self.identifiers,
            gender=self.gender,
        )


_COLUMNS = tuple(column.name for column in fields(ListedEntry))
_NOT_CONTENT = frozenset({"position", "source", "link"})  # links are moved without a change of meaning
_TEXTS = (
    "birth_places", "nationalities", "countries", "gender", "programmes", "measures_published", "licence_requirement",
    "licence_policy", "citation", "references", "remarks", "link", "position",
)  # fmt: skip
_LISTS = frozenset({"birth_places", "nationalities", "countries", "programmes", "measures_published", "references"})


_PARTS = {kind: tuple(column.name for column in fields(kind)) for kind in (Address, Identifier, Relationship)}


def _plain(value: Any) -> Any:
    match value:
        case str():
            return value if type(value) is str else str(value)
        case tuple():
            return [_plain(one) for one in value]
        case Name():
            return {"text": value.text, "quality": str(value.quality)}
        case Address() | Identifier() | Relationship():
            return {name: text for name in _PARTS[type(value)] if (text := getattr(value, name))}
        case PartialDate():
            return str(value)
        case date():
            return value.isoformat()
        case _:
            return value


_canonical = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode


def _word(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"a text was expected, not {value!r}")
    return value


def _words(value: Any) -> Any:
    """A text, or the tuple of a list of texts."""
    return tuple(_word(one) for one in value) if isinstance(value, list) else _word(value)


def _birth_date(text: str) -> PartialDate:
    found = PartialDate.parse(text.removeprefix("about "))
    if found is None:
        raise ValueError(f"not a date: {text!r}")
    if text.startswith("about "):
        return PartialDate(found.year, found.month, found.day, found.year_to, True)
    return found


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


# ------------------------------------------------------------------------------------------------ reading a file
@dataclass(frozen=True, slots=True)
class BadRow:
    """One row that could not be read: it is shown, and holds the edition, instead of vanishing."""

    position: str  # "line 8812", "alt.csv line 12", "result 7"
    reason: str

    def as_json(self) -> dict[str, str]:
        return {"position": self.position, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class ParseReport:
    """What reading a file brought to light besides its entries. Complete once all entries were taken."""

    entries: int = 0
    bad_rows: tuple[BadRow, ...] = ()
    bad_row_count: int = 0  # of all, also of those not kept one by one
    published_on: date | None = None  # as the file itself says
    warnings: tuple[str, ...] = ()  # a sentence each
    ended: bool = True  # False: the file's own end mark is missing, or its last row is cut
