"""Alpha-3 codes of travel documents to alpha-2, from CLDR, through babel. Pure."""

from __future__ import annotations

from functools import cache

from babel.core import get_global

# ICAO 9303 part 3, section 5: codes that are no ISO alpha-3 code
SPECIAL = {"D": "DE", "GBD": "GB", "GBN": "GB", "GBO": "GB", "GBP": "GB", "GBS": "GB", "RKS": "XK"}


@cache
def _table() -> dict[str, str]:
    aliases = get_global("territory_aliases")
    return {code: targets[0] for code, targets in aliases.items() if len(code) == 3 and len(targets[0]) == 2}


def alpha2_of(code: str) -> str:
    """ "" where a code has no alpha-2 (UTO, XXA): the caller treats it as missing."""
    return SPECIAL.get(code) or _table().get(code, "")
