"""Who owns an organisation: the five tests, the picture, and what they would say on another day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.roles import Permission
from kyc.admin.site import console, done, present, read, staff
from kyc.customers.models import Customer
from kyc.findings import Finding
from kyc.journey import owners_as_of
from kyc.ownership.bods import write_bods
from kyc.ownership.files import chart_of, import_file
from kyc.ownership.graph import Structure
from kyc.ownership.picture import drawn_for_staff
from kyc.ownership.queries import current_evaluation
from kyc.ownership.services import results_of
from kyc.policy.ownership import REGIMES, OwnershipTest, Regime


@dataclass(frozen=True, slots=True)
class Verdict:
    """One test as it stands on the page."""

    regime: Regime
    outcome: str
    in_force: bool
    findings: tuple[Finding, ...]


def ownership_panel(customer: Customer) -> dict[str, Any]:
    """What the customer's file shows: the evaluation as it was stored. Empty for a person, or before the first."""
    evaluation = None if customer.is_person else current_evaluation(customer)
    if evaluation is None:
        return {}
    structure = Structure.from_json(evaluation.facts).on(evaluation.as_of)
    return {"ownership": shown(structure, evaluation.results, evaluation.as_of) | {"evaluation": evaluation}}


def shown(structure: Structure, results: dict[str, Any], on: date) -> dict[str, Any]:
    verdicts = [
        Verdict(
            REGIMES[OwnershipTest(code)],
            result["outcome"],
            result["in_force"],
            tuple(map(Finding.from_json, result["findings"])),
        )
        for code, result in results["tests"].items()
    ]
    return {
        "on": on,
        "verdicts": verdicts,
        "flaws": [Finding.from_json(row) for row in results["flaws"]],
        "questions": results["questions"],
        "picture": drawn_for_staff(structure, results),
    }


class DayForm(forms.Form):
    as_of = forms.DateField(required=False)


@console.page("customers/<str:public_id>/ownership/", name="ownership")
def ownership_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """On any day, by what we know now. Nothing is kept and nothing is done."""
    customer = get_object_or_404(Customer, public_id=public_id)
    form = DayForm(request.GET)
    today = timezone.localdate()
    on = (form.cleaned_data["as_of"] if form.is_valid() else None) or today
    context: dict[str, Any] = {"customer": customer, "form": form, "on": on, "today": today}
    if not customer.is_person:
        structure, evaluation = owners_as_of(customer, on)
        context["ownership"] = shown(structure, results_of(evaluation), on)
        context["stored"] = list(customer.ownershipevaluation_set.order_by("-at")[:20])
    return present(request, "ownership.html", title=f"Who owns {customer}", **context)


@console.page("customers/<str:public_id>/ownership/bods.json", name="ownership_export")
def ownership_export(request: HttpRequest, public_id: str) -> HttpResponse:
    """What is on file, as statements of BODS 0.4, to be saved. What lists or tests say is no part of it."""
    customer = get_object_or_404(Customer, public_id=public_id)
    if customer.is_person:
        raise Http404("a person has no owners")
    rows = write_bods(chart_of(customer), on=timezone.localdate(), publisher=settings.SITE_NAME)
    response = JsonResponse(rows, safe=False, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = f'attachment; filename="{customer.public_id}-bods.json"'
    return response


class FileForm(forms.Form):
    file = forms.FileField()
    source = forms.CharField(max_length=120)


@console.verb(
    "customers/<str:public_id>/ownership/import/",
    name="ownership_import",
    needs=Permission.WORK_CASES,
    back=ownership_page,
)
def ownership_import(request: HttpRequest, public_id: str) -> HttpResponse:
    """BODS 0.4 or GLEIF level 2. The file is read and not kept; its facts are screened like any change."""
    customer = get_object_or_404(Customer, public_id=public_id)
    values = read(FileForm(request.POST, request.FILES))
    made = import_file(customer=customer, content=values["file"].read(), source=values["source"], actor=staff(request))
    return done(request, " ".join([made.sentence, *made.notes[:5]]), "ownership", public_id)
