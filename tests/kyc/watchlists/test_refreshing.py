"""Asking a source for a newer edition: what comes is taken, held or refused, and nothing ever breaks the good one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from kyc.policy.lists import CURRENT
from kyc.watchlists.models import Edition, WatchList
from kyc.watchlists.queries import active_editions, addresses_of, sources_due, stale_lists
from kyc.watchlists.services import Refreshed, RefreshOutcome, refresh_list, roll_back
from kyc.watchlists.sources import SOURCES
from kyc.watchlists.states import EditionStatus
from tests.kyc.watchlists.published import DAY, in_force, listed, written

pytestmark = pytest.mark.django_db

QUICK = replace(CURRENT, attempts=1, timeout_seconds=5.0)
IVAN, PETR, MARIA = listed("1", "Ivan Sidorov"), listed("2", "Petr Orlov"), listed("3", "Maria Lopez")


class Publisher(ThreadingHTTPServer):
    """Serves whatever it was given last, and knows when that is what the asker has."""

    content = b""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/list.jsonl"


class Handler(BaseHTTPRequestHandler):
    server: Publisher

    def do_GET(self) -> None:
        etag = f'"{hash(self.server.content)}"'
        if not self.server.content:
            self.send_error(503)
        elif self.headers.get("If-None-Match") == etag:
            self.send_response(304)
            self.end_headers()
        else:
            self.send_response(200)
            self.send_header("ETag", etag)
            self.end_headers()
            self.wfile.write(self.server.content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    server = Publisher(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def refreshed(publisher: Publisher) -> Refreshed:
    return refresh_list(source="operator", addresses={"main": publisher.url}, download=QUICK)


def watchlist() -> WatchList:
    return WatchList.objects.get(code="operator")


class ANewerEdition:
    def test_is_put_in_force(self, publisher: Publisher) -> None:
        publisher.content = written(IVAN, PETR)["main"]
        found = refreshed(publisher)
        assert found.outcome is RefreshOutcome.ACTIVATED
        assert found.edition is not None and found.edition.origin == publisher.url
        assert active_editions().public_ids == (found.edition.public_id,)
        assert watchlist().checked_at is not None


class ThePublisherHasNothingNewer:
    def test_and_says_so_itself(self, publisher: Publisher) -> None:
        publisher.content = written(IVAN, PETR)["main"]
        refreshed(publisher)
        assert refreshed(publisher).outcome is RefreshOutcome.UNCHANGED
        assert Edition.objects.count() == 1

    def test_and_sends_the_same_file_again(self, publisher: Publisher) -> None:
        publisher.content = written(IVAN, PETR)["main"]
        refreshed(publisher)
        WatchList.objects.update(validators={})
        assert refreshed(publisher).outcome is RefreshOutcome.UNCHANGED


class APublisherThatIsAway:
    def test_is_noted_and_the_list_stays(self, publisher: Publisher) -> None:
        good = in_force(IVAN, PETR)
        found = refreshed(publisher)
        assert (found.outcome, found.edition) == (RefreshOutcome.FAILED, None)
        assert "503" in watchlist().check_error
        assert active_editions().public_ids == (good.public_id,)

    def test_is_forgiven_when_it_answers_again(self, publisher: Publisher) -> None:
        refreshed(publisher)
        publisher.content = written(IVAN)["main"]
        refreshed(publisher)
        assert watchlist().check_error == ""

    def test_has_no_address_at_all(self) -> None:
        found = refresh_list(source="operator", download=QUICK)
        assert found.outcome is RefreshOutcome.FAILED
        assert "bring the file" in found.sentence


class ABrokenFile:
    def test_is_noted_and_the_list_stays(self, publisher: Publisher) -> None:
        good = in_force(IVAN, PETR)
        publisher.content = b"<html>Maintenance</html>"
        found = refreshed(publisher)
        assert found.outcome is RefreshOutcome.FAILED
        assert watchlist().check_error == found.sentence
        assert active_editions().public_ids == (good.public_id,)

    def test_is_asked_for_again_next_time(self, publisher: Publisher) -> None:
        publisher.content = b"<html>Maintenance</html>"
        refreshed(publisher)
        assert watchlist().validators == {}


class ATruncatedFile:
    def test_is_held_and_the_list_stays(self, publisher: Publisher) -> None:
        good = in_force(IVAN, PETR, MARIA)
        publisher.content = written(IVAN, PETR, on=DAY + timedelta(days=1))["main"]
        found = refreshed(publisher)
        assert found.outcome is RefreshOutcome.HELD
        assert found.edition is not None and found.edition.status == EditionStatus.HELD
        assert active_editions().public_ids == (good.public_id,)
        assert "fewer than the active edition" in watchlist().check_error


class AnEditionThatWasRolledBack:
    def test_is_not_taken_again_by_itself(self, publisher: Publisher, lena: User) -> None:
        first = in_force(IVAN, PETR)
        in_force(IVAN, PETR, MARIA)
        first.refresh_from_db()
        roll_back(watchlist=first.watchlist, to=first, actor=lena, reason="Maria is a mistake.")
        publisher.content = written(IVAN, PETR, MARIA)["main"]
        assert refreshed(publisher).outcome is RefreshOutcome.HELD
        assert active_editions().public_ids == (first.public_id,)


class AListThatGrewOld:
    def test_is_told_to_staff(self) -> None:
        in_force(IVAN)
        now = timezone.now()
        assert not [stale for stale in stale_lists(now) if stale.code == "operator"]
        later = now + timedelta(days=401)
        (stale,) = [stale for stale in stale_lists(later) if stale.code == "operator"]
        assert stale.sentence == "The operator's own list was last fetched 401 days ago."

    def test_is_told_where_it_should_be_there_and_is_not(self) -> None:
        codes = {stale.code for stale in stale_lists(datetime.now(UTC))}
        assert {"us-csl", "un"} <= codes
        assert "eu" not in codes  # off until the operator has an account there


class ASourceThatAnswered:
    def test_is_not_asked_again_at_once(self) -> None:
        now = timezone.now()
        assert "us-csl" in sources_due(now)
        WatchList.objects.create(code="us-csl", title="CSL", checked_at=now)
        assert "us-csl" not in sources_due(now)
        assert "us-csl" in sources_due(now + timedelta(hours=CURRENT.check_hours))

    def test_and_is_switched_off_is_not_asked_at_all(self) -> None:
        WatchList.objects.create(code="us-csl", title="CSL", enabled=False)
        assert "us-csl" not in sources_due(timezone.now())


class AnAddressOfThisInstallation:
    def test_is_asked_in_place_of_the_tables_and_makes_its_list_due(self, db: None, settings: Any) -> None:
        settings.LIST_ADDRESSES = {"eu": "https://lists.example/fsf.xml?token=secret"}
        assert "eu" in sources_due(timezone.now())
        assert addresses_of(SOURCES["eu"]) == {"main": "https://lists.example/fsf.xml?token=secret"}
        assert addresses_of(SOURCES["un"]) == dict(SOURCES["un"].addresses)

    def test_shows_its_token_to_nobody(self, db: None, settings: Any) -> None:
        settings.LIST_ADDRESSES = {"eu": "https://user:word@127.0.0.1:9/fsf.xml?token=secret"}
        found = refresh_list(source="eu", download=QUICK)
        kept = WatchList.objects.get(code="eu").check_error
        assert kept == found.sentence and "127.0.0.1:9/fsf.xml?…" in kept
        assert "secret" not in kept and "word" not in kept
