"""Sealed files below DATA: written whole or not at all, opened only under the name they were sealed for."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.conf import settings

from kyc.errors import Unavailable
from kyc.vault.keys import keyring
from kyc.vault.sealing import CannotOpen, open_sealed, seal


def store_sealed(folder: str, content: bytes, *, context: str) -> str:
    """The new file's name. fsynced before it is named, so a crash leaves no half file."""
    place = Path(settings.DATA) / folder
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = secrets.token_hex(16)
    half = place / f".{name}"
    with half.open("wb") as file:
        file.write(seal(content, context=context, keyring=keyring()))
        file.flush()
        os.fsync(file.fileno())
    half.rename(place / name)
    return name


def open_file(folder: str, name: str, *, context: str) -> bytes:
    """Raises Unavailable when the file is gone or does not open: never an empty document."""
    try:
        return open_sealed((Path(settings.DATA) / folder / name).read_bytes(), context=context, keyring=keyring())
    except (OSError, CannotOpen) as error:
        raise Unavailable("This file cannot be opened now.", name=name) from error


def delete_file(folder: str, name: str) -> None:
    """Of a row that was rolled back. Nothing where it is gone already."""
    (Path(settings.DATA) / folder / name).unlink(missing_ok=True)
