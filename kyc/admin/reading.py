"""What a customer's file shows: the reads that the case page and the customer page share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from django.db.models import Q

from accounts.models import User
from accounts.roles import Permission
from kyc.access.states import AccessTier, effective_tier
from kyc.admin.ownership import ownership_panel
from kyc.admin.timeline import timeline_of
from kyc.approvals.models import Proposal
from kyc.approvals.states import Action, ProposalStatus
from kyc.cases.models import InformationRequest
from kyc.customers.models import Customer
from kyc.customers.queries import current_attestations, current_use, living_parties, path_to
from kyc.decisions.models import Decision
from kyc.findings import Finding
from kyc.identity.models import FailedItem, VendorEvent, Verification
from kyc.identity.rules import Source
from kyc.identity.sessions import VENDOR_NAMES
from kyc.identity.states import OPEN
from kyc.identity.vendors.registry import NAMES
from kyc.policy.countries import country_name
from kyc.policy.reasons import REASONS
from kyc.screening.models import Hit, PolicyTrial
from kyc.watchlists.models import Edition

MOST_SIGHTINGS = 12
MOST_SCREENINGS = 6


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal, and what this reader may do with it."""

    proposal: Proposal
    subject: str
    words: str  # what will be done, in one line
    is_mine: bool
    may_settle: bool
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """One fact of a document beside what the customer declared."""

    fact: str
    declared: str
    read: str
    finding: Finding | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a commercial provider said when it was asked, and what led to asking; as it was stored."""

    name: str
    told: str
    error: str
    read_at: datetime | None
    checks: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    failed: tuple[FailedItem, ...]
    events: tuple[VendorEvent, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    verification: Verification
    who: str
    rows: tuple[Compared, ...]
    notes: tuple[Finding, ...]
    evidence: Evidence | None = None


def customer_file(customer: Customer, user: User) -> dict[str, Any]:
    """Everything the file shows, in some thirty queries whatever the customer's age."""
    hits = list(customer.hit_set.select_related("group", "settled_by").order_by("-score", "id"))
    holds = list(customer.hold_set.select_related("placed_by", "lifted_by").order_by("-placed_at"))
    standing = [hold for hold in holds if hold.lifted_at is None]
    risk = customer.riskassessment_set.order_by("-at", "-id").first()
    return {
        "customer": customer,
        "other_names": list(customer.othername_set.order_by("id")),
        "addresses": list(customer.address_set.order_by("id")),
        "identifiers": list(customer.identifier_set.select_related("party").order_by("id")),
        "parties": [(party, path_to(customer, party)) for party in living_parties(customer)],
        "members": list(customer.member_set.filter(removed_at=None).select_related("user")),
        "accounts": list(customer.provideraccount_set.order_by("id")),
        "use": current_use(customer),
        "attestations": list(current_attestations(customer).values()),
        "consents": list(customer.consent_set.order_by("-id")),
        "risk": risk,
        "risk_findings": [Finding.from_json(row) for row in risk.findings] if risk else [],
        "checked": checks_of(customer),
        "open_verifications": OPEN,
        "documents": list(customer.document_set.select_related("party").order_by("-uploaded_at")),
        "holds": [*standing, *(hold for hold in holds if hold.lifted_at is not None)],
        "effective": effective_tier(AccessTier(customer.tier), (AccessTier(hold.tier) for hold in standing)),
        "hits": hits,
        "open_hits": [hit for hit in hits if hit.status in ("pending", "inconclusive")],
        "screenings": list(customer.screening_set.select_related("run").order_by("-finished_at")[:MOST_SCREENINGS]),
        "sightings": list(customer.sightings.order_by("-last_seen_at")[:MOST_SIGHTINGS]),
        "ways": list(customer.wayout_set.filter(status="open").select_related("asked_by").order_by("id")),
        "decisions": decisions_of(customer),
        "cases": list(customer.case_set.select_related("assignee").order_by("-opened_at")),
        "requests": list(
            InformationRequest.objects.filter(customer=customer)
            .prefetch_related("items__document")
            .order_by("-asked_at")
        ),
        "appeals": list(customer.appeal_set.order_by("-filed_at")),
        "waiting": waiting_of(customer, hits, user),
        "timeline": timeline_of(customer),
    } | ownership_panel(customer)


