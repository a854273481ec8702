"""Prove the audit trail: exits 1 and names each row that was changed, removed, inserted or cut off."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from kyc.audit.models import AuditLink, AuditRow
from kyc.audit.queries import find_problems
from kyc.audit.services import seal_rows


class Command(BaseCommand):
    help = "Seal what has committed, then check every mark, link and signed head of the audit trail."

    def handle(self, *args: Any, **options: Any) -> None:
        while seal_rows():
            continue
        found = 0
        for problem in find_problems():
            found += 1
            self.stdout.write(f"{problem.fault}: {problem.where}: {problem.sentence}")
        rows, links = AuditRow.objects.count(), AuditLink.objects.count()
        if found:
            self.stdout.write(f"NOT WHOLE: {found} problems in {rows} rows, {links} links.")
            sys.exit(1)
        self.stdout.write(f"Whole: {rows} rows, {links} links, every head in place.")
