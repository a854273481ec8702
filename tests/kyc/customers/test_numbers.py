"""Registration numbers by country, and LEIs: what can be one, what cannot, and of what nothing is said."""

from __future__ import annotations

import pytest

from kyc.customers.numbers import checked_lei, registration_finding
from kyc.errors import BadInput


class ARegistrationNumber:
    @pytest.mark.parametrize(
        ("country", "number", "fits"),
        [
            ("FR", "552 008 443", True),
            ("FR", "552 008 444", False),
            ("DK", "13585628", True),
            ("DK", "13585627", False),
            ("DE", "Aachen HRA 11223", True),
            ("GB", "01234567", True),
            ("GB", "SC123456", True),
            ("GB", "12-34", False),
            ("CN", "91110000600037341L", True),
            ("CN", "91110000600037342L", False),
            ("NO", "988 077 917", True),
            ("NL", "12345678", True),
            ("US", "anything", True),  # fifty registers of many forms: nothing is said
            ("GB", "", True),  # that it is missing is another rule's word
        ],
    )
    def test_is_compared_with_the_form_of_its_country(self, country, number, fits):
        assert (registration_finding(country, number) is None) is fits


class AnLei:
    def test_is_kept_without_spaces(self):
        assert checked_lei("yeh5 zcd6 e441 rhvh d759".upper()) == "YEH5ZCD6E441RHVHD759"

    @pytest.mark.parametrize("wrong", ["", "YEH5ZCD6E441RHVHD758", "123"])
    def test_with_wrong_check_digits_is_refused(self, wrong):
        with pytest.raises(BadInput, match="no LEI"):
            checked_lei(wrong)
