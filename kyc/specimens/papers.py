"""Pages as a printer would set them: text to be read by people, a portrait's place, the zone in OCR-B.

Sizes follow ICAO 9303: characters 2.54 mm apart, lines 6.35 mm (cards 5.5 mm), the page in millimetres of its
format. The pattern beneath is what security paper does to a reader. Nothing here imitates a real state's design.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from PIL import Image, ImageDraw, ImageFont

from kyc.documents.aamva import write_aamva
from kyc.documents.mrz import Format, write_mrz
from kyc.documents.transliteration import transliterate
from kyc.specimens.people import Someone

OCR_B = Path(__file__).with_name("OCRB.otf")
PRINT = Path(__file__).with_name("Roboto.ttf")
PITCH = 2.54  # mm from letter to letter, ten an inch
PAPER = ("#eef2ec", "#f2ecee", "#ecEff4", "#f4f1e6", "#e9f1f3")
INK = ("#101010", "#1a1a22", "#141c14")


@dataclass(frozen=True, slots=True)
class Sheet:
    """Millimetres: the page, where the zone's first letter stands, from line to line, and the heading."""

    width: float
    height: float
    zone_at: tuple[float, float]
    line: float
    heading: str


SHEETS = {
    Format.TD1: Sheet(85.6, 54.0, (4.7, 32.6), 6.0, "IDENTITY CARD"),
    Format.TD2: Sheet(105.0, 74.0, (6.5, 57.0), 6.35, "IDENTITY CARD / CARTE D'IDENTITE"),
    Format.TD3: Sheet(125.0, 88.0, (6.5, 69.5), 6.35, "PASSPORT / PASSEPORT"),
    Format.MRVA: Sheet(120.0, 80.0, (4.2, 62.5), 6.35, "VISA"),
    Format.MRVB: Sheet(105.0, 74.0, (6.5, 57.0), 6.35, "VISA"),
}


def draw_page(form: Format, who: Someone, random: Random, *, width: int = 1400) -> Image.Image:
    """The page with its zone, `width` pixels wide."""
    sheet = SHEETS[form]
    mm = width / sheet.width
    page = Image.new("RGB", (width, round(sheet.height * mm)), random.choice(PAPER))
    _pattern(page, random)
    pen = ImageDraw.Draw(page)
    lines = write_mrz(form, who.holder).split("\n")
    _printed(pen, sheet, who, mm, small=form is Format.TD1)
    ink = random.choice(INK)
    font = ImageFont.truetype(OCR_B, round(PITCH / 0.72 * mm))
    for row, line in enumerate(lines):
        for place, letter in enumerate(line):
            at = ((sheet.zone_at[0] + place * PITCH) * mm, (sheet.zone_at[1] + row * sheet.line) * mm)
            pen.text(at, letter, font=font, fill=ink)
    return page


def draw_front(who: Someone, random: Random, *, width: int = 1400) -> Image.Image:
    """The front of a card: the printed text alone, as the back of a TD1 has the zone."""
    sheet = Sheet(85.6, 54.0, (0, 0), 0, "IDENTITY CARD")
    mm = width / sheet.width
    page = Image.new("RGB", (width, round(sheet.height * mm)), random.choice(PAPER))
    _pattern(page, random)
    _printed(ImageDraw.Draw(page), sheet, who, mm, small=False)
    return page


def _pattern(page: Image.Image, random: Random) -> None:
    pen = ImageDraw.Draw(page)
    tone = random.randrange(205, 228)
    step, slope = random.randrange(14, 26), random.randrange(40, 220)
    for start in range(-page.height - slope, page.width, step):
        pen.line((start, 0, start + slope, page.height), fill=(tone, min(tone + 8, 255), tone), width=1)


