"""Imports of an existing provider's customers: upload, dry run with every bad row, then the run with its progress."""

from __future__ import annotations

from django import forms
from django.contrib.admin import display
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from accounts.roles import Permission
from kyc.admin.lists import ListPage, chip_of, list_page, when
from kyc.admin.site import console, done, present, read, staff, world_of
from kyc.imports.models import ImportBatch
from kyc.imports.services import start_import, store_upload

MOST_BAD_ROWS = 500


@list_page(ImportBatch, "imports/", name="imports")
class ImportsPage(ListPage):
    title = "Imports"
    intro = "A provider's existing customers, from CSV or JSON lines. A file is first only checked."
    detail = "import"
    needs = Permission.IMPORT
    extra_template = "admin/console/parts/import_new.html"
    list_display = ("filename", "status_chip", "rows", "bad", "created", "updated", "unchanged", "started")
    list_filter = ("status", "format")
    search_fields = ("filename", "=public_id")
    ordering = ("-started_at",)

    @display(description="status", ordering="status")
    def status_chip(self, batch: ImportBatch) -> str:
        return chip_of(batch.status)

    @display
    def rows(self, batch: ImportBatch) -> str:
        return f"{batch.done_rows:,} of {batch.total_rows:,}"

    @display(description="bad rows")
    def bad(self, batch: ImportBatch) -> str:
        return f"{len(batch.bad_rows):,}"

    @display(ordering="started_at")
    def started(self, batch: ImportBatch) -> str:
        return when(batch.started_at)


@console.page("imports/<str:public_id>/", name="import", needs=Permission.IMPORT)
def import_page(request: HttpRequest, public_id: str) -> HttpResponse:
    batch = get_object_or_404(ImportBatch.objects.select_related("by"), public_id=public_id)
    return present(
        request, "import.html", title=batch.filename, batch=batch, bad_rows=batch.bad_rows[:MOST_BAD_ROWS],
        may_run=batch.status == ImportBatch.Status.CHECKED, most=MOST_BAD_ROWS,
    )  # fmt: skip


class UploadForm(forms.Form):
    file = forms.FileField(label="file")


@console.verb("imports/new/", name="import_new", needs=Permission.IMPORT, back=ImportsPage.view)
def import_new(request: HttpRequest) -> HttpResponse:
    upload = read(UploadForm(request.POST, request.FILES))["file"]
    batch = store_upload(filename=upload.name, content=upload.read(), world=world_of(request), actor=staff(request))
    return done(request, "Checked; nothing is written yet.", "import", batch.public_id)


@console.verb("imports/<str:public_id>/run/", name="import_run", needs=Permission.IMPORT, back=import_page)
def import_run(request: HttpRequest, public_id: str) -> HttpResponse:
    batch = get_object_or_404(ImportBatch, public_id=public_id)
    start_import(batch=batch, actor=staff(request))
    return done(request, "The import runs; a row that was done is never done twice.", "import", public_id)
