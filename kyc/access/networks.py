"""Which of many networks hold an address: a table by length of prefix. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Generic, TypeVar

Row = TypeVar("Row")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_BITS = {4: 32, 6: 128}


class Networks(Generic[Row]):
    """Rows by CIDR. Looking one address up costs one dictionary access for each length of prefix that occurs."""

    __slots__ = ("_empty", "_tables")

    def __init__(self, rows: Iterable[tuple[str, Row]] = ()) -> None:
        tables: dict[int, dict[int, dict[int, list[Row]]]] = {4: {}, 6: {}}
        for cidr, row in rows:
            network = ipaddress.ip_network(cidr, strict=False)
            shift = _BITS[network.version] - network.prefixlen
            of_length = tables[network.version].setdefault(shift, {})
            of_length.setdefault(int(network.network_address) >> shift, []).append(row)
        self._tables = {version: tuple(sorted(lengths.items())) for version, lengths in tables.items()}
        self._empty = not any(self._tables.values())

    def holding(self, address: Address) -> list[Row]:
        """The rows whose network holds the address, the narrowest network first."""
        if self._empty:  # as on most installations; asked twice for each answer of the gate
            return []
        tables = self._tables[address.version]
        number = int(address)
        return [row for shift, of_length in tables for row in of_length.get(number >> shift, ())]
