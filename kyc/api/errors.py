"""Every error as application/problem+json (RFC 9457) with a stable `code`."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from kyc.errors import ClearanceError

PROBLEM = "application/problem+json"


def problem_body(*, status: int, code: str, detail: str, **more: Any) -> dict[str, Any]:
    body = {"type": f"urn:clearance:{code}", "title": code.replace("_", " "), "status": status}
    return body | {"code": code, "detail": detail} | more


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


def nothing_here(request: HttpRequest) -> JsonResponse:
    """An address below /api/v1/ that does not exist: a program asks, so it is told as a program."""
    body = problem_body(status=404, code="not_found", detail="The API has no such address.")
    return JsonResponse(body, status=404, content_type=PROBLEM)
