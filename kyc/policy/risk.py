"""The factor table of customer risk, and what each level means. Pure; an auditor reads this page.

Points add up; the level is the highest whose threshold is reached, or one a factor forces.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Factor:
    code: str
    points: float
    sentence: str  # for staff
    source: str
    forces: str = ""  # a level at least, whatever the points


FACTORS: dict[str, Factor] = {
    factor.code: factor
    for factor in (
        Factor("screening.true_match", 100, "A listed party.", "OFAC, BIS lists", "prohibited"),
        Factor("screening.open_hit", 40, "A hit is not settled yet.", "Screening could change the decision.", "high"),
        Factor("screening.unknown", 40, "Screening could not be made.", "Unknown is never clear.", "high"),
        Factor(
            "country.embargoed",
            100,
            "Lives or is registered in an embargoed territory.",
            "OFAC programmes",
            "prohibited",
        ),
        Factor(
            "country.d5",
            50,
            "Lives, is registered or run from a country of group D:5 or Macau.",
            "15 CFR 740 Supp. 1",
            "high",
        ),
        Factor(
            "country.parent_d5",
            50,
            "The ultimate parent is in a country of group D:5 or Macau.",
            "BIS guidance 31 May 2026",
            "high",
        ),
        Factor(
            "country.nationality_only",
            5,
            "A nationality of group D:5 alone weighs little.",
            "Location and entity, not ethnicity.",
        ),
        Factor(
            "identity.inconsistent",
            40,
            "What the document says contradicts what was declared.",
            "identity rules",
            "high",
        ),
        Factor(
            "identity.shared",
            40,
            "The same document or register number is another customer's too.",
            "policy of one identity, one customer",
            "high",
        ),
        Factor("identity.unverified", 25, "Identity is not verified.", "31 CFR 1020.220", "medium"),
        Factor(
            "ownership.blocked", 100, "Owned by 50 % or more by blocked persons.", "OFAC guidance 2014", "prohibited"
        ),
        Factor("ownership.listed", 60, "Owned by 50 % or more by listed parties.", "15 CFR 744.11(a)(1)", "high"),
        Factor("ownership.region", 60, "Owned by more than half from unsupported regions.", "provider policy", "high"),
        Factor("ownership.possible", 40, "What listed parties own may reach a threshold.", "EAR Red Flag 29", "high"),
        Factor("ownership.unknown_share", 25, "Too much is owned by nobody named.", "EAR Red Flag 29", "medium"),
        Factor("ownership.unverified", 25, "An owner's identity is not verified.", "31 CFR 1010.230(b)(2)", "medium"),
        Factor("use.refuse", 60, "Declares a use that the terms forbid.", "Provider's terms", "high"),
        Factor("use.review", 25, "Declares a use that must be looked at.", "Provider's terms", "medium"),
        Factor("attestation.negative", 60, "Did not agree to what a licence asks.", "Licence terms", "high"),
        Factor("registration.form", 10, "A registration number unlike those of its country.", "python-stdnum"),
        Factor("contact.disposable_email", 20, "A disposable e-mail address.", "list of disposable domains"),
        Factor("contact.shared", 15, "Another customer has the same mailbox.", "policy of one identity, one customer"),
        Factor("contact.free_email", 5, "An organisation on a free e-mail domain.", "house rule"),
        Factor("contact.email_invalid", 15, "An e-mail address that cannot exist.", "house rule"),
        Factor("contact.domain_differs", 10, "E-mail and website of an organisation differ.", "house rule"),
        Factor("contact.phone_invalid", 10, "A phone number that cannot exist.", "house rule"),
        Factor("contact.phone_kind", 10, "A phone number that is of no person at a place.", "house rule"),
        Factor("contact.phone_country", 5, "A phone number of a country that was not named.", "house rule"),
        Factor("contact.address_form", 5, "An address unlike those of its country.", "house rule"),
        Factor("location.mismatch", 15, "Seen in another country than declared.", "OFAC compliance framework 2021"),
        Factor("location.anonymous", 15, "Seen through an anonymiser.", "OFAC compliance framework 2021"),
        Factor(
            "company.young", 10, "Incorporated after October 2022 and asks for compute.", "BIS red flags 13 May 2025"
        ),
        Factor("tier.high", 10, "Asks for frontier or compute access.", "house rule"),
    )
}


@dataclass(frozen=True, slots=True)
class Level:
    name: str
    from_points: float
    review_months: int  # until the next periodic review
    straight_through: bool  # may be approved without a person when nothing else is open


LEVELS: tuple[Level, ...] = (
    Level("low", 0, 24, True),
    Level("medium", 20, 12, False),
    Level("high", 40, 6, False),
    Level("prohibited", 100, 0, False),
)
COMPANY_YOUNG_AFTER = "2022-10-07"  # 87 FR 62186, advanced computing rule
