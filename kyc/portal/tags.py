"""Template filters of the portal: words for codes. No queries, no rules."""

from __future__ import annotations

from collections.abc import Iterable

from django import template

from kyc.documents.models import Document, ReadingStatus
from kyc.policy.countries import country_name
from kyc.policy.uses import USES

register = template.Library()
register.filter("country", country_name)


@register.filter
def being_read(documents: Iterable[Document]) -> bool:
    """Whether the reader still works on one of them."""
    return any(document.reading_status == ReadingStatus.WAITING for document in documents)


@register.filter
def purpose(code: str) -> str:
    """The label of a declared purpose, as on the form."""
    return USES[code].label if code in USES else code
