"""Leaving a challenge: what the customer can show alone, what they ask of us, and what staff answer.

What was passed is a row of PassedChallenge for the reasons that were given, and counts as long as
kyc.policy.access says. Nothing here reaches an embargo: its rule has no way out (kyc/access/rules.py).
"""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission
from kyc.access.models import AccessDecision, PassedChallenge, WayOut
from kyc.access.states import Challenge
from kyc.access.ways import NO_WAY, Ways, ways_out
from kyc.audit.services import Actor, record
from kyc.audit.verbs import Verb
from kyc.cases.models import Case
from kyc.cases.services import open_case, resolve_case
from kyc.cases.states import CaseOutcome, CaseType
from kyc.customers.models import Customer, MemberRole
from kyc.customers.queries import lock_customer
from kyc.documents.models import Document
from kyc.errors import BadInput, ForbiddenMove, Incomplete, LostRace, NotAllowed
from kyc.findings import Finding
from kyc.geo.models import OperatorRange
from kyc.geo.overrides import read_range
from kyc.identity.services import start_verification
from kyc.identity.states import SETTLED, VerificationStatus
from kyc.notices.services import tell_members
from kyc.policy.access import CURRENT
from kyc.policy.geo import CURRENT as GEO


def ways_of(decision: AccessDecision) -> Ways:
    return ways_out(decision.outcome, decision.findings)


def waiting_challenge(customer: Customer, now: datetime) -> AccessDecision | None:
    """The gate's latest answer of the last day, where it is one that the customer can leave. One query."""
    answers = customer.access_decisions.filter(at__gte=now - timedelta(days=1)).order_by("-at", "-pk")
    latest = answers.first()
    return latest if latest is not None and ways_of(latest) != NO_WAY else None


# ------------------------------------------------------------------------------------------------ alone
@transaction.atomic
def pass_second_factor(
    *, decision: AccessDecision, user: User, proved_at: datetime | None, now: datetime | None = None
) -> PassedChallenge:
    """A member has just shown a second factor. `proved_at` None: they have not.

    Raises NotAllowed for somebody who is no member, Incomplete where the factor was not shown or too long ago,
    ForbiddenMove where this answer is not left in this way, LostRace where it was passed already.
    """
    now = now or timezone.now()
    customer = _customer_of(decision, user)
    ways = _check_way(decision, Challenge.SECOND_FACTOR, now)
    if proved_at is None or not timedelta(0) <= now - proved_at <= timedelta(seconds=CURRENT.fresh_factor_seconds):
        raise Incomplete("Please show your second factor first.", field="second_factor")
    return _pass(customer, Challenge.SECOND_FACTOR, ways.codes, decision.public_id, actor=user, now=now)


# ------------------------------------------------------------------------------------------------ asked of staff
@transaction.atomic
def ask_way_out(
    *,
    decision: AccessDecision,
    kind: Challenge,
    user: User,
    words: str = "",
    cidr: str = "",
    document: Document | None = None,
    now: datetime | None = None,
) -> WayOut:
    """Ask staff for one; a case of location is opened, or takes it up.

    `document` for a new look at an identity document, `cidr` for a range of their own (owners only), `words` for
    a person. Raises as `pass_second_factor` does, and BadInput naming the field.
    """
    now = now or timezone.now()
    customer = _customer_of(decision, user)
    ways = _check_way(decision, kind, now)
    verification = None
    match kind:
        case Challenge.SECOND_FACTOR:
            raise ForbiddenMove("A second factor is shown, not asked for.")
        case Challenge.IDENTITY:
            if document is None or document.customer_id != customer.pk:
                raise BadInput("Please choose a picture of your identity document.", field="file")
            verification = start_verification(customer=customer, actor=user)
            verification.documents.add(document)
        case Challenge.EGRESS:
            if not customer.member_set.filter(user=user, removed_at=None, role=MemberRole.OWNER).exists():
                raise NotAllowed("Only an owner of this account can register a range.")
            cidr = _own_range(cidr, decision)
            if not words.strip():
                raise BadInput("Please say how you know that this range is yours alone.", field="words")
        case Challenge.PERSON:
            if not words.strip():
                raise BadInput("Please tell us in a few words where you are and why.", field="words")
    reasons = [row for row in decision.findings if row["code"] in ways.codes or row["code"].startswith("geo.")]
    try:
        with transaction.atomic():
            asked = WayOut.objects.create(
                customer=customer, world=customer.world, kind=kind, decision=decision.public_id,
                codes=list(ways.codes), findings=reasons, words=words.strip(), cidr=cidr,
                verification=verification, asked_by=user, asked_at=now,
            )  # fmt: skip
    except IntegrityError as error:
        raise LostRace("You have asked for this already; we are looking at it.") from error
    kept = {"kind": kind, "decision": decision.public_id, "codes": list(ways.codes)}
    _record(asked, Verb.WAY_OUT_ASKED, user, kept)
    what = {Challenge.IDENTITY: "a new look at a document", Challenge.EGRESS: "a range of their own"}
    summary = f"The customer asks to be let out of a challenge: {what.get(kind, 'a person')}."
    open_case(
        customer=customer, type=CaseType.LOCATION, summary=summary,
        findings=map(Finding.from_json, reasons), actor=user,
    )  # fmt: skip
    return asked


