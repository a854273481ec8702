"""Files in MaxMind's format, written here and read by MaxMind's own reader."""

from __future__ import annotations

import bisect
import ipaddress
import itertools
import random
from pathlib import Path

import maxminddb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from kyc.geo.mmdb import U16, U64, About, Decoder, cidrs, encode, transcode, write_mmdb

ABOUT = About("Test-Country", 1_790_000_000, "a test")
COUNTRIES = [{"country": {"iso_code": code}} for code in ("US", "DE", "CN", "IR", "ΕΛ")]


def outside_6to4(chance: random.Random) -> int:
    """A random address of 2000::/3 beyond 2002::/16, which answers as the IPv4 address it carries."""
    return chance.randrange(0x2003 << 112, 0x4000 << 112)


def random_ranges(seed: int, count: int) -> list[tuple[int, int, object]]:
    """Sorted ranges over IPv4 and IPv6 with gaps, some touching."""
    chance = random.Random(seed)
    edges = {chance.getrandbits(32) for _ in range(count)} | {outside_6to4(chance) for _ in range(count)}
    made = []
    for first, after in itertools.pairwise(sorted(edges)):
        if chance.random() < 0.8 and (first >> 32 == 0) == ((after - 1) >> 32 == 0):
            made.append((first, after - 1, chance.choice(COUNTRIES)))
    return made


class AWrittenFile:
    @pytest.mark.parametrize("seed", range(4))
    def test_answers_every_address_as_it_was_told(self, tmp_path: Path, seed: int):
        ranges = random_ranges(seed, 400)
        write_mmdb(tmp_path / "x.mmdb", ranges, ABOUT)
        starts = [first for first, _, _ in ranges]
        chance = random.Random(seed + 100)
        with maxminddb.open_database(tmp_path / "x.mmdb") as reader:
            for first, last, record in ranges:
                for number in (first, last, chance.randint(first, last)):
                    assert reader.get(address(number)) == record
            for _ in range(2000):
                number = chance.getrandbits(32) if chance.random() < 0.5 else outside_6to4(chance)
                at = bisect.bisect_right(starts, number) - 1
                told = ranges[at][2] if at >= 0 and number <= ranges[at][1] else None
                assert reader.get(address(number)) == told

    def test_says_what_it_is_and_of_which_day(self, tmp_path: Path):
        nodes = write_mmdb(tmp_path / "x.mmdb", [(16, 31, COUNTRIES[0])], ABOUT)
        with maxminddb.open_database(tmp_path / "x.mmdb") as reader:
            about = reader.metadata()
        assert (about.database_type, about.build_epoch, about.node_count) == ("Test-Country", 1_790_000_000, nodes)
        assert about.description == {"en": "a test"}

    def test_answers_for_the_mapped_and_the_6to4_form(self, tmp_path: Path):
        start = int(ipaddress.ip_address("114.114.0.0"))
        write_mmdb(tmp_path / "x.mmdb", [(start, start + 0xFFFF, COUNTRIES[2])], ABOUT)
        with maxminddb.open_database(tmp_path / "x.mmdb") as reader:
            for text in ("114.114.114.114", "::ffff:114.114.114.114", "2002:7272:7272::1"):
                assert reader.get(text) == COUNTRIES[2]

    def test_joins_neighbours_that_say_the_same(self, tmp_path: Path):
        apart = [(number, number, COUNTRIES[0]) for number in range(1 << 31, (1 << 31) + 256)]
        whole = [(1 << 31, (1 << 31) + 255, COUNTRIES[0])]
        assert write_mmdb(tmp_path / "a.mmdb", apart, ABOUT) == write_mmdb(tmp_path / "b.mmdb", whole, ABOUT)

    @pytest.mark.parametrize("ranges", [[(5, 4, {})], [(0, 9, {"a": 1}), (9, 20, {"b": 1})], [(9, 9, {}), (3, 3, {})]])
    def test_is_refused_when_ranges_are_out_of_order(self, tmp_path: Path, ranges):
        with pytest.raises(ValueError, match="out of order"):
            write_mmdb(tmp_path / "x.mmdb", ranges, ABOUT)
        assert list(tmp_path.iterdir()) == []


def address(number: int) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.IPv4Address(number) if number >> 32 == 0 else ipaddress.IPv6Address(number)


class ARangeAsNetworks:
    @given(st.integers(0, 2**128 - 1), st.integers(0, 2**40))
    def test_is_covered_exactly_once(self, first, size):
        last = min(first + size, 2**128 - 1)
        at = first
        for start, length in cidrs(first, last):
            assert start == at and start % (1 << (128 - length)) == 0
            at += 1 << (128 - length)
        assert at == last + 1


