from django.urls import include, path, re_path

from config.urls import healthz
from kyc.api import gate
from kyc.api.problems import nothing_here

urlpatterns = [
    path("healthz", healthz),
    path("api/v1/", include(gate.urlpatterns)),
    re_path(r"", nothing_here),
]
