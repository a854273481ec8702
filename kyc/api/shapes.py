"""What goes in and out of the API about customers: fields, their limits, and the same customer as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from kyc import journey
from kyc.customers.models import Address, Consent, Customer, PartyNature, PartyRole, RelatedParty
from kyc.customers.queries import current_use, living_parties
from kyc.customers.services import PROFILE_FIELDS
from kyc.customers.states import CustomerKind
from kyc.policy.customers import NAME_LIMIT
from kyc.policy.uses import USES

COUNTRY = r"^[A-Za-z]{2}$"
CUSTOMER_KINDS = [kind.value for kind in CustomerKind]
ADDRESS_KINDS = list(Address.Kind.values)
NATURES = [nature for nature in PartyNature.values if nature]
CONSENT_KINDS = list(Consent.Kind.values)
IDENTIFIER_KINDS = ["passport", "identity_card", "driving_licence", "tax", "registration", "lei"]


def country_code(**more: Any) -> serializers.RegexField:
    return serializers.RegexField(COUNTRY, required=False, allow_blank=True, help_text="ISO 3166 alpha-2", **more)


def text(limit: int, **more: Any) -> serializers.CharField:
    return serializers.CharField(max_length=limit, required=False, allow_blank=True, **more)


class AddressIn(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=ADDRESS_KINDS, default=str(Address.Kind.RESIDENCE))
    street = serializers.CharField(max_length=300)
    city = serializers.CharField(max_length=120)
    country = serializers.RegexField(COUNTRY, help_text="ISO 3166 alpha-2")
    region = serializers.CharField(max_length=120, default="", allow_blank=True)
    postal_code = serializers.CharField(max_length=20, default="", allow_blank=True)


class IdentifierIn(serializers.Serializer[Any]):
    """A number is kept sealed and never read out again; `tail` of the answer is its last characters."""

    kind = serializers.ChoiceField(choices=IDENTIFIER_KINDS)
    value = serializers.CharField(max_length=80)
    country = serializers.RegexField(COUNTRY, default="", allow_blank=True, help_text="who issued it")
    expires_on = serializers.DateField(required=False, allow_null=True)


class PartyIn(serializers.Serializer[Any]):
    """An owner, director, control person or parent. Shares in percent; leave both out where they are unknown."""

    kind = serializers.ChoiceField(choices=CUSTOMER_KINDS)
    legal_name = serializers.CharField(max_length=NAME_LIMIT)
    roles = serializers.ListField(child=serializers.ChoiceField(choices=PartyRole.values), allow_empty=False)
    birth_date = serializers.DateField(required=False, allow_null=True)
    nationalities = serializers.ListField(child=serializers.RegexField(COUNTRY), required=False)
    country = country_code()
    headquarters_country = country_code()
    share_min = serializers.DecimalField(max_digits=7, decimal_places=4, required=False, allow_null=True)
    share_max = serializers.DecimalField(max_digits=7, decimal_places=4, required=False, allow_null=True)
    nominee = serializers.BooleanField(default=False)
    since = serializers.DateField(required=False, allow_null=True)
    until = serializers.DateField(required=False, allow_null=True, help_text="the first day without it")
    nature = serializers.ChoiceField(choices=NATURES, required=False)
    listed_on = text(80, help_text="the stock exchange where its shares are traded")
    email = serializers.EmailField(required=False, allow_blank=True)


class UseIn(serializers.Serializer[Any]):
    purposes = serializers.ListField(child=serializers.ChoiceField(choices=sorted(USES)), allow_empty=False)
    description = serializers.CharField(max_length=4000)
    models_wanted = serializers.ListField(child=serializers.CharField(max_length=60))
    monthly_volume = serializers.CharField(max_length=40, default="", allow_blank=True)


class AttestationIn(serializers.Serializer[Any]):
    """Answers to every question of one version of one licence (GET /catalogue); yes and no are booleans."""

    terms = serializers.CharField(max_length=40)
    version = serializers.IntegerField(min_value=1)
    answers = serializers.DictField(child=serializers.JSONField())


class ConsentIn(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=CONSENT_KINDS)
    given = serializers.BooleanField()
    version = serializers.IntegerField(min_value=1)


class ProfileIn(serializers.Serializer[Any]):
    """What may be said of a customer at any time.

    Other names replace those that are there, an address the one of its kind; identifiers and parties are added.
    """

    external_id = text(200, help_text="your own id; unique in your world")
    legal_name = text(NAME_LIMIT, help_text="as on the document or in the register, in Latin letters")
    original_name = text(NAME_LIMIT, help_text="in its own script")
    birth_date = serializers.DateField(required=False, allow_null=True)
    gender = serializers.ChoiceField(choices=["female", "male", ""], required=False)
    nationalities = serializers.ListField(child=serializers.RegexField(COUNTRY), required=False)
    residence_country = country_code()
    registration_country = country_code()
    registration_number = text(80)
    incorporated_on = serializers.DateField(required=False, allow_null=True)
    parent_country = country_code()
    email = serializers.EmailField(required=False, allow_blank=True)
    phone = text(40)
    website = serializers.URLField(required=False, allow_blank=True)
    other_names = serializers.ListField(
        child=serializers.CharField(max_length=NAME_LIMIT), required=False, help_text="former, trading and other names"
    )
    addresses = AddressIn(many=True, required=False)
    identifiers = IdentifierIn(many=True, required=False)
    parties = PartyIn(many=True, required=False)
    use = UseIn(required=False)
    attestations = AttestationIn(many=True, required=False)
    consents = ConsentIn(many=True, required=False)


class CustomerIn(ProfileIn):
    kind = serializers.ChoiceField(choices=CUSTOMER_KINDS)


# ------------------------------------------------------------------------------------------------ out
class MissingOut(serializers.Serializer[Any]):
    field = serializers.CharField()
    sentence = serializers.CharField()
    why = serializers.CharField()


class StatusOut(serializers.Serializer[Any]):
    """Where a customer stands. Nothing here tells what a check found: it may be shown to the customer."""

    id = serializers.CharField()
    external_id = serializers.CharField(allow_null=True)
    kind = serializers.CharField()
    status = serializers.CharField()
    tier = serializers.CharField(help_text="what was granted; the gate knows what holds at this moment")
    next = serializers.CharField(help_text="what the customer does next, in words for them")
    missing = MissingOut(many=True, help_text="before the form can be submitted")
    look_again = serializers.ListField(
        child=serializers.CharField(), help_text="what may be a slip, in words for the customer; it may be submitted so"
    )
    revision = serializers.IntegerField(help_text="the ETag; send it as If-Match with a change")
    review_due_on = serializers.DateField(allow_null=True)


def status_out(customer: Customer) -> dict[str, Any]:
    """The same verbs as on the portal's status page say what comes next."""
    missing = journey.missing_of(customer) if customer.is_editable else ()
    return {
        "id": customer.public_id,
        "external_id": customer.external_id,
        "kind": customer.kind,
        "status": customer.status,
        "tier": customer.tier,
        "next": journey.next_action(customer).sentence,
        "missing": [{"field": row.field, "sentence": row.sentence, "why": row.why} for row in missing],
        "look_again": journey.worth_another_look(customer) if customer.is_editable else (),
        "revision": customer.revision,
        "review_due_on": customer.review_due_on,
    }


