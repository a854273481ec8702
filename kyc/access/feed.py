"""The accounts that may use nothing, with a cursor: gateways keep the set and fail closed when we are down.

Without a cursor the whole set is given, page by page; then only what changed. The cursor names the database's
transactions, as the gate's memory does (kyc/access/memory.py), so no change is missed between two readings.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from kyc.access.models import AccessChange
from kyc.access.rules import KEEPS_TIER
from kyc.errors import BadInput, Gone
from kyc.worlds import World

PAGE = 1_000
# How long changes are kept for feeds; a cursor that is older begins anew.
KEEP_CHANGES = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Entry:
    account: str
    denied: bool


@dataclass(frozen=True, slots=True)
class Page:
    """`more`: the next page is there already; otherwise ask with `cursor` again when you like."""

    entries: tuple[Entry, ...]
    cursor: str
    more: bool


def read_feed(*, world: World, cursor: str) -> Page:
    """Raises BadInput for a cursor that is none, Gone for one that is too old."""
    with transaction.atomic(), connection.cursor() as sql:
        if not cursor:
            sql.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            return _whole(world, since=sql.fetchone()[0], after=0)
        kind, since, after = _parse(cursor)
        if kind == "all":
            return _whole(world, since=since, after=after)
        return _changes(world, since=since, after=after)


def forget_changes(*, now: datetime) -> int:
    """Delete changes no reader needs any more; how many.

    The last of them stays: it tells a reader whose cursor is older that something is gone.
    """
    old = AccessChange.objects.filter(at__lt=now - KEEP_CHANGES)
    last = old.order_by("-xid", "-id").first()
    return old.exclude(pk=last.pk).delete()[0] if last else 0


def _parse(cursor: str) -> tuple[str, int, int]:
    kind, *numbers = cursor.split(".")
    if kind not in ("all", "new") or len(numbers) != 2 or not all(n.isascii() and n.isdigit() for n in numbers):
        raise BadInput("This is no cursor of the feed.", cursor=cursor[:60])
    since, after = (int(number) for number in numbers)
    if max(since, after) >= 2**63:
        raise BadInput("This is no cursor of the feed.", cursor=cursor[:60])
    return kind, since, after


# Denied whatever is asked: the account is closed, nothing is granted, or a standing hold leaves nothing.
_DENIED = """
(a.closed_at IS NOT NULL OR c.tier = 'none' OR NOT c.status = ANY(%(keeps)s) OR EXISTS (
    SELECT 1 FROM kyc_hold h WHERE h.customer_id = c.id AND h.lifted_at IS NULL AND h.tier = 'none'))
"""
_WHOLE = f"""
SELECT a.id, a.account_id, true FROM kyc_provideraccount a JOIN kyc_customer c ON c.id = a.customer_id
WHERE a.world = %(world)s AND a.id > %(after)s AND {_DENIED} ORDER BY a.id LIMIT %(most)s
"""
_CHANGED = f"""
SELECT a.id, a.account_id, {_DENIED} FROM kyc_provideraccount a JOIN kyc_customer c ON c.id = a.customer_id
WHERE a.world = %(world)s AND a.id > %(after)s AND a.customer_id IN (
    SELECT customer_pk FROM kyc_accesschange WHERE xid >= %(since)s AND what = 'customer')
ORDER BY a.id LIMIT %(most)s
"""


def _whole(world: World, *, since: int, after: int) -> Page:
    rows = _rows(_WHOLE, world, after=after)
    if len(rows) == PAGE:
        return Page(_entries(rows), f"all.{since}.{rows[-1][0]}", True)
    # what changed while the pages were read follows as changes
    return Page(_entries(rows), f"new.{since}.0", False)


def _changes(world: World, *, since: int, after: int) -> Page:
    with connection.cursor() as sql:
        sql.execute(
            "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint,"
            " (SELECT max(xid) FROM kyc_accesschange WHERE at < now() - %s)",
            [KEEP_CHANGES],
        )
        open_since, too_old = sql.fetchone()
    if too_old is not None and since <= too_old:
        raise Gone("This cursor is too old; read the whole feed again.")
    rows = _rows(_CHANGED, world, after=after, since=since)
    if len(rows) == PAGE:
        return Page(_entries(rows), f"new.{since}.{rows[-1][0]}", True)
    return Page(_entries(rows), f"new.{open_since}.0", False)


def _rows(query: str, world: World, *, after: int, since: int = 0) -> list[tuple[int, str, bool]]:
    asked = {
        "world": world.value,
        "after": after,
        "since": since,
        "most": PAGE,
        "keeps": [status.value for status in KEEPS_TIER],
    }
    with connection.cursor() as sql:
        sql.execute(query, asked)
        return sql.fetchall()


def _entries(rows: list[tuple[int, str, bool]]) -> tuple[Entry, ...]:
    return tuple(Entry(account, denied) for _, account, denied in rows)
