from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("healthz", healthz),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("kyc.api.urls")),
    path("console/", include("kyc.admin.urls")),
    path("", include("kyc.portal.urls")),
]
