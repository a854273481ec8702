"""Every page and every verb by role: 200, 403, 404; the token; the method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.urls import reverse

from accounts.roles import Permission, Role, may
from kyc.admin.site import console
from kyc.audit.models import AuditRow

pytestmark = pytest.mark.django_db

P = Permission


@dataclass(frozen=True)
class Page:
    name: str
    args: Callable[[Any], list[Any]] = field(default=lambda house: [])
    needs: Permission = P.VIEW_CONSOLE
    unknown: tuple[Any, ...] = ()  # arguments that lead nowhere


def id_of(thing: str) -> Callable[[Any], list[Any]]:
    return lambda house: [getattr(house, thing).public_id]


def pk_of(thing: str) -> Callable[[Any], list[Any]]:
    return lambda house: [getattr(house, thing).pk]


NOBODY = ("nobody",)
PAGES = [
    Page("index"),
    Page("cases"),
    Page("case", id_of("case"), unknown=NOBODY),
    Page("customers"),
    Page("customer", id_of("customer"), unknown=NOBODY),
    Page("hits"),
    Page("hit", id_of("strong"), unknown=NOBODY),
    Page("proposals"),
    Page("document", id_of("document"), P.VIEW_DOCUMENTS, NOBODY),
    Page("document_picture", id_of("document"), P.VIEW_DOCUMENTS, NOBODY),
    Page("document_original", id_of("document"), P.VIEW_DOCUMENTS, NOBODY),
    Page("screenings"),
    Page("screening", lambda house: [house.strong.screening.public_id], unknown=NOBODY),
    Page("access_decisions"),
    Page("access_decision", id_of("access"), unknown=NOBODY),
    Page("locations"),
    Page("location", pk_of("seen"), unknown=(0,)),
    Page("customer_locations", id_of("customer"), unknown=NOBODY),
    Page("stopped"),
    Page("ranges"),
    Page("what_if"),
    Page("holds"),
    Page("lists"),
    Page("list", lambda house: [house.edition.watchlist.code], unknown=NOBODY),
    Page("edition", id_of("edition"), unknown=NOBODY),
    Page("entry", lambda house: [house.strong.entries.first().pk], unknown=(0,)),
    Page("runs"),
    Page("run", pk_of("run"), unknown=(0,)),
    Page("run_now", pk_of("run"), unknown=(0,)),
    Page("clearances"),
    Page("policies"),
    Page("trials"),
    Page("trial", id_of("trial"), unknown=NOBODY),
    Page("self_tests"),
    Page("self_test", id_of("self_test"), unknown=NOBODY),
    Page("ownership", id_of("customer"), unknown=NOBODY),
    Page("models"),
    Page("model", lambda house: [house.model.code], unknown=NOBODY),
    Page("terms", lambda house: ["provider", 1], unknown=("provider", 9)),
    Page("search"),
    Page("imports", needs=P.IMPORT),
    Page("import", id_of("batch"), P.IMPORT, NOBODY),
    Page("clients", needs=P.MANAGE_CLIENTS),
    Page("client", id_of("client"), P.MANAGE_CLIENTS, NOBODY),
    Page("staff", needs=P.MANAGE_STAFF),
    Page("audit", needs=P.VIEW_AUDIT),
    Page("audit_row", lambda house: [AuditRow.objects.latest("id").pk], P.VIEW_AUDIT, (0,)),
]
VERBS = [
    Page("case_open", id_of("case"), P.WORK_CASES, NOBODY),
    Page("case_claim", id_of("case"), P.WORK_CASES, NOBODY),
    Page("case_release", id_of("case"), P.WORK_CASES, NOBODY),
    Page("case_note", id_of("case"), P.WORK_CASES, NOBODY),
    Page("case_escalate", id_of("case"), P.WORK_CASES, NOBODY),
    Page("case_resolve", id_of("case"), P.WORK_CASES, NOBODY),
    Page("case_reopen", id_of("case"), P.WORK_CASES, NOBODY),
    Page("case_ask", id_of("case"), P.WORK_CASES, NOBODY),
    Page("case_go_on", id_of("case"), P.WORK_CASES, NOBODY),
    Page("case_review_again", id_of("case"), P.WORK_CASES, NOBODY),
    Page("case_uphold", id_of("case"), P.WORK_CASES, NOBODY),
    Page("case_decide", id_of("case"), P.PROPOSE, NOBODY),
    Page("case_next", needs=P.WORK_CASES),
    Page("hit_outcome", id_of("strong"), P.WORK_CASES, NOBODY),
    Page("ownership_import", id_of("customer"), P.WORK_CASES, NOBODY),
    Page("hold_place", id_of("customer"), P.PLACE_HOLD, NOBODY),
    Page("hold_lift", id_of("hold"), P.PROPOSE, NOBODY),
    Page("range_propose", needs=P.PROPOSE),
    Page("correction_propose", needs=P.PROPOSE),
    Page("mrz", id_of("verification"), P.WORK_CASES, NOBODY),
    Page("verification_settle", id_of("verification"), P.WORK_CASES, NOBODY),
    Page("take_over", id_of("verification"), P.WORK_CASES, NOBODY),
    Page("list_load", lambda house: [house.edition.watchlist.code], P.MANAGE_LISTS, NOBODY),
    Page("list_ask", lambda house: [house.edition.watchlist.code], P.MANAGE_LISTS, NOBODY),
    Page("edition_activate", id_of("held_edition"), P.MANAGE_LISTS, NOBODY),
    Page("edition_refuse", id_of("held_edition"), P.MANAGE_LISTS, NOBODY),
    Page("edition_roll_back", id_of("edition"), P.MANAGE_LISTS, NOBODY),
    Page("run_start", needs=P.MANAGE_LISTS),
    Page("run_move", pk_of("run"), P.MANAGE_LISTS, (0,)),
    Page("trial_new", needs=P.MANAGE_POLICY),
    Page("trial_propose", id_of("trial"), P.MANAGE_POLICY, NOBODY),
    Page("self_test_new", needs=P.MANAGE_LISTS),
    Page("import_new", needs=P.IMPORT),
    Page("import_run", id_of("batch"), P.IMPORT, NOBODY),
    Page("client_new", needs=P.MANAGE_CLIENTS),
    Page("key_issue", id_of("client"), P.MANAGE_CLIENTS, NOBODY),
    Page("staff_invite", needs=P.MANAGE_STAFF),
    Page("audit_verify", needs=P.VIEW_AUDIT),
]
# told apart by tests of their own: a proposal's, a colleague's and a key's pages, the world switch, groups, joining,
# ranges, corrections, ways out
ELSEWHERE = {
    "proposal", "proposal_confirm", "proposal_refuse", "proposal_withdraw", "colleague", "staff_role",
    "staff_offboard", "key_revoke", "world", "entry_split", "entry_join", "join", "ownership_export",
    "range", "range_end", "correction", "correction_end", "way_accept", "way_refuse",
}  # fmt: skip


class EveryPage:
    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
    def test_opens_for_whose_role_reaches_it_and_for_nobody_else(self, signed_in, house, page):
        path = reverse(f"console:{page.name}", args=page.args(house))
        answers = {role: signed_in(role).get(path).status_code for role in Role}
        assert answers == {role: 200 if may(role, page.needs) else 403 for role in Role}

    @pytest.mark.parametrize("page", [page for page in PAGES if page.unknown], ids=lambda page: page.name)
    def test_of_nothing_is_not_found(self, signed_in, people, page):
        path = reverse(f"console:{page.name}", args=page.unknown)
        assert signed_in(Role.COMPLIANCE_HEAD).get(path).status_code == 404

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
    def test_is_closed_to_visitors(self, client, house, page):
        answer = client.get(reverse(f"console:{page.name}", args=page.args(house)))
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/login/")

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
    def test_is_written_to_by_nobody(self, signed_in, house, page):
        path = reverse(f"console:{page.name}", args=page.args(house))
        assert signed_in(Role.COMPLIANCE_HEAD).post(path).status_code in (403, 405)


class EveryVerb:
    @pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
    def test_is_refused_to_whose_role_does_not_reach_it_and_leaves_no_trace(self, signed_in, house, verb):
        path, before = reverse(f"console:{verb.name}", args=verb.args(house)), AuditRow.objects.count()
        others = [role for role in Role if not may(role, verb.needs)]
        answers = {role: signed_in(role).post(path, {"reason": "x"}).status_code for role in others}
        assert answers == dict.fromkeys(others, 403)
        assert AuditRow.objects.count() == before

    @pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
    def test_needs_the_forms_token(self, signed_in, house, verb):
        before = AuditRow.objects.count()
        path = reverse(f"console:{verb.name}", args=verb.args(house))
        assert signed_in(Role.COMPLIANCE_HEAD, csrf=True).post(path, {"reason": "x"}).status_code == 403
        assert AuditRow.objects.count() == before

    @pytest.mark.parametrize("verb", [verb for verb in VERBS if verb.unknown], ids=lambda verb: verb.name)
    def test_on_nothing_is_not_found(self, signed_in, people, verb):
        path = reverse(f"console:{verb.name}", args=verb.unknown)
        data = {
            "reason": "x",
            "status": "no_match",
            "text": "x",
            "verified": "yes",
            "scopes": "lists:read",
            "to": "paused",
        }
        data |= {"outcome": "approved", "kind": "manual", "tier": "none", "items": "other", "question-other": "?"}
        assert signed_in(Role.COMPLIANCE_HEAD).post(path, data).status_code == 404

    @pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
    def test_does_nothing_when_it_is_only_looked_at(self, signed_in, house, verb):
        path = reverse(f"console:{verb.name}", args=verb.args(house))
        assert signed_in(Role.COMPLIANCE_HEAD).get(path).status_code in (404, 405)


def test_no_page_of_the_console_is_missing_here():
    tested = {page.name for page in [*PAGES, *VERBS]} | ELSEWHERE
    assert {pattern.name for pattern in console.get_urls()} == tested
