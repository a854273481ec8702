"""Who is on the other end, whatever the headers say."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyc.benchmarks.addresses import CDN, FWD, OURS, SPOOFS, XFF, wrong_spoofs
from kyc.errors import BadInput
from kyc.geo.client_address import (
    MOST_HOPS,
    AddressReason,
    ClientAddress,
    client_address,
    prefix_of,
    read_address,
    stand_in,
    trust,
    unwrap,
)

R = AddressReason


def test_the_corpus_has_at_least_forty_spoofs():
    assert len([spoof for spoof in SPOOFS if spoof.lines]) >= 40


@pytest.mark.parametrize("spoof", SPOOFS, ids=[spoof.what for spoof in SPOOFS])
def test_the_visitor_is(spoof):
    found = client_address(spoof.peer, spoof.lines, OURS, spoof.header)
    assert (str(found.address) if found.address else None, found.reason) == (spoof.address, spoof.reason)


def test_the_corpus_is_read_without_a_mistake():
    assert list(wrong_spoofs()) == []


class WhenSomebodyPrependsToTheHeader:
    """A proxy adds ", " and what it saw behind whatever came in."""

    CHAINS = ("203.0.114.7", "203.0.114.7, 10.0.0.2", "2a00:1450::5, 2001:db8:1::7, 10.0.0.2", "nonsense, 10.0.0.2")

    @given(prefix=st.text(max_size=200), chain=st.sampled_from(CHAINS))
    def test_the_address_stays(self, prefix, chain):
        before = client_address("10.0.0.1", chain, OURS)
        after = client_address("10.0.0.1", f"{prefix}, {chain}", OURS)
        assert (after.address, after.reason) == (before.address, before.reason)

    @given(
        prefix=st.text(alphabet='for="[]:;,.\\ 0123456789abcdef_', max_size=120),
        chain=st.sampled_from(("for=203.0.114.7", 'for="[2a00:1450::5]:80";proto=https, for=10.0.0.2', "for=_x")),
    )
    def test_the_address_stays_in_forwarded(self, prefix, chain):
        before = client_address("10.0.0.1", chain, OURS, "Forwarded")
        after = client_address("10.0.0.1", f"{prefix}, {chain}", OURS, "Forwarded")
        assert (after.address, after.reason) == (before.address, before.reason)

    @given(lines=st.lists(st.text(max_size=60), max_size=5))
    def test_the_address_stays_when_whole_lines_come_first(self, lines):
        found = client_address("10.0.0.1", [*lines, "203.0.114.7"], OURS)
        assert str(found.address) == "203.0.114.7"

    @given(header=st.text(max_size=200), name=st.sampled_from((XFF, FWD, CDN)))
    def test_a_direct_peer_stays_itself(self, header, name):
        assert str(client_address("203.0.114.7", header, OURS, name).address) == "203.0.114.7"

    @given(header=st.text(max_size=300), peer=st.text(max_size=40), name=st.sampled_from((XFF, FWD, CDN)))
    def test_nothing_is_ever_raised(self, header, peer, name):
        assert isinstance(client_address(peer, header, OURS, name), ClientAddress)


class TheSignalOfASpoof:
    @pytest.mark.parametrize(
        ("peer", "header", "attempted"),
        [
            ("203.0.114.7", "", False),
            ("203.0.114.7", "8.8.8.8", True),
            ("10.0.0.1", "203.0.114.7", False),
            ("10.0.0.1", "203.0.114.7, 10.0.0.2", False),
            ("10.0.0.1", "8.8.8.8, 203.0.114.7", True),
            ("10.0.0.1", "8.8.8.8, rubbish", True),
            ("10.0.0.1", "rubbish", False),
        ],
    )
    def test_is_set_by_claims_that_were_not_needed(self, peer, header, attempted):
        assert client_address(peer, header, OURS).spoof_attempted is attempted

    def test_comes_with_the_hops_that_were_walked(self):
        found = client_address("10.0.0.1", "8.8.8.8, 203.0.114.7, 10.0.0.2", OURS)
        assert found.hops == ("10.0.0.1", "10.0.0.2", "203.0.114.7")


class TheTrustedProxies:
    def test_may_include_a_unix_socket(self):
        found = client_address("", "8.8.8.8, 203.0.114.7", trust(["unix"]))
        assert str(found.address) == "203.0.114.7"

    def test_may_be_nobody(self):
        assert str(client_address("10.0.0.1", "8.8.8.8", trust([])).address) == "10.0.0.1"

    @pytest.mark.parametrize("entry", ["10.0.0.0/33", "proxy.internal", "10.0.0.1/8", ""])
    def test_must_be_networks(self, entry):
        with pytest.raises(BadInput, match="not a network"):
            trust([entry])

    @pytest.mark.parametrize("hops", range(1, MOST_HOPS))
    def test_may_stand_in_a_row(self, hops):
        chain = ", ".join(["203.0.114.7", *["10.0.0.2"] * hops])
        assert str(client_address("10.0.0.1", chain, OURS).address) == "203.0.114.7"


class ADemonstrationVisitor:
    LOOPBACK = client_address("127.0.0.1", "", trust([]))

    def test_on_loopback_comes_from_the_stated_address(self):
        found = stand_in(self.LOOPBACK, "81.2.69.142")
        assert (str(found.address), found.reason) == ("81.2.69.142", R.DEMONSTRATION)

    def test_on_loopback_without_a_stated_address_stays(self):
        assert stand_in(self.LOOPBACK, "") == self.LOOPBACK

    def test_from_elsewhere_stays(self):
        found = client_address("203.0.114.7", "", trust([]))
        assert stand_in(found, "81.2.69.142") == found

    def test_must_have_an_address(self):
        with pytest.raises(BadInput):
            stand_in(self.LOOPBACK, "somewhere")


class ThePrefixOfAnAddress:
    @pytest.mark.parametrize(
        ("text", "prefix"),
        [("203.0.114.77", "203.0.114.0/24"), ("2a00:1450:4001:81b::5", "2a00:1450:4001::/48"), ("::1", "::/48")],
    )
    def test_is_a_neighbourhood(self, text, prefix):
        assert prefix_of(ipaddress.ip_address(text)) == prefix


class AnAddressWithinAnAddress:
    @pytest.mark.parametrize(
        ("text", "inside"),
        [
            ("114.114.114.114", ()),
            ("2a00:1450::5", ()),
            ("::", ()),
            ("::1", ()),
            ("::114.114.114.114", ("114.114.114.114",)),
            ("::ffff:0:114.114.114.114", ("114.114.114.114",)),
            ("2002:7272:7272::1", ("114.114.114.114",)),
            ("64:ff9b::7272:7272", ("114.114.114.114",)),
            ("64:ff9b::114.114.114.114", ("114.114.114.114",)),
            ("64:ff9b:1:7272:72:7200::", ("114.114.114.114", "0.0.0.0")),
            ("64:ff9b:1::7272:7272", ("0.0.0.0", "114.114.114.114")),
            ("2001:0:4136:e378:8000:63bf:8d8d:8d8d", ("114.114.114.114",)),
            ("2001:470:1::5efe:7272:7272", ("114.114.114.114",)),
            ("2001:470:1::200:5efe:7272:7272", ("114.114.114.114",)),
        ],
    )
    def test_is_found(self, text, inside):
        assert tuple(map(str, unwrap(ipaddress.ip_address(text)))) == inside

    def test_is_the_address_itself_when_mapped(self):
        assert str(read_address("::ffff:114.114.114.114")) == "114.114.114.114"
        assert unwrap(ipaddress.ip_address("::ffff:114.114.114.114")) == (ipaddress.ip_address("114.114.114.114"),)

    @given(st.ip_addresses(v=4))
    def test_comes_out_of_every_wrapping(self, inner):
        number = int(inner)
        for wrapped in (
            (0x2002 << 112) | (number << 80),
            (0x64FF9B << 96) | number,
            (0x20010000 << 96) | (number ^ 0xFFFFFFFF),
            (0xFFFF << 32) | number,
        ):
            assert inner in unwrap(ipaddress.IPv6Address(wrapped))

    @given(st.ip_addresses())
    def test_is_looked_for_without_error(self, address):
        assert all(inner.version == 4 for inner in unwrap(address))
