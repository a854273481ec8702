"""Addresses whose right answer is known: spoofed headers, and places that every file must know.

The tests and `bench_gate` run the same tables. The golden addresses themselves are kyc.policy.geo.GOLDEN, which
every new file is probed with; here they are asked of all open files together.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kyc.geo.client_address import Address, AddressReason, client_address, trust
from kyc.geo.sources import GeoData
from kyc.policy.geo import GOLDEN

OURS = trust(["10.0.0.0/8", "2001:db8:1::/48", "192.0.2.10/32"])
R = AddressReason
XFF, FWD, CDN = "X-Forwarded-For", "Forwarded", "CF-Connecting-IP"


@dataclass(frozen=True, slots=True)
class Spoof:
    """What came in, and who the visitor is: `address` is None where that cannot be told."""

    what: str
    peer: str
    header: str
    lines: str | Sequence[str]
    address: str | None
    reason: AddressReason


SPOOFS: tuple[Spoof, ...] = tuple(
    Spoof(*row)
    for row in (
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
        (
            "Forwarded with a lone quote before",
            "10.0.0.1",
            FWD,
            'for="8.8.8.8, for=203.0.114.7',
            "203.0.114.7",
            R.HEADER,
        ),
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
)


def wrong_spoofs() -> Iterator[str]:
    """One sentence for each header that is read wrongly; nothing when all are right."""
    for spoof in SPOOFS:
        found = client_address(spoof.peer, spoof.lines, OURS, spoof.header)
        said = str(found.address) if found.address else None
        if (said, found.reason) != (spoof.address, spoof.reason):
            yield f"{spoof.what}: {said} ({found.reason}), not {spoof.address} ({spoof.reason})"


# Under embargo, and misplaced by at least one source: any source must be enough to see it.
EMBARGOED: tuple[tuple[str, str], ...] = (
    ("5.160.0.1", "IR"),
    ("178.22.122.100", "IR"),
    ("175.45.176.1", "KP"),
    ("175.45.178.1", "KP"),
    ("200.55.128.3", "CU"),
)


def wrappings(address: ipaddress.IPv4Address) -> tuple[ipaddress.IPv6Address, ...]:
    """The address as IPv6 carries it: mapped, 6to4, Teredo, NAT64, ISATAP."""
    number = int(address)
    forms = (
        (0xFFFF << 32) | number,
        (0x2002 << 112) | (number << 80) | 1,
        (0x20010000 << 96) | (number ^ 0xFFFFFFFF),
        (0x64FF9B << 96) | number,
        (0x20010470 << 96) | (0x5EFE << 32) | number,
    )
    return tuple(map(ipaddress.IPv6Address, forms))


def wrong_places(places: GeoData) -> Iterator[str]:
    """One sentence for each golden address that is placed wrongly, and each embargo that nobody saw in any wrapping."""
    for address, countries in GOLDEN:
        country = places.lookup(address).country
        if country not in countries:
            yield f"{address}: {country or 'unknown'}, not {' or '.join(sorted(countries))}"
    for text, embargoed in EMBARGOED:
        plain = ipaddress.IPv4Address(text)
        forms: tuple[Address, ...] = (plain, *wrappings(plain))
        for form in forms:
            said = places.lookup(form).said
            if embargoed not in said:
                yield f"{form}: {', '.join(said) or 'unknown'}; {embargoed} is under embargo"
