"""The form, one step a page: show what is there, save what was typed, say what is still missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from kyc import journey
from kyc.catalogue.models import CatalogueModel
from kyc.customers.models import Customer
from kyc.customers.queries import attestations_due, current_attestations, current_use, living_parties, terms_for
from kyc.customers.services import (
    add_identifier,
    attest,
    change_profile,
    consent,
    declare_use,
    name_member,
    remove_identifier,
    set_address,
    set_names,
)
from kyc.documents.services import look_at_selfies
from kyc.identity.vendors.registry import may_be_sent_to
from kyc.policy.customers import BIOMETRICS_NOTICE_VERSION, PRIVACY_NOTICE_VERSION
from kyc.portal.forms.about import AboutForm, AboutOrganisationForm, AboutPersonForm
from kyc.portal.forms.addresses import ADDRESSES, MAY_BE_EMPTY, AddressForm
from kyc.portal.forms.attestations import AttestationForm
from kyc.portal.forms.identifiers import LABELS, IdentifierForm
from kyc.portal.forms.privacy import PrivacyForm
from kyc.portal.forms.use import UseForm
from kyc.portal.steps import REVIEW, first_missing, rail_for, step_url, steps_for
from kyc.portal.views.documents import documents
from kyc.portal.views.people import people
from kyc.portal.views.start import privacy_words
from kyc.portal.views.walk import onwards, page
from kyc.portal.visits import Visit, member_page, visitor_address

# What may be answered after the form was handed in: terms that changed, a consent thought over.
ALWAYS_OPEN = frozenset({"attestations", "privacy"})


@member_page("GET", "HEAD", "POST")
def step(request: HttpRequest, visit: Visit, step: str) -> HttpResponse:
    """One page of the form; a closed form is shown on the review page instead."""
    if step not in {one.code for one in steps_for(visit.customer)}:
        raise Http404("no such step for this kind of customer")
    if not visit.may_edit and step not in ALWAYS_OPEN:
        messages.info(request, "The form is handed in, so it cannot be changed now.")
        return redirect("portal:review", public_id=visit.customer.public_id)
    return PAGES[step](request, visit)


@member_page("GET", "HEAD")
def resume(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Where they left off: the first step with something missing."""
    return redirect(step_url(visit.customer, first_missing(rail_for(visit.customer).missing)))


def about(request: HttpRequest, visit: Visit) -> HttpResponse:
    customer = visit.customer
    form: AboutForm = (
        AboutPersonForm(request.POST or None, customer=customer)
        if customer.is_person
        else AboutOrganisationForm(request.POST or None, customer=customer, initial={"your_name": visit.member.name})
    )
    if request.method == "POST" and form.is_valid():
        revision = form.cleaned_data["revision"]
        saved = form.saves(
            change_profile, customer=customer, actor=visit.user, expected_revision=revision, **form.profile()
        ) and form.saves(set_names, customer=customer, actor=visit.user, names=form.other_names())
        if saved and (name := form.cleaned_data.get("your_name")):
            saved = form.saves(name_member, member=visit.member, name=name, actor=visit.user)
        if saved:
            return onwards(request, visit, "about")
        form.take_revision(customer)
    return page(request, visit, "about", form=form)


def addresses(request: HttpRequest, visit: Visit) -> HttpResponse:
    customer = visit.customer
    stored = {address.kind: address for address in customer.address_set.all()}
    forms = [
        AddressForm(request.POST or None, kind=kind, stored=stored.get(kind), may_be_empty=kind in MAY_BE_EMPTY)
        for kind in ADDRESSES[customer.kind]
    ]
    if request.method == "POST" and all([form.is_valid() for form in forms]):
        filled = [form for form in forms if form.is_filled()]
        saved = [
            form.saves(set_address, customer=customer, actor=visit.user, kind=form.kind, **form.cleaned_data)
            for form in filled
        ]
        if all(saved):
            return onwards(request, visit, "addresses")
    return page(request, visit, "addresses", forms=forms)


def identifiers(request: HttpRequest, visit: Visit) -> HttpResponse:
    customer = visit.customer
    form = IdentifierForm(request.POST or None, customer=customer)
    if (
        request.method == "POST"
        and form.is_valid()
        and form.saves(add_identifier, customer=customer, actor=visit.user, **form.cleaned_data)
    ):
        messages.success(request, "The number is saved and encrypted.")
        return redirect(step_url(customer, "identifiers"))
    return page(request, visit, "identifiers", form=form, identifiers=shown_identifiers(customer))


