"""A chart of owners as a file tells it, before anything is stored: parties with the facts that files carry. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from kyc.ownership.graph import Interest, PartyKind


@dataclass(frozen=True, slots=True)
class ChartParty:
    """`identifiers`: (scheme, value), in the file's own schemes: "GB-COH", "XI-LEI"."""

    key: str
    name: str
    kind: PartyKind
    country: str = ""  # of registration, of a person: of residence
    headquarters: str = ""
    birth_date: date | None = None
    nationalities: tuple[str, ...] = ()
    listed_on: str = ""
    identifiers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """`subject` is the key of the company whose owners these are. `notes`: what was not taken, a sentence each."""

    subject: str
    parties: tuple[ChartParty, ...]
    interests: tuple[Interest, ...]
    notes: tuple[str, ...] = field(default=(), compare=False)

    def party(self, key: str) -> ChartParty:
        return next(party for party in self.parties if party.key == key)
