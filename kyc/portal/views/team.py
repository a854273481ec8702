"""Colleagues who act for the same customer."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from kyc.customers.services import remove_member
from kyc.portal.forms.team import ColleagueForm
from kyc.portal.letters import send_colleague_invitation
from kyc.portal.visits import Visit, member_page, refused


@member_page("GET", "HEAD", "POST")
def team(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Everybody sees the list; only owners invite."""
    customer = visit.customer
    if request.method == "POST" and not visit.is_owner:
        return refused(request, "Only an owner can invite colleagues.", 403)
    form = ColleagueForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and form.saves(send_colleague_invitation, customer=customer, actor=visit.user, **form.cleaned_data)
    ):
        messages.success(request, f"An invitation is on its way to {form.cleaned_data['email']}.")
        return redirect("portal:team", public_id=customer.public_id)
    context = {
        "visit": visit,
        "customer": customer,
        "form": form,
        "members": customer.member_set.filter(removed_at=None).select_related("user").order_by("joined_at"),
        "waiting": customer.invitation_set.filter(party=None, accepted_at=None, expires_at__gt=timezone.now()),
    }
    return render(request, "portal/team.html", context)


@member_page("POST", owners_only=True)
def drop_member(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    member = visit.customer.member_set.filter(pk=pk, removed_at=None).first()
    if member is None:
        raise Http404("no such member here")
    remove_member(member=member, actor=visit.user)
    messages.success(request, f"{member.user.email} can no longer act for {visit.customer}.")
    if member.user_id == visit.user.pk:
        return redirect("portal:start")
    return redirect("portal:team", public_id=visit.customer.public_id)
