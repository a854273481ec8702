"""A small hand for structures: `structure("T", "A 50 B", "X 25-50 T")`, with listings by measure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from kyc.customers.states import InterestKind
from kyc.ownership.graph import Interest, Listing, Party, PartyKind, Structure

LINE = re.compile(r"^(\S+) (\S+) (\S+)$")


def share(text: str) -> Fraction:
    """ "50" percent, or "1/3" of the whole."""
    return Fraction(text) if "/" in text else Fraction(text) / 100


def interest(line: str, **more: Any) -> Interest:
    """ "A 50 B", "A 25-50 B", "A ? B", "A director B"."""
    match = LINE.match(line)
    assert match, line
    owner, what, owned = match.groups()
    kinds = {str(kind): kind for kind in InterestKind}
    if what in kinds:
        return Interest(line, owner, owned, kinds[what], **more)
    if what == "?":
        return Interest(line, owner, owned, **more)
    low, _, high = what.partition("-")
    return Interest(line, owner, owned, low=share(low), high=share(high or low), **more)


def structure(
    target: str,
    *lines: str | Interest,
    listed: Mapping[str, str] | None = None,
    waiting: Mapping[str, str] | None = None,
    kinds: Mapping[str, PartyKind] | None = None,
    at: Mapping[str, str] | None = None,
    exchange: Mapping[str, str] | None = None,
    programmes: tuple[str, ...] = (),
) -> Structure:
    """Names that begin with "p" are people; everybody else is an organisation run from France unless told otherwise."""
    rows = tuple(interest(line) if isinstance(line, str) else line for line in lines)
    keys = {target} | {key for row in rows for key in (row.owner, row.owned, row.held_for) if key}
    parties = {}
    for key in sorted(keys):
        listings = [Listing(m, True, programmes, f"list:{key}") for k, m in (listed or {}).items() if k == key]
        listings += [Listing(m, False, programmes, f"list:{key}") for k, m in (waiting or {}).items() if k == key]
        kind = (kinds or {}).get(key, PartyKind.PERSON if key.startswith("p") else PartyKind.ORGANISATION)
        parties[key] = Party(key, key, kind, (at or {}).get(key, "FR"), (exchange or {}).get(key, ""), tuple(listings))
    return Structure(parties, rows, target)
