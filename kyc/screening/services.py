"""The verbs of screening: compare a customer with the active lists, settle a hit, remember a clearance.

Cases and holds are not known here: the journey wraps `screen_customer` in its own transaction and acts on
what comes back, so that a hit, its hold and its case are one.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission
from kyc.audit.services import SYSTEM, Actor, record
from kyc.audit.verbs import Verb
from kyc.clock import database_now
from kyc.customers.models import Customer, Member
from kyc.customers.queries import living_parties, party_facts, path_of_member, path_to
from kyc.errors import BadInput, EvidenceChanged, ForbiddenMove, Incomplete, LostRace, NotAllowed, Unavailable
from kyc.findings import Finding
from kyc.matching.types import Party
from kyc.policy.measures import Effect, strictest
from kyc.policy.reasons import REASONS
from kyc.policy.screening import CURRENT as POLICY
from kyc.screening.comparing import judged_of
from kyc.screening.indexes import screener_of
from kyc.screening.models import Hit, RememberedClearance, RescreeningRun, Screening
from kyc.screening.outlines import keep_outlines
from kyc.screening.policies import policy_version
from kyc.screening.queries import listing_of
from kyc.screening.rules import (
    Clearance,
    Earlier,
    Judged,
    Standing,
    Verdict,
    fingerprint_of,
    must_hold,
    sides_of,
    stands,
)
from kyc.screening.states import HitStatus, ScreeningOutcome, check_hit_move
from kyc.vault.keys import keyring
from kyc.watchlists.models import ListedParty
from kyc.watchlists.queries import ActiveEditions, entries_by_group, hold_active_editions

log = logging.getLogger(__name__)

# a hit that these say something about loses that when its entry leaves the list
STANDING_HITS = frozenset({HitStatus.PENDING, HitStatus.INCONCLUSIVE, HitStatus.TRUE_MATCH})
SETTLED_BY_STAFF = frozenset({HitStatus.NO_MATCH, HitStatus.TRUE_MATCH, HitStatus.INCONCLUSIVE, HitStatus.SUPERSEDED})


@dataclass(frozen=True)
class ScreeningResult:
    """What the journey acts on."""

    screening: Screening
    new_hits: tuple[Hit, ...] = ()  # found for the first time, or open again: they need a case
    strong_hits: tuple[Hit, ...] = ()  # of all that stand, those that must hold access now
    delisted_hits: tuple[Hit, ...] = ()  # their entry left the lists: a person decides about case and hold

    @property
    def unknown(self) -> bool:
        return self.screening.outcome == ScreeningOutcome.UNKNOWN


@dataclass
class _Tally:
    """Collects what one screening did to the customer's hits."""

    new: list[Hit] = field(default_factory=list)
    strong: list[Hit] = field(default_factory=list)
    delisted: list[Hit] = field(default_factory=list)
    standing: int = 0
    suppressed: list[dict[str, str | float]] = field(default_factory=list)


# ------------------------------------------------------------------------------------------------ screening
@transaction.atomic
def screen_customer(
    *, customer: Customer, reason: str, run: RescreeningRun | None = None, actor: Actor = SYSTEM
) -> ScreeningResult:
    """Compare the customer, and everybody who owns or runs it, with everything active.

    Safe to run twice and beside another worker or an edit: the customer's row is locked, and one hit per
    subject and listed party is a constraint of the database. A comparison that fails has the outcome
    `unknown` with its error and changes no hit; only a failing database raises.
    """
    started = database_now()
    editions = hold_active_editions()
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    screening = _begun(customer, editions, reason, run, started)
    try:
        parties = party_facts(customer)
        screening.facts = [party.as_json() for party in parties]  # type: ignore[assignment]
        judged = _compare(parties, editions)
    except DatabaseError:
        raise
    except Exception as error:  # whatever went wrong, the customer was not compared: that is an outcome
        log.exception("screening of %s could not be done", customer.public_id)
        return _unknown(screening, error, actor)
    return _took(screening, judged, parties, editions, actor)


