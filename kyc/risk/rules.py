"""From facts to a level of risk, with reasons. Pure; the factor table is kyc.policy.risk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kyc.findings import Finding
from kyc.policy.risk import FACTORS, LEVELS, Level


@dataclass(frozen=True, slots=True)
class RiskVerdict:
    level: Level
    points: float
    findings: tuple[Finding, ...]


def assess_risk(codes: Iterable[str], *, more: Mapping[str, str] | None = None) -> RiskVerdict:
    """`codes` name the factors that apply; an unknown one is a KeyError, not a zero.

    `more`: {code: sentence of the rule that found it}, said after the factor's own.
    """
    more = more or {}
    factors = [FACTORS[code] for code in dict.fromkeys(codes)]
    points = sum(factor.points for factor in factors)
    reached = [level for level in LEVELS if points >= level.from_points]
    forced = [level for level in LEVELS if level.name in {factor.forces for factor in factors}]
    # LEVELS is in rising order: the worst of both
    level = max([*reached, *forced], key=LEVELS.index)
    findings = tuple(
        Finding(
            f"risk.{factor.code}",
            f"{factor.sentence} {more.get(factor.code, '')}".strip(),
            weight=factor.points,
            facts={"source": factor.source},
        )
        for factor in factors
    )
    return RiskVerdict(level, points, findings)
