"""One key a person: destroying it makes every copy of their values in the audit trail unreadable."""

from __future__ import annotations

import os

from django.db import models
from django.utils import timezone

from kyc.vault.keys import keyring
from kyc.vault.sealing import KEY_BYTES, CannotOpen, unwrap, wrap


class PersonKey(models.Model):
    """`subject` is the customer's public id. `wrapped` is None once the person was erased."""

    subject = models.CharField(max_length=40, unique=True)
    wrapped = models.BinaryField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    destroyed_at = models.DateTimeField(null=True)

    def key(self) -> bytes:
        """Raises CannotOpen after erasure."""
        if self.wrapped is None:
            raise CannotOpen("the person was erased")
        return unwrap(bytes(self.wrapped), context=self.subject, keyring=keyring())[0]


def key_of(subject: str) -> bytes:
    """The person's key, made at first use. Two writers at once get the same one. Raises CannotOpen."""
    row = PersonKey.objects.filter(subject=subject).first()
    if row is None:
        PersonKey.objects.bulk_create(
            [PersonKey(subject=subject, wrapped=wrap(os.urandom(KEY_BYTES), context=subject, keyring=keyring()))],
            ignore_conflicts=True,
        )
        row = PersonKey.objects.get(subject=subject)
    return row.key()


def destroy_key(subject: str) -> None:
    """Erase the person from every sealed copy; cannot be undone."""
    PersonKey.objects.filter(subject=subject).update(wrapped=None, destroyed_at=timezone.now())
