"""Dates, countries and numbers in the words of the lists: tables of what is written and what it means."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyc.matching.types import Identifier, PartialDate
from kyc.policy.countries import countries
from kyc.watchlists.parsers.countries import country, country_code
from kyc.watchlists.parsers.dates import american_date, partial_date, whole_date
from kyc.watchlists.parsers.identifiers import identifier, identifier_kind


class ADateAsListsWriteIt:
    @pytest.mark.parametrize(
        ("written", "meant"),
        [
            ("22 Nov 1979", PartialDate(1979, 11, 22)),
            ("Mar 1945", PartialDate(1945, 3)),
            ("1938", PartialDate(1938)),
            ("circa 1951", PartialDate(1951, about=True)),
            ("circa Mar 1951", PartialDate(1951, 3, about=True)),
            ("1973-03-25", PartialDate(1973, 3, 25)),
            ("1973-03", PartialDate(1973, 3)),
            ("1960-04-00", PartialDate(1960, 4)),
            ("1960-00-00", PartialDate(1960)),
            ("1979-11-22T00:00:00", PartialDate(1979, 11, 22)),
            ("1960 to 1965", PartialDate(1960, year_to=1965)),
            ("Between 1960 and 1965", PartialDate(1960, year_to=1965, about=True)),
            ("1960-1965", PartialDate(1960, year_to=1965)),
            ("01 Jan 1961 to 31 Dec 1962", PartialDate(1961, year_to=1962)),
            ("01 Jan 1961 to 31 Dec 1961", PartialDate(1961, about=True)),
            ("28/04/1937", PartialDate(1937, 4, 28)),
            ("00/00/1960", PartialDate(1960)),
            ("dd/mm/1960", PartialDate(1960)),
            ("dd/03/1960", PartialDate(1960, 3)),
            ("Approximately 1960", PartialDate(1960, about=True)),
            ("Nov. 1973", PartialDate(1973, 11)),
            ("July 4, 1976", PartialDate(1976, 7, 4)),
        ],
    )
    def test_is_read_to_the_precision_given(self, written: str, meant: PartialDate) -> None:
        assert partial_date(written) == meant

    @pytest.mark.parametrize(
        "written",
        ["", "unknown", "31 Feb 1970", "45/45/1970", "19700416", "1965 to 1960", "0070", "Sep-99", "-", "circa"],
    )
    def test_that_is_none_is_not_guessed(self, written: str) -> None:
        assert partial_date(written) is None

    @given(st.text(max_size=30))
    def test_of_any_text_never_raises(self, written: str) -> None:
        found = partial_date(written)
        assert found is None or 1000 <= found.year <= 2999

    @given(st.dates(date(1000, 1, 1), date(2999, 12, 31)))
    def test_comes_back_as_it_was_written(self, day: date) -> None:
        assert whole_date(day.isoformat()) == day
        assert american_date(f"{day:%m/%d}/{day.year:04d}") == day

    @pytest.mark.parametrize(
        ("written", "meant"), [("1979", None), ("Mar 1945", None), ("1973-03-25", date(1973, 3, 25))]
    )
    def test_of_a_listing_needs_its_day(self, written: str, meant: date | None) -> None:
        assert whole_date(written) == meant

    def test_of_america_has_its_month_first(self) -> None:
        assert american_date("06/19/2003") == date(2003, 6, 19)
        assert american_date("19/06/2003") is None


class ACountryAsListsWriteIt:
    @pytest.mark.parametrize(
        ("written", "code"),
        [
            ("Russia", "RU"), ("Russian Federation", "RU"), ("Korea, North", "KP"), ("korea, south", "KR"),
            ("Democratic People's Republic of Korea", "KP"), ("Democratic People’s Republic of Korea", "KP"),
            ("Iran (Islamic Republic of)", "IR"), ("Burma", "MM"), ("Myanmar (Burma) / Myanmar (Birmanie)", "MM"),
            ("Belarus / Bélarus", "BY"), ("Cote d'Ivoire", "CI"), ("Côte d’Ivoire", "CI"), ("West Bank", "PS"),
            ("St. Kitts & Nevis", "KN"), ("Saint Kitts and Nevis", "KN"), ("Syrian Arab Republic", "SY"),
            ("UNITED KINGDOM", "GB"), ("Turkey", "TR"), ("Türkiye", "TR"), ("hk", "HK"),
            ("Congo, Democratic Republic of the", "CD"),
            ("Viet Nam", "VN"), ("XK", "XK"), ("Region: Crimea", "UA"), ("Taiwan", "TW"), ("Macau", "MO"),
        ],
    )  # fmt: skip
    def test_has_its_code(self, written: str, code: str) -> None:
        assert country_code(written) == code

    @pytest.mark.parametrize("code", sorted(countries()))
    def test_is_known_by_its_own_code_and_english_name(self, code: str) -> None:
        assert country_code(code) == code
        assert country_code(countries()[code]) == code

    def test_that_nobody_knows_stays_as_published(self) -> None:
        assert country("former Soviet Union") == "former Soviet Union"

    @pytest.mark.parametrize("written", ["", "None Identified", "unknown", "UNKNOWN", "00"])
    def test_that_is_not_said_is_nothing(self, written: str) -> None:
        assert country(written) == ""

    @pytest.mark.parametrize("written", ["XX", "ZZ", "EU", "UN", "S", "Northern Mali", "nowhere"])
    def test_that_is_none_has_no_code(self, written: str) -> None:
        assert country_code(written) == ""


class ANumberAsListsNameIt:
    @pytest.mark.parametrize(
        ("published", "kind"),
        [
            ("Passport", "passport"), ("Diplomatic Passport", "passport"), ("Tax ID No.", "tax"), ("NIT #", "tax"),
            ("R.F.C.", "tax"), ("C.U.R.P.", "identity_card"), ("National ID No.", "identity_card"),
            ("Cedula No.", "identity_card"), ("Registration Number", "registration"), ("SWIFT/BIC", "swift"),
            ("Unified Social Credit Code (USCC)", "registration"), ("Legal Entity Number", "lei"), ("MMSI", "mmsi"),
            ("Vessel Registration Identification", "imo"), ("Aircraft Tail Number", "tail"), ("ISIN", "isin"),
            ("Aircraft Manufacturer's Serial Number (MSN)", "msn"), ("D-U-N-S Number", "duns"), ("SSN", "ssn"),
            ("Digital Currency Address - XBT", "crypto"), ("Government Gazette Number", "registration"),
            ("Driver's License No.", "driving_licence"), ("Electoral Registry No.", "identity_card"),
            ("Website", ""), ("Email Address", ""), ("Gender", ""), ("Target Type", ""), ("Aircraft Model", ""),
            ("Secondary sanctions risk:", ""), ("Additional Sanctions Information -", ""), ("Issuer Name", ""),
            ("Listing Date (CMIC)", ""), ("Birth Certificate Number", ""), ("Organization Established Date", ""),
            ("Executive Order 13662 Directive Determination -", ""), ("Former Vessel Flag", ""), ("Phone Number", ""),
        ],
    )  # fmt: skip
    def test_is_of_this_kind(self, published: str, kind: str) -> None:
        assert identifier_kind(published) == kind

    def test_of_a_ship_is_kept_without_its_prefix(self) -> None:
        assert identifier("Vessel Registration Identification", "IMO 8898831") == Identifier("imo", "8898831")

    def test_without_a_digit_is_none(self) -> None:
        assert identifier("Registration Number", "pending") is None
        assert identifier("SWIFT/BIC", "SABRRUMM") == Identifier("swift", "SABRRUMM")
