"""Old or missing location data is said: on the console, to callers, and in a letter once a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.utils import timezone

from accounts.roles import Role
from accounts.services import create_staff
from kyc import dispatch
from kyc.audit.models import AuditRow
from kyc.audit.services import SYSTEM
from kyc.geo.queries import DataHealth, data_health
from kyc.geo.services import watch_data
from kyc.geo.sources import GeoData
from kyc.notices.models import Notice
from kyc.policy.geo import CURRENT
from tests.kyc.geo.location_world import TODAY, country, write_file

NOW = timezone.now().replace(year=TODAY.year, month=TODAY.month, day=TODAY.day)
KINDS = ("DBIP-Country-Lite", "GeoLite2-Country")
Files = Callable[..., GeoData]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: Any) -> Files:
    """files(days, …): files of countries of these ages, open."""

    def of(*ages: int) -> GeoData:
        for number, (kind, days) in enumerate(zip(KINDS, ages, strict=False)):
            records = {"131.111.0.0/16": country("GB")}
            write_file(tmp_path / f"{number}.mmdb", kind, records, days=days)
        data = GeoData([tmp_path], golden=())
        monkeypatch.setattr("kyc.geo.queries.geo_data", lambda: data)
        monkeypatch.setattr("kyc.geo.queries.geo_policy", lambda: CURRENT)
        return data

    return of


def health() -> DataHealth:
    return data_health(NOW)


class TheData:
    @pytest.mark.parametrize(
        ("days", "state", "usable"),
        [(5, "current", True), (35, "current", True), (36, "aging", True), (90, "aging", True), (91, "stale", False)],
    )
    def test_is_current_aging_or_stale(self, files, days, state, usable):
        files(days)
        assert [age.state for age in health().ages] == [state]
        assert health().usable is usable
        assert bool(health().warnings) is (state != "current")

    def test_that_is_missing_closes_restricted_models_and_says_so(self, files):
        files()
        assert not health().usable and "restricted models are closed" in health().warnings[0]

    def test_is_usable_while_one_file_is_young_enough(self, files):
        files(5, 200)
        assert health().usable and len(health().warnings) == 1

    def test_that_is_refused_is_named_and_the_old_stays(self, files, tmp_path):
        data = files(5)
        (tmp_path / "new").write_bytes(b"broken")
        (tmp_path / "new").rename(tmp_path / "0.mmdb")
        data.reload()
        assert health().usable and "0.mmdb is refused" in health().warnings[0]


@pytest.mark.django_db
class ALetterAboutIt:
    @pytest.fixture(autouse=True)
    def _silent(self, monkeypatch):
        monkeypatch.setattr(dispatch, "_send", lambda task, arguments: None)

    def test_reaches_the_heads_of_compliance_once_a_day(self):
        for role in (Role.COMPLIANCE_HEAD, Role.ANALYST):
            create_staff(email=f"{role}@x.example", name="A", role=role, password=None, actor=SYSTEM)
        assert watch_data(now=timezone.now(), warnings=["Old."]) == 1
        assert watch_data(now=timezone.now() + timedelta(hours=1), warnings=["Old."]) == 0
        assert Notice.objects.get(template="location_data").email == "compliance_head@x.example"
        assert AuditRow.objects.filter(verb="data.stale").count() == 1

    def test_is_not_written_when_all_is_current(self):
        assert watch_data(now=timezone.now(), warnings=[]) == 0


class APolicyPack:
    def test_that_nobody_knows_stops_the_start(self, settings):
        settings.POLICY_PACKS = ["moon"]
        assert [error.id for error in run_checks() if error.id == "kyc.E006"]
        settings.POLICY_PACKS = ["us-iaas-cip"]
        assert not [error.id for error in run_checks() if error.id == "kyc.E006"]
