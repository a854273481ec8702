"""Screening by API: a customer again, now; a name that belongs to nobody on file; what was found before."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from kyc import journey
from kyc.api.customers import ONCE, CustomerView, checked
from kyc.api.idempotency import once
from kyc.api.pages import Cursor
from kyc.api.shapes import COUNTRY
from kyc.matching.engine import Match
from kyc.matching.types import Kind, Name, PartialDate, Party
from kyc.policy.customers import NAME_LIMIT
from kyc.screening.indexes import screener_of
from kyc.screening.models import Hit, Screening
from kyc.watchlists.queries import active_editions

SCOPES = {"GET": Scope.SCREENINGS_READ, "POST": Scope.SCREENINGS_WRITE}


class HitOut(serializers.Serializer[Any]):
    """For staff services: a customer is never told what they resemble."""

    id = serializers.CharField()
    status = serializers.CharField()
    score = serializers.FloatField(help_text="0..1")
    strong = serializers.BooleanField(help_text="holds access until people decide")
    effect = serializers.CharField(help_text="what being listed there means: block, licence, red_flag, information")
    name = serializers.CharField()
    path = serializers.CharField(help_text="how the person compared belongs to the customer")
    sentences = serializers.ListField(child=serializers.CharField())


class ScreeningOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    reason = serializers.CharField()
    outcome = serializers.CharField(help_text="clear, hits or unknown; unknown is not a pass")
    editions = serializers.DictField(child=serializers.CharField())
    policy_version = serializers.CharField()
    suppressed = serializers.ListField(child=serializers.DictField(), help_text="kept quiet by remembered clearances")
    hits = HitOut(many=True, help_text="that stand now")
    finished_at = serializers.DateTimeField()


class NewScreeningOut(ScreeningOut):
    hits_new = serializers.IntegerField(help_text="found for the first time, or open again")


def hit_out(hit: Hit) -> dict[str, Any]:
    return {
        "id": hit.public_id,
        "status": hit.status,
        "score": round(hit.score, 4),
        "strong": hit.strong,
        "effect": hit.effect,
        "name": hit.matched_name,
        "path": hit.path,
        "sentences": [row["sentence"] for row in hit.findings],
    }


def screening_out(screening: Screening) -> dict[str, Any]:
    return {
        "id": screening.public_id,
        "reason": screening.reason,
        "outcome": screening.outcome,
        "editions": screening.editions,
        "policy_version": screening.policy_version,
        "suppressed": screening.suppressed,
        "hits": [hit_out(hit) for hit in screening.hits.order_by("-score")],
        "finished_at": screening.finished_at,
    }


class CustomerScreenings(CustomerView):
    scopes = SCOPES

    @extend_schema(responses=ScreeningOut(many=True), summary="A customer's screenings, newest first")
    def get(self, request: Request, public_id: str) -> Response:
        pages = Cursor()
        page = pages.paginate_queryset(self.customer(public_id).screening_set.all(), request, view=self)
        return pages.get_paginated_response([screening_out(row) for row in page or ()])

    @extend_schema(parameters=[ONCE], request=None, responses={201: NewScreeningOut}, summary="Compare with all, now")
    @once
    def post(self, request: Request, public_id: str) -> Response:
        """Holds and cases follow in the same transaction, as when a list changes."""
        result = journey.screen(customer_id=self.customer(public_id).pk, reason="asked", actor=self.client)
        out = screening_out(result.screening) | {"hits_new": len(result.new_hits)}
        return Response(out, status=201)


NAME_KINDS = [kind.value for kind in Kind]


class NameIn(serializers.Serializer[Any]):
    names = serializers.ListField(
        child=serializers.CharField(max_length=NAME_LIMIT), min_length=1, max_length=20, help_text="any script"
    )
    kind = serializers.ChoiceField(choices=NAME_KINDS, default=Kind.UNKNOWN.value)
    birth_date = serializers.CharField(required=False, max_length=10, help_text="1968, 1968-03 or 1968-03-14")
    countries = serializers.ListField(child=serializers.RegexField(COUNTRY), required=False)
    addresses = serializers.ListField(child=serializers.CharField(max_length=500), required=False)
    gender = serializers.ChoiceField(choices=["female", "male", ""], default="")

    def validate_birth_date(self, value: str) -> PartialDate:
        date = PartialDate.parse(value)
        if date is None:
            raise serializers.ValidationError("Write a year, a month or a day: 1968, 1968-03 or 1968-03-14.")
        return date


class CandidateOut(serializers.Serializer[Any]):
    entry = serializers.CharField(help_text="list and id of the entry there")
    score = serializers.FloatField()
    name = serializers.CharField()
    sentences = serializers.ListField(child=serializers.CharField())


class NameOut(serializers.Serializer[Any]):
    editions = serializers.DictField(child=serializers.CharField())
    policy_version = serializers.CharField()
    candidates = CandidateOut(many=True)


class NameScreening(CustomerView):
    """Nothing is kept: for a check before an account exists, or of somebody who will never have one."""

    scopes = SCOPES

    @extend_schema(request=NameIn, responses=NameOut, summary="Compare a name with all lists in force")
    def post(self, request: Request) -> Response:
        given = checked(NameIn, request.data)
        editions = active_editions()
        screener = screener_of(editions)
        return Response(
            {
                "editions": editions.by_list(),
                "policy_version": screener.policy.version,
                "candidates": [candidate_out(match) for match in screener.match(party_of(given))],
            }
        )


def party_of(given: dict[str, Any]) -> Party:
    return Party(
        key="asked",
        names=tuple(Name(text) for text in given["names"]),
        kind=Kind(given["kind"]),
        birth_dates=(given["birth_date"],) if "birth_date" in given else (),
        countries=tuple(code.upper() for code in given.get("countries", ())),
        addresses=tuple(given.get("addresses", ())),
        gender=given["gender"],
    )


def candidate_out(match: Match) -> dict[str, Any]:
    return {
        "entry": match.key,
        "score": round(match.score, 4),
        "name": match.matched_name.text,
        "sentences": [finding.sentence for finding in match.findings],
    }
