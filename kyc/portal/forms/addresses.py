"""One address of one kind."""

from __future__ import annotations

from typing import Any

from django import forms

from kyc.customers.models import Address
from kyc.customers.states import CustomerKind
from kyc.portal.forms.asked import AskedForm, CountryField

WORDS: dict[str, tuple[str, str]] = {
    "residence": ("Where you live", "The address on your documents, if you still live there."),
    "registered": ("Registered address", "As in the register."),
    "business": ("Place of business", "Only if it is elsewhere: where the work is done."),
}
ADDRESSES: dict[str, tuple[str, ...]] = {
    CustomerKind.PERSON: ("residence",),
    CustomerKind.ORGANISATION: ("registered", "business"),
}
MAY_BE_EMPTY = frozenset({"business"})


class AddressForm(AskedForm):
    """All empty is allowed where `may_be_empty`: then nothing is saved."""

    optional = frozenset({"region", "postal_code"})
    use_required_attribute = False

    street = forms.CharField(
        label="Street and number", max_length=300, widget=forms.TextInput({"autocomplete": "street-address"})
    )
    postal_code = forms.CharField(
        label="Postal code", max_length=20, required=False, widget=forms.TextInput({"autocomplete": "postal-code"})
    )
    city = forms.CharField(
        label="Town or city", max_length=120, widget=forms.TextInput({"autocomplete": "address-level2"})
    )
    region = forms.CharField(
        label="Region or state",
        max_length=120,
        required=False,
        widget=forms.TextInput({"autocomplete": "address-level1"}),
    )
    country = CountryField(label="Country", required=True)

    def __init__(self, *args: Any, kind: str, stored: Address | None, may_be_empty: bool, **kwargs: Any) -> None:
        if stored is not None:
            names = ("street", "city", "region", "postal_code", "country")
            kwargs["initial"] = {name: getattr(stored, name) for name in names}
        super().__init__(*args, prefix=kind, empty_permitted=may_be_empty and stored is None, **kwargs)
        self.kind = kind
        self.title, self.why = WORDS[kind]

    def is_filled(self) -> bool:
        return bool(self.cleaned_data.get("street"))
