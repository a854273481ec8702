"""The identity's part of the road: who checks, what the provider's result sets going, and whose turn it is.

The owner of the transactions in which a session moves and a case is opened. What comes after identity is the
business of kyc.journey, which is nudged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission
from kyc.access.states import AccessTier
from kyc.audit.services import SYSTEM, Actor
from kyc.cases.models import Case
from kyc.cases.services import open_case, resolve_case
from kyc.cases.states import CaseOutcome, CaseType
from kyc.customers.models import Consent, Customer, RelatedParty
from kyc.customers.queries import consent_given, people_to_verify
from kyc.customers.rules import IDENTITY_DOCUMENTS
from kyc.customers.services import identity_settled
from kyc.customers.states import CustomerStatus
from kyc.documents.models import READ_KINDS, Document, DocumentKind
from kyc.documents.services import store_document
from kyc.errors import ForbiddenMove, NotAllowed, NotFound, Unavailable
from kyc.findings import Finding, Says
from kyc.identity import sessions
from kyc.identity.models import FailedItem, Verification
from kyc.identity.provider import HostedLink
from kyc.identity.queries import shared_with_others
from kyc.identity.routing import Choice, RouteFacts, choose_method
from kyc.identity.services import (
    EMBEDDED,
    STAFF_REVIEW,
    enter_mrz,
    start_verification,
    take_later_readings,
    take_readings,
)
from kyc.identity.sessions import VENDOR_NAMES, Taken
from kyc.identity.states import OPEN, SETTLED, VerificationStatus
from kyc.identity.vendors.registry import NAMES, available
from kyc.notices.services import tell_members
from kyc.policy.identity import CURRENT, ITEM_WORDS, REASONS, Item, Method
from kyc.risk.queries import risk_codes
from kyc.risk.rules import assess_risk

V = VerificationStatus
# checks that come after identity, or are it: they say nothing about who should make it
NOT_KNOWN_YET = ("identity.", "screening.", "ownership.")
TOOK_BACK = "vendor.took_back"
# whoever loads the page of their return again and again does not have the provider asked each time
JUST_READ = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class DocumentReader:
    """Who reads the customer's identity document, as far as the form tells it.

    `vendor` is the provider's name for the customer, "" where we read it and the form asks for it. `if_agreed`: the
    customer has not said yet whether faces may be compared; where they refuse, we read it after all.
    """

    vendor: str = ""
    if_agreed: bool = False


def document_reader(customer: Customer, *, tier: AccessTier) -> DocumentReader:
    """By the same table and facts as `begin` later; `tier` is what the models named so far come to."""
    if not customer.is_person or not available(customer.world):
        return DocumentReader()
    agreed = consent_given(customer, Consent.Kind.BIOMETRICS)
    choice = choice_for(customer, tier=tier, agreed=agreed is not False)
    return DocumentReader(NAMES[choice.method], agreed is None) if choice.is_vendor else DocumentReader()


def choice_for(customer: Customer, *, tier: AccessTier | None = None, agreed: bool | None = None) -> Choice:
    """Which line of the policy fits them now. `tier` and `agreed` (to comparing faces) stand for what is on file."""
    codes = [code for code in risk_codes(customer, on=timezone.localdate()) if not code.startswith(NOT_KNOWN_YET)]
    earlier = customer.verification_set.filter(party=None, provider__in=VENDOR_NAMES)
    return choose_method(
        RouteFacts(
            is_person=customer.is_person,
            country=customer.residence_country,
            risk=assess_risk(codes).level.name,
            tier=tier or customer.tier_wanted,
            biometrics_consented=consent_given(customer, Consent.Kind.BIOMETRICS) is True if agreed is None else agreed,
            locked=earlier.exclude(locked_at=None).exists(),
            sessions=earlier.count(),
            available=available(customer.world),
        )
    )


def look_for_others(*, customer: Customer, actor: Actor) -> None:
    """A case where somebody else has the same document, register number or mailbox; once for each thing and other."""
    found = [finding for finding in shared_with_others(customer) if finding.says is Says.DISAGREE]
    known = {
        (row["code"], row["facts"].get("other"), row["facts"].get("mark"))
        for findings in customer.case_set.filter(type=CaseType.RISK).values_list("findings", flat=True)
        for row in findings
    }
    new = [row for row in found if (row.code, row.facts["other"], row.facts["mark"]) not in known]
    if new:
        open_case(customer=customer, type=CaseType.RISK, summary=new[0].sentence[:300], findings=new, actor=actor)


def begin(*, customer: Customer, actor: Actor) -> Verification:
    """The open session of the customer, or a new one with whom the policy names. Call with the customer locked."""
    look_for_others(customer=customer, actor=actor)
    running = customer.verification_set.filter(party=None, status__in=OPEN).first()
    if running is not None:
        return running
    choice = choice_for(customer)
    if choice.is_vendor:
        return sessions.begin_session(customer=customer, vendor=choice.method, because=choice.sentence, actor=actor)
    provider = EMBEDDED if choice.method is Method.EMBEDDED else STAFF_REVIEW
    verification = start_verification(customer=customer, actor=actor, provider=provider)
    verification.chosen_because = choice.sentence
    verification.save(update_fields=["chosen_because"])
    look_for_others(customer=customer, actor=actor)  # now also by the number that was read
    if verification.status == V.REVIEW:
        _wait_for_a_person(verification, actor)
    return verification


def _wait_for_a_person(verification: Verification, actor: Actor) -> None:
    summary = "A new customer's identity waits for a person."
    if verification.party is not None or verification.attempt > 1:
        summary = f"What {verification.party or verification.customer} sent waits for a person."
    route = [Finding("identity.route", because)] if (because := verification.chosen_because) else []
    _to_a_person(verification, summary[:300], actor, *route)


@transaction.atomic
def take_document(
    *,
    customer: Customer,
    actor: Actor,
    kind: str,
    filename: str,
    content: bytes,
    party: RelatedParty | None = None,
) -> Document:
    """Store a document and, once the form is handed in, give it to the open check of the person it is of.

    Whose check is over without success gets another, by a person; so does a customer whose provider's result waits for
    one, and a related person whose check was never begun. BadInput as of `store_document`.
    """
    document = store_document(
        customer=customer, actor=actor, kind=kind, filename=filename, content=content, party=party
    )
    if customer.is_editable:  # everything sent until then is taken at submission
        return document
    locked = Customer.objects.select_for_update().get(pk=customer.pk)
    mine = locked.verification_set.filter(party=party).order_by("-id")
    running = mine.filter(status__in=OPEN, provider__in=(STAFF_REVIEW, EMBEDDED)).first()
    if running is not None:
        running.documents.add(document)
    elif _calls_for_another(document, latest := mine.first(), locked):
        _look_again(locked, party, latest, actor)
    return document


SAYS_WHO = READ_KINDS | {DocumentKind.SELFIE, DocumentKind.REGISTRATION}


def _calls_for_another(document: Document, latest: Verification | None, customer: Customer) -> bool:
    """Whether this document, which no open check of ours takes, is the beginning of another attempt."""
    if document.party is not None:
        return document.party in people_to_verify(customer) and (latest is None or latest.status != V.VERIFIED)
    if latest is None or document.kind not in SAYS_WHO:
        return False
    return latest.status == V.FAILED or (latest.status == V.REVIEW and latest.provider in VENDOR_NAMES)


def _look_again(customer: Customer, party: RelatedParty | None, latest: Verification | None, actor: Actor) -> None:
    """Another session, by a person: what the provider of an open one said stays on file beside it."""
    if latest is not None and latest.status in OPEN:
        sessions.end_session(verification=latest, actor=actor, reason="The customer sent a document to us instead.")
    verification = start_verification(customer=customer, actor=actor, party=party)
    if verification.status == V.REVIEW:  # there is nothing in it that we read
        _wait_for_a_person(verification, actor)


@transaction.atomic
def document_was_read(*, document: Document, actor: Actor = SYSTEM) -> None:
    """Take what was read into the sessions that waited for it, and go on: to a person, or along the road.

    What came after a person began to look is compared with the rest and left to that person.
    """
    Customer.objects.select_for_update().get(pk=document.customer_id)
    ours = document.verifications.filter(provider__in=(STAFF_REVIEW, EMBEDDED))
    for row in ours.filter(status=V.REVIEW):
        take_later_readings(verification=row, actor=actor)
        row.refresh_from_db()
        look_for_others(customer=row.customer, actor=actor)
        if row.party is not None:  # the customer may have been decided about long ago
            _wait_for_a_person(row, actor)
    for row in ours.filter(status=V.PROCESSING):
        _take_in(row, actor)


@transaction.atomic
def go_on_reading(*, verification_id: int, actor: Actor = SYSTEM) -> None:
    """The same for one session of ours, of which everything is read and compared."""
    row = Verification.objects.get(pk=verification_id)
    Customer.objects.select_for_update().get(pk=row.customer_id)
    if row.provider not in VENDOR_NAMES and row.status == V.PROCESSING:
        _take_in(row, actor)


def _take_in(row: Verification, actor: Actor) -> None:
    verification = take_readings(verification=row, actor=actor)
    look_for_others(customer=verification.customer, actor=actor)  # by the number that was read
    if verification.status == V.REVIEW:
        _wait_for_a_person(verification, actor)
    if verification.status == V.VERIFIED:
        identity_settled(customer=verification.customer)


def is_open(customer: Customer) -> bool:
    """Whether something of the customer's identity is still awaited: a result, or that they begin again."""
    rows = customer.verification_set.filter(party=None)
    if rows.filter(status__in=OPEN).exists():
        return True
    latest = rows.order_by("-id").first()
    return latest is not None and latest.provider in VENDOR_NAMES and latest.status in (V.EXPIRED, V.CANCELED)


