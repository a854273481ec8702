"""Owners and directors of an organisation: add, change, remove, invite to verify themselves."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from kyc.customers.models import RelatedParty
from kyc.customers.queries import living_parties
from kyc.customers.services import add_party, change_party, remove_party
from kyc.documents.models import DocumentStatus
from kyc.portal.forms.people import InviteForm, PartyForm
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
    return page(request, visit, "people", parties=parties)


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
