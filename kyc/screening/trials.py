"""Trying other numbers of the matching policy on screenings that were made, before anybody publishes them.

The frozen facts of each customer's last screening are compared twice with the editions in force: by the policy in
force and by the one tried. What differs is kept: how many hits more and fewer, which ones, and what people had
decided about them. Nothing of any customer is changed by it.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission
from kyc.approvals.models import Proposal
from kyc.approvals.states import Action, ProposalStatus
from kyc.audit.services import SYSTEM, Actor, record
from kyc.audit.verbs import Verb
from kyc.dispatch import after_commit
from kyc.errors import BadInput, ForbiddenMove, Incomplete, NotAllowed
from kyc.matching.types import Party
from kyc.policy.matching import CURRENT, MatchingPolicy, Number
from kyc.policy.screening import CURRENT as POLICY
from kyc.screening.comparing import judged_of
from kyc.screening.indexes import Screener, screener_of
from kyc.screening.longwork import claim, finish, still_ours
from kyc.screening.models import Hit, PolicyTrial, PublishedPolicy, Screening
from kyc.screening.policies import matching_in_force, policy_version, published_policy
from kyc.screening.rules import Difference, Judged, differences
from kyc.screening.states import HitStatus, ScreeningOutcome, WorkStatus
from kyc.watchlists.queries import ActiveEditions, active_editions
from kyc.worlds import World

log = logging.getLogger(__name__)

SCREENINGS_AT_ONCE = 200


# ------------------------------------------------------------------------------------------------ asking
@transaction.atomic
def ask_for_trial(
    *, overrides: Mapping[str, float], reason: str, world: World, actor: Actor, limit: int = 0
) -> PolicyTrial:
    """Plan a trial; a worker does it. `overrides` are the numbers that shall differ from the policy in force.

    Raises BadInput for a number that the policy does not have or that cannot be, Incomplete without a reason.
    """
    if isinstance(actor, User) and not actor.may(Permission.MANAGE_POLICY):
        raise NotAllowed("Your role may not try policies.", permission=Permission.MANAGE_POLICY)
    if not reason.strip():
        raise Incomplete("Say what the change is for.")
    wanted = overrides_of(overrides)
    trial = PolicyTrial.objects.create(
        world=world,
        overrides=wanted,
        reason=reason,
        limit=limit or POLICY.trial_screenings,
        policy_version=policy_version(),
        requested_by=actor if isinstance(actor, User) else None,
    )
    record(verb=Verb.TRIAL_STARTED, subject=trial, actor=actor, facts={"overrides": wanted, "reason": reason})
    after_commit("kyc.run_trial", trial_id=trial.pk)
    return trial


def overrides_of(changes: Mapping[str, float]) -> dict[str, float]:
    """All numbers that will differ from the program's own table once these changes are made to the policy in force."""
    published = published_policy()
    own = {row.name: row.value for row in numbers_of(CURRENT)}
    before = dict(published.overrides) if published else {}
    for name, value in changes.items():
        if name not in own:
            raise BadInput(f"The matching policy has no number “{name}”.", name=name)
        if not 0.0 <= value <= 1.0:
            raise BadInput(f"“{name}” lies between 0 and 1.", name=name, value=value)
    wanted = {name: value for name, value in (before | dict(changes)).items() if own.get(name) not in (None, value)}
    if wanted == {name: value for name, value in before.items() if name in own}:
        raise BadInput("This is the policy in force: nothing would change.")
    policy = replace(CURRENT, overrides=tuple(wanted.items()))
    if policy.strong_threshold < policy.report_threshold:
        raise BadInput("A hit that holds access must be a hit: the strong threshold lies below the report threshold.")
    return wanted


def numbers_of(policy: MatchingPolicy) -> tuple[Number, ...]:
    """Every number of the policy in the order in which an auditor reads them."""
    return (*policy.numbers, *policy.evidence, *policy.quality)


