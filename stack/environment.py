"""The environment that Django, the workers and the tests get. What the person set is never changed.

With DATABASE_URL set this is somebody's installation: nothing is generated and nothing embedded is used for
what is named. Without it, it is the demonstration on the embedded default.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stack.broker import Broker
from stack.keys import keys_for
from stack.locales import enforce_utf8
from stack.places import Places
from stack.postgres import OWNER, PORT, PRODUCT, Cluster

AS_OWNER = "CLEARANCE_AS_OWNER"
SETTINGS = "config.settings"


@dataclass(frozen=True)
class Needs:
    """Which of the stores have to be started here."""

    database: bool
    broker: bool

    @property
    def anything(self) -> bool:
        return self.database or self.broker


def needs_of(environment: Mapping[str, str]) -> Needs:
    return Needs(database=not environment.get("DATABASE_URL"), broker=not environment.get("BROKER_URL"))


def base_environment(places: Places, environment: Mapping[str, str]) -> dict[str, str]:
    """What holds before any store runs: UTF-8, data folder, settings module, and keys where they may be made."""
    made = dict(environment)
    enforce_utf8(made)
    made["CLEARANCE_DATA"] = str(places.data)
    made.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    made.setdefault("PYTHONUNBUFFERED", "1")
    if needs_of(environment).database:
        made |= keys_for(places.keys, environment)
        made.setdefault("CLEARANCE_DEMO", "1")
    else:
        made.setdefault("DATABASE_OWNER_URL", made["DATABASE_URL"])
    return made


def store_environment(cluster: Cluster | None, broker: Broker | None, environment: Mapping[str, str]) -> dict[str, str]:
    """Addresses of what was started here; also for psql, which `manage.py dbshell` calls."""
    made: dict[str, str] = {}
    if cluster is not None:
        made |= {"DATABASE_URL": cluster.url(PRODUCT), "DATABASE_OWNER_URL": cluster.url(OWNER)}
        made |= {"PGHOST": str(cluster.sockets), "PGPORT": str(PORT)}
        made["PATH"] = with_folder_in_path(cluster.binaries, environment)
    if broker is not None:
        made |= {"BROKER_URL": broker.url, "CACHE_URL": environment.get("CACHE_URL") or broker.cache_url}
    return made


def with_folder_in_path(folder: Path, environment: Mapping[str, str]) -> str:
    """The search path with a folder at its end: a psql the person installed comes first."""
    return os.pathsep.join(part for part in (environment.get("PATH", os.defpath), str(folder)) if part)