def decisions_of(customer: Customer) -> list[Decision]:
    rows = customer.decision_set.select_related("proposal__proposed_by", "proposal__settled_by")
    return list(rows.order_by("-at", "-id"))


def waiting_of(customer: Customer, hits: Sequence[Hit], user: User) -> list[Waiting]:
    """Open proposals on the customer, their hits, holds and cases."""
    ids = [customer.public_id, *(hit.public_id for hit in hits)]
    ids += customer.hold_set.values_list("public_id", flat=True)
    ids += customer.case_set.values_list("public_id", flat=True)
    ids += customer.appeal_set.values_list("public_id", flat=True)
    rows = Proposal.objects.filter(Q(subject_id__in=ids), status=ProposalStatus.PROPOSED)
    return [waiting(row, user) for row in rows.select_related("proposed_by", "settled_by").order_by("proposed_at")]


def waiting(proposal: Proposal, user: User) -> Waiting:
    mine = proposal.proposed_by_id == user.pk
    is_open = proposal.status == ProposalStatus.PROPOSED
    return Waiting(
        proposal=proposal,
        subject=subject_of(proposal),
        words=words_of(proposal),
        is_mine=mine,
        may_settle=is_open and not mine and user.may(Permission.CONFIRM),
        labels=tuple(REASONS[code].label if code in REASONS else code for code in proposal.reason_codes),
    )


def words_of(proposal: Proposal) -> str:
    """What will be done if a second person agrees."""
    payload = proposal.payload
    outcome = str(payload.get("outcome") or payload.get("status") or "").replace("_", " ")
    match proposal.action:
        case Action.DECIDE_CUSTOMER:
            tier = payload.get("tier") or ""
            return f"Decide: {outcome}" + (f", access “{tier}”" if tier else "")
        case Action.SETTLE_HIT:
            return f"Settle the hit as {outcome}"
        case Action.LIFT_HOLD:
            return "Lift the hold"
        case Action.ACTIVATE_EDITION:
            return "Activate the edition"
        case Action.SET_RANGE | Action.CORRECT_LOCATION if "end" in payload:
            return f"End what stands on {payload['cidr']}"
        case Action.SET_RANGE:
            whom = f" to {payload['customer']}" if payload["customer"] else " for everybody"
            return f"{payload['effect'].capitalize()} {payload['cidr']}{whom}, {payload['days']} days"
        case Action.CORRECT_LOCATION:
            place = payload["region"] or country_name(payload["country"])
            return f"Place {payload['cidr']} in {place}, {payload['days']} days"
        case Action.PUBLISH_POLICY:
            numbers = ", ".join(f"{name} {value:g}" for name, value in payload.get("overrides", {}).items())
            return f"Publish the matching policy: {numbers or 'the program’s own numbers'}"
        case Action.SETTLE_APPEAL:
            return "Appeal: " + ("the decision stands" if payload.get("upheld") else "the decision is overturned")
    return str(proposal.get_action_display()).capitalize()


def subject_of(proposal: Proposal) -> str:
    """The name of what it is about; its id where it has no name."""
    match proposal.subject_kind:
        case "customer":
            found: Any = Customer.objects.filter(public_id=proposal.subject_id).first()
        case "hit":
            found = Hit.objects.filter(public_id=proposal.subject_id).first()
        case "edition":
            found = Edition.objects.filter(public_id=proposal.subject_id).select_related("watchlist").first()
        case "operatorrange" | "locationcorrection":
            return proposal.subject_id
        case "policytrial":
            found = PolicyTrial.objects.filter(public_id=proposal.subject_id).first()
        case _:
            found = None
    return str(found) if found else f"{proposal.subject_kind} {proposal.subject_id}"


