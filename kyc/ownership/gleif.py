"""GLEIF level 2: who consolidates whom, and why no parent is reported. Pure.

Relationship Record CDF 2.1 and Reporting Exceptions 2.1, as XML or as the golden copy's CSV. A record says that a
parent consolidates a company in its accounts (IFRS 10, US GAAP: control, in general more than half), directly or
ultimately. It is never a percentage of shares, and none is made of it here.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring

from kyc.customers.numbers import checked_lei
from kyc.errors import BadInput

MOST_BYTES = 50 * 1024 * 1024


class Consolidation(StrEnum):
    DIRECTLY = "IS_DIRECTLY_CONSOLIDATED_BY"
    ULTIMATELY = "IS_ULTIMATELY_CONSOLIDATED_BY"


@dataclass(frozen=True, slots=True)
class Parent:
    """`child` is consolidated by `parent`; both are LEIs. Dates are those of the relationship, where it says them."""

    child: str
    parent: str
    how: Consolidation
    since: date | None
    until: date | None
    active: bool


@dataclass(frozen=True, slots=True)
class ReportingException:
    """Why a company reports no parent of that kind; `says` is the reason in words."""

    child: str
    ultimate: bool
    reason: str

    @property
    def says(self) -> str:
        return REASONS.get(self.reason, f"an unknown reason, {self.reason}")


# Reporting Exceptions format 2.1; what each says, and no more
REASONS: dict[str, str] = {
    "NATURAL_PERSONS": "it is controlled by natural persons, without a company that consolidates it",
    "NON_CONSOLIDATING": "those who control it do not have to consolidate it",
    "NO_KNOWN_PERSON": "no known person controls it: its ownership is diversified",
    "NO_LEI": "the parent has no LEI: there is a parent, and it is not named",
    "NON_PUBLIC": "the relationship is not public: there may be a parent, and it is not named",
    "BINDING_LEGAL_COMMITMENTS": "the law or a contract forbids to name it",
    "LEGAL_OBSTACLES": "the law forbids to name it",
    "CONSENT_NOT_OBTAINED": "the parent did not agree to be named",
    "DISCLOSURE_DETRIMENTAL": "to name it would do harm",
    "DETRIMENT_NOT_EXCLUDED": "to name it might do harm",
}
# these say that a parent exists or may exist whom nobody names
HIDDEN = frozenset(REASONS) - {"NATURAL_PERSONS", "NON_CONSOLIDATING", "NO_KNOWN_PERSON"}


def read_relationships(content: bytes) -> tuple[list[Parent], list[ReportingException]]:
    """Either kind of file, XML or CSV. Other relationships (branches, funds) are left out. Raises BadInput."""
    if len(content) > MOST_BYTES:
        raise BadInput(f"The file is larger than {MOST_BYTES // 1024**2} MB: send the records of this company.")
    text = content.lstrip(b"\xef\xbb\xbf \r\n\t")
    return _read_xml(text) if text.startswith(b"<") else _read_csv(text)


def _read_xml(content: bytes) -> tuple[list[Parent], list[ReportingException]]:
    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, ValueError) as error:  # defusedxml's refusals are ValueErrors
        raise BadInput("This XML cannot be read.") from error
    parents = [found for row in _all(root, "RelationshipRecord") if (found := _parent_of(row)) is not None]
    exceptions = [
        found
        for row in _all(root, "Exception")
        for found in _exceptions(
            _text(row, "LEI"), _text(row, "ExceptionCategory"), (one.text or "" for one in _all(row, "ExceptionReason"))
        )
    ]
    if not parents and not exceptions:
        raise BadInput("There is no relationship record and no reporting exception in this file.")
    return parents, exceptions


def _parent_of(row: Element) -> Parent | None:
    start, end = next(_all(row, "StartNode"), None), next(_all(row, "EndNode"), None)
    kind = _text(row, "RelationshipType")
    if start is None or end is None or kind not in set(Consolidation):
        return None
    periods = [one for one in _all(row, "RelationshipPeriod") if _text(one, "PeriodType") == "RELATIONSHIP_PERIOD"]
    since = _day(_text(periods[0], "StartDate")) if periods else None
    until = _day(_text(periods[0], "EndDate")) if periods else None
    return Parent(
        checked_lei(_text(start, "NodeID")),
        checked_lei(_text(end, "NodeID")),
        Consolidation(kind),
        since,
        until,
        _text(row, "RelationshipStatus") == "ACTIVE",
    )


def _all(element: Element, name: str) -> Iterator[Element]:
    """Below it, in whatever namespace: versions of the format differ in theirs."""
    return (one for one in element.iter() if isinstance(one.tag, str) and one.tag.rpartition("}")[2] == name)


def _text(element: Element, name: str) -> str:
    found = next(_all(element, name), None)
    return (found.text or "").strip() if found is not None else ""


def _read_csv(content: bytes) -> tuple[list[Parent], list[ReportingException]]:
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput("This is neither XML nor CSV in UTF-8.") from error
    heads = set(rows[0]) if rows else set()
    if "Relationship.StartNode.NodeID" in heads:
        return [found for row in rows if (found := _parent_in(row)) is not None], []
    if "Exception.Category" in heads:
        reasons = [name for name in rows[0] if name.startswith("Exception.Reason")]
        told = [
            found
            for row in rows
            for found in _exceptions(row["LEI"], row["Exception.Category"], (row[name] or "" for name in reasons))
        ]
        return [], told
    raise BadInput("There is no relationship record and no reporting exception in this file.")


def _parent_in(row: dict[str, Any]) -> Parent | None:
    kind = row.get("Relationship.RelationshipType", "")
    if kind not in set(Consolidation):
        return None
    since = until = None
    for number in range(1, 6):
        period = f"Relationship.Period.{number}."
        if row.get(f"{period}periodType") == "RELATIONSHIP_PERIOD":
            since, until = _day(row.get(f"{period}startDate") or ""), _day(row.get(f"{period}endDate") or "")
    return Parent(
        checked_lei(row["Relationship.StartNode.NodeID"]),
        checked_lei(row["Relationship.EndNode.NodeID"]),
        Consolidation(kind),
        since,
        until,
        row.get("Relationship.RelationshipStatus") == "ACTIVE",
    )


def _exceptions(child: str, category: str, reasons: Iterable[str]) -> Iterator[ReportingException]:
    ultimate = category.startswith("ULTIMATE")
    return (ReportingException(checked_lei(child), ultimate, reason.strip()) for reason in reasons if reason.strip())


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        raise BadInput(f"{text:.30} is no date.") from None
