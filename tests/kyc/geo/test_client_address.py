"""Who is on the other end, whatever the headers say."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

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

OURS = trust(["10.0.0.0/8", "2001:db8:1::/48", "192.0.2.10/32"])
R = AddressReason
XFF, FWD, CDN = "X-Forwarded-For", "Forwarded", "CF-Connecting-IP"

# (what it is, socket peer, header name, header lines, the address, the reason)
CORPUS: tuple[tuple[str, str, str, object, str | None, AddressReason], ...] = (
    # nobody of ours in between: headers are worth nothing
    ("a direct visitor", "203.0.114.7", XFF, "", "203.0.114.7", R.PEER),
    ("a direct visitor who writes the header", "203.0.114.7", XFF, "8.8.8.8", "203.0.114.7", R.PEER),
    ("who claims our own proxy", "203.0.114.7", XFF, "10.0.0.1", "203.0.114.7", R.PEER),
    ("who claims to be on loopback", "203.0.114.7", XFF, "127.0.0.1", "203.0.114.7", R.PEER),
    ("who writes a long chain", "203.0.114.7", XFF, "8.8.8.8, 10.0.0.2, 10.0.0.1", "203.0.114.7", R.PEER),
    ("who writes Forwarded", "203.0.114.7", FWD, "for=8.8.8.8", "203.0.114.7", R.PEER),
    ("who writes the CDN's header", "203.0.114.7", CDN, "8.8.8.8", "203.0.114.7", R.PEER),
    ("a neighbour of our network", "11.0.0.1", XFF, "8.8.8.8", "11.0.0.1", R.PEER),
    ("a neighbour of our single proxy", "192.0.2.11", XFF, "8.8.8.8", "192.0.2.11", R.PEER),
    ("over IPv6", "2a00:1450::5", XFF, "8.8.8.8", "2a00:1450::5", R.PEER),
    # behind our proxy: the rightmost is what it saw
    ("behind one proxy", "10.0.0.1", XFF, "203.0.114.7", "203.0.114.7", R.HEADER),
    ("behind two proxies", "10.0.0.1", XFF, "203.0.114.7, 10.0.0.2", "203.0.114.7", R.HEADER),
    ("behind a proxy on IPv6", "2001:db8:1::9", XFF, "2a00:1450::5", "2a00:1450::5", R.HEADER),
    ("a spoofed entry before one's own", "10.0.0.1", XFF, "8.8.8.8, 203.0.114.7", "203.0.114.7", R.HEADER),
    ("a spoofed proxy of ours first", "10.0.0.1", XFF, "10.9.9.9, 203.0.114.7", "203.0.114.7", R.HEADER),
    ("a whole spoofed chain", "10.0.0.1", XFF, "8.8.8.8, 10.0.0.3, 203.0.114.7, 10.0.0.2", "203.0.114.7", R.HEADER),
    ("loopback spoofed", "10.0.0.1", XFF, "127.0.0.1, 203.0.114.7", "203.0.114.7", R.HEADER),
    ("rubbish spoofed", "10.0.0.1", XFF, "<script>, 203.0.114.7", "203.0.114.7", R.HEADER),
    ("empty entries spoofed", "10.0.0.1", XFF, ", , ,203.0.114.7", "203.0.114.7", R.HEADER),
    ("ten thousand entries spoofed", "10.0.0.1", XFF, "8.8.8.8," * 10_000 + "203.0.114.7", "203.0.114.7", R.HEADER),
    ("a second header line spoofed first", "10.0.0.1", XFF, ["8.8.8.8", "203.0.114.7"], "203.0.114.7", R.HEADER),
    ("a chain over two lines", "10.0.0.1", XFF, ["8.8.8.8, 203.0.114.7", "10.0.0.2"], "203.0.114.7", R.HEADER),
    ("tabs and blanks around", "10.0.0.1", XFF, "8.8.8.8,\t 203.0.114.7 \t", "203.0.114.7", R.HEADER),
    ("a port behind the address", "10.0.0.1", XFF, "203.0.114.7:51234", "203.0.114.7", R.HEADER),
    ("brackets and a port", "10.0.0.1", XFF, "[2a00:1450::5]:443", "2a00:1450::5", R.HEADER),
    ("brackets alone", "10.0.0.1", XFF, "[2a00:1450::5]", "2a00:1450::5", R.HEADER),
    ("IPv4 written as IPv6", "10.0.0.1", XFF, "::ffff:203.0.114.7", "203.0.114.7", R.HEADER),
    ("our proxy written as IPv6", "10.0.0.1", XFF, "203.0.114.7, ::ffff:10.0.0.2", "203.0.114.7", R.HEADER),
    ("our proxy's socket is dual", "::ffff:10.0.0.1", XFF, "203.0.114.7", "203.0.114.7", R.HEADER),
    # what cannot be read is unknown, and nothing left of it is tried
    ("a name", "10.0.0.1", XFF, "203.0.114.7, localhost", None, R.UNREADABLE_HOP),
    ("unknown", "10.0.0.1", XFF, "203.0.114.7, unknown", None, R.UNREADABLE_HOP),
    ("octal", "10.0.0.1", XFF, "8.8.8.8, 0313.0.114.7", None, R.UNREADABLE_HOP),
    ("leading zeros", "10.0.0.1", XFF, "203.000.114.007", None, R.UNREADABLE_HOP),
    ("hexadecimal", "10.0.0.1", XFF, "0xCB007207", None, R.UNREADABLE_HOP),
    ("one number", "10.0.0.1", XFF, "3405803271", None, R.UNREADABLE_HOP),
    ("a short form", "10.0.0.1", XFF, "127.1", None, R.UNREADABLE_HOP),
    ("a fifth part", "10.0.0.1", XFF, "203.0.114.7.1", None, R.UNREADABLE_HOP),
    ("a part too large", "10.0.0.1", XFF, "203.0.114.256", None, R.UNREADABLE_HOP),
    ("a network", "10.0.0.1", XFF, "203.0.114.7/32", None, R.UNREADABLE_HOP),
    ("a zone", "10.0.0.1", XFF, "fe80::1%eth0", None, R.UNREADABLE_HOP),
    ("a zone in brackets", "10.0.0.1", XFF, "[fe80::1%25eth0]:80", None, R.UNREADABLE_HOP),
    ("an open bracket", "10.0.0.1", XFF, "[2a00:1450::5", None, R.UNREADABLE_HOP),
    ("IPv4 in brackets", "10.0.0.1", XFF, "[203.0.114.7]", None, R.UNREADABLE_HOP),
    ("a port too large", "10.0.0.1", XFF, "203.0.114.7:70000", None, R.UNREADABLE_HOP),
    ("a port that is none", "10.0.0.1", XFF, "203.0.114.7:http", None, R.UNREADABLE_HOP),
    ("digits of another script", "10.0.0.1", XFF, "２０３.0.114.7", None, R.UNREADABLE_HOP),
    ("a line break", "10.0.0.1", XFF, "8.8.8.8\r\nX-Forwarded-For: 1.1.1.1", None, R.UNREADABLE_HOP),
    ("an address behind a semicolon", "10.0.0.1", XFF, "203.0.114.7;8.8.8.8", None, R.UNREADABLE_HOP),
    ("two addresses in one entry", "10.0.0.1", XFF, "8.8.8.8 203.0.114.7", None, R.UNREADABLE_HOP),
    ("an empty last entry", "10.0.0.1", XFF, "203.0.114.7,", None, R.UNREADABLE_HOP),
    ("quotes, which this header has not", "10.0.0.1", XFF, '"203.0.114.7"', None, R.UNREADABLE_HOP),
    ("an unreadable hop between proxies", "10.0.0.1", XFF, "203.0.114.7, _, 10.0.0.2", None, R.UNREADABLE_HOP),
    # nobody names the visitor
    ("a proxy without the header", "10.0.0.1", XFF, "", None, R.NOT_NAMED),
    ("a proxy with an empty header", "10.0.0.1", XFF, "  ", None, R.NOT_NAMED),
    ("only our own proxies", "10.0.0.1", XFF, "10.0.0.3, 10.0.0.2", None, R.NOT_NAMED),
    ("more proxies than there can be", "10.0.0.1", XFF, ", ".join(["10.0.0.2"] * 40), None, R.TOO_MANY_HOPS),
    ("the visitor beyond the last hop", "10.0.0.1", XFF, "1.1.1.1" + ", 10.0.0.2" * 33, None, R.TOO_MANY_HOPS),
    ("no peer", "", XFF, "203.0.114.7", None, R.UNREADABLE_PEER),
    ("a peer that is a name", "localhost", XFF, "203.0.114.7", None, R.UNREADABLE_PEER),
    # RFC 7239
    ("Forwarded", "10.0.0.1", FWD, "for=203.0.114.7;proto=https", "203.0.114.7", R.HEADER),
    ("Forwarded in another case", "10.0.0.1", FWD, "Proto=https; For=203.0.114.7", "203.0.114.7", R.HEADER),
    ("Forwarded with quotes", "10.0.0.1", FWD, 'for="203.0.114.7:4711"', "203.0.114.7", R.HEADER),
    ("Forwarded with IPv6", "10.0.0.1", FWD, 'for="[2a00:1450::5]:4711"', "2a00:1450::5", R.HEADER),
    ("Forwarded spoofed before", "10.0.0.1", FWD, "for=8.8.8.8, for=203.0.114.7", "203.0.114.7", R.HEADER),
    ("Forwarded with a lone quote before", "10.0.0.1", FWD, 'for="8.8.8.8, for=203.0.114.7', "203.0.114.7", R.HEADER),
    ("Forwarded with a quoted comma before", "10.0.0.1", FWD, 'by="a,b", for=203.0.114.7', "203.0.114.7", R.HEADER),
    ("Forwarded hidden", "10.0.0.1", FWD, "for=8.8.8.8, for=_secret", None, R.UNREADABLE_HOP),
    ("Forwarded unknown", "10.0.0.1", FWD, "for=8.8.8.8, for=unknown", None, R.UNREADABLE_HOP),
    ("Forwarded names two", "10.0.0.1", FWD, "for=8.8.8.8;for=203.0.114.7", None, R.UNREADABLE_HOP),
    ("Forwarded names none", "10.0.0.1", FWD, "for=8.8.8.8, proto=https", None, R.UNREADABLE_HOP),
    ("Forwarded with bare IPv6", "10.0.0.1", FWD, "for=2a00:1450::5", None, R.UNREADABLE_HOP),
    ("Forwarded escapes", "10.0.0.1", FWD, 'for="203.0.114.\\7"', None, R.UNREADABLE_HOP),
    ("X-Forwarded-For where Forwarded is set", "10.0.0.1", FWD, "203.0.114.7", None, R.UNREADABLE_HOP),
    # a CDN's own header is one address, set anew
    ("the CDN's header", "10.0.0.1", CDN, "203.0.114.7", "203.0.114.7", R.HEADER),
    ("the CDN's header twice", "10.0.0.1", CDN, ["8.8.8.8", "203.0.114.7"], None, R.UNREADABLE_HOP),
    ("the CDN's header as a list", "10.0.0.1", CDN, "8.8.8.8, 203.0.114.7", None, R.UNREADABLE_HOP),
)


def test_the_corpus_has_at_least_forty_spoofs():
    assert len([row for row in CORPUS if row[3]]) >= 40


@pytest.mark.parametrize(
    ("peer", "name", "header", "address", "reason"), [row[1:] for row in CORPUS], ids=[row[0] for row in CORPUS]
)
def test_the_visitor_is(peer, name, header, address, reason):
    found = client_address(peer, header, OURS, name)
    assert (str(found.address) if found.address else None, found.reason) == (address, reason)


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
