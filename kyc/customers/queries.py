"""Reads on customers that are worth a name: the frozen facts that rules look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date

from django.db import connection
from django.db.models import F, QuerySet
from django.utils import timezone

from kyc.catalogue.models import CatalogueModel, LicenceTerms
from kyc.customers.contacts import AddressFacts, ContactFacts
from kyc.customers.models import (
    Address,
    Attestation,
    Consent,
    Customer,
    IdentityMark,
    Interest,
    Member,
    OtherName,
    PartyNature,
    RelatedParty,
    UseDeclaration,
)
from kyc.customers.models import Identifier as Identity
from kyc.customers.rules import PartyFacts, ProfileFacts
from kyc.customers.states import CustomerKind
from kyc.matching.types import Identifier, Kind, Name, NameQuality, PartialDate, Party
from kyc.policy.customers import BIOMETRICS_NOTICE_VERSION, PRIVACY_NOTICE_VERSION


def current_use(customer: Customer) -> UseDeclaration | None:
    return customer.usedeclaration_set.order_by("-id").first()


def terms_for(model_codes: list[str]) -> list[LicenceTerms]:
    """The current terms of these models, and the provider's own, which everybody attests to."""
    codes = set(CatalogueModel.objects.filter(code__in=model_codes).values_list("licence_code", flat=True))
    return list(LicenceTerms.objects.filter(code__in=codes | {"provider"}, replaced_at=None).order_by("code"))


def attestations_due(customer: Customer, *, on: date | None = None) -> list[LicenceTerms]:
    """Terms the customer has not attested to in their current version, or whose attestation has expired."""
    on = on or timezone.localdate()
    use = current_use(customer)
    held = set(
        Attestation.objects.filter(customer=customer).exclude(expires_on__lte=on).values_list("terms_id", flat=True)
    )
    return [terms for terms in terms_for(use.models_wanted if use else []) if terms.pk not in held]


def current_attestations(customer: Customer) -> dict[str, Attestation]:
    """The latest attestation by licence code."""
    latest: dict[str, Attestation] = {}
    for attestation in customer.attestation_set.select_related("terms").order_by("attested_at", "id"):
        latest[attestation.terms.code] = attestation
    return latest


def consent_given(customer: Customer, kind: str) -> bool | None:
    """True, False, or None if never asked."""
    latest = customer.consent_set.filter(kind=kind).order_by("-id").first()
    return latest.given if latest else None


def marks_elsewhere(customer: Customer) -> list[tuple[IdentityMark, IdentityMark]]:
    """(ours, theirs) of everything that another customer of the same world has too. Two queries."""
    ours: dict[tuple[str, str], IdentityMark] = {}
    for mark in customer.identitymark_set.order_by("-made_at"):
        ours[mark.kind, mark.index] = mark  # the oldest of each
    theirs = IdentityMark.objects.filter(world=customer.world, index__in={index for _, index in ours})
    rows = theirs.exclude(customer=customer).select_related("customer").order_by("made_at", "pk")
    return [(ours[row.kind, row.index], row) for row in rows if (row.kind, row.index) in ours]


def living_parties(customer: Customer) -> list[RelatedParty]:
    """With what they hold: two queries."""
    return list(customer.relatedparty_set.filter(removed_at=None).prefetch_related("interests__owned").order_by("id"))


def people_to_verify(customer: Customer) -> list[RelatedParty]:
    """Owners, directors and control persons: each is looked at like a customer who is a person."""
    return [party for party in living_parties(customer) if party.kind == CustomerKind.PERSON and not party.nature]


def contact_facts(customer: Customer) -> ContactFacts:
    addresses = tuple(
        AddressFacts(row.kind, row.street, row.city, row.region, row.postal_code, row.country)
        for row in customer.address_set.order_by("id")
    )
    named = {customer.residence_country, customer.registration_country, customer.parent_country}
    named |= {*customer.nationalities, *(address.country for address in addresses)}
    return ContactFacts(
        is_person=customer.is_person,
        email=customer.email,
        website=customer.website,
        phone=customer.phone,
        country=customer.residence_country or customer.registration_country,
        countries=frozenset(named - {""}),
        addresses=addresses,
    )


