"""A file, and what it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from kyc.documents.models import DocumentKind
from kyc.policy.documents import UPLOADS
from kyc.portal.forms.asked import AskedForm

PERSON_KINDS = [
    (DocumentKind.PASSPORT, "Passport: the page with your picture"),
    (DocumentKind.IDENTITY_CARD, "Identity card: one file for each side"),
    (DocumentKind.DRIVING_LICENCE, "Driving licence"),
    (DocumentKind.VISA, "Visa or residence permit"),
    (DocumentKind.SELFIE, "Picture of your face"),
    (DocumentKind.ADDRESS, "Proof of address"),
    (DocumentKind.OTHER, "Something else"),
]
# for those who do not want faces compared: what is not needed is not asked for
FACELESS_KINDS = [choice for choice in PERSON_KINDS if choice[0] != DocumentKind.SELFIE]
IDENTITY_KINDS = PERSON_KINDS[:3]
# for those whose document and face a provider of identity checks looks at
READ_ELSEWHERE_KINDS = [choice for choice in FACELESS_KINDS if choice not in IDENTITY_KINDS]
ORGANISATION_KINDS = [
    (DocumentKind.REGISTRATION, "Registration certificate or extract"),
    (DocumentKind.OWNERSHIP, "Chart or register of owners"),
    (DocumentKind.ADDRESS, "Proof of address"),
    (DocumentKind.OTHER, "Something else"),
]
# telephones turn their own formats into these when they are named
ACCEPT = "image/jpeg,image/png,image/webp,application/pdf"


def file_field(**kwargs: Any) -> forms.FileField:
    """Refuses by its size what need not even be read; the rest is for kyc.documents."""
    return forms.FileField(widget=forms.FileInput({"accept": ACCEPT}), validators=[check_size], **kwargs)


def check_size(file: UploadedFile) -> None:
    if (file.size or 0) > UPLOADS.bytes:
        raise forms.ValidationError(f"The file is larger than {UPLOADS.bytes // 1_000_000} MB.")


class DocumentForm(AskedForm):
    """The bytes are judged by kyc.documents.services, never by the browser's word."""

    kind = forms.ChoiceField(label="What is it?")
    file = file_field(
        label="The file",
        help_text=f"A photo or a PDF of at most {UPLOADS.bytes // 1_000_000} MB. All four corners in the picture, "
        "nothing covered, sharp enough to read. Of your face: alone, in daylight, looking straight into the camera.",
    )

    def __init__(self, *args: Any, kinds: Sequence[tuple[Any, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = kinds
