"""Many customers compared at once: the great majority about whom there is nothing, or nothing new, to be said.

Nobody is locked while they are compared. A screening names the version of the facts it saw; where they change
meanwhile, the change brings a screening of its own. A hit is never made, moved or settled here: whoever needs that is
left to `screen_customer`.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from kyc.clock import database_now
from kyc.copying import Json, copy_rows
from kyc.customers.models import Customer
from kyc.customers.queries import hold_customers, parties_of
from kyc.customers.states import MOVING
from kyc.ids import screening_id
from kyc.matching.types import Party
from kyc.screening.comparing import judged_of
from kyc.screening.indexes import Screener, screener_of
from kyc.screening.models import Hit, RememberedClearance, RescreeningRun, Screening
from kyc.screening.outlines import keep_outlines
from kyc.screening.policies import policy_version
from kyc.screening.queries import could_not_be_screened
from kyc.screening.rules import Judged, Standing, must_hold, stands
from kyc.screening.services import STANDING_HITS, earlier_of
from kyc.screening.states import HitStatus, ScreeningOutcome
from kyc.watchlists.queries import ActiveEditions, hold_active_editions

log = logging.getLogger(__name__)

COLUMNS = (
    "public_id", "customer_id", "world", "reason", "run_id", "editions", "policy_version", "facts_version", "facts",
    "outcome", "error", "suppressed", "started_at", "finished_at", "legal_basis", "retention_rule",
)  # fmt: skip


@dataclass
class Unchanged:
    """One customer whose screening says what the one before said. `hits` stand or stay quiet as they are."""

    customer: Customer
    parties: tuple[Party, ...]
    hits: list[Hit] = field(default_factory=list)
    standing: int = 0
    suppressed: list[dict[str, str | float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Began:
    """What a screening of many was begun with: a policy published meanwhile is not theirs."""

    run: RescreeningRun
    policy: str
    at: datetime


def screen_the_unchanged(*, customer_ids: Sequence[int], run: RescreeningRun) -> set[int]:
    """Compare many with everything active, and write the screenings of those for whom nothing changes.

    Returns whom it wrote, and whom this run had done before. All others are left for `screen_customer`: whoever
    resembles somebody new or differently, has a standing hit that was not found again, could not be screened the
    last time, has no name, or is still on the road. Where nothing can be compared that is everybody, and each gets
    the outcome `unknown` there. Two workers with the same customers write each once: the second one's rows are
    refused by `kyc_screening_once_a_run`, and it looks again whom the first has done.
    """
    try:
        return _screen(customer_ids, run)
    except IntegrityError:
        return _screen(customer_ids, run)


@transaction.atomic
def _screen(customer_ids: Sequence[int], run: RescreeningRun) -> set[int]:
    editions, began = hold_active_editions(), _Began(run, policy_version(), database_now())
    done = set(Screening.objects.filter(run=run, customer__in=customer_ids).values_list("customer_id", flat=True))
    failed = set(could_not_be_screened(customer_ids))
    wanted = [pk for pk in customer_ids if pk not in done and pk not in failed]
    if not wanted:
        return done
    # The customers' rows come first: what is read after them is at least as new as the version they name.
    customers = list(Customer.objects.on_file().filter(pk__in=wanted).exclude(status__in=MOVING).order_by("pk"))
    try:
        parties_by_customer = parties_of(customers)
        sides = [(customer, parties_by_customer[customer.pk]) for customer in customers]
        sides = [(customer, parties) for customer, parties in sides if all(party.names for party in parties)]
        unchanged = _unchanged(sides, screener_of(editions), editions)
    except DatabaseError:
        raise
    except Exception:  # screen_customer meets it again, and records it for each
        log.exception("customers could not be compared together")
        return done
    unchanged = _held(unchanged)
    _write(unchanged, editions, began)
    keep_outlines([(one.customer, one.parties) for one in unchanged])
    return done | {one.customer.pk for one in unchanged}


def _held(unchanged: list[Unchanged]) -> list[Unchanged]:
    """Those whose facts are still the ones that were compared. What is written about them now comes first.

    Whoever screens or edits one customer locks it before its hits and outline. The foreign keys of what is written
    here would come to it last, at the commit: each could wait for the other.
    """
    ids = [one.customer.pk for one in unchanged]
    hold_customers(ids)
    now = dict(Customer.objects.filter(pk__in=ids).values_list("pk", "facts_version"))
    return [one for one in unchanged if now.get(one.customer.pk) == one.customer.facts_version]


# ------------------------------------------------------------------------------------------------ who is unchanged
def _unchanged(
    sides: list[tuple[Customer, tuple[Party, ...]]], screener: Screener, editions: ActiveEditions
) -> list[Unchanged]:
    today = timezone.localdate()
    everybody = [party for _, parties in sides for party in parties]
    matches = screener.match_many(everybody)
    each = iter(judged_of(everybody, matches, editions, policy=screener.policy, today=today))
    judged = {customer.pk: [found for _ in parties for found in next(each)] for customer, parties in sides}
    ids = [customer.pk for customer, _ in sides]
    hits: dict[int, list[Hit]] = defaultdict(list)
    for hit in Hit.objects.filter(customer__in=ids).order_by("pk"):
        hits[hit.customer_id].append(hit)
    clearances = _clearances(hits)
    found = []
    for customer, parties in sides:
        one = Unchanged(customer, parties)
        if _stays(one, judged[customer.pk], hits.get(customer.pk, []), clearances, today):
            found.append(one)
    return found


def _clearances(hits: dict[int, list[Hit]]) -> dict[int, RememberedClearance]:
    """The living ones, by hit."""
    if not hits:
        return {}
    rows = RememberedClearance.objects.filter(customer__in=list(hits), lapsed_at=None)
    return {row.hit_id: row for row in rows}


def _stays(
    one: Unchanged,
    judged: Iterable[Judged],
    hits: Iterable[Hit],
    clearances: dict[int, RememberedClearance],
    today: date,
) -> bool:
    """Whether all that was found stands, or stays quiet, exactly as it is written down; notes it in `one`."""
    left = {(hit.subject, hit.group_id): hit for hit in hits}
    matched = {hit.subject for hit in left.values() if hit.status == HitStatus.TRUE_MATCH}
    for found in judged:
        hit = left.pop((found.subject, found.group_id), None)
        if hit is None:
            return False
        earlier = earlier_of(hit, clearances.get(hit.pk), match_stands=found.subject in matched)
        verdict = stands(found, earlier, today=today)
        if verdict.standing is Standing.QUIET:
            row = {"hit": hit.public_id, "listed": found.matched_name, "score": found.score, "status": hit.status}
            one.suppressed.append({**row, "why": verdict.why})
        elif verdict.standing is Standing.STANDS and _says_the_same(hit, found):
            if must_hold(found, verdict, was_strong=hit.strong, was_effect=hit.effect):
                return False
            one.standing += 1
        else:
            return False
        one.hits.append(hit)
    return not any(hit.status in STANDING_HITS for hit in left.values())


def _says_the_same(hit: Hit, found: Judged) -> bool:
    return (hit.fingerprint, hit.score, hit.strong, hit.effect, hit.matched_name, hit.query_name) == (
        found.fingerprint,
        found.score,
        found.strong,
        found.effect,
        found.matched_name[:500],
        found.query_name[:500],
    )


# ------------------------------------------------------------------------------------------------ writing
def _write(unchanged: list[Unchanged], editions: ActiveEditions, began: _Began) -> None:
    """The screenings by COPY, and the hits that stand told which screening saw them last."""
    run, finished = began.run, database_now()
    in_force = Json(editions.by_list())
    sealed = Screening._meta.get_field("facts")
    copy_rows(
        Screening,
        COLUMNS,
        (
            (
                screening_id(), one.customer.pk, one.customer.world, run.reason, run.pk, in_force, began.policy,
                one.customer.facts_version,
                bytes(sealed.get_db_prep_value([party.as_json() for party in one.parties], connection).adapted),
                ScreeningOutcome.HITS if one.standing else ScreeningOutcome.CLEAR, "", Json(one.suppressed), began.at,
                finished, "legitimate_interest", "sanctions_record",
            )
            for one in unchanged
        ),
    )  # fmt: skip
    if seen := [hit.pk for one in unchanged for hit in one.hits]:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE kyc_hit SET screening_id = seen.id FROM kyc_screening seen "
                "WHERE kyc_hit.id = ANY(%s) AND seen.run_id = %s AND seen.customer_id = kyc_hit.customer_id",
                [seen, run.pk],
            )