def open_checks(customer: Customer) -> list[Verification]:
    """Sessions that nobody has settled: the customer's own, and of each owner or director who is still one."""
    return [row for row in _latest_checks(customer) if row.status in OPEN]


def _latest_checks(customer: Customer) -> list[Verification]:
    """Each person's last session. One query."""
    rows = customer.verification_set.filter(party__removed_at=None).select_related("party", "customer")
    return list({row.party_id: row for row in rows.order_by("id")}.values())


def whose(checks: Iterable[Verification]) -> str:
    """The names of whom these sessions are about."""
    return ", ".join(str(row.party or row.customer) for row in checks)


@transaction.atomic
def close_case(*, customer: Customer, actor: Actor) -> None:
    """Resolve the case of identity where everybody's last check was passed; while one is open, keep a case for it.

    A check that failed keeps its case too: somebody asks for another document, or decides.
    """
    if waiting := open_checks(customer):
        summary = f"Identity still to be settled: {whose(waiting)}."[:300]
        open_case(customer=customer, type=CaseType.IDENTITY, summary=summary, actor=actor)
        return
    case = Case.objects.unresolved().filter(customer=customer, type=CaseType.IDENTITY).first()
    if case is not None and all(_passed(row, case) for row in _latest_checks(customer)):
        resolve_case(case=case, outcome=CaseOutcome.REQUIREMENTS_MET, reason_codes=["checks_passed"], actor=actor)


