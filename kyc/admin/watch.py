"""Watch lists, their editions with what changed, and re-screening runs with their progress."""

from __future__ import annotations

from itertools import islice
from typing import Any

from django import forms
from django.contrib.admin import display
from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.roles import Permission
from kyc.admin.lists import ListPage, chip_of, list_page, when
from kyc.admin.reading import waiting
from kyc.admin.site import console, done, present, read, staff, world_of
from kyc.approvals.models import Proposal
from kyc.approvals.states import ProposalStatus
from kyc.dispatch import after_commit
from kyc.errors import BadInput
from kyc.findings import Finding
from kyc.journey import join_parties, propose_activation, split_party
from kyc.policy.lists import MOST_UPLOADED_BYTES
from kyc.policy.screening import CURRENT as POLICY
from kyc.screening.indexes import prepare
from kyc.screening.models import Hit, RescreeningRun
from kyc.screening.queries import (
    disagreeing_runs,
    disagreements,
    hits_of,
    last_check,
    progress_of,
    quiet_hits,
)
from kyc.screening.runs import move_run, plan_run
from kyc.screening.states import RUN_MOVES, RunReason, RunStatus
from kyc.watchlists.download import shown_address
from kyc.watchlists.models import Edition, EditionEntry, Entry, ListedParty, Removal, WatchList
from kyc.watchlists.parsers import FORMATS
from kyc.watchlists.progress import told
from kyc.watchlists.queries import addresses_of, stale_lists
from kyc.watchlists.services import (
    activate_edition,
    load_edition,
    refuse_edition,
    roll_back,
)
from kyc.watchlists.sources import SOURCES, Source
from kyc.watchlists.states import EditionStatus

PER_PAGE = 50
MOST_QUIET = 200  # lines of a run's page
MOST_SHARDS = 40  # shown of one run: those with the latest sign of life
MOST_HITS = 25


# ------------------------------------------------------------------------------------------------ lists
@console.page("lists/", name="lists")
def lists_page(request: HttpRequest) -> HttpResponse:
    """All lists with the edition in force, and those that wait, are held or have grown stale."""
    stale = {row.code: row.sentence for row in stale_lists(timezone.now())}
    active = {edition.watchlist_id: edition for edition in Edition.objects.active()}
    waits = Edition.objects.filter(status__in=[EditionStatus.HELD, EditionStatus.READY, EditionStatus.LOADING])
    rows = [
        (watchlist, active.get(watchlist.pk), stale.pop(watchlist.code, ""))
        for watchlist in WatchList.objects.order_by("is_sample", "code")
    ]
    return present(
        request, "lists.html", title="Watch lists", rows=rows, never_loaded=list(stale.items()),
        waits=list(waits.select_related("watchlist").order_by("-loaded_at")),
        sources=[(source, FORMATS[source.format]) for source in SOURCES.values()],
    )  # fmt: skip


