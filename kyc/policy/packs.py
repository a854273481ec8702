"""Rules of a law or programme that an installation may fall under, switched on by name. Pure; an auditor reads this.

CLEARANCE_POLICY_PACKS names the enabled ones. A pack only ever lengthens what is kept: without any, the shortest
time that the product needs stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pack:
    """`address_days`: how long full addresses are kept, counted from when they were last seen."""

    code: str
    title: str
    address_days: int
    source: str
    in_force: bool  # a proposed rule may be enabled early; it is said that it is only proposed


PACKS: dict[str, Pack] = {
    pack.code: pack
    for pack in (
        Pack(
            "us-iaas-cip",
            "Customer identification of US infrastructure providers",
            730,
            "BIS, proposed 15 CFR 7.302 (89 FR 5698, January 2024): addresses among the records, two years",
            in_force=False,
        ),
        Pack(
            "us-export-records",
            "Records of exports and of the decision not to export",
            1826,
            "15 CFR 762.2, 762.6: five years",
            in_force=True,
        ),
    )
}


def address_days(enabled: Iterable[str], shortest: int) -> int:
    """The longest that any enabled pack requires, and no less than the product's own number."""
    return max([shortest, *(PACKS[code].address_days for code in enabled if code in PACKS)])
