"""Whether a registration number can be one of its country, and an LEI one at all: form and check digits. Pure.

By python-stdnum, country by country; where no registry's form is known nothing is said, and nothing is taken for
right. A number of the right form proves no company: only its register does.
"""

from __future__ import annotations

import re
from types import ModuleType

from stdnum import lei
from stdnum.at import businessid as at_fn
from stdnum.au import abn, acn
from stdnum.be import vat as be_vat
from stdnum.br import cnpj
from stdnum.ca import bn
from stdnum.ch import uid
from stdnum.cn import uscc
from stdnum.cz import dic
from stdnum.de import handelsregisternummer
from stdnum.dk import cvr
from stdnum.ee import registrikood
from stdnum.fi import ytunnus
from stdnum.fr import siren, siret
from stdnum.il import hp
from stdnum.it import iva
from stdnum.jp import cn as jp_cn
from stdnum.kr import brn
from stdnum.no import orgnr as no_orgnr
from stdnum.pl import nip, regon
from stdnum.pt import nif
from stdnum.ro import cui
from stdnum.ru import inn, ogrn
from stdnum.se import orgnr as se_orgnr
from stdnum.sg import uen
from stdnum.tr import vkn
from stdnum.tw import ubn
from stdnum.ua import edrpou

from kyc.errors import BadInput
from kyc.findings import Finding, Says
from kyc.policy.countries import country_name

# any of a country's kinds will do: people give what stands on their certificate
REGISTERS: dict[str, tuple[ModuleType, ...]] = {
    "AT": (at_fn,),
    "AU": (acn, abn),
    "BE": (be_vat,),
    "BR": (cnpj,),
    "CA": (bn,),
    "CH": (uid,),
    "CN": (uscc,),
    "CZ": (dic,),
    "DE": (handelsregisternummer,),
    "DK": (cvr,),
    "EE": (registrikood,),
    "FI": (ytunnus,),
    "FR": (siren, siret),
    "IL": (hp,),
    "IT": (iva,),
    "JP": (jp_cn,),
    "KR": (brn,),
    "NO": (no_orgnr,),
    "PL": (regon, nip),
    "PT": (nif,),
    "RO": (cui,),
    "RU": (ogrn, inn),
    "SE": (se_orgnr,),
    "SG": (uen,),
    "TR": (vkn,),
    "TW": (ubn,),
    "UA": (edrpou,),
}
# registries that python-stdnum does not know, by the form they publish
FORMS: dict[str, re.Pattern[str]] = {
    "GB": re.compile(r"(\d{8}|[A-Z]{2}\d{6}|R\d{7})"),  # Companies House
    "IE": re.compile(r"\d{5,6}"),  # CRO
    "NL": re.compile(r"\d{8}"),  # KvK
    "HK": re.compile(r"\d{7,8}"),  # CR number, BR number
}


def registration_finding(country: str, number: str) -> Finding | None:
    """None where it may be right, where nothing is told, and where no form is known."""
    bare = re.sub(r"[\s.]", "", number.upper())
    if not bare or (country not in REGISTERS and country not in FORMS):
        return None
    if country in REGISTERS and any(register.is_valid(number) for register in REGISTERS[country]):
        return None
    if country in FORMS and FORMS[country].fullmatch(bare.replace("-", "")):
        return None
    where = country_name(country)
    return Finding(
        "registration.form",
        f"{number} is unlike the registration numbers of {where}, or its check digit is wrong.",
        Says.DISAGREE,
        public=f"The registration number does not look like one of {where}. Please compare it with your certificate.",
        facts={"country": country},
    )


def checked_lei(value: str) -> str:
    """ISO 17442: twenty characters with two check digits. Raises BadInput."""
    bare: str = lei.compact(value)
    if not lei.is_valid(bare):
        raise BadInput(f"{value!s:.30} is no LEI: its check digits are wrong.", field="value")
    return bare