@console.page("lists/<str:code>/", name="list")
def list_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One list and its editions; a list of the table that was never loaded has none yet."""
    source = source_or_404(code)
    watchlist = WatchList.objects.filter(code=code).first()
    editions = Edition.objects.filter(watchlist=watchlist).select_related("loaded_by").order_by("-loaded_at")
    page = Paginator(editions, PER_PAGE).get_page(request.GET.get("p"))
    format = FORMATS[source.format]
    return present(
        request, "list_detail.html", title=source.title, source=source, watchlist=watchlist, page=page,
        format=format, formats=[FORMATS[name] for name in (source.format, *source.other_formats)],
        roles=[(role, role in format.files and not source.other_formats) for role in (*format.files, *format.optional)],
        addresses={role: shown_address(address) for role, address in addresses_of(source).items()},
        progress=told(code), may_manage=staff(request).may(Permission.MANAGE_LISTS), most=MOST_UPLOADED_BYTES,
    )  # fmt: skip


def source_or_404(code: str) -> Source:
    if code not in SOURCES:
        raise Http404("no such list")
    return SOURCES[code]


@console.verb("lists/<str:code>/load/", name="list_load", needs=Permission.MANAGE_LISTS, back=list_detail)
def list_load(request: HttpRequest, code: str) -> HttpResponse:
    """Files brought by hand become an edition; what is in force stays until somebody puts this one in force."""
    source = source_or_404(code)
    name = request.POST.get("format") or source.format
    if name not in (source.format, *source.other_formats):
        raise BadInput(f"{source.title} is not published as {name}.", format=name)
    format = FORMATS[name]
    brought = {role: request.FILES[role] for role in (*format.files, *format.optional) if role in request.FILES}
    size = sum(upload.size or 0 for upload in brought.values())
    if size > MOST_UPLOADED_BYTES:
        raise BadInput("These files are too large for a page: use `manage.py refresh_lists --file`.", size=size)
    edition = load_edition(
        source=code,
        files={role: upload.read() for role, upload in brought.items()},
        origin=", ".join(upload.name or role for role, upload in brought.items()),
        actor=staff(request),
        format=name,
    )
    prepare(edition)
    return done(request, "Read. Look at what changed, then put it in force.", "edition", edition.public_id)


@console.verb("lists/<str:code>/ask/", name="list_ask", needs=Permission.MANAGE_LISTS, back=list_detail)
def list_ask(request: HttpRequest, code: str) -> HttpResponse:
    """Send a worker to the source now, and not when it is due."""
    if not addresses_of(source_or_404(code)):
        raise BadInput("This list has no address to ask: bring the file.")
    after_commit("kyc.refresh_list", source=code)
    return done(request, "A worker asks the source now; the answer stands on this page.", "list", code)


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=4000)


# ------------------------------------------------------------------------------------------------ editions
@console.page("editions/<str:public_id>/", name="edition")
def edition_page(request: HttpRequest, public_id: str) -> HttpResponse:
    edition = get_object_or_404(Edition.objects.select_related("watchlist", "before", "loaded_by"), public_id=public_id)
    shown = request.GET.get("show", "added")
    proposals = Proposal.objects.filter(subject_kind="edition", subject_id=public_id, status=ProposalStatus.PROPOSED)
    page = Paginator(changes(edition, shown), PER_PAGE).get_page(request.GET.get("p"))
    return present(
        request,
        "edition.html",
        title=str(edition),
        edition=edition,
        concerns=[Finding.from_json(row) for row in edition.concerns],
        show=shown,
        page=page,
        changed=[(row, former(edition, row) if shown == "modified" else None) for row in page],
        waiting=[waiting(row, staff(request)) for row in proposals.select_related("proposed_by", "settled_by")],
        runs=list(RescreeningRun.objects.filter(delta_of=public_id).order_by("-started_at")),
        may_manage=staff(request).may(Permission.MANAGE_LISTS),
    )


def changes(edition: Edition, shown: str) -> Any:
    """Entries that were added, modified or deleted against the edition before; all of them for anything else."""
    if shown == "deleted":
        gone = Removal.objects.filter(edition=edition).values("entry")
        return Entry.objects.filter(pk__in=gone).select_related("party__watchlist").order_by("name", "pk")
    held = EditionEntry.objects.filter(edition=edition)
    if shown in ("added", "modified"):
        held = held.filter(change=shown)
    return Entry.objects.filter(pk__in=held.values("entry")).select_related("party__watchlist").order_by("name", "pk")


def former(edition: Edition, entry: Entry) -> dict[str, tuple[Any, Any]]:
    """What a modified entry said before and says now, field by field."""
    earlier = Entry.objects.filter(party=entry.party, memberships__edition=edition.before_id).first()
    if earlier is None:
        return {}
    names = dict.fromkeys([*earlier.content, *entry.content])
    return {
        name: (earlier.content.get(name), entry.content.get(name))
        for name in names
        if earlier.content.get(name) != entry.content.get(name)
    }


@console.verb(
    "editions/<str:public_id>/activate/", name="edition_activate", needs=Permission.MANAGE_LISTS, back=edition_page
)
def edition_activate(request: HttpRequest, public_id: str) -> HttpResponse:
    """An edition that was held needs two people; a ready one was found in order and one may put it in force."""
    edition = get_object_or_404(Edition, public_id=public_id)
    if edition.status == EditionStatus.HELD:
        reason = read(ReasonForm(request.POST))["reason"]
        propose_activation(edition=edition, reason=reason, actor=staff(request))
        return done(request, "Proposed: somebody else must confirm before it comes into force.", "edition", public_id)
    activate_edition(edition=edition, actor=staff(request))
    return done(request, "In force; everybody on file is screened against what changed.", "edition", public_id)


@console.verb(
    "editions/<str:public_id>/refuse/", name="edition_refuse", needs=Permission.MANAGE_LISTS, back=edition_page
)
def edition_refuse(request: HttpRequest, public_id: str) -> HttpResponse:
    edition = get_object_or_404(Edition, public_id=public_id)
    refuse_edition(edition=edition, reason=read(ReasonForm(request.POST))["reason"], actor=staff(request))
    return done(request, "Refused; the edition in force stays.", "edition", public_id)


@console.verb(
    "editions/<str:public_id>/roll-back/", name="edition_roll_back", needs=Permission.MANAGE_LISTS, back=edition_page
)
def edition_roll_back(request: HttpRequest, public_id: str) -> HttpResponse:
    edition = get_object_or_404(Edition.objects.select_related("watchlist"), public_id=public_id)
    reason = read(ReasonForm(request.POST))["reason"]
    roll_back(watchlist=edition.watchlist, to=edition, actor=staff(request), reason=reason)
    return done(request, f"Back at {edition}; everybody is screened against it.", "edition", public_id)


@console.page("entries/<int:pk>/", name="entry")
def entry_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One entry as published, its other versions, the group it is reviewed with, and the hits on it."""
    entry = get_object_or_404(Entry.objects.select_related("party__watchlist", "party__group"), pk=pk)
    world_hits = Hit.objects.filter(entries=entry, world=world_of(request))
    return present(
        request, "entry.html", title=entry.name, entry=entry,
        versions=list(entry.party.entries.exclude(pk=pk).order_by("-pk")),
        group=list(entry.party.group.parties.select_related("watchlist").exclude(pk=entry.party_id)),
        editions=list(Edition.objects.filter(memberships__entry=entry).select_related("watchlist").order_by("-loaded_at")[:12]),
        hits=list(world_hits.select_related("customer").order_by("-score")[:50]),
    )  # fmt: skip


