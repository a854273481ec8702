"""Countries by ISO 3166 alpha-2, with English names (from CLDR, through babel). Pure."""

from __future__ import annotations

from functools import cache

from babel import Locale

# CLDR's territories that are no countries: groupings, pseudo-locales and the unknown
NOT_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})


@cache
def countries() -> dict[str, str]:
    """{"AF": "Afghanistan", …} by name; Kosovo as XK, which ISO leaves to its users."""
    names = Locale("en").territories
    found = {code: name for code, name in names.items() if len(code) == 2 and code not in NOT_COUNTRIES}
    return dict(sorted(found.items(), key=lambda item: item[1]))


def is_country(code: str) -> bool:
    return code in countries()


def country_name(code: str) -> str:
    """The English name, or the code itself where there is none; "unknown" for ""."""
    return countries().get(code, code) if code else "unknown"
