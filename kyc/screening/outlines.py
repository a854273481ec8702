"""Customers' outlines: written with the screening that read their names, read when an edition's changes pass by."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from django.db import connection
from django.db.models import F

from kyc.customers.models import Customer
from kyc.matching.outlines import READER, outline_of
from kyc.matching.types import Party
from kyc.screening.models import Outline
from kyc.vault.keys import keyring

DENSE = 3  # ids to a customer
# Who screens with older facts, or at the same time, does not write over what is newer.
_KEEP = """
INSERT INTO kyc_outline AS kept (customer_id, facts_version, reader, text)
SELECT customer_id, facts_version, %s, text
FROM unnest(%s::bigint[], %s::int[], %s::text[]) AS seen (customer_id, facts_version, text)
ON CONFLICT (customer_id) DO UPDATE
SET facts_version = excluded.facts_version, reader = excluded.reader, text = excluded.text
WHERE kept.facts_version < excluded.facts_version
   OR (kept.facts_version = excluded.facts_version AND kept.reader <> excluded.reader)
"""


def keep_outlines(seen: Sequence[tuple[Customer, Sequence[Party]]]) -> None:
    """Write the outlines of customers that have none of these facts yet. `seen`: each with all its parties.

    Whoever holds a party without a name has no outline, and is looked at closely each time.
    """
    kept = dict(
        Outline.objects.filter(customer__in=[customer.pk for customer, _ in seen], reader=in_use()).values_list(
            "customer", "facts_version"
        )
    )
    rows = [
        (customer.pk, customer.facts_version, outline_of(parties, number_mark))
        for customer, parties in seen
        if kept.get(customer.pk, -1) < customer.facts_version and all(party.names for party in parties)
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, [in_use(), *(list(column) for column in zip(*sorted(rows), strict=True))])


def kept_outlines(customer_ids: Sequence[int]) -> list[tuple[int, str]]:
    """(customer, outline) of those among them, in order, whose outline is of the facts they have now."""
    first, last = customer_ids[0], customer_ids[-1]
    # a range is quicker to read than a list, where few others stand between
    dense = last - first < DENSE * len(customer_ids)
    within = {"customer__gte": first, "customer__lte": last} if dense else {"customer__in": customer_ids}
    rows = Outline.objects.filter(**within, reader=in_use(), facts_version=F("customer__facts_version"))
    return list(rows.values_list("customer", "text"))


def number_mark(found: int) -> str:
    """The mark of a number's hash: without the key nobody can try numbers against it."""
    return hmac.digest(keyring().derive("outline"), found.to_bytes(8, "big"), hashlib.sha256)[:6].hex()


def in_use() -> str:
    """Changes with the reader of names and with the key of the marks: outlines of another are not believed."""
    return hashlib.sha256(f"{READER} {number_mark(0)}".encode()).hexdigest()[:16]
