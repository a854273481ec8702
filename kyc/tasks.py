"""Celery: load by id, call one verb, safe to run twice. No rules here."""

from __future__ import annotations

import logging
from collections.abc import Callable

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from kyc import journey, verifying
from kyc.access.challenges import looked_at
from kyc.access.feed import forget_changes
from kyc.access.retention import let_go_of_answers
from kyc.audit.services import System, seal_rows
from kyc.dispatch import after_commit
from kyc.documents.services import GIVEN_UP_AFTER, MOST_RESENT, give_up_reading, read_document, unread_documents
from kyc.errors import Unavailable
from kyc.geo.queries import data_health
from kyc.geo.services import let_go_of_addresses, watch_data
from kyc.identity.models import Verification
from kyc.identity.services import compare_faces_of, give_up_faces, unfinished
from kyc.identity.sessions import cancel_at_vendor, due_sessions, forget_events
from kyc.imports import services as imports
from kyc.imports.models import ImportBatch
from kyc.notices.services import send_waiting
from kyc.ownership.queries import organisations_to_evaluate
from kyc.screening import proof
from kyc.screening.indexes import prepare
from kyc.screening.longwork import waiting_self_tests, waiting_trials
from kyc.screening.queries import (
    editions_without_run,
    full_pass_is_due,
    policy_without_run,
    shards_without_worker,
)
from kyc.screening.runs import plan_run, run_next_shard, run_shard, wake_workers
from kyc.screening.selftests import run_self_test
from kyc.screening.states import RunReason
from kyc.screening.trials import run_trial
from kyc.watchlists.models import Edition
from kyc.watchlists.progress import over, teller
from kyc.watchlists.queries import sources_due
from kyc.watchlists.services import refresh_list
from kyc.worlds import World

log = logging.getLogger(__name__)


@shared_task(name="kyc.advance")
def advance(customer_id: int) -> None:
    journey.advance(customer_id=customer_id)


@shared_task(name="kyc.screen_changed")
def screen_changed(customer_id: int) -> None:
    journey.screen_changed(customer_id=customer_id, actor=System("changed facts"))


@shared_task(name="kyc.send_notices")
def send_notices() -> None:
    send_waiting()


@shared_task(name="kyc.seal_audit")
def seal_audit() -> None:
    seal_rows()


@shared_task(name="kyc.start_rescreening")
def start_rescreening(edition: str) -> None:
    plan_run(reason=RunReason.NEW_EDITION, delta_of=Edition.objects.get(public_id=edition))


@shared_task(name="kyc.rescreen")
def rescreen() -> None:
    """A shard waits: take the most urgent one, whichever it was that the message was sent for."""
    run_next_shard(screen=journey.screen)


@shared_task(name="kyc.rescreen_shard")
def rescreen_shard(shard_id: int) -> None:
    """That very shard; safe beside any other worker."""
    run_shard(shard_id=shard_id, screen=journey.screen)


@shared_task(name="kyc.run_trial")
def try_policy(trial_id: int) -> None:
    run_trial(trial_id=trial_id)


@shared_task(name="kyc.run_self_test")
def self_test(test_id: int) -> None:
    run_self_test(test_id=test_id)


@shared_task(name="kyc.check_coverage")
def check_coverage() -> None:
    proof.check_coverage(now=timezone.now())


@shared_task(name="kyc.run_import")
def run_import(batch_id: int) -> None:
    imports.run_import(batch_id=batch_id)


# ------------------------------------------------------------------------------------------------ found by beat
def each_of(*parts: Callable[[], object]) -> None:
    """Do all parts: one that raises keeps no other from being done, and is raised when all were."""
    raised: list[Exception] = []
    for part in parts:
        try:
            part()
        except Exception as error:  # logged here as well, for the traceback
            log.exception("a part of what beat asks for failed")
            raised.append(error)
    if raised:
        raise ExceptionGroup("parts of what beat asks for failed", raised)


@shared_task(name="kyc.resume_journeys")
def resume_journeys() -> None:
    """Find what was due and did not happen, and send it again."""
    each_of(
        _send_late_steps,
        lambda: journey.look_into_reviews(now=timezone.now()),
        _send_looked_at,
        _send_long_work,
    )


def _send_late_steps() -> None:
    for customer_id in journey.late_customers().values_list("pk", flat=True)[:MOST_RESENT]:
        after_commit("kyc.advance", customer_id=customer_id)


def _send_looked_at() -> None:
    for customer_id in looked_at().values_list("customer_id", flat=True):
        after_commit("kyc.advance", customer_id=customer_id)


def _send_long_work() -> None:
    for batch_id in ImportBatch.objects.filter(status=ImportBatch.Status.RUNNING).values_list("pk", flat=True):
        after_commit("kyc.run_import", batch_id=batch_id)
    for trial in waiting_trials():
        after_commit("kyc.run_trial", trial_id=trial.pk)
    for test in waiting_self_tests():
        after_commit("kyc.run_self_test", test_id=test.pk)


