"""The self-test from asking to report: what is caught and missed, by whom it may be asked, and that it is kept."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from kyc.audit.models import AuditRow
from kyc.audit.services import SYSTEM
from kyc.audit.verbs import Verb
from kyc.errors import NotAllowed
from kyc.matching.types import Kind
from kyc.policy.selftest import RATES
from kyc.screening import selftests
from kyc.screening.indexes import Screener
from kyc.screening.longwork import waiting_self_tests
from kyc.screening.models import Hit, Screening, SelfTest
from kyc.screening.selftests import ask_for_self_test, last_self_test, run_self_test
from kyc.tasks import self_test
from tests.kyc.watchlists.published import in_force, listed

pytestmark = pytest.mark.django_db

FAMILIES = [
    "Karamazin",
    "Zaitsev",
    "Morozenko",
    "Belyakov",
    "Gorodin",
    "Lukashin",
    "Tarasenko",
    "Yakushev",
    "Orlanov",
    "Rudenko",
]
GIVEN = ("Viktor Aleksandrovich", "Dmitri Olegovich", "Sergei Ivanovich")


@pytest.fixture
def crowd(db: None) -> None:
    """Thirty listed people whose names are no common ones, and a company."""
    people = [
        listed(f"{n}-{m}", f"{family.upper()}, {given}", born=f"19{50 + n}-0{m + 1}-1{m}", nationalities=("RU",))
        for n, family in enumerate(FAMILIES)
        for m, given in enumerate(GIVEN)
    ]
    in_force(*people, listed("c", "Orlanoptika Precision LLC", kind=Kind.ORGANISATION))


def made(**how: Any) -> SelfTest:
    return run_self_test(test_id=ask_for_self_test(actor=SYSTEM, **how).pk)


def row(test: SelfTest, code: str) -> dict[str, Any]:
    return next(result for result in test.results if result["code"] == code)


class ASelfTest:
    def test_tells_for_every_way_how_many_were_caught(self, crowd: None) -> None:
        test = made(seed=1)
        assert [result["code"] for result in test.results] == [asked.code for asked in RATES]
        assert (test.status, test.entries, test.passed) == ("done", 31, True)
        control = row(test, "as_published")
        assert (control["tried"], control["caught"], control["rate"], control["misses"]) == (31, 31, 1.0, [])
        assert row(test, "clean")["tried"] == 200

    def test_keeps_editions_policy_and_seed_so_that_it_can_be_made_again(self, crowd: None) -> None:
        one, other = made(seed=7), made(seed=7)
        assert set(one.editions) == {"operator"} and one.policy_version
        assert one.results == other.results

    def test_names_what_was_missed_and_fails(self, crowd: None, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Screener, "match_many", lambda self, parties: [[] for _ in parties])
        test = made(seed=1)
        assert test.passed is False
        miss = row(test, "upper_case")["misses"][0]
        assert miss["as"].isupper() and miss["key"].startswith("operator:")

    def test_touches_no_customer(self, crowd: None) -> None:
        made(seed=1)
        assert not Screening.objects.exists() and not Hit.objects.exists()

    def test_is_audited_from_asking_to_end(self, crowd: None, lena: User) -> None:
        run_self_test(test_id=ask_for_self_test(actor=lena).pk)
        verbs = AuditRow.objects.filter(verb__startswith="self_test").values_list("verb", "actor_id")
        assert list(verbs.order_by("pk")) == [
            (Verb.SELF_TEST_STARTED, str(lena.pk)),
            (Verb.SELF_TEST_FINISHED, "worker"),
        ]


class ASelfTestThatCannotBeMade:
    def test_without_lists_has_failed_and_says_why(self, db: None) -> None:
        test = made()
        assert (test.status, test.passed) == ("failed", None)
        assert "No list is active" in test.error
        assert last_self_test() is None

    def test_is_not_an_analysts_to_ask_for(self, anna: User) -> None:
        with pytest.raises(NotAllowed):
            ask_for_self_test(actor=anna)
        assert not SelfTest.objects.exists()


class ASelfTestSentTwice:
    def test_is_made_once(self, crowd: None, sent: list[tuple[str, dict[str, Any]]]) -> None:
        asked = ask_for_self_test(actor=SYSTEM, seed=1)
        self_test(asked.pk)
        finished = SelfTest.objects.get().finished_at
        self_test(asked.pk)
        assert SelfTest.objects.get().finished_at == finished

    def test_is_left_to_the_worker_who_has_it(self, crowd: None, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = ask_for_self_test(actor=SYSTEM, seed=1)
        SelfTest.objects.filter(pk=asked.pk).update(status="running", alive_at="2099-01-01T00:00Z")
        monkeypatch.setattr(selftests, "_tested", lambda test: pytest.fail("it was begun a second time"))
        assert run_self_test(test_id=asked.pk).status == "running"

    def test_is_taken_over_from_a_worker_who_fell_silent(self, crowd: None) -> None:
        asked = ask_for_self_test(actor=SYSTEM, seed=1)
        SelfTest.objects.filter(pk=asked.pk).update(status="running", alive_at="2020-01-01T00:00Z")
        assert waiting_self_tests() == [asked]
        assert run_self_test(test_id=asked.pk).status == "done"


class TheCommand:
    def test_prints_the_report(self, crowd: None, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("selftest", seed=1)
        said = capsys.readouterr().out
        assert "31 parties of operator; seed 1" in said and "31 of 31" in said

    def test_fails_naming_what_is_short(self, crowd: None, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Screener, "match_many", lambda self, parties: [[] for _ in parties])
        with pytest.raises(CommandError, match="as_published, upper_case"):
            call_command("selftest", seed=1)
