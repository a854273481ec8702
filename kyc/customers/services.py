"""The verbs that write customers and what belongs to them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from accounts.models import ApiClient, User
from kyc.audit.services import Actor, record
from kyc.audit.verbs import Verb
from kyc.catalogue.models import CatalogueModel, LicenceTerms
from kyc.customers.marks import (
    DOCUMENT_KINDS,
    REGISTER_KINDS,
    MarkKind,
    document_form,
    email_form,
    phone_form,
    register_form,
)
from kyc.customers.models import (
    Address,
    Attestation,
    Consent,
    Customer,
    Identifier,
    IdentityMark,
    Interest,
    Invitation,
    Member,
    MemberRole,
    OtherName,
    PartyNature,
    PartyRole,
    ProviderAccount,
    RelatedParty,
    UseDeclaration,
)
from kyc.customers.numbers import checked_lei
from kyc.customers.states import MOVING, OFF_FILE, CustomerKind, CustomerStatus, InterestKind, check_move
from kyc.dispatch import after_commit
from kyc.errors import BadInput, ForbiddenMove, LostRace, NotAllowed
from kyc.policy.countries import is_country
from kyc.policy.customers import ATTESTATION_LASTS_DAYS, INVITATION_LASTS_DAYS
from kyc.policy.uses import USES
from kyc.vault.keys import keyring
from kyc.vault.sealing import blind_index

PROFILE_FIELDS = frozenset(
    {
        "legal_name",
        "original_name",
        "birth_date",
        "gender",
        "nationalities",
        "residence_country",
        "registration_country",
        "registration_number",
        "incorporated_on",
        "parent_country",
        "email",
        "phone",
        "website",
        "tier_wanted",
        "external_id",
    }
)
# what screening compares: a change of one of these makes earlier screenings stale
SCREENED_FIELDS = frozenset(
    {
        "legal_name",
        "original_name",
        "birth_date",
        "gender",
        "nationalities",
        "residence_country",
        "registration_country",
        "registration_number",
    }
)
COUNTRY_FIELDS = ("residence_country", "registration_country", "parent_country")


@transaction.atomic
def create_customer(
    *,
    kind: CustomerKind,
    world: str,
    actor: Actor,
    source: str,
    external_id: str | None = None,
    owner: User | None = None,
    **profile: Any,
) -> Customer:
    """A draft. `owner` becomes its first member. BadInput if the external id is taken in this world."""
    customer = Customer(kind=CustomerKind(kind), world=world, source=source, external_id=external_id or None)
    old = _apply(customer, profile)
    try:
        with transaction.atomic():
            customer.save(force_insert=True)
    except IntegrityError as error:
        raise BadInput(f"There is already a customer with the external id {external_id}.") from error
    _mark_contacts(customer)
    record(
        verb=Verb.CUSTOMER_CREATED,
        subject=customer,
        actor=actor,
        person=customer.public_id,
        facts={"kind": customer.kind, "source": source},
        personal={name: getattr(customer, name) for name in old},
    )
    if owner is not None:
        add_member(customer=customer, user=owner, role=MemberRole.OWNER, actor=actor)
    return customer


@transaction.atomic
def change_profile(
    *, customer: Customer, actor: Actor, expected_revision: int | None = None, **fields: Any
) -> Customer:
    """Set profile fields. LostRace when `expected_revision` is not the stored one (If-Match).

    A changed fact that screening looks at raises `facts_version`; for a customer on file that is a
    re-screening, sent after the commit.
    """
    stored = Customer.objects.select_for_update().get(pk=customer.pk)
    if expected_revision is not None and stored.revision != expected_revision:
        raise LostRace(expected=expected_revision, found=stored.revision)
    _check_editable(stored, actor)
    old = _apply(stored, fields)
    if not old:
        return _refresh(customer, stored)
    stored.revision += 1
    stored.changed_at = timezone.now()
    try:
        with transaction.atomic():
            stored.save()
    except IntegrityError as error:
        raise BadInput(f"There is already a customer with the external id {stored.external_id}.") from error
    if {"email", "phone", "residence_country"} & old.keys():
        _mark_contacts(stored)
    record(
        verb=Verb.CUSTOMER_CHANGED,
        subject=stored,
        actor=actor,
        person=stored.public_id,
        facts={"fields": sorted(old)},
        personal={name: {"old": value, "new": getattr(stored, name)} for name, value in old.items()},
    )
    if SCREENED_FIELDS & old.keys():
        facts_changed(customer=stored)
    return _refresh(customer, stored)


def _apply(customer: Customer, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Set and validate; returns {field: old value} of those that changed. Raises BadInput."""
    unknown = fields.keys() - PROFILE_FIELDS
    if unknown:
        raise BadInput(f"Unknown fields: {', '.join(sorted(unknown))}.")
    old = {}
    for name, value in fields.items():
        if isinstance(value, str):
            value = " ".join(value.split())
        if name in COUNTRY_FIELDS:
            value = checked_country(value)
        if name == "nationalities":
            value = [checked_country(code) for code in value or [] if code]
        if name == "external_id":
            value = value or None
        if getattr(customer, name) != value:
            old[name] = getattr(customer, name)
            setattr(customer, name, value)
    try:
        customer.clean_fields(exclude={field.name for field in customer._meta.fields} - set(old))
    except ValidationError as error:
        first = next(iter(error.message_dict.items()))
        raise BadInput(f"{first[0].replace('_', ' ')}: {' '.join(first[1])}", field=first[0]) from error
    if customer.birth_date and customer.birth_date > timezone.localdate():
        raise BadInput("A date of birth cannot lie in the future.", field="birth_date")
    return old


