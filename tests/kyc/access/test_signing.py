"""A signed verdict is verified offline by the published keys, also while they rotate, and proves one use only."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import jwt
import pytest

from kyc.access.questions import Caller, read_question
from kyc.access.signing import MOST_SECONDS, published_keys, sign_verdict
from kyc.access.states import AccessOutcome
from kyc.worlds import World

FILE = Path(__file__).resolve().parents[3] / "deploy" / "gateway" / "verify_verdict.py"
USE = {"sub": "acct-7", "ip": "131.111.7.7", "model": "aurora-small", "channel": "api"}
MIDNIGHT = datetime(2026, 12, 1, tzinfo=UTC)  # the keys rotate


@pytest.fixture(scope="module")
def verifier():
    spec = importlib.util.spec_from_file_location("verify_verdict", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def signed(at, *, ttl=60, outcome=AccessOutcome.ALLOW):
    question = read_question({"account": "acct-7", "ip": USE["ip"], "model": USE["model"], "channel": "api"})
    return sign_verdict(
        question=question,
        caller=Caller("cli_1", World.TEST, False),
        verdict=SimpleNamespace(outcome=outcome, ttl_seconds=ttl),
        now=at,
        decision_id="acc_1",
        issuer="https://clearance.example",
    )


@pytest.fixture
def at(monkeypatch):
    """Let PyJWT's clock stand at a moment."""

    def stand(moment):
        class Clock(datetime):
            @classmethod
            def now(cls, tz=None):
                return moment

        monkeypatch.setattr("jwt.api_jwt.datetime", Clock)

    return stand


class AVerifierWithoutUs:
    @pytest.mark.parametrize("fetched", [timedelta(days=-20), timedelta(seconds=-1), timedelta(0), timedelta(days=20)])
    @pytest.mark.parametrize("made", [timedelta(seconds=-10), timedelta(seconds=10)])
    def test_verifies_on_both_sides_of_a_rotation(self, verifier, at, fetched, made):
        verdict, keys = signed(MIDNIGHT + made), published_keys(MIDNIGHT + fetched)
        at(MIDNIGHT + made + timedelta(seconds=20))
        claims = verifier.verified(verdict, keys, audience="cli_1", use=USE)
        assert (claims["decision"], claims["jti"]) == ("allow", "acc_1")

    def test_sees_the_keys_change_with_the_month(self):
        before, after = (jwt.get_unverified_header(signed(MIDNIGHT + timedelta(seconds=s)))["kid"] for s in (-1, 1))
        assert before != after

    def test_with_keys_of_half_a_year_ago_believes_nothing(self, verifier, at):
        at(MIDNIGHT)
        with pytest.raises(verifier.NotVerified, match="not published"):
            verifier.verified(
                signed(MIDNIGHT), published_keys(MIDNIGHT - timedelta(days=180)), audience="cli_1", use=USE
            )


class AVerdict:
    @pytest.mark.parametrize("name", USE)
    def test_is_about_one_use(self, verifier, at, name):
        at(MIDNIGHT)
        with pytest.raises(verifier.NotVerified, match=f"about another {name}"):
            verifier.verified(
                signed(MIDNIGHT), published_keys(MIDNIGHT), audience="cli_1", use=USE | {name: "something else"}
            )

    def test_is_for_one_service(self, verifier, at):
        at(MIDNIGHT)
        with pytest.raises(verifier.NotVerified):
            verifier.verified(signed(MIDNIGHT), published_keys(MIDNIGHT), audience="cli_2", use=USE)

    def test_lasts_a_minute_at_most(self, verifier, at):
        verdict = signed(MIDNIGHT, ttl=3_600)
        at(MIDNIGHT + timedelta(seconds=MOST_SECONDS - 1))
        verifier.verified(verdict, published_keys(MIDNIGHT), audience="cli_1", use=USE)
        at(MIDNIGHT + timedelta(seconds=MOST_SECONDS))
        with pytest.raises(verifier.NotVerified):
            verifier.verified(verdict, published_keys(MIDNIGHT), audience="cli_1", use=USE)


class TheCommand:
    @pytest.mark.parametrize(("outcome", "code"), [(AccessOutcome.ALLOW, 0), (AccessOutcome.DENY, 1)], ids=str)
    def test_leaves_with_zero_for_an_allowance_alone(self, tmp_path, outcome, code):
        now = datetime.now(UTC)
        keys = tmp_path / "keys.json"
        keys.write_text(json.dumps(published_keys(now)))
        words = ["--audience", "cli_1", "--account", "acct-7", "--ip", USE["ip"], "--model", USE["model"]]
        done = subprocess.run(
            [sys.executable, FILE, keys, signed(now, outcome=outcome), *words],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout.strip()) == (code, outcome.value)
