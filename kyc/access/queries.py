"""Reads of the gate that are worth a name; what it knows of customers is in kyc/access/memory.py."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kyc.access.rules import ModelFacts, RangeHit
from kyc.access.states import AccessTier
from kyc.catalogue.models import CatalogueModel, LicenceTerms
from kyc.geo.models import OperatorRange


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
