"""The gate: gather what is known, ask the pure rule, write the answer down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings

from accounts.models import User
from accounts.scopes import Scope
from accounts.services import note_use
from kyc.access.ledger import Line, findings_json, ledger
from kyc.access.memory import MOST_SETTLED, Known, Memory, Settled, remembered, with_account
from kyc.access.queries import history_of, observed_of
from kyc.access.questions import Caller, Question, with_declared
from kyc.access.rules import (
    AccessFacts,
    AccessVerdict,
    RangeHit,
    VisitFacts,
    decide_access,
    decide_visit,
    is_settled,
)
from kyc.access.trail import Crowd, history, stands_until
from kyc.customers.models import Customer
from kyc.errors import ClearanceError, NotAllowed
from kyc.geo.client_address import Address, read_address
from kyc.geo.evasion import NOTHING_OBSERVED
from kyc.geo.models import Sighting
from kyc.geo.rules import LocationVerdict
from kyc.geo.services import address_index, geo_data, geo_policy, note_sighting
from kyc.geo.sources import GeoData
from kyc.ids import access_id
from kyc.policy.access import CURRENT
from kyc.policy.geo import GeoPolicy
from kyc.worlds import World


class Answer(NamedTuple):
    """The verdict, the place it rests on, and the id under which it is written down."""

    verdict: AccessVerdict
    location: LocationVerdict
    decision_id: str


class NoKey(ClearanceError):
    """Send a key that is valid: Authorization: Bearer clr_…"""

    code = "not_authenticated"
    status = 401


def admit(authorization: str, now: datetime) -> Caller:
    """Who asks, by their key; and a look at what was changed, so that what follows is answered from what holds now.

    Raises NoKey, NotAllowed, and GateClosed where the gate knows too little: until it can know, the answer is no.
    """
    memory = remembered()
    memory.keep_fresh()
    scheme, _, text = authorization.partition(" ")
    key = memory.key(text.strip(), now) if scheme.lower() == "bearer" else None
    if key is None:
        raise NoKey()
    note_use(key, now)
    if Scope.ACCESS_DECIDE not in key.scopes:
        raise NotAllowed("This key does not have the scope for that.")
    return Caller(key.client.public_id, World(key.client.world), Scope.ACCESS_INTERNAL in key.scopes)


def answer(*, questions: Sequence[Question], caller: Caller, now: datetime) -> tuple[Answer, ...]:
    """Decide and record, in the order of the questions. Whatever is missing is in the verdicts.

    Refusals are written before this returns, allowances in a moment (kyc/access/ledger.py). Raises GateClosed
    where they cannot be.
    """
    memory, places, geo = remembered(), geo_data(), geo_policy()
    answers: list[Answer] = []
    lines: list[Line] = []
    for question in questions:
        answered, line = _answer_one(memory, places, geo, question, caller, now)
        answers.append(answered)
        lines.append(line)
    ledger().keep(lines)
    return tuple(answers)


def _answer_one(
    memory: Memory, places: GeoData, geo: GeoPolicy, question: Question, caller: Caller, now: datetime
) -> tuple[Answer, Line]:
    address, index = question.address, _index_of(question.ip)
    location = places.lookup(question.ip, today=now.date(), correction=memory.correction(address, now))
    known, closed, crowd = memory.find(
        caller.world, customer_id=question.customer_id, account_id=question.account_id, index=index, at=now
    )
    ranges = memory.ranges(address, known.pk if known else None, now)
    verdict = _verdict(memory, geo, question, caller, known, closed, crowd, location, index, ranges, now)
    ours: Known | None = known if known and known.subject.world is caller.world else None
    if ours is not None:
        ours.trail.note(location, index, now)
        crowd.note(ours.pk, now)
    decision_id = access_id()
    line = Line(
        decision_id=decision_id,
        world=caller.world,
        customer=ours.pk if ours else None,
        asked_for=question.asked_for,
        client=caller.public_id,
        model=question.model,
        channel=question.channel.value,
        address=address,
        digest=index,
        verdict=verdict,
        location=location,
        at=now,
    )
    return Answer(verdict, location, decision_id), line


def _verdict(
    memory: Memory,
    geo: GeoPolicy,
    question: Question,
    caller: Caller,
    known: Known | None,
    closed: bool,
    crowd: Crowd,
    location: LocationVerdict,
    index: str,
    ranges: tuple[RangeHit, ...],
    now: datetime,
) -> AccessVerdict:
    """The rule's word; the one it gave before where all that it rests on is the same and time does not count."""
    model = memory.model(question.model)
    asked = (question.ip, question.model)
    plain = known is not None and question.observed is NOTHING_OBSERVED and not ranges
    if plain and known is not None:
        before = known.settled.get(asked)
        if (
            before is not None
            and before.since <= now < before.until
            and before.location is location
            and before.model is model
            and before.trail_mark is known.trail.mark
            and before.crowd is crowd
            and before.crowd_mark is crowd.mark
            and before.channel is question.channel
            and before.world is caller.world
            and before.closed is closed
            and before.geo is geo
        ):
            return before.verdict
    pk, trail = (known.pk, known.trail) if known else (None, None)
    marks = trail.mark if trail else None, crowd.mark  # read before what they vouch for
    facts = AccessFacts(
        subject=with_account(known.subject, closed=closed) if known else None,
        world=caller.world,
        model=model,
        channel=question.channel,
        location=location,
        ranges=ranges,
        observed=with_declared(question.observed, known.declared if known else NOTHING_OBSERVED),
        history=history(trail, crowd, customer=pk, where=location, index=index, now=now),
    )
    verdict = decide_access(facts, CURRENT, geo, now)
    if plain and known is not None and is_settled(facts):
        if len(known.settled) >= MOST_SETTLED:
            known.settled.clear()
        known.settled[asked] = Settled(
            verdict,
            since=now,
            until=stands_until(known.trail, crowd, now),
            world=caller.world,
            channel=question.channel,
            closed=closed,
            model=model,
            location=location,
            geo=geo,
            trail_mark=marks[0],
            crowd=crowd,
            crowd_mark=marks[1],
        )
    return verdict


