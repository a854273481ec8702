"""Owners and directors of an organisation: add, change, remove, invite to verify themselves."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from kyc.customers.models import Customer, RelatedParty
from kyc.customers.queries import living_parties
from kyc.customers.services import add_party, change_party, remove_party
from kyc.documents.models import DocumentStatus
from kyc.ownership.files import import_file
from kyc.ownership.picture import drawn_for_customer
from kyc.ownership.queries import structure_of
from kyc.ownership.rules import evaluate
from kyc.ownership.services import results_of
from kyc.portal.forms.people import InviteForm, OwnersFileForm, PartyForm
from kyc.portal.letters import send_party_invitation
from kyc.portal.steps import TABLE, rail_for, step_url
from kyc.portal.views.walk import page
from kyc.portal.visits import Visit, member_page, refused


def people(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The step of the form: the list, with what each still lacks."""
    invited = set(visit.customer.invitation_set.exclude(party=None).values_list("party_id", flat=True))
    received = set(
        visit.customer.document_set.exclude(party=None)
        .exclude(status=DocumentStatus.WITHDRAWN)
        .values_list("party_id", flat=True)
    )
    lacking = {item.field: item for item in rail_for(visit.customer).missing_in("people")}
    parties = [
        (party, lacking.get(party.public_id), party.pk in invited, party.pk in received)
        for party in living_parties(visit.customer)
    ]
    told = told_of_owners(visit.customer) if parties else {}
    return page(request, visit, "people", parties=parties, **told)


def told_of_owners(customer: Customer) -> dict[str, Any]:
    """What was told, drawn; and what is still open in it, in words for the customer. Nothing of lists."""
    structure = structure_of(customer, {})
    today = timezone.localdate()
    evaluation = evaluate(structure, today)
    return {
        "owners_picture": drawn_for_customer(structure.on(today), results_of(evaluation)),
        "owners_open": evaluation.questions,
    }


@member_page("GET", "HEAD", "POST")
def party(request: HttpRequest, visit: Visit, party_id: str = "") -> HttpResponse:
    """Add one, or change one."""
    customer = visit.customer
    if customer.is_person:
        raise Http404("a person has no owners")
    if not visit.may_edit:
        return refused(request, "The form is handed in, so it cannot be changed now.", 409)
    stored = party_of(visit, party_id) if party_id else None
    form = PartyForm(request.POST or None, customer=customer, party=stored)
    if request.method == "POST" and form.is_valid():
        if stored is None:
            saved = form.saves(add_party, customer=customer, actor=visit.user, **form.facts())
        else:
            saved = form.saves(change_party, party=stored, actor=visit.user, **form.facts())
        if saved:
            messages.success(request, f"{form.cleaned_data['legal_name']} is saved.")
            return redirect(step_url(customer, "people"))
    context = {
        "visit": visit,
        "customer": customer,
        "rail": rail_for(customer, "people"),
        "step": TABLE["people"],
        "title": stored.legal_name if stored else "Add a person or company",
        "party": stored,
        "form": form,
    }
    return render(request, "portal/party.html", context)


@member_page("GET", "HEAD", "POST")
def owners_file(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Read owners from a file; what an earlier file said is replaced, what was typed stays."""
    customer = visit.customer
    if customer.is_person:
        raise Http404("a person has no owners")
    if not visit.may_edit:
        return refused(request, "The form is handed in, so it cannot be changed now.", 409)
    form = OwnersFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["file"].read()
        if form.saves(import_file, customer=customer, content=content, source="customer", actor=visit.user):
            messages.success(request, "The file is read. Please check what it says below.")
            return redirect(step_url(customer, "people"))
    context = {
        "visit": visit,
        "customer": customer,
        "rail": rail_for(customer, "people"),
        "step": TABLE["people"],
        "title": "Owners from a file",
        "form": form,
    }
    return render(request, "portal/owners_file.html", context)


@member_page("POST")
def drop_party(request: HttpRequest, visit: Visit, party_id: str) -> HttpResponse:
    stored = party_of(visit, party_id)
    remove_party(party=stored, actor=visit.user)
    messages.success(request, f"{stored.legal_name} is removed.")
    return redirect(step_url(visit.customer, "people"))


@member_page("GET", "HEAD", "POST", owners_only=True)
def ask_party(request: HttpRequest, visit: Visit, party_id: str) -> HttpResponse:
    """Invite an owner or director to verify themselves by a link."""
    stored = party_of(visit, party_id)
    form = InviteForm(request.POST or None, initial={"email": stored.email})
    if (
        request.method == "POST"
        and form.is_valid()
        and form.saves(send_party_invitation, party=stored, email=form.cleaned_data["email"], actor=visit.user)
    ):
        messages.success(request, f"A link is on its way to {form.cleaned_data['email']}.")
        if visit.may_edit:
            return redirect(step_url(visit.customer, "people"))
        return redirect("portal:status", public_id=visit.customer.public_id)
    return render(
        request, "portal/ask_party.html", {"visit": visit, "customer": visit.customer, "party": stored, "form": form}
    )


def party_of(visit: Visit, party_id: str) -> RelatedParty:
    found = visit.customer.relatedparty_set.filter(public_id=party_id, removed_at=None).first()
    if found is None:
        raise Http404("no such person or company here")
    return found
