"""What a customer's own file says of where they are: a telephone's country, for comparison with an address. Pure."""

from __future__ import annotations

from functools import lru_cache

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

# Shared by countries that each are somebody's home: the code alone does not tell which.
SHARED = frozenset({1, 7})


@lru_cache(maxsize=4096)
def phone_country(number: str) -> str:
    """ISO alpha-2 by the calling code of an international number; "" where it is none, or shared by countries.

    Territories under the code of a larger country count as that country, as the code does.
    """
    digits = "".join(char for char in number if char.isdecimal() and char.isascii())
    if number.strip().startswith("00"):
        digits = digits[2:]
    elif not number.strip().startswith("+"):
        return ""
    for length in (1, 2, 3):
        code = int(digits[:length] or 0)
        if code in COUNTRY_CODE_TO_REGION_CODE:
            region = str(COUNTRY_CODE_TO_REGION_CODE[code][0])
            return "" if code in SHARED or not region.isalpha() else region
    return ""