@lru_cache(maxsize=16_384)
def _index_of(ip: str) -> str:
    """By its text, which is compared faster than an address. It was read once already."""
    address = read_address(ip)
    assert address is not None
    return address_index(address)


@dataclass(frozen=True, slots=True)
class Visit:
    """A visitor at one of our own doors: the verdict, and the place it rests on."""

    door: Sighting.Where
    verdict: AccessVerdict
    location: LocationVerdict

    @property
    def stops(self) -> bool:
        return self.verdict.stops(self.door.value)


def look_at_visit(*, door: Sighting.Where, address: Address | None, now: datetime) -> Visit:
    """May a visitor go on at this door of ours? Location alone decides; nothing is written, and nothing read.

    Ranges and corrections are those the gate remembers. Raises GateClosed where they cannot be known.
    """
    memory = remembered()
    memory.keep_fresh()
    correction = memory.correction(address, now) if address else None
    location = geo_data().lookup(address, today=now.date(), correction=correction)
    ranges = memory.ranges(address, None, now) if address else ()
    if ranges or location.hosting:  # a range lapses, and how long a server has been known counts
        facts = VisitFacts(door=door, location=location, ranges=ranges)
        return Visit(door, decide_visit(facts, CURRENT, geo_policy(), now), location)
    return Visit(door, _verdict_on(door, location, geo_policy(), now), location)


def _verdict_on(door: Sighting.Where, location: LocationVerdict, geo: GeoPolicy, now: datetime) -> AccessVerdict:
    """The rule's word on a place by itself; the one it gave before on the very same placing, which is a day's."""
    before = _places.get(id(location))
    if before is not None and before[0] is location and before[1] is geo and before[2] is door:
        return before[3]
    verdict = decide_visit(VisitFacts(door=door, location=location), CURRENT, geo, now)
    if len(_places) >= MOST_PLACES:
        _places.clear()
    _places[id(location)] = (location, geo, door, verdict)
    return verdict


MOST_PLACES = 20_000
# By identity, which what is kept here holds on to: the same address placed anew is another object.
_places: dict[int, tuple[LocationVerdict, GeoPolicy, Sighting.Where, AccessVerdict]] = {}


def look_closer(
    *, visit: Visit, address: Address | None, user: User, customer: Customer | None, language: str, now: datetime
) -> Visit:
    """The same visit beside what is known of this person: for the record and the risk, not for the door.

    Two or three queries; asked when a visit is noted, once an hour. None of these signs ever denies.
    """
    index = address_index(address) if address else ""
    facts = VisitFacts(
        door=visit.door,
        location=visit.location,
        ranges=remembered().ranges(address, customer.pk if customer else None, now) if address else (),
        observed=observed_of(customer, language),
        history=history_of(user, visit.location, index, now),
    )
    return Visit(visit.door, decide_visit(facts, CURRENT, geo_policy(), now), visit.location)


def note_visit(*, visit: Visit, user: User | None, now: datetime, customer: Customer | None = None) -> Sighting:
    """Keep where a visitor was seen at our doors, and what was made of it. A refusal has a reference to quote."""
    world, findings = World(settings.PORTAL_WORLD), findings_json(visit.verdict, visit.location)
    return note_sighting(
        world=world,
        where=visit.door,
        location=visit.location,
        outcome=visit.verdict.outcome,
        legal=visit.verdict.legal,
        findings=findings,
        policy_version=visit.verdict.policy_version,
        at=now,
        user=user,
        customer=customer,
    )
