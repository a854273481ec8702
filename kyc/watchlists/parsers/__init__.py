"""Bytes in, entries out: one module for each format, and the table that names them. Pure.

    parsed = parse("csl-csv", {"main": stream}, source="us-csl")
    for entry in parsed: ...
    parsed.report

Raises BadList where a file as a whole cannot be trusted, at the start or while entries are taken.
"""

from __future__ import annotations

from dataclasses import dataclass

from kyc.errors import BadList
from kyc.watchlists.parsers import (
    bis_dpl,
    canada_sema,
    clearance,
    csl,
    eu_fsf,
    ofac_advanced,
    ofac_csv,
    ofac_enhanced,
    ofac_xml,
    opensanctions,
    uk,
    un_xml,
)
from kyc.watchlists.parsers.reading import Files, Notes, Parsed, Reader

__all__ = ["FORMATS", "Format", "Parsed", "parse"]


@dataclass(frozen=True, slots=True)
class Format:
    """`seen`: whether a real file of it was read here. Where not, the first activation needs a person."""

    name: str
    title: str
    read: Reader
    seen: bool
    files: tuple[str, ...] = ("main",)
    optional: tuple[str, ...] = ()


FORMATS: dict[str, Format] = {
    found.name: found
    for found in (
        Format("csl-csv", "Consolidated Screening List, CSV", csl.read_csv, True),
        Format("csl-json", "Consolidated Screening List, JSON", csl.read_json, False),
        Format("ofac-sdn-csv", "OFAC SDN, ALT, ADD and comments, CSV", ofac_csv.read_sdn, True,
               ("main", "alt", "add"), ("comments",)),
        Format("ofac-cons-csv", "OFAC CONS_PRIM, ALT, ADD and comments, CSV", ofac_csv.read_consolidated, False,
               ("main", "alt", "add"), ("comments",)),
        Format("ofac-sdn-xml", "OFAC SDN.XML", ofac_xml.read_sdn, False),
        Format("ofac-cons-xml", "OFAC CONSOLIDATED.XML", ofac_xml.read_consolidated, True),
        Format("ofac-enhanced-xml", "OFAC ENHANCED XML, plain or zipped", ofac_enhanced.read, True),
        Format("ofac-advanced-xml", "OFAC ADVANCED XML", ofac_advanced.read, False),
        Format("bis-dpl", "BIS Denied Persons List, dpl.txt", bis_dpl.read, True),
        Format("un-xml", "United Nations consolidated list, XML", un_xml.read, True),
        Format("eu-fsf-xml", "European Union FSF 1.1, XML", eu_fsf.read_xml, False),
        Format("eu-fsf-csv", "European Union FSF 1.1, CSV", eu_fsf.read_csv, False),
        Format("uk-csv", "UK Sanctions List, CSV", uk.read_csv, False),
        Format("uk-ods", "UK Sanctions List, ODS", uk.read_ods, True),
        Format("canada-sema-xml", "Canadian autonomous sanctions, XML", canada_sema.read, True),
        Format("opensanctions-simple-csv", "OpenSanctions targets.simple.csv", opensanctions.read_csv, True),
        Format("opensanctions-ftm-json", "OpenSanctions entities.ftm.json", opensanctions.read_ftm, True),
        Format("clearance", "The project's own list format, JSON lines", clearance.read, True),
    )
}  # fmt: skip


def parse(name: str, files: Files, *, source: str) -> Parsed:
    """`files` by role: "main", and for formats of several files those of `Format.files`.

    Nothing is read before the first entry is taken. Raises BadList for an unknown format or a missing file.
    """
    wanted = FORMATS.get(name)
    if wanted is None:
        raise BadList("No such format.", format=name, known=sorted(FORMATS))
    missing = [role for role in wanted.files if role not in files]
    if missing:
        raise BadList("A file of this list is missing.", files=missing)
    notes = Notes()
    return Parsed(wanted.read(files, source, notes), notes)
