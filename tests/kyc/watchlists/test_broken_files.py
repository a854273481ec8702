"""Whatever happens to a file on its way, it never becomes a shorter list that goes in force by itself."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from list_specimens import COUNTS, SPECIMENS

from kyc.errors import BadList
from kyc.findings import Finding
from kyc.watchlists.diff import EditionFacts, check_edition, entries_cut_off
from kyc.watchlists.entries import ParseReport
from kyc.watchlists.parsers import FORMATS, parse

EXAMPLES = 120  # for each format and way of breaking


def read(name: str, files: dict[str, bytes]) -> tuple[list[str], ParseReport]:
    parsed = parse(name, {role: io.BytesIO(content) for role, content in files.items()}, source="test")
    uids = [entry.uid for entry in parsed]
    return uids, parsed.report


WHOLE = {name: read(name, files)[0] for name, files in SPECIMENS.items()}


def concerns_about(name: str, files: dict[str, bytes]) -> tuple[int, tuple[Finding, ...]] | None:
    """(entries, why it is held), judged against the whole file as the active edition; None where it is refused."""
    try:
        uids, report = read(name, files)
    except BadList:
        return None
    active = EditionFacts(entries=len(WHOLE[name]))
    cut = entries_cut_off(WHOLE[name], set(uids))
    return len(uids), check_edition(EditionFacts.of(report), active, cut_tail=cut)


def assert_not_silently_shorter(name: str, files: dict[str, bytes]) -> None:
    judged = concerns_about(name, files)
    if judged is not None:
        count, concerns = judged
        assert concerns or count >= len(WHOLE[name]), f"{count} of {len(WHOLE[name])} entries, and nobody is told"


def test_there_is_a_specimen_of_every_format() -> None:
    assert set(SPECIMENS) == set(FORMATS) == set(COUNTS)


@pytest.mark.parametrize("name", sorted(SPECIMENS))
class AnUnbrokenFile:
    def test_gives_every_party_and_no_concern(self, name: str) -> None:
        uids, report = read(name, SPECIMENS[name])
        assert len(uids) == len(set(uids)) == COUNTS[name] == report.entries
        assert (report.bad_rows, report.bad_row_count, report.ended) == ((), 0, True)
        assert check_edition(EditionFacts.of(report), EditionFacts(len(uids))) == ()


@pytest.mark.parametrize("name", sorted(SPECIMENS))
class AFileCutOff:
    def test_at_any_byte_is_refused_or_held(self, name: str) -> None:
        for role, content in SPECIMENS[name].items():
            step = max(len(content) // 400, 1)
            for end in [*range(0, len(content), step), len(content) - 2, len(content) - 1]:
                assert_not_silently_shorter(name, SPECIMENS[name] | {role: content[:end]})

    def test_with_its_last_lines_missing_whole_is_refused_or_held(self, name: str) -> None:
        for role, content in SPECIMENS[name].items():
            lines = content.splitlines(keepends=True)
            for last in range(len(lines)):
                assert_not_silently_shorter(name, SPECIMENS[name] | {role: b"".join(lines[:last])})


@pytest.mark.parametrize("name", sorted(SPECIMENS))
class AFileWithBrokenBytes:
    @settings(max_examples=EXAMPLES)
    @given(data=st.data())
    def test_one_flipped_anywhere_is_refused_held_or_costs_no_party(self, name: str, data: st.DataObject) -> None:
        role = data.draw(st.sampled_from(sorted(SPECIMENS[name])))
        content = bytearray(SPECIMENS[name][role])
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] ^= data.draw(st.integers(1, 255))
        assert_not_silently_shorter(name, SPECIMENS[name] | {role: bytes(content)})

    @settings(max_examples=EXAMPLES)
    @given(data=st.data())
    def test_one_turned_into_punctuation_is_refused_held_or_costs_no_party(
        self, name: str, data: st.DataObject
    ) -> None:
        role = data.draw(st.sampled_from(sorted(SPECIMENS[name])))
        content = bytearray(SPECIMENS[name][role])
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.sampled_from(b"\"',;\t\n\r<>&/=}]{[:\x00\x1a\xff"))
        assert_not_silently_shorter(name, SPECIMENS[name] | {role: bytes(content)})

    @settings(max_examples=EXAMPLES)
    @given(data=st.data())
    def test_a_stretch_lost_in_the_middle_is_refused_held_or_costs_no_party(
        self, name: str, data: st.DataObject
    ) -> None:
        """A stretch that happens to be whole rows looks like a deletion; a tenth of the list is told as such."""
        role = data.draw(st.sampled_from(sorted(SPECIMENS[name])))
        content = SPECIMENS[name][role]
        start = data.draw(st.integers(0, len(content) - 1))
        end = data.draw(st.integers(start, len(content)))
        assert_not_silently_shorter(name, SPECIMENS[name] | {role: content[:start] + content[end:]})


@pytest.mark.parametrize("content", [b"", b"\n", b"{}", b"<html><body>503</body></html>", b"PK\x03\x04", b"\x00" * 64])
@pytest.mark.parametrize("name", sorted(SPECIMENS))
class AnAnswerThatIsNoList:
    def test_is_refused_or_held(self, name: str, content: bytes) -> None:
        judged = concerns_about(name, dict.fromkeys(SPECIMENS[name], content))
        assert judged is None or judged[1]


@pytest.mark.parametrize("name", sorted(SPECIMENS))
class RandomBytes:
    @settings(max_examples=40)
    @given(content=st.binary(max_size=400))
    def test_are_refused_or_held(self, name: str, content: bytes) -> None:
        judged = concerns_about(name, dict.fromkeys(SPECIMENS[name], content))
        assert judged is None or judged[1]


XML_FORMATS = sorted(name for name, files in SPECIMENS.items() if files["main"].startswith(b"<?xml"))


@pytest.mark.parametrize("name", XML_FORMATS)
class AnXmlFileWithADoctype:
    def test_is_refused(self, name: str) -> None:
        head, _, rest = SPECIMENS[name]["main"].partition(b"?>")
        bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
        with pytest.raises(BadList, match="DTD or entities"):
            read(name, {"main": head + b"?>" + bomb + rest})


class AMissingFile:
    def test_is_named(self) -> None:
        with pytest.raises(BadList) as caught:
            parse("ofac-sdn-csv", {"main": io.BytesIO()}, source="us-sdn")
        assert caught.value.facts["files"] == ["alt", "add"]

    def test_an_unknown_format_is_refused(self) -> None:
        with pytest.raises(BadList, match="No such format"):
            parse("csv", {"main": io.BytesIO()}, source="x")
