"""The gate's door: `POST /api/v1/access/decisions`, one question or up to a thousand."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import ApiClient, ApiKey
from accounts.scopes import Scope
from kyc.access.services import Answer, Question, answer
from kyc.access.states import AccessOutcome, Channel
from kyc.errors import BadInput
from kyc.geo.evasion import Observed

MOST_QUESTIONS = 1_000


class ObservedIn(serializers.Serializer[Any]):
    """What the caller saw of the visitor; leave out what it did not."""

    second_factor_age_seconds = serializers.FloatField(required=False, min_value=0)
    timezone = serializers.CharField(required=False, max_length=64, help_text="IANA name, as the browser says it")
    utc_offset_minutes = serializers.IntegerField(required=False, min_value=-840, max_value=840)
    language = serializers.CharField(required=False, max_length=35, help_text="BCP 47")
    phone_country = serializers.RegexField(r"^[A-Z]{2}$", required=False)
    payment_country = serializers.RegexField(r"^[A-Z]{2}$", required=False)
    document_country = serializers.RegexField(r"^[A-Z]{2}$", required=False)


class QuestionIn(serializers.Serializer[Any]):
    """Exactly one of `customer` and `account`. The address is the end user's, as your own edge saw it."""

    customer = serializers.CharField(required=False, max_length=200, help_text="our id: cus_…")
    account = serializers.CharField(required=False, max_length=200, help_text="your id of a linked account")
    ip = serializers.IPAddressField()
    model = serializers.CharField(max_length=60)
    channel = serializers.ChoiceField(choices=[channel.value for channel in Channel])
    observed = ObservedIn(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if bool(attrs.get("customer")) == bool(attrs.get("account")):
            raise serializers.ValidationError("Give exactly one of customer and account.")
        return attrs


class ReasonOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    sentence = serializers.CharField(help_text="may be shown to the customer")


class InternalOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    sentence = serializers.CharField(help_text="for staff only")


class AnswerOut(serializers.Serializer[Any]):
    decision = serializers.ChoiceField(choices=[outcome.value for outcome in AccessOutcome])
    reasons = ReasonOut(many=True)
    obligations = serializers.ListField(child=serializers.CharField())
    ttl = serializers.IntegerField(help_text="seconds that this answer may be kept for the same question")
    decision_id = serializers.CharField()
    policy_version = serializers.CharField()
    data = serializers.DictField(child=serializers.DateField(), help_text="location file → day of its data")
    internal = InternalOut(many=True, required=False, help_text="with the scope access:internal only")


def question_of(given: dict[str, Any]) -> Question:
    return Question(
        ip=given["ip"],
        model=given["model"],
        channel=Channel(given["channel"]),
        customer_id=given.get("customer", ""),
        account_id=given.get("account", ""),
        observed=Observed(**given.get("observed", {})),
    )


def answer_out(answered: Answer, *, internal: bool) -> dict[str, Any]:
    verdict = answered.verdict
    out: dict[str, Any] = {
        "decision": str(verdict.outcome),
        "reasons": [{"code": code, "sentence": sentence} for code, sentence in verdict.public],
        "obligations": list(verdict.obligations),
        "ttl": verdict.ttl_seconds,
        "decision_id": answered.row.public_id,
        "policy_version": verdict.policy_version,
        "data": answered.location.builds,
    }
    if internal:
        said = (*verdict.findings, *answered.location.findings)
        out["internal"] = [{"code": finding.code, "sentence": finding.sentence} for finding in said]
    return out


class Gate(APIView):
    """Who is asking and what they may read of the answer."""

    scopes = {"POST": Scope.ACCESS_DECIDE}

    def answered(self, request: Request, given: dict[str, Any]) -> dict[str, Any]:
        client, key = request.user, request.auth
        assert isinstance(client, ApiClient) and isinstance(key, ApiKey)
        internal = Scope.ACCESS_INTERNAL in key.scopes
        return answer_out(answer(question=question_of(given), client=client), internal=internal)


class Decisions(Gate):
    @extend_schema(request=QuestionIn, responses=AnswerOut, summary="May this account use this model now?")
    def post(self, request: Request) -> Response:
        """Always 200 when the question could be read: the decision is in the body, and anything but `allow` is no."""
        asked = QuestionIn(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(self.answered(request, asked.validated_data))


class BatchIn(serializers.Serializer[Any]):
    questions = QuestionIn(many=True, max_length=MOST_QUESTIONS, allow_empty=False)


class BatchOut(serializers.Serializer[Any]):
    answers = AnswerOut(many=True, help_text="in the order of the questions")


class DecisionBatch(Gate):
    @extend_schema(request=BatchIn, responses=BatchOut, summary="Up to 1,000 questions at once")
    def post(self, request: Request) -> Response:
        if not isinstance(request.data, dict):
            raise BadInput("Send an object with `questions`.")
        asked = BatchIn(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response({"answers": [self.answered(request, one) for one in asked.validated_data["questions"]]})