def checked_country(code: str | None) -> str:
    """Upper case ISO alpha-2, or "" for none. Raises BadInput."""
    code = (code or "").strip().upper()
    if code and not is_country(code):
        raise BadInput(f"{code} is not a country code of ISO 3166.", code=code)
    return code


def _refresh(customer: Customer, stored: Customer) -> Customer:
    for field in stored._meta.concrete_fields:
        setattr(customer, field.attname, getattr(stored, field.attname))
    return customer


def _check_editable(customer: Customer, actor: Actor) -> None:
    """In the portal a submitted form is closed; a provider's API may report changes of facts at any time."""
    if customer.status == CustomerStatus.CLOSED:
        raise ForbiddenMove("This customer is closed.", customer=customer.public_id)
    if customer.is_moving:
        raise ForbiddenMove("The checks are running; wait until they are done.", customer=customer.public_id)
    if isinstance(actor, User) and not actor.is_staff and not customer.is_editable:
        raise ForbiddenMove("What was submitted cannot be changed now; write to us.", customer=customer.public_id)


def facts_changed(*, customer: Customer) -> None:
    """Call inside the transaction that changed what screening looks at.

    For a customer on file that is a screening; `next_step_at` keeps it owed until it is done, whatever becomes of
    the message. Where the customer stands is the row's to say: a worker may have moved it since the caller read it.
    """
    due = When(~Q(status__in=OFF_FILE | MOVING), then=Value(timezone.now()))
    Customer.objects.filter(pk=customer.pk).update(
        facts_version=F("facts_version") + 1, next_step_at=Case(due, default=F("next_step_at"))
    )
    customer.refresh_from_db(fields=["facts_version", "status", "next_step_at"])  # ours until the commit
    if customer.status not in OFF_FILE:
        after_commit("kyc.screen_changed", customer_id=customer.pk)


def identity_settled(*, customer: Customer) -> None:
    """Call inside the transaction that settled it: who waits for that is due for the next step of the road.

    `next_step_at` keeps the step owed; where the message is lost, beat sends it again.
    """
    waiting = Customer.objects.filter(pk=customer.pk, status=CustomerStatus.VERIFYING)
    waiting.update(next_step_at=timezone.now())
    after_commit("kyc.advance", customer_id=customer.pk)


