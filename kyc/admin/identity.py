"""Documents, each view of which is recorded, and the judgement on a verification."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from accounts.roles import Permission
from kyc.admin.cases import back_to_case_or, check_claim
from kyc.admin.customers import customer_page
from kyc.admin.reading import checked
from kyc.admin.site import console, done, present, read, staff
from kyc.cases.states import CaseType
from kyc.documents.models import Document
from kyc.documents.services import view_document
from kyc.identity.models import Verification
from kyc.identity.states import OPEN as OPEN_VERIFICATIONS
from kyc.journey import settle_identity
from kyc.verifying import take_over, type_zone


@console.page("documents/<str:public_id>/", name="document", needs=Permission.VIEW_DOCUMENTS)
def document_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """The document beside what was declared and read. The picture itself is another request, which is recorded."""
    document = get_object_or_404(Document.objects.select_related("customer", "party"), public_id=public_id)
    verifications = Verification.objects.filter(documents=document).select_related("party", "customer", "reviewed_by")
    return present(
        request, "document.html", title=document.get_kind_display().capitalize(), document=document,
        customer=document.customer, checked=[checked(row) for row in verifications.order_by("-started_at")],
        documents=[document], open_verifications=OPEN_VERIFICATIONS,
    )  # fmt: skip


@console.page("documents/<str:public_id>/picture/", name="document_picture", needs=Permission.VIEW_DOCUMENTS)
def document_picture(request: HttpRequest, public_id: str) -> HttpResponse:
    """The re-encoded picture without metadata; the view is recorded under the reader's name."""
    document = get_object_or_404(Document, public_id=public_id)
    if not document.preview_name:
        return HttpResponse("There is no picture of this document.", status=404, content_type="text/plain")
    picture = view_document(document=document, actor=staff(request), preview=True)
    return _bytes(picture, sniffed(picture))


@console.page("documents/<str:public_id>/original/", name="document_original", needs=Permission.VIEW_DOCUMENTS)
def document_original(request: HttpRequest, public_id: str) -> HttpResponse:
    """The file as it was sent, to be saved and never shown within the page: it is a stranger's file."""
    document = get_object_or_404(Document, public_id=public_id)
    response = _bytes(view_document(document=document, actor=staff(request), preview=False), "application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{document.public_id}"'
    return response


def sniffed(picture: bytes) -> str:
    """Previews are re-encoded by us, as PNG, WebP or JPEG."""
    if picture.startswith(b"\x89PNG"):
        return "image/png"
    return "image/webp" if picture[8:12] == b"WEBP" else "image/jpeg"


def _bytes(content: bytes, mime: str) -> HttpResponse:
    response = HttpResponse(content, content_type=mime)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


class MrzForm(forms.Form):
    text = forms.CharField(max_length=400, label="machine-readable zone", strip=True)


class JudgementForm(forms.Form):
    verified = forms.ChoiceField(choices=[("yes", "verified"), ("no", "not verified")], label="judgement")
    reason = forms.CharField(max_length=4000, required=False)


def verification_back(request: HttpRequest, public_id: str) -> HttpResponse:
    verification = get_object_or_404(Verification, public_id=public_id)
    return back_to_case_or(request, customer_page, verification.customer.public_id)


def _after(request: HttpRequest, sentence: str, verification: Verification) -> HttpResponse:
    if case := request.POST.get("case"):
        return done(request, sentence, "case", case)
    return done(request, sentence, "customer", verification.customer.public_id)


@console.verb("verifications/<str:public_id>/mrz/", name="mrz", needs=Permission.WORK_CASES, back=verification_back)
def mrz(request: HttpRequest, public_id: str) -> HttpResponse:
    verification = get_object_or_404(Verification.objects.select_related("customer"), public_id=public_id)
    check_claim(staff(request), customer=verification.customer, type=CaseType.IDENTITY)
    text = read(MrzForm(request.POST))["text"]
    type_zone(verification=verification, text=text, actor=staff(request))
    return _after(request, "Read and compared with what was declared.", verification)


@console.verb(
    "verifications/<str:public_id>/settle/",
    name="verification_settle",
    needs=Permission.WORK_CASES,
    back=verification_back,
)
def verification_settle(request: HttpRequest, public_id: str) -> HttpResponse:
    verification = get_object_or_404(Verification.objects.select_related("customer"), public_id=public_id)
    check_claim(staff(request), customer=verification.customer, type=CaseType.IDENTITY)
    values = read(JudgementForm(request.POST))
    settle_identity(
        verification=verification, verified=values["verified"] == "yes", actor=staff(request), reason=values["reason"]
    )
    return _after(request, "Recorded.", verification)


class TakeOverForm(forms.Form):
    reason = forms.CharField(max_length=4000, label="reason", strip=True)


@console.verb(
    "verifications/<str:public_id>/take-over/", name="take_over", needs=Permission.WORK_CASES, back=verification_back
)
def take_over_page(request: HttpRequest, public_id: str) -> HttpResponse:
    verification = get_object_or_404(Verification.objects.select_related("customer"), public_id=public_id)
    check_claim(staff(request), customer=verification.customer, type=CaseType.IDENTITY)
    reason = read(TakeOverForm(request.POST))["reason"]
    take_over(customer=verification.customer, actor=staff(request), reason=reason)
    return _after(request, "Taken over: the check is a person's now.", verification)
