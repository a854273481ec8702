"""How long each kind of record is kept, and why. Pure. Sources: docs/sources.md#retention."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetentionRule:
    code: str
    years_after_end: float  # years after the relationship ends
    legal_basis: str
    source: str


RETENTION: dict[str, RetentionRule] = {
    rule.code: rule
    for rule in (
        RetentionRule("customer_file", 5, "legitimate_interest", "Pattern of 31 CFR 1020.220: 5 years after closing."),
        RetentionRule("identity_document", 1, "legitimate_interest", "GDPR art. 5(1)(e): the verdict is kept longer."),
        RetentionRule("biometrics", 0, "consent", "GDPR art. 9: gone when consent or the relationship ends."),
        RetentionRule("sanctions_record", 10, "legal_obligation", "31 CFR 501.601: 10 years since 12 March 2025."),
        RetentionRule("export_record", 5, "legal_obligation", "15 CFR 762.6: 5 years."),
        RetentionRule("location", 0.25, "legitimate_interest", "90 days in full, then prefix and keyed digest."),
    )
}