def _begun(
    customer: Customer, editions: ActiveEditions, reason: str, run: RescreeningRun | None, started: datetime
) -> Screening:
    """A screening that compared nothing yet."""
    return Screening(
        customer=customer,
        world=customer.world,
        reason=reason,
        run=run,
        editions=editions.by_list(),
        policy_version=policy_version(),
        facts_version=customer.facts_version,
        facts=[],
        retention_rule="sanctions_record",
        started_at=started,
    )


def _compare(parties: Sequence[Party], editions: ActiveEditions) -> list[Judged]:
    """Raises Unavailable where nothing is active, or somebody has no name to compare."""
    screener = screener_of(editions)
    for party in parties:
        if not party.names:
            raise Unavailable("There is no name to compare.", subject=party.key)
    today = timezone.localdate()
    judged = judged_of(parties, screener.match_many(parties), editions, policy=screener.policy, today=today)
    return [found for each in judged for found in each]


def _unknown(screening: Screening, error: Exception, actor: Actor) -> ScreeningResult:
    screening.outcome = ScreeningOutcome.UNKNOWN
    screening.error = f"{type(error).__name__}: {error}"
    screening.finished_at = database_now()
    screening.save(force_insert=True)
    record(
        verb=Verb.SCREENING_FAILED,
        subject=screening,
        actor=actor,
        person=screening.customer.public_id,
        # the error may quote a name
        facts={"reason": screening.reason, "error": type(error).__name__, "editions": screening.editions},
        personal={"error": screening.error},
    )
    return ScreeningResult(screening)


def _took(
    screening: Screening, judged: list[Judged], parties: Sequence[Party], editions: ActiveEditions, actor: Actor
) -> ScreeningResult:
    """Write what was found. The screening's row comes first, because hits point at it."""
    customer = screening.customer
    screening.outcome = ScreeningOutcome.CLEAR
    screening.save(force_insert=True)
    hits = {(hit.subject, hit.group_id): hit for hit in _existing_hits(customer, actor)}
    # before anything is judged: what a true match keeps quiet is open again when that leaves the list
    gone = _delisted(hits, judged, editions)
    matched = {hit.subject for hit in hits.values() if hit.status == HitStatus.TRUE_MATCH and hit not in gone}
    clearances = _living_clearances(customer)
    paths = _paths(customer) if judged else {}
    keep_outlines([(customer, parties)])
    tally, today = _Tally(), timezone.localdate()
    for found in judged:
        hit = hits.get((found.subject, found.group_id))
        clearance = clearances.get(hit.pk) if hit else None
        earlier = earlier_of(hit, clearance, match_stands=found.subject in matched) if hit else None
        verdict = stands(found, earlier, today=today)
        _apply(screening, found, verdict, hit, clearance, paths.get(found.subject, ""), tally, actor)
    for hit in gone:
        _move(hit, HitStatus.DELISTED, actor, "The entry left the list.")
    tally.delisted = gone
    screening.outcome = ScreeningOutcome.HITS if tally.standing else ScreeningOutcome.CLEAR
    screening.suppressed = tally.suppressed
    screening.finished_at = database_now()
    screening.save(update_fields=["outcome", "suppressed", "finished_at"])
    _tell(screening, tally, actor)
    return ScreeningResult(screening, tuple(tally.new), tuple(tally.strong), tuple(tally.delisted))


def _tell(screening: Screening, tally: _Tally, actor: Actor) -> None:
    """One audit row for the screening; a run's clear ones are told by the row of their batch."""
    customer = screening.customer
    if screening.run_id is None or screening.outcome != ScreeningOutcome.CLEAR or tally.delisted:
        record(
            verb=Verb.SCREENED,
            subject=screening,
            actor=actor,
            person=customer.public_id,
            facts={
                "reason": screening.reason,
                "outcome": screening.outcome,
                "editions": screening.editions,
                "policy": screening.policy_version,
                "facts_version": screening.facts_version,
                "new": [hit.public_id for hit in tally.new],
                "standing": tally.standing,
                "suppressed": [row["hit"] for row in tally.suppressed],
            },
        )
    for row in tally.suppressed:
        record(
            verb=Verb.HIT_SUPPRESSED,
            subject=screening,
            actor=actor,
            person=customer.public_id,
            facts={"hit": row["hit"], "score": row["score"], "why": row["why"]},
        )


