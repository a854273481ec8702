"""Where visitors are, by the files this process has open; and the ledger of where accounts were seen."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from accounts.models import User
from accounts.roles import Role
from kyc.audit.services import System, record
from kyc.audit.verbs import Verb
from kyc.customers.models import Customer
from kyc.geo.client_address import Address, ClientAddress, client_address, prefix_of, read_address, stand_in, trust
from kyc.geo.models import Sighting
from kyc.geo.rules import LocationVerdict
from kyc.geo.sources import GeoData
from kyc.ids import reference_id
from kyc.notices.models import Notice
from kyc.notices.services import queue_notice
from kyc.policy.geo import CURRENT, DEMONSTRATION, GeoPolicy
from kyc.policy.packs import address_days
from kyc.vault.keys import keyring
from kyc.worlds import World

# Seen again within this time, at the same door with the same answer, is the same sighting.
SAME_SIGHTING = timedelta(hours=1)
MOST_LET_GO = 20_000  # rows of one go; beat comes again within the hour
NAMES_ADDRESS = frozenset({"geo.wrapped", "geo.not_public"})
TOLD_AGAIN = timedelta(hours=23)


def geo_policy() -> GeoPolicy:
    """The one in force; a demonstration relies on data as old as its packages (kyc.policy.geo)."""
    return DEMONSTRATION if settings.DEMO else CURRENT


@cache
def geo_data() -> GeoData:
    """The open files, one set a process; they are looked after and swapped while it runs."""
    return GeoData([Path(settings.DATA) / "geo", Path(settings.GEOIP_DIR)], policy=geo_policy())


def visitor(remote_addr: str, header_values: str) -> ClientAddress:
    """The visitor's address as the trusted proxies tell it; in a demonstration loopback is the stated address."""
    ours = _trusted(tuple(settings.TRUSTED_PROXIES))
    found = client_address(remote_addr, header_values, ours, settings.CLIENT_ADDRESS_HEADER)
    return stand_in(found, settings.DEMO_VISITOR_ADDRESS if settings.DEMO else "")


_trusted = lru_cache(maxsize=8)(trust)  # the setting is read once, not on each page


def address_index(address: Address) -> str:
    """A keyed digest: finds the same address again after the address itself was let go."""
    return hmac.new(_index_key(), address.packed, hashlib.sha256).hexdigest()


@cache
def _index_key() -> bytes:
    return keyring().derive("address")


@transaction.atomic
def note_sighting(
    *,
    world: World,
    where: Sighting.Where,
    location: LocationVerdict,
    outcome: str,
    legal: bool,
    findings: list[dict[str, object]],
    policy_version: str,
    at: datetime,
    user: User | None = None,
    customer: Customer | None = None,
) -> Sighting:
    """Write down where somebody was seen; the same again within the hour is counted on the row that is there."""
    address = read_address(location.address) if location.address else None
    index = address_index(address) if address else ""
    same = Sighting.objects.filter(
        world=world, where=where, user=user, customer=customer, index=index, outcome=outcome,
        policy_version=policy_version, last_seen_at__gte=at - SAME_SIGHTING,
    )  # fmt: skip
    row = same.order_by("-last_seen_at").first()
    if row is not None:
        Sighting.objects.filter(pk=row.pk).update(last_seen_at=at, times=F("times") + 1)
        return row
    row = new_sighting(
        world=world, where=where, location=location, address=address, index=index, outcome=outcome, legal=legal,
        findings=findings, policy_version=policy_version, at=at,
    )  # fmt: skip
    row.user, row.customer = user, customer
    row.save()
    return row


def new_sighting(
    *,
    world: World,
    where: Sighting.Where,
    location: LocationVerdict,
    address: Address | None,
    index: str,
    outcome: str,
    legal: bool,
    findings: list[dict[str, object]],
    policy_version: str,
    at: datetime,
) -> Sighting:
    """A row of the ledger for a first sighting, not saved yet. A refusal gets a reference that can be quoted."""
    return Sighting(
        world=world,
        where=where,
        ip=str(address) if address else None,
        prefix=prefix_of(address) if address else "",
        index=index,
        country=location.country,
        region=location.region,
        asn=location.asn,
        outcome=outcome,
        legal=legal,
        findings=findings,
        builds=location.builds,
        policy_version=policy_version,
        reference=reference_id() if outcome == "deny" else "",
        first_seen_at=at,
        last_seen_at=at,
    )


def needs_addresses() -> QuerySet[Customer]:
    """Customers whose full addresses are needed longer: an unresolved case, or any standing hold."""
    return Customer.objects.filter(
        Q(case__resolved_at=None, case__isnull=False) | Q(hold__lifted_at=None, hold__isnull=False)
    )


def over_before(now: datetime, *, legal: bool) -> datetime:
    """Full addresses last seen before this are let go; what the law denied is a record of its own."""
    policy = geo_policy()
    days = address_days(settings.POLICY_PACKS, policy.full_address_days)
    return now - timedelta(days=max(days, policy.legal_address_days) if legal else days)


def let_go_of_addresses(*, now: datetime) -> int:
    """Forget full addresses of the ledger whose days are over; returns how many. Prefix and keyed digest remain.

    Kept longer: what the law denied, whoever has an unresolved case or a standing hold, and whatever an enabled
    policy pack asks for (kyc.policy.geo, kyc.policy.packs).
    """
    over = Sighting.objects.exclude(ip=None).filter(
        Q(legal=False, last_seen_at__lt=over_before(now, legal=False))
        | Q(legal=True, last_seen_at__lt=over_before(now, legal=True))
    )
    rows = list(over.exclude(customer__in=needs_addresses()).order_by("pk")[:MOST_LET_GO])
    for row in rows:
        row.ip, row.findings = None, without_addresses(row.findings)
    Sighting.objects.bulk_update(rows, ["ip", "findings"], batch_size=500)
    return len(rows)


def without_addresses(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The stored findings; those whose sentence names the address say so no longer."""
    return [row | {"sentence": "The address was let go."} if row["code"] in NAMES_ADDRESS else row for row in findings]


# ------------------------------------------------------------------------------------------------ watching the data
@transaction.atomic
def watch_data(*, now: datetime, warnings: Sequence[str]) -> int:
    """Write to the heads of compliance about location data that is missing or old, once a day; returns to how many."""
    told = Notice.objects.filter(template="location_data", queued_at__gte=now - TOLD_AGAIN)
    if not warnings or told.exists():
        return 0
    heads = User.objects.filter(role=Role.COMPLIANCE_HEAD, is_active=True)
    for user in heads:
        notice = queue_notice(template="location_data", email=user.email, user=user, items=list(warnings))
        record(verb=Verb.DATA_STALE, subject=notice, actor=System("location data"), facts={"warnings": list(warnings)})
    return len(heads)
