"""Country names as lists write them -> ISO 3166 alpha-2. Pure.

CLDR's English names, and by hand the spellings seen in the OFAC, UN, UK, EU, Canadian and trade.gov files.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from kyc.policy.countries import countries, is_country

# alpha-2, then spellings as published
_SPELLINGS = """
AE uae | u.a.e. | united arab emirates | dubai
AF afganistan
AG antigua and barbuda
AX aland islands
BA bosnia | bosnia and herzegovina
BF burkina
BN brunei darussalam
BO bolivia (plurinational state of)
BS bahamas, the | the bahamas
BY belorussia | republic of belarus
CD congo, democratic republic of the | democratic republic of the congo | congo (democratic republic) | drc |
   zaire
CG congo | congo, republic of the | republic of the congo
CI cote d'ivoire | ivory coast | cote d ivoire
CK cook island
CN people's republic of china | china, people's republic of | prc | mainland china
CV cabo verde | cape verde
CW curacao
CY republic of cyprus | northern cyprus
CZ czech republic
DE germany, federal republic of
FM federated states of micronesia | micronesia, federated states of
GB england | scotland | wales | northern ireland | great britain | uk | u.k. |
   united kingdom of great britain and northern ireland
GE georgia, republic of
GG bailiwick of guernsey
GM gambia, the | the gambia
GW guinea bissau
HK hong kong | hong kong, china | hong kong sar |
   china, hong kong special administrative region | hong kong special administrative region |
   china, hong kong sar | china (hong kong)
HR croatia (hrvatska)
IM isle of man
IR iran, islamic republic of | iran (islamic republic of) | islamic republic of iran
JE bailiwick of jersey | jersey, channel islands
KG kyrgyz republic
KN st kitts and nevis | saint kitts and nevis | st. kitts and nevis
KP dprk | north korea | korea, north | democratic people's republic of korea |
   korea, democratic people's republic of | korea (democratic people's republic of) |
   people's democratic republic of korea
KR korea, south | south korea | republic of korea | korea, republic of | korea
LA lao people's democratic republic | lao pdr
LC st. lucia | st lucia
LY libyan arab jamahiriya | state of libya
MD moldova, republic of | republic of moldova
MF saint-martin
MH marshall islands, republic of | republic of the marshall islands
MK macedonia | north macedonia, the republic of | the former yugoslav republic of macedonia
MM burma | myanmar
MO macau | macao
NL holland | the netherlands | netherlands, the
PH the philippines
PS palestine | palestinian | palestinian territories | occupied palestinian territories |
   the occupied palestinian territories | palestine, state of | state of palestine |
   palestinian territory, occupied | west bank | gaza | region: gaza
RE reunion
RU russia | russian federation | the russian federation
SA kingdom of saudi arabia | ksa
SD republic of the sudan | the sudan
SH saint helena
SM san marino, republic of
SO somali republic | federal republic of somalia
SS republic of south sudan
ST sao tome and principe
SX sint maarten (dutch part)
SY syrian arab republic
SZ swaziland
TC turks and caicos islands
TL east timor
TR republic of türkiye | turkiye | turkey | republic of turkey
TT trinidad and tobago
TW chinese taipei | taiwan, province of china | taiwan, china
TZ tanzania, united republic of | united republic of tanzania
UA region: crimea
US usa | u.s.a. | united states of america | us
VA vatican city | holy see
VC saint vincent and the grenadines | st. vincent and the grenadines
VE bolivarian republic of venezuela | venezuela (bolivarian republic of)
VG virgin islands, british | british virgin islands | virgin islands (british)
VI virgin islands, u.s. | us virgin islands
VN viet nam
XK kosovo
YE yemen, republic of
ZW zimbabwe, republic of
"""
# what lists write where they know no country
_NOWHERE = frozenset({"", "none identified", "none known", "unknown", "undetermined", "na", "n/a", "not known", "00"})


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKD", text).casefold()
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return re.sub(r"\s+", " ", text.replace("’", "'").replace("&", "and")).strip(" .;")


@lru_cache(maxsize=1)
def _table() -> dict[str, str]:
    table = {_plain(name): code for code, name in countries().items()}
    code = ""
    for line in _SPELLINGS.strip().splitlines():
        code = line[:2].strip() or code  # a line that begins with spaces goes on with the country before
        table |= {_plain(name): code for name in line[2:].split("|") if name.strip()}
    return table


@lru_cache(maxsize=4096)
def country_code(text: str) -> str:
    """Alpha-2 for a country's name or code in any case; "" where it is none that we know."""
    text = text.strip()
    if len(text) == 2 and is_country(text.upper()):
        return text.upper()
    plain = _plain(text)
    if found := _table().get(plain):
        return found
    # "Belarus / Bélarus" (Canada, two languages), "Iran (Islamic Republic of)", "China (PRC)"
    for part in (*plain.split(" / "), re.sub(r"\s*\(.*\)$", "", plain), plain.removeprefix("republic of ")):
        if found := _table().get(part.strip()):
            return found
    return ""


def country(text: str) -> str:
    """Alpha-2, or the published words where they name no country we know; "" where the source says it knows none."""
    text = text.strip()
    return country_code(text) or ("" if _plain(text) in _NOWHERE else text)
