"""Every list we know: who publishes it, where, in which format, under which licence, how often. Pure.

Addresses were found in public code and in the files themselves, and not asked from here: what was seen and what not
stands in docs/sources.md. `fewest` is a floor well under what the list has had, so that the first edition, which
has no other to be compared with, is not a broken one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MEGABYTE = 1024 * 1024
SAMPLE_FOLDER = Path(__file__).parent / "sample"


@dataclass(frozen=True, slots=True)
class Source:
    code: str
    title: str
    publisher: str
    format: str  # a name in kyc.watchlists.parsers.FORMATS
    addresses: Mapping[str, str]  # {role of the file: address}; empty where a person brings the file
    licence: str
    rhythm_days: int  # how often a new edition is expected
    stale_days: int  # after so many days without a successful check, staff are warned
    most_bytes: int  # of all files together
    fewest: int = 1  # entries
    enabled: bool = False
    is_sample: bool = False
    page: str = ""  # for people
    bundled: str = ""  # a file in the package, read where the addresses cannot be reached
    note: str = ""
    other_formats: tuple[str, ...] = field(default=())  # a file of these may be loaded by hand instead
    hashed_uids: str = ""  # pattern of uids that change with the content: such a party is known again by its facts


_OFAC = "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/"
_US_LAW = "US government work, public domain (17 U.S.C. 105)"

SOURCES: dict[str, Source] = {
    source.code: source
    for source in (
        Source(
            code="us-csl",
            title="Consolidated Screening List",
            publisher="International Trade Administration, US Department of Commerce",
            format="csl-csv",
            addresses={"main": "https://data.trade.gov/downloadable_consolidated_screening_list/v1/consolidated.csv"},
            licence=_US_LAW,
            rhythm_days=1,
            stale_days=3,
            most_bytes=200 * MEGABYTE,
            fewest=10_000,
            enabled=True,
            page="https://www.trade.gov/consolidated-screening-list",
            note="Holds SDN, Entity List, DPL, UVL, MEU, SSI, MBS, CAPTA, CMIC, FSE, PLC, ISN and AECA debarred. "
            "Rebuilt daily; no deltas.",
            other_formats=("csl-json",),
            hashed_uids=r"[A-Z0-9-]+:[0-9a-f]{40}",
        ),
        Source(
            code="us-sdn",
            title="OFAC Specially Designated Nationals",
            publisher="Office of Foreign Assets Control, US Department of the Treasury",
            format="ofac-sdn-csv",
            addresses={
                "main": _OFAC + "SDN.CSV",
                "alt": _OFAC + "ALT.CSV",
                "add": _OFAC + "ADD.CSV",
                "comments": _OFAC + "SDN_COMMENTS.CSV",
            },
            licence=_US_LAW,
            rhythm_days=3,
            stale_days=10,
            most_bytes=100 * MEGABYTE,
            fewest=8_000,
            page="https://sanctionslist.ofac.treas.gov/Home/SdnList",
            note="Also in the CSL; this one knows which aliases are weak. Switch on where OFAC itself must be asked.",
            other_formats=("ofac-sdn-xml", "ofac-enhanced-xml", "ofac-advanced-xml"),
        ),
        Source(
            code="us-cons",
            title="OFAC Consolidated (Non-SDN) List",
            publisher="Office of Foreign Assets Control, US Department of the Treasury",
            format="ofac-cons-csv",
            addresses={
                "main": _OFAC + "CONS_PRIM.CSV",
                "alt": _OFAC + "CONS_ALT.CSV",
                "add": _OFAC + "CONS_ADD.CSV",
                "comments": _OFAC + "CONS_COMMENTS.CSV",
            },
            licence=_US_LAW,
            rhythm_days=14,
            stale_days=30,
            most_bytes=50 * MEGABYTE,
            fewest=250,
            page="https://sanctionslist.ofac.treas.gov/Home/ConsolidatedList",
            note="Also in the CSL.",
            other_formats=("ofac-cons-xml", "ofac-enhanced-xml", "ofac-advanced-xml"),
        ),
        Source(
            code="us-dpl",
            title="BIS Denied Persons List",
            publisher="Bureau of Industry and Security, US Department of Commerce",
            format="bis-dpl",
            addresses={"main": "https://www.bis.doc.gov/dpl/dpl.txt"},
            licence=_US_LAW,
            rhythm_days=7,
            stale_days=30,
            most_bytes=20 * MEGABYTE,
            fewest=300,
            page="https://www.bis.gov/licensing/guidance-on-end-user-and-end-use-controls/denied-persons-list",
            note="Also in the CSL.",
        ),
        Source(
            code="un",
            title="United Nations Security Council Consolidated List",
            publisher="United Nations Security Council",
            format="un-xml",
            addresses={"main": "https://scsanctions.un.org/resources/xml/en/consolidated.xml"},
            licence="United Nations terms of use: free to copy with the source named",
            rhythm_days=14,
            stale_days=30,
            most_bytes=50 * MEGABYTE,
            fewest=600,
            enabled=True,
            page="https://main.un.org/securitycouncil/en/content/un-sc-consolidated-list",
            note="The file is written daily, also when nothing changed.",
        ),
        Source(
            code="eu",
            title="European Union Consolidated Financial Sanctions List",
            publisher="European Commission",
            format="eu-fsf-xml",
            addresses={},
            licence="CC BY 4.0 (Commission reuse decision 2011/833/EU)",
            rhythm_days=7,
            stale_days=21,
            most_bytes=100 * MEGABYTE,
            fewest=4_000,
            page="https://data.europa.eu/data/datasets/consolidated-list-of-persons-groups-and-entities-subject-to-eu-financial-sanctions",
            note="Downloads need a token of one's own EU account: set the address with the token, or bring the file. "
            "No real file could be had here: the first activation needs a person.",
            other_formats=("eu-fsf-csv",),
        ),
        Source(
            code="uk",
            title="UK Sanctions List",
            publisher="Foreign, Commonwealth and Development Office",
            format="uk-csv",
            addresses={"main": "https://sanctionslist.fcdo.gov.uk/docs/UK-Sanctions-List.csv"},
            licence="Open Government Licence 3.0",
            rhythm_days=7,
            stale_days=21,
            most_bytes=200 * MEGABYTE,
            fewest=3_000,
            enabled=True,
            page="https://www.gov.uk/government/publications/the-uk-sanctions-list",
            note="The only UK list since OFSI's own was closed in January 2026. The CSV was not seen here but the ODS.",
            other_formats=("uk-ods",),
        ),
        Source(
            code="ca-sema",
            title="Consolidated Canadian Autonomous Sanctions List",
            publisher="Global Affairs Canada",
            format="canada-sema-xml",
            addresses={
                "main": "https://www.international.gc.ca/world-monde/assets/office_docs/international_relations-"
                "relations_internationales/sanctions/sema-lmes.xml"
            },
            licence="Open Government Licence - Canada 2.0",
            rhythm_days=14,
            stale_days=45,
            most_bytes=50 * MEGABYTE,
            fewest=3_000,
            enabled=True,
            page="https://www.international.gc.ca/world-monde/international_relations-relations_internationales/sanctions/consolidated-consolide.aspx",
        ),
        Source(
            code="opensanctions",
            title="OpenSanctions",
            publisher="OpenSanctions Datenbanken GmbH",
            format="opensanctions-simple-csv",
            addresses={"main": "https://data.opensanctions.org/datasets/latest/sanctions/targets.simple.csv"},
            licence="CC BY-NC 4.0; commercial use needs a licence from the publisher",
            rhythm_days=1,
            stale_days=7,
            most_bytes=2_000 * MEGABYTE,
            fewest=20_000,
            page="https://www.opensanctions.org/datasets/sanctions/",
            note="Off until the operator has a licence.",
            other_formats=("opensanctions-ftm-json",),
        ),
        Source(
            code="operator",
            title="The operator's own list",
            publisher="the operator of this installation",
            format="clearance",
            addresses={},
            licence="the operator's own",
            rhythm_days=365,
            stale_days=400,
            most_bytes=100 * MEGABYTE,
            note="Written by the operator, or by whoever shares indicators with them, in the project's own format.",
        ),
        Source(
            code="sample",
            title="SAMPLE of publicly listed parties",
            publisher="this project",
            format="clearance",
            addresses={},
            licence="public facts, written down in our own form",
            rhythm_days=365,
            stale_days=36_500,
            most_bytes=10 * MEGABYTE,
            is_sample=True,
            bundled="sample.jsonl",
            note="SAMPLE: about 200 parties for demonstrations. Not complete, not current, not for real use.",
        ),
    )
}


def bundled_file(source: Source, name: str = "") -> Path:
    """A file of the package; the source's own where no name is given."""
    return SAMPLE_FOLDER / (name or source.bundled)
