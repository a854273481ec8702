"""Lists of rows: Django admin's own change list (search, filters, order, pages), read-only, in our frame."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin, ShowFacets, display
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.roles import Permission
from kyc.admin.site import console, staff, world_of
from kyc.admin.tags import TONES, ago, words

__all__ = ["ListPage", "chip_of", "display", "when"]


class ListChanges(ChangeList):
    """Rows lead to our pages, by public id."""

    def url_for_result(self, result: Model) -> str:
        page: ListPage = self.model_admin
        return page.link(result)


class ListPage(ModelAdmin):
    """One list. Subclasses say which columns, filters and page of detail; nothing is ever written here."""

    change_list_template = "admin/console/list.html"
    list_per_page = 40
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    actions = None
    preserve_filters = True
    list_display_links = None
    title = ""
    intro = ""
    detail = ""  # the URL name of one row's page
    key = "public_id"
    world_field: str | None = "world"  # None: rows that belong to no world
    needs = Permission.VIEW_CONSOLE
    extra_template = ""  # a piece shown above the list

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return staff(request).may(self.needs)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ListChanges

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.filter(**{self.world_field: world_of(request)}) if self.world_field else rows

    def link(self, row: Model) -> str:
        return reverse(f"console:{self.detail}", args=[getattr(row, self.key)]) if self.detail else ""

    def more(self, request: HttpRequest) -> dict[str, Any]:
        """What `extra_template` needs."""
        return {}

    def page(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        extra = {"intro": self.intro, "list_page": self, "extra_template": self.extra_template} | self.more(request)
        answer = self.changelist_view(request, extra | {"title": self.title})
        if refusal := getattr(request, "refusal", None):  # a verb whose form stands above the list said no
            answer.status_code = refusal.status
        return answer


def list_page(model: type[Model], route: str, *, name: str) -> Any:
    """Register the ListPage on the console, and its page at `route`."""

    def register(cls: type[ListPage]) -> type[ListPage]:
        console.register(model, cls)
        page = console._registry[model]
        assert isinstance(page, ListPage)

        def view(request: HttpRequest) -> HttpResponse:
            return page.page(request)

        console.page(route, name=name, needs=cls.needs)(view)
        cls.view = staticmethod(view)
        return cls

    return register


def chip_of(state: str, text: str = "") -> SafeString:
    return (
        format_html('<span class="chip {}">{}</span>', TONES.get(state, ""), text or words(state))
        if state
        else SafeString("")
    )


def when(at: Any) -> SafeString | str:
    """ "3 h ago", with the exact time on hover and for screen readers."""
    if at is None:
        return "–"
    exact = date_format(timezone.localtime(at), "Y-m-d H:i") if hasattr(at, "hour") else str(at)
    return format_html('<time datetime="{}" title="{} UTC">{}</time>', at.isoformat(), exact, ago(at))
