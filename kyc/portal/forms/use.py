"""What the models are for, and which."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kyc.catalogue.models import CatalogueModel
from kyc.customers.models import UseDeclaration
from kyc.policy.uses import USES
from kyc.portal.forms.asked import AskedForm

CHANNEL_WORDS = {"console": "in the browser", "api": "by API", "download": "weights to download"}
VOLUMES = [
    ("under_10m", "Under 10 million tokens a month"),
    ("10m_to_1b", "10 million to 1 billion"),
    ("over_1b", "More than 1 billion"),
    ("", "Not known yet"),
]


class UseForm(AskedForm):
    optional = frozenset({"monthly_volume"})

    purposes = forms.MultipleChoiceField(
        label="What will you use the models for?",
        help_text="Choose all that apply. Some uses are looked at by a person first.",
        choices=[(use.code, use.label) for use in USES.values()],
        widget=forms.CheckboxSelectMultiple,
    )
    description = forms.CharField(
        label="In your own words",
        help_text="Two or three sentences: what you build, for whom, with what data. It spares us asking later.",
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 4}),
    )
    models_wanted = forms.MultipleChoiceField(
        label="Which models do you want?",
        help_text="Each comes with its own licence, whose questions follow on the next page.",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    monthly_volume = forms.ChoiceField(
        label="How much, roughly?",
        help_text="So that ordinary growth of your use does not look strange to us.",
        choices=VOLUMES,
        required=False,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, stored: UseDeclaration | None, **kwargs: Any) -> None:
        if stored is not None:
            names = ("purposes", "description", "models_wanted", "monthly_volume")
            kwargs["initial"] = {name: getattr(stored, name) for name in names}
        super().__init__(*args, **kwargs)
        models = self.fields["models_wanted"]
        assert isinstance(models, forms.MultipleChoiceField)
        models.choices = [(model.code, described(model)) for model in CatalogueModel.objects.filter(active=True)]


def described(model: CatalogueModel) -> SafeString:
    """Its name, and below it how it is reached."""
    ways = ", ".join(CHANNEL_WORDS.get(channel, channel) for channel in model.channels)
    return format_html(
        "{}<small>{}{}</small>", model.name, ways, "; looked at more closely" if model.restricted else ""
    )