def _existing_hits(customer: Customer, actor: Actor) -> list[Hit]:
    """The customer's hits, each under the group its entries belong to today.

    Joining two groups leaves a hit on a group without entries. It moves to where they went; where a hit stands
    there already, an open one is superseded by that and a settled one stays as it was decided.
    """
    hits = list(Hit.objects.filter(customer=customer).select_for_update().order_by("pk"))
    taken = {(hit.subject, hit.group_id) for hit in hits}
    for hit in hits:
        if ListedParty.objects.filter(group=hit.group_id).exists():
            continue
        group = ListedParty.objects.filter(entries__hits=hit).order_by("pk").values_list("group_id", flat=True).first()
        if group is None:
            continue
        if (hit.subject, group) not in taken:
            taken.add((hit.subject, group))
            hit.group_id = group
            hit.save(update_fields=["group"])
        elif hit.status == HitStatus.PENDING:
            why = "The listed party was joined with another, and is reviewed there."
            _move(hit, HitStatus.SUPERSEDED, actor, why)
    return hits


def _living_clearances(customer: Customer) -> dict[int, RememberedClearance]:
    """By hit."""
    rows = RememberedClearance.objects.filter(customer=customer, lapsed_at=None).select_for_update()
    return {row.hit_id: row for row in rows}


def _paths(customer: Customer) -> dict[str, str]:
    paths = {party.public_id: path_to(customer, party) for party in living_parties(customer)}
    members = Member.objects.filter(customer=customer, removed_at=None).select_related("customer")
    return paths | {member.key: path_of_member(member) for member in members}


def earlier_of(hit: Hit, clearance: RememberedClearance | None, *, match_stands: bool) -> Earlier:
    """A hit as the rules take it, with its living clearance, where it has one."""
    remembered = None
    if clearance is not None:
        remembered = Clearance(clearance.pk, clearance.fingerprint, clearance.sides, clearance.expires_on)
    return Earlier(hit.pk, HitStatus(hit.status), hit.fingerprint, remembered, match_stands)


def _apply(
    screening: Screening,
    found: Judged,
    verdict: Verdict,
    hit: Hit | None,
    clearance: RememberedClearance | None,
    path: str,
    tally: _Tally,
    actor: Actor,
) -> None:
    if verdict.standing is Standing.QUIET and hit is not None:
        Hit.objects.filter(pk=hit.pk).update(screening=screening)
        tally.suppressed.append(
            {
                "hit": hit.public_id,
                "listed": found.matched_name,
                "score": found.score,
                "status": hit.status,
                "why": verdict.why,
            }
        )
        return
    tally.standing += 1
    hold = must_hold(found, verdict, was_strong=bool(hit and hit.strong), was_effect=hit.effect if hit else "")
    if verdict.lapsed and clearance is not None:
        _lapse(clearance, verdict.why, actor)
    if hit is None:
        hit = Hit(customer=screening.customer, world=screening.world, subject=found.subject, group_id=found.group_id)
        hit.retention_rule = "sanctions_record"
    elif verdict.standing is Standing.REOPENED:
        _reopen(hit)
    _bring_up_to_date(hit, screening, found, verdict, path)
    if verdict.standing in (Standing.NEW, Standing.REOPENED):
        tally.new.append(hit)
        _record_found(hit, found, verdict, actor)
    if hold:
        tally.strong.append(hit)


