"""Who owns an organisation, as the five ownership tests see it on a day."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from kyc.api.customers import ONCE, CustomerView, checked
from kyc.api.idempotency import once
from kyc.errors import BadInput, ForbiddenMove
from kyc.journey import owners_as_of
from kyc.ownership.bods import write_bods
from kyc.ownership.files import chart_of, import_file
from kyc.ownership.graph import Structure
from kyc.ownership.rules import Evaluation, Outcome, Result
from kyc.policy.ownership import REGIMES, VERSION, OwnershipTest

OUTCOMES = [outcome.value for outcome in Outcome]


class FindingOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    sentence = serializers.CharField(help_text="for your staff: it may name lists, so the customer must not see it")
    facts = serializers.DictField()


class StepOut(serializers.Serializer[Any]):
    """One company that is caught: what was added up, and what it came to."""

    owned = serializers.CharField()
    interests = serializers.ListField(child=serializers.CharField())
    total = serializers.CharField(help_text='an exact fraction of the whole: "1/2"')
    unnamed = serializers.CharField(help_text="of the total, what nobody is named for")


class OwnerOut(serializers.Serializer[Any]):
    key = serializers.CharField()
    low = serializers.CharField(help_text="effective share, at least")
    high = serializers.CharField()
    path = serializers.ListField(child=serializers.CharField())
    why = serializers.CharField()


class OwnershipTestOut(serializers.Serializer[Any]):
    test = serializers.ChoiceField(choices=[test.value for test in OwnershipTest])
    title = serializers.CharField()
    citation = serializers.CharField()
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    in_force = serializers.BooleanField(help_text="false: suspended, or not there yet; the outcome only tells")
    confirmed = serializers.BooleanField(help_text="false: nobody has compared the rule's dates with the official text")
    settled = serializers.BooleanField(help_text="false: it rests on a hit that nobody has settled")
    findings = FindingOut(many=True)
    path = StepOut(many=True)
    owners = OwnerOut(many=True)


class PartyOut(serializers.Serializer[Any]):
    key = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    headquarters = serializers.CharField()
    listed_on = serializers.CharField()


class HoldingOut(serializers.Serializer[Any]):
    key = serializers.CharField()
    owner = serializers.CharField()
    owned = serializers.CharField()
    kind = serializers.CharField()
    low = serializers.CharField(help_text='"0" where the share is unknown')
    high = serializers.CharField(help_text='"1" where the share is unknown')
    nominee = serializers.BooleanField()
    held_for = serializers.CharField(allow_null=True)
    since = serializers.DateField(allow_null=True)
    until = serializers.DateField(allow_null=True)
    source = serializers.CharField()


class OwnershipOut(serializers.Serializer[Any]):
    customer = serializers.CharField()
    as_of = serializers.DateField()
    policy = serializers.CharField()
    outcome = serializers.ChoiceField(choices=OUTCOMES, help_text="the worst of the tests in force")
    tests = OwnershipTestOut(many=True)
    flaws = FindingOut(many=True, help_text="what cannot be true, such as more than 100 %")
    questions = serializers.ListField(child=serializers.CharField(), help_text="for the customer, in words for them")
    parties = PartyOut(many=True)
    interests = HoldingOut(many=True, help_text="that stand on the day")


class OwnershipEvaluation(CustomerView):
    scopes = {"GET": Scope.SCREENINGS_READ}  # it tells whom the lists name

    @extend_schema(
        parameters=[
            OpenApiParameter("customer", str, required=True, description="our id of an organisation"),
            OpenApiParameter("as_of", date, description="today where it is left out"),
        ],
        responses=OwnershipOut,
        summary="The five ownership tests on a day",
    )
    def get(self, request: Request) -> Response:
        """Interests and rules as they stand on that day, by what is known now. Nothing is kept or done: the road asks
        the same tests by itself whenever owners, lists or rules change."""
        public_id = request.query_params.get("customer", "")
        if not public_id:
            raise BadInput("Say which customer: ?customer=cus_…", field="customer")
        customer = self.customer(public_id)
        on = day_of(request.query_params.get("as_of", ""))
        structure, evaluation = owners_as_of(customer, on)
        return Response(ownership_out(customer.public_id, structure, evaluation))


def day_of(text: str) -> date:
    """Today for "". Raises BadInput."""
    if not text:
        return timezone.localdate()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput("as_of is a date such as 2026-11-10.", field="as_of") from None


def ownership_out(public_id: str, structure: Structure, evaluation: Evaluation) -> dict[str, Any]:
    return {
        "customer": public_id,
        "as_of": evaluation.on,
        "policy": VERSION,
        "outcome": evaluation.worst,
        "tests": [test_out(result) for result in evaluation.results],
        "flaws": [finding_out(flaw.as_json()) for flaw in evaluation.flaws],
        "questions": list(evaluation.questions),
        "parties": [
            {name: value for name, value in party.as_json().items() if name != "listings"}
            for party in structure.parties.values()
        ],
        "interests": [row.as_json() for row in structure.interests],
    }


def test_out(result: Result) -> dict[str, Any]:
    regime = REGIMES[result.test]
    told = result.as_json()
    told["findings"] = [finding_out(row) for row in told["findings"]]
    return told | {"title": regime.title, "citation": regime.citation}


def finding_out(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("code", "sentence", "facts")}


class ChartIn(serializers.Serializer[Any]):
    file = serializers.FileField(help_text="BODS 0.4 statements (JSON), or GLEIF level 2 records (XML or CSV)")
    source = serializers.CharField(max_length=120, help_text="who says so; what it said before is replaced")


class ImportedOut(serializers.Serializer[Any]):
    added = serializers.IntegerField(help_text="parties that were not on file")
    found = serializers.IntegerField()
    interests = serializers.IntegerField()
    replaced = serializers.IntegerField(help_text="interests that this source had told before")
    notes = serializers.ListField(child=serializers.CharField(), help_text="what was not taken, and why")


class OwnershipChart(CustomerView):
    parser_classes = [MultiPartParser, JSONParser]

    @extend_schema(
        responses={200: OpenApiTypes.OBJECT}, summary="Who owns it, as statements of BODS 0.4", filters=False
    )
    def get(self, request: Request, public_id: str) -> Response:
        """Parties and interests on file with their dates and shares; what lists or tests say is no part of it."""
        customer = self.customer(public_id)
        if customer.is_person:
            raise ForbiddenMove("Only an organisation has owners.", customer=public_id)
        return Response(write_bods(chart_of(customer), on=timezone.localdate(), publisher=settings.SITE_NAME))

    @extend_schema(
        parameters=[ONCE],
        request={"multipart/form-data": ChartIn},
        responses={201: ImportedOut},
        summary="Read owners from a file",
    )
    @once
    def post(self, request: Request, public_id: str) -> Response:
        """All of the file or nothing. The file is not kept; everybody in it is screened, and the tests are asked."""
        given = checked(ChartIn, request.data)
        made = import_file(
            customer=self.customer(public_id),
            content=given["file"].read(),
            source=given["source"],
            actor=self.client,
        )
        return Response(asdict(made), status=201)
