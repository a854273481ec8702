"""Re-screening: many customers again, because a list, a policy or a date says so. Nobody is left out or doubled.

A run is cut into shards by customer id. A shard is claimed by a conditional update, remembers how far it came,
and may be run twice, late, or beside an edit: each customer is screened in a transaction of their own, under
their own lock, and the database refuses a second hit. Whom a shard screens is decided here; the screening
itself, with its holds and cases, is the journey's and comes in as a callable.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from kyc.audit.services import SYSTEM, Actor, record
from kyc.audit.verbs import Verb
from kyc.customers.models import Customer, CustomerQuerySet
from kyc.customers.queries import party_facts, with_party_facts
from kyc.dispatch import after_commit
from kyc.errors import ForbiddenMove, LostRace, Unavailable
from kyc.policy.screening import CURRENT as POLICY
from kyc.screening.indexes import Screener, delta_screener_of
from kyc.screening.models import Hit, RescreeningRun, Screening, Shard
from kyc.screening.policies import policy_version
from kyc.screening.queries import GOING, abandoned, waiting_shards
from kyc.screening.services import ScreeningResult, screen_the_clear
from kyc.screening.states import RunReason, RunStatus, check_run_move
from kyc.watchlists.models import Edition
from kyc.watchlists.queries import active_editions, edition_replaced_by, entries_changed, entries_gone
from kyc.worlds import World

log = logging.getLogger(__name__)


class Screen(Protocol):
    """The journey's screening of one customer, in a transaction of its own. Safe to call twice."""

    def __call__(self, *, customer_id: int, reason: str, run_id: int) -> ScreeningResult: ...


# ------------------------------------------------------------------------------------------------ planning
@transaction.atomic
def plan_run(
    *, reason: RunReason, world: World | None = None, delta_of: Edition | None = None, actor: Actor = SYSTEM
) -> RescreeningRun:
    """A run with its shards; the workers are told after the commit. Planning the same twice gives the same run.

    `delta_of` is an edition that came in force: only what it changed against the one it replaced is looked for.
    It may have been replaced itself meanwhile; its changes are still owed, and the next edition's are others.
    """
    replaced = ""
    if delta_of is not None:
        delta_of = Edition.objects.select_for_update().get(pk=delta_of.pk)
        if delta_of.activated_at is None:
            raise ForbiddenMove("This edition was never in force.", edition=delta_of.public_id)
        before = edition_replaced_by(delta_of)
        replaced = before.public_id if before else ""
    else:
        _one_planner_at_a_time()
    if (going := _same_run(reason, world, delta_of)) is not None:
        return going
    customers = Customer.objects.on_file() if world is None else Customer.objects.on_file().of(world)
    run = RescreeningRun.objects.create(
        world=world,
        reason=RunReason(reason),
        editions=active_editions().by_list(),
        policy_version=policy_version(),
        delta_of=delta_of.public_id if delta_of else "",
        delta_from=replaced,
        planned=customers.count(),
        requested_by=actor if isinstance(actor, User) else None,
    )
    shards = Shard.objects.bulk_create(
        [Shard(run=run, first_id=first, last_id=last) for first, last in _ranges(customers)]
    )
    record(
        verb=Verb.RESCREENING_STARTED,
        subject=run,
        actor=actor,
        facts={
            "reason": run.reason,
            "editions": run.editions,
            "delta_of": run.delta_of,
            "delta_from": run.delta_from,
            "planned": run.planned,
            "shards": len(shards),
        },
    )
    if not shards:
        move_run(run=run, to=RunStatus.DONE, actor=actor)
    _send(shards)
    return run


def _one_planner_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('kyc.plan_run'))")


def _same_run(reason: RunReason, world: World | None, delta_of: Edition | None) -> RescreeningRun | None:
    """For an edition: the run that followed its activation. Otherwise: one of the same kind that is not over."""
    runs = RescreeningRun.objects.filter(world=world).exclude(status=RunStatus.CANCELLED).order_by("-pk")
    if delta_of is not None:
        return runs.filter(delta_of=delta_of.public_id, started_at__gte=delta_of.activated_at).first()
    alike = runs.filter(reason=reason, delta_of="", policy_version=policy_version())
    return alike.exclude(status=RunStatus.DONE).first()


