"""The open location files of this process: read, looked after, and swapped when new ones arrive.

Any file in MaxMind's format is accepted, licensed or compiled at set-up; what it can say is told by its
`database_type`. The hot path reads records with maxminddb; geoip2's models are for pages that show details,
and its reader is what probes a file before it is used. Rules are elsewhere: kyc/geo/rules.py weighs.

A new file must be put in place by renaming, as geoipupdate and kyc/geo/mmdb.py do: the old one stays mapped
until the swap. Free of Django.
"""

from __future__ import annotations

import hashlib
import ipaddress
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import geoip2.database
import geoip2.errors
import maxminddb

from kyc.errors import BadInput
from kyc.geo.client_address import Address, Network, read_address, unwrap
from kyc.geo.rules import Anonymiser, Correction, LocationVerdict, Opinion, Source, locate, unplaced
from kyc.policy.geo import CURRENT, GOLDEN, OWN_FACTS, UNKNOWN_SOURCE, GeoPolicy, source_rule
from kyc.policy.territories import ADDRESS_FACTS, region_code

SECONDS_BETWEEN_LOOKS = 5.0
# parts of one network that are looked at before a person is asked to name a smaller one
MOST_BLOCKS = 100_000
Golden = Sequence[tuple[str, frozenset[str]]]


class Kind(StrEnum):
    """What a file answers, by a word of its database_type."""

    CITY = "City"
    ENTERPRISE = "Enterprise"
    COUNTRY = "Country"
    ASN = "ASN"
    ISP = "ISP"
    ANONYMOUS_PLUS = "Anonymous-Plus"
    ANONYMOUS_IP = "Anonymous-IP"
    RESIDENTIAL_PROXY = "Residential-Proxy"
    CONNECTION_TYPE = "Connection-Type"


PLACES = frozenset({Kind.CITY, Kind.ENTERPRISE, Kind.COUNTRY})
REGIONS = frozenset({Kind.CITY, Kind.ENTERPRISE})
# The longest word first, so that "GeoIP2-Anonymous-IP" is not taken for something shorter
_KINDS = sorted(Kind, key=lambda kind: -len(kind.value))


class BadFile(BadInput):
    """The location file cannot be trusted."""

    code = "bad_location_file"


