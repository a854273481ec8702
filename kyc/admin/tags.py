"""Template tags of the console: words for codes, chips for states. No queries, no rules."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.contrib.admin.templatetags.admin_list import result_headers
from django.contrib.admin.utils import display_for_field, display_for_value, lookup_field
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from kyc.admin.evidence import roman
from kyc.admin.timeline import sentence_of
from kyc.audit.models import AuditRow
from kyc.findings import Says
from kyc.policy.countries import country_name
from kyc.policy.identity import REASONS as IDENTITY_REASONS
from kyc.policy.reasons import REASONS
from kyc.policy.uses import USES

register = template.Library()

# the tone of a state: never the only sign of it, the word always stands there too
TONES: dict[str, str] = {
    **dict.fromkeys(
        ("approved", "accepted", "verified", "passed", "clear", "no_match", "confirmed", "active", "done", "allow",
         "lifted", "false_positive", "requirements_met", "low", "agree", "information"), "good"
    ),
    **dict.fromkeys(
        ("rejected", "suspended", "true_match", "refused", "deny", "block", "prohibited", "high", "failed", "held",
         "confirmed_risk", "requirements_not_met", "disagree", "overdue", "unknown", "unknown_check", "revoked",
         "canceled", "reached"), "bad"
    ),
    **dict.fromkeys(
        ("restricted", "approved_limited", "expired", "inconclusive", "escalated", "pending_approval", "challenge",
         "review", "licence_question", "red_flag", "medium", "needs_information", "awaiting_customer", "hits",
         "paused", "possible", "test", "delisted", "checking", "requires_input", "unsure", "not_done"), "warn"
    ),
    **dict.fromkeys(
        ("open", "pending", "proposed", "investigating", "in_review", "submitted", "verifying", "screening",
         "running", "planned", "ready", "loading", "processing", "received", "checked"), "info"
    ),
}  # fmt: skip
GLYPHS = {Says.AGREE: "check", Says.DISAGREE: "close", Says.MISSING: "question_mark", Says.NOTE: "info"}


@register.filter
def words(code: Any) -> str:
    """ "in_review" as "in review"."""
    return str(code or "").replace("_", " ").replace(".", " · ")


@register.filter
def reason_for_staff(code: str) -> str:
    """Why an item of an identity check did not pass, in staff's words."""
    return IDENTITY_REASONS[code].staff if code in IDENTITY_REASONS else words(code)


@register.simple_tag
def icon(name: str) -> SafeString:
    return format_html('<span class="material-symbols-outlined" aria-hidden="true">{}</span>', name)


@register.simple_tag
def chip(state: Any, text: str = "") -> SafeString:
    """The state in words on its tone; nothing for no state."""
    code = str(state or "")
    if not code:
        return mark_safe("")
    return format_html('<span class="chip {}">{}</span>', TONES.get(code, ""), text or words(code))


@register.simple_tag
def says(value: str) -> SafeString:
    """The glyph and the word of a finding: the word is there for whoever sees no glyph or colour."""
    said = Says(value)
    word = {"agree": "agree", "disagree": "disagree", "missing": "missing", "note": "note"}[said]
    return format_html(
        '<span class="says {}"><span class="material-symbols-outlined" aria-hidden="true">{}</span>{}</span>',
        said, GLYPHS[said], word,
    )  # fmt: skip


@register.filter
def percent(value: float | None) -> str:
    return "" if value is None else f"{value * 100:.0f} %"


@register.filter
def signed(value: float | None) -> str:
    """A weight of a finding in points of a hundred; nothing where it only informs."""
    return f"{value * 100:+.0f}".replace("-", "−") if value else ""


@register.filter
def country(code: str) -> str:
    return country_name(code) if code else ""


@register.filter
def countries(codes: Iterable[str]) -> str:
    return ", ".join(country_name(code) for code in codes or ())


@register.filter
def reason_label(code: str) -> str:
    return REASONS[code].label if code in REASONS else words(code)


@register.filter
def use_label(code: str) -> str:
    return USES[code].label if code in USES else words(code)


