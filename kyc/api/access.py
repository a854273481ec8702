"""How the gate's addresses are described to callers; kyc/api/gate.py answers them, without these."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from kyc.access.questions import MOST_QUESTIONS
from kyc.access.states import AccessOutcome, Channel
from kyc.api import gate


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
    signed = serializers.BooleanField(required=False, help_text="also give a verdict that others can verify")


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
    link = serializers.URLField(required=False, help_text="with challenge and review: where the customer can leave it")
    verdict = serializers.CharField(required=False, help_text="compact JWS, at most 60 s; keys at access/keys")
    internal = InternalOut(many=True, required=False, help_text="with the scope access:internal only")


class BatchIn(serializers.Serializer[Any]):
    questions = QuestionIn(many=True, max_length=MOST_QUESTIONS, allow_empty=False)


class BatchOut(serializers.Serializer[Any]):
    answers = AnswerOut(many=True, help_text="in the order of the questions")


class EntryOut(serializers.Serializer[Any]):
    account = serializers.CharField(help_text="your id of a linked account")
    denied = serializers.BooleanField(help_text="it may use nothing at present")


class FeedOut(serializers.Serializer[Any]):
    accounts = EntryOut(many=True)
    cursor = serializers.CharField(help_text="send it with the next reading")
    more = serializers.BooleanField(help_text="the next page is there already")


class KeyOut(serializers.Serializer[Any]):
    """RFC 7517, RFC 8037."""

    kty = serializers.ChoiceField(choices=["OKP"])
    crv = serializers.ChoiceField(choices=["Ed25519"])
    x = serializers.CharField(help_text="the public key, base64url")
    kid = serializers.CharField(help_text="as in the verdict's header")
    use = serializers.ChoiceField(choices=["sig"])
    alg = serializers.ChoiceField(choices=["EdDSA"])


class KeysOut(serializers.Serializer[Any]):
    keys = KeyOut(many=True, help_text="last month's, this month's and next month's")


class Decisions(APIView):
    @extend_schema(request=QuestionIn, responses=AnswerOut, summary="May this account use this model now?")
    def post(self, request: Request) -> HttpResponse:
        """Always 200 when the question could be read: the decision is in the body, and anything but `allow` is no.

        Exactly one of `customer` and `account`; a field that does not exist is refused.
        """
        return gate.view(request._request)


class DecisionBatch(APIView):
    @extend_schema(request=BatchIn, responses=BatchOut, summary="Up to 1,000 questions at once")
    def post(self, request: Request) -> HttpResponse:
        return gate.view(request._request)


class Feed(APIView):
    @extend_schema(
        parameters=[OpenApiParameter("cursor", str, description="from the last reading; none to begin")],
        responses=FeedOut,
        summary="The accounts that may use nothing, and what changed",
    )
    def get(self, request: Request) -> HttpResponse:
        """Read to the end, keep the set, then ask again with the cursor. 410: too old, begin again without one."""
        return gate.view(request._request)


class Keys(APIView):
    authentication_classes = ()
    permission_classes = ()

    @extend_schema(responses=KeysOut, auth=[], summary="What signed verdicts are verified with")
    def get(self, request: Request) -> HttpResponse:
        """For everybody: they are public keys. They change at the beginning of a month; keep them for a day at most."""
        return gate.view(request._request)