# the profile's own fields, in the order of the form; everything else of a customer has a verb of its own
PLAIN = tuple(name for name in ProfileIn().fields if name in PROFILE_FIELDS and name != "external_id")


def customer_out(customer: Customer) -> dict[str, Any]:
    """Everything that was told to us, identifiers by their tails."""
    use = current_use(customer)
    return (
        status_out(customer)
        | {name: getattr(customer, name) for name in PLAIN}
        | {
            "other_names": list(customer.othername_set.order_by("id").values_list("text", flat=True)),
            "addresses": [
                {name: getattr(row, name) for name in ("kind", "street", "city", "region", "postal_code", "country")}
                for row in customer.address_set.order_by("id")
            ],
            "identifiers": [
                {"kind": row.kind, "country": row.country, "tail": row.tail, "expires_on": row.expires_on}
                for row in customer.identifier_set.filter(party=None).order_by("id")
            ],
            "parties": [party_out(row) for row in living_parties(customer)],
            "use": use
            and {
                "purposes": use.purposes,
                "description": use.description,
                "models_wanted": use.models_wanted,
                "monthly_volume": use.monthly_volume,
            },
            "accounts": list(
                customer.provideraccount_set.filter(closed_at=None).order_by("id").values_list("account_id", flat=True)
            ),
        }
    )


def party_out(party: RelatedParty) -> dict[str, Any]:
    held = party.holding
    return {
        "id": party.public_id,
        "kind": party.kind,
        "legal_name": party.legal_name,
        "roles": party.roles,
        "birth_date": party.birth_date,
        "country": party.country,
        "headquarters_country": party.headquarters_country,
        "nature": party.nature,
        "listed_on": party.listed_on,
        "share_min": held and held.share_min,
        "share_max": held and held.share_max,
        "nominee": bool(held and held.nominee),
    }