@transaction.atomic
def set_names(*, customer: Customer, actor: Actor, names: Iterable[tuple[str, str]]) -> None:
    """Replace all other names by these (text, quality)."""
    _check_editable(customer, actor)
    wanted = sorted({(" ".join(text.split()), quality) for text, quality in names if text.strip()})
    old = sorted(customer.othername_set.values_list("text", "quality"))
    if wanted == old:
        return
    customer.othername_set.all().delete()
    OtherName.objects.bulk_create(
        [OtherName(customer=customer, world=customer.world, text=text, quality=quality) for text, quality in wanted]
    )
    _changed(customer, actor, "other_names", old, wanted)


@transaction.atomic
def set_address(
    *,
    customer: Customer,
    actor: Actor,
    street: str,
    city: str,
    country: str,
    kind: str = Address.Kind.RESIDENCE,
    region: str = "",
    postal_code: str = "",
) -> Address:
    """The one address of that kind."""
    _check_editable(customer, actor)
    values = {"street": street, "city": city, "region": region, "postal_code": postal_code}
    values = {name: " ".join(value.split()) for name, value in values.items()}
    values["country"] = checked_country(country)
    if not values["street"] or not values["city"] or not values["country"]:
        raise BadInput("An address needs a street, a city and a country.")
    address = customer.address_set.filter(kind=kind).first()
    old = str(address) if address else ""
    if address is None:
        address = Address(customer=customer, world=customer.world, kind=kind)
    for name, value in values.items():
        setattr(address, name, value)
    if str(address) != old:
        address.save()
        _changed(customer, actor, f"address_{kind}", old, str(address))
    return address


def _changed(customer: Customer, actor: Actor, field: str, old: Any, new: Any) -> None:
    record(
        verb=Verb.CUSTOMER_CHANGED,
        subject=customer,
        actor=actor,
        person=customer.public_id,
        facts={"fields": [field]},
        personal={field: {"old": old, "new": new}},
    )
    touch(customer)
    facts_changed(customer=customer)


def touch(customer: Customer) -> None:
    """A new revision: the ETag of the customer as the API shows it."""
    Customer.objects.filter(pk=customer.pk).update(revision=F("revision") + 1, changed_at=timezone.now())
    customer.revision += 1


def identifier_index(kind: str, country: str, value: str) -> str:
    """The blind index by which the same document finds itself on another customer."""
    bare = "".join(value.upper().split()).replace("-", "")
    return blind_index(f"{kind}|{country}|{bare}", purpose="identifier", keyring=keyring())


@transaction.atomic
def add_identifier(
    *,
    customer: Customer,
    actor: Actor,
    kind: str,
    value: str,
    country: str = "",
    expires_on: date | None = None,
    party: RelatedParty | None = None,
) -> Identifier:
    """Sealed at once; the same number twice on one customer is one row."""
    _check_editable(customer, actor)
    value = " ".join(value.split())
    country = checked_country(country)
    if kind == "lei":
        value = checked_lei(value)
    if len("".join(ch for ch in value if ch.isalnum())) < 3:
        raise BadInput("That number is too short.", field="value")
    index = identifier_index(kind, country, value)
    existing = customer.identifier_set.filter(index=index, party=party).first()
    if existing is not None:
        return existing
    identifier = Identifier.objects.create(
        customer=customer,
        world=customer.world,
        party=party,
        kind=kind,
        country=country,
        value=value,
        index=index,
        tail=value[-4:],
        expires_on=expires_on,
    )
    _mark_number(customer, party, kind, country, value)
    _changed(customer, actor, "identifiers", None, f"{kind} {country} …{identifier.tail}")
    return identifier


