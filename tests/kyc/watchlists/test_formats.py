"""What each format's file says is what the entry keeps: fact by fact, on files written by hand."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date

import pytest
from list_specimens import ADD, ALT, COMMENTS, CSL, SDN, SPECIMENS, UK_CSV

from kyc.errors import BadList
from kyc.matching.types import Identifier, Kind, Name, NameQuality, PartialDate
from kyc.watchlists.entries import Address, ListedEntry, ParseReport, Relationship
from kyc.watchlists.parsers import parse

PRIMARY, STRONG, WEAK = NameQuality.PRIMARY, NameQuality.STRONG, NameQuality.WEAK
FORMER, ORIGINAL = NameQuality.FORMER, NameQuality.ORIGINAL_SCRIPT


def read(name: str, files: dict[str, bytes] | None = None) -> tuple[dict[str, ListedEntry], ParseReport]:
    files = files or SPECIMENS[name]
    parsed = parse(name, {role: io.BytesIO(content) for role, content in files.items()}, source="test")
    return {entry.uid: entry for entry in parsed}, parsed.report


def named(entry: ListedEntry) -> list[tuple[str, NameQuality]]:
    return [(name.text, name.quality) for name in entry.names]


class TheConsolidatedScreeningList:
    def test_keeps_an_entity_list_row_with_its_licence_terms(self) -> None:
        entry = read("csl-csv")[0]["EL:4398d33e9e93c7477af39f1e0bfffc13ddd47bcc"]
        assert entry == ListedEntry(
            source="test",
            uid="EL:4398d33e9e93c7477af39f1e0bfffc13ddd47bcc",
            measure="EL",
            names=(Name("Redwood Lattice Plant JSC"), Name("Redwood Lattice", STRONG), Name("RLP JSC", STRONG)),
            kind=Kind.UNKNOWN,
            addresses=(
                Address("19 Mill St., Borisov, 222512, BY", street="19 Mill St., Borisov, 222512", country="BY"),
                Address("4 Quay, Riga, LV", street="4 Quay, Riga", country="LV"),
            ),
            licence_requirement="For all items subject to the EAR.",
            licence_policy="Policy of denial.",
            citation="87 FR 20299",
            starts_on=date(2022, 4, 7),
            link="http://bit.ly/1L47xrV",
        )
        assert entry.position == "line 2"

    def test_keeps_a_persons_facts(self) -> None:
        entry = read("csl-csv")[0]["SDN:21944"]
        assert (entry.kind, entry.gender, entry.measure) == (Kind.PERSON, "female", "SDN")
        assert entry.birth_dates == (PartialDate(1973, 3, 25), PartialDate(1974, about=True))
        assert (entry.nationalities, entry.birth_places) == (("SY",), ("Aleppo, Syria",))
        assert entry.identifiers == (Identifier("passport", "K475336", "SY"),)
        assert entry.programmes == ("SYRIA", "SDGT")
        assert entry.relationships == (Relationship("linked to", name="REDWOOD (LATTICE)"),)
        assert entry.references == ("ofac:21944",)
        assert entry.remarks == "Employee; speaks French; www.example.com, Website"

    def test_keeps_a_vessels_flag_number_call_sign_and_owner(self) -> None:
        entry = read("csl-csv")[0]["SDN:23156"]
        assert (entry.kind, entry.countries) == (Kind.VESSEL, ("PA",))
        assert entry.identifiers == (Identifier("imo", "8898831"), Identifier("call_sign", "HMAB"))
        assert entry.relationships == (Relationship("owned by", name="INVENTED LINES"),)

    def test_takes_a_denied_person_with_an_american_state_for_an_american(self) -> None:
        entry = read("csl-csv")[0]["DPL:deb7a1d5743a85c354ca1a2c7f2664e2104b32d7"]
        assert named(entry) == [("I. EXAMPLE", PRIMARY)]
        assert [(address.region, address.country) for address in entry.addresses] == [("OH", "US")]
        assert (entry.starts_on, entry.ends_on) == (date(2003, 6, 19), date(2056, 6, 29))

    def test_gives_one_party_on_two_of_its_lists_two_entries(self) -> None:
        twice = CSL + next(line for line in CSL.splitlines(True) if b"INVENTION" in line).replace(
            b"Specially Designated Nationals (SDN)", b"Capta List (CAP)"
        )
        entries, report = read("csl-csv", {"main": twice})
        assert {"SDN:23156", "CAPTA:23156"} <= entries.keys()
        assert report.bad_rows == ()

    def test_keeps_a_list_that_is_new_and_says_so(self) -> None:
        new = CSL.replace(b"Entity List (EL) -", b"Model Extraction Attackers (MEA) -")
        entries, report = read("csl-csv", {"main": new})
        assert entries["MEA:4398d33e9e93c7477af39f1e0bfffc13ddd47bcc"].measure == "MEA"
        assert any("MEA" in warning for warning in report.warnings)

    def test_names_an_affiliate_by_its_own_name(self) -> None:
        changed = CSL.replace(
            b",Redwood Lattice Plant JSC,", b",Redwood Group. Affiliated Entity: Redwood Lattice Lab,"
        )
        entry = read("csl-csv", {"main": changed})[0]["EL:4398d33e9e93c7477af39f1e0bfffc13ddd47bcc"]
        assert entry.name == "Redwood Lattice Lab"
        assert entry.relationships == (Relationship("affiliated entity of", name="Redwood Group"),)

    def test_says_the_same_in_json(self) -> None:
        entries, _ = read("csl-json")
        entry = entries["SDN:21944"]
        assert named(entry) == [("SAMPLEMAN, Rim", PRIMARY), ("SAMPLEMAN, Reem", STRONG)]
        assert entry.addresses == (Address("Main St 1, Aleppo, SY", street="Main St 1", city="Aleppo", country="SY"),)
        assert entry.identifiers == (Identifier("passport", "K475336", "SY"),)
        assert entries["EL:4398d33e9e93c7477af39f1e0bfffc13ddd47bcc"].licence_policy == "Policy of denial."

    def test_whose_json_promises_more_than_it_has_is_cut_off(self) -> None:
        shorter = json.loads(SPECIMENS["csl-json"]["main"])
        shorter["results"].pop()
        _, report = read("csl-json", {"main": json.dumps(shorter).encode()})
        assert not report.ended

    @pytest.mark.parametrize("column", ["_id", "source", "license_policy", "ids"])
    def test_without_one_of_its_columns_is_refused(self, column: str) -> None:
        with pytest.raises(BadList, match="lacks columns"):
            read("csl-csv", {"main": CSL.replace(column.encode(), b"else", 1)})

    def test_reports_a_row_it_cannot_read_with_its_line_and_goes_on(self) -> None:
        broken = CSL.replace(b"21944,Individual", b"21944,Person")
        entries, report = read("csl-csv", {"main": broken})
        assert len(entries) == 3
        assert [(row.position, row.reason) for row in report.bad_rows] == [("line 3", "unknown type 'Person'")]

    def test_reports_a_lost_quotation_mark_with_all_the_lines_it_swallowed(self) -> None:
        broken = CSL.replace(b'"19 Mill St., Borisov, 222512, BY; 4 Quay, Riga, LV"', b'"19 Mill St., Borisov; 4 Quay')
        entries, report = read("csl-csv", {"main": broken})
        assert report.bad_rows[0].position.startswith("lines 2-")
        assert len(entries) < 4


class TheListOfOfac:
    def test_joins_its_four_files(self) -> None:
        entry = read("ofac-sdn-csv")[0]["40420"]
        assert named(entry) == [("SAMPLEMAN, Vali", PRIMARY), ("SAMPELMAN, Wali", STRONG)]
        assert (entry.kind, entry.gender, entry.measure) == (Kind.PERSON, "male", "SDN")
        assert entry.birth_dates == (PartialDate(1979, 11, 22), PartialDate(1980, about=True))
        assert (entry.birth_places, entry.nationalities) == (("Tehran, Iran",), ("IR",))
        assert entry.identifiers == (
            Identifier("passport", "X1234567", "IR"),
            Identifier("identity_card", "2802738003", "IR"),
        )
        assert entry.programmes == ("NPWMD", "IFSR")
        assert entry.relationships[0].name.startswith("QODS INVENTED")
        assert entry.addresses == (Address("Iran", country="IR"),)

    def test_takes_a_name_in_quotation_marks_for_a_weak_one_and_fka_for_a_former_one(self) -> None:
        assert named(read("ofac-sdn-csv")[0]["306"]) == [
            ("BANCO INVENTADO", PRIMARY),
            ("BANCO ANTERIOR", FORMER),
            ("BI", WEAK),
        ]

    def test_keeps_a_ship(self) -> None:
        entry = read("ofac-sdn-csv")[0]["4238"]
        assert (entry.kind, entry.countries) == (Kind.VESSEL, ("CU",))
        assert set(entry.identifiers) == {Identifier("imo", "7406784"), Identifier("call_sign", "CL2192")}

    def test_continues_a_remark_from_the_comments_file(self) -> None:
        long = SDN.replace(b"Linked To: QODS INVENTED.", b"Linked To: QODS INVENTED;")
        files = {"main": long, "alt": ALT, "add": ADD, "comments": COMMENTS}
        entry = read("ofac-sdn-csv", files)[0]["40420"]
        assert "Subject to Secondary Sanctions" in entry.remarks
        assert entry.relationships == (Relationship("linked to", name="QODS INVENTED"),)

    def test_reports_rows_of_a_party_that_the_main_file_does_not_have(self) -> None:
        _, report = read("ofac-sdn-csv", {"main": SDN, "alt": ALT.replace(b"306,220", b"307,220"), "add": ADD})
        assert [row.position for row in report.bad_rows] == ["alt file line 2"]
        assert "307" in report.bad_rows[0].reason

    def test_without_its_end_mark_is_cut_off(self) -> None:
        _, report = read("ofac-sdn-csv", {"main": SDN.rstrip(b"\x1a"), "alt": ALT, "add": ADD})
        assert not report.ended

    @pytest.mark.parametrize(
        ("programme", "measure"),
        [
            ("NS-PLC", "PLC"),
            ("CMIC-EO13959", "CMIC"),
            ("UKRAINE-EO13662", "SSI"),
            ("UKRAINE-EO13662] [RUSSIA-EO14024", "MBS"),
            ("FSE-IR", "FSE"),
            ("561-Related", "CAPTA"),
            ("SOMETHING-NEW", "SOMETHING-NEW"),
        ],
    )
    def test_tells_the_measure_of_a_non_sdn_party_by_its_programme(self, programme: str, measure: str) -> None:
        main = SDN.replace(b'"CUBA] [SDGT"', f'"{programme}"'.encode())
        assert read("ofac-cons-csv", {"main": main, "alt": ALT, "add": ADD})[0]["306"].measure == measure

    def test_says_in_xml_what_a_weak_alias_a_ship_and_a_link_are(self) -> None:
        entries, report = read("ofac-cons-xml")
        assert report.published_on == date(2025, 3, 28)
        man, ship = entries["9639"], entries["18736"]
        assert named(man) == [("SAMPLEMAN, Ismail", PRIMARY), ("ABU", WEAK)]
        assert (man.measure, man.nationalities, man.gender) == ("PLC", ("JO",), "male")
        assert man.addresses == (
            Address("Quay 1, Gaza City, Palestinian", street="Quay 1", city="Gaza City", country="PS"),
        )
        assert man.relationships == (Relationship("linked to", name="INVENTED FRONT"),)
        assert (ship.kind, ship.countries, ship.measure) == (Kind.VESSEL, ("PA",), "SSI")
        assert read("ofac-sdn-xml")[0]["9639"].measure == "SDN"

    def test_whose_xml_has_fewer_entries_than_it_says_is_cut_off(self) -> None:
        fewer = SPECIMENS["ofac-cons-xml"]["main"].replace(b"<Record_Count>2", b"<Record_Count>3")
        assert not read("ofac-cons-xml", {"main": fewer})[1].ended

    def test_keeps_scripts_relations_and_legal_authority_in_enhanced_xml(self) -> None:
        entries, report = read("ofac-enhanced-xml")
        assert report.published_on == date(2025, 1, 10)
        company = entries["33112"]
        assert named(company) == [
            ("REDWOOD CLOUD CO., LTD.", PRIMARY),
            ("红木云有限公司", ORIGINAL),
            ("OLDWOOD", FORMER),
        ]
        assert (company.measure, company.listed_on) == ("CMIC", date(2021, 12, 16))
        assert company.citation == "Executive Order 13959"
        assert company.addresses[0] == Address("1 Haidian Rd, Beijing, China", "1 Haidian Rd", "Beijing", country="CN")
        assert company.identifiers == (Identifier("tax", "9111000", "CN"), Identifier("isin", "CNE100000N20"))
        assert company.relationships == (Relationship("owned or controlled by", "30925", "INVENTED HOLDING"),)
        assert entries["17013"].measure == "SDN"
        assert entries["17013"].birth_dates == (PartialDate(1962, about=True),)

    def test_brings_the_sections_of_advanced_xml_together(self) -> None:
        entries, report = read("ofac-advanced-xml")
        assert report.published_on == date(2026, 5, 21)
        man = entries["9001"]
        assert named(man) == [("SAMPLEMAN Rim", PRIMARY), ("رِم", ORIGINAL), ("The Fox", WEAK)]
        assert (man.kind, man.gender, man.measure) == (Kind.PERSON, "male", "SDN")
        assert man.birth_dates == (PartialDate(1973),)
        assert (man.nationalities, man.listed_on) == (("SY",), date(2018, 3, 4))
        assert man.addresses == (Address("Aleppo, Syria", city="Aleppo", country="SY"),)
        assert man.identifiers == (Identifier("passport", "750123456", "SY"),)
        assert (man.programmes, man.citation) == (("SDGT",), "Executive Order 13224")
        assert man.relationships == (Relationship("associate of", "9002", "INVENTED MIXER"),)
        assert entries["9002"].identifiers == (Identifier("crypto", "1BoatSL"),)

    def test_reports_a_party_of_advanced_xml_that_no_list_names(self) -> None:
        main = SPECIMENS["ofac-advanced-xml"]["main"].replace(b'ProfileID="9002" ListID', b'ProfileID="9003" ListID')
        entries, report = read("ofac-advanced-xml", {"main": main})
        assert set(entries) == {"9001"}
        assert sorted("9003" in row.reason for row in report.bad_rows) == [False, True]


class TheDeniedPersonsList:
    def test_makes_rows_of_one_order_one_entry_with_all_addresses(self) -> None:
        entries, _ = read("bis-dpl")
        entry = next(entry for entry in entries.values() if entry.name == "ZIMO SAMPLE")
        assert [address.country for address in entry.addresses] == ["US", "CN"]
        assert (entry.measure, entry.citation) == ("DPL", "85 F.R. 16054")
        assert (entry.starts_on, entry.ends_on) == (date(2020, 3, 16), date(2028, 12, 13))

    def test_tells_an_order_that_is_not_a_standard_one(self) -> None:
        entries, _ = read("bis-dpl")
        entry = next(entry for entry in entries.values() if entry.name == "SAMPLE AIR")
        assert entry.remarks.startswith("not a standard order")
        assert entry.ends_on is None

    def test_keeps_its_keys_from_edition_to_edition(self) -> None:
        again = SPECIMENS["bis-dpl"]["main"].replace(b"ROCKY RIVER", b"CLEVELAND")
        assert set(read("bis-dpl")[0]) == set(read("bis-dpl", {"main": again})[0])


class TheListOfTheUnitedNations:
    def test_keeps_qualities_scripts_and_birth_dates_of_any_precision(self) -> None:
        entries, report = read("un-xml")
        assert report.published_on == date(2025, 4, 19)
        man = entries["110447"]
        assert named(man) == [
            ("MUHAMMAD TAHER SAMPLEMAN", PRIMARY),
            ("محمد", ORIGINAL),
            ("Mohammad Tahir", STRONG),
            ("Haji Fox", WEAK),
        ]
        assert man.birth_dates == (PartialDate(1961, about=True), PartialDate(1960, 4))
        assert (man.measure, man.programmes, man.gender) == ("UN", ("Taliban",), "male")
        assert (man.citation, man.references) == ("TAi.999", ("un:TAi.999",))
        assert man.identifiers == (Identifier("passport", "SE-011254", "AF"),)
        assert man.listed_on == date(2001, 2, 23)
        assert entries["110448"].birth_dates == (PartialDate(1973, year_to=1974),)

    def test_keeps_an_organisation_with_its_former_name(self) -> None:
        front = read("un-xml")[0]["6908402"]
        assert named(front) == [("INVENTED FRONT", PRIMARY), ("Old Front", FORMER)]
        assert (front.kind, front.addresses[0].country) == (Kind.ORGANISATION, "CD")

    def test_does_not_guess_a_quality_it_does_not_know(self) -> None:
        main = SPECIMENS["un-xml"]["main"].replace(b">Low<", b">Fair<")
        _, report = read("un-xml", {"main": main})
        assert "fair" in report.bad_rows[0].reason


class TheListOfTheEuropeanUnion:
    def test_keeps_a_person(self) -> None:
        entries, report = read("eu-fsf-xml")
        assert report.published_on == date(2026, 8, 5)
        man = entries["13"]
        assert named(man) == [("Muhammad Taher Sampleman", PRIMARY), ("Haji Fox", WEAK), ("محمد", ORIGINAL)]
        assert man.birth_dates == (PartialDate(1960, 4, 28), PartialDate(1961, year_to=1963, about=True))
        assert man.references == ("eu:EU.27.99", "un:TAi.999")
        assert (man.citation, man.programmes, man.gender) == ("1210/2003 (OJ L169)", ("AFG",), "male")
        assert man.identifiers == (Identifier("passport", "SE-011254", "AF"),)
        assert (man.measure, man.listed_on) == ("EU", date(2003, 7, 7))
        assert entries["201"].kind is Kind.ORGANISATION

    def test_says_the_same_in_csv_where_each_name_and_address_is_a_row(self) -> None:
        entries, report = read("eu-fsf-csv")
        assert report.published_on == date(2026, 8, 5)
        man = entries["13"]
        assert named(man) == [("Muhammad Taher Sampleman", PRIMARY), ("Mohammad Tahir", STRONG)]
        assert (man.birth_dates, man.nationalities) == ((PartialDate(1960, 4, 28),), ("AF",))
        assert man.addresses == (Address("Street 1, Kabul, AFGHANISTAN", "Street 1", "Kabul", country="AF"),)
        assert man.identifiers == (Identifier("passport", "SE-011254", "AF"),)
        assert man.references == ("eu:EU.27.99", "un:TAi.999")


class TheListOfTheUnitedKingdom:
    def test_makes_rows_of_one_party_one_entry(self) -> None:
        entries, report = read("uk-csv")
        assert report.published_on == date(2026, 2, 13)
        man = entries["AFG0999"]
        assert named(man) == [("MUHAMMAD TAHER SAMPLEMAN", PRIMARY), ("محمد", ORIGINAL), ("Haji Fox", WEAK)]
        assert (man.birth_dates, man.nationalities) == ((PartialDate(1961),), ("AF",))
        assert (man.measure, man.measures_published) == ("UK-AF", ("Asset freeze", "Travel Ban"))
        assert (man.references, man.listed_on) == (("un:TAi.999",), date(2001, 2, 23))
        assert man.identifiers == (Identifier("passport", "SE-011254"),)
        ship = entries["RUS9001"]
        assert (ship.kind, ship.countries, ship.measure) == (Kind.VESSEL, ("PA",), "UK-SHIP")
        assert ship.identifiers == (Identifier("imo", "9123456"),)

    def test_reports_rows_of_one_key_that_speak_of_two_parties(self) -> None:
        mixed = UK_CSV.replace(b"RUS9001,16100", b"AFG0999,16100")
        entries, report = read("uk-csv", {"main": mixed})
        assert entries == {}
        assert "disagree" in report.bad_rows[0].reason

    def test_reads_the_short_list_of_the_ods(self) -> None:
        entries, _ = read("uk-ods")
        assert entries["AFG0999"].measure == "UK-AF"
        assert entries["AFG0999"].listed_on == date(2001, 2, 23)
        assert (entries["RUS9002"].name, entries["RUS9002"].measure) == ("Red & Wood LTD", "UK-SERVICES")


class TheCanadianList:
    def test_takes_the_regulations_country_for_no_country_of_the_party(self) -> None:
        man = read("canada-sema-xml")[0]["Belarus/1, Part 1/2"]
        assert (man.party().countries, man.programmes) == ((), ("Belarus / Bélarus",))
        assert named(man) == [
            ("Sampleman, Dmitry Vladimirovich", PRIMARY),
            ("Дмитрий Владимирович Семплман", ORIGINAL),
            ("Dmitri Sampleman", STRONG),
        ]
        assert man.birth_dates == (PartialDate(1963), PartialDate(1964))
        assert man.citation == "schedule 1, Part 1, item 2"

    def test_keeps_a_ships_year_of_building_out_of_birth_dates(self) -> None:
        ship = read("canada-sema-xml")[0]["Russia/1.1/1"]
        assert (ship.kind, ship.birth_dates) == (Kind.VESSEL, ())
        assert ship.identifiers == (Identifier("imo", "7612448"),)
        assert "built 1980" in ship.remarks


class TheCollectionOfOpenSanctions:
    def test_is_read_from_its_csv(self) -> None:
        entries, report = read("opensanctions-simple-csv")
        assert report.published_on == date(2026, 3, 13)
        man, ship = entries["NK-1"], entries["NK-2"]
        assert named(man) == [
            ("SAMPLEMAN Kirill", PRIMARY),
            ("СЕМПЛМАН Кирилл", ORIGINAL),
            ('Kirill "K" Sampleman', STRONG),
        ]
        assert (man.countries, man.measure, man.programmes) == (("RU", "CY"), "OS-SANCTION", ("UA-WS-EXECUTIVES",))
        assert set(ship.identifiers) == {Identifier("imo", "9253325"), Identifier("mmsi", "636020980")}
        assert ship.measure == "OS-TARGET"

    def test_is_read_from_ftm_with_what_other_lines_say_of_a_party(self) -> None:
        entries, report = read("opensanctions-ftm-json")
        man = entries["p-1"]
        assert named(man) == [("Kirill Sampleman", PRIMARY), ("Кирилл Семплман", ORIGINAL), ("Fox", WEAK)]
        assert (man.measure, man.programmes, man.citation) == ("OS-SANCTION", ("US-GLOMAG",), "OFAC; x")
        assert set(man.identifiers) == {Identifier("passport", "AB123456", "RU"), Identifier("tax", "773006863179")}
        assert man.relationships == (Relationship("owns", "c-1"),)
        assert man.listed_on == date(2020, 1, 2)
        assert (entries["c-1"].measure, entries["c-1"].countries) == ("OS-SANCTION-LINKED", ("RU",))
        assert report.warnings == ("1 parties that are no targets themselves were left out.",)


class OurOwnFormat:
    def test_gives_back_what_was_written(self) -> None:
        entries, report = read("clearance")
        assert report.published_on == date(2026, 11, 1)
        jane = entries["1"]
        assert named(jane) == [("Jane Sampleman", PRIMARY), ("Джейн", ORIGINAL)]
        assert jane.birth_dates == (PartialDate(1970, 4, 16), PartialDate(1971, about=True))
        assert jane.source == "test"  # the source it is loaded for, not the one it was written with

    @pytest.mark.parametrize(
        "line",
        [
            b'{"uid": "3", "measure": "EL", "names": []}',
            b'{"uid": "3", "names": [{"text": "X Y", "quality": "primary"}]}',
            b'{"uid": "3", "measure": "EL", "names": [{"text": "X Y", "quality": "best"}]}',
            b'{"uid": "3", "measure": "EL", "names": [{"text": "X Y", "quality": "primary"}], "colour": "red"}',
            b'{"uid": "3", "measure": "EL", "names": [{"text": "X", "quality": "primary"}], "birth_dates": ["soon"]}',
            b'{"uid": 3, "measure": "EL", "names": [{"text": "X Y", "quality": "primary"}]}',
            b"[]",
            b"{",
        ],
    )
    def test_reports_a_line_that_is_no_entry(self, line: bytes) -> None:
        main = b'{"format": "clearance-list/1", "entries": 1}\n' + line + b"\n"
        entries, report = read("clearance", {"main": main})
        assert entries == {}
        assert [row.position for row in report.bad_rows] == ["line 2"]

    @pytest.mark.parametrize(
        ("header", "why"),
        [
            (b'{"format": "clearance-list/2", "entries": 0}', "does not say"),
            (b'{"format": "clearance-list/1"}', "how many"),
            (b'{"format": "clearance-list/1", "entries": 1}', "promises 1 entries and has 0"),
            (b'{"format": "clearance-list/1", "entries": 0, "sha256": "00"}', "sha256"),
            (b'{"format": "clearance-list/1", "entries": 0, "published_on": "today"}', "no date"),
        ],
    )
    def test_with_a_header_that_does_not_hold_is_refused(self, header: bytes, why: str) -> None:
        with pytest.raises(BadList, match=why):
            read("clearance", {"main": header + b"\n"})


class AUidThatComesTwice:
    def test_with_other_content_is_a_bad_row(self) -> None:
        main = SPECIMENS["un-xml"]["main"].replace(b"110448", b"110447")
        entries, report = read("un-xml", {"main": main})
        assert len(entries) == 2
        assert "110447 stands at" in report.bad_rows[0].reason

    def test_word_for_word_is_only_told(self) -> None:
        line = CSL.splitlines(keepends=True)[2]
        entries, report = read("csl-csv", {"main": CSL + line})
        assert (len(entries), report.bad_rows) == (4, ())
        assert "word for word" in report.warnings[0]


class AnEntry:
    def test_hashes_by_content_not_by_place_link_or_order(self) -> None:
        entry = read("csl-csv")[0]["SDN:21944"]
        moved = replace(
            entry, position="line 9", link="https://example.com", programmes=tuple(reversed(entry.programmes))
        )
        assert moved.content_hash() == entry.content_hash()
        assert replace(entry, gender="").content_hash() != entry.content_hash()

    @pytest.mark.parametrize("name", sorted(SPECIMENS))
    def test_comes_back_from_json_as_it_was(self, name: str) -> None:
        for entry in read(name)[0].values():
            again = ListedEntry.from_json(json.loads(json.dumps(entry.as_json())))
            assert again == entry
            assert again.position == entry.position
            assert again.content_hash() == entry.content_hash()

    def test_is_compared_with_known_countries_only(self) -> None:
        entry = replace(
            read("clearance")[0]["1"],
            nationalities=("GB", "Atlantis"),
            addresses=(Address("1 Quay", country="former Soviet Union"), Address("Riga", country="LV")),
        )
        assert entry.party("k").countries == ("GB", "LV")
        assert entry.party().key == "test:1"
