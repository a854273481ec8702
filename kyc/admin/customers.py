"""Customers: the list, and one file with all that is known and its history. Holds are placed from here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin import SimpleListFilter, display
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from accounts.roles import Permission
from kyc.access.holds import place_hold
from kyc.access.models import Hold
from kyc.access.states import AccessTier, HoldKind
from kyc.admin.lists import ListPage, chip_of, list_page, when
from kyc.admin.reading import customer_file
from kyc.admin.site import console, done, present, read, staff
from kyc.customers.models import Customer
from kyc.policy.countries import country_name


class HeldFilter(SimpleListFilter):
    title = "held"
    parameter_name = "held"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "with a hold"), ("no", "without a hold")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Customer]) -> QuerySet[Customer]:
        standing = Hold.objects.standing().values("customer")
        match self.value():
            case "yes":
                return queryset.filter(pk__in=standing)
            case "no":
                return queryset.exclude(pk__in=standing)
        return queryset


@list_page(Customer, "customers/", name="customers")
class CustomersPage(ListPage):
    title = "Customers"
    detail = "customer"
    list_display = ("name", "kind", "status_chip", "risk", "access", "held", "country", "source", "since")
    list_filter = ("status", "risk_level", "kind", HeldFilter, "tier", "source")
    search_fields = (
        "legal_name",
        "original_name",
        "=public_id",
        "=external_id",
        "=email",
        "=provideraccount__account_id",
    )
    ordering = ("-changed_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        standing = Count("hold", filter=Q(hold__lifted_at=None), distinct=True)
        return super().get_queryset(request).annotate(standing_holds=standing)

    @display(ordering="legal_name")
    def name(self, customer: Customer) -> str:
        return customer.legal_name or customer.public_id

    @display(description="status", ordering="status")
    def status_chip(self, customer: Customer) -> str:
        return chip_of(customer.status)

    @display(ordering="risk_level")
    def risk(self, customer: Customer) -> str:
        return chip_of(customer.risk_level) or "–"

    @display(ordering="tier")
    def access(self, customer: Customer) -> str:
        return customer.tier

    @display(ordering="standing_holds")
    def held(self, customer: Any) -> str:
        held = customer.standing_holds
        return chip_of("held", f"{held} hold{'s' if held > 1 else ''}") if held else "–"

    @display(ordering="residence_country")
    def country(self, customer: Customer) -> str:
        code = customer.registration_country or customer.residence_country
        return country_name(code) if code else "–"

    @display(description="changed", ordering="changed_at")
    def since(self, customer: Customer) -> str:
        return when(customer.changed_at)


@console.page("customers/<str:public_id>/", name="customer")
def customer_page(request: HttpRequest, public_id: str) -> HttpResponse:
    customer = get_object_or_404(Customer, public_id=public_id)
    user = staff(request)
    return present(
        request, "customer.html", title=str(customer), hold_form=HoldForm(), tiers=list(AccessTier),
        **customer_file(customer, user),
    )  # fmt: skip


class HoldForm(forms.Form):
    kind = forms.ChoiceField(choices=[(kind.value, kind.value) for kind in HoldKind])
    tier = forms.ChoiceField(choices=[(tier.value, tier.value) for tier in AccessTier])
    reason = forms.CharField(max_length=2000)


@console.verb("customers/<str:public_id>/hold/", name="hold_place", needs=Permission.PLACE_HOLD, back=customer_page)
def hold_place(request: HttpRequest, public_id: str) -> HttpResponse:
    customer = get_object_or_404(Customer, public_id=public_id)
    values = read(HoldForm(request.POST))
    hold = place_hold(customer=customer, reference="", actor=staff(request), **values)
    return done(request, f"Access is held at “{hold.tier}” at once.", "customer", public_id)
