"""Writing files in MaxMind's DB format 2.0, fast enough to compile the whole address space at set-up.

The packages on pip know ranges in formats of their own; compiled into this format, the default data is read
by the same geoip2 and maxminddb as a licensed file. Known writers in Python need minutes for what takes
seconds here, because they descend from the root for each network; sorted networks share their path with the
one before.

Format: https://maxmind.github.io/MaxMind-DB/. Pure apart from the file it writes.
"""

from __future__ import annotations

import os
import struct
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

MARKER = b"\xab\xcd\xefMaxMind.com"
ADDRESS_BITS = 128
# IPv4 lives at ::/96; files also answer for the mapped and 6to4 forms of it
MAPPED = 0xFFFF << 32
SIX_TO_FOUR = 0x2002 << 112

Record = Mapping[str, Any]
Range = tuple[int, int, Record]  # first and last address as 128-bit numbers, and what is said of them


@dataclass(frozen=True, slots=True)
class About:
    """The metadata of a file. `built_at` is the data's day, not the compilation's (seconds since 1970)."""

    database_type: str
    built_at: int
    description: str


def write_mmdb(path: Path, ranges: Iterable[Range], about: About) -> int:
    """Write a file of sorted ranges that do not overlap; IPv4 as ::a.b.c.d. Returns the number of tree nodes.

    Neighbours with equal records are joined. Written beside and renamed, so that no reader sees half a file.
    Raises ValueError for ranges out of order.
    """
    data, offset_of = bytearray(), _Offsets()
    tree = _Tree()
    for first, last, record in _joined(ranges):
        pointer = offset_of(record, data)
        for start, length in cidrs(first, last):
            tree.add(start, length, pointer)
    tree.close()
    tree.alias_ipv4()
    return _save(path, tree.left, tree.right, bytes(data), about)


def transcode(source: Path, path: Path, convert: Callable[[Any], Record], about: Callable[[Any], About]) -> int:
    """Rewrite the data section of a file and keep its tree: what each record says in another layout.

    `convert` gets each distinct record, `about` the source's metadata. Returns the number of nodes.
    Raises ValueError when `source` is no such file or its tree points nowhere.
    """
    whole = source.read_bytes()
    start = whole.rfind(MARKER)
    if start < 0:
        raise ValueError(f"{source.name} has no metadata section")
    metadata = Decoder(whole, start + len(MARKER)).decode(start + len(MARKER))[0]
    nodes, bits = metadata["node_count"], metadata["record_size"]
    tree_bytes = nodes * bits // 4
    if tree_bytes + 16 > start:
        raise ValueError(f"{source.name} is cut off")
    left, right = _read_tree(whole[:tree_bytes], nodes, bits)
    decoder = Decoder(whole, tree_bytes + 16)
    data, offset_of = bytearray(), _Offsets()
    both = np.concatenate((left, right))
    pointers = np.unique(both[both > nodes])
    renamed = np.empty_like(pointers)
    for index, pointer in enumerate(pointers):
        position = int(pointer) - nodes + tree_bytes
        if position >= start:
            raise ValueError(f"{source.name} points outside its data section")
        renamed[index] = nodes + 16 + offset_of(convert(decoder.decode(position)[0]), data)
    both[both > nodes] = renamed[np.searchsorted(pointers, both[both > nodes])]
    return _write(path, nodes, both[:nodes], both[nodes:], bytes(data), about(metadata), metadata["ip_version"])


def cidrs(first: int, last: int) -> Iterator[tuple[int, int]]:
    """The networks (address, prefix length of 128) that make up a range."""
    while first <= last:
        size = (first & -first).bit_length() - 1 if first else ADDRESS_BITS
        size = min(size, (last - first + 1).bit_length() - 1)
        yield first, ADDRESS_BITS - size
        first += 1 << size


def _joined(ranges: Iterable[Range]) -> Iterator[Range]:
    current: Range | None = None
    for first, last, record in ranges:
        if first > last or (current is not None and first <= current[1]):
            raise ValueError(f"ranges out of order at {first:#x}")
        if current is not None and first == current[1] + 1 and (record is current[2] or record == current[2]):
            current = (current[0], last, record)
            continue
        if current is not None:
            yield current
        current = (first, last, record)
    if current is not None:
        yield current


# ------------------------------------------------------------------------------------------------ the tree
_EMPTY = -1  # nothing is known below
_DATA = -2  # -2 - offset: a record of the data section


