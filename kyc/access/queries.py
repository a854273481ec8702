"""Reads of the gate that are worth a name; what it knows of customers is in kyc/access/memory.py."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from kyc.access.rules import ModelFacts, RangeHit
from kyc.access.states import AccessTier
from kyc.access.trail import Crowd, Trail, history
from kyc.catalogue.models import CatalogueModel, LicenceTerms
from kyc.customers.models import Customer
from kyc.customers.rules import IDENTITY_DOCUMENTS
from kyc.geo.declared import phone_country
from kyc.geo.evasion import History, Observed
from kyc.geo.models import OperatorRange, Sighting
from kyc.geo.rules import LocationVerdict

MOST_VISITS = 200  # of one person, or at one address: more change nothing that the rules count


def agreed(asks: Iterable[dict[str, Any]], answers: dict[str, Any]) -> bool:
    """Every declaration that the licence insists on was made."""
    return all(answers.get(ask["code"]) == ask["must_be"] for ask in asks if ask.get("must_be") is not None)


def catalogue_models() -> dict[str, ModelFacts]:
    """The models that are for sale, each with the version of its licence that is current. Two queries."""
    versions = dict(LicenceTerms.objects.filter(replaced_at=None).values_list("code", "version"))
    return {
        model.code: ModelFacts(
            code=model.code,
            tier=AccessTier(model.tier),
            restricted=model.restricted,
            channels=frozenset(model.channels),
            licence=model.licence_code,
            licence_version=versions.get(model.licence_code, 0),
            use_policy=model.use_policy,
            blocked_countries=frozenset(model.blocked_countries),
        )
        for model in CatalogueModel.objects.filter(active=True)
    }


def range_hit(row: OperatorRange) -> RangeHit:
    return RangeHit(row.effect == OperatorRange.Effect.ALLOW, row.cidr, row.proposal.public_id, row.expires_at)


def observed_of(customer: Customer | None, language: str) -> Observed:
    """What the customer's file and the browser say of where they are. One query."""
    if customer is None:
        return Observed(language=language)
    document = customer.identifier_set.filter(party=None, kind__in=IDENTITY_DOCUMENTS).order_by("-id").first()
    return Observed(
        language=language,
        declared_country=customer.residence_country,
        phone_country=phone_country(customer.phone),
        document_country=document.country if document else "",
    )


def history_of(user: User, where: LocationVerdict, index: str, now: datetime) -> History:
    """Where this person came to our doors before, and who else was at the address today. Two queries."""
    since = now - timedelta(days=30)
    rows = Sighting.objects.filter(user=user, last_seen_at__gte=since).order_by("-last_seen_at")
    trail = Trail()
    for at, other, country, asn, findings in reversed(
        rows.values_list("last_seen_at", "index", "country", "asn", "findings")[:MOST_VISITS]
    ):
        trail.note_row(other, country, asn, {row["code"] for row in findings}, at)
    there = Sighting.objects.filter(index=index, last_seen_at__gte=now - timedelta(days=1)).exclude(user=None)
    others = there.values_list("user", flat=True).distinct()[:MOST_VISITS] if index else ()
    crowd = Crowd({pk: (now, now) for pk in others})
    return history(trail, crowd, customer=user.pk, where=where, index=index, now=now)
