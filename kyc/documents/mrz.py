"""Machine-readable zones of travel documents: TD1, TD2 and TD3 of ICAO 9303. Pure.

Length decides the format, never padding until it passes: a filler counts 0, so a cut or padded run of
fillers is invisible to check digits. Check digits say nothing about names.
Source: ICAO Doc 9303 parts 3 to 6.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kyc.errors import BadInput

WEIGHTS = (7, 3, 1)
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SHAPES = {(3, 30): "TD1", (2, 36): "TD2", (2, 44): "TD3"}


@dataclass(frozen=True, slots=True)
class Mrz:
    """`checks` maps each field with a check digit to whether it holds. Dates None where they are not dates."""

    format: str
    document_type: str
    issuing_state: str  # as printed, fillers removed: ISO alpha-3, or a code of kyc.policy.iso.SPECIAL
    surname: str
    given_names: str
    document_number: str
    nationality: str
    birth_date: date | None
    sex: str  # "M", "F" or ""
    expires_on: date | None
    checks: dict[str, bool]

    @property
    def is_sound(self) -> bool:
        return all(self.checks.values()) and self.birth_date is not None and self.expires_on is not None


def check_digit(text: str) -> str:
    """ICAO 9303 part 3, section 4.9: weights 7, 3, 1; letters count from 10, a filler 0."""
    return str(sum(WEIGHTS[n % 3] * (ALPHABET.find(ch) if ch != "<" else 0) for n, ch in enumerate(text)) % 10)


def parse_mrz(text: str, *, today: date) -> Mrz:
    """Read typed or scanned lines; spaces and case do not matter. BadInput when it has no known shape."""
    lines = ["".join(line.split()).upper() for line in text.strip().splitlines() if line.strip()]
    form = SHAPES.get((len(lines), len(lines[0]) if lines else 0))
    if form is None or len({len(line) for line in lines}) != 1:
        raise BadInput("A machine-readable zone has 3 lines of 30, 2 lines of 36 or 2 lines of 44 characters.")
    if any(ch not in ALPHABET + "<" for line in lines for ch in line):
        raise BadInput("A machine-readable zone holds only A to Z, 0 to 9 and <.")
    return _td1(lines, today) if form == "TD1" else _td23(form, lines, today)


def _td1(lines: list[str], today: date) -> Mrz:
    first, second, third = lines
    number, digit, rest = first[5:14], first[14], first[15:30]
    if digit == "<":  # a longer number goes on in the optional data, its check digit last (9303-5, 4.2.2)
        tail = rest.split("<")[0]
        number, digit = number + tail[:-1], tail[-1:]
    checks = {
        "document_number": check_digit(number) == digit,
        "birth_date": check_digit(second[0:6]) == second[6],
        "expires_on": check_digit(second[8:14]) == second[14],
        "composite": check_digit(first[5:30] + second[0:7] + second[8:15] + second[18:29]) == second[29],
    }
    return _mrz("TD1", first[0:2], first[2:5], third, number, second[15:18], second, 0, 7, 8, checks, today)


def _td23(form: str, lines: list[str], today: date) -> Mrz:
    first, second = lines
    checks = {
        "document_number": check_digit(second[0:9]) == second[9],
        "birth_date": check_digit(second[13:19]) == second[19],
        "expires_on": check_digit(second[21:27]) == second[27],
    }
    if not first.startswith("V"):  # a visa has no composite check digit
        body = second[0:10] + second[13:20] + second[21:-1]
        checks["composite"] = check_digit(body) == second[-1]
    if form == "TD3" and not first.startswith("V") and second[28:42].strip("<"):
        checks["personal_number"] = check_digit(second[28:42]) == second[42]
    number = second[0:9]
    return _mrz(form, first[0:2], first[2:5], first[5:], number, second[10:13], second, 13, 20, 21, checks, today)


def _mrz(
    form: str,
    kind: str,
    state: str,
    names: str,
    number: str,
    nationality: str,
    line: str,
    birth: int,
    sex: int,
    expiry: int,
    checks: dict[str, bool],
    today: date,
) -> Mrz:
    surname, _, given = names.strip("<").partition("<<")
    return Mrz(
        format=form,
        document_type=kind.strip("<"),
        issuing_state=state.strip("<"),
        surname=surname.replace("<", " ").strip(),
        given_names=" ".join(given.replace("<", " ").split()),
        document_number=number.strip("<"),
        nationality=nationality.strip("<"),
        birth_date=_date(line[birth : birth + 6], today=today, past=True),
        sex=line[sex].strip("<"),
        expires_on=_date(line[expiry : expiry + 6], today=today, past=False),
        checks=checks,
    )


def _date(text: str, *, today: date, past: bool) -> date | None:
    """YYMMDD; a birth lies in the last hundred years, an expiry within fifty years of today. None if no date."""
    if not text.isdigit():
        return None
    year = 2000 + int(text[0:2])
    if (past and year > today.year) or (not past and year > today.year + 50):
        year -= 100
    try:
        found = date(year, int(text[2:4]), int(text[4:6]))
    except ValueError:
        return None
    return date(year - 100, found.month, found.day) if past and found > today else found


def write_td3(
    *, surname: str, given_names: str, number: str, state: str, birth_date: date, sex: str, expires_on: date
) -> str:
    """The two lines of a passport, as a printer would set them; for tests and the demonstration."""
    names = f"{surname.replace(' ', '<')}<<{given_names.replace(' ', '<')}"
    first = f"P<{state:<3}{names}".replace(" ", "<")[:44].ljust(44, "<")
    number = number.ljust(9, "<")
    born, ends, optional = f"{birth_date:%y%m%d}", f"{expires_on:%y%m%d}", "<" * 14
    head = f"{number}{check_digit(number)}{state:<3}".replace(" ", "<")
    second = f"{head}{born}{check_digit(born)}{sex or '<'}{ends}{check_digit(ends)}{optional}0"
    body = second[0:10] + second[13:20] + second[21:43]
    return f"{first}\n{second}{check_digit(body)}"
