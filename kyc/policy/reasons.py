"""Reason codes of decisions and hit outcomes: the label for staff, the words a customer may read. Pure.

`public` is deliberately neutral where more would tip somebody off; never say that a list was the reason.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    code: str
    label: str
    public: str
    for_what: tuple[str, ...]  # approve, reject, limit, hit, lift, appeal
    narrative: bool = False  # a written explanation is required
    outcomes: tuple[str, ...] = ()  # of a hit (kyc.screening.states.HitStatus) that it can stand for


NO_MATCH = ("no_match",)

REASONS: dict[str, Reason] = {
    reason.code: reason
    for reason in (
        Reason("checks_passed", "All checks passed", "All checks are complete.", ("approve",)),
        Reason("reviewed_ok", "Reviewed by staff, nothing against", "All checks are complete.", ("approve", "appeal")),
        Reason(
            "limited_until_verified",
            "Limited until more is verified",
            "Some checks are still open; until then access is limited.",
            ("limit",),
        ),
        Reason(
            "licence_required",
            "An export licence would be needed",
            "We cannot offer this service to you at present.",
            ("limit", "reject"),
            True,
        ),
        Reason(
            "listed_party",
            "Is a listed party",
            "We cannot offer this service to you at present.",
            ("reject", "hit"),
            True,
            ("true_match",),
        ),
        Reason(
            "owned_by_listed_party",
            "Owned by listed parties",
            "We cannot offer this service to you at present.",
            ("reject", "hit"),
            True,
            ("true_match",),
        ),
        Reason(
            "unsupported_region",
            "Located in, or controlled from, an unsupported region",
            "We do not offer this service in your region.",
            ("reject", "limit"),
        ),
        Reason(
            "identity_not_established",
            "Identity could not be established",
            "We could not confirm your identity from what you sent.",
            ("reject", "limit"),
        ),
        Reason(
            "use_not_permitted",
            "The declared use is not permitted",
            "The use you described is not permitted under our terms.",
            ("reject", "limit"),
        ),
        Reason(
            "document_fraud", "Document forged or altered", "We could not accept your documents.", ("reject",), True
        ),
        Reason("different_birth_date", "Different birth date", "", ("hit",), outcomes=NO_MATCH),
        Reason("different_person", "Different person by other evidence", "", ("hit",), True, NO_MATCH),
        Reason("different_country", "Different country and history", "", ("hit",), outcomes=NO_MATCH),
        Reason("different_kind", "Different kind: person, organisation, vessel", "", ("hit",), outcomes=NO_MATCH),
        Reason("common_name", "Common name, nothing else agrees", "", ("hit",), True, ("no_match", "inconclusive")),
        Reason("same_party", "Identifying facts agree", "", ("hit",), True, ("true_match",)),
        Reason("too_little_known", "Too little is known to tell", "", ("hit",), True, ("inconclusive",)),
        Reason("delisted", "The entry left the list", "", ("lift", "hit"), True, ("no_match", "inconclusive")),
        Reason("cleared", "The reason for the hold is cleared", "", ("lift",), True),
        Reason(
            "stands", "The decision stands", "We looked at your case again; the decision stands.", ("appeal",), True
        ),
    )
}


def public_words(codes: tuple[str, ...]) -> str:
    """What the customer reads for these codes, each sentence once."""
    return " ".join(dict.fromkeys(REASONS[code].public for code in codes if REASONS[code].public))