@console.verb("entries/<int:pk>/split/", name="entry_split", needs=Permission.VIEW_CONSOLE, back=entry_page)
def entry_split(request: HttpRequest, pk: int) -> HttpResponse:
    """Who may is for the verb to say: list managers, and whoever works cases."""
    entry = get_object_or_404(Entry.objects.select_related("party__watchlist"), pk=pk)
    split_party(party=entry.party, actor=staff(request), reason=read(ReasonForm(request.POST))["reason"])
    return done(
        request, "Reviewed on its own from now on; customers with hits on it are screened again.", "entry", str(pk)
    )


class JoinForm(forms.Form):
    party = forms.RegexField(r"^[\w.-]+:.+$", max_length=170, label="the other party")
    reason = forms.CharField(max_length=4000)


@console.verb("entries/<int:pk>/join/", name="entry_join", needs=Permission.VIEW_CONSOLE, back=entry_page)
def entry_join(request: HttpRequest, pk: int) -> HttpResponse:
    entry = get_object_or_404(Entry.objects.select_related("party__group"), pk=pk)
    values = read(JoinForm(request.POST))
    code, _, uid = values["party"].partition(":")
    party = ListedParty.objects.filter(watchlist__code=code, uid=uid).select_related("group").first()
    if party is None:
        raise BadInput(f"No list names a party {values['party']}.")
    join_parties(groups=[entry.party.group, party.group], actor=staff(request), reason=values["reason"])
    return done(
        request, "Reviewed as one from now on; customers with hits on either are screened again.", "entry", str(pk)
    )


