"""What location data lies on this machine, and how old it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import maxminddb
from django.conf import settings
from django.utils import timezone

from kyc.policy.geo import CURRENT


@dataclass(frozen=True, slots=True)
class DataAge:
    source: str
    built_on: date | None  # None: the file cannot be read
    stale: bool
    sentence: str = ""


def data_ages() -> list[DataAge]:
    """One row a file in GEOIP_DIR; empty where there is none, and every location is then unknown."""
    return [_age_of(path) for path in sorted(Path(settings.GEOIP_DIR).glob("*.mmdb"))]


def _age_of(path: Path) -> DataAge:
    try:
        with maxminddb.open_database(path) as reader:
            about = reader.metadata()
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
        return DataAge(path.name, None, True, f"cannot be read: {error}")
    built_on = datetime.fromtimestamp(about.build_epoch, UTC).date()
    return DataAge(about.database_type, built_on, (timezone.localdate() - built_on).days > CURRENT.warn_after_days)
