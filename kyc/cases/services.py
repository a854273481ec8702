"""The verbs on cases. One unresolved case a customer and type; new findings attach to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission
from kyc.audit.services import Actor, record
from kyc.audit.verbs import Verb
from kyc.cases.models import Appeal, Case, CaseNote, InformationRequest, RequestedItem
from kyc.cases.queries import free_to_claim
from kyc.cases.rules import add_business_days, resumed_due
from kyc.cases.states import CaseOutcome, CaseStatus, CaseType, check_move
from kyc.customers.models import Customer
from kyc.customers.queries import lock_customer
from kyc.documents.models import Document
from kyc.errors import BadInput, ForbiddenMove, Incomplete, LostRace, NotAllowed
from kyc.findings import Finding
from kyc.notices.services import tell_members
from kyc.policy.cases import CLOCKS
from kyc.policy.requests import ANSWER_WITHIN_DAYS


@transaction.atomic
def open_case(
    *,
    customer: Customer,
    type: CaseType,
    summary: str,
    findings: Iterable[Finding] = (),
    actor: Actor,
    priority: int | None = None,
) -> tuple[Case, bool]:
    """(case, opened now). An unresolved case of that type takes the findings up instead."""
    clock = CLOCKS[type]
    priority = clock.priority if priority is None else priority
    rows = [finding.as_json() for finding in findings]
    now = timezone.now()
    due_on = add_business_days(now.date(), clock.due_business_days)
    statutory = clock.statutory_business_days
    lock_customer(customer.pk)  # two workers open one case, not two
    case = Case.objects.unresolved().filter(customer=customer, type=type).first()
    if case is not None:
        case.findings = [*case.findings, *(row for row in rows if row not in case.findings)]
        case.priority = min(case.priority, priority)
        case.summary = summary
        case.save(update_fields=["findings", "priority", "summary"])
        return case, False
    case = Case.objects.create(
        customer=customer,
        world=customer.world,
        type=type,
        summary=summary,
        findings=rows,
        priority=priority,
        due_at=datetime.combine(due_on, time(17, 0), tzinfo=now.tzinfo),
        statutory_due_on=add_business_days(now.date(), statutory) if statutory else None,
    )
    facts = {"type": type, "summary": summary}
    record(verb=Verb.CASE_OPENED, subject=case, actor=actor, person=customer.public_id, facts=facts)
    return case, True


@transaction.atomic
def claim_case(*, case: Case, actor: User) -> Case:
    """Lock the case for this person. LostRace when somebody else works on it."""
    _check_may_work(actor)
    now = timezone.now()
    mine = Case.objects.filter(pk=case.pk, assignee=actor, status=CaseStatus.INVESTIGATING)
    if mine.update(claimed_at=now) == 1:
        case.refresh_from_db()
        return case
    free = Case.objects.unresolved().filter(pk=case.pk).filter(free_to_claim())
    if free.update(assignee=actor, claimed_at=now, status=CaseStatus.INVESTIGATING) != 1:
        raise LostRace("Somebody else works on this case.", case=case.public_id)
    case.refresh_from_db()
    _record(case, Verb.CASE_ASSIGNED, actor, {"assignee": actor.pk})
    return case


@transaction.atomic
def release_case(*, case: Case, actor: User) -> Case:
    """Back into the queue."""
    held = Case.objects.filter(pk=case.pk, assignee=actor, status=CaseStatus.INVESTIGATING)
    if held.update(assignee=None, claimed_at=None, status=CaseStatus.OPEN) != 1:
        raise LostRace("You do not hold this case.", case=case.public_id)
    case.refresh_from_db()
    _record(case, Verb.CASE_ASSIGNED, actor, {"assignee": None})
    return case


@transaction.atomic
def note(*, case: Case, text: str, actor: User) -> CaseNote:
    _check_may_work(actor)
    if not text.strip():
        raise BadInput("An empty note says nothing.", field="text")
    row = CaseNote.objects.create(case=case, author=actor, text=text.strip())
    _record(case, Verb.CASE_NOTED, actor, {"note": row.pk})
    return row


@transaction.atomic
def move_case(*, case: Case, to: CaseStatus, actor: Actor, reason: str) -> Case:
    """One allowed move. The house's clock stands while the customer is asked; the law's never does."""
    if isinstance(actor, User) and actor.is_staff:
        _check_may_work(actor)
    check_move(old := CaseStatus(case.status), to)
    now = timezone.now()
    values: dict[str, Any] = {"status": to}
    if to == CaseStatus.AWAITING_CUSTOMER:
        values["paused_at"] = now
    elif case.paused_at is not None:
        values |= {"paused_at": None, "due_at": resumed_due(case.due_at, case.paused_at, now)}
    if Case.objects.filter(pk=case.pk, status=old).update(**values) != 1:
        raise LostRace(case=case.public_id, expected=old)
    for name, value in values.items():
        setattr(case, name, value)
    _record(case, Verb.CASE_MOVED, actor, {"old": old, "new": to, "reason": reason})
    return case


@transaction.atomic
def resolve_case(*, case: Case, outcome: CaseOutcome, reason_codes: Sequence[str], actor: Actor) -> Case:
    """Close it with an outcome. A screening case with a hit still open cannot be resolved."""
    if isinstance(actor, User):
        _check_may_work(actor)
    if case.type == CaseType.SCREENING and case.customer.hit_set.open().exists():
        raise ForbiddenMove("A hit of this customer is still open.", case=case.public_id)
    move_case(case=case, to=CaseStatus.RESOLVED, actor=actor, reason=", ".join(reason_codes))
    case.outcome, case.reason_codes, case.resolved_at = outcome, list(reason_codes), timezone.now()
    case.save(update_fields=["outcome", "reason_codes", "resolved_at"])
    return case


@transaction.atomic
def reopen_case(*, case: Case, actor: Actor, reason: str) -> Case:
    if not reason.strip():
        raise Incomplete("Say why the case is opened again.")
    move_case(case=case, to=CaseStatus.OPEN, actor=actor, reason=reason)
    Case.objects.filter(pk=case.pk).update(
        outcome="", resolved_at=None, assignee=None, claimed_at=None, reopened=F("reopened") + 1
    )
    case.refresh_from_db()
    return case


@transaction.atomic
def request_information(*, case: Case, items: Sequence[Mapping[str, str]], actor: Actor) -> InformationRequest:
    """Several questions in one message: [{"code", "question", "wants_document", "party"}]. A rule may ask too.

    `party`: public id of the related party it is about, "" or left out for the customer.
    """
    if isinstance(actor, User):
        _check_may_work(actor)
    if not items or not all(item.get("question", "").strip() for item in items):
        raise Incomplete("Each item needs a question in the customer's words.")
    lock_customer(case.customer_id)
    parties = {party.public_id: party for party in case.customer.relatedparty_set.filter(removed_at=None)}
    if unknown := {item["party"] for item in items if item.get("party")} - parties.keys():
        raise BadInput("Nobody of that name belongs to this customer.", party=sorted(unknown))
    request = InformationRequest.objects.create(
        customer=case.customer,
        world=case.world,
        case=case,
        asked_by=actor if isinstance(actor, User) else None,
        due_at=timezone.now() + timedelta(days=ANSWER_WITHIN_DAYS),
    )
    RequestedItem.objects.bulk_create(
        [
            RequestedItem(
                request=request,
                code=item["code"],
                question=item["question"].strip(),
                wants_document=item.get("wants_document", ""),
                party=parties.get(item.get("party", "")),
            )
            for item in items
        ]
    )
    move_case(case=case, to=CaseStatus.AWAITING_CUSTOMER, actor=actor, reason="information requested")
    _record(case, Verb.INFORMATION_REQUESTED, actor, {"codes": [item["code"] for item in items]})
    questions = [item["question"] for item in items]
    tell_members(customer=case.customer, template="needs_information", items=questions)
    return request


@transaction.atomic
def answer_information(
    *, request: InformationRequest, answers: Mapping[int, str | Document], actor: Actor
) -> InformationRequest:
    """All items at once; a missing one is Incomplete and nothing is kept. A case that was closed meanwhile is taken
    up again, so that somebody reads the answer."""
    items = list(request.items.all())
    missing = [item.question for item in items if not answers.get(item.pk)]
    if missing:
        raise Incomplete(f"Still missing: {'; '.join(missing)}")
    now = timezone.now()
    lock_customer(request.customer_id)
    if InformationRequest.objects.filter(pk=request.pk, answered_at=None).update(answered_at=now) != 1:
        raise LostRace("This was answered already.", request=request.public_id)
    for item in items:
        answer = answers[item.pk]
        if isinstance(answer, Document):
            item.document = answer
        else:
            item.answer = answer.strip()
        item.save(update_fields=["answer", "document"])
    case = Case.objects.get(pk=request.case_id)
    if case.status == CaseStatus.AWAITING_CUSTOMER:
        move_case(case=case, to=CaseStatus.OPEN, actor=actor, reason="the customer answered")
    elif case.status == CaseStatus.RESOLVED:
        _take_up_again(case, actor)
    _record(case, Verb.INFORMATION_GIVEN, actor, {"request": request.public_id})
    request.refresh_from_db()
    return request


def _take_up_again(case: Case, actor: Actor) -> None:
    """Reopen it, unless another of its type is open by now: that one takes the answer up."""
    if Case.objects.unresolved().filter(customer=case.customer, type=case.type).exists():
        summary = f"The customer answered what was asked in the closed case {case.public_id}."
        open_case(customer=case.customer, type=CaseType(case.type), summary=summary, actor=actor)
    else:
        reopen_case(case=case, actor=actor, reason="the customer answered")


@transaction.atomic
def file_appeal(*, customer: Customer, words: str, actor: User) -> Appeal:
    """Contest the latest decision; one open appeal at a time."""
    decision = customer.decision_set.order_by("-at", "-id").first()
    if decision is None or decision.outcome == "approved":
        raise ForbiddenMove("There is no decision to contest.", customer=customer.public_id)
    if not words.strip():
        raise Incomplete("Tell us why you disagree.")
    if customer.appeal_set.filter(settled_at=None).exists():
        raise ForbiddenMove("Your appeal is with us already.", customer=customer.public_id)
    summary = f"The customer contests the decision of {decision.at:%d %B %Y}."
    case, _ = open_case(customer=customer, type=CaseType.APPEAL, summary=summary, actor=actor)
    appeal = Appeal.objects.create(
        customer=customer,
        world=customer.world,
        case=case,
        decision_id_public=decision.public_id,
        words=words.strip(),
        filed_by=actor,
    )
    _record(case, Verb.APPEALED, actor, {"appeal": appeal.public_id, "decision": decision.public_id})
    tell_members(customer=customer, template="appeal_received")
    return appeal


@transaction.atomic
def settle_appeal(*, appeal: Appeal, upheld: bool, words: str, actor: Actor) -> Appeal:
    """Once. `upheld`: the contested decision stands; `words` are the customer's to read."""
    now = timezone.now()
    open_one = Appeal.objects.filter(pk=appeal.pk, settled_at=None)
    if open_one.update(upheld=upheld, settled_at=now) != 1:
        raise LostRace("This appeal was settled already.", appeal=appeal.public_id)
    appeal.upheld, appeal.settled_at = upheld, now
    facts = {"appeal": appeal.public_id, "decision": appeal.decision_id_public, "upheld": upheld}
    _record(appeal.case, Verb.APPEAL_SETTLED, actor, facts)
    tell_members(customer=appeal.customer, template="appeal_settled", words=words, upheld=upheld)
    return appeal


def _check_may_work(actor: User) -> None:
    if not actor.may(Permission.WORK_CASES):
        raise NotAllowed("Your role may not work on cases.", permission=Permission.WORK_CASES)


def _record(case: Case, verb: Verb, actor: Actor, facts: dict[str, Any]) -> None:
    record(verb=verb, subject=case, actor=actor, person=case.customer.public_id, facts=facts)