def _bring_up_to_date(hit: Hit, screening: Screening, found: Judged, verdict: Verdict, path: str) -> None:
    hit.screening = screening
    hit.path = path[:300]
    hit.score = found.score
    hit.strong = found.strong
    hit.effect = found.effect
    hit.query_name = found.query_name[:500]
    hit.matched_name = found.matched_name[:500]
    findings = [finding.as_json() for finding in found.findings]
    if verdict.why:
        findings.insert(0, Finding("hit.reopened", verdict.why).as_json())
    hit.findings = findings
    hit.fingerprint = found.fingerprint
    hit.save()
    hit.entries.set(found.entry_ids)


def _reopen(hit: Hit) -> None:
    check_hit_move(HitStatus(hit.status), HitStatus.PENDING)
    hit.status = HitStatus.PENDING
    # who settled it, and why, stands in the audit trail and in the clearance
    hit.settled_at, hit.settled_by, hit.reason_codes, hit.narrative = None, None, [], ""


def _record_found(hit: Hit, found: Judged, verdict: Verdict, actor: Actor) -> None:
    record(
        verb=Verb.HIT_FOUND,
        subject=hit,
        actor=actor,
        person=hit.customer.public_id,
        facts={
            "screening": hit.screening.public_id,
            "subject": hit.subject,
            "group": found.group_id,
            "entries": list(found.entry_ids),
            "score": found.score,
            "strong": found.strong,
            "effect": found.effect,
            "again": verdict.standing is Standing.REOPENED,
            "why": verdict.why,
        },
    )


def _lapse(clearance: RememberedClearance, why: str, actor: Actor) -> None:
    clearance.lapsed_at, clearance.lapsed_reason = timezone.now(), why[:300]
    clearance.save(update_fields=["lapsed_at", "lapsed_reason"])
    record(
        verb=Verb.CLEARANCE_LAPSED,
        subject=clearance,
        actor=actor,
        person=clearance.customer.public_id,
        facts={"hit": clearance.hit.public_id, "why": why},
    )


def _delisted(hits: Mapping[tuple[str, int], Hit], judged: Iterable[Judged], editions: ActiveEditions) -> list[Hit]:
    """Hits that were not found again because nothing of the listed party is active any more. By subject and group.

    One whose party is still listed was not found again because the customer changed: it stays as it is, for a
    person to settle. A customer must not talk itself out of a hit.
    """
    found = {(one.subject, one.group_id) for one in judged}
    left = [hit for key, hit in hits.items() if key not in found and hit.status in STANDING_HITS]
    listed = entries_by_group({hit.group_id for hit in left}, editions.ids) if left else {}
    return [hit for hit in left if hit.group_id not in listed]


def _move(hit: Hit, to: HitStatus, actor: Actor, why: str) -> None:
    old = HitStatus(hit.status)
    check_hit_move(old, to)
    hit.status = to
    hit.save(update_fields=["status"])
    record(
        verb=Verb.HIT_SETTLED,
        subject=hit,
        actor=actor,
        person=hit.customer.public_id,
        facts={"old": old, "new": to, "why": why},
    )


# ------------------------------------------------------------------------------------------------ settling
@transaction.atomic
def settle_hit_as(*, hit: Hit, status: HitStatus, reason_codes: Sequence[str], narrative: str, actor: User) -> Hit:
    """A person's judgement on one hit, on the evidence they had before them.

    Raises LostRace where the hit moved or its evidence changed since it was read, Incomplete where a reason
    needs words. Whether one person may do this alone is the journey's to know. A true match supersedes the
    subject's other pending hits that are no stricter: the party is found, and looked for no further.
    """
    status = HitStatus(status)
    if not actor.may(Permission.WORK_CASES):
        raise NotAllowed("Your role may not settle hits.", permission=Permission.WORK_CASES)
    if status not in SETTLED_BY_STAFF:
        raise BadInput(f"A person does not settle a hit as {status}.", status=status)
    _check_reasons(status, reason_codes, narrative)
    old = HitStatus(hit.status)
    check_hit_move(old, status)
    now = timezone.now()
    seen = Hit.objects.filter(pk=hit.pk, status=old, fingerprint=hit.fingerprint)
    changed = seen.update(
        status=status, settled_at=now, settled_by=actor, reason_codes=list(reason_codes), narrative=narrative
    )
    if changed != 1:
        raise LostRace(hit=hit.public_id, expected=old)
    hit.refresh_from_db()
    record(
        verb=Verb.HIT_SETTLED,
        subject=hit,
        actor=actor,
        person=hit.customer.public_id,
        facts={"old": old, "new": status, "codes": list(reason_codes), "fingerprint": hit.fingerprint},
        personal={"narrative": narrative},
    )
    if status is HitStatus.TRUE_MATCH:
        _supersede_others(hit, actor)
    return hit


