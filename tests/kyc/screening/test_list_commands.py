"""The commands of lists and screening: refresh_lists, load_sample, rescreen, coverage."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from kyc.customers.models import Customer
from kyc.screening.models import RescreeningRun
from kyc.screening.services import screen_customer
from kyc.watchlists.models import Edition, Entry, WatchList
from kyc.watchlists.queries import active_editions
from tests.kyc.screening.conftest import customer as on_file
from tests.kyc.watchlists.published import in_force, listed, loaded, written

pytestmark = pytest.mark.django_db


def said(command: str, *arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out, **options)
    return out.getvalue()


class TheSample:
    def test_loads_and_says_everywhere_that_it_is_one(self) -> None:
        told = said("load_sample")
        assert told.startswith("SAMPLE of ") and "is in force" in told
        watchlist = WatchList.objects.get(code="sample")
        assert watchlist.is_sample and str(watchlist).endswith("(SAMPLE)")
        assert 180 <= Edition.objects.active().get().entry_count <= 250

    def test_loads_once_however_often_it_is_asked_to(self) -> None:
        said("load_sample")
        assert "is in force" in said("load_sample")
        assert Edition.objects.count() == 1

    def test_holds_the_invented_party_and_finds_him(self) -> None:
        said("load_sample")
        viktor = on_file("Viktor Aleksandrovich Karamazin", birth_date="1968-03-14", nationalities=["RU"])
        (hit,) = screen_customer(customer=viktor, reason="onboarding").strong_hits
        assert hit.entries.get().party.uid == "SAMPLE/1"

    def test_has_a_next_edition_that_names_one_more_party(self) -> None:
        said("load_sample")
        assert "is in force" in said("load_sample", "--next")
        edition = Edition.objects.active().get()
        assert (edition.added, edition.modified, edition.deleted) == (1, 1, 1)
        assert Entry.objects.get(memberships__edition=edition, memberships__change="added").party.uid == "SAMPLE/2"

    def test_does_not_go_back_by_itself(self) -> None:
        said("load_sample")
        said("load_sample", "--next")
        assert "is retired" in said("load_sample")


class AListFile:
    def test_is_read_from_disk_and_put_in_force(self, tmp_path: Path) -> None:
        file = tmp_path / "mine.jsonl"
        file.write_bytes(written(listed("1", "Ivan Sidorov"))["main"])
        told = said("refresh_lists", "--source", "operator", "--file", str(file))
        assert "is active: 1 entries (1 added" in told
        assert Edition.objects.get().origin == "mine.jsonl"

    def test_that_is_odd_is_told_and_held(self, tmp_path: Path) -> None:
        good = in_force(listed("1", "Ivan Sidorov"), listed("2", "Petr Orlov"))
        file = tmp_path / "mine.jsonl"
        file.write_bytes(written(listed("1", "Ivan Sidorov"))["main"])
        told = said("refresh_lists", "--source", "operator", "--file", f"main={file}")
        assert "! It has 1 entries, 1 fewer than the active edition" in told
        assert active_editions().public_ids == (good.public_id,)

    def test_that_cannot_be_read_is_one_line(self, tmp_path: Path) -> None:
        file = tmp_path / "mine.jsonl"
        file.write_text("no list")
        with pytest.raises(CommandError, match="first line"):
            said("refresh_lists", "--source", "operator", "--file", str(file))
        with pytest.raises(CommandError, match="No such file"):
            said("refresh_lists", "--source", "operator", "--file", str(tmp_path / "nothing"))

    def test_needs_to_be_of_one_source(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="one --source"):
            said("refresh_lists", "--file", str(tmp_path / "x"))


class AListWithoutAnAddress:
    def test_is_told_and_fails(self) -> None:
        with pytest.raises(CommandError, match="Not refreshed: operator"):
            said("refresh_lists", "--source", "operator")


class ARescreening:
    def test_is_planned_and_told(self, ivan: Customer) -> None:
        in_force(listed("1", "Ivan Sidorov"))
        assert "1 customers in 1 shards" in said("rescreen", "--no-wait")
        assert RescreeningRun.objects.get().reason == "full_pass"

    def test_is_followed_to_its_end(self, db: None) -> None:
        in_force(listed("1", "Ivan Sidorov"))
        assert "done: 0 of 0 (100%)" in said("rescreen")  # nobody is on file

    def test_of_an_edition_that_never_was_in_force_is_refused(self, ivan: Customer) -> None:
        edition = loaded(listed("1", "Ivan Sidorov"))
        with pytest.raises(CommandError, match="never in force"):
            said("rescreen", "--edition", edition.public_id)
        with pytest.raises(CommandError, match="no edition edn_x"):
            said("rescreen", "--edition", "edn_x")


class TheCoverage:
    def test_names_those_who_are_behind_and_fails(self, ivan: Customer, stranger: Customer, tmp_path: Path) -> None:
        edition = in_force(listed("1", "Ivan Sidorov"))
        screen_customer(customer=ivan, reason="onboarding")
        out, table = StringIO(), tmp_path / "coverage.csv"
        with pytest.raises(CommandError, match="1 of 2 customers are behind"):
            call_command("coverage", "--csv", str(table), stdout=out)
        assert f"behind: {stranger.public_id} (test): was never screened" in out.getvalue()
        assert "2 customers on file, 1 covered (50.00%)" in out.getvalue()
        lines = table.read_text().splitlines()
        assert len(lines) == 3
        assert f"operator={edition.public_id}" in lines[1]

    def test_is_content_when_everybody_is_covered(self, ivan: Customer) -> None:
        in_force(listed("1", "Ivan Sidorov"))
        screen_customer(customer=ivan, reason="onboarding")
        assert "1 customers on file, 1 covered (100.00%)" in said("coverage")

    def test_looks_at_a_day_in_the_past(self, ivan: Customer) -> None:
        in_force(listed("1", "Ivan Sidorov"))
        assert "0 customers on file" in said("coverage", "--as-of", "2020-01-01")

    def test_takes_no_future_for_granted(self, ivan: Customer) -> None:
        in_force(listed("1", "Ivan Sidorov"))
        screen_customer(customer=ivan, reason="onboarding")
        assert f"As of {timezone.now():%Y-%m-%d}" in said("coverage", "--as-of", "2999-01-01")
