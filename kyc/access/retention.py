"""What the gate's own record forgets in time."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from kyc.access.models import AccessDecision
from kyc.geo.services import MOST_LET_GO, needs_addresses, over_before, without_addresses


def let_go_of_answers(*, now: datetime) -> int:
    """Forget the full addresses of answers whose days are over, as the ledger of locations does; returns how many.

    The answer with its reasons stays, and so does the country.
    """
    over = AccessDecision.objects.exclude(ip=None).filter(
        Q(legal=False, at__lt=over_before(now, legal=False)) | Q(legal=True, at__lt=over_before(now, legal=True))
    )
    rows = list(over.exclude(customer__in=needs_addresses()).order_by("pk")[:MOST_LET_GO])
    for row in rows:
        row.ip, row.findings = None, without_addresses(row.findings)
    AccessDecision.objects.bulk_update(rows, ["ip", "findings"], batch_size=500)
    return len(rows)
