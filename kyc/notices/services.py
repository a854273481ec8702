"""Queue a letter in the transaction that causes it; carry it afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import models, transaction
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import User
from kyc.audit.services import SYSTEM, record
from kyc.audit.verbs import Verb
from kyc.customers.models import Customer
from kyc.dispatch import after_commit
from kyc.notices.models import Notice

MOST_TRIES = 8
# a worker that claimed a letter and died: another takes it after this long
CLAIM_LASTS = timedelta(minutes=5)


@transaction.atomic
def queue_notice(
    *, template: str, email: str, customer: Customer | None = None, user: User | None = None, **context: Any
) -> Notice:
    """`context` must be plain JSON and hold nothing a customer may not read."""
    context.setdefault("provider", settings.PROVIDER_NAME)
    context.setdefault("link", settings.BASE_URL + "/")
    if customer is not None:
        context.setdefault("customer_name", customer.legal_name)
    notice = Notice.objects.create(customer=customer, user=user, email=email, template=template, context=context)
    after_commit("kyc.send_notices")
    return notice


def tell_members(*, customer: Customer, template: str, **context: Any) -> None:
    """The same letter to every member, or to the customer's own address where there is none (API, import)."""
    members = [member.user for member in customer.member_set.filter(removed_at=None).select_related("user")]
    for user in members:
        queue_notice(template=template, email=user.email, customer=customer, user=user, **context)
    if not members and customer.email:
        queue_notice(template=template, email=customer.email, customer=customer, **context)


def send_waiting(*, limit: int = 100) -> int:
    """Send what waits; returns how many were sent. Two workers never send the same letter at once."""
    sent = 0
    while sent < limit and (notice := _claim()) is not None:
        try:
            _send(notice)
        except OSError as error:  # the mail server is away or refuses: kept, tried again by beat
            Notice.objects.filter(pk=notice.pk).update(error=str(error)[:1000])
            continue
        sent += 1
    return sent


@transaction.atomic
def _claim() -> Notice | None:
    stale = timezone.now() - CLAIM_LASTS
    notice = (
        Notice.objects.select_for_update(skip_locked=True)
        .filter(sent_at=None, tries__lt=MOST_TRIES)
        .filter(models.Q(claimed_at=None) | models.Q(claimed_at__lt=stale))
        .order_by("queued_at")
        .first()
    )
    if notice is not None:
        notice.claimed_at, notice.tries = timezone.now(), notice.tries + 1
        notice.save(update_fields=["claimed_at", "tries"])
    return notice


def _send(notice: Notice) -> None:
    text = render_to_string(f"email/{notice.template}.txt", notice.context).lstrip()
    first, _, body = text.partition("\n")
    subject = first.removeprefix("Subject:").strip()
    EmailMessage(subject=subject, body=body.strip() + "\n", to=[notice.email]).send()
    with transaction.atomic():
        Notice.objects.filter(pk=notice.pk).update(
            sent_at=timezone.now(), error="", context={}
        )  # links in it open doors
        person = notice.customer.public_id if notice.customer else ""
        world = notice.customer.world if notice.customer else None
        facts = {"template": notice.template}
        record(verb=Verb.NOTICE_SENT, subject=notice, actor=SYSTEM, world=world, person=person, facts=facts)
