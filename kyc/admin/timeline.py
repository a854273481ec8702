"""Audit rows as lines that a person reads: who, what, when. Personal values stay closed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import ApiClient, User
from kyc.audit.models import ActorKind, AuditRow
from kyc.audit.verbs import Verb
from kyc.cases.models import Case
from kyc.customers.models import Customer

# what stands between the actor and the facts
SENTENCES: dict[Verb, str] = {
    Verb.SIGNED_UP: "signed up",
    Verb.SIGNED_IN: "signed in",
    Verb.STAFF_INVITED: "invited a colleague",
    Verb.STAFF_ROLE_SET: "set a staff role",
    Verb.STAFF_OFFBOARDED: "off-boarded a colleague",
    Verb.CLIENT_CREATED: "created an API client",
    Verb.KEY_ISSUED: "issued an API key",
    Verb.KEY_REVOKED: "revoked an API key",
    Verb.CUSTOMER_CREATED: "opened the file",
    Verb.CUSTOMER_CHANGED: "changed the profile",
    Verb.CUSTOMER_MOVED: "moved the customer",
    Verb.CUSTOMER_ERASED: "erased the customer",
    Verb.MEMBER_ADDED: "added a member",
    Verb.MEMBER_INVITED: "invited a member",
    Verb.MEMBER_REMOVED: "removed a member",
    Verb.ACCOUNT_LINKED: "linked an account",
    Verb.ACCOUNT_CLOSED: "closed an account",
    Verb.PARTY_INVITED: "invited a related party",
    Verb.ATTESTED: "attested to terms",
    Verb.CONSENTED: "answered on consent",
    Verb.USE_DECLARED: "declared the use",
    Verb.DOCUMENT_UPLOADED: "sent a document",
    Verb.DOCUMENT_VIEWED: "looked at a document",
    Verb.DOCUMENT_WITHDRAWN: "withdrew a document",
    Verb.DOCUMENT_JUDGED: "judged a document",
    Verb.VERIFICATION_STARTED: "started a verification",
    Verb.VERIFICATION_MOVED: "moved the verification",
    Verb.EDITION_LOADED: "loaded an edition",
    Verb.EDITION_HELD: "held an edition back",
    Verb.EDITION_ACTIVATED: "activated an edition",
    Verb.EDITION_REFUSED: "refused an edition",
    Verb.GROUP_SPLIT: "split a group of entries",
    Verb.GROUP_JOINED: "joined groups of entries",
    Verb.SCREENED: "screened",
    Verb.SCREENING_FAILED: "could not screen",
    Verb.HIT_FOUND: "found a hit",
    Verb.HIT_SETTLED: "settled a hit",
    Verb.HIT_SUPPRESSED: "kept a cleared hit quiet",
    Verb.CLEARANCE_REMEMBERED: "remembered a clearance",
    Verb.CLEARANCE_LAPSED: "let a clearance lapse",
    Verb.TRIAL_STARTED: "asked for a policy trial",
    Verb.TRIAL_FINISHED: "finished a policy trial",
    Verb.SELF_TEST_STARTED: "asked for a self-test",
    Verb.SELF_TEST_FINISHED: "finished a self-test",
    Verb.POLICY_PUBLISHED: "published a matching policy",
    Verb.RESCREENING_STARTED: "started a re-screening",
    Verb.RESCREENING_BATCH: "re-screened a batch",
    Verb.RESCREENING_MOVED: "moved a re-screening",
    Verb.COVERAGE_BEHIND: "found served customers behind:",
    Verb.RESCREENING_DISAGREED: "found what an earlier re-screening missed:",
    Verb.OWNERSHIP_EVALUATED: "asked the ownership tests",
    Verb.OWNERSHIP_IMPORTED: "read a file of owners",
    Verb.RISK_ASSESSED: "assessed the risk",
    Verb.CASE_OPENED: "opened a case",
    Verb.CASE_MOVED: "moved the case",
    Verb.CASE_ASSIGNED: "claimed or released the case",
    Verb.CASE_NOTED: "wrote a note",
    Verb.INFORMATION_REQUESTED: "asked the customer",
    Verb.INFORMATION_GIVEN: "answered our questions",
    Verb.APPEALED: "appealed",
    Verb.APPEAL_SETTLED: "settled the appeal",
    Verb.PROPOSED: "proposed",
    Verb.CONFIRMED: "confirmed as the second person",
    Verb.REFUSED: "refused as the second person",
    Verb.PROPOSAL_VOIDED: "voided a proposal",
    Verb.DECIDED: "decided",
    Verb.HOLD_PLACED: "placed a hold",
    Verb.HOLD_LIFTED: "lifted a hold",
    Verb.ACCESS_DENIED: "was denied access",
    Verb.ACCESS_BATCH: "recorded access decisions",
    Verb.RANGE_SET: "set an address range",
    Verb.RANGE_ENDED: "ended a range or a correction",
    Verb.PLACE_CORRECTED: "corrected a place",
    Verb.CHALLENGE_PASSED: "passed a challenge",
    Verb.WAY_OUT_ASKED: "asked for a way out of a challenge",
    Verb.WAY_OUT_REFUSED: "refused a way out of a challenge",
    Verb.ADDRESS_BLOCKED: "was refused by address",
    Verb.IMPORT_STARTED: "started an import",
    Verb.IMPORT_FINISHED: "finished an import",
    Verb.CATALOGUE_CHANGED: "changed the catalogue",
    Verb.NOTICE_SENT: "sent a letter",
    Verb.DATA_STALE: "found data too old",
    Verb.MANUAL_FIX: "repaired by hand",
}
# facts worth a word in the line, in this order
SHOWN = (
    "old",
    "new",
    "fields",
    "kind",
    "type",
    "outcome",
    "tier",
    "level",
    "status",
    "action",
    "codes",
    "role",
    "reason",
)
MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class Line:
    at: datetime
    who: str
    kind: str  # user, client, system
    what: str
    detail: str
    subject: str


def sentence_of(row: AuditRow) -> str:
    """The verb in words; a verb nobody has put into words yet is shown as it is stored."""
    return SENTENCES.get(Verb(row.verb), row.verb) if row.verb in set(Verb) else row.verb


def detail_of(facts: dict[str, Any]) -> str:
    """ "open → resolved; reason: …": the facts that are not personal, shortly."""
    said = []
    if facts.get("old") is not None and facts.get("new") is not None:
        said.append(f"{_plain(facts['old']) or 'none'} → {_plain(facts['new']) or 'none'}")
    for name in SHOWN:
        value = facts.get(name)
        if name in ("old", "new") or value in (None, "", [], {}):
            continue
        said.append(_plain(value) if name in ("kind", "type", "action", "outcome") else f"{name}: {_plain(value)}")
    return "; ".join(said)


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_plain(item) for item in value)
    text = str(value)
    # codes lose their underscores, sentences stay as they were written
    return text if " " in text else text.replace("_", " ")


def rows_of(customer: Customer) -> QuerySet[AuditRow]:
    """All that concerns the customer, newest first: rows under their key, and those on their own things."""
    cases = list(Case.objects.filter(customer=customer).values_list("public_id", flat=True))
    hits = list(customer.hit_set.values_list("public_id", flat=True))
    holds = list(customer.hold_set.values_list("public_id", flat=True))
    return AuditRow.objects.filter(
        Q(person=customer.public_id)
        | Q(
            subject_id__in=[customer.public_id, *cases, *hits, *holds],
            subject_kind__in=["customer", "case", "hit", "hold"],
        )
    ).order_by("-id")


def lines(rows: Iterable[AuditRow]) -> list[Line]:
    """Two queries for the names of all actors, whatever the number of rows."""
    rows = list(rows)
    users = {row.actor_id for row in rows if row.actor_kind == ActorKind.USER}
    clients = {row.actor_id for row in rows if row.actor_kind == ActorKind.CLIENT}
    names = {
        (ActorKind.USER, str(user.pk)): str(user)
        for user in User.objects.filter(pk__in=[u for u in users if u.isdigit()])
    } | {
        (ActorKind.CLIENT, client.public_id): client.name for client in ApiClient.objects.filter(public_id__in=clients)
    }
    return [
        Line(
            at=row.at,
            who=names.get((ActorKind(row.actor_kind), row.actor_id), row.actor_id or "system"),
            kind=row.actor_kind,
            what=sentence_of(row),
            detail=detail_of(row.facts),
            subject=f"{row.subject_kind} {row.subject_id}",
        )
        for row in rows
    ]


def timeline_of(customer: Customer) -> list[Line]:
    return lines(rows_of(customer)[:MOST_LINES])