def _passed(row: Verification, case: Case) -> bool:
    """Not where the provider took it back and nobody has looked since."""
    doubted = row.provider in VENDOR_NAMES and any(told["code"] == TOOK_BACK for told in case.findings)
    return row.status == V.VERIFIED and not doubted


# ------------------------------------------------------------------------------------------------ a worker asks
def ask_vendor(*, verification_id: int, actor: Actor = SYSTEM) -> Taken | None:
    """Start the session at the provider or read it back, and act on it. None where it is not due, or another has it."""
    verification = sessions.claim(verification_id, now=timezone.now())
    if verification is None:
        return None
    try:
        if not verification.provider_reference:
            sessions.start_at_vendor(verification)
            return None
        result = sessions.result_of(verification)
    except NotFound as error:
        gone = Finding("vendor.gone", "The provider knows no such session any more.", Says.MISSING)
        with transaction.atomic():
            _lock(verification)
            trouble = sessions.give_to_a_person(verification=verification, finding=gone, actor=actor)
            return _act(trouble, actor, str(error))
    except Unavailable as error:
        return _in_trouble(verification, error, actor)
    except Exception as error:  # an adapter's own fault: a person must know, and so must the log
        _in_trouble(verification, Unavailable(f"What came back could not be read ({type(error).__name__})."), actor)
        raise
    with transaction.atomic():
        _lock(verification)
        return _act(sessions.take_result(verification=verification, result=result, actor=actor), actor)


def _in_trouble(verification: Verification, error: Unavailable, actor: Actor) -> Taken:
    with transaction.atomic():
        _lock(verification)
        return _act(sessions.note_trouble(verification=verification, error=error, actor=actor), actor)


def _lock(verification: Verification) -> None:
    """The customer first, as on every step of the road."""
    Customer.objects.select_for_update().get(pk=verification.customer_id)