values = st.recursive(
    st.text(max_size=40)
    | st.booleans()
    | st.integers(0, 2**32 - 1)
    | st.floats(allow_nan=False)
    | st.binary(max_size=300),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


class AValue:
    @given(values)
    def test_is_read_as_it_was_written(self, value):
        encoded = encode(value)
        assert Decoder(encoded, 0).decode(0) == (value, len(encoded))

    @given(st.integers(0, 2**16 - 1))
    def test_may_be_a_short_number(self, value):
        assert Decoder(encode(U16(value)), 0).decode(0)[0] == value

    @pytest.mark.parametrize("size", [28, 29, 284, 285, 65820, 65821, 70000])
    def test_may_be_long(self, size):
        assert Decoder(encode("x" * size), 0).decode(0)[0] == "x" * size

    def test_may_be_a_long_number(self):
        assert Decoder(encode(U64(2**40)), 0).decode(0)[0] == 2**40

    def test_of_another_kind_is_refused(self):
        with pytest.raises(TypeError):
            encode(object())

    @given(st.binary(max_size=60))
    def test_of_random_bytes_is_read_or_refused(self, rubbish):
        try:
            Decoder(rubbish, 0).decode(0)
        except ValueError:
            return


class ATranscodedFile:
    def convert(self, tmp_path: Path, source: Path) -> Path:
        made = tmp_path / "made.mmdb"
        transcode(
            source,
            made,
            lambda record: {"c": record["country"]["iso_code"]},
            lambda about: About("Other", about["build_epoch"], ""),
        )
        return made

    def test_answers_the_same_addresses_in_another_layout(self, tmp_path: Path):
        ranges = random_ranges(9, 500)
        write_mmdb(tmp_path / "x.mmdb", ranges, ABOUT)
        with maxminddb.open_database(self.convert(tmp_path, tmp_path / "x.mmdb")) as reader:
            assert reader.metadata().database_type == "Other"
            for first, last, record in ranges:
                for number in (first, last):
                    assert reader.get(address(number)) == {"c": record["country"]["iso_code"]}

    @pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.99])
    def test_is_not_made_from_half_a_file(self, tmp_path: Path, share: float):
        write_mmdb(tmp_path / "x.mmdb", random_ranges(9, 50), ABOUT)
        whole = (tmp_path / "x.mmdb").read_bytes()
        (tmp_path / "cut.mmdb").write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(ValueError):
            self.convert(tmp_path, tmp_path / "cut.mmdb")

    def test_is_not_made_from_another_layout(self, tmp_path: Path):
        write_mmdb(tmp_path / "x.mmdb", [(1, 9, {"land": "DE"})], ABOUT)
        with pytest.raises(KeyError):
            self.convert(tmp_path, tmp_path / "x.mmdb")


class TheReaderOfTheTree:
    """Other writers use other record sizes."""

    @pytest.mark.parametrize("bits", [24, 28, 32])
    def test_knows_every_record_size(self, tmp_path: Path, bits: int):
        writer = MMDBWriter(ip_version=4, database_type="Test-Country")
        for cidr, record in (
            ("1.2.0.0/16", COUNTRIES[0]),
            ("5.0.0.0/9", COUNTRIES[1]),
            ("223.255.0.0/24", COUNTRIES[2]),
        ):
            writer.insert_network(IPSet([cidr]), record)
        path = tmp_path / "theirs.mmdb"
        writer.to_db_file(str(path))
        widened = with_record_size(path, tmp_path / "sized.mmdb", bits)
        made = ATranscodedFile().convert(tmp_path, widened)
        with maxminddb.open_database(made) as reader:
            assert [reader.get(a) for a in ("1.2.3.4", "5.1.1.1", "223.255.0.9", "9.9.9.9")] == [
                {"c": "US"}, {"c": "DE"}, {"c": "CN"}, None
            ]  # fmt: skip


def with_record_size(source: Path, path: Path, bits: int) -> Path:
    """The same file with another record size, tree and metadata rewritten by hand."""
    whole = source.read_bytes()
    marker = whole.rfind(b"\xab\xcd\xefMaxMind.com") + 14
    about = Decoder(whole, marker).decode(marker)[0]
    nodes, width = about["node_count"], about["record_size"]
    tree = b""
    for node in range(nodes):
        chunk = int.from_bytes(whole[node * width // 4 : (node + 1) * width // 4], "big")
        if width == 28:
            low = (1 << 24) - 1
            left, right = ((chunk >> 28) & 15) << 24 | (chunk >> 32) & low, (chunk >> 24 & 15) << 24 | chunk & low
        else:
            left, right = chunk >> width, chunk & ((1 << width) - 1)
        if bits == 28:
            low = (1 << 24) - 1
            tree += (((left & low) << 32) | ((left >> 24) << 28) | ((right >> 24) << 24) | (right & low)).to_bytes(
                7, "big"
            )
        else:
            tree += left.to_bytes(bits // 8, "big") + right.to_bytes(bits // 8, "big")
    short = ("binary_format_major_version", "binary_format_minor_version", "ip_version")
    kept = {**about, **{name: U16(about[name]) for name in short}}
    kept |= {"record_size": U16(bits), "build_epoch": U64(about["build_epoch"])}
    path.write_bytes(tree + whole[nodes * width // 4 : marker] + encode(kept))
    with maxminddb.open_database(path) as reader:  # the official reader agrees that this is the format
        assert reader.get("5.1.1.1") == COUNTRIES[1]
    return path