# ------------------------------------------------------------------------------------------------ trying
def run_trial(*, trial_id: int, actor: Actor = SYSTEM) -> PolicyTrial:
    """Do it, if nobody else does. Safe to call twice. A trial that cannot be made ends as failed, and says why."""
    trial = PolicyTrial.objects.get(pk=trial_id)
    if not claim(trial):
        return trial
    try:
        found = _tried(trial)
    except DatabaseError:
        raise
    except Exception as error:  # whatever went wrong, the trial says nothing: that is its outcome
        log.exception("trial %s could not be made", trial.public_id)
        _end(trial, WorkStatus.FAILED, actor, error=f"{type(error).__name__}: {error}")
    else:
        if found is not None:
            _end(trial, WorkStatus.DONE, actor, **found)
    return trial


@transaction.atomic
def _end(trial: PolicyTrial, status: WorkStatus, actor: Actor, **found: Any) -> None:
    if finish(trial, status=status, **found):
        facts = {"status": status, "counts": trial.counts}
        record(verb=Verb.TRIAL_FINISHED, subject=trial, actor=actor, facts=facts)


def _tried(trial: PolicyTrial) -> dict[str, Any] | None:
    """What was found, as columns of the trial; None where another worker took it over."""
    editions = active_editions()
    in_force = screener_of(editions, matching_in_force())
    tried = screener_of(
        editions, replace(CURRENT, version=f"trial-{trial.public_id}", overrides=tuple(sorted(trial.overrides.items())))
    )
    counts: Counter[str] = Counter()
    rows: list[dict[str, object]] = []
    ids = _screenings_for(trial)
    unknown = 0
    for start in range(0, len(ids), SCREENINGS_AT_ONCE):
        chunk = list(Screening.objects.filter(pk__in=ids[start : start + SCREENINGS_AT_ONCE]).order_by("pk"))
        parties = {row.pk: [Party.from_json(party) for party in row.facts] for row in chunk}
        known = [row for row in chunk if parties[row.pk] and all(party.names for party in parties[row.pk])]
        unknown += len(chunk) - len(known)
        before = _hits_of(known, parties, in_force, editions)
        after = _hits_of(known, parties, tried, editions)
        decided = _decided_on(known)
        for screening in known:
            counts["compared"] += 1
            counts["before"] += len(before[screening.pk])
            counts["after"] += len(after[screening.pk])
            for found in differences(before[screening.pk], after[screening.pk]):
                row = _row(screening, found, decided)
                counts[str(found.shift)] += 1
                counts[f"{found.shift}_{row['decided'] or 'undecided'}"] += 1
                rows.append(row)
        if not still_ours(trial, done=start + len(chunk), planned=len(ids)):
            return None
    rows.sort(key=_most_telling_first)
    return {
        "counts": dict(counts),
        "differences": rows[: POLICY.trial_differences],
        "unknown": unknown,
        "editions": editions.by_list(),
        "policy_version": policy_version(),
    }


def _screenings_for(trial: PolicyTrial) -> list[int]:
    """The last screening of each customer: first of those who have a hit, then the newest of the others."""
    done = Screening.objects.filter(world=trial.world).exclude(outcome=ScreeningOutcome.UNKNOWN)
    has_hit = Exists(Hit.objects.filter(customer=OuterRef("customer")))
    last = done.order_by("customer_id", "-finished_at", "-pk").distinct("customer_id").annotate(has_hit=has_hit)
    rows = sorted(last.values_list("has_hit", "finished_at", "pk"), key=lambda row: (not row[0], -row[1].timestamp()))
    return [pk for _, _, pk in rows[: trial.limit]]


def _hits_of(
    screenings: list[Screening], parties: Mapping[int, list[Party]], screener: Screener, editions: ActiveEditions
) -> dict[int, list[Judged]]:
    """Hits by screening."""
    everybody = [party for row in screenings for party in parties[row.pk]]
    matches = screener.match_many(everybody)
    each = iter(judged_of(everybody, matches, editions, policy=screener.policy, today=timezone.localdate()))
    return {row.pk: [found for _ in parties[row.pk] for found in next(each)] for row in screenings}


