"""What changed between editions, and which new edition a person must look at first: the table and its edges."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyc.matching.types import Name, NameQuality, PartialDate
from kyc.policy.editions import CURRENT
from kyc.watchlists.diff import (
    EditionFacts,
    changed_fields,
    check_edition,
    diff_editions,
    entries_cut_off,
    known_again,
)
from kyc.watchlists.entries import Address, ListedEntry
from kyc.watchlists.parsers import parse
from kyc.watchlists.sources import SOURCES, bundled_file

ACTIVE = EditionFacts(entries=1_000, bad_rows=2, published_on=date(2026, 11, 1))
GOOD = EditionFacts(entries=1_003, bad_rows=2, published_on=date(2026, 11, 2))


def codes(new: EditionFacts, active: EditionFacts | None = ACTIVE, **more: object) -> list[str]:
    return [concern.code for concern in check_edition(new, active, **more)]  # type: ignore[arg-type]


class AnEditionThatMayGoInForce:
    def test_raises_no_concern(self) -> None:
        assert codes(GOOD) == []

    def test_may_be_of_the_same_day(self) -> None:
        assert codes(replace(GOOD, published_on=ACTIVE.published_on)) == []

    def test_may_not_say_its_day(self) -> None:
        assert codes(replace(GOOD, published_on=None)) == []

    def test_may_have_fewer_bad_rows_than_were_accepted(self) -> None:
        assert codes(replace(GOOD, bad_rows=0)) == []

    def test_may_be_smaller_by_just_a_tenth(self) -> None:
        assert codes(replace(GOOD, entries=900)) == []

    def test_may_be_the_first(self) -> None:
        assert codes(replace(GOOD, bad_rows=0), None, fewest=1_000) == []


class AnEditionThatIsHeld:
    @pytest.mark.parametrize(
        ("new", "code"),
        [
            (replace(GOOD, entries=899), "edition.smaller"),
            (replace(GOOD, published_on=date(2026, 10, 31)), "edition.older"),
            (replace(GOOD, bad_rows=3), "edition.bad_rows"),
            (replace(GOOD, ended=False), "edition.cut_off"),
        ],
    )
    def test_says_why(self, new: EditionFacts, code: str) -> None:
        (concern,) = check_edition(new, ACTIVE)
        assert concern.code == code
        assert concern.sentence.endswith(".")

    def test_is_empty(self) -> None:
        assert "edition.empty" in codes(EditionFacts(entries=0), None)
        assert {"edition.empty", "edition.smaller"} <= set(codes(EditionFacts(entries=0)))

    def test_has_fewer_entries_than_its_list_ever_had(self) -> None:
        assert codes(EditionFacts(entries=9_999), None, fewest=10_000) == ["edition.too_few"]

    def test_is_the_first_of_a_format_nobody_has_seen(self) -> None:
        assert codes(EditionFacts(entries=10), None, seen=False) == ["edition.format_unseen"]
        assert codes(GOOD, ACTIVE, seen=False) == []  # a person looked at the first

    def test_has_bad_rows_and_none_were_accepted_before(self) -> None:
        assert codes(EditionFacts(entries=10, bad_rows=1), None) == ["edition.bad_rows"]

    def test_lacks_just_the_end_of_the_active_one(self) -> None:
        assert codes(replace(GOOD, entries=999), cut_tail=1) == ["edition.tail_missing"]

    @given(
        st.integers(0, 3_000),
        st.integers(0, 3_000),
        st.integers(0, 9),
        st.integers(0, 9),
        st.booleans(),
        st.integers(1, 50),
    )
    def test_is_whatever_is_smaller_by_more_than_a_tenth_or_has_new_bad_rows(
        self, entries: int, before: int, bad: int, accepted: int, ended: bool, fewest: int
    ) -> None:
        found = codes(EditionFacts(entries, bad, None, ended), EditionFacts(before, accepted), fewest=fewest)
        assert ("edition.smaller" in found) == (before - entries > before * CURRENT.most_shrink)
        assert ("edition.bad_rows" in found) == (bad > accepted)
        assert ("edition.cut_off" in found) == (not ended)
        assert bool({"edition.empty", "edition.too_few"} & set(found)) == (entries < fewest)


class TheEndOfAFile:
    @pytest.mark.parametrize(
        ("old", "new", "gone", "why"),
        [
            ("abcde", "abcd", 1, "the last is gone"),
            ("abcde", "ab", 3, "the last three are gone"),
            ("abcde", "abcdexy", 0, "nothing is gone"),
            ("abcde", "abde", 0, "one in the middle is gone"),
            ("abcde", "bcd", 0, "one at the end and one elsewhere"),
            ("abcde", "abcdx", 1, "the last is gone and another came"),
            ("abcde", "", 5, "all are gone"),
            ("", "abc", 0, "there was none"),
        ],
    )
    def test_is_missing_where_just_the_last_entries_are_gone(self, old: str, new: str, gone: int, why: str) -> None:
        assert entries_cut_off(list(old), set(new)) == gone, why


class TheDifference:
    def test_is_told_by_uid_and_content(self) -> None:
        found = diff_editions({"a": "1", "b": "1", "c": "1"}, {"b": "1", "c": "2", "d": "1"})
        assert (found.added, found.modified, found.deleted) == (("d",), ("c",), ("a",))
        assert diff_editions({"a": "1"}, {"a": "1"}).is_empty

    @given(
        st.dictionaries(st.text(max_size=2), st.sampled_from("12")),
        st.dictionaries(st.text(max_size=2), st.sampled_from("12")),
    )
    def test_leads_from_the_old_to_the_new(self, old: dict[str, str], new: dict[str, str]) -> None:
        found = diff_editions(old, new)
        kept = {uid for uid in old if uid not in found.deleted}
        assert kept | set(found.added) == set(new)
        assert all(old[uid] == new[uid] for uid in kept - set(found.modified))

    def test_of_one_party_is_told_in_words(self) -> None:
        old = ListedEntry(
            source="un",
            uid="1",
            measure="UN",
            names=(Name("A B"), Name("C", NameQuality.WEAK)),
            nationalities=("RU", "BY"),
        )
        new = replace(
            old,
            names=(Name("A B"), Name("D", NameQuality.WEAK)),
            nationalities=("BY", "RU"),
            birth_dates=(PartialDate(1970),),
            addresses=(Address("Riga, LV", country="LV"),),
            position="line 9",
            link="https://example.com",
        )
        assert changed_fields(old, new) == ("names", "birth dates", "addresses")
        assert changed_fields(old, old) == ()


class TheBundledSample:
    def read(self, file: str = "") -> dict[str, ListedEntry]:
        content = bundled_file(SOURCES["sample"], file).read_bytes()
        return {entry.uid: entry for entry in parse("clearance", {"main": io.BytesIO(content)}, source="sample")}

    def test_has_about_two_hundred_parties_of_many_lists_and_scripts(self) -> None:
        entries = self.read().values()
        assert 190 <= len(entries) <= 230
        assert {"SDN", "EL", "CMIC", "MEU", "UVL", "DPL", "UN", "UK-AF", "SEMA"} <= {e.measure for e in entries}
        assert {"person", "organisation", "vessel"} <= {str(entry.kind) for entry in entries}
        original = "".join(n.text for e in entries for n in e.names if n.quality is NameQuality.ORIGINAL_SCRIPT)
        assert any("а" <= letter <= "я" for letter in original)
        assert any("\u0600" <= letter <= "\u06ff" for letter in original)
        assert any("\u4e00" <= letter <= "\u9fff" for letter in original)

    def test_marks_its_inventions(self) -> None:
        invented = [entry for entry in self.read("sample_next.jsonl").values() if entry.measure == "SAMPLE"]
        assert len(invented) == 2
        for entry in invented:
            assert "INVENTED" in entry.remarks and "INVENTED" in entry.citation
        (man,) = [entry for entry in self.read().values() if entry.measure == "SAMPLE"]
        assert man.name == "KARAMAZIN, Viktor Aleksandrovich"
        assert (man.birth_dates, man.nationalities) == ((PartialDate(1968, 3, 14),), ("RU",))

    def test_is_called_a_sample_in_its_own_title_and_in_the_table(self) -> None:
        for file in ("sample.jsonl", "sample_next.jsonl"):
            assert b"SAMPLE" in bundled_file(SOURCES["sample"], file).read_bytes().splitlines()[0]
        assert SOURCES["sample"].title.startswith("SAMPLE")
        assert SOURCES["sample"].is_sample

    def test_has_a_next_edition_with_one_added_one_modified_and_one_deleted(self) -> None:
        old, new = self.read(), self.read("sample_next.jsonl")
        found = diff_editions(*({uid: e.content_hash() for uid, e in side.items()} for side in (old, new)))
        assert len(found.added) == len(found.modified) == len(found.deleted) == 1
        assert new[found.added[0]].name == "Northwind Orchard Compute Ltd"
        assert changed_fields(old[found.modified[0]], new[found.modified[0]]) == ("names", "birth dates")

    def test_has_a_next_edition_that_may_go_in_force_by_itself(self) -> None:
        old, new = self.read(), self.read("sample_next.jsonl")
        cut = entries_cut_off(list(old), set(new))
        assert check_edition(EditionFacts(len(new)), EditionFacts(len(old)), cut_tail=cut) == ()


# ------------------------------------------------------------------------------------------------ hashes as keys
def company(
    uid: str, *names: str, measure: str = "EL", start: date | None = date(2019, 5, 21), **facts: object
) -> ListedEntry:
    addresses = tuple(Address(full=text) for text in facts.pop("at", ()))  # type: ignore[attr-defined]
    return ListedEntry(
        source="us-csl", uid=f"{measure}:{uid}", measure=measure, names=tuple(map(Name, names)), addresses=addresses,
        starts_on=start, **facts,  # type: ignore[arg-type]
    )  # fmt: skip


OLD = company("aaaa", "Orlan Optics", "Orlan", at=["Moscow, RU"], citation="84 FR 22961")


class APartyWhoseKeyChangedWithItsRow:
    @pytest.mark.parametrize(
        ("new", "why"),
        [
            (replace(OLD, uid="EL:bbbb"), "the same content"),
            (replace(OLD, uid="EL:bbbb", licence_policy="Denial"), "the same name, alone on either side"),
            (company("bbbb", "ORLAN, optics", at=["Minsk, BY"], start=None), "case and order make no other name"),
            (company("bbbb", "Orlan Optics JSC", "Orlan", citation="84 FR 22961"), "an alias, start and citation"),
        ],
    )
    def test_is_known_again(self, new: ListedEntry, why: str) -> None:
        assert known_again([OLD], [new]) == {"EL:bbbb": "EL:aaaa"}, why

    @pytest.mark.parametrize(
        ("new", "why"),
        [
            (company("bbbb", "Other Works", at=["Moscow, RU"], citation="84 FR 22961"), "an address is no name"),
            (company("bbbb", "Orlan Optics", measure="UVL"), "another list is another entry"),
            (company("bbbb", "Orlan", start=date(2020, 1, 1)), "an alias alone, begun on another day"),
        ],
    )
    def test_is_not_taken_for_another(self, new: ListedEntry, why: str) -> None:
        assert known_again([OLD], [new]) == {}, why

    def test_among_several_of_its_name_is_the_one_that_shares_most(self) -> None:
        here, there = company("a1", "Orlan", at=["Moscow, RU"]), company("a2", "Orlan", at=["Minsk, BY"])
        new_there = company("b2", "Orlan", at=["Minsk, BY", "Brest, BY"])
        new_here = company("b1", "Orlan", at=["Moscow, RU", "Tver, RU"])
        assert known_again([here, there], [new_there, new_here]) == {"EL:b1": "EL:a1", "EL:b2": "EL:a2"}

    def test_is_used_once(self) -> None:
        found = known_again([OLD], [replace(OLD, uid="EL:b1"), replace(OLD, uid="EL:b2", remarks="another")])
        assert found == {"EL:b1": "EL:aaaa"}
