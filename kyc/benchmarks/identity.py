"""The embedded reader on documents it draws itself, or on a folder of pictures; and uploads that mean harm.

Everything is read as the product reads it: through the bounded process, with the product's limits, and judged by the
rules that the road uses. Names and seed are others than those the reader was tuned on (kyc.specimens.people).
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import cv2
import numpy as np

from kyc.benchmarks.report import Report
from kyc.documents.mrz import Format, parse_mrz, write_mrz
from kyc.documents.reading.reader import Reader, ReadingFailed
from kyc.documents.uploads import pixels_of, take_upload
from kyc.errors import BadInput
from kyc.identity.reading import ReadDocument, interpret
from kyc.identity.rules import DeclaredPerson, IdentityOutcome, compare_document
from kyc.policy.documents import READING, UPLOADS
from kyc.specimens.conditions import CONDITIONS, on_table, turned_by_quarters
from kyc.specimens.hostile import ODD, REFUSED
from kyc.specimens.papers import draw_licence, draw_page, licence_text
from kyc.specimens.people import MEASURED, Someone, someone

SEED = 20261127  # not that of 20261126, whose misses were looked at when strips began to be squeezed
ON = date(2026, 11, 26)
FORMS = (Format.TD1, Format.TD2, Format.TD3)
LICENCE_WIDTHS = (2000, 1250)
# rounds over the sixteen conditions: quick, full
UPRIGHT, TURNED, LICENCES = (2, 16), (1, 10), (1, 8)
HOSTILE_SECONDS = 5  # of processor time for one hostile file here; the product allows more
MEGA = 1_000_000
Progress = Callable[[str], Any]


@dataclass(slots=True)
class Tally:
    """What was found on one set of pages. Seconds by the clock, and of the reader's processor time."""

    pages: int = 0
    right: int = 0
    accepted: int = 0
    wrong: int = 0  # accepted, and not what is printed
    by_print: int = 0  # accepted with nothing declared but what the printed text beside the zone says
    wrong_by_print: int = 0
    failed: int = 0
    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    peaks: list[int] = field(default_factory=list)  # bytes, the most until each page
    held: list[int] = field(default_factory=list)  # bytes, after each page
    missed: Counter[str] = field(default_factory=Counter)

    def share(self, count: int) -> float | None:
        return 100 * count / self.pages if self.pages else None


def percentile(values: list[float], share: float) -> float | None:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else None


def measure(report: Report, *, full: bool, progress: Progress = lambda line: None) -> None:
    """Draw, read, judge; `full` reads more than 400 zones."""
    report.facts |= {"seed": SEED, "conditions": len(CONDITIONS), "reader": "PP-OCRv6 small of rapidocr 3.10.0"}
    reader = Reader()
    reader.warm()  # a worker's is warm, too
    try:
        upright = read_zones(reader, Random(SEED), rounds=UPRIGHT[full], turned=False, progress=progress)
        turned = read_zones(reader, Random(SEED + 1), rounds=TURNED[full], turned=True, progress=progress)
        licences = {
            width: read_licences(reader, Random(SEED + 2), width, rounds=LICENCES[full], progress=progress)
            for width in LICENCE_WIDTHS
        }
    finally:
        reader.close()
    _tell_zones(report, upright, turned)
    for width, aim in zip(LICENCE_WIDTHS, (99, 98), strict=True):
        tally = licences[width]
        report.add(f"licence barcode right at {width} px", tally.share(tally.right), "%", at_least=aim)
        note = _missed(tally)
        report.add(f"licence barcode at {width} px, p95", percentile(tally.seconds, 0.95), "s", at_most=0.3, note=note)
    _tell_memory(report, upright.peaks + turned.peaks, upright.held + turned.held)
    measure_hostile(report, progress=progress)