def _own_range(cidr: str, decision: AccessDecision) -> str:
    """The range as it will be registered. BadInput unless it is small and holds the address that was challenged."""
    network = read_range(cidr)
    least = GEO.own_range_prefix_4 if network.version == 4 else GEO.own_range_prefix_6
    if network.prefixlen < least:
        raise BadInput(f"A range of your own is at most a /{least}.", field="cidr")
    address = ipaddress.ip_address(decision.ip) if decision.ip else None
    if address is None or address.version != network.version or address not in network:
        raise BadInput("The range must hold the address that was asked about.", field="cidr")
    return str(network)


# ------------------------------------------------------------------------------------------------ staff's answers
@transaction.atomic
def accept_way_out(*, way: WayOut, actor: User, reason: str, now: datetime | None = None) -> PassedChallenge:
    """A person has looked and accepts these reasons, and no others, for as long as policy says.

    Only what was asked of a person: a document is settled by its verification, a range by two people.
    """
    now = now or timezone.now()
    _check_staff(actor)
    if way.kind != Challenge.PERSON:
        raise ForbiddenMove("A document is settled by its verification, a range by two people.", way=way.public_id)
    if not reason.strip():
        raise Incomplete("Say what you rely on.")
    lock_customer(way.customer_id)
    _settle(way, WayOut.Status.ACCEPTED, actor, reason, now)
    passed = _pass(way.customer, Challenge.PERSON, tuple(way.codes), way.public_id, actor=actor, now=now)
    _after_settling(way, actor)
    return passed


@transaction.atomic
def refuse_way_out(*, way: WayOut, actor: User, reason: str, now: datetime | None = None) -> WayOut:
    """The challenge stands. The customer reads that, and nothing of the reason."""
    _check_staff(actor)
    if not reason.strip():
        raise Incomplete("Say why.")
    lock_customer(way.customer_id)
    _settle(way, WayOut.Status.REFUSED, actor, reason, now or timezone.now())
    _record(way, Verb.WAY_OUT_REFUSED, actor, {"kind": way.kind, "reason": reason})
    _after_settling(way, actor)
    return way


@transaction.atomic
def settle_looked_at(*, customer: Customer, actor: Actor, now: datetime | None = None) -> int:
    """Documents that were asked to be looked at again and were: passed or refused. Safe to run twice."""
    now = now or timezone.now()
    settled = 0
    for way in looked_at().filter(customer=customer).select_related("verification", "customer"):
        session = way.verification
        if session is None:
            continue
        verified = session.status == VerificationStatus.VERIFIED
        _settle(way, WayOut.Status.ACCEPTED if verified else WayOut.Status.REFUSED, session.reviewed_by, "", now)
        if verified:
            by = session.reviewed_by or actor
            _pass(customer, Challenge.IDENTITY, tuple(way.codes), session.public_id, actor=by, now=now)
        else:
            _record(way, Verb.WAY_OUT_REFUSED, actor, {"kind": way.kind, "verification": session.public_id})
        _after_settling(way, actor)
        settled += 1
    return settled


