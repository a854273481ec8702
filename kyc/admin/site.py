"""The staff console's site: who may enter, how a page is shown, how a verb is called from a page.

The console is Django's admin with the Unfold theme, mounted at /console/. It is a shell: pages read, and every
write is one call of a verb in some services.py. Unfold's Alpine scripts are not loaded: they need
'unsafe-eval', and a page that shows what strangers typed should not allow it (docs/decisions/0004-console-csp.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe
from unfold.sites import UnfoldAdminSite

from accounts.models import User
from accounts.roles import Permission
from kyc.admin.menu import menu_for
from kyc.errors import BadInput, ClearanceError
from kyc.worlds import World

WORLD_KEY = "console_world"

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A verb said no: shown above the page it was called from, with what the person had typed kept."""

    verb: str  # the name of the URL that was posted to
    sentence: str
    code: str
    status: int
    typed: Mapping[str, Any]


class ConsoleSite(UnfoldAdminSite):
    """Pages and verbs register themselves with the decorators `page` and `verb`."""

    enable_nav_sidebar = True
    index_title = "Today"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._pages: list[URLPattern] = []

    # ------------------------------------------------------------------------------------------- who may enter
    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return isinstance(user, User) and user.may(Permission.VIEW_CONSOLE)

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Sign-in is allauth's page, never a form of the admin's own; answers are never cached."""

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not self.has_permission(request):
                return refuse(request, "Your account has no role in the console.", 403)
            if settings.STAFF_SECOND_FACTOR and not is_mfa_enabled(request.user):
                messages.warning(request, "Staff need a second factor: please set one up before you go on.")
                return redirect("mfa_index")
            try:
                return view(request, *args, **kwargs)
            except PermissionDenied:
                return refuse(request, "Your role may not do this.", 403)
            except Http404:
                return refuse(request, "There is no such thing here.", 404)
            except ClearanceError as error:
                return refuse(request, error.sentence, error.status)

        return cast(View, never_cache(csrf_protect(guarded)))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect_to_login(request.GET.get("next") or reverse("console:index"))

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("account_logout")

    # ------------------------------------------------------------------------------------------- pages and verbs
    def page(self, route: str, *, name: str, needs: Permission = Permission.VIEW_CONSOLE) -> Callable[[View], View]:
        """Register a page that reads. The undecorated function comes back, so that a refused verb can show it."""

        def register(view: View) -> View:
            self._pages.append(path(route, self.admin_view(require_safe(guard(view, needs))), name=name))
            return view

        return register

    def verb(self, route: str, *, name: str, needs: Permission, back: View) -> Callable[[View], View]:
        """Register a POST that makes one call. A ClearanceError shows `back` again, with its status and sentence."""

        def register(view: View) -> View:
            @wraps(view)
            def called(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
                try:
                    return view(request, **kwargs)
                except ClearanceError as error:
                    typed = {key: values if len(values) > 1 else values[0] for key, values in request.POST.lists()}
                    said = Refusal(name, error.sentence, error.code, error.status, typed)
                    request.refusal = said
                    return back(request, **kwargs)

            self._pages.append(path(route, self.admin_view(require_POST(guard(called, needs))), name=name))
            return view

        return register

    def add(self, pattern: URLPattern) -> None:
        """A page that guards itself: the one for people who have no role yet."""
        self._pages.append(pattern)

    def get_urls(self) -> list[URLPattern]:
        """Ours alone: the stock pages to add, change and delete rows do not exist.

        "cases/next/" is tried before "cases/<id>/".
        """
        return sorted(self._pages, key=lambda pattern: str(pattern.pattern).count("<"))

    # ------------------------------------------------------------------------------------------- what every page has
    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return super().each_context(request) | {
            "world": world_of(request),
            "worlds": list(World),
            "refusal": getattr(request, "refusal", None),
            "may": {permission.value: staff(request).may(permission) for permission in Permission}
            if self.has_permission(request)
            else {},
            "demo": settings.DEMO,
            "portal_url": settings.BASE_URL,
        }

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        return []  # the menu is kyc.admin.menu's

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        return menu_for(staff(request), world_of(request), request.path)


def guard(view: View, needs: Permission) -> View:
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not staff(request).may(needs):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return checked


console = ConsoleSite("console")


def staff(request: HttpRequest) -> User:
    """The signed-in member of staff; admin_view has let nobody else through."""
    return cast(User, request.user)


def world_of(request: HttpRequest) -> World:
    """The world the console looks at; it is chosen in the top bar and kept for the session."""
    stored = request.session.get(WORLD_KEY)
    return World(stored) if stored in set(World) else World(settings.PORTAL_WORLD)


def present(request: HttpRequest, template: str, *, title: str, status: int = 200, **context: Any) -> TemplateResponse:
    """A page of the console; after a refused verb it carries the refusal's status."""
    refusal: Refusal | None = getattr(request, "refusal", None)
    return TemplateResponse(
        request,
        f"admin/console/{template}",
        console.each_context(request) | {"title": title} | context,
        status=refusal.status if refusal else status,
    )


def refuse(request: HttpRequest, sentence: str, status: int) -> TemplateResponse:
    """A page that says no and nothing else: not the page a refused verb was called from."""
    request.refusal = None
    return present(request, "refused.html", title="Not here", status=status, sentence=sentence)


def done(request: HttpRequest, sentence: str, to: str, *args: str) -> HttpResponseRedirect:
    """After a verb: say what was done, and show the page anew. `next` in the form may name a page of this site."""
    messages.success(request, sentence)
    wanted = request.POST.get("next", "")
    if wanted and url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
        return HttpResponseRedirect(wanted)
    return HttpResponseRedirect(reverse(f"console:{to}", args=args))


def read(form: forms.Form) -> dict[str, Any]:
    """The form's values, or BadInput with the first complaint."""
    if form.is_valid():
        return form.cleaned_data
    field, complaints = next(iter(form.errors.items()))
    label = form.fields[field].label or field.replace("_", " ") if field in form.fields else ""
    raise BadInput(f"{label}: {complaints[0]}" if label else str(complaints[0]), field=field)
