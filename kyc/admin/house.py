"""The house itself: what needs me today, search, the world shown, the catalogue, the audit trail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.admin import display
from django.db.models import CharField, Count, Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Coalesce, NullIf
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from accounts.models import User
from accounts.roles import Permission
from kyc.access.models import Hold
from kyc.admin.clocks import clocks_of, lock_of
from kyc.admin.lists import ListPage, list_page, when
from kyc.admin.menu import other
from kyc.admin.reading import waiting
from kyc.admin.site import WORLD_KEY, console, done, present, read, staff, world_of
from kyc.admin.timeline import detail_of, lines, sentence_of
from kyc.approvals.models import Proposal
from kyc.approvals.states import ProposalStatus
from kyc.audit.models import ActorKind, AuditHead, AuditLink, AuditRow
from kyc.audit.queries import find_problems, open_personal
from kyc.audit.services import unsealed_rows
from kyc.cases.models import Case
from kyc.cases.queries import queue
from kyc.cases.states import CaseStatus, CaseType
from kyc.catalogue.models import CatalogueModel, LicenceTerms
from kyc.customers.models import Customer
from kyc.geo.queries import data_health
from kyc.policy.selftest import CURRENT as SELF_TEST
from kyc.policy.uses import USES
from kyc.screening.models import RescreeningRun, Screening
from kyc.screening.queries import coverage_warnings, disagreeing_runs, last_check
from kyc.screening.selftests import last_self_test
from kyc.screening.states import RunReason, RunStatus, ScreeningOutcome
from kyc.vault.sealing import CannotOpen
from kyc.watchlists.models import Edition, WatchList
from kyc.watchlists.queries import stale_lists
from kyc.watchlists.states import EditionStatus
from kyc.worlds import World

MOST_FOUND = 25
MOST_PROBLEMS = 100


# ------------------------------------------------------------------------------------------------ today
@console.page("", name="index")
def index(request: HttpRequest) -> HttpResponse:
    """What needs me now, first; how the house stands, after."""
    user, world, now = staff(request), world_of(request), timezone.now()
    unresolved = Case.objects.unresolved().filter(world=world)
    mine = queue(user, {"world": world, "assignee": "me"})[:8]
    proposals = Proposal.objects.filter(status=ProposalStatus.PROPOSED).exclude(world=other(world))
    return present(
        request,
        "index.html",
        title="Today",
        mine=[(case, *clocks_of(case, now), lock_of(case, user, now)) for case in mine],
        by_type=by_type(world),
        proposals=[
            waiting(row, user)
            for row in proposals.exclude(proposed_by=user).select_related("proposed_by").order_by("proposed_at")[:8]
        ],
        my_proposals=proposals.filter(proposed_by=user).count(),
        counts={
            "unresolved": unresolved.count(),
            "overdue": unresolved.filter(due_at__lt=now).exclude(status=CaseStatus.AWAITING_CUSTOMER).count(),
            "free": unresolved.filter(assignee=None, status=CaseStatus.OPEN).count(),
            "holds": Hold.objects.standing().filter(world=world).count(),
            "unknown": Case.objects.unresolved().filter(world=world, type=CaseType.UNKNOWN_CHECK).count(),
            "in_review": Customer.objects.filter(world=world, status="in_review").count(),
        },
        held=list(Edition.objects.filter(status=EditionStatus.HELD).select_related("watchlist")),
        stale=stale_lists(now),
        self_test=last_self_test(),
        self_test_due=now - timedelta(days=SELF_TEST.most_age_days),
        samples=list(WatchList.objects.filter(enabled=True, is_sample=True, editions__status=EditionStatus.ACTIVE)),
        geo=data_health(now),
        failed=list(
            Screening.objects.filter(world=world, outcome=ScreeningOutcome.UNKNOWN)
            .select_related("customer").defer("facts").order_by("-finished_at")[:5]
        ),
        check=(check := last_check()),
        behind=coverage_warnings(check, now),
        disagreeing=disagreeing_runs(now=now),
        running=list(RescreeningRun.objects.exclude(status__in=[RunStatus.DONE, RunStatus.CANCELLED]).exclude(
                reason=RunReason.CHANGED
            )),
        trail=trail(),
    )  # fmt: skip


def by_type(world: World) -> list[dict[str, Any]]:
    """The queue by type: how many wait, how many are past their clock, when the next is due."""
    now = timezone.now()
    paused = Q(status=CaseStatus.AWAITING_CUSTOMER)
    rows = Case.objects.unresolved().filter(world=world).values("type").annotate(
        number=Count("pk"), free=Count("pk", filter=Q(assignee=None)),
        late=Count("pk", filter=Q(due_at__lt=now) & ~paused),
    )  # fmt: skip
    return sorted(rows, key=lambda row: (-row["late"], -row["number"]))


def trail() -> dict[str, Any]:
    """How far the audit trail is sealed."""
    head = AuditHead.objects.order_by("-sequence").first()
    return {"sealed": AuditLink.objects.count(), "unsealed": unsealed_rows().count(), "head": head}


# ------------------------------------------------------------------------------------------------ world and search
class WorldForm(forms.Form):
    world = forms.ChoiceField(choices=[(world.value, world.value) for world in World])


@console.verb("world/", name="world", needs=Permission.VIEW_CONSOLE, back=index)
def world(request: HttpRequest) -> HttpResponse:
    request.session[WORLD_KEY] = read(WorldForm(request.POST))["world"]
    return done(request, f"You now look at the {request.session[WORLD_KEY]} world.", "index")


@console.page("search/", name="search")
def search(request: HttpRequest) -> HttpResponse:
    """One box: a public id leads straight there, everything else is looked for among the customers."""
    wanted = " ".join(request.GET.get("q", "").split())
    if len(wanted) < 2:
        return present(request, "search.html", title="Search", q=wanted, found=[])
    if page := page_of(wanted):
        return redirect(f"console:{page}", wanted)
    named = Q(legal_name__icontains=wanted) | Q(original_name__icontains=wanted) | Q(othername__text__icontains=wanted)
    known = Q(external_id=wanted) | Q(email__iexact=wanted) | Q(provideraccount__account_id=wanted)
    behind = Q(relatedparty__legal_name__icontains=wanted) | Q(member__user__email__iexact=wanted)
    found = Customer.objects.filter(named | known | behind, world=world_of(request)).distinct().order_by("legal_name")
    return present(request, "search.html", title="Search", q=wanted, found=list(found[:MOST_FOUND]))


PAGES: dict[str, tuple[str, Any]] = {
    "cus": ("customer", Customer), "case": ("case", Case), "edn": ("edition", Edition), "prp": ("proposal", Proposal),
    "scr": ("screening", Screening),
}  # fmt: skip


def page_of(public_id: str) -> str:
    """The page of this public id, or "" where there is no such thing."""
    name, model = PAGES.get(public_id.partition("_")[0], ("", None))
    return name if model and model.objects.filter(public_id=public_id).exists() else ""


# ------------------------------------------------------------------------------------------------ catalogue
@list_page(CatalogueModel, "models/", name="models")
class ModelsPage(ListPage):
    title = "Models and terms"
    intro = "What is sold, and which licence terms each customer attests to."
    detail = "model"
    key = "code"
    world_field = None
    extra_template = "admin/console/parts/terms_table.html"
    list_display = ("name", "licence_code", "tier", "restricted", "by", "active")
    list_filter = ("tier", "restricted", "active")
    search_fields = ("name", "code", "licence_code")

    @display(description="channels")
    def by(self, model: CatalogueModel) -> str:
        return ", ".join(model.channels)

    def more(self, request: HttpRequest) -> dict[str, Any]:
        return {"terms": list(LicenceTerms.objects.annotate(given=Count("attestations")).order_by("code", "-version"))}


@console.page("models/<slug:code>/", name="model")
def model_page(request: HttpRequest, code: str) -> HttpResponse:
    model = get_object_or_404(CatalogueModel, code=code)
    terms = LicenceTerms.objects.filter(code=model.licence_code, replaced_at=None).first()
    uses = [(use.label, model.use_policy.get(use.code, use.default), use.why) for use in USES.values()]
    return present(request, "model.html", title=model.name, model=model, terms=terms, uses=uses)


@console.page("terms/<str:code>/<int:version>/", name="terms")
def terms_page(request: HttpRequest, code: str, version: int) -> HttpResponse:
    terms = get_object_or_404(LicenceTerms, code=code, version=version)
    return present(
        request, "terms.html", title=str(terms), terms=terms,
        models=list(CatalogueModel.objects.filter(licence_code=code)),
        given=terms.attestations.filter(world=world_of(request)).count(),
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ audit
@list_page(AuditRow, "audit/", name="audit")
class AuditPage(ListPage):
    title = "Audit trail"
    intro = "Every write, in the transaction that made it. Personal values are sealed, and gone after erasure."
    detail = "audit_row"
    key = "pk"
    needs = Permission.VIEW_AUDIT
    world_field = None
    extra_template = "admin/console/parts/trail.html"
    list_display = ("happened_at", "who", "what", "subject", "details", "sealed_mark")
    list_filter = ("actor_kind", "world", "verb")
    search_fields = ("=subject_id", "=person", "=actor_id", "verb")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """This world's, and what belongs to no world; the actor's name and the seal come along in the same query."""
        person = User.objects.annotate(text=Cast("pk", CharField())).filter(text=OuterRef("actor_id"))
        rows = super().get_queryset(request).exclude(world=other(world_of(request)))
        return rows.annotate(
            actor_name=Subquery(
                person.annotate(shown=Coalesce(NullIf("name", Value("")), "email", output_field=CharField())).values(
                    "shown"
                )[:1]
            ),
            is_sealed=Exists(AuditLink.objects.filter(row_id=OuterRef("pk"))),
        )

    def more(self, request: HttpRequest) -> dict[str, Any]:
        return {"trail": trail()}

    @display(description="when", ordering="id")
    def happened_at(self, row: AuditRow) -> str:
        return when(row.at)

    @display
    def who(self, row: Any) -> str:
        return (row.actor_name if row.actor_kind == ActorKind.USER else None) or row.actor_id or "system"

    @display(ordering="verb")
    def what(self, row: AuditRow) -> str:
        return sentence_of(row)

    @display
    def subject(self, row: AuditRow) -> str:
        return f"{row.subject_kind} {row.subject_id}"

    @display
    def details(self, row: AuditRow) -> str:
        return detail_of(row.facts)[:160]

    @display(description="sealed")
    def sealed_mark(self, row: Any) -> str:
        return "yes" if row.is_sealed else "not yet"


@console.page("audit/<int:pk>/", name="audit_row", needs=Permission.VIEW_AUDIT)
def audit_row(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(AuditRow, pk=pk)
    return present(
        request, "audit_row.html", title=f"Row {row.pk}", row=row, line=lines([row])[0],
        link=AuditLink.objects.filter(row_id=row.pk).first(),
        personal=[(name, opened(row, name)) for name in row.personal],
    )  # fmt: skip


def opened(row: AuditRow, name: str) -> Any:
    """The personal value, or a sentence where its key is gone."""
    try:
        return open_personal(row, name)
    except CannotOpen as error:
        return f"cannot be opened: {error}"


@console.verb("audit/verify/", name="audit_verify", needs=Permission.VIEW_AUDIT, back=AuditPage.view)
def audit_verify(request: HttpRequest) -> HttpResponse:
    """The whole trail is read anew, as `manage.py verify_audit` does; it is a POST because it is work."""
    problems = []
    for problem in find_problems():
        problems.append(problem)
        if len(problems) == MOST_PROBLEMS:
            break
    return present(
        request, "audit_verify.html", title="Is the trail whole?", problems=problems, most=MOST_PROBLEMS, trail=trail()
    )