@shared_task(name="kyc.resume_rescreening")
def resume_rescreening() -> None:
    """Find the shards nobody works on, and the runs that should be there and are not. Apart from all else that beat
    finds: nothing of that may keep a new edition from being looked for."""
    each_of(lambda: wake_workers(shards_without_worker()), _send_missing_runs, _plan_policy_run)


def _send_missing_runs() -> None:
    for edition in editions_without_run():
        after_commit("kyc.start_rescreening", edition=edition.public_id)


def _plan_policy_run() -> None:
    if policy_without_run():
        plan_run(reason=RunReason.NEW_POLICY)


@shared_task(name="kyc.plan_full_passes")
def plan_full_passes() -> None:
    """The backstop, where it is due."""
    for world in World:
        if full_pass_is_due(world, now=timezone.now()):
            plan_run(reason=RunReason.FULL_PASS, world=world)


@shared_task(name="kyc.read_document")
def read_one(document_id: int) -> None:
    if document := read_document(document_id=document_id):
        verifying.document_was_read(document=document)


@shared_task(name="kyc.resume_readings")
def resume_readings() -> None:
    """Documents and faces whose reading was lost are read; those that have waited for too long go to a person."""
    for document in unread_documents(timezone.now()):
        if document.uploaded_at < timezone.now() - GIVEN_UP_AFTER:
            if given_up := give_up_reading(document_id=document.pk):
                verifying.document_was_read(document=given_up)
        else:
            after_commit("kyc.read_document", document_id=document.pk)
    for row in unfinished(timezone.now())[:MOST_RESENT]:
        if row.started_at < timezone.now() - GIVEN_UP_AFTER:
            give_up_faces(verification_id=row.pk)
            verifying.go_on_reading(verification_id=row.pk)
        else:
            after_commit("kyc.compare_faces", verification_id=row.pk)


@shared_task(name="kyc.compare_faces")
def compare_faces(verification_id: int) -> None:
    """The selfie with the documents, where that is due; then the session goes on."""
    compare_faces_of(verification_id=verification_id)
    verifying.go_on_reading(verification_id=verification_id)


@shared_task(name="kyc.ask_vendor")
def ask_vendor(verification_id: int) -> None:
    verifying.ask_vendor(verification_id=verification_id)


@shared_task(name="kyc.ask_vendors")
def ask_vendors() -> None:
    """Sessions that are to be started, or read back: what a lost message or webhook would have done."""
    for verification_id in due_sessions(timezone.now()).values_list("pk", flat=True):
        after_commit("kyc.ask_vendor", verification_id=verification_id)


@shared_task(
    name="kyc.cancel_at_vendor", autoretry_for=(Unavailable,), retry_backoff=60, retry_backoff_max=3600, max_retries=8
)
def cancel_session(verification_id: int) -> None:
    cancel_at_vendor(Verification.objects.get(pk=verification_id))


@shared_task(name="kyc.evaluate_owners")
def evaluate_owners(customer_id: int) -> None:
    journey.evaluate_owners(customer_id=customer_id, actor=System("ownership policy"))


@shared_task(name="kyc.find_expired")
def find_expired() -> None:
    each_of(journey.expire_reviews, journey.expire_documents, journey.remind_of_attestations, _send_evaluations)


def _send_evaluations() -> None:
    for customer_id in organisations_to_evaluate(timezone.localdate()).values_list("pk", flat=True).iterator():
        after_commit("kyc.evaluate_owners", customer_id=customer_id)
    for customer_id in journey.organisations_to_ask():
        after_commit("kyc.evaluate_owners", customer_id=customer_id)


@shared_task(name="kyc.refresh_lists")
def refresh_lists() -> None:
    if settings.DEMO:
        return  # the demonstration keeps to its SAMPLE
    for source in sources_due(timezone.now()):
        ask_source(source)


@shared_task(name="kyc.refresh_list")
def ask_source(source: str) -> None:
    try:
        refresh_list(source=source, actor=System("refresh"), prepare=prepare, tell=teller(source))
    finally:
        over(source)


@shared_task(name="kyc.let_go")
def let_go() -> None:
    """What was only needed for a while: full addresses of visitors, what the gate has read of changes, webhooks."""
    let_go_of_addresses(now=timezone.now())
    let_go_of_answers(now=timezone.now())
    forget_changes(now=timezone.now())
    forget_events(now=timezone.now())


@shared_task(name="kyc.watch_location_data")
def watch_location_data() -> None:
    """A worker opens the same files as the gate; whoever answers for them is told what is missing or old."""
    if settings.DEMO:
        return  # its data is as old as its packages, which the console shows
    now = timezone.now()
    watch_data(now=now, warnings=data_health(now).warnings)
