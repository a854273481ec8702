"""The usual question is read by a shorter way, and never otherwise than by the table of fields."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyc.access.questions import (
    MOST_QUESTIONS,
    BadQuestion,
    Question,
    read_batch,
    read_question,
    usual_batch,
    usual_question,
)

USUAL = {"customer": "cus_1", "ip": "131.111.8.46", "model": "aurora-small", "channel": "api"}
texts = st.sampled_from(["", "x", "cus_1", "a\x00b", "é", "x" * 60, "x" * 61, "x" * 201, "131.111.8.46", "api"])
values = st.none() | st.booleans() | st.integers(-1, 3) | texts | st.just({}) | st.just([])
fields = st.sampled_from([*USUAL, "account", "signed", "observed", "age"])
questions = st.builds(
    lambda changed, without: {name: value for name, value in (USUAL | changed).items() if name not in without},
    st.dictionaries(fields, values, max_size=3),
    st.sets(fields, max_size=1),
)


def by_the_table(sent: object) -> Question | None:
    try:
        return read_question(sent)
    except BadQuestion:
        return None


class TheUsualQuestion:
    @pytest.mark.parametrize(
        "sent",
        [
            USUAL,
            USUAL | {"signed": True},
            {name: value for name, value in USUAL.items() if name != "customer"} | {"account": "acct-7"},
            USUAL | {"ip": "2a02:1648::1", "channel": "console"},
        ],
    )
    def test_is_read_by_the_short_way(self, sent):
        assert usual_question(json.dumps(sent).encode()) == read_question(sent)

    @given(questions)
    def test_is_never_read_otherwise_than_by_the_table(self, sent):
        short = usual_question(json.dumps(sent).encode())
        assert short is None or short == by_the_table(sent)

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"questions": []}', b"\xff\xfe"])
    def test_is_left_to_the_table_where_it_is_none(self, body):
        assert usual_question(body) is None and usual_batch(body) is None


class TheUsualBatch:
    @given(st.lists(questions, max_size=3))
    def test_is_never_read_otherwise_than_by_the_table(self, sent):
        short = usual_batch(json.dumps({"questions": sent, "more": 1}).encode())
        assert short is None or short == read_batch({"questions": sent})

    def test_is_read_by_the_short_way(self):
        sent = {"questions": [USUAL, USUAL | {"signed": True}]}
        assert usual_batch(json.dumps(sent).encode()) == read_batch(sent)

    def test_of_too_many_is_left_to_the_table(self):
        assert usual_batch(json.dumps({"questions": [USUAL] * (MOST_QUESTIONS + 1)}).encode()) is None
