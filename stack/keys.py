"""Keys of the embedded default: made once, mode 0600, in the data folder. Production brings its own.

A key that is in the environment is used as it is and nothing is generated for it.
"""

import base64
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from stack.locks import locked
from stack.trouble import Trouble

GENERATED = "CLEARANCE_GENERATED_KEYS"  # tells the system checks, which refuse generated keys in production


def _secret_key() -> str:
    return secrets.token_urlsafe(64)


def _key_of_32_bytes() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _master_keys() -> str:
    return f"k1:{_key_of_32_bytes()}"


MAKERS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": _secret_key,
    "CLEARANCE_MASTER_KEYS": _master_keys,
    "CLEARANCE_AUDIT_SIGNING_KEY": _key_of_32_bytes,
}


def keys_for(folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """All keys by variable name; those the environment lacks are read from the folder or made there."""
    missing = [name for name in MAKERS if not environment.get(name)]
    keys = {name: environment[name] for name in MAKERS if name not in missing}
    keys |= {name: _read_or_make(folder / name.lower(), MAKERS[name]) for name in missing}
    if missing:
        keys[GENERATED] = "1"
    return keys


def _read_or_make(path: Path, make: Callable[[], str]) -> str:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(path.parent):  # two commands may start at once on a new folder
        if not path.exists():
            _write_once(path, make())
    key = path.read_text().strip()
    if not key:
        raise Trouble(f"The key file {path} is empty. Restore it from a backup: what it sealed cannot be read without.")
    if path.stat().st_mode & 0o077:
        raise Trouble(f"The key file {path} can be read by others. Run: chmod 600 {path}")
    return key


def _write_once(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
