"""What is seen from afar: enough to hold back whoever comes near nobody, and never anybody who does."""

from __future__ import annotations

from functools import cache
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyc.matching.engine import Engine
from kyc.matching.index import Index
from kyc.matching.normalise import readings
from kyc.matching.outlines import READER, Sieve, outline_of
from kyc.matching.types import Identifier, Kind, Name, Party
from kyc.screening.manipulations import MANIPULATIONS

NAMES = (
    ("Ivan Petrovich SIDOROV", Kind.PERSON),
    ("Mohammed Ali al-Hassan", Kind.PERSON),
    ("Abd al-Rahman Nur al-Din", Kind.PERSON),
    ("Kim Jong Chol", Kind.PERSON),
    ("José María Ángel Ñuñez", Kind.PERSON),
    ("欧阳修", Kind.PERSON),
    ("عبد الرحمن محمد", Kind.PERSON),
    ("JSC Uralskiy Zavod Prometey (UZP Ltd)", Kind.ORGANISATION),
    ("Trading Company Limited", Kind.ORGANISATION),
    ("华为技术有限公司", Kind.ORGANISATION),
    ("Bright Star", Kind.VESSEL),
    ("Somebody Or Other GmbH", Kind.UNKNOWN),
)
LISTED = [
    Party(key=str(n), names=(Name(text),), kind=kind, identifiers=(Identifier("passport", f"AB 12345{n}", "RU"),))
    for n, (text, kind) in enumerate(NAMES)
]
KINDS = (Kind.PERSON, Kind.ORGANISATION, Kind.UNKNOWN)
WORDS = sorted({word for text, _ in NAMES for word in text.split()} | {"Smith", "Anna", "Holding", "Bank", "Ad", "O"})


def seal(found: int) -> str:
    return f"{found:x}"


@cache
def mixed() -> Engine:
    return Engine(Index.build(LISTED))


@pytest.fixture
def engine() -> Engine:
    return mixed()


def passes(engine: Engine, *parties: Party) -> bool:
    (found,) = Sieve(engine, seal).passing([outline_of(parties, seal)])
    return found


def named(text: str, kind: Kind = Kind.PERSON, *identifiers: Identifier) -> Party:
    return Party(key="customer", names=(Name(text),), kind=kind, identifiers=identifiers)


class ASieve:
    @pytest.mark.parametrize("party", LISTED, ids=[text for text, _ in NAMES])
    def test_lets_the_listed_themselves_pass(self, engine: Engine, party: Party) -> None:
        assert passes(engine, named(party.names[0].text, party.kind)) == engine.near_many([party])[0]

    @pytest.mark.parametrize("way", MANIPULATIONS)
    def test_lets_every_altered_name_pass_that_the_engine_finds_near(self, engine: Engine, way: str) -> None:
        altered = (MANIPULATIONS[way](party, Random(seed)) for party in LISTED for seed in range(10))
        asked = [party for party in altered if party is not None]
        near = engine.near_many(asked)
        assert any(near) or not asked
        passing = Sieve(engine, seal).passing([outline_of([party], seal) for party in asked])
        assert [one.names[0].text for one, was, does in zip(asked, near, passing, strict=True) if was > does] == []

    @given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=5), st.sampled_from(KINDS))
    def test_lets_every_mixture_pass_that_the_engine_finds_near(self, words: list[str], kind: Kind) -> None:
        party = named(" ".join(words), kind)
        assert passes(mixed(), party) or not mixed().near_many([party])[0]

    def test_holds_back_whoever_comes_near_nobody(self, engine: Engine) -> None:
        assert not passes(engine, named("Aurelia Winterbottom"))
        assert not passes(engine, named("Northern Light Robotics Ltd", Kind.ORGANISATION))

    def test_lets_a_customer_pass_for_any_of_its_people(self, engine: Engine) -> None:
        company = named("Northern Light Robotics Ltd", Kind.ORGANISATION)
        assert passes(engine, company, named("Ivan Sidorov"))

    def test_lets_the_same_number_pass_under_any_name(self, engine: Engine) -> None:
        assert passes(engine, named("Aurelia Winterbottom", Kind.PERSON, Identifier("passport", "ab-123450", "RU")))
        assert not passes(engine, named("Aurelia Winterbottom", Kind.PERSON, Identifier("passport", "ab-999999", "RU")))

    def test_says_the_same_of_many_as_of_each(self, engine: Engine) -> None:
        asked = [outline_of([named(text, kind)], seal) for text, _ in NAMES for kind in KINDS] * 30
        together = Sieve(engine, seal).passing(asked)
        assert together == [Sieve(engine, seal).passing([one])[0] for one in asked]

    def test_of_nothing_to_see_lets_nobody_pass(self, engine: Engine) -> None:
        assert not passes(engine, named("---"))


class AnOutline:
    @pytest.mark.parametrize(("text", "kind"), NAMES)
    def test_tells_each_reading_as_it_was_read(self, text: str, kind: Kind) -> None:
        lines = outline_of([named(text, kind)], seal).split("\n")
        assert len(lines) == len(readings(text, kind))
        for line, reading in zip(lines, readings(text, kind), strict=True):
            first, *words = line.split(" ")
            assert first == f"{kind}{'!' if reading.generic else ''}"
            assert words == [*reading.words, *(f"={form}" for form in sorted(reading.forms))]

    def test_holds_marks_and_no_numbers(self) -> None:
        party = named("Ivan Sidorov", Kind.PERSON, Identifier("passport", "AB 123456", "RU"))
        outline = outline_of([party], lambda found: "mark")
        assert outline == "person ivan sidorov\n# mark"

    def test_is_told_from_one_of_another_reader(self) -> None:
        assert len(READER) == 16
