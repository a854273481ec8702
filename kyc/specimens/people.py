"""Whose documents are drawn: names of many alphabets' spellings, numbers and dates by a seed. Nobody real."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from kyc.documents.mrz import Format, Holder
from kyc.matching.types import PartialDate

# Tuned on the first set and measured on the second: a reader must not know the names it is measured with.
TUNED = (
    "Lindqvist Eriksson Müller Okafor Nguyen Garcia Rossi Kowalska Dubois Tanaka Silva Ivanova Haddad Schmidt Novak",
    "Anna Maria John Chidi Linh Sofia Marco Zofia Claire Yuki Pedro Olga Karim Greta Jan Elise Tomas Ruth Ines Paul",
)
MEASURED = (
    "Gruñón Wójcik Fitzgerald Szczepańska Ødegård Quispe Yılmaz Bjørnsdóttir Vasquez Kjeldsen Abernathy Zhukov "
    "Papadopoulos Mbeki Jóhannsson O'Sullivan Hüsgen Vandenberghe Xavier Ilves Georgiou Rácz Qureshi Wickramasinghe "
    "Boateng Köhler Fjeld Peeters Jablonski Uzun Eddington Halloran Zwaan Dvořák Mukherjee Castellanos",
    "Björn Wilhelmina Jacqueline Xenia Oğuz Máire Quentin Zsófia Kwame Fatima Ludvig Ýmir Esperanza Guðrún Walter "
    "Josephine Igor Benedikt Yolanda Victor Félix Hedwig Katarzyna Umberto Philippa Raúl Svetlana Thandi Dag Noor "
    "Gwendolyn Ezekiel Hjördís Aubrey Kaja Luís",
)
STATES = (
    "GBR", "FRA", "ESP", "ITA", "POL", "SWE", "NLD", "USA", "CAN", "BRA", "JPN", "NGA", "IND", "TUR", "GRC", "PRT",
    "AUS", "FIN", "CZE", "IRL", "ZAF", "D",
)  # fmt: skip
LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Someone:
    """One person with one document. `holder` is what its zone says; `surname` and `given_names` as in life."""

    surname: str
    given_names: str
    holder: Holder


def someone(random: Random, form: Format, *, today: date, names: tuple[str, str] = MEASURED) -> Someone:
    """Valid on `today`, of age, with a number of the format's room."""
    surnames, given = names[0].split(), names[1].split()
    surname = random.choice(surnames)
    if random.random() < 0.2:
        surname += f"-{random.choice(surnames)}"
    chosen = " ".join(random.sample(given, random.choice((1, 1, 2, 2, 3))))
    state = random.choice(STATES)
    born = today - timedelta(days=random.randrange(19 * 366, 80 * 365))
    digits = "".join(random.choice("0123456789") for _ in range(random.choice((7, 7, 8))))
    holder = Holder(
        surname=surname,
        given_names=chosen,
        document_number=("".join(random.choice(LETTERS) for _ in range(2)) + digits)[:9],
        issuing_state=state,
        nationality=state if random.random() < 0.9 else random.choice(STATES),
        birth_date=PartialDate(born.year, born.month, born.day),
        expires_on=today + timedelta(days=random.randrange(30, 3600)),
        sex=random.choice("MF"),
        optional=digits[::-1] if form in (Format.TD1, Format.TD3) and random.random() < 0.4 else "",
    )
    return Someone(surname, chosen, holder)
