"""The claim on work that a worker does for somebody: one at a time, taken over when its worker falls silent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from kyc.policy.screening import CURRENT as POLICY
from kyc.screening.models import LongWork, PolicyTrial, SelfTest
from kyc.screening.states import WorkStatus


def unclaimed() -> Q:
    """Waiting, or begun by a worker who fell silent. On the database's clock, as shards are."""
    silent = Now() - timedelta(seconds=POLICY.claim_seconds)
    return Q(status=WorkStatus.WAITING) | Q(status=WorkStatus.RUNNING, alive_at__lt=silent)


def claim(work: LongWork) -> bool:
    """False where another worker has it, or it is over."""
    rows = type(work)._default_manager.filter(unclaimed(), pk=work.pk)
    if rows.update(status=WorkStatus.RUNNING, alive_at=Now(), done=0) != 1:
        return False
    work.refresh_from_db()
    return True


def still_ours(work: LongWork, *, done: int, planned: int) -> bool:
    """Write how far we are. False if somebody took the work over: whoever hears that stops."""
    rows = type(work)._default_manager.filter(pk=work.pk, status=WorkStatus.RUNNING, alive_at=work.alive_at)
    if rows.update(done=done, planned=planned, alive_at=Now()) != 1:
        return False
    work.alive_at = type(work)._default_manager.values_list("alive_at", flat=True).get(pk=work.pk)
    work.done, work.planned = done, planned
    return True


def finish(work: LongWork, *, status: WorkStatus = WorkStatus.DONE, **found: Any) -> bool:
    """Write the end and what was found. False if somebody took the work over."""
    rows = type(work)._default_manager.filter(pk=work.pk, status=WorkStatus.RUNNING, alive_at=work.alive_at)
    if rows.update(status=status, finished_at=timezone.now(), **found) != 1:
        return False
    work.refresh_from_db()
    return True


def waiting_trials() -> list[PolicyTrial]:
    """Trials that nobody works on and somebody should: beat sends them again."""
    return list(PolicyTrial.objects.filter(unclaimed()).order_by("pk"))


def waiting_self_tests() -> list[SelfTest]:
    return list(SelfTest.objects.filter(unclaimed()).order_by("pk"))
