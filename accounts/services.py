"""The verbs on staff and API clients."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import ApiClient, ApiKey, StaffInvitation, User
from accounts.roles import Role
from accounts.scopes import Scope
from kyc.audit.services import SYSTEM, Actor, record
from kyc.audit.verbs import Verb
from kyc.errors import BadInput, NotAllowed
from kyc.worlds import World

INVITATION_LASTS = timedelta(days=7)
# A key's last use is noted at most this often: the gate must not write a row a request.
LAST_USE_EVERY = timedelta(minutes=5)


@transaction.atomic
def create_staff(*, email: str, name: str, role: Role, password: str | None, actor: Actor = SYSTEM) -> User:
    """A member of staff; without a password they can only come in by a reset link or single sign-on."""
    if User.objects.filter(email__iexact=email).exists():
        raise BadInput(f"There is already a user with the e-mail address {email}.")
    user = User.objects.create_user(email=email, password=password, name=name, role=role)
    record(verb=Verb.STAFF_ROLE_SET, subject=user, actor=actor, facts={"old": "", "new": role})
    return user


@transaction.atomic
def invite_staff(*, email: str, role: Role, actor: User) -> str:
    """The token to put into the link; it is not kept."""
    token = secrets.token_urlsafe(32)
    invitation = StaffInvitation.objects.create(
        email=email,
        role=role,
        token_sha256=hashlib.sha256(token.encode()).hexdigest(),
        invited_by=actor,
        expires_at=timezone.now() + INVITATION_LASTS,
    )
    record(verb=Verb.STAFF_INVITED, subject=invitation, actor=actor, facts={"role": role})
    return token


@transaction.atomic
def accept_staff_invitation(*, token: str, user: User) -> User:
    """Give the signed-in user the invited role. The address must be the invited one, and verified by sign-up."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    now = timezone.now()
    invitation = StaffInvitation.objects.filter(token_sha256=digest, email__iexact=user.email).first()
    if invitation is None:
        raise NotAllowed("This invitation is not for you.")
    taken = StaffInvitation.objects.filter(pk=invitation.pk, accepted_at=None, expires_at__gt=now)
    if taken.update(accepted_at=now) != 1:
        raise NotAllowed("This invitation was used or has expired.")
    return set_role(user=user, role=Role(invitation.role), actor=user)


@transaction.atomic
def set_role(*, user: User, role: Role | None, actor: Actor) -> User:
    old, user.role = user.role, role or ""
    user.save(update_fields=["role"])
    record(verb=Verb.STAFF_ROLE_SET, subject=user, actor=actor, facts={"old": old, "new": user.role})
    return user


@transaction.atomic
def offboard(*, user: User, actor: Actor) -> None:
    """Take away the role, the sign-in and every session at once; what they did stays in the trail."""
    if isinstance(actor, User) and actor.pk == user.pk:
        raise NotAllowed("Somebody else must off-board you.")
    user.role, user.is_active, user.offboarded_at = "", False, timezone.now()
    user.set_unusable_password()  # also ends every session: the session's password hash no longer fits
    user.save(update_fields=["role", "is_active", "offboarded_at", "password"])
    record(verb=Verb.STAFF_OFFBOARDED, subject=user, actor=actor)


@transaction.atomic
def create_client(*, name: str, world: World, actor: Actor) -> ApiClient:
    client = ApiClient.objects.create(name=name, world=world, created_by=actor if isinstance(actor, User) else None)
    record(verb=Verb.CLIENT_CREATED, subject=client, actor=actor, facts={"name": name})
    return client


@transaction.atomic
def issue_key(
    *, client: ApiClient, scopes: Collection[Scope], actor: Actor, expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """The row and the whole key, which is shown this once and cannot be read again."""
    if not scopes:
        raise BadInput("A key needs at least one scope.")
    prefix, secret = ApiKey.fresh(client.world)
    key = ApiKey.objects.create(
        client=client,
        prefix=prefix,
        secret_sha256=ApiKey.digest(secret),
        scopes=sorted(scopes),
        created_by=actor if isinstance(actor, User) else None,
        expires_at=expires_at,
    )
    record(
        verb=Verb.KEY_ISSUED,
        subject=key,
        actor=actor,
        world=client.world,
        facts={"prefix": prefix, "scopes": key.scopes, "expires_at": expires_at},
    )
    return key, f"{prefix}_{secret}"


@transaction.atomic
def revoke_key(*, key: ApiKey, actor: Actor) -> None:
    """At once and for good; revoking twice changes nothing."""
    by = actor if isinstance(actor, User) else None
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now(), revoked_by=by):
        facts = {"prefix": key.prefix}
        record(verb=Verb.KEY_REVOKED, subject=key, actor=actor, world=key.client.world, facts=facts)


def find_key(text: str) -> ApiKey | None:
    """The usable key with this text, or None. One query."""
    usable = ApiKey.objects.usable().select_related("client")
    return proven_key(text, lambda prefix: usable.filter(prefix=prefix).first())


def proven_key(text: str, named: Callable[[str], ApiKey | None]) -> ApiKey | None:
    """The key with this text among those that `named` finds by prefix. Compares digests in constant time."""
    # a url-safe secret may itself hold "_": the prefix is the first three parts
    *parts, secret = text.split("_", 3)
    key = named("_".join(parts))
    if key is None or not hmac.compare_digest(key.secret_sha256, ApiKey.digest(secret)):
        return None
    return key


def note_use(key: ApiKey, now: datetime) -> None:
    """Every few minutes at most; the row in hand is told too, since the gate keeps it."""
    if key.last_used_at is None or now - key.last_used_at > LAST_USE_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
        key.last_used_at = now
