"""Reads on screening that are worth a name: who was compared with what, how far a run is, what lies still."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Now

from kyc.audit.models import AuditRow
from kyc.audit.verbs import Verb
from kyc.customers.models import Customer
from kyc.customers.states import SERVED
from kyc.policy.measures import effect_of
from kyc.policy.screening import CURRENT as POLICY
from kyc.screening.models import CoverageCheck, Hit, RescreeningRun, Screening, Shard
from kyc.screening.policies import policy_version
from kyc.screening.rules import Listing
from kyc.screening.states import OPEN_HITS, HitStatus, RunReason, RunStatus, ScreeningOutcome
from kyc.watchlists.entries import ListedEntry
from kyc.watchlists.models import Edition, Entry
from kyc.watchlists.queries import key_of
from kyc.worlds import World

GOING = (RunStatus.PLANNED, RunStatus.RUNNING)
COVERED_AT_ONCE = 2_000  # customers whose last screenings are read together


def listing_of(entry: Entry, on: date) -> Listing:
    """An entry as the rules judge it on a day. Follows `party.watchlist`: select it along."""
    code, uid = entry.party.watchlist.code, entry.party.uid
    key = key_of(code, uid)
    return Listing(
        key=key,
        entry_id=entry.pk,
        group_id=entry.party.group_id,
        party=ListedEntry.from_json(entry.content).party(key),
        measure=entry.measure,
        programmes=tuple(entry.programmes),
        effect=effect_of(code, entry.measure, on),
    )


def listed_subjects(customer: Customer) -> Iterator[tuple[Hit, Entry]]:
    """Hits that say somebody is listed, each with its entries: true matches, and strong ones that nobody settled."""
    told = Q(status=HitStatus.TRUE_MATCH) | Q(strong=True, status__in=OPEN_HITS)
    for hit in customer.hit_set.filter(told).prefetch_related("entries__party__watchlist").order_by("pk"):
        for entry in hit.entries.all():
            yield hit, entry


def could_not_be_screened(customer_ids: Sequence[int]) -> QuerySet[Screening, int]:
    """Of these customers, those whose latest comparison could not be made; their primary keys."""
    better = Screening.objects.filter(customer=OuterRef("customer"), pk__gt=OuterRef("pk"))
    failed = Screening.objects.filter(customer__in=customer_ids, outcome=ScreeningOutcome.UNKNOWN)
    return (
        failed.exclude(Exists(better.exclude(outcome=ScreeningOutcome.UNKNOWN)))
        .values_list("customer_id", flat=True)
        .distinct()
    )


def quiet_hits(run: RescreeningRun) -> Iterator[tuple[str, dict[str, str]]]:
    """What remembered clearances kept quiet in a run, and why: (customer's public id, row of `suppressed`)."""
    rows = Screening.objects.filter(run=run).exclude(suppressed=[]).order_by("pk")
    for customer, suppressed in rows.values_list("customer__public_id", "suppressed").iterator():
        for row in suppressed:
            yield customer, row


def customers_touching(group_ids: Iterable[int]) -> QuerySet[Customer]:
    """Customers with a hit on one of these listed parties, open or settled: after a split or a join."""
    return Customer.objects.on_file().filter(hit__group__in=list(group_ids)).distinct().order_by("pk")


# ------------------------------------------------------------------------------------------------ runs
@dataclass(frozen=True, slots=True)
class Progress:
    planned: int  # customers
    done: int
    screened: int  # of these, compared in full
    hits: int  # found for the first time, or open again
    differs: int  # of a full pass: what earlier runs should have found
    shards: int
    shards_done: int
    elapsed: timedelta
    remaining: timedelta | None  # None until anything is done

    @property
    def share(self) -> float:
        """0.0..1.0"""
        return 1.0 if self.shards_done == self.shards else min(self.done / max(self.planned, 1), 1.0)

    @property
    def pace(self) -> int:
        """Customers a second, from the start until now or the end."""
        return round(self.done / max(self.elapsed.total_seconds(), 0.001))


def progress_of(run: RescreeningRun, *, now: datetime) -> Progress:
    sums = run.shards.aggregate(
        done=Coalesce(Sum("done"), 0),
        screened=Coalesce(Sum("screened"), 0),
        hits=Coalesce(Sum("hits"), 0),
        differs=Coalesce(Sum("differs"), 0),
        shards=Count("pk"),
        shards_done=Count("pk", filter=~Q(finished_at=None)),
    )
    elapsed = (run.finished_at or now) - run.started_at
    left = max(run.planned - sums["done"], 0)
    finished = sums["shards"] == sums["shards_done"]
    remaining = timedelta(0) if finished else elapsed * left / sums["done"] if sums["done"] else None
    return Progress(planned=run.planned, elapsed=elapsed, remaining=remaining, **sums)


def abandoned() -> Q:
    """Unfinished shards that were never claimed, or whose worker fell silent.

    Measured on the database's clock, so that workers whose clocks differ agree.
    """
    silent = Now() - timedelta(seconds=POLICY.claim_seconds)
    return Q(finished_at=None) & (Q(claimed_at=None) | Q(claimed_at__lt=silent))


def waiting_shards() -> QuerySet[Shard]:
    """Shards that nobody works on and somebody should."""
    return Shard.objects.filter(abandoned(), run__status__in=GOING).order_by("run_id", "first_id")


def urgency() -> Case:
    """To order waiting shards by: a customer whose facts changed, what a new edition changed, then everything else."""
    return Case(
        When(run__reason=RunReason.CHANGED, then=Value(0)), When(~Q(run__delta_of=""), then=Value(1)), default=Value(2)
    )


def shards_without_worker() -> int:
    """How many wait while nobody works on any: their messages are lost, and beat sends others.

    While anybody works, the messages that are left bring the rest; more would only fill the broker.
    """
    lately = Now() - timedelta(seconds=POLICY.silent_seconds)
    at_work = Q(claimed_at__gt=lately) | Q(finished_at__gt=lately)
    if Shard.objects.filter(at_work).exists():
        return 0
    return waiting_shards().filter(run__started_at__lt=lately).count()


def editions_without_run(*, before: Edition | None = None) -> list[Edition]:
    """Editions that came in force and whose changes nobody was compared with: the message was lost.

    Also those that were replaced since: the run of the next one looks for other changes. With `before`, only those
    of its list that came in force earlier. In the order in which they did.
    """
    followed = RescreeningRun.objects.exclude(status=RunStatus.CANCELLED).filter(
        world=None, delta_of=OuterRef("public_id"), started_at__gte=OuterRef("activated_at")
    )
    owed = Edition.objects.filter(~Exists(followed), activated_at__isnull=False, watchlist__enabled=True)
    if before is not None:
        owed = owed.filter(watchlist=before.watchlist_id, activated_at__lt=before.activated_at)
    return list(owed.order_by("activated_at"))


def policy_without_run() -> bool:
    """Whether the policy in force is newer than what anybody was compared with, and no run of everybody followed."""
    runs = RescreeningRun.objects.filter(delta_of="", policy_version=policy_version()).exclude(reason=RunReason.CHANGED)
    if runs.exclude(status=RunStatus.CANCELLED).exists():
        return False
    return Screening.objects.exclude(policy_version=policy_version()).exists()


def full_pass_is_due(world: World, *, now: datetime) -> bool:
    """Whether everybody has not been compared with everything for longer than policy allows."""
    recent = RescreeningRun.objects.filter(
        Q(world=world) | Q(world=None), reason=RunReason.FULL_PASS, delta_of=""
    ).exclude(status=RunStatus.CANCELLED)
    return not recent.filter(started_at__gt=now - timedelta(days=POLICY.full_pass_days)).exists()


# ------------------------------------------------------------------------------------------------ coverage
@dataclass(frozen=True, slots=True)
class Coverage:
    """What one customer was last compared with. `behind` is empty where nothing is owed."""

    customer: str
    world: str
    served: bool
    screened_at: datetime | None
    editions: dict[str, str]  # {list code: edition public id}, delta runs counted in
    policy_version: str
    behind: tuple[str, ...]  # a sentence each


@dataclass(frozen=True, slots=True)
class _Pass:
    """One delta run: whoever stood at `replaced` and was streamed past the changes now stands at `edition`."""

    code: str
    edition: str
    replaced: str
    world: str | None
    started_at: datetime
    firsts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)  # by shard: this id and all below, from first, are done

    def covers(self, customer_id: int, world: str) -> bool:
        if self.world not in (None, world):
            return False
        at = bisect_right(self.firsts, customer_id) - 1
        return at >= 0 and customer_id <= self.ends[at]


