"""Documents: upload, look, take back. Bytes leave only here, after the permission check, and each view is audited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header

from kyc import journey
from kyc.customers.models import Consent, Customer
from kyc.customers.queries import consent_given
from kyc.documents.models import Document, DocumentStatus
from kyc.documents.services import PREVIEW_MIME, store_document, view_document, withdraw_document
from kyc.portal.forms.documents import (
    FACELESS_KINDS,
    ORGANISATION_KINDS,
    PERSON_KINDS,
    READ_ELSEWHERE_KINDS,
    DocumentForm,
)
from kyc.portal.steps import step_url
from kyc.portal.views.walk import page
from kyc.portal.visits import Visit, member_page
from kyc.verifying import DocumentReader, pictures_to_take_again, take_document


def documents(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The step of the form: what is there, and one more file."""
    customer = visit.customer
    reader = journey.document_reader(customer)
    form = DocumentForm(request.POST or None, request.FILES or None, kinds=kinds_for(customer, reader))
    if request.method == "POST" and form.is_valid() and _saves(form, store_document, visit):
        messages.success(request, "The file is here, encrypted and stored.")
        return redirect(step_url(customer, "documents"))
    shown = customer.document_set.filter(party=None).exclude(status=DocumentStatus.WITHDRAWN).order_by("id")
    return page(request, visit, "documents", form=form, documents=shown, reader=reader)


def _saves(form: DocumentForm, verb: Callable[..., Any], visit: Visit) -> bool:
    """The file by that verb; its refusal stands in the form."""
    file = form.cleaned_data["file"]
    return form.saves(
        verb,
        customer=visit.customer,
        actor=visit.user,
        kind=form.cleaned_data["kind"],
        filename=file.name,
        content=file.read(),
    )


def kinds_for(customer: Customer, reader: DocumentReader) -> Sequence[tuple[Any, str]]:
    """What may be sent here: nothing that somebody else will ask for."""
    if not customer.is_person:
        return ORGANISATION_KINDS
    if reader.vendor and not reader.if_agreed:
        return READ_ELSEWHERE_KINDS
    return FACELESS_KINDS if consent_given(customer, Consent.Kind.BIOMETRICS) is False else PERSON_KINDS


@member_page("GET", "HEAD")
def sent(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The list of what was sent, fetched again by htmx while something in it is still being read."""
    shown = visit.customer.document_set.filter(party=None).exclude(status=DocumentStatus.WITHDRAWN).order_by("id")
    return render(
        request, "portal/documents_sent.html", {"visit": visit, "customer": visit.customer, "documents": shown}
    )


@member_page("GET", "HEAD", "POST")
def again(request: HttpRequest, visit: Visit) -> HttpResponse:
    """A picture that could not be read, once more: after the form is handed in, while its check is open."""
    wanted = pictures_to_take_again(visit.customer)
    if not wanted:
        return redirect("portal:status", public_id=visit.customer.public_id)
    kinds = [choice for choice in PERSON_KINDS if choice[0] in {row.kind for row in wanted}]
    form = DocumentForm(request.POST or None, request.FILES or None, kinds=kinds)
    if request.method == "POST" and form.is_valid() and _saves(form, take_document, visit):
        messages.success(request, "Thank you. The new picture is here and is being read.")
        return redirect("portal:status", public_id=visit.customer.public_id)
    context = {"visit": visit, "customer": visit.customer, "documents": wanted, "retakes": wanted, "form": form}
    return render(request, "portal/again.html", context)


@member_page("GET")
def document(request: HttpRequest, visit: Visit, document_id: str, preview: bool) -> HttpResponse:
    """The file as it was sent, or its preview picture."""
    row = document_of(visit, document_id)
    if preview and not row.preview_name:
        raise Http404("there is no preview of this document")
    content = view_document(document=row, actor=visit.user, preview=preview)
    return sealed_off(content, mime=PREVIEW_MIME if preview else row.mime, filename=row.filename, inline=preview)


@member_page("POST")
def withdraw(request: HttpRequest, visit: Visit, document_id: str) -> HttpResponse:
    withdraw_document(document=document_of(visit, document_id), actor=visit.user)
    messages.success(request, "The document is withdrawn.")
    return redirect(step_url(visit.customer, "documents"))


def document_of(visit: Visit, document_id: str) -> Document:
    """The customer's own. What its owners sent of themselves is for our staff alone. Raises Http404."""
    living = visit.customer.document_set.exclude(status=DocumentStatus.WITHDRAWN)
    found = living.filter(public_id=document_id, party=None).first()
    if found is None:
        raise Http404("no such document here")
    return found


def sealed_off(content: bytes, *, mime: str, filename: str, inline: bool) -> HttpResponse:
    """Bytes that a stranger uploaded: never sniffed, never cached, never run as part of our site."""
    response = HttpResponse(content, content_type=mime)
    disposition = content_disposition_header(not inline, filename)
    response["Content-Disposition"] = disposition or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
