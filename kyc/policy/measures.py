"""What being listed means: the dated table of measures and their effects on access. Pure.

A list names a measure, this table says what it does here, since when, and on whose authority. Nothing is legal
advice: an operator's counsel may change rows, and a changed row gets a new `valid_from` and a raised POLICY_VERSION.
A measure that the table does not know on a date is a licence question, marked so; it is never information.
Sources of every row: docs/sources.md#what-being-listed-means.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Effect(StrEnum):
    BLOCK = "block"  # no access while it stands
    LICENCE_QUESTION = "licence_question"  # no access until somebody says which licence or exception applies
    RED_FLAG = "red_flag"  # a person must look before access goes on
    INFORMATION = "information"  # told to the reviewer, changes nothing by itself


STRICTEST_FIRST = (Effect.BLOCK, Effect.LICENCE_QUESTION, Effect.RED_FLAG, Effect.INFORMATION)
HOLDING_EFFECTS = frozenset({Effect.BLOCK, Effect.LICENCE_QUESTION})  # a strong hit holds access at once


@dataclass(frozen=True, slots=True)
class Ruling:
    """`known` is False where the table has no row: the effect is then a licence question, for safety."""

    measure: str
    effect: Effect
    title: str
    sentence: str  # for staff
    citation: str
    valid_from: date
    valid_to: date | None = None  # the first day on which it no longer holds
    known: bool = True


def _row(measure: str, effect: Effect, since: tuple[int, int, int], title: str, citation: str, sentence: str) -> Ruling:
    return Ruling(measure, effect, title, sentence, citation, date(*since))


BLOCK, LICENCE, FLAG, INFO = Effect.BLOCK, Effect.LICENCE_QUESTION, Effect.RED_FLAG, Effect.INFORMATION

TABLE: tuple[Ruling, ...] = (
    # ------------------------------------------------------------------------------ United States, Treasury (OFAC)
    _row("SDN", BLOCK, (1977, 12, 28), "Specially Designated Nationals and Blocked Persons",
         "31 CFR chapter V; 50 U.S.C. 1701-1708",
         "Property is blocked; US persons may not deal with this party, nor with companies it owns by 50 % or more."),
    _row("FSE", BLOCK, (2012, 5, 1), "Foreign Sanctions Evaders", "E.O. 13608, 77 FR 26409",
         "Transactions with US persons or within the United States are prohibited; property is not blocked."),
    _row("MBS", LICENCE, (2020, 12, 14), "Non-SDN Menu-Based Sanctions", "E.O. 14024 directives; CAATSA section 235",
         "Some dealings are prohibited: the directive named in the entry says which. Ask before giving access."),
    _row("CAPTA", FLAG, (2019, 3, 14), "Correspondent or Payable-Through Account Sanctions",
         "31 CFR 561.201; E.O. 14024 directive 2",
         "US banks may not keep accounts for this foreign bank; other dealings are not prohibited by this list."),
    _row("NS-ISA", LICENCE, (1996, 8, 5), "Non-SDN Iran Sanctions Act",
         "Iran Sanctions Act of 1996, 50 U.S.C. 1701 note",
         "Sanctions chosen from a menu apply, which can include the refusal of export licences."),
    _row("SSI", FLAG, (2014, 7, 16), "Sectoral Sanctions Identifications", "E.O. 13662 directives 1-4; 31 CFR part 589",
         "Debt, equity and oil projects are restricted; other dealings are not prohibited by this list."),
    _row("CMIC", FLAG, (2021, 6, 3), "Chinese Military-Industrial Complex Companies",
         "E.O. 13959 as amended by E.O. 14032; 31 CFR part 586",
         "US persons may not buy its securities. Access is not prohibited by this list, but the company is named as "
         "military-industrial: look at the Entity List, the military end users and the declared use."),
    _row("PLC", LICENCE, (2006, 4, 12), "Non-SDN Palestinian Legislative Council",
         "31 CFR 594.520, 595.514, 597.512",
         "US persons may not deal with this person unless a general licence of these sections applies."),
    # ------------------------------------------------------------------------------ United States, Commerce (BIS)
    _row("DPL", BLOCK, (1979, 9, 29), "Denied Persons", "15 CFR 764.2(k), 764.3(a)(2); supplement 1 to part 764",
         "An order denies export privileges: nobody may join in a transaction subject to the EAR with this party."),
    _row("EL", LICENCE, (2008, 8, 21), "Entity List", "15 CFR 744.11, 744.16; supplement 4 to part 744",
         "A licence is required as the entry says; licence exceptions do not apply. Read the licence requirement and "
         "review policy of the entry, and whether what is asked for is subject to the EAR."),
    _row("MEU", LICENCE, (2020, 12, 23), "Military End Users", "15 CFR 744.21; supplement 7 to part 744",
         "A licence is required for items named in supplement 2 to part 744."),
    _row("UVL", FLAG, (2014, 1, 21), "Unverified List", "15 CFR 744.15; supplement 6 to part 744",
         "The BIS could not verify this party: licence exceptions do not apply and a UVL statement is required."),
    # ------------------------------------------------------------------------------ United States, State
    _row("ISN", LICENCE, (1992, 10, 23), "Nonproliferation Sanctions",
         "INKSNA; E.O. 13382; E.O. 12938; the acts named in the entry",
         "A nonproliferation act applies, which can bar US exports and assistance: read the notice cited."),
    _row("DTC", FLAG, (1984, 12, 1), "AECA Debarred", "22 CFR 127.7; 22 U.S.C. 2778",
         "Debarred from exports of defence articles; other dealings are not prohibited by this list."),
    # ------------------------------------------------------------------------------ United Nations, Europe, Canada
    _row("UN", BLOCK, (1999, 10, 15), "United Nations Security Council",
         "Charter of the United Nations, article 41; the resolution of the entry's regime",
         "All member states must freeze the assets of this party and make nothing available to it."),
    _row("EU", BLOCK, (2002, 5, 27), "European Union financial sanctions",
         "TFEU article 215; the regulation of the entry",
         "Funds and economic resources are frozen, and none may be made available, directly or indirectly."),
    _row("UK-AF", BLOCK, (2018, 11, 22), "United Kingdom asset freeze",
         "Sanctions and Anti-Money Laundering Act 2018, section 3; the regulations of the regime",
         "Funds and economic resources are frozen, and none may be made available, directly or indirectly."),
    _row("UK-INTERNET", BLOCK, (2022, 4, 29), "United Kingdom internet services sanctions",
         "Russia (Sanctions) (EU Exit) Regulations 2019, part 6A",
         "Internet services must take reasonable steps so that users in the United Kingdom do not meet content of "
         "this party."),
    _row("UK-SHIP", BLOCK, (2018, 11, 22), "United Kingdom specified ship",
         "Sanctions and Anti-Money Laundering Act 2018, section 7",
         "A specified ship: services to it, port entry and registration are prohibited."),
    _row("UK-TRADE", LICENCE, (2018, 11, 22), "United Kingdom trade sanctions",
         "Sanctions and Anti-Money Laundering Act 2018, section 5",
         "Named goods, technology or services need a licence."),
    _row("UK-SERVICES", FLAG, (2023, 3, 21), "United Kingdom trust services sanctions",
         "Russia (Sanctions) (EU Exit) Regulations 2019, regulation 18C", "Trust services are prohibited."),
    _row("UK-TRAVEL", FLAG, (2018, 11, 22), "United Kingdom travel ban",
         "Sanctions and Anti-Money Laundering Act 2018, section 4",
         "Only a travel ban: dealings are not prohibited, but the person was designated."),
    _row("UK-DIRECTOR", FLAG, (2025, 4, 9), "United Kingdom director disqualification",
         "Sanctions and Anti-Money Laundering Act 2018, section 3A",
         "May not be a director of a company or take part in its management."),
    _row("SEMA", BLOCK, (1992, 6, 4), "Canadian autonomous sanctions",
         "Special Economic Measures Act, S.C. 1992, c. 17; Justice for Victims of Corrupt Foreign Officials Act",
         "Canadians may not deal in its property nor give it goods or financial services."),
    # ------------------------------------------------------------------------------ collections
    _row("OS-SANCTION", LICENCE, (2021, 1, 1), "Sanctioned, as collected by OpenSanctions",
         "the authority named in the entry",
         "Some authority sanctions this party: find out which, and whether it binds us, before giving access."),
    _row("OS-TARGET", FLAG, (2021, 1, 1), "Target of an OpenSanctions collection", "the dataset named in the entry",
         "The file does not say why this party is a target: look it up before giving access."),
    _row("OS-SANCTION-LINKED", FLAG, (2021, 1, 1), "Linked to a sanctioned party, as collected by OpenSanctions",
         "the authority named in the entry", "Not listed itself; owned by or close to somebody who is."),
    _row("OS-EXPORT-CONTROL", LICENCE, (2021, 1, 1), "Export control, as collected by OpenSanctions",
         "the authority named in the entry", "Some authority controls exports to this party: find out which."),
    _row("OS-CRIME", FLAG, (2021, 1, 1), "Crime, wanted or debarred, as collected by OpenSanctions",
         "the authority named in the entry", "Named by an authority for crime, or barred from its contracts."),
    _row("OS-PEP", INFO, (2021, 1, 1), "Politically exposed, as collected by OpenSanctions", "FATF recommendation 12",
         "Holds or held a public office, or is close to somebody who does. Raises risk; bars nothing."),
    # ------------------------------------------------------------------------------ our own format
    _row("SAMPLE", BLOCK, (2026, 1, 1), "Invented party of the bundled sample", "none: an invention for demonstrations",
         "SAMPLE: invented to show how a listed party is handled. Nobody is listed."),
    _row("OPERATOR-BLOCK", BLOCK, (2026, 1, 1), "Operator's own list: refused", "the operator's decision",
         "The operator refuses this party."),
    _row("OPERATOR-REVIEW", FLAG, (2026, 1, 1), "Operator's own list: to be looked at", "the operator's decision",
         "The operator wants a person to look before this party gets access."),
)  # fmt: skip

_BY_MEASURE: dict[str, tuple[Ruling, ...]] = {
    measure: tuple(row for row in TABLE if row.measure == measure) for measure in {row.measure for row in TABLE}
}
MEASURES = frozenset(_BY_MEASURE)


def ruling_of(source: str, measure: str, on: date | None = None) -> Ruling:
    """What being listed by `source` (a list's code) under `measure` means on a day; None: by the newest row.

    Never raises: what the table does not know is a licence question, and says why.
    """
    rows = _BY_MEASURE.get(measure, ())
    for row in sorted(rows, key=lambda row: row.valid_from, reverse=True):
        if on is None or (row.valid_from <= on and (row.valid_to is None or on < row.valid_to)):
            return row
    when = f" on {on}" if rows else ""
    return Ruling(
        measure=measure,
        effect=Effect.LICENCE_QUESTION,
        title=f"Unknown measure {measure}",
        sentence=f"Unknown measure: the list {source} says {measure!r}, which the policy table does not know{when}. "
        "Treated as a licence question until a person says what it means.",
        citation="docs/sources.md#what-being-listed-means",
        valid_from=on or date.min,
        known=False,
    )


def effect_of(source: str, measure: str, on: date | None = None) -> Effect:
    """The effect alone; see `ruling_of`."""
    return ruling_of(source, measure, on).effect


def strictest(effects: Iterable[Effect]) -> Effect:
    """The first of STRICTEST_FIRST among them; a licence question where there is none to choose from."""
    found = set(effects)
    return next((effect for effect in STRICTEST_FIRST if effect in found), Effect.LICENCE_QUESTION)