@transaction.atomic
def remove_identifier(*, identifier: Identifier, actor: Actor) -> None:
    customer = identifier.customer
    _check_editable(customer, actor)
    _changed(customer, actor, "identifiers", f"{identifier.kind} …{identifier.tail}", None)
    identifier.delete()
    _remark_numbers(customer, identifier.party)


def _remark_numbers(customer: Customer, party: RelatedParty | None) -> None:
    """After one was removed: the marks of the numbers that are left, and of what was read of documents."""
    kinds = [MarkKind.DOCUMENT, MarkKind.REGISTER]
    customer.identitymark_set.filter(party=party, kind__in=kinds, read=False).delete()
    for row in customer.identifier_set.filter(party=party):
        _mark_number(customer, party, row.kind, row.country, row.value)


def mark_identity(
    *, customer: Customer, kind: MarkKind, form: str, party: RelatedParty | None = None, read: bool = False
) -> None:
    """Keep the digest of this form; nothing for "". Call inside the transaction that goes on to look for others.

    Whoever marks the same form at the same time waits for this transaction to end, and then sees it: of two customers
    with one passport at least one is noticed.
    """
    if not form:
        return
    index = blind_index(form, purpose=f"mark/{kind}", keyring=keyring())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int(index[:15], 16)])
    mark, _ = IdentityMark.objects.get_or_create(
        customer=customer, party=party, kind=kind, index=index, defaults={"world": customer.world, "read": read}
    )
    if read and not mark.read:
        IdentityMark.objects.filter(pk=mark.pk).update(read=True)


def mark_document(
    *, customer: Customer, country: str, number: str, party: RelatedParty | None = None, read: bool = False
) -> None:
    """Issuer and number of a person's document. Where the issuer is not said, the holder's own country stands in."""
    who = party or customer
    home = who.nationalities[0] if who.nationalities else getattr(who, "residence_country", "")
    form = document_form(country or home, number)
    mark_identity(customer=customer, kind=MarkKind.DOCUMENT, form=form, party=party, read=read)


def _mark_contacts(customer: Customer) -> None:
    """E-mail and phone as they are now; what was read of a document stays."""
    customer.identitymark_set.filter(kind__in=[MarkKind.EMAIL, MarkKind.PHONE]).delete()
    mark_identity(customer=customer, kind=MarkKind.EMAIL, form=email_form(customer.email))
    form = phone_form(customer.phone, customer.residence_country)
    mark_identity(customer=customer, kind=MarkKind.PHONE, form=form)


def _mark_number(customer: Customer, party: RelatedParty | None, kind: str, country: str, value: str) -> None:
    if kind in DOCUMENT_KINDS:
        mark_document(customer=customer, country=country, number=value, party=party)
    elif kind in REGISTER_KINDS:
        form = register_form(kind, country, value)
        mark_identity(customer=customer, kind=MarkKind.REGISTER, form=form, party=party)


@transaction.atomic
def add_party(
    *,
    customer: Customer,
    actor: Actor,
    kind: str,
    roles: Sequence[str],
    legal_name: str,
    holds: bool = True,
    **facts: Any,
) -> RelatedParty:
    """An owner, director, control person or parent of an organisation.

    An owner of whom no share is told holds an unknown one, unless `holds` is False: then interests are told apart.
    """
    if customer.is_person:
        raise ForbiddenMove("Only an organisation has owners and directors.", customer=customer.public_id)
    party = RelatedParty(customer=customer, world=customer.world, kind=CustomerKind(kind))
    facts = {"roles": list(roles), "legal_name": legal_name} | facts
    return _save_party(party, actor=actor, facts=facts, holds=holds)


@transaction.atomic
def change_party(*, party: RelatedParty, actor: Actor, **facts: Any) -> RelatedParty:
    return _save_party(party, actor=actor, facts=facts)


