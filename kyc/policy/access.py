"""The numbers and words of the access gate: how long an answer lasts, what a challenge accepts, what may be said.

Pure; an auditor reads this page. Location numbers are in kyc/policy/geo.py, territories in territories.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kyc.policy.numbers import number


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    version: str
    in_force_from: date

    # how long a caller may keep an answer
    allow_seconds: int = number(
        60,
        "s",
        "A hold must bite soon even where the caller keeps answers.",
        "issue 5: a signed verdict lasts at most 60 s",
    )
    challenge_seconds: int = number(5, "s", "The customer has just passed a challenge and tries again.", "house rule")
    review_seconds: int = number(15, "s", "A person may have decided; asking again is cheap.", "house rule")
    deny_seconds: int = number(
        30, "s", "Denials are lifted by people; half a minute does not matter to them.", "house rule"
    )

    # what a passed challenge is worth, and for how long
    second_factor_seconds: int = number(12 * 3600, "s", "One working day at one place.", "house rule")
    identity_seconds: int = number(30 * 86400, "s", "A document looked at again vouches for a month.", "house rule")
    egress_seconds: int = number(
        90 * 86400, "s", "As long as an operator's range may last.", "decision table, row 3: at most 90 d"
    )
    person_seconds: int = number(
        30 * 86400, "s", "What a person accepted stays accepted for a month, for the same reason only.", "house rule"
    )

    fresh_factor_seconds: int = number(
        300,
        "s",
        "One shown longer ago may have been shown by somebody else.",
        "allauth asks again after 300 s",
    )
    decision_seconds: int = number(
        7 * 86400,
        "s",
        "An older answer is no ground for a way out; the gate is asked anew.",
        "house rule",
    )

    # what is asked of whom
    restricted_groups_deny: bool = number(
        False,
        "yes or no",
        "Countries of group D:5 outside the provider's list: deny restricted models, or review.",
        "15 CFR 740 Supp. 1; a licence question, which people answer",
    )
    also_refused: frozenset[str] = number(
        frozenset(), "ISO alpha-2", "Countries this installation refuses beside its provider's list.", "none by default"
    )
    still_offered: frozenset[str] = number(
        frozenset(), "ISO alpha-2", "Countries of the provider's list it offers all the same; never an embargo.", "none"
    )


CURRENT = AccessPolicy(version="access-2026-11-23.1", in_force_from=date(2026, 11, 23))


@dataclass(frozen=True, slots=True)
class Words:
    """What a reason may be called outside: a code callers can rely on, and a sentence for the customer.

    Neutral where more would tip somebody off or teach somebody how to get around it.
    """

    code: str
    sentence: str


_REGION = Words("region.unsupported", "We do not offer this service in your region.")
_NETWORK = Words("network.not_accepted", "We cannot accept this connection. Please use another network.")
_CONFIRM = Words("network.confirm", "Please confirm that it is you to continue from this network.")
_PENDING = Words("account.review", "We need to look at this before you can continue. We will write to you.")
_CLOSED = Words("account.restricted", "This account cannot be used at present.")
_UNKNOWN = Words("account.unknown", "This account is not known.")

# Internal code → what is said outside. A code that is missing here is said as "account.review".
PUBLIC: dict[str, Words] = {
    "subject.unknown": _UNKNOWN,
    "subject.other_world": _UNKNOWN,
    "subject.account_closed": _CLOSED,
    "subject.not_served": _CLOSED,
    "subject.unfinished": Words("account.incomplete", "Your registration is not complete yet."),
    "subject.in_progress": Words("account.in_progress", "Your registration is being checked."),
    "subject.expired": Words("account.expired", "Your details must be confirmed again."),
    "hold.standing": _CLOSED,
    "tier.too_low": Words("model.not_included", "Your access does not include this model."),
    "model.unknown": Words("model.unknown", "There is no such model."),
    "model.channel": Words("model.channel", "This model is not offered in this way."),
    "attestation.missing": Words("attestation.required", "Please confirm the licence terms of this model first."),
    "attestation.outdated": Words("attestation.required", "The licence terms have changed; please confirm them again."),
    "attestation.expired": Words("attestation.required", "Please confirm the licence terms of this model again."),
    "attestation.refused": Words("attestation.refused", "You did not agree to the licence terms of this model."),
    "use.refused": Words("use.not_permitted", "The use you declared is not permitted for this model."),
    "use.review": _PENDING,
    "range.denied": _NETWORK,
    "ip.embargo": _REGION,
    "ip.embargo_area": _PENDING,
    "ip.region_unresolved": _PENDING,
    "ip.policy_country": _REGION,
    "ip.policy_dissent": _CONFIRM,
    "ip.policy_registered": _CONFIRM,
    "ip.policy_network": _CONFIRM,
    "ip.licence_country": _PENDING,
    "ip.tor": _NETWORK,
    "ip.anonymiser": _NETWORK,
    "ip.relay": _CONFIRM,
    "ip.hosting": _CONFIRM,
    "ip.not_public": _CONFIRM,
    "ip.no_address": _CONFIRM,
    "ip.unknown": _CONFIRM,
    "ip.unavailable": _CONFIRM,
    "ip.stale": _CONFIRM,
    "travel.impossible": _CONFIRM,
    "churn.countries": _CONFIRM,
    "churn.networks": _CONFIRM,
    "address.shared": _CONFIRM,
    "facts.mismatch": _PENDING,
    "challenge.repeated": _PENDING,
}
PENDING = _PENDING


# Which outcomes stop a person at which door. Signing up, signing in and filling the form grant nothing yet: there
# doubt is kept as a finding that weighs in the customer's risk, and the gate asks again for each use.
STOPS: dict[str, frozenset[str]] = {
    "sign_up": frozenset({"deny"}),
    "login": frozenset({"deny"}),
    "portal": frozenset({"deny"}),
    "console": frozenset({"deny"}),
    "gate": frozenset({"deny", "review", "challenge"}),
}
