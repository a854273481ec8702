"""The five ownership tests on a structure of forty thousand interests that it draws itself."""

from __future__ import annotations

import random
import time
from datetime import date
from fractions import Fraction

from kyc.benchmarks.report import Report
from kyc.customers.states import InterestKind
from kyc.ownership.graph import Interest, Listing, Party, PartyKind, Structure
from kyc.ownership.rules import beneficial_owners, bis_affiliates, evaluate, headquarters, ofac_50, provider_majority

SEED = 2026
EDGES = 40_000
ON = date(2026, 11, 26)
LAYERS = 40  # between the customer and the last owners
ROUNDS = 5
COUNTRIES = ("FR", "DE", "US", "NL", "SG", "CN", "RU", "GB")


def draw_structure(edges: int = EDGES, *, seed: int = SEED) -> Structure:
    """Companies in layers above one customer, each owned by some of the next layers and by people.

    A tenth of the shares are ranges, a fiftieth unknown, every 200th company holds back into a layer below (a
    circle), one party in 50 is listed. Everything lies above the customer, so that every test walks all of it.
    """
    draw = random.Random(seed)
    width = edges // (4 * LAYERS)
    layers = [["customer"]] + [[f"c{level}-{n}" for n in range(width)] for level in range(LAYERS)]
    rows: list[Interest] = []
    names = {"customer": PartyKind.ORGANISATION}
    for level, layer in enumerate(layers):
        above = layers[level + 1] if level + 1 < len(layers) else []
        for at, owned in enumerate(layer):
            names[owned] = PartyKind.ORGANISATION
            # one owner stands at the same place of the next layer, so that everybody lies above the customer
            owners = [above[at], *draw.sample(above, 2)] if level and above else list(above)
            owners += [f"p{draw.randrange(edges // 8)}" for _ in range(1 if above else 4)]
            if level > 2 and at % 200 == 0:
                owners.append(layers[level - 1][at])
            left = 10_000
            for owner in dict.fromkeys(owners):
                names.setdefault(owner, PartyKind.PERSON if owner.startswith("p") else PartyKind.ORGANISATION)
                low = draw.randrange(left // 2 + 1) if level else 10_000 // (len(owners) + 1)
                left -= low
                high = min(low + draw.randrange(500), 10_000) if draw.random() < 0.1 else low
                known = draw.random() > 0.02
                rows.append(
                    Interest(
                        f"i{len(rows)}",
                        owner,
                        owned,
                        InterestKind.SHARES,
                        Fraction(low, 10_000) if known else Fraction(0),
                        Fraction(high, 10_000) if known else Fraction(1),
                    )
                )
    parties = {
        key: Party(
            key,
            key,
            kind,
            draw.choice(COUNTRIES),
            listings=(Listing(draw.choice(("SDN", "EL", "MEU")), True),) if draw.random() < 0.02 else (),
        )
        for key, kind in names.items()
        if key != "customer"
    }
    parties["customer"] = Party("customer", "The customer", PartyKind.ORGANISATION, "FR")
    return Structure(parties, tuple(rows), "customer")


def measure(report: Report) -> None:
    """CPU seconds of one process, the best of a few rounds; every round begins with an unindexed structure."""
    structure = draw_structure()
    report.facts |= {"interests": len(structure.interests), "parties": len(structure.parties), "ownership seed": SEED}
    best = min(_seconds(structure) for _ in range(ROUNDS))
    report.add(f"ownership: {len(structure.interests):,} interests, all five tests", best, "s", at_most=0.5)
    for test in (ofac_50, bis_affiliates, headquarters, provider_majority, beneficial_owners):
        warm = structure.on(ON)
        warm.index, warm.lows, warm.gaps  # noqa: B018 - indexed once for all tests, as in `evaluate`
        started = time.process_time()
        outcome = test(warm, ON).outcome
        report.add(f"  {test.__name__}", time.process_time() - started, "s", note=f"says {outcome}")


def _seconds(structure: Structure) -> float:
    started = time.process_time()
    evaluate(structure, ON)
    return time.process_time() - started
