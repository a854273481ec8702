"""Whatever a provider answers or sends: a result or an error of ours, and nothing that a database refuses."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kyc.audit.services import plain
from kyc.errors import ClearanceError
from kyc.identity.provider import IncomingWebhook, SessionResult, WebhookNotice
from kyc.identity.rules import DeclaredPerson
from kyc.identity.sessions import read_back
from kyc.identity.vendors.calls import Calls, text
from kyc.identity.vendors.registry import ADAPTERS
from kyc.identity.vendors.rules import SessionFacts, judge_session, next_try_seconds
from tests.kyc.identity.vendor_services import PERSON, SERVICES

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
FACTS = SessionFacts(
    reference="ver_1",
    declared=DeclaredPerson("Maja Sofia Lindqvist", date(1990, 4, 16), ("SE",), ("88359756",)),
    asked={},
    needs_face=True,
    started_at=NOW,
    turn_since=NOW,
)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12)
JSON = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
)


def answers(vendor: str) -> list[dict[str, Any]]:
    """What the provider would say of a verified session: each of its questions answered."""
    service = SERVICES[vendor]()
    session = service.new_session("ver_1")
    session.verified(**PERSON)
    match vendor:
        case "stripe":
            names = ("document.dob", "document.number", "document.expiration_date")
            expand = {"verified_outputs", "last_verification_report"} | {f"last_verification_report.{n}" for n in names}
            return [service.shown(session, expand)]
        case "persona":
            return [{"data": service.shown(session), "included": service.verifications(session)}]
    return [service.shown(session), service.steps(session)]


def paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in an answer."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [before, *(path for key, row in inner for path in paths(row, (*before, key)))]


def put(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    if not path:
        return other
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = put(value[path[0]], path[1:], other)
    return copy


def read(vendor: str, given_answers: list[Any]) -> SessionResult | ClearanceError:
    left = list(given_answers)
    account = SERVICES[vendor]().account()
    with patch.object(Calls, "ask", lambda self, *_, **__: left.pop(0)):
        try:
            return ADAPTERS[vendor](account).read_result("vs_1")
        except ClearanceError as error:
            return error


@pytest.mark.parametrize("vendor", sorted(SERVICES))
class AnAnswer:
    def test_as_documented_is_a_verified_person(self, vendor):
        found = read(vendor, answers(vendor))
        assert isinstance(found, SessionResult)
        assert judge_session(FACTS, found, today=NOW.date()).status == "verified"

    @settings(max_examples=150)
    @given(data=st.data())
    def test_with_any_one_place_changed_is_read_and_judged(self, vendor, data):
        told = answers(vendor)
        which = data.draw(st.integers(0, len(told) - 1))
        path = data.draw(st.sampled_from(paths(told[which])[1:]))
        told[which] = put(told[which], path, data.draw(JSON))
        found = read(vendor, told)
        if isinstance(found, SessionResult):
            verdict = judge_session(FACTS, found, today=NOW.date())
            written = json.dumps(plain(read_back(found))) + json.dumps([row.as_json() for row in verdict.findings])
            assert "\\u0000" not in written
            assert "\\ud8" not in written.lower()

    @given(body=JSON)
    def test_of_a_webhook_that_is_signed_is_a_notice_or_refused(self, vendor, body):
        service = SERVICES[vendor]()
        content = json.dumps(body).encode()
        headers = {name.lower(): value for name, value in service.signed(content, at=NOW.timestamp()).items()}
        try:
            notice = ADAPTERS[vendor](service.account()).read_webhook(IncomingWebhook(headers, content, NOW))
        except ClearanceError:
            return
        assert isinstance(notice, WebhookNotice)

    @given(header=st.text(max_size=80), body=st.binary(max_size=80))
    def test_of_a_webhook_with_any_header_is_refused(self, vendor, header, body):
        service = SERVICES[vendor]()
        names = [name.lower() for name in service.signed(b"")]
        webhook = IncomingWebhook(dict.fromkeys(names, header), body, NOW)
        with pytest.raises(ClearanceError):
            ADAPTERS[vendor](service.account()).read_webhook(webhook)


class AText:
    @pytest.mark.parametrize(("value", "said"), [("a\x00b", "ab"), ("\ud800x", "x"), (" ä ", "ä"), (5, ""), (None, "")])
    def test_holds_nothing_that_a_database_refuses(self, value, said):
        assert text(value) == said


class TheWaitingTime:
    def test_doubles_up_to_the_longest(self):
        waits = [next_try_seconds(n, first=30, longest=3600) for n in (1, 2, 3, 4, 8, 9, 1000)]
        assert waits == [30, 60, 120, 240, 3600, 3600, 3600]
