"""About the person, or the organisation."""

from __future__ import annotations

from typing import Any

from django import forms

from kyc.customers.models import Customer
from kyc.matching.types import NameQuality
from kyc.policy.customers import NAME_LIMIT
from kyc.portal.forms.asked import AskedForm, ChoiceOfOne, CountryField, DateInput, OwnNameField

# aliases that a customer tells are full names of theirs, good enough to be searched by
OTHER_NAME_QUALITY = NameQuality.STRONG


class AboutForm(AskedForm):
    """What both kinds share. `revision` is the one the page was shown with: a colleague's change in between is seen."""

    data: Any
    legal_name: forms.CharField
    revision = forms.IntegerField(widget=forms.HiddenInput)
    profile_fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        initial = {name: getattr(customer, name) for name in self.profile_fields}
        initial["revision"] = customer.revision
        initial["other_names"] = "\n".join(customer.othername_set.order_by("text").values_list("text", flat=True))
        super().__init__(*args, initial=initial | kwargs.pop("initial", {}), **kwargs)

    def profile(self) -> dict[str, Any]:
        """The fields of kyc.customers.services.change_profile."""
        return {name: self.cleaned_data[name] for name in self.profile_fields}

    def take_revision(self, customer: Customer) -> None:
        """Show the page again with what was typed, against the revision that is stored now."""
        customer.refresh_from_db()
        typed = self.data.copy()
        typed["revision"] = str(customer.revision)
        self.data = typed

    def other_names(self) -> list[tuple[str, str]]:
        lines = self.cleaned_data["other_names"].splitlines()
        return [(line.strip(), OTHER_NAME_QUALITY) for line in lines if line.strip()]

    def clean_other_names(self) -> str:
        text: str = self.cleaned_data["other_names"]
        if any(len(line) > NAME_LIMIT for line in text.splitlines()):
            raise forms.ValidationError(f"A name has at most {NAME_LIMIT} characters; write one name on each line.")
        return text


class AboutPersonForm(AboutForm):
    profile_fields = (
        "legal_name",
        "original_name",
        "birth_date",
        "gender",
        "residence_country",
        "email",
        "phone",
    )
    optional = frozenset({"original_name", "other_names", "gender", "second_nationality", "third_nationality", "phone"})

    legal_name = forms.CharField(
        label="Full name",
        help_text="As on your passport or identity card, in Latin letters: we compare it with the document.",
        required=False,
        max_length=NAME_LIMIT,
        widget=forms.TextInput({"autocomplete": "name"}),
    )
    original_name = forms.CharField(
        label="Name in its own script",
        help_text="If your name is written in another script. It avoids mistakes that a transcription makes.",
        required=False,
        max_length=NAME_LIMIT,
    )
    other_names = forms.CharField(
        label="Other names",
        help_text="Former names or names you are known by, one on each line. They help to rule out a mix-up.",
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )
    birth_date = forms.DateField(
        label="Date of birth",
        help_text="The surest way to tell you apart from somebody with your name.",
        required=False,
        widget=DateInput(autocomplete="bday"),
    )
    gender = ChoiceOfOne(
        label="Sex on your document",
        help_text="Only compared with your document; leave it open if you like.",
        required=False,
        choices=[("female", "Female"), ("male", "Male"), ("", "Not said")],
    )
    nationalities = CountryField(
        label="Nationality", help_text="Some rules follow the passport a person holds, wherever they live."
    )
    second_nationality = CountryField(label="Second nationality")
    third_nationality = CountryField(label="Third nationality")
    residence_country = CountryField(
        label="Country you live in", help_text="It decides which terms apply, and whether we may serve you there."
    )
    email = forms.EmailField(
        label="E-mail address", help_text="Where we write to you about your verification.", required=False
    )
    phone = forms.CharField(
        label="Phone number",
        help_text="With the country code. Only used if we cannot reach you by e-mail.",
        required=False,
        max_length=40,
        widget=forms.TextInput({"autocomplete": "tel", "type": "tel"}),
    )

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        held = [*customer.nationalities, "", "", ""]
        names = ("nationalities", "second_nationality", "third_nationality")
        super().__init__(*args, customer=customer, initial=dict(zip(names, held, strict=False)), **kwargs)

    @property
    def has_extras(self) -> bool:
        """Whether one of the questions that seldom apply is answered, or wrong."""
        seldom = ("original_name", "other_names", "second_nationality", "third_nationality", "gender", "phone")
        return any(self[name].value() or self[name].errors for name in seldom)

    def profile(self) -> dict[str, Any]:
        chosen = (self.cleaned_data[name] for name in ("nationalities", "second_nationality", "third_nationality"))
        return super().profile() | {"nationalities": list(dict.fromkeys(code for code in chosen if code))}


class AboutOrganisationForm(AboutForm):
    profile_fields = (
        "legal_name",
        "original_name",
        "registration_country",
        "registration_number",
        "incorporated_on",
        "residence_country",
        "parent_country",
        "website",
        "email",
        "phone",
    )
    optional = frozenset({"original_name", "other_names", "incorporated_on", "parent_country", "website", "phone"})

    legal_name = forms.CharField(
        label="Registered name",
        help_text="As in the register, in Latin letters: we compare it with the certificate.",
        required=False,
        max_length=NAME_LIMIT,
        widget=forms.TextInput({"autocomplete": "organization"}),
    )
    original_name = forms.CharField(
        label="Name in its own script",
        help_text="If the register writes it in another script.",
        required=False,
        max_length=NAME_LIMIT,
    )
    other_names = forms.CharField(
        label="Trading and former names",
        help_text="One on each line. They help to rule out a mix-up with another company.",
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )
    registration_country = CountryField(
        label="Country of registration", help_text="Whose register the organisation is entered in."
    )
    registration_number = forms.CharField(
        label="Registration number",
        help_text="The number in that register. Unlike a name, it is never shared.",
        required=False,
        max_length=80,
    )
    incorporated_on = forms.DateField(
        label="Date of registration",
        required=False,
        widget=DateInput(),
        help_text="Tells it apart from a namesake, and a new company from an old one.",
    )
    residence_country = CountryField(
        label="Country it is run from",
        help_text="Where its management sits, if elsewhere than registered. Some rules follow the headquarters.",
    )
    parent_country = CountryField(
        label="Country of the ultimate parent",
        help_text="If it belongs to a group: where the company at the top has its headquarters.",
    )
    your_name = OwnNameField(label="Your own full name", required=False)
    website = forms.URLField(
        label="Website",
        help_text="So that we can see what the organisation does.",
        required=False,
        assume_scheme="https",
    )
    email = forms.EmailField(label="E-mail address", help_text="Where we write about the verification.", required=False)
    phone = forms.CharField(
        label="Phone number",
        help_text="With the country code. Only used if we cannot reach you by e-mail.",
        required=False,
        max_length=40,
        widget=forms.TextInput({"autocomplete": "tel", "type": "tel"}),
    )