# ------------------------------------------------------------------------------------------------ re-screening
@list_page(RescreeningRun, "runs/", name="runs")
class RunsPage(ListPage):
    title = "Re-screening"
    intro = (
        "Passes over many customers: after a new edition, a new policy, on a person's word, or the regular full pass."
    )
    extra_template = "admin/console/parts/rescreening.html"
    detail = "run"
    key = "pk"
    world_field = None
    list_display = ("why", "world", "status_chip", "customers", "against", "started", "ended")
    list_filter = ("status", "reason")
    ordering = ("-started_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Runs of one changed customer are shown where they are asked for."""
        rows = super().get_queryset(request)
        return rows if "reason" in request.GET else rows.exclude(reason=RunReason.CHANGED)

    def more(self, request: HttpRequest) -> dict[str, Any]:
        return {
            "check": last_check(),
            "disagreeing": disagreeing_runs(now=timezone.now()),
            "grace": POLICY.coverage_grace_hours,
        }

    @display(description="why", ordering="reason")
    def why(self, run: RescreeningRun) -> str:
        return run.get_reason_display().replace("_", " ")

    @display(description="status", ordering="status")
    def status_chip(self, run: RescreeningRun) -> str:
        return chip_of(run.status)

    @display(ordering="planned")
    def customers(self, run: RescreeningRun) -> str:
        return f"{run.planned:,}"

    @display
    def against(self, run: RescreeningRun) -> str:
        return "only what changed" if run.delta_of else "everything"

    @display(ordering="started_at")
    def started(self, run: RescreeningRun) -> str:
        return when(run.started_at)

    @display(ordering="finished_at")
    def ended(self, run: RescreeningRun) -> str:
        return when(run.finished_at)


@console.page("runs/<int:pk>/", name="run")
def run_page(request: HttpRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(RescreeningRun.objects.select_related("requested_by"), pk=pk)
    caused = Edition.objects.filter(public_id=run.delta_of or None).select_related("watchlist")
    editions = Edition.objects.filter(public_id__in=run.editions.values()).select_related("watchlist")
    return present(
        request, "run.html", title=f"Re-screening: {run.get_reason_display().replace('_', ' ')}",
        editions=list(editions), trigger=caused.first(), most_quiet=MOST_QUIET,
        quiet=list(islice(quiet_hits(run), MOST_QUIET + 1)),
        moves=sorted(RUN_MOVES[RunStatus(run.status)] - {RunStatus.DONE}), **run_now(request, run),
    )  # fmt: skip


@console.page("runs/<int:pk>/now/", name="run_now")
def run_now_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that moves, asked for again while the run goes."""
    run = get_object_or_404(RescreeningRun, pk=pk)
    answer = present(request, "parts/run_now.html", title="", **run_now(request, run))
    if not answer.context_data["going"]:  # over or paused: the heading and the buttons change too
        answer["HX-Refresh"] = "true"
    return answer


def run_now(request: HttpRequest, run: RescreeningRun) -> dict[str, Any]:
    shards = run.shards.order_by(F("claimed_at").desc(nulls_last=True), "first_id")
    return {
        "run": run,
        "progress": progress_of(run, now=timezone.now()),
        "going": run.status in (RunStatus.PLANNED, RunStatus.RUNNING),
        "shards": list(shards[:MOST_SHARDS]),
        "hits": list(hits_of(run).filter(world=world_of(request))[:MOST_HITS]),
        "missed": {row.facts["hit"] for row in disagreements(run)},
    }


class RunForm(forms.Form):
    to = forms.ChoiceField(choices=[(status.value, status.value) for status in RunStatus])


@console.verb("runs/start/", name="run_start", needs=Permission.MANAGE_LISTS, back=RunsPage.view)
def run_start(request: HttpRequest) -> HttpResponse:
    """Everybody of the world that the console looks at, now, because a person says so."""
    reason = read(ReasonForm(request.POST))["reason"]
    run = plan_run(reason=RunReason.REQUESTED, world=world_of(request), note=reason, actor=staff(request))
    if run.note != reason.strip():
        return done(request, f"One that {run.requested_by} asked for is under way already.", "run", str(run.pk))
    return done(request, f"Planned: {run.planned:,} customers. The workers begin at once.", "run", str(run.pk))


@console.verb("runs/<int:pk>/move/", name="run_move", needs=Permission.MANAGE_LISTS, back=run_page)
def run_move(request: HttpRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(RescreeningRun, pk=pk)
    to = RunStatus(read(RunForm(request.POST))["to"])
    move_run(run=run, to=to, actor=staff(request))
    return done(request, f"The run is {to}.", "run", str(pk))
