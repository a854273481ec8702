"""The privacy notice, and whether faces may be compared."""

from __future__ import annotations

from typing import Any

from django import forms

from kyc.customers.models import Customer
from kyc.portal.forms.asked import AskedForm

NO_FACES = ("no", "No. A person looks at my document instead.")


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
            ("yes", "Yes, by computer. The measurements are deleted when it is done."),
            NO_FACES,
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Please choose one of the two ways."},
    )

    def __init__(self, *args: Any, customer: Customer, identity_providers: str = "", **kwargs: Any) -> None:
        """`identity_providers`: "Stripe or Persona", to whom this customer may be sent; "" for nobody."""
        super().__init__(*args, **kwargs)
        if not customer.is_person:
            del self.fields["biometrics"]
        elif identity_providers:
            field = self.fields["biometrics"]
            assert isinstance(field, forms.ChoiceField)
            field.help_text = (
                "This is your choice, and refusing costs you nothing but a little time. If you agree, we ask you for a "
                f"picture of your face, or {identity_providers} asks for it on its own pages."
            )
            field.choices = [("yes", "Yes, by computer."), NO_FACES]

    def choices(self) -> dict[str, bool]:
        """{kind of consent: given}."""
        chosen = {"privacy": True}
        if "biometrics" in self.cleaned_data:
            chosen["biometrics"] = self.cleaned_data["biometrics"] == "yes"
        return chosen
