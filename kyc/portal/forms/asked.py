"""How a question is asked: its words, why it is asked, and whether the rules still miss the answer.

Forms check shape only. What is needed is the word of kyc.customers.rules: hence no field is `required` because the
customer must answer it some day, only where a verb cannot be called without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from kyc.customers.rules import Missing
from kyc.errors import BadInput, ForbiddenMove, Incomplete, LostRace
from kyc.policy.countries import countries
from kyc.policy.customers import NAME_LIMIT


class AskedField(BoundField):
    """A bound field that knows whether it is optional, and what the rules still miss here."""

    @property
    def missing(self) -> Missing | None:
        if self.errors:
            return None  # what is wrong is said already
        return getattr(self.form, "missing", {}).get(self.name)

    @property
    def is_optional(self) -> bool:
        return self.name in getattr(self.form, "optional", ())

    @property
    def aria_describedby(self) -> str | None:
        described: str | None = super().aria_describedby
        if described is None or not self.missing:
            return described
        return f"{described} {self.auto_id}_missing".strip()


class AskedForm(forms.Form):
    """`optional` names the fields nobody needs to fill in."""

    bound_field_class = AskedField
    use_required_attribute = False
    optional: frozenset[str] = frozenset()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.missing: dict[str, Missing] = {}

    def point_out(self, missing: Iterable[Missing]) -> list[Missing]:
        """Mark the fields whose answer is missing; returns those of no field here."""
        elsewhere = []
        for item in missing:
            if item.field in self.fields:
                self.missing.setdefault(item.field, item)
            else:
                elsewhere.append(item)
        return elsewhere

    def saves(self, verb: Callable[..., Any], **arguments: Any) -> bool:
        """Call one verb; its refusal becomes an error at the field it names, and nothing is saved."""
        try:
            verb(**arguments)
        except (BadInput, ForbiddenMove, Incomplete, LostRace) as error:
            field = error.facts.get("field")
            self.add_error(field if field in self.fields else None, error.sentence)
            return False
        return True


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **attrs: Any) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class CountryField(forms.TypedChoiceField):
    """An ISO alpha-2 code, or ""."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(choices=country_choices, empty_value="", **kwargs)


class OwnNameField(forms.CharField):
    """The full name of whoever sits before the page and acts for an organisation."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            help_text="As on your passport or identity card. "
            "Who acts for an organisation is checked as its owners are.",
            max_length=NAME_LIMIT,
            widget=forms.TextInput({"autocomplete": "name"}),
            **kwargs,
        )


class ChoiceOfOne(forms.ChoiceField):
    """Radio buttons, beside one another where there is room."""

    widget = forms.RadioSelect
    side_by_side = True


def country_choices() -> list[tuple[str, str]]:
    return [("", "Choose a country"), *countries().items()]