def profile_facts(customer: Customer) -> ProfileFacts:
    """A handful of queries; the facts for kyc.customers.rules.what_is_missing."""
    use = current_use(customer)
    asked = {(kind, version) for kind, version in customer.consent_set.values_list("kind", "version")}
    return ProfileFacts(
        is_person=customer.is_person,
        legal_name=customer.legal_name,
        birth_date=customer.birth_date,
        nationalities=tuple(customer.nationalities),
        residence_country=customer.residence_country,
        registration_country=customer.registration_country,
        registration_number=customer.registration_number,
        incorporated_on=customer.incorporated_on,
        email=customer.email,
        addresses=customer.address_set.count(),
        identifiers=tuple(customer.identifier_set.filter(party=None).values_list("kind", flat=True)),
        parties=tuple(
            PartyFacts(
                public_id=party.public_id,
                legal_name=party.legal_name,
                kind=party.kind,
                roles=tuple(party.roles),
                has_birth_date=party.birth_date is not None,
                country=party.country,
                share_known=party.holding is not None and party.holding.share_min is not None,
                named=party.nature != PartyNature.UNNAMED,
            )
            for party in living_parties(customer)
        ),
        documents=tuple(customer.document_set.standing().values_list("kind", flat=True)),
        purposes=tuple(use.purposes) if use else (),
        use_description=use.description if use else "",
        models_wanted=tuple(use.models_wanted) if use else (),
        terms_due=tuple((terms.code, terms.version, terms.title) for terms in attestations_due(customer)),
        privacy_read=(Consent.Kind.PRIVACY, PRIVACY_NOTICE_VERSION) in asked,
        unnamed_members=tuple(
            customer.member_set.filter(removed_at=None, name="").order_by("pk").values_list("user__email", flat=True)
        ),
        biometrics_answered=(Consent.Kind.BIOMETRICS, BIOMETRICS_NOTICE_VERSION) in asked,
    )


def hold_customers(customer_ids: Collection[int]) -> set[tuple[int, str]]:
    """(customer, world) of those who are there; none of them can be deleted before this transaction ends.

    What a foreign key does for each row and at the commit, once and first: for who writes about many at a time.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, world FROM kyc_customer WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE", [list(customer_ids)]
        )
        return set(cursor.fetchall())


def lock_customer(customer_id: int) -> None:
    """For who writes about one: before their hits, holds, cases and letters, as a screening does. Coming to the
    customer last, as the foreign keys do, each could wait for the other."""
    Customer.objects.select_for_update().get(pk=customer_id)


def party_facts(customer: Customer) -> tuple[Party, ...]:
    """The customer, who owns or runs it, and who acts for it, as screening compares them. Keys are public ids."""
    return parties_of([customer])[customer.pk]


def parties_of(customers: Iterable[Customer]) -> dict[int, tuple[Party, ...]]:
    """`party_facts` of each, by primary key: five queries for all. (Prefetching would cost more than all else here:
    Django makes a manager for each customer and relation.)"""
    known = {customer.pk: customer for customer in customers}
    addresses: dict[int, list[Address]] = defaultdict(list)
    for address in Address.objects.filter(customer__in=list(known)).order_by("pk"):
        addresses[address.customer_id].append(address)
    others, numbers = _other_names_of(known), _numbers_of(known)
    related: dict[int, list[Party]] = defaultdict(list)
    for party in _named_of(known):
        related[party.customer_id].append(_party(party, numbers.get((party.customer_id, party.pk), ())))
    members = _members_of(known)
    return {
        pk: (
            _own(customer, addresses.get(pk, ()), others.get(pk, ()), numbers.get((pk, None), ())),
            *related.get(pk, ()),
            *members.get(pk, ()),
        )
        for pk, customer in known.items()
    }


def _other_names_of(customer_ids: Collection[int]) -> dict[int, list[Name]]:
    found: dict[int, list[Name]] = defaultdict(list)
    rows = OtherName.objects.filter(customer__in=list(customer_ids)).order_by("pk")
    for owner, text, quality in rows.values_list("customer", "text", "quality"):
        found[owner].append(Name(text, NameQuality(quality)))
    return found


def _numbers_of(customer_ids: Collection[int]) -> dict[tuple[int, int | None], list[Identifier]]:
    """By customer, and by the related party whose they are; None: the customer's own."""
    found: dict[tuple[int, int | None], list[Identifier]] = defaultdict(list)
    rows = Identity.objects.filter(customer__in=list(customer_ids)).order_by("pk")
    for owner, party, kind, value, country in rows.values_list("customer", "party", "kind", "value", "country"):
        found[owner, party].append(Identifier(kind, value, country))
    return found


def _named_of(customer_ids: Collection[int]) -> QuerySet[RelatedParty]:
    """Somebody whom nobody can name is compared with nobody; what they hold is the ownership tests' question."""
    living = RelatedParty.objects.filter(customer__in=list(customer_ids), removed_at=None)
    return living.exclude(nature=PartyNature.UNNAMED).order_by("pk")


