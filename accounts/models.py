"""People who sign in, and services that call: users with at most one staff role, API clients and their keys."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.roles import Permission, Role, may
from kyc.ids import client_id
from kyc.worlds import World


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **values: Any) -> User:
        user = self.model(email=self.normalize_email(email), **values)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """Someone who signs in by e-mail: a customer's member, or staff where `role` is set."""

    audit_kind = "user"

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=20, blank=True, choices=[(r.value, r.value.replace("_", " ")) for r in Role])
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)
    offboarded_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []
    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="accounts_user_email_once")]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def audit_id(self) -> str:
        return str(self.pk)

    @property
    def is_staff(self) -> bool:
        """May enter the console at all."""
        return bool(self.role) and self.is_active

    @property
    def is_superuser(self) -> bool:
        """Nobody is above the permission map."""
        return False

    def may(self, permission: Permission) -> bool:
        return self.is_active and may(self.role, permission)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Django's own admin asks this; it may look, and every write goes through a verb of ours."""
        return self.may(Permission.VIEW_CONSOLE) and perm.rpartition(".")[2].startswith("view_")

    def has_perms(self, perm_list: list[str], obj: Any = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        return self.may(Permission.VIEW_CONSOLE)


class StaffInvitation(models.Model):
    """A link by which a colleague becomes staff; the token is shown once and stored as a digest."""

    email = models.EmailField()
    role = models.CharField(max_length=20, choices=[(r.value, r.value) for r in Role])
    token_sha256 = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    invited_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)


class ApiClient(models.Model):
    """A service that calls the API, in one world."""

    audit_kind = "client"

    public_id = models.CharField(max_length=40, unique=True, default=client_id)
    name = models.CharField(max_length=100)
    world = models.CharField(max_length=4, choices=[(w.value, w.value) for w in World])
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.name} ({self.world})"

    @property
    def audit_id(self) -> str:
        return self.public_id


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def usable(self) -> ApiKeyQuerySet:
        """Not revoked, not expired, by the database's clock."""
        return self.filter(revoked_at=None).filter(
            models.Q(expires_at=None) | models.Q(expires_at__gt=TransactionNow())
        )


class ApiKey(models.Model):
    """`clr_test_ab12cd34_…`: the prefix finds the row, the digest proves the secret.

    The secret has 256 random bits, so a plain SHA-256 is enough; a slow hash would only slow the gate.
    """

    client = models.ForeignKey(ApiClient, on_delete=models.CASCADE, related_name="keys")
    prefix = models.CharField(max_length=24, unique=True)
    secret_sha256 = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=40))
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects = ApiKeyQuerySet.as_manager()

    def __str__(self) -> str:
        return self.prefix

    @staticmethod
    def digest(secret: str) -> str:
        return hashlib.sha256(secret.encode()).hexdigest()

    @staticmethod
    def fresh(world: str) -> tuple[str, str]:
        """(prefix, secret): the whole key is "prefix_secret"."""
        return f"clr_{world}_{secrets.token_hex(4)}", secrets.token_urlsafe(32)

    def is_usable(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)
