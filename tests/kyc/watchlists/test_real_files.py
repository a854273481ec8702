"""The published files themselves: every party is there, counted in another way, and some are looked at closely."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from kyc.matching.types import Identifier, Kind, NameQuality, PartialDate
from kyc.policy.countries import is_country
from kyc.policy.measures import MEASURES
from kyc.watchlists.diff import EditionFacts, check_edition, diff_editions
from kyc.watchlists.entries import ListedEntry, ParseReport
from kyc.watchlists.grouping import group_entries
from kyc.watchlists.parsers import parse
from kyc.watchlists.sources import SOURCES

LISTS = Path(__file__).parents[3].parent / "shared" / "lists"
pytestmark = pytest.mark.skipif(not LISTS.is_dir(), reason="the published list files are not beside the repository")

CSL = "csl_consolidated_2022-04.csv"
# file -> format, source
FILES = {
    CSL: ("csl-csv", "us-csl"),
    "ofac_consolidated_2025-03.xml": ("ofac-cons-xml", "us-cons"),
    "ofac_cons_enhanced_2025-01.zip": ("ofac-enhanced-xml", "us-cons"),
    "bis_dpl_2022.txt": ("bis-dpl", "us-dpl"),
    "un_consolidated_2025-04.xml": ("un-xml", "un"),
    "un_consolidated_2026-02.xml": ("un-xml", "un"),
    "uk_fcdo_2025-08.ods": ("uk-ods", "uk"),
    "canada_sema_2025.xml": ("canada-sema-xml", "ca-sema"),
    "opensanctions_targets_simple_2026-03.csv": ("opensanctions-simple-csv", "opensanctions"),
    "opensanctions_entities_sample.ftm.json": ("opensanctions-ftm-json", "opensanctions"),
}


@cache
def read(file: str) -> tuple[dict[str, ListedEntry], ParseReport]:
    name, source = FILES[file]
    with (LISTS / file).open("rb") as stream:
        parsed = parse(name, {"main": stream}, source=source)
        return {entry.uid: entry for entry in parsed}, parsed.report


@cache
def read_sdn() -> tuple[dict[str, ListedEntry], ParseReport]:
    """SDN of 2023 with ALT and ADD of 2025: the later rows of these belong to parties the former does not have."""
    roles = {"main": "ofac_sdn_2023.csv", "alt": "ofac_alt_2025-12.csv", "add": "ofac_add_2025-12.csv"}
    streams = {role: io.BytesIO((LISTS / file).read_bytes()) for role, file in roles.items()}
    parsed = parse("ofac-sdn-csv", streams, source="us-sdn")
    return {entry.uid: entry for entry in parsed}, parsed.report


def text(file: str) -> str:
    return (LISTS / file).read_text(encoding="utf-8")


class EveryPartyOfTheFile:
    """Counted by searching the bytes, which knows nothing of the parsers."""

    def test_of_the_consolidated_screening_list(self) -> None:
        entries, report = read(CSL)
        # a row begins with a hash or a number and the name of its list; two rows are the same CAPTA entry
        rows = re.findall(rf"^(?:[0-9a-f]{{40}}|\d+),[A-Z].*? - (?:{DEPARTMENTS}),", text(CSL), re.M)
        assert len(rows) == 14_160
        assert len(entries) == report.entries == 14_159
        assert (report.bad_rows, report.ended) == ((), True)
        assert [("1980" in warning, "1979" in warning) for warning in report.warnings] == [(True, True)]

    @pytest.mark.parametrize(
        ("words", "measure"),
        [
            ("Specially Designated Nationals (SDN) -", "SDN"),
            ("Entity List (EL) -", "EL"),
            ("ITAR Debarred (DTC) -", "DTC"),
            ("Denied Persons List (DPL) -", "DPL"),
            ("Sectoral Sanctions Identifications List (SSI) -", "SSI"),
            ("Unverified List (UVL) -", "UVL"),
            ("Nonproliferation Sanctions (ISN) -", "ISN"),
            ("Palestinian Legislative Council List (PLC) -", "PLC"),
            ("Military End User (MEU) List -", "MEU"),
            ("Chinese Military-Industrial Complex Companies List (CMIC) -", "CMIC"),
            ("Non-SDN Menu-Based Sanctions List (NS-MBS List) -", "MBS"),
            ("Foreign Sanctions Evaders (FSE) -", "FSE"),
        ],
    )
    def test_of_each_list_in_it(self, words: str, measure: str) -> None:
        counted = Counter(entry.measure for entry in read(CSL)[0].values())
        assert counted[measure] == text(CSL).count(words)

    def test_of_ofacs_main_file(self) -> None:
        entries, report = read_sdn()
        rows = [row for row in csv.reader(text("ofac_sdn_2023.csv").splitlines()) if row and row[0].isdecimal()]
        assert len(entries) == len(rows) == 11_443
        assert all("which the main file does not have" in row.reason for row in report.bad_rows)
        orphans = {
            role: sum(1 for row in csv.reader(text(file).splitlines()) if row[0].isdecimal() and row[0] not in entries)
            for role, file in (("alt", "ofac_alt_2025-12.csv"), ("add", "ofac_add_2025-12.csv"))
        }
        assert report.bad_row_count == sum(orphans.values())

    def test_of_ofacs_consolidated_list_in_both_formats(self) -> None:
        entries, report = read("ofac_consolidated_2025-03.xml")
        assert len(entries) == text("ofac_consolidated_2025-03.xml").count("<sdnEntry>") == 443
        enhanced, _ = read("ofac_cons_enhanced_2025-01.zip")
        with zipfile.ZipFile(LISTS / "ofac_cons_enhanced_2025-01.zip") as archive:
            assert len(enhanced) == archive.read("CONS_ENHANCED.XML").count(b"<entity id=") == 443
        assert (report.published_on, report.bad_rows) == (date(2025, 3, 28), ())

    def test_of_the_denied_persons_list(self) -> None:
        entries, report = read("bis_dpl_2022.txt")
        rows = [line.split("\t") for line in text("bis_dpl_2022.txt").splitlines()[1:]]
        assert len(rows) == 665
        assert len(entries) == len({(" ".join(row[0].strip('"').split()), row[6], row[7]) for row in rows}) == 549
        addresses = sum(len(entry.addresses) for entry in entries.values())
        assert addresses > 600
        assert report.bad_rows == ()

    @pytest.mark.parametrize(
        ("file", "people", "organisations", "published"),
        [
            ("un_consolidated_2025-04.xml", 684, 193, date(2025, 4, 19)),
            ("un_consolidated_2026-02.xml", 730, 273, date(2026, 2, 27)),
        ],
    )
    def test_of_the_united_nations(self, file: str, people: int, organisations: int, published: date) -> None:
        entries, report = read(file)
        kinds = Counter(entry.kind for entry in entries.values())
        assert text(file).count("<INDIVIDUAL>") == kinds[Kind.PERSON] == people
        assert text(file).count("<ENTITY>") == kinds[Kind.ORGANISATION] == organisations
        assert (report.published_on, report.bad_rows) == (published, ())

    def test_of_the_united_kingdom_but_two_whose_names_are_empty(self) -> None:
        entries, report = read("uk_fcdo_2025-08.ods")
        with zipfile.ZipFile(LISTS / "uk_fcdo_2025-08.ods") as archive:
            ids = re.findall(r"<text:p>([A-Z]{3}\d{4})</text:p>", archive.read("content.xml").decode())
        assert len(set(ids)) == len(entries) + 2 == 5_302
        assert [row.reason for row in report.bad_rows] == ["no name", "no name"]
        assert len(check_edition(EditionFacts.of(report), None)) == 1  # held until a person has seen the two

    def test_of_canada(self) -> None:
        entries, report = read("canada_sema_2025.xml")
        assert len(entries) == text("canada_sema_2025.xml").count("<record>") == 4_759
        assert sum(entry.kind is Kind.VESSEL for entry in entries.values()) == 109
        assert report.bad_rows == ()

    def test_of_opensanctions(self) -> None:
        entries, report = read("opensanctions_targets_simple_2026-03.csv")
        rows = re.findall(r'^"[^"]+","(?:Person|Company|Vessel|LegalEntity)",', text(report_file), re.M)
        assert len(entries) == len(rows) == 5_600
        assert report.published_on == date(2026, 3, 13)
        targets, told = read("opensanctions_entities_sample.ftm.json")
        people = [
            line for line in text("opensanctions_entities_sample.ftm.json").splitlines() if IS_TARGET.search(line)
        ]
        assert len(targets) == len(people) == 423
        assert told.bad_rows == ()


DEPARTMENTS = "Treasury Department|State Department|Bureau of Industry and Security"
IS_TARGET = re.compile(r'"target":\s*true')
report_file = "opensanctions_targets_simple_2026-03.csv"


# what OpenSanctions' sample says where the country of an address belongs
CITIES = {"Dubai, United Arab Emirates", "Riyadh", "Paris", "Midland"}


@pytest.mark.parametrize("file", sorted(FILES))
class AnyPublishedFile:
    def test_gives_entries_that_can_be_matched(self, file: str) -> None:
        for entry in read(file)[0].values():
            party = entry.party()
            assert party.names and all(name.text.strip() for name in party.names)
            assert all(map(is_country, party.countries))
            assert party.gender in ("", "male", "female")
            assert entry.position

    def test_names_only_measures_that_the_policy_knows(self, file: str) -> None:
        unknown = {entry.measure for entry in read(file)[0].values()} - MEASURES
        assert not unknown, "a person must say what these mean"

    def test_knows_nearly_every_country(self, file: str) -> None:
        named = [
            country
            for entry in read(file)[0].values()
            for country in (*entry.nationalities, *entry.countries, *(address.country for address in entry.addresses))
            if country and country not in CITIES
        ]
        assert sum(map(is_country, named)) >= 0.995 * len(named) or len(named) - sum(map(is_country, named)) <= 5


class APartyLookedAtClosely:
    def test_sensetime_on_the_entity_list(self) -> None:
        entry = next(e for e in read(CSL)[0].values() if "Beijing Sensetime Technology" in e.name)
        assert (entry.measure, entry.starts_on) == ("EL", date(2019, 10, 9))
        assert entry.citation == "84 FR 54002; 85 FR 34505; 85 FR 44159"
        assert entry.party().countries == ("CN",)
        assert "subject to the EAR" in entry.licence_requirement

    def test_the_bank_of_cuba_whose_weak_alias_only_ofac_tells(self) -> None:
        ofac, csl = read_sdn()[0]["306"], read(CSL)[0]["SDN:306"]
        assert {name.text: name.quality for name in ofac.names}["BNC"] is NameQuality.WEAK
        assert {name.text: name.quality for name in csl.names}["BNC"] is NameQuality.STRONG
        assert [address.country for address in ofac.addresses] == ["CH", "ES", "JP", "PA"]
        assert ofac.references == csl.references == ("ofac:306",)

    def test_putin(self) -> None:
        entry = read(CSL)[0]["SDN:35096"]
        assert entry.name == "PUTIN, Vladimir Vladimirovich"
        assert (entry.kind, entry.gender) == (Kind.PERSON, "male")
        assert entry.birth_dates == (PartialDate(1952, 10, 7),)
        assert entry.nationalities == ("RU",)

    def test_a_ship_by_its_number(self) -> None:
        entry = read(CSL)[0]["SDN:23156"]
        assert (entry.kind, entry.countries) == (Kind.VESSEL, ("KP",))
        assert Identifier("imo", "8898831") in entry.identifiers

    def test_a_company_in_chinese_characters(self) -> None:
        entry = read("ofac_cons_enhanced_2025-01.zip")[0]["33112"]
        assert "云从科技集团股份有限公司" in {n.text for n in entry.names if n.quality is NameQuality.ORIGINAL_SCRIPT}
        assert entry.measure == "CMIC"

    def test_muhammad_taher_anwari_of_the_united_nations(self) -> None:
        entry = read("un_consolidated_2025-04.xml")[0]["110447"]
        qualities = {name.text: name.quality for name in entry.names}
        assert qualities["MUHAMMAD TAHER ANWARI"] is NameQuality.PRIMARY
        assert qualities["محمد طاهر أنوري"] is NameQuality.ORIGINAL_SCRIPT
        assert qualities["Haji Mudir"] is NameQuality.WEAK
        assert (entry.citation, entry.listed_on) == ("TAi.005", date(2001, 2, 23))
        assert entry.birth_dates == (PartialDate(1961, about=True),)

    def test_lukashenko_in_canada(self) -> None:
        entry = read("canada_sema_2025.xml")[0]["Belarus/1, Part 1/8"]
        assert entry.name == "Lukashenko, Aleksandr Grigoryevich"
        assert entry.birth_dates == (PartialDate(1954, 8, 30),)

    def test_an_order_with_two_addresses(self) -> None:
        entry = next(e for e in read("bis_dpl_2022.txt")[0].values() if e.name == "ZIMO SHENG")
        assert {address.country for address in entry.addresses} == {"US", "CN"}


class TwoEditionsOfTheUnitedNations:
    def test_differ_as_their_keys_do(self) -> None:
        old, new = (read(f"un_consolidated_{date}.xml")[0] for date in ("2025-04", "2026-02"))
        found = diff_editions(*({uid: e.content_hash() for uid, e in side.items()} for side in (old, new)))
        assert len(found.added) == len(set(new) - set(old))
        assert len(found.deleted) == len(set(old) - set(new))
        assert 0 < len(found.modified) < len(old) / 2

    def test_the_later_may_go_in_force_and_the_earlier_not_again(self) -> None:
        old, new = (EditionFacts.of(read(f"un_consolidated_{d}.xml")[1]) for d in ("2025-04", "2026-02"))
        assert check_edition(new, old, fewest=SOURCES["un"].fewest) == ()
        codes = {concern.code for concern in check_edition(old, new, fewest=SOURCES["un"].fewest)}
        assert codes == {"edition.older", "edition.smaller"}


class ThePublishedScreeningListCutOff:
    @pytest.mark.parametrize("end", [1_000_000, 3_000_001, 5_829_293, 5_829_000])
    def test_within_a_row_is_held(self, end: int) -> None:
        content = (LISTS / CSL).read_bytes()[:end]
        parsed = parse("csl-csv", {"main": io.BytesIO(content)}, source="us-csl")
        assert sum(1 for _ in parsed) <= 14_159
        assert check_edition(EditionFacts.of(parsed.report), None, fewest=1)


class TheSamePartiesOverRealLists:
    def test_are_grouped_and_nobody_else(self) -> None:
        entries = [*read(CSL)[0].values(), *read("ofac_consolidated_2025-03.xml")[0].values()]
        groups = group_entries(entries)
        by_member = {member: group for group in groups for member in group.members}
        vtb = by_member["us-csl:SDN:17013"]
        assert {"us-csl:SSI:17013", "us-csl:CAPTA:17013", "us-cons:17013"} <= set(vtb.members)
        references = {entry.key: entry.references for entry in entries}
        for group in groups:
            numbers = {number for member in group.members for number in references[member]}
            assert len(numbers) <= 1, "OFAC says that these are two parties"
        molot = next(group for group in groups if "us-csl:SDN:22406" in group.members)
        assert "same name and country RU" in {link.reason for link in molot.links}
        assert max(len(group.members) for group in groups) < 20
