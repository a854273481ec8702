"""Every error as application/problem+json (RFC 9457) with a stable `code`."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from kyc.api.problems import PROBLEM, problem_body
from kyc.errors import ClearanceError


def problem(*, status: int, code: str, detail: str, **more: Any) -> Response:
    body = problem_body(status=status, code=code, detail=detail, **more)
    return Response(body, status=status, content_type=PROBLEM)


def present(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. None (a 500) only for what is no error of ours or of the caller's."""
    match error:
        case ClearanceError():
            return problem(status=error.status, code=error.code, detail=error.sentence)
        case Http404():
            return problem(status=404, code="not_found", detail="There is no such thing, or not for you.")
        case PermissionDenied():
            return problem(status=403, code="not_allowed", detail="You may not do this.")
        case exceptions.ValidationError():
            detail = "Some fields are missing or wrong."
            return problem(status=422, code="invalid", detail=detail, fields=error.detail)
        case exceptions.APIException():
            response = problem(status=error.status_code, code=error.default_code, detail=str(error.detail))
            if wait := getattr(error, "wait", None):
                response["Retry-After"] = str(int(wait))
            if header := getattr(error, "auth_header", None):
                response["WWW-Authenticate"] = header
            return response
    return None
