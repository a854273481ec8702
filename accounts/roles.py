"""Staff roles and what each may do: one map, read top to bottom. Pure."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    VIEW_CONSOLE = "view_console"  # queues, cases, customers, lists
    VIEW_DOCUMENTS = "view_documents"  # each view is audited
    VIEW_AUDIT = "view_audit"
    WORK_CASES = "work_cases"  # claim, note, settle a weak hit, ask the customer
    PROPOSE = "propose"  # a decision, a lift, a correction: never final alone
    CONFIRM = "confirm"  # the second pair of eyes
    PLACE_HOLD = "place_hold"  # tightening needs one person
    MANAGE_LISTS = "manage_lists"  # load, hold, roll back editions
    MANAGE_POLICY = "manage_policy"
    MANAGE_CATALOGUE = "manage_catalogue"
    MANAGE_CLIENTS = "manage_clients"  # API keys
    MANAGE_STAFF = "manage_staff"
    IMPORT = "import"


class Role(StrEnum):
    ANALYST = "analyst"
    SENIOR_ANALYST = "senior_analyst"
    COMPLIANCE_HEAD = "compliance_head"
    AUDITOR = "auditor"
    LIST_MANAGER = "list_manager"


_READS = frozenset({Permission.VIEW_CONSOLE})
_ANALYST = _READS | {
    Permission.VIEW_DOCUMENTS,
    Permission.WORK_CASES,
    Permission.PROPOSE,
    Permission.PLACE_HOLD,
}
_SENIOR = _ANALYST | {Permission.CONFIRM, Permission.IMPORT}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    # reads everything, documents included, and writes nothing
    Role.AUDITOR: _READS | {Permission.VIEW_DOCUMENTS, Permission.VIEW_AUDIT},
    Role.ANALYST: _ANALYST,
    Role.SENIOR_ANALYST: _SENIOR,
    # lists, not people: sees cases to judge a list's effect, opens no document
    Role.LIST_MANAGER: _READS | {Permission.MANAGE_LISTS, Permission.PROPOSE},
    Role.COMPLIANCE_HEAD: frozenset(Permission),
}


def may(role: str, permission: Permission) -> bool:
    """False for no role and for an unknown one."""
    try:
        return permission in PERMISSIONS[Role(role)]
    except ValueError:
        return False