def _ranges(customers: CustomerQuerySet) -> list[tuple[int, int]]:
    """Ids cut so that each range holds `shard_size` customers and the ranges leave no gap between them."""
    ids = list(customers.order_by("pk").values_list("pk", flat=True))
    if not ids:
        return []
    firsts = ids[:: POLICY.shard_size]
    lasts = [first - 1 for first in firsts[1:]] + [ids[-1]]
    return list(zip(firsts, lasts, strict=True))


def _send(shards: Sequence[Shard]) -> None:
    for shard in shards:
        after_commit("kyc.rescreen_shard", shard_id=shard.pk)


@transaction.atomic
def move_run(*, run: RescreeningRun, to: RunStatus, actor: Actor) -> RescreeningRun:
    """Pause, go on, cancel, finish. A paused run keeps what it did; going on sends the shards that are left."""
    old = RunStatus(run.status)
    check_run_move(old, to)
    over = timezone.now() if to in (RunStatus.DONE, RunStatus.CANCELLED) else None
    if RescreeningRun.objects.filter(pk=run.pk, status=old).update(status=to, finished_at=over) != 1:
        raise LostRace(run=run.pk, expected=old)
    run.status, run.finished_at = to, over
    record(verb=Verb.RESCREENING_MOVED, subject=run, actor=actor, facts={"old": old, "new": to})
    if old is RunStatus.PAUSED and to is RunStatus.RUNNING:
        _send(list(waiting_shards().filter(run=run)))
    return run


# ------------------------------------------------------------------------------------------------ working
def run_shard(*, shard_id: int, screen: Screen, actor: Actor = SYSTEM) -> bool:
    """Work one shard to its end, with a checkpoint every chunk. True if it is finished when this returns.

    Whoever resembles nobody is done here, many at once; all others go to `screen`, one by one.
    False where another worker holds it, the run is paused or over, or the claim was lost on the way. A customer
    whose screening raises is left for the next attempt and the others go on; then Unavailable names them.
    A database that fails is raised at once.
    """
    shard = _claim(shard_id, actor)
    if shard is None:
        return Shard.objects.filter(pk=shard_id).exclude(finished_at=None).exists()
    run = shard.run
    picker = _Picker(run)
    size = POLICY.delta_chunk_size if run.delta_of else POLICY.chunk_size
    at = shard.done_to if shard.done_to is not None else shard.first_id - 1
    failed: list[str] = []
    while chunk := _next_chunk(run, at, shard.last_id, size):
        screened, hits, broken = _screen_chunk(run, picker.due(chunk), screen)
        failed += broken
        at = chunk[-1].pk
        # Beyond a customer who could not be screened nothing is checkpointed: the next attempt comes back here.
        counts = (0, 0, 0) if failed else (len(chunk), screened, hits)
        if not _checkpoint(shard, None if failed else at, counts):
            return False
    if failed:
        Shard.objects.filter(pk=shard.pk, claimed_at=shard.claimed_at).update(claimed_at=None)
        raise Unavailable("Some customers could not be screened.", shard=shard.pk, customers=failed)
    return _finish(shard, actor)


def _claim(shard_id: int, actor: Actor) -> Shard | None:
    """Take the shard if nobody has it, or whoever had it fell silent. None: not ours."""
    shard = Shard.objects.select_related("run").get(pk=shard_id)
    # Only conditions on the row itself: through a join, two workers could both win (the second one's subquery
    # is not asked again after its wait).
    if shard.run.status not in GOING or Shard.objects.filter(abandoned(), pk=shard_id).update(claimed_at=Now()) != 1:
        return None
    shard.refresh_from_db()
    if shard.run.status == RunStatus.PLANNED:
        try:
            move_run(run=shard.run, to=RunStatus.RUNNING, actor=actor)
        except LostRace:  # another shard of the run was first
            shard.run.refresh_from_db()
    return shard


def _next_chunk(run: RescreeningRun, after: int, last: int, size: int) -> list[Customer]:
    customers = Customer.objects.on_file().filter(pk__gt=after, pk__lte=last)
    if run.world:
        customers = customers.of(run.world)
    if run.delta_of:
        customers = with_party_facts(customers)
    return list(customers.order_by("pk")[:size])


