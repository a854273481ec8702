"""Who plays. Everybody is invented; the listed party stands in the SAMPLE list and is marked there as invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

PASSWORD = "clearance-story-2026"
# what all of them want, and for what
MODEL, PURPOSE = "aurora-small", "product"


@dataclass(frozen=True, slots=True)
class Person:
    """A person who wants to be a customer. Countries are ISO 3166 alpha-2; `state` is the passport's alpha-3."""

    given: str
    family: str
    born: date
    nationality: str
    state: str
    sex: str  # F or M
    street: str
    postal_code: str
    city: str
    use: str

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"


@dataclass(frozen=True, slots=True)
class Organisation:
    name: str
    country: str
    number: str
    street: str
    city: str
    website: str
    owner: str
    owner_born: date
    use: str


MAJA = Person(
    given="Maja Sofia",
    family="Lindqvist",
    born=date(1990, 4, 16),
    nationality="SE",
    state="SWE",
    sex="F",
    street="Fyrisgatan 12",
    postal_code="753 12",
    city="Uppsala",
    use="A reading aid for people with dyslexia: it puts long letters into short sentences.",
)
LISTED = Person(
    given="Viktor Aleksandrovich",
    family="Karamazin",
    born=date(1968, 3, 14),
    nationality="RS",
    state="SRB",
    sex="M",
    street="Bulevar 4",
    postal_code="11000",
    city="Beograd",
    use="Translation of contracts in our own trading house.",
)
NAMESAKE = Person(
    given="Viktor",
    family="Karamazin",
    born=date(1991, 7, 2),
    nationality="CZ",
    state="CZE",
    sex="M",
    street="Dlouhá 7",
    postal_code="110 00",
    city="Praha",
    use="Timetables for a school of music, with a helper that answers parents.",
)
NORTHWIND = Organisation(
    name="Northwind Orchard Compute Ltd",
    country="GB",
    number="09446231",
    street="3 Orchard Lane",
    city="Leeds",
    website="https://northwind-orchard.example",
    owner="Eleanor Ruth Pemberton",
    owner_born=date(1975, 9, 9),
    use="Forecasts of harvests for growers.",
)
