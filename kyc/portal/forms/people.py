"""Owners, directors and parents of an organisation."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from kyc.customers.models import Customer, PartyNature, PartyRole, RelatedParty
from kyc.customers.states import CustomerKind
from kyc.policy.customers import NAME_LIMIT
from kyc.portal.forms.asked import AskedForm, ChoiceOfOne, CountryField, DateInput

ROLE_WORDS = [
    (PartyRole.OWNER, "Owner: holds shares or votes"),
    (PartyRole.DIRECTOR, "Director"),
    (PartyRole.CONTROL_PERSON, "Control person: runs it day to day"),
    (PartyRole.PARENT, "Parent company"),
]


# what is asked of one kind alone; the script hides it when the other is chosen
ONLY = {
    "birth_date": CustomerKind.PERSON,
    "nationality": CustomerKind.PERSON,
    "headquarters_country": CustomerKind.ORGANISATION,
    "nature": CustomerKind.ORGANISATION,
    "listed_on": CustomerKind.ORGANISATION,
}
NATURE_WORDS = [
    (PartyNature.ORDINARY, "A company or similar"),
    (PartyNature.TRUST, "A trust or foundation: add the people behind it too"),
    (PartyNature.STATE, "A state or public body"),
    (PartyNature.UNNAMED, "Somebody we cannot name, such as a holder of bearer shares"),
]


class PartyForm(AskedForm):
    """One person or company behind the organisation."""

    optional = frozenset(
        {
            "nationality",
            "headquarters_country",
            "nature",
            "listed_on",
            "share",
            "share_max",
            "since",
            "nominee",
            "held_for",
            "owned",
        }
    )

    kind = ChoiceOfOne(
        label="Is it a person or a company?",
        choices=[(CustomerKind.PERSON, "A person"), (CustomerKind.ORGANISATION, "A company or other organisation")],
        initial=CustomerKind.PERSON,
    )
    legal_name = forms.CharField(
        label="Full name", help_text="As on their document or in the register.", max_length=NAME_LIMIT
    )
    roles = forms.MultipleChoiceField(
        label="What are they to you?",
        help_text="Owners and those in charge are looked at in different ways. Choose all that apply.",
        choices=ROLE_WORDS,
        widget=forms.CheckboxSelectMultiple,
    )
    birth_date = forms.DateField(
        label="Date of birth",
        help_text="Of a person. It tells them apart from somebody with their name.",
        required=False,
        widget=DateInput(),
    )
    country = CountryField(label="Country they live or are registered in", help_text="It decides which rules apply.")
    nationality = CountryField(label="Nationality", help_text="Of a person.")
    headquarters_country = CountryField(
        label="Country it is run from", help_text="Of a company, if elsewhere than registered."
    )
    nature = forms.ChoiceField(
        label="What kind of organisation is it?",
        help_text="Rules look through companies, and at everybody behind a trust.",
        choices=NATURE_WORDS,
        required=False,
    )
    listed_on = forms.CharField(
        label="Stock exchange",
        help_text="If its shares are traded on one: its small shareholders need not be named then.",
        required=False,
        max_length=80,
    )
    share = forms.DecimalField(
        label="Share held, in percent",
        help_text="Shares of several owners are added up. Leave it empty if you do not know: we then ask.",
        required=False,
        max_digits=7,
        decimal_places=4,
        widget=forms.NumberInput({"inputmode": "decimal", "step": "any", "min": "0", "max": "100"}),
    )
    share_max = forms.DecimalField(
        label="Or at most, in percent",
        help_text="Where only a range is known, such as 25 to 50: the upper end.",
        required=False,
        max_digits=7,
        decimal_places=4,
        widget=forms.NumberInput({"inputmode": "decimal", "step": "any", "min": "0", "max": "100"}),
    )
    owned = forms.ChoiceField(
        label="In whom do they hold it?",
        help_text="So that ownership through several companies is seen.",
        required=False,
    )
    since = forms.DateField(
        label="Since when?", help_text="Leave it empty if you do not know.", required=False, widget=DateInput()
    )
    nominee = forms.BooleanField(
        label="They hold it for somebody else (as a nominee)",
        help_text="Then please add that somebody too: rules look at the one who benefits.",
        required=False,
    )

    held_for = forms.ChoiceField(
        label="For whom?", help_text="Add them first if they are not in this list.", required=False
    )

    def __init__(self, *args: Any, customer: Customer, party: RelatedParty | None = None, **kwargs: Any) -> None:
        if party is not None:
            kwargs["initial"] = _stored(party)
        super().__init__(*args, **kwargs)
        companies = customer.relatedparty_set.filter(removed_at=None, kind=CustomerKind.ORGANISATION)
        self.companies = {one.public_id: one for one in companies if party is None or one.pk != party.pk}
        owned = self.fields["owned"]
        assert isinstance(owned, forms.ChoiceField)
        owned.choices = [
            ("", customer.legal_name or "The organisation itself"),
            *((public_id, company.legal_name) for public_id, company in self.companies.items()),
        ]
        others = customer.relatedparty_set.filter(removed_at=None).exclude(pk=party.pk if party else None)
        self.others = {one.public_id: one for one in others.order_by("id")}
        held_for = self.fields["held_for"]
        assert isinstance(held_for, forms.ChoiceField)
        held_for.choices = [("", "Not said"), *((key, one.legal_name) for key, one in self.others.items())]
        if not self.others:
            del self.fields["held_for"]
        for name, kind in ONLY.items():
            self.fields[name].widget.attrs["data-only"] = kind
            if party is not None and party.kind != kind:
                del self.fields[name]
        if party is not None:
            del self.fields["kind"]
        if not self.companies:
            del self.fields["owned"]

    def facts(self) -> dict[str, Any]:
        """The arguments of add_party and change_party; `kind` only of a new one."""
        values = self.cleaned_data
        low: Decimal | None = values["share"]
        high: Decimal | None = values["share_max"]
        facts: dict[str, Any] = {
            "legal_name": values["legal_name"],
            "roles": values["roles"],
            "country": values["country"],
            "share_min": low,
            "share_max": low if high is None else high,
            "nominee": values["nominee"],
            "owned": self.companies.get(values.get("owned", "")),
            "held_for": self.others.get(values.get("held_for", "")) if values["nominee"] else None,
            "since": values["since"],
        }
        for name in ("nature", "listed_on"):
            if name in values:
                facts[name] = values[name]
        if "birth_date" in values:
            facts["birth_date"] = values["birth_date"]
        if "nationality" in values:
            facts["nationalities"] = [values["nationality"]] if values["nationality"] else []
        if "headquarters_country" in values:
            facts["headquarters_country"] = values["headquarters_country"]
        if "kind" in values:
            facts["kind"] = values["kind"]
        return facts


def _stored(party: RelatedParty) -> dict[str, Any]:
    held = party.holding
    return {
        "legal_name": party.legal_name,
        "roles": party.roles,
        "birth_date": party.birth_date,
        "country": party.country,
        "nationality": party.nationalities[0] if party.nationalities else "",
        "headquarters_country": party.headquarters_country,
        "share": held and held.share_min,
        "share_max": held and held.share_max if held and held.share_max != held.share_min else None,
        "nominee": bool(held and held.nominee),
        "owned": held.owned.public_id if held and held.owned else "",
        "held_for": held.held_for.public_id if held and held.held_for else "",
        "since": held and held.since,
        "nature": party.nature,
        "listed_on": party.listed_on,
    }


class PartySelfForm(AskedForm):
    """What an invited owner or director tells of themselves."""

    optional = frozenset({"nationality"})

    legal_name = forms.CharField(
        label="Full name", help_text="As on your passport or identity card: we compare it.", max_length=NAME_LIMIT
    )
    birth_date = forms.DateField(
        label="Date of birth",
        help_text="The surest way to tell you apart from somebody with your name.",
        widget=DateInput(autocomplete="bday"),
    )
    country = CountryField(label="Country you live in", help_text="It decides which rules apply.", required=True)
    nationality = CountryField(label="Nationality", help_text="Some rules follow the passport a person holds.")

    def facts(self) -> dict[str, Any]:
        values = self.cleaned_data
        facts: dict[str, Any] = {"legal_name": values["legal_name"], "country": values["country"]}
        if "birth_date" in values:
            facts["birth_date"] = values["birth_date"]
            facts["nationalities"] = [values["nationality"]] if values["nationality"] else []
        return facts


class InviteForm(AskedForm):
    email = forms.EmailField(label="E-mail address", help_text="The link is sent there, and works only for them.")


class OwnersFileForm(AskedForm):
    """A chart that a register or another service wrote: quicker than typing, where there is one."""

    file = forms.FileField(
        label="Your owners as a file",
        help_text="In the Beneficial Ownership Data Standard 0.4 (JSON), or GLEIF's level 2 records (XML or CSV). "
        "It is read and not kept.",
    )
