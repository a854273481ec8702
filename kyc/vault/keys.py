"""The installation's keys, read once from settings."""

from __future__ import annotations

import base64
from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from kyc.vault.sealing import Keyring


@cache
def keyring() -> Keyring:
    """Raises ImproperlyConfigured where CLEARANCE_MASTER_KEYS is missing or malformed."""
    try:
        return Keyring.parse(settings.MASTER_KEYS)
    except ValueError as error:
        raise ImproperlyConfigured(f"CLEARANCE_MASTER_KEYS: {error}") from error


@cache
def audit_signing_key() -> bytes:
    """32 bytes (an Ed25519 seed); the audit trail's rows and heads are authenticated with it."""
    try:
        key = base64.b64decode(settings.AUDIT_SIGNING_KEY, validate=True)
    except ValueError as error:
        raise ImproperlyConfigured("CLEARANCE_AUDIT_SIGNING_KEY is not base64") from error
    if len(key) != 32:
        raise ImproperlyConfigured("CLEARANCE_AUDIT_SIGNING_KEY must be base64 of 32 bytes")
    return key
