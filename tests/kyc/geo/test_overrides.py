"""What sources name inside a range, block by block: nothing embargoed may hide in a part of it."""

from __future__ import annotations

import ipaddress
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kyc.errors import BadInput
from kyc.geo import overrides
from kyc.geo.overrides import embargoed_within, read_range
from kyc.geo.sources import GeoData
from tests.kyc.geo.location_world import TODAY, country, write_file

# Iran in one /30 of a German /16, Cuba behind it, nothing known of the rest
COUNTRIES = {
    "5.9.0.0/20": "DE",
    "5.9.16.4/30": "IR",
    "5.9.32.0/24": "CU",
    "2a01:4f8::/40": "DE",
    "2a01:4f8:ff00::/48": "IR",
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: Any) -> GeoData:
    folder: Path = tmp_path_factory.mktemp("within")
    write_file(folder / "c.mmdb", "GeoLite2-Country", {cidr: country(code) for cidr, code in COUNTRIES.items()})
    city = {"46.33.32.0/28": {"country": {"iso_code": "UA"}, "subdivisions": [{"iso_code": "43"}]}}
    write_file(folder / "r.mmdb", "GeoIP2-City", city)
    return GeoData([folder], golden=())


class TheSourcesWithinARange:
    @pytest.mark.parametrize(
        ("cidr", "codes"),
        [
            ("5.9.0.0/16", {"DE", "IR", "CU"}),
            ("5.9.0.0/21", {"DE"}),
            ("5.9.16.0/28", {"IR"}),
            ("5.9.16.5/32", {"IR"}),
            ("5.9.16.8/29", set()),
            ("5.9.16.0/20", {"IR"}),
            ("46.33.32.0/24", {"UA", "UA-43"}),
            ("46.33.32.16/28", set()),
            ("2a01:4f8::/32", {"DE", "IR"}),
            ("2a01:4f8::/41", {"DE"}),
            ("175.45.176.0/24", {"KP"}),  # our own facts
            ("5.160.0.0/24", {"IR"}),
        ],
    )
    def test_are_those_of_every_part_of_it(self, data, cidr, codes):
        assert set(data.within(ipaddress.ip_network(cidr))) == codes

    @settings(max_examples=150)
    @given(start=st.integers(0, 2**16 - 1), bits=st.integers(22, 32))
    def test_miss_nothing_that_an_address_in_it_would_say(self, data, start, bits):
        network = ipaddress.ip_network(((5 << 24) + (9 << 16) + start, bits), strict=False)
        alone = {code for address in network for code in data.lookup(address, today=TODAY).said}
        assert set(data.within(network)) == alone

    def test_that_are_embargoed_are_told_by_country_and_by_region(self, data):
        named = data.within(ipaddress.ip_network("5.9.0.0/16")) | data.within(ipaddress.ip_network("46.33.32.0/24"))
        assert set(embargoed_within(named, TODAY)) == {"IR", "CU", "UA-43"}


class ARangeInWords:
    @pytest.mark.parametrize(
        ("text", "network"),
        [(" 5.9.7.0/24 ", "5.9.7.0/24"), ("5.9.7.7", "5.9.7.7/32"), ("2a01:4f8::/32", "2a01:4f8::/32")],
    )
    def test_is_read(self, text, network):
        assert str(read_range(text)) == network

    @pytest.mark.parametrize(
        "text",
        ["", "5.9.7.1/24", "5.0.0.0/8", "2a00::/16", "10.1.0.0/16", "fe80::/64", "::ffff:5.9.7.0/120",
         "2002:509:700::/40", "64:ff9b::509:700/120", "2001:0:509::/48", "somewhere"],
    )  # fmt: skip
    def test_is_refused_with_the_field_named(self, text):
        with pytest.raises(BadInput) as refused:
            read_range(text)
        assert refused.value.facts["field"] == "cidr"

    @given(st.text(max_size=60))
    def test_is_a_network_or_refused(self, text):
        with suppress(BadInput):
            assert read_range(text).prefixlen >= 16


def test_both_groups_of_embargo_are_asked():
    assert {group.value for group in overrides.EMBARGOED} == {"embargo", "embargo_review"}
