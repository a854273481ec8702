"""Re-screening: many customers again, because a list, a policy or a date says so. Nobody is left out or doubled.

A run is cut into shards by customer id. A message wakes a worker, who takes the most urgent shard that waits: what a
new edition changed goes before any full pass, whatever stands in the broker. A shard remembers how far it came, and
may be run twice, late, or beside an edit: the database refuses a second screening of a customer in a run, and a
second hit. Whom a shard screens is decided here; a screening that changes anything, with its holds and cases, is the
journey's and comes in as a callable.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission
from kyc.audit.services import SYSTEM, Actor, record
from kyc.audit.verbs import Verb
from kyc.customers.models import Customer, CustomerQuerySet
from kyc.customers.queries import names_of, parties_of
from kyc.dispatch import after_commit
from kyc.errors import ForbiddenMove, Incomplete, LostRace, NotAllowed, Unavailable
from kyc.policy.screening import CURRENT as POLICY
from kyc.screening.crowd import screen_the_unchanged
from kyc.screening.indexes import delta_screener_of
from kyc.screening.models import Hit, RescreeningRun, Screening, Shard
from kyc.screening.outlines import kept_outlines
from kyc.screening.policies import policy_version
from kyc.screening.queries import GOING, abandoned, editions_without_run, up_to_date_before, urgency, waiting_shards
from kyc.screening.services import ScreeningResult
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
    *,
    reason: RunReason,
    world: World | None = None,
    delta_of: Edition | None = None,
    note: str = "",
    actor: Actor = SYSTEM,
) -> RescreeningRun:
    """A run with its shards; the workers are told after the commit. Planning the same twice gives the same run.

    `delta_of` is an edition that came in force: only what it changed against the one it replaced is looked for.
    It may have been replaced itself meanwhile; its changes are still owed, and the next edition's are others. Those
    of an earlier edition of the list that are owed still are planned first: coverage counts them in this order.
    REQUESTED is a person's: it needs the right to manage lists, and a reason in words (`note`).
    """
    if reason is RunReason.REQUESTED:
        _check_may_run(actor)
        if not note.strip():
            raise Incomplete("Say why everybody shall be screened again.")
    replaced = ""
    if delta_of is not None:
        delta_of = Edition.objects.select_for_update().get(pk=delta_of.pk)
        if delta_of.activated_at is None:
            raise ForbiddenMove("This edition was never in force.", edition=delta_of.public_id)
        for earlier in editions_without_run(before=delta_of):
            plan_run(reason=reason, delta_of=earlier, actor=actor)
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
        requested_by=actor if isinstance(actor, User) else None,
        note=note.strip(),
    )
    ranges = _ranges(customers, POLICY.delta_shard_size if delta_of else POLICY.shard_size)
    return _with_shards(run, ranges, actor)


def plan_one(*, customer: Customer, actor: Actor = SYSTEM) -> RescreeningRun:
    """A run for one customer whose facts changed. One that was planned and not begun is that run."""
    waiting = RescreeningRun.objects.filter(
        reason=RunReason.CHANGED, status=RunStatus.PLANNED, shards__first_id=customer.pk, shards__claimed_at=None
    ).first()
    if waiting is not None:
        return waiting
    run = RescreeningRun.objects.create(
        world=customer.world,
        reason=RunReason.CHANGED,
        editions=active_editions().by_list(),
        policy_version=policy_version(),
    )
    return _with_shards(run, [(customer.pk, customer.pk, 1)], actor)


def _check_may_run(actor: Actor) -> None:
    if isinstance(actor, User) and not actor.may(Permission.MANAGE_LISTS):
        raise NotAllowed("Your role may not start or stop a re-screening.", permission=Permission.MANAGE_LISTS)


@transaction.atomic
def _with_shards(run: RescreeningRun, ranges: Sequence[tuple[int, int, int]], actor: Actor) -> RescreeningRun:
    """Cut the run up, write it down and send a message for each shard. Ranges: first id, last id, customers."""
    shards = Shard.objects.bulk_create([Shard(run=run, first_id=first, last_id=last) for first, last, _ in ranges])
    run.planned = sum(customers for _, _, customers in ranges)
    run.save(update_fields=["planned"])
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
            "note": run.note,
        },
    )
    if not shards:
        move_run(run=run, to=RunStatus.DONE, actor=SYSTEM)
    wake_workers(len(shards))
    return run


def _one_planner_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('kyc.plan_run'))")


def _same_run(reason: RunReason, world: World | None, delta_of: Edition | None) -> RescreeningRun | None:
    """For an edition: the run that followed its activation. Otherwise: one of the same kind that is under way.

    One that somebody paused is not: it would keep the next full pass from ever beginning.
    """
    runs = RescreeningRun.objects.filter(world=world).exclude(status=RunStatus.CANCELLED).order_by("-pk")
    if delta_of is not None:
        return runs.filter(delta_of=delta_of.public_id, started_at__gte=delta_of.activated_at).first()
    alike = runs.filter(reason=reason, delta_of="", policy_version=policy_version())
    return alike.filter(status__in=GOING).first()


def _ranges(customers: CustomerQuerySet, size: int) -> list[tuple[int, int, int]]:
    """(first id, last id, customers): each range holds `size` customers, and the ranges leave no gap between them.

    Cut by the database, which sends a row for each range and not for each of a million customers.
    """
    sql, values = customers.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(id), max(id), count(*) FROM (SELECT id, (row_number() OVER (ORDER BY id) - 1) / %s AS piece "
            f"FROM ({sql}) AS customer (id)) AS numbered GROUP BY piece ORDER BY piece",
            [size, *values],
        )
        found = cursor.fetchall()
    lasts = [first - 1 for first, _, _ in found[1:]] + [last for _, last, _ in found[-1:]]
    return [(first, last, count) for (first, _, count), last in zip(found, lasts, strict=True)]


def wake_workers(times: int) -> None:
    """After the commit, a message for each shard that waits. Which worker takes which shard is not in it."""
    for _ in range(times):
        after_commit("kyc.rescreen")


@transaction.atomic
def move_run(*, run: RescreeningRun, to: RunStatus, actor: Actor) -> RescreeningRun:
    """Pause, go on, cancel, finish. A paused run keeps what it did; going on wakes workers for what is left.

    Where nothing is left, because the last shard ended with the pause, going on is the end.
    """
    _check_may_run(actor)
    old = RunStatus(run.status)
    check_run_move(old, to)
    over = timezone.now() if to in (RunStatus.DONE, RunStatus.CANCELLED) else None
    if RescreeningRun.objects.filter(pk=run.pk, status=old).update(status=to, finished_at=over) != 1:
        raise LostRace(run=run.pk, expected=old)
    run.status, run.finished_at = to, over
    record(verb=Verb.RESCREENING_MOVED, subject=run, actor=actor, facts={"old": old, "new": to})
    if old is RunStatus.PAUSED and to is RunStatus.RUNNING:
        wake_workers(waiting_shards().filter(run=run).count())
        _end_if_done(run)
    return run


# ------------------------------------------------------------------------------------------------ working
def run_next_shard(*, screen: Screen, actor: Actor = SYSTEM) -> bool:
    """Take the most urgent shard that waits, and work it. False where none waits."""
    with transaction.atomic():
        shard = (
            waiting_shards().order_by(urgency(), "run_id", "first_id").select_for_update(skip_locked=True, of=("self",))
        ).first()
        if shard is None or not _take(shard.pk):
            return False
    _work(shard.pk, screen, actor)
    return True


def run_shard(*, shard_id: int, screen: Screen, actor: Actor = SYSTEM) -> bool:
    """Work one shard to its end, with a checkpoint every chunk. True if it is finished when this returns.

    False where another worker holds it, the run is paused or over, or the claim was lost on the way. A customer
    whose screening raises is left for the next attempt and the others go on; then Unavailable names them, and the
    claim is left to lapse, so that other shards have their turn before. A database that does not answer is raised
    at once.
    """
    shard = Shard.objects.select_related("run").get(pk=shard_id)
    if shard.run.status not in GOING or not _take(shard_id):
        return Shard.objects.filter(pk=shard_id).exclude(finished_at=None).exists()
    return _work(shard_id, screen, actor)


def _take(shard_id: int) -> bool:
    """Claim the shard if nobody has it, or whoever had it fell silent.

    Only conditions on the row itself: through a join, two workers could both win (the second one's subquery is not
    asked again after its wait).
    """
    return Shard.objects.filter(abandoned(), pk=shard_id).update(claimed_at=Now()) == 1


def _work(shard_id: int, screen: Screen, actor: Actor) -> bool:
    shard = Shard.objects.select_related("run").get(pk=shard_id)
    if shard.run.status == RunStatus.PLANNED:
        try:
            move_run(run=shard.run, to=RunStatus.RUNNING, actor=SYSTEM)
        except LostRace:  # another shard of the run was first
            shard.run.refresh_from_db()
    work = _Work(shard, screen)
    delta = _Delta(shard.run) if shard.run.delta_of else None
    size = POLICY.delta_chunk_size if delta else POLICY.chunk_size
    at = shard.done_to if shard.done_to is not None else shard.first_id - 1
    while chunk := _next_chunk(shard.run, at, shard.last_id, size):
        before = work.counts
        if not work.screen_chunk(delta.due(chunk) if delta else chunk):
            return False
        at = chunk[-1]
        # Beyond a customer who could not be screened nothing is checkpointed: the next attempt comes back here.
        added = Counts() if work.failed else work.counts - before + Counts(done=len(chunk))
        if not _checkpoint(shard, None if work.failed else at, added):
            return False
    if work.failed:
        raise Unavailable("Some customers could not be screened.", shard=shard.pk, customers=work.failed)
    return _finish(shard, actor)


@dataclass(frozen=True, slots=True)
class Counts:
    """What a piece of work came to, in customers and hits."""

    done: int = 0
    screened: int = 0
    hits: int = 0
    differs: int = 0  # of a full pass: what the runs after the editions should have found, and did not

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.done + other.done, self.screened + other.screened, self.hits + other.hits, self.differs + other.differs
        )

    def __sub__(self, other: Counts) -> Counts:
        return self + Counts(-other.done, -other.screened, -other.hits, -other.differs)


class _Work:
    """The screenings of one shard: what they came to, and whom they failed for."""

    def __init__(self, shard: Shard, screen: Screen) -> None:
        self.shard, self.run, self.screen = shard, shard.run, screen
        self.counts = Counts()
        self.failed: list[str] = []
        self.renewed = timezone.now()

    def screen_chunk(self, customer_ids: Sequence[int]) -> bool:
        """Screen them all; whom this run has done already is passed. False if the claim was lost on the way."""
        done = screen_the_unchanged(customer_ids=customer_ids, run=self.run) if customer_ids else set()
        self.counts += Counts(screened=len(done))
        for customer_id in customer_ids:
            if customer_id not in done:
                self._one(customer_id)
                if not self._still_ours():
                    return False
        return True

    def _one(self, customer_id: int) -> None:
        try:
            result = self.screen(customer_id=customer_id, reason=self.run.reason, run_id=self.run.pk)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # one customer must not keep the others from being screened; _work raises for it
            if isinstance(error, IntegrityError) and self._was_done(customer_id):  # by another worker, meanwhile
                self.counts += Counts(screened=1)
                return
            log.exception("customer %s could not be screened in run %s", customer_id, self.run.pk)
            self.failed += Customer.objects.filter(pk=customer_id).values_list("public_id", flat=True)
            return
        differs = _tell_disagreement(self.run, result) if self.run.checks_deltas else 0
        self.counts += Counts(screened=1, hits=len(result.new_hits), differs=differs)

    def _was_done(self, customer_id: int) -> bool:
        return Screening.objects.filter(run=self.run, customer=customer_id).exists()

    def _still_ours(self) -> bool:
        """Renew the claim where screening one by one takes long."""
        if (timezone.now() - self.renewed).total_seconds() < POLICY.claim_seconds / 4:
            return True
        self.renewed = timezone.now()
        return _renew(self.shard)


def _next_chunk(run: RescreeningRun, after: int, last: int, size: int) -> list[int]:
    customers = Customer.objects.on_file().filter(pk__gt=after, pk__lte=last)
    if run.world:
        customers = customers.of(run.world)
    return list(customers.order_by("pk").values_list("pk", flat=True)[:size])


class _Delta:
    """Whom of a chunk an edition's changes concern: only they must be compared in full."""

    def __init__(self, run: RescreeningRun) -> None:
        self.screener = delta_screener_of(run.delta_of, run.delta_from)
        self.touched = _groups_touched(run.delta_of, run.delta_from)

    def due(self, customer_ids: Sequence[int]) -> list[int]:
        """Of these, who must be compared in full: everybody, where somebody among them cannot be read."""
        try:
            wanted = self._near(customer_ids) | self._with_touched_hits(customer_ids)
        except DatabaseError:
            raise
        except Exception:  # the full screening meets it again, and says of whom it is true
            log.exception("customers %s to %s could not be passed by together", customer_ids[0], customer_ids[-1])
            return list(customer_ids)
        return [pk for pk in customer_ids if pk in wanted]

    def _near(self, customer_ids: Sequence[int]) -> set[int]:
        """Who resembles a changed entry; and who has nothing to compare, for the full screening to say so.

        First by outlines, which passes over nearly everybody without reading a name; then by names and numbers;
        then those who remain by all facts.
        """
        owners, bare, nameless = [], [], set()
        for owner, party in names_of(self._not_held_back(customer_ids)):
            if party.names:
                owners.append(owner)
                bare.append(party)
            else:
                nameless.add(owner)
        if not self.screener.size:
            return nameless
        maybe = {owner for owner, near in zip(owners, self.screener.near_many(bare), strict=True) if near}
        return nameless | self._matched(maybe)

    def _not_held_back(self, customer_ids: Sequence[int]) -> list[int]:
        """All but those whose outline, of the very facts they have now, comes near nobody."""
        kept = kept_outlines(customer_ids)
        passing = self.screener.passing([text for _, text in kept])
        held_back = {owner for (owner, _), passes in zip(kept, passing, strict=True) if not passes}
        return [owner for owner in customer_ids if owner not in held_back]

    def _matched(self, customer_ids: set[int]) -> set[int]:
        known = parties_of(Customer.objects.filter(pk__in=customer_ids).order_by("pk"))
        sides = [(owner, party) for owner, parties in known.items() for party in parties]
        found = self.screener.match_many([party for _, party in sides])
        return {owner for (owner, _), matches in zip(sides, found, strict=True) if matches}

    def _with_touched_hits(self, customer_ids: Sequence[int]) -> set[int]:
        """Whose hits rest on an entry that changed or left, or whose listed party was regrouped since."""
        hits = Hit.objects.filter(customer__in=customer_ids)
        rows = hits.values_list("customer_id", "group_id", "entries__party__group_id")
        return {
            customer
            for customer, group, entry_group in rows
            if group in self.touched or entry_group in self.touched or group != entry_group
        }