def _act(taken: Taken, actor: Actor, why: str = "") -> Taken:
    """The case, the letter or the next step that a result calls for."""
    verification, status = taken.verification, V(taken.verification.status)
    if taken.unreachable:
        _to_a_person(verification, f"{verification.provider} cannot be asked: the identity is unknown.", actor)
    if taken.took_back:
        told = Finding(TOOK_BACK, "The provider now says otherwise of a session that it had verified.")
        _to_a_person(verification, "The provider took back a verification.", actor, told)
    if not taken.moved and not taken.failed:
        return taken
    look_for_others(customer=verification.customer, actor=actor)  # what was read may be somebody else's too
    if status is V.REVIEW:
        _to_a_person(verification, _summary(verification), actor)
    if status is V.REQUIRES_INPUT and taken.failed:
        tell_members(customer=verification.customer, template="identity_again", items=words_of_items(verification))
    if status in (V.EXPIRED, V.CANCELED):
        tell_members(customer=verification.customer, template="identity_again", items=[])
    if status in SETTLED and not is_open(verification.customer):
        identity_settled(customer=verification.customer)
    return taken


def _summary(verification: Verification) -> str:
    if verification.locked_at is not None:
        return "Attempts at the identity check are used up: a person decides."
    return "The provider's result waits for a person."


def _to_a_person(verification: Verification, summary: str, actor: Actor, *more: Finding) -> None:
    findings = [Finding.from_json(row) for row in verification.findings]
    worth = [finding for finding in findings if finding.says is Says.DISAGREE or _is_a_gap(finding)]
    customer = verification.customer
    if customer.is_person and not _has_document(customer):  # the form asked for none, as a provider was to read it
        sentence = "No picture of an identity document is on file here. Ask the customer for one."
        worth.append(Finding("identity.no_document", sentence, Says.MISSING))
    open_case(
        customer=customer,
        type=CaseType.IDENTITY,
        summary=summary[:300],
        findings=[*worth, *more],
        actor=actor,
    )


def _has_document(customer: Customer) -> bool:
    return customer.document_set.standing().filter(party=None, kind__in=IDENTITY_DOCUMENTS).exists()


def _is_a_gap(finding: Finding) -> bool:
    """Something that should be there and is not; a document that names no nationality or sex is none."""
    return finding.says is Says.MISSING and finding.code not in MAY_BE_MISSING


MAY_BE_MISSING = frozenset({"vendor.nationality", "vendor.sex", "vendor.document_number"})


# ------------------------------------------------------------------------------------------------ for the customer
class Turn(StrEnum):
    """Whose turn it is in the identity check."""

    NOBODY = "nobody"  # there is none, or it is settled
    PREPARED = "prepared"  # a worker is starting it
    CUSTOMER = "customer"
    CUSTOMER_ANEW = "customer_anew"  # a new session is needed first
    PROVIDER = "provider"  # it looks, or our own reader does
    STAFF = "staff"


def pictures_to_take_again(customer: Customer) -> list[Document]:
    """Those that our reader could not use, while the check that they were sent for is open and nothing came instead.

    A card has two sides of one kind: only what was sent after the form was handed in stands for another picture.
    """
    ours = customer.verification_set.filter(party=None, status__in=OPEN, provider__in=(STAFF_REVIEW, EMBEDDED))
    if customer.status != CustomerStatus.VERIFYING or not ours.exists():
        return []
    sent = list(customer.document_set.standing().filter(party=None).order_by("id"))
    late = [row for row in sent if customer.submitted_at is None or row.uploaded_at > customer.submitted_at]
    return [
        row for row in sent if row.retake and not any(other.kind == row.kind and other.pk > row.pk for other in late)
    ]


@dataclass(frozen=True, slots=True)
class Again:
    """One item to send once more, in words for the customer."""

    item: str
    title: str
    why: str
    attempt: int
    most: int

    @property
    def left(self) -> int:
        return max(self.most - self.attempt, 0)


@dataclass(frozen=True, slots=True)
class IdentityTurn:
    turn: Turn
    verification: Verification | None
    again: tuple[Again, ...] = ()


