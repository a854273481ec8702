"""What if the policy were another: the same sessions judged by both, and which of them would come out differently.

Both judgements are made now, on the same facts: today's location data, the ranges, corrections and passed challenges
of the moment of each session, and the history that the sessions themselves make. So a difference is the policy's
and nothing else's. What is not kept cannot be judged again: what callers observed (clock, language, phone), and
addresses that were let go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any

from kyc.access.memory import correction_of
from kyc.access.models import AccessDecision
from kyc.access.models import PassedChallenge as PassedRow
from kyc.access.networks import Networks
from kyc.access.queries import catalogue_models, range_hit
from kyc.access.rules import AccessFacts, AccessVerdict, ModelFacts, PassedChallenge, RangeHit, Subject, decide_place
from kyc.access.states import AccessOutcome, AccessTier, Challenge, Channel, worst
from kyc.access.trail import Crowd, Trail, history
from kyc.customers.states import CustomerStatus
from kyc.errors import BadInput
from kyc.geo.client_address import read_address
from kyc.geo.evasion import Observed
from kyc.geo.models import LocationCorrection, OperatorRange
from kyc.geo.rules import Correction
from kyc.geo.services import geo_data, geo_policy
from kyc.policy.access import CURRENT, AccessPolicy
from kyc.policy.countries import countries, country_name
from kyc.policy.geo import GeoPolicy
from kyc.policy.territories import Group, groups_of
from kyc.worlds import World

MOST_SESSIONS = 20_000
# Reasons of the place and of evasion: these are judged anew; all others stand as they were recorded.
OF_PLACE = ("ip.", "range.", "travel.", "churn.", "address.", "facts.", "challenge.", "geo.", "access.clear")
# The numbers of kyc.policy.geo that may be tried, and yes or no of kyc.policy.access.
NUMBERS = (
    "anonymiser_deny_from",
    "anonymiser_challenge_from",
    "corroborating_sources",
    "hosting_known_days",
    "travel_most_kmh",
    "travel_least_km",
    "countries_per_day",
    "networks_per_day",
    "accounts_per_address",
    "repeated_challenges",
    "mismatches_for_review",
)
GROUPS_DENY = "restricted_groups_deny"


@dataclass(frozen=True, slots=True)
class Policies:
    access: AccessPolicy
    geo: GeoPolicy


def in_force() -> Policies:
    return Policies(CURRENT, geo_policy())


def with_changes(
    *, refuse: Iterable[str] = (), offer: Iterable[str] = (), numbers: Mapping[str, str] | None = None
) -> Policies:
    """The policy in force with these changes. BadInput names the field: an unknown country or number, an embargo."""
    now = in_force()
    refused, offered = _countries(refuse, "refuse"), _countries(offer, "offer")
    for code in offered:
        if Group.EMBARGO in groups_of(code, _today()):
            raise BadInput(f"{country_name(code)} is under embargo, which no policy takes back.", field="offer")
    access = replace(now.access, also_refused=refused, still_offered=offered)
    changed: dict[str, Any] = {}
    kinds = {spec.name: type(getattr(now.geo, spec.name)) for spec in fields(now.geo) if spec.name in NUMBERS}
    for name, text in (numbers or {}).items():
        if not text.strip():
            continue
        if name == GROUPS_DENY:
            access = replace(access, restricted_groups_deny=text.strip().lower() in ("yes", "true", "1"))
            continue
        if name not in kinds:
            raise BadInput(f"{name} cannot be tried.", field=name)
        try:
            changed[name] = kinds[name](text.strip())
        except ValueError as error:
            raise BadInput(f"{name.replace('_', ' ')}: {text} is not a number.", field=name) from error
    return Policies(access, replace(now.geo, **changed))


def _today() -> Any:
    return datetime.now().date()


def _countries(codes: Iterable[str], name: str) -> frozenset[str]:
    wanted = frozenset(code.strip().upper() for code in codes if code.strip())
    unknown = sorted(wanted - countries().keys())
    if unknown:
        raise BadInput(f"No country has the code {', '.join(unknown)}.", field=name)
    return wanted


# ------------------------------------------------------------------------------------------------ what was asked
@dataclass(frozen=True, slots=True)
class Session:
    """One customer's questions for one model, from one address, by one channel, within an hour.

    `rest`: the worst of its recorded reasons that are not about the place; they stand whatever is tried.
    """

    decision: str  # the first of them
    customer: int | None
    asked_for: str
    world: World
    declared: str
    ip: str
    model: str
    channel: Channel
    at: datetime
    times: int
    rest: AccessOutcome


@dataclass(frozen=True, slots=True)
class Difference:
    session: Session
    country: str
    before: AccessOutcome
    after: AccessOutcome
    why: tuple[str, ...]  # sentences of the reasons that only one of both policies has


@dataclass(frozen=True, slots=True)
class WhatIf:
    """`turned`: (before, after) → sessions. `cut_off`: the oldest are left out, because there were too many."""

    days: int
    sessions: int
    questions: int
    customers: int
    differences: tuple[Difference, ...]
    cut_off: bool
    turned: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @property
    def customers_touched(self) -> int:
        return len({row.session.asked_for for row in self.differences})


def try_policy(*, candidate: Policies, world: World, days: int, now: datetime, most: int = MOST_SESSIONS) -> WhatIf:
    """Judge the sessions of the last days, the newest `most`, by the policy in force and by the candidate.

    A handful of queries, and about half a millisecond of one core a session.
    """
    sessions, cut_off = sessions_of(world, since=now - timedelta(days=days), most=most)
    scene = _Scene.read(sessions)
    before, after = _judged(sessions, scene, in_force()), _judged(sessions, scene, candidate)
    differences = tuple(
        Difference(session, old.country, old.outcome, new.outcome, _why(old.verdict, new.verdict))
        for session, old, new in zip(sessions, before, after, strict=True)
        if old.outcome is not new.outcome
    )
    return WhatIf(
        days=days,
        sessions=len(sessions),
        questions=sum(session.times for session in sessions),
        customers=len({session.asked_for for session in sessions}),
        differences=differences,
        cut_off=cut_off,
        turned=dict(Counter((row.before.value, row.after.value) for row in differences).most_common()),
    )


def sessions_of(world: World, *, since: datetime, most: int) -> tuple[list[Session], bool]:
    """In the order of time, and whether the oldest were left out. One query."""
    rows = AccessDecision.objects.filter(world=world, at__gte=since).exclude(ip=None).order_by("-at", "-pk")
    columns = (
        "public_id", "customer_id", "asked_for", "customer__residence_country", "ip", "model", "channel", "at",
        "findings",
    )  # fmt: skip
    found: dict[tuple[Any, ...], Session] = {}
    cut_off = False
    for decision, customer, asked_for, declared, ip, model, channel, at, findings in rows.values_list(
        *columns
    ).iterator(chunk_size=2_000):
        name = (asked_for, ip, model, channel, at.replace(minute=0, second=0, microsecond=0))
        before = found.get(name)
        if before is None and len(found) >= most:
            cut_off = True
            break
        rest = worst(_outcomes_of_the_rest(findings))
        found[name] = Session(
            decision, customer, asked_for, world, declared or "", ip, model, Channel(channel), at,
            1 + (before.times if before else 0), worst((rest, before.rest)) if before else rest,
        )  # fmt: skip
    return sorted(found.values(), key=lambda session: session.at), cut_off


def _outcomes_of_the_rest(findings: Iterable[Mapping[str, Any]]) -> Iterator[AccessOutcome]:
    for row in findings:
        outcome = row["facts"].get("outcome")
        if outcome and not row["code"].startswith(OF_PLACE):
            yield AccessOutcome(outcome)


# ------------------------------------------------------------------------------------------------ judging
@dataclass(frozen=True, slots=True)
class _Scene:
    """What stood beside the sessions, each with the time from which it stood."""

    models: Mapping[str, ModelFacts]
    ranges: Networks[tuple[int | None, datetime, RangeHit]]
    corrections: Networks[tuple[datetime, datetime, Correction]]
    passed: Mapping[int, tuple[PassedChallenge, ...]]

    @classmethod
    def read(cls, sessions: Sequence[Session]) -> _Scene:
        customers = {session.customer for session in sessions if session.customer is not None}
        ranges = OperatorRange.objects.select_related("proposal").order_by("id")
        corrections = LocationCorrection.objects.select_related("proposal").order_by("-id")
        passed: dict[int, tuple[PassedChallenge, ...]] = {}
        for row in PassedRow.objects.filter(customer__in=customers).order_by("id"):
            one = PassedChallenge(Challenge(row.kind), row.passed_at, tuple(row.codes))
            passed[row.customer_id] = (*passed.get(row.customer_id, ()), one)
        return cls(
            models=catalogue_models(),
            ranges=Networks((row.cidr, (row.customer_id, row.created_at, range_hit(row))) for row in ranges),
            corrections=Networks(
                (row.cidr, (row.created_at, row.expires_at, correction_of(row))) for row in corrections
            ),
            passed=passed,
        )


@dataclass(frozen=True, slots=True)
class _Judged:
    outcome: AccessOutcome
    country: str
    verdict: AccessVerdict


def _judged(sessions: Sequence[Session], scene: _Scene, policies: Policies) -> list[_Judged]:
    """Each with the history that those before it made, under the same policy."""
    data, trails, crowds = geo_data(), dict[str, Trail](), dict[str, Crowd]()
    judged = []
    for session in sessions:
        address = read_address(session.ip)
        assert address is not None
        at = session.at
        correction = next((c for start, end, c in scene.corrections.holding(address) if start <= at < end), None)
        where = data.lookup(address, correction=correction)
        trail, crowd = trails.setdefault(session.asked_for, Trail()), crowds.setdefault(session.ip, Crowd())
        who = session.customer or 0
        passed = tuple(kept for kept in scene.passed.get(who, ()) if kept.at <= at)
        facts = AccessFacts(
            subject=Subject(session.asked_for, session.world, CustomerStatus.APPROVED, AccessTier.NONE, passed=passed),
            world=session.world,
            model=scene.models.get(session.model),
            channel=session.channel,
            location=where,
            ranges=tuple(
                hit
                for of, start, hit in scene.ranges.holding(address)
                if of in (None, session.customer) and start <= at < hit.expires_at
            ),
            observed=Observed(declared_country=session.declared),
            history=history(trail, crowd, customer=who, where=where, index=session.ip, now=at),
        )
        verdict = decide_place(facts, policies.access, policies.geo, at)
        trail.note(where, session.ip, at)
        crowd.note(who, at)
        judged.append(_Judged(worst((verdict.outcome, session.rest)), where.country, verdict))
    return judged


def _why(old: AccessVerdict, new: AccessVerdict) -> tuple[str, ...]:
    """The sentences that only one of both has: the new one's first, what no longer stands after them."""
    before = {(row.code, row.facts.get("outcome")): row.sentence for row in old.findings}
    after = {(row.code, row.facts.get("outcome")): row.sentence for row in new.findings}
    gained = [sentence for name, sentence in after.items() if name not in before and name[0] != "access.clear"]
    lost = [
        f"No longer: {sentence}" for name, sentence in before.items() if name not in after and name[0] != "access.clear"
    ]
    return (*gained, *lost)
