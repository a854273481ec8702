"""Leaving a challenge: the page to which the gate's answer links.

The customer reads what is asked of them in neutral words, never which source or rule asked for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from kyc.access.challenges import ask_way_out, pass_second_factor, ways_of
from kyc.access.models import AccessDecision, PassedChallenge, WayOut
from kyc.access.rules import counts_seconds
from kyc.access.states import AccessOutcome, Challenge
from kyc.access.ways import Ways
from kyc.catalogue.models import CatalogueModel
from kyc.documents.models import Document
from kyc.documents.services import delete_files, store_document
from kyc.errors import ClearanceError, Incomplete
from kyc.policy.access import CURRENT, PENDING, PUBLIC
from kyc.portal.forms.asked import AskedForm
from kyc.portal.forms.ways import LookAgainForm, OwnRangeForm, PersonForm
from kyc.portal.visits import Visit, presented, signed_in_user, visit_of

FORMS: Mapping[Challenge, type[AskedForm]] = {
    Challenge.IDENTITY: LookAgainForm,
    Challenge.EGRESS: OwnRangeForm,
    Challenge.PERSON: PersonForm,
}


@dataclass(frozen=True, slots=True)
class Scene:
    """One answer of the gate, before a member of the customer it is about."""

    visit: Visit
    decision: AccessDecision
    ways: Ways

    @property
    def is_review(self) -> bool:
        return self.decision.outcome == AccessOutcome.REVIEW


def scene_of(user: User, decision_id: str) -> Scene:
    """Raises Http404 unless the user acts for the customer whose answer it is, and the answer can be left."""
    decision = (
        AccessDecision.objects.select_related("customer")
        .filter(public_id=decision_id, outcome__in=[AccessOutcome.CHALLENGE, AccessOutcome.REVIEW])
        .exclude(customer=None)
        .first()
    )
    if decision is None or decision.customer is None:
        raise Http404("no such answer")
    return Scene(visit_of(user, decision.customer.public_id), decision, ways_of(decision))


@never_cache
@require_safe
@login_required
@presented
def way_out(request: HttpRequest, decision_id: str) -> HttpResponse:
    return _page(request, scene_of(signed_in_user(request), decision_id))


@never_cache
@require_POST
@login_required
@presented
def factor(request: HttpRequest, decision_id: str) -> HttpResponse:
    """Pass with a second factor shown a moment ago; whoever has not shown one is sent to do so, and comes back."""
    user = signed_in_user(request)
    scene = scene_of(user, decision_id)
    try:
        pass_second_factor(decision=scene.decision, user=user, proved_at=factor_shown_at(request, user))
    except Incomplete:
        back = urlencode({"next": reverse("portal:way_out", args=[decision_id])})
        return redirect(f"{reverse(factor_page(user))}?{back}")
    messages.success(request, "Thank you: it is you. Please try again what you were doing.")
    return redirect("portal:way_out", decision_id)


@never_cache
@require_POST
@login_required
@presented
def ask(request: HttpRequest, decision_id: str, kind: str) -> HttpResponse:
    """Ask staff: with a document, a range of one's own, or in words."""
    user = signed_in_user(request)
    scene = scene_of(user, decision_id)
    if kind not in FORMS or not scene.ways.allow(Challenge(kind)):
        raise Http404("no such way out of this")
    form = FORMS[Challenge(kind)](request.POST, request.FILES)
    if form.is_valid() and _asked(form, scene, Challenge(kind)):
        messages.success(request, "Thank you. A colleague of ours looks at it, and we write to you.")
        return redirect("portal:way_out", decision_id)
    return _page(request, scene, {Challenge(kind): form})


def _asked(form: AskedForm, scene: Scene, kind: Challenge) -> bool:
    """All or nothing: a picture that came with a refused question is not kept."""
    document, asked = None, False
    try:
        with transaction.atomic():
            if kind is Challenge.IDENTITY and (document := _stored(form, scene)) is None:
                return False
            given = form.cleaned_data
            asked = form.saves(
                ask_way_out, decision=scene.decision, kind=kind, user=scene.visit.user, document=document,
                words=given.get("words", ""), cidr=given.get("cidr", ""),
            )  # fmt: skip
            if not asked:
                transaction.set_rollback(True)
    finally:
        if document is not None and not asked:
            delete_files(document)
    return asked


