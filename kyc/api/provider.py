"""What is the provider's: the catalogue, the import of its existing customers, and how this system is doing."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from kyc.api.customers import ONCE, CustomerView, checked
from kyc.api.idempotency import once
from kyc.catalogue.models import CatalogueModel, LicenceTerms
from kyc.geo.queries import data_health
from kyc.imports.models import ImportBatch
from kyc.imports.services import start_import, store_upload
from kyc.watchlists.models import Edition
from kyc.watchlists.queries import stale_lists


class TermsOut(serializers.Serializer[Any]):
    terms = serializers.CharField()
    version = serializers.IntegerField()
    title = serializers.CharField()
    text = serializers.CharField()
    asks = serializers.ListField(child=serializers.DictField(), help_text="show each question word for word")


class ModelOut(serializers.Serializer[Any]):
    model = serializers.CharField()
    name = serializers.CharField()
    tier = serializers.CharField()
    restricted = serializers.BooleanField()
    channels = serializers.ListField(child=serializers.CharField())
    terms = serializers.CharField()


class CatalogueOut(serializers.Serializer[Any]):
    models = ModelOut(many=True)
    terms = TermsOut(many=True)


class Catalogue(CustomerView):
    @extend_schema(responses=CatalogueOut, summary="Models for sale, and the terms a customer attests to")
    def get(self, request: Request) -> Response:
        models = CatalogueModel.objects.filter(active=True)
        terms = LicenceTerms.objects.filter(replaced_at=None).order_by("code")
        return Response(
            {
                "models": [
                    {
                        "model": row.code,
                        "name": row.name,
                        "tier": row.tier,
                        "restricted": row.restricted,
                        "channels": row.channels,
                        "terms": row.licence_code,
                    }
                    for row in models
                ],
                "terms": [
                    {"terms": row.code, "version": row.version, "title": row.title, "text": row.text, "asks": row.asks}
                    for row in terms
                ],
            }
        )


class ImportIn(serializers.Serializer[Any]):
    file = serializers.FileField(help_text="CSV or JSON lines: docs/api.md has the columns")


class ImportOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    status = serializers.CharField()
    total_rows = serializers.IntegerField()
    done_rows = serializers.IntegerField()
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    bad_rows = serializers.ListField(child=serializers.DictField(), help_text="row, field and reason of each")


def import_out(batch: ImportBatch) -> dict[str, Any]:
    names = ("status", "total_rows", "done_rows", "created", "updated", "unchanged", "bad_rows")
    return {"id": batch.public_id} | {name: getattr(batch, name) for name in names}


class ImportView(CustomerView):
    parser_classes = [MultiPartParser, JSONParser]

    def batch(self, public_id: str) -> ImportBatch:
        """Raises Http404, also for another world's."""
        return get_object_or_404(ImportBatch, world=self.client.world, public_id=public_id)


class Imports(ImportView):
    @extend_schema(
        parameters=[ONCE],
        request={"multipart/form-data": ImportIn},
        responses={201: ImportOut},
        summary="Check a customer file; nothing is written to customers yet",
    )
    @once
    def post(self, request: Request) -> Response:
        file = checked(ImportIn, request.data)["file"]
        batch = store_upload(filename=file.name, content=file.read(), world=self.client.world, actor=self.client)
        return Response(import_out(batch), status=201)


class OneImport(ImportView):
    @extend_schema(responses=ImportOut, summary="How far an import is")
    def get(self, request: Request, public_id: str) -> Response:
        return Response(import_out(self.batch(public_id)))


class ImportRun(ImportView):
    @extend_schema(
        parameters=[ONCE],
        request=None,
        responses={202: ImportOut},
        summary="Take the good rows in; workers screen them",
    )
    @once
    def post(self, request: Request, public_id: str) -> Response:
        return Response(import_out(start_import(batch=self.batch(public_id), actor=self.client)), status=202)


class StatusOfLists(serializers.Serializer[Any]):
    list = serializers.CharField()
    edition = serializers.CharField()
    published_on = serializers.DateField(allow_null=True)
    entries = serializers.IntegerField()


class SystemOut(serializers.Serializer[Any]):
    """`warnings` are what staff see on the console's first page: stale lists, old location data."""

    world = serializers.CharField()
    lists = StatusOfLists(many=True)
    locations = serializers.DictField(child=serializers.DateField(allow_null=True))
    warnings = serializers.ListField(child=serializers.CharField())


class SystemStatus(CustomerView):
    scopes = {"GET": Scope.LISTS_READ}

    @extend_schema(responses=SystemOut, summary="Lists in force, ages of data, warnings")
    def get(self, request: Request) -> Response:
        places = data_health()
        warnings = [*(row.sentence for row in stale_lists(timezone.now())), *places.warnings]
        editions = Edition.objects.active().select_related("watchlist").order_by("watchlist__code")
        return Response(
            {
                "world": self.client.world,
                "lists": [
                    {
                        "list": row.watchlist.code,
                        "edition": row.public_id,
                        "published_on": row.published_on,
                        "entries": row.entry_count,
                    }
                    for row in editions
                ],
                "locations": {row.source: row.built_on for row in places.ages},
                "warnings": warnings,
            }
        )
