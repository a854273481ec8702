"""Staff and API clients: who may come in, with which role or key."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.conf import settings
from django.contrib.admin import display
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

from accounts.models import ApiClient, ApiKey, StaffInvitation, User
from accounts.roles import PERMISSIONS, Permission, Role
from accounts.scopes import Scope
from accounts.services import (
    accept_staff_invitation,
    create_client,
    invite_staff,
    issue_key,
    offboard,
    revoke_key,
    set_role,
)
from kyc.admin.lists import ListPage, chip_of, list_page, when
from kyc.admin.site import console, done, present, read, refuse, staff
from kyc.errors import ClearanceError, NotAllowed
from kyc.notices.services import queue_notice
from kyc.worlds import World

SCOPE_WORDS: dict[Scope, str] = {
    Scope.CUSTOMERS_READ: "read customers",
    Scope.CUSTOMERS_WRITE: "create and change customers",
    Scope.SCREENINGS_READ: "read screenings",
    Scope.SCREENINGS_WRITE: "ask for a screening",
    Scope.ACCESS_DECIDE: "ask the gate",
    Scope.ACCESS_INTERNAL: "see the internal reasons too",
    Scope.LISTS_READ: "read the lists' state",
}


# ------------------------------------------------------------------------------------------------ API clients
@list_page(ApiClient, "clients/", name="clients")
class ClientsPage(ListPage):
    title = "API clients"
    intro = "Services that call the API. A client belongs to one world; its keys are shown once and stored as digests."
    detail = "client"
    needs = Permission.MANAGE_CLIENTS
    extra_template = "admin/console/parts/client_new.html"
    list_display = ("name", "world", "live_keys", "created")
    search_fields = ("name", "=public_id", "=keys__prefix")
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiClient]:
        return super().get_queryset(request).annotate(usable=Count("keys", filter=Q(keys__revoked_at=None)))

    @display(description="keys")
    def live_keys(self, client: ApiClient) -> str:
        return str(client.usable)

    @display(ordering="created_at")
    def created(self, client: ApiClient) -> str:
        return when(client.created_at)


@console.page("clients/<str:public_id>/", name="client", needs=Permission.MANAGE_CLIENTS)
def client_page(request: HttpRequest, public_id: str, fresh: tuple[ApiKey, str] | None = None) -> HttpResponse:
    client = get_object_or_404(ApiClient, public_id=public_id)
    keys = client.keys.select_related("created_by", "revoked_by").order_by("-created_at")
    return present(
        request, "client.html", title=client.name, client=client, keys=list(keys), fresh=fresh,
        scopes=[(scope.value, SCOPE_WORDS[scope]) for scope in Scope], now=timezone.now(),
    )  # fmt: skip


class ClientForm(forms.Form):
    name = forms.CharField(max_length=100)
    world = forms.ChoiceField(choices=[(world.value, world.value) for world in World])


@console.verb("clients/new/", name="client_new", needs=Permission.MANAGE_CLIENTS, back=ClientsPage.view)
def client_new(request: HttpRequest) -> HttpResponse:
    values = read(ClientForm(request.POST))
    client = create_client(name=values["name"], world=World(values["world"]), actor=staff(request))
    return done(request, f"{client.name} is there; issue its first key below.", "client", client.public_id)


class KeyForm(forms.Form):
    scopes = forms.MultipleChoiceField(choices=[(scope.value, scope.value) for scope in Scope])
    days = forms.IntegerField(min_value=1, max_value=1095, required=False, label="days until it expires")


@console.verb("clients/<str:public_id>/keys/", name="key_issue", needs=Permission.MANAGE_CLIENTS, back=client_page)
def key_issue(request: HttpRequest, public_id: str) -> HttpResponse:
    """The one answer that shows the key: it is not redirected, so that it is nowhere but on this page."""
    client = get_object_or_404(ApiClient, public_id=public_id)
    values = read(KeyForm(request.POST))
    expires = timezone.now() + timedelta(days=values["days"]) if values["days"] else None
    scopes = [Scope(scope) for scope in values["scopes"]]
    fresh = issue_key(client=client, scopes=scopes, actor=staff(request), expires_at=expires)
    return client_page(request, public_id, fresh=fresh)


@console.verb(
    "clients/<str:public_id>/keys/<str:prefix>/revoke/",
    name="key_revoke",
    needs=Permission.MANAGE_CLIENTS,
    back=lambda request, public_id, prefix: client_page(request, public_id),
)
def key_revoke(request: HttpRequest, public_id: str, prefix: str) -> HttpResponse:
    key = get_object_or_404(ApiKey, client__public_id=public_id, prefix=prefix)
    revoke_key(key=key, actor=staff(request))
    return done(request, f"{prefix} is revoked, at once and for good.", "client", public_id)


# ------------------------------------------------------------------------------------------------ staff
@list_page(User, "staff/", name="staff")
class StaffPage(ListPage):
    title = "Staff"
    intro = "One role each. Nobody changes their own role, and nobody off-boards themselves."
    world_field = None
    needs = Permission.MANAGE_STAFF
    detail = "colleague"
    key = "pk"
    extra_template = "admin/console/parts/staff_invite.html"
    list_display = ("who", "email", "role_chip", "second_factor", "joined", "state")
    list_filter = ("role", "is_active")
    search_fields = ("email", "name")
    ordering = ("email",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Who has a role, or had one; portal users are no staff."""
        return super().get_queryset(request).exclude(role="", offboarded_at=None)

    def more(self, request: HttpRequest) -> dict[str, object]:
        waiting = StaffInvitation.objects.filter(accepted_at=None, expires_at__gt=timezone.now())
        return {
            "roles": role_choices(),
            "invitations": list(waiting.select_related("invited_by").order_by("-invited_at")),
        }

    @display(description="name", ordering="name")
    def who(self, user: User) -> str:
        return user.name or user.email

    @display(description="role", ordering="role")
    def role_chip(self, user: User) -> str:
        return chip_of("", "") if not user.role else chip_of(user.role)

    @display(description="second factor")
    def second_factor(self, user: User) -> str:
        return chip_of("clear", "set up") if user.authenticator_set.exists() else chip_of("medium", "missing")

    @display(ordering="date_joined")
    def joined(self, user: User) -> str:
        return when(user.date_joined)

    @display
    def state(self, user: User) -> str:
        return chip_of("lifted", "active") if user.is_active else chip_of("revoked", "off-boarded")


