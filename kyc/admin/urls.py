"""/console/: included by config.urls by its dotted name."""

from django.urls import path

from kyc.admin import (
    cases,
    customers,
    hits,
    house,
    identity,
    imports,
    ledgers,
    locations,
    ownership,
    people,
    policies,
    ranges,
    watch,
    whatif,
)
from kyc.admin.site import console

__all__ = [
    "cases",
    "customers",
    "hits",
    "house",
    "identity",
    "imports",
    "ledgers",
    "locations",
    "ownership",
    "people",
    "policies",
    "ranges",
    "watch",
    "whatif",
]

urlpatterns = [path("", console.urls)]
