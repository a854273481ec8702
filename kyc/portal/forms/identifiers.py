"""The number of a document or register."""

from __future__ import annotations

from typing import Any

from django import forms

from kyc.customers.models import Customer
from kyc.portal.forms.asked import AskedForm, CountryField, DateInput

PERSON_KINDS = [
    ("passport", "Passport"),
    ("identity_card", "Identity card"),
    ("driving_licence", "Driving licence"),
    ("tax", "Tax number"),
]
ORGANISATION_KINDS = [
    ("tax", "Tax or VAT number"),
    ("lei", "Legal entity identifier (LEI)"),
    ("registration", "Another registration number"),
]
LABELS = dict(PERSON_KINDS + ORGANISATION_KINDS)


class IdentifierForm(AskedForm):
    optional = frozenset({"expires_on"})

    kind = forms.ChoiceField(label="What kind of number", help_text="A passport or identity card is best.")
    country = CountryField(label="Issued by", help_text="The same number can exist in two countries.", required=True)
    value = forms.CharField(
        label="Number",
        help_text="As printed. Spaces and dashes do not matter.",
        max_length=80,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    expires_on = forms.DateField(
        label="Valid until", help_text="So that we ask for a new one in time.", required=False, widget=DateInput()
    )

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = PERSON_KINDS if customer.is_person else ORGANISATION_KINDS
        if not customer.is_person:
            kind.help_text = "A number that no other organisation has."