@lru_cache(maxsize=8)
def _groups_touched(edition: str, replaced: str) -> frozenset[int]:
    """Remembered for the shards that follow. Whom staff regroup meanwhile is seen by the hit's entries."""
    changed = entries_changed(edition, replaced).values_list("party__group_id", flat=True)
    gone = entries_gone(edition, replaced).values_list("party__group_id", flat=True)
    return frozenset(changed) | frozenset(gone)


def _tell_disagreement(run: RescreeningRun, result: ScreeningResult) -> int:
    """How many of a full pass's findings the runs after the editions should have brought, and did not.

    Hits found for the first time, or whose entry is found to have left, on a customer who was up to date by every
    record: compared before with the same facts and policy, against the very editions that are in force.
    """
    screening = result.screening
    missed = [hit for hit in result.new_hits if hit.found_at >= screening.started_at] + list(result.delisted_hits)
    if not missed or not up_to_date_before(screening):
        return 0
    for hit in missed:
        record(
            verb=Verb.RESCREENING_DISAGREED,
            subject=run,
            actor=SYSTEM,
            world=screening.world,
            facts={"hit": hit.public_id, "customer": screening.customer.public_id, "screening": screening.public_id},
        )
        log.error("run %s found what no run before did: hit %s", run.pk, hit.public_id)
    return len(missed)


