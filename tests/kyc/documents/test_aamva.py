"""The barcode of North American licences: the standard's example, older versions, and what issuers get wrong."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyc.documents.aamva import ISSUERS, parse_aamva, write_aamva
from kyc.errors import BadInput

# Annex D of the 2020 standard prints this record as its example
VIRGINIA = (
    "@\n\x1e\rANSI 636000100102DL00410278ZV03190008DLDAQT64235789\nDCSSAMPLE\nDDEN\nDACMICHAEL\nDDFN\nDADJOHN\nDDGN\n"
    "DCUJR\nDCAD\nDCBK\nDCDPH\nDBD06062019\nDBB06061986\nDBA12102024\nDBC1\nDAU068 in\nDAYBRO\n"
    "DAG2300 WEST BROAD STREET\nDAIRICHMOND\nDAJVA\nDAK232690000  \nDCF2424244747474786102204\nDCGUSA\nDCK123456789\n"
    "DDAF\nDDB06062018\nDDC06062020\nDDD1\rZVZVA01\r"
)
# version 1, with the file type some issuers wrote and the whole name in one element
MARYLAND = (
    "@\n\x1e\rAAMVA6360030101DL00290192DLDAQK-134-123-145-103\nDAAJOHNSON,JACK,,3RD\nDAG1234 BARNEYS INN PL\n"
    "DAIBALTIMORE\nDAJMD\nDAK21230 \nDBA20170209\nDBB19910209\nDBC1\nDBD20120210\n\r"
)
ONTARIO = {"DAQ": "S1234-56789", "DCS": "TREMBLAY", "DAC": "ZOÉ", "DBB": "19880131", "DBA": "20280131", "DCG": "CAN"}


class TheExampleOfTheStandard:
    def test_is_read_whole(self):
        card = parse_aamva(VIRGINIA)
        assert (card.version, card.jurisdiction, card.card, card.country) == (10, "US-VA", "DL", "US")
        assert (card.surname, card.given_names, card.suffix) == ("SAMPLE", "MICHAEL JOHN", "JR")
        assert (card.birth_date, card.expires_on, card.issued_on) == (
            date(1986, 6, 6),
            date(2024, 12, 10),
            date(2019, 6, 6),
        )
        assert (card.sex, card.document_number, card.postal_code) == ("M", "T64235789", "23269")
        assert card.limited_stay
        assert not card.names_cut
        assert card.warnings == ()

    def test_keeps_its_own_subfile_out(self):
        assert "ZVZ" not in parse_aamva(VIRGINIA).elements


class AnOlderCard:
    def test_has_its_name_in_one_piece_and_its_dates_by_year(self):
        card = parse_aamva(MARYLAND)
        assert (card.surname, card.given_names, card.suffix) == ("JOHNSON", "JACK", "3RD")
        assert card.birth_date == date(1991, 2, 9)
        assert card.expires_on == date(2017, 2, 9)
        assert card.jurisdiction == "US-MD"


class ACanadianCard:
    def test_has_its_dates_by_year(self):
        card = parse_aamva(write_aamva(ONTARIO, issuer="636012"))
        assert (card.birth_date, card.country, card.jurisdiction) == (date(1988, 1, 31), "CA", "CA-ON")
        assert card.warnings == ()

    def test_with_american_dates_is_read_and_marked(self):
        card = parse_aamva(write_aamva(ONTARIO | {"DBB": "01311988"}, issuer="636012"))
        assert card.birth_date == date(1988, 1, 31)
        assert [warning.code for warning in card.warnings] == ["barcode.date_order"]


class TheMistakesOfIssuers:
    def codes(self, text: str) -> list[str]:
        return [warning.code for warning in parse_aamva(text).warnings]

    def test_offsets_beside_the_contents_are_searched_for_and_marked(self):
        text = VIRGINIA.replace("DL00410278", "DL00390278")
        assert parse_aamva(text).surname == "SAMPLE"
        assert self.codes(text) == ["barcode.offset"]

    def test_an_unknown_issuer_is_marked(self):
        text = VIRGINIA.replace("ANSI 636000", "ANSI 999999")
        assert parse_aamva(text).jurisdiction == ""
        assert "barcode.issuer_unknown" in self.codes(text)

    @pytest.mark.parametrize("printed", ["13452020", "0606198", "06/06/86", "02302020"])
    def test_a_date_that_is_none_is_left_out_and_marked(self, printed):
        text = write_aamva({"DAQ": "1", "DCS": "A", "DAC": "B", "DBB": printed, "DCG": "USA"}, issuer="636014")
        assert parse_aamva(text).birth_date is None
        assert self.codes(text) == ["barcode.date"]

    def test_words_for_nothing_are_nothing(self):
        text = write_aamva({"DAQ": "1", "DCS": "A", "DAC": "B", "DAD": "NONE"}, issuer="636014")
        assert parse_aamva(text).given_names == "B"

    def test_a_cut_name_is_said(self):
        text = write_aamva({"DAQ": "1", "DCS": "A", "DDE": "T", "DAC": "B"}, issuer="636014")
        assert parse_aamva(text).names_cut


class ATextThatIsNoLicence:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "HELLO",
            "https://example.com/?a=DAQ",
            "@\n\x1e\rANSI 636000100101ZV00310008ZVZVA01\r",
            "@\n\x1e\rANSI 63600010",
            VIRGINIA + "X" * 5000,
        ],
    )
    def test_is_refused(self, text):
        with pytest.raises(BadInput):
            parse_aamva(text)

    @given(st.text(max_size=200))
    def test_never_breaks_the_reader(self, tail):
        for text in (tail, VIRGINIA[:31] + tail, VIRGINIA[:60] + tail):
            try:
                parse_aamva(text)
            except BadInput as refused:
                assert refused.sentence


words = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=15)


class AWrittenBarcode:
    @given(
        surname=words,
        first=words,
        middle=st.lists(words, max_size=2).map(",".join),
        born=st.dates(date(1900, 1, 1), date(2026, 1, 1)),
        issuer=st.sampled_from(sorted(ISSUERS)),
        version=st.integers(2, 10),
    )
    def test_is_read_back_as_it_was_meant(self, surname, first, middle, born, issuer, version):
        canadian = ISSUERS[issuer].startswith("CA-")
        elements = {
            "DAQ": "T1",
            "DCS": surname,
            "DAC": first,
            "DAD": middle if middle not in ("NONE", "UNAVL", "UNAV") else "",
            "DBB": f"{born:%Y%m%d}" if canadian else f"{born:%m%d%Y}",
            "DCG": "CAN" if canadian else "USA",
        }
        card = parse_aamva(write_aamva(elements, issuer=issuer, version=version))
        assert card.birth_date == born
        assert card.given_names.split() == [first, *elements["DAD"].replace(",", " ").split()]
        assert card.surname == surname
        assert card.version == version
        assert card.warnings == ()
