"""Answers to all questions of one request in one go, and an appeal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from kyc.cases.models import RequestedItem
from kyc.portal.forms.asked import AskedForm
from kyc.portal.forms.documents import file_field


class AnswersForm(AskedForm):
    """For each item words, or a file with the way out of saying why there is none."""

    def __init__(self, *args: Any, items: Sequence[RequestedItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = items
        optional = set()
        for item in items:
            words = forms.CharField(label=item.question, max_length=4000, widget=forms.Textarea({"rows": 3}))
            if item.wants_document:
                self.fields[f"file_{item.pk}"] = file_field(
                    label=item.question, help_text="A photo or a PDF, sharp enough to read.", required=False
                )
                words = forms.CharField(
                    label="Or tell us why you cannot send it",
                    max_length=4000,
                    required=False,
                    widget=forms.Textarea({"rows": 2}),
                )
                optional.add(f"words_{item.pk}")
            self.fields[f"words_{item.pk}"] = words
        self.optional = frozenset(optional)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for item in self.items:
            if item.wants_document and not (cleaned.get(f"file_{item.pk}") or cleaned.get(f"words_{item.pk}")):
                self.add_error(f"file_{item.pk}", "Please choose a file, or say below why you cannot send it.")
        return cleaned

    def file_for(self, item: RequestedItem) -> Any:
        """The uploaded file, or None where there are words instead."""
        return self.cleaned_data.get(f"file_{item.pk}")

    def words_for(self, item: RequestedItem) -> str:
        return str(self.cleaned_data.get(f"words_{item.pk}") or "")


class AppealForm(AskedForm):
    words = forms.CharField(
        label="Why should we look at it again?",
        help_text="What did we miss or get wrong? Somebody who took no part in the decision reads this.",
        min_length=20,
        max_length=8000,
        widget=forms.Textarea({"rows": 8}),
        error_messages={"min_length": "Please tell us a little more, so that we know what to look at."},
    )