@dataclass(frozen=True, slots=True)
class OpenFile:
    """One file: its reader, what it answers, and what it was on disk when it was opened."""

    path: Path
    mark: tuple[int, int, int]  # mtime in ns, inode, size
    kind: Kind
    reader: maxminddb.Reader
    nodes: int
    built_at: int
    source: Source
    ipv4_only: bool


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that is not used, or not the one on disk."""

    file: str
    sentence: str


@dataclass(slots=True)
class _Open:
    """Everything open at one time, never changed but for its memory of answers."""

    files: tuple[OpenFile, ...] = ()  # those in use, the most trusted first
    held: tuple[OpenFile, ...] = ()  # all that are open, also those that another edition replaces
    sources: tuple[Source, ...] = ()
    answers: dict[str, LocationVerdict] = field(default_factory=dict)
    answers_of: date = date.min


@dataclass(frozen=True, slots=True)
class Reload:
    """What looking at the folders found."""

    opened: tuple[str, ...]
    gone: tuple[str, ...]
    problems: tuple[Problem, ...]


class GeoData:
    """Answers where an address is, from the files of some folders.

    One for each process. Threads may share it: a swap is one assignment, and an answer is made from the
    files that were open when it began.
    """

    def __init__(self, folders: Sequence[Path], *, policy: GeoPolicy = CURRENT, golden: Golden = GOLDEN) -> None:
        self.policy = policy
        self._folders = tuple(dict.fromkeys(folders))
        self._golden = golden
        self._open = _Open()
        self._refused: dict[Path, tuple[tuple[int, int, int], Problem]] = {}
        self._lock = threading.Lock()
        self._look_again_at = 0.0
        self.reload()

    # -------------------------------------------------------------------------------------------- looking up
    def lookup(
        self, address: str | Address | None, *, today: date | None = None, correction: Correction | None = None
    ) -> LocationVerdict:
        """Where an address is. None is a visitor whose address could not be told.

        Raises BadInput for text that is no address.
        """
        if time.monotonic() >= self._look_again_at:
            self.reload()
        opened = self._open
        day = today or datetime.now(UTC).date()
        if address is None:
            return unplaced(opened.sources, today=day, why="The visitor's address could not be told.")
        text = address if isinstance(address, str) else str(address)
        if day != opened.answers_of:
            opened.answers, opened.answers_of = {}, day
        answers = opened.answers
        if correction is None:
            known = answers.get(text)
            if known is not None:
                return known
        parsed = read_address(address) if isinstance(address, str) else address
        if parsed is None:
            raise BadInput("That is not an IP address.", address=text[:64])
        verdict = self._ask(opened, parsed, day, correction)
        if correction is None:
            if len(answers) >= self.policy.memory_addresses:
                answers.clear()
            answers[text] = verdict
        return verdict

    def _ask(self, opened: _Open, address: Address, today: date, correction: Correction | None) -> LocationVerdict:
        embedded = unwrap(address)
        opinions: list[Opinion] = []
        failed: list[str] = []
        for tested in (*embedded, address):  # the inner one first: it is who sends
            fact = own_fact(tested)
            if fact is not None:
                opinions.append(fact)
            for file in opened.files:
                if file.ipv4_only and tested.version == 6:
                    continue
                try:
                    record = file.reader.get(tested)
                except (maxminddb.InvalidDatabaseError, ValueError, OSError):
                    failed.append(file.source.name)  # said in the verdict; without other sources it is unknown
                    continue
                if record:
                    opinion = read_record(file.kind, file.source, tested, record, self.policy)
                    if opinion is not None:
                        opinions.append(opinion)
        return locate(
            address,
            embedded,
            opinions,
            opened.sources,
            today=today,
            policy=self.policy,
            correction=correction,
            failed=failed,
        )

    def within(self, network: Network) -> dict[str, tuple[str, ...]]:
        """Every country and region that any open source, or our own facts, names inside a network: code → sources.

        Walks each file's blocks, so no part of the range is missed. Raises BadInput where there are too many to
        walk. For people's corrections, not for the gate.
        """
        named: dict[str, set[str]] = {}
        for known, country in _FACTS:
            if known.version == network.version and known.overlaps(network):
                named.setdefault(country, set()).add(OWN_FACTS.name)
        for file in self._open.files:
            if file.ipv4_only and network.version == 6:
                continue
            for address, record in blocks(file.reader, network):
                opinion = read_record(file.kind, file.source, address, record, self.policy)
                for code in (opinion.country, opinion.region) if opinion else ():
                    if code:
                        named.setdefault(code, set()).add(file.source.name)
        return {code: tuple(sorted(names)) for code, names in sorted(named.items())}

    def details(self, address: str) -> dict[str, Any]:
        """geoip2's model of each file that has one for this address, by type; for pages, not for the gate."""
        found: dict[str, Any] = {}
        for file in self._open.files:
            with geoip2.database.Reader(str(file.path)) as reader:
                model = geoip2_model(reader, file.kind, address)
            if model is not None:
                found[file.source.database_type] = model
        return found

    # -------------------------------------------------------------------------------------------- looking after
    @property
    def sources(self) -> tuple[Source, ...]:
        return self._open.sources

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Files that are refused as they are on disk."""
        return tuple(problem for _, problem in self._refused.values())

    @property
    def available(self) -> bool:
        """Some source of countries is open."""
        return any(source.gives_country for source in self._open.sources)

    def ages(self, today: date) -> dict[str, int]:
        """{type of the file: days since its build}, for the health page and the metrics."""
        return {source.database_type: source.age_days(today) for source in self._open.sources}

    def attributions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(source.attribution for source in self._open.sources if source.attribution))

    def reload(self) -> Reload:
        """Look at the folders; open, probe and swap in what is new. Keeps the old file where the new one fails.

        Cheap when nothing changed. Only one thread does it; another's call returns at once.
        """
        if not self._lock.acquire(blocking=False):
            return Reload((), (), self.problems)
        try:
            return self._reload()
        finally:
            self._look_again_at = time.monotonic() + SECONDS_BETWEEN_LOOKS
            self._lock.release()

    def _reload(self) -> Reload:
        held = {file.path: file for file in self._open.held}
        present = dict(_present(self._folders))
        opened: list[OpenFile] = []
        kept: list[OpenFile] = []
        for path, mark in present.items():
            before = held.get(path)
            if before is not None and before.mark == mark:
                kept.append(before)
                self._refused.pop(path, None)
                continue
            refused = self._refused.get(path)
            if refused is None or refused[0] != mark:
                try:
                    opened.append(open_file(path, mark, policy=self.policy, golden=self._golden, before=before))
                    self._refused.pop(path, None)
                    continue
                except BadFile as error:
                    self._refused[path] = (mark, Problem(path.name, error.sentence))
            if before is not None:
                kept.append(before)
        for path in set(self._refused) - set(present):
            del self._refused[path]
        gone = [file for path, file in held.items() if path not in present]
        if opened or gone:
            self._swap((*kept, *opened))
        return Reload(tuple(file.path.name for file in opened), tuple(file.path.name for file in gone), self.problems)

    def _swap(self, files: Sequence[OpenFile]) -> None:
        used = choose(files)
        # readers of the files that left are closed by the garbage collector, when the last answer is done
        self._open = _Open(used, tuple(files), tuple(file.source for file in used))


# Files of one publisher that answer the same question; a later kind knows more and replaces the earlier.
_QUESTIONS: Mapping[Kind, tuple[str, int]] = {
    Kind.COUNTRY: ("place", 0),
    Kind.CITY: ("place", 1),
    Kind.ENTERPRISE: ("place", 2),
    Kind.ANONYMOUS_IP: ("anonymity", 0),
    Kind.ANONYMOUS_PLUS: ("anonymity", 1),  # with confidence, where the other only lists
    Kind.ASN: ("network", 0),
    Kind.ISP: ("network", 1),
    Kind.RESIDENTIAL_PROXY: ("residential", 0),
    Kind.CONNECTION_TYPE: ("connection", 0),
}


def choose(files: Sequence[OpenFile]) -> tuple[OpenFile, ...]:
    """One file for each publisher and question, so that nobody votes twice: the one that knows more, then the newer.

    The most trusted come first.
    """
    best: dict[tuple[str, str], OpenFile] = {}
    for file in files:
        question, _ = _QUESTIONS[file.kind]
        rival = best.get((file.source.name, question))
        if rival is None or _worth(file) > _worth(rival):
            best[file.source.name, question] = file
    return tuple(sorted(best.values(), key=lambda file: (file.source.primary, file.source.name, file.kind)))


def _worth(file: OpenFile) -> tuple[int, int]:
    return _QUESTIONS[file.kind][1], file.built_at


# ------------------------------------------------------------------------------------------------ opening
def _present(folders: Sequence[Path]) -> list[tuple[Path, tuple[int, int, int]]]:
    found: list[tuple[Path, tuple[int, int, int]]] = []
    for folder in folders:
        for path in sorted(folder.glob("*.mmdb")):
            if path.name.startswith("."):
                continue  # a file that is still being written
            try:
                stat = path.stat()
            except FileNotFoundError:
                continue  # replaced between the listing and the look
            found.append((path, (stat.st_mtime_ns, stat.st_ino, stat.st_size)))
    return found


def open_file(
    path: Path,
    mark: tuple[int, int, int],
    *,
    policy: GeoPolicy = CURRENT,
    golden: Golden = GOLDEN,
    before: OpenFile | None = None,
) -> OpenFile:
    """Open one file and try it. Raises BadFile with the reason it must not be used.

    `before`: the edition in use, which the new one may be neither older nor much smaller than.
    """
    try:
        reader = maxminddb.open_database(path)
        about = reader.metadata()
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except (maxminddb.InvalidDatabaseError, OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadFile(f"{path.name} is not a readable location file: {error}", file=path.name) from error
    kind = kind_of(about.database_type)
    if kind is None:
        raise BadFile(f"{path.name} is of type {about.database_type!r}, which we do not use.", file=path.name)
    rule = source_rule(about.database_type)
    source = Source(
        name=rule.name if rule is not UNKNOWN_SOURCE else about.database_type,
        database_type=about.database_type,
        built_on=datetime.fromtimestamp(about.build_epoch, UTC).date(),
        sha256=digest,
        trust=rule.trust,
        primary=rule.primary,
        registry=rule.registry,
        gives_country=kind in PLACES,
        gives_region=kind in REGIONS,
        attribution=rule.attribution,
    )
    file = OpenFile(
        path, mark, kind, reader, about.node_count, about.build_epoch, source, ipv4_only=about.ip_version == 4
    )
    _compare(file, before, policy)
    _probe(file, policy, golden)
    return file


def kind_of(database_type: str) -> Kind | None:
    return next((kind for kind in _KINDS if kind.value in database_type), None)


def _compare(file: OpenFile, before: OpenFile | None, policy: GeoPolicy) -> None:
    if before is None:
        return
    if before.source.database_type != file.source.database_type:
        return  # another product under the same name: nothing to compare with
    if file.built_at < before.built_at:
        raise BadFile(f"{file.path.name} is older than the edition in use.", file=file.path.name)
    if file.nodes < before.nodes * (1 - policy.most_shrink):
        lost = 1 - file.nodes / before.nodes
        raise BadFile(f"{file.path.name} has lost {lost:.0%} of the edition in use.", file=file.path.name)


def _probe(file: OpenFile, policy: GeoPolicy, golden: Golden) -> None:
    """Ask known addresses through geoip2, as a page would; a file of places must know most of them."""
    right = 0
    with geoip2.database.Reader(str(file.path)) as reader:
        for text, countries in golden:
            if file.ipv4_only and ":" in text:
                right += 1
                continue
            try:
                model = geoip2_model(reader, file.kind, text)
                # raw too: this is how the gate will ask
                file.reader.get(text)
            except (maxminddb.InvalidDatabaseError, ValueError, TypeError, OSError, AttributeError) as error:
                raise BadFile(f"{file.path.name} cannot be read at {text}: {error}", file=file.path.name) from error
            if file.kind in PLACES:
                right += ((model.country.iso_code if model else None) or "") in countries
    if file.kind in PLACES and golden and right < policy.golden_share * len(golden):
        raise BadFile(
            f"{file.path.name} places only {right} of {len(golden)} known addresses rightly.", file=file.path.name
        )


_METHODS: Mapping[Kind, str] = {
    Kind.CITY: "city",
    Kind.ENTERPRISE: "enterprise",
    Kind.COUNTRY: "country",
    Kind.ASN: "asn",
    Kind.ISP: "isp",
    Kind.ANONYMOUS_PLUS: "anonymous_plus",
    Kind.ANONYMOUS_IP: "anonymous_ip",
    Kind.CONNECTION_TYPE: "connection_type",
}


def geoip2_model(reader: geoip2.database.Reader, kind: Kind, address: str) -> Any | None:
    """geoip2's model, None where the file knows nothing; Residential-Proxy files have no model in geoip2."""
    method = _METHODS.get(kind)
    if method is None:
        return None
    try:
        return getattr(reader, method)(address)
    except geoip2.errors.AddressNotFoundError:
        return None


