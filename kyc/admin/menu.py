"""The console's menu: one table, shown as far as the role reaches, with the counts that call for somebody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from accounts.models import User
from accounts.roles import Permission
from kyc.approvals.models import Proposal
from kyc.approvals.states import ProposalStatus
from kyc.cases.models import Case
from kyc.watchlists.models import Edition
from kyc.watchlists.states import EditionStatus
from kyc.worlds import World


@dataclass(frozen=True, slots=True)
class Item:
    title: str
    icon: str  # a name of Material Symbols
    page: str  # a URL name of the console
    needs: Permission = Permission.VIEW_CONSOLE
    count: Callable[[User, World], int] | None = None


def waiting_proposals(user: User, world: World) -> int:
    """Those this person may settle: not their own."""
    if not user.may(Permission.CONFIRM):
        return 0
    waiting = Proposal.objects.filter(status=ProposalStatus.PROPOSED).exclude(proposed_by=user)
    return waiting.exclude(world=other(world)).count()


def other(world: World) -> World:
    return World.LIVE if world is World.TEST else World.TEST


def unresolved_cases(user: User, world: World) -> int:
    return Case.objects.unresolved().filter(world=world).count()


def held_editions(user: User, world: World) -> int:
    return Edition.objects.filter(status=EditionStatus.HELD).count()


MENU: tuple[tuple[str, tuple[Item, ...]], ...] = (
    (
        "Work",
        (
            Item("Today", "today", "index"),
            Item("Queue", "inbox", "cases", count=unresolved_cases),
            Item("Second person", "how_to_reg", "proposals", count=waiting_proposals),
        ),
    ),
    (
        "Customers",
        (
            Item("Customers", "group", "customers"),
            Item("Hits", "compare_arrows", "hits"),
            Item("Remembered decisions", "bookmark_added", "clearances"),
            Item("Screenings", "radar", "screenings"),
            Item("Holds", "front_hand", "holds"),
            Item("Access decisions", "door_front", "access_decisions"),
            Item("Locations", "public", "locations"),
            Item("Ranges", "lan", "ranges"),
        ),
    ),
    (
        "Lists",
        (
            Item("Watch lists", "list_alt", "lists", count=held_editions),
            Item("Re-screening", "autorenew", "runs"),
        ),
    ),
    (
        "Policy",
        (
            Item("Policy", "tune", "policies"),
            Item("Policy trials", "science", "trials"),
            Item("Self-tests", "fact_check", "self_tests"),
        ),
    ),
    (
        "House",
        (
            Item("Imports", "upload_file", "imports", Permission.IMPORT),
            Item("Models and terms", "deployed_code", "models"),
            Item("API clients", "key", "clients", Permission.MANAGE_CLIENTS),
            Item("Staff", "badge", "staff", Permission.MANAGE_STAFF),
            Item("Audit trail", "link", "audit", Permission.VIEW_AUDIT),
        ),
    ),
)


def menu_for(user: User, world: World, path: str) -> list[dict[str, Any]]:
    """Groups of items, without what the role may not see; the item of the current page is marked."""
    groups = []
    for title, items in MENU:
        shown = [
            {
                "title": item.title,
                "icon": item.icon,
                "link": (link := reverse(f"console:{item.page}")),
                "active": path == link if item.page == "index" else path.startswith(link),
                "count": item.count(user, world) if item.count else 0,
            }
            for item in items
            if user.may(item.needs)
        ]
        if shown:
            groups.append({"title": title, "items": shown})
    return groups
