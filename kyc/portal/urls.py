"""Pages for customers. Everything below c/<public id>/ is for its members only."""

from __future__ import annotations

from django.urls import include, path

from kyc.portal.views import documents, identity, invited, people, start, status, steps, team, ways

app_name = "portal"

of_customer = [
    path("", status.status, name="status"),
    path("live/", status.live, name="live"),
    path("form/", steps.resume, name="form"),
    path("form/review/", steps.review, name="review"),
    path("form/submit/", steps.submit, name="submit"),
    path("form/people/add/", people.party, name="add_party"),
    path("form/people/file/", people.owners_file, name="owners_file"),
    path("form/people/<str:party_id>/", people.party, name="party"),
    path("form/people/<str:party_id>/remove/", people.drop_party, name="drop_party"),
    path("form/people/<str:party_id>/invite/", people.ask_party, name="ask_party"),
    path("form/identifiers/<int:pk>/remove/", steps.drop_identifier, name="drop_identifier"),
    path("form/<slug:step>/", steps.step, name="step"),
    path("documents/", documents.sent, name="documents_sent"),
    path("documents/again/", documents.again, name="again"),
    path("documents/<str:document_id>/", documents.document, {"preview": False}, name="document"),
    path("documents/<str:document_id>/preview/", documents.document, {"preview": True}, name="preview"),
    path("documents/<str:document_id>/withdraw/", documents.withdraw, name="withdraw"),
    path("requests/<str:request_id>/", status.answer, name="answer"),
    path("identity/", identity.identity, name="identity"),
    path("identity/go/", identity.go, name="identity_go"),
    path("identity/back/", identity.back, name="identity_back"),
    path("appeal/", status.appeal, name="appeal"),
    path("team/", team.team, name="team"),
    path("team/<int:pk>/remove/", team.drop_member, name="drop_member"),
]

urlpatterns = [
    path("", start.start, name="start"),
    path("begin/", start.begin, name="begin"),
    path("privacy/", start.privacy, name="privacy"),
    path("join/<str:token>/", invited.join, name="join"),
    path("verify/<str:token>/", invited.verify, name="verify"),
    path("access/<str:decision_id>/", ways.way_out, name="way_out"),
    path("access/<str:decision_id>/factor/", ways.factor, name="way_out_factor"),
    path("access/<str:decision_id>/<str:kind>/", ways.ask, name="way_out_ask"),
    path("c/<str:public_id>/", include(of_customer)),
]
