"""Propose, confirm, refuse: two people for what one must not do alone.

The journey performs the confirmed act in the same transaction; this module only guards who and on what.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission
from kyc.approvals.models import Proposal
from kyc.approvals.states import Action, ProposalStatus, check_move
from kyc.audit.chain import canonical
from kyc.audit.services import Actor, plain, record
from kyc.audit.verbs import Verb
from kyc.errors import EvidenceChanged, ForbiddenMove, Incomplete, LostRace, NotAllowed, SamePerson


def hash_of(evidence: Mapping[str, Any]) -> str:
    """SHA-256 of what was seen, hex; equal evidence gives equal hashes whatever the order of its keys."""
    return hashlib.sha256(canonical(plain(dict(evidence)))).hexdigest()


@transaction.atomic
def propose(
    *,
    action: Action,
    subject: models.Model,
    payload: Mapping[str, Any],
    evidence: Mapping[str, Any],
    reason: str,
    actor: User,
    reason_codes: Sequence[str] = (),
    world: str | None = None,
) -> Proposal:
    """One open proposal an action and subject: a second one is a ForbiddenMove, not a race to win."""
    if not actor.may(Permission.PROPOSE):
        raise NotAllowed("Your role may not propose this.", permission=Permission.PROPOSE)
    if not reason.strip():
        raise Incomplete("A proposal needs a reason in words.")
    try:
        with transaction.atomic():
            proposal = Proposal.objects.create(
                world=world or getattr(subject, "world", None),
                action=action,
                subject_kind=subject._meta.model_name,
                subject_id=str(getattr(subject, "public_id", None) or subject.pk),
                payload=plain(dict(payload)),
                evidence=plain(dict(evidence)),
                evidence_hash=hash_of(evidence),
                reason=reason,
                reason_codes=list(reason_codes),
                proposed_by=actor,
            )
    except IntegrityError as error:
        raise ForbiddenMove("Somebody has already proposed this; confirm or refuse that first.") from error
    facts = {"action": action, "on": proposal.subject_id, "codes": proposal.reason_codes, "reason": reason}
    record(verb=Verb.PROPOSED, subject=proposal, actor=actor, facts=facts | {"evidence": proposal.evidence_hash})
    return proposal


@transaction.atomic
def confirm(*, proposal: Proposal, actor: User, reason: str, evidence_now: Mapping[str, Any]) -> Proposal:
    """The second person agrees, to what the first one saw. Raises SamePerson, NotAllowed, EvidenceChanged."""
    _check_second(proposal, actor)
    if hash_of(evidence_now) != proposal.evidence_hash:
        raise EvidenceChanged(proposal=proposal.public_id)
    _settle(proposal, ProposalStatus.CONFIRMED, actor, reason)
    record(verb=Verb.CONFIRMED, subject=proposal, actor=actor, facts={"action": proposal.action, "reason": reason})
    return proposal


@transaction.atomic
def refuse(*, proposal: Proposal, actor: User, reason: str) -> Proposal:
    """The second person disagrees; the proposer must think again."""
    _check_second(proposal, actor)
    if not reason.strip():
        raise Incomplete("Say why you refuse.")
    _settle(proposal, ProposalStatus.REFUSED, actor, reason)
    record(verb=Verb.REFUSED, subject=proposal, actor=actor, facts={"action": proposal.action, "reason": reason})
    return proposal


@transaction.atomic
def withdraw(*, proposal: Proposal, actor: User) -> Proposal:
    """Only the proposer takes a proposal back."""
    if actor.pk != proposal.proposed_by_id:
        raise NotAllowed("Only who proposed this may withdraw it.")
    _settle(proposal, ProposalStatus.WITHDRAWN, actor, "withdrawn")
    record(verb=Verb.PROPOSAL_VOIDED, subject=proposal, actor=actor, facts={"action": proposal.action})
    return proposal


@transaction.atomic
def void(*, proposal: Proposal, actor: Actor, why: str) -> None:
    """What was proposed rests on evidence that changed. Does nothing to a settled proposal."""
    changed = Proposal.objects.filter(pk=proposal.pk, status=ProposalStatus.PROPOSED).update(
        status=ProposalStatus.VOID, settled_at=timezone.now(), settled_reason=why
    )
    if changed:
        record(verb=Verb.PROPOSAL_VOIDED, subject=proposal, actor=actor, facts={"why": why})


def _check_second(proposal: Proposal, actor: User) -> None:
    check_move(ProposalStatus(proposal.status), ProposalStatus.CONFIRMED)
    if actor.pk == proposal.proposed_by_id:
        raise SamePerson(proposal=proposal.public_id)
    if not actor.may(Permission.CONFIRM):
        raise NotAllowed("Your role may not confirm.", permission=Permission.CONFIRM)


def _settle(proposal: Proposal, to: ProposalStatus, actor: User, reason: str) -> None:
    check_move(ProposalStatus(proposal.status), to)
    now = timezone.now()
    open_one = Proposal.objects.filter(pk=proposal.pk, status=ProposalStatus.PROPOSED)
    if open_one.update(status=to, settled_by=actor, settled_at=now, settled_reason=reason) != 1:
        raise LostRace(proposal=proposal.public_id)
    proposal.status, proposal.settled_by, proposal.settled_at, proposal.settled_reason = to, actor, now, reason