class _Tree:
    """Nodes in order of creation. A branch is a node's number, _EMPTY, or _DATA minus an offset."""

    def __init__(self) -> None:
        self.left = array("q", [_EMPTY])
        self.right = array("q", [_EMPTY])
        self._path = [0]  # the nodes from the root towards the last network
        self._last = -1

    def add(self, start: int, length: int, pointer: int) -> None:
        """Add a network right of all before."""
        if length == 0:
            raise ValueError("one record for all addresses makes no tree")
        depth = 0
        if self._last >= 0:
            differ = start ^ self._last
            depth = min(ADDRESS_BITS - differ.bit_length(), length - 1, len(self._path) - 1)
        del self._path[depth + 1 :]
        node = self._path[-1]
        for level in range(depth, length - 1):
            child = len(self.left)
            self.left.append(_EMPTY)
            self.right.append(_EMPTY)
            self._set(node, (start >> (ADDRESS_BITS - 1 - level)) & 1, child)
            self._path.append(child)
            node = child
        self._set(node, (start >> (ADDRESS_BITS - length)) & 1, _DATA - pointer)
        self._last = start

    def close(self) -> None:
        self._path = [0]
        self._last = -1

    def alias_ipv4(self) -> None:
        """Let ::ffff:0:0/96 and 2002::/16 answer as ::/96, where nothing else stands there."""
        ipv4 = self._descend(0, 96)
        if ipv4 is None:
            return
        for start, length in ((MAPPED, 96), (SIX_TO_FOUR, 16)):
            parent = self._descend(start, length - 1, make=True)
            bit = (start >> (ADDRESS_BITS - length)) & 1
            if parent is not None and (self.right if bit else self.left)[parent] == _EMPTY:
                self._set(parent, bit, ipv4)

    def _descend(self, start: int, length: int, *, make: bool = False) -> int | None:
        node = 0
        for level in range(length):
            bit = (start >> (ADDRESS_BITS - 1 - level)) & 1
            child = (self.right if bit else self.left)[node]
            if child == _EMPTY and make:
                child = len(self.left)
                self.left.append(_EMPTY)
                self.right.append(_EMPTY)
                self._set(node, bit, child)
            if child < 0:
                return None
            node = child
        return node

    def _set(self, node: int, bit: int, value: int) -> None:
        if bit:
            self.right[node] = value
        else:
            self.left[node] = value


def _save(path: Path, left: array[int], right: array[int], data: bytes, about: About) -> int:
    nodes = len(left)
    branches = [np.frombuffer(side, dtype=np.int64).copy() for side in (left, right)]
    for side in branches:
        empty, leaf = side == _EMPTY, side <= _DATA
        side[leaf] = nodes + 16 + (_DATA - side[leaf])
        side[empty] = nodes
    return _write(path, nodes, branches[0], branches[1], data, about, 6)


