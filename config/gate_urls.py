"""What a process that is the gate alone answers; the web server has these addresses among others."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path, re_path

from kyc.api import gate
from kyc.api.problems import nothing_here


def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("healthz", healthz),
    path("api/v1/", include(gate.urlpatterns)),
    re_path(r"", nothing_here),
]