def _decided_on(screenings: list[Screening]) -> dict[tuple[int, str, int], str]:
    """{(customer, subject, group): status} of the hits that these customers have."""
    hits = Hit.objects.filter(customer__in=[row.customer_id for row in screenings])
    rows = hits.values_list("customer_id", "subject", "group_id", "status")
    return {(customer, subject, group): status for customer, subject, group, status in rows}


def _row(screening: Screening, found: Difference, decided: Mapping[tuple[int, str, int], str]) -> dict[str, object]:
    return {
        "shift": str(found.shift),
        "screening": screening.public_id,
        "subject": found.subject,
        "listed": found.listed,
        "before": found.before,
        "after": found.after,
        "decided": decided.get((screening.customer_id, found.subject, found.group_id), ""),
    }


def _most_telling_first(row: Mapping[str, object]) -> tuple[bool, str, float]:
    """Losing what a person found to be a true match comes first; then by kind, and by score."""
    score = row["after"] if row["before"] is None else row["before"]
    assert isinstance(score, float)
    return row["decided"] != HitStatus.TRUE_MATCH, str(row["shift"]), -score


# ------------------------------------------------------------------------------------------------ publishing
def evidence_of_trial(trial: PolicyTrial) -> dict[str, object]:
    """What two people agree to: these numbers, with this result, in place of the policy in force."""
    return {
        "trial": trial.public_id,
        "overrides": trial.overrides,
        "counts": trial.counts,
        "in_place_of": policy_version(),
    }


def check_may_be_published(trial: PolicyTrial, actor: User) -> None:
    """Raises NotAllowed, or ForbiddenMove for a trial that did not end well or was made against another policy."""
    if not actor.may(Permission.MANAGE_POLICY):
        raise NotAllowed("Your role may not propose a policy.", permission=Permission.MANAGE_POLICY)
    if trial.status != WorkStatus.DONE:
        raise ForbiddenMove("Only a trial that was made can be published.", status=trial.status)
    if trial.policy_version != policy_version():
        raise ForbiddenMove("The policy in force has changed since: try it again.", tried=trial.policy_version)


@transaction.atomic
def publish_policy(*, trial: PolicyTrial, actor: User, proposal: Proposal) -> PublishedPolicy:
    """Put the numbers tried in force. Only with a proposal that two people confirmed."""
    if (
        proposal.action != Action.PUBLISH_POLICY
        or proposal.status != ProposalStatus.CONFIRMED
        or proposal.subject_id != trial.public_id
    ):
        raise NotAllowed("A policy needs two people.", trial=trial.public_id)
    published = PublishedPolicy.objects.create(
        overrides=trial.overrides,
        trial=trial,
        reason=proposal.reason,
        proposed_by=proposal.proposed_by,
        confirmed_by=actor,
    )
    record(
        verb=Verb.POLICY_PUBLISHED,
        subject=published,
        actor=actor,
        facts={"overrides": trial.overrides, "trial": trial.public_id, "proposal": proposal.public_id},
    )
    return published


def rows_with_customers(trial: PolicyTrial) -> Iterator[tuple[dict[str, object], Screening | None]]:
    """The kept differences, each with its screening and customer; None where it was erased since."""
    ids = {str(row["screening"]) for row in trial.differences}
    found = Screening.objects.filter(public_id__in=ids).select_related("customer").defer("facts")
    screenings = {row.public_id: row for row in found}
    for row in trial.differences:
        yield row, screenings.get(row["screening"])


def published_before(trial: PolicyTrial) -> PublishedPolicy | None:
    """The publication that this trial led to; None while it led to none."""
    return trial.published.order_by("-pk").first()
