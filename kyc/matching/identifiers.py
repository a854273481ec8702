"""Identifiers as they are compared: without spaces, dashes and case. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kyc.matching.keys import key_hash
from kyc.matching.types import Identifier

_NOISE = re.compile(r"[\W_]+")
SHORTEST = 4  # letters and digits; "12" is no evidence
# Kinds that name the same number. Numbers of unlike kinds are never equal, whatever their digits.
_FAMILIES = {
    "passport": "document", "identity_card": "document", "id_card": "document", "national_id": "national",
    "national id": "national", "ssn": "national", "tax": "tax", "tin": "tax", "inn": "tax", "vat": "tax",
    "registration": "registration", "ogrn": "registration", "company": "registration", "imo": "imo", "mmsi": "mmsi",
    "lei": "lei", "bic": "bic", "swift": "bic", "call_sign": "call_sign", "tail": "tail", "msn": "msn",
    "duns": "duns", "crypto": "crypto", "wallet": "crypto",
}  # fmt: skip


def plain(value: str) -> str:
    """ "AB 12-345" -> "ab12345"; "IMO 9187629" -> "9187629"."""
    return _NOISE.sub("", value).casefold().removeprefix("imo")


def family(kind: str) -> str:
    """Which numbers are compared with which: "ogrn" and "registration" are one family."""
    kind = kind.strip().lower().replace("-", "_")
    if kind in _FAMILIES:
        return _FAMILIES[kind]
    for word, found in _FAMILIES.items():
        if word in kind.replace("_", " "):
            return found
    return kind or "other"


def same_identifier(one: Identifier, other: Identifier) -> bool:
    """Equal numbers of one family, whose issuing countries do not differ."""
    value = plain(one.value)
    if len(value) < SHORTEST or value != plain(other.value) or family(one.kind) != family(other.kind):
        return False
    return not (one.country and other.country) or one.country == other.country


def identifier_hashes(identifiers: Iterable[Identifier]) -> list[int]:
    """Under which the index finds a party by its numbers; hits are checked with `same_identifier`."""
    return [
        key_hash("i", f"{family(identifier.kind)}:{plain(identifier.value)}")
        for identifier in identifiers
        if len(plain(identifier.value)) >= SHORTEST
    ]