def _tell_zones(report: Report, upright: Tally, turned: Tally) -> None:
    report.facts |= {"zones upright": upright.pages, "zones turned": turned.pages}
    report.add("whole zone right, upright", upright.share(upright.right), "%", at_least=99, note=_missed(upright))
    report.add("whole zone right, turned", turned.share(turned.right), "%", at_least=98.5, note=_missed(turned))
    for name, tally, aim in (("upright", upright, 2.0), ("turned", turned, 2.5)):
        wall, own = percentile(tally.seconds, 0.95), percentile(tally.processor, 0.95)
        report.add(
            f"reading a page, {name}, p95", wall, "s", at_most=aim, note="by the clock, on this machine as it is"
        )
        report.add(f"  of processor time, {name}, p95", own, "s")
    both = upright.pages + turned.pages
    accepted, by_print = upright.accepted + turned.accepted, upright.by_print + turned.by_print
    report.add("accepted without a person", 100 * accepted / both, "%", at_least=85, note="of all pages drawn")
    report.add("accepted and wrong", upright.wrong + turned.wrong, f"of {accepted}", at_most=0)
    report.add("the printed name confirms the zone's", 100 * by_print / both, "%", note="nothing declared")
    report.add("  confirmed and wrong", upright.wrong_by_print + turned.wrong_by_print, f"of {by_print}", at_most=0)
    report.add("past the budget", upright.failed + turned.failed, "pages", at_most=0)


def _tell_memory(report: Report, peaks: list[int], held: list[int]) -> None:
    """The peak is one page that was looked at larger. Flat is what is held after each: the least of a tenth of them."""
    report.add("reader's memory, peak", max(peaks) / MEGA if peaks else None, "MB", at_most=600)
    half, tenth = len(held) // 2, max(1, len(held) // 10)
    grown = (min(held[-tenth:]) - min(held[half : half + tenth])) / MEGA if half else None
    report.add("  grown over the second half", grown, "MB", at_most=40, note=f"{len(held)} documents in one process")


def _missed(tally: Tally) -> str:
    return ", ".join(f"{name} {count}" for name, count in tally.missed.most_common(4))


# ------------------------------------------------------------------------------------------------ drawn documents


def read_zones(reader: Reader, random: Random, *, rounds: int, turned: bool, progress: Progress) -> Tally:
    tally = Tally()
    for number in range(rounds):
        for place, (name, condition) in enumerate(CONDITIONS.items()):
            form = FORMS[(number + place) % len(FORMS)]
            who = someone(random, form, today=ON, names=MEASURED)
            page = np.asarray(draw_page(form, who, random))[:, :, ::-1]
            seen = condition(on_table(np.ascontiguousarray(page), random), random)
            if turned:
                seen = turned_by_quarters(seen, random.choice((90, 180, 270)))
            _read_zone(reader, tally, seen, write_mrz(form, who.holder), who, f"{name} {form}")
        progress(f"round {number + 1} of {rounds}, {'turned' if turned else 'upright'}: {tally.right} of {tally.pages}")
    return tally


def _read_zone(reader: Reader, tally: Tally, seen: Any, truth: str, who: Someone, name: str) -> None:
    tally.pages += 1
    page = _timed(reader, tally, seen)
    if page is None:
        tally.missed[f"{name} failed"] += 1
        return
    text = page["zone"]["text"] if page["zone"] else ""
    tally.right += text == truth
    if text != truth:
        tally.missed[name] += 1
    document = ReadDocument("drawn", "passport", (page,))
    if _is_accepted(document, declared_of(who)):
        tally.accepted += 1
        tally.wrong += text != truth
    if _is_confirmed_by_print(document):
        tally.by_print += 1
        tally.wrong_by_print += text != truth


def _timed(reader: Reader, tally: Tally, seen: Any, **order: Any) -> dict[str, Any] | None:
    pixels = _as_read(seen)
    began = time.perf_counter()
    try:
        page = reader.read(pixels, **order)
    except ReadingFailed:
        tally.failed += 1
        return None
    tally.seconds.append(time.perf_counter() - began)
    tally.processor.append(sum(page["seconds"].values()))
    tally.peaks.append(page["peak_bytes"])
    tally.held.append(page["held_bytes"])
    return page


