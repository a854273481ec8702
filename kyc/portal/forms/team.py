"""A colleague to invite, and one who joins."""

from __future__ import annotations

from django import forms

from kyc.customers.models import MemberRole
from kyc.portal.forms.asked import AskedForm, OwnNameField


class ColleagueForm(AskedForm):
    email = forms.EmailField(
        label="Their e-mail address", help_text="They get a link, and sign in with this very address."
    )
    role = forms.ChoiceField(
        label="What may they do?",
        choices=[
            (MemberRole.CONTRIBUTOR, "Fill in and upload"),
            (MemberRole.OWNER, "Everything: also submit, invite and appeal"),
        ],
        initial=MemberRole.CONTRIBUTOR,
        widget=forms.RadioSelect,
    )


class JoinForm(AskedForm):
    name = OwnNameField(label="Your full name")
