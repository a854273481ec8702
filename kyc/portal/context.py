"""What every page of the portal may say: who the provider is, whether this is a demonstration."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse


def portal(request: HttpRequest) -> dict[str, Any]:
    return {
        "site_name": settings.SITE_NAME,
        "provider_name": settings.PROVIDER_NAME,
        "demonstration": settings.DEMO,
        "sessions_url": _sessions_url(),
    }


def _sessions_url() -> str:
    """The list of one's sessions, or "" where allauth.usersessions is not installed."""
    try:
        return reverse("usersessions_list")
    except NoReverseMatch:
        return ""
