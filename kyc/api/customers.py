"""Customers by API: onboard, read, change, submit, follow. Every write is a call of the verbs that the portal uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.db import transaction
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import ApiClient
from accounts.scopes import Scope
from kyc import journey
from kyc.api.idempotency import once
from kyc.api.pages import Cursor
from kyc.api.shapes import PLAIN, CustomerIn, ProfileIn, StatusOut, customer_out, status_out
from kyc.catalogue.models import LicenceTerms
from kyc.customers import services
from kyc.customers.models import Customer, ProviderAccount
from kyc.customers.states import CustomerStatus
from kyc.documents.models import Document, DocumentKind, DocumentStatus
from kyc.errors import BadInput, PreconditionNeeded, Stale
from kyc.matching.types import NameQuality
from kyc.verifying import take_document

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True, description="the ETag that was read with the customer"
)
ONCE = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="a new random value; the same again does nothing twice"
)


class CustomerView(APIView):
    """Sees the customers of the key's world and no others: one of another world is 404."""

    scopes = {
        "GET": Scope.CUSTOMERS_READ,
        "POST": Scope.CUSTOMERS_WRITE,
        "PATCH": Scope.CUSTOMERS_WRITE,
    }

    @property
    def client(self) -> ApiClient:
        return cast(ApiClient, self.request.user)

    def customer(self, public_id: str) -> Customer:
        """By our id. Raises Http404."""
        return get_object_or_404(Customer.objects.of(self.client.world), public_id=public_id)


