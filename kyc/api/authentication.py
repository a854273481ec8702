"""`Authorization: Bearer clr_live_…`: the key names the client, the world and what it may do."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import ApiClient, ApiKey
from accounts.services import find_key, note_use


class ApiKeyAuthentication(BaseAuthentication):
    """`request.user` is the ApiClient, `request.auth` the ApiKey."""

    def authenticate(self, request: Request) -> tuple[ApiClient, ApiKey] | None:
        scheme, _, text = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        key = find_key(text.strip())
        if key is None:
            raise AuthenticationFailed("This key is unknown, expired or revoked.")
        note_use(key, timezone.now())
        return key.client, key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="clearance"'


class ApiKeyScheme(OpenApiAuthenticationExtension):
    target_class = ApiKeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "clr_<world>_<id>_<secret>"}
