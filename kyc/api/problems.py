"""What an error looks like to a program: application/problem+json (RFC 9457). Free of REST framework."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse

PROBLEM = "application/problem+json"


def problem_body(*, status: int, code: str, detail: str, **more: Any) -> dict[str, Any]:
    body = {"type": f"urn:clearance:{code}", "title": code.replace("_", " "), "status": status}
    return body | {"code": code, "detail": detail} | more


def nothing_here(request: HttpRequest) -> JsonResponse:
    """An address below /api/v1/ that does not exist: a program asks, so it is told as a program."""
    body = problem_body(status=404, code="not_found", detail="The API has no such address.")
    return JsonResponse(body, status=404, content_type=PROBLEM)
