"""Who is on the other end: the visitor's address behind proxies, and the IPv4 addresses hidden in it. Pure.

The walk starts at the socket's peer and goes leftwards through one configured header, as long as the hop
it stands on is one of our own proxies. The first hop that is not ours is the visitor. Nothing left of it is
read, because anybody may have written it: no prefix added to the header changes the answer.
What cannot be read is unknown, never skipped.

Sources: RFC 7239 (Forwarded), RFC 4291 2.5.5 (mapped, compatible), RFC 3056 (6to4), RFC 4380 (Teredo),
RFC 6052 and 8215 (NAT64), RFC 2765 (translated), RFC 5214 (ISATAP).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from kyc.errors import BadInput

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Longer chains do not exist between a browser and us; a longer header is somebody's experiment.
MOST_HOPS = 32
# Headers that proxies append to. Any other configured header is one that a CDN sets anew: exactly one address.
APPENDED = frozenset({"x-forwarded-for", "forwarded"})
UNIX_SOCKET = "unix"


class AddressReason(StrEnum):
    """Why the address is what it is, or why there is none."""

    PEER = "peer"  # the socket's own peer: no proxy of ours in between
    HEADER = "header"  # named by a proxy of ours
    DEMONSTRATION = "demonstration"  # loopback, and a demonstration says where from
    UNREADABLE_PEER = "unreadable_peer"
    UNREADABLE_HOP = "unreadable_hop"
    NOT_NAMED = "not_named"  # only our own proxies in the whole chain
    TOO_MANY_HOPS = "too_many_hops"


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """The proxies whose word is believed: networks, and whether a Unix socket's peer (no address) is one."""

    networks: tuple[Network, ...] = ()
    unix: bool = False

    def __contains__(self, address: Address) -> bool:
        version = address.version
        return any(network.version == version and address in network for network in self.networks)


@dataclass(frozen=True, slots=True)
class ClientAddress:
    """The visitor's address, None when unknown; `hops` are the addresses walked, nearest first.

    `spoof_attempted`: the request carries address claims that were not needed and not believed. An honest
    forward proxy at the visitor's side does the same, so it is a signal and never a verdict.
    """

    address: Address | None
    hops: tuple[str, ...]
    spoof_attempted: bool
    reason: AddressReason


def trust(cidrs: Iterable[str]) -> TrustedProxies:
    """Read the setting. "unix" trusts a peer without an address. Raises BadInput naming a bad entry."""
    networks: list[Network] = []
    unix = False
    for cidr in cidrs:
        text = cidr.strip()
        if text == UNIX_SOCKET:
            unix = True
            continue
        try:
            networks.append(ipaddress.ip_network(text))
        except ValueError as error:
            raise BadInput(f"A trusted proxy is not a network: {text!r} ({error})", cidr=text) from error
    return TrustedProxies(tuple(networks), unix)


def client_address(
    remote_addr: str, header_values: str | Sequence[str], trusted: TrustedProxies, header_name: str = "X-Forwarded-For"
) -> ClientAddress:
    """The visitor's address.

    `header_values`: the header's lines in the order they came ("" or () when absent); repeated lines are
    joined as RFC 9110 5.3 says. Never raises.
    """
    header = header_values if isinstance(header_values, str) else ", ".join(header_values)
    claimed = bool(header.strip())
    if not remote_addr and trusted.unix:
        peer, hops = None, (UNIX_SOCKET,)
    else:
        peer = read_address(remote_addr)
        if peer is None:
            return ClientAddress(None, (remote_addr,), claimed, AddressReason.UNREADABLE_PEER)
        hops = (str(peer),)
        if peer not in trusted:
            return ClientAddress(peer, hops, claimed, AddressReason.PEER)
    if not claimed:
        return ClientAddress(None, hops, False, AddressReason.NOT_NAMED)
    if header_name.lower() in APPENDED:
        return _walk(header, hops, trusted, forwarded=header_name.lower() == "forwarded")
    named = read_address(header)
    if named is None:
        return ClientAddress(None, (*hops, header[:64]), "," in header, AddressReason.UNREADABLE_HOP)
    return ClientAddress(named, (*hops, str(named)), False, AddressReason.HEADER)


def stand_in(found: ClientAddress, demonstration_address: str) -> ClientAddress:
    """In a demonstration, a visitor on loopback comes from the stated address ("" for none)."""
    if not demonstration_address or found.address is None or not found.address.is_loopback:
        return found
    address = read_address(demonstration_address)
    if address is None:
        raise BadInput("The demonstration's address is no address.", address=demonstration_address)
    return replace(found, address=address, reason=AddressReason.DEMONSTRATION)


def _walk(header: str, hops: tuple[str, ...], trusted: TrustedProxies, *, forwarded: bool) -> ClientAddress:
    parts = _forwarded_from_right(header) if forwarded else _commas_from_right(header)
    for number, (text, more) in enumerate(parts, start=1):
        if number > MOST_HOPS:
            return ClientAddress(None, hops, True, AddressReason.TOO_MANY_HOPS)
        address = _forwarded_for(text) if forwarded else read_address(text)
        if address is None:
            return ClientAddress(None, (*hops, text.strip()[:64]), more, AddressReason.UNREADABLE_HOP)
        hops = (*hops, str(address))
        if address not in trusted:
            return ClientAddress(address, hops, more, AddressReason.HEADER)
    return ClientAddress(None, hops, False, AddressReason.NOT_NAMED)