def _write(path: Path, nodes: int, left: Any, right: Any, data: bytes, about: About, ip_version: int) -> int:
    bits = 24 if nodes + 16 + len(data) < 1 << 24 else 32
    width = bits // 8
    pairs = np.empty((nodes, 2), dtype=">u4")
    pairs[:, 0], pairs[:, 1] = left, right
    tree = pairs.view(np.uint8).reshape(nodes * 2, 4)[:, 4 - width :].tobytes()
    metadata = {
        "binary_format_major_version": U16(2),
        "binary_format_minor_version": U16(0),
        "build_epoch": U64(about.built_at),
        "database_type": about.database_type,
        "description": {"en": about.description},
        "ip_version": U16(ip_version),
        "languages": ["en"],
        "node_count": nodes,
        "record_size": U16(bits),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with beside.open("wb") as file:
        for part in (tree, b"\0" * 16, data, MARKER, encode(metadata)):
            file.write(part)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    return nodes


def _read_tree(tree: bytes, nodes: int, bits: int) -> tuple[Any, Any]:
    raw = np.frombuffer(tree, dtype=np.uint8).reshape(nodes, bits // 4).astype(np.int64)
    if bits == 24:
        return tuple((raw[:, at] << 16) | (raw[:, at + 1] << 8) | raw[:, at + 2] for at in (0, 3))  # type: ignore[return-value]
    if bits == 28:
        low = [(raw[:, at] << 16) | (raw[:, at + 1] << 8) | raw[:, at + 2] for at in (0, 4)]
        return ((raw[:, 3] >> 4) << 24) | low[0], ((raw[:, 3] & 15) << 24) | low[1]
    if bits == 32:
        return tuple(
            (raw[:, at] << 24) | (raw[:, at + 1] << 16) | (raw[:, at + 2] << 8) | raw[:, at + 3] for at in (0, 4)
        )  # type: ignore[return-value]
    raise ValueError(f"records of {bits} bits are not part of the format")


# ------------------------------------------------------------------------------------------------ the data
class U16(int):
    """Written as the format's uint16."""


class U64(int):
    """Written as the format's uint64."""


def encode(value: Any) -> bytes:
    """One value of the data section: str, bool, int (0 to 2**32), float, bytes, mapping, list."""
    match value:
        case bool():
            return bytes((value, 14 - 7))
        case U16():
            return _number(5, value)
        case U64():
            return _number(9, value)
        case int():
            return _number(6, value)
        case str():
            text = value.encode()
            return _head(2, len(text)) + text
        case float():
            return _head(3, 8) + struct.pack(">d", value)
        case bytes():
            return _head(4, len(value)) + value
        case list() | tuple():
            return _head(11, len(value)) + b"".join(map(encode, value))
        case Mapping():
            return _head(7, len(value)) + b"".join(encode(str(key)) + encode(item) for key, item in value.items())
    raise TypeError(f"{type(value).__name__} has no place in the format")


def _number(kind: int, value: int) -> bytes:
    body = int(value).to_bytes((int(value).bit_length() + 7) // 8, "big")
    return _head(kind, len(body)) + body


def _head(kind: int, size: int) -> bytes:
    first, extended = (kind << 5, b"") if kind <= 7 else (0, bytes((kind - 7,)))
    if size < 29:
        return bytes((first | size,)) + extended
    if size < 285:
        return bytes((first | 29,)) + extended + bytes((size - 29,))
    if size < 65821:
        return bytes((first | 30,)) + extended + (size - 285).to_bytes(2, "big")
    return bytes((first | 31,)) + extended + (size - 65821).to_bytes(3, "big")


class _Offsets:
    """Writes each distinct record once and remembers where."""

    def __init__(self) -> None:
        self._by_bytes: dict[bytes, int] = {}
        self._by_object: dict[int, tuple[Record, int]] = {}

    def __call__(self, record: Record, data: bytearray) -> int:
        seen = self._by_object.get(id(record))
        if seen is not None and seen[0] is record:
            return seen[1]
        encoded = encode(record)
        offset = self._by_bytes.get(encoded)
        if offset is None:
            offset = self._by_bytes[encoded] = len(data)
            data += encoded
        self._by_object[id(record)] = (record, offset)
        return offset


class Decoder:
    """Reads values of a data section that begins at `base`. Raises ValueError on what is not the format."""

    def __init__(self, whole: bytes, base: int) -> None:
        self._whole = whole
        self._base = base

    def decode(self, position: int, depth: int = 0) -> tuple[Any, int]:
        """(value, position after it)."""
        if depth > 32:
            raise ValueError("values nested too deep")
        try:
            return self._decode(position, depth)
        except (IndexError, struct.error, UnicodeDecodeError) as error:
            raise ValueError(f"not readable at byte {position}: {error}") from error

    def _decode(self, position: int, depth: int) -> tuple[Any, int]:
        control = self._whole[position]
        position += 1
        kind = control >> 5
        if kind == 1:
            return self._pointer(control, position, depth)
        if kind == 0:
            kind = self._whole[position] + 7
            position += 1
        size = control & 31
        if size >= 29:
            extra = size - 28
            more = int.from_bytes(self._whole[position : position + extra], "big")
            size = (29, 285, 65821)[extra - 1] + more
            position += extra
        if kind == 7:
            made: dict[str, Any] = {}
            for _ in range(size):
                key, position = self.decode(position, depth + 1)
                made[key], position = self.decode(position, depth + 1)
            return made, position
        if kind == 11:
            items: list[Any] = []
            for _ in range(size):
                item, position = self.decode(position, depth + 1)
                items.append(item)
            return items, position
        if kind == 14:
            return bool(size), position
        body = self._whole[position : position + size]
        if len(body) != size:
            raise ValueError(f"cut off at byte {position}")
        position += size
        match kind:
            case 2:
                return body.decode(), position
            case 3:
                return struct.unpack(">d", body)[0], position
            case 4:
                return body, position
            case 5 | 6 | 9 | 10:
                return int.from_bytes(body, "big"), position
            case 8:
                return int.from_bytes(body, "big", signed=size == 4), position
            case 15:
                return struct.unpack(">f", body)[0], position
        raise ValueError(f"unknown type {kind} at byte {position}")

    def _pointer(self, control: int, position: int, depth: int) -> tuple[Any, int]:
        size = (control >> 3) & 3
        body = self._whole[position : position + size + 1]
        number = int.from_bytes(body, "big")
        if size < 3:
            number |= (control & 7) << (8 * (size + 1))
        number += (0, 2048, 526336, 0)[size]
        return self.decode(self._base + number, depth + 1)[0], position + size + 1
