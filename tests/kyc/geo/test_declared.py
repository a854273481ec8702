"""A telephone number names a country by its calling code, where the code is one country's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyc.geo.declared import phone_country
from kyc.policy.countries import countries


class ATelephoneNumber:
    @pytest.mark.parametrize(
        ("number", "country"),
        [
            ("+46 18 471 00 00", "SE"),
            ("0046184710000", "SE"),
            ("+44 1223 337733", "GB"),
            ("+86 10 6552 9988", "CN"),
            ("+852 2810 2222", "HK"),
            ("+380 44 255 7555", "UA"),
            ("+1 202 456 1111", ""),  # the United States, Canada and twenty islands
            ("+7 495 606 3602", ""),  # Russia and Kazakhstan
            ("+800 1234 5678", ""),  # of no country
            ("+999 12", ""),
            ("018 471 00 00", ""),
            ("+", ""),
            ("", ""),
            ("+\u0664\u0666 18", ""),  # Arabic digits are not read
        ],
    )
    def test_names_the_country_of_its_code(self, number, country):
        assert phone_country(number) == country

    @given(st.text(max_size=40))
    def test_is_read_without_error_and_names_a_country_or_none(self, number):
        assert phone_country(number) in {"", *countries()}
