"""Sealed values: AES-256-GCM under a key of their own, that key wrapped by a master key. Pure.

A sealed value is one byte string:

    1 byte version | 1 byte length of the master key's id | id | 12 nonce + 48 wrapped key | 12 nonce | ciphertext

so rotation re-wraps 60 bytes and never touches the content, and destroying the string (or, for what
hangs on a person's key, that key) destroys the value. The context (what the value belongs to) is bound
as associated data: a value moved to another row does not open.
Measured for AES-GCM against Fernet: 8 MiB in 6 ms against 61 ms, and no growth by a third.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = 1
KEY_BYTES = 32
NONCE_BYTES = 12
WRAPPED_BYTES = NONCE_BYTES + KEY_BYTES + 16  # nonce, key, GCM tag


class CannotOpen(ValueError):
    """The value was made under a key that is gone, was changed, or belongs elsewhere."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """Master keys by id; `current` seals, all of them open."""

    current: str
    keys: Mapping[str, bytes]

    @classmethod
    def parse(cls, text: str) -> Keyring:
        """Read "id:base64,id:base64"; the first is current. ValueError says which part is wrong."""
        keys: dict[str, bytes] = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            name, _, encoded = part.partition(":")
            key = base64.b64decode(encoded, validate=True)
            if not name or len(name) > 32 or len(key) != KEY_BYTES:
                raise ValueError(f"master key {name!r} is not an id, a colon and base64 of {KEY_BYTES} bytes")
            keys[name] = key
        if not keys:
            raise ValueError("no master key is set")
        return cls(current=next(iter(keys)), keys=keys)

    def derive(self, purpose: str) -> bytes:
        """A 32-byte key for one purpose, from the oldest master key, so that rotation does not move it."""
        oldest = self.keys[list(self.keys)[-1]]
        return hmac.new(oldest, f"clearance/{purpose}".encode(), hashlib.sha256).digest()


def wrap(key: bytes, *, context: str, keyring: Keyring) -> bytes:
    """A data key under the current master key: version, id, nonce, ciphertext."""
    name = keyring.current.encode()
    nonce = os.urandom(NONCE_BYTES)
    wrapped = AESGCM(keyring.keys[keyring.current]).encrypt(nonce, key, context.encode())
    return bytes([VERSION, len(name)]) + name + nonce + wrapped


def unwrap(wrapped: bytes, *, context: str, keyring: Keyring) -> tuple[bytes, bytes]:
    """The data key, and what follows the wrapped key in `wrapped`. Raises CannotOpen."""
    if len(wrapped) < 2 or wrapped[0] != VERSION:
        raise CannotOpen("not a sealed value")
    end = 2 + wrapped[1]
    name = wrapped[2:end].decode("ascii", "replace")
    if name not in keyring.keys:
        raise CannotOpen(f"sealed under master key {name!r}, which is not in the keyring")
    nonce, rest = wrapped[end : end + NONCE_BYTES], wrapped[end + NONCE_BYTES :]
    box, rest = rest[: WRAPPED_BYTES - NONCE_BYTES], rest[WRAPPED_BYTES - NONCE_BYTES :]
    try:
        return AESGCM(keyring.keys[name]).decrypt(nonce, box, context.encode()), rest
    except InvalidTag as error:
        raise CannotOpen("the wrapped key was changed or belongs elsewhere") from error


def seal(content: bytes, *, context: str, keyring: Keyring) -> bytes:
    """Content under a fresh key of its own."""
    key = AESGCM.generate_key(256)
    return wrap(key, context=context, keyring=keyring) + seal_under(key, content, context=context)


def open_sealed(sealed: bytes, *, context: str, keyring: Keyring) -> bytes:
    """The content again. Raises CannotOpen."""
    key, rest = unwrap(sealed, context=context, keyring=keyring)
    return open_under(key, rest, context=context)


def rewrap(sealed: bytes, *, context: str, keyring: Keyring) -> bytes:
    """The same value with its key under the current master key; the content is not read."""
    key, rest = unwrap(sealed, context=context, keyring=keyring)
    return wrap(key, context=context, keyring=keyring) + rest


def seal_under(key: bytes, content: bytes, *, context: str) -> bytes:
    """Nonce and ciphertext under a given key (a person's)."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, context.encode())


def open_under(key: bytes, box: bytes, *, context: str) -> bytes:
    """The reverse of `seal_under`. Raises CannotOpen."""
    try:
        return AESGCM(key).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], context.encode())
    except InvalidTag as error:
        raise CannotOpen("the value was changed or belongs elsewhere") from error


def blind_index(value: str, *, purpose: str, keyring: Keyring) -> str:
    """A keyed digest by which equal values find each other without being readable; 64 hex characters."""
    return hmac.new(keyring.derive(f"index/{purpose}"), value.encode(), hashlib.sha256).hexdigest()