def _members_of(customer_ids: Collection[int]) -> dict[int, list[Party]]:
    """Who acts for these customers under another name than the customer's own."""
    found: dict[int, list[Party]] = defaultdict(list)
    members = Member.objects.filter(customer__in=list(customer_ids), removed_at=None).exclude(name="").order_by("pk")
    for member in members.exclude(name__iexact=F("customer__legal_name")):
        found[member.customer_id].append(Party(member.key, (Name(member.name),), Kind.PERSON))
    return found


def _own(
    customer: Customer, addresses: Sequence[Address], others: Sequence[Name], numbers: Sequence[Identifier]
) -> Party:
    if customer.registration_number:
        registered = Identifier("registration", customer.registration_number, customer.registration_country)
        numbers = [*numbers, registered]
    return Party(
        key=customer.public_id,
        names=_all_names(customer.legal_name, customer.original_name, others),
        kind=Kind(customer.kind),
        birth_dates=_dates(customer.birth_date),
        countries=_countries(
            *customer.nationalities,
            customer.residence_country,
            customer.registration_country,
            *(address.country for address in addresses),
        ),
        addresses=tuple(map(str, addresses)),
        identifiers=tuple(numbers),
        gender=customer.gender,
    )


def _party(party: RelatedParty, identifiers: Sequence[Identifier]) -> Party:
    return Party(
        key=party.public_id,
        names=(Name(party.legal_name),) if party.legal_name.strip() else (),
        kind=Kind(party.kind),
        birth_dates=_dates(party.birth_date),
        countries=_countries(*party.nationalities, party.country, party.headquarters_country),
        identifiers=tuple(identifiers),
    )


def names_of(customer_ids: Sequence[int]) -> Iterator[tuple[int, Party]]:
    """(customer, party) of these customers, as `party_facts` has them but for names, kind and numbers alone.

    For passing over very many quickly: five plain queries for all of them, and no objects but the parties.
    """
    if not customer_ids:
        return
    others, numbers = _other_names_of(customer_ids), _numbers_of(customer_ids)
    related: dict[int, list[Party]] = defaultdict(list)
    for pk, owner, key, kind, name in _named_of(customer_ids).values_list(
        "pk", "customer", "public_id", "kind", "legal_name"
    ):
        names = (Name(name),) if name.strip() else ()
        related[owner].append(Party(key, names, Kind(kind), identifiers=tuple(numbers.get((owner, pk), ()))))
    members = _members_of(customer_ids)
    rows = Customer.objects.filter(pk__in=customer_ids).order_by("pk")
    for pk, key, kind, legal, original, number, country in rows.values_list(
        "pk", "public_id", "kind", "legal_name", "original_name", "registration_number", "registration_country"
    ):
        own = numbers.get((pk, None), [])
        if number:
            own = [*own, Identifier("registration", number, country)]
        yield pk, Party(key, _all_names(legal, original, others.get(pk, ())), Kind(kind), identifiers=tuple(own))
        for party in (*related.get(pk, ()), *members.get(pk, ())):
            yield pk, party


def path_of_member(member: Member) -> str:
    """How somebody who acts for a customer hangs on it, in words: "acts for Example Ltd as owner of the account"."""
    return f"acts for {member.customer.legal_name} as {member.role} of the account"


def path_to(customer: Customer, party: RelatedParty) -> str:
    """How a related party hangs on the customer, in words: "owner (60 %), director of Example Ltd", and through whom:
    "owner (60 %) of Holding Ltd, owner (50 %) of Example Ltd"."""
    words: list[str] = []
    seen = {party.pk}
    while True:
        holding = party.holding
        owned = holding.owned if holding else None
        roles = [_role_words(role, holding) for role in party.roles] if not words else [_role_words("owner", holding)]
        words.append(f"{', '.join(roles)} of {owned.legal_name if owned else customer.legal_name}")
        if owned is None or owned.pk in seen:
            return ", ".join(words)
        seen.add(owned.pk)
        party = owned


def _role_words(role: str, holding: Interest | None) -> str:
    if role != "owner":
        return role.replace("_", " ")
    if holding is None or holding.share_max is None:
        return "owner (share unknown)"
    return f"owner ({float(holding.share_max):g} %)"


def _all_names(legal: str, original: str, others: Iterable[Name]) -> tuple[Name, ...]:
    names = [Name(legal), Name(original, NameQuality.ORIGINAL_SCRIPT), *others]
    return tuple(name for name in names if name.text.strip())


def _dates(value: date | None) -> tuple[PartialDate, ...]:
    return (PartialDate(value.year, value.month, value.day),) if value else ()


def _countries(*codes: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for code in codes if code))
