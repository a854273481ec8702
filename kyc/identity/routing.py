"""Who checks an identity: our own reader, a commercial provider, or a person. Pure.

The table is ROUTES in kyc/policy/identity.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from kyc.policy.identity import CURRENT, ROUTES, IdentityPolicy, Method, Route


@dataclass(frozen=True, slots=True)
class RouteFacts:
    """`risk` is the level by what is known before any check of identity or lists; `available` are providers with an
    account in this world."""

    is_person: bool
    country: str  # alpha-2, of residence
    risk: str
    tier: str
    biometrics_consented: bool
    locked: bool
    sessions: int  # with providers, so far, of this person
    available: frozenset[str]


@dataclass(frozen=True, slots=True)
class Choice:
    method: Method
    sentence: str  # for staff: which line of the table, and what stood against better ones

    @property
    def is_vendor(self) -> bool:
        return self.method not in (Method.EMBEDDED, Method.STAFF)


def choose_method(facts: RouteFacts, *, routes: tuple[Route, ...] = ROUTES, policy: IdentityPolicy = CURRENT) -> Choice:
    """The first method that can be used, of the first line that applies; a person where there is none."""
    if facts.locked:
        return Choice(Method.STAFF, "Attempts are used up: a person looks.")
    if facts.sessions >= policy.most_attempts:
        return Choice(Method.STAFF, f"{facts.sessions} sessions came to nothing: a person looks.")
    route = next((route for route in routes if _applies(route, facts)), None)
    if route is None:
        return Choice(Method.STAFF, "No line of the policy fits: a person looks.")
    ours = (Method.EMBEDDED, Method.STAFF)
    usable = [method for method in route.methods if method in ours or method in facts.available]
    if not usable:
        return Choice(Method.STAFF, f"{route.why} None of the providers named for it has an account here.")
    passed_over = [str(method) for method in route.methods[: route.methods.index(usable[0])]]
    without = f" Without an account: {', '.join(passed_over)}." if passed_over else ""
    return Choice(usable[0], route.why + without)


def _applies(route: Route, facts: RouteFacts) -> bool:
    return (
        route.person in (None, facts.is_person)
        and route.consented in (None, facts.biometrics_consented)
        and (not route.countries or facts.country in route.countries)
        and (not route.risks or facts.risk in route.risks or facts.tier in route.tiers)
    )
