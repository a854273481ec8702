"""A hit as a table: each fact with the customer's side, the list's side, and what the stored findings say.

Nothing is compared here. The customer's side are the frozen facts of the screening, the list's side the entries
as published, and the verdicts are the findings that the hit was stored with.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from kyc.findings import Finding, Says
from kyc.matching.scripts import latin
from kyc.matching.types import Party
from kyc.policy.countries import country_name
from kyc.screening.models import Hit, RememberedClearance
from kyc.watchlists.entries import ListedEntry
from kyc.watchlists.models import Entry

# facts in the order in which a reviewer asks; codes of findings begin with the family
FAMILIES: tuple[tuple[str, str], ...] = (
    ("identifier", "Identifiers"),
    ("name", "Names"),
    ("birth", "Birth date"),
    ("country", "Countries"),
    ("address", "Addresses"),
    ("gender", "Gender"),
    ("kind", "Kind"),
)
MOST_NAMES = 12
# what a family's findings say together: the first of these that one of them says
STRONGEST = (Says.DISAGREE, Says.AGREE, Says.MISSING, Says.NOTE)
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Value:
    """One value of one side; `roman` is its Latin reading where it is in another script."""

    text: SafeString | str
    note: str = ""
    roman: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    fact: str
    ours: tuple[Value, ...]
    theirs: tuple[Value, ...]
    says: Says
    weight: float
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One hit with all that a reviewer needs beside it."""

    hit: Hit
    subject: str  # the name of who was compared
    rows: tuple[Row, ...]
    notes: tuple[Finding, ...]
    entries: tuple[Entry, ...]
    earlier: tuple[Hit, ...]
    clearances: tuple[RememberedClearance, ...]


def shown(hit: Hit) -> Shown:
    """About six queries. A hit whose frozen facts or entries cannot be read raises: it is never shown half."""
    entries = tuple(hit.entries.select_related("party__watchlist").order_by("pk"))
    parties = [Party.from_json(row) for row in hit.screening.facts]
    ours = next((party for party in parties if party.key == hit.subject), None)
    listed = [ListedEntry.from_json(entry.content).party(str(entry.party)) for entry in entries]
    findings = [Finding.from_json(row) for row in hit.findings]
    rows, used = _rows(ours, listed, findings, hit)
    return Shown(
        hit=hit,
        subject=ours.names[0].text if ours and ours.names else hit.query_name,
        rows=rows,
        notes=tuple(found for found in findings if found.code not in used),
        entries=entries,
        earlier=tuple(
            Hit.objects.filter(group=hit.group_id, world=hit.world)
            .exclude(settled_at=None)
            .select_related("customer", "settled_by")
            .order_by("-settled_at")[:5]
        ),
        clearances=tuple(hit.clearances.select_related("made_by").order_by("-made_at")),
    )


def _rows(
    ours: Party | None, listed: Sequence[Party], findings: Sequence[Finding], hit: Hit
) -> tuple[tuple[Row, ...], set[str]]:
    rows, used = [], set()
    for family, title in FAMILIES:
        found = [finding for finding in findings if finding.code.partition(".")[0] == family]
        used |= {finding.code for finding in found}
        mine = tuple(_values(family, ours, hit.matched_name)) if ours else ()
        theirs = tuple(_unique(value for party in listed for value in _values(family, party, hit.query_name)))
        if not mine and not theirs:
            continue
        rows.append(
            Row(
                fact=title,
                ours=mine,
                theirs=theirs,
                says=_together(found, bool(mine), bool(theirs)),
                weight=sum(finding.weight for finding in found),
                sentences=tuple(finding.sentence for finding in found) or (_silence(title, mine, theirs),),
            )
        )
    return tuple(rows), used


def _together(found: Sequence[Finding], mine: bool, theirs: bool) -> Says:
    """Facts that no finding speaks of compare nothing: missing where a side is empty, else a note."""
    if not found:
        return Says.NOTE if mine and theirs else Says.MISSING
    return next(says for says in STRONGEST if any(finding.says is says for finding in found))


def _silence(title: str, mine: Sequence[Value], theirs: Sequence[Value]) -> str:
    if not theirs:
        return f"{title}: missing on the list's side; nothing to compare."
    if not mine:
        return f"{title}: the customer gave none; nothing to compare."
    return "Shown for the reviewer; it carried no weight."


def _values(family: str, party: Party, other_name: str) -> list[Value]:
    match family:
        case "name":
            named = [
                Value(_marked(name.text, other_name), _quality(name.quality), roman(name.text)) for name in party.names
            ]
            return named[:MOST_NAMES]
        case "birth":
            return [Value(str(date)) for date in party.birth_dates]
        case "country":
            return [Value(f"{country_name(code)} ({code})") for code in party.countries]
        case "address":
            return [Value(address, roman=roman(address)) for address in party.addresses]
        case "identifier":
            return [Value(row.value, f"{row.kind} {row.country}".strip()) for row in party.identifiers]
        case "gender":
            return [Value(party.gender)] if party.gender else []
        case _:
            return [Value(str(party.kind))]


def _unique(values: Iterable[Value]) -> list[Value]:
    return list(dict.fromkeys(values))


def _quality(quality: Any) -> str:
    return "" if quality == "primary" else str(quality).replace("_", " ")


def roman(text: str) -> str:
    """The Latin reading of a text in another script; "" where it is Latin already."""
    if all("LATIN" in unicodedata.name(letter, "LATIN") for letter in text if letter.isalpha()):
        return ""
    return _WORD.sub(lambda word: latin(word.group()).title(), text)


def _marked(text: str, other: str) -> SafeString:
    """The words that stand in the other name too, marked, each word escaped on its own."""
    theirs = {latin(word.casefold()) for word in _WORD.findall(other)}
    pieces, end = [], 0
    for word in _WORD.finditer(text):
        pieces.append(format_html("{}", text[end : word.start()]))
        same = latin(word.group().casefold()) in theirs
        pieces.append(format_html("<mark>{}</mark>" if same else "{}", word.group()))
        end = word.end()
    pieces.append(format_html("{}", text[end:]))
    return format_html_join("", "{}", ((piece,) for piece in pieces))
