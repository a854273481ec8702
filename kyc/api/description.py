"""The addresses that the API's description is made of: those that answer, with the gate's in a form it can read."""

from django.urls import include, path

from kyc.api import access
from kyc.api.urls import urlpatterns as answering

_described = [
    path("access/decisions", access.Decisions.as_view()),
    path("access/decisions/batch", access.DecisionBatch.as_view()),
    path("access/feed", access.Feed.as_view()),
    path("access/keys", access.Keys.as_view()),
]
urlpatterns = [path("api/v1/", include([*_described, *answering]))]