def looked_at() -> models.QuerySet[WayOut]:
    """Open ways out whose document a person or provider has judged."""
    asked = WayOut.objects.filter(status=WayOut.Status.OPEN, kind=Challenge.IDENTITY)
    return asked.filter(verification__status__in=SETTLED)


@transaction.atomic
def settle_registered(*, registered: OperatorRange, actor: User, now: datetime | None = None) -> int:
    """Two people registered a range: whoever asked for it, or for a part of it, is out. Returns how many."""
    if registered.customer is None or registered.effect != OperatorRange.Effect.ALLOW:
        return 0
    lock_customer(registered.customer.pk)
    network = ipaddress.ip_network(registered.cidr)
    asked = WayOut.objects.filter(customer=registered.customer, kind=Challenge.EGRESS, status=WayOut.Status.OPEN)
    settled = 0
    for way in asked.select_related("customer"):
        wanted: Any = ipaddress.ip_network(way.cidr)
        if wanted.version != network.version or not wanted.subnet_of(network):
            continue
        _settle(way, WayOut.Status.ACCEPTED, actor, f"{registered.cidr} is registered.", now or timezone.now())
        _after_settling(way, actor)
        settled += 1
    return settled


# ------------------------------------------------------------------------------------------------ shared
def _customer_of(decision: AccessDecision, user: User) -> Customer:
    customer = decision.customer
    if customer is None or not customer.member_set.filter(user=user, removed_at=None).exists():
        raise NotAllowed("You do not act for this account.", decision=decision.public_id)
    return customer


def _check_way(decision: AccessDecision, kind: Challenge, now: datetime) -> Ways:
    if now - decision.at > timedelta(seconds=CURRENT.decision_seconds):
        raise ForbiddenMove("This was some time ago. Please try again, and use the new link.")
    ways = ways_of(decision)
    if not ways.allow(kind):
        raise ForbiddenMove("This cannot be settled in that way.", decision=decision.public_id, kind=kind)
    return ways


def _check_staff(actor: User) -> None:
    if not actor.may(Permission.WORK_CASES):
        raise NotAllowed("Your role may not answer this.", permission=Permission.WORK_CASES)


def _pass(
    customer: Customer, kind: Challenge, codes: tuple[str, ...], evidence: str, *, actor: Actor, now: datetime
) -> PassedChallenge:
    staff = actor if isinstance(actor, User) and actor.is_staff else None
    try:
        with transaction.atomic():
            passed = PassedChallenge.objects.create(
                customer=customer, world=customer.world, kind=kind, codes=list(codes), evidence=evidence,
                passed_at=now, accepted_by=staff,
            )  # fmt: skip
    except IntegrityError as error:
        raise LostRace("This was confirmed already.", evidence=evidence) from error
    _record(passed, Verb.CHALLENGE_PASSED, actor, {"kind": kind, "codes": list(codes), "evidence": evidence})
    return passed


def _settle(way: WayOut, to: str, actor: User | None, reason: str, now: datetime) -> None:
    values: dict[str, Any] = {"status": to, "settled_by": actor, "settled_at": now, "reason": reason}
    if WayOut.objects.filter(pk=way.pk, status=WayOut.Status.OPEN).update(**values) != 1:
        raise LostRace("Somebody else has answered this.", way=way.public_id)
    way.refresh_from_db()


def _after_settling(way: WayOut, actor: Actor) -> None:
    """Tell the customer; close the case of the last one."""
    accepted = way.status == WayOut.Status.ACCEPTED
    tell_members(customer=way.customer, template="network_accepted" if accepted else "network_refused")
    if WayOut.objects.filter(customer=way.customer, status=WayOut.Status.OPEN).exists():
        return
    case = Case.objects.unresolved().filter(customer=way.customer, type=CaseType.LOCATION).first()
    if case is not None:
        outcome = CaseOutcome.REQUIREMENTS_MET if accepted else CaseOutcome.REQUIREMENTS_NOT_MET
        resolve_case(case=case, outcome=outcome, reason_codes=["reviewed_ok" if accepted else "stands"], actor=actor)


def _record(row: PassedChallenge | WayOut, verb: Verb, actor: Actor, facts: dict[str, Any]) -> None:
    record(verb=verb, subject=row, actor=actor, person=row.customer.public_id, facts=facts)