def _as_read(seen: Any) -> bytes:
    """As kyc.documents.drawing hands it over: at most READING.side pixels, bare."""
    scale = READING.side / max(seen.shape[:2])
    if scale < 1:
        seen = cv2.resize(seen, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return bytes(cv2.imencode(".ppm", seen)[1])


def declared_of(who: Someone) -> DeclaredPerson:
    """What an honest holder declares, as it is written in life."""
    holder = who.holder
    born = holder.birth_date
    return DeclaredPerson(
        legal_name=f"{who.given_names} {who.surname}",
        birth_date=date(born.year, born.month, born.day),
        nationalities=(parse_mrz(write_mrz(Format.TD3, replace(holder, optional="")), today=ON).nationality_country,),
        document_numbers=(holder.document_number,),
        gender={"M": "male", "F": "female"}[holder.sex],
    )


def _is_accepted(document: ReadDocument, declared: DeclaredPerson) -> bool:
    """By the same rules as on the road: kyc.identity.services."""
    found = interpret([document], today=ON)
    verdict = compare_document(
        declared, found.mrz, today=ON, barcode=found.barcode, printed=found.printed, remarks=found.remarks
    )
    return verdict.outcome is IdentityOutcome.CONSISTENT


def _is_confirmed_by_print(document: ReadDocument) -> bool:
    """Whether the page alone proves its name: the zone beyond doubt, and the print beside it says the same."""
    found = interpret([document], today=ON)
    printed = found.printed
    if found.mrz is None or printed is None or not printed.surname or printed.birth_date is None:
        return False
    born = printed.birth_date
    by_print = DeclaredPerson(
        legal_name=printed.full_name,
        birth_date=date(born.year, born.month, born.day),
        nationalities=(found.mrz.nationality_country,),
        document_numbers=(printed.document_number,) if printed.document_number else (),
    )
    return _is_accepted(document, by_print)


def read_licences(reader: Reader, random: Random, width: int, *, rounds: int, progress: Progress) -> Tally:
    """Pictures `width` pixels wide of which the card takes nine tenths."""
    tally = Tally()
    for _ in range(rounds):
        for name, condition in CONDITIONS.items():
            text = licence_text(someone(random, Format.TD1, today=ON, names=MEASURED), random)
            card = np.asarray(draw_licence(text, random, width=round(width * 0.9)))[:, :, ::-1]
            seen = condition(on_table(np.ascontiguousarray(card), random, margin=0.055), random)
            tally.pages += 1
            page = _timed(reader, tally, seen, barcode_first=True)
            right = page is not None and page["barcode"] == text
            tally.right += right
            if not right:
                tally.missed[name] += 1
    progress(f"licences at {width} px: {tally.right} of {tally.pages}")
    return tally


# ------------------------------------------------------------------------------------------------ hostile uploads


def measure_hostile(report: Report, *, progress: Progress) -> None:
    """Each kind through the real upload: refused with a sentence, or shown as new pixels and nothing else."""
    caps = replace(UPLOADS, seconds=HOSTILE_SECONDS)
    odd, slowest = [], (0.0, "")
    for name, make in {**REFUSED, **ODD}.items():
        began = time.perf_counter()
        if trouble := trouble_with(make(), caps=caps, must_refuse=name in REFUSED):
            odd.append(f"{name}: {trouble}")
        slowest = max(slowest, (time.perf_counter() - began, name))
    kinds = len(REFUSED) + len(ODD)
    progress(f"hostile uploads: {kinds} kinds, {len(odd)} in trouble")
    report.add("hostile uploads tried", kinds, "kinds", at_least=40)
    report.add("  crashed, hung, leaked or served", len(odd), "", at_most=0, note="; ".join(odd))
    report.add("  the slowest took", slowest[0], "s", note=slowest[1])


def trouble_with(content: bytes, *, caps: Any, must_refuse: bool) -> str:
    """What went wrong with it; "" where nothing did."""
    try:
        _, preview = take_upload(content, caps=caps)
    except BadInput as refused:
        return "" if refused.sentence.endswith(".") else "no sentence"
    except Exception as error:
        return f"{type(error).__name__}"
    if must_refuse:
        return "served"
    return "" if _is_bare(preview) else "leaked"


def _is_bare(png: bytes) -> bool:
    """A PNG of header, pixels and end: no room for anything that came with the upload."""
    place, kinds = 8, set()
    while place + 8 <= len(png):
        kinds.add(png[place + 4 : place + 8])
        place += 12 + int.from_bytes(png[place : place + 4], "big")
    return place == len(png) and kinds == {b"IHDR", b"IDAT", b"IEND"}


# ------------------------------------------------------------------------------------------------ pictures of others

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".pdf")