def _commas_from_right(header: str) -> list[tuple[str, bool]]:
    """(element, whether anything stands left of it), rightmost first; one more than may be walked."""
    parts = header.rsplit(",", MOST_HOPS + 1)
    elements = parts[:0:-1] if len(parts) > MOST_HOPS + 1 else parts[::-1]
    last = len(parts) - 1
    return [(element, index < last) for index, element in enumerate(elements)]


def _forwarded_from_right(header: str) -> list[tuple[str, bool]]:
    """The same for RFC 7239, where commas may stand in quotes.

    Quotes are paired from the right: paired from the left, a visitor's lone quote would swallow what our
    proxy wrote after it.
    """
    elements: list[tuple[str, bool]] = []
    end, quoted = len(header), False
    for position in range(len(header) - 1, -1, -1):
        character = header[position]
        if character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            elements.append((header[position + 1 : end], True))
            end = position
            if len(elements) > MOST_HOPS:
                return elements
    elements.append((header[:end], False))
    return elements


def _forwarded_for(element: str) -> Address | None:
    """The `for` of one element, None when there is none, two, a hidden name, or anything escaped."""
    named: list[str] = []
    for pair in element.split(";"):
        name, equals, value = pair.strip(" \t").partition("=")
        if equals and name.lower() == "for":
            named.append(value)
    if len(named) != 1:
        return None
    value = named[0]
    if value.startswith('"') and value.endswith('"') and len(value) > 1:
        value = value[1:-1]
    if '"' in value or "\\" in value:
        return None
    if ":" in value and not value.startswith("[") and value.count(":") > 1:
        return None  # RFC 7239 6: an IPv6 address stands in brackets
    return read_address(value)


_PORT = re.compile(r"[0-9]{1,5}", re.ASCII)
# "[" 8 groups of 4 with colons, or with a dotted quad at the end "]" ":" port
_LONGEST_ADDRESS = 60


def read_address(text: str) -> Address | None:
    """One address, perhaps with port or brackets; an IPv4-mapped one as the IPv4 address it is.

    None for zones ("%eth0"), octal or hexadecimal parts, bare numbers, names and everything else.
    """
    text = text.strip(" \t")
    return _read(text) if len(text) <= _LONGEST_ADDRESS else None


@lru_cache(maxsize=8192)  # the same proxies and visitors come again and again
def _read(text: str) -> Address | None:
    if text.startswith("["):
        inside, closed, rest = text[1:].partition("]")
        if not closed or ":" not in inside or (rest and not (rest[0] == ":" and _is_port(rest[1:]))):
            return None
        text = inside
    elif text.count(":") == 1:
        text, _, port = text.partition(":")
        if not _is_port(port):
            return None
    if "%" in text or "/" in text:
        return None
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if address.version == 6 and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _is_port(text: str) -> bool:
    return bool(_PORT.fullmatch(text)) and int(text) <= 65535


# ------------------------------------------------------------------------------------------------ keeping
PREFIX_BITS = {4: 24, 6: 48}  # what remains of an address after its time: a neighbourhood, no line


def prefix_of(address: Address) -> str:
    """The network of an address that may be kept for long: /24, or /48 for IPv6."""
    return str(ipaddress.ip_network(f"{address}/{PREFIX_BITS[address.version]}", strict=False))


# ------------------------------------------------------------------------------------------------ wrappings
_LOW_32 = 0xFFFF_FFFF


def unwrap(address: Address) -> tuple[ipaddress.IPv4Address, ...]:
    """Every IPv4 address that travels inside this one, () for none and for IPv4 itself.

    Location files know only part of these wrappings, or answer for the relay's owner, so each embedded
    address is looked up as well and the worse answer wins.
    """
    if address.version == 4:
        return ()
    number = int(address)
    found: list[int] = []
    high_96 = number >> 32
    if high_96 in (0xFFFF, 0xFFFF_0000, 0x0064_FF9B << 64):  # mapped, translated, NAT64
        found.append(number & _LOW_32)
    elif high_96 == 0:
        if number > 1:  # compatible; :: and ::1 are themselves
            found.append(number & _LOW_32)
    elif number >> 112 == 0x2002:  # 6to4
        found.append((number >> 80) & _LOW_32)
    elif number >> 96 == 0x2001_0000:  # Teredo: the client's address is stored inverted
        found.append((number & _LOW_32) ^ _LOW_32)
    elif number >> 80 == 0x0064_FF9B_0001:  # local NAT64, /48: RFC 6052 leaves out bits 64 to 71; /96: the low bits
        found.append((((number >> 64) & 0xFFFF) << 16) | ((number >> 40) & 0xFFFF))
        found.append(number & _LOW_32)
    if (number >> 32) & 0xFDFF_FFFF == 0x0000_5EFE:  # ISATAP, with or without the universal bit
        found.append(number & _LOW_32)
    return tuple(ipaddress.IPv4Address(embedded) for embedded in dict.fromkeys(found))
