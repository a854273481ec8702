"""The demonstration: catalogue, licence terms, staff, the sample list, an invented provider's customer file.

Through the same verbs and workers as everything: the customers are imported, screened and held like real ones.

Safe to run twice. Refused outside the demonstration. Logins are written to DATA/demo-logins.json for `run`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

import kyc.demonstration
from accounts.models import User
from accounts.roles import Role
from accounts.services import create_staff
from kyc.audit.services import System
from kyc.catalogue.services import load_catalogue
from kyc.dispatch import after_commit
from kyc.imports.models import ImportBatch
from kyc.imports.services import start_import, store_upload
from kyc.watchlists.models import Edition
from kyc.watchlists.services import load_bundled
from kyc.worlds import World

ACTOR = System("seed_demo")
SAMPLE, OFFICIAL = "sample", "us-csl"
CUSTOMERS = Path(kyc.demonstration.__file__).with_name("customers.csv")
PASSWORD = "clearance-demo-2026"
STAFF = (
    ("analyst@demo.example", "Ada Analyst", Role.ANALYST),
    ("senior@demo.example", "Sam Senior", Role.SENIOR_ANALYST),
    ("head@demo.example", "Hana Head", Role.COMPLIANCE_HEAD),
    ("auditor@demo.example", "Otto Auditor", Role.AUDITOR),
    ("lists@demo.example", "Lina Lists", Role.LIST_MANAGER),
)


class Command(BaseCommand):
    help = "Set up the demonstration once: catalogue, staff logins, the bundled sample list, ten invented customers."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demonstration is not for a real installation (CLEARANCE_DEMO is not set).")
        load_catalogue(actor=ACTOR)
        for email, name, role in STAFF:
            if not User.objects.filter(email=email).exists():
                user = create_staff(email=email, name=name, role=role, password=PASSWORD, actor=ACTOR)
                EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        if not Edition.objects.active().exists():
            load_bundled(source=SAMPLE, actor=ACTOR)
            # where the network lets it the official list joins the sample; the start never waits for it
            after_commit("kyc.refresh_list", source=OFFICIAL)
        if not ImportBatch.objects.filter(filename=CUSTOMERS.name).exists():
            batch = store_upload(filename=CUSTOMERS.name, content=CUSTOMERS.read_bytes(), world=World.TEST, actor=ACTOR)
            start_import(batch=batch, actor=ACTOR)
        logins = [{"email": email, "password": PASSWORD, "role": role.replace("_", " ")} for email, _, role in STAFF]
        Path(settings.DATA, "demo-logins.json").write_text(json.dumps(logins, indent=1), encoding="utf-8")
        self.stdout.write("The demonstration is set up: catalogue, staff, the SAMPLE list, customers on their way.")
