"""Signs of hiding: each rule with its table of cases."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from location_world import TODAY

from kyc.access.states import AccessOutcome
from kyc.geo.evasion import (
    NO_HISTORY,
    NOTHING_OBSERVED,
    Asks,
    History,
    Observed,
    Seen,
    find_evasion,
    find_mismatches,
    language_country,
    remember,
)
from kyc.geo.rules import Anonymiser, LocationVerdict, Opinion, Source, locate
from kyc.policy.geo import CURRENT

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SOURCE = Source("A", "A", TODAY, "", 0.9, 10, False, True, False, "")
ADDRESS = ipaddress.ip_address("5.0.0.1")


def at(country: str = "DE", **more) -> LocationVerdict:
    opinion = Opinion(SOURCE, ADDRESS, country=country, **more)
    return locate(ADDRESS, (), (opinion,), (SOURCE,), today=TODAY, policy=CURRENT)


def signs(where=None, channel="api", observed=NOTHING_OBSERVED, history=NO_HISTORY) -> dict[str, Asks]:
    found = find_evasion(where or at(), channel, observed, history, CURRENT, NOW)
    return {sign.finding.code: sign.asks for sign in found}


def hours(number: float) -> datetime:
    return NOW - timedelta(hours=number)


class AnOrdinaryVisitor:
    def test_shows_no_sign(self):
        told = Observed(utc_offset_minutes=60, language="de-DE", declared_country="DE", phone_country="DE")
        seen = History(previous=Seen("DE", hours(1)), countries_24h=frozenset({"DE"}), accounts_on_address_24h=1)
        assert signs(observed=told, history=seen) == {}

    def test_of_whom_nothing_is_known_shows_no_sign(self):
        assert signs() == {}


class AnImpossibleJourney:
    @pytest.mark.parametrize(
        ("before", "now", "hours_ago", "asks"),
        [
            ("DE", "SG", 1, True),  # 9,600 km at least
            ("DE", "SG", 9, True),
            ("DE", "SG", 10, False),  # a direct flight
            ("DE", "SG", 0, True),  # at the same moment
            ("DE", "FR", 0, False),  # neighbours
            ("DE", "DE", 0, False),
            ("US", "CA", 0.1, False),
            ("GB", "JP", 2, True),
            ("GB", "JP", 24, False),
            ("PT", "FI", 0.2, True),
            ("PT", "FI", 4, False),
            ("CN", "HK", 0.1, False),
            ("DE", "", 0.1, False),  # unknown is somebody else's question
            ("", "DE", 0.1, False),
        ],
    )
    def test_is_faster_than_an_airliner(self, before, now, hours_ago, asks):
        found = signs(at(now), history=History(previous=Seen(before, hours(hours_ago))))
        assert ("travel.impossible" in found) is asks

    def test_asks_for_a_challenge_with_the_arithmetic(self):
        (sign,) = find_evasion(
            at("SG"), "api", NOTHING_OBSERVED, History(previous=Seen("DE", hours(2))), CURRENT, NOW
        )  # fmt: skip
        assert sign.asks is Asks.CHALLENGE
        assert sign.finding.sentence.startswith("From Germany to Singapore, at least 9654 km, in 2.0 hours")

    @pytest.mark.parametrize("hides", [{"hosting": True}, {"anycast": True}, {"mobile": True},
                                       {"anonymiser": Anonymiser.VPN, "anonymiser_confidence": 0.9}])  # fmt: skip
    def test_says_nothing_where_the_address_does_not_tell_a_place(self, hides):
        found = signs(at("SG", **hides), history=History(previous=Seen("DE", hours(1))))
        assert "travel.impossible" not in found

    def test_says_nothing_where_the_one_before_did_not(self):
        assert signs(at("SG"), history=History(previous=Seen("DE", hours(1), hidden=True))) == {}

    def test_compares_with_what_was_remembered(self):
        assert "travel.impossible" in signs(at("SG"), history=History(previous=remember(at("DE"), hours(1))))
        assert signs(at("SG"), history=History(previous=remember(at("DE", mobile=True), hours(1)))) == {}

    def test_is_not_confused_by_a_clock_that_ran_ahead(self):
        assert "travel.impossible" in signs(at("SG"), history=History(previous=Seen("DE", hours(-1))))


class ADayInManyCountries:
    @pytest.mark.parametrize(
        ("before", "asks"),
        [((), False), (("DE",), False), (("DE", "FR"), False), (("DE", "FR", "BE"), True), (("DE", "FR", "NL"), False)],
    )
    def test_asks_for_a_challenge(self, before, asks):
        found = signs(at("NL"), history=History(countries_24h=frozenset(before)))
        assert ("churn.countries" in found) is asks


class ADayInManyNetworks:
    @pytest.mark.parametrize(("before", "asks"), [(0, False), (6, False), (7, True), (20, True)])
    def test_within_a_day_ask_for_a_challenge(self, before, asks):
        found = signs(at(asn=99), history=History(networks_24h=frozenset(range(before))))
        assert ("churn.networks" in found) is asks

    def test_count_the_one_of_now_once(self):
        found = signs(at(asn=3), history=History(networks_24h=frozenset(range(7))))
        assert "churn.networks" not in found


class ASharedAddress:
    @pytest.mark.parametrize(("accounts", "asks"), [(0, False), (4, False), (5, True), (500, True)])
    def test_of_many_accounts_asks_for_a_challenge(self, accounts, asks):
        assert ("address.shared" in signs(history=History(accounts_on_address_24h=accounts))) is asks

    def test_of_a_mobile_carrier_proves_nothing(self):
        assert signs(at(mobile=True), history=History(accounts_on_address_24h=500)) == {}

    def test_known_to_staff_proves_nothing(self):
        assert signs(history=History(accounts_on_address_24h=500, shared_address_known=True)) == {}


class AServer:
    @pytest.mark.parametrize(
        ("channel", "known_days", "asks"),
        [
            ("console", None, True),
            ("console", 100, True),  # people do not sit in data centres
            ("api", None, True),  # never seen: once
            ("api", 6, True),
            ("api", 7, False),
            ("download", 7, False),
            ("download", None, True),
        ],
    )
    def test_is_ordinary_for_programs_and_not_for_people(self, channel, known_days, asks):
        since = None if known_days is None else NOW - timedelta(days=known_days)
        found = signs(at(hosting=True), channel=channel, history=History(network_first_seen_at=since))
        assert ("ip.hosting" in found) is asks

    def test_of_a_vpn_is_judged_as_a_vpn(self):
        where = at(hosting=True, anonymiser=Anonymiser.VPN, anonymiser_confidence=0.9)
        assert signs(where, channel="console") == {}


class TheMismatches:
    @pytest.mark.parametrize(
        ("observed", "kinds"),
        [
            (Observed(), ()),
            (Observed(declared_country="DE", phone_country="DE", payment_country="DE"), ()),
            (Observed(declared_country="US"), ("declared",)),
            (Observed(phone_country="CN"), ("phone",)),
            (Observed(payment_country="CN"), ("payment",)),
            (Observed(document_country="CN"), ("document",)),
            (Observed(language="zh-CN"), ("language",)),
            (Observed(language="zh"), ()),  # a language is not a place
            (Observed(language="en-US"), ()),  # every browser's default
            (Observed(utc_offset_minutes=480), ("time zone",)),
            (Observed(utc_offset_minutes=60), ()),
            (Observed(timezone="Asia/Shanghai"), ("time zone",)),
            (Observed(timezone="Europe/Lisbon"), ()),
            (Observed(timezone="Europe/Berlin"), ()),
            (Observed(timezone="Mars/Base"), ()),
            (Observed(utc_offset_minutes=60, timezone="Asia/Shanghai"), ()),  # the clock itself counts
        ],
    )
    def test_are_counted_by_kind(self, observed, kinds):
        assert find_mismatches("DE", observed, CURRENT) == kinds

    @pytest.mark.parametrize(
        ("observed", "asks"),
        [
            (Observed(phone_country="CN"), Asks.NOTE),
            (Observed(phone_country="CN", payment_country="CN"), Asks.NOTE),
            (Observed(phone_country="CN", payment_country="CN", utc_offset_minutes=480), Asks.REVIEW),
            (Observed(phone_country="CN", payment_country="CN", language="zh-CN"), Asks.REVIEW),
            (Observed(declared_country="US", phone_country="CN", utc_offset_minutes=480), Asks.REVIEW),
            # language and the document's country come close to nationality: never without two facts of place
            (Observed(language="zh-CN"), Asks.NOTE),
            (Observed(document_country="CN"), Asks.NOTE),
            (Observed(language="zh-CN", document_country="CN"), Asks.NOTE),
            (Observed(language="zh-CN", document_country="CN", phone_country="CN"), Asks.NOTE),
        ],
    )
    def test_ask_for_a_person_when_three_are_independent(self, observed, asks):
        (found,) = signs(observed=observed).values()
        assert found is asks

    def test_of_an_unknown_place_are_not_counted(self):
        assert signs(at(""), observed=Observed(phone_country="CN", payment_country="CN", utc_offset_minutes=480)) == {}

    @given(
        st.sampled_from(["zh-CN", "fa-IR", "ru-RU", "ko-KP", "es-CU", ""]),
        st.sampled_from(["CN", "IR", "RU", "CU", ""]),
    )
    def test_never_rest_on_language_and_nationality_alone(self, language, document):
        found = signs(observed=Observed(language=language, document_country=document))
        assert set(found.values()) <= {Asks.NOTE}

    @pytest.mark.parametrize(
        ("tag", "country"),
        [("zh-CN", "CN"), ("zh-Hans-CN", "CN"), ("zh_CN", "CN"), ("zh", ""), ("zh-Hans", ""), ("en-US", ""),
         ("EN-gb", ""), ("pt-br", "BR"), ("es-419", ""), ("", "")],
    )  # fmt: skip
    def test_read_the_country_of_a_language_tag(self, tag, country):
        assert language_country(tag) == country


class TheAnswersOfARule:
    def test_have_the_gates_own_names(self):
        assert {asks.value for asks in Asks} < {outcome.value for outcome in AccessOutcome}

    def test_never_deny(self):
        assert AccessOutcome.DENY.value not in {asks.value for asks in Asks}