# ------------------------------------------------------------------------------------------------ checkpoints
def _checkpoint(shard: Shard, done_to: int | None, added: Counts) -> bool:
    """Write how far we are, and renew the claim. False if the claim is no longer ours or the run was stopped."""
    shard.done += added.done
    shard.screened += added.screened
    shard.hits += added.hits
    shard.differs += added.differs
    shard.done_to = shard.done_to if done_to is None else done_to
    return _renew(
        shard,
        done=shard.done,
        screened=shard.screened,
        hits=shard.hits,
        differs=shard.differs,
        done_to=shard.done_to,
    )


def _renew(shard: Shard, **values: int | None) -> bool:
    """False if the claim is no longer ours, or the run was paused or cancelled: then the shard is given back."""
    ours = Shard.objects.filter(pk=shard.pk, claimed_at=shard.claimed_at, finished_at=None)
    if ours.update(claimed_at=Now(), **values) != 1:
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
            "differs": shard.differs,
        },
    )
    # Two last shards at once: the row lock lets the second one see that the first has finished.
    _end_if_done(RescreeningRun.objects.select_for_update().get(pk=shard.run_id))
    return True


def _end_if_done(run: RescreeningRun) -> None:
    if run.status in GOING and not run.shards.filter(finished_at=None).exists():
        move_run(run=run, to=RunStatus.DONE, actor=SYSTEM)
