"""Real lists, as published, from the file to the hit. The files are no part of the project: skipped without them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kyc.audit.services import SYSTEM
from kyc.customers.models import Customer
from kyc.screening.models import Hit
from kyc.screening.runs import plan_run
from kyc.screening.services import screen_customer
from kyc.screening.states import RunReason
from kyc.watchlists.models import Edition, EntryGroup
from kyc.watchlists.services import activate_edition, load_edition
from tests.kyc.screening.conftest import customer as on_file
from tests.kyc.screening.test_runs import worked

LISTS = Path(__file__).resolve().parents[4] / "shared" / "lists"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.skipif(not LISTS.is_dir(), reason="needs the real list files of ../shared/lists"),
]


def real(source: str, file: str) -> Edition:
    files = {"main": (LISTS / file).read_bytes()}
    edition = load_edition(source=source, files=files, origin=file, actor=SYSTEM)
    return activate_edition(edition=edition, actor=SYSTEM)


class TheConsolidatedScreeningList:
    def test_loads_whole_and_finds_who_is_on_it(self, stranger: Customer) -> None:
        edition = real("us-csl", "csl_consolidated_2022-04.csv")
        assert (edition.entry_count, edition.bad_row_count) == (14_159, 0)
        huawei = on_file("Huawei Technologies Co., Ltd.", kind="organisation", registration_country="CN")
        effects = {hit.effect for hit in screen_customer(customer=huawei, reason="x").strong_hits}
        assert "licence_question" in effects  # the Entity List
        assert screen_customer(customer=stranger, reason="x").new_hits == ()


class TheUnitedNationsList:
    def test_goes_from_one_edition_to_the_next_and_finds_the_newly_listed(self, stranger: Customer) -> None:
        old = real("un", "un_consolidated_2025-04.xml")
        before = {entry.party.uid for entry in entries_of(old)}
        new = load_edition(
            source="un",
            files={"main": (LISTS / "un_consolidated_2026-02.xml").read_bytes()},
            origin="x",
            actor=SYSTEM,
        )
        assert (new.added, new.modified, new.deleted) == (136, 11, 10)
        added = next(
            entry for entry in entries_of(new) if entry.party.uid not in before and entry.content.get("birth_dates")
        )
        named = on_file(added.name, birth_date=date(1980, 1, 1))
        activate_edition(edition=new, actor=SYSTEM)
        worked(plan_run(reason=RunReason.NEW_EDITION, delta_of=new))
        assert {hit.customer for hit in Hit.objects.all()} == {named}

    def test_shares_parties_with_the_american_one(self) -> None:
        real("us-csl", "csl_consolidated_2022-04.csv")
        real("un", "un_consolidated_2025-04.xml")
        shared = EntryGroup.objects.filter(parties__watchlist__code="un").filter(parties__watchlist__code="us-csl")
        assert shared.distinct().count() > 300


def entries_of(edition: Edition) -> list:
    return [member.entry for member in edition.memberships.select_related("entry__party").order_by("pk")]
