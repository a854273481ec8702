"""The facts that names are matched with. Pure; a customer and a listed entry look the same to the engine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    PERSON = "person"
    ORGANISATION = "organisation"
    VESSEL = "vessel"
    AIRCRAFT = "aircraft"
    UNKNOWN = "unknown"  # a name given without a kind: compared with every kind


class NameQuality(StrEnum):
    PRIMARY = "primary"
    STRONG = "strong"
    WEAK = "weak"  # OFAC's weak a.k.a., the UN's "Low": weighs less and says so
    FORMER = "former"
    ORIGINAL_SCRIPT = "original_script"


@dataclass(frozen=True, slots=True)
class Name:
    text: str
    quality: NameQuality = NameQuality.PRIMARY


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """A date as lists give it: 0 where the month or day is not said.

    `year_to` > `year` for a range of years. `about` where the source says circa.
    """

    year: int
    month: int = 0
    day: int = 0
    year_to: int = 0
    about: bool = False

    @classmethod
    def parse(cls, text: str) -> PartialDate | None:
        """Read "1970", "1970-04", "1970-04-00", "1970-04-16" or "1970/1975"; None if it is no date."""
        text = text.strip()
        if found := re.fullmatch(r"(\d{4})\s*[/-]\s*(\d{4})", text):
            return cls(int(found[1]), year_to=int(found[2]))
        found = re.fullmatch(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?", text)
        if not found:
            return None
        year, month, day = int(found[1]), int(found[2] or 0), int(found[3] or 0)
        if not (1000 <= year <= 2999 and month <= 12 and day <= 31):
            return None
        return cls(year, month, day)

    def __str__(self) -> str:
        if self.year_to > self.year:
            text = f"{self.year:04d}/{self.year_to:04d}"
        elif self.month and self.day:
            text = f"{self.year:04d}-{self.month:02d}-{self.day:02d}"
        elif self.month:
            text = f"{self.year:04d}-{self.month:02d}"
        else:
            text = f"{self.year:04d}"
        return f"about {text}" if self.about else text


@dataclass(frozen=True, slots=True)
class Identifier:
    """`kind` is a lower-case word ("passport", "lei", "imo", "tax", "registration").

    `country` is the issuer's, ISO alpha-2, or "".
    """

    kind: str
    value: str
    country: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a comparison: a customer, an owner, or a listed entry.

    `key` is the caller's own and comes back with each match. Countries are ISO 3166 alpha-2, upper case:
    nationality, residence, registration and address countries together. `gender` is "male", "female" or "".
    """

    key: str
    names: tuple[Name, ...]
    kind: Kind = Kind.UNKNOWN
    birth_dates: tuple[PartialDate, ...] = ()
    countries: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    gender: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain values, for freezing the facts a verdict was made with; `from_json` reads them back."""
        # By hand: dataclasses.asdict copies every value deeply, and a whole list goes through here.
        return {
            "key": self.key,
            "names": [{"text": name.text, "quality": name.quality.value} for name in self.names],
            "kind": self.kind.value,
            "birth_dates": [str(date) for date in self.birth_dates],
            "countries": list(self.countries),
            "addresses": list(self.addresses),
            "identifiers": [
                {"kind": found.kind, "value": found.value, "country": found.country} for found in self.identifiers
            ],
            "gender": self.gender,
        }

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Party:
        dates = []
        for text in row.get("birth_dates", ()):
            about = text.startswith("about ")
            date = PartialDate.parse(text.removeprefix("about "))
            if date is not None:
                dates.append(PartialDate(date.year, date.month, date.day, date.year_to, about))
        return cls(
            key=row["key"],
            names=tuple(Name(name["text"], NameQuality(name["quality"])) for name in row["names"]),
            kind=Kind(row["kind"]),
            birth_dates=tuple(dates),
            countries=tuple(row.get("countries", ())),
            addresses=tuple(row.get("addresses", ())),
            identifiers=tuple(Identifier(**identifier) for identifier in row.get("identifiers", ())),
            gender=row.get("gender", ""),
        )
