"""Place and lift holds: named reasons why access is reduced."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission
from kyc.access.models import Hold
from kyc.access.states import AccessTier, HoldKind
from kyc.audit.services import Actor, record
from kyc.audit.verbs import Verb
from kyc.customers.models import Customer
from kyc.errors import Incomplete, LostRace, NotAllowed


@transaction.atomic
def place_hold(
    *,
    customer: Customer,
    kind: HoldKind,
    reason: str,
    actor: Actor,
    tier: AccessTier = AccessTier.NONE,
    reference: str = "",
) -> Hold:
    """Tightening needs one person. Placing the same hold again returns the standing one."""
    if isinstance(actor, User) and not actor.may(Permission.PLACE_HOLD):
        raise NotAllowed("Your role may not place a hold.", permission=Permission.PLACE_HOLD)
    if not reason.strip():
        raise Incomplete("A hold needs a reason.")
    try:
        with transaction.atomic():
            hold = Hold.objects.create(
                customer=customer,
                world=customer.world,
                kind=HoldKind(kind),
                tier=AccessTier(tier),
                reference=reference,
                reason=reason,
                placed_by=actor if isinstance(actor, User) else None,
            )
    except IntegrityError:
        return Hold.objects.standing().get(customer=customer, kind=kind, reference=reference)
    facts = {"kind": hold.kind, "tier": hold.tier, "reference": reference, "reason": reason}
    record(verb=Verb.HOLD_PLACED, subject=hold, actor=actor, person=customer.public_id, facts=facts)
    return hold


@transaction.atomic
def lift_hold(*, hold: Hold, actor: User, reason: str) -> Hold:
    """Low level: two people decide (journey.propose_lift), or a settled hit takes its own hold along."""
    lifted = {"lifted_at": timezone.now(), "lifted_by": actor, "lifted_reason": reason}
    if Hold.objects.standing().filter(pk=hold.pk).update(**lifted) != 1:
        raise LostRace("This hold was lifted already.", hold=hold.public_id)
    facts = {"kind": hold.kind, "reference": hold.reference, "reason": reason}
    record(verb=Verb.HOLD_LIFTED, subject=hold, actor=actor, person=hold.customer.public_id, facts=facts)
    hold.refresh_from_db()
    return hold
