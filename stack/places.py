"""Where things lie on disk. One data folder is one independent stack; CLEARANCE_DATA names another."""

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stack.trouble import Trouble

LONGEST_SOCKET_PATH = 100  # bytes; the kernel's limit is 107 (Linux) or 103 (macOS) without the closing zero
LONGEST_SOCKET_NAME = len(".s.PGSQL.5432.lock")


@dataclass(frozen=True)
class Places:
    """The project's folder and the folder of everything the running stack writes."""

    root: Path
    data: Path

    @property
    def logs(self) -> Path:
        return self.data / "log"

    @property
    def keys(self) -> Path:
        return self.data / "keys"

    @property
    def cluster(self) -> Path:
        return self.data / "pg"

    @property
    def cluster_record(self) -> Path:
        return self.data / "pg.json"

    @property
    def broker(self) -> Path:
        return self.data / "valkey"

    @property
    def state(self) -> Path:
        return self.data / "stack.json"

    @property
    def owner_lock(self) -> Path:
        return self.data / "stack.lock"

    @property
    def guests_lock(self) -> Path:
        return self.data / "guests.lock"

    @property
    def static_stamp(self) -> Path:
        return self.data / "static.stamp"

    @property
    def location_stamp(self) -> Path:
        return self.data / "location.stamp"

    @property
    def demo_logins(self) -> Path:
        return self.data / "demo-logins.json"

    @property
    def sockets(self) -> Path:
        """A folder short enough for socket paths: in the data folder, else one of its own in the temporary folder."""
        inside = self.data / "run"
        if fits_a_socket(inside):
            return inside
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"clearance-{os.geteuid()}-{digest}"

    def make(self) -> None:
        """Make the folders, readable by their owner only. Raises Trouble where that cannot be."""
        for folder in (self.data, self.logs, self.keys, self.broker, self.sockets):
            make_private(folder)
        if self.sockets.stat().st_uid != os.geteuid():  # in /tmp, anybody could have made it before us
            raise Trouble(f"{self.sockets} belongs to somebody else. Set CLEARANCE_DATA to a shorter path.")


def places_for(root: Path, environment: Mapping[str, str]) -> Places:
    named = environment.get("CLEARANCE_DATA")
    return Places(root=root, data=Path(named).expanduser().absolute() if named else root / "var")


def fits_a_socket(folder: Path) -> bool:
    return len(os.fsencode(folder)) + 1 + LONGEST_SOCKET_NAME <= LONGEST_SOCKET_PATH


def make_private(folder: Path) -> None:
    """Make a folder with mode 0700, or take an existing one that is ours and writable. Raises Trouble."""
    way_out = "Set CLEARANCE_DATA to a folder that you can write to."
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Trouble(f"Cannot make the folder {folder}: {error.strerror}. {way_out}") from None
    if not os.access(folder, os.W_OK | os.X_OK) or _is_read_only(folder):
        raise Trouble(f"Cannot write in {folder}. {way_out}")
    owner = folder.stat().st_uid
    if os.geteuid() not in (owner, 0):
        raise Trouble(f"{folder} belongs to somebody else (uid {owner}). {way_out}")


def _is_read_only(folder: Path) -> bool:
    return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
