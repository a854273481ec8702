"""Reads of identity that are worth a name."""

from __future__ import annotations

from kyc.customers.models import Customer
from kyc.customers.queries import marks_elsewhere
from kyc.findings import Finding
from kyc.identity.sharing import OtherUse, shared_findings

MARK_LETTERS = 12  # of a digest's 64: enough to tell a customer's few documents apart


def shared_with_others(customer: Customer) -> tuple[Finding, ...]:
    """What this customer shares with others, and what the policy makes of it; each other once for each thing.

    Of several people of another customer who have it, the one counts who came to it closest in time.
    """
    uses: dict[tuple[str, str, str], OtherUse] = {}
    for ours, theirs in marks_elsewhere(customer):
        use = OtherUse(
            what=ours.kind,
            mark=ours.index[:MARK_LETTERS],
            kind=customer.kind,
            ours_since=ours.made_at,
            other=theirs.customer.public_id,
            other_kind=theirs.customer.kind,
            other_status=theirs.customer.status,
            theirs_since=theirs.made_at,
            read=ours.read or theirs.read,
        )
        key = (use.what, use.mark, use.other)
        uses[key] = min(uses.get(key, use), use, key=lambda known: known.apart)
    return shared_findings(uses.values())