PARTY_FIELDS = frozenset(
    {
        "roles",
        "legal_name",
        "birth_date",
        "nationalities",
        "country",
        "headquarters_country",
        "nature",
        "listed_on",
        "email",
    }
)
# who somebody is: with another one of these they are somebody nobody has verified
VERIFIED_FIELDS = frozenset({"legal_name", "birth_date", "nationalities"})
INTEREST_FIELDS = frozenset(
    {
        "owned",
        "share_min",
        "share_max",
        "nominee",
        "held_for",
        "since",
        "until",
        "source",
        "statement",
    }
)


def _save_party(party: RelatedParty, *, actor: Actor, facts: dict[str, Any], holds: bool = True) -> RelatedParty:
    """The party's own facts, and what it holds: `facts` of INTEREST_FIELDS belong to its first interest."""
    _check_editable(party.customer, actor)
    unknown = facts.keys() - PARTY_FIELDS - INTEREST_FIELDS
    if unknown:
        raise BadInput(f"Unknown fields: {', '.join(sorted(unknown))}.")
    new = party.pk is None
    own = {name: value for name, value in facts.items() if name in PARTY_FIELDS}
    old = {} if new else {name: getattr(party, name) for name in own}
    for name, value in own.items():
        if name in ("country", "headquarters_country"):
            value = checked_country(value)
        if name == "nationalities":
            value = [checked_country(code) for code in value or [] if code]
        if name in ("legal_name", "listed_on"):
            value = " ".join(value.split())
        setattr(party, name, value)
    if not party.legal_name:
        raise BadInput("A name is needed.", field="legal_name")
    if not party.roles or set(party.roles) - set(PartyRole.values):
        raise BadInput("Choose at least one role: owner, director, control person or parent.", field="roles")
    if party.nature not in PartyNature.values:
        raise BadInput("There is no such nature of a party.", field="nature")
    if any(getattr(party, name) != value for name, value in old.items() if name in VERIFIED_FIELDS):
        party.verified_at = None
    party.save()
    held = {name: value for name, value in facts.items() if name in INTEREST_FIELDS}
    interest = None if new else party.holding
    owner = PartyRole.OWNER in party.roles
    owns = owner and holds and (new or bool(held))
    if (
        (interest is not None and held)
        or owns
        or any(held.get(name) is not None for name in ("share_min", "share_max"))
    ):
        interest = interest or Interest(party=party, customer=party.customer, world=party.world)
        old |= {} if interest.pk is None else {name: getattr(interest, name) for name in held}
        _set_interest(interest, held)
        if not owner and interest.share_min is None:
            interest.removed_at = timezone.now()  # they are no owner any more, and hold nothing that is known
        interest.save()
    shown = {name: str(getattr(party, name)) for name in own}
    shown |= {name: str(getattr(interest, name)) for name in held} if interest else {}
    field = f"party_{party.public_id}"
    _changed(party.customer, actor, field, {name: str(value) for name, value in old.items()}, shown)
    return party


@transaction.atomic
def record_interest(*, party: RelatedParty, actor: Actor, kind: str = InterestKind.SHARES, **facts: Any) -> Interest:
    """A further interest of a party; `facts` are some of INTEREST_FIELDS. Raises BadInput, ForbiddenMove."""
    _check_editable(party.customer, actor)
    if facts.keys() - INTEREST_FIELDS:
        raise BadInput(f"Unknown fields: {', '.join(sorted(facts.keys() - INTEREST_FIELDS))}.")
    interest = Interest(party=party, customer=party.customer, world=party.world, kind=InterestKind(kind))
    _set_interest(interest, facts)
    interest.save(force_insert=True)
    told = {name: str(value) for name, value in facts.items()} | {"kind": kind}
    _changed(party.customer, actor, f"interest_{interest.public_id}", None, told)
    return interest


@transaction.atomic
def remove_interest(*, interest: Interest, actor: Actor) -> None:
    """It was told in error, or whoever said so says it no more. Kept as a row. LostRace where it is removed already."""
    _check_editable(interest.customer, actor)
    if Interest.objects.filter(pk=interest.pk, removed_at=None).update(removed_at=timezone.now()) != 1:
        raise LostRace(interest=interest.public_id)
    _changed(interest.customer, actor, f"interest_{interest.public_id}", str(interest), None)


