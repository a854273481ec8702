"""What two people set right about addresses: ranges the operator allows or denies, and places that files get wrong.

Every row expires. Nothing here crosses an embargo: no range is allowed and no place corrected where any open
source, or our own facts, names an embargoed country or region anywhere inside the range, nor into one. The gate
would not follow such a row either (kyc/access/rules.py); it is refused here so that nobody believes it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission
from kyc.approvals import services as approvals
from kyc.approvals.models import Proposal
from kyc.approvals.states import Action
from kyc.audit.services import record
from kyc.audit.verbs import Verb
from kyc.customers.models import Customer
from kyc.errors import BadInput, ForbiddenMove, Incomplete, LostRace, NotAllowed
from kyc.geo.client_address import Network
from kyc.geo.models import LocationCorrection, OperatorRange
from kyc.geo.rules import is_public
from kyc.geo.services import geo_data, geo_policy
from kyc.policy.countries import countries
from kyc.policy.territories import Group, groups_of

Override = OperatorRange | LocationCorrection
ACTIONS = frozenset({Action.SET_RANGE, Action.CORRECT_LOCATION})
EMBARGOED = frozenset({Group.EMBARGO, Group.EMBARGO_REVIEW})
# IPv6 that carries IPv4: whoever means the address inside names that
_CARRIERS = tuple(map(ipaddress.IPv6Network, ("::/80", "64:ff9b::/32", "2002::/16", "2001::/32")))


def read_range(text: str) -> Network:
    """A network of the public internet, as narrow as policy wants. BadInput with a sentence."""
    try:
        network = ipaddress.ip_network(text.strip())
    except ValueError as error:
        raise BadInput(f"That is no range of addresses, as 192.0.2.0/24 is: {error}.", field="cidr") from error
    policy = geo_policy()
    widest = policy.widest_prefix_4 if network.version == 4 else policy.widest_prefix_6
    if network.prefixlen < widest:
        raise BadInput(f"The range is too wide: at most /{widest}.", field="cidr")
    if network.version == 6 and any(network.overlaps(carrier) for carrier in _CARRIERS):
        raise BadInput("This range carries IPv4 addresses: name those.", field="cidr")
    if not is_public(network.network_address) or not is_public(network.broadcast_address):
        raise BadInput("This range is not one of the public internet.", field="cidr")
    return network


def named_within(network: Network) -> dict[str, tuple[str, ...]]:
    """What sources name inside a range: country or region → sources."""
    return geo_data().within(network)


def embargoed_within(named: Mapping[str, tuple[str, ...]], today: date) -> dict[str, tuple[str, ...]]:
    return {code: names for code, names in named.items() if EMBARGOED & groups_of(code, today)}


# ------------------------------------------------------------------------------------------------ proposing
@transaction.atomic
def propose_range(
    *, cidr: str, effect: str, days: int, reason: str, actor: User, customer: Customer | None = None
) -> Proposal:
    """The first of two. An allowed range is one customer's own exit; a denied one is denied to everybody."""
    network, policy = read_range(cidr), geo_policy()
    allow = effect == OperatorRange.Effect.ALLOW
    if effect not in OperatorRange.Effect.values:
        raise BadInput("Allow or deny.", field="effect")
    if allow and customer is None:
        raise BadInput("Say whose exit it is: a range is allowed to one customer.", field="customer")
    _check_days(days, policy.allow_days if allow else policy.deny_days)
    if allow:
        _check_embargo(network)
    row = OperatorRange(cidr=str(network), effect=effect, customer=customer)
    payload = {"cidr": row.cidr, "effect": effect, "days": days, "customer": customer.public_id if customer else ""}
    return approvals.propose(
        action=Action.SET_RANGE, subject=row, payload=payload, evidence=_evidence(network), reason=reason,
        actor=actor, world=customer.world if customer else None,
    )  # fmt: skip


@transaction.atomic
def propose_correction(*, cidr: str, country: str, region: str, evidence: str, days: int, actor: User) -> Proposal:
    """The first of two. `evidence`: what shows where the range is, in words (a contract, a geofeed, a traceroute)."""
    network = read_range(cidr)
    if country not in countries():
        raise BadInput("Choose a country.", field="country")
    if region and not region.startswith(f"{country}-"):
        raise BadInput(f"A region of {country} begins with {country}-, as in ISO 3166-2.", field="region")
    if not evidence.strip():
        raise Incomplete("Say what shows where this range is.", field="evidence")
    _check_days(days, geo_policy().correction_days)
    _check_embargo(network, country, region)
    row = LocationCorrection(cidr=str(network), country=country, region=region)
    payload = {"cidr": row.cidr, "country": country, "region": region, "days": days, "evidence": evidence.strip()}
    return approvals.propose(
        action=Action.CORRECT_LOCATION, subject=row, payload=payload, evidence=_evidence(network),
        reason=evidence, actor=actor,
    )  # fmt: skip