# ------------------------------------------------------------------------------------------------ reading records
_OWN = Source(
    OWN_FACTS.name,
    "",
    CURRENT.in_force_from,
    "",
    OWN_FACTS.trust,
    OWN_FACTS.primary,
    False,
    True,
    True,
    OWN_FACTS.attribution,
    ages=False,
)
_FACTS = tuple((ipaddress.ip_network(fact.cidr), fact.country) for fact in ADDRESS_FACTS)


def blocks(reader: maxminddb.Reader, network: Network) -> Iterator[tuple[Address, Any]]:
    """Each block of the file inside the network that has a record: (its first address, the record)."""
    at, end, bits = int(network.network_address), int(network.broadcast_address), network.max_prefixlen
    kind = ipaddress.IPv4Address if network.version == 4 else ipaddress.IPv6Address
    for _ in range(MOST_BLOCKS):
        if at > end:
            return
        address = kind(at)
        record, prefix = reader.get_with_prefix_len(address)
        if record:
            yield address, record
        size = 1 << max(bits - prefix, 0)
        at = at // size * size + size
    raise BadInput(f"{network} has too many parts to look at; name a smaller range.", field="cidr")


def own_fact(address: Address) -> Opinion | None:
    """What the product itself knows of a range, beside all files."""
    for network, country in _FACTS:
        if network.version == address.version and address in network:
            return Opinion(_OWN, address, country=country)
    return None


