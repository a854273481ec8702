"""Take from the product's database role the right to rewrite what is append-only. Run by the owner role."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

APPEND_ONLY: list[str] = import_module("kyc.migrations.0002_guards").APPEND_ONLY


class Command(BaseCommand):
    help = "Revoke UPDATE, DELETE and TRUNCATE on the append-only tables from the product's role."

    def handle(self, *args: Any, **options: Any) -> None:
        role = connection.ops.quote_name(settings.PRODUCT_ROLE)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname = %s", [settings.PRODUCT_ROLE])
            if cursor.fetchone() == (0,):
                raise CommandError(f"There is no database role {settings.PRODUCT_ROLE} (CLEARANCE_PRODUCT_ROLE).")
            cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")
            cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}")
            for table in APPEND_ONLY:
                cursor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}, PUBLIC")
        self.stdout.write(f"The role {settings.PRODUCT_ROLE} may add to, and not rewrite, {', '.join(APPEND_ONLY)}.")
