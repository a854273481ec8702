"""Proof that everybody was compared with what is in force, taken by beat and kept; and the alarm where it fails."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime, timedelta

from django.db import transaction

from kyc.audit.services import SYSTEM, record
from kyc.audit.verbs import Verb
from kyc.policy.screening import CURRENT as POLICY
from kyc.screening.models import CoverageCheck
from kyc.screening.queries import coverage, last_check

log = logging.getLogger(__name__)

MOST_NAMED = 10_000  # customers whose lag is followed one by one; while more lag than that, runs are under way


@transaction.atomic
def check_coverage(*, now: datetime) -> CoverageCheck:
    """Hold everybody on file against what is in force, and write down what came of it.

    Being behind is no fault while a run goes; the alarm is for a customer who is served and was behind at every check
    for longer than policy allows. It is an audit row, an error in the log and a notice in the console, once for each
    check, until it is over.
    """
    before = last_check()
    earlier = before.behind_since if before else {}
    total, behind, served, why = 0, 0, 0, Counter[str]()
    named: dict[str, str] = {}
    for row in coverage(as_of=now):
        total += 1
        if row.behind:
            behind += 1
            served += row.served
            why.update(reason.partition(":")[0] for reason in row.behind)
            if row.served and (row.customer in earlier or len(named) < MOST_NAMED):
                named[row.customer] = earlier.get(row.customer, now.isoformat())
    since = min(map(datetime.fromisoformat, named.values()), default=None)
    alarmed = since is not None and now - since >= timedelta(hours=POLICY.coverage_grace_hours)
    check = CoverageCheck.objects.create(
        at=now,
        total=total,
        behind=behind,
        served_behind=served,
        why=dict(why),
        served_behind_since=since,
        behind_since=named,
        alarmed=alarmed,
    )
    if alarmed:
        log.error("%s of %s customers who are served are behind since %s", served, total, since)
        facts = {"served_behind": served, "behind": behind, "total": total, "since": since, "why": check.why}
        record(verb=Verb.COVERAGE_BEHIND, subject=check, actor=SYSTEM, facts=facts)
    return check