def read_record(kind: Kind, source: Source, address: Address, record: Any, policy: GeoPolicy) -> Opinion | None:
    """A record of a file as an opinion; None where it says nothing that we use."""
    if kind in PLACES:
        return _read_place(source, address, record)
    match kind:
        case Kind.ASN | Kind.ISP:
            return Opinion(
                source,
                address,
                asn=record.get("autonomous_system_number"),
                organisation=record.get("autonomous_system_organization", ""),
            )
        case Kind.ANONYMOUS_IP | Kind.ANONYMOUS_PLUS:
            return _read_anonymous(source, address, record, policy)
        case Kind.RESIDENTIAL_PROXY:
            return Opinion(
                source,
                address,
                anonymiser=Anonymiser.RESIDENTIAL_PROXY,
                anonymiser_confidence=_share(record.get("anonymizer_confidence"), policy),
                provider=record.get("provider_name", ""),
            )
        case Kind.CONNECTION_TYPE if record.get("connection_type") == "Cellular":
            return Opinion(source, address, mobile=True)
    return None


def _read_place(source: Source, address: Address, record: Any) -> Opinion:
    country = record.get("country", _NOTHING).get("iso_code", "")
    registered = record.get("registered_country", _NOTHING).get("iso_code", "")
    region = ""
    if source.gives_region:
        for part in record.get("subdivisions", ()):
            name = part.get("names", _NOTHING).get("en", "")
            region = region_code(country, part.get("iso_code", ""), name)
            if region:
                break
    traits = record.get("traits", _NOTHING)
    return Opinion(
        source,
        address,
        country=country,
        registered=registered if registered != country else "",
        region=region,
        asn=traits.get("autonomous_system_number"),
        organisation=traits.get("autonomous_system_organization", ""),
        anycast=bool(traits.get("is_anycast", False)),
        mobile=traits.get("connection_type") == "Cellular",
    )


