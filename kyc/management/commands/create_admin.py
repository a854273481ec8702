"""The first compliance head of a new installation; everybody else is invited from the console."""

from __future__ import annotations

import getpass
import os
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.roles import Role
from accounts.services import create_staff
from kyc.audit.services import System
from kyc.errors import ClearanceError


class Command(BaseCommand):
    help = "Create the first compliance head. The password is asked for, or read from CLEARANCE_ADMIN_PASSWORD."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        password = os.environ.get("CLEARANCE_ADMIN_PASSWORD") or getpass.getpass("Password: ")
        try:
            validate_password(password, User(email=options["email"], name=options["name"]))
            user = create_staff(
                email=options["email"],
                name=options["name"],
                role=Role.COMPLIANCE_HEAD,
                password=password,
                actor=System("create_admin"),
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except ClearanceError as error:
            raise CommandError(error.sentence) from error
        self.stdout.write(f"{user.email} is compliance head. Sign in at /console/ and set up a second factor.")
