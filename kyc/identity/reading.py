"""From what was read off pictures to readings that can be compared, with every doubt of the reader. Pure.

`pages` are the plain values that kyc.documents.reading.page gives. Nothing here is taken for true: what the reader was
unsure of becomes a remark for a person, and a document that could not be read an unknown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from kyc.documents.aamva import Aamva, parse_aamva
from kyc.documents.mrz import Mrz, parse_mrz
from kyc.errors import BadInput
from kyc.findings import Finding, Says
from kyc.identity.printed import Line, read_printed
from kyc.identity.rules import Reading, Source, reading_of_barcode, reading_of_zone
from kyc.policy.identity import READER, ReaderPolicy

Page = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """One document as it was read; no pages, and `failed` with its reason, where it could not be."""

    public_id: str
    kind: str
    pages: tuple[Page, ...]
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Interpreted:
    mrz: Mrz | None
    barcode: Aamva | None
    printed: Reading | None
    remarks: tuple[Finding, ...]


def interpret(
    documents: Sequence[ReadDocument], *, today: date, typed: Mrz | None = None, policy: ReaderPolicy = READER
) -> Interpreted:
    """The documents of one person together: the zone of one side confirms the printed text of the other.

    `typed`: the zone as a person read it, in place of what the reader made of it and could not read.
    """
    remarks: list[Finding] = [_failed(document) for document in documents if document.failed and typed is None]
    pages = [page for document in documents for page in document.pages]
    zones = sorted(_zones(pages, today), key=lambda found: (not found[0].is_sound, not found[1]["crops_agree"]))
    mrz = typed or (zones[0][0] if zones else None)
    if zones and typed is None:
        remarks += _doubts(zones[0][1], policy)
    cards = [(card, page["barcode"]) for page in pages if (card := _licence(page))]
    barcode = cards[0][0] if cards else None
    # whole texts: a second document is one though its number was misread, and a barcode has no misreadings
    remarks += _several("zones", {zone["text"] for _, zone in zones})
    remarks += _several("barcodes", {text for _, text in cards})
    hint = reading_of_zone(mrz) if mrz else reading_of_barcode(barcode) if barcode else None
    printed = _together([found for page in pages if (found := read_printed(_lines(page), hint=hint))])
    if printed is not None and mrz is None and barcode is None:
        sentence = "Only printed text was read, neither a zone nor a barcode."
        remarks.append(Finding("reading.print_only", sentence, Says.MISSING))
    if barcode is not None and mrz is None and not (printed and printed.full_name):
        sentence = "Only a barcode was read, which nobody signs: it must agree with the front of the card."
        remarks.append(Finding("reading.barcode_only", sentence, Says.MISSING))
    return Interpreted(mrz, barcode, printed, tuple(remarks))


def _failed(document: ReadDocument) -> Finding:
    return Finding(
        "reading.failed",
        f"The {document.kind.replace('_', ' ')} could not be read: {document.failed}.",
        Says.MISSING,
        facts={"document": document.public_id},
    )


def _several(what: str, texts: Collection[str]) -> Iterator[Finding]:
    """Only the best zone and the first barcode are compared; what another one says must be seen by somebody."""
    if len(texts) > 1:
        sentence = f"{len(texts)} {what} were read that differ; only one is compared."
        yield Finding("reading.several", sentence, facts={what: len(texts)})


def _zones(pages: Sequence[Page], today: date) -> Iterator[tuple[Mrz, Page]]:
    for page in pages:
        zone = page["zone"]
        if zone is None:
            continue
        try:
            yield parse_mrz(zone["text"], today=today), zone
        except BadInput:  # a shape that no document has: no zone after all
            continue


def _doubts(zone: Page, policy: ReaderPolicy) -> Iterator[Finding]:
    """Why the reader's own word is not enough here, each a remark for a person."""
    if not zone["crops_agree"]:
        yield Finding("mrz.crops_differ", "Three crops of the zone were not read alike.")
    if zone["surest"] < policy.surest_at_least:
        facts = {"probability": zone["surest"]}
        yield Finding("mrz.unsure", "One letter of the zone was read with little certainty.", facts=facts)
    if zone["pixels"] < policy.pixels_at_least:
        facts = {"pixels": zone["pixels"]}
        yield Finding("mrz.small_print", "The zone is too small in the picture to be read surely.", facts=facts)
    if (second := zone.get("second")) is not None:
        if second == zone["text"]:
            yield Finding("mrz.second_opinion", "Tesseract reads the zone alike.", Says.AGREE)
        elif second:
            places = sum(one != other for one, other in zip(second, zone["text"], strict=False))
            places += abs(len(second) - len(zone["text"]))
            sentence = "Tesseract reads the zone otherwise."
            yield Finding("readings.second_opinion", sentence, Says.DISAGREE, facts={"places": places})


def _licence(page: Page) -> Aamva | None:
    try:
        return parse_aamva(page["barcode"]) if page["barcode"] else None
    except BadInput:
        return None


def _lines(page: Page) -> list[Line]:
    fields = ("text", "left", "middle", "width", "height")
    return [Line(**{name: line[name] for name in fields}) for line in page["printed"]]


def _together(found: Sequence[Reading]) -> Reading | None:
    """One reading of all pages' print: each fact from the first page that gives it."""
    if not found:
        return None
    named = next((reading for reading in found if reading.surname), found[0])
    return replace(
        named,
        source=Source.PRINTED,
        birth_date=next((reading.birth_date for reading in found if reading.birth_date), None),
        document_number=next((reading.document_number for reading in found if reading.document_number), ""),
        expires_on=next((reading.expires_on for reading in found if reading.expires_on), None),
    )