def up_to_date_before(screening: Screening) -> bool:
    """Whether, before this screening, the customer counted as compared with just what it was compared with.

    The same facts and policy, and the editions of the one before, with the finished delta runs since counted in.
    """
    customer = screening.customer
    last = customer.screening_set.filter(pk__lt=screening.pk).order_by("-finished_at", "-pk").first()
    if last is None or last.outcome == ScreeningOutcome.UNKNOWN:
        return False
    if (last.facts_version, last.policy_version) != (screening.facts_version, screening.policy_version):
        return False
    passes = _passes(screening.started_at)
    return _stands_at(last.editions, last.started_at, passes, customer.pk, customer.world) == screening.editions


def disagreements(run: RescreeningRun) -> QuerySet[AuditRow]:
    """What a full pass found that the runs before it should have; facts: hit, customer, screening."""
    return AuditRow.objects.filter(verb=Verb.RESCREENING_DISAGREED, subject_id=str(run.pk)).order_by("pk")


def editions_in_force(as_of: datetime) -> dict[str, str]:
    """{list code: edition public id} at that moment, from the audit trail, so that roll-backs are told rightly."""
    rows = AuditRow.objects.filter(verb=Verb.EDITION_ACTIVATED, at__lte=as_of).order_by("pk")
    return {facts["list"]: edition for edition, facts in rows.values_list("subject_id", "facts")}


