"""A bare Django view that reads JSON and answers JSON: nothing is asked, decided or written."""

from __future__ import annotations

import json

from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path


def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


def decisions(request: HttpRequest) -> JsonResponse:
    asked = json.loads(request.body)
    response = JsonResponse({"decision": "allow", "reasons": [], "model": asked["model"], "ttl": 60})
    response["Content-Length"] = str(len(response.content))  # or the server would send it in chunks
    return response


urlpatterns = [path("healthz", healthz), path("api/v1/access/decisions", decisions)]
application = get_wsgi_application()
