"""The Consolidated Canadian Autonomous Sanctions List, XML of flat records. Pure.

The country of a record is the regulation's, not the party's: it is the programme here. The key is made of
regulation, schedule and item, as the regulation itself counts. Elements: docs/sources.md#canada-sema.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from kyc.matching.types import Identifier, Kind, Name, NameQuality
from kyc.watchlists.entries import ListedEntry
from kyc.watchlists.parsers.dates import partial_date, whole_date
from kyc.watchlists.parsers.reading import Files, Notes, known, text_of, tidy_names, xml_records

_BETWEEN_NAMES = re.compile(r";|\s/\s")
_LABEL = re.compile(r"\b(?:Belarus+ian|Russian|Ukrainian|Persian|Farsi|Arabic|Spanish|English|French)\s*:\s*", re.I)


def read(files: Files, source: str, notes: Notes) -> Iterator[ListedEntry]:
    for element, line in xml_records(files["main"], root="data-set", wanted=("record",)):
        if element.tag != "record":
            continue
        try:
            yield _entry(element, source, f"line {line}")
        except ValueError as error:
            notes.bad(f"line {line}", str(error))


def _entry(element: Element, source: str, position: str) -> ListedEntry:
    regulation = text_of(element, "Country")
    if not regulation:
        raise ValueError("no regulation is named")
    imo = re.sub(r"\D", "", text_of(element, "ShipIMONumber"))
    last, given, other = (text_of(element, tag) for tag in ("LastName", "GivenName", "EntityOrShip"))
    name = ", ".join(known(last, given)) if last else other or given
    if not name:
        raise ValueError("no name")
    born = text_of(element, "DateOfBirthOrShipBuildDate")
    kind = Kind.VESSEL if imo else Kind.PERSON if last else Kind.ORGANISATION
    said = [partial_date(text) for text in re.split(r"\s+or\s+", born, flags=re.I)] if kind is Kind.PERSON else []
    dates = tuple(date for date in said if date is not None)
    title, schedule, item = (text_of(element, tag) for tag in ("TitleOrShip", "Schedule", "Item"))
    return ListedEntry(
        source=source,
        uid="/".join((regulation.split(" / ")[0].strip()[:60], schedule[:30], item[:20])),
        measure="SEMA",
        names=tidy_names([Name(name), *_aliases(text_of(element, "Aliases"))]),
        kind=kind,
        birth_dates=dates,
        identifiers=(Identifier("imo", imo),) if imo else (),
        programmes=(regulation,),
        citation=", ".join(known(f"schedule {schedule}" if schedule else "", f"item {item}" if item else "")),
        listed_on=whole_date(text_of(element, "DateOfListing")),
        remarks="; ".join(known(title, f"built {born}" if imo and born else "" if dates else born)),
        position=position,
    )


def _aliases(text: str) -> Iterator[Name]:
    """Parted by semicolons or slashes; where languages are named, also by commas ("Belarusian: …, Russian: …")."""
    pieces = _BETWEEN_NAMES.split(text)
    if _LABEL.search(text):
        pieces = [_LABEL.sub("", part) for piece in pieces for part in piece.split(",")]
    for alias in pieces:
        latin = all(letter < "\u0250" for letter in alias if letter.isalpha())
        yield Name(alias, NameQuality.STRONG if latin else NameQuality.ORIGINAL_SCRIPT)
