"""Walking through the form: the frame of a step's page, and where to go after saving."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from kyc.portal.forms.asked import AskedForm
from kyc.portal.steps import TABLE, next_code, rail_for, step_url, title_of
from kyc.portal.visits import Visit


def onwards(request: HttpRequest, visit: Visit, code: str) -> HttpResponse:
    """After saving: away, if they want to leave; back, if this step misses something; else to the next step."""
    customer = visit.customer
    if "later" in request.POST:
        messages.success(request, "Saved. Come back whenever you like; we keep your place.")
        return redirect("portal:status", public_id=customer.public_id)
    if not visit.may_edit:
        messages.success(request, "Saved.")
        return redirect("portal:status", public_id=customer.public_id)
    if rail_for(customer).missing_in(code) and "anyway" not in request.POST:
        return redirect(f"{step_url(customer, code)}?missing=1")
    return redirect(step_url(customer, next_code(customer, code)))


def page(request: HttpRequest, visit: Visit, code: str, **context: Any) -> HttpResponse:
    """The step's page with its rail; with `?missing` the fields still without an answer are marked."""
    rail = rail_for(visit.customer, code)
    form = context.get("form")
    missing = rail.missing_in(code) if "missing" in request.GET else ()
    if isinstance(form, AskedForm):
        form.point_out(missing)
    context |= {
        "visit": visit,
        "customer": visit.customer,
        "rail": rail,
        "step": TABLE[code],
        "title": title_of(TABLE[code], visit.customer),
        "missing": missing,
        "missing_here": rail.missing_in(code),
        "next_url": step_url(visit.customer, next_code(visit.customer, code)),
    }
    return render(request, f"portal/steps/{code}.html", context)
