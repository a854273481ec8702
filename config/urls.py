from django.urls import include, path

from config.gate_urls import healthz
from kyc.health import health, metrics

urlpatterns = [
    path("healthz", healthz),
    path("health", health),
    path("metrics", metrics),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("kyc.api.urls")),
    path("console/", include("kyc.admin.urls")),
    path("", include("kyc.portal.urls")),
]