@member_page("POST")
def drop_identifier(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    identifier = visit.customer.identifier_set.filter(pk=pk).first()
    if identifier is None:
        raise Http404("no such number here")
    remove_identifier(identifier=identifier, actor=visit.user)
    messages.success(request, "The number is removed.")
    return redirect(step_url(visit.customer, "identifiers"))


def use(request: HttpRequest, visit: Visit) -> HttpResponse:
    form = UseForm(request.POST or None, stored=current_use(visit.customer))
    if (
        request.method == "POST"
        and form.is_valid()
        and form.saves(declare_use, customer=visit.customer, actor=visit.user, **form.cleaned_data)
    ):
        return onwards(request, visit, "use")
    return page(request, visit, "use", form=form)


def attestations(request: HttpRequest, visit: Visit) -> HttpResponse:
    """One licence after the other: the first that is due, or the one asked for by `?terms=`."""
    customer = visit.customer
    due = attestations_due(customer)
    use = current_use(customer)
    terms = terms_for(use.models_wanted if use else [])
    wanted = request.GET.get("terms", "")
    asked = next((one for one in terms if one.code == wanted), due[0] if due else None)
    form = AttestationForm(request.POST or None, asked=asked) if asked else None
    if request.method == "POST" and form is not None and asked is not None and form.is_valid():
        if not form.is_for_shown_terms():
            messages.warning(request, "These terms were replaced while the page was open. Please read the new version.")
            return redirect(step_url(customer, "attestations"))
        ip = visitor_address(request)
        if form.saves(attest, customer=customer, actor=visit.user, terms=asked, answers=form.answers(), ip=ip):
            messages.success(request, f"Your answers on {asked.title} are saved.")
            if attestations_due(customer):
                return redirect(step_url(customer, "attestations"))
            if visit.may_edit:
                return onwards(request, visit, "attestations")
            return redirect("portal:status", public_id=customer.public_id)
    return page(
        request,
        visit,
        "attestations",
        form=form,
        asked=asked,
        all_terms=[(one, one in due, current_attestations(customer).get(one.code)) for one in terms],
        has_models=bool(use and use.models_wanted),
    )


def privacy(request: HttpRequest, visit: Visit) -> HttpResponse:
    customer = visit.customer
    latest = dict(customer.consent_set.order_by("id").values_list("kind", "given"))
    initial = {"privacy": latest.get("privacy", False)}
    if "biometrics" in latest:
        initial["biometrics"] = "yes" if latest["biometrics"] else "no"
    words = privacy_words(may_be_sent_to(customer.world) if customer.is_person else ())
    names = words["identity_providers"]
    form = PrivacyForm(request.POST or None, customer=customer, identity_providers=names, initial=initial)
    versions = {"privacy": PRIVACY_NOTICE_VERSION, "biometrics": BIOMETRICS_NOTICE_VERSION}
    if request.method == "POST" and form.is_valid():
        saved = [
            form.saves(consent, customer=customer, actor=visit.user, kind=kind, given=given, version=versions[kind])
            for kind, given in form.choices().items()
        ]
        if all(saved):
            look_at_selfies(customer=customer)
            return onwards(request, visit, "privacy")
    return page(request, visit, "privacy", form=form, **words)


@member_page("GET", "HEAD")
def review(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Everything on one page, as it stands."""
    customer = visit.customer
    use = current_use(customer)
    return render(
        request,
        "portal/review.html",
        {
            "visit": visit,
            "customer": customer,
            "rail": rail_for(customer, REVIEW.code),
            "step": REVIEW,
            "title": REVIEW.title,
            "look_again": journey.worth_another_look(customer) if visit.may_edit else (),
            "reader": journey.document_reader(customer) if visit.may_edit else None,
            "addresses": customer.address_set.order_by("id"),
            "other_names": customer.othername_set.order_by("text"),
            "identifiers": shown_identifiers(customer),
            "parties": living_parties(customer),
            "documents": customer.document_set.filter(party=None).exclude(status="withdrawn").order_by("id"),
            "use": use,
            "models": CatalogueModel.objects.filter(code__in=use.models_wanted if use else []),
            "attestations": current_attestations(customer).values(),
            "consents": dict(customer.consent_set.order_by("id").values_list("kind", "given")),
        },
    )


@member_page("POST", owners_only=True)
def submit(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Hand the form in. Incomplete goes back to the list of what is missing."""
    rail = rail_for(visit.customer)
    if not rail.is_complete:
        messages.warning(request, "Not handed in yet: something is still missing. It is listed below.")
        return redirect("portal:review", public_id=visit.customer.public_id)
    journey.submit(customer=visit.customer, actor=visit.user)
    messages.success(request, "Thank you. The checks have started; you need not stay on this page.")
    return redirect("portal:status", public_id=visit.customer.public_id)


def shown_identifiers(customer: Customer) -> list[dict[str, Any]]:
    """Without their values: those are never sent back."""
    rows = customer.identifier_set.filter(party=None).order_by("id").defer("value")
    return [
        {
            "pk": row.pk,
            "label": LABELS.get(row.kind, row.kind),
            "country": row.country,
            "tail": row.tail,
            "expires_on": row.expires_on,
        }
        for row in rows
    ]


PAGES: dict[str, Callable[[HttpRequest, Visit], HttpResponse]] = {
    "about": about,
    "addresses": addresses,
    "identifiers": identifiers,
    "people": people,
    "documents": documents,
    "use": use,
    "attestations": attestations,
    "privacy": privacy,
}
