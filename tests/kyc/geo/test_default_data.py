"""The location data that comes by pip alone, compiled as at a first start, read through geoip2."""

from __future__ import annotations

import ipaddress
import random
from datetime import UTC, datetime
from pathlib import Path

import geoip2.database
import iporigin
import iptocc
import maxminddb
import pytest

from kyc.benchmarks.addresses import wrong_places
from kyc.errors import Unavailable
from kyc.geo import build
from kyc.geo.build import (
    ORIGIN_FILE,
    PIP_RECIPES,
    REGISTRY_FILE,
    Recipe,
    country_layout,
    network_rows,
    npm_built_at,
    origin_record,
    refresh,
)
from kyc.geo.sources import GeoData
from kyc.policy.geo import GOLDEN


@pytest.fixture(scope="module")
def registry(default_data: Path):
    with maxminddb.open_database(default_data / REGISTRY_FILE) as reader:
        yield reader


def held_ipv6(chance: random.Random) -> str:
    """A random address in space that registries hold."""
    top = chance.choice(build._HELD)
    return str(ipaddress.IPv6Address((top << 112) | chance.getrandbits(112)))


class TheRegistriesFile:
    def ask(self, reader: maxminddb.Reader, addresses: list[str]) -> list[tuple[str, str | None, str | None]]:
        """The addresses at which file and package differ."""
        said = iptocc.country_code(addresses)
        found = [(reader.get(text) or {"country": {"iso_code": None}})["country"]["iso_code"] for text in addresses]
        return [row for row in zip(addresses, said, found, strict=True) if row[1] != row[2]]

    def test_says_what_the_package_says_of_ipv4(self, registry):
        chance = random.Random(20261123)
        addresses = [str(ipaddress.IPv4Address(chance.randrange(1 << 24, 224 << 24))) for _ in range(60_000)]
        assert self.ask(registry, addresses) == []

    def test_says_what_the_package_says_of_ipv6(self, registry):
        chance = random.Random(20261123)
        addresses = [held_ipv6(chance) for _ in range(60_000)]
        differ = self.ask(registry, [text for text in addresses if not text.startswith("2002:")])
        assert differ == []

    def test_says_it_of_small_assignments_too(self, registry):
        """Space that registries cut into pieces smaller than a /24 and a /32."""
        chance = random.Random(7)
        small = [
            f"{chance.choice((91, 193, 194, 195))}.{chance.randrange(256)}.{chance.randrange(256)}."
            for _ in range(4000)
        ]
        addresses = [start + str(chance.randrange(256)) for start in small]
        addresses += [
            str(ipaddress.IPv6Address((top << 112) | (chance.getrandbits(10) << 96) | chance.getrandbits(96)))
            for top in (0x2001, 0x2602, 0x2620, 0x2801)
            for _ in range(4000)
        ]
        differ = self.ask(registry, addresses)
        # a /48 that begins and ends inside one /44 may be missed; nothing else
        assert len(differ) <= 2, differ

    def test_is_opened_by_geoip2(self, default_data: Path):
        with geoip2.database.Reader(str(default_data / REGISTRY_FILE)) as reader:
            assert reader.country("8.8.8.8").country.iso_code == "US"
            assert reader.country("114.114.114.114").registered_country.iso_code == "CN"

    def test_carries_the_day_of_the_data(self, registry):
        built = datetime.fromtimestamp(registry.metadata().build_epoch, UTC)
        assert built == build.registry_built_at()
        assert built.year >= 2026

    def test_counts_as_ancient_when_the_package_hides_its_day(self, monkeypatch):
        monkeypatch.setattr(build.metadata, "files", lambda name: [])
        assert build.registry_built_at().year == 1970


class TheFileOfPublishedRanges:
    @pytest.fixture
    def reader(self, default_data: Path):
        with geoip2.database.Reader(str(default_data / ORIGIN_FILE)) as reader:
            yield reader

    def test_says_what_the_package_says(self, reader):
        chance = random.Random(5)
        table = build.dataset()
        addresses = [ipaddress.IPv4Address(chance.randrange(1 << 24, 224 << 24)) for _ in range(5000)]
        addresses += [ipaddress.IPv4Address(first) for first in chance.sample(list(table.v4_starts), 2000)]
        addresses += [ipaddress.IPv6Address(last) for last in chance.sample(list(table.v6_ends), 2000)]
        for address in addresses:
            told = iporigin.classify(address)
            if told.kind == "reserved" or (address.version == 6 and address.sixtofour):
                continue
            record = reader._db_reader.get(address) or {"kind": "unknown", "provider": ""}
            assert (record["kind"], record["provider"]) == (told.kind, told.provider), address

    def test_is_opened_by_geoip2(self, reader):
        answer = reader.anonymous_ip("8.8.8.8")
        assert answer.is_hosting_provider and not answer.is_anonymous

    def test_leaves_out_what_is_everybodys(self, reader):
        assert reader._db_reader.get("2002:5102:458e::1") is None

    @pytest.mark.parametrize(
        ("provider", "kind", "flags"),
        [
            ("Tor", "tor", {"is_anonymous", "is_tor_exit_node"}),
            ("Mullvad", "vpn", {"is_anonymous", "is_anonymous_vpn"}),
            ("Apple Private Relay", "vpn", {"is_anonymous", "is_relay"}),
            ("Cloudflare", "cdn", {"is_hosting_provider"}),
            ("GPTBot", "bot", {"is_hosting_provider"}),
        ],
    )
    def test_translates_kinds(self, provider, kind, flags):
        record = origin_record(provider, kind)
        assert {key for key, value in record.items() if value is True} == flags

    def test_refuses_a_kind_it_does_not_know(self):
        with pytest.raises(Unavailable):
            origin_record("Somebody", "satellite")


