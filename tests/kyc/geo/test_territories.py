"""Which rules name which country, on which day."""

from __future__ import annotations

from datetime import date

import pytest

from kyc.policy.centres import CENTRES, hours_apart, least_distance_km
from kyc.policy.countries import countries, is_country
from kyc.policy.geo import CURRENT, DEMONSTRATION, GOLDEN, SOURCE_RULES, UNKNOWN_SOURCE, source_rule
from kyc.policy.numbers import explain
from kyc.policy.territories import ADDRESS_FACTS, TERRITORIES, Group, groups_of, region_code, rows_of

NOW = date(2026, 11, 23)


class ATerritory:
    @pytest.mark.parametrize("code", ["CU", "IR", "KP", "UA-43", "UA-40"])
    def test_under_comprehensive_embargo_is_denied_by_law(self, code):
        assert Group.EMBARGO in groups_of(code, NOW)

    @pytest.mark.parametrize("code", ["UA-14", "UA-09"])
    def test_partly_embargoed_is_looked_at_by_a_person(self, code):
        assert groups_of(code, NOW) == {Group.EMBARGO_REVIEW}

    @pytest.mark.parametrize("code", ["UA-65", "UA-23"])
    def test_embargoed_elsewhere_is_flagged(self, code):
        assert groups_of(code, NOW) == {Group.FLAG}

    @pytest.mark.parametrize(
        ("code", "group", "last_without", "first_with"),
        [
            ("UA-43", Group.EMBARGO, date(2014, 12, 18), date(2014, 12, 19)),
            ("UA-14", Group.EMBARGO_REVIEW, date(2022, 2, 20), date(2022, 2, 21)),
            ("NI", Group.D5, date(2024, 3, 14), date(2024, 3, 15)),
            ("HK", Group.D5, date(2020, 12, 22), date(2020, 12, 23)),
            ("KP", Group.E1, date(2017, 11, 19), date(2017, 11, 20)),
        ],
    )
    def test_enters_a_group_on_its_day(self, code, group, last_without, first_with):
        assert group not in groups_of(code, last_without)
        assert group in groups_of(code, first_with)

    @pytest.mark.parametrize(
        ("code", "group", "last_with", "first_without"),
        [
            ("SY", Group.EMBARGO, date(2025, 6, 30), date(2025, 7, 1)),
            ("KH", Group.D5, date(2026, 2, 2), date(2026, 2, 3)),
        ],
    )
    def test_leaves_a_group_on_its_day(self, code, group, last_with, first_without):
        assert group in groups_of(code, last_with)
        assert group not in groups_of(code, first_without)

    def test_that_was_embargoed_is_still_flagged_and_not_sold_to(self):
        assert groups_of("SY", NOW) == {Group.FLAG, Group.D5, Group.E1, Group.HEADQUARTERS, Group.PROVIDER}

    @pytest.mark.parametrize("code", ["", "DE", "US", "TW", "UA", "UA-30", "XX"])
    def test_of_no_rule_is_in_no_group(self, code):
        assert groups_of(code, NOW) == frozenset()

    @pytest.mark.parametrize("code", ["CN", "HK", "MO", "RU", "BY", "VE"])
    def test_of_the_default_policy_is_not_sold_to(self, code):
        assert Group.PROVIDER in groups_of(code, NOW)

    @pytest.mark.parametrize("code", ["CN", "HK", "MO", "RU"])
    def test_counts_for_the_headquarters_test(self, code):
        assert Group.HEADQUARTERS in groups_of(code, NOW)


class TheTable:
    def test_names_only_places_that_exist(self):
        assert {row.code for row in TERRITORIES if not is_country(row.code[:2])} == set()

    def test_cites_a_source_in_every_row(self):
        assert all(len(row.citation) > 10 for row in TERRITORIES)

    def test_has_no_row_that_ends_before_it_begins(self):
        assert [row for row in TERRITORIES if row.valid_to is not None and row.valid_to <= row.valid_from] == []

    def test_has_no_two_rows_that_say_the_same_at_one_time(self):
        for row in TERRITORIES:
            rows = [other for other in rows_of(row.code, row.valid_from) if other.group is row.group]
            assert len(rows) == 1, row

    def test_says_which_rows_nobody_has_compared_with_the_official_text(self):
        unconfirmed = {row.code for row in TERRITORIES if row.group is Group.EMBARGO and not row.confirmed}
        assert unconfirmed == {"SY"}

    def test_of_own_addresses_names_countries_and_why(self):
        assert all(is_country(fact.country) and len(fact.citation) > 20 for fact in ADDRESS_FACTS)