def _printed(pen: ImageDraw.ImageDraw, sheet: Sheet, who: Someone, mm: float, *, small: bool) -> None:
    """Labels and values beside the portrait; a card's back has room for little."""
    holder = who.holder
    label, value = (ImageFont.truetype(PRINT, round(size * mm)) for size in (2.0, 3.2))
    pen.text((4 * mm, 2.5 * mm), f"{sheet.heading}   {holder.issuing_state}   SPECIMEN", font=value, fill="#28402f")
    born = holder.birth_date
    day = date(born.year, born.month or 1, born.day or 1)
    rows = [
        ("Surname / Nom", who.surname.upper()),
        ("Given names / Prénoms", who.given_names.upper()),
        ("Date of birth / Date de naissance", f"{day:%d %b %Y}".upper()),
        ("Document No.", holder.document_number),
        ("Date of expiry / Date d'expiration", f"{holder.expires_on:%d %b %Y}".upper()),
    ]
    left, top, step = (5.0, 8.0, 4.9) if small else (0.36 * sheet.width, 9.5, 9.2)
    if not small:
        box = (4 * mm, 10 * mm, 0.33 * sheet.width * mm, (10 + 0.36 * sheet.width) * mm)
        pen.rectangle(box, fill="#c9d2c8", outline="#7d8a7d", width=2)
        middle = (box[0] + box[2]) / 2
        pen.ellipse((middle - 6 * mm, box[1] + 4 * mm, middle + 6 * mm, box[1] + 19 * mm), fill="#8d9a8d")
    for row, (name, text) in enumerate(rows):
        y = (top + row * step) * mm
        if small:  # label and value side by side
            pen.text((left * mm, y + 0.8 * mm), name, font=label, fill="#5d6b60")
            pen.text(((left + 32) * mm, y), text, font=value, fill="#111111")
        else:
            pen.text((left * mm, y), name, font=label, fill="#5d6b60")
            pen.text((left * mm, y + 2.5 * mm), text, font=value, fill="#111111")


# ------------------------------------------------------------------------------------------------ licences
BARCODE_AT = (6.0, 30.0)  # mm from the card's left and top
BARCODE_WIDTH = 73.0  # mm
BARCODE_COLUMNS = 12  # of data; licences have 8 to 17
BARCODE_SECURITY = 5


def licence_text(who: Someone, random: Random) -> str:
    """What the back of a North American licence says of them."""
    holder = who.holder
    born = holder.birth_date
    elements = {
        "DCA": "C", "DCB": "NONE", "DCD": "NONE",
        "DBA": f"{holder.expires_on:%m%d%Y}",
        "DCS": holder_name(who.surname), "DDE": "N", "DAC": holder_name(who.given_names.split()[0]), "DDF": "N",
        "DAD": holder_name(" ".join(who.given_names.split()[1:])) or "NONE", "DDG": "N",
        "DBD": "03152022", "DBB": f"{born.month:02d}{born.day:02d}{born.year}",
        "DBC": {"M": "1", "F": "2"}.get(holder.sex, "9"), "DAY": "BRO", "DAU": "069 IN",
        "DAG": f"{random.randrange(1, 9999)} EAST MAIN STREET", "DAI": "SPRINGFIELD", "DAJ": "VA",
        "DAK": "232690000", "DAQ": holder.document_number, "DCF": f"{random.randrange(10**9)}", "DCG": "USA",
    }  # fmt: skip
    return write_aamva(elements, issuer="636000")


def holder_name(name: str) -> str:
    return transliterate(name)


def draw_licence(text: str, random: Random, *, width: int = 1400) -> Image.Image:
    """The back of a licence with its PDF417 barcode. Needs pdf417gen, which only developers have."""
    import pdf417gen

    mm = width / 85.6
    page = Image.new("RGB", (width, round(54.0 * mm)), random.choice(PAPER))
    _pattern(page, random)
    codes = pdf417gen.encode(text, columns=BARCODE_COLUMNS, security_level=BARCODE_SECURITY)
    drawn = pdf417gen.render_image(codes, scale=4, ratio=3, padding=8).convert("RGB")
    wide = round(BARCODE_WIDTH * mm)
    drawn = drawn.resize((wide, round(drawn.height * wide / drawn.width)), Image.Resampling.LANCZOS)
    page.paste(drawn, (round(BARCODE_AT[0] * mm), round(BARCODE_AT[1] * mm)))
    pen = ImageDraw.Draw(page)
    font = ImageFont.truetype(PRINT, round(2.6 * mm))
    for row, line in enumerate(
        ("DRIVER LICENSE   SPECIMEN", "CLASS C: any single vehicle below 26,001 lbs", "REST NONE")
    ):
        pen.text((6 * mm, (5 + 5 * row) * mm), line, font=font, fill="#333333")
    return page
