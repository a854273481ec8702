"""Template filters of the portal: words for codes. No queries, no rules."""

from __future__ import annotations

from django import template

from kyc.policy.countries import country_name
from kyc.policy.uses import USES

register = template.Library()
register.filter("country", country_name)


@register.filter
def purpose(code: str) -> str:
    """The label of a declared purpose, as on the form."""
    return USES[code].label if code in USES else code
