"""Lists to load: small ones in the project's own format, as the operator would publish them."""

from __future__ import annotations

from datetime import date
from typing import Any

from kyc.audit.services import SYSTEM
from kyc.matching.types import Kind, Name, PartialDate
from kyc.watchlists.entries import ListedEntry
from kyc.watchlists.models import Edition
from kyc.watchlists.parsers import clearance
from kyc.watchlists.services import activate_edition, load_edition

DAY = date(2026, 11, 20)


def listed(uid: str, *names: str, **facts: Any) -> ListedEntry:
    """An entry of the operator's list; `born` as "1970-04-16"."""
    born = facts.pop("born", "")
    dates = (PartialDate.parse(born),) if born else ()
    facts = {"measure": "OPERATOR-BLOCK", "kind": Kind.PERSON, "source": "operator"} | facts
    return ListedEntry(uid=uid, names=tuple(map(Name, names)), birth_dates=dates, **facts)  # type: ignore[arg-type]


def written(*entries: ListedEntry, on: date = DAY) -> dict[str, bytes]:
    """The files of an edition that holds these."""
    return {"main": clearance.write(entries, title="A list for tests", published_on=on)}


def loaded(*entries: ListedEntry, on: date = DAY, source: str = "operator") -> Edition:
    """The edition as it stands after loading: ready, or held."""
    return load_edition(source=source, files=written(*entries, on=on), origin="a test", actor=SYSTEM)


def in_force(*entries: ListedEntry, on: date = DAY, source: str = "operator") -> Edition:
    return activate_edition(edition=loaded(*entries, on=on, source=source), actor=SYSTEM)
