"""The kinds of numbers that identify a party, from the words lists call them by. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from kyc.matching.types import Identifier

# The first pattern that is found in the published type names the kind; "" marks words that are no identifier.
_KINDS: tuple[tuple[str, str], ...] = (
    (r"aircraft (?:model|manufacture date|operator)|effective date|listing date|divestment date", ""),
    (r"secondary sanctions", ""),
    (r"gender|website|e-?mail|phone|fax|organization (?:type|established)|target type|information|determination", ""),
    (r"flag|vessel type|vessel owner|vessel year|issuer name|transactions prohibited|nationality of registration", ""),
    (r"registration country|birth certificate|un/locode|visa|script|equity ticker|d\.?o\.?b", ""),
    (r"passport|travel document|carnet", "passport"),
    (r"\bimo\b|vessel registration identification", "imo"),
    (r"\bmmsi\b|maritime mobile", "mmsi"),
    (r"call ?sign", "call_sign"),
    (r"tail number", "tail"),
    (r"serial number \(msn\)|construction number|aircraft serial|\bmsn\b", "msn"),
    (r"mode s transponder", "mode_s"),
    (r"digital currency|crypto|wallet", "crypto"),
    (r"\blei\b|legal entity number|legal entity identifier", "lei"),
    (r"swift|\bbic\b", "swift"),
    (r"\bbik\b", "bik"),
    (r"\bisin\b", "isin"),
    (r"\bcusip\b", "cusip"),
    (r"d-?u-?n-?s", "duns"),
    (r"driv\w*.s? licen[cs]e|licence number.*driv", "driving_licence"),
    (r"social security|\bssn\b", "ssn"),
    (r"tax|v\.?a\.?t\.? number|\binn\b|\bnit\b|\bruc\b|\brif\b|\brfc\b|r\.f\.c|c\.u\.i\.t|fein|\brtn\b|nuit|fiscal|"
     r"c\.i\.f|\btin\b|\bvatcode|\bkpp\b", "tax"),
    (r"social credit|registration|registry|register|incorporation|company number|chamber|c\.r\. no|romanian c\.r|"
     r"mercantil|enterprise number|trade licen[cs]e|ogrn|business number|gazette|okpo|file number|branch unit|charity|"
     r"legal entity", "registration"),
    (r"national|cedula|identi|id no|id card|identity|c\.u\.r\.p|curp|d\.n\.i|c\.u\.i|electoral|citizen|personal|"
     r"tazkira|i\.f\.e|le number|residen|refugee|militar|n\.i\.e|cnp|seafarer|immigration|stateless|c\.u\.i\.p|"
     r"civil|numero de identidad", "identity_card"),
    (r"licen[cs]e|permit|certificate", "licence"),
    (r"number|code|\bno\b|#|\bid\b", "other"),
)  # fmt: skip
_COMPILED = tuple((re.compile(pattern, re.I), kind) for pattern, kind in _KINDS)
_DIGIT = re.compile(r"\d")


@lru_cache(maxsize=2048)
def identifier_kind(published: str) -> str:
    """ "Tax ID No." -> "tax"; "" where the words name no identifier (a website, a sanctions remark)."""
    # "Electoral Registry No." is a person's card and "Citizen's Card" none of a company: people's words come first
    if re.search(r"electoral|credencial|curp|c\.u\.r\.p|birth|citizen's card", published, re.I):
        return "" if re.search("birth", published, re.I) else "identity_card"
    for pattern, kind in _COMPILED:
        if pattern.search(published):
            return kind
    return ""


def identifier(published: str, value: str, country: str = "") -> Identifier | None:
    """None where the type is no identifier, or the value holds no digit (a name, a remark) where one must."""
    kind = identifier_kind(published)
    value = " ".join(value.split()).strip(" .,;")
    if not kind or not value:
        return None
    if kind == "imo":
        value = re.sub(r"^IMO\s*", "", value, flags=re.I)
    if kind not in ("crypto", "swift", "call_sign", "tail") and not _DIGIT.search(value):
        return None
    return Identifier(kind, value, country)