class AFolderOfCompiledFiles:
    def recipe(self, made: list[str], release: str = "thing 1") -> Recipe:
        def make(path: Path) -> datetime:
            made.append(release)
            path.write_bytes(b"x")
            return datetime(2026, 10, 1, tzinfo=UTC)

        return Recipe("thing.mmdb", lambda: release, make)

    def test_is_made_once(self, tmp_path: Path):
        made: list[str] = []
        first = refresh(tmp_path, [self.recipe(made)], lambda line: None)
        second = refresh(tmp_path, [self.recipe(made)], lambda line: None)
        assert made == ["thing 1"]
        assert (first[0].built_on, second[0].built_on, second[0].seconds) == ("2026-10-01", "2026-10-01", 0.0)

    def test_is_made_again_for_another_release(self, tmp_path: Path):
        made: list[str] = []
        for release in ("thing 1", "thing 2"):
            refresh(tmp_path, [self.recipe(made, release)], lambda line: None)
        assert made == ["thing 1", "thing 2"]

    @pytest.mark.parametrize("rubbish", ["", "[]", "{", '{"thing.mmdb": {}}'])
    def test_is_made_again_when_its_note_is_rubbish(self, tmp_path: Path, rubbish: str):
        made: list[str] = []
        refresh(tmp_path, [self.recipe(made)], lambda line: None)
        (tmp_path / build.MANIFEST).write_text(rubbish)
        refresh(tmp_path, [self.recipe(made)], lambda line: None)
        assert len(made) == 2

    def test_is_made_again_when_the_file_is_gone(self, tmp_path: Path):
        made: list[str] = []
        refresh(tmp_path, [self.recipe(made)], lambda line: None)
        (tmp_path / "thing.mmdb").unlink()
        refresh(tmp_path, [self.recipe(made)], lambda line: None)
        assert len(made) == 2

    def test_is_fresh_after_the_real_recipes(self, default_data: Path):
        lines: list[str] = []
        refresh(default_data, PIP_RECIPES, lines.append)
        assert lines == []


class APackageFromNpm:
    @pytest.mark.parametrize(("code", "record"), [("DE", {"country": {"iso_code": "DE"}}), ("ZZ", {}), ("", {})])
    def test_is_put_into_the_usual_layout(self, code, record):
        assert country_layout({"country_code": code}) == record

    @pytest.mark.parametrize("flat", [{}, {"country": "DE"}, "DE", None])
    def test_is_refused_in_an_unknown_layout(self, flat):
        with pytest.raises(ValueError):
            country_layout(flat)

    def test_carries_its_day_in_the_version(self):
        assert npm_built_at("2.3.2026060120") == datetime(2026, 6, 1, 20, tzinfo=UTC)

    def test_gives_what_two_rows_claim_to_the_first(self):
        rows = list(network_rows(["1.0.0.0,1.0.0.255,1,One", "1.0.0.128,1.0.1.255,2,Two"]))
        assert [(last - first + 1, record["autonomous_system_number"]) for first, last, record in rows] == [
            (256, 1),
            (256, 2),
        ]

    def test_says_plainly_when_npm_fails(self, tmp_path: Path):
        fails = tmp_path / "npm"
        fails.write_text("#!/bin/sh\nexit 1\n")
        fails.chmod(0o755)
        with pytest.raises(Unavailable, match="npm could not get"):
            refresh(tmp_path / "geo", build.npm_recipes(str(fails)), lambda line: None)

    def test_is_refused_when_the_archive_is_another(self, tmp_path: Path):
        lies = tmp_path / "npm"
        lies.write_text("#!/bin/sh\necho not an archive > x.tgz\n")
        lies.chmod(0o755)
        with pytest.raises(Unavailable, match="not the archive we know"):
            refresh(tmp_path / "geo", build.npm_recipes(str(lies)), lambda line: None)


class TheGoldenAddresses:
    """The same table that probes a new file: here against the data every fresh installation has."""

    @pytest.mark.parametrize(("address", "countries"), GOLDEN, ids=[address for address, _ in GOLDEN])
    def test_are_placed_rightly(self, default_data: Path, address, countries):
        assert GeoData([default_data]).lookup(address).country in countries

    def test_under_embargo_are_never_missed(self, default_data: Path):
        assert list(wrong_places(GeoData([default_data]))) == []