def _set_interest(interest: Interest, facts: Mapping[str, Any]) -> None:
    """Raises BadInput for what cannot be."""
    for name, value in facts.items():
        setattr(interest, name, value)
    low, high = interest.share_min, interest.share_max
    if (low is None) != (high is None):
        raise BadInput("Give both bounds of the share, or neither where it is unknown.", field="share_min")
    if low is not None and high is not None and not 0 <= low <= high <= 100:
        raise BadInput("A share lies between 0 and 100 %.", field="share_min")
    if interest.since and interest.until and interest.until <= interest.since:
        raise BadInput("An interest ends after it began.", field="until")
    for field in ("owned", "held_for"):
        other = getattr(interest, field)
        if other is None:
            continue
        if other.customer_id != interest.customer_id:
            raise BadInput("The other party must be one of this customer's own.", field=field)
        if other.pk == interest.party.pk:
            raise BadInput("A party cannot hold an interest in itself, or for itself.", field=field)
    if interest.held_for is not None:
        interest.nominee = True


@transaction.atomic
def remove_party(*, party: RelatedParty, actor: Actor) -> None:
    """Kept as a row, with its interests: earlier verdicts name them."""
    _check_editable(party.customer, actor)
    now = timezone.now()
    if RelatedParty.objects.filter(pk=party.pk, removed_at=None).update(removed_at=now) == 1:
        gone = Q(party=party) | Q(owned=party)
        Interest.objects.filter(gone, removed_at=None).update(removed_at=now)
        _changed(party.customer, actor, f"party_{party.public_id}", party.legal_name, None)


@transaction.atomic
def add_member(*, customer: Customer, user: User, role: str, actor: Actor, name: str = "") -> Member:
    """`name`: their full name, where they have said it; who acts for a customer is screened with it."""
    if user.is_staff:
        raise NotAllowed("Staff cannot act for a customer.")
    name = " ".join((name or user.name).split())
    member, made = Member.objects.get_or_create(
        customer=customer, user=user, removed_at=None, defaults={"world": customer.world, "role": role, "name": name}
    )
    if made:
        person = customer.public_id
        facts = {"user": user.pk, "role": role}
        record(verb=Verb.MEMBER_ADDED, subject=customer, actor=actor, person=person, facts=facts)
        if name:
            facts_changed(customer=customer)
    return member


@transaction.atomic
def name_member(*, member: Member, name: str, actor: Actor) -> Member:
    """Their full name as they say it; a new one is screened. The same again is no change."""
    name = " ".join(name.split())
    if not name:
        raise BadInput("Write your full name.", field="name")
    stored = Member.objects.select_for_update().get(pk=member.pk)
    if stored.name != name:
        personal = {"member_name": {"old": stored.name, "new": name}}
        stored.name = name
        stored.save(update_fields=["name"])
        record(
            verb=Verb.CUSTOMER_CHANGED,
            subject=stored.customer,
            actor=actor,
            person=stored.customer.public_id,
            facts={"fields": ["member_name"], "member": stored.key},
            personal=personal,
        )
        facts_changed(customer=stored.customer)
    return stored


@transaction.atomic
def remove_member(*, member: Member, actor: Actor) -> None:
    """Not the last owner: somebody must be able to speak for the customer."""
    customer = Customer.objects.select_for_update().get(pk=member.customer_id)
    owners = customer.member_set.filter(role=MemberRole.OWNER, removed_at=None).exclude(pk=member.pk)
    if member.role == MemberRole.OWNER and not owners.exists():
        raise ForbiddenMove("The last owner cannot be removed.", member=member.pk)
    if Member.objects.filter(pk=member.pk, removed_at=None).update(removed_at=timezone.now()) != 1:
        raise LostRace(member=member.pk)
    record(
        verb=Verb.MEMBER_REMOVED,
        subject=customer,
        actor=actor,
        person=customer.public_id,
        facts={"user": member.user_id},
    )
    if member.name:
        facts_changed(customer=customer)


