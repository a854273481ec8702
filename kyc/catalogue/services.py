"""Put the catalogue in place: models, and the licence terms customers attest to."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from kyc.audit.services import Actor, record
from kyc.audit.verbs import Verb
from kyc.catalogue.models import CatalogueModel, LicenceTerms
from kyc.policy.catalogue import MODELS, TERMS


@transaction.atomic
def publish_terms(*, code: str, title: str, text: str, asks: list[dict[str, Any]], source: str, actor: Actor) -> None:
    """A new version if anything differs from the current one; customers are then asked again."""
    current = LicenceTerms.objects.select_for_update().filter(code=code, replaced_at=None).first()
    if current is not None and (current.title, current.text, current.asks) == (title, text, asks):
        return
    version = 1
    if current is not None:
        version = current.version + 1
        LicenceTerms.objects.filter(pk=current.pk).update(replaced_at=timezone.now())
    terms = LicenceTerms.objects.create(code=code, version=version, title=title, text=text, asks=asks, source=source)
    record(verb=Verb.CATALOGUE_CHANGED, subject=terms, actor=actor, facts={"code": code, "version": version})


@transaction.atomic
def load_catalogue(*, actor: Actor) -> None:
    """The catalogue of kyc.policy.catalogue; models a person changed since are left alone."""
    for terms in TERMS:
        asks = [dict(ask) for ask in terms.asks]
        publish_terms(code=terms.code, title=terms.title, text=terms.text, asks=asks, source=terms.source, actor=actor)
    for row in MODELS:
        model, made = CatalogueModel.objects.get_or_create(
            code=row.code,
            defaults={
                "name": row.name,
                "licence_code": row.licence,
                "tier": row.tier,
                "restricted": row.restricted,
                "channels": list(row.channels),
                "use_policy": dict(row.use_policy),
            },
        )
        if made:
            record(verb=Verb.CATALOGUE_CHANGED, subject=model, actor=actor, facts={"code": row.code})
