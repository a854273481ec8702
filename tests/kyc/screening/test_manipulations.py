"""Each way of altering a listed name: what it makes of it, whom it does not fit, and that dice alone decide."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyc.matching.types import Kind, Name, NameQuality, PartialDate, Party
from kyc.policy.selftest import BY_CODE
from kyc.screening.manipulations import MANIPULATIONS, can_be_altered, clean_record

PERSON = Party(
    key="un:1",
    names=(Name("Sidorov, Ivan Petrovich"), Name("Ivan the Tall", NameQuality.STRONG), Name("Vanya", NameQuality.WEAK)),
    kind=Kind.PERSON,
    birth_dates=(PartialDate(1970, 4, 6),),
)
COMPANY = Party(key="us-csl:EL:1", names=(Name("Orlan Optics Co., Ltd."),), kind=Kind.ORGANISATION)


def altered(code: str, party: Party = PERSON, seed: int = 1) -> str | None:
    record = MANIPULATIONS[code](party, Random(seed))
    return record.names[0].text if record else None


class EveryWay:
    def test_is_asked_about_by_policy_and_the_other_way_round(self) -> None:
        assert {*MANIPULATIONS, "clean"} == set(BY_CODE)

    @pytest.mark.parametrize("code", sorted(MANIPULATIONS))
    @given(seed=st.integers(0, 2**31))
    def test_gives_the_same_record_for_the_same_dice_and_never_the_name_itself(self, code: str, seed: int) -> None:
        for party in (PERSON, COMPANY):
            text = altered(code, party, seed)
            assert text == altered(code, party, seed)
            if code not in ("as_published", "birth_swapped"):
                assert text not in ("Ivan Petrovich Sidorov", "Orlan Optics Co., Ltd.")

    @pytest.mark.parametrize("code", sorted(set(MANIPULATIONS) - {"birth_swapped"}))
    def test_leaves_nothing_but_the_name(self, code: str) -> None:
        record = MANIPULATIONS[code](PERSON, Random(1))
        if record:
            assert (record.birth_dates, record.identifiers, record.key) == ((), (), "record")


class AnAlteredName:
    @pytest.mark.parametrize(
        ("code", "party", "text"),
        [
            ("as_published", PERSON, "Ivan Petrovich Sidorov"),
            ("alias", PERSON, "Ivan the Tall"),
            ("upper_case", COMPANY, "ORLAN OPTICS CO LTD"),
            ("other_order", PERSON, "Petrovich Sidorov Ivan"),
            ("middle_dropped", PERSON, "Ivan Sidorov"),
            ("cyrillic", PERSON, "Иван Петрович Сидоров"),
            ("middle_added", PERSON, None),
            ("legal_form", PERSON, None),
            ("middle_dropped", COMPANY, None),
            ("cyrillic", COMPANY, None),
            ("alias", COMPANY, None),
        ],
    )
    def test_reads(self, code: str, party: Party, text: str | None) -> None:
        assert altered(code, party) == text

    def test_of_a_company_keeps_the_words_that_name_it(self) -> None:
        assert (altered("legal_form", COMPANY) or "").startswith("Orlan Optics ")

    def test_with_its_birth_date_turned_round_keeps_the_year(self) -> None:
        record = MANIPULATIONS["birth_swapped"](PERSON, Random(1))
        assert record is not None and record.birth_dates == (PartialDate(1970, 6, 4),)


class AListedParty:
    @pytest.mark.parametrize(
        ("party", "fits"),
        [
            (PERSON, True),
            (COMPANY, True),
            (Party("x", (Name("Иван Сидоров"),), Kind.PERSON), False),
            (Party("x", (Name("Corp"),), Kind.ORGANISATION), False),
            (Party("x", (Name("Ocean Star"),), Kind.VESSEL), False),
        ],
    )
    def test_can_be_altered_where_it_has_a_latin_name_of_two_words(self, party: Party, fits: bool) -> None:
        assert can_be_altered(party) is fits


def test_clean_records_are_people_and_companies() -> None:
    dice = Random(3)
    assert {clean_record(dice).kind for _ in range(50)} == {Kind.PERSON, Kind.ORGANISATION}
