"""A key may do what its scopes say; each view names the scope for each method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import ApiKey

if TYPE_CHECKING:  # rest_framework.views itself reads the settings that name this module
    from rest_framework.views import APIView


class HasScope(BasePermission):
    """A view has `scopes = {"GET": Scope.CUSTOMERS_READ, …}`; a method it does not name is refused."""

    message = "This key does not have the scope for that."

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.auth, ApiKey):
            return False
        wanted = getattr(view, "scopes", {}).get(request.method)
        return wanted is not None and wanted in request.auth.scopes