def role_choices() -> list[tuple[str, str, list[str]]]:
    """(role, its words, what it may do)."""
    return [
        (role.value, role.value.replace("_", " "), sorted(p.value.replace("_", " ") for p in PERMISSIONS[role]))
        for role in Role
    ]


@console.page("staff/<int:pk>/", name="colleague", needs=Permission.MANAGE_STAFF)
def colleague_page(request: HttpRequest, pk: int) -> HttpResponse:
    colleague = get_object_or_404(User.objects.exclude(role="", offboarded_at=None), pk=pk)
    return present(
        request, "colleague.html", title=str(colleague), colleague=colleague, roles=role_choices(),
        factors=list(colleague.authenticator_set.all()), is_self=colleague.pk == staff(request).pk,
    )  # fmt: skip


class InviteForm(forms.Form):
    email = forms.EmailField()
    role = forms.ChoiceField(choices=[(role.value, role.value) for role in Role])


@console.verb("staff/invite/", name="staff_invite", needs=Permission.MANAGE_STAFF, back=StaffPage.view)
def staff_invite(request: HttpRequest) -> HttpResponse:
    """The link goes out by e-mail, and is shown once to who invited: mail may not be set up yet."""
    values = read(InviteForm(request.POST))
    token = invite_staff(email=values["email"], role=Role(values["role"]), actor=staff(request))
    link = settings.BASE_URL + reverse("console:join", args=[token])
    role = values["role"].replace("_", " ")
    queue_notice(template="staff_invitation", email=values["email"], link=link, role=role, by=str(staff(request)))
    return present(request, "invited.html", title="Invited", email=values["email"], role=role, link=link)


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=[(role.value, role.value) for role in Role])


@console.verb("staff/<int:pk>/role/", name="staff_role", needs=Permission.MANAGE_STAFF, back=colleague_page)
def staff_role(request: HttpRequest, pk: int) -> HttpResponse:
    colleague = get_object_or_404(User.objects.exclude(role=""), pk=pk)
    if colleague.pk == staff(request).pk:
        raise NotAllowed("Somebody else must change your role.")
    role = Role(read(RoleForm(request.POST))["role"])
    set_role(user=colleague, role=role, actor=staff(request))
    return done(request, f"{colleague} is now {role.replace('_', ' ')}.", "colleague", str(pk))


@console.verb("staff/<int:pk>/offboard/", name="staff_offboard", needs=Permission.MANAGE_STAFF, back=colleague_page)
def staff_offboard(request: HttpRequest, pk: int) -> HttpResponse:
    colleague = get_object_or_404(User.objects.exclude(role=""), pk=pk)
    offboard(user=colleague, actor=staff(request))
    return done(request, f"{colleague} has no role, no session and no sign-in any more.", "staff")


@never_cache
@csrf_protect
@login_required
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Where an invitation's link leads: the invited person signs in first, and then takes the role."""
    if request.method != "POST":
        return present(request, "join.html", title="Join the console", token=token)
    try:
        accept_staff_invitation(token=token, user=staff(request))
    except ClearanceError as error:
        return refuse(request, error.sentence, error.status)
    return redirect("console:index")


console.add(path("join/<str:token>/", join, name="join"))