def checked(shape: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    """What was sent, read by a shape. A field nobody knows is refused: a typing mistake must not be lost."""
    if not isinstance(data, Mapping):
        raise BadInput("Send a JSON object.")
    read = shape(data=data)
    unknown = sorted(set(data) - set(read.fields))
    if unknown:
        raise serializers.ValidationError({name: ["There is no such field."] for name in unknown})
    read.is_valid(raise_exception=True)
    return dict(read.validated_data)


def tagged(customer: Customer, data: dict[str, Any], status: int = 200) -> Response:
    return Response(data, status=status, headers={"ETag": f'"{customer.revision}"'})


class Customers(CustomerView):
    @extend_schema(
        parameters=[
            OpenApiParameter("status", str, enum=[status.value for status in CustomerStatus]),
            OpenApiParameter("external_id", str),
        ],
        responses=StatusOut(many=True),
        summary="Customers, newest first",
    )
    def get(self, request: Request) -> Response:
        rows = Customer.objects.of(self.client.world)
        if status := request.query_params.get("status"):
            if status not in CustomerStatus.__members__.values():
                raise BadInput(f"There is no status {status}.", known=[row.value for row in CustomerStatus])
            rows = rows.filter(status=status)
        if external_id := request.query_params.get("external_id"):
            rows = rows.filter(external_id=external_id)
        pages = Cursor()
        page = pages.paginate_queryset(rows, request, view=self)
        return pages.get_paginated_response([status_out(row) for row in page or ()])

    @extend_schema(
        parameters=[ONCE], request=CustomerIn, responses={201: StatusOut}, summary="Begin a customer, as a draft"
    )
    @once
    def post(self, request: Request) -> Response:
        given = checked(CustomerIn, request.data)
        customer = services.create_customer(
            kind=given.pop("kind"),
            world=self.client.world,
            actor=self.client,
            source="api",
            external_id=given.pop("external_id", None),
            **{name: given.pop(name) for name in PLAIN if name in given},
        )
        take(customer, given, self.client)
        return tagged(customer, status_out(customer), 201)


class OneCustomer(CustomerView):
    @extend_schema(responses=dict, summary="Everything that was told to us about a customer")
    def get(self, request: Request, public_id: str) -> Response:
        customer = self.customer(public_id)
        return tagged(customer, customer_out(customer))

    @extend_schema(
        parameters=[IF_MATCH], request=ProfileIn, responses=StatusOut, summary="Report a change; it is screened anew"
    )
    @transaction.atomic
    def patch(self, request: Request, public_id: str) -> Response:
        """A changed fact of a customer on file is compared with all lists at once, by a worker."""
        customer = self.customer(public_id)
        expected = revision_of(request)
        given = checked(ProfileIn, request.data)
        locked = Customer.objects.select_for_update().get(pk=customer.pk)
        if locked.revision != expected:
            raise Stale(expected=expected, found=locked.revision)
        profile = {name: given.pop(name) for name in (*PLAIN, "external_id") if name in given}
        if profile:
            services.change_profile(customer=locked, actor=self.client, **profile)
        take(locked, given, self.client)
        locked.refresh_from_db()
        return tagged(locked, status_out(locked))


def revision_of(request: Request) -> int:
    """From If-Match. Raises PreconditionNeeded, BadInput."""
    text = request.headers.get("If-Match", "").strip()
    if not text:
        raise PreconditionNeeded
    try:
        return int(text.removeprefix("W/").strip('"'))
    except ValueError:
        raise BadInput("If-Match is the ETag that was read with the customer.") from None


def take(customer: Customer, given: Mapping[str, Any], actor: ApiClient) -> None:
    """Everything but the profile's own fields, each through its verb, in the order of the form."""
    if "other_names" in given:
        names = [(name, NameQuality.STRONG) for name in given["other_names"]]
        services.set_names(customer=customer, actor=actor, names=names)
    for address in given.get("addresses", ()):
        services.set_address(customer=customer, actor=actor, **address)
    for identifier in given.get("identifiers", ()):
        services.add_identifier(customer=customer, actor=actor, **identifier)
    for party in given.get("parties", ()):
        services.add_party(customer=customer, actor=actor, **party)
    if use := given.get("use"):
        services.declare_use(customer=customer, actor=actor, **use)
    for attestation in given.get("attestations", ()):
        services.attest(
            customer=customer,
            actor=actor,
            terms=terms_of(attestation["terms"], attestation["version"]),
            answers=attestation["answers"],
        )
    for consent in given.get("consents", ()):
        services.consent(customer=customer, actor=actor, **consent)


def terms_of(code: str, version: int) -> LicenceTerms:
    terms = LicenceTerms.objects.filter(code=code, version=version).first()
    if terms is None:
        raise BadInput(f"There are no terms {code} in version {version}.", field="attestations")
    return terms


class Submission(CustomerView):
    @extend_schema(parameters=[ONCE], request=None, responses={202: StatusOut}, summary="Set the checks going")
    @once
    def post(self, request: Request, public_id: str) -> Response:
        customer = journey.submit(customer=self.customer(public_id), actor=self.client)
        return tagged(customer, status_out(customer), 202)


# ------------------------------------------------------------------------------------------------ documents
DOCUMENT_KINDS = list(DocumentKind.values)


class DocumentIn(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=DOCUMENT_KINDS)
    file = serializers.FileField(help_text="a photo or a PDF")


class DocumentOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.CharField()
    status = serializers.CharField()
    filename = serializers.CharField()
    size = serializers.IntegerField(help_text="bytes")
    uploaded_at = serializers.DateTimeField()
    reading = serializers.ChoiceField(
        choices=["none", "waiting", "read", "failed"], help_text="whether it has been read; only identity documents are"
    )
    retake = serializers.CharField(help_text="why the picture should be taken again, for the customer; mostly empty")


def document_out(document: Document) -> dict[str, Any]:
    return {
        "id": document.public_id,
        "kind": document.kind,
        "status": document.status,
        "filename": document.filename,
        "size": document.size,
        "uploaded_at": document.uploaded_at,
        "reading": document.reading_status or "none",
        "retake": document.retake_words,
    }


class Documents(CustomerView):
    """Documents go in and are never read out by API: staff see them in the console, each look is recorded."""

    parser_classes = [MultiPartParser, JSONParser]

    @extend_schema(responses=DocumentOut(many=True), summary="What was sent, without the files")
    def get(self, request: Request, public_id: str) -> Response:
        rows = self.customer(public_id).document_set.exclude(status=DocumentStatus.WITHDRAWN).order_by("id")
        return Response([document_out(row) for row in rows])

    @extend_schema(
        parameters=[ONCE],
        request={"multipart/form-data": DocumentIn},
        responses={201: DocumentOut},
        summary="Send a document",
    )
    @once
    def post(self, request: Request, public_id: str) -> Response:
        given = checked(DocumentIn, request.data)
        file = given["file"]
        document = take_document(
            customer=self.customer(public_id),
            actor=self.client,
            kind=given["kind"],
            filename=file.name,
            content=file.read(),
        )
        return Response(document_out(document), status=201)


# ------------------------------------------------------------------------------------------------ accounts
class AccountIn(serializers.Serializer[Any]):
    account_id = serializers.CharField(max_length=200, help_text="as your own service calls it")


class AccountOut(serializers.Serializer[Any]):
    account_id = serializers.CharField()
    customer = serializers.CharField()
    opened_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)


def account_out(account: ProviderAccount) -> dict[str, Any]:
    return {
        "account_id": account.account_id,
        "customer": account.customer.public_id,
        "opened_at": account.opened_at,
        "closed_at": account.closed_at,
    }


class Accounts(CustomerView):
    @extend_schema(responses=AccountOut(many=True), summary="Accounts at your service that belong to a customer")
    def get(self, request: Request, public_id: str) -> Response:
        rows = self.customer(public_id).provideraccount_set.select_related("customer").order_by("id")
        return Response([account_out(row) for row in rows])

    @extend_schema(parameters=[ONCE], request=AccountIn, responses={201: AccountOut}, summary="Tie an account")
    @once
    def post(self, request: Request, public_id: str) -> Response:
        given = checked(AccountIn, request.data)
        account = services.link_account(
            customer=self.customer(public_id), account_id=given["account_id"], actor=self.client
        )
        return Response(account_out(account), status=201)


class AccountClosing(CustomerView):
    @extend_schema(request=None, responses=AccountOut, summary="Close an account; the gate refuses it from now on")
    def post(self, request: Request, public_id: str, account_id: str) -> Response:
        rows = self.customer(public_id).provideraccount_set.select_related("customer")
        account = get_object_or_404(rows, account_id=account_id)
        services.close_account(account=account, actor=self.client)
        account.refresh_from_db()
        return Response(account_out(account))
