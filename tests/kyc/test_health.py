"""/metrics and /health: what they tell, and to whom."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kyc.health import Gauge, gauges, text_of, warnings
from kyc.screening.models import SelfTest
from kyc.watchlists.models import WatchList
from tests.kyc.watchlists.conftest import own_folder, sent  # noqa: F401
from tests.kyc.watchlists.published import DAY, in_force, listed, loaded

pytestmark = pytest.mark.django_db
TOKEN = {"Authorization": "Bearer t0ken"}


@pytest.fixture
def token(settings) -> None:
    settings.METRICS_TOKEN = "t0ken"
    settings.SECURE_SSL_REDIRECT = False


def figures() -> dict[str, float]:
    return {gauge.line().rpartition(" ")[0].removeprefix("clearance_"): gauge.value for gauge in gauges(timezone.now())}


class TheMetrics:
    def test_tell_the_age_of_each_list_and_what_is_held(self) -> None:
        in_force(*(listed(str(n), f"Some Person{n}") for n in range(10)))
        loaded(listed("1", "Some Person1"), on=DAY + timedelta(days=1))
        WatchList.objects.update(checked_at=None)
        found = figures()
        assert 0 <= found['list_age_seconds{list="operator"}'] < 60
        assert (found['list_entries{list="operator"}'], found["editions_held"]) == (10, 1)
        assert found['list_stale{list="us-csl"}'] == 1, "an official list that was never loaded"

    def test_tell_of_work_that_waits_in_either_world(self) -> None:
        found = figures()
        assert found['steps_due{world="live"}'] == found['steps_due{world="test"}'] == 0
        assert {"steps_late", "proposals_waiting", "audit_rows_unsealed", "rescreening_shards_waiting"} <= found.keys()

    def test_are_in_prometheus_text_format(self) -> None:
        in_force(listed("1", "Some Person"))
        text = text_of(gauges(timezone.now()))
        assert text.endswith("\n")
        for line in text.splitlines():
            assert re.fullmatch(r'# (HELP|TYPE) \w+ .+|clearance_\w+(\{(\w+="[^"\n]*",?)+\})? -?[\d.e+]+', line), line
        names = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
        assert len(names) == len(set(names)), "each name is typed once"

    def test_escape_what_stands_in_a_label(self) -> None:
        assert Gauge("x", "", 1, {"list": 'a"b\\c\n'}).line() == r'clearance_x{list="a\"b\\c\n"} 1'


class TheWarnings:
    def test_name_stale_lists_held_editions_and_a_missing_self_test(self) -> None:
        in_force(*(listed(str(n), f"Some Person{n}") for n in range(10)))
        loaded(listed("1", "Some Person1"), on=DAY + timedelta(days=1))
        said = " ".join(warnings(timezone.now()))
        assert "Consolidated Screening List has no edition in force" in said
        assert "The operator's own list is held" in said and "never tested" in said

    @pytest.mark.parametrize(
        ("days", "passed", "told"), [(1, True, ""), (1, False, "fell short"), (100, True, "100 days old")]
    )
    def test_tell_of_the_last_self_test(self, days: int, passed: bool, told: str) -> None:
        at = timezone.now() - timedelta(days=days)
        SelfTest.objects.create(seed=1, entries=1, status="done", passed=passed, finished_at=at)
        said = [sentence for sentence in warnings(timezone.now()) if "self-test" in sentence]
        assert said == [] if not told else told in said[0]


@pytest.mark.parametrize("path", ["/metrics", "/health"])
class TheDoor:
    def test_opens_to_the_token_alone(self, client: Client, token: None, path: str) -> None:
        assert client.get(path, headers=TOKEN).status_code == 200
        assert client.get(path).status_code == 403
        assert client.get(path, headers={"Authorization": "Bearer other"}).status_code == 403

    def test_is_closed_where_no_token_is_set_outside_the_demonstration(
        self, client: Client, settings, path: str
    ) -> None:
        settings.SECURE_SSL_REDIRECT, settings.METRICS_TOKEN, settings.DEMO = False, "", False
        assert client.get(path).status_code == 403
        assert client.get(path, headers={"Authorization": "Bearer "}).status_code == 403

    def test_opens_to_this_machine_in_the_demonstration_and_not_through_a_proxy(
        self, client: Client, settings, path: str
    ) -> None:
        settings.SECURE_SSL_REDIRECT, settings.METRICS_TOKEN, settings.DEMO = False, "", True
        assert client.get(path, REMOTE_ADDR="127.0.0.1").status_code == 200
        assert client.get(path, REMOTE_ADDR="192.0.2.7").status_code == 403
        assert client.get(path, REMOTE_ADDR="127.0.0.1", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 403

    def test_is_not_written_to(self, client: Client, token: None, path: str) -> None:
        assert client.post(path, headers=TOKEN).status_code == 405
