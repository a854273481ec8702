"""The API's addresses below /api/v1/: what it does, its description, and the page that shows it."""

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from kyc.api import customers, gate, identity, ownership, provider, screenings, vendors
from kyc.api.problems import nothing_here

app_name = "api"
urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(urlconf="kyc.api.description"), name="schema"),
    # the split view keeps its script in an answer of its own: the policy allows none in the page
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
    path("customers", customers.Customers.as_view(), name="customers"),
    path("customers/<str:public_id>", customers.OneCustomer.as_view(), name="customer"),
    path("customers/<str:public_id>/submit", customers.Submission.as_view(), name="submit"),
    path("customers/<str:public_id>/documents", customers.Documents.as_view(), name="documents"),
    path("customers/<str:public_id>/identity", identity.Identity.as_view(), name="identity"),
    path("customers/<str:public_id>/identity/link", identity.IdentityLink.as_view(), name="identity_link"),
    path("customers/<str:public_id>/ownership", ownership.OwnershipChart.as_view(), name="ownership_chart"),
    path("customers/<str:public_id>/screenings", screenings.CustomerScreenings.as_view(), name="screenings"),
    path("customers/<str:public_id>/accounts", customers.Accounts.as_view(), name="accounts"),
    path(
        "customers/<str:public_id>/accounts/<path:account_id>/close",
        customers.AccountClosing.as_view(),
        name="close_account",
    ),
    path("ownership/evaluate", ownership.OwnershipEvaluation.as_view(), name="ownership_evaluate"),
    path("screenings", screenings.NameScreening.as_view(), name="screen_name"),
    *gate.urlpatterns,
    path("catalogue", provider.Catalogue.as_view(), name="catalogue"),
    path("imports", provider.Imports.as_view(), name="imports"),
    path("imports/<str:public_id>", provider.OneImport.as_view(), name="import"),
    path("imports/<str:public_id>/run", provider.ImportRun.as_view(), name="import_run"),
    path("status", provider.SystemStatus.as_view(), name="status"),
    path("webhooks/identity/<str:world>/<str:vendor>", vendors.webhook, name="vendor_webhook"),
    re_path(r"", nothing_here),
]
