"""What the models are for, and which."""

from __future__ import annotations

from typing import Any

from django import forms

from kyc.catalogue.models import CatalogueModel
from kyc.customers.models import UseDeclaration
from kyc.policy.uses import USES
from kyc.portal.forms.asked import AskedForm, ChoiceOfOne

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
        help_text="Choose all that apply. Some uses are looked at by a person first; none is held against you.",
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
    monthly_volume = ChoiceOfOne(
        label="How much, roughly?",
        help_text="So that ordinary growth of your use does not look strange to us.",
        choices=VOLUMES,
        required=False,
    )

    def __init__(self, *args: Any, stored: UseDeclaration | None, **kwargs: Any) -> None:
        if stored is not None:
            names = ("purposes", "description", "models_wanted", "monthly_volume")
            kwargs["initial"] = {name: getattr(stored, name) for name in names}
        super().__init__(*args, **kwargs)
        models = self.fields["models_wanted"]
        assert isinstance(models, forms.MultipleChoiceField)
        models.choices = [(model.code, model.name) for model in CatalogueModel.objects.filter(active=True)]
