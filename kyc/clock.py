"""The database's clock: the one that all machines share, for times that are compared with each other's."""

from __future__ import annotations

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """When this statement began. Machines' own clocks may differ by hours; what followed what must not rest on them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now
