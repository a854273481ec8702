"""How long a list takes from its file to being in force, and how much memory that needs.

The measured work is what `refresh_lists --file` does, through the same services: parse and store, group, build the
index, activate. The file is a real one (`--file`) or made here in the real format of the Consolidated Screening List,
with as many entries as asked for and the mixture of lists, aliases and addresses that the published one has.
"""

from __future__ import annotations

import csv
import io
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connection

from kyc.audit.services import System
from kyc.benchmarks.processes import peak_megabytes
from kyc.benchmarks.report import Report
from kyc.screening.indexes import prepare
from kyc.watchlists.parsers import parse
from kyc.watchlists.parsers.csl import COLUMNS
from kyc.watchlists.services import activate_edition, load_edition
from kyc.watchlists.states import EditionStatus

ACTOR = System("bench_lists")
MOST_SECONDS = 20.0  # issue 3: loading 15,000 CSL entries, on two cores
MOST_MEGABYTES = 400.0
AIM_ENTRIES = 15_000

T = TypeVar("T")

# the published lists and their share of the file of 2022-04 (14,160 rows)
_LISTS = (
    ("Specially Designated Nationals (SDN) - Treasury Department", "SDN", 0.68),
    ("Entity List (EL) - Bureau of Industry and Security", "EL", 0.14),
    ("Debarred (DTC) - Department of State", "DTC", 0.05),
    ("Denied Persons List (DPL) - Bureau of Industry and Security", "DPL", 0.04),
    ("Sectoral Sanctions Identifications List (SSI) - Treasury Department", "SSI", 0.04),
    ("Unverified List (UVL) - Bureau of Industry and Security", "UVL", 0.02),
    ("Nonproliferation Sanctions (ISN) - Department of State", "ISN", 0.02),
    ("Military End User (MEU) List - Bureau of Industry and Security", "MEU", 0.01),
)
_GIVEN_NAMES = (
    "Ahmad Ali Anna Boris Carlos Chen Dmitri Elena Fatima Gholam Hassan Igor Ivan Jamal Jorge Karim Kim Li Maria "
    "Mohammad Nadia Oleg Omar Pavel Qasim Rami Reza Sergei Tariq Viktor Wei Yusuf Zainab Zhang"
)
_SYLLABLES = (
    "ab ad al an ar ba be da di dov ek el fa go gur ha ib ik in jo ka kh lan li lov ma mir mo na nov or pa qa ra rov "
    "sa sh ta tov un va vich wa ya zad zo"
)
_TRADES = (
    "Aviation Chemical Electronics Energy Engineering General Holding Industrial Logistics Machinery Marine Metals "
    "Oil Optics Petro Research Shipping Steel Technology Trading"
)
_FORMS = ("LLC", "Co., Ltd.", "JSC", "GmbH", "FZE", "Limited", "Inc.", "OOO")
_CITIES = (("Moscow", "RU"), ("Tehran", "IR"), ("Beijing", "CN"), ("Damascus", "SY"), ("Caracas", "VE"),
           ("Dubai", "AE"), ("Pyongyang", "KP"), ("Havana", "CU"), ("Minsk", "BY"), ("Karachi", "PK"))  # fmt: skip


def synthetic_csl(entries: int, *, seed: int = 1) -> bytes:
    """A CSL of invented parties as CSV. The same seed gives the same bytes."""
    dice = random.Random(seed)
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    table.writeheader()
    published, shares = [(source, short) for source, short, _ in _LISTS], [share for *_, share in _LISTS]
    for number in range(1, entries + 1):
        ((source, short),) = dice.choices(published, shares)
        table.writerow(_row(dice, number, source, short))
    return text.getvalue().encode()


