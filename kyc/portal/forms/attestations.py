"""The questions of one version of one licence."""

from __future__ import annotations

from typing import Any

from django import forms

from kyc.catalogue.models import LicenceTerms
from kyc.portal.forms.asked import AskedForm, ChoiceOfOne

PREFIX = "ask_"
YES_OR_NO = [("yes", "Yes"), ("no", "No")]
CONFIRM = [("yes", "Yes, I confirm this"), ("no", "No, I cannot")]


class AttestationForm(AskedForm):
    """Yes or no to each question; words where the question wants words (`"answer": "text"`).

    Every answer is accepted here: what a "no" means is policy, and a person looks at it.
    """

    terms = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, asked: LicenceTerms, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"terms": asked.pk})
        super().__init__(*args, **kwargs)
        for ask in asked.asks:
            self.fields[PREFIX + ask["code"]] = _field(ask)
        self.asked = asked

    def is_for_shown_terms(self) -> bool:
        """False when a new version came out while the page was open."""
        return self.cleaned_data["terms"] == self.asked.pk

    def answers(self) -> dict[str, bool | str]:
        return {ask["code"]: _answer(self.cleaned_data[PREFIX + ask["code"]]) for ask in self.asked.asks}


def _field(ask: dict[str, Any]) -> forms.Field:
    words = {"label": ask["question"], "help_text": ask.get("why", "")}
    if ask.get("answer") == "text":
        return forms.CharField(max_length=2000, widget=forms.Textarea({"rows": 3}), **words)
    message = {"required": "Please choose one of the two answers."}
    choices = CONFIRM if ask.get("must_be") is True else YES_OR_NO
    return ChoiceOfOne(choices=choices, error_messages=message, **words)


def _answer(value: str) -> bool | str:
    return {"yes": True, "no": False}.get(value, value)