def customer_of(proposal: Proposal) -> Customer | None:
    """Whose file the proposal belongs to; None for what belongs to no customer."""
    by_subject = {
        "customer": Q(public_id=proposal.subject_id),
        "hit": Q(hit__public_id=proposal.subject_id),
        "hold": Q(hold__public_id=proposal.subject_id),
        "case": Q(case__public_id=proposal.subject_id),
        "appeal": Q(appeal__public_id=proposal.subject_id),
    }.get(proposal.subject_kind)
    return Customer.objects.filter(by_subject).first() if by_subject is not None else None


def checks_of(customer: Customer) -> list[Checked]:
    rows = customer.verification_set.select_related("party", "reviewed_by").prefetch_related("documents")
    return [checked(row) for row in rows.order_by("-started_at", "-id")]


# field of the finding, what it is called, the declared facts, the facts that were read
COMPARED: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("name", "Name", ("legal_name",), ("given_names", "surname")),
    ("birth_date", "Birth date", ("birth_date",), ("birth_date",)),
    ("nationality", "Nationality", ("nationalities",), ("nationality",)),
    ("document_number", "Number", ("document_numbers",), ("document_number",)),
    ("sex", "Gender", ("gender",), ("sex",)),
    ("expiry", "Valid until", (), ("expires_on",)),
    ("issuer", "Issued by", (), ("issuing_state", "issuer")),
)


def checked(verification: Verification) -> Checked:
    """The declared and the read facts side by side, source by source, each with its finding as it was stored.

    Findings that belong beside no fact, or beside one that has its own, are notes: none is left out.
    """
    declared: dict[str, Any] = verification.declared or {}
    findings: dict[str, list[Finding]] = {}
    for row in verification.findings:  # several may have one code: documents that failed, a provider's readings
        findings.setdefault(row["code"], []).append(Finding.from_json(row))
    rows = []
    for source, behind, read in _read_by(verification):
        for field, title, ours, theirs in COMPARED:
            found = findings.get(f"{source}.{field}", [])
            if read and (found or any(read.get(name) for name in theirs)):
                ours_said = _said([declared.get(name) for name in ours])
                theirs_said = _said([read.get(name) for name in theirs])
                rows.append(Compared(title + behind, ours_said, theirs_said, found.pop(0) if found else None))
    return Checked(
        verification=verification,
        who=str(verification.party or verification.customer),
        rows=tuple(rows),
        notes=tuple(chain.from_iterable(findings.values())),
        evidence=_evidence(verification) if verification.provider in VENDOR_NAMES else None,
    )


def _evidence(verification: Verification) -> Evidence:
    read: dict[str, Any] = verification.read or {}
    facts = {name: _said(value) for name, value in (read.get("facts") or {}).items()}
    return Evidence(
        name=NAMES[verification.provider],
        told=read.get("status", ""),
        error=read.get("error", ""),
        read_at=verification.read_at,
        checks=tuple((read.get("checks") or {}).items()),
        facts=tuple((name, said) for name, said in facts.items() if said),
        failed=tuple(verification.failed_items.order_by("id")),
        events=tuple(verification.events.order_by("received_at")),
    )


def _read_by(verification: Verification) -> list[tuple[Source, str, dict[str, Any]]]:
    """(source, what is put behind a fact's name, what it read) for each reading of the evidence."""
    held: dict[str, Any] = verification.read or {}
    if verification.provider in VENDOR_NAMES:
        return [(Source.VENDOR, "", (held.get("readings") or [{}])[0])]
    return [
        (Source.ZONE, "", held),
        (Source.BARCODE, ", barcode", held.get("barcode") or {}),
        (Source.PRINTED, ", printed", held.get("printed") or {}),
    ]


def _said(value: Any) -> str:
    """One value, or several with a space between; "" for nothing."""
    if isinstance(value, list):
        return " ".join(filter(None, map(_said, value)))
    return "" if value is None else str(value)