def _row(dice: random.Random, number: int, source: str, short: str) -> dict[str, str]:
    person = short in ("SDN", "DTC", "DPL") and dice.random() < 0.6
    name = _person(dice) if person else _company(dice)
    by_number = short in ("SDN", "SSI")
    city, country = dice.choice(_CITIES)
    addresses = [
        f"{dice.randint(1, 300)} {_word(dice)} Street, {city} {dice.randint(10_000, 99_999)}, {country}"
        for _ in range(dice.choice((1, 1, 1, 2, 3)))
    ]
    row = {
        "_id": f"{dice.getrandbits(160):040x}",
        "source": source,
        "name": name,
        "addresses": "; ".join(addresses),
        "start_date": f"{dice.randint(1998, 2022)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}",
        "alt_names": "; ".join(_person(dice) if person else _company(dice) for _ in range(dice.choice((0, 1, 2, 5)))),
        "source_list_url": "https://www.example.org/list",
    }
    if by_number:
        row |= {"entity_number": str(number), "type": "Individual" if person else "Entity", "programs": "IRAN; SDGT"}
    if person:
        row["dates_of_birth"] = f"{dice.randint(1940, 1999)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"
        row["nationalities"] = country
        row["ids"] = f"{country}, {dice.choice('ABCDEFGH')}{dice.randint(1_000_000, 9_999_999)}, Passport"
    if short == "EL":
        row |= {
            "federal_register_notice": f"{dice.randint(70, 87)} FR {dice.randint(1_000, 79_999)}",
            "license_requirement": "For all items subject to the EAR. (See §744.11 of the EAR)",
            "license_policy": "Presumption of denial",
        }
    return row


def _word(dice: random.Random) -> str:
    return "".join(dice.choices(_SYLLABLES.split(), k=dice.choice((2, 3, 3, 4)))).capitalize()


def _person(dice: random.Random) -> str:
    return f"{_word(dice).upper()}, {dice.choice(_GIVEN_NAMES.split())} {_word(dice)}"


def _company(dice: random.Random) -> str:
    return f"{_word(dice)} {dice.choice(_TRADES.split())} {dice.choice(_FORMS)}"


# ------------------------------------------------------------------------------------------------ measuring
@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of one stage: on the clock, and of this process's CPU (the database's own is not in it)."""

    wall: float
    cpu: float


def spent_by(work: Callable[[], T]) -> tuple[T, Spent]:
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, Spent(time.perf_counter() - wall, time.process_time() - cpu)


def measure_lists(files: dict[str, bytes], *, source: str, format: str, origin: str, facts: dict[str, Any]) -> Report:
    """Load the files into the database that is connected, and put the edition in force. Raises BadList."""
    idle = peak_megabytes()
    streams = {role: io.BytesIO(content) for role, content in files.items()}
    entries, parsing = spent_by(lambda: sum(1 for _ in parse(format, streams, source=source)))
    report = Report(
        "bench_lists", facts={"list": source, "entries": entries, "bytes": sum(map(len, files.values())), **facts}
    )
    edition, loading = spent_by(
        lambda: load_edition(source=source, files=files, origin=origin, actor=ACTOR, format=format)
    )
    _, indexing = spent_by(lambda: prepare(edition))
    is_ready = edition.status == EditionStatus.READY
    _, activating = spent_by(lambda: activate_edition(edition=edition, actor=ACTOR) if is_ready else None)
    stages = (loading, indexing, activating)
    # the aim is for 15,000 entries; another number of them is only told
    aims = (MOST_SECONDS, MOST_MEGABYTES) if AIM_ENTRIES * 0.9 <= entries <= AIM_ENTRIES * 1.1 else (None, None)
    report.add("parse alone", parsing.wall, "s", note=f"{parsing.cpu:.1f} s CPU; done again in the next row")
    report.add("parse and store", loading.wall, "s", note=f"{loading.cpu:.1f} s CPU")
    report.add("build the index", indexing.wall, "s", note=f"{indexing.cpu:.1f} s CPU")
    why_not = "" if is_ready else "held: not put in force"
    report.add("group and activate", activating.wall, "s", note=why_not or f"{activating.cpu:.1f} s CPU")
    report.add("from file to in force", sum(s.wall for s in stages), "s", at_most=aims[0])
    report.add("CPU of this process for it", sum(s.cpu for s in stages), "s", note="without the database's own")
    report.add("peak memory", peak_megabytes(), "MB", at_most=aims[1], note=f"{idle:.0f} MB before the first entry")
    again, reloading = spent_by(lambda: load_edition(source=source, files=files, origin=origin, actor=ACTOR))
    assert again.pk == edition.pk
    report.add("the same file again", reloading.wall, "s", note="known by its hash")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database()) / 1048576.0")
        report.add("database afterwards", float(cursor.fetchone()[0]), "MB")
    return report
