"""Pages behind an invitation's link: a colleague joins; an owner or director verifies themselves without an account."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kyc.audit.services import System
from kyc.customers.models import Invitation
from kyc.customers.services import accept_invitation, change_party, find_invitation
from kyc.documents.models import DocumentStatus
from kyc.portal.forms.documents import IDENTITY_KINDS, ORGANISATION_KINDS, DocumentForm
from kyc.portal.forms.people import PartySelfForm
from kyc.portal.forms.team import JoinForm
from kyc.portal.views.start import privacy_words
from kyc.portal.visits import presented, signed_in_user
from kyc.verifying import take_document

# Who acts on a page that needs no account: the audit names the invitation, never its token.
INVITED = "invitation {pk}"


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@presented
def join(request: HttpRequest, token: str) -> HttpResponse:
    """A colleague takes up the invitation with the account they are signed in with."""
    invitation = find_invitation(token)
    if invitation is None or invitation.party_id or invitation.accepted_at:
        return render(request, "portal/link_used.html", status=404)
    user = signed_in_user(request)
    form = JoinForm(request.POST or None, initial={"name": user.name})
    if request.method != "POST" or not form.is_valid():
        fits = invitation.email.lower() == user.email.lower()
        return render(request, "portal/join.html", {"invitation": invitation, "fits": fits, "form": form})
    accept_invitation(token=token, user=user, name=form.cleaned_data["name"])
    messages.success(request, f"You now act for {invitation.customer}.")
    return redirect("portal:status", public_id=invitation.customer.public_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@presented
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """The two small forms of somebody invited to verify themselves: their facts, and their document."""
    invitation = invitation_of(token)
    if invitation is None:
        return render(request, "portal/link_used.html", status=404)
    party = invitation.party
    assert party is not None
    actor = System(INVITED.format(pk=invitation.pk))
    sent = request.POST.get("sent", "")
    kinds = IDENTITY_KINDS if party.kind == "person" else ORGANISATION_KINDS
    initial = {
        "legal_name": party.legal_name,
        "birth_date": party.birth_date,
        "country": party.country,
        "nationality": party.nationalities[0] if party.nationalities else "",
    }
    about = PartySelfForm(request.POST if sent == "about" else None, initial=initial)
    upload = DocumentForm(
        request.POST if sent == "document" else None, request.FILES if sent == "document" else None, kinds=kinds
    )
    if party.kind != "person":
        del about.fields["birth_date"], about.fields["nationality"]
    if sent == "about" and about.is_valid() and about.saves(change_party, party=party, actor=actor, **about.facts()):
        messages.success(request, "Thank you, that is saved.")
        return redirect("portal:verify", token=token)
    if sent == "document" and upload.is_valid():
        file = upload.cleaned_data["file"]
        saved = upload.saves(
            take_document,
            customer=invitation.customer,
            actor=actor,
            kind=upload.cleaned_data["kind"],
            filename=file.name,
            content=file.read(),
            party=party,
        )
        if saved:
            messages.success(request, "Your document is here, encrypted and stored.")
            return redirect("portal:verify", token=token)
    context = {
        "invitation": invitation,
        "party": party,
        "about": about,
        "upload": upload,
        # by kind, time and whether it could be read: whoever holds the link may send, never look
        "received": party.documents.exclude(status=DocumentStatus.WITHDRAWN).order_by("id"),
    }
    return render(request, "portal/verify.html", context | privacy_words())


def invitation_of(token: str) -> Invitation | None:
    """The living invitation of a related party that is still one."""
    invitation = find_invitation(token)
    if invitation is None or invitation.party is None or invitation.party.removed_at is not None:
        return None
    return invitation
