"""Small location files in the layouts of the real ones."""

from __future__ import annotations

import ipaddress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from kyc.geo.mmdb import About, write_mmdb
from kyc.geo.sources import GeoData

TODAY = date(2026, 11, 23)


def days_ago(days: int) -> int:
    return int((datetime(2026, 11, 23, 6, tzinfo=UTC) - timedelta(days=days)).timestamp())


def write_file(path: Path, database_type: str, records: dict[str, Any], *, days: int = 5) -> Path:
    """Write {"5.0.0.0/8": record} as a file of that type, its data `days` before TODAY."""
    networks = [(ipaddress.ip_network(cidr), record) for cidr, record in records.items()]
    ranges = sorted(
        ((int(net.network_address), int(net.broadcast_address), record) for net, record in networks),
        key=lambda row: row[0],
    )
    write_mmdb(path, ranges, About(database_type, days_ago(days), "a test's world"))
    return path


def country(code: str, registered: str = "") -> dict[str, Any]:
    """A record of GeoLite2-Country."""
    record: dict[str, Any] = {"country": {"iso_code": code}} if code else {}
    if registered:
        record["registered_country"] = {"iso_code": registered}
    return record


def data_knowing(folder: Path, countries: dict[str, str]) -> GeoData:
    """Open data that knows these {"131.111.0.0/16": "GB"} and nothing else."""
    folder.mkdir()
    records = {cidr: country(code) for cidr, code in countries.items()}
    write_file(folder / "GeoLite2-Country.mmdb", "GeoLite2-Country", records)
    return GeoData([folder], golden=())