class _Picker:
    """Who of a chunk must be compared in full: everybody, or for a delta those whom the change concerns."""

    def __init__(self, run: RescreeningRun) -> None:
        self.run = run
        self.screener: Screener | None = None
        self.touched: frozenset[int] = frozenset()
        if run.delta_of:
            self.screener = delta_screener_of(run.delta_of, run.delta_from)
            self.touched = _groups_touched(run)

    def due(self, customers: list[Customer]) -> list[Customer]:
        if self.screener is None:
            return customers
        wanted = self._matched(customers, self.screener) | self._with_touched_hits(customers)
        return [customer for customer in customers if customer.pk in wanted]

    @staticmethod
    def _matched(customers: list[Customer], screener: Screener) -> set[int]:
        """Who resembles a changed entry; and who has nothing to compare, for the full screening to say so."""
        owners, parties = [], []
        nameless = set()
        for customer in customers:
            for party in party_facts(customer):
                if not party.names:
                    nameless.add(customer.pk)
                    continue
                owners.append(customer.pk)
                parties.append(party)
        found = screener.match_many(parties) if screener.size else [[] for _ in parties]
        return nameless | {owner for owner, matches in zip(owners, found, strict=True) if matches}

    def _with_touched_hits(self, customers: list[Customer]) -> set[int]:
        """Whose hits rest on an entry that changed or left, or whose listed party was regrouped since."""
        rows = Hit.objects.filter(customer__in=customers).values_list(
            "customer_id", "group_id", "entries__party__group_id"
        )
        return {
            customer
            for customer, group, entry_group in rows
            if group in self.touched or entry_group in self.touched or group != entry_group
        }


def _groups_touched(run: RescreeningRun) -> frozenset[int]:
    changed = entries_changed(run.delta_of, run.delta_from).values_list("party__group_id", flat=True)
    gone = entries_gone(run.delta_of, run.delta_from).values_list("party__group_id", flat=True)
    return frozenset(changed) | frozenset(gone)


def _screen_chunk(run: RescreeningRun, customers: list[Customer], screen: Screen) -> tuple[int, int, list[str]]:
    """(screened, new hits, public ids of those whose screening raised). Whom this run has done already is passed."""
    done = set(Screening.objects.filter(run=run, customer__in=customers).values_list("customer_id", flat=True))
    left = [customer.pk for customer in customers if customer.pk not in done]
    if left:
        done |= screen_the_clear(customer_ids=left, run=run)
    screened, hits, failed = len(done), 0, []
    for customer in customers:
        if customer.pk in done:
            continue
        try:
            result = screen(customer_id=customer.pk, reason=run.reason, run_id=run.pk)
        except DatabaseError:
            raise
        except Exception:  # one customer must not keep the others from being screened; run_shard raises for it
            log.exception("customer %s could not be screened in run %s", customer.public_id, run.pk)
            failed.append(customer.public_id)
            continue
        screened += 1
        hits += len(result.new_hits)
    return screened, hits, failed


def _checkpoint(shard: Shard, done_to: int | None, counts: tuple[int, int, int]) -> bool:
    """Write how far we are, and renew the claim. False if the claim is no longer ours or the run was stopped."""
    done, screened, hits = counts
    shard.done += done
    shard.screened += screened
    shard.hits += hits
    shard.done_to = shard.done_to if done_to is None else done_to
    ours = Shard.objects.filter(pk=shard.pk, claimed_at=shard.claimed_at, finished_at=None)
    written = ours.update(
        done=shard.done, screened=shard.screened, hits=shard.hits, done_to=shard.done_to, claimed_at=Now()
    )
    if written != 1:
        return False
    shard.claimed_at = Shard.objects.values_list("claimed_at", flat=True).get(pk=shard.pk)
    if not RescreeningRun.objects.filter(pk=shard.run_id, status__in=GOING).exists():
        Shard.objects.filter(pk=shard.pk, claimed_at=shard.claimed_at).update(claimed_at=None)
        return False
    return True


@transaction.atomic
def _finish(shard: Shard, actor: Actor) -> bool:
    ours = Shard.objects.filter(pk=shard.pk, claimed_at=shard.claimed_at, finished_at=None)
    if ours.update(finished_at=Now(), done_to=shard.last_id) != 1:
        return False
    record(
        verb=Verb.RESCREENING_BATCH,
        subject=shard.run,
        actor=actor,
        world=shard.run.world,
        facts={
            "shard": shard.pk,
            "first": shard.first_id,
            "last": shard.last_id,
            "done": shard.done,
            "screened": shard.screened,
            "hits": shard.hits,
        },
    )
    # Two last shards at once: the row lock lets the second one see that the first has finished.
    run = RescreeningRun.objects.select_for_update().get(pk=shard.run_id)
    if run.status in GOING and not run.shards.filter(finished_at=None).exists():
        move_run(run=run, to=RunStatus.DONE, actor=actor)
    return True