@transaction.atomic
def propose_end(*, row: Override, reason: str, actor: User) -> Proposal:
    """End a denied range or a correction before its time: that may let somebody in, so it takes two."""
    if row.expires_at <= timezone.now():
        raise ForbiddenMove("This is over already.", cidr=row.cidr)
    action = Action.SET_RANGE if isinstance(row, OperatorRange) else Action.CORRECT_LOCATION
    payload = {"end": row.pk, "cidr": row.cidr}
    return approvals.propose(
        action=action, subject=row, payload=payload, evidence=_standing(row), reason=reason, actor=actor,
        world=row.customer.world if isinstance(row, OperatorRange) and row.customer else None,
    )  # fmt: skip


@transaction.atomic
def end_allowed_range(*, row: OperatorRange, reason: str, actor: User) -> OperatorRange:
    """Take an allowed range back, now. Tightening needs one person."""
    if not actor.may(Permission.PLACE_HOLD):
        raise NotAllowed("Your role may not end a range.", permission=Permission.PLACE_HOLD)
    if row.effect != OperatorRange.Effect.ALLOW:
        raise ForbiddenMove("Ending a denied range takes two people.", cidr=row.cidr)
    if not reason.strip():
        raise Incomplete("Say why.")
    _end(row, actor, reason)
    return row


def _check_days(days: int, most: int) -> None:
    if not 1 <= days <= most:
        raise BadInput(f"Choose 1 to {most} days.", field="days")


def _check_embargo(network: Network, *also: str) -> None:
    """No way around an embargo, whoever asks and however many agree."""
    today = timezone.localdate()
    named = embargoed_within(named_within(network), today)
    wanted = [code for code in also if code and EMBARGOED & groups_of(code, today)]
    if named or wanted:
        said = [f"{code} by {' and '.join(names)}" for code, names in named.items()] + wanted
        raise ForbiddenMove(f"This would cross an embargo, which nobody can override: {', '.join(said)}.")


def _evidence(network: Network) -> dict[str, Any]:
    """What the sources name inside, and what stands on overlapping ranges: changed, and the proposal is void."""
    now = timezone.now()
    ranges = OperatorRange.objects.filter(expires_at__gt=now).order_by("id")
    corrections = LocationCorrection.objects.filter(expires_at__gt=now).order_by("id")
    return {
        "named": {code: list(names) for code, names in named_within(network).items()},
        "ranges": [f"{row.effect} {row.cidr} #{row.pk}" for row in ranges if _overlaps(row.cidr, network)],
        "corrections": [f"{row} #{row.pk}" for row in corrections if _overlaps(row.cidr, network)],
    }


def _standing(row: Override) -> dict[str, Any]:
    return {"row": row.pk, "cidr": row.cidr, "expires_at": row.expires_at}


def _overlaps(cidr: str, network: Network) -> bool:
    other: Any = ipaddress.ip_network(cidr)
    return other.version == network.version and bool(other.overlaps(network))


# ------------------------------------------------------------------------------------------------ confirming
@transaction.atomic
def confirm_override(*, proposal: Proposal, actor: User, reason: str) -> Override:
    """The second person: what was proposed is done in this transaction. Raises as `approvals.confirm` does.

    The embargo is asked again, with the data of this moment.
    """
    now, payload = timezone.now(), proposal.payload
    if "end" in payload:
        table = OperatorRange if proposal.action == Action.SET_RANGE else LocationCorrection
        standing = table._default_manager.select_for_update().get(pk=payload["end"])
        approvals.confirm(proposal=proposal, actor=actor, reason=reason, evidence_now=_standing(standing))
        _end(standing, actor, proposal.reason)
        return standing
    network = ipaddress.ip_network(payload["cidr"])
    approvals.confirm(proposal=proposal, actor=actor, reason=reason, evidence_now=_evidence(network))
    until = now + timedelta(days=payload["days"])
    row: Override
    if proposal.action == Action.SET_RANGE:
        if payload["effect"] == OperatorRange.Effect.ALLOW:
            _check_embargo(network)
        customer = Customer.objects.get(public_id=payload["customer"]) if payload["customer"] else None
        row = OperatorRange.objects.create(
            cidr=payload["cidr"], effect=payload["effect"], customer=customer, reason=proposal.reason,
            proposal=proposal, expires_at=until,
        )  # fmt: skip
    else:
        _check_embargo(network, payload["country"], payload["region"])
        row = LocationCorrection.objects.create(
            cidr=payload["cidr"], country=payload["country"], region=payload["region"],
            evidence=payload["evidence"], proposal=proposal, expires_at=until,
        )  # fmt: skip
    _record(row, Verb.RANGE_SET if isinstance(row, OperatorRange) else Verb.PLACE_CORRECTED, actor, payload)
    return row


def _end(row: Override, actor: User, reason: str) -> None:
    now = timezone.now()
    if type(row)._default_manager.filter(pk=row.pk, expires_at__gt=now).update(expires_at=now) != 1:
        raise LostRace("Somebody else has ended this.", cidr=row.cidr)
    row.refresh_from_db()
    _record(row, Verb.RANGE_ENDED, actor, {"cidr": row.cidr, "reason": reason})


def _record(row: Override, verb: Verb, actor: User, facts: Mapping[str, Any]) -> None:
    customer = row.customer if isinstance(row, OperatorRange) else None
    record(
        verb=verb, subject=row, actor=actor, facts=dict(facts), world=customer.world if customer else None,
        person=customer.public_id if customer else "",
    )  # fmt: skip
