"""The passports of the story: drawn here, with a machine-readable zone that a reader can read and check."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from kyc.demonstration.cast import Organisation, Person
from kyc.documents.mrz import Format, Holder, write_mrz
from kyc.matching.types import PartialDate

SIZE = (1240, 870)  # a TD3 page at about 250 dots an inch
MARGIN = 48
VALID_FOR = timedelta(days=6 * 365)


@dataclass(frozen=True, slots=True)
class Passport:
    number: str
    zone: str  # two lines
    picture: bytes  # PNG


def passport_of(person: Person, *, today: date) -> Passport:
    """A new number each time: one passport belongs to one customer, and the story may be told twice."""
    number = "".join(secrets.choice("0123456789") for _ in range(8))
    expires = today + VALID_FOR
    zone = write_mrz(
        Format.TD3,
        Holder(
            surname=person.family,
            given_names=person.given,
            document_number=number,
            issuing_state=person.state,
            nationality=person.state,
            birth_date=PartialDate(person.born.year, person.born.month, person.born.day),
            expires_on=expires,
            sex=person.sex,
        ),
    )
    return Passport(number=number, zone=zone, picture=_drawn(person, number, expires, zone))


def certificate_of(organisation: Organisation) -> bytes:
    """A register's certificate as a PNG."""
    page = Image.new("RGB", (870, 1240), "#fbfaf5")
    pen = ImageDraw.Draw(page)
    large, small = ImageFont.load_default(34), ImageFont.load_default(24)
    pen.rectangle((30, 30, 840, 1210), outline="#5d6b60", width=3)
    pen.text((80, 120), "CERTIFICATE OF REGISTRATION", font=large, fill="#28402f")
    pen.text((80, 170), "SPECIMEN FOR A DEMONSTRATION", font=small, fill="#8a5a2b")
    lines = (organisation.name, f"No. {organisation.number}", organisation.street, organisation.city)
    for row, line in enumerate(lines):
        pen.text((80, 300 + row * 60), line, font=small, fill="#111111")
    out = BytesIO()
    page.save(out, "PNG")
    return out.getvalue()


def _drawn(person: Person, number: str, expires: date, zone: str) -> bytes:
    page = Image.new("RGB", SIZE, "#eef2ec")
    pen = ImageDraw.Draw(page)
    small, large = ImageFont.load_default(22), ImageFont.load_default(30)
    pen.rectangle((MARGIN, 120, 400, 580), fill="#c9d2c8", outline="#7d8a7d", width=2)
    pen.ellipse((160, 190, 290, 340), fill="#8d9a8d")
    pen.pieslice((95, 360, 355, 700), 180, 360, fill="#8d9a8d")
    pen.rectangle((MARGIN, 560, 400, 640), fill="#eef2ec")
    pen.text((MARGIN, 40), f"PASSPORT   {person.state}   SPECIMEN FOR A DEMONSTRATION", font=large, fill="#28402f")
    rows = (
        ("Surname", person.family.upper()),
        ("Given names", person.given.upper()),
        ("Nationality", person.state),
        ("Date of birth", f"{person.born:%d %b %Y}".upper()),
        ("Sex", person.sex),
        ("Passport no.", number),
        ("Date of expiry", f"{expires:%d %b %Y}".upper()),
    )
    for line, (label, value) in enumerate(rows):
        pen.text((440, 120 + line * 72), label, font=small, fill="#5d6b60")
        pen.text((440, 146 + line * 72), value, font=large, fill="#111111")
    _write_zone(page, zone)
    out = BytesIO()
    page.save(out, "PNG")
    return out.getvalue()


def _write_zone(page: Image.Image, zone: str) -> None:
    """One letter to a cell of the same width, as OCR-B stands."""
    pen = ImageDraw.Draw(page)
    font = ImageFont.load_default(34)
    pen.rectangle((0, 690, SIZE[0], SIZE[1]), fill="#f7f7f3")
    lines = zone.splitlines()
    cell = (SIZE[0] - 2 * MARGIN) / len(lines[0])
    for row, line in enumerate(lines):
        for place, letter in enumerate(line):
            middle = MARGIN + (place + 0.5) * cell
            pen.text((middle, 735 + row * 66), letter, font=font, fill="#101010", anchor="mm")