def turn_of(customer: Customer) -> IdentityTurn:
    """Of the customer's own check with a provider; a check by staff is theirs throughout."""
    if customer.status != CustomerStatus.VERIFYING:
        return IdentityTurn(Turn.NOBODY, None)
    row = customer.verification_set.filter(party=None).order_by("-id").first()
    if row is None:
        return IdentityTurn(Turn.NOBODY, None)
    if row.provider not in VENDOR_NAMES and row.status == V.PROCESSING:  # our own reader is at it
        return IdentityTurn(Turn.PROVIDER, row)
    if row.provider not in VENDOR_NAMES or row.locked_at is not None or row.status == V.REVIEW:
        return IdentityTurn(Turn.STAFF if row.status in OPEN else Turn.NOBODY, row)
    again = tuple(items_again(row))
    match V(row.status):
        case V.REQUIRES_INPUT if not row.same_session:
            return IdentityTurn(Turn.CUSTOMER_ANEW, row, again)
        case V.REQUIRES_INPUT:
            return IdentityTurn(Turn.CUSTOMER if row.provider_reference else Turn.PREPARED, row, again)
        case V.PROCESSING:
            return IdentityTurn(Turn.PROVIDER, row)
        case V.EXPIRED | V.CANCELED:
            return IdentityTurn(Turn.CUSTOMER_ANEW, row, again)
    return IdentityTurn(Turn.NOBODY, row)


def items_again(verification: Verification) -> list[Again]:
    """What is to be sent once more, and why."""
    rows = sessions.failures_of(verification).filter(closed_at=None).order_by("id")
    return [again_of(row) for row in rows]


def again_of(row: FailedItem) -> Again:
    return Again(
        item=row.item,
        title=ITEM_WORDS[Item(row.item)],
        why=REASONS[row.reason].public,
        attempt=row.attempt,
        most=CURRENT.most_attempts,
    )


def words_of_items(verification: Verification) -> list[str]:
    return [f"{again.title}: {again.why}" for again in items_again(verification)]


def go_on(*, customer: Customer, actor: Actor) -> HostedLink | None:
    """Where the customer goes for the check; None where a person looks from now on. Raises Unavailable, ForbiddenMove.

    A session that is over is followed by a new one, with whom the policy names now; so is one whose customer has
    taken back the consent to biometrics.
    """
    verification = _session_to_go_to(customer, actor)
    if verification.provider not in VENDOR_NAMES:
        return None
    return sessions.link_of(sessions.start_at_vendor(verification))


@transaction.atomic
def _session_to_go_to(customer: Customer, actor: Actor) -> Verification:
    locked = Customer.objects.select_for_update().get(pk=customer.pk)
    found = turn_of(locked)
    if found.verification is None or found.turn not in (Turn.PREPARED, Turn.CUSTOMER, Turn.CUSTOMER_ANEW):
        raise ForbiddenMove("There is nothing to do for you in the identity check now.", customer=customer.public_id)
    consented = consent_given(locked, Consent.Kind.BIOMETRICS) is True
    if consented and found.turn is not Turn.CUSTOMER_ANEW:
        return found.verification
    if found.verification.status in OPEN:
        sessions.end_session(verification=found.verification, actor=actor, reason="A new session follows.")
    return begin(customer=locked, actor=actor)


@transaction.atomic
def came_back(*, customer: Customer) -> None:
    """The customer returned from the provider's page. What the address says is not believed: it is read back."""
    rows = customer.verification_set.filter(party=None, status__in=OPEN, provider__in=VENDOR_NAMES)
    for row in rows.exclude(read_at__gt=timezone.now() - JUST_READ):
        sessions.ask_soon(verification=row)


# ------------------------------------------------------------------------------------------------ for staff
@transaction.atomic
def type_zone(*, verification: Verification, text: str, actor: User) -> Verification:
    """A person read the zone; whoever else has that document is looked for. Raises as `enter_mrz` does."""
    _lock(verification)
    row = enter_mrz(verification=verification, text=text, actor=actor)
    look_for_others(customer=row.customer, actor=actor)
    return row


@transaction.atomic
def take_over(*, customer: Customer, actor: User, reason: str) -> Verification:
    """A person looks instead of the provider: its session is ended, and one for staff begun."""
    if not actor.may(Permission.WORK_CASES):
        raise NotAllowed("Your role may not verify identities.", permission=Permission.WORK_CASES)
    locked = Customer.objects.select_for_update().get(pk=customer.pk)
    for row in locked.verification_set.filter(party=None, status__in=OPEN, provider__in=VENDOR_NAMES):
        sessions.end_session(verification=row, actor=actor, reason=reason)
    verification = start_verification(customer=locked, actor=actor)
    summary = "Taken over from the provider: a person looks."
    open_case(customer=locked, type=CaseType.IDENTITY, summary=summary, actor=actor)
    return verification
