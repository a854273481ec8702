"""The privacy notice, and whether faces may be compared."""

from __future__ import annotations

from typing import Any

from django import forms

from kyc.customers.models import Customer
from kyc.portal.forms.asked import AskedForm


class PrivacyForm(AskedForm):
    privacy = forms.BooleanField(
        label="I have read the privacy notice",
        error_messages={"required": "Please read the notice above, then tick this box."},
    )
    biometrics = forms.ChoiceField(
        label="May we compare your face with your document?",
        help_text="This is your choice, and refusing costs you nothing but a little time. If you agree, send a picture "
        "of your face among your documents.",
        choices=[
            ("yes", "Yes, by computer. The comparison is deleted when it is done."),
            ("no", "No. A person looks at my document instead."),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Please choose one of the two ways."},
    )

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not customer.is_person:
            del self.fields["biometrics"]

    def choices(self) -> dict[str, bool]:
        """{kind of consent: given}."""
        chosen = {"privacy": True}
        if "biometrics" in self.cleaned_data:
            chosen["biometrics"] = self.cleaned_data["biometrics"] == "yes"
        return chosen