@dataclass(frozen=True, slots=True)
class Looked:
    """One picture of the folder. `right` is None where no truth lies beside it."""

    name: str
    format: str
    text: str
    sound: bool
    doubts: tuple[str, ...]
    right: bool | None
    seconds: float
    trouble: str = ""


def measure_images(report: Report, folder: Path, *, write: Progress) -> None:
    """Read every picture of a folder; NAME.json beside one gives its truth: {"mrz": "…\\n…"} or {"lines": […]}."""
    reader = Reader()
    reader.warm()  # a worker's is warm, too
    try:
        looked = []
        for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES):
            looked.append(look_at(reader, path, name=str(path.relative_to(folder))))
            write(told(looked[-1]))
    finally:
        reader.close()
    known = [one for one in looked if one.right is not None]
    seconds = [one.seconds for one in looked]
    report.facts["pictures"] = len(looked)
    report.add("zones found", sum(bool(one.text) for one in looked), f"of {len(looked)}")
    report.add("  with every check digit right", sum(one.sound for one in looked), f"of {len(looked)}")
    report.add("  and beyond the reader's doubt", sum(one.sound and not one.doubts for one in looked))
    report.add("whole zone right", sum(one.right is True for one in known), f"of {len(known)} with a truth")
    wrong = sum(one.right is False and one.sound and not one.doubts for one in known)
    report.add("beyond doubt and wrong", wrong, f"of {len(known)}", at_most=0)
    report.add("reading a page, p95", percentile(seconds, 0.95), "s")
    report.add("could not be taken or read", sum(bool(one.trouble) for one in looked))


def look_at(reader: Reader, path: Path, *, name: str) -> Looked:
    truth = truth_beside(path)
    began = time.perf_counter()
    try:
        page = reader.read(pixels_of(path.read_bytes(), side=READING.side))
    except (BadInput, ReadingFailed) as error:
        trouble = str(error.facts.get("reason") or error.sentence)
        return Looked(name, "", "", False, (), None if truth is None else False, time.perf_counter() - began, trouble)
    seconds = time.perf_counter() - began
    zone = page["zone"]
    text = zone["text"] if zone else ""
    found = interpret([ReadDocument(name, "passport", (page,))], today=date.today())
    doubts = tuple(
        dict.fromkeys(remark.code for remark in (*found.remarks, *(found.mrz.warnings if found.mrz else ())))
    )
    sound = found.mrz is not None and found.mrz.is_sound and not found.mrz.repaired
    right = None if truth is None else text == truth
    return Looked(name, zone["format"] if zone else "", text, sound, doubts, right, seconds)


def truth_beside(path: Path) -> str | None:
    """The zone that NAME.json gives; None where there is none."""
    beside = path.with_suffix(".json")
    if not beside.exists():
        return None
    held = json.loads(beside.read_text())
    lines = held.get("lines") or str(held.get("mrz") or "").splitlines()
    return "\n".join("".join(line.split()) for line in lines) or None


def told(one: Looked) -> str:
    verdict = {True: "right", False: "WRONG", None: ""}[one.right]
    state = one.trouble or ("sound" if one.sound else "check digits fail" if one.text else "no zone")
    head = f"{one.name}: {one.format or '-'} {state} {verdict} {one.seconds:.2f} s {' '.join(one.doubts)}"
    return "\n    ".join([" ".join(head.split()), *one.text.splitlines()])