@register.filter
def romanised(text: str) -> str:
    """How the name reads in Latin letters; "" where it is Latin already."""
    return roman(text or "")


@register.filter
def initials(user: Any) -> str:
    parts = str(user or "?").split("@")[0].replace(".", " ").split()
    return "".join(part[0] for part in parts[:2]).upper()


@register.filter
def ago(at: datetime | date | None) -> str:
    """ "3 min ago", "2 h ago", "5 days ago"; "never" for None."""
    if at is None:
        return "never"
    if not isinstance(at, datetime):
        days = (timezone.localdate() - at).days
        return "today" if days <= 0 else f"{days} day{'s' if days > 1 else ''} ago"
    passed = timezone.now() - at
    if passed < timedelta(minutes=1):
        return "just now"
    if passed < timedelta(hours=1):
        return f"{int(passed.total_seconds() // 60)} min ago"
    if passed < timedelta(days=1):
        return f"{int(passed.total_seconds() // 3600)} h ago"
    return f"{passed.days} day{'s' if passed.days > 1 else ''} ago"


@register.filter
def lasting(span: timedelta) -> str:
    """ "8 s", "3 min 20 s", "2 h 5 min"."""
    seconds = max(round(span.total_seconds()), 0)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"


@register.filter
def happened(row: AuditRow) -> str:
    return sentence_of(row)


@register.filter
def get(mapping: dict[str, Any] | None, key: str) -> Any:
    """A value by a key that is itself a variable; "" where there is none."""
    return (mapping or {}).get(key, "")


@register.filter
def plainly(value: Any) -> str:
    """Any stored JSON value as a line of text."""
    match value:
        case dict():
            return "; ".join(
                f"{words(name)}: {plainly(item)}" for name, item in value.items() if item not in (None, "", [], {})
            )
        case list() | tuple():
            return ", ".join(plainly(item) for item in value)
        case True:
            return "yes"
        case False:
            return "no"
    return "" if value is None else str(value)


@register.filter
def each(value: Any) -> list[str]:
    """A stored value as lines: one for each item of a list, whose first value stands first and the rest after it."""
    items = value if isinstance(value, list) else [value]
    return [
        " · ".join(plainly(part) for part in item.values() if part not in (None, "", [], {}))
        if isinstance(item, dict)
        else plainly(item)
        for item in items
    ]


@register.filter
def joined(values: Iterable[Any]) -> str:
    return ", ".join(str(value) for value in values or () if value not in (None, ""))


# ------------------------------------------------------------------------------------------------ change lists
@register.inclusion_tag("admin/console/parts/filter.html")
def list_filter_box(cl: ChangeList, spec: Any) -> dict[str, Any]:
    choices = list(spec.choices(cl))
    picked = next((choice["display"] for choice in choices[1:] if choice["selected"]), "")
    return {"title": spec.title, "choices": choices, "picked": picked}


@register.simple_tag
def list_headers(cl: ChangeList) -> list[dict[str, Any]]:
    return list(result_headers(cl))


@register.simple_tag
def list_rows(cl: ChangeList) -> list[dict[str, Any]]:
    """Each row's cells as text or safe markup, and the link to its page."""
    return [
        {"cells": [_cell(name, row, cl) for name in cl.list_display], "link": cl.url_for_result(row)}
        for row in cl.result_list
    ]


def _cell(name: str, row: Any, cl: ChangeList) -> Any:
    field, attribute, value = lookup_field(name, row, cl.model_admin)
    empty = getattr(attribute, "empty_value_display", "–")
    if field is None:
        return value if hasattr(value, "__html__") else display_for_value(value, empty)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return words(value) if getattr(field, "choices", None) else display_for_field(value, field, empty)


@register.simple_tag
def list_pages(cl: ChangeList) -> list[tuple[Any, str, bool]]:
    """(number or "…", link or "", is the current page)."""
    return [
        (
            number,
            "" if number == cl.paginator.ELLIPSIS else cl.get_query_string({PAGE_VAR: number}),
            number == cl.page_num,
        )
        for number in cl.paginator.get_elided_page_range(cl.page_num)
    ]
