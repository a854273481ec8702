"""Entries that are one party are reviewed once; when in doubt they stay two."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyc.matching.types import Identifier, Kind, Name, NameQuality, PartialDate
from kyc.watchlists.entries import Address, ListedEntry
from kyc.watchlists.grouping import group_entries, name_key


def party(source: str, uid: str, *names: str, kind: Kind = Kind.PERSON, **facts: Any) -> ListedEntry:
    qualities = (NameQuality.PRIMARY, *[NameQuality.STRONG] * 9)
    return ListedEntry(
        source=source,
        uid=uid,
        measure=facts.pop("measure", source.upper()),
        names=tuple(Name(text, quality) for text, quality in zip(names, qualities, strict=False)),
        kind=kind,
        **facts,
    )


BORN = (PartialDate(1970, 4, 16),)
OFAC = party("us-sdn", "1", "SIDOROV, Ivan Petrovich", birth_dates=BORN, nationalities=("RU",))
UN = party("un", "7", "IVAN PETROVICH SIDOROV", birth_dates=BORN, nationalities=("RU",))


def groups(*entries: ListedEntry, decided: dict[str, str] | None = None) -> list[tuple[str, ...]]:
    return [group.members for group in group_entries(entries, decided)]


def reasons(*entries: ListedEntry) -> set[str]:
    return {link.reason for group in group_entries(entries) for link in group.links}


class APartyOnTwoLists:
    def test_is_one_by_name_and_birth_date(self) -> None:
        assert groups(OFAC, UN) == [("un:7", "us-sdn:1")]
        assert reasons(OFAC, UN) == {"same name and birth date 1970-04-16"}

    def test_is_one_by_the_reference_of_one_list_to_the_other_whatever_the_names(self) -> None:
        un = party("un", "7", "MUHAMMAD TAHER", references=("un:TAi.999",))
        uk = party("uk", "AFG0999", "Mohammad TAHIR", references=("un:TAi.999",))
        assert reasons(un, uk) == {"same reference un:TAi.999"}

    def test_is_one_by_a_passport_of_one_country(self) -> None:
        document = Identifier("passport", "AB 12-3456", "RU")
        one = party("us-sdn", "1", "SIDOROV, Ivan", identifiers=(document,))
        other = party("eu", "2", "Сидоров Иван", identifiers=(replace(document, value="AB123456"),))
        assert reasons(one, other) == {"same document ab123456 (RU)"}

    def test_is_one_by_an_imo_number_under_another_name(self) -> None:
        one = party("us-csl", "1", "OCEAN STAR", kind=Kind.VESSEL, identifiers=(Identifier("imo", "9123456"),))
        other = party("ca-sema", "2", "Lucky Star", kind=Kind.VESSEL, identifiers=(Identifier("imo", "IMO 9123456"),))
        assert len(groups(one, other)) == 1

    def test_is_one_by_an_organisations_name_and_country(self) -> None:
        one = party("us-csl", "1", "Gazmash, AO", kind=Kind.UNKNOWN, addresses=(Address("Moscow, RU", country="RU"),))
        other = party("us-cons", "2", "AO GAZMASH", kind=Kind.ORGANISATION, countries=("RU",))
        assert reasons(one, other) == {"same name and country RU"}

    def test_is_one_by_a_long_name_with_year_and_country(self) -> None:
        one = replace(OFAC, birth_dates=(PartialDate(1970),))
        assert reasons(one, UN) == {"same name, year of birth 1970 and country RU"}


class TwoParties:
    @pytest.mark.parametrize(
        ("other", "why"),
        [
            (replace(UN, birth_dates=(PartialDate(1971, 4, 16),)), "another birth year"),
            (replace(UN, birth_dates=()), "a name alone is no evidence"),
            (replace(UN, nationalities=("KZ",)), "another country"),
            (replace(UN, gender="female"), "man and woman"),
            (replace(UN, names=(Name("IVAN SIDOROV"),)), "another name"),
            (replace(UN, names=(Name("P."), Name("Ivan Petrovich Sidorov", NameQuality.WEAK))), "a weak alias"),
            (replace(UN, kind=Kind.ORGANISATION), "a person and a company"),
        ],
    )
    def test_stay_two(self, other: ListedEntry, why: str) -> None:
        assert groups(replace(OFAC, gender="male"), other) == [], why

    def test_stay_two_where_one_authority_gives_them_two_numbers(self) -> None:
        shared = {"kind": Kind.ORGANISATION, "identifiers": (Identifier("tax", "7750004150", "RU"),)}
        bank = party("us-csl", "SDN:1", "BANK BELVEB", references=("ofac:1",), measure="SDN", **shared)
        owner = party("us-csl", "SSI:2", "VNESHECONOMBANK", references=("ofac:2",), measure="SSI", **shared)
        third = party("uk", "3", "VEB", **shared)
        assert groups(bank, owner) == []
        assert [len(members) for members in groups(bank, owner, third)] == [2]

    def test_stay_two_with_a_passport_of_unlike_countries_or_of_none(self) -> None:
        for country in ("", "BY"):
            one = party("us-sdn", "1", "A B", identifiers=(Identifier("passport", "AB123456", "RU"),))
            other = party("eu", "2", "C D", identifiers=(Identifier("passport", "AB123456", country),))
            assert groups(one, other) == []

    @pytest.mark.parametrize("number", ["1234", "0000000", "1111111"])
    def test_stay_two_with_a_number_that_is_none(self, number: str) -> None:
        both = [party(s, "1", s, identifiers=(Identifier("passport", number, "RU"),)) for s in ("eu", "uk")]
        assert groups(*both) == []

    def test_stay_two_on_one_list_with_one_number_but_no_word_in_common(self) -> None:
        number = (Identifier("registration", "1016399", "IR"),)
        one = party("us-csl", "SDN:1", "STAR MARKET", kind=Kind.ORGANISATION, identifiers=number)
        other = party("us-csl", "SDN:2", "CAR AUDIO", kind=Kind.ORGANISATION, identifiers=number)
        assert groups(one, replace(other, measure=one.measure)) == []

    def test_stay_two_ships_of_one_name_and_flag(self) -> None:
        one = party("us-csl", "1", "OCEAN STAR", kind=Kind.VESSEL, countries=("PA",))
        assert groups(one, party("uk", "2", "Ocean Star", kind=Kind.VESSEL, countries=("PA",))) == []

    def test_stay_two_organisations_that_only_share_an_alias(self) -> None:
        one = party("us-csl", "1", "North Works", "General Trading", kind=Kind.ORGANISATION, countries=("AE",))
        other = party("uk", "2", "South Works", "General Trading", kind=Kind.ORGANISATION, countries=("AE",))
        assert groups(one, other) == []

    def test_a_number_that_very_many_share_brings_nobody_together(self) -> None:
        number = (Identifier("tax", "7750004150", "RU"),)
        many = [party("eu", str(n), f"Firm {n}x{n}", kind=Kind.ORGANISATION, identifiers=number) for n in range(30)]
        assert groups(*many) == []


class WhatStaffDecided:
    def test_keeps_apart_what_evidence_would_join(self) -> None:
        assert groups(OFAC, UN, decided={UN.key: "alone"}) == []

    def test_joins_what_no_evidence_joins(self) -> None:
        stranger = party("eu", "9", "Somebody Else")
        found = group_entries([OFAC, stranger], {OFAC.key: "g", stranger.key: "g"})
        assert [(group.members, group.by_staff) for group in found] == [(("eu:9", "us-sdn:1"), True)]
        assert found[0].reason_of("eu:9") == "decided by staff"

    def test_takes_no_new_member_by_evidence(self) -> None:
        stranger = party("eu", "9", "Somebody Else")
        assert groups(OFAC, UN, stranger, decided={OFAC.key: "g", stranger.key: "g"}) == [("eu:9", "us-sdn:1")]

    def test_of_an_entry_that_left_the_lists_is_no_group(self) -> None:
        assert groups(OFAC, decided={OFAC.key: "g", "eu:404": "g"}) == []


class TheGroups:
    def test_say_why_each_member_is_in(self) -> None:
        uk = party("uk", "3", "SIDOROV", references=("un:QDi.1",))
        un = replace(UN, references=("un:QDi.1",))
        (group,) = group_entries([OFAC, un, uk])
        assert group.key == "uk:3"
        assert group.reason_of("uk:3") == "same reference un:QDi.1"
        assert group.reason_of("us-sdn:1") == "same name and birth date 1970-04-16"
        assert len(group.links) == 2

    @given(st.permutations(range(5)))
    def test_are_the_same_in_any_order_of_entries(self, order: list[int]) -> None:
        cast = [OFAC, UN, replace(UN, source="eu"), replace(UN, source="uk", birth_dates=(PartialDate(1970),))]
        cast.append(party("eu", "x", "Nobody Known"))
        entries = [cast[place] for place in order]
        again = group_entries(entries)
        assert [group.members for group in again] == [("eu:7", "uk:7", "un:7", "us-sdn:1")]
        assert again == group_entries(sorted(entries, key=lambda entry: entry.key))

    @given(
        st.lists(st.tuples(st.sampled_from(["un", "eu", "uk"]), st.integers(0, 5), st.sampled_from("ABC")), max_size=12)
    )
    def test_never_hold_an_entry_twice(self, rows: list[tuple[str, int, str]]) -> None:
        entries = {
            f"{s}:{n}": party(s, str(n), f"Ivan {w}", birth_dates=BORN, references=(f"un:{w}",)) for s, n, w in rows
        }
        members = [member for found in groups(*entries.values()) for member in found]
        assert len(members) == len(set(members))
        assert set(members) <= set(entries)


def test_a_names_key_forgets_case_marks_and_order() -> None:
    assert name_key("HANIYA, Ismaíl") == name_key("Ismail  Haniya") == "haniya ismail"
    assert name_key("'ABBAS, Rim") == name_key("Abbas Rim")
