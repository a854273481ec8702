"""The identity check by API: where it stands, what is to be sent again and why, and the link to the provider's page."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from kyc import verifying
from kyc.api.customers import CustomerView
from kyc.customers.models import Customer


class AgainOut(serializers.Serializer[Any]):
    item = serializers.CharField()
    title = serializers.CharField()
    why = serializers.CharField(help_text="what was wrong and what to send, in words for the customer")
    attempt = serializers.IntegerField(help_text="failed attempts with this item so far")
    left = serializers.IntegerField(help_text="attempts that are left; then a person looks")


class IdentityOut(serializers.Serializer[Any]):
    """Nothing here tells what was found: it may be shown to the customer."""

    turn = serializers.ChoiceField(choices=[turn.value for turn in verifying.Turn], help_text="whose turn it is")
    provider = serializers.CharField(allow_blank=True)
    attempt = serializers.IntegerField(help_text="sessions so far; 0 for none")
    send_again = AgainOut(many=True)


class LinkOut(serializers.Serializer[Any]):
    url = serializers.URLField(
        allow_null=True,
        help_text="lets in whoever holds it: hand it to the customer at once; null where a person looks",
    )


def identity_out(customer: Customer) -> dict[str, Any]:
    found = verifying.turn_of(customer)
    row = found.verification
    return {
        "turn": found.turn,
        "provider": row.provider if row else "",
        "attempt": row.attempt if row else 0,
        "send_again": [
            {"item": again.item, "title": again.title, "why": again.why, "attempt": again.attempt, "left": again.left}
            for again in found.again
        ],
    }


class Identity(CustomerView):
    @extend_schema(responses=IdentityOut, summary="Where the identity check stands, and what is to be sent again")
    def get(self, request: Request, public_id: str) -> Response:
        return Response(identity_out(self.customer(public_id)))


class IdentityLink(CustomerView):
    @extend_schema(
        request=None, responses={201: LinkOut}, summary="A fresh link to the provider's page for the customer"
    )
    def post(self, request: Request, public_id: str) -> Response:
        """409 where it is not the customer's turn, 503 while the provider cannot be reached. Never kept by us."""
        link = verifying.go_on(customer=self.customer(public_id), actor=self.client)
        return Response({"url": link.url if link else None}, status=201, headers={"Cache-Control": "no-store"})
