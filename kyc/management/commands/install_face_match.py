"""Install the option that compares the face on a document with a selfie."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kyc.documents.face_match import install
from kyc.errors import Unavailable


class Command(BaseCommand):
    help = "Install dlib and its two models, pinned and checked, so that faces can be compared (docs/identity.md)."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            install(settings.FACE_MATCH, say=self._say)
        except (Unavailable, OSError) as error:
            sentence = getattr(error, "sentence", "") or str(error)
            raise CommandError(f"Faces can still not be compared here. {sentence}") from error

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