_NOTHING: Mapping[str, Any] = {}
_FLAGS: tuple[tuple[str, Anonymiser], ...] = (
    ("is_tor_exit_node", Anonymiser.TOR),
    ("is_residential_proxy", Anonymiser.RESIDENTIAL_PROXY),
    ("is_public_proxy", Anonymiser.PUBLIC_PROXY),
    ("is_anonymous_vpn", Anonymiser.VPN),
    ("is_relay", Anonymiser.RELAY),
    ("is_anonymous", Anonymiser.VPN),
)


def _read_anonymous(source: Source, address: Address, record: Any, policy: GeoPolicy) -> Opinion:
    kind = next((kind for flag, kind in _FLAGS if record.get(flag)), Anonymiser.NONE)
    sure = record.get("anonymizer_confidence")
    return Opinion(
        source,
        address,
        anonymiser=kind,
        anonymiser_confidence=_share(sure, policy) if kind is not Anonymiser.NONE else 0.0,
        provider=record.get("provider_name") or record.get("provider") or "",
        hosting=bool(record.get("is_hosting_provider")),
        anycast=record.get("kind") == "cdn",
    )


def _share(percent: Any, policy: GeoPolicy) -> float:
    """A percentage of a file as 0..1; a source that only lists is believed as policy says."""
    return policy.listed_anonymiser_confidence if percent is None else min(max(float(percent) / 100, 0.0), 1.0)
