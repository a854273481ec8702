"""Reading a name: what stays of it, and that reading again changes nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kyc.matching.normalise import is_generic_word, raw_words, read, readings
from kyc.matching.scripts import has_characters, other_characters, unmixed
from kyc.matching.types import Kind

OWN_WORDS = [
    "ivan",
    "sidorov",
    "mohammed",
    "kim",
    "jong",
    "trading",
    "marine",
    "gazprom",
    "vympel",
    "bright",
    "rahman",
    "44",
]
P, O, U = Kind.PERSON, Kind.ORGANISATION, Kind.UNKNOWN  # noqa: E741


class EveryReading:
    @pytest.mark.parametrize(
        ("text", "kind", "words"),
        [
            ("SIDOROV, Ivan Petrovich", P, ("sidorov", "ivan", "petrovich")),
            ("Mr. Abd al-Rahman bin Awad", P, ("abdrahman", "awad")),
            ("Abdul Khan", P, ("abdul", "khan")),  # not one name as "Abdul Rahman" is
            ("FridrichBuchenberg", P, ("fridrich", "buchenberg")),
            ("MohammedAbdel-Halim Saleh", P, ("mohammed", "abdhalim", "saleh")),
            ("محمدحسین", P, ("muhammad", "husayn")),
            ("عبد الله", P, ("abdulah",)),
            ("SiemensAG", O, ("siemens",)),
            ("OOO Prometey", O, ("prometey",)),
            ("JOINT SsOCK COMPANY INTEGRAL", O, ("integral",)),
            ("K F D General Trading L.L.C.", O, ("kfd", "general", "trading")),
            ("Brigade Forty-Four", O, ("brigade", "44")),
            ("1st International Bank", O, ("first", "international", "bank")),
            ("Siеmens", O, ("siemens",)),  # with a Cyrillic letter
        ],
    )
    def test_keeps_the_words_that_a_name_is_compared_by(self, text: str, kind: Kind, words: tuple[str, ...]) -> None:
        assert read(text, kind).words == words

    @settings(max_examples=300, deadline=None)
    @given(st.text(max_size=60))
    def test_of_raw_words_is_idempotent(self, text: str) -> None:
        words = raw_words(text)
        assert raw_words(" ".join(words)) == words

    @settings(max_examples=300, deadline=None)
    @given(st.lists(st.sampled_from(OWN_WORDS), min_size=1, max_size=6), st.sampled_from([P, O, U]))
    def test_of_its_own_words_gives_the_same_words(self, words: list[str], kind: Kind) -> None:
        once = read(" ".join(words), kind)
        assert read(" ".join(once.words), kind).words == once.words

    @settings(max_examples=300, deadline=None)
    @given(st.text(max_size=80), st.sampled_from(list(Kind)))
    def test_never_fails(self, text: str, kind: Kind) -> None:
        for reading in readings(text, kind):
            assert all(reading.words)


class TheGenericWords:
    @pytest.mark.parametrize("text", ["CORP", "Trading Company", "AI Research Institute", "Technology Co., Ltd."])
    def test_make_a_generic_name(self, text: str) -> None:
        assert read(text, O).generic

    @pytest.mark.parametrize("text", ["K Technologies", "Technology 5", "Gazprom", "Golden Star Trading"])
    def test_do_not_with_anything_particular_beside_them(self, text: str) -> None:
        assert not read(text, O).generic

    def test_are_no_lone_letters(self) -> None:
        assert not is_generic_word("k")


class TheLookAlikes:
    @settings(max_examples=200, deadline=None)
    @given(st.text(max_size=20))
    def test_are_folded_once(self, text: str) -> None:
        assert unmixed(unmixed(text)) == unmixed(text)


class TheCharacters:
    @pytest.mark.parametrize(
        ("one", "other", "apart"),
        [
            ("习近平", "习近平", False),
            ("習近平", "习近平", False),  # traditional and simplified: one sound in one place
            ("习近朋", "习近平", True),
            ("김종은", "김정은", True),
            ("习近平", "Xi Jinping", False),
            ("大疆创新科技有限公司", "大疆科技", False),  # names of companies are not compared by character
        ],
    )
    def test_tell_two_people_apart_whose_latin_readings_meet(self, one: str, other: str, apart: bool) -> None:
        assert other_characters(one, other) is apart
        assert other_characters(other, one) is apart

    def test_are_seen(self) -> None:
        assert has_characters("李 Lee") and not has_characters("Лee")