@transaction.atomic
def invite_colleague(*, customer: Customer, email: str, role: str, actor: User) -> str:
    """The token for the link; only its digest is kept."""
    return _invite(customer=customer, email=email, role=MemberRole(role), party=None, actor=actor)


@transaction.atomic
def invite_party(*, party: RelatedParty, email: str, actor: Actor) -> str:
    """A link by which an owner or director verifies themselves. The token is not kept."""
    return _invite(customer=party.customer, email=email, role="", party=party, actor=actor)


def _invite(*, customer: Customer, email: str, role: str, party: RelatedParty | None, actor: Actor) -> str:
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        customer=customer,
        world=customer.world,
        email=email,
        role=role,
        party=party,
        token_sha256=hashlib.sha256(token.encode()).hexdigest(),
        invited_by=actor if isinstance(actor, User) else None,
        expires_at=timezone.now() + timedelta(days=INVITATION_LASTS_DAYS),
    )
    record(
        verb=Verb.PARTY_INVITED if party else Verb.MEMBER_INVITED,
        subject=customer,
        actor=actor,
        person=customer.public_id,
        facts={"invitation": invitation.pk, "role": role},
        personal={"email": email},
    )
    return token


def find_invitation(token: str) -> Invitation | None:
    """The invitation with this token if it can still be used."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    usable = Invitation.objects.filter(token_sha256=digest, expires_at__gt=timezone.now())
    return usable.select_related("customer", "party").first()


@transaction.atomic
def accept_invitation(*, token: str, user: User, name: str) -> Invitation:
    """A colleague joins under their full name. The signed-in address must be the invited one; a link is used once."""
    if not name.strip():
        raise BadInput("Write your full name.", field="name")
    invitation = find_invitation(token)
    if invitation is None or invitation.party_id or invitation.email.lower() != user.email.lower():
        raise NotAllowed("This invitation is not for you, was used, or has expired.")
    if Invitation.objects.filter(pk=invitation.pk, accepted_at=None).update(accepted_at=timezone.now()) != 1:
        raise NotAllowed("This invitation was used.")
    add_member(customer=invitation.customer, user=user, role=invitation.role, actor=user, name=name)
    return invitation


@transaction.atomic
def link_account(*, customer: Customer, account_id: str, actor: Actor) -> ProviderAccount:
    """Tie an account at the provider's service to its customer; again is no change, another's is refused."""
    account_id = account_id.strip()
    if not account_id:
        raise BadInput("An account id is needed.", field="account_id")
    account, made = ProviderAccount.objects.get_or_create(
        world=customer.world, account_id=account_id, defaults={"customer": customer}
    )
    if account.customer_id != customer.pk:
        raise ForbiddenMove("This account belongs to another customer.", account=account_id)
    if made:
        record(
            verb=Verb.ACCOUNT_LINKED,
            subject=account,
            actor=actor,
            person=customer.public_id,
            facts={"customer": customer.public_id, "account": account_id},
        )
    return account


@transaction.atomic
def close_account(*, account: ProviderAccount, actor: Actor) -> None:
    if ProviderAccount.objects.filter(pk=account.pk, closed_at=None).update(closed_at=timezone.now()) == 1:
        person = account.customer.public_id
        facts = {"account": account.account_id}
        record(verb=Verb.ACCOUNT_CLOSED, subject=account, actor=actor, person=person, facts=facts)


@transaction.atomic
def declare_use(
    *,
    customer: Customer,
    actor: Actor,
    purposes: Sequence[str],
    description: str,
    models_wanted: Sequence[str],
    monthly_volume: str = "",
) -> UseDeclaration:
    """A new declaration; earlier ones stay."""
    _check_editable(customer, actor)
    unknown = set(purposes) - USES.keys()
    if unknown or not purposes:
        raise BadInput(f"Unknown or no purposes: {', '.join(sorted(unknown)) or 'none'}.", field="purposes")
    known = set(CatalogueModel.objects.filter(active=True).values_list("code", flat=True))
    if set(models_wanted) - known:
        wrong = ", ".join(sorted(set(models_wanted) - known))
        raise BadInput(f"Not in the catalogue: {wrong}.", field="models_wanted")
    use = UseDeclaration.objects.create(
        customer=customer,
        world=customer.world,
        purposes=list(dict.fromkeys(purposes)),
        description=description.strip(),
        models_wanted=list(dict.fromkeys(models_wanted)),
        monthly_volume=monthly_volume,
        declared_by=actor if isinstance(actor, User) else None,
    )
    record(
        verb=Verb.USE_DECLARED,
        subject=customer,
        actor=actor,
        person=customer.public_id,
        facts={"purposes": use.purposes, "models": use.models_wanted},
        personal={"description": use.description},
    )
    touch(customer)
    return use


@transaction.atomic
def attest(
    *,
    customer: Customer,
    actor: Actor,
    terms: LicenceTerms,
    answers: Mapping[str, Any],
    ip: str | None = None,
) -> Attestation:
    """Answers to every question of one version. A missing answer is BadInput; a negative one is recorded."""
    if terms.replaced_at is not None:
        raise LostRace("These terms were replaced; please read the new version.", terms=str(terms))
    asked = {ask["code"] for ask in terms.asks}
    given = {code: answers[code] for code in asked if answers.get(code) not in (None, "")}
    if asked - given.keys():
        raise BadInput(f"Please answer every question: {', '.join(sorted(asked - given.keys()))}.")
    today = timezone.localdate()
    attestation = Attestation.objects.create(
        customer=customer,
        world=customer.world,
        terms=terms,
        answers=given,
        text_sha256=hashlib.sha256(terms.text.encode()).hexdigest(),
        attested_by=actor if isinstance(actor, User) else None,
        by_client=actor.public_id if isinstance(actor, ApiClient) else "",
        ip=ip,
        expires_on=today + timedelta(days=ATTESTATION_LASTS_DAYS),
    )
    facts = {"terms": terms.code, "version": terms.version, "answers": given}
    record(verb=Verb.ATTESTED, subject=customer, actor=actor, person=customer.public_id, facts=facts)
    touch(customer)
    return attestation


@transaction.atomic
def consent(*, customer: Customer, actor: Actor, kind: str, given: bool, version: int) -> Consent:
    row = Consent.objects.create(
        customer=customer,
        world=customer.world,
        kind=Consent.Kind(kind),
        given=given,
        version=version,
        by=actor if isinstance(actor, User) else None,
    )
    facts = {"kind": kind, "given": given, "version": version}
    record(verb=Verb.CONSENTED, subject=customer, actor=actor, person=customer.public_id, facts=facts)
    return row


@transaction.atomic
def move_customer(*, customer: Customer, to: CustomerStatus, actor: Actor, reason: str = "", **also: Any) -> Customer:
    """One allowed move; `also` sets other columns in the same update. Raises ForbiddenMove, LostRace."""
    check_move(old := CustomerStatus(customer.status), to)
    values = {"status": to, "changed_at": timezone.now()} | also
    if Customer.objects.filter(pk=customer.pk, status=old).update(**values) != 1:
        raise LostRace(customer=customer.public_id, expected=old)
    for name, value in values.items():
        setattr(customer, name, value)
    record(
        verb=Verb.CUSTOMER_MOVED,
        subject=customer,
        actor=actor,
        person=customer.public_id,
        facts={"old": old, "new": to, "reason": reason},
    )
    touch(customer)
    return customer
