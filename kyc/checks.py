"""What a real installation must not be started with; `check --deploy` and every start ask."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from kyc.policy.packs import PACKS


@register(Tags.security)
def demonstration_only(**_: Any) -> list[CheckMessage]:
    """The stand-in for a visitor's address would let everybody in from one place."""
    if settings.DEMO or not settings.DEMO_VISITOR_ADDRESS:
        return []
    hint = "Unset CLEARANCE_DEMO_VISITOR_ADDRESS."
    return [Error("A visitor's address is made up outside the demonstration.", hint=hint, id="kyc.E001")]


@register(Tags.security, deploy=True)
def not_a_demonstration(**_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.DEMO:
        found.append(Error("This is the demonstration: its logins are public.", hint="CLEARANCE_DEMO=0", id="kyc.E002"))
    if settings.DEBUG:
        found.append(Error("DEBUG shows strangers what it should not.", id="kyc.E003"))
    if not settings.STAFF_SECOND_FACTOR:
        hint = "CLEARANCE_STAFF_SECOND_FACTOR=1"
        found.append(Error("Staff may come in without a second factor.", hint=hint, id="kyc.E004"))
    if not settings.BASE_URL.startswith("https://"):
        hint = "CLEARANCE_BASE_URL must be the https address customers use."
        found.append(Error("Links in letters do not lead to https.", hint=hint, id="kyc.E005"))
    return found


@register()
def packs_are_known(**_: Any) -> list[CheckMessage]:
    """A pack that nobody knows would lengthen nothing, silently."""
    unknown = sorted(set(settings.POLICY_PACKS) - PACKS.keys())
    if not unknown:
        return []
    hint = f"CLEARANCE_POLICY_PACKS may name {', '.join(sorted(PACKS))}."
    return [Error(f"There is no policy pack {', '.join(unknown)}.", hint=hint, id="kyc.E006")]


@register(Tags.security, deploy=True)
def letters_are_carried(**_: Any) -> list[CheckMessage]:
    if "filebased" not in settings.EMAIL_BACKEND and "console" not in settings.EMAIL_BACKEND:
        return []
    return [Warning("Letters are written to files and reach nobody.", hint="Set EMAIL_URL.", id="kyc.W001")]


# How keys of the two worlds begin: a live key in the test world would check people who do not exist, for money.
KEY_BEGINNINGS: dict[str, dict[str, tuple[str, ...]]] = {
    "stripe": {"live": ("sk_live_", "rk_live_"), "test": ("sk_test_", "rk_test_")},
    "persona": {"live": ("persona_production_",), "test": ("persona_sandbox_",)},
    "sumsub": {"live": ("prd:",), "test": ("sbx:",)},
}


@register(Tags.security)
def identity_accounts_are_whole(**_: Any) -> list[CheckMessage]:
    """Each account in its own world, with all that its provider needs; one that hears no webhooks is only slow."""
    found: list[CheckMessage] = []
    for world, accounts in settings.IDENTITY_VENDORS.items():
        other = "test" if world == "live" else "live"
        for vendor, account in accounts.items():
            name = f"CLEARANCE_{world.upper()}_{vendor.upper()}"
            if account.key.startswith(KEY_BEGINNINGS[vendor][other]):
                found.append(Error(f"{name}_KEY is a key of the {other} world.", id="kyc.E007"))
            if vendor != "stripe" and not account.flow:
                found.append(Error(f"{name}_FLOW is not set.", hint="docs/identity-vendors.md", id="kyc.E008"))
            if vendor == "sumsub" and not account.second_key:
                found.append(Error(f"{name}_SECOND_KEY is not set.", hint="docs/identity-vendors.md", id="kyc.E009"))
            if not any(account.webhook_secrets):
                hint = f"Set {name}_WEBHOOK_SECRETS; until then every webhook is refused."
                found.append(Warning(f"Results of {vendor} come by asking alone.", hint=hint, id="kyc.W002"))
    return found
