"""Which adapter speaks for which account. One account a world: a test customer never reaches a live account."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings

from kyc.errors import Unavailable
from kyc.identity.provider import Provider
from kyc.identity.vendors.account import VendorAccount
from kyc.identity.vendors.persona import Persona
from kyc.identity.vendors.stripe import Stripe
from kyc.identity.vendors.sumsub import Sumsub
from kyc.policy.identity import ROUTES

ADAPTERS: dict[str, Callable[[VendorAccount], Provider]] = {
    "stripe": Stripe,
    "persona": Persona,
    "sumsub": Sumsub,
}
NAMES = {"stripe": "Stripe", "persona": "Persona", "sumsub": "Sumsub"}


def account(vendor: str, world: str) -> VendorAccount | None:
    """None where there is none: no key in the environment."""
    found: VendorAccount | None = settings.IDENTITY_VENDORS.get(world, {}).get(vendor)
    return found


def adapter(vendor: str, world: str) -> Provider:
    """Raises Unavailable where the world has no account there."""
    found = account(vendor, world)
    if found is None or vendor not in ADAPTERS:
        raise Unavailable(f"There is no account at {vendor} for the {world} world.", vendor=vendor)
    return ADAPTERS[vendor](found)


def available(world: str) -> frozenset[str]:
    """The providers that customers of a world can be sent to."""
    return frozenset(settings.IDENTITY_VENDORS.get(world, {}))


def may_be_sent_to(world: str) -> tuple[str, ...]:
    """Names of the providers that the policy may choose for customers of a world, in its order of preference."""
    named = dict.fromkeys(method for route in ROUTES for method in route.methods)
    return tuple(NAMES[method] for method in named if method in available(world))
