"""The BIS Denied Persons List, dpl.txt: tabs, quoted, one row for each address of an order. Pure.

The list has no numbers: rows of one name with the same dates are one order, and its key is made of these.
Columns: docs/sources.md#bis-denied-persons.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from kyc.matching.types import Name
from kyc.policy.countries import is_country
from kyc.watchlists.entries import Address, ListedEntry
from kyc.watchlists.parsers.countries import country
from kyc.watchlists.parsers.dates import american_date, whole_date
from kyc.watchlists.parsers.reading import (
    Files,
    Lines,
    Notes,
    check_header,
    csv_rows,
    first_row,
    known,
    one_line,
    open_text,
)

COLUMNS = (
    "Name", "Street_Address", "City", "State", "Country", "Postal_Code", "Effective_Date", "Expiration_Date",
    "Standard_Order", "Last_Update", "Action", "FR_Citation",
)  # fmt: skip


def read(files: Files, source: str, notes: Notes) -> Iterator[ListedEntry]:
    """The list is small: rows are grouped before the first entry is given."""
    lines = Lines(open_text(files["main"]))
    header = first_row(lines, delimiter="\t")
    at = check_header(header, COLUMNS, notes)
    orders: dict[tuple[str, str, str], list[tuple[str, dict[str, str]]]] = {}
    rows = csv_rows(lines, notes, columns=len(header), delimiter="\t", row_start=r'"[^"\t]*"\t"')
    for position, row in rows:
        values = {name: one_line(row[index]) for name, index in at.items()}
        if not values["Name"] or american_date(values["Effective_Date"]) is None:
            notes.bad(position, "no name" if not values["Name"] else f"no date: {values['Effective_Date']!r}")
            continue
        order = (values["Name"], values["Effective_Date"], values["Expiration_Date"])
        orders.setdefault(order, []).append((position, values))
    if not lines.ended:
        notes.cut("The last row has no line end: the file may be cut off.")
    for order, found in orders.items():
        yield _entry(order, [values for _, values in found], source, found[0][0])


def _entry(order: tuple[str, str, str], rows: Sequence[Mapping[str, str]], source: str, position: str) -> ListedEntry:
    name, effective, expires = order
    updated = [day for row in rows if (day := whole_date(row["Last_Update"])) is not None]
    standard = {row["Standard_Order"].upper() for row in rows}
    told = [] if standard == {"Y"} else ["not a standard order"]
    return ListedEntry(
        source=source,
        uid=hashlib.sha256("\t".join(order).encode()).hexdigest()[:20],
        measure="DPL",
        names=(Name(name),),
        addresses=tuple(dict.fromkeys(address for row in rows if (address := _address(row)).full)),
        citation="; ".join(known(*(row["FR_Citation"] for row in rows))),
        starts_on=american_date(effective),
        ends_on=american_date(expires),
        remarks="; ".join(
            known(*told, *(row["Action"] for row in rows), *([f"updated {max(updated)}"] if updated else []))
        ),
        position=position,
    )


def _address(row: Mapping[str, str]) -> Address:
    """A row with a state and no country is in the United States; codes that are no ISO country stay as published."""
    land = row["Country"] or ("US" if row["State"] else "")
    code = land if is_country(land) else country(land)
    street, city, region, postal_code = (row[name] for name in ("Street_Address", "City", "State", "Postal_Code"))
    full = ", ".join(known(street, city, region, postal_code, land))
    return Address(full, street, city, region, postal_code, code)
