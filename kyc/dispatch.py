"""Tell others after the commit. The row is the truth; a message that is lost is found again by beat."""

from __future__ import annotations

import logging
from typing import Any

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def after_commit(task: str, **arguments: Any) -> None:
    """Send the named Celery task once this transaction has committed; nothing is sent if it rolls back.

    A broker that is away is logged and not raised: the write has already happened, and the beat jobs
    `kyc.resume_journeys` and `kyc.resume_rescreening` send again what was due.
    """
    transaction.on_commit(lambda: _send(task, arguments))


def _send(task: str, arguments: dict[str, Any]) -> None:
    try:
        current_app.send_task(task, kwargs=arguments, retry=True, retry_policy={"max_retries": 1, "interval_max": 0.2})
    except (OperationalError, OSError) as error:
        log.warning("the broker did not take %s %s (%s); beat will send it again", task, arguments, error)
