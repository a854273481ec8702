"""Who checks whom: the table of the policy, line by line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kyc.identity.routing import Choice, RouteFacts, choose_method
from kyc.identity.vendors import persona, stripe, sumsub
from kyc.policy.identity import ITEM_WORDS, REASONS, ROUTES, Item, Method

ALL = frozenset({"stripe", "persona", "sumsub"})
ORDINARY = RouteFacts(
    is_person=True,
    country="SE",
    risk="low",
    tier="standard",
    biometrics_consented=True,
    locked=False,
    sessions=0,
    available=ALL,
)
HIGH = replace(ORDINARY, tier="frontier")


class TheTable:
    @pytest.mark.parametrize(
        ("facts", "method"),
        [
            (ORDINARY, Method.EMBEDDED),
            (replace(ORDINARY, risk="medium"), Method.EMBEDDED),
            (HIGH, Method.STRIPE),
            (replace(ORDINARY, risk="high"), Method.STRIPE),
            (replace(ORDINARY, risk="prohibited"), Method.STRIPE),
            (replace(ORDINARY, tier="compute"), Method.STRIPE),
            (replace(HIGH, country="IN"), Method.SUMSUB),
            (replace(HIGH, country=""), Method.SUMSUB),
            (replace(HIGH, available=ALL - {"stripe"}), Method.PERSONA),
            (replace(HIGH, country="IN", available=frozenset({"stripe"})), Method.STRIPE),
            (replace(HIGH, available=frozenset()), Method.STAFF),
            (replace(HIGH, biometrics_consented=False), Method.STAFF),
            (replace(ORDINARY, biometrics_consented=False), Method.STAFF),
            (replace(HIGH, is_person=False), Method.STAFF),
            (replace(HIGH, locked=True), Method.STAFF),
            (replace(HIGH, sessions=2), Method.STRIPE),
            (replace(HIGH, sessions=3), Method.STAFF),
        ],
    )
    def test_names(self, facts, method):
        assert choose_method(facts).method is method

    def test_never_falls_back_to_our_reader_where_somebody_must_have_been_there(self):
        chosen = choose_method(replace(HIGH, available=frozenset()))
        assert chosen.method is Method.STAFF
        assert "None of the providers" in chosen.sentence

    def test_says_whom_it_passed_over(self):
        assert "stripe" in choose_method(replace(HIGH, available=ALL - {"stripe"})).sentence

    def test_that_is_empty_sends_everybody_to_a_person(self):
        assert choose_method(HIGH, routes=()) == Choice(Method.STAFF, "No line of the policy fits: a person looks.")

    def test_has_a_reason_and_a_source_in_every_line(self):
        assert all(route.methods and route.why and route.source for route in ROUTES)
        assert len({route.code for route in ROUTES}) == len(ROUTES)


class TheReasons:
    def test_have_words_for_the_customer_where_something_is_asked_of_them(self):
        assert [reason.code for reason in REASONS.values() if reason.again and not reason.public] == []

    def test_tell_nobody_that_they_are_taken_for_a_forger(self):
        silent = {"forged", "fraud", "selfie_manipulated", "known_elsewhere", "register_differs", "declined"}
        assert [code for code in sorted(silent) if REASONS[code].public or REASONS[code].again] == []

    def test_are_under_items_that_have_a_name(self):
        assert set(ITEM_WORDS) == set(Item)
        assert all(code == reason.code for code, reason in REASONS.items())


class EveryAdaptersTable:
    def test_maps_to_reasons_that_exist(self):
        mapped = {code for module in (persona, stripe, sumsub) for code in module.REASONS_OF.values()}
        assert mapped <= REASONS.keys()