def coverage(*, as_of: datetime, world: World | None = None) -> Iterator[Coverage]:
    """Every customer on file, in order, and what they were compared with by that moment. Streams.

    A customer whom a delta run streamed past the changes counts as compared with the new edition: nothing in
    it resembled them. Who is on file, with which facts, and which policy is in force is known for the present alone:
    of an earlier day it tells editions rightly, and the rest as it is now.
    """
    in_force, policy_now, passes = editions_in_force(as_of), policy_version(), _passes(as_of)
    customers = Customer.objects.on_file().filter(created_at__lte=as_of).order_by("pk")
    if world is not None:
        customers = customers.filter(world=world)
    by_then = Screening.objects.filter(customer=OuterRef("pk"), finished_at__lte=as_of)
    compared = by_then.exclude(outcome=ScreeningOutcome.UNKNOWN).order_by("-finished_at", "-pk")
    failed = by_then.filter(outcome=ScreeningOutcome.UNKNOWN).order_by("-finished_at")
    rows = customers.annotate(
        last=Subquery(compared.values("pk")[:1]), failed_at=Subquery(failed.values("finished_at")[:1])
    ).values_list("pk", "public_id", "world", "facts_version", "status", "last", "failed_at")
    streamed = rows.iterator(COVERED_AT_ONCE)
    while chunk := list(islice(streamed, COVERED_AT_ONCE)):
        screenings = Screening.objects.defer("facts").in_bulk([row[5] for row in chunk if row[5] is not None])
        for pk, public_id, in_world, facts_version, status, last, failed_at in chunk:
            screening = screenings.get(last)
            if screening is None:
                yield Coverage(public_id, in_world, status in SERVED, None, {}, "", ("was never screened",))
                continue
            stands = _stands_at(screening.editions, screening.started_at, passes, pk, in_world)
            behind = [
                f"{code}: {stands.get(code) or 'no edition'}, in force {edition}"
                for code, edition in sorted(in_force.items())
                if stands.get(code) != edition
            ]
            if failed_at is not None and failed_at > screening.finished_at:
                behind.append("could not be compared since")
            if screening.policy_version != policy_now:
                behind.append(f"policy: {screening.policy_version}, in force {policy_now}")
            if facts_version > screening.facts_version:
                behind.append("facts changed since")
            yield Coverage(
                public_id, in_world, status in SERVED, screening.finished_at, stands, screening.policy_version,
                tuple(behind),
            )  # fmt: skip


def _stands_at(
    editions: dict[str, str], started_at: datetime, passes: Sequence[_Pass], customer_id: int, world: str
) -> dict[str, str]:
    """{list code: edition}: those a screening was made with, moved on by every delta run since that covers them."""
    stands = dict(editions)
    since = bisect_right(passes, started_at, key=lambda past: past.started_at)
    for past in islice(passes, since, None):
        if stands.get(past.code, "") == past.replaced and past.covers(customer_id, world):
            stands[past.code] = past.edition
    return stands


def _passes(as_of: datetime) -> list[_Pass]:
    """In the order in which they began."""
    codes = dict(Edition.objects.values_list("public_id", "watchlist__code"))
    runs = RescreeningRun.objects.filter(started_at__lte=as_of).exclude(delta_of="").order_by("started_at", "pk")
    found = {
        run.pk: _Pass(codes[run.delta_of], run.delta_of, run.delta_from, run.world, run.started_at) for run in runs
    }
    shards = Shard.objects.filter(run__in=found).order_by("first_id")
    for run_id, first, last, finished_at in shards.values_list("run_id", "first_id", "last_id", "finished_at"):
        found[run_id].firsts.append(first)
        found[run_id].ends.append(last if finished_at is not None and finished_at <= as_of else first - 1)
    return list(found.values())


def last_check() -> CoverageCheck | None:
    """The latest proof of coverage that beat took."""
    return CoverageCheck.objects.order_by("-at", "-pk").first()


def coverage_warnings(check: CoverageCheck | None, now: datetime) -> list[str]:
    """What is wrong with coverage or with its proof, the last check, a sentence each."""
    oldest = timedelta(hours=POLICY.coverage_proof_hours)
    if check is None:
        return []  # a new installation's first hour
    found = []
    if now - check.at > oldest:
        found.append(f"Coverage was last proved on {check.at:%Y-%m-%d at %H:%M}: do beat and the bulk workers run?")
    if check.alarmed:
        found.append(f"{check.served_behind} customers who are served are behind what is in force.")
    return found


def disagreeing_runs(*, now: datetime) -> list[RescreeningRun]:
    """Full passes of the last month that found what the runs before them should have, the latest first."""
    lately = RescreeningRun.objects.filter(started_at__gt=now - timedelta(days=30), shards__differs__gt=0)
    return list(lately.distinct().order_by("-started_at"))


def hits_of(run: RescreeningRun) -> QuerySet[Hit]:
    """The hits that this run was the last to see, newest first."""
    return Hit.objects.filter(screening__run=run).select_related("customer", "group").order_by("-found_at")
