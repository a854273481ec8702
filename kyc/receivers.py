"""What follows when somebody signs up or in. The only module that listens to signals: they are allauth's."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed, password_reset, user_logged_in, user_signed_up
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from kyc.audit.services import record
from kyc.audit.verbs import Verb
from kyc.notices.services import queue_notice


@receiver(user_signed_up)
@transaction.atomic
def welcome(request: HttpRequest, user: User, **_: Any) -> None:
    record(verb=Verb.SIGNED_UP, subject=user, actor=user)
    queue_notice(template="welcome", email=user.email, user=user)


@receiver(user_logged_in)
@transaction.atomic
def signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    record(verb=Verb.SIGNED_IN, subject=user, actor=user)


@receiver(password_changed)
@receiver(password_reset)
@transaction.atomic
def password_is_new(request: HttpRequest, user: User, **_: Any) -> None:
    record(verb=Verb.PASSWORD_CHANGED, subject=user, actor=user)


@receiver(authenticator_added)
@receiver(authenticator_removed)
@transaction.atomic
def second_factor_is_new(request: HttpRequest, user: User, authenticator: Any, **how: Any) -> None:
    facts = {"type": authenticator.type, "added": how["signal"] is authenticator_added}
    record(verb=Verb.SECOND_FACTOR_CHANGED, subject=user, actor=user, facts=facts)
