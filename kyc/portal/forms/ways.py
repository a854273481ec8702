"""What a customer sends to be let out of a challenge."""

from __future__ import annotations

from django import forms

from kyc.portal.forms.asked import AskedForm
from kyc.portal.forms.documents import IDENTITY_KINDS, file_field


class LookAgainForm(AskedForm):
    kind = forms.ChoiceField(label="What is it?", choices=IDENTITY_KINDS)
    file = file_field(label="A new picture of it", help_text="All four corners in the picture, sharp enough to read.")


class OwnRangeForm(AskedForm):
    cidr = forms.CharField(
        label="The range",
        max_length=50,
        help_text="As your network provider assigned it, for example 192.0.2.0/28. One address is a range too.",
    )
    words = forms.CharField(
        label="How do you know that it is yours alone?",
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        help_text="For example a contract, or the record of a registry.",
    )


class PersonForm(AskedForm):
    words = forms.CharField(
        label="Where are you, and why from this network?",
        max_length=2000,
        widget=forms.Textarea({"rows": 4}),
        help_text="A few words are enough: a journey, an office, a server that you run.",
    )
