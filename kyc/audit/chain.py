"""The arithmetic of the audit trail: marks of rows, links of the chain, signed heads. Pure.

Three layers, each finding what the one before cannot:

* every row carries a **mark**, an HMAC over all its columns under a key the database does not hold:
  a changed row, or one inserted by hand, has no valid mark;
* the sealer adds one **link** a row, sequence, and hash over the previous link: a removed row leaves a
  link without a row or a gap in the sequence;
* a **head** (last sequence and hash, signed with Ed25519) is kept outside the database too: rows cut off
  at the end, with their links, leave a head that points beyond the chain.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

GENESIS = "0" * 64


def canonical(row: Mapping[str, Any]) -> bytes:
    """The one byte string that stands for a row: sorted keys, no spaces, text as UTF-8."""
    return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def mark_of(row: Mapping[str, Any], *, key: bytes) -> str:
    """The row's HMAC-SHA-256, hex."""
    return hmac.new(key, b"clearance/audit-row" + canonical(row), hashlib.sha256).hexdigest()


def link_hash(*, sequence: int, row_id: int, mark: str, previous: str) -> str:
    """The hash of one link over the link before, hex."""
    return hashlib.sha256(f"{previous}|{sequence}|{row_id}|{mark}".encode()).hexdigest()


def public_key(seed: bytes) -> bytes:
    """The 32 bytes with which anybody can check a head."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def sign_head(*, sequence: int, link: str, sealed_at: str, seed: bytes) -> str:
    """The Ed25519 signature over a head, hex. `sealed_at` is ISO 8601 in UTC."""
    return Ed25519PrivateKey.from_private_bytes(seed).sign(f"{sequence}|{link}|{sealed_at}".encode()).hex()


def head_is_genuine(*, sequence: int, link: str, sealed_at: str, signature: str, public: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(
            bytes.fromhex(signature), f"{sequence}|{link}|{sealed_at}".encode()
        )
    except (InvalidSignature, ValueError):
        return False
    return True


class Fault(StrEnum):
    CHANGED = "changed"  # the row no longer carries the mark it was sealed with
    REMOVED = "removed"  # a link stands without its row, or the sequence has a gap
    INSERTED = "inserted"  # a row that the product did not write
    CUT_OFF = "cut off"  # a signed head points beyond the end of the chain
    BROKEN = "broken"  # a link does not follow from the one before
    FORGED = "forged"  # a head whose signature is not ours


@dataclass(frozen=True, slots=True)
class Link:
    sequence: int
    row_id: int
    mark: str
    hash: str


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row as found: its columns, and the mark that stands beside them."""

    row_id: int
    columns: Mapping[str, Any]
    mark: str


@dataclass(frozen=True, slots=True)
class Head:
    sequence: int
    link: str
    sealed_at: str
    signature: str


@dataclass(frozen=True, slots=True)
class Problem:
    fault: Fault
    where: str
    sentence: str


def check_chain(sealed: Iterable[tuple[Link, StoredRow | None]], *, key: bytes) -> Iterator[Problem | Link]:
    """Walk the chain in sequence; yields each problem, and last of all the final Link (if any).

    `sealed` pairs every link, in order of sequence, with the row it names, or None where that row is gone.
    """
    previous, expected, last = GENESIS, 1, None
    for link, row in sealed:
        where = f"link {link.sequence}"
        if link.sequence != expected:
            yield Problem(Fault.REMOVED, where, f"links {expected} to {link.sequence - 1} are gone")
        should = link_hash(sequence=link.sequence, row_id=link.row_id, mark=link.mark, previous=previous)
        if link.hash != should:
            yield Problem(Fault.BROKEN, where, "the link does not follow from the one before it")
        if row is None:
            yield Problem(Fault.REMOVED, where, f"audit row {link.row_id} was sealed here and is gone")
        elif row.mark != link.mark or mark_of(row.columns, key=key) != link.mark:
            yield Problem(Fault.CHANGED, where, f"audit row {link.row_id} is not what was sealed")
        previous, expected, last = link.hash, link.sequence + 1, link
    if last is not None:
        yield last


def check_heads(heads: Iterable[Head], *, hash_at: Mapping[int, str], public: bytes) -> Iterator[Problem]:
    """Every head must be ours and stand on the chain. `hash_at` gives the link hash at each head's sequence."""
    for head in heads:
        where = f"head {head.sequence}"
        if not head_is_genuine(
            sequence=head.sequence,
            link=head.link,
            sealed_at=head.sealed_at,
            signature=head.signature,
            public=public,
        ):
            yield Problem(Fault.FORGED, where, "the head's signature is not ours")
        elif head.sequence not in hash_at:
            yield Problem(Fault.CUT_OFF, where, f"the trail reached link {head.sequence} and no longer does")
        elif hash_at[head.sequence] != head.link:
            yield Problem(Fault.BROKEN, where, "the chain was rewritten below a signed head")