def _check_reasons(status: HitStatus, reason_codes: Sequence[str], narrative: str) -> None:
    if not reason_codes:
        raise Incomplete("Say why: choose at least one reason.")
    for code in reason_codes:
        reason = REASONS.get(code)
        if reason is None or "hit" not in reason.for_what:
            raise BadInput(f"{code} is not a reason for the outcome of a hit.", code=code)
        if status not in (HitStatus.SUPERSEDED, *reason.outcomes):
            outcome = str(status).replace("_", " ")
            raise BadInput(f"“{reason.label}” is no reason for the outcome “{outcome}”.", code=code, status=status)
        if reason.narrative and not narrative.strip():
            raise Incomplete(f"“{reason.label}” needs an explanation in words.", code=code)


def _supersede_others(hit: Hit, actor: Actor) -> None:
    others = Hit.objects.filter(customer=hit.customer_id, subject=hit.subject, status=HitStatus.PENDING)
    for other in others.exclude(pk=hit.pk).select_for_update():
        if strictest((Effect(other.effect), Effect(hit.effect))) == hit.effect:
            _move(other, HitStatus.SUPERSEDED, actor, f"{hit.public_id} is the true match.")


@transaction.atomic
def remember_clearance(*, hit: Hit, actor: User) -> RememberedClearance:
    """Keep a hit that was settled as no match quiet while neither side changes, until policy lets it expire.

    The sides are those of the screening the reviewer saw, from its frozen facts: EvidenceChanged where they no
    longer give the hit's fingerprint. Remembering twice gives the same clearance.
    """
    if hit.status != HitStatus.NO_MATCH:
        raise ForbiddenMove("Only a hit that was settled as no match is remembered.", hit=hit.public_id)
    living = RememberedClearance.objects.filter(hit=hit, lapsed_at=None).first()
    if living is not None:
        return living
    sides = _sides_seen(hit)
    if fingerprint_of(sides) != hit.fingerprint:
        raise EvidenceChanged(hit=hit.public_id)
    clearance = RememberedClearance.objects.create(
        customer=hit.customer,
        world=hit.world,
        group=hit.group,
        subject=hit.subject,
        hit=hit,
        fingerprint=hit.fingerprint,
        sides=sides,
        made_by=actor,
        expires_on=timezone.localdate() + timedelta(days=POLICY.clearance_days),
        retention_rule="sanctions_record",
    )
    record(
        verb=Verb.CLEARANCE_REMEMBERED,
        subject=clearance,
        actor=actor,
        person=hit.customer.public_id,
        facts={"hit": hit.public_id, "until": clearance.expires_on, "fingerprint": hit.fingerprint},
    )
    return clearance


def _sides_seen(hit: Hit) -> dict[str, str]:
    """Both sides as the hit's last screening compared them. Raises EvidenceChanged if the subject is not in it."""
    parties = map(Party.from_json, hit.screening.facts)
    subject = next((party for party in parties if party.key == hit.subject), None)
    if subject is None:
        raise EvidenceChanged(hit=hit.public_id)
    entries = hit.entries.select_related("party__watchlist").order_by("pk")
    seen_on = hit.screening.started_at.date()
    return sides_of(subject, [listing_of(entry, seen_on) for entry in entries], key=keyring().derive("fingerprint"))