class ARegion:
    @pytest.mark.parametrize(
        ("country", "iso", "name", "code"),
        [
            ("UA", "43", "Crimea", "UA-43"),
            ("UA", "40", "Sevastopol", "UA-40"),
            ("UA", "14", "Donetsk", "UA-14"),
            ("UA", "09", "Luhansk", "UA-09"),
            ("UA", "UA-43", "", "UA-43"),
            ("UA", "", "Crimea", "UA-43"),
            ("RU", "", "Crimea", "UA-43"),  # DB-IP
            ("RU", "", "Sebastopol City", "UA-40"),  # DB-IP
            ("RU", "CR", "", "UA-43"),
            ("RU", "SEV", "", "UA-40"),
            ("RU", "", "Luhansk", "UA-09"),
            ("UA", "30", "Kyiv City", "UA-30"),
            ("RU", "ROS", "Rostov", "RU-ROS"),
            ("RU", "", "Rostov", ""),
            ("DE", "BE", "Land Berlin", "DE-BE"),
            ("US", "", "Crimea", ""),  # a name alone means nothing elsewhere
            ("", "", "", ""),
        ],
    )
    def test_is_found_whichever_country_a_file_puts_it_in(self, country, iso, name, code):
        assert region_code(country, iso, name) == code


class APolicy:
    def test_explains_every_number(self):
        rows = explain(CURRENT)
        assert len(rows) >= 15
        assert all(row.unit and len(row.why) > 8 and len(row.source) > 5 for row in rows)

    def test_for_demonstrations_differs_in_one_number_only(self):
        pairs = zip(explain(CURRENT), explain(DEMONSTRATION), strict=True)
        changed = {row.name for row, other in pairs if row.value != other.value}
        assert changed == {"stale_after_days"} and CURRENT.version != DEMONSTRATION.version

    def test_has_golden_addresses_for_embargoed_and_ordinary_countries(self):
        named = set().union(*(found for _, found in GOLDEN))
        assert len(GOLDEN) >= 30 and {"IR", "KP", "CU", "CN", "RU", "HK", "US", "DE"} <= named

    @pytest.mark.parametrize(
        ("database_type", "name"),
        [
            ("GeoIP2-Anonymous-IP", "MaxMind GeoIP2"),
            ("GeoLite2-City", "MaxMind GeoLite2"),
            ("DBIP-Country-Lite", "DB-IP Lite"),
            ("IPtoCC-Country", "Registries (iptocc)"),
            ("geo-whois-asn-Country", "geo-whois"),
        ],
    )
    def test_knows_its_sources(self, database_type, name):
        assert source_rule(database_type).name == name

    def test_gives_a_stranger_little_weight(self):
        stranger = source_rule("Somebody-Country")
        assert stranger is UNKNOWN_SOURCE
        assert stranger.trust < min(rule.trust for rule in SOURCE_RULES)


class TheCentresOfCountries:
    def test_are_known_for_every_country(self):
        assert set(CENTRES) == set(countries())

    def test_are_on_earth(self):
        for centre in CENTRES.values():
            assert -90 <= centre.latitude <= 90 and -180 <= centre.longitude <= 180 and 0 < centre.radius_km < 5000

    @pytest.mark.parametrize(
        ("one", "other", "least", "most"),
        [
            ("DE", "DE", 0, 0),
            ("DE", "FR", 0, 0),
            ("DE", "PL", 0, 0),
            ("US", "CA", 0, 0),
            ("CN", "HK", 0, 0),
            ("CN", "RU", 0, 0),
            ("DE", "US", 1500, 4500),
            ("DE", "SG", 9000, 10500),
            ("GB", "JP", 6500, 9000),
            ("BR", "ZA", 3000, 7500),
            ("AU", "NZ", 0, 2000),
            ("AR", "ES", 7000, 10500),
        ],
    )
    def test_are_no_farther_apart_than_the_countries(self, one, other, least, most):
        distance = least_distance_km(one, other)
        assert distance is not None and least <= distance <= most

    def test_of_unknown_countries_give_no_distance(self):
        assert least_distance_km("DE", "") is None and hours_apart("", 0) is None

    @pytest.mark.parametrize(
        ("country", "minutes", "fits"),
        [
            ("DE", 60, True), ("DE", 120, True), ("ES", 120, True), ("CN", 480, True), ("US", -480, True),
            ("US", -300, True), ("IN", 330, True), ("RU", 720, True), ("FJ", 720, True), ("NZ", 780, True),
            ("US", 480, False), ("DE", 480, False), ("GB", -480, False), ("BR", 480, False), ("JP", 0, False),
        ],
    )  # fmt: skip
    def test_tell_the_hours_of_a_country(self, country, minutes, fits):
        apart = hours_apart(country, minutes)
        assert apart is not None and (apart <= CURRENT.timezone_tolerance_hours) is fits