def _stored(form: AskedForm, scene: Scene) -> Document | None:
    """None where the picture is refused, which is then said at its field."""
    given = form.cleaned_data
    try:
        return store_document(
            customer=scene.visit.customer, actor=scene.visit.user, kind=given["kind"],
            filename=given["file"].name, content=given["file"].read(),
        )  # fmt: skip
    except ClearanceError as error:
        form.add_error("file", error.sentence)
        return None


def factor_shown_at(request: HttpRequest, user: User) -> datetime | None:
    """When this session last showed a second factor, at sign-in or since; None for never."""
    shown = [record["at"] for record in get_authentication_records(request, user) if record.get("method") == "mfa"]
    return datetime.fromtimestamp(max(shown), UTC) if shown else None


def factor_page(user: User) -> str:
    """Where this user shows a second factor, or sets one up."""
    types = set(user.authenticator_set.values_list("type", flat=True))
    if "totp" in types:
        return "mfa_reauthenticate"
    return "mfa_reauthenticate_webauthn" if "webauthn" in types else "mfa_index"


def _page(request: HttpRequest, scene: Scene, sent: Mapping[Challenge, AskedForm] | None = None) -> HttpResponse:
    decision, user, now = scene.decision, scene.visit.user, timezone.now()
    customer = scene.visit.customer
    waits = {Challenge(way.kind): way for way in WayOut.objects.filter(customer=customer, status=WayOut.Status.OPEN)}
    shown_at = factor_shown_at(request, user)
    fresh = shown_at is not None and now - shown_at <= timedelta(seconds=CURRENT.fresh_factor_seconds)
    model = CatalogueModel.objects.filter(code=decision.model).first()
    forms = {
        kind: (sent or {}).get(kind) or form(auto_id=f"{kind}_%s")
        for kind, form in FORMS.items()
        if scene.ways.allow(kind) and kind not in waits and (kind is not Challenge.EGRESS or scene.visit.is_owner)
    }
    if Challenge.EGRESS in forms and not forms[Challenge.EGRESS].is_bound:
        forms[Challenge.EGRESS].initial = {"cidr": decision.ip}
    context = {
        "visit": scene.visit,
        "customer": customer,
        "decision": decision,
        "model": model or decision.model,
        "sentence": sentence_of(scene),
        "is_review": scene.is_review,
        "is_old": now - decision.at > timedelta(seconds=CURRENT.decision_seconds),
        "passed": passed_of(scene, now),
        "factor": scene.ways.allow(Challenge.SECOND_FACTOR),
        "factor_is_fresh": fresh,
        "factor_page": factor_page(user),
        "forms": {kind.value: form for kind, form in forms.items()},
        "opened": [kind.value for kind, form in forms.items() if form.is_bound],
        "waits": {kind.value: way for kind, way in waits.items()},
        "attest": scene.ways.attest,
        "provider": settings.PROVIDER_NAME,
    }
    return render(request, "portal/way_out.html", context, status=422 if context["opened"] else 200)


def sentence_of(scene: Scene) -> str:
    """What the customer may read of it."""
    if scene.is_review:
        return PENDING.sentence
    words = [PUBLIC[code].sentence for code in scene.ways.codes if code in PUBLIC]
    return words[0] if words else PUBLIC["attestation.missing"].sentence


def passed_of(scene: Scene, now: datetime) -> PassedChallenge | None:
    """What answers all these reasons and still counts."""
    rows = PassedChallenge.objects.filter(customer=scene.visit.customer).order_by("-passed_at")[:20]
    for row in rows:
        lasts = timedelta(seconds=counts_seconds(CURRENT, Challenge(row.kind)))
        if row.passed_at + lasts > now and set(scene.ways.codes) <= set(row.codes):
            return row
    return None
